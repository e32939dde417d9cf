"""The grammar of `q`: text to tree.

Terms joined by `and`, `or`, `not` and parentheses; strings in single quotes with `\\'` and `\\\\` escaped.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

from agent.emulator.errors import DriveError, invalid


@dataclass(frozen=True, slots=True)
class Compare:
    """`name contains 'x'`, `trashed = false`."""

    field: str
    operator: str
    value: str


@dataclass(frozen=True, slots=True)
class Member:
    """`'x' in parents`."""

    value: str
    field: str


@dataclass(frozen=True, slots=True)
class Has:
    """`appProperties has { key='k' and value='v' }`."""

    field: str
    key: str
    value: str


@dataclass(frozen=True, slots=True)
class Not:
    term: "Node"


@dataclass(frozen=True, slots=True)
class Both:
    terms: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Either:
    terms: tuple["Node", ...]


Node: TypeAlias = Compare | Member | Has | Not | Both | Either

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<text>'(?:[^'\\]|\\.)*')
      | (?P<operator><=|>=|!=|=|<|>)
      | (?P<mark>[(){}])
      | (?P<word>[A-Za-z][A-Za-z0-9_.]*)
    )""",
    re.VERBOSE | re.DOTALL,
)
_COMPARISONS = {"=", "!=", "<", "<=", ">", ">=", "contains"}
_FLAGS = {"sharedWithMe", "trashed", "starred"}
_DEEPEST = 100


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    value: str


@lru_cache(maxsize=512)
def parse(text: str) -> Node | None:
    """The tree of a query; None for an empty one. 400 `invalid` at `q` for anything that is no query."""
    tokens = _tokens(text)
    if not tokens:
        return None
    reader = _Reader(tokens)
    node = reader.either()
    if reader.at != len(tokens):
        raise refuse()
    return node


def refuse() -> DriveError:
    return invalid("Invalid Value", "q")


def _tokens(text: str) -> list[_Token]:
    text = text.strip()
    tokens: list[_Token] = []
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            raise refuse()
        value = match.group(match.lastgroup)
        if match.lastgroup == "text":
            value = re.sub(r"\\(.)", r"\1", value[1:-1], flags=re.DOTALL)
        tokens.append(_Token(match.lastgroup, value))
        at = match.end()
    return tokens


class _Reader:
    def __init__(self, tokens: list[_Token]) -> None:
        self.tokens = tokens
        self.at = 0
        self.depth = 0

    def either(self) -> Node:
        terms = [self.both()]
        while self.word("or"):
            terms.append(self.both())
        return terms[0] if len(terms) == 1 else Either(tuple(terms))

    def both(self) -> Node:
        terms = [self.negation()]
        while self.word("and"):
            terms.append(self.negation())
        return terms[0] if len(terms) == 1 else Both(tuple(terms))

    def negation(self) -> Node:
        self.depth += 1
        if self.depth > _DEEPEST:
            raise refuse()
        try:
            if self.word("not"):
                return Not(self.negation())
            if self.mark("("):
                node = self.either()
                self.expect(")")
                return node
            return self.term()
        finally:
            self.depth -= 1

    def term(self) -> Node:
        token = self.take()
        if token.kind == "text":
            if not self.word("in"):
                raise refuse()
            return Member(token.value, self.name())
        if token.kind != "word":
            raise refuse()
        if self.word("has"):
            return self.property(token.value)
        follows = self.peek()
        if follows is None or follows.value not in _COMPARISONS:
            if token.value in _FLAGS:
                return Compare(token.value, "=", "true")
            raise refuse()
        self.at += 1
        value = self.take()
        if value.kind not in {"text", "word"}:
            raise refuse()
        return Compare(token.value, follows.value, value.value)

    def property(self, field: str) -> Node:
        self.expect("{")
        found: dict[str, str] = {}
        while True:
            name = self.name()
            if self.take().value != "=":
                raise refuse()
            found[name] = self.take().value
            if not self.word("and"):
                break
        self.expect("}")
        if found.keys() != {"key", "value"}:
            raise refuse()
        return Has(field, found["key"], found["value"])

    def name(self) -> str:
        token = self.take()
        if token.kind != "word":
            raise refuse()
        return token.value

    def peek(self) -> _Token | None:
        return self.tokens[self.at] if self.at < len(self.tokens) else None

    def take(self) -> _Token:
        token = self.peek()
        if token is None:
            raise refuse()
        self.at += 1
        return token

    def word(self, word: str) -> bool:
        token = self.peek()
        if token is not None and token.kind == "word" and token.value.lower() == word:
            self.at += 1
            return True
        return False

    def mark(self, mark: str) -> bool:
        token = self.peek()
        if token is not None and token.kind == "mark" and token.value == mark:
            self.at += 1
            return True
        return False

    def expect(self, mark: str) -> None:
        if not self.mark(mark):
            raise refuse()
