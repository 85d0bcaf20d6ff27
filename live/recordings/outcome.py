"""What the source says about the whole conversation: who took part, what it was for, how it went, how it ended."""

from collections.abc import Iterator
from typing import Any, Literal

from live.recordings.bounds import line, name
from live.recordings.rows import Row

# What users were asked afterwards -> the task that the answer is about (STAR).
_ASKED = {
    "reserve your hotel": "hotel_book", "suitable hotel": "hotel_search", "service request": "hotel_service_request",
    "reserve your restaurant": "restaurant_book", "suitable restaurant": "restaurant_search",
    "book your flight": "plane_book", "suitable flight": "plane_search", "suitable ride": "ride_book",
    "change your ride": "ride_change", "status of your ride": "ride_status", "directions": "trip_directions",
    "venue for the party": "party_plan", "RSVP": "party_rsvp", "schedule your meeting": "meeting_schedule",
    "bank balance": "bank_balance", "report fraud": "bank_fraud_report", "trivia quiz": "trivia",
    "tell you the weather": "weather", "life support": "spaceship_life_support",
    "unlock the door": "spaceship_access_codes",
}  # fmt: skip
_NOTICED = {
    "annoyed": "annoyed",
    "change his/her mind": "changed their mind",
    "confused": "confused",
    "unsure": "agent unsure",
}
_ENDED = {
    "Complete": "completed",
    "DisconnectDuringQuestionnaire": "completed",
    "EarlyDisconnectDuringDialogue": "left early",
    "DisconnectDuringDialogue": "left in the middle",
}
_KINDS = {
    "ubuntu-irc": "support",
    "topical-chat": "small talk",
    "mtrag-un": "questions",
    "dstc10-spoken": "tourist information",
    "who-and-when": "agents at work",
}
_TOLD = ("lang", "user_kind", "agent_kind")
_FACTS = (
    "model", "scenario", "task_id", "trial", "repo", "collection", "article", "batch", "answerability", "happy_path",
    "multi_task",
)  # fmt: skip

End = Literal["goal.completed", "goal.failed"]


def started(row: Row) -> dict[str, Any]:
    """The fields of `session.started`."""
    source = {"source": row.source, "recorded": row.id, "recorded_channel": row.channel}
    about = {key: getattr(row, key) for key in _TOLD} | {key: _held(row, key) for key in _FACTS}
    told = {key: item for key, item in (source | about).items() if isinstance(item, str | int | float | bool)}
    return {
        "user": _user(row),
        "agent": _agent(row),
        "kind": kind(row),
        "attributes": {key: line(item, 300) if isinstance(item, str) else item for key, item in told.items()},
    }


def kind(row: Row) -> str:
    """What the conversation is about, in a word or two."""
    for key in ("domain", "domains", "services", "vertical", "suites"):
        held = _held(row, key)
        first = held[0] if isinstance(held, list) and held else held
        if isinstance(first, str) and first:
            return name(first.partition("_")[0]).lower()
    return _KINDS.get(row.source, name(row.source))


def model(row: Row, author: str | None = None) -> str | None:
    """Which model answered, where that is known."""
    known = author or _held(row, "model")
    return line(known) if known else None


def goals(row: Row) -> dict[str, Any]:
    """Goals that stand from the start: name -> value."""
    labels = row.labels or {}
    found: dict[str, Any] = {}
    if "goal_met" in labels:
        goal = f"{kind(row)} request" if labels.get("domain") else "task"
        found[goal] = _held(row, "user_goal") or _held(row, "question")
    if "completion" in labels:
        found.update({name(task): None for task in labels.get("tasks") or () if task})
    return {goal: line(text, 2000) if text is not None else None for goal, text in found.items()}


def ends(row: Row) -> Iterator[tuple[End, str]]:
    """How those goals ended: what the label says, else what the user said, else whether the user stayed to the end."""
    labels = row.labels or {}
    asked = labels.get("user_questionnaire")
    said = asked.items() if isinstance(asked, dict) else ()
    for goal in goals(row):
        if "goal_met" in labels:
            met = bool(labels["goal_met"])
        else:
            parts = [part for part, task in _ASKED.items() if task == goal]
            answers = [bool(yes) for question, yes in said if any(part in question for part in parts)]
            met = all(answers) if answers else not left(row)
        yield "goal.completed" if met else "goal.failed", goal


def tags(row: Row) -> Iterator[str]:
    """What was noticed about the conversation as a whole."""
    labels = row.labels or {}
    noticed = labels.get("agent_questionnaire")
    for question, yes in noticed.items() if isinstance(noticed, dict) else ():
        if yes:
            yield from (tag for part, tag in _NOTICED.items() if part in question)
    if labels.get("transferred_to_human"):
        yield "handed to a human"
    if labels.get("answerability") == "UNDERSPECIFIED":
        yield "unclear question"
    if left(row):
        yield "dropped out"


def left(row: Row) -> bool:
    """Did the user leave before the end?"""
    return _ENDED.get(str((row.labels or {}).get("completion")), "").startswith("left")


def closed(row: Row) -> dict[str, Any]:
    """The fields of `session.closed`."""
    labels = row.labels or {}
    if labels.get("transferred_to_human"):
        return {"reason": "handed to a human", "by": "assistant"}
    if "completion" in labels:
        return {"reason": _ENDED.get(str(labels["completion"]), line(labels["completion"])), "by": "user"}
    return {"reason": "end of the recording"}


def missing(row: Row) -> Literal["no_source", "weak_source"] | None:
    """Does the last question lack knowledge?"""
    labels = row.labels or {}
    if labels.get("answerability") == "UNANSWERABLE" or (labels.get("needs_knowledge") and not labels.get("knowledge")):
        return "no_source"
    return "weak_source" if labels.get("answerability") == "PARTIAL" else None


def knowledge(row: Row) -> list[dict[str, Any]]:
    """The sources used for the last answer."""
    passages, entries = _held(row, "knowledge", of="meta"), _held(row, "knowledge", of="labels")
    used = [
        {"id": line(p["id"], 512), "used": True, "title": line(p.get("title") or "") or None, "excerpt": p.get("text")}
        for p in (passages if isinstance(passages, list) else [])
        if isinstance(p, dict) and p.get("id")
    ]
    used += [
        {"id": ":".join(str(e.get(key)) for key in ("domain", "entity_id", "doc_id")), "used": True}
        for e in (entries if isinstance(entries, list) else [])
        if isinstance(e, dict)
    ]
    return [{key: item for key, item in source.items() if item is not None} for source in used]


def _user(row: Row) -> dict[str, Any] | None:
    who = (row.meta or {}).get("user")
    if isinstance(who, dict):
        told = {"id": who.get("username")} | {key: who.get(key) for key in ("name", "email", "phone")}
        return {key: line(item, 512) for key, item in told.items() if item} or None
    first = next((turn for turn in row.turns if turn.role == "user"), None)
    if not who and first is not None:
        who = first.author or first.name
    known = {"id": line(who, 512)} if who else None
    return known | {"name": line(first.name)} if known and first is not None and first.name else known


def _agent(row: Row) -> dict[str, Any]:
    variant, version, who = _held(row, "agent_variant"), _held(row, "model"), _held(row, "agent")
    first = next((turn for turn in row.turns if turn.role == "agent"), None)
    speaker = speaks(first.name) if first is not None and first.name else None
    author = next((turn.author for turn in row.turns if turn.role == "agent" and turn.author), None)
    ident = line(variant or who or speaker or author or row.source, 512)
    named = f"{row.source} {ident[:4]}" if who and not variant else speaker
    told = {"id": ident, "name": named, "version": line(version) if version else None}
    return {key: item for key, item in told.items() if item}


def speaks(speaker: str) -> str:
    """`Orchestrator (-> WebSurfer)` -> Orchestrator."""
    return line(speaker.partition(" (")[0], 256) or "?"


def _held(row: Row, key: str, *, of: Literal["labels", "meta", "either"] = "either") -> Any:
    for place, held in (("meta", row.meta), ("labels", row.labels)):
        if of in ("either", place) and held and held.get(key) is not None:
            return held[key]
    return None
