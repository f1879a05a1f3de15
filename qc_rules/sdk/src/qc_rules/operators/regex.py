"""`regex`: text of a form, matched in linear time."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from qc_rules.operators.base import TurnOperator

if TYPE_CHECKING:
    from qc_rules.conditions.view import Seen, View

_LOOKS_AROUND = re.compile(r"\(\?(?:[=!]|<[=!])")
_REFERS_BACK = re.compile(r"(?<!\\)(?:\\\\)*\\[1-9]|\(\?P=")


@dataclass(frozen=True)
class Regex(TurnOperator):
    """Turns whose text, as it was recognised, has a form (or has not).

    The syntax is RE2's, which takes time in proportion to the text whatever the pattern; `(?i)` at the beginning
    ignores case.

    Unknown: where a turn that decides it may not be in scope (nobody knows who speaks), or was recognised too badly.

    ```yaml
    order: {role: customer, regex: '订单号?[0-9]{6,}'}
    ```
    """

    name: ClassVar[str] = "regex"
    shorthand: ClassVar[str] = "pattern"

    pattern: str = ""
    """A turn of which a part is of this form counts."""
    not_pattern: str = ""
    """Unless a part of it is of this form."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.pattern and not self.not_pattern:
            raise ValueError("regex has no pattern; write pattern, not_pattern or both")
        for name in ("pattern", "not_pattern"):
            if getattr(self, name):
                _checked(name, getattr(self, name))

    def hears(self, seen: Seen, view: View) -> str | None:  # noqa: ARG002 - the text says it all
        """The part that is of the form; the whole text where only `not_pattern` is given."""
        text = seen.turn.text
        found = compiled(self.pattern).search(text) if self.pattern else None
        if self.pattern and found is None:
            return None
        if self.not_pattern and compiled(self.not_pattern).search(text) is not None:
            return None
        return str(found.group()) if found is not None else text


@functools.lru_cache(maxsize=4096)
def compiled(pattern: str) -> Any:
    """A pattern made ready.

    Raises:
        re2.error: RE2 does not know a part of it.
    """
    import re2

    options = re2.Options()
    options.log_errors = False
    return re2.compile(pattern, options)


def _checked(name: str, pattern: str) -> None:
    import re2

    try:
        compiled(pattern)
    except re2.error as error:
        said = error.args[0] if error.args else error
        text = said.decode(errors="replace") if isinstance(said, bytes) else str(said)
        raise ValueError(f"{name} {pattern!r}: {text}{_remedy(pattern)}") from None


def _remedy(pattern: str) -> str:
    """What to write instead of what RE2 leaves out because it cannot be had in linear time."""
    if _LOOKS_AROUND.search(pattern):
        return "; look-arounds are not in RE2: say with not_pattern what must not be there, or use proximity"
    if _REFERS_BACK.search(pattern):
        return "; references back to a group are not in RE2: use echo or repeat for what is said again"
    return "; the syntax is that of https://github.com/google/re2/wiki/Syntax"
