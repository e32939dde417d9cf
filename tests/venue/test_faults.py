"""Drive failing at each endpoint that an agent asks, one way each, and in all ways at once: the campaign, in short.

`make faults` is the long form: every way at every endpoint. `tests/faults/campaign.py` says how it is done.
"""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from agent.requests.people import LinkPerson
from tests.emulator.drive import Emulator
from tests.faults.campaign import Campaign, chosen
from tests.faults.evening import Evening
from tests.faults.troubles import ENDPOINTS
from tests.venue.house import House, wait_for
from tests.venue.photographer import Photographer
from tests.venue.pictures import FACES, scene
from tests.venue.running import Running, linked, shared
from tests.venue.weddings import filed, wedding

SEED = int(os.environ.get("VENUESYNC_SEED", "0")) or random.randrange(10**6)
LONG = "delay_ms"  # a request without an answer takes its time


@pytest.mark.timeout(300)
def test_failing_at_each_endpoint(tmp_path: Path) -> None:
    """Every photo is where it belongs afterwards, and nobody was told that it is safe before it was."""
    cases = [one for one in chosen(SEED, None) if one.rule.get(LONG, 0) < 1000][: len(ENDPOINTS)]
    with Emulator.start() as drive:
        evening = Evening(tmp_path, drive)
        campaign = Campaign(evening, SEED)
        try:
            evening.open()
            with evening.witness:
                campaign.run(cases, 1)
        finally:
            evening.house.close()
        assert drive.stderr() == ""
    assert sum(campaign.struck.values()) > len(cases) // 2, campaign.struck


def test_that_nothing_is_there_counts_once_the_id_itself_says_so(house: House, tmp_path: Path) -> None:
    """Drive may say it of what is there: a photo that is withdrawn would stay in the folder for good."""
    house.drop(scene(tmp_path / "1.jpg", 1), "DSC_1.jpg")
    house.start()
    wait_for(lambda: len(house.on_drive()) == 1, 20, "it is on Drive")
    [number] = [one["id"] for one in house.json("photos")]
    house.emulator.faults([{"method": "files.update", "reason": "notFound", "times": 5}])
    assert house.run("photos", "withdraw", str(number)).returncode == 0
    wait_for(lambda: house.on_drive() == {}, 30, "it is in the trash")


def test_what_is_withdrawn_while_drive_refuses_it_for_the_last_time_is_taken_back(house: House, tmp_path: Path) -> None:
    """It would be set aside by that answer, and what Drive has of it stay in the folder for good."""
    house.drop(scene(tmp_path / "1.jpg", 1), "DSC_1.jpg")
    house.start()
    wait_for(lambda: len(house.on_drive()) == 1, 20, "its folder is on Drive")
    refused = {"method": "files.create", "reason": "badRequest"}
    house.emulator.faults([{**refused, "times": 2}, {**refused, "after_commit": True, "delay_ms": 3000}])
    created = house.emulator.requests()["methods"]["files.create"]
    house.drop(scene(tmp_path / "2.jpg", 2), "DSC_2.jpg")
    wait_for(
        lambda: house.emulator.requests()["methods"]["files.create"] == created + 3, 30, "it is asked the last time"
    )
    [number] = [one["id"] for one in house.json("photos") if one["name"] == "DSC_2.jpg"]
    api = house.api()
    api.post("/commands/photos-withdraw", json={"ids": [number]}).raise_for_status()
    wait_for(lambda: house.json("status")["safe_to_leave"]["safe"], 30, "all is done")
    assert {*house.on_drive()} == {"Unsorted/No Faces/DSC_1.jpg"}
    assert house.json("errors")["open"] == []


def test_a_folder_gets_its_new_name_though_drive_says_once_that_it_is_not_there(house: House) -> None:
    assert house.run("enroll", "Ana", str(FACES / "one_guest.jpg")).returncode == 0
    house.start()
    wait_for(lambda: "venuesync/default/People/Ana" in house.folders_on_drive(), 20, "it is on Drive")
    house.emulator.faults([{"method": "files.update", "reason": "notFound", "times": 2}])
    assert house.run("people", "rename", "Ana", "Anna").returncode == 0
    wait_for(lambda: "venuesync/default/People/Anna" in house.folders_on_drive(), 20, "it is called so there, too")
    assert "venuesync/default/People/Ana" not in house.folders_on_drive()


@pytest.mark.settings(VENUESYNC_SYNC__INTERVAL="1")
def test_a_photo_of_a_source_comes_though_drive_says_once_that_it_is_not_there(
    house: House, anna: Photographer, tmp_path: Path
) -> None:
    """Taken for gone it would be missed by nobody until a list shows it again, minutes later or never."""
    folder = anna.folder("Anna", share=True)
    anna.put(scene(tmp_path / "1.jpg", 1), "DSC_1.jpg", folder)
    house.start()
    wedding(house, folder)
    wait_for(lambda: house.json("status")["safe_to_leave"]["safe"], 30, "no list is to come")
    house.emulator.faults([{"method": "files.get_media", "reason": "notFound", "times": 1}])
    anna.put(scene(tmp_path / "2.jpg", 2), "DSC_2.jpg", folder)
    wait_for(lambda: house.emulator.requests()["methods"]["files.get_media"] > 1, 20, "its bytes were asked for")
    safe = False
    while not safe:
        safe = house.json("status")["safe_to_leave"]["safe"]
        assert not safe or "Unsorted/No Faces/DSC_2.jpg" in filed(house)


async def test_a_link_is_closed_though_drive_says_once_that_there_is_none(running: Running, emulator: Emulator) -> None:
    folder = (await linked(running) or "").rpartition("/")[2]
    emulator.faults([{"method": "permissions.delete", "reason": "notFound", "times": 1}])
    await running.service.ask(LinkPerson(person="Mia", on=False))
    assert not shared(emulator, folder)
