"""Everything held about a person, as a zip: what their page and its files say is what is filed, whole or not at all."""

from __future__ import annotations

import asyncio
import hashlib
import io
import json
import os
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from agent.disk.atomic import written
from agent.errors import VenueError
from agent.requests.people import EnrollPerson, ExportPerson
from tests.hostile.names import TURNED, unprintable
from tests.making import files_below
from tests.venue.disks import Disk, needs_mounts
from tests.venue.house import House, wait_for
from tests.venue.pictures import padded, variant
from tests.venue.running import Running
from tests.venue.test_people_both_ends import of
from tests.venue.test_raw_and_jpeg import raw
from tests.venue.well_formed import Page

HOSTILE = "../<script>alert(1)</script>&\"'\u202e\x1b[31m"


def export(house: House, person: str, file: Path, code: int = 0) -> Any:
    done = house.run("people", "export", person, str(file), "--json")
    assert done.returncode == code, done.stderr
    return json.loads(done.stdout) if done.stdout else done.stderr


def inside(file: Path) -> tuple[zipfile.ZipFile, Any, Page]:
    archive = zipfile.ZipFile(io.BytesIO(file.read_bytes()))
    assert archive.testzip() is None
    return archive, json.loads(archive.read("data.json")), Page(archive.read("index.html"))


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_what_is_held_about_a_person(house: House, tmp_path: Path) -> None:
    """With an agent and without one: the same but for the moment it was made."""
    assert house.run("enroll", "Mia", str(of("mia_lindqvist")[0])).returncode == 0
    for photo in (*of("mia_lindqvist")[1:], *of("hassan_darwish")):
        house.drop(photo, photo.name)
    house.start()
    wait_for(lambda: house.json("status")["photos"]["verified"] == 5, 80, "all are on Drive")
    wait_for(lambda: len(house.json("people")) == 2, 30, "a guest has folders")
    assert house.run("people", "merge", "Guest 01", "INTO", "Mia").returncode == 0
    theirs = [row["id"] for row in house.json("photos", "--person", "Mia") if row["name"] == "hassan_darwish_3.jpg"]
    assert house.run("people", "not", "Mia", str(theirs[0])).returncode == 0
    assert house.run("people", "rename", "Mia", "Mia Berg").returncode == 0
    (mia,) = [row for row in house.json("people") if row["name"] == "Mia Berg"]
    link = house.json("people", "link", "Mia Berg")["link"]
    wait_for(lambda: house.json("status")["safe_to_leave"]["safe"], 60, "all lies where it is to lie")

    made = export(house, "Mia Berg", tmp_path / "mia.zip")
    archive, data, page = inside(tmp_path / "mia.zip")
    assert (made["photos"], made["missing"]) == (mia["solo"] + mia["group"], [])
    assert made["bytes"] == (tmp_path / "mia.zip").stat().st_size
    filed = {path.removeprefix("People/Mia Berg/"): md5 for path, md5 in house.on_disk().items() if "Mia Berg" in path}
    photos = [name for name in archive.namelist() if name.startswith("Photos/")]
    packed = {name.removeprefix("Photos/"): hashlib.md5(archive.read(name)).hexdigest() for name in photos}
    assert packed == filed
    assert len(packed) == 4
    rows = {row["id"]: row for row in house.json("photos", "--person", "Mia Berg")}
    assert {one["id"]: one["distance"] for one in data["photos"]} == {
        key: round(row["distance"], 4) for key, row in rows.items()
    }
    assert [hashlib.sha256(archive.read(one["file"])).hexdigest() for one in data["references"]] == [
        one["sha256"] for one in data["references"]
    ]
    told = "\n".join(one["what"] for one in data["decisions"])
    for what in ("Mia enrolled", "Guest 01 merged into Mia", "1 photo is not of Mia", "Mia renamed to Mia Berg"):
        assert what in told
    assert "hassan_darwish_3.jpg" in told
    assert "it is not Mia Berg" in told
    assert data["person"]["link"] == link
    assert data["called_before"] == ["Mia", "Guest 01"]
    for word in ("Mia Berg", "Portraits (Solo)", link, "default", *(row["name"] for row in rows.values())):
        assert word in page.shown
    here = [one for one in page.points_at if not one.startswith("https://")]
    assert set(here) <= set(archive.namelist())
    assert "script" not in page.tags

    assert house.stop() == 0
    again = export(house, "Mia Berg", tmp_path / "mia.zip")
    assert again["photos"] == made["photos"], "their own export is replaced"
    _, alone, _ = inside(tmp_path / "mia.zip")
    assert {**alone, "made_at": ""} == {**data, "made_at": ""}
    assert any("Mia Berg exported: 4 photos" in row["text"] for row in house.json("activity"))


@pytest.mark.slow
def test_what_stays_here_is_not_said_to_be_on_drive(house: House, tmp_path: Path) -> None:
    first, second, left_out = of("mia_lindqvist")
    assert house.run("enroll", "Mia", str(first)).returncode == 0
    assert house.run("events", "set", "default", "exclude", left_out.name).returncode == 0
    for photo in (first, second, left_out):
        house.drop(photo, photo.name)
    house.start()
    wait_for(lambda: house.json("status")["safe_to_leave"]["safe"], 60, "all lies where it is to lie")
    (mia,) = house.json("people")
    assert (mia["on_drive"], mia["only_here"]) == (2, 1)
    export(house, "Mia", tmp_path / "mia.zip")
    _, data, page = inside(tmp_path / "mia.zip")
    assert {one["name"]: one["on_drive"] for one in data["photos"]} == {
        first.name: True,
        second.name: True,
        left_out.name: False,
    }
    assert "2 of them" in page.shown
    assert page.shown.count("not on Drive") == 1


@pytest.mark.slow
def test_what_cannot_be_exported(house: House, tmp_path: Path) -> None:
    """Nothing of anybody else's is replaced, and nothing is left of an export that was not made."""
    assert house.run("enroll", "Mia", str(of("mia_lindqvist")[0])).returncode == 0
    assert house.run("enroll", "Hassan", str(of("hassan_darwish")[0])).returncode == 0
    there = tmp_path / "files"
    there.mkdir()
    (there / "theirs.zip").write_bytes(b"PK\x05\x06" + bytes(18))
    (there / "link.zip").symlink_to(there / "theirs.zip")
    (there / "folder.zip").mkdir()
    assert "Known are: Mia, Hassan" in export(house, "Mio", there / "mia.zip", 2)
    assert "Choose another name" in export(house, "Mia", there / "theirs.zip", 2)
    assert "Choose another name" in export(house, "Mia", there / "link.zip", 2)
    assert "Choose another name" in export(house, "Mia", there / "folder.zip", 2)
    assert "no such folder" in export(house, "Mia", there / "nowhere" / "mia.zip", 2)
    assert ".zip" in export(house, "Mia", there / "mia.jpg", 2)
    export(house, "Hassan", there / "hassan.zip")
    was = (there / "hassan.zip").read_bytes()
    assert "Choose another name" in export(house, "Mia", there / "hassan.zip", 2)
    assert (there / "hassan.zip").read_bytes() == was
    assert {str(one) for one in files_below(there)} == {"theirs.zip", "link.zip", "hassan.zip"}
    assert house.run("people", "export", "Mia").returncode == 2


@pytest.mark.slow
def test_a_photo_that_lies_nowhere_any_more_is_named(house: House, tmp_path: Path) -> None:
    assert house.run("enroll", "Mia", str(of("mia_lindqvist")[0])).returncode == 0
    first, second = (house.drop(photo, photo.name) for photo in of("mia_lindqvist")[1:])
    assert house.until_done().returncode == 0
    first.unlink()
    (house.root / "People" / "Mia" / "Solo" / first.name).unlink()
    (house.root / "People" / "Mia" / "Solo" / second.name).write_bytes(b"written over by hand")
    made = export(house, "Mia", tmp_path / "mia.zip", 5)
    assert (made["photos"], made["missing"]) == (1, [first.name]), "the original of the other one is the photo still"
    archive, data, page = inside(tmp_path / "mia.zip")
    assert archive.read(f"Photos/Solo/{second.name}") == second.read_bytes()
    assert [one["file"] is None for one in data["photos"]] == [one["name"] == first.name for one in data["photos"]]
    assert f"{first.name} (not here)" in page.shown


@pytest.mark.slow
def test_names_are_neither_paths_nor_markup(house: House, tmp_path: Path) -> None:
    """Of persons, events, photos and pictures; nobody's photos at all are an export, too."""
    name = "DSC" + HOSTILE.replace("/", "∕")
    source = of("mia_lindqvist")[1]
    for number in (1, 2):
        house.drop(source, f"{number}/{name}.jpg").write_bytes(source.read_bytes() + bytes([number]))
    no_text = os.fsdecode(os.fsencode(str(house.incoming / "EVIL")) + b"\xff\x9b.jpg")
    Path(no_text).write_bytes(source.read_bytes() + b"3")
    picture = tmp_path / f"{name}.jpg"
    picture.write_bytes(of("mia_lindqvist")[0].read_bytes())
    assert house.run("enroll", HOSTILE, str(picture)).returncode == 0
    assert house.run("events", "add", f"<b>{HOSTILE}").returncode == 0
    assert house.run("enroll", "Cem", str(of("mia_lindqvist")[0]), "--event", f"<b>{HOSTILE}").returncode == 0
    assert house.until_done().returncode == 0
    (person,) = [row["id"] for row in house.json("people") if row["name"] != "Cem"]
    made = export(house, person, tmp_path / "one.zip")
    assert made["photos"] == 3
    empty = export(house, "Cem", tmp_path / "cem.zip")
    assert empty["photos"] == 0
    for file in (tmp_path / "one.zip", tmp_path / "cem.zip"):
        archive, _, page = inside(file)
        assert "script" not in page.tags
        assert not unprintable(page.shown)
        assert not TURNED.search(page.shown)
        for path in archive.namelist():
            assert not {"..", ""} & set(path.split("/")), path
            assert not unprintable(path)
            assert not set('<>:"|?*\\') & set(path)
        archive.extractall(tmp_path / "out" / file.stem)
        unpacked = {str(one) for one in files_below(tmp_path / "out" / file.stem)}
        assert unpacked == set(archive.namelist())


@pytest.mark.slow
def test_both_files_of_a_shot_are_one_photo(house: House, tmp_path: Path) -> None:
    jpeg = of("mia_lindqvist")[1]
    assert house.run("enroll", "Mia", str(of("mia_lindqvist")[0])).returncode == 0
    house.drop(jpeg, "DSC_0001.JPG")
    house.drop(raw(tmp_path / "a.nef", jpeg), "DSC_0001.NEF")
    house.drop(of("mia_lindqvist")[2], "DSC_0002.JPG")
    assert house.until_done().returncode == 0
    assert export(house, "Mia", tmp_path / "mia.zip")["photos"] == house.json("people")[0]["solo"] == 2
    archive, data, _ = inside(tmp_path / "mia.zip")
    photos = {name for name in archive.namelist() if name.startswith("Photos/")}
    assert photos == {f"Photos/Solo/{name}" for name in ("DSC_0001.JPG", "DSC_0001.NEF", "DSC_0002.JPG")}
    assert all(one["distance"] is not None and one["picture"] in archive.namelist() for one in data["photos"])
    assert house.json("report")["photos"]["seen"] == sum(row["photos"] for row in house.json("report")["hours"]) == 2


@pytest.mark.slow
@needs_mounts()
def test_a_disk_that_has_no_room_for_it(house: House, tmp_path: Path) -> None:
    assert house.run("enroll", "Mia", str(of("mia_lindqvist")[0])).returncode == 0
    disk = Disk(tmp_path / "stick", 8 << 20)
    try:
        assert "no room" in export(house, "Mia", disk.path / "mia.zip", 1)
        assert not list(disk.path.iterdir())
        with (
            pytest.raises(VenueError, match="The disk is full"),
            written(disk.path / "mia.zip", lambda _: True) as file,
        ):
            file.write(bytes(9 << 20))
        assert not list(disk.path.iterdir())
    finally:
        disk.unmount()


OF_ITS_OWN = 'mount -t tmpfs tmpfs "$0" && exec "$@"'
READ_ONLY = 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && exec "$@"'


@pytest.mark.slow
@needs_mounts()
@pytest.mark.parametrize(("mounts", "why"), [(OF_ITS_OWN, "folder of its own"), (READ_ONLY, "Read-only file system")])
def test_where_an_agent_that_is_a_service_cannot_write_another_place_is_asked_for(
    house: House, tmp_path: Path, mounts: str, why: str
) -> None:
    assert house.run("enroll", "Mia", str(of("mia_lindqvist")[0])).returncode == 0
    there = tmp_path / "there"
    there.mkdir()
    house.wrapped = ["unshare", "--mount", "sh", "-c", mounts, str(there)]
    house.start()
    house.wrapped = []
    said = export(house, "Mia", there / "mia.zip", 1)
    assert why in said
    assert "Choose" in said and "workspace" in said
    assert not list(there.iterdir())
    assert export(house, "Mia", house.root / "mia.zip")["references"] == 1


def opened() -> Iterator[str]:
    """This process's open files."""
    for one in Path("/proc/self/fd").iterdir():
        with suppress(OSError):
            yield str(one.readlink())


KILLED = """
import os, sys
from pathlib import Path
from agent.disk.atomic import written
with written(Path(sys.argv[1]), lambda _: True) as file:
    file.write(bytes(1 << 20))
    file.flush()
    os.kill(os.getpid(), 9)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only there a file can be without a name")
@pytest.mark.parametrize("there", [b"", b"the one before it"])
def test_whoever_is_killed_in_the_middle_of_one_leaves_nothing(tmp_path: Path, there: bytes) -> None:
    file = tmp_path / "mia.zip"
    if there:
        file.write_bytes(there)
    done = subprocess.run([sys.executable, "-c", KILLED, str(file)], check=False)
    assert done.returncode == -signal.SIGKILL
    assert [one.read_bytes() for one in tmp_path.iterdir()] == ([there] if there else [])
    with written(file, lambda _: True) as new:
        new.write(b"whole")
    assert file.read_bytes() == b"whole"
    assert (file.stat().st_mode & 0o777, file.stat().st_nlink) == (0o600, 1)


@pytest.mark.slow
@pytest.mark.timeout(200)
@pytest.mark.parametrize("running", ["near"], indirect=True)
async def test_an_export_that_nobody_waits_for_any_more_leaves_nothing(running: Running, tmp_path: Path) -> None:
    """The agent ends within seconds, however much there is to write."""
    first, second, _ = of("mia_lindqvist")
    await running.service.ask(EnrollPerson(name="Mia", photos=[str(first)]))
    for number in range(2):
        photo = variant(second, tmp_path / f"{number}.jpg", number)
        padded(photo, 100 << 20, number).rename(running.incoming / photo.name)
    await running.until(lambda now: now["photos"]["filed"] == 2, 100)
    there = tmp_path / "there"
    there.mkdir()
    asked = asyncio.create_task(running.service.ask(ExportPerson(person="Mia", file=str(there / "mia.zip"))))
    while not any(str(there) in one for one in opened()):  # it has no name yet
        await asyncio.sleep(0.005)
    asked.cancel()
    end = time.monotonic() + 2
    while any(there.iterdir()):
        assert time.monotonic() < end
        await asyncio.sleep(0.01)
    assert (await running.service.ask(ExportPerson(person="Mia", file=str(there / "mia.zip"))))["photos"] == 2
