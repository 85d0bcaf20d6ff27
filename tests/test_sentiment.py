"""How messages and sessions sound. How well and how quickly is for `make sentiment`."""

import math
import re
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from live import sentiment, vader
from live.sentiment import NEGATIVE, NEUTRAL, POSITIVE, Roll, Score, label_of, roll, score

FURIOUS = "This is terrible, nothing works and I am very angry!"
GRATEFUL = "Thank you so much, this is wonderful, I love it!"
DATA = Path(__file__).parents[2] / "shared" / "data"
BENCH = Path(__file__).parents[1] / "bench" / "sentiment.py"


def session(*texts: str) -> Roll:
    """The roll after these messages of the user, numbered 1, 2, 3 …"""
    state = Roll()
    for seq, text in enumerate(texts, start=1):
        state = roll(state, score(text), seq=seq)
    return state


# A message ------------------------------------------------------------------------------------------------------------

ANY_TEXT = st.one_of(
    st.text(),
    st.text(st.characters()),  # lone surrogates too
    st.text(st.sampled_from("`>\n- :()ONnwrote.,!?😡éツab1@/\ud800"), max_size=400),
    st.lists(
        st.sampled_from([FURIOUS, "```", "> ", "\n", "On Monday Jane wrote:", "but", "kind of", "not", "NO", "😡"])
    ).map(" ".join),
    st.builds(lambda part, n: part * n, st.text(min_size=1, max_size=8), st.integers(1, 4_000)),
)


@given(ANY_TEXT)
@example("")
@example("\ud83d")
@example("\x00")
@settings(max_examples=300, deadline=None)
def test_any_text_has_a_score_or_none(text: str) -> None:
    s = score(text)
    assert s == score(text)
    assert (s.engine, s.version) == (vader.NAME, vader.VERSION)
    if s.supported:
        assert s.p is not None
        assert s.score is not None
        assert all(0 <= p <= 1 for p in s.p)
        assert math.isclose(sum(s.p), 1)
        assert -1 <= s.score <= 1
        assert s.label == sentiment.LABELS[s.p.index(max(s.p))]
        assert len(s.words) <= vader.MAX_WORDS
        msgspec.json.encode(s)
    else:
        assert (s.label, s.score, s.p, s.words) == (None, None, None, ())


@pytest.mark.parametrize(
    ("text", "label", "words"),
    [
        (FURIOUS, NEGATIVE, ("angry", "terrible")),
        (GRATEFUL, POSITIVE, ("love", "wonderful", "thank")),
        ("Where is my order?", NEUTRAL, ()),
        ("I\u2019m not happy with this at all…", NEGATIVE, ("happy",)),  # a phone's apostrophe
        ("What kind of account do I need?", NEUTRAL, ()),
        ("Yes please, cancel order 187 and help me", NEUTRAL, ()),
        ("ok", NEUTRAL, ()),
        ("no", NEUTRAL, ()),
        ("thanks", POSITIVE, ("thanks",)),
        ("don't", NEUTRAL, ()),
        ("???", NEUTRAL, ()),
        ("!", NEUTRAL, ()),
        (":(", NEGATIVE, (":(",)),
        (">:(", NEGATIVE, (">:(",)),
        ("😡", NEGATIVE, ("😡",)),
        ("👍🏽", POSITIVE, ("👍",)),
        ("📦", NEUTRAL, ()),
        ("🎲", NEUTRAL, ()),  # "game die" to VADER
        ("> fine. It is awful", NEGATIVE, ("awful", "fine")),  # one line alone is no quotation
    ],
)
def test_a_message_sounds(text: str, label: str, words: tuple[str, ...]) -> None:
    s = score(text)
    assert (s.label, s.supported) == (label, True)
    assert s.words[: len(words)] == words
    assert bool(s.words) == bool(words)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n\t",
        "4711",
        "+41 79 123 45 67",
        "A12 7b",
        "...",
        "\ud800",
        "`rm -rf /`",
        "```\nthis is awful\n```",
        "```awful",
        "https://example.com/awful?bad=1",
        "www.awful.example",
        "jane.awful@example.com",
        "> awful\n> bad",
        "🫠",
        "2026-11-22 10:00:00 ERROR awful",
        "ValueError: bad",
        "On Monday Jane wrote:\nThis is awful",
    ],
)
def test_where_nobody_says_anything_there_is_no_score(text: str) -> None:
    assert not score(text).supported


def test_what_is_said_beside_an_address_counts() -> None:
    assert score("this is awful: https://x.example/?!?!").p == score("this is awful:").p
    assert score("@shop this is awful").label == NEGATIVE


# A given score --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("label", "number", "p", "expected"),
    [
        (NEGATIVE, None, (0.9, 0.1, 0.0), -0.9),
        (NEUTRAL, None, (0.05, 0.9, 0.05), 0.0),
        (POSITIVE, None, (0.0, 0.1, 0.9), 0.9),
        (NEGATIVE, -0.8, (0.8, 0.2, 0.0), -0.8),
        (NEGATIVE, -0.2, (0.5, 0.5, 0.0), -0.2),
        (NEGATIVE, 0.7, (0.5, 0.5, 0.0), 0.7),  # the channel contradicts itself: both are kept
        (POSITIVE, 1, (0.0, 0.0, 1.0), 1),
        (NEUTRAL, 0.0, (0.0, 1.0, 0.0), 0.0),
        (NEUTRAL, 0.1, (0.0, 0.9, 0.1), 0.1),
        (NEUTRAL, -0.1, (0.1, 0.9, 0.0), -0.1),
    ],
)
def test_a_given_score(label: str, number: float | None, p: tuple[float, float, float], expected: float) -> None:
    s = sentiment.given(label, number, engine="channel")
    assert s == Score(label=label, score=expected, p=p, words=(), supported=True, engine="channel", version="")


@given(st.sampled_from(sentiment.LABELS), st.floats(-1, 1))
def test_a_given_label_is_the_likeliest(label: str, number: float) -> None:
    p = sentiment.given(label, number, engine="channel").p
    assert p is not None
    assert math.isclose(sum(p), 1)
    assert p[sentiment.LABELS.index(label)] == max(p) >= sentiment.LIKELIEST


# A session ------------------------------------------------------------------------------------------------------------


def felt(number: float, p: tuple[float, float, float]) -> Score:
    """A score with these numbers."""
    return Score(label="", score=number, p=p, words=(), supported=True, engine="", version="")


def test_the_roll_is_the_formula() -> None:
    one = roll(Roll(), felt(-1.0, (1.0, 0.0, 0.0)), seq=4)
    assert one == Roll(r=-0.45, turned_at_seq=4, n=1)
    two = roll(one, felt(0.0, (0.0, 1.0, 0.0)), seq=6)
    assert two.r == pytest.approx(-0.45 * (1 - 0.45 * 0.35))
    assert (two.turned_at_seq, two.n) == (4, 2)
    three = roll(two, felt(0.5, (0.1, 0.3, 0.6)), seq=8)
    a = 0.45 * (0.35 + 0.65 * 0.7)
    assert three.r == pytest.approx(two.r + a * (0.5 - two.r))
    assert (three.turned_at_seq, three.n) == (None, 3)


def test_a_furious_first_message_turns_the_session() -> None:
    state = session(FURIOUS)
    assert state.turned_at_seq == 1
    assert label_of(state.r) == NEGATIVE


def test_a_grateful_first_message_makes_it_positive() -> None:
    assert label_of(session(GRATEFUL).r) == POSITIVE


@pytest.mark.parametrize("text", ["Where is my order?", "ok", "no", "I would like to change my address please"])
def test_neutral_messages_leave_it_neutral_however_many(text: str) -> None:
    state = session(*[text] * 50)
    assert label_of(state.r) == NEUTRAL
    assert state.turned_at_seq is None


def test_thanks_outweigh_anger_in_the_end() -> None:
    state = session(FURIOUS, *["Thank you, that is wonderful, perfect, I love it!"] * 12)
    assert label_of(state.r) == POSITIVE
    assert state.turned_at_seq is None


def test_anger_corrected_to_neutral_is_not_negative() -> None:
    state = roll(Roll(), sentiment.given(NEUTRAL, None, engine="reviewer"), seq=4)
    assert label_of(state.r) == NEUTRAL
    assert state.turned_at_seq is None


def test_a_correction_to_negative_can_turn_a_session() -> None:
    assert roll(Roll(), sentiment.given(NEGATIVE, None, engine="reviewer"), seq=3).turned_at_seq == 3


def test_the_flag_stays_until_the_session_has_settled() -> None:
    low = Roll(r=-0.35, turned_at_seq=2, n=1)
    still = roll(low, felt(0.0, (0.0, 0.5, 0.5)), seq=5)
    assert sentiment.TURNS_AT < still.r < sentiment.SETTLES_AT
    assert still.turned_at_seq == 2
    again = roll(still, felt(-1.0, (1.0, 0.0, 0.0)), seq=7)
    assert again.r < sentiment.TURNS_AT
    assert again.turned_at_seq == 2  # it never settled: the first is still the one that turned it
    calm = roll(again, felt(1.0, (0.0, 0.0, 1.0)), seq=9)
    assert calm.turned_at_seq is None


def test_no_message_is_blamed_that_is_not_negative_itself() -> None:
    low = Roll(r=-0.6, turned_at_seq=None, n=3)
    assert roll(low, felt(-0.4, (0.49, 0.42, 0.09)), seq=7).turned_at_seq is None
    assert roll(low, felt(-0.4, (0.50, 0.40, 0.10)), seq=7).turned_at_seq == 7


def test_a_message_that_is_not_scored_changes_nothing() -> None:
    state = session(FURIOUS)
    assert roll(state, score("Das ist eine Katastrophe"), seq=9) is state


@given(st.lists(st.tuples(st.floats(-1, 1), st.floats(0, 1), st.floats(0, 1))))
def test_the_rolling_score_stays_in_bounds(messages: list[tuple[float, float, float]]) -> None:
    state = Roll()
    for seq, (number, one, other) in enumerate(messages, start=1):
        low, high = sorted((one, other))
        state = roll(state, felt(number, (low, high - low, 1 - high)), seq=seq)
        assert -1 <= state.r <= 1
        assert state.turned_at_seq is None or state.r < sentiment.SETTLES_AT
        assert state.n == seq


@pytest.mark.parametrize(
    ("r", "label"),
    [(-1.0, NEGATIVE), (-0.2, NEGATIVE), (-0.19, NEUTRAL), (0.19, NEUTRAL), (0.2, POSITIVE), (1.0, POSITIVE)],
)
def test_a_sessions_label(r: float, label: str) -> None:
    assert label_of(r) == label


# The bench ------------------------------------------------------------------------------------------------------------


def bench(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run `bench/sentiment.py`."""
    return subprocess.run([sys.executable, BENCH, *arguments], capture_output=True, text=True, timeout=60, check=False)


def test_the_bench_prints_a_line_per_source(tmp_path: Path) -> None:
    rows = [
        ("a", NEGATIVE, FURIOUS),
        ("a", POSITIVE, GRATEFUL),
        ("b", NEUTRAL, "Where is it?"),
        ("b", NEGATIVE, "Schlecht, nicht?"),
    ]
    lines = ["source\tid\tgroup\tlabel\tconfidence\ttext"] + [
        f"{source}\t{i}\t\t{label}\t\t{text}" for i, (source, label, text) in enumerate(rows)
    ]
    (tmp_path / "dev.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    done = bench(tmp_path / "dev.tsv", "--json", tmp_path / "out.json", "--plain")
    assert done.returncode == 0, done.stderr
    assert [line.split()[:3] for line in done.stdout.splitlines()[2:5]] == [
        ["a", "2", "1.000"],
        ["b", "2", "0.500"],
        ["mean", "4", "0.750"],
    ]
    report = msgspec.json.decode((tmp_path / "out.json").read_bytes())
    assert [r["not_scored"] for r in report["results"]] == [0, 0.5]
    assert "CURVE_NEGATIVE" in bench(tmp_path / "dev.tsv", "--fit").stdout


@pytest.mark.data
@pytest.mark.slow
def test_the_curve_in_force_is_the_one_that_the_bench_fits() -> None:
    done = bench(DATA / "sentiment-dev.tsv", "--fit")
    assert done.returncode == 0, done.stderr
    for name, inside in (("CURVE_NEGATIVE", sentiment.CURVE_NEGATIVE), ("CURVE_POSITIVE", sentiment.CURVE_POSITIVE)):
        (found,) = re.findall(rf"^{name}: Final = \((.*)\)$", done.stdout, re.MULTILINE)
        fitted = [float(number) for number in found.split(",")]
        assert inside == pytest.approx(fitted, abs=0.02)


@pytest.mark.data
@pytest.mark.slow
def test_the_bench_measures_every_source_of_the_development_data() -> None:
    done = bench(DATA / "sentiment-dev.tsv")
    assert done.returncode == 0, done.stderr
    head, _, *rows = done.stdout.splitlines()
    assert re.findall(r"accuracy|macro-F1|neg\. prec\.|neg\. recall|not scored|µs/message", head) == [
        "accuracy", "macro-F1", "neg. prec.", "neg. recall", "not scored", "µs/message"
    ]  # fmt: skip
    macro = {row.split()[0]: float(row.split()[3]) for row in rows}
    assert set(macro) == {"goemotions", "senti4sd", "topical-chat", "vader-tweets", "mean"}
    assert macro["mean"] > 0.6, "what VADER reaches; a better engine raises it"


def test_the_bench_says_what_it_misses(tmp_path: Path) -> None:
    done = bench(tmp_path / "none.tsv")
    assert done.returncode == 1
    assert "no such file" in done.stderr
    assert "PATH" in done.stderr
    (tmp_path / "other.tsv").write_text("a\tb\n", encoding="utf-8")
    assert "expected the columns" in bench(tmp_path / "other.tsv").stderr
