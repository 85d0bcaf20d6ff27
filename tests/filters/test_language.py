"""How a filter is written: fields, values, negation, escapes, and what is not taken."""

from collections.abc import Sequence
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from live import filters
from live.errors import Flaw, Invalid
from live.filters.fields import FIELDS
from live.filters.language import MAX_FILTER, MAX_VALUE, MAX_VALUES, Value, escaped, read, split, written
from live.filters.parser import SHOWN
from tests.filters.strategies import KINDS, queries


def canonical(query: str) -> str:
    return filters.parse(query, kinds=KINDS).canonical


def flaws(query: str) -> Sequence[Flaw]:
    """What is wrong with a filter."""
    with pytest.raises(Invalid) as refused:
        filters.parse(query, kinds=KINDS)
    return refused.value.flaws


def flaw(query: str) -> tuple[str, str]:
    """Field and sentence of the one thing that is wrong with it."""
    (only,) = flaws(query)
    return only.path, only.message


# how it is written ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("web", [Value("web", False)]),
        ("web,sms", [Value("web", False), Value("sms", False)]),
        ("!web, sms ", [Value("web", True), Value("sms", False)]),
        ("", []),
        (" , ,", []),
        (r"a\,b", [Value("a,b", False)]),
        (r"\!a,!\!b,!!c", [Value("!a", False), Value("!b", True), Value("!c", True)]),
        (r"a\\,b", [Value("a\\", False), Value("b", False)]),
        (r"\a\b", [Value("ab", False)]),
        ("end\\", [Value("end\\", False)]),
        ("a!b", [Value("a!b", False)]),
        ("> 10", [Value("> 10", False)]),
    ],
)
def test_values_are_split_negated_and_escaped(text: str, values: list[Value]) -> None:
    assert split("tag", text) == values


@given(st.lists(st.tuples(st.text(st.characters(codec="utf-8"), max_size=20), st.booleans()), max_size=5))
def test_what_is_escaped_is_read_back(texts: list[tuple[str, bool]]) -> None:
    values = [Value(text.strip(), no) for text, no in texts if text.strip()]
    query = written([("tag", [Value(escaped(value.text), value.negated) for value in values])])
    assert read(query) == [("tag", values)]


def test_a_filter_is_percent_decoded_once_and_before_it_is_split() -> None:
    assert read("tag=a%2Cb+c&tag=%2525") == [
        ("tag", [Value("a", False), Value("b c", False)]),
        ("tag", [Value("%25", False)]),
    ]
    assert read("t%61g=Z%C3%BCrich") == [("tag", [Value("Zürich", False)])]


def test_a_leading_question_mark_and_empty_parts_do_no_harm() -> None:
    assert read("?&status=open&&") == [("status", [Value("open", False)])]
    assert read("") == []


def test_only_the_first_equals_sign_parts_field_and_value() -> None:
    assert read("messages=>=3&tag=a=b") == [
        ("messages", [Value(">=3", False)]),
        ("tag", [Value("a=b", False)]),
    ]


# one text for one meaning ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("", ""),
        ("status=", ""),
        ("status=CLOSED,open&channel=web", "channel=web&status=closed,open"),
        ("tag=b&tag=a,A,á", "tag=a,b"),
        ("tag=!b,a", "tag=a,!b"),
        ("goal=completed:Demo", "goal=demo"),
        ("goal=failed: Demo ,!ANY", "goal=failed:demo,!any"),
        ("goal=completed:any", "goal=completed:any"),
        ("goal=completed:failed:x", "goal=completed:failed:x"),
        ("block=reached:pricing,in:pricing", "block=in:pricing,pricing"),
        ("form=http://x", "form=http://x"),
        ("channel=kind:text", "channel=mail-2,sms"),
        ("q=ADA  Lovelace", "q=ada%20lovelace"),
        ("text=the+Fox+THE", "text=fox%20the"),
        ("messages=>10", "messages=11.."),
        ("messages=<3,=5,2..2", "messages=..2,2,5"),
        ("messages=<0", "messages=<0"),
        ("duration=>5m", "duration=300001ms.."),
        ("duration=1.5h..2h", "duration=5400000ms..7200000ms"),
        ("duration=>=30d", "duration=2592000000ms.."),
        ("from=2026-11-22&to=2026-11-22", "from=2026-11-22T00:00:00.000Z&to=2026-11-22T23:59:59.999Z"),
        ("from=2026-11-22T10:00:00.1239+01:00", "from=2026-11-22T09:00:00.123Z"),
    ],
)
def test_a_filter_has_one_canonical_text(query: str, text: str) -> None:
    assert canonical(query) == text
    assert canonical(text) == text


@given(queries)
def test_the_canonical_text_is_the_same_filter(query: str) -> None:
    try:
        first = filters.parse(query, kinds=KINDS)
    except Invalid:
        return
    again = filters.parse(first.canonical, kinds=KINDS)
    assert again.canonical == first.canonical
    assert again.query() == first.query()
    assert again.fields == first.fields


# what is not taken ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "field", "sentence"),
    [
        ("chanel=web", "chanel", "did you mean channel?"),
        ("Status=open", "Status", "did you mean status?"),
        ("messages>10", "messages", "write messages=>10, got 'messages>10'"),
        ("messages>=10", "messages", "write messages=>=10, got"),
        ("messages!>10", "messages!>10", "did you mean messages?"),
        ("channel!=web,sms", "channel", "write channel=!web,!sms, got 'channel!=web,sms'"),
        ("!channel=web", "channel", "write channel=!web, got '!channel=web'"),
        ("status<open", "status<open", "did you mean status?"),
        ("agent.team=x", "agent.team", "unknown filter field"),
        ("!agent.team=x", "!agent.team", "unknown filter field"),
        ("channelx=web", "channelx", "did you mean channel?"),
        ("=web", "", "unknown filter field"),
        ("$where=1", "$where", "unknown filter field"),
        ("status=opne", "status", "did you mean open?"),
        ("sentiment=angry", "sentiment", "expected one of positive, neutral, negative, turned, unscored"),
        ("responded=true", "responded", "expected one of yes, no"),
        ("missing=1", "missing", "expected one of yes, no"),
        ("reviewed=never", "reviewed", "expected one of yes, no"),
        ("attention=waitng", "attention", "did you mean waiting?"),
        ("attention=asks_person", "attention", "did you mean asks_human?"),
        ("attention=asks for a person", "attention", "did you mean asks_human?"),
        ("sentiment=angry", "sentiment", "did you mean negative?"),
        ("since=2026-11-20", "since", "did you mean from?"),
        ("channel=Web Chat", "channel", "a channel's name (a-z, 0-9, -; at most 32)"),
        ("channel=kind:caht", "channel", "did you mean chat?"),
        ("channel=kind:", "channel", "no channel is of the kind"),
        ("goal=complete:demo", "goal", "did you mean completed?"),
        ("goal=failed:", "goal", "expected a name after 'failed:'"),
        ("form=submited:x", "form", "did you mean submitted?"),
        ("block=exit:x", "block", "did you mean exited?"),
        ("block=reached: ,", "block", "expected a name after"),
        ("tag=%CC%81", "tag", "expected a name"),
        ("agent=%CC%81", "agent", "expected a name"),
        ("goal=failed:%CC%81", "goal", "expected a name"),
        ("q=%CC%81", "q", "expected a part of a name"),
        ("text=-,", "text", "expected a word"),
        ("from=yesterday", "from", "a time such as 2026-11-22T10:00:00Z"),
        ("from=2026-11-22T10:00:00", "from", "a time such as"),
        ("to=2026-02-30", "to", "a time such as"),
        ("to=99999-01-01", "to", "a time such as"),
        ("from=0001-01-01T00:00:00%2B05:00", "from", "a time such as"),
        ("messages=many", "messages", "expected a whole number"),
        ("messages=-1", "messages", "expected a whole number"),
        ("messages=1.5", "messages", "expected a whole number"),
        ("messages=5..2", "messages", "expected the lower end first, as in 2..5"),
        ("duration=5m..1m", "duration", "expected the lower end first, as in 1m..5m"),
        ("messages=..", "messages", "expected a whole number"),
        ("messages=1e9", "messages", "expected a whole number"),
        ("messages=99999999999", "messages", "expected a whole number"),
        ("duration=>5 minutes", "duration", "a duration in ms, s, m, h or d"),
        ("duration=nan", "duration", "a duration in ms, s, m, h or d"),
        ("duration=-5m", "duration", "a duration in ms, s, m, h or d"),
        ("tag=!", "tag", "expected a value after '!'"),
        ("tag=a,!,b", "tag", "expected a value after '!'"),
    ],
)
def test_what_is_wrong_is_named_with_its_field_and_what_may_have_been_meant(
    query: str, field: str, sentence: str
) -> None:
    path, message = flaw(query)
    assert path == field
    assert sentence in message


def test_all_that_is_wrong_is_told_at_once() -> None:
    assert [one.path for one in flaws("chanel=web&status=opne&tag=ok&messages=x,y")] == [
        "chanel", "status", "messages", "messages"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("tag=%ff", "tag"),
        ("tag=%ed%a0%80", "tag"),
        ("q=\ud800", "q"),
        ("\udfff=1", ""),
        ("%ff=1", ""),
        ("tag=100%", "tag"),
        ("tag=%zz", "tag"),
        ("tag=%4", "tag"),
    ],
)
def test_broken_encoding_is_named(query: str, field: str) -> None:
    path, message = flaw(query)
    assert path == field
    assert "UTF-8" in message or "hexadecimal" in message


@pytest.mark.parametrize(
    "query",
    [
        f"tag={'a' * (MAX_VALUE + 1)}",
        f"tag={','.join('x' * (MAX_VALUES + 1))}",
        "&".join(["tag=a"] * (MAX_VALUES + 1)),
        "&" + "&".join(["tag="] * (10 * MAX_VALUES + 1)),
        "&".join(f"tag={'a' * 250}" for _ in range(9)),
        "tag=" + "%F0%9F%A6%8A" * (MAX_FILTER + 1),
        "x" * 1_000_000,
        "%" * 1_000_000,
        "&" * 100_000,
        "text=" + "\\" * 100_000,
    ],
)
def test_a_filter_over_the_limits_is_refused(query: str) -> None:
    assert all("over" in one.message for one in flaws(query))


def test_a_filter_at_the_limits_is_taken() -> None:
    assert canonical("tag=" + ",".join(f"t{number}" for number in range(MAX_VALUES)))
    assert canonical(f"goal=abandoned{'x' * 247},failed:{'é' * 256}")
    assert canonical("&".join(f"tag={quote('🦊' * 248)}" for _ in range(8))) == f"tag={quote('🦊' * 248)}"


def test_a_filter_of_mistakes_is_answered_with_the_first_of_them() -> None:
    assert len(flaws("&".join(f"status=x{number}" for number in range(MAX_VALUES)))) == SHOWN
    assert len(flaws("&".join(f"field{number}" for number in range(10 * MAX_VALUES)))) == SHOWN


hostile = st.text(st.sampled_from("&=!,\\%+:.<>$(){}[]*^|?\0\n\ud800é🦊aZ09 ") | st.characters(), max_size=40)
sentences = hostile | st.tuples(st.sampled_from(FIELDS), hostile).map("=".join) | st.binary(max_size=30).map(quote)


@given(sentences)
def test_any_text_is_a_filter_or_named_as_none(query: str) -> None:
    try:
        wanted = filters.parse(query, kinds=KINDS)
    except Invalid as error:
        assert error.flaws
        assert all(str(one.message).encode() is not None and one.path.encode() is not None for one in error.flaws)
    else:
        assert isinstance(wanted.query(), dict)
        assert wanted.fields <= set(FIELDS)
