"""What may be seen of a call in a message, which leaves the house: no number, no e-mail address, no markup."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from callqa.parse.personal import digits

MASK = "*"
LONGEST = 120
"""Characters of a quotation."""
FEWEST = 5
"""Digits that are a number of somebody's or something's."""
NUMBER = re.compile(rf"[0-9０-９](?:[\s\-–.,，()（）]{{0,2}}[0-9０-９]){{{FEWEST - 1},}}")
"""A number as it is written, an amount too."""
EMAIL = re.compile(r"[\w.+-]+\s*@\s*[\w-]+(?:\s*\.\s*[\w-]+)+")
UNSEEN = ("Cc", "Cf", "Cs")
"""Unicode's categories of what is not seen, such as the signs that turn the direction of a text."""
BRACKETS = str.maketrans("<>", "‹›")
"""Chat services take <at user_id="all"> in a text for a call to everybody in the group."""


def plain(text: str) -> str:
    """A text of somebody else's for a message: one line, and no markup to any service."""
    line = " ".join(text.translate(BRACKETS).split())
    return "".join(character for character in line if unicodedata.category(character) not in UNSEEN)


def quoted(text: str) -> str:
    """A quotation for a message: plain, numbers and e-mail addresses masked, not longer than LONGEST.

    The published text is masked as `text.redact` says; here every number of five digits is, whatever that says, and
    whether they are written or spoken.
    """
    line = plain(text[: 10 * LONGEST])
    spans = [match.span() for pattern in (EMAIL, NUMBER) for match in pattern.finditer(line)]
    for start, end in [*spans, *_spoken(line)]:
        line = line[:start] + "".join(MASK if c.isalnum() else c for c in line[start:end]) + line[end:]
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…"


def _spoken(line: str) -> Iterator[tuple[int, int]]:
    """Where digits follow one another, with nothing between them but what people say or write between digits."""
    run: list[digits.Token] = []
    for token in [*digits.tokens(line, "unknown"), digits.Token("other", "", len(line), len(line))]:
        if token.kind == "digits":
            run.append(token)
        elif token.kind != "gap":
            if sum(len(one.value) for one in run) >= FEWEST:
                yield from ((one.start, one.end) for one in run)
            run = []
