"""A phone's photo and the film of the moment around it: one name but for its ending, one folder, camera and moment.

The film is a video of its own, looked at and filed by who is in it; what is decided of the photo is so of both, also
where the film comes, or is looked at, after that.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from agent.ledger.sqlite.rows import Db, Row
from agent.ledger.twins import SAID, are_apart, lie_beside, places_of
from agent.model import EventPhotoId, PhotoId


def films_of(db: Db, stills: Sequence[EventPhotoId]) -> dict[EventPhotoId, list[Row]]:
    """The films beside these photos, in the same events: `id, photo, sha256, name` of each. Before its look nobody
    knows of which moment one is: it is one of them by that.
    """
    found = _beside(db, stills, "image", "video")
    looked = {one: [row for row in rows if row["look"] != "due"] for one, rows in found.items()}
    return {one: rows for one, rows in looked.items() if rows}


def stills_of(db: Db, films: Sequence[EventPhotoId]) -> dict[EventPhotoId, list[Row]]:
    """The other way round."""
    return _beside(db, films, "video", "image")


def _beside(db: Db, these: Sequence[EventPhotoId], kind: str, other: str) -> dict[EventPhotoId, list[Row]]:
    found: dict[EventPhotoId, list[Row]] = {}
    for one in db.execute(
        "SELECT ep.id, ep.event, COALESCE(ep.came_from, ep.event) AS lay_in, ep.photo, ep.name, ep.camera, ph.device,"  # noqa: S608 - ours
        f" {SAID} FROM json_each(?) one CROSS JOIN event_photo ep ON ep.id = one.value"
        " JOIN photo ph ON ph.id = ep.photo AND ph.kind = ?",
        (json.dumps(list(these)), kind),
    ).fetchall():
        rows = [row for row in _called_as(db, one, other) if _same_moment(row, one) and _same_place(db, row, one)]
        if rows:
            found[EventPhotoId(one["id"])] = rows
    return found


def _called_as(db: Db, this: Row, kind: str) -> list[Row]:
    stem = this["name"].rpartition(".")[0]
    rows = db.execute(
        f"SELECT ep.id, ep.photo, ep.name, ph.sha256, ph.device, ph.look, {SAID} FROM event_photo ep"  # noqa: S608 - ours
        " JOIN photo ph ON ph.id = ep.photo"
        " WHERE ep.event = ? AND ep.name >= ? || '.' AND ep.name < ? || '/' AND ep.camera = ?"
        " AND ep.state <> 'superseded' AND ph.kind = ? ORDER BY ep.id",
        (this["event"], stem, stem, this["camera"], kind),
    )
    return [row for row in rows if stem and row["name"].rpartition(".")[0] == stem]


def _same_moment(one: Row, other: Row) -> bool:
    """Taken at once, and by one model, by what both say: phones count alike, and each begins anew after 9999."""
    models = {row["device"].partition(" #")[0].casefold() for row in (one, other)}
    return len(models - {""}) < 2 and not are_apart(one["said"], other["said"])


def _same_place(db: Db, other: Row, this: Row) -> bool:
    """What lies nowhere any more tells nothing else."""
    theirs, its = (places_of(db, this["lay_in"], PhotoId(row["photo"])) for row in (other, this))
    return not (theirs and its) or lie_beside(theirs, its)
