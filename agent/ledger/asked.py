"""Changes that Drive was asked for and may still make: given up at the client, a request stands in Drive's queue, or in
this machine's until the line is back.

Sent again it does no harm, as each means the same the second time. One that means something else for the same file or
folder, its `aim`, waits `LATE`. All times on the steady line. `lost`: 0, it is on its way; 1, no answer came; 2, both,
as it is asked for once more.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

from agent.ledger.sqlite.rows import Db
from agent.model import DriveId, PersonId

LATE = 30.0  # seconds; nothing that Drive promises: a change that it makes later than that undoes the later one
NOT_KNOWN = ""  # what something on Drive is called while it is getting another name
TRASH, OUT_OF_TRASH = "to the trash", "out of the trash"  # no name of a folder: those are shown ones


def begin(db: Db, drive_id: DriveId, aim: str, now: float) -> float:
    """Note that this is asked for from now on. Returns 0, or for how many seconds it has to wait, nothing noted."""
    row = db.execute("SELECT aim, at FROM asked WHERE drive_id = ?", (drive_id,)).fetchone()
    if row is not None and row["aim"] != aim and now < row["at"] + LATE:
        return float(min(LATE, row["at"] + LATE - now))
    db.execute("DELETE FROM asked WHERE at <= ? AND lost = 1", (now - LATE,))
    db.execute(
        "INSERT INTO asked VALUES (?, ?, ?, 0)"
        " ON CONFLICT DO UPDATE SET aim = excluded.aim, at = excluded.at, lost = 2 * (lost > 0)",
        (drive_id, aim, now),
    )
    return 0.0


def answered(db: Db, drive_id: DriveId, *, creates: bool = False) -> None:
    """Drive has done it, or will not. An earlier try without an answer may still come: not where that `creates` what
    is there now.
    """
    db.execute("DELETE FROM asked WHERE drive_id = ? AND (lost = 0 OR ?)", (drive_id, creates))
    db.execute("UPDATE asked SET lost = 1 WHERE drive_id = ?", (drive_id,))


def lost(db: Db, drive_id: DriveId, now: float) -> None:
    """No answer came."""
    db.execute("UPDATE asked SET lost = 1, at = ? WHERE drive_id = ?", (now, drive_id))


def drop_aims(
    db: Db, ids: Collection[PersonId], says: Callable[[str], bool], says_alone: Callable[[str], bool]
) -> None:
    """Names that folders of these people were to be given are not kept: what is asked for of these now is that they go.

    Of other folders none that `says_alone` theirs; what a namesake's was to be called is still to be answered.
    """
    own = "SELECT drive_id FROM folder WHERE drive_id IS NOT NULL AND person = ?"
    theirs = {row["drive_id"] for one in ids for row in db.execute(own, (one,))}
    rows = db.execute("SELECT * FROM asked").fetchall()
    gone = [row["drive_id"] for row in rows if (says if row["drive_id"] in theirs else says_alone)(row["aim"])]
    db.executemany("DELETE FROM asked WHERE drive_id = ?", [(one,) for one in gone])


def broken_off(db: Db, began: float, now: float) -> None:
    """What was on its way when the last agent ended, before this one `began`, is without an answer, too. So is what is
    still to come by the line: that began later then, and the clock was set back since.
    """
    db.execute("UPDATE asked SET lost = 1, at = ?1 WHERE at < ?2 OR at > ?1", (now, began))
