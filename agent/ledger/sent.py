"""How many bytes of photos went over the line on each day: what a day's budget is held against, over restarts."""

from __future__ import annotations

from agent.ledger.sqlite.rows import Db

KEPT = 7 * 86_400.0  # seconds


def add(db: Db, day: str, count: int, now: float) -> None:
    """`day` as `2026-11-24`; `now` on the steady line."""
    db.execute(
        "INSERT INTO sent_on_day VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET bytes = bytes + ?2, last_at = ?3",
        (day, count, now),
    )
    db.execute("DELETE FROM sent_on_day WHERE last_at < ?", (now - KEPT,))


def by_day(db: Db) -> dict[str, tuple[int, float]]:
    """Day -> bytes, and when the last of them went."""
    return {
        str(row["day"]): (int(row["bytes"]), float(row["last_at"])) for row in db.execute("SELECT * FROM sent_on_day")
    }
