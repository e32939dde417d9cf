"""`verify` finds what somebody changed behind our back, names it, and mends it when asked to."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from agent.drive.client import DriveClient
from agent.drive.files import DriveFile
from agent.handlers import verifying
from agent.model import DriveId
from agent.requests.ask import Command
from agent.requests.control import Verify
from agent.requests.people import Undo
from agent.requests.photos import WithdrawPhotos
from agent.uploads.verify import DriveFindings, DriveInspector
from agent.workspace import Workspace
from tests.emulator.drive import Emulator
from tests.halting import Halt
from tests.patience import PATIENCE, within
from tests.venue.house import House, wait_for
from tests.venue.photographer import Photographer
from tests.venue.pictures import FACES, scene
from tests.venue.running import Running, an_agent
from tests.venue.test_on_the_way import both, numbers, only_filed
from tests.venue.weddings import sent, wedding

ONE = FACES / "one_guest.jpg"


def report(house: House, *more: str) -> tuple[int, dict[str, Any]]:
    done = house.run("verify", "--json", *more)
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)


def kinds(found: dict[str, Any]) -> list[tuple[str, str, str]]:
    return sorted((one["where"], one["kind"], Path(one["path"]).name) for one in found["differences"])


def filled(tmp_path: Path, house: House, photos: int = 5) -> None:
    for number in range(photos):
        house.drop(scene(tmp_path / "made.jpg", number), f"DSC_{number}.jpg")
    assert house.until_done().returncode == 0


def api(house: House, method: str, path: str, body: Any = None) -> Any:
    """A change by a person, with Drive's own interface and our client's tags."""
    with house.emulator.client("venuesync") as client:
        answer = client.request(method, f"{house.emulator.url}/drive/v3/{path}", json=body)
        assert answer.status_code < 300, answer.text
        return answer.json() if answer.content else None


def test_all_the_same(tmp_path: Path, house: House) -> None:
    filled(tmp_path, house, 3)
    code, found = report(house)
    assert (code, found["differences"], found["checked_disk"], found["checked_drive"]) == (0, [], 3, 3)


@pytest.mark.slow
def test_what_was_changed_behind_our_back_is_named_and_mended(tmp_path: Path, house: House) -> None:
    filled(tmp_path, house)
    folder = house.root / "Unsorted/No Faces"
    (folder / "DSC_0.jpg").unlink()
    (folder / "DSC_1.jpg").write_bytes(b"edited by somebody")
    (folder / "mine.txt").write_text("mine")
    ids = {Path(one["path"]).name: one["id"] for one in house.emulator.files() if one.get("md5Checksum")}
    api(house, "PATCH", f"files/{ids['DSC_2.jpg']}", {"trashed": True})
    api(house, "DELETE", f"files/{ids['DSC_3.jpg']}")
    code, found = report(house)
    assert code == 1
    assert kinds(found) == [
        ("disk", "changed", "DSC_1.jpg"),
        ("disk", "extra", "mine.txt"),
        ("disk", "missing", "DSC_0.jpg"),
        ("drive", "missing", "DSC_2.jpg"),
        ("drive", "missing", "DSC_3.jpg"),
    ]
    assert report(house)[1]["differences"] == found["differences"], "without --repair nothing is changed"
    code, mended = report(house, "--repair")
    assert (code, mended["repaired"]) == (0, 4)
    assert house.until_done().returncode == 0
    assert (folder / "DSC_1.jpg").read_bytes() == b"edited by somebody", "what a person put there stays"
    assert (folder / "mine.txt").read_text() == "mine"
    code, found = report(house)
    assert [kind for kind in kinds(found) if kind[1] != "extra"] == []
    assert len(house.on_drive()) == 5


@pytest.mark.slow
def test_the_only_file_that_somebody_moved_to_another_folder_of_ours_is_where_it_belongs_again(
    tmp_path: Path, house: House
) -> None:
    """It was taken out as ours and wanted there no more, and was nowhere here from then on: the card was empty."""
    filled(tmp_path, house, 2)
    there, moved = (house.root / f"Unsorted/{folder}/DSC_0.jpg" for folder in ("No Faces", "Unknown"))
    was = there.read_bytes()
    moved.parent.mkdir(exist_ok=True)
    there.rename(moved)
    for original in house.incoming.iterdir():
        original.unlink()
    report(house, "--repair")
    house.until_done()
    assert there.read_bytes() == was
    assert not moved.exists()


@pytest.mark.slow
def test_with_an_agent_running(tmp_path: Path, house: House) -> None:
    filled(tmp_path, house, 2)
    house.start()
    wait_for(lambda: house.json("status")["drive"]["state"] == "online", 10, "online")
    (house.root / "Unsorted/No Faces/DSC_0.jpg").unlink()
    code, found = report(house, "--repair")
    assert (code, kinds(found)) == (0, [("disk", "missing", "DSC_0.jpg")])
    wait_for((house.root / "Unsorted/No Faces/DSC_0.jpg").exists, 10, "it is filed again")


@pytest.mark.slow
def test_doubles_with_our_marks_go_to_the_trash(tmp_path: Path, house: House) -> None:
    filled(tmp_path, house, 2)
    files = {Path(one["path"]).name: one for one in house.emulator.files()}
    original = files["DSC_0.jpg"]
    with_tags = {"name": "DSC_0.jpg", "parents": [files["No Faces"]["id"]], "appProperties": original["appProperties"]}
    api(house, "POST", f"files/{original['id']}/copy", with_tags)
    code, found = report(house)
    assert (code, kinds(found)) == (1, [("drive", "doubled", "DSC_0.jpg")])
    assert report(house, "--repair")[0] == 0
    assert report(house)[1]["differences"] == []
    house.assert_same_tree(2)


@pytest.mark.slow
def test_what_somebody_deletes_on_drive_while_it_is_mended_keeps_nothing_else_from_it(
    tmp_path: Path, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A double, a doubled folder and a file without our mark, of each one that is gone since it was listed."""
    filled(tmp_path, house, 4)
    files = {Path(one["path"]).name: one for one in house.emulator.files()}
    parent = [files["No Faces"]["id"]]
    for name in ("DSC_0.jpg", "DSC_1.jpg"):
        marked = {"name": name, "parents": parent, "appProperties": files[name]["appProperties"]}
        files[f"other {name}"] = api(house, "POST", f"files/{files[name]['id']}/copy", marked)
    for name in ("No Faces", "Unsorted"):
        marked = {"name": name, "parents": [files[name]["parent"]], "appProperties": files[name]["appProperties"]}
        kind = {"mimeType": "application/vnd.google-apps.folder"}
        files[f"other {name}"] = api(house, "POST", "files", marked | kind)
    for name in ("DSC_2.jpg", "DSC_3.jpg"):
        marks = dict.fromkeys(files[name]["appProperties"])
        api(house, "PATCH", f"files/{files[name]['id']}", {"appProperties": marks})
    repair = verifying.Comparison.repair_drive

    async def deleted(comparison: verifying.Comparison, drive: DriveFindings) -> None:
        for name in ("other DSC_0.jpg", "other No Faces", "DSC_2.jpg"):
            api(house, "DELETE", f"files/{files[name]['id']}")
        await repair(comparison, drive)

    monkeypatch.setattr(verifying.Comparison, "repair_drive", deleted)
    code, found = report(house, "--repair")
    assert (code, kinds(found)) == (
        0,
        [
            ("drive", "doubled", "DSC_0.jpg"),
            ("drive", "doubled", "DSC_1.jpg"),
            ("drive", "doubled", "No Faces"),
            ("drive", "doubled", "Unsorted"),
            ("drive", "untagged", "DSC_2.jpg"),
            ("drive", "untagged", "DSC_3.jpg"),
        ],
    )
    monkeypatch.undo()
    assert kinds(report(house, "--repair")[1]) == [("drive", "missing", "DSC_2.jpg")]
    assert house.until_done().returncode == 0
    house.assert_same_tree(4)


@pytest.mark.slow
def test_offline_it_says_so(tmp_path: Path, house: House) -> None:
    filled(tmp_path, house, 1)
    house.emulator.outage(60)
    done = house.run("verify", timeout=60)
    assert done.returncode == 1
    assert "Drive cannot be compared" in done.stderr


@pytest.mark.slow
def test_what_a_source_holds_and_what_is_known_of_it_are_compared(
    tmp_path: Path, house: House, anna: Photographer
) -> None:
    """What changed while no agent ran, and what the feed told of long ago and the ledger has lost."""
    root, other = anna.folder("Anna", share=True), anna.folder("Bob", share=True)
    cam = anna.folder("Cam1", root)
    put = {n: anna.put(scene(tmp_path / f"{n}.jpg", n), f"DSC_{n}.jpg", cam if n < 4 else root) for n in range(6)}
    house.start()
    wedding(house, root, other)
    wait_for(lambda: len(sent(house)) == 6, 20, "all are on Drive")
    code, found = report(house)
    assert (code, found["differences"], found["checked_sources"]) == (0, [], 6)
    house.kill()
    with closing(sqlite3.connect(house.root / ".venuesync/ledger.sqlite")) as db, db:
        db.execute("DELETE FROM source_folder WHERE drive_id = ?", (cam,))
        db.execute("DELETE FROM source_file WHERE drive_id = ?", (put[0],))
    anna.replace(put[4], scene(tmp_path / "later.jpg", 9))
    anna.trash(put[5])
    for one in anna.permissions(other):
        anna.unshare(other, one)
    told = [
        ("source", "changed", "DSC_4.jpg"),
        ("source", "gone", "DSC_5.jpg"),
        ("source", "missing", "DSC_0.jpg"),
        ("source", "unseen", "Bob"),
    ]
    code, found = report(house)
    assert (code, kinds(found)) == (1, told)
    assert {one["path"] for one in found["differences"]} > {"Anna/Cam1/DSC_0.jpg", "Anna/DSC_4.jpg"}
    before = house.emulator.requests()["methods"].get("files.update", 0)
    code, found = report(house, "--repair")
    assert (code, kinds(found), found["repaired"]) == (1, told, 3), "nothing was changed by comparing"
    assert house.emulator.requests()["methods"].get("files.update", 0) == before
    house.start()
    anna.share(other)
    wait_for(lambda: report(house)[1]["differences"] == [], 20, "the agent listed it again")


@pytest.mark.slow
def test_a_folder_that_somebodys_file_kept_goes_with_repair_once_that_is_gone(house: House) -> None:
    assert house.run("enroll", "Ana", str(ONE)).returncode == 0
    assert house.until_done().returncode == 0
    person = house.root / "People/Ana"
    (person / "Solo/mine.txt").write_text("mine")
    [parent] = [one["id"] for one in house.emulator.files() if one["name"] == "Solo"]
    theirs = api(house, "POST", "files", {"name": "theirs.txt", "parents": [parent]})["id"]
    assert house.run("undo").returncode == 0
    assert house.until_done().returncode == 0
    assert person.exists()
    assert "venuesync/default/People/Ana" in house.folders_on_drive()
    (person / "Solo/mine.txt").unlink()
    api(house, "DELETE", f"files/{theirs}")
    report(house, "--repair")
    assert house.until_done().returncode == 0
    assert not person.exists()
    assert "venuesync/default/People/Ana" not in house.folders_on_drive()


@pytest.mark.slow
@pytest.mark.parametrize("running", ["near"], indirect=True)
async def test_what_is_withdrawn_and_taken_back_while_drive_is_listed_is_neither_missing_nor_sent_again(
    running: Running, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The list does not show it, and its own id says: in the trash; by then it is back."""
    service, lists, finds = running.service, DriveClient.list, DriveClient.find
    before = await only_filed(running, emulator, card="full")
    [photo] = await numbers(service)
    copies = emulator.files()

    async def withdrawn(client: DriveClient, *given: Any, **named: Any) -> Any:
        monkeypatch.setattr(DriveClient, "list", lists)
        await service.ask(WithdrawPhotos(ids=[photo]))
        await both(running, emulator, lambda now: not now)
        return await lists(client, *given, **named)

    async def back(client: DriveClient, id: DriveId) -> DriveFile | None:
        monkeypatch.setattr(DriveClient, "find", finds)
        found = await finds(client, id)
        assert found is None or found.trashed
        await service.ask(Undo())
        await both(running, emulator, lambda now: now == before)
        await running.until(lambda now: now["photos"]["verified"] == 1)
        return found

    monkeypatch.setattr(DriveClient, "list", withdrawn)
    monkeypatch.setattr(DriveClient, "find", back)
    assert (await service.ask(Verify(repair=True)))["differences"] == []
    await asyncio.sleep(2)
    await both(running, emulator, lambda now: now == before)
    assert {one["id"] for one in emulator.files()} == {one["id"] for one in copies}
    await running.until(lambda now: now["safe_to_leave"]["safe"])


@pytest.mark.slow
@pytest.mark.parametrize("running", ["near"], indirect=True)
async def test_what_was_sent_anew_while_it_was_compared_is_neither_missing_nor_sent_once_more(
    running: Running, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its folder was removed on Drive and filled again meanwhile: each photo lay there twice."""
    service, verify = running.service, DriveInspector.verify
    before = await only_filed(running, emulator, card="full")
    [folder] = [one["parent"] for one in emulator.files() if one.get("md5Checksum")]

    async def refilled(inspector: DriveInspector, *given: Any) -> DriveFindings:
        monkeypatch.setattr(DriveInspector, "verify", verify)
        with emulator.client("venuesync") as drive:
            drive.patch(f"/drive/v3/files/{folder}", json={"trashed": True}).raise_for_status()
        found = await verify(inspector, *given)
        assert len(found.missing) == 1
        async with within(60):
            while [one["parent"] for one in photos()] in ([], [folder]):
                await asyncio.sleep(0.1)
        return found

    def photos() -> list[dict[str, Any]]:
        return [one for one in emulator.files() if one.get("md5Checksum") and not one["trashed"]]

    monkeypatch.setattr(DriveInspector, "verify", refilled)
    assert (await service.ask(Verify(repair=True)))["differences"] == []
    await asyncio.sleep(2)
    await both(running, emulator, lambda now: now == before)
    await running.until(lambda now: now["safe_to_leave"]["safe"])
    assert len(photos()) == 1


async def test_a_comparison_may_take_longer_than_what_is_decided(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of an evening that was copied to another disk each file is read: it was "The agent does not answer", and 1."""
    async with an_agent(workspace, far=True) as running:
        await running.until(lambda now: now["drive"]["state"] == "online")
        monkeypatch.setattr(Command, "patience", 0.5)  # of what has no other one
        halt = Halt(monkeypatch, verifying, "verify_disk")
        comparing = asyncio.create_task(running.service.ask(Verify()))
        assert await asyncio.to_thread(halt.reached.wait, PATIENCE * 20)
        await asyncio.sleep(1)
        halt.begin.set()
        halt.end.set()
        assert (await comparing)["differences"] == []
