"""AW01: the agent may be ill or exhausted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from qc_rules import Call, Event, Hit, Rule, Truth, Unknown, any_of, at_least


@dataclass(frozen=True)
class AgentWellbeing(Rule):
    """Agent well-being: the agent coughs or yawns again and again.

    What it catches: at least `coughs` coughs or `yawns` yawns on the agent's channel in one call.

    Why it matters: whoever makes the shifts can suggest a rest. It is about care and never about points: the score
    is 0, and nothing here is evidence against an agent.

    Options: `coughs`, `yawns`; 0 switches that half off.

    Unknown: no detector that ships reports yawns (SenseVoice does not), so a call with few coughs is unknown rather
    than clear, until a detector of class `yawn` is installed or `yawns = 0` is set. Also where coughs enough were
    heard but not on a channel known to be the agent's.

    Limits: the model tags a stretch of sound, so two coughs in one breath count once.
    """

    id = "AW01"
    name = {"zh": "坐席健康提示", "en": "Agent well-being"}  # noqa: RUF012 - a class attribute of Rule, read only
    severity = "info"
    score = 0
    category = "wellbeing"
    flags = ("wellbeing",)

    coughs: int = 3
    yawns: int = 2

    def __post_init__(self) -> None:
        if min(self.coughs, self.yawns) < 0:
            raise ValueError(f"coughs = {self.coughs}, yawns = {self.yawns}: counts from 0 (0 = do not look)")
        if self.coughs == self.yawns == 0:
            raise ValueError("coughs = 0 and yawns = 0 leave nothing to look for; disable the rule instead")

    def check(self, call: Call) -> Iterable[Hit]:
        """Hit if either is heard often enough; unknown if one is not and the other cannot be told."""
        wanted = {class_: count for class_, count in (("cough", self.coughs), ("yawn", self.yawns)) if count}
        answers = {class_: _often(call, class_, count) for class_, count in wanted.items()}
        for class_ in (class_ for class_, often in answers.items() if often):
            events = _heard(call, class_, "agent")
            yield self.hit(call, events=events, message=f"the agent {class_}s {len(events)} times")
        if any_of(answers.values()) is None:
            raise Unknown("; ".join(_why(call, class_) for class_, often in answers.items() if often is None))


def _often(call: Call, class_: str, count: int) -> Truth:
    sure = len(_heard(call, class_, "agent"))
    possible = sure + len(_heard(call, class_, "unknown"))
    # What no detector looks for may have happened any number of times.
    return at_least(count, sure, possible if call.detects(class_) else count)


def _heard(call: Call, class_: str, role: str) -> list[Event]:
    return [event for event in call.events if event.class_ == class_ and event.role == role]


def _why(call: Call, class_: str) -> str:
    if not call.detects(class_):
        return f"no installed detector reports {class_}s"
    return f"{class_}s were heard, but not who made them"
