"""The modules that think, in a real browser: each against its twin in Python, or against what must hold."""

import hashlib
import random
from collections.abc import AsyncIterator
from typing import Any, Literal

import msgspec
import pytest
from playwright.async_api import Browser, Page, expect

from live import cards, order
from live.cards import Card
from live.events import Agent, User
from live.pages.glance import glance
from tests.browser.visits import FRESH, begins, fact, says, stranger, tell, unique, visitor
from tests.hubs import RunningHub

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

NAMES = (
    "Ada", "", " ", "\u200b", "\u3164", "<b>Ada</b>", "⟨name⟩", "Zoë", "\U0001f9d1\u200d\U0001f680", "\ue000",
    "\U0001f600", "ab", "\uff21", "مرحبا", "a\nb", "W" * 300,
)  # fmt: skip


@pytest.fixture
async def page(browser: Browser, hub: RunningHub) -> AsyncIterator[Page]:
    """A page that may load the modules."""
    async with stranger(browser) as page:
        await page.goto(f"{hub.url}/signin")
        yield page


async def run(page: Page, module: str, body: str, given: Any = None) -> Any:
    """The value of `body`, an expression over the module `m` and `given`."""
    return await page.evaluate(
        f"async (given) => {{ const m = await import('/static/js/{module}'); return {body}; }}", given
    )


def moment(rng: random.Random) -> str:
    """One of a few, so that some are the same."""
    return f"2026-11-2{rng.randrange(1, 4)}T10:0{rng.randrange(10)}:00.{rng.randrange(3)}00Z"


def a_card(rng: random.Random, session: str, *, rev: int = 1) -> Card:
    """Any card."""
    moods: list[Literal["negative", "neutral", "positive"] | None] = [None, "negative", "neutral", "positive"]
    label = rng.choice(moods)
    names = rng.sample(NAMES[:1] + NAMES[4:], 5)
    started, last = sorted((moment(rng), moment(rng)))
    return Card(
        session=session,
        rev=rev,
        channel="web",
        name=rng.choice(NAMES) or session,
        kind=rng.choice((None, "support")),
        status=rng.choice(("active", "inactive", "closed")),
        user=rng.choice((None, User(name="Ada"))),
        agent=rng.choice((None, Agent(id="bot"), Agent(id="bot", name="Bot"))),
        started=started,
        last=last,
        duration_ms=rng.randrange(3) * 1_000,
        messages=cards.Messages(user=rng.randrange(3), assistant=rng.randrange(3), operator=rng.randrange(2)),
        last_message=rng.choice((None, cards.LastMessage(role="user", text=rng.choice(NAMES), at=last))),
        sentiment=cards.Mood(
            label=label,
            score=None if label is None else rng.choice((-0.5, 0.0, 0.5)),
            turned_at_seq=rng.choice((None, 3)),
            trend=tuple(rng.choice((-0.5, 0.25)) for _ in range(rng.randrange(4))),
        ),
        goals={f"{name}-{n}": rng.choice(("triggered", "completed", "failed")) for n, name in enumerate(names)},
        block=rng.choice((None, "pricing")),
        blocks=tuple(names[: rng.randrange(3)]),
        forms={"signup": "shown"} if rng.random() < 0.5 else {},
        missing=rng.randrange(3),
        attention=tuple(
            cards.Attention(why=why, seq=n + 1, since=moment(rng))
            for n, why in enumerate(rng.sample(cards.WHYS, rng.randrange(4)))
        ),
        reviewed=rng.choice((None, cards.Reviewed(by="eve", at=last))),
    )


def plain(card: Card) -> dict[str, Any]:
    """As it comes over the socket."""
    made: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(card))
    return made


async def test_sha256_is_that_of_the_standard(page: Page) -> None:
    texts = [
        "",
        "abc",
        "a" * 1_000_000,
        *("é" * n for n in range(70)),
        *("x" * n for n in range(130)),
        "\U0001f600 1\n",
    ]
    assert await run(page, "sha256.js", "given.map(m.sha256)", texts) == [
        hashlib.sha256(t.encode()).hexdigest() for t in texts
    ]


async def test_a_card_is_seen_alike_by_server_and_browser(page: Page) -> None:
    rng = random.Random(1)
    given = [plain(a_card(rng, f"web:{n}")) for n in range(300)]
    within = (1_795_255_500_000, 1_795_255_799_999, 1_795_255_800_000)  # 21 November, 10:05 to 10:10
    for now in (1_795_000_000_000, *within, 1_795_440_000_000, 1_810_000_000_000, 1_900_000_000_000):
        seen = await run(page, "glance.js", f"given.map((card) => m.glance(card, {{ now: {now} }}))", given)
        assert seen == [glance(card, now=now) for card in given]
    for watched in (0, 1, 2):
        seen = await run(page, "glance.js", f"m.glance(given, {{ now: {within[0]}, watched: {watched} }})", given[0])
        assert seen == glance(given[0], now=within[0], watched=watched)


async def test_what_ticks_says_what_the_card_would(page: Page) -> None:
    started, last = 1_795_255_000_000, 1_795_255_500_000
    base = plain(a_card(random.Random(5), "web:1"))
    card = base | {"status": "active", "started": "2026-11-21T09:56:40.000Z", "last": "2026-11-21T10:05:00.000Z"}
    for after in (-3_000, 0, 1_000, 299_999, 300_000, 86_400_000):
        now = last + after
        ticked = await run(page, "glance.js", f"m.lasting({{ started: {started}, last: {last}, now: {now} }})")
        assert ticked == glance(card | {"duration_ms": last - started}, now=now)["lasts"]


async def test_every_order_is_that_of_the_hub(page: Page) -> None:
    rng = random.Random(2)
    ids = [f"web:{name}{n % 2}" for n in range(8) for name in NAMES]
    shuffled = [a_card(rng, session) for session in dict.fromkeys(ids)]
    for sort in order.SORTS:
        expected = [c.session for c in sorted(shuffled, key=lambda c: (order.sort_key(sort, c), c.session))]
        rng.shuffle(shuffled)
        body = f"m.inOrder(given, '{sort}')"
        assert await run(page, "order.js", body, [plain(card) for card in shuffled]) == expected, sort


async def test_an_old_view_and_its_patches_are_a_fresh_view(page: Page) -> None:
    rng = random.Random(3)
    counts = {"matching": 0}
    frames: list[dict[str, Any]] = []
    for _ in range(60):
        held = {f"web:{n}": a_card(rng, f"web:{n}") for n in rng.sample(range(20), 8)}
        frames.append({"op": "snapshot", "cards": [plain(card) for card in held.values()], "counts": counts})
        for rev in range(2, 12):
            gone = rng.sample(sorted(held), min(len(held), rng.randrange(3)))
            for session in gone:
                del held[session]
            put = {f"web:{n}": a_card(rng, f"web:{n}", rev=rev) for n in rng.sample(range(20), rng.randrange(4))}
            put = {session: card for session, card in put.items() if session not in gone}
            held |= put
            frames.append({"op": "patch", "cards": [plain(c) for c in put.values()], "gone": gone, "counts": counts})
        lines = "".join(f"{session} {card.rev}\n" for session, card in sorted(held.items()))
        shown = [c.session for c in sorted(held.values(), key=lambda c: (order.sort_key("attention", c), c.session))]
        frames.append({"op": "end", "digest": hashlib.sha256(lines.encode()).hexdigest(), "shown": shown})
    body = """(() => {
      const view = new m.View({ sort: "attention" });
      const wrong = [];
      for (const frame of given) {
        if (frame.op !== "end") view.take(frame);
        else if (view.digest() !== frame.digest || view.order().join() !== frame.shown.join()) wrong.push(frame);
      }
      return wrong;
    })()"""
    assert await run(page, "view.js", body, frames) == []


async def test_a_patch_before_the_snapshot_is_not_taken(page: Page) -> None:
    body = """(() => {
      const view = new m.View({ sort: "recent" });
      view.take({ op: "patch", cards: [given], gone: [], counts: {} });
      return [view.ready, view.cards.size];
    })()"""
    assert await run(page, "view.js", body, plain(a_card(random.Random(4), "web:1"))) == [False, 0]


async def test_a_listing_that_is_held_keeps_every_place(page: Page) -> None:
    body = """(() => {
      const listing = new m.Listing(["a", "b", "c"]);
      const seen = () => [listing.shown.join(""), [...listing.left].join(""), listing.waiting];
      const story = [];
      const then = (act) => { act(); story.push(seen()); };
      then(() => listing.settle(["c", "a", "b"]));
      then(() => listing.hold());
      then(() => listing.settle(["d", "b", "c", "e"]));
      then(() => listing.settle(["d", "a", "b", "c"]));
      then(() => listing.reveal());
      then(() => listing.settle(["x"]));
      then(() => listing.release());
      return story;
    })()"""
    assert await run(page, "listing.js", body) == [
        ["cab", "", 0],
        ["cab", "", 0],
        ["cabe", "a", 1],
        ["cabe", "e", 1],
        ["dabc", "", 0],
        ["dabc", "dabc", 1],
        ["x", "", 0],
    ]


async def test_the_pause_before_the_next_try_grows_is_capped_and_jittered(page: Page) -> None:
    body = """(() => {
      const tries = (backoff) => Array.from({ length: 9 }, () => backoff.next());
      return [0, 1].map((chance) => tries(new m.Backoff({ random: () => chance })));
    })()"""
    least, most = await run(page, "backoff.js", body)
    assert most == [250, 500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000, 15_000]
    assert least == [pause // 2 for pause in most]


HD = {"width": 1_900, "height": 800, "floor": 1_080 / 50, "least": 1_080 / 92, "most": 1_080 / 20}


async def test_all_tiles_fit_the_screen_and_one_more_seldom_changes_them(page: Page) -> None:
    rooms = await run(page, "wall/fit.js", "given.map((room) => m.fit(room))", [
        {**HD, "count": count} for count in range(1, 201)
    ])  # fmt: skip
    assert all(room["fits"] and room["columns"] * room["rows"] >= count for count, room in enumerate(rooms, start=1))
    assert len({(room["density"], room["size"], room["columns"]) for room in rooms}) <= 18
    kinds = [room["density"] for room in rooms]
    assert list(dict.fromkeys(kinds)) == ["roomy", "normal", "compact", "dense"]  # less of a card, never more again
    assert kinds[3] == "roomy"
    assert min(room["size"] for room in rooms) >= HD["least"]
    assert min(room["size"] for room in rooms[:60]) >= HD["floor"]  # these can be read at 5 m


async def test_a_density_chosen_by_hand_stays_and_pages_keep_their_letters(page: Page) -> None:
    by_hand, many, paged = await run(page, "wall/fit.js", "given.map((room) => m.fit(room))", [
        {**HD, "count": 200, "density": "roomy"},
        {**HD, "count": 1_000},
        {**HD, "count": 1_000, "paged": True},
    ])  # fmt: skip
    assert (by_hand["density"], by_hand["fits"]) == ("roomy", False)
    assert by_hand["size"] == HD["least"]
    assert not many["fits"]
    assert not paged["fits"]
    assert paged["size"] == HD["floor"]
    assert paged["columns"] * paged["rows"] < many["columns"] * many["rows"]


BEAT = {"store": "ok", "bus": "ok", "last_event": "1970-01-01T00:16:40.000Z"}  # the last event was at 1,000 s
OPEN = {"state": "open", "since": 1_000_000, "reason": "", "heard": 1_000_000, "heartbeat": 5}
LOST = {"state": "waiting", "since": 1_000_000, "reason": "the hub restarts", "heard": 999_000, "heartbeat": 5}


@pytest.mark.parametrize(
    ("link", "beats", "later", "state"),
    [
        (OPEN, [(0, {})], 1_000, "live"),
        (OPEN, [(0, {})], 8_900, "live"),
        (OPEN, [(0, {})], 9_100, "stale"),  # one heartbeat missed, and the answer to a ping
        (OPEN, [(0, {}), (59_000, {})], 59_500, "live"),
        (OPEN, [(0, {}), (61_000, {})], 61_500, "quiet"),
        (OPEN, [(0, {}), (1_000, {"bus": "silent"})], 2_000, "slow"),
        (OPEN, [(0, {}), (1_000, {"store": "away"})], 1_100, "slow"),
        (OPEN, [(0, {}), (1_000, {"store": "away"}), (1_500, {"store": "away"})], 2_100, "stale"),
        (LOST, [], 2_900, "connecting"),
        (LOST, [], 3_100, "stale"),
        ({**LOST, "heard": 990_900}, [], 1, "stale"),  # lost because it fell silent: no grace
        ({**LOST, "state": "ended", "reason": "You are signed out."}, [], 1, "stale"),
    ],
)
async def test_the_sign_cannot_lie(
    page: Page, link: dict[str, Any], beats: list[tuple[int, dict[str, str]]], later: int, state: str
) -> None:
    body = """(() => {
      const [link, beats, now] = given;
      const health = new m.Health({ now: link.since });
      health.connect(link, { now: link.since });
      health.show();
      for (const [at, beat] of beats) health.hear(beat, { now: link.since + at });
      return health.sign({ now, hub: now });
    })()"""
    given = [link, [(at, {**BEAT, **beat}) for at, beat in beats], link["since"] + later]
    sign = await run(page, "freshness.js", body, given)
    assert sign["state"] == state
    assert (state == "stale") == bool(sign.get("why") and sign.get("since"))


@pytest.mark.parametrize(("path", "list_"), [("sessions", "#rows"), ("wall", "#tiles")])
async def test_markup_is_one_whoever_fills_it(browser: Browser, hub: RunningHub, path: str, list_: str) -> None:
    """What the browser paints from a frame is, letter by letter, what the server makes of the same card.

    But for the order of attributes, which HTML does not know: one that comes with a change stands behind the others.
    """
    kind = unique("kind")
    async with visitor(browser, hub) as page:
        await page.goto(f"{hub.url}/{path}?kind={kind}&sort=started")
        await expect(page.locator("#sign")).to_have_attribute("data-state", FRESH)
        for n, name in enumerate(("Ada", "⟨name⟩ <b>&amp;", "\u200b")):
            session = f"{kind}-{n}"
            await tell(
                hub,
                begins(session, name, kind=kind, agent={"id": "bot", "version": "2"}),
                says(session, "Awful!\nI hate it."),
            )
            await tell(
                hub, says(session, "Awful, useless, I hate this, terrible!"), fact(session, "goal.failed", goal=name)
            )
            for goal in "abcd":
                await tell(hub, fact(session, "goal.completed", goal=goal))
            await tell(
                hub, fact(session, "block.entered", block="a<b"), fact(session, "knowledge.missing", question="?")
            )
            await tell(hub, says(session, "sorry", role="assistant"), fact(session, "form.shown", form="f"))
        await tell(hub, begins(f"{kind}-9", "Mute", kind=kind), fact(f"{kind}-9", "session.closed"))
        await expect(page.locator(f"{list_} > li")).to_have_count(4)
        await expect(page.locator(f'{list_} > li[data-key="web:{kind}-9"]')).to_have_attribute("data-status", "closed")
        await expect(page.locator(f'{list_} > li[data-key="web:{kind}-2"]')).to_have_attribute("data-rev", "12")
        painted = await page.evaluate(MARKUP, [list_, None])
        served = await page.evaluate(MARKUP, [list_, await (await page.request.get(page.url)).text()])
        assert len(painted) == len(served) == 4
        for shown, made in zip(painted, served, strict=True):
            assert shown == made


@pytest.mark.parametrize(
    ("path", "template"), [("wall", "#tile"), ("sessions", "#row"), ("sessions?layout=cards", "#row")]
)
async def test_what_is_filled_again_is_what_would_be_made_anew(
    browser: Browser, hub: RunningHub, path: str, template: str
) -> None:
    rng = random.Random(7)
    told = [plain(a_card(rng, "web:1")) | {"rev": rev + 1} for rev in range(200)]
    async with visitor(browser, hub) as page:
        await page.goto(f"{hub.url}/{path}")
        await expect(page.locator("#sign")).to_have_attribute("data-state", FRESH)
        assert await page.evaluate(AGAIN, [template, told]) == []


async def test_hundreds_that_change_places_come_to_stand_in_their_order(page: Page) -> None:
    assert await page.evaluate(MOVING) == [["c", "b", "a"], True, ["b", "d", "a"]]


MOVING = """async () => {
  const { Rows } = await import("/static/js/rows.js");
  const template = document.createElement("template");
  template.innerHTML = '<li data-key="⟨session⟩" data-rev="⟨rev⟩">⟨session⟩</li>';
  const list = document.body.appendChild(document.createElement("ul"));
  const shown = (session) => ({ session, rev: 1 });
  const rows = new Rows(list, template, { shown, signal: new AbortController().signal, scrolls: false });
  const keys = () => Array.from(list.children, (one) => one.dataset.key).filter(Boolean);
  const stands = async (order, { at_once = false } = {}) => {
    rows.paint({ order, now: at_once });
    const end = performance.now() + 10_000;
    while (keys().join() !== order.join() && performance.now() < end) await new Promise(requestAnimationFrame);
    return keys();
  };
  await stands(["a", "b", "c"]);
  const small = await stands(["c", "b", "a"]);
  const many = Array.from({ length: 500 }, (_, n) => `s${n}`);
  await stands(many);
  const mixed = many.toSorted((one, other) => (one.slice(1) * 7919) % 503 - (other.slice(1) * 7919) % 503);
  const there = (await stands(mixed)).join() === mixed.join();
  const back = (await stands(many, { at_once: true })).join() === many.join();
  return [small, there && back, await stands(["b", "d", "a"])];
}"""

SORTED = """
const sorted = (root) => {
  for (const element of [root, ...root.querySelectorAll("*")]) {
    const named = [...element.attributes].map(({ name, value }) => [name, value]).sort();
    for (const [name] of named) element.removeAttribute(name);
    for (const [name, value] of named) element.setAttribute(name, value);
  }
  return root;
};"""  # attributes have no order

AGAIN = (
    f"""async ([name, cards]) => {{{SORTED}"""
    """
  const modules = ["session/fill.js", "glance.js", "morph.js"].map((js) => import(`/static/js/${js}`));
  const [{ found, made }, { glance }, { morph }] = await Promise.all(modules);
  const template = document.querySelector(name);
  const tidy = (element) => sorted(element.cloneNode(true)).outerHTML;
  const values = cards.map((card) => glance(card, { now: 1_795_255_500_000 }));
  const mine = made(template, values[0]);
  const there = document.createElement("li");
  morph(there, made(template, values[0]).element);
  const theirs = found(template, there, values[0]);
  const heading = mine.element.querySelector("h2, a");
  const wrong = [];
  for (const value of values) {
    mine.fill(value);
    theirs.fill(value);
    const anew = tidy(made(template, value).element);
    for (const part of [mine, theirs]) if (tidy(part.element) !== anew) wrong.push([tidy(part.element), anew]);
  }
  if (!mine.element.contains(heading)) wrong.push("what could stay was made anew");
  return wrong.slice(0, 1);
}"""
)


MARKUP = (
    f"""([list, served]) => {{{SORTED}"""
    """
  const tidy = (li) => {
    const copy = li.cloneNode(true);
    const passing = ["data-new", "data-moved", "data-left", "aria-posinset", "aria-setsize"];
    for (const name of passing) copy.removeAttribute(name);
    for (const time of copy.querySelectorAll("[data-tick]")) time.textContent = "";
    return sorted(copy).outerHTML.replace(/>\\s+</g, "><");
  };
  const root = served ? new DOMParser().parseFromString(served, "text/html") : document;
  return [...root.querySelectorAll(`${list} > li`)].map(tidy);
}"""
)
