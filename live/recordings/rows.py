"""What a recorded line may hold: one conversation, in the plain form in which data sets are kept.

Fields that are not named here are left aside. What only one kind of source has may be of any type, and is looked at
with care where it is used.
"""

from typing import Any, Literal

import msgspec


class Call(msgspec.Struct, frozen=True):
    """One call of a tool by the agent."""

    name: str
    arguments: Any = None
    id: str | None = None


class Turn(msgspec.Struct, frozen=True):
    """One turn: something said, called, answered, or noted aside."""

    role: Literal["user", "agent", "tool", "system", "note"]
    text: str | None = None
    ts: str | None = None
    name: str | None = None
    kind: str | None = None
    detail: Any = None
    tool_calls: list[Call] | None = None
    tool_call_id: str | None = None
    error: Any = None
    step: str | int | None = None
    step_options: list[str] | None = None
    acts: Any = None
    intent: Any = None
    collected: Any = None
    knowledge_used: list[str] | None = None
    sentiment: str | None = None
    policy: str | None = None
    author: str | None = None


class Row(msgspec.Struct, frozen=True):
    """One conversation."""

    id: str
    turns: list[Turn]
    source: str = "recording"
    channel: str | None = None
    lang: str | None = None
    user_kind: str | None = None
    agent_kind: str | None = None
    started_at: str | None = None
    ended_at: str | None = None
    labels: dict[str, Any] | None = None
    meta: dict[str, Any] | None = None


def said(turn: Turn) -> str:
    """What was said; empty where nothing was."""
    return turn.text if turn.text and not turn.text.isspace() else ""
