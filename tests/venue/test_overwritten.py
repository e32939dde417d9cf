"""A photo that waits is overwritten by another shot, as a camera's counter begins anew: it is named as lost."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from PIL import Image

from agent.requests.ask import Command
from agent.requests.troubles import ApproveHeld, ListHeld, RejectHeld
from agent.workspace import Workspace
from tests.patience import within
from tests.venue.house import House, wait_for
from tests.venue.pictures import scene
from tests.venue.running import an_agent
from tests.venue.test_incoming import missing

pytestmark = pytest.mark.settings(VENUESYNC_DRIVE__ENABLED="false")


def shot(path: Path, number: int, clock: str) -> Path:
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0x9003] = f"2026:06:20 {clock}"
    with Image.open(scene(path, number)) as picture:
        picture.save(path, quality=90, exif=exif)
    return path


def counted(house: House, state: str) -> int:
    return house.json("status")["photos"][state]


def code(house: House) -> str:
    return house.json("status")["safe_to_leave"]["code"]


def names(house: House) -> list[str]:
    return [photo["name"] for photo in house.json("photos")]


@pytest.mark.slow
def test_a_held_photo_that_another_shot_overwrote_is_named_as_lost(house: House, tmp_path: Path) -> None:
    assert house.run("events", "set", "default", "review", "true").returncode == 0
    first = shot(tmp_path / "first.jpg", 1, "15:06:41")
    house.drop(first, "DSC_0001.JPG")
    house.start()
    wait_for(lambda: counted(house, "held") == 1, 30, "it waits for a yes")
    house.drop(shot(tmp_path / "second.jpg", 2, "16:30:00"), "DSC_0001.JPG")
    wait_for(lambda: missing(house) == 1, 20, "the first one is named")
    [told] = house.json("errors")["open"]
    assert told["title"] == "A photo was taken away too soon"
    assert "DSC_0001.JPG was overwritten by another photo before it was filed" in told["detail"]
    wait_for(lambda: counted(house, "held") == 1, 20, "the second one waits")
    assert house.run("photos", "approve", "--all").returncode == 0
    wait_for(lambda: len(house.on_disk()) == 1, 20, "and is filed")
    wait_for(lambda: code(house) == "taken_away", 20, "nothing is safe by that")
    house.drop(first, "DSC_0001 again.JPG")
    wait_for(lambda: missing(house) == 0, 20, "it is copied once more")
    assert house.run("photos", "approve", "--all").returncode == 0
    wait_for(lambda: len(house.on_disk()) == 2, 20, "both are there")


def test_a_photo_that_another_one_overwrote_while_all_is_paused_is_named(house: House, tmp_path: Path) -> None:
    house.start()
    assert house.run("pause", "all").returncode == 0
    house.drop(shot(tmp_path / "first.jpg", 1, "15:06:41"), "DSC_0001.JPG")
    wait_for(lambda: counted(house, "seen") == 1, 20, "it is taken in")
    house.drop(shot(tmp_path / "second.jpg", 2, "16:30:00"), "DSC_0001.JPG")
    wait_for(lambda: missing(house) == 1, 20, "it is named")
    assert house.run("resume", "all").returncode == 0
    wait_for(lambda: len(house.on_disk()) == 1, 20, "the second one is filed")
    wait_for(lambda: code(house) == "taken_away", 20, "nothing is safe by that")


def test_a_photo_that_grew_or_was_edited_is_no_lost_one(house: House, tmp_path: Path) -> None:
    """Half of it came, and then all of it, whether anybody looked in between or not; a program wrote words into it."""
    assert house.run("events", "set", "default", "review", "true").returncode == 0
    house.start()
    data = shot(tmp_path / "whole.jpg", 1, "15:06:41").read_bytes()
    half = tmp_path / "half.jpg"
    assert house.run("pause", "all").returncode == 0
    for part in (b"", data[:3000]):
        half.write_bytes(part)
        house.drop(half, "unseen.jpg")
        wait_for(lambda: code(house) != "settling" and counted(house, "seen") == 1, 20, "a part is taken in")
    half.write_bytes(data)
    house.drop(half, "unseen.jpg")
    wait_for(lambda: "unseen.jpg" in names(house), 20, "all of it is")
    assert house.run("resume", "all").returncode == 0
    wait_for(lambda: counted(house, "held") == 1, 30, "it waits for a yes")

    other = shot(tmp_path / "other.jpg", 2, "15:07:00").read_bytes()
    half.write_bytes(other[:3000] + bytes(len(other) - 3000))
    house.drop(half, "seen.jpg")
    wait_for(lambda: counted(house, "waiting") == 1, 30, "it is looked at, and waited for")
    half.write_bytes(other)
    house.drop(half, "seen.jpg")
    wait_for(lambda: counted(house, "held") == 2, 30, "it is whole")

    half.write_bytes(other + b"rated")
    house.drop(half, "seen.jpg")
    wait_for(lambda: "seen.jpg arrived anew" in str(house.json("activity")), 30, "it was edited")
    wait_for(lambda: counted(house, "held") == 2, 30, "it is held still")
    assert house.json("errors")["open"] == []


def test_what_had_room_made_for_it_and_was_filled_before_anybody_looked_is_no_lost_one(
    house: House, tmp_path: Path
) -> None:
    """Some programs write a file of its full length first, its end zeros, and nobody may have come to look at that."""
    data = shot(tmp_path / "whole.jpg", 1, "15:06:41").read_bytes()
    half = tmp_path / "half.jpg"
    half.write_bytes(data[:3000] + bytes(len(data) - 3000))
    house.start()
    assert house.run("pause", "all").returncode == 0
    house.drop(half, "unseen.jpg")
    wait_for(lambda: counted(house, "seen") == 1 and code(house) != "settling", 20, "it is taken in")
    half.write_bytes(data)
    house.drop(half, "unseen.jpg")
    wait_for(lambda: "unseen.jpg arrived anew" in str(house.json("activity")) or missing(house), 20, "all of it is")
    assert house.json("errors")["open"] == []
    assert house.run("resume", "all").returncode == 0
    wait_for(lambda: len(house.on_disk()) == 1, 20, "it is filed")


@pytest.mark.parametrize("answer", [ApproveHeld(all=True), RejectHeld(all=True)])
async def test_what_is_overwritten_before_it_is_the_turn_of_an_answer_is_asked_about_anew(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: Command[int]
) -> None:
    """Its only file went with a yes that was said about another one."""
    monkeypatch.setenv("VENUESYNC_INCOMING__REPLACED", "replace")
    async with an_agent(workspace) as running:
        service, filed = running.service, workspace.root / "Unsorted" / "No Faces"

        async def overwritten(number: int, held: int) -> None:
            shot(running.incoming / f"DSC_{number}.jpg", 10 + number, "16:30:00")
            async with within(30):
                while [one["count"] for one in await service.ask(ListHeld())] != [held]:
                    await asyncio.sleep(0.1)

        for number in (1, 2):
            shot(running.incoming / f"DSC_{number}.jpg", number, "15:06:41")
        await running.until(lambda now: now["photos"]["unsorted"] == 2)
        second = (filed / "DSC_2.jpg").read_bytes()
        await overwritten(1, 1)
        async with running.agent._here.decider.alone():
            answering = asyncio.ensure_future(service.ask(answer))
            await asyncio.sleep(0.5)
            await overwritten(2, 2)
        assert await answering == 1
        assert [one["count"] for one in await service.ask(ListHeld())] == [1]
        await asyncio.sleep(1)
        assert second in [one.read_bytes() for one in filed.iterdir()]
