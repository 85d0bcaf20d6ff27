"""Markup once: what a macro is given, so that the same lines paint an event here and make the browser's template of it.

    {{ e.goal }}  with Facts  ->  demo_booked        the event's own value, Missing where it has none
                  with Blank  ->  ⟨goal⟩             a slot; web/static/js/session/fill.js puts the value there

`Formats` holds what the macros call on values. Each has a twin of the same name in web/static/js/session/formats.js.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from markupsafe import Markup

OPEN, CLOSE = "⟨", "⟩"  # around a slot; no macro has them in its own words


class Missing:
    """What is not there: nothing when printed, and nothing of it is there either."""

    __slots__ = ()

    def __getattr__(self, name: str) -> "Missing":
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __iter__(self) -> Iterator[Any]:
        return iter(())

    def __bool__(self) -> bool:
        return False

    def __str__(self) -> str:
        return ""


class Facts:
    """A JSON object as a template reads it: any name may be asked for."""

    __slots__ = ("_value",)

    def __init__(self, value: Mapping[str, Any]) -> None:
        self._value = value

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return seen(self._value.get(name))

    def __bool__(self) -> bool:
        return bool(self._value)


class Blank:
    """Stands for a value that the browser will have: it is there, is one long as a list, and prints as its slot."""

    __slots__ = ("_format", "_known", "_list", "_path")

    def __init__(self, path: str = "", *, fixed: Mapping[str, Any] | None = None, form: str = "", of: str = "") -> None:
        self._path, self._known, self._format, self._list = path, fixed or {}, form, of

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if name in self._known:
            return self._known[name]
        return Blank(f"{self._path}.{name}" if self._path else name)

    def __iter__(self) -> Iterator["Blank"]:
        yield Blank(of=self._slot)

    def __str__(self) -> str:
        return f"{OPEN}{self._slot}{CLOSE}"

    @property
    def _slot(self) -> str:
        return f"{self._path}|{self._format}" if self._format else self._path

    def as_format(self, name: str) -> "Blank":
        """The same slot, its value put through a format first."""
        return Blank(self._path, form=name)

    def as_condition(self) -> Markup:
        """The attribute of an element that is there only with a value."""
        return Markup(' data-if="{}"').format(self._slot)

    def as_each(self) -> Markup:
        """The attribute of an element that is there once for every item of the list."""
        return Markup(' data-each="{}"').format(self._list)


def seen(value: Any) -> Any:
    """A JSON value as a template reads it."""
    if value is None:
        return Missing()
    if isinstance(value, Mapping):
        return Facts(value)
    if isinstance(value, list):
        return [seen(item) for item in value]
    return value


def plain(value: Any) -> Any:
    """The JSON value behind what a template reads."""
    if isinstance(value, Facts):
        return value._value
    if isinstance(value, Missing):
        return None
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value


def there(value: Any) -> bool:
    """Is there something to show? False and 0 are something, empty texts, lists and objects are not."""
    return value is not None and not (isinstance(value, str | Sequence | Facts | Missing) and not value)
