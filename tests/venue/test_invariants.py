"""The invariants find what they are there to find: each one is broken by hand, and says so."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.emulator.drive import Emulator
from tests.venue import invariants
from tests.venue.house import ROOT, House
from tests.venue.manifest import Manifest
from tests.venue.pictures import FACES, scene, variant

TOP = "venuesync/default"


@pytest.fixture(scope="module")
def venue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Four photos and a file that is none, filed and sent; no agent runs any more."""
    folder = tmp_path_factory.mktemp("invariants")
    with Emulator.start() as emulator:
        house = House(folder / "venue", emulator)
        try:
            assert house.run("enroll", "Ana", str(FACES / "one_guest.jpg")).returncode == 0
            house.drop(scene(folder / "a.jpg", 1), "DSC_0001.jpg")
            house.drop(scene(folder / "b.jpg", 2), "card/DSC_0001.jpg")
            house.drop(variant(FACES / "one_guest.jpg", folder / "c.jpg", 3), "DSC_0003.jpg")
            house.drop(FACES / "two_guests.jpg", "DSC_0004.jpg")
            (folder / "cut.jpg").write_bytes(scene(folder / "e.jpg", 5).read_bytes()[:4000])
            notes = house.root / "Unsorted/No Faces/notes.txt"
            done = house.until_done()
            assert done.returncode == 0, done.stdout + done.stderr
            notes.write_text("mine")
            house.expected.keep(notes)
            yield house
        finally:
            house.close()


def found(house: House, expected: Manifest | None = None) -> list[str]:
    seen = invariants.look(house.root, house.emulator.url, status=house.json("status"))
    return invariants.breaches(seen, expected or house.expected)


@pytest.mark.slow
def test_a_calm_venue_has_no_breach(venue: House, tmp_path: Path) -> None:
    """Neither by the function nor by the command."""
    assert found(venue) == []
    venue.expected.save(tmp_path / "manifest.json")
    command = [sys.executable, "-m", "tests.venue.invariants", str(venue.root), "--drive", venue.emulator.url]
    done = subprocess.run(
        [*command, "--expected", str(tmp_path / "manifest.json")],
        cwd=ROOT,
        env=venue.environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert done.stderr.startswith("4 photos, 0 breaches")


@pytest.mark.slow
def test_what_is_amiss_on_disk_is_found(venue: House) -> None:
    filed = venue.root / "Unsorted/No Faces/DSC_0001.jpg"
    data = filed.read_bytes()
    filed.unlink()
    assert [one for one in found(venue) if "DSC_0001.jpg is not there" in one]
    filed.write_bytes(b"other")
    assert [one for one in found(venue) if "DSC_0001.jpg is of other bytes" in one]
    filed.write_bytes(data)
    twice = filed.with_name("DSC_0001-2.jpg.jpg")
    twice.write_bytes(data)
    assert [one for one in found(venue) if "DSC_0001-2.jpg.jpg is nobody's" in one]
    twice.unlink()
    original = venue.incoming / "DSC_0003.jpg"
    original.chmod(0o600)
    assert [one for one in found(venue) if one.startswith(f"touched: {original}")]
    original.chmod(int(venue.expected.kept[str(original)].split()[1], 8))
    assert found(venue) == []


@pytest.mark.slow
def test_what_is_amiss_on_drive_is_found(venue: House) -> None:
    with venue.emulator.client("venuesync") as drive:
        files = {one["path"]: one for one in venue.emulator.files()}
        one = files[f"{TOP}/Unsorted/No Faces/DSC_0001.jpg"]
        drive.patch(f"/drive/v3/files/{one['id']}", json={"trashed": True}).raise_for_status()
        assert [line for line in found(venue) if "DSC_0001.jpg lies in the trash" in line]
        drive.patch(f"/drive/v3/files/{one['id']}", json={"trashed": False}).raise_for_status()
        body = {"name": "twin.jpg", "parents": [one["parent"]]}
        for more, word in (({}, "made by us and carries no tag"), (one["appProperties"], "is nobody's")):
            asked = body | {"appProperties": more}
            copy = drive.post(f"/drive/v3/files/{one['id']}/copy", json=asked).raise_for_status().json()["id"]
            assert [line for line in found(venue) if "twin.jpg" in line and word in line]
            drive.delete(f"/drive/v3/files/{copy}").raise_for_status()
    assert found(venue) == []


@pytest.mark.slow
def test_what_is_not_accounted_for_is_found(venue: House, tmp_path: Path) -> None:
    """A photo that nobody knows, a state that nobody asked for, a counter that says otherwise."""
    more = Manifest.load(saved(venue, tmp_path))
    more.photos.append(more.photos[0].__class__("0" * 64, "0" * 32, "DSC_9999.jpg", path="/nowhere"))
    assert [one for one in found(venue, more) if one.startswith("lost: DSC_9999.jpg")]
    where = "WHERE name = 'DSC_0003.jpg'"
    for state, word in (
        ("dismissed", "set aside, and by nobody"),
        ("superseded", "superseded, though"),
        ("failed", "nothing says why"),
        ("waiting", "still waiting"),
    ):
        edit(venue, f"UPDATE event_photo SET state = '{state}' {where}")
        assert [one for one in found(venue) if word in one], word
    edit(venue, f"UPDATE event_photo SET state = 'filed' {where}")
    told = venue.json("status")
    told["photos"]["filed"] += 1
    seen = invariants.look(venue.root, venue.emulator.url, status=told)
    assert [one for one in invariants.breaches(seen, venue.expected) if one.startswith("counters: photos")]


def test_a_lie_about_safety_is_found(venue: House, tmp_path: Path) -> None:
    more = Manifest.load(saved(venue, tmp_path))
    more.photos.append(more.photos[0].__class__("0" * 64, "0" * 32, "DSC_9999.jpg", path="/nowhere"))
    told = venue.json("status")
    told["safe_to_leave"] = {"safe": True, "reason": "all 4 photos verified on Drive"}
    seen = invariants.look(venue.root, venue.emulator.url, status=told)
    assert "safe said too soon: DSC_9999.jpg is not filed" in invariants.breaches(seen, more)


def saved(venue: House, folder: Path) -> Path:
    venue.expected.save(folder / "manifest.json")
    assert json.loads((folder / "manifest.json").read_text())["photos"]
    return folder / "manifest.json"


def edit(venue: House, statement: str) -> None:
    with closing(sqlite3.connect(venue.root / ".venuesync/ledger.sqlite", isolation_level=None)) as db:
        assert db.execute(statement).rowcount == 1
