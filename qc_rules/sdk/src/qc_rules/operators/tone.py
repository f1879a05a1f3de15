"""Telephone tones and the telephone system's announcements."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from qc_rules.conditions.answer import Answer, of_turn
from qc_rules.operators.hearing import Hearing
from qc_rules.operators.parameters import each_of
from qc_rules.operators.stretches import Stretch, covered, heard, undetected
from qc_rules.vocabulary import TONES

if TYPE_CHECKING:
    from qc_rules.conditions.view import View

ANNOUNCEMENT = "announcement"


@dataclass(frozen=True)
class Tone(Hearing):
    """Telephone tones are heard, or a menu or an announcement of the network, so often or for such a share of the time.

    Parameters: `any` are ringback, busy, congestion, empty_number, dial, long_distance, howler and `announcement`;
    without it, all the tones. It holds where `at_least` are heard (default 1). `share` instead compares the share of
    the window's seconds that they cover with a bound, `seconds` these seconds; what several cover counts once.

    Unknown: where no installed detector reports one of the tones and more of it could tip the answer; and where the
    scope names a role and it is not known on whose channel it was.

    ```yaml
    rings_on: {tone: {any: [ringback, busy], share: {above: 0.5}}}
    ```
    """

    name: ClassVar[str] = "tone"
    shorthand: ClassVar[str] = "any"

    any: tuple[str, ...] = TONES

    def __post_init__(self) -> None:
        super().__post_init__()
        each_of("any", self.any, (*TONES, ANNOUNCEMENT))

    def look(self, view: View) -> Answer:
        """Count or measure."""
        tones = [class_ for class_ in self.any if class_ != ANNOUNCEMENT]
        found = heard(view, tones)
        if ANNOUNCEMENT in self.any:
            found += _announcements(view)
        matches = [stretch.match for stretch in found]
        lack = undetected(view, tones)
        if self.share or self.seconds:
            return self.measured(matches, covered(view, found), view.seconds, lack)
        return self.counted(matches, lack)


def _announcements(view: View) -> list[Stretch]:
    spoken = [seen for seen in view.seen if seen.turn.announcement]
    return [
        Stretch(ANNOUNCEMENT, seen.turn.span, seen.turn.channel, of_turn(seen.turn, unsure=seen.doubt))
        for seen in spoken
    ]
