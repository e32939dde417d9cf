"""Whoever was forgotten, and is blurred, is shown nowhere on a photo that waits for a yes either."""

from __future__ import annotations

import asyncio
from pathlib import Path

import numpy as np
import pytest

from agent.requests.events import SetEvent
from agent.requests.faces import GetFacePicture
from agent.requests.people import EnrollPerson, ForgetPerson
from agent.requests.photos import ApprovePhotos, GetPhoto, GetThumbnail, ListPhotos, WithdrawPhotos
from tests.patience import within
from tests.venue.blurred import Box, detail, pixels
from tests.venue.running import Running, arrive, of

pytestmark = [pytest.mark.slow, pytest.mark.parametrize("running", ["near"], indirect=True)]


def is_blurred(small: bytes, photo: Path, box: Box) -> bool:
    shown = pixels(small)
    zoom = shown.shape[1] / pixels(photo.read_bytes()).shape[1]
    left, top, right, bottom = (round(edge * zoom) for edge in box)
    return detail(shown, (left, top, right, bottom)) < 2


async def thumbnail(running: Running, photo: int) -> bytes:
    async with within(30):
        while (found := await running.service.ask(GetThumbnail(id=photo))) is None:
            await asyncio.sleep(0.1)
    return found


@pytest.mark.parametrize("comes", ["before", "later"])
async def test_neither_the_thumbnail_nor_the_face_shows_them(running: Running, comes: str) -> None:
    """Both did until the yes, and the picture of the face after it, too."""
    service, (given, filed, photo) = running.service, of("mia_lindqvist")
    await service.ask(EnrollPerson(name="Mia", photos=[str(given)]))
    await arrive(running, filed)
    await service.ask(SetEvent(event="default", key="review", value="true"))
    if comes == "before":
        await arrive(running, photo)
    await service.ask(ForgetPerson(person="Mia", blur=True, never=True))
    if comes == "later":
        await arrive(running, photo)
    (row,) = (await service.ask(ListPhotos(state="held")))["rows"]
    (face,) = (await service.ask(GetPhoto(id=row["id"])))["each_face"]
    assert is_blurred(await thumbnail(running, row["id"]), photo, face["box"])
    assert await service.ask(GetFacePicture(id=face["face_id"])) is None

    await service.ask(ApprovePhotos(ids=[row["id"]]))
    await running.until(lambda now: (now["photos"]["unsorted"], now["photos"]["waiting"]) == (2, 0))
    assert is_blurred(await thumbnail(running, row["id"]), photo, face["box"])
    cut = await service.ask(GetFacePicture(id=face["face_id"]))
    assert cut is not None and float(np.abs(np.diff(pixels(cut), axis=1)).mean()) < 2


async def test_nor_where_the_answer_is_no(running: Running) -> None:
    service, (given, _, photo) = running.service, of("mia_lindqvist")
    await service.ask(EnrollPerson(name="Mia", photos=[str(given)]))
    await service.ask(SetEvent(event="default", key="review", value="true"))
    await arrive(running, photo)
    (row,) = (await service.ask(ListPhotos(state="held")))["rows"]
    await service.ask(ForgetPerson(person="Mia", blur=True))
    await service.ask(WithdrawPhotos(ids=[row["id"]]))
    (face,) = (await service.ask(GetPhoto(id=row["id"])))["each_face"]
    assert is_blurred(await thumbnail(running, row["id"]), photo, face["box"])
