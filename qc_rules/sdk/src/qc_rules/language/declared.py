"""Rules written in YAML, as the engine runs them."""

from __future__ import annotations

import dataclasses
import keyword
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar, cast

from qc_rules.call import Call
from qc_rules.conditions.answer import Answer, Match, reasons
from qc_rules.conditions.condition import Condition
from qc_rules.errors import Unknown
from qc_rules.language import message as messages
from qc_rules.language.building import Kit, build, check_options_used
from qc_rules.language.document import RuleDocument
from qc_rules.language.explaining import Explained, explained
from qc_rules.language.expression import affirmed
from qc_rules.language.faults import Fault
from qc_rules.language.plan import Plan
from qc_rules.language.sources import source_of
from qc_rules.matching import CallWords, Words
from qc_rules.outcome import Evidence, Hit
from qc_rules.rule import Rule


@dataclasses.dataclass(frozen=True)
class DeclaredRule(Rule):
    """A rule of a YAML file: a class of its own, with the rule's options as its fields.

    Raises:
        ValueError: when it is made with options that its conditions refuse.
    """

    __slots__ = ("_plan",)  # out of `vars`, which are the options

    document: ClassVar[RuleDocument]
    """What the file says."""
    origin: ClassVar[str]
    """The file."""
    origin_line: ClassVar[int]
    """On which the rule begins."""
    source: ClassVar[str]
    """All that its answers depend on beside its options and the call: document, lexicons, operators; for digests."""
    kit: ClassVar[Kit]

    def __post_init__(self) -> None:
        options = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        object.__setattr__(self, "_plan", Plan(self.document.when, build(self.document, options, self.kit)))

    def __reduce__(self) -> tuple[Any, ...]:
        options = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        return _again, (self.document, self.kit, self.origin, self.origin_line, options)

    @property
    def plan(self) -> Plan:
        """Its conditions, made with its options."""
        return cast("Plan", object.__getattribute__(self, "_plan"))

    def word_lists(self) -> tuple[Words, ...]:
        """All word lists of all conditions: to be scanned once for all rules."""
        return self.plan.words

    def needs(self) -> tuple[Words, ...] | None:
        """Word lists such that the rule is clear for certain where none of their words is said; None: no such lists."""
        return self.plan.needs

    def check(self, call: Call) -> Iterable[Hit]:
        """As `look`, where nobody has looked for its words yet."""
        return self.look(call, self.plan.scanner.scan(call))

    def look(self, call: Call, words: CallWords) -> Iterable[Hit]:
        """One hit where `when` is true, none where it is false.

        Raises:
            Unknown: it cannot be told; names the conditions that leave it open, with their reasons.
        """
        answers = Answers(self.plan.conditions, call, words)
        truth = self.document.when.truth(lambda atom: answers.of(str(atom)).truth)
        if truth is None:
            raise Unknown(self._why(answers))
        return [self._found(call, answers)] if truth else []

    def answers(self, call: Call, words: CallWords | None = None) -> dict[str, Answer]:
        """What each condition says of a call, in the order of the file: for showing how a rule comes to its outcome."""
        answers = Answers(self.plan.conditions, call, words or self.plan.scanner.scan(call))
        return {name: answers.of(name) for name in self.plan.conditions}

    @classmethod
    def sentences(cls) -> Sequence[Mapping[str, str]]:
        """Its message in all languages, the one that findings keep first."""
        texts = cls.document.messages()
        stored = "en" if texts.get("en") else next(iter(texts))
        return [{stored: texts[stored], **texts}] if texts[stored] else []

    def explain(self) -> Explained:
        """What it looks for, in words."""
        return explained(self.document, self.plan.conditions)

    def _why(self, answers: Answers) -> str:
        open_ = self.document.when.open(lambda atom: answers.of(str(atom)).truth)
        return reasons(f"{atom}: {answers.of(str(atom)).reason}" for atom in open_)

    def _found(self, call: Call, answers: Answers) -> Hit:
        return self.hit(call, evidence=self._evidence(answers), message=self._message(answers))

    def _evidence(self, answers: Answers) -> Iterator[Evidence]:
        for name in affirmed(self.document.when):
            for match in answers.matches(name):
                yield from match.evidence

    def _message(self, answers: Answers) -> str:
        texts = self.document.messages()
        template = texts.get("en") or next(iter(texts.values()))
        return messages.filled(template, answers.matches)


class Answers:
    """What the conditions of a rule say of one call, each asked once and only when wanted."""

    def __init__(self, conditions: Mapping[str, Condition], call: Call, words: CallWords) -> None:
        self._conditions = conditions
        self._call = call
        self._words = words
        self._known: dict[str, Answer] = {}

    def of(self, name: str) -> Answer:
        """One condition's answer; that of those it is anchored to is asked for first."""
        if name not in self._known:
            self._known[name] = self._conditions[name].answer(self._call, self._words, self.of)
        return self._known[name]

    def matches(self, name: str) -> tuple[Match, ...]:
        """Where a condition holds: the sure places; where it only counts as holding, those that may be; else none."""
        answer = self.of(name)
        return (answer.sure() or answer.matches) if answer.truth else ()


def rule_class(document: RuleDocument, kit: Kit, origin: str = "", line: int = 1) -> type[DeclaredRule]:
    """The class of a document's rule.

    Raises:
        Fault: its conditions cannot be built, or an option is wrong.
    """
    fields = [_option(name, default) for name, default in document.options.items()]
    about = {"document": document, "kit": kit, "origin": origin, "origin_line": line, "__module__": __name__}
    pages = {language: text for language, text in document.descriptions().items() if text}
    first = pages.get("en") or next(iter(pages.values()), "")
    about["__doc__"] = first or f"{document.id}, a rule of {origin or 'a file'}."
    about["pages"] = pages
    namespace = _attributes(document) | about
    made = dataclasses.make_dataclass(document.id, fields, bases=(DeclaredRule,), namespace=namespace, frozen=True)
    rule = cast("type[DeclaredRule]", made)
    conditions = rule().plan.conditions
    check_options_used(document)
    rule.source = source_of(document, conditions, kit)
    return rule


def _attributes(document: RuleDocument) -> dict[str, Any]:
    """What every rule class says of itself."""
    return {
        "id": document.id,
        "version": document.version,
        "name": dict(document.name),
        "severity": document.severity,
        "score": document.score,
        "category": document.category,
        "applies_to": "" if document.applies_to is None else str(document.applies_to),
        "flags": document.flags,
        "actions": document.actions,
    }


def _again(document: RuleDocument, kit: Kit, origin: str, line: int, options: Mapping[str, Any]) -> DeclaredRule:
    return rule_class(document, kit, origin, line)(**options)


_TAKEN = frozenset(dir(DeclaredRule)) | {"document", "origin", "origin_line", "source", "kit", "id", "self"}
"""Names that no option can have: a rule has them already."""


def _option(name: str, default: Any) -> tuple[str, Any, Any]:
    path = ("options", name)
    if name in _TAKEN or name.startswith("_") or keyword.iskeyword(name):
        raise Fault(f"an option cannot be called {name}: that name is taken", path, "call it otherwise")
    value = _typed(default)
    return name, _hint(value), dataclasses.field(default=value)


def _typed(default: Any) -> Any:
    """Lists as tuples, of one type: with a text among them numbers are text."""
    if not isinstance(default, list):
        return default
    if all(isinstance(item, (int, float)) and not isinstance(item, bool) for item in default) and default:
        return (
            tuple(default) if all(isinstance(item, int) for item in default) else tuple(float(item) for item in default)
        )
    return tuple(str(item) for item in default)


def _hint(value: Any) -> Any:
    if not isinstance(value, tuple):
        return type(value)
    kind = type(value[0]) if value else str
    return tuple[kind, ...]  # type: ignore[valid-type]
