"""Something at Drive that fails every time is asked for less and less often, while everything else goes on."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from agent.requests.control import Retry
from agent.requests.troubles import ListTroubles
from agent.uploads import queue as sending
from agent.workspace import Workspace
from tests.emulator.drive import Emulator
from tests.patience import within
from tests.venue.house import House, wait_for
from tests.venue.photographer import Photographer
from tests.venue.pictures import scene
from tests.venue.running import an_agent

LOOKED_FOR = 2.0  # seconds
FAILS: dict[str, tuple[str, dict[str, Any]]] = {
    "the feed": ("changes.list", {"status": 503}),
    "the feed's connections": ("changes.list", {"drop": True}),
    "lists": ("files.list", {"status": 503}),
    "new ids": ("files.generateIds", {"status": 503}),
    "new files": ("files.create", {"status": 503}),
    "their ids": ("files.create", {"reason": "fileIdInUse"}),  # each under another one, as fast as Drive answered
}


class Party:
    """A house with a source, whose agent runs for all rows."""

    def __init__(self, folder: Path, emulator: Emulator) -> None:
        self.emulator = emulator
        self.house = House(folder / "venue", emulator, VENUESYNC_SYNC__INTERVAL="0.5")
        self.photos = 0
        self._made = folder / "made.jpg"
        self._anna = Photographer(emulator)
        self._source = self._anna.folder("Anna", share=True)
        self.house.start()
        assert self.house.run("events", "add", "Anna", "--source", self._source).returncode == 0

    def bring(self) -> None:
        """A photo on the card, and one at the source."""
        for drop in (True, False):
            self.photos += 1
            made, name = scene(self._made, self.photos), f"DSC_{self.photos:04}.jpg"
            if drop:
                self.house.drop(made, name)
            else:
                self._anna.put(made, name, self._source)

    def all_home(self) -> bool:
        status = self.house.json("status")
        return status["photos"]["verified"] == self.photos and status["safe_to_leave"]["safe"]

    def without_ids(self) -> None:
        """The agent has used up the ids that Drive gave it."""
        with sqlite3.connect(self.house.root / ".venuesync/ledger.sqlite", timeout=30) as db:
            db.execute("DELETE FROM drive_id_pool")


@pytest.fixture(scope="module")
def party(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Party]:
    with Emulator.start() as emulator:
        made = Party(tmp_path_factory.mktemp("party"), emulator)
        yield made
        made.house.close()


@pytest.mark.slow
@pytest.mark.parametrize(("method", "fault"), FAILS.values(), ids=FAILS)
def test_what_fails_every_time_is_asked_less_and_less(party: Party, method: str, fault: dict[str, Any]) -> None:
    party.bring()
    if method == "files.generateIds":
        party.without_ids()
    party.emulator.faults({"method": method, "times": None, **fault})
    with party.house.api() as api:
        api.post("/commands/resync", json={"events": ["Anna"]}).raise_for_status()
    party.emulator.forget_requests()
    time.sleep(LOOKED_FOR)
    asked = party.emulator.requests()["methods"]
    assert sum(asked.values()) < 45, asked
    assert party.house.json("status")["photos"]["failed"] == 0
    party.emulator.clear_faults()
    wait_for(party.all_home, 20, "all is there, by itself")


@pytest.mark.slow
def test_uploads_that_wait_for_ids_do_not_stand_still(house: House, tmp_path: Path) -> None:
    """They were begun anew each minute, and it was said that they stood still; a service's manager ended the agent."""
    house.environ |= {"VENUESYNC_STANDSTILL_AFTER": "3"}
    house.start()
    house.drop(scene(tmp_path / "made.jpg", 1), "DSC_0001.jpg")
    wait_for(lambda: house.json("status")["photos"]["verified"] == 1, 30, "it is verified")
    with closing(sqlite3.connect(house.root / ".venuesync/ledger.sqlite", timeout=30)) as db, db:
        db.execute("DELETE FROM drive_id_pool")
    house.emulator.faults({"method": "files.generateIds", "reason": "badRequest", "times": None})
    house.drop(scene(tmp_path / "made.jpg", 2), "DSC_0002.jpg")
    told = set[str]()

    def refused() -> bool:
        now = {one["title"] for one in house.json("errors")["open"]}
        told.update(now)
        return any(one.startswith("Rejected by Google") for one in now)

    wait_for(refused, 90, "that Drive refuses is told")
    assert "The uploads stopped" not in told
    house.emulator.clear_faults()
    wait_for(lambda: house.json("status")["photos"]["verified"] == 2, 30, "then it is sent")
    wait_for(lambda: not house.json("errors")["open"], 10, "and nothing is told any more")


@pytest.mark.slow
async def test_that_drive_has_something_under_each_new_id_of_a_photo_is_told(
    workspace: Workspace, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was sent over and over, and nobody heard of it."""
    monkeypatch.setattr(sending, "STUMBLES_TOLD", 3)
    async with an_agent(workspace) as running:
        scene(running.incoming / "DSC_1.jpg", 1)
        await running.until(lambda now: now["photos"]["verified"] == 1)
        emulator.faults({"method": "files.create", "reason": "fileIdInUse", "times": None})
        scene(running.incoming / "DSC_2.jpg", 2)
        async with within(20):
            while not (told := (await running.service.ask(ListTroubles()))["open"]):
                await asyncio.sleep(0.05)
        assert told[0]["title"] == "Drive does not take a photo"
        emulator.clear_faults()
        await running.until(lambda now: now["photos"]["verified"] == 2)
        async with within(20):
            while (await running.service.ask(ListTroubles()))["open"]:
                await asyncio.sleep(0.05)


async def test_that_drive_refuses_the_look_at_a_folder_that_may_be_gone_is_told(
    workspace: Workspace, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was to go into it was tried each minute, and nobody heard of it."""
    monkeypatch.setenv("VENUESYNC_DRIVE__RETRY_DELAY", "0.2")
    async with an_agent(workspace) as running:
        scene(running.incoming / "DSC_1.jpg", 1)
        await running.until(lambda now: now["photos"]["verified"] == 1)
        (folder,) = [one["id"] for one in emulator.files() if one["path"].endswith("/No Faces")]
        emulator.faults(
            [
                {"method": "files.create", "reason": "notFound", "times": None},
                {"method": "files.get", "file_id": folder, "reason": "badRequest", "times": None},
            ]
        )
        scene(running.incoming / "DSC_2.jpg", 2)
        async with within(15):
            while not (told := (await running.service.ask(ListTroubles()))["open"]):
                await asyncio.sleep(0.05)
        assert told[0]["title"].startswith("Rejected by Google")
        assert told[0]["subjects"] == ["DSC_2.jpg"]
        emulator.clear_faults()
        await running.service.ask(Retry(ids=[], all=True))
        await running.until(lambda now: now["photos"]["verified"] == 2)
        assert (await running.service.ask(ListTroubles()))["open"] == []
