"""Renditions: what goes to Drive in photos' places, made smaller; which of them each placement is to have."""

from __future__ import annotations

from agent.ledger import meta, photos
from agent.ledger.sqlite.rows import Db
from agent.model import HERE, ORIGINAL, EventId, EventPhotoId

# Of a placement `p` of the photo `ph` and what was made of it, `r`: what Drive is to answer.
MADE = " LEFT JOIN rendition r ON p.made_as <> '' AND r.sha256 = ph.sha256 AND r.made_as = p.made_as"
MD5 = "CASE p.made_as WHEN '' THEN ph.md5 ELSE COALESCE(r.md5, '') END"
# What is not made yet is taken for a byte in three pixels, as of a detailed photo; the name begins with its long side.
BYTES = (
    "COALESCE(r.bytes, CASE p.made_as WHEN '' THEN ph.bytes"
    " ELSE MIN(ph.bytes, CAST(p.made_as AS INTEGER) * CAST(p.made_as AS INTEGER) / 4) END)"
)
FOLLOWED = "made_as/"  # and an event: what was said of it last
# What lies on Drive as something else is in doubt from here on: looked at by its id, trashed, and sent anew. What was
# filed here alone is sent.
_CHANGE = (
    "UPDATE placement SET made_as = ?1, drive_session = NULL, drive_failed = 0, drive_attempts = 0, drive_after = 0,"  # noqa: S608 - ours
    f" drive = CASE WHEN drive = 'there' THEN 'sending' WHEN drive = 'removed' AND made_as = '{HERE}' THEN 'absent'"
    " ELSE drive END WHERE +wanted = 1 AND made_as <> ?1 AND "
)


def follow(db: Db, event: EventId, made_as: str, now: float) -> None:
    """An event's pictures are to lie on Drive as this from now on. Called twice with the same, looks at nothing."""
    if meta.get(db, FOLLOWED + event) == made_as:
        return
    meta.put(db, FOLLOWED + event, made_as)
    ours = (
        "event_photo IN (SELECT ep.id FROM event_photo ep JOIN photo ph ON ph.id = ep.photo"  # noqa: S608 - our own words
        f" WHERE ep.event = ?2 AND ph.kind = 'image') AND made_as <> '{HERE}'"
    )
    touched = db.execute(f"{_CHANGE}{ours} RETURNING event_photo", (made_as, event)).fetchall()
    photos.settle_states(db, {EventPhotoId(row["event_photo"]) for row in touched}, now)


def want(db: Db, event_photo: EventPhotoId, made_as: str) -> None:
    """The same of one photo's placements, of which the plan is being written."""
    db.execute(f"{_CHANGE}event_photo = ?2", (made_as, event_photo))


def record(db: Db, sha256: str, made_as: str, md5: str, size: int, now: float) -> None:
    """It was made. Made anew and not the same, as by another library, it replaces what lies on Drive."""
    known = db.value("SELECT md5 FROM rendition WHERE sha256 = ? AND made_as = ?", (sha256, made_as))
    if known == md5:
        return
    db.execute(
        "INSERT INTO rendition (sha256, made_as, md5, bytes) VALUES (?1, ?2, ?3, ?4)"
        " ON CONFLICT DO UPDATE SET md5 = ?3, bytes = ?4",
        (sha256, made_as, md5, size),
    )
    touched = db.execute(
        "UPDATE placement SET drive = 'sending' WHERE +wanted = 1 AND +drive = 'there' AND made_as = ?1"
        " AND event_photo IN (SELECT ep.id FROM photo ph JOIN event_photo ep ON ep.photo = ph.id WHERE ph.sha256 = ?2)"
        " RETURNING event_photo",
        (made_as, sha256),
    ).fetchall()
    photos.settle_states(db, {EventPhotoId(row["event_photo"]) for row in touched}, now)


def found(db: Db, sha256: str, made_as: str, md5: str, size: int) -> None:
    """On Drive, by its marks, while a lost ledger is made anew: what is known here goes before."""
    db.execute("INSERT OR IGNORE INTO rendition VALUES (?, ?, ?, ?)", (sha256, made_as, md5, size))


def is_needed(db: Db, sha256: str) -> bool:
    """Whether something made of that photo is still to be sent."""
    return (
        db.value(
            "SELECT 1 FROM photo ph JOIN event_photo ep ON ep.photo = ph.id JOIN placement p ON p.event_photo = ep.id"
            " WHERE ph.sha256 = ? AND +p.wanted = 1 AND p.made_as <> ? AND +p.drive_due = 1 LIMIT 1",
            (sha256, ORIGINAL),
        )
        is not None
    )
