"""EX01: the agent ends the call without saying goodbye."""

from collections.abc import Iterable
from dataclasses import dataclass

from qc_rules import Call, Hit, Rule, Unknown, find_words


@dataclass(frozen=True)
class MissingFarewell(Rule):
    """The agent ends the call without saying goodbye.

    What it catches: none of `phrases` is said in the agent's last `turns` turns.

    Why it matters: the last sentence is the one that customers remember.

    Options: `phrases`, of which one must be said; `turns`, how many of the agent's last turns are looked at.

    Unknown: where the speakers are not told apart, or the agent says nothing.

    Limits: words are matched, not meant.
    """

    id = "EX01"
    version = 1
    name = {"en": "Missing farewell", "zh": "缺少结束语"}  # noqa: RUF012 - a class attribute of Rule, read only
    severity = "minor"
    score = -3
    category = "script"

    phrases: tuple[str, ...] = ("再见", "拜拜", "goodbye", "bye")
    turns: int = 2

    def check(self, call: Call) -> Iterable[Hit]:
        """Hit where no phrase is said."""
        last = call.turns_of("agent")[-self.turns :]
        if not last:
            raise Unknown("the agent says nothing")
        if not any(find_words(self.phrases, turn.text) for turn in last):
            yield self.hit(call, turns=last, message=f"no farewell in the agent's last {len(last)} turns")
