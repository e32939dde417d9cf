"""A query's tree as SQL over `items`.

Everything is decided by the database, so that a page of a hundred thousand costs one statement.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from agent.emulator.accounts import Caller
from agent.emulator.api.access import Access
from agent.emulator.api.query import Both, Compare, Either, Has, Member, Node, Not, refuse
from agent.emulator.errors import DriveError, not_found
from agent.emulator.store.database import Database
from agent.emulator.times import parse as parse_time

_WORDS = re.compile(r"[^\W_]+")
_OPERATORS = {"=": "=", "!=": "IS NOT", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
_TIMES = {"modifiedTime": "modified", "createdTime": "created", "viewedByMeTime": "viewed"}
_GRANTED = "EXISTS (SELECT 1 FROM access a WHERE a.item = id AND a.who = ?{roles})"


@dataclass(slots=True)
class Condition:
    """SQL with its parameters; `names_folder` where the query looks into a folder by its id."""

    caller: Caller
    access: Access
    who: Callable[[str], str]  # an address (or `me`) to a user id
    parameters: list[Any] = field(default_factory=list[Any])
    names_folder: bool = False

    def sql(self, node: Node) -> str:
        match node:
            case Both(terms):
                return "(" + " AND ".join(map(self.sql, terms)) + ")"
            case Either(terms):
                return self._either(terms)
            case Not(term):
                return f"NOT coalesce({self.sql(term)}, 0)"
            case Compare():
                return self._compare(node)
            case Member():
                return self._member(node)
            case Has():
                return self._has(node)

    def _either(self, terms: tuple[Node, ...]) -> str:
        parents = [term for term in terms if isinstance(term, Member) and term.field == "parents"]
        if len(parents) < len(terms) or len(parents) < 2:
            return "(" + " OR ".join(map(self.sql, terms)) + ")"
        # Fifty folders at once are one look-up in the index, not fifty.
        self.parameters += [self._folder(term.value) for term in parents]
        return f"parent IN ({', '.join('?' * len(parents))})"

    def _compare(self, term: Compare) -> str:
        if term.field in _TIMES:
            return self._time(term)
        if term.field in {"trashed", "starred", "sharedWithMe"}:
            return self._flag(term)
        handler = _TEXTS.get((term.field, term.operator))
        if handler is None:
            raise refuse()
        sql, value = handler(term.value)
        self.parameters.append(value)
        return sql

    def _time(self, term: Compare) -> str:
        if term.operator not in _OPERATORS:
            raise refuse()
        try:
            self.parameters.append(parse_time(term.value))
        except ValueError:
            raise refuse() from None
        return f"{_TIMES[term.field]} {_OPERATORS[term.operator]} ?"

    def _flag(self, term: Compare) -> str:
        if term.value not in {"true", "false"} or term.operator not in {"=", "!="}:
            raise refuse()
        wanted = (term.value == "true") == (term.operator == "=")
        if term.field == "sharedWithMe":
            self.parameters += [self.caller.user.id]
            return ("" if wanted else "NOT ") + _GRANTED.format(roles=" AND a.direct") + " AND drive IS NULL"
        return f"{term.field} = {int(wanted)}"

    def _member(self, term: Member) -> str:
        if term.field == "parents":
            self.names_folder = True
            self.parameters.append(self._folder(term.value))
            return "parent = ?"
        user = self.who(term.value)
        if term.field == "owners":
            self.parameters.append(user)
            return "owner = ?"
        roles = {"writers": " AND a.role NOT IN ('reader', 'commenter')", "readers": ""}.get(term.field)
        if roles is None:
            raise refuse()
        self.parameters += [user, user]
        return f"(owner = ? OR {_GRANTED.format(roles=roles)})"

    def _folder(self, file_id: str) -> str:
        """The folder's id; Drive answers 404, with an empty name, to a list of a folder that is not there for the
        caller.
        """
        self.names_folder = True
        resolved = self.access.resolve(self.caller, file_id)
        if resolved != self.caller.user.root:
            try:
                self.access.find(self.caller, file_id)
            except DriveError:
                raise not_found("") from None
        return resolved

    def _has(self, term: Has) -> str:
        if term.field == "properties":
            self.parameters += [_json_path(term.key), term.value]
            return "json_extract(properties, ?) = ?"
        if term.field == "appProperties":
            self.parameters += [_json_path(self.caller.client, term.key), term.value]
            return "json_extract(app_properties, ?) = ?"
        raise refuse()


def _json_path(*keys: str) -> str:
    return "$" + "".join("." + json.dumps(key, ensure_ascii=False) for key in keys)


_VISIBLE = {
    "anyoneWithLink": "EXISTS (SELECT 1 FROM access a WHERE a.item = id AND a.who = 'anyone') AND ? IS NOT NULL",
    "limited": "NOT EXISTS (SELECT 1 FROM access a WHERE a.item = id AND a.who = 'anyone') AND ? IS NOT NULL",
}


def _visibility(value: str) -> tuple[str, str]:
    return _VISIBLE.get(value, "0 AND ? IS NOT NULL"), value


_TEXTS: dict[tuple[str, str], Callable[[str], tuple[str, str]]] = {
    # Drive compares names without regard to case.
    ("name", "="): lambda value: ("name = ? COLLATE NOCASE", value),
    ("name", "!="): lambda value: ("name != ? COLLATE NOCASE", value),
    ("name", "contains"): lambda value: ("has_words(name, ?)", value),
    ("fullText", "contains"): lambda value: ("has_text(name || ' ' || coalesce(description, ''), ?)", value),
    ("mimeType", "="): lambda value: ("mime = ?", value),
    ("mimeType", "!="): lambda value: ("mime != ?", value),
    ("mimeType", "contains"): lambda value: ("instr(mime, ?) = 1", value),
    ("shortcutDetails.targetId", "="): lambda value: ("target = ?", value),
    ("shortcutDetails.targetId", "!="): lambda value: ("target IS NOT ?", value),
    ("visibility", "="): _visibility,
}


def words(text: str) -> list[str]:
    return [word.lower() for word in _WORDS.findall(text)]


def _has_words(name: str, wanted: str) -> bool:
    """Each wanted word begins some word of the name: `HelloWorld` contains `Hello`, and does not contain `World`."""
    have = words(name)
    return all(any(word.startswith(want) for word in have) for want in words(wanted))


def _has_text(text: str, wanted: str) -> bool:
    """Each wanted word is a word of the text; in double quotes, they stand there in that order."""
    have = words(text)
    want = words(wanted)
    if wanted.startswith('"'):
        return any(have[at : at + len(want)] == want for at in range(len(have) - len(want) + 1))
    return all(word in have for word in want)


def natural_key(name: str) -> str:
    """A name so that text order is the order of its numbers: `IMG_2` before `IMG_10`."""
    return re.sub(r"\d+", lambda digits: digits.group().zfill(20), name.lower())


def install(database: Database) -> None:
    """Gives SQLite the functions that queries and orders use."""
    database.function("has_words", 2, _has_words)
    database.function("has_text", 2, _has_text)
    database.function("natural_key", 1, natural_key)
