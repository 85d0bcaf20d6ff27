"""The pages say what the code does: every name outsiders rely on is there, and no name that the code does not have."""

import argparse
import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import live
from live import cards, cli, events, openapi, order, problems, settings
from live.filters import fields
from live.frames import Close, Ping, Subscribe, Unsubscribe
from live.storage.bus import BusState
from live.telemetry import Metrics
from tests.chaos.__main__ import SCENARIOS
from tests.chaos.__main__ import table as chaos_table
from tests.chaos.run import Ran

ROOT = Path(__file__).parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
COMMON = {"session", "id", "at", "seq", "channel", "received"}
PAGE_OF_PAPER = 60  # lines


def page(name: str) -> str:
    """A page's text."""
    return (ROOT / name).read_text()


def section(name: str, title: str) -> str:
    """What stands under a heading, up to the next one of its rank or above."""
    text = page(name)
    found = re.search(rf"^(#+) {re.escape(title)}$", text, re.MULTILINE)
    assert found is not None, f"{name} has no heading {title!r}"
    after = text[found.end() :]
    end = re.search(rf"^#{{1,{len(found[1])}}} ", after, re.MULTILINE)
    return after[: end.start()] if end else after


def table(text: str) -> Iterator[list[str]]:
    """The rows of the Markdown tables in a text, without heads and rules."""
    lines = text.splitlines()
    for n, line in enumerate(lines):
        is_head = n + 1 < len(lines) and re.fullmatch(r"[|\s:-]+", lines[n + 1])
        if line.startswith("|") and not is_head and not re.fullmatch(r"[|\s:-]+", line):
            yield [cell.strip() for cell in line.strip("|").split("|")]


def code(text: str) -> str:
    """Only what is set as code: between backticks, and in fences of the shell."""
    fences = re.findall(r"^ *```(?:sh)?\n(.*?)^ *```", text, re.MULTILINE | re.DOTALL)
    return "\n".join([*fences, *re.findall(r"`([^`\n]+)`", text)])


def has_word(word: str, text: str) -> bool:
    """Does the word stand there, not as a part of another?"""
    return re.search(rf"(?<![\w.]){re.escape(word)}(?![\w])", text) is not None


def anchor(heading: str) -> str:
    """A heading -> the name that links use."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


# links ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_leads_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", path.read_text()):
        if target.startswith("https://"):
            continue
        file, _, place = target.partition("#")
        there = (path.parent / file).resolve() if file else path
        assert there.exists(), f"{target} is not there"
        if place:
            names = {anchor(heading) for heading in re.findall(r"^#+ (.+)$", there.read_text(), re.MULTILINE)}
            assert place in names, f"{file} has no heading {place}"


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_file_setting_and_target_that_a_page_names_is_there(path: Path) -> None:
    text = path.read_text()
    for name in re.findall(r"\b(?:live|web|tests|docs|bench)/[\w./-]*\w", code(text)):
        assert (ROOT / name).exists(), f"{name} is not there"
    known = {row.name for row in settings.rows()} | settings.CLIENT_VARIABLES
    named = set(re.findall(r"\bLIVE_[A-Z_]*[A-Z]\b", text)) - {"LIVE_BOOTSTRAP"}
    assert named <= known, f"not settings: {named - known}"
    targets = set(re.findall(r"^([a-z-]+):", page("Makefile"), re.MULTILINE))
    asked = {name for line in re.findall(r"\bmake ((?:[a-z-]+ ?)+)", code(text)) for name in line.split()}
    assert asked <= targets, f"the Makefile has no {asked - targets}"


# settings ------------------------------------------------------------------------------------------------------------


def test_the_settings_page_is_the_table_of_live_config() -> None:
    written = list(table(page("docs/settings.md").partition("## ")[0]))
    defaults = [f"`{row.default}`" if row.default else "" for row in settings.rows()]
    known = [
        [f"`{row.name}`", row.form, default, row.about] for row, default in zip(settings.rows(), defaults, strict=True)
    ]
    assert written == known


def test_the_settings_page_names_what_the_commands_read() -> None:
    assert {f"`{name}`" for name in settings.CLIENT_VARIABLES} == {
        cells[0] for cells in table(section("docs/settings.md", "Those of the commands"))
    }


# the contract: events, card ------------------------------------------------------------------------------------------


def rows_by_type() -> dict[str, str]:
    """Event type -> its row in the contract."""
    return {
        kind: " | ".join(cells)
        for cells in table(section("docs/protocol.md", "Events"))
        for kind in re.findall(r"`([a-z.]+)`", cells[0])
    }


def test_the_contract_has_every_event_type_and_no_other() -> None:
    assert set(rows_by_type()) == events.CHANNEL_TYPES | events.HUB_TYPES


def test_the_contract_has_every_field_of_every_event() -> None:
    rows = rows_by_type()
    whole = section("docs/protocol.md", "Events")
    for union in (events.FromChannel, events.FromHub):
        for kind in union.__args__:
            row = rows[kind.__struct_config__.tag]
            if "the same fields" in row:
                row = rows["session.started"]
            for name in set(kind.__struct_fields__) - COMMON:
                set_by_hub = name == "scored" or (name == "by" and kind in (events.TagAdded, events.TagRemoved))
                assert has_word(name, whole if set_by_hub else row), f"{kind.__name__}.{name}"


def test_the_contract_has_every_part_of_an_event() -> None:
    whole = section("docs/protocol.md", "Events")
    for part in events.Part.__subclasses__():
        for name in part.__struct_fields__:
            assert has_word(name, whole), f"{part.__name__}.{name}"


def test_the_contract_has_the_limits_with_their_settings() -> None:
    for name in ("LIVE_MAX_EVENT", "LIVE_MAX_BATCH", "LIVE_MAX_BODY", "LIVE_MAX_TEXT"):
        assert f"`{name}`" in section("docs/protocol.md", "Events")


def test_the_card_of_the_contract_is_the_card() -> None:
    example = re.search(r"```json\n(.*?)```", section("docs/protocol.md", "The card"), re.DOTALL)
    assert example is not None
    card: dict[str, Any] = json.loads(example[1])
    assert tuple(card) == cards.Card.__struct_fields__
    assert tuple(card["messages"]) == cards.Messages.__struct_fields__
    assert tuple(card["sentiment"]) == cards.Mood.__struct_fields__
    assert tuple(card["last_message"]) == cards.LastMessage.__struct_fields__


def test_the_contract_has_every_reason_to_look_in_order() -> None:
    assert [cells[0] for cells in table(section("docs/protocol.md", "The card"))] == [f"`{why}`" for why in cards.WHYS]


# the contract: HTTP, sockets -----------------------------------------------------------------------------------------


def test_the_contract_has_every_route() -> None:
    text = page("docs/protocol.md")
    for path, methods in openapi.document("0")["paths"].items():
        for method in methods:
            assert f"{method.upper()} {path.replace('{session}', '{id}')}" in text


def test_the_contract_has_every_status() -> None:
    text = section("docs/protocol.md", "Read: HTTP") + section("docs/protocol.md", "In: `POST /api/v1/events`")
    for status in {*problems._STATUS.values(), 415}:
        assert has_word(str(status), text), status


def test_the_contract_has_every_result() -> None:
    text = section("docs/protocol.md", "In: `POST /api/v1/events`")
    for status in ("stored", "duplicate", "conflict", "invalid"):
        assert f"`{status}`" in text


def test_the_contract_has_every_frame_and_its_fields() -> None:
    text = page("docs/protocol.md")
    for frame in (Subscribe, Unsubscribe, Ping):
        op = frame.__struct_config__.tag
        sent = [line for line in text.splitlines() if f'{{"op":"{op}"' in line]
        assert sent, op
        for name in frame.__struct_fields__:
            assert any(f'"{name}":' in line for line in sent), f"{op}: {name}"
    ops = set(re.findall(r'"op": ?"(\w+)"', (ROOT / "live/frames.py").read_text()))
    assert {"hello", "snapshot", "patch", "events", "live", "beat", "error", "reconnect", "ack"} <= ops
    for op in ops:
        assert f'{{"op":"{op}"' in text, op


def test_the_contract_has_every_error_code_of_a_frame() -> None:
    text = section("docs/protocol.md", "Out: `WS /api/v1/live`")
    codes = set(re.findall(r'code="(\w+)"', (ROOT / "live/hub/viewer.py").read_text()))
    assert codes
    for name in codes:
        assert f"`{name}`" in text, name


def test_the_contract_has_every_close_code() -> None:
    written = {int(cells[0]) for cells in table(section("docs/protocol.md", "Close codes"))}
    assert written - {1009, 1011} == {int(code) for code in Close}  # those two are the server's own


def test_the_contract_has_the_states_of_store_and_bus() -> None:
    text = section("docs/protocol.md", "Out: `WS /api/v1/live`")
    for state in (*(state.value for state in BusState), "away"):
        assert f"`{state}`" in text, state


# the contract: filters, orders ---------------------------------------------------------------------------------------


def test_the_contract_has_every_filter_field_and_no_other() -> None:
    first = [cells[0] for cells in table(section("docs/protocol.md", "The filter language"))]
    assert set(re.findall(r"`(\w+)=", " ".join(first))) == set(fields.FIELDS)


def test_the_contract_has_every_value_of_the_fields_with_fixed_ones() -> None:
    text = section("docs/protocol.md", "The filter language")
    for field, words in fields.WORDS.items():
        for word in set(words) - {"no", *cards.WHYS}:
            assert f"`{word}`" in text or f"`{field}={word}`" in text, f"{field}={word}"
    for field, states in fields.STATES.items():
        for state in states[1:]:
            assert f"`{field}={state}:" in text, f"{field}={state}:"
        for word in fields.ANY[field]:
            assert f"`{field}={word}`" in text, f"{field}={word}"


def test_the_contract_has_every_order() -> None:
    assert [cells[0] for cells in table(section("docs/protocol.md", "Sort"))] == [f"`{sort}`" for sort in order.SORTS]


# running it ----------------------------------------------------------------------------------------------------------


def commands(parser: argparse.ArgumentParser, before: str = "live") -> dict[str, list[str]]:
    """Every command that can be called, with its long options."""
    subs = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    if not subs:
        options = {option for action in parser._actions for option in action.option_strings}
        return {before: sorted(options - {"-h", "--help"})}
    deeper = (commands(sub, f"{before} {word}") for word, sub in subs[0].choices.items())
    return {name: options for each in deeper for name, options in each.items()}


def test_the_operations_page_has_every_command_with_its_options() -> None:
    rows = [" | ".join(cells) for cells in table(section("docs/operations.md", "Commands"))]
    known = commands(cli._parser())
    assert {"live up", "live serve", "live key add"} <= set(known)
    for name, options in known.items():
        row = next((row for row in rows if re.match(rf"`{name}[ `]", row)), None)
        assert row is not None, name
        for option in options:
            assert option in row, f"{name} {option}"


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_command_that_a_page_names_is_one(path: Path) -> None:
    first = {name.split()[1] for name in commands(cli._parser())} | {"COMMAND"}
    for word in re.findall(r"^(?:[A-Z_]+=\S+ )*live ([\w]+)", code(path.read_text()), re.MULTILINE):
        assert word in first, f"live {word}"


def metrics() -> set[str]:
    """Every metric, as Prometheus gets it: those that are counted, and those that are read (`watch`)."""
    own = {line.split()[2] for line in Metrics().text().decode().splitlines() if line.startswith("# TYPE")}
    watched = set(re.findall(r'\.watch\(\s*"(\w+)"', (ROOT / "live/app.py").read_text()))
    assert own
    assert watched
    return {name for name in own | watched if not name.endswith("_created")}


def test_the_operations_page_has_every_metric_and_no_other() -> None:
    written = [re.match(r"`(\w+)", cells[0]) for cells in table(section("docs/operations.md", "Metrics"))]
    assert {found[1] for found in written if found} == metrics()


# README, glossary, decisions -----------------------------------------------------------------------------------------


def test_the_readme_shows_two_commands_and_ci_runs_the_tests_by_the_same_one() -> None:
    shown = re.findall(r"^make ([a-z-]+)", section("README.md", "Two commands"), re.MULTILINE)
    assert shown == ["up", "test"]
    assert re.search(r"\bmake (?:[a-z-]+ )*test\b", page(".ci/run"))


def test_every_module_is_on_the_map() -> None:
    text = section("docs/architecture.md", "The map")
    families = [ROOT / "live", ROOT / "live/hub", ROOT / "live/storage"]
    for path in (path for family in families for path in family.iterdir()):
        if path.suffix == ".py" and path.name != "__init__.py":
            assert f"`{path.relative_to(ROOT)}`" in text, path
        elif path.is_dir() and (path / "__init__.py").exists():
            assert f"`{path.relative_to(ROOT)}/`" in text, path


def test_every_word_of_the_glossary_is_used() -> None:
    other = [path.read_text() for path in PAGES if path.name != "glossary.md"]
    source = "\n".join([*other, *(path.read_text() for path in (ROOT / "live").rglob("*.py"))]).lower()
    words = page("docs/glossary.md").partition("## Words we do not use")[0]
    for cells in table(words):
        assert re.search(rf"\b{re.escape(cells[0].lower())}", source), cells[0]


def test_the_words_that_we_do_not_use_are_not_used() -> None:
    not_ours = [cells[0] for cells in table(section("docs/glossary.md", "Words we do not use"))]
    assert "login" in not_ours
    for path in PAGES:
        if path.name == "glossary.md":
            continue
        prose = re.sub(r"`[^`]*`|```.*?```", "", path.read_text(), flags=re.DOTALL).lower()
        for word in not_ours:
            assert not re.search(rf"\b{re.escape(word)}s?\b", prose), f"{path.name}: {word}"


def test_every_decision_is_one_page_in_the_same_form_and_listed() -> None:
    listed = page("docs/adr/README.md")
    for path in (ROOT / "docs/adr").glob("0*.md"):
        text = path.read_text()
        assert path.name in listed
        parts = re.findall(r"^## (.+)$", text, re.MULTILINE)
        assert parts == ["Context", "Decision", "Rejected", "What it costs"], path.name
        assert text.startswith(f"# {path.name[:4]} · ")
        assert len(text.splitlines()) <= PAGE_OF_PAPER, path.name


def test_the_changelog_knows_the_version() -> None:
    assert live.__version__ in page("CHANGELOG.md")
    assert "## [Unreleased]" in page("CHANGELOG.md")


# the pages -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("script", ["keys.js", "session/keys.js"])
def test_every_key_is_on_its_page(script: str) -> None:
    text = (ROOT / "web" / "static" / "js" / script).read_text()
    pairs = text[text.index("new Map([") : text.index("]);")]
    keys = [{" ": "Space", "Escape": "Esc"}.get(key, key) for key in re.findall(r'\["(.|[A-Z][a-z]+)",', pairs)]
    assert len(keys) >= 5
    for key in keys:
        assert f"`{key}`" in section("docs/pages.md", "Keys"), key


def test_the_hour_of_faults_is_told_as_it_was_seen_and_of_the_scenarios_there_are() -> None:
    hour = json.loads(page("docs/proof/chaos.json"))
    ran = [Ran(**one) for one in hour["runs"]]
    assert not [one.name for one in ran if one.failed or one.skipped or one.lost]
    assert sum(one.seen["publications disturbed"] for one in ran if one.name == "mixed") > 100
    rows = [row for row in chaos_table(SCENARIOS, ran, seconds=hour["seconds"]).splitlines() if row.startswith("| `")]
    assert len(rows) == len(SCENARIOS)
    kills = sum((Counter(one.kills) for one in ran), Counter())
    told = section("docs/reliability.md", "Seen")
    totals = (f"seed {hour['seed']}", hour["date"], f"{len(ran)} runs", f"{kills.total()} kills")
    for what in (*rows, *totals, f"{sum(one.acknowledged for one in ran):,} events"):
        assert what in told
