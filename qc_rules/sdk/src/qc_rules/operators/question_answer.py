"""A question, and whether it is answered."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from qc_rules.conditions.answer import NO, Answer, Match, counted, reasons, unknown
from qc_rules.conditions.view import ROLES_UNKNOWN, Seen, View
from qc_rules.kleene import Truth
from qc_rules.operators.base import Operator
from qc_rules.operators.nested import Looked, ask, operator_of
from qc_rules.operators.parameters import at_least
from qc_rules.operators.parties import if_in_scope, same_party

if TYPE_CHECKING:
    from qc_rules.call import Turn
    from qc_rules.matching import Words


@dataclass(frozen=True)
class QuestionAnswer(Operator):
    """Who is in scope asks, and the other side answers, or does not.

    Parameters: `question` and `answer` are operators, or lists of words of which one is said. The question is looked
    for in scope, the answer in the turns of the other side among the next `within` turns of the call (default 4),
    whatever else the scope says. `answered: false` finds questions that are not answered. `at_least` is the number of
    questions (default 1). The evidence is the question.

    Unknown: where it is not known whether something is the question, whether a turn that follows is the other side's,
    or whether it answers.

    ```yaml
    unconfirmed: {role: agent, question_answer: {question: [是否同意], answer: [同意, 是的, 好], answered: false}}
    ```
    """

    name: ClassVar[str] = "question_answer"

    question: Looked
    answer: Looked
    within: int = 4
    answered: bool = True
    at_least: int = 1

    def __post_init__(self) -> None:
        at_least("within", self.within, 1)
        at_least("at_least", self.at_least, 1)
        _ = self._operators  # refuses empty words

    @functools.cached_property
    def _operators(self) -> tuple[Operator, Operator]:
        return operator_of("question", self.question), operator_of("answer", self.answer)

    def words(self) -> Iterable[Words]:
        """Those of both."""
        return [words for operator in self._operators for words in operator.words()]

    def needs(self) -> Iterable[Words] | None:
        """Without a question there is neither an answer nor none."""
        return self._operators[0].needs()

    def look(self, view: View) -> Answer:
        """Ask at each question whether an answer follows."""
        asked = ask(self._operators[0], view)
        if asked.truth is False:
            return NO
        if not asked.matches:
            return unknown(asked.reason)
        doubt = asked.reason if asked.truth is None else ""
        return counted(self._matches(asked.matches, doubt, view), self.at_least)

    def _matches(self, questions: Iterable[Match], doubt: str, view: View) -> Iterator[Match]:
        for question in questions:
            answer = ask(self._operators[1], _following(question, view, self.within))
            fires: Truth = answer.truth if self.answered or answer.truth is None else not answer.truth
            if fires is not False:
                lack = answer.reason if fires is None else ""
                yield replace(question, unsure=reasons([question.unsure, doubt, lack]))


def _following(question: Match, view: View, within: int) -> View:
    """The other side's turns among the next so many, from the question's end to the last of them."""
    turns = view.call.turns
    asking = [
        if_in_scope(turn, view)
        for turn in turns
        if question.turns and question.turns[0] <= turn.turn <= question.turns[1]
    ]
    after = [turn for turn in turns if (turn.turn > asking[-1].turn if asking else turn.start >= question.end)]
    known = {seen.turn.turn: seen.unread for seen in view.seen}
    seen = [_seen(turn, asking, known.get(turn.turn, "")) for turn in after[:within]]
    end = max((turn.end for turn in after[:within]), default=question.end)
    window = (question.end, max(question.end, end))
    return replace(view, seen=tuple(one for one in seen if one is not None), window=window, role="any")


def _seen(turn: Turn, asking: list[Turn], unread: str) -> Seen | None:
    same = same_party(asking[0], turn) if asking else None
    return None if same else Seen(turn, ROLES_UNKNOWN if same is None else "", unread)
