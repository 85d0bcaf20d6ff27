"""The columns of the list of sessions: which there are, and which an address asks for. Pure."""

from collections.abc import Sequence
from typing import NamedTuple

from live.errors import Flaw, Invalid
from live.filters import suggestion


class Column(NamedTuple):
    """One column; `sort` is the order that its heading leads to, empty where there is none.

    `by` names that order where it is not that of what the title says.
    """

    name: str
    title: str
    sort: str = ""
    by: str = ""


COLUMNS: tuple[Column, ...] = (
    Column("user", "User"),
    Column("talk", "Last message", "attention", "by need"),
    Column("course", "Goals and block"),
    Column("feel", "Sentiment", "sentiment"),
    Column("when", "Last", "recent"),
    Column("status", "Status"),
    Column("channel", "Channel"),
    Column("kind", "Type"),
    Column("agent", "Agent"),
    Column("tags", "Tags"),
    Column("forms", "Forms"),
    Column("missing", "Missing knowledge"),
    Column("messages", "Messages", "messages"),
    Column("duration", "Duration", "duration"),
    Column("started", "Started", "started"),
    Column("email", "Email"),
    Column("phone", "Phone"),
    Column("lead", "Lead"),
    Column("reviewed", "Reviewed by"),
)
USUAL: tuple[str, ...] = ("user", "talk", "course", "feel", "when")  # where the address names none
FIXED = "user"  # always there: it is what one opens
_BY_NAME = {column.name: column for column in COLUMNS}


class Choice(NamedTuple):
    """A column as the menu offers it: is it shown, and `columns` as it would be with the other choice."""

    column: Column
    shown: bool
    toggled: str


def chosen(text: str | None) -> list[Column]:
    """`user,tags,when` -> the columns, in the order of the list. Raises Invalid for a name that is none."""
    names = {name.strip() for name in text.split(",")} - {""} if text else set(USUAL)
    for name in sorted(names):
        if name not in _BY_NAME:
            raise Invalid(Flaw("columns", f"there is no column {name[:40]!r}{suggestion(name, _BY_NAME)}"))
    return [column for column in COLUMNS if column.name in names or column.name == FIXED]


def choices(shown: Sequence[Column]) -> list[Choice]:
    """Every column that one may show or hide."""
    names = [column.name for column in shown]
    return [
        Choice(column, column.name in names, written([*names, column.name] if column.name not in names else
               [name for name in names if name != column.name]))
        for column in COLUMNS
        if column.name != FIXED
    ]  # fmt: skip


def written(names: Sequence[str]) -> str:
    """As the address says it; empty for the usual ones."""
    ordered = [column.name for column in COLUMNS if column.name in names]
    return "" if tuple(ordered) == USUAL else ",".join(ordered)
