"""The list at length: thousands of rows, layouts and columns, the filter as text, preview, palette, the way back."""

import re

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from tests.browser.talks import until
from tests.browser.visits import LIVE, begins, fact, flaws, says, tell, unique, visitor
from tests.hubs import RunningHub, StartHub

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

ON_PAGE = 120  # rows that are there at once, at most


def row(page: Page, session: str, channel: str = "web") -> Locator:
    """The row of a session."""
    return page.locator(f'#rows > [data-key="{channel}:{session}"]')


async def live(page: Page) -> None:
    """The page says that it is live."""
    await expect(page.locator("#sign")).to_have_attribute("data-state", LIVE)


async def many(hub: RunningHub, kind: str, count: int) -> list[str]:
    """So many sessions of a kind, oldest first; their ids."""
    ids = [f"{kind}-{n:04}" for n in range(count)]
    for start in range(0, count, 100):
        await tell(hub, *(begins(session, session.upper(), kind=kind) for session in ids[start : start + 100]))
    return ids


async def test_a_long_list_is_there_whole_and_little_of_it_on_the_page(browser: Browser, hub: RunningHub) -> None:
    kind = unique("kind")
    ids = await many(hub, kind, 900)
    seen: set[str] = set()
    async with visitor(browser, hub) as page:
        await page.goto(f"{hub.url}/sessions?kind={kind}&sort=started")
        await live(page)

        async def all_seen() -> bool:
            keys = await page.evaluate("[...document.querySelectorAll('#rows > li')].map((li) => li.dataset.key)")
            assert 0 < len(keys) <= ON_PAGE or scrolled == 0
            seen.update(keys)
            await page.evaluate("scrollBy(0, innerHeight)")
            return len(seen) == len(ids)

        scrolled = await page.evaluate("scrollY")
        await until(all_seen, what="every row was on the page once")
        assert seen == {f"web:{session}" for session in ids}
        last = page.locator("#rows > li").last
        await expect(last).to_have_attribute("aria-setsize", "900")
        await page.keyboard.press("Home")
        await page.evaluate("scrollTo(0, 0)")
        await expect(page.locator("#rows > li").first).to_have_attribute("aria-posinset", "1")


async def test_two_keys_lead_past_the_filters(browser: Browser, hub: RunningHub) -> None:
    kind = unique("kind")
    await tell(hub, begins(unique(), "Ada", kind=kind))
    async with visitor(browser, hub) as page:
        address = f"{hub.url}/sessions?kind={kind}"
        for times, link, then in (
            (1, "Skip to the sessions", "#rows > li a.open"),
            (2, "Skip the filters", "#saved a"),
        ):
            await page.goto(address)
            await expect(page.locator("#rows > li")).to_have_count(1)
            for _ in range(times):
                await page.keyboard.press("Tab")
            await expect(page.get_by_role("link", name=link)).to_be_focused()
            await page.keyboard.press("Enter")
            await page.keyboard.press("Tab")
            await expect(page.locator(then).first).to_be_focused()
            assert page.url == address


async def test_the_keyboard_walks_past_the_edge_of_the_screen(browser: Browser, hub: RunningHub) -> None:
    kind = unique("kind")
    await many(hub, kind, 200)
    async with visitor(browser, hub) as page:
        await page.goto(f"{hub.url}/sessions?kind={kind}&sort=started")
        await live(page)
        order = await page.evaluate("[...document.querySelectorAll('#rows > li')].map((li) => li.dataset.key)")
        for _ in range(100):
            await page.keyboard.press("j")
        focused = page.locator("#rows > li:focus-within")
        await expect(focused).to_have_attribute("aria-posinset", "100")
        await expect(focused).to_be_in_viewport()
        for _ in range(99):
            await page.keyboard.press("k")
        await expect(focused).to_have_attribute("data-key", order[0])


async def test_the_row_one_was_at_is_in_the_address_and_found_again(browser: Browser, hub: RunningHub) -> None:
    kind = unique("kind")
    await many(hub, kind, 120)
    async with visitor(browser, hub) as page:
        await page.goto(f"{hub.url}/sessions?kind={kind}&sort=started")
        await live(page)
        for _ in range(70):
            await page.keyboard.press("j")
        key = await page.locator("#rows > li:focus-within").get_attribute("data-key")
        assert key is not None
        await page.wait_for_url(f"**selected={key}")
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/sessions/web**")
        await page.go_back()
        mine = page.locator(f'#rows > [data-key="{key}"]')
        await expect(mine).to_have_attribute("aria-current", "true")
        await expect(mine).to_be_in_viewport()
        await live(page)
        await page.keyboard.press("x")  # the keys begin where one was, although nothing has the focus
        await expect(mine).to_have_attribute("data-picked", "")
        await page.keyboard.press("x")
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/sessions/web**")
        await page.go_back()
        await live(page)
        await page.keyboard.press("Space")
        await expect(page.locator("#preview")).to_contain_text(key.removeprefix("web:").upper())
        await page.keyboard.press("j")
        await expect(page.locator("#rows > li:focus-within")).to_have_attribute("aria-posinset", "71")
        await page.keyboard.press("k")
        await expect(mine.locator(".open")).to_be_focused()
        await page.reload()
        await live(page)
        await page.keyboard.press("k")
        await expect(page.locator("#rows > li:focus-within")).to_have_attribute("aria-posinset", "69")
        key = await page.locator("#rows > li:focus-within").get_attribute("data-key")
        await page.keyboard.press("v")  # another look at the same row
        await page.wait_for_url(f"**layout=cards&selected={key}")
        await live(page)
        await expect(page.locator(f'#rows > [data-key="{key}"]')).to_be_in_viewport()
        await page.keyboard.press("v")
        await page.wait_for_url(f"**sort=started&selected={key}")


async def test_a_row_that_leaves_the_filter_fades_out(browser: Browser, hub: RunningHub) -> None:
    kind, stays, goes = unique("kind"), unique(), unique()
    await tell(hub, begins(stays, "Stays", kind=kind), begins(goes, "Goes", kind=kind))
    async with visitor(browser, hub) as page:
        await page.goto(f"{hub.url}/sessions?kind={kind}")
        await live(page)
        await expect(page.locator("#rows > li")).to_have_count(2)
        await page.evaluate("""() => {
          window.faded = [];
          new MutationObserver((all) => all.forEach(({ target }) => {
            if ("leaving" in target.dataset) window.faded.push(target.textContent);
          })).observe(document.querySelector("#rows"), { subtree: true, attributeFilter: ["data-leaving"] });
        }""")
        await tell(hub, fact(goes, "session.updated", kind="another"))
        await expect(page.locator("#rows .open")).to_have_text(["Stays"])
        (faded,) = await page.evaluate("window.faded")
        assert "Goes" in faded
        await expect(page.locator('[data-count="matching"]').first).to_have_text("1")


ERASE = """async (session) => (await fetch(`/api/v1/sessions/${session}`, {
  method: "DELETE", headers: { "X-CSRF-Token": document.querySelector("meta[name=csrf]").content },
})).status"""


async def test_of_a_row_that_is_erased_only_the_place_stays_while_one_is_at_it(
    browser: Browser, hub: RunningHub
) -> None:
    kind, stays, goes = unique("kind"), unique(), unique()
    await tell(hub, begins(stays, "Stays", kind=kind))
    await tell(hub, begins(goes, "Grace Hopper", kind=kind, tags=["vip"]), says(goes, "my secret is awful, I hate it"))
    async with visitor(browser, hub) as page:
        await page.goto(f"{hub.url}/sessions?kind={kind}&sort=started&columns=user,talk,course,feel,when,tags,email")
        await live(page)
        await page.keyboard.press("j")
        await page.keyboard.press("x")
        await page.keyboard.press("Space")
        await expect(page.locator("#preview")).to_contain_text("my secret")
        assert await page.evaluate(ERASE, f"web:{goes}") == 204
        await expect(row(page, goes).locator(".open")).to_have_text("Erased")
        await expect(row(page, goes).locator(".open")).to_be_focused()  # nothing moves under the hand
        await expect(page.locator("#preview")).to_be_hidden()
        await expect(page.locator("#bulk")).to_be_hidden()
        for secret in ("Grace", "secret", "vip"):
            assert secret not in await page.locator("#rows").inner_html()
        await page.keyboard.press("j")
        await expect(page.get_by_role("link", name="Stays")).to_be_focused()
        await page.locator("#found-title").focus()
        await expect(page.locator("#rows .open")).to_have_text(["Stays"])


async def test_a_row_that_left_the_list_and_is_erased_then_says_nothing_more(browser: Browser, hub: RunningHub) -> None:
    kind, goes = unique("kind"), unique()
    await tell(hub, begins(goes, "Grace Hopper", kind=kind), says(goes, "my secret is awful"))
    async with visitor(browser, hub, complaints=False) as page:  # the browser complains of each 404
        await page.goto(f"{hub.url}/sessions?kind={kind}&status=open")
        await live(page)
        await page.keyboard.press("j")
        await tell(hub, fact(goes, "session.closed"))
        await expect(row(page, goes)).to_have_attribute("data-left", "")
        await expect(row(page, goes)).to_contain_text("my secret")
        assert await page.evaluate(ERASE, f"web:{goes}") == 204
        await expect(row(page, goes).locator(".open")).to_have_text("Erased", timeout=20_000)
        assert "secret" not in await page.locator("#rows").inner_html()


async def test_a_row_behind_the_live_ones_that_is_erased_says_nothing_more(browser: Browser, hub: RunningHub) -> None:
    kind = unique("kind")
    ids = await many(hub, kind, 6)
    async with visitor(browser, hub, complaints=False) as page:
        await page.goto(f"{hub.url}/sessions?kind={kind}&sort=started&limit=2")
        await live(page)
        await page.locator("#more").click()
        await expect(page.locator("#rows > li")).to_have_count(4)
        fourth = row(page, ids[-4])
        await fourth.locator(".open").focus()
        await page.keyboard.press("Space")
        await tell(hub, says(ids[-4], "said behind the live ones"))
        await expect(page.locator("#preview")).to_contain_text("said behind the live ones", timeout=20_000)
        await page.keyboard.press("Escape")
        before = await fourth.locator(".open").inner_text()
        assert before != "Erased"
        assert await page.evaluate(ERASE, f"web:{ids[-4]}") == 204
        await expect(fourth.locator(".open")).to_have_text("Erased", timeout=30_000)
        assert before not in await page.locator("#rows").inner_html()


async def test_layout_density_and_columns_are_chosen_kept_and_shared(browser: Browser, hub: RunningHub) -> None:
    kind, session = unique("kind"), unique()
    user = {"name": "Ada", "email": "ada@example.com", "phone": "+49 171 1"}
    await tell(
        hub, {**begins(session, "Ada", kind=kind, tags=["vip"], lead="crm-7"), "user": user}, says(session, "hello")
    )
    async with visitor(browser, hub, viewport={"width": 1920, "height": 1080}) as page:
        await page.goto(f"{hub.url}/sessions?kind={kind}")
        for column in ("Tags", "Email", "Lead"):
            if not await page.locator("#columns[open]").count():
                await page.locator("#columns > summary").click()
            await page.locator("#columns").get_by_role("checkbox", name=column).click()
            await expect(page.locator(f"#heads :text('{column}')")).to_be_visible()
        mine = row(page, session)
        for text in ("vip", "ada@example.com", "crm-7"):
            await expect(mine).to_contain_text(text)
        assert "columns=user,talk,course,feel,when,tags,email,lead" in page.url
        await page.get_by_role("link", name="Compact").click()
        await expect(page.locator("#page")).to_have_attribute("data-density", "compact")
        await live(page)
        await tell(hub, says(session, "and again"))
        await expect(mine).to_contain_text("and again")
        await expect(mine).to_contain_text("crm-7")
        address = page.url
        await page.get_by_role("link", name="Cards", exact=True).click()
        await page.wait_for_url("**layout=cards**")
        await expect(mine).to_contain_text("vip")
        await page.go_back()
        await page.wait_for_url(address)
        await expect(mine).to_contain_text("ada@example.com")
        await page.get_by_role("link", name="Sessions", exact=True).click()  # asks for nothing: as it was left
        await page.wait_for_url("**density=compact**")
        await page.keyboard.press("v")
        await page.wait_for_url("**layout=cards**")


async def test_the_filter_can_be_written_with_help_and_is_told_what_is_wrong(browser: Browser, hub: RunningHub) -> None:
    kind, session = unique("kind"), unique()
    await tell(hub, begins(session, "Ada", kind=kind, tags=["very important"]))
    async with visitor(browser, hub, complaints=False) as page:
        await live(page)
        await page.keyboard.press("e")
        text = page.get_by_role("combobox", name="Filter as text")
        await expect(text).to_be_focused()
        await page.keyboard.type(f"kind={kind} & ta")
        await expect(page.get_by_role("option", name="tag")).to_be_visible()
        await page.keyboard.press("ArrowDown")
        await page.keyboard.press("Enter")
        await expect(text).to_have_value(f"kind={kind} & tag=")
        await page.keyboard.type("very")
        await page.get_by_role("option", name="very important").click()
        await page.keyboard.press("Enter")
        await page.wait_for_url("**tag=very%20important**")
        await expect(page.locator("#rows .open")).to_have_text(["Ada"])
        await expect(text).to_have_value(f"kind={kind} & tag=very important")
        await text.fill("chanel=web & sentiment=angry")
        await page.keyboard.press("Enter")
        await expect(page.locator("#flaws")).to_contain_text("did you mean channel?")
        await expect(page.locator("#flaws")).to_contain_text("sentiment")
        await expect(text).to_have_value("chanel=web & sentiment=angry")
        await text.fill("")
        await page.keyboard.press("Enter")
        await live(page)


async def test_seeds_everyday_combination_takes_three_clicks(
    browser: Browser, start_hub: StartHub, database_name: str
) -> None:
    hub = start_hub(database_name)
    met, unmet, mild = unique(), unique(), unique()
    awful = "This is terrible, I hate it. Awful, useless, the worst!"
    await tell(hub, begins(met, "Met"), says(met, awful), fact(met, "goal.completed", goal="Booked"))
    await tell(hub, begins(unmet, "Unmet"), says(unmet, awful), fact(unmet, "goal.failed", goal="booked"))
    await tell(hub, begins(mild, "Mild"), says(mild, "fine, thank you"), fact(mild, "goal.completed", goal="asked"))
    async with visitor(browser, hub, viewport={"width": 1366, "height": 768}) as page:
        await live(page)
        goals = page.locator('.group[data-field="goal"]')
        names = page.locator("#rows .open")
        await page.locator('.group[data-field="channel"] input[value="web"]').click()
        await page.locator('.group[data-field="sentiment"] input[value="negative"]').click()
        await expect(names).to_have_text(["Unmet", "Met"])
        refuse = goals.get_by_role("link", name="not Goal completed: Booked")
        await expect(refuse).to_have_css("opacity", "1")  # seen without the pointer on it
        await expect(goals.locator(".option", has_text="asked").locator(".count")).to_have_text("0")
        await expect(goals.get_by_role("link", name="not Goal completed: asked")).to_be_visible()  # nobody here met it
        await refuse.click()
        await expect(names).to_have_text(["Unmet"])
        await expect(page.locator("#chips")).to_contain_text("Goal completed not Booked")


async def test_space_and_the_resting_pointer_show_the_last_messages(browser: Browser, hub: RunningHub) -> None:
    kind, first, second = unique("kind"), unique(), unique()
    await tell(hub, begins(first, "First", kind=kind), says(first, "what the first one said"))
    await tell(hub, begins(second, "Second", kind=kind), says(second, "<b>what</b> the second one said"))
    async with visitor(browser, hub) as page:
        await page.goto(f"{hub.url}/sessions?kind={kind}&sort=started")
        await live(page)
        preview = page.locator("#preview")
        await page.keyboard.press("j")
        await page.keyboard.press("Space")
        await expect(preview).to_contain_text("<b>what</b> the second one said")
        await page.keyboard.press("j")
        await expect(preview).to_contain_text("what the first one said")
        await tell(hub, says(first, "and what it said then"))
        await expect(preview).to_contain_text("and what it said then")  # as the row beneath it
        await page.keyboard.press("Escape")
        await expect(preview).to_be_hidden()
        await expect(page.get_by_role("link", name="First")).to_be_focused()
        await page.locator("#found-title").click()
        await row(page, second).hover()
        await expect(preview).to_contain_text("the second one said")
        await page.locator("#found-title").hover()
        await expect(preview).to_be_hidden()


async def test_the_palette_leads_to_a_session_a_filter_and_a_command(browser: Browser, hub: RunningHub) -> None:
    tag, session, name = unique("tag"), unique(), unique("Grace")
    await tell(hub, begins(session, name, tags=[tag]), says(session, "hello"))
    async with visitor(browser, hub) as page:
        await live(page)
        await page.keyboard.press("Control+k")
        palette = page.get_by_role("dialog", name="Go to")
        await expect(palette).to_be_visible()
        await page.keyboard.type(f"Tag {tag}")
        await expect(palette.get_by_role("option", name=tag).first).to_be_visible()
        await page.keyboard.press("Enter")
        await page.wait_for_url(f"**tag={tag}**")
        await expect(page.locator("#rows .open")).to_have_text([name])
        await page.keyboard.press("Control+k")
        await page.keyboard.type("longest")
        await expect(palette.get_by_role("option", name="longest").first).to_be_visible()
        await page.keyboard.press("Enter")
        await page.wait_for_url("**sort=duration**")
        await page.keyboard.press("Control+k")
        await page.keyboard.type(name.lower())
        await expect(palette.get_by_role("option", name=name)).to_be_visible()
        await page.keyboard.press("Enter")
        await page.wait_for_url(f"**/sessions/web*{session}")


@pytest.mark.parametrize("look", ["layout=cards", "density=compact&columns=user,talk,tags,forms,email,started,lead"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_everybody_can_use_every_look(browser: Browser, hub: RunningHub, scheme: str, look: str) -> None:
    kind, session = unique("kind"), unique()
    await tell(hub, begins(session, "Ada", kind=kind, tags=["vip"]), says(session, "This is awful. I hate it!"))
    await tell(hub, fact(session, "form.shown", form="signup"), fact(session, "knowledge.missing", question="Why?"))
    async with visitor(browser, hub, color_scheme=scheme, bypass_csp=True) as page:
        await page.goto(f"{hub.url}/sessions?kind={kind}&{look}")
        await live(page)
        await expect(row(page, session)).to_be_visible()
        assert await flaws(page) == []
        await page.keyboard.press("j")
        await page.keyboard.press("x")
        await expect(page.locator("#bulk")).to_be_visible()
        await page.keyboard.press("Space")
        await expect(page.locator("#preview")).to_be_visible()
        assert await flaws(page) == []
        await page.keyboard.press("Control+k")
        await expect(page.get_by_role("dialog", name="Go to")).to_be_visible()
        assert await flaws(page) == []


async def test_at_320_pixels_nothing_is_cut_off(browser: Browser, hub: RunningHub) -> None:
    kind, session = unique("kind"), unique()
    await tell(hub, begins(session, "W" * 500, kind=kind, tags=["W" * 200]), says(session, "W" * 400))
    async with visitor(browser, hub, viewport={"width": 320, "height": 640}) as page:
        for look in ("layout=list", "layout=cards", "density=compact"):
            await page.goto(f"{hub.url}/sessions?kind={kind}&{look}")
            await expect(row(page, session)).to_be_visible()
            assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), look


async def test_where_one_need_has_room_the_others_are_counted(browser: Browser, hub: RunningHub) -> None:
    session = unique()
    tags = ["callback", "n" * 100]
    await tell(
        hub,
        begins(session, "Ada", kind=session, tags=tags),
        says(session, "I want to talk to a human, this is awful, I hate it"),
        fact(session, "knowledge.missing", question="When?"),
        fact(session, "goal.failed", goal="calm"),
    )
    async with visitor(browser, hub) as page:
        for look, width, named, rest in (
            ("sort=attention", 1366, 1, '"+3"'),
            ("sort=attention", 2560, 2, "none"),
            ("density=compact", 1920, 1, '"+3"'),
            ("layout=cards", 1366, 1, '"+3"'),
            ("layout=list", 390, 1, '"+3"'),
        ):
            await page.set_viewport_size({"width": width, "height": 768})
            await page.goto(f"{hub.url}/sessions?kind={session}&{look}")
            await live(page)
            needs = row(page, session).locator(".needs")
            await expect(needs.locator(".need:visible")).to_have_count(named)
            counted = await needs.evaluate("(one) => getComputedStyle(one, '::after').content.split(' / ')[0]")
            assert counted == rest, (look, width)
            assert await needs.evaluate("(one) => one.scrollWidth <= one.clientWidth"), (look, width)
            if "attention" in look:  # that is not the order of the last messages
                await expect(page.locator("#heads [aria-current]")).to_have_text("by need")
            if "cards" in look:
                words = row(page, session).locator(".tag")
                cut = await words.evaluate_all(
                    "(all) => all.map((tag) => [tag.scrollWidth > tag.clientWidth, tag.clientWidth])"
                )
                assert [long for long, _ in cut] == [False, True], cut


SCORE = """(() => {
  const score = document.querySelector("#rows .score").getBoundingClientRect();
  const mood = document.querySelector("#rows .mood").getBoundingClientRect();
  const cell = document.querySelector("#rows [data-col=feel]").getBoundingClientRect();
  if (score.top >= mood.bottom) return "not there";
  return score.right <= Math.min(mood.right, cell.right) + 0.5 && score.bottom <= mood.bottom + 0.5 ? "whole" : "cut";
})()"""


async def test_a_score_is_whole_or_not_there(browser: Browser, hub: RunningHub) -> None:
    kind, session = unique("kind"), unique()
    await tell(hub, begins(session, "Ada", kind=kind), says(session, "This is awful. I hate it!"))
    columns = "user,talk,course,feel,when,tags,agent,duration"
    async with visitor(browser, hub) as page:
        await page.goto(f"{hub.url}/sessions?kind={kind}&columns={columns}")
        await live(page)
        found = set()
        for width in range(800, 1_921, 40):
            await page.set_viewport_size({"width": width, "height": 768})
            found.add(await page.evaluate(SCORE))
        assert found == {"whole", "not there"}


async def test_a_wrong_look_is_named(browser: Browser, hub: RunningHub) -> None:
    async with visitor(browser, hub, complaints=False) as page:
        await page.goto(f"{hub.url}/sessions?layout=crads&columns=tagz&density=tight")
        for sentence in ("did you mean cards?", "did you mean tags?", "expected normal or compact"):
            await expect(page.locator("#flaws")).to_contain_text(sentence)
        await expect(page).to_have_title(re.compile("Sessions"))
