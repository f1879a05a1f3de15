"""A rule's document as YAML: reading it gives the same document."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import yaml

from qc_rules.language.document import RuleDocument
from qc_rules.language.reading import is_text

_BREAKS = frozenset("\r\x85\u2028\u2029")
"""Line breaks to YAML, beside the usual one."""
WIDTH = 120
"""Characters of a line, where it can be broken."""


def print_rule(document: RuleDocument) -> str:
    """One rule, keys in canonical order, what has its default left out."""
    return _dumped(_plain(document))


def print_rules(documents: Iterable[RuleDocument]) -> str:
    """Several rules as one file."""
    return _dumped({"rules": [_plain(document) for document in documents]})


def _dumped(plain: Any) -> str:
    return yaml.dump(plain, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=WIDTH, default_flow_style=False)


class _Flow(dict[str, Any]):
    """A mapping that is printed on one line."""


class _Inline(list[Any]):
    """A list that is printed on one line."""


class _Dumper(yaml.SafeDumper):
    """Quotes what our reader, or anybody's, would not read as text."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - aliases are not known to our reader
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = None if is_text(text) else "'"
    if "\n" in text:
        style = "|"
    if not _BREAKS.isdisjoint(text):  # or else they would be written as they are, and read as spaces
        style = '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


def _flow(dumper: yaml.SafeDumper, mapping: _Flow) -> yaml.MappingNode:
    return dumper.represent_mapping("tag:yaml.org,2002:map", mapping, flow_style=True)


def _inline(dumper: yaml.SafeDumper, items: _Inline) -> yaml.SequenceNode:
    return dumper.represent_sequence("tag:yaml.org,2002:seq", items, flow_style=True)


_Dumper.add_representer(str, _text)
_Dumper.add_representer(_Inline, _inline)
_Dumper.add_representer(_Flow, _flow)


def _plain(document: RuleDocument) -> dict[str, Any]:
    given: dict[str, Any] = {
        "id": document.id,
        "version": document.version,
        "name": _flat(document.name),
        "description": document.description if isinstance(document.description, str) else dict(document.description),
        "severity": document.severity,
        "score": document.score,
        "category": document.category,
        "applies_to": "" if document.applies_to is None else str(document.applies_to),
        "options": _flat(document.options),
        "conditions": {name: _flat(keys) for name, keys in document.conditions.items()},
        "when": str(document.when),
        "message": document.message if isinstance(document.message, str) else _flat(document.message),
        "flags": _Inline(document.flags),
        "actions": _Inline(document.actions),
    }
    always = ("id", "version", "severity", "score", "conditions", "when")
    return {key: value for key, value in given.items() if key in always or value not in ("", {}, [])}


def _flat(mapping: Mapping[str, Any]) -> _Flow:
    return _Flow(mapping)


def on_one_line(value: Any) -> str:
    """A plain value as YAML, on one line however long."""
    text = yaml.dump(value, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=1 << 30, default_flow_style=True)
    return text.removesuffix("\n").removesuffix("\n...")
