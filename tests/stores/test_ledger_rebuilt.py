"""A lost ledger is rebuilt from what lies on disk: every photo is known again, and none lies there twice."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from agent.building.opening import Opened, open_stores
from agent.building.rebuild import Rebuild
from agent.faces.workers import FaceWorkers
from agent.filing.blurring import Blurring
from agent.filing.router import Router
from agent.filing.withdrawn import LastFiles
from agent.intake.reading import Photo, classify
from agent.ledger import meta, troubles
from agent.ledger.sightings import Sighting
from agent.model import DEFAULT_EVENT, Person
from agent.people.plan_again import want_folders
from agent.people.planner import Planner
from agent.settings import Settings
from agent.steps import take_in
from agent.workspace import Workspace
from tests.making import add_person, contents_below, rows

VIDEOS = "Unsorted/Videos"


def clip(number: int) -> bytes:
    """A video of a kind that is not looked at for faces, by its first bytes."""
    return b"\x30\x26\xb2\x75\x8e\x66\xcf\x11" + b"clip %d" % number * 50


@dataclass
class House:
    """The stores, and the parts that a start needs."""

    workspace: Workspace
    opened: Opened
    planner: Planner
    rebuild: Rebuild
    router: Router

    def filed(self, photos: object) -> None: ...
    def stale(self, paths: object) -> None: ...

    async def sweep(self) -> None:
        """What the watcher finds in Incoming is taken in and planned."""
        for path in sorted(self.workspace.incoming.rglob("*.wmv"), reverse=True):
            found = classify(path)
            assert isinstance(found, Photo)
            seen = Sighting(str(path), DEFAULT_EVENT, str(self.workspace.incoming), found.facts)
            arrival, _ = await self.opened.ledger.write(take_in, seen, found.content, time.time(), path.name)
            await self.planner.plan_photo(arrival.photo)

    async def settle(self) -> None:
        while await self.router.step():
            pass

    async def enroll(self, *names: str) -> None:
        for name in names:
            await self.opened.ledger.on_writer(add_person, self.opened.roster, name, DEFAULT_EVENT, name, ())
        await self.want_folders(self.opened.roster.people(DEFAULT_EVENT))

    async def want_folders(self, people: Sequence[Person]) -> None:
        """Theirs, and no others."""
        (event,) = self.opened.roster.events()
        await self.opened.ledger.write(want_folders, self.planner, event, people, 1.0, may_remove=True)
        await self.settle()

    def drop(self, name: str, data: bytes) -> None:
        path = self.workspace.incoming / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)

    def on_disk(self) -> dict[str, bytes]:
        return contents_below(self.workspace.root / VIDEOS)


@asynccontextmanager
async def house_in(workspace: Workspace) -> AsyncIterator[House]:
    opened = open_stores(workspace, Settings())
    planner = Planner(opened.ledger, opened.roster, "dlib-onnx", 0.5)
    rebuild = Rebuild(
        opened.ledger, opened.roster, planner, opened.own, opened.made_log, opened.id_log, LastFiles(workspace.state)
    )
    made = House(workspace, opened, planner, rebuild, None)  # type: ignore[arg-type]
    work, looking = opened.disk_work(0), FaceWorkers(1, "dlib-onnx", workspace.cache, workspace.logs / "faces.log")
    blurring = Blurring(opened.ledger, opened.roster, looking, workspace.renditions, workspace.thumbnails)
    made.router = Router(opened.ledger, workspace.root, work, blurring, 0, filed=made.filed, room=int, stale=made.stale)
    yield made
    made.router.close()
    opened.ledger.close()


def deleted(ledger: Path) -> None:
    ledger.unlink()


def emptied(ledger: Path) -> None:
    ledger.write_bytes(b"")


def damaged(ledger: Path) -> None:
    ledger.write_bytes(b"no ledger" * 1000)


LOST = [deleted, emptied, damaged]


@pytest.mark.parametrize("lose", LOST)
async def test_a_lost_ledger_is_noticed_said_and_read_again(lose: Callable[[Path], None], workspace: Workspace) -> None:
    async with house_in(workspace) as house:
        assert await house.opened.ledger.read(meta.get, meta.REBUILD_DISK) == "", "a new workspace has lost nothing"
        house.drop("a.wmv", clip(1))
        await house.sweep()
        await house.settle()
    lose(workspace.ledger)
    (workspace.incoming / "a.wmv").unlink()
    async with house_in(workspace) as house:
        ledger = house.opened.ledger
        assert await ledger.read(meta.get, meta.REBUILD_DISK) == await ledger.read(meta.get, meta.REBUILD_DRIVE) == "1"
        assert [row["title"] for row in await ledger.read(troubles.opened)] == ["The ledger was damaged"]
        await house.rebuild.disk()
        await house.settle()
        assert house.on_disk() == {"a.wmv": clip(1)}
        assert [row["state"] for row in rows(ledger, "SELECT state FROM event_photo")] == ["unsorted"]
        assert [row["disk"] for row in rows(ledger, "SELECT disk FROM placement")] == ["there"]
    async with house_in(workspace) as house:
        assert await house.opened.ledger.read(meta.get, meta.REBUILD_DISK) == "0", "once"


async def test_killed_before_it_was_said_it_is_noticed_at_the_next_start(workspace: Workspace) -> None:
    async with house_in(workspace) as house:
        house.drop("a.wmv", clip(1))
    deleted(workspace.ledger)
    async with house_in(workspace) as house:
        await house.opened.ledger.write(lambda db: db.execute("DELETE FROM meta WHERE key <> 'clean'").rowcount)
    async with house_in(workspace) as house:
        assert await house.opened.ledger.read(meta.get, meta.REBUILD_DISK) == "1"


async def test_nothing_is_filed_before_it_is_known_what_lies_there(workspace: Workspace) -> None:
    async with house_in(workspace) as house:
        house.drop("first.wmv", clip(1))
        await house.sweep()
        await house.settle()
        assert list(house.on_disk()) == ["first.wmv"]
    deleted(workspace.ledger)
    (workspace.incoming / "first.wmv").rename(workspace.incoming / "renamed.wmv")
    async with house_in(workspace) as house:
        await house.sweep()  # the watcher is quicker than the reading of the disk
        await house.settle()
        assert list(house.on_disk()) == ["first.wmv"]
        await house.rebuild.disk()
        await house.settle()
        assert list(house.on_disk()) == ["first.wmv"], "and not under its new name, too"
        assert [row["disk_name"] for row in rows(house.opened.ledger, "SELECT * FROM placement")] == ["first.wmv"]


@pytest.mark.parametrize("sweep_first", [True, False])
async def test_photos_of_one_name_find_their_own_files_again(sweep_first: bool, workspace: Workspace) -> None:
    async with house_in(workspace) as house:
        for camera in range(5):
            house.drop(f"camera {camera}/MVI_1.wmv", clip(camera))
            await house.sweep()
            await house.settle()
        before = house.on_disk()
        assert len(before) == 5
    deleted(workspace.ledger)
    async with house_in(workspace) as house:
        house.drop("camera 9/MVI_1.wmv", clip(9))  # a new one of that name, too
        if sweep_first:
            await house.sweep()
        await house.rebuild.disk()
        await house.sweep()
        await house.settle()
        after = house.on_disk()
        assert {name: after[name] for name in before} == before
        assert len(after) == 6
        assert len(set(after.values())) == 6, "none lies there twice"


@pytest.mark.parametrize("planned_first", [True, False])
async def test_folders_that_we_made_go_when_nobody_wants_them_any_more(
    planned_first: bool, workspace: Workspace
) -> None:
    """Also those that were made before the ledger was lost; a folder that a person made stays."""
    by_hand = workspace.root / "People/Bo/Solo"
    by_hand.mkdir(parents=True)
    async with house_in(workspace) as house:
        await house.enroll("Ana", "Bo")
    deleted(workspace.ledger)
    async with house_in(workspace) as house:
        people = house.opened.roster.people(DEFAULT_EVENT)
        if planned_first:
            await house.want_folders(people)
        await house.rebuild.disk()
        await house.want_folders(people)
        await house.want_folders([])
    assert sorted(one.name for one in (workspace.root / "People").rglob("*")) == ["Bo", "Solo"]


async def test_a_photo_taken_in_and_not_yet_planned_is_planned_at_the_next_start(workspace: Workspace) -> None:
    """Killed between the two: a photo that needs no look would wait for ever."""
    async with house_in(workspace) as house:
        await house.opened.catch_up(None, house.planner, lambda: None)  # type: ignore[arg-type]
        house.drop("a.wmv", clip(1))
        path = workspace.incoming / "a.wmv"
        found = classify(path)
        assert isinstance(found, Photo)
        seen = Sighting(str(path), DEFAULT_EVENT, str(workspace.incoming), found.facts)
        await house.opened.ledger.write(take_in, seen, found.content, time.time(), path.name)
        await house.opened.catch_up(None, house.planner, lambda: None)  # type: ignore[arg-type]
        await house.settle()
        assert list(house.on_disk()) == ["a.wmv"]
