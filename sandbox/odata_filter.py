"""`$filter`: from text to a function that says whether a row matches. Checks fields and types; never sees a URL.

Understood: eq ne gt ge lt le, and, or, not, parentheses, null, startswith, substringof, trim.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sandbox.messages import Refused
from sandbox.odata_literals import NUMBERS, Token, comparable, constant, tokens
from sandbox.schema import Entity

Row = dict[str, Any]
Predicate = Callable[[Row], bool]
_COMPARISONS = {
    "eq": operator.eq,
    "ne": operator.ne,
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
}
#: Deeper nesting than any honest client writes; keeps a hostile one from exhausting the stack.
_MOST_DEPTH = 40


@dataclass(frozen=True)
class Filter:
    """A compiled filter and the fields it reads."""

    matches: Predicate
    fields: frozenset[str]


@dataclass(frozen=True)
class _Operand:
    kind: str  # Number | String | Guid | DateTime | Boolean | Null
    read: Callable[[Row], Any]
    at: int


def compile_filter(entity: Entity, text: str) -> Filter:
    """Compile an expression for an endpoint. Raises Refused with Exact's words for what it does not support."""
    parser = _Parser(entity, tokens(text))
    matches = parser.parse()
    _check_allowed(entity, parser.fields)
    return Filter(matches, frozenset(parser.fields))


def _check_allowed(entity: Entity, used: set[str]) -> None:
    if entity.filterable is None or used <= entity.filterable:
        return
    if entity.is_sync:
        raise Refused(400, "This $filter parameter is not supported for this resource")
    names = ", ".join(sorted(used - entity.filterable))
    raise Refused(400, f"Filtering on these fields is not supported: {names}")


class _Parser:
    """Recursive descent: or, and, not, comparison, operand."""

    def __init__(self, entity: Entity, found: list[Token]) -> None:
        self._entity = entity
        self._tokens = found
        self._position = 0
        self._depth = 0
        self.fields: set[str] = set()

    def parse(self) -> Predicate:
        result = self._either()
        if self._peek().kind != "end":
            raise Refused(400, f"Syntax error at position {self._peek().at}.")
        return result

    def _peek(self) -> Token:
        return self._tokens[self._position]

    def _take(self) -> Token:
        token = self._tokens[self._position]
        self._position += token.kind != "end"
        return token

    def _accept(self, *values: str) -> bool:
        token = self._peek()
        if token.kind in ("word", "mark") and token.value in values:
            self._position += 1
            return True
        return False

    def _expect(self, mark: str) -> None:
        if not self._accept(mark):
            raise Refused(400, f"'{mark}' expected at position {self._peek().at}.")

    def _either(self) -> Predicate:
        sides = [self._both()]
        while self._accept("or"):
            sides.append(self._both())
        return sides[0] if len(sides) == 1 else lambda row: any(side(row) for side in sides)

    def _both(self) -> Predicate:
        sides = [self._unary()]
        while self._accept("and"):
            sides.append(self._unary())
        return sides[0] if len(sides) == 1 else lambda row: all(side(row) for side in sides)

    def _unary(self) -> Predicate:
        self._depth += 1
        if self._depth > _MOST_DEPTH:
            raise Refused(400, "Recursion limit reached.")
        try:
            if self._accept("not"):
                inner = self._unary()
                return lambda row: not inner(row)
            if self._accept("("):
                result = self._either()
                self._expect(")")
                return result
            return self._comparison()
        finally:
            self._depth -= 1

    def _comparison(self) -> Predicate:
        left = self._operand()
        word = self._peek()
        if word.kind != "word" or word.value not in _COMPARISONS:
            if left.kind == "Boolean":
                return lambda row: left.read(row) is True
            raise Refused(400, f"A Boolean expression is expected at position {left.at}.")
        self._take()
        right = self._operand()
        if left.kind != right.kind and "Null" not in (left.kind, right.kind):
            raise Refused(
                400,
                f"Operator '{word.value}' incompatible with operand types '{left.kind}' and '{right.kind}' "
                f"at position {word.at}.",
            )
        return _compare(word.value, left.read, right.read)

    def _operand(self) -> _Operand:
        token = self._take()
        if token.kind == "word" and token.value not in ("true", "false", "null"):
            following = self._peek()
            if (following.kind, following.value) == ("mark", "("):
                return self._function(token)
            return self._field(token)
        value = constant(token)
        kind = "Null" if value is None else "Boolean" if isinstance(value, bool) else token.kind
        return _Operand(kind, lambda row: value, token.at)

    def _field(self, token: Token) -> _Operand:
        name = token.value
        edm = self._entity.fields.get(name)
        if edm is None:
            raise Refused(
                400, f"No property '{name}' exists in type '{self._entity.type_name}' at position {token.at}."
            )
        if edm in ("Collection", "Binary"):
            raise Refused(400, f"Filtering on these fields is not supported: {name}")
        self.fields.add(name)
        if edm in ("DateTime", "Guid"):
            return _Operand(edm, lambda row: comparable(edm, row.get(name)), token.at)
        return _Operand("Number" if edm in NUMBERS else edm, lambda row: row.get(name), token.at)

    def _function(self, token: Token) -> _Operand:
        name = token.value
        self._expect("(")
        arguments = [self._operand()]
        while self._accept(","):
            arguments.append(self._operand())
        self._expect(")")
        count = {"trim": 1, "startswith": 2, "substringof": 2}.get(name)
        if count != len(arguments) or any(argument.kind != "String" for argument in arguments):
            raise Refused(400, f"Unknown function '{name}' at position {token.at}.")
        reads = [argument.read for argument in arguments]
        if name == "trim":
            return _Operand("String", lambda row: None if (text := reads[0](row)) is None else text.strip(), token.at)
        if name == "startswith":
            return _Operand("Boolean", lambda row: (reads[0](row) or "").startswith(reads[1](row) or ""), token.at)
        return _Operand("Boolean", lambda row: (reads[0](row) or "") in (reads[1](row) or ""), token.at)


def _compare(word: str, left: Callable[[Row], Any], right: Callable[[Row], Any]) -> Predicate:
    """Nothing is greater or less than null; only eq and ne know it."""
    compare = _COMPARISONS[word]
    if word in ("eq", "ne"):
        return lambda row: compare(left(row), right(row))

    def ordered(row: Row) -> bool:
        first, second = left(row), right(row)
        return first is not None and second is not None and compare(first, second)

    return ordered
