"""What may be seen of what was said in a message, which leaves the house: no number, no address of anybody."""

from __future__ import annotations

import re

MASK = "*"
LONGEST = 120
"""Characters of a quotation."""
_DIGIT = "[0-9０-９零〇一二三四五六七八九十幺两]"
NUMBER = re.compile(rf"{_DIGIT}(?:[\s\-–.()（）]{{0,2}}{_DIGIT}){{4,}}")
"""Five digits or more, written or spoken, with what people put between them."""
EMAIL = re.compile(r"[\w.+-]+\s*@\s*[\w-]+(?:\s*\.\s*[\w-]+)+")


def quoted(text: str) -> str:
    """A quotation for a message: one line, numbers and e-mail addresses masked, not longer than LONGEST.

    The published text is masked as `text.redact` says; here every number of five digits is, whatever that says.
    """
    line = " ".join(text.split())
    for pattern in (EMAIL, NUMBER):
        line = pattern.sub(lambda found: "".join(MASK if c.isalnum() else c for c in found[0]), line)
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…"
