"""A recorded conversation -> the events of the contract, turn by turn.

It looks at what a turn has, not at where it comes from: a `step` of a flow becomes blocks, `collected` becomes data,
tool calls and plans become the decision behind the next message of the assistant, whoever recorded them.
"""

from typing import Any

from live.recordings import decisions, outcome
from live.recordings.bounds import line, name
from live.recordings.decisions import Draft
from live.recordings.forms import Forms
from live.recordings.rows import Row, Turn, said
from live.recordings.script import Conversation, Script, session_id

_OFF_FLOW = ("out_of_scope", "custom")  # answers beside the flow: the agent stays in its block
_QUERIES = "star"  # the source whose queries carry what the agent learned
_ROLES = {"user": "user", "agent": "assistant", "tool": "tool", "system": "system"}
_MOODS: dict[str, tuple[str, float]] = {
    "Happy": ("positive", 0.6), "Neutral": ("neutral", 0.0), "Sad": ("negative", -0.6), "Angry": ("negative", -0.8),
    "Disgusted": ("negative", -0.7), "Fearful": ("negative", -0.5),
}  # fmt: skip


def convert(row: Row) -> Conversation:
    """All events of one conversation, from `session.started` to `session.closed`. Raises ValueError for a bad time."""
    return _Walk(row).told()


class _Walk:
    """Goes through the turns, remembering what the next ones need."""

    def __init__(self, row: Row) -> None:
        self.row = row
        self.script = Script(session_id(row.id))
        self.forms = Forms(self.script)
        self.draft = Draft()
        self.question: tuple[str, str] | None = None  # id and text of the user's last message
        self.answer: str | None = None  # id of the assistant's last message
        self.author: str | None = None
        self.speaker = outcome.started(row)["agent"]["id"]
        self.policy: str | None = None
        self.journey: str | None = next(iter((row.labels or {}).get("tasks") or ()), None)
        self.block: str | None = None
        self.intent: str | None = None
        self.mistake = self._mistaken_turn()
        self.last = max((n for n, turn in enumerate(row.turns) if turn.role == "agent" and said(turn)), default=-1)

    def told(self) -> Conversation:
        row, script = self.row, self.script
        script.time(row.started_at or next((turn.ts for turn in row.turns if turn.ts), None))
        script.add("session.started", **outcome.started(row))
        for goal, aim in outcome.goals(row).items():
            script.add("goal.triggered", goal=goal, value=aim)
        for number, turn in enumerate(row.turns):
            script.time(turn.ts)
            if self.draft.message is not None and turn.role != "tool":
                self.explain()
            match turn.role:
                case "note":
                    self.note(turn)
                case "tool":
                    self.draft.answered(turn)
                    self.say(turn)
                case "agent":
                    self.agent(number, turn)
                case "user":
                    self.user(turn)
                case "system":
                    self.policy = turn.policy or self.policy
                    self.say(turn)
        self.end()
        return script.told()

    def say(self, turn: Turn, **fields: Any) -> str | None:
        """The message, where something was said: a turn that only calls tools is none."""
        text = said(turn)
        return self.script.add("message", role=_ROLES[turn.role], text=text, **fields) if text else None

    def note(self, turn: Turn) -> None:
        task = turn.detail.get("Task") if isinstance(turn.detail, dict) else None
        if isinstance(task, str):
            self.journey = task
        self.draft.noted(turn)

    def user(self, turn: Turn) -> None:
        mood = _MOODS.get(turn.sentiment or "")
        message = self.say(turn, sentiment={"label": mood[0], "score": mood[1]} if mood else None)
        if message is not None:
            self.question = (message, said(turn))
        self.forms.collected(turn.collected)
        for intent in turn.intent.values() if isinstance(turn.intent, dict) else ():
            if isinstance(intent, str) and intent not in ("", "NONE", self.intent):
                self.intent = intent
                self.script.add("goal.triggered", goal=name(intent), message=message)

    def agent(self, number: int, turn: Turn) -> None:
        step = turn.step if isinstance(turn.step, str) else None
        if step is not None and step not in _OFF_FLOW:
            self.enter(step)
        self.author = turn.author or self.author
        if turn.name and outcome.speaks(turn.name) != self.speaker:
            self.speaker = outcome.speaks(turn.name)
            self.script.add("session.updated", agent={"id": self.speaker, "name": self.speaker})
        message = self.say(turn)
        for call in turn.tool_calls or ():
            self.draft.called(call)
            if self.row.source == _QUERIES:
                self.forms.queried(call)
        if message is None:
            return
        self.answer = self.draft.message = message
        self.draft.block = self.block
        if step is not None and turn.step_options:
            self.draft.offered(turn.step_options, step)
        self.draft.acted(turn.acts)
        self.draft.knowledge += [{"id": line(used, 512), "used": True} for used in turn.knowledge_used or () if used]
        if turn.kind:
            self.draft.reasons.append(turn.kind)
        if 0 <= self.mistake <= number:
            self.mistake = -1
            labels = self.row.labels or {}
            self.draft.reasons.append(f"Mistake of {labels.get('mistake_agent')}: {labels.get('mistake_reason')}")
        if number == self.last:
            self.conclude()
        if not turn.tool_calls:
            self.explain()
        if step == "out_of_scope":
            self.miss("no_source")
        self.notified(turn, message)

    def conclude(self) -> None:
        """What the source says about the last answer: its sources, and the calls that should have been made by then."""
        turns, labels = self.row.turns, self.row.labels or {}
        if not any(turn.role == "user" and said(turn) for turn in turns[self.last + 1 :]):
            self.draft.knowledge += outcome.knowledge(self.row)  # else they belong to the answer that was not given
        made = [call for turn in turns for call in turn.tool_calls or ()]
        self.draft.conditions += decisions.expected(labels.get("expected_actions"), made)

    def enter(self, step: str) -> None:
        if step != self.block:
            self.leave("completed")
            self.block = name(step)
            self.script.add("block.entered", block=self.block, journey=self.journey)

    def leave(self, outcome_of_block: str) -> None:
        if self.block is not None:
            self.script.add("block.exited", block=self.block, journey=self.journey, outcome=outcome_of_block)
            self.block = None

    def notified(self, turn: Turn, message: str) -> None:
        """The agent told that what the user wanted was done, or that it failed."""
        acts = {act.get("act") for act in turn.acts if isinstance(act, dict)} if isinstance(turn.acts, list) else set()
        if self.intent is not None and acts & {"NOTIFY_SUCCESS", "NOTIFY_FAILURE"}:
            met = "NOTIFY_SUCCESS" in acts
            self.script.add("goal.completed" if met else "goal.failed", goal=name(self.intent), message=message)

    def miss(self, reason: str) -> None:
        if self.question is not None:
            self.script.add("knowledge.missing", question=self.question[1], message=self.question[0], reason=reason)

    def explain(self) -> None:
        """Tell the decision behind the draft's message, if there is more to tell than that there is one."""
        draft, self.draft = self.draft, Draft()
        fields = draft.fields()
        versions = {"policy": line(self.policy)} if self.policy else None
        model = outcome.model(self.row, self.author)
        if (fields or model or versions) and draft.message is not None:
            self.script.add("decision", message=draft.message, **fields, model=model, versions=versions)

    def end(self) -> None:
        row, script, labels = self.row, self.script, self.row.labels or {}
        if isinstance(labels.get("answer"), str) and labels["answer"].strip():
            self.answer = self.draft.message = script.add("message", role="assistant", text=labels["answer"])
            self.draft.knowledge += outcome.knowledge(row)
        if self.draft.message is None and self.draft.tools:
            self.draft.reasons.append("Called after its last message; the conversation ended before it said more.")
            self.draft.message = self.answer
        self.explain()
        if reason := outcome.missing(row):
            self.miss(reason)
        script.time(row.ended_at)
        if outcome.left(row):
            self.leave("dropped")
            self.forms.abandon()
        self.leave("completed")
        self.forms.submitted(labels.get("final_form"))
        for goal_end, goal in outcome.ends(row):
            script.add(goal_end, goal=goal)
        for tag in outcome.tags(row):
            script.add("tag.added", tag=tag)
        script.add("session.closed", **outcome.closed(row))

    def _mistaken_turn(self) -> int:
        """The number of the turn that the source says went wrong; -1 where it says nothing."""
        wrong = (self.row.labels or {}).get("mistake_step")
        turns = enumerate(self.row.turns)
        return next((n for n, turn in turns if wrong is not None and str(turn.step) == str(wrong)), -1)
