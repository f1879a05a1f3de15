"""Boolean expressions: `when`, of the names of conditions, and the frame of `applies_to`.

`!` binds more than `&&`, that more than `||`. There is one way to write each: no `and`, no `or`, no `not`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from qc_rules.kleene import Truth, all_of, any_of
from qc_rules.language.syntax import ExpressionError, Token, instead, tokens
from qc_rules.vocabulary import did_you_mean

MAX_DEPTH = 50
"""Of parentheses and negations within one another."""
RESERVED = ("and", "or", "not", "in", "true", "false")
"""Names that no condition can have: they mean something here, or in every other language."""


@dataclass(frozen=True)
class Expression(ABC):
    """True, false or not known, depending on what its atoms are. `str` writes it with the fewest parentheses."""

    @abstractmethod
    def truth(self, of: Callable[[Atom], Truth]) -> Truth:
        """By Kleene logic, from left to right, asking for no more atoms than decide it."""

    @abstractmethod
    def atoms(self, affirmed: bool = True) -> Iterator[tuple[Atom, bool]]:
        """Each atom, in order, and whether it stands un-negated (under an even number of `!`)."""

    @abstractmethod
    def open(self, of: Callable[[Atom], Truth]) -> Iterator[Atom]:
        """The atoms whose being unknown makes it unknown; none where it is known."""


@dataclass(frozen=True)
class Atom(Expression):
    """What an expression is made of."""

    def truth(self, of: Callable[[Atom], Truth]) -> Truth:
        """What is asked for."""
        return of(self)

    def atoms(self, affirmed: bool = True) -> Iterator[tuple[Atom, bool]]:
        """Itself."""
        yield self, affirmed

    def open(self, of: Callable[[Atom], Truth]) -> Iterator[Atom]:
        """Itself, where it is unknown."""
        if of(self) is None:
            yield self


@dataclass(frozen=True)
class Name(Atom):
    """The name of a condition."""

    name: str

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Not(Expression):
    """True where the other is false."""

    part: Expression

    def truth(self, of: Callable[[Atom], Truth]) -> Truth:
        """Unknown stays unknown."""
        truth = self.part.truth(of)
        return None if truth is None else not truth

    def atoms(self, affirmed: bool = True) -> Iterator[tuple[Atom, bool]]:
        """Those of the other, turned round."""
        return self.part.atoms(not affirmed)

    def open(self, of: Callable[[Atom], Truth]) -> Iterator[Atom]:
        """Those of the other."""
        return self.part.open(of)

    def __str__(self) -> str:
        return f"!{self.part}" if isinstance(self.part, (Name, Not)) else f"!({self.part})"


@dataclass(frozen=True)
class _Joined(Expression):
    """Several parts; a part of the same kind is taken apart, as its parentheses mean nothing.

    Raises:
        ValueError: fewer than two parts.
    """

    parts: tuple[Expression, ...]

    def __post_init__(self) -> None:
        flat = [one for part in self.parts for one in (part.parts if type(part) is type(self) else (part,))]
        if len(flat) < 2:
            raise ValueError(f"{type(self).__name__} joins two parts or more, not {len(flat)}")
        object.__setattr__(self, "parts", tuple(flat))

    def atoms(self, affirmed: bool = True) -> Iterator[tuple[Atom, bool]]:
        """Those of all parts."""
        for part in self.parts:
            yield from part.atoms(affirmed)

    def open(self, of: Callable[[Atom], Truth]) -> Iterator[Atom]:
        """Those of the parts that are unknown, where the whole is."""
        if self.truth(of) is None:
            for part in self.parts:
                yield from part.open(of)


@dataclass(frozen=True)
class All(_Joined):
    """`a && b`: false where one is false, true where all are true."""

    def truth(self, of: Callable[[Atom], Truth]) -> Truth:
        """Stops at the first that is false."""
        return all_of(part.truth(of) for part in self.parts)

    def __str__(self) -> str:
        return " && ".join(f"({part})" if isinstance(part, AnyOf) else str(part) for part in self.parts)


@dataclass(frozen=True)
class AnyOf(_Joined):
    """`a || b`: true where one is true, false where all are false."""

    def truth(self, of: Callable[[Atom], Truth]) -> Truth:
        """Stops at the first that is true."""
        return any_of(part.truth(of) for part in self.parts)

    def __str__(self) -> str:
        return " || ".join(str(part) for part in self.parts)


def parse_when(text: str, conditions: Collection[str]) -> Expression:
    """The expression of a rule's `when`.

    Raises:
        ExpressionError: it cannot be read, or names what is no condition; with the column and a caret under it.
    """
    return Parser(text, lambda parser: _name(parser, conditions)).parse()


def names(expression: Expression) -> tuple[str, ...]:
    """The names in it, each once, in order."""
    return tuple(dict.fromkeys(str(atom) for atom, _ in expression.atoms()))


def affirmed(expression: Expression) -> tuple[str, ...]:
    """The names that stand un-negated somewhere in it, in order: what holds of them is evidence."""
    return tuple(dict.fromkeys(str(atom) for atom, positive in expression.atoms() if positive))


def _name(parser: Parser, conditions: Collection[str]) -> Name:
    token = parser.next()
    if token.kind != "name" or token.text.lower() in ("and", "or", "not"):
        raise parser.unexpected(token, "the name of a condition")
    if token.text not in conditions:
        raise parser.error(f"there is no condition {token.text}{did_you_mean(token.text, conditions)}", token)
    return Name(token.text)


class Parser:
    """Reads the boolean frame of an expression; what stands between is read by `atom`."""

    def __init__(self, text: str, atom: Callable[[Parser], Atom]) -> None:
        self._text = text
        self._atom = atom
        self._tokens = list(tokens(text))
        self._at = 0
        self._depth = 0

    def parse(self) -> Expression:
        """The whole text as one expression.

        Raises:
            ExpressionError: it is none.
        """
        if self.ahead.kind == "end":
            raise self.error("it is empty", self.ahead)
        found = self._any()
        if self.ahead.kind != "end":
            raise self.unexpected(self.ahead, "&&, || or the end")
        return found

    @property
    def ahead(self) -> Token:
        """The next piece, not yet taken."""
        return self._tokens[self._at]

    def next(self) -> Token:
        """Take the next piece; the end can be taken for ever."""
        token = self.ahead
        self._at = min(self._at + 1, len(self._tokens) - 1)
        return token

    def takes(self, symbol: str) -> bool:
        """Take the next piece if it is this one."""
        if self.ahead.text == symbol and self.ahead.kind in ("symbol", "name"):
            self.next()
            return True
        return False

    def error(self, what: str, token: Token) -> ExpressionError:
        """An error that points at a piece."""
        return ExpressionError(what, self._text, token.start)

    def unexpected(self, token: Token, wanted: str) -> ExpressionError:
        """The piece is not what can stand here."""
        return self.error(f"{token} stands where {wanted} is expected{instead(token.text)}", token)

    def _any(self) -> Expression:
        parts = [self._all()]
        while self.takes("||"):
            parts.append(self._all())
        return AnyOf(tuple(parts)) if len(parts) > 1 else parts[0]

    def _all(self) -> Expression:
        parts = [self._one()]
        while self.takes("&&"):
            parts.append(self._one())
        return All(tuple(parts)) if len(parts) > 1 else parts[0]

    def _one(self) -> Expression:
        token = self.ahead
        if self.takes("!"):
            return Not(self._deeper(token, self._negated))
        if self.takes("("):
            return self._deeper(token, self._closed)
        return self._atom(self)

    def _negated(self) -> Expression:
        token = self.ahead
        part = self._one()
        if isinstance(part, Atom) and not isinstance(part, Name) and token.text != "(":
            raise self.error("what ! denies has no parentheses; write !( … )", token)
        return part

    def _closed(self) -> Expression:
        part = self._any()
        if not self.takes(")"):
            raise self.unexpected(self.ahead, "&&, || or )")
        return part

    def _deeper(self, token: Token, read: Callable[[], Expression]) -> Expression:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise self.error(f"more than {MAX_DEPTH} parentheses and negations within one another", token)
        part = read()
        self._depth -= 1
        return part
