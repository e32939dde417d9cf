"""What was seen on a photo that is out of sight: nobody is on it any more, no stranger, and nothing is asked of it."""

from __future__ import annotations

from agent.ledger import meta
from agent.ledger.sqlite.rows import Db
from agent.model import EventPhotoId, PhotoId

CHANGES = "faces_changed"  # how often questions or strangers became others


def forget_of(db: Db, event_photo: EventPhotoId) -> None:
    """The photo is not one of the event's any more: there its faces are nobody's, no strangers, and no questions."""
    changed = False
    for table in ("assignment", "review", "stranger", "alike_face"):
        changed |= db.changed(
            f"DELETE FROM {table} WHERE (face, event) IN (SELECT f.id, ep.event FROM event_photo ep"  # noqa: S608 - ours
            " JOIN face f ON f.photo = ep.photo WHERE ep.id = ?)",
            (event_photo,),
        )
    if changed:
        meta.count_up(db, CHANGES)


def forget_look(db: Db, photo: PhotoId) -> None:
    """As if nobody had looked at it: whoever wants to know who is on it looks again."""
    db.execute("DELETE FROM face WHERE photo = ?", (photo,))
    db.execute("UPDATE photo SET looked_at = NULL, engine = NULL, second = 'none' WHERE id = ?", (photo,))
