"""ES01: the customer's mood turns during the call."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from qc_rules import Call, Hit, Rule, Truth, Turn, Unknown, all_of, known_emotions, lacking


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
        message = (
            f"the customer is {origin.emotion} at {origin.start:.1f} s and {turn.emotion} at {turn.start:.1f} s; "
            f"hear {start:.1f}-{end:.1f} s"
        )
        evidence = [shown.evidence(f"emotion {shown.emotion}") for shown in (origin, turn)]
        return self.hit(call, evidence=evidence, message=message)
