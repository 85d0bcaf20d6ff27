"""What led to one assistant message: gathered turn by turn, told as one `decision`."""

import ast
import re
from dataclasses import dataclass, field
from typing import Any

from live.recordings.bounds import MAX_ITEMS, line, name, parsed, value
from live.recordings.rows import Call, Turn, said

_NOTE = re.compile(r"Subtasks( Reason| solved)?: (.*)", re.DOTALL)
_QUOTED = re.compile(r'(?:api\.is_equal_to\()?"((?:[^"\\]|\\.)*)"\)?|api\.is_equal_to\(([^()]*)\)')


@dataclass(slots=True)
class Draft:
    """Calls with their answers, reasons, conditions and knowledge, until the message they explain is out."""

    message: str | None = None
    block: str | None = None
    tools: list[dict[str, Any]] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    conditions: list[dict[str, Any]] = field(default_factory=list)
    knowledge: list[dict[str, Any]] = field(default_factory=list)
    _unanswered: list[tuple[Call, dict[str, Any]]] = field(default_factory=list)
    _subtasks: list[str] = field(default_factory=list)

    def called(self, call: Call) -> None:
        """The agent called a tool."""
        tool: dict[str, Any] = {"name": name(call.name)}
        if call.arguments is not None:
            tool["arguments"] = plain(call.arguments)
        self.tools.append(tool)
        self._unanswered.append((call, tool))

    def answered(self, turn: Turn) -> None:
        """A tool answered: the call with its id, else the first open one of its name, else the first open one."""
        by_id = [pair for pair in self._unanswered if turn.tool_call_id and pair[0].id == turn.tool_call_id]
        by_name = [pair for pair in self._unanswered if turn.name and pair[0].name.startswith(turn.name)]
        pair = next(iter(by_id or by_name or self._unanswered), None)
        if pair is None:
            tool: dict[str, Any] = {"name": name(turn.name)}
            self.tools.append(tool)
        else:
            self._unanswered.remove(pair)
            tool = pair[1]
        answer = parsed(turn.text or "")
        if error := _error(turn, answer):
            tool["error"] = error
        elif answer != "":
            tool["result"] = answer

    def noted(self, turn: Turn) -> None:
        """What the agent wrote down for itself before it spoke: drafts not sent, plans of sub-tasks."""
        text = said(turn)
        found = _NOTE.fullmatch(text)
        if found is None:
            if text and "draft" in (turn.kind or ""):
                self.reasons.append(f"Drafted “{line(text, 200)}”, not sent.")
        elif found[1] is None:
            self._subtasks = [str(item) for item in _listed(found[2])]
        elif found[1] == " solved":
            for task, met in zip(self._subtasks, _listed(found[2]), strict=False):
                self.conditions.append({"name": name(task), "met": bool(met), "action": "solve this part"})
        else:
            self.reasons += [str(item) for item in _listed(found[2])]

    def offered(self, options: list[str], taken: str) -> None:
        """The steps of the flow that were open, and the one taken."""
        for rank, option in enumerate(options, start=1):
            condition = {"name": name(option), "met": option == taken, "values": {"suggestion": rank}}
            self.conditions.append(condition | ({"action": "take this step"} if option == taken else {}))

    def acted(self, acts: Any) -> None:
        """Dialogue acts: [{act, slot?, values?}]."""
        told = []
        for act in acts if isinstance(acts, list) else []:
            if isinstance(act, dict) and "act" in act:
                values = ", ".join(map(str, act.get("values") or ()))
                told.append(f"{act['act']} {act.get('slot') or ''}{f' = {values}' if values else ''}".strip())
        if told:
            self.reasons.append("; ".join(told))

    def fields(self) -> dict[str, Any]:
        """The fields of the decision that have something to say."""
        told = {
            "block": self.block,
            "rationale": "\n".join(self.reasons) or None,
            "conditions": self.conditions[:MAX_ITEMS] or None,
            "knowledge": self.knowledge[:MAX_ITEMS] or None,
            "tools": self.tools[:MAX_ITEMS] or None,
        }
        return {key: content for key, content in told.items() if content is not None}


def expected(actions: Any, made: list[Call]) -> list[dict[str, Any]]:
    """What should have been done ([{name, kwargs}]) against the calls made, as conditions."""
    calls = [(call.name, plain(call.arguments)) for call in made]
    return [
        {
            "name": name(f"expected: {action.get('name')}"),
            "met": (action.get("name"), plain(action.get("kwargs"))) in calls,
            "values": value(action.get("kwargs")),
        }
        for action in (actions if isinstance(actions, list) else [])
        if isinstance(action, dict)
    ]


def plain(arguments: Any) -> Any:
    """A call's arguments as plain values: `"3100"` in quotes and `api.is_equal_to("…")` are what they say."""
    if isinstance(arguments, dict):
        return {str(key): _plain(item) for key, item in arguments.items()}
    if isinstance(arguments, str) and arguments[:1] == "{":
        read = parsed(arguments)
        return value(_literal(arguments)) if read == arguments else read
    return value(arguments)


def _plain(item: Any) -> Any:
    if isinstance(item, str):
        found = _QUOTED.fullmatch(item)
        return item if found is None else found[1] if found[1] is not None else found[2]
    return value(item)


def _literal(text: str) -> Any:
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return text


def _listed(text: str) -> list[Any]:
    read = _literal(text)
    return read if isinstance(read, list) else [text]


def _error(turn: Turn, answer: Any) -> str | None:
    """What went wrong, in the source's words; None when it went well."""
    if turn.error:
        return str(turn.error)
    if isinstance(answer, dict):
        told = answer.get("error") or answer.get("exception")
        return str(told) if told else None
    return answer if isinstance(answer, str) and answer.lower().startswith("error") else None
