"""What becomes of photos that disappear at their source: kept (by default), or taken out of what is placed.

Taken out is guarded: what would take more than a tenth of an event away waits for a yes, whether it goes at once or
bit by bit: somebody who empties a folder is read in several pages, and what is being fetched is told one by one.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence

from agent.ledger import activity, counts, held, photos, placements, sources
from agent.model import Event, EventId, EventPhotoId, PhotoId

KIND = "gone_at_source"
AT_ONCE = 600.0  # seconds: what goes within them counts as one change


class GonePolicy:
    """`event_of` answers the event; `default` is the workspace's setting: keep or remove."""

    def __init__(self, event_of: Callable[[EventId], Event], default: str) -> None:
        self._event_of = event_of
        self._default = default

    def __call__(self, db: sqlite3.Connection, event: EventId, gone: Sequence[int], now: float) -> None:
        """Within the transaction of the page that said so."""
        rule = self._event_of(event).gone or self._default
        if rule != "remove" or not gone:
            return
        lost = [
            one for photo in dict.fromkeys(gone) if (one := sources.nowhere_else(db, event, PhotoId(photo))) is not None
        ]
        if lost and held.too_many(db, event, max(len(lost), sources.gone_since(db, event, now - AT_ONCE))):
            why = f"{counts.plural(len(lost))} disappeared at the source, and are to be taken out here by sync.gone"
            held.hold(db, event, KIND, why, lost, now)
            return
        for one in lost:
            take_out(db, one, now)
        if lost:
            activity.note(db, "gone", f"{counts.plural(len(lost))} gone at the source: taken out here", now, event)


def take_out(db: sqlite3.Connection, event_photo: EventPhotoId, now: float) -> None:
    """Out of every folder, here and on Drive (there into the trash)."""
    placements.want_nowhere(db, event_photo)
    photos.supersede_one(db, event_photo, now)
