"""A card as a row or a tile shows it. Pure. Its twin is web/static/js/glance.js; a browser test holds them together."""

from datetime import datetime
from typing import Any

from live.cards import stranger
from live.pages import formats
from live.words import visible

GOALS = 3  # shown on a row or tile, the newest; further ones are counted
NEEDS = 2
LATELY = 300_000  # ms; a session that was silent for longer does not go on: the gap that no active time has, too
_SECOND, _MINUTE, _HOUR, _DAY = 1_000, 60_000, 3_600_000, 86_400_000
_YEAR = 365 * _DAY


def glance(card: dict[str, Any], *, now: int, watched: int = 0) -> dict[str, Any]:
    """The card and what the macros need beside it. An empty text is nothing to show.

    `now` is ms since 1970; `watched` is how many people look at the session, which is not of the card.
    """
    mood, needs, said = card["sentiment"], card["attention"], card["last_message"]
    address = f"/sessions/{formats.ident(card['session'])}"
    needs = [{**need, "href": f"{address}?seq={need['seq']}#e-{need['seq']}"} for need in needs]
    goals = [{"name": name, "state": state} for name, state in card["goals"].items()]
    count, agent = card["messages"], card["agent"]
    silent = now - _ms(card["last"])
    goes_on = card["status"] == "active" and silent < LATELY
    unknown = "yes" if card["name"] == stranger(card["session"]) else None  # by its name: a mask has initials
    return card | {
        "title": card["name"] if visible(card["name"]) else card["session"],
        "short": f"#{card['session'].partition(':')[2][-6:]}",
        "stranger": unknown,
        "need": needs[0]["why"] if needs else "",
        "needs": needs[:NEEDS],
        "address": address,
        "more_needs": _more(len(needs), NEEDS),
        "foremost": needs[:1],
        "rest_needs": _more(len(needs), 1) or None,
        "mood": mood["label"] or "none",
        "feeling": mood["label"] or "not scored",
        "goal_list": goals[-GOALS:],
        "more_goals": _more(len(goals), GOALS),
        "in_block": card["block"] or "",
        "missing_text": "" if not card["missing"] else f"{card['missing']} missing",
        "spoke": said["role"] if said else "",
        "said": said["text"] if said else "",
        "agent_name": (agent.get("name") or agent["id"]) if agent else "",
        "said_by": f"{count['user']}\u2009/\u2009{count['assistant'] + count['operator']}",
        "ago": ago(silent),
        "lasts": elapsed(card["duration_ms"] + (max(0, silent) if goes_on else 0)),
        "tick": "lasts" if goes_on else None,
        "done": card["reviewed"]["by"] if card["reviewed"] else "",
        "watched": f"{watched}" if watched else "",
        "watching": "person watching" if watched == 1 else "people watching",
    }


def ago(ms: int) -> str:
    """How long since, in one unit."""
    if ms < 5 * _SECOND:
        return "now"
    if ms >= 2 * _YEAR:
        return f"{ms // _YEAR} y"
    for size, unit in ((_DAY, "d"), (_HOUR, "h"), (_MINUTE, "min"), (_SECOND, "s")):
        if ms >= size:
            return f"{ms // size} {unit}"
    return "now"


def elapsed(ms: int) -> str:
    """A duration that ticks: 0:42, 12:05, 1:02:33; days with hours; years."""
    if ms >= 2 * _YEAR:
        return f"{ms // _YEAR} y"
    seconds = max(0, ms) // _SECOND
    days, rest = seconds // 86_400, seconds % 86_400 // 3_600
    if days:
        return f"{days} d {rest} h" if days < 100 else f"{days} d"
    hours, minutes = seconds // 3_600, seconds % 3_600 // 60
    return f"{hours}:{minutes:02}:{seconds % 60:02}" if hours else f"{minutes}:{seconds % 60:02}"


def _more(count: int, shown: int) -> str:
    return f"+{count - shown}" if count > shown else ""


def _ms(at: str) -> int:
    return round(datetime.fromisoformat(at).timestamp() * 1_000)
