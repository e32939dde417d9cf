"""Somebody is forgotten, and blurred, while a small picture that shows them is being written: it is not kept."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from agent.people import faces, thumbnails
from agent.requests.faces import GetFacePicture
from agent.requests.people import EnrollPerson, ForgetPerson
from agent.requests.photos import GetPhoto, GetThumbnail, ListPhotos
from tests.halting import Halt
from tests.patience import within
from tests.venue.running import Running, arrive, of
from tests.venue.test_forget import TOGETHER

pytestmark = [pytest.mark.slow, pytest.mark.parametrize("running", ["near"], indirect=True)]


async def both(running: Running) -> int:
    """The number of a photo of Mia and Jonas, filed and sent."""
    for name in ("mia_lindqvist", "jonas_lindqvist"):
        await running.service.ask(EnrollPerson(name=name[:3], photos=[str(one) for one in of(name)]))
    await arrive(running, TOGETHER)
    await running.until(lambda now: now["safe_to_leave"]["safe"] and now["uploads"]["verified"] == 2)
    [row] = (await running.service.ask(ListPhotos()))["rows"]
    return row["id"]


def kept(running: Running, folder: str) -> list[Path]:
    return list((running.incoming.parent / ".venuesync" / folder).glob("*.jpg"))


async def test_a_thumbnail_that_is_made_again(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    """The photo as it was stayed there, and was shown from then on."""
    number = await both(running)
    for path in kept(running, "thumbnails"):
        path.unlink()
    halt = Halt(monkeypatch, thumbnails, "write_whole")
    asked = asyncio.create_task(running.service.ask(GetThumbnail(id=number)))
    async with within(20):
        while not halt.reached.is_set():
            await asyncio.sleep(0.05)
    await running.service.ask(ForgetPerson(person="mia", blur=True))
    halt.begin.set()
    halt.end.set()
    assert await asked is None
    assert kept(running, "thumbnails") == []
    assert await running.service.ask(GetThumbnail(id=number)), "of what is filed by now"


async def test_a_picture_of_a_face(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    """So did their face."""
    number = await both(running)
    [mia] = [one for one in (await running.service.ask(GetPhoto(id=number)))["each_face"] if one["name"] == "mia"]
    halt = Halt(monkeypatch, faces, "keep_in_cache")
    asked = asyncio.create_task(running.service.ask(GetFacePicture(id=mia["face_id"])))
    async with within(20):
        while not halt.reached.is_set():
            await asyncio.sleep(0.05)
    await running.service.ask(ForgetPerson(person="mia", blur=True))
    halt.begin.set()
    halt.end.set()
    assert await asked is None
    assert kept(running, "cache/faces") == []
