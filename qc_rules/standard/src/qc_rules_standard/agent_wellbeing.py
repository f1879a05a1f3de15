"""AW01: the agent may be ill or exhausted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from qc_rules import Call, Event, Hit, Rule, Truth, Unknown, any_of, at_least

TEXTS = {
    "cough": {"en": "the agent coughs {n} times", "zh": "坐席咳嗽 {n} 次"},
    "yawn": {"en": "the agent yawns {n} times", "zh": "坐席打哈欠 {n} 次"},
    "nobody": {"en": "{class_word} were heard, but not who made them", "zh": "听到{class_word}，但不知是谁"},
}


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

    pages = {  # noqa: RUF012
        "zh": """坐席反复咳嗽或打哈欠，可能生病或过度疲劳。

检测内容：一通电话中，坐席声道上至少有 `coughs` 次咳嗽或 `yawns` 次哈欠。

意义：排班的人可以建议休息。这是关心，与扣分无关：分值为 0，也不能作为针对坐席的依据。

选项：`coughs`、`yawns`；设为 0 即关闭该项。

无法判断：自带的检测器都听不出哈欠（SenseVoice 没有这一类），因此咳嗽不多的通话是无法判断而不是未命中，
除非安装了 `yawn` 类检测器或设置 `yawns = 0`。听到的次数足够但不在确知的坐席声道上时，同样无法判断。

局限：模型按一段声音打标签，一口气里的两声咳嗽只算一次。"""
    }
    texts = tuple(TEXTS.values())

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
            yield self.hit(call, events=events, message=TEXTS[class_]["en"].format(n=len(events)))
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
    return TEXTS["nobody"]["en"].format(class_word=f"{class_}s")
