"""SA01: the agent sounds unfriendly over several turns in a row."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from qc_rules import Call, Hit, Rule, Truth, Turn, Unknown, count_chars, lacking

POSITIVE_EVENTS = ("laughter", "applause")
MIN_CHARS = 2
"""A turn of fewer characters is a breath or a hum: nothing in which to be friendly."""


@dataclass(frozen=True)
class ServiceAttitude(Rule):
    """Service attitude: several turns of the agent in a row without warmth.

    What it catches: any `window` consecutive turns of the agent of which fewer than `share` sound happy, with no
    laughter or applause in those turns or while they last. Turns of fewer than 2 characters do not count.

    Why it matters: customers remember the tone; teams that often hit are shown to the trainers.

    Options: `window` is the number of turns in a row, `share` the least share of happy ones, above 0 and up to 1.

    Unknown: where the speakers are not told apart, or where turns whose emotion is not known could tip the share.
    Fewer turns of the agent than the window are clear.

    Limits: the rule hears the tone, not the words; a calm professional voice is neutral and not happy. Judge agents
    by how often it hits compared with their team, not by one call. Only the first such window is given as evidence.
    """

    id = "SA01"
    name = {"zh": "服务态度", "en": "Service attitude"}  # noqa: RUF012 - a class attribute of Rule, read only
    severity = "minor"
    score = -5
    category = "attitude"

    window: int = 3
    share: float = 0.3

    def __post_init__(self) -> None:
        if self.window < 1:
            raise ValueError(f"window = {self.window} is not a number of turns from 1")
        if not 0 < self.share <= 1:
            raise ValueError(f"share = {self.share} is not above 0 and up to 1")

    def check(self, call: Call) -> Iterable[Hit]:
        """Hit at the first unfriendly window; unknown if there is none but there may be one."""
        if len(_with_words(call.turns)) < self.window:
            return
        agent = _with_words(call.turns_of("agent"))
        windows = [agent[first : first + self.window] for first in range(len(agent) - self.window + 1)]
        judged = [(window, self._is_cold(call, window)) for window in windows]
        cold = next((window for window, is_cold in judged if is_cold), None)
        undecided = next((window for window, is_cold in judged if is_cold is None), None)
        if cold:
            yield self._found(call, cold)
        elif undecided:
            raise Unknown(lacking(undecided))

    def _is_cold(self, call: Call, window: list[Turn]) -> Truth:
        if any(_is_positive(call, turn) for turn in window):
            return False
        happy = sum(turn.emotion == "happy" for turn in window)
        unknown = sum(turn.emotion == "unknown" for turn in window)
        if (happy + unknown) / len(window) < self.share:
            return True
        return None if happy / len(window) < self.share else False

    def _found(self, call: Call, window: list[Turn]) -> Hit:
        happy = sum(turn.emotion == "happy" for turn in window)
        message = (
            f"{happy} of {len(window)} turns of the agent in a row sound happy "
            f"(less than {self.share:.0%}), without laughter or applause"
        )
        evidence = [turn.evidence(f"emotion {turn.emotion}") for turn in window]
        return self.hit(call, evidence=evidence, message=message)


def _with_words(turns: Iterable[Turn]) -> list[Turn]:
    return [turn for turn in turns if count_chars(turn.text) >= MIN_CHARS]


def _is_positive(call: Call, turn: Turn) -> bool:
    """Laughter or applause tagged in the turn or heard, on any channel, while it lasts."""
    heard = (event for event in call.events if event.class_ in POSITIVE_EVENTS)
    return bool(set(POSITIVE_EVENTS) & set(turn.event_tags)) or any(
        event.start < turn.end and turn.start < event.end for event in heard
    )
