"""Moments on the steady line that are kept, and how the line goes on when the agent starts again.

The line begins anew with each process, where the clock stands then. A clock that was set meanwhile would lengthen what
is kept: so it is moved over, by as much as the two lines differ (docs/decisions/13).
"""

from __future__ import annotations

import json
import sqlite3
from dataclasses import asdict, dataclass

from agent.ledger import meta

ANCHOR = "steady_line"  # the line as it was last known: an `Anchor` in JSON
DIFFERENT = 1.0  # seconds by which two lines differ that are not the same

WAITS = (  # every column that says when something may be tried again (0: at once), and the rows that do wait
    ("placement", "drive_after", "drive_due = 1"),
    ("placement", "disk_after", "disk_due = 1"),
    ("folder", "drive_after", "1"),
    ("folder", "disk_after", "1"),
    ("photo", "look_after", "look = 'due'"),
    ("source_file", "next_try_at", "state = 'due'"),
)
OTHERS = (  # moments of the line that nobody can end by asking
    ("placement", "wanted_at"),
    ("channel", "expires_at"),
    ("listing_again", "due_at"),
)


@dataclass(frozen=True, slots=True)
class Anchor:
    """One moment by all clocks: the line's, people's, and the machine's since it was switched on as `boot`."""

    steady: float
    wall: float
    boot: str
    uptime: float


def hold(db: sqlite3.Connection, now: Anchor) -> None:
    """Keep where the line is: for a start after the machine was switched off."""
    meta.put(db, ANCHOR, json.dumps(asdict(now)))


def end(db: sqlite3.Connection) -> None:
    """Whatever waits may be tried at once: somebody asks for it, or what it waited for is there again."""
    for table, column, due in WAITS:
        db.execute(f"UPDATE {table} SET {column} = 0 WHERE {due} AND {column} > 0")  # noqa: S608 - all of it is ours


def go_on(db: sqlite3.Connection, now: Anchor) -> float:
    """Move what is kept from the line of the last process to this one's. Answers by how many seconds.

    As long as the machine is not switched off, what is left of a wait is exact. Afterwards the clock has to say how
    long that was; one that was set back says nothing, and each wait is what was left of it.
    """
    text = meta.get(db, ANCHOR)
    moved = 0.0
    if text:
        before = Anchor(**json.loads(text))
        passed = now.uptime - before.uptime if now.boot and now.boot == before.boot else now.wall - before.wall
        moved = now.steady - (before.steady + max(0.0, passed))
    if abs(moved) > DIFFERENT:
        for table, column in (*((table, column) for table, column, _ in WAITS), *OTHERS):
            db.execute(f"UPDATE {table} SET {column} = {column} + ? WHERE {column} > 0", (moved,))  # noqa: S608 - ours
    else:
        moved = 0.0
    hold(db, now)
    return moved
