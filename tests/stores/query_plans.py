"""What SQLite means to do for a query: the steps of its statements that read a large table from end to end."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Collection
from pathlib import Path

from agent.ledger.sqlite.rows import Db


def scans(path: Path, query: Callable[[Db], object], large: Collection[str]) -> list[tuple[str, str]]:
    """Each such step with its statement, of all that `query` asks; what it changes is undone."""
    return _steps(path, query, lambda db, one: scans_of(db, one, large))


def through_all_wanted(path: Path, query: Callable[[Db], object]) -> list[tuple[str, str]]:
    """The same for steps that read every placement that is wanted: an index, and nearly the whole table still."""
    return _steps(path, query, lambda db, one: [step for step in _plan(db, one) if "placement_state (wanted=?" in step])


def through_a_whole_event(path: Path, query: Callable[[Db], object]) -> list[tuple[str, str]]:
    """The same for steps that read all photos of an event: of one that lasts for months these are nearly all."""
    return _steps(path, query, lambda db, one: [step for step in _plan(db, one) if OF_EVENT.search(step)])


OF_EVENT = re.compile(r"event_photo_\w+ \(event=\?\)$")


def _steps(path: Path, query: Callable[[Db], object], chosen: Callable[[Db, str], list[str]]) -> list[tuple[str, str]]:
    db = sqlite3.connect(path, isolation_level=None, factory=Db)
    db.row_factory = sqlite3.Row
    statements: list[str] = []
    try:
        db.execute("BEGIN")
        db.set_trace_callback(statements.append)
        query(db)
        db.set_trace_callback(None)
        db.execute("ROLLBACK")
        assert statements
        return [(step, one) for one in dict.fromkeys(statements) for step in chosen(db, one)]
    finally:
        db.close()


def scans_of(db: Db, statement: str, large: Collection[str]) -> list[str]:
    """The steps of a statement's plan that read a large table without any index."""
    tables = "|".join(large)
    named = {alias for _, alias in re.findall(rf"\b({tables}) (?:AS )?(\w+)", statement)} | set(large)
    return [
        step
        for step in _plan(db, statement)
        if step.startswith("SCAN") and " USING " not in step and step.split()[1] in named
    ]


def _plan(db: Db, statement: str) -> list[str]:
    if not re.match(r"\s*(SELECT|UPDATE|DELETE|INSERT|WITH)\b", statement):
        return []  # what foreign keys and savepoints trace
    return [str(row["detail"]) for row in db.execute(f"EXPLAIN QUERY PLAN {statement}")]
