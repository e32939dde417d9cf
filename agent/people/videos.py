"""Videos on which somebody is to be seen who is blurred on photos: they stay as they are, and are named.

Taken out of others' folders, something of theirs would be lost without a word.
"""

from __future__ import annotations

from agent.errors import VenueError
from agent.ledger import troubles
from agent.ledger.matches import PlannedPhoto
from agent.ledger.sqlite.rows import Db
from agent.ledger.troubles import Subject


def follow_video(db: Db, sight: PlannedPhoto, now: float, *, shows: bool, out: bool) -> None:
    """`shows`: such a face is known on it; `out`: it lies in no folder."""
    subject = Subject(f"shows:{sight.event_photo}", sight.name, sight.event)
    if out:
        troubles.heal(db, subject.key, now)
    elif shows:
        told = VenueError(
            "A video shows somebody who was forgotten",
            f"{sight.name}: they are blurred on photos, and a video stays as it is",
            f"Look at it, and take it out of all folders if need be: venuesync photos withdraw {sight.event_photo}",
            kind="not_blurred",
        )
        troubles.open_trouble(db, subject, told, now, "warning")
