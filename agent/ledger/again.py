"""Folders of sources that are listed again, as Drive's lists lag: planned when they enter, done step by step.

A folder is confirmed when a list showed a mark that was set after it was planned, or when the last step is done.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from agent.model import DriveId, SourceId

GAPS = (1.0, 19.0, 160.0, 420.0)  # seconds: 1 s, 20 s, 3 min and 10 min after; others met five minutes of lag
CALM = 1  # the step with which a folder begins whose first listing was confirmed


@dataclass(frozen=True, slots=True)
class Again:
    """`due_at` on the steady line. `mark`: the last one that may have been set before it was planned."""

    source: SourceId
    folder: DriveId
    step: int
    due_at: float
    mark: int
    confirmed: bool


def plan(
    db: sqlite3.Connection, folders: Iterable[tuple[SourceId, DriveId]], now: float, mark: int, *, confirmed: bool
) -> None:
    """From the first step on, also where one was under way: something entered that no list may have shown yet.

    `now` on the steady line, `mark` as the witness tells it.
    """
    step = CALM if confirmed else 0
    db.executemany(
        "INSERT INTO listing_again (source, folder, step, due_at, mark, confirmed) VALUES (?1, ?2, ?3, ?4, ?5, ?6)"
        " ON CONFLICT (source, folder) DO UPDATE SET step = ?3, due_at = ?4, mark = ?5, confirmed = ?6",
        [(source, folder, step, now + GAPS[step], mark, confirmed) for source, folder in folders],
    )


def all_of(db: sqlite3.Connection) -> list[Again]:
    return [
        Again(
            SourceId(row["source"]),
            DriveId(row["folder"]),
            int(row["step"]),
            float(row["due_at"]),
            int(row["mark"]),
            bool(row["confirmed"]),
        )
        for row in db.execute("SELECT * FROM listing_again ORDER BY due_at, source, folder")
    ]


def done(db: sqlite3.Connection, rows: Sequence[Again], shown: int, now: float) -> None:
    """These were listed once more, by lists that show the mark `shown` (0: none). The last step is enough by itself.

    A listing that came before its time confirms, and leaves the others to come when they would have.
    """
    for row in rows:
        confirmed = row.confirmed or shown > row.mark
        step = row.step + int(row.due_at <= now)
        step = max(step, CALM) if confirmed else step
        if step >= len(GAPS):
            db.execute("DELETE FROM listing_again WHERE source = ? AND folder = ?", (row.source, row.folder))
            continue
        due_at = row.due_at if step == row.step else now + GAPS[step]
        db.execute(
            "UPDATE listing_again SET step = ?, due_at = ?, confirmed = ? WHERE source = ? AND folder = ?",
            (step, due_at, confirmed, row.source, row.folder),
        )


def unconfirmed(db: sqlite3.Connection) -> dict[str, int]:
    """By source, how many folders Drive's lists may not have shown whole yet."""
    rows = db.execute("SELECT source, COUNT(*) AS folders FROM listing_again WHERE confirmed = 0 GROUP BY source")
    return {str(row["source"]): int(row["folders"]) for row in rows}
