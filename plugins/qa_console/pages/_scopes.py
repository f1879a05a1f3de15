"""Which part of a call a condition looks at, in the reader's language."""

from __future__ import annotations

from collections.abc import Iterator

from qa_console.language import Language
from qc_rules.conditions.anchors import Anchor
from qc_rules.conditions.scope import Extent, Point, Scope


def in_words(scope: Scope, lang: Language) -> str:
    """`the customer's turns; the first 3 turns; within 4 turns after any match of hold`."""
    parts = list(_parts(scope, lang)) or [lang.t("rules.scope_all")]
    return lang.t("rules.scope_joint").join(parts)


def _parts(scope: Scope, lang: Language) -> Iterator[str]:
    if scope.role != "any":
        yield lang.t("rules.scope_role", role=lang.term("role", scope.role))
    if scope.first:
        yield lang.t("rules.scope_first", far=_far(scope.first, lang))
    if scope.last:
        yield lang.t("rules.scope_last", far=_far(scope.last, lang))
    if scope.span:
        yield lang.t("rules.scope_span", start=_moment(scope.span[0], lang), end=_moment(scope.span[1], lang))
    for anchor in scope.anchors:
        yield _near(anchor, lang)
    if scope.min_confidence:
        yield lang.t("rules.scope_confidence", least=f"{scope.min_confidence:g}")
    if scope.exclude_announcements:
        yield lang.t("rules.scope_people")


def _near(anchor: Anchor, lang: Language) -> str:
    which = anchor.which if isinstance(anchor.which, str) else "nth"
    match = lang.t(f"rules.scope_match_{which}", condition=anchor.condition, n=str(anchor.which))
    where = lang.t(f"rules.scope_{anchor.side}", match=match)
    if anchor.turns is None and anchor.seconds is None:
        return where
    return lang.t("rules.scope_within", where=where, far=_far(Extent(anchor.turns, anchor.seconds), lang))


def _far(extent: Extent, lang: Language) -> str:
    parts = [lang.t("rules.scope_turns", n=extent.turns)] if extent.turns is not None else []
    parts += [lang.t("rules.scope_seconds", n=f"{extent.seconds:g}")] if extent.seconds is not None else []
    return lang.t("rules.scope_and").join(parts)


def _moment(point: Point, lang: Language) -> str:
    return f"{point.value * 100:g}%" if point.share else lang.t("rules.scope_seconds", n=f"{point.value:g}")
