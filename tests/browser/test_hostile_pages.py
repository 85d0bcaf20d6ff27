"""What strangers send, on the pages that many look at: shown as text, in its place, and nothing of it runs."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from live.cards import stranger
from tests.browser import walls
from tests.browser.talks import until
from tests.browser.visits import LIVE, begins, fact, says, tell, unique, visitor
from tests.hubs import RunningHub, StartHub

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

DESK, PHONE = {"width": 1366, "height": 768}, {"width": 390, "height": 844}
OWN = [
    "<script>window.__pwned = 1; alert(1)</script>",
    '"><img src=x onerror="window.__pwned = 1">',
    "' autofocus onfocus='window.__pwned = 1' x='",
    "</template></li></ol><svg onload=window.__pwned=1>",
    "<iframe srcdoc='<script>parent.__pwned = 1</script>'></iframe>",
    "javascript:window.__pwned=1",
    "data:text/html,<script>alert(1)</script>",
    "{{7*7}} {% for x in y %} {{ config }}",
    "${window.__pwned = 1} #{1} <%= 1 %> ⟨c.said|why⟩",
    "&lt;b&gt; &amp;amp; &#x3c;",
    "\u202eright to left override\u202c, and on",
    "\u2067isolated\u2069 \u202bembedded",
    "مرحبا بالعالم, שלום עולם 123",
    "Z͑ͫ̓ͪ̂A̴̵̜̰͔ͫL̠ͨͧG̴̻͈O̵̹̻" * 8,
    "👩‍👩‍👧‍👦🏳️‍🌈👨🏿‍🚀" * 10,
    "W" * 256,
    "a,b\\,c!d&e=f;g|h#i?j%6bl+m",
    "!not, \\ an & operator = here",
    "tab\tline\nfeed\x01bell\x07escape\x1b[31m\x7f",
    "__proto__",
    "constructor",
]
HOSTILE = Path(__file__).parents[3] / "shared" / "data" / "hostile" / "strings" / "blns.json"
EVERY_COLUMN = (
    "user,talk,course,feel,when,status,channel,kind,agent,tags,forms,missing,messages,duration,started,email,phone,lead"
)

# {heights of the rows, by how much the page is too wide, elements that no page of ours has, has anything run?}
STATE = """(list) => ({
  heights: [...new Set([...document.querySelectorAll(`${list} > li`)].map((li) => Math.round(li.offsetHeight)))],
  over: document.documentElement.scrollWidth - innerWidth,
  foreign: [...document.body.querySelectorAll("*")].filter((one) =>
    one.matches("script:not([src], #state), img, iframe, object, [href^=javascript], [href^=data]")
    || [...one.attributes].some(({ name }) => name.startsWith("on"))).map((one) => one.outerHTML),
  ran: "__pwned" in window,
})"""


def session_of(string: str, *, session: str, user: str) -> list[dict[str, Any]]:
    """A session that says this wherever something can be said."""
    name = string[:256]
    return [
        {
            **begins(session, string, kind=name, tags=[name, f"{name}2"[-256:]], lead=string),
            "user": {"id": user, "name": string, "email": name, "phone": name},
            "agent": {"id": name, "name": string, "version": name[:50]},
        },
        fact(session, "goal.triggered", goal=name),
        fact(session, "goal.failed", goal=f"not {name}"[:256]),
        fact(session, "form.shown", form=name),
        fact(session, "block.entered", block=name),
        fact(session, "knowledge.missing", question=string),
        says(session, string),
    ]


async def told(hub: RunningHub, strings: Sequence[str]) -> tuple[str, dict[str, str]]:
    """A session for each string; the user that they have in common, and session -> string."""
    user, prefix = unique("user"), unique("hostile")
    named = {f"{prefix}-{n:03}": string for n, string in enumerate(strings)}
    facts = [one for session, string in named.items() for one in session_of(string, session=session, user=user)]
    for first in range(0, len(facts), 500):
        await tell(hub, *facts[first : first + 500])
    return user, {f"web:{session}": string for session, string in named.items()}


async def unharmed(page: Page, rows: str, *, height: int | None = None) -> None:
    """Nothing ran, nothing foreign is there, nothing is wider than the screen; rows are as high as ever."""
    state = await page.evaluate(STATE, rows)
    assert state["over"] <= 0, state
    assert not state["ran"]
    assert state["foreign"] == []
    if height is not None:
        assert state["heights"] == [height]


async def live(page: Page) -> None:
    """The page says that it is live."""
    await expect(page.locator("#sign")).to_have_attribute("data-state", LIVE)


def as_text(string: str) -> str:
    """As a page holds it: a parser knows one end of a line."""
    return string.replace("\r\n", "\n").replace("\r", "\n")


def one_line(string: str) -> str:
    """As a filter names it."""
    return " ".join(string[:256].split())


def texts(where: Locator) -> Any:
    """What the elements hold, whatever of it can be seen."""
    return where.evaluate_all("(all) => all.map((one) => one.textContent)")


TOLD = """(all) => all.map((li) => [
  li.dataset.key, li.querySelector(".open").textContent, li.querySelector(".words").textContent,
])"""


@pytest.mark.parametrize(
    ("size", "looks"),
    [
        (DESK, {"layout=list": 60, f"columns={EVERY_COLUMN}": 60, "layout=cards": 224}),
        (PHONE, {"layout=list": 116, "layout=cards": 224}),
    ],
    ids=["desk", "phone"],
)
async def test_the_list_shows_it_as_text_and_keeps_its_shape(
    browser: Browser, hub: RunningHub, size: dict[str, int], looks: dict[str, int]
) -> None:
    user, named = await told(hub, OWN)
    async with visitor(browser, hub, viewport=size) as page:
        for count, (look, height) in enumerate(looks.items()):
            await page.goto(f"{hub.url}/sessions?user={user}&sort=started&{look}")
            await live(page)
            rows = page.locator("#rows > li")
            await expect(rows).to_have_count(len(OWN) + count)
            await unharmed(page, "#rows", height=height)  # as the server paints it
            shown = {key: texts for key, *texts in await rows.evaluate_all(TOLD)}
            for key, string in named.items():
                assert shown[key][0] == as_text(string)
                assert as_text(string)[:150] in shown[key][1]  # a card has the beginning of a long text
            again = f"again {count}: "
            await tell(hub, *(says(key.removeprefix("web:"), again + string) for key, string in named.items()))
            await tell(hub, *session_of(OWN[count], session=f"{user}-{count}", user=user))
            await expect(rows).to_have_count(len(OWN) + count + 1)
            await expect(page.locator("#rows > li .words", has_text=again)).to_have_count(len(OWN))
            await unharmed(page, "#rows", height=height)  # and as the browser does


async def test_facets_suggestions_palette_and_preview_show_it_as_text(browser: Browser, hub: RunningHub) -> None:
    user, named = await told(hub, OWN)
    async with visitor(browser, hub, viewport=DESK) as page:
        await page.goto(f"{hub.url}/sessions?user={user}&sort=started")
        await live(page)
        await page.evaluate("document.querySelectorAll('#groups details').forEach((one) => { one.open = true; })")
        for field in ("kind", "agent", "tag", "form", "goal", "block"):
            labels = {one_line(label) for label in await texts(page.locator(f'.group[data-field="{field}"] .label'))}
            assert [string for string in OWN if one_line(string) not in labels] == [], field
        await unharmed(page, "#rows", height=60)

        for string in ("a,b\\,c", "!not", "<script>window", "{{7*7}}"):  # a click on one leads to its session alone
            box = page.locator('.group[data-field="tag"] .option', has_text=string).first
            await box.locator("input").check()
            await expect(page.locator("#rows .open")).to_have_text([next(one for one in OWN if string in one)])
            await page.locator(".chip a", has_text="Tag").click()
            await expect(page.locator("#rows .open")).to_have_count(len(OWN))

        text = page.get_by_role("combobox", name="Filter as text")
        for typed in ("tag=<", "kind=\u202e", "constructor=", "__proto__=x", "toString = a", "goal=!{{", "block=W"):
            await text.fill(typed)
            await expect(text).to_have_attribute("aria-expanded", "true" if typed[-1] in "<{W\u202e" else "false")
            await unharmed(page, "#rows")
        await text.fill("kind=<script")
        await page.get_by_role("option", name="<script>").first.click()
        assert "<script>" in await text.input_value()
        await text.fill("")

        for key, string in [pair for n, pair in enumerate(named.items()) if n % 4 == 0 or "W" in pair[1]]:
            await page.locator(f'#rows > [data-key="{key}"] .open').focus()
            await page.keyboard.press("Space")
            await expect(page.locator("#preview h2 a")).to_have_attribute(
                "href", f"/sessions/{key.replace(':', '%3A')}"
            )
            assert await page.locator("#preview h2").text_content() == as_text(string)
            assert as_text(string) in await texts(page.locator("#preview .preview-said p"))
            await page.keyboard.press("Escape")
        await unharmed(page, "#rows")

        await page.keyboard.press("Control+k")
        palette = page.get_by_role("combobox", name="A session, a view")
        for typed in ("<script>", "{{7*7}}", "مرحبا", "WWWWWW", "<img", "!not, \\ an"):
            await palette.fill(typed)
            found = page.locator("#palette-list > li", has_text="session")
            await expect(found.locator(".what", has_text=typed).first).to_be_visible()
            await unharmed(page, "#rows")
            assert await page.locator("#palette").evaluate("(box) => box.scrollWidth <= box.clientWidth")


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
async def test_the_wall_shows_it_as_text_and_keeps_its_shape(
    browser: Browser, hub: RunningHub, size: dict[str, int]
) -> None:
    user, named = await told(hub, OWN)
    async with visitor(browser, hub, viewport=size) as page:
        await page.goto(f"{hub.url}/wall?user={user}&density=normal")
        await walls.live(page)
        await expect(page.locator("#tiles > li")).to_have_count(len(OWN))
        await unharmed(page, "#tiles")
        (height,) = (await page.evaluate(STATE, "#tiles"))["heights"]
        for key, string in named.items():
            assert await page.locator(f'#tiles > [data-key="{key}"] .open').text_content() == as_text(string)
        await tell(hub, *(says(key.removeprefix("web:"), f"again: {string}") for key, string in named.items()))
        await expect(page.locator("#tiles > li .words", has_text="again:")).to_have_count(len(OWN))
        await unharmed(page, "#tiles", height=height)


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
async def test_a_session_made_of_it_is_a_page_like_any_other(
    browser: Browser, hub: RunningHub, size: dict[str, int]
) -> None:
    session = unique("hostile")
    facts = [one for string in OWN for one in session_of(string, session=session, user=session)]
    await tell(hub, *({**one, "type": one["type"].replace("session.started", "session.updated")} for one in facts))
    async with visitor(browser, hub, viewport=size) as page:
        await page.goto(f"{hub.url}/sessions/web:{session}")
        await page.evaluate("scrollTo(0, 0)")  # who scrolls up reads on
        await expect(page.locator("#transcript .text")).to_have_count(len(OWN))
        assert await texts(page.locator("#transcript .text")) == [as_text(string) for string in OWN]
        await unharmed(page, "#transcript")


async def test_a_name_that_leaves_no_trace_is_replaced_by_what_else_is_known_wherever_one_opens_it(
    browser: Browser, hub: RunningHub
) -> None:
    session, name = unique("unseen"), "\u200b\u2060\u200e"
    user = {"id": session, "name": name, "email": f"{session}@example.org"}
    await tell(hub, {**begins(session, name), "user": user}, says(session, "hello"))
    async with visitor(browser, hub) as page:
        await page.goto(f"{hub.url}/sessions?user={session}")
        await live(page)
        called = f"{session}@example.org"
        await expect(page.locator("#rows .open")).to_have_text([called])
        await page.keyboard.press("j")
        await page.keyboard.press("Space")
        await expect(page.locator("#preview h2")).to_have_text(called)
        await page.keyboard.press("Control+k")
        await page.keyboard.type(f"{session}@example")
        await expect(page.locator("#palette-list .what").first).to_have_text(called)


PLAIN, FOREIGN = (
    "Ada Lovelace",
    ["שלום עולם", "\u202eevil\u202c", "مرحبا بالعالم 42", "👩‍👩‍👧‍👦👨🏿‍🚀", "\u2067\u202eopen"],
)

# Where each part of a row stands, and whether its last character is right of its first one.
PARTS = """(row) => {
  const at = (one) => Math.round(one.getBoundingClientRect().left - row.getBoundingClientRect().left);
  const onward = (one) => {
    const text = document.createTreeWalker(one, NodeFilter.SHOW_TEXT).nextNode();
    const edge = (n) => {
      const part = document.createRange();
      part.setStart(text, n);
      part.setEnd(text, n + 1);
      return part.getBoundingClientRect().left;
    };
    return edge(0) < edge(text.length - 1);
  };
  const fixed = [
    ".shape", "h2", ".of", ".channel", ".said", ".role", "time.ago", ".mood", ".tags", ".lasts", ".counted",
  ];
  const written = [".channel", ".role", "time.ago", ".mood", ".tags li:last-child bdi"];
  const found = (name) => [...row.querySelectorAll(name)].find((one) => one.checkVisibility());
  return {
    places: Object.fromEntries(fixed.filter(found).map((name) => [name, at(found(name))])),
    onward: written.filter(found).map((name) => onward(found(name))),
    order: [".channel", ".kind", ".agent"].filter(found).map((name) => at(found(name))),
  };
}"""


@pytest.mark.parametrize("look", [f"columns={EVERY_COLUMN}", "layout=cards", "density=compact&columns=user,talk,tags"])
async def test_names_of_any_script_leave_everything_else_where_it_is(
    browser: Browser, hub: RunningHub, look: str
) -> None:
    user = unique("user")
    named = {unique(): name for name in (PLAIN, *FOREIGN)}
    for session, name in named.items():
        who = {"user": {"id": user, "name": name}, "agent": {"id": "a", "name": name}}
        start = {**begins(session, name, kind=name, tags=[name, "after"]), **who}
        await tell(hub, start, says(session, name), fact(session, "goal.triggered", goal=name))
    async with visitor(browser, hub, viewport={"width": 1920, "height": 1080}) as page:
        await page.goto(f"{hub.url}/sessions?user={user}&sort=started&{look}")
        await live(page)
        parts = {
            name: await page.locator(f'#rows > [data-key="web:{session}"]').evaluate(PARTS)
            for session, name in named.items()
        }
        for name in FOREIGN:
            assert parts[name]["places"] == parts[PLAIN]["places"], name
            assert all(parts[name]["onward"]), name
            assert parts[name]["order"] == sorted(parts[name]["order"]), name


BEGINS = """(name) => {
  const text = document.createTreeWalker(name, NodeFilter.SHOW_TEXT).nextNode();
  const [first, box] = [document.createRange(), name.closest("h2").getBoundingClientRect()];
  first.setStart(text, 0);
  first.setEnd(text, 1);
  const at = first.getBoundingClientRect();
  return at.left >= box.left - 1 && at.right <= box.right + 1;
}"""


async def test_a_long_name_is_cut_at_its_end_whichever_way_it_is_written(browser: Browser, hub: RunningHub) -> None:
    user, names = unique("user"), ["Abcdefghij " * 30, "אבגדהוזחטי " * 30]
    for name in names:
        await tell(hub, {**begins(unique(), name), "user": {"id": user, "name": name}})
    async with visitor(browser, hub) as page:
        for look in ("layout=list", "layout=cards", "density=compact"):
            await page.goto(f"{hub.url}/sessions?user={user}&{look}")
            await expect(page.locator("#rows > li")).to_have_count(len(names))
            assert [await name.evaluate(BEGINS) for name in await page.locator("#rows .open").all()] == [True, True], (
                look
            )


@pytest.mark.data
async def test_every_string_that_was_collected_is_shown_as_text(
    browser: Browser, start_hub: StartHub, database_name: str
) -> None:
    hub = start_hub(database_name)  # of its own: so many tags are more than a filter bar offers
    strings = [string for string in json.loads(HOSTILE.read_text("utf-8")) if string.strip()]
    user, named = await told(hub, strings)
    shown: dict[str, list[str]] = {}
    async with visitor(browser, hub, viewport=PHONE) as page:
        for path, rows in (("sessions?layout=list", "#rows"), ("wall?", "#tiles")):
            await page.goto(f"{hub.url}/{path}&user={user}&sort=started&limit=1000")
            await expect(page.locator("#sign")).to_have_attribute("data-state", LIVE)
            shown.clear()

            async def all_shown(rows: str = rows) -> bool:
                found = await page.locator(f"{rows} > li[data-key]").evaluate_all(TOLD)
                shown.update({key: texts for key, *texts in found})
                await page.evaluate("scrollBy(0, innerHeight)")
                return len(shown) == len(named)

            await until(all_shown, what=f"every string on {path}")
            for key, string in named.items():
                assert shown[key][0] in (as_text(string), stranger(key)), path
                assert shown[key][1][:180] == as_text(string)[:180], path
            await unharmed(page, rows)


async def test_ten_thousand_tags_offer_the_most_frequent_and_take_any_other_by_name(
    browser: Browser, start_hub: StartHub, database_name: str
) -> None:
    hub = start_hub(database_name)
    facts = [
        begins(f"s-{n:03}", f"Visitor {n}", tags=[f"tag {n:03}-{m}" for m in range(10)] + ["often"] * (n < 7))
        for n in range(1_000)
    ]
    await tell(hub, *facts)
    async with visitor(browser, hub) as page:
        await live(page)
        tags = page.locator('.group[data-field="tag"]')
        await tags.locator("summary").first.click()
        await expect(tags).to_contain_text("The 200 most frequent. Others by name:")
        await expect(tags.locator(".option")).to_have_count(200)
        await expect(tags.locator(".option").first).to_contain_text("often")
        await expect(tags.locator(".option").first.locator(".count")).to_have_text("7")

        another = tags.get_by_label("Tag, another")
        await another.fill("OFT")  # what one types narrows what is offered
        await expect(tags.locator(".option:visible")).to_have_text(["often7notnot Tag: often"])
        offered = set(await texts(tags.locator(".label")))
        n, rare = next((n, tag) for n in range(1_000) if (tag := f"tag {n:03}-6") not in offered)
        await another.fill(rare)
        await expect(tags.locator(".option:visible")).to_have_count(0)
        await another.press("Enter")  # and what is not offered is taken as it stands
        await expect(page.locator("#rows .open")).to_have_text([f"Visitor {n}"])
        await expect(tags.get_by_label(rare)).to_be_checked()

        text = page.get_by_role("combobox", name="Filter as text")
        await text.fill("tag=ofte")
        await page.get_by_role("option", name="often").click()
        await text.press("Enter")
        await expect(page.locator("#rows .open")).to_have_count(7)
