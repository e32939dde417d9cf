"""A film beside a photo: who was said not to be on the photo is not on the film, as far as the photo says so still."""

from __future__ import annotations

from typing import Any

from agent.ledger import Ledger, photos
from agent.ledger.faces import Face, Looked
from agent.model import DEFAULT_EVENT, Box, EventPhotoId, PhotoId
from agent.people.faces import faces_on_photos
from agent.people.intents import deny
from agent.roster.decisions import Verb
from tests.making import ENGINE, content, encoding, of
from tests.people.test_planning import Desk, desk

__all__ = ["desk"]
MIA, JON = 1, 2


def film_row(db: Any, name: str) -> EventPhotoId:
    photo = photos.record_photo(db, content(name.encode(), "video"))
    photos.record_in_event(db, DEFAULT_EVENT, photo, name, 0.0)
    return of(db, photo)


def watched(*who: int) -> Looked:
    found = [Face(Box(n * 3000, 0, n * 3000 + 100, 100), 1.0, 100.0, encoding(one)) for n, one in enumerate(who)]
    return Looked(1000, 800, None, ENGINE, found)


async def test_one_face_that_was_denied_says_nothing_of_whoever_is_there_besides(desk: Desk, ledger: Ledger) -> None:
    mia, jon = desk.person("Mia", MIA), desk.person("Jon", JON)
    still = desk.photo("IMG_1.HEIC", MIA, JON)
    await desk.plan()
    [not_jon] = ledger.ask(lambda db: faces_on_photos(db, jon, [still]))
    desk.roster.intend(Verb.NOT, lambda draft: deny(draft, mia, [not_jon]))
    film = await ledger.write(film_row, "IMG_1.MOV")
    await desk.planner.record_look(PhotoId(film), watched(MIA, JON))
    assert desk.wanted()["IMG_1.MOV"] == sorted(f"person:{one.id}/group" for one in (mia, jon))
    desk.roster.intend(Verb.NOT, lambda draft: deny(draft, jon, [not_jon]))
    await desk.plan()
    assert desk.wanted()["IMG_1.HEIC"] == desk.wanted()["IMG_1.MOV"] == [f"person:{mia.id}/group"]
    desk.roster.undo()
    await desk.plan()
    assert desk.wanted()["IMG_1.MOV"] == sorted(f"person:{one.id}/group" for one in (mia, jon))
