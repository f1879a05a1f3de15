"""ES01: the customer's mood turns during the call."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from qc_rules import Call, Hit, Rule, Truth, Turn, Unknown, all_of, known_emotions, lacking

SHIFT = {
    "en": "the customer is {before_word} at {before:.1f} s and {after_word} at {after:.1f} s; "
    "hear {start:.1f}-{end:.1f} s",
    "zh": "客户在 {before} 秒时{before_word}，在 {after} 秒时{after_word}；请听 {start}–{end} 秒",
}


@dataclass(frozen=True)
class EmotionShift(Rule):
    """Emotion shift: the customer was happy and later in the same call is angry.

    What it catches: a turn of the customer in one of `from_emotions`, and a later one in one of `to_emotions`.

    Why it matters: something between the two turned the customer; agents who do not notice it cause complaints.
    The message names the stretch of `around` seconds before and after the shift that is worth hearing.

    Options: `from_emotions`, `to_emotions`; `around` in seconds.

    Unknown: where the speakers are not told apart, or the emotion of a deciding turn is not known, and a shift may be
    among those turns. Where no turn can be angry after one that can be happy, the call is clear whoever speaks.

    Limits: the first shift of the call is reported, from the nearest happy turn before it. A single misheard turn can
    make a shift; hear the stretch before talking to the agent.
    """

    id = "ES01"
    name = {"zh": "客户情绪突变", "en": "Emotion shift"}  # noqa: RUF012 - a class attribute of Rule, read only
    severity = "major"
    score = -10
    category = "emotion"

    pages = {  # noqa: RUF012
        "zh": """客户在通话中由愉快转为愤怒。

检测内容：客户有一轮的情绪属于 `from_emotions`，之后又有一轮属于 `to_emotions`。

意义：两轮之间的某件事惹恼了客户；察觉不到的坐席会引来投诉。消息中给出转变前后各 `around` 秒，值得一听。

选项：`from_emotions`、`to_emotions`；`around`，单位为秒。

无法判断：无法区分说话人，或关键话轮的情绪未知，而其中可能有转变。可能愉快的话轮之后没有可能愤怒的话轮时，
无论谁说话都判为未命中。

局限：只报告通话中的第一次转变，从它之前最近的愉快话轮算起。听错一轮就可能造成一次转变，找坐席谈之前请先听录音。"""
    }
    texts = (SHIFT,)

    from_emotions: tuple[str, ...] = ("happy",)
    to_emotions: tuple[str, ...] = ("angry",)
    around: float = 30.0

    def __post_init__(self) -> None:
        known_emotions((*self.from_emotions, *self.to_emotions))
        if self.around < 0:
            raise ValueError(f"around = {self.around} is not a number of seconds from 0")

    def check(self, call: Call) -> Iterable[Hit]:
        """Hit at the first sure shift; unknown if there is none but there may be one."""
        origin: Turn | None = None
        maybe: list[Turn] = []
        undecided: list[Turn] = []
        for turn in call.turns:
            ends = self._is(turn, self.to_emotions)
            if ends and origin:
                yield self._found(call, origin, turn)
                return
            if ends is not False and (origin or maybe):
                undecided += [turn, *maybe]
            starts = self._is(turn, self.from_emotions)
            origin = turn if starts else origin
            maybe += [turn] if starts is None else []
        if undecided:
            raise Unknown(lacking(dict.fromkeys(undecided)))

    def _is(self, turn: Turn, emotions: tuple[str, ...]) -> Truth:
        return all_of([turn.is_role("customer"), turn.feels(emotions)])

    def _found(self, call: Call, origin: Turn, turn: Turn) -> Hit:
        start, end = max(0.0, turn.start - self.around), min(call.duration, turn.start + self.around)
        message = SHIFT["en"].format(
            before_word=origin.emotion,
            before=origin.start,
            after_word=turn.emotion,
            after=turn.start,
            start=start,
            end=end,
        )
        evidence = [shown.evidence(f"emotion {shown.emotion}") for shown in (origin, turn)]
        return self.hit(call, evidence=evidence, message=message)
