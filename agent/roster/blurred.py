"""Photos with faces that are to be blurred, by what renditions say of these: so the other file of a shot is known.

What was decided of a shot is so by the file that was looked at; once the ledger is lost, that may be the other one.
"""

from __future__ import annotations

from agent.model import EventId, faces_blurred
from agent.roster.roster import Roster


def blurred_photos(roster: Roster, event: EventId, name: str | None = None) -> dict[str, str]:
    """What a rendition says of faces that are to be blurred in an event -> of which photo, by its SHA-256.

    `name`: of those alone that may be of one shot with a photo of that name: a picture of the same size, made again of
    another one, may have its faces in the very same places.
    """
    photos = {
        one.sha256
        for by in {event, *roster.decided}
        for one in roster.forgotten_faces(by)
        if one.blurred and (name is None or not one.name or _stem(one.name) == _stem(name))
    }
    return {faces_blurred(boxes): one for one in sorted(photos) if (boxes := roster.blurred_faces(event, one))}


def _stem(name: str) -> str:
    return name.rpartition(".")[0]
