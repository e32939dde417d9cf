"""What SQLite means to do for a query: the steps of its statements that read a large table from end to end."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Collection
from pathlib import Path

Db = sqlite3.Connection


def scans(path: Path, query: Callable[[Db], object], large: Collection[str]) -> list[tuple[str, str]]:
    """Each such step with its statement, of all that `query` asks; what it changes is undone."""
    db = sqlite3.connect(path, isolation_level=None)
    db.row_factory = sqlite3.Row
    statements: list[str] = []
    try:
        db.execute("BEGIN")
        db.set_trace_callback(statements.append)
        query(db)
        db.set_trace_callback(None)
        db.execute("ROLLBACK")
        assert statements
        return [(step, one) for one in dict.fromkeys(statements) for step in scans_of(db, one, large)]
    finally:
        db.close()


def scans_of(db: Db, statement: str, large: Collection[str]) -> list[str]:
    """The steps of a statement's plan that read a large table without any index; the newest few rows are none."""
    if not re.match(r"\s*(SELECT|UPDATE|DELETE|INSERT|WITH)\b", statement):
        return []  # what foreign keys and savepoints trace
    if re.fullmatch(r"SELECT \* FROM \w+ ORDER BY id DESC LIMIT \d+", statement):
        return []
    tables = "|".join(large)
    named = {alias for _, alias in re.findall(rf"\b({tables}) (?:AS )?(\w+)", statement)} | set(large)
    plan = [str(row["detail"]) for row in db.execute(f"EXPLAIN QUERY PLAN {statement}")]
    return [step for step in plan if step.startswith("SCAN") and " USING " not in step and step.split()[1] in named]
