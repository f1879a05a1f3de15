"""Which rules are run again over the archive."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from callqa.errors import UsageError


@dataclass(frozen=True)
class Choice:
    """Rule ids and pack names; neither given: every rule.

    The outcomes of rules that are not chosen stay as they were published. Of a chosen rule that is no longer installed,
    or that the settings disable, the published outcomes go.
    """

    rules: tuple[str, ...] = ()
    packs: tuple[str, ...] = ()

    @property
    def everything(self) -> bool:
        """Whether nothing was chosen, which means all."""
        return not (self.rules or self.packs)

    def covers(self, rule: str, pack: str) -> bool:
        """Whether a rule of a pack is run again."""
        return self.everything or rule in self.rules or pack in self.packs

    def __str__(self) -> str:
        if self.everything:
            return "all rules"
        return ", ".join([*self.rules, *(f"pack {pack}" for pack in self.packs)])

    def plain(self) -> dict[str, Any]:
        """As JSON carries it; `Choice.of` reads it."""
        return {"rules": list(self.rules), "packs": list(self.packs)}

    @classmethod
    def of(cls, given: dict[str, Any]) -> Choice:
        """From `plain`, or from parameters that may be missing, each once and in order.

        Raises:
            UsageError: a name is blank. Left out, it would mean all rules: a shell's empty variable would run them.
        """
        return cls(_names(given.get("rules")), _names(given.get("packs")))

    def check(self, rules: Collection[str], packs: Collection[str]) -> None:
        """Refuse what neither is installed nor has a finding in the archive.

        Raises:
            UsageError: names the first such rule or pack, and what is close to it.
        """
        for kind, chosen, known in (("rule", self.rules, rules), ("rule pack", self.packs, packs)):
            for name in chosen:
                if name not in known:
                    raise _unknown(kind, name, known)


def _names(given: Iterable[str] | None) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(name.strip() for name in given or ()))
    if "" in names:
        raise UsageError("the name of a rule or pack is blank", remedy="write it, or give none at all to run all rules")
    return names


def _unknown(kind: str, name: str, known: Collection[str]) -> UsageError:
    near: Sequence[str] = difflib.get_close_matches(name.upper() if kind == "rule" else name, sorted(known), n=1)
    hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(sorted(known)) or 'none'}"
    return UsageError(f"no {kind} {name} is installed, and none has findings on these days", remedy=hint)
