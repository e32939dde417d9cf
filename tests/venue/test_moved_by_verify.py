"""What `verify --repair` moves on Drive does not go to the trash with the folder that it was to be moved to."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from agent.ledger import recorded
from agent.requests.control import Sync, Verify
from agent.requests.status import GetStatus
from tests.emulator.drive import Emulator
from tests.halting import Halt, HaltAnswer
from tests.patience import PATIENCE, within
from tests.venue.photographer import FOLDER, operator
from tests.venue.pictures import scene
from tests.venue.running import Running, arrive

pytestmark = pytest.mark.parametrize("running", ["near"], indirect=True)


def made(emulator: Emulator, body: dict[str, Any]) -> str:
    with emulator.client("venuesync") as drive:
        return drive.post(f"{emulator.url}/drive/v3/files", json=body).raise_for_status().json()["id"]


def is_trashed(emulator: Emulator, file: str) -> bool:
    with emulator.client("their browser") as drive:
        asked = drive.get(f"{emulator.url}/drive/v3/files/{file}", params={"fields": "trashed"})
        return asked.raise_for_status().json()["trashed"]


@pytest.mark.slow
@pytest.mark.parametrize("how", ["trash", "delete"])
async def test_what_lies_in_a_doubled_folder_does_not_go_to_the_trash_with_the_one_that_we_know(
    running: Running, emulator: Emulator, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    """Somebody who saw the name twice took one of the two away: what lay in the other one was moved into that, or, as
    nothing could be, was left in the other one, which went to the trash as if it were empty.
    """
    photo = scene(running.incoming.parent / "DSC_0.jpg", 0)
    await arrive(running, photo)
    await running.until(lambda now: now["safe_to_leave"]["safe"])
    [known] = [one for one in await asyncio.to_thread(emulator.files) if one["name"] == "No Faces"]
    marked = {"parents": [known["parent"]], "appProperties": known["appProperties"]}
    folder = marked | {"name": "No Faces", "mimeType": FOLDER}
    double = await asyncio.to_thread(made, emulator, folder)
    kept = await asyncio.to_thread(made, emulator, {"name": "kept.txt", "parents": [double]})
    halt = Halt(monkeypatch, recorded, "still_sent_so")
    mending = asyncio.create_task(running.service.ask(Verify(repair=True)))
    assert await asyncio.to_thread(halt.reached.wait, PATIENCE * 20)
    await asyncio.to_thread(getattr(operator(emulator), how), known["id"])
    halt.begin.set()
    halt.end.set()
    assert [one["kind"] for one in (await mending)["differences"]] == ["doubled"]
    assert not await asyncio.to_thread(is_trashed, emulator, kept)
    async with within(20):  # the one that is made in its place takes it
        while not await asyncio.to_thread(is_trashed, emulator, double):
            await running.service.ask(Sync())
            await running.service.ask(Verify(repair=True))
    assert not await asyncio.to_thread(is_trashed, emulator, kept)


@pytest.mark.slow
async def test_what_somebody_moved_away_does_not_go_to_the_trash_with_the_folder_that_it_belongs_in(
    running: Running, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was out of that by their own hand, and moved back into it as it went."""
    await arrive(running, scene(running.incoming.parent / "DSC_0.jpg", 0))
    await running.until(lambda now: now["safe_to_leave"]["safe"])
    files = {one["name"]: one for one in await asyncio.to_thread(emulator.files)}
    photo, home = files["DSC_0.jpg"]["id"], files["No Faces"]["id"]
    theirs = {"name": "Best of", "mimeType": FOLDER}
    await asyncio.to_thread(operator(emulator).move, photo, await asyncio.to_thread(made, emulator, theirs))
    halt = Halt(monkeypatch, recorded, "still_sent_so")
    mending = asyncio.create_task(running.service.ask(Verify(repair=True)))
    assert await asyncio.to_thread(halt.reached.wait, PATIENCE * 20)
    await asyncio.to_thread(operator(emulator).trash, home)
    halt.begin.set()
    halt.end.set()
    assert [one["kind"] for one in (await mending)["differences"]] == ["moved"]
    assert not await asyncio.to_thread(is_trashed, emulator, photo)
    assert (await running.service.ask(GetStatus()))["safe_to_leave"]["code"] == "taken_away"
    await running.service.ask(Sync())
    await running.until(lambda now: now["safe_to_leave"]["safe"], 60)
    assert len([one for one in await asyncio.to_thread(emulator.files) if one["name"] == "DSC_0.jpg"]) == 2


async def doubled(running: Running, emulator: Emulator) -> tuple[str, str]:
    """Two photos are safe, and their folder is there once more under the same mark: that one's id, and a photo's."""
    await arrive(running, *(scene(running.incoming.parent / f"DSC_{number}.jpg", number) for number in (0, 1)))
    await running.until(lambda now: now["safe_to_leave"]["safe"])
    files = {one["name"]: one for one in await asyncio.to_thread(emulator.files)}
    known = files["No Faces"]
    marked = {"parents": [known["parent"]], "appProperties": known["appProperties"]}
    double = await asyncio.to_thread(made, emulator, marked | {"name": "No Faces", "mimeType": FOLDER})
    return double, files["DSC_0.jpg"]["id"]


@pytest.mark.slow
async def test_what_somebody_put_into_a_doubled_folder_stays_and_keeps_nothing_else_from_being_mended(
    running: Running, emulator: Emulator
) -> None:
    """The sign-in that is asked for may move what it made alone: all ended there, with that refusal."""
    double, photo = await doubled(running, emulator)
    theirs = await asyncio.to_thread(operator(emulator).put, b"theirs", "theirs.txt", double, "text/plain")
    ours = await asyncio.to_thread(made, emulator, {"name": "ours.txt", "parents": [double]})
    await asyncio.to_thread(operator(emulator).delete, photo)
    report = await running.service.ask(Verify(repair=True))
    assert sorted((one["kind"], one["mend"]) for one in report["differences"]) == [
        ("doubled", "by hand"),
        ("missing", "repair"),
    ]
    assert not await asyncio.to_thread(is_trashed, emulator, theirs)
    files = {one["id"]: one for one in await asyncio.to_thread(emulator.files)}
    assert files[theirs]["parent"] == double != files[ours]["parent"]
    async with within(20):
        while len([one for one in await asyncio.to_thread(emulator.files) if one["name"] == "DSC_0.jpg"]) != 1:
            await asyncio.sleep(0.05)


@pytest.mark.slow
async def test_what_comes_into_a_doubled_folder_while_it_is_emptied_does_not_go_to_the_trash_with_it(
    running: Running, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    double, _ = await doubled(running, emulator)
    await asyncio.to_thread(made, emulator, {"name": "ours.txt", "parents": [double]})
    halt = HaltAnswer(monkeypatch, running.agent._drive.comparison._inspector, "_bring")
    mending = asyncio.create_task(running.service.ask(Verify(repair=True)))
    async with within(20):
        await halt.done.wait()
    theirs = await asyncio.to_thread(operator(emulator).put, b"theirs", "theirs.txt", double, "text/plain")
    halt.end.set()
    assert [one["kind"] for one in (await mending)["differences"]] == ["doubled"]
    assert not await asyncio.to_thread(is_trashed, emulator, theirs)


@pytest.mark.slow
async def test_what_drive_does_not_let_be_moved_back_is_told_and_is_not_safe(
    running: Running, emulator: Emulator
) -> None:
    """As somebody moved it into a shared drive, say."""
    double, photo = await doubled(running, emulator)
    theirs = await asyncio.to_thread(made, emulator, {"name": "Best of", "mimeType": FOLDER})
    await asyncio.to_thread(operator(emulator).move, photo, theirs)
    refused = {"method": "files.update", "file_id": photo, "reason": "insufficientFilePermissions", "times": None}
    await asyncio.to_thread(emulator.faults, refused)
    report = await running.service.ask(Verify(repair=True))
    assert sorted((one["kind"], one["mend"]) for one in report["differences"]) == [
        ("doubled", "repair"),
        ("moved", "by hand"),
    ]
    assert await asyncio.to_thread(is_trashed, emulator, double)
    await running.until(lambda now: now["safe_to_leave"]["code"] == "taken_away")


@pytest.mark.slow
async def test_a_double_of_what_lies_nowhere_else_does_not_go_to_the_trash(
    running: Running, emulator: Emulator
) -> None:
    """Somebody who saw two of a name deleted the one that we know; the card and the files here were gone by then."""
    await arrive(running, scene(running.incoming.parent / "DSC_0.jpg", 0))
    await running.until(lambda now: now["safe_to_leave"]["safe"])
    [known] = [one for one in await asyncio.to_thread(emulator.files) if one["name"] == "DSC_0.jpg"]
    marked = {"name": "DSC_0.jpg", "parents": [known["parent"]], "appProperties": known["appProperties"]}
    with emulator.client("venuesync") as drive:
        copied = drive.post(f"{emulator.url}/drive/v3/files/{known['id']}/copy", json=marked)
    double = copied.raise_for_status().json()["id"]
    await asyncio.to_thread(operator(emulator).delete, known["id"])
    for file in running.incoming.parent.rglob("DSC_0.jpg"):
        file.unlink()
    report = await running.service.ask(Verify(repair=True))
    assert {(one["kind"], one["mend"]) for one in report["differences"]} == {
        ("missing", "by hand"),
        ("extra", "by hand"),
    }
    assert not await asyncio.to_thread(is_trashed, emulator, double), report
