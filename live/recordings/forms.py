"""What the agent learned from the user: collected values, and forms filled in turn by turn."""

from typing import Any

from live.recordings.bounds import name, value
from live.recordings.decisions import plain
from live.recordings.rows import Call
from live.recordings.script import Script

_REQUEST = "RequestType"  # a query that checks first and books then


class Forms:
    """Follows what is known: each value is told when it is new or has changed."""

    def __init__(self, script: Script) -> None:
        self._script = script
        self._known: dict[str, Any] = {}
        self._shown: dict[str, bool] = {}  # form -> was it submitted?

    def show(self, form: str) -> None:
        """The form came before the user, unless it already has."""
        if form not in self._shown:
            self._shown[form] = False
            self._script.add("form.shown", form=name(form))

    def submit(self, form: str, fields: dict[str, Any]) -> None:
        """The form was sent, as far as it was not yet."""
        self.show(form)
        if not self._shown[form]:
            self._shown[form] = True
            filled = {name(key): value(item) for key, item in list(fields.items())[:200]}
            self._script.add("form.submitted", form=name(form), fields=filled or None)

    def abandon(self) -> None:
        """The user left: forms that were not sent are given up."""
        for form, submitted in self._shown.items():
            if not submitted:
                self._script.add("form.abandoned", form=name(form))

    def collected(self, given: Any) -> None:
        """`{form: {slot: [value, …]}}` or `{slot: value}`, as known after a turn."""
        for key, content in given.items() if isinstance(given, dict) else ():
            if isinstance(content, dict):
                self.show(key)
                for slot, item in content.items():
                    self._learn(f"{key}.{slot}", item)
            else:
                self._learn(key, content)

    def submitted(self, final: Any) -> None:
        """`{form: {slot: [value, …]}}` as known at the end: what was not sent on the way is sent now."""
        for form, fields in final.items() if isinstance(final, dict) else ():
            if isinstance(fields, dict):
                self.submit(form, {slot: _first(item) for slot, item in fields.items()})

    def queried(self, call: Call) -> None:
        """The agent's query carries what it learned; one that books sends the form."""
        arguments = plain(call.arguments)
        if not isinstance(arguments, dict):
            return
        fields = {key: item for key, item in arguments.items() if key != _REQUEST}
        for key, item in fields.items():
            self._learn(f"{call.name}.{key}", item)
        if _REQUEST in arguments:
            self.show(call.name)
            if arguments[_REQUEST] == "Book":
                self.submit(call.name, fields)

    def _learn(self, field: str, item: Any) -> None:
        learned = value(_first(item))
        if field not in self._known or self._known[field] != learned:
            self._known[field] = learned
            self._script.add("data.collected", field=name(field), value=learned)


def _first(item: Any) -> Any:
    """Of several spellings of one value, the first."""
    return item[0] if isinstance(item, list) and item else item
