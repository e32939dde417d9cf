"""Pictures dropped into `Enroll/`, as a photographer does over FTP: who is known by it, and what the rest is told."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from PIL import Image

from agent.disk.own_folders import OwnFolders
from agent.filing.files import Spot
from agent.people import enroll_folder
from agent.people.enroll_folder import Dropped
from agent.requests.consent import ListAudit
from agent.requests.people import ListPeople, Undo
from tests.faces.raws import nef
from tests.patience import within
from tests.venue.running import Running

DEMO = Path(__file__).parents[2] / "agent" / "demo"
MIA, MIA_2, ANNA = (
    DEMO / "references" / f"{name}.jpg" for name in ("mia_lindqvist_1", "mia_lindqvist_2", "anna_berg_1")
)
TWO = DEMO / "photos" / "DSC_4412.jpg"

pytestmark = pytest.mark.parametrize("running", ["near"], indirect=True)


async def until(found: object, seconds: float = 30) -> None:
    async with within(seconds):
        while not found():  # type: ignore[operator]
            await asyncio.sleep(0.1)


async def test_a_picture_by_her_name_makes_somebody_known(running: Running) -> None:
    folder = running.incoming.parent / "Enroll"
    await until(folder.is_dir)
    (folder / "Mia Lindqvist.jpg").write_bytes(MIA.read_bytes())
    (folder / "Mia Lindqvist 2.jpg").write_bytes(MIA_2.read_bytes())
    (folder / "Anna").mkdir()
    (folder / "Anna" / "IMG_1.jpg").write_bytes(ANNA.read_bytes())
    await until(lambda: not list(folder.glob("*.jpg")) and not (folder / "Anna").exists())
    known = {one["name"]: one["references"] for one in await running.service.ask(ListPeople())}
    assert known == {"Mia Lindqvist": 2, "Anna": 1}
    assert sorted(path.name for path in (folder / "Enrolled").iterdir()) == [
        "IMG_1.jpg",
        "Mia Lindqvist 2.jpg",
        "Mia Lindqvist.jpg",
    ]
    assert (running.incoming.parent / "People" / "Mia Lindqvist" / "Solo").is_dir()
    lines = {(one["what"], one["name"], one["by"]) for one in await running.service.ask(ListAudit())}
    assert lines == {("enrolled", "Mia Lindqvist", "operator"), ("enrolled", "Anna", "operator")}


@pytest.mark.slow
async def test_a_picture_as_a_camera_writes_it_is_no_less_one(running: Running) -> None:
    """RAW, or HEIF as Canon and Sony call it: it lay there for good, and no text said why."""
    folder = running.incoming.parent / "Enroll"
    await until(folder.is_dir)
    with Image.open(MIA) as image:
        (folder / "Mia.NEF").write_bytes(nef(image))
    (folder / "Anna.HIF").write_bytes(TWO.read_bytes())
    await until(lambda: (folder / "Anna.HIF.txt").exists() and not (folder / "Mia.NEF").exists())
    assert [one["name"] for one in await running.service.ask(ListPeople())] == ["Mia"]


@pytest.mark.slow
async def test_what_cannot_be_used_stays_with_a_text_that_says_why(running: Running) -> None:
    folder = running.incoming.parent / "Enroll"
    await until(folder.is_dir)
    (folder / "Mia.jpg").write_bytes(TWO.read_bytes())
    note = folder / "Mia.jpg.txt"
    await until(note.exists)
    assert note.read_text(encoding="utf-8").startswith("Not enrolled: 2 faces were found in it, and it has to be one.")
    assert (folder / "Mia.jpg").exists()
    assert await running.service.ask(ListPeople()) == []
    (folder / "Mia.jpg").write_bytes(MIA.read_bytes())
    await until(lambda: not note.exists() and not (folder / "Mia.jpg").exists())
    assert [one["name"] for one in await running.service.ask(ListPeople())] == ["Mia"]


@pytest.mark.slow
async def test_a_picture_that_stays_where_it_is_is_used_once(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a share that lets nobody rename it lies there for good: it was looked at and told of every two seconds, and
    whoever it made known came back as often as that was undone.
    """
    service, folder, tried, looks = running.service, running.incoming.parent / "Enroll", list[str](), list[str]()
    dropped_in = enroll_folder.dropped_in

    def refused(spot: Spot, _: Spot) -> bool:
        tried.append(spot.name)
        raise PermissionError(1, "Operation not permitted")

    def looked(own: OwnFolders, below: str) -> list[Dropped]:
        looks.append(below)
        return dropped_in(own, below)

    monkeypatch.setattr(enroll_folder.files, "rename_new", refused)
    monkeypatch.setattr(enroll_folder, "dropped_in", looked)
    await until(folder.is_dir)
    (folder / "Mia.jpg").write_bytes(MIA.read_bytes())
    await until(lambda: tried)
    await service.ask(Undo())
    looks.clear()
    await until(lambda: len(looks) > 3)
    assert await service.ask(ListPeople()) == []
    (folder / "Mia.jpg").write_bytes(MIA_2.read_bytes())  # another picture
    await until(lambda: len(tried) > 1)
    assert [one["name"] for one in await service.ask(ListPeople())] == ["Mia"]
