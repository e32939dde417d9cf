"""A phone's photo and the film of the moment around it: one name but for its ending, one folder, one camera.

The film is a video of its own, looked at and filed by who is in it; what is decided of the photo is so of both.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from agent.ledger.sqlite.rows import Db, Row
from agent.ledger.twins import places_of
from agent.model import EventPhotoId, PhotoId


def films_of(db: Db, stills: Sequence[EventPhotoId]) -> dict[EventPhotoId, list[Row]]:
    """The films beside these photos, in the same events: `id, sha256, name` of each."""
    found: dict[EventPhotoId, list[Row]] = {}
    for still in db.execute(
        "SELECT ep.id, ep.event, COALESCE(ep.came_from, ep.event) AS lay_in, ep.photo, ep.name, ep.camera, ph.device"
        " FROM json_each(?) one CROSS JOIN event_photo ep ON ep.id = one.value"
        " JOIN photo ph ON ph.id = ep.photo AND ph.kind = 'image'",
        (json.dumps(list(stills)),),
    ).fetchall():
        if films := [one for one in _called_as(db, still) if _same_model(one, still) and _same_place(db, one, still)]:
            found[EventPhotoId(still["id"])] = films
    return found


def _called_as(db: Db, still: Row) -> list[Row]:
    stem = still["name"].rpartition(".")[0]
    rows = db.execute(
        "SELECT ep.id, ep.photo, ep.name, ph.sha256, ph.device FROM event_photo ep JOIN photo ph ON ph.id = ep.photo"
        " WHERE ep.event = ? AND ep.name >= ? || '.' AND ep.name < ? || '/' AND ep.camera = ?"
        " AND ep.state <> 'superseded' AND ph.kind = 'video' ORDER BY ep.id",
        (still["event"], stem, stem, still["camera"]),
    )
    return [row for row in rows if stem and row["name"].rpartition(".")[0] == stem]


def _same_model(film: Row, still: Row) -> bool:
    models = {row["device"].partition(" #")[0].casefold() for row in (film, still)}
    return len(models - {""}) < 2


def _same_place(db: Db, film: Row, still: Row) -> bool:
    """What lies nowhere any more tells nothing else."""
    theirs, its = (places_of(db, still["lay_in"], PhotoId(row["photo"])) for row in (film, still))
    return not (theirs and its) or bool(theirs & its)
