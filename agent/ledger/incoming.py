"""Which incoming folders are watched, and for which event: what was found in them before follows."""

from __future__ import annotations

import json
from collections.abc import Sequence

from agent.ledger import troubles
from agent.ledger.sightings import to_text
from agent.ledger.sqlite.rows import Db
from agent.model import EventId

ELSEWHERE = (  # what was found in folders that nobody watches now, or another event does
    "SELECT t.folder, t.event, w.folder IS NULL AS unwatched FROM (SELECT DISTINCT folder, event FROM sighting_tally"
    " WHERE number > 0 AND folder <> '' AND substr(folder, 1, 6) <> 'drive:') t LEFT JOIN (SELECT"
    " json_extract(value, '$[0]') AS folder, json_extract(value, '$[1]') AS event FROM json_each(?)) w"
    " ON w.folder = t.folder WHERE w.event IS NOT t.event"
)


def follow(db: Db, watched: Sequence[tuple[str, EventId]], now: float) -> bool:
    """These folders are watched from now on, of these events. Returns whether one is to be swept for that.

    What was found in one for another event is taken in anew. Of one that is watched no more nothing is asked: what is
    no photo, or cannot be read, is forgotten; photos lie there still.
    """
    elsewhere = db.execute(ELSEWHERE, (json.dumps([(to_text(path), event) for path, event in watched]),)).fetchall()
    for folder, event, unwatched in elsewhere:
        if not unwatched:
            db.execute("UPDATE sighting SET mtime_ns = -1 WHERE folder = ? AND event = ?", (folder, event))
            continue
        gone = db.execute(
            "DELETE FROM sighting WHERE folder = ? AND state IN ('skipped', 'unreadable') RETURNING path", (folder,)
        ).fetchall()
        troubles.heal_all(db, [f"file:{path}" for (path,) in gone], now)
    return not all(unwatched for _, _, unwatched in elsewhere)
