"""What is kept of a customer's number. The number as dialled leaves this module in no other form."""

from __future__ import annotations

import hashlib
import hmac
import re

from callqa.errors import SettingsError
from callqa.settings import SourceSettings

FULL_LENGTH = 11
"""Digits from which a mask keeps the first three and the last four (a Chinese mobile number has 11)."""
TAIL_LENGTH = 8
"""Digits from which a mask still keeps the last four: three and four of eight would hide a single digit."""


def check_key(source: SourceSettings) -> None:
    """Refuse to hash without a key: an unkeyed hash of a telephone number is found by trying all of them.

    Raises:
        SettingsError: `customer_number` is "hash" and there is no key.
    """
    if source.customer_number == "hash" and not source.number_key:
        raise SettingsError(
            "source.customer_number = 'hash' needs a key", remedy="set CALLQA_SOURCE__NUMBER_KEY in the environment"
        )


def protect(number: str, source: SourceSettings) -> str | None:
    """The number masked (138****5678), as keyed HMAC-SHA256 (64 hexadecimal digits), or None, as the settings say.

    Numbers are compared without country code +86, blanks and dashes. What has no digit (a withheld number) is None.
    """
    digits = _digits(number)
    if not digits or source.customer_number == "drop":
        return None
    if source.customer_number == "hash":
        check_key(source)
        return hmac.new(source.number_key.encode(), digits.encode(), hashlib.sha256).hexdigest()
    return _masked(digits)


def _digits(number: str) -> str:
    user = re.sub(r"^(sips?|tel):", "", number.strip(), flags=re.IGNORECASE).split("@")[0]
    digits = "".join(c for c in user if c.isdecimal())
    return re.sub(r"^(00)?86(?=1\d{10}$)", "", digits)


def _masked(digits: str) -> str:
    head, tail = (3, 4) if len(digits) >= FULL_LENGTH else (0, 4 if len(digits) >= TAIL_LENGTH else 0)
    hidden = len(digits) - head - tail
    return digits[:head] + "*" * hidden + digits[len(digits) - tail :]
