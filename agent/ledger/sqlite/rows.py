"""What the ledger's functions ask: a connection with short questions, and rows as what they stand for.

All tables are STRICT, so what a column holds is of its type already; only enums and truth values are made of it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from enum import Enum
from functools import cache
from sqlite3 import Row
from typing import Any, Concatenate, ParamSpec, TypeVar, get_args, get_type_hints

from agent.model import worth

Values = Sequence[object] | Mapping[str, object]
Record = TypeVar("Record")
P = ParamSpec("P")
T = TypeVar("T")


class Db(sqlite3.Connection):
    """A connection to the ledger, inside the transaction of whoever it was given by. `WORTH(…)` is known to it."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.create_function("WORTH", 3, worth, deterministic=True)

    def value(self, query: str, values: Values = ()) -> Any:
        """The first column of the first row; `None` where there is none."""
        row = self.execute(query, values).fetchone()
        return None if row is None else row[0]

    def column(self, query: str, values: Values = ()) -> list[Any]:
        """The first column of all rows."""
        return [row[0] for row in self.execute(query, values)]

    def changed(self, query: str, values: Values = ()) -> bool:
        """Make a change. Returns whether there was a row to be changed."""
        return self.execute(query, values).rowcount > 0

    def records(self, kind: type[Record], query: str, values: Values = ()) -> list[Record]:
        """All rows, each as `from_row` makes it."""
        return [from_row(kind, row) for row in self.execute(query, values)]

    def has(self, query: str, values: Values = ()) -> bool:
        """Whether there is such a row."""
        return self.execute(query, values).fetchone() is not None

    def tuples(self, query: str, values: Values = ()) -> list[Any]:
        """All rows, each as its columns in their order."""
        return [tuple(row) for row in self.execute(query, values)]

    def pairs(self, query: str, values: Values = ()) -> dict[Any, Any]:
        """The first column -> the second, of all rows."""
        return {row[0]: row[1] for row in self.execute(query, values)}

    def gathered(self, query: str, values: Values = ()) -> dict[Any, list[Any]]:
        """The first column -> the second of every row that has it, in their order."""
        found: dict[Any, list[Any]] = {}
        for key, one in self.execute(query, values):
            found.setdefault(key, []).append(one)
        return found


def at_once(db: Db, read: Callable[Concatenate[Db, P], T], *given: P.args, **named: P.kwargs) -> T:
    """What is read in several steps is of one moment, whatever is written meanwhile."""
    db.execute("BEGIN")
    try:
        return read(db, *given, **named)
    finally:
        db.execute("COMMIT")


def from_row(kind: type[Record], row: Row, **given: object) -> Record:
    """A dataclass of the columns that are called as its fields.

    What is `given` goes before the row; a field that neither has keeps its default.
    """
    for name, reader in _readers(kind, tuple(row.keys())):
        if name not in given:
            found = row[name]
            given[name] = found if reader is None or found is None else reader(found)
    return kind(**given)


@cache
def _readers(kind: Any, columns: tuple[str, ...]) -> list[tuple[str, Callable[[Any], Any] | None]]:
    """Fields that are among the columns, each with what makes its value of what SQLite keeps; `None`: it is that."""
    hints = get_type_hints(kind)
    return [(one.name, _reader(hints[one.name])) for one in fields(kind) if one.name in columns]


def _reader(hint: Any) -> Callable[[Any], Any] | None:
    kinds = [one for one in (hint, *get_args(hint)) if isinstance(one, type) and issubclass(one, (bool, Enum))]
    return kinds[0] if kinds else None
