"""Somebody is forgotten: searched for by bytes, in all that venuesync keeps and that Drive has; nobody else is."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import time
import unicodedata
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from agent.jobs.backups import back_up_ledger, back_up_people
from agent.requests.ask import Request
from agent.requests.people import ForgetPerson
from agent.workspace import find_workspace
from tests.emulator.drive import Emulator
from tests.faces.films import film
from tests.venue.house import VENUESYNC, House, wait_for
from tests.venue.photographer import Photographer
from tests.venue.pictures import FACES, variant
from tests.venue.test_people_commands import DEMO, drop, of, ok
from tui.cli.commands import ask

NAME, BEFORE = "Zoë Ångström", "Wilhelmina Quist"
PHOTOS = DEMO / "photos"
TOGETHER = PHOTOS / "DSC_4412.jpg"  # Jonas and Mia
GIVEN = of("mia_lindqvist")[0]


@pytest.fixture
def lasting(tmp_path: Path) -> Iterator[Emulator]:
    """One that keeps everything in a folder, `drive`."""
    with Emulator.start(tmp_path / "drive") as emulator:
        yield emulator


def evening(house: House) -> None:
    """She is known, was called otherwise before, is on a photo with Jonas and on two alone, and in a video."""
    ok(house, "enroll", BEFORE, str(GIVEN))
    ok(house, "people", "rename", BEFORE, NAME)
    ok(house, "enroll", "Jonas", str(of("jonas_lindqvist")[0]))
    for number, photo in enumerate([*of("mia_lindqvist")[1:], TOGETHER]):
        house.drop(photo, f"IMG_{number}.jpg")
    house.drop(film(house.root / "video.mp4", [(of("mia_lindqvist")[1], 4)], (640, 480)), "MVI_1.MP4")
    assert house.until_done().returncode == 0
    filed = {f"People/{NAME}/Solo/IMG_0.jpg", f"People/{NAME}/Solo/MVI_1.MP4", "People/Jonas/Group/IMG_2.jpg"}
    assert filed <= {*house.on_disk()}


def backed_up(house: House) -> None:
    """Both stores were copied at night, and put back once."""
    space = find_workspace(house.root, house.environ)
    people = back_up_people(space)
    assert people is not None
    back_up_ledger(space, 0)
    ok(house, "restore", people.name)
    ok(house, "held", "approve", "--all")


def ledger(house: House, query: str, *values: Any) -> list[Any]:
    with closing(sqlite3.connect(f"file:{house.root}/.venuesync/ledger.sqlite?mode=ro", uri=True)) as db:
        return db.execute(query, values).fetchall()


def traces(house: House) -> dict[bytes, str]:
    """All by which she could be found: bytes -> what they are."""
    names = {form for name in (NAME, BEFORE) for form in (name, unicodedata.normalize("NFD", name))}
    found = {form.encode(): form for name in names for form in (name, json.dumps(name)[1:-1])}
    (id,) = [row["id"] for row in house.json("people") if row["name"] == NAME]
    found[id.encode()] = "her id"
    blobs = [row[0] for row in ledger(house, "SELECT encoding FROM reference WHERE sha256 = ?", sha256(GIVEN))]
    blobs += [
        row[0] for row in ledger(house, "SELECT encoding FROM face JOIN assignment ON face = id WHERE person = ?", id)
    ]
    assert len(blobs) > 1
    for blob in blobs:
        found |= {blob: "float32", np.frombuffer(blob, "<f4").astype("<f8").tobytes(): "float64"}
    picture = GIVEN.read_bytes()
    return found | {picture[at : at + 4000]: "her picture" for at in range(0, len(picture) - 4000, 4000)}


def sha256(path: Path) -> str:
    from tests.venue.manifest import sha256 as of_bytes

    return of_bytes(path.read_bytes())


def left(marks: dict[bytes, str], *folders: Path) -> list[str]:
    """Where any of it stands, in a file or in a path."""
    found: list[str] = []
    for path in sorted(path for folder in folders for path in folder.rglob("*")):
        shown = str(path).encode()
        data = path.read_bytes() if path.is_file() else b""
        found += [f"{path}: {what}" for mark, what in marks.items() if mark in data or mark in shown]
    return found


def of_jonas(house: House) -> tuple[dict[str, str], list[dict[str, Any]]]:
    """His files here by their bytes, and on Drive as they are there."""
    disk = {path: md5 for path, md5 in house.on_disk().items() if path.startswith("People/Jonas/")}
    keys = ("id", "path", "md5Checksum", "trashed")
    return disk, [{key: one[key] for key in keys} for one in house.emulator.files() if "/Jonas/" in one["path"]]


def in_trash(drive: Emulator) -> list[str]:
    """Files, not their folders: those are empty, and have lost their names."""
    return [one["path"] for one in drive.files() if one["trashed"] and one["md5Checksum"]]


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_nothing_of_her_is_left_anywhere(tmp_path: Path, lasting: Emulator) -> None:
    house = House(tmp_path / "venue", lasting)
    try:
        evening(house)
        backed_up(house)
        house.start()
        with house.api() as api:
            face = api.get("/faces").json()[0]["face_id"]
            assert api.get(f"/faces/{face}").status_code == 200
        marks, jonas = traces(house), of_jonas(house)
        wait_for(lambda: house.json("status")["safe_to_leave"]["safe"], 30, "all is done")
        assert left(marks, house.root / ".venuesync", tmp_path / "drive")

        done = house.json("people", "forget", NAME, "--yes")
        assert (done["waits"], done["searched"]["found"], done["named"]) == ("", [], [])
        assert done["held"]["folders"] == [str(house.root / "People" / NAME)]
        assert [Path(one).name for one in done["held"]["originals"]] == [
            "IMG_0.jpg",
            "IMG_1.jpg",
            "IMG_2.jpg",
            "MVI_1.MP4",
        ]
        assert any(one.startswith("before-restore-") for one in done["copies"])
        assert {one.partition("-")[0] for one in done["copies"]} == {"before", "ledger", "people"}

        assert of_jonas(house) == jonas, "his photos are as they were"
        unknown = {"Unsorted/Unknown/IMG_0.jpg", "Unsorted/Unknown/IMG_1.jpg", "Unsorted/Videos/MVI_1.MP4"}
        assert {*house.on_disk()} == {*jonas[0], *unknown}
        wait_for(lambda: house.json("status")["safe_to_leave"]["safe"], 30, "all is sent")
        assert house.on_disk() == house.on_drive()
        assert not in_trash(lasting)
        house.assert_invariants()
        assert [one["what"] for one in house.json("undo", "--list")["done"]] == ["Jonas enrolled"]
        assert [one["name"] for one in house.json("people")] == ["Jonas"]
        assert house.run("verify").returncode == 0
        assert house.stop() == 0
        lasting.stop()
        assert left(marks, house.root, tmp_path / "drive") == []
    finally:
        house.close()


@pytest.mark.slow
@pytest.mark.timeout(200)
def test_without_an_agent_this_machine_forgets_at_once_and_drive_when_one_runs(
    tmp_path: Path, lasting: Emulator
) -> None:
    house = House(tmp_path / "venue", lasting)
    try:
        evening(house)
        marks = traces(house)
        her_id = next(mark for mark, what in marks.items() if what == "her id")
        done = house.run("people", "forget", NAME, "--yes")
        assert done.returncode == 0, done.stderr
        assert "still to come, by itself: their folders on Drive" in done.stdout
        here = {mark: what for mark, what in marks.items() if mark != her_id}
        assert left(here, house.root) == []
        status = house.json("status")["safe_to_leave"]
        assert (status["safe"], status["code"]) == (False, "stopped")
        assert any(NAME in one["path"] for one in lasting.files())
        lasting.faults([{"method": "files.delete", "reason": "notFound", "times": 3}])
        assert house.until_done().returncode == 0
        assert not any(NAME in one["path"] for one in lasting.files())
        assert house.on_disk() == house.on_drive()
        house.assert_invariants()
        lasting.stop()
        assert left(marks, house.root, tmp_path / "drive") == []
    finally:
        house.close()


# ---- who is meant, and whether somebody says yes


@pytest.mark.slow
def test_what_cannot_be_undone_is_asked_for_by_name_and_with_a_yes(house: House) -> None:
    ok(house, "enroll", NAME, str(GIVEN))
    ok(house, "events", "add", "Gala")
    ok(house, "enroll", NAME, str(GIVEN), "--event", "Gala")
    for refused, why in (
        (("Nobody", "--yes"), "There is no such person: Nobody"),
        (("7", "--yes"), "There is no such person: 7"),
        (("Guest 01", "--yes"), "There is no such person: Guest 01"),
        ((NAME, "--yes"), f"{NAME} is in default, Gala"),
        ((NAME, "--event", "Gala"), "Say so with --yes"),
        ((NAME, "--yes", "--event", "Nowhere"), "There is no such event: Nowhere"),
    ):
        done = house.run("people", "forget", *refused)
        assert (done.returncode, why in done.stderr) == (2, True), done.stderr
    assert len(house.json("people")) == 2
    ok(house, "people", "forget", NAME, "--yes", "--event", "Gala")
    assert [(one["name"], one["event"]) for one in house.json("people")] == [(NAME, "default")]
    assert (house.root / ".venuesync" / "references" / sha256(GIVEN)).exists(), "she is known by it in the other event"
    assert house.json("people", "find", str(GIVEN))[0]["name"] == NAME
    ok(house, "people", "forget", NAME, "--yes")
    assert not list((house.root / ".venuesync" / "references").iterdir())


@pytest.mark.slow
def test_somebody_known_by_two_faces_of_one_photo_is_forgotten_as_anybody(house: House) -> None:
    """The wrong one was pointed at first."""
    house.drop(TOGETHER, "IMG_1.jpg")
    house.start()
    wait_for(lambda: len(house.api().get("/faces").json()) == 2, 30, "both are found")
    with house.api() as api:
        for face in [one["face_id"] for one in api.get("/faces").json()]:
            api.post("/commands/enroll-face", json={"name": "Mia", "face": face}).raise_for_status()
    assert [one["references"] for one in house.json("people")] == [2]
    done = house.json("people", "forget", "Mia", "--yes")
    assert done["searched"]["found"] == []
    assert house.json("people") == []


@pytest.mark.slow
@pytest.mark.parametrize("since", [False, True], ids=["", "and something new was decided"])
def test_a_picture_by_which_she_was_known_and_that_was_taken_back_goes_too(house: House, since: bool) -> None:
    ok(house, "enroll", NAME, str(GIVEN))
    ok(house, "enroll", "Jonas", str(of("jonas_lindqvist")[0]))
    ok(house, "enroll", NAME, str(of("mia_lindqvist")[1]))
    ok(house, "undo")
    if since:
        ok(house, "people", "rename", "Jonas", "Jon")
    assert house.json("people", "forget", NAME, "--yes")["waits"] == ""
    his = sha256(of("jonas_lindqvist")[0])
    assert [one.name for one in (house.root / ".venuesync" / "references").iterdir()] == [his]
    assert ledger(house, "SELECT sha256 FROM reference") == [(his,)]


@pytest.mark.slow
def test_a_namesake_with_a_longer_name_keeps_hers(house: House) -> None:
    ok(house, "enroll", "Zoë", str(of("hassan_darwish")[0]))
    ok(house, "enroll", NAME, str(GIVEN))
    ok(house, "people", "forget", "Zoë", "--yes")
    assert [one["name"] for one in house.json("people")] == [NAME]
    assert [one["what"] for one in house.json("undo", "--list")["done"]] == [f"{NAME} enrolled"]
    assert [f"{NAME} enrolled" in one["text"] for one in house.json("activity")] == [False, True]


def test_a_short_name_is_not_found_where_bytes_of_no_text_have_it_by_accident(house: House) -> None:
    ok(house, "enroll", "Mia", str(GIVEN))
    (house.root / ".venuesync" / "thumbnails" / "some.jpg").write_bytes(b"\xff\xd8\x00\x9f Mia \xd8\x00")
    assert "found: no name" in ok(house, "people", "forget", "Mia", "--yes")


@pytest.mark.slow
@pytest.mark.parametrize("said", ["no", "yes"])
def test_at_a_terminal_it_says_what_goes_and_asks(house: House, said: str) -> None:
    ok(house, "enroll", NAME, str(GIVEN))
    ours, theirs = os.openpty()
    os.write(ours, f"{said}\n".encode())
    typed = [*VENUESYNC, "--workspace", str(house.root), "people", "forget", NAME]
    done = subprocess.run(
        typed, env=house.environ, stdin=theirs, capture_output=True, text=True, timeout=60, check=False
    )
    os.close(ours)
    os.close(theirs)
    assert "cannot be undone" in done.stderr
    assert str(house.root / "People" / NAME) in done.stderr
    assert "1 reference" in done.stderr
    assert done.returncode == (0 if said == "yes" else 1)
    assert bool(house.json("people")) == (said == "no")


@pytest.mark.slow
def test_what_somebody_put_into_her_folders_stays_and_is_named(house: House) -> None:
    evening(house)
    kept = house.root / "People" / NAME / "Solo" / "speech.txt"
    kept.write_text("for tomorrow")
    house.expected.keep(kept)
    person = Photographer(house.emulator, "")
    (folder,) = [one["id"] for one in house.emulator.files() if one["path"].endswith(f"{NAME}/Group")]
    mine = person.put(of("yuki_tanaka")[0], "mine.jpg", folder)
    person.trash(mine)  # and out of it again, some day
    (hers,) = [one["id"] for one in house.emulator.files() if one["path"].endswith(f"/{NAME}")]
    house.start()
    wait_for(lambda: house.json("status")["drive"]["state"] == "online", 20, "Drive is there")
    for words in ((), ("--to", "stranger@example.org")):
        ok(house, "people", "link", NAME, *words)
    assert len(person.permissions(hers)) == 2
    house.emulator.faults(
        [{"method": "files.list", "reason": "notFound", "skip": 3, "times": 5}]
    )  # as if none was there
    done = house.json("people", "forget", NAME, "--yes")
    assert (done["waits"], done["searched"]["found"]) == ("", [])
    assert done["named"] == [str(house.root / "People" / NAME)]
    assert kept.read_text() == "for tomorrow"
    wait_for(lambda: house.json("status")["safe_to_leave"]["safe"], 30, "all is done")
    assert not any(NAME in one["path"] for one in house.emulator.files())
    person.trash(mine, back=True)
    (found,) = [one["path"] for one in house.emulator.files() if one["id"] == mine]
    assert found.endswith("Somebody's files/Somebody's files/mine.jpg")
    assert person.permissions(hers) == [], "nobody reads there by a link of hers, and no address is kept"
    ok(house, "enroll", NAME, str(GIVEN))
    wait_for((house.root / "People" / NAME / "Group").is_dir, 20, "she has folders again")


@pytest.mark.slow
def test_where_lists_lag_nothing_of_somebodys_is_lost_and_no_folder_stays_for_what_is_gone(house: House) -> None:
    evening(house)
    house.start()
    wait_for(lambda: house.json("status")["safe_to_leave"]["safe"], 60, "all is done")
    (folder,) = [one["id"] for one in house.emulator.files() if one["path"].endswith(f"{NAME}/Group")]
    time.sleep(1.0)  # so that a list shows her photos still
    house.emulator.lag(list_ms=60_000)
    mine = Photographer(house.emulator, "").put(of("yuki_tanaka")[0], "mine.jpg", folder)
    assert house.json("people", "forget", NAME, "--yes")["waits"] == ""
    found = house.emulator.files()
    assert [one["path"] for one in found if one["id"] == mine], "it can be had back"
    assert not [one["path"] for one in found if not one["trashed"] and one["path"].endswith("Somebody's files")]


@pytest.mark.slow
def test_reports_and_exports_that_tell_of_somebody_are_named(house: House) -> None:
    name = "Zoë & Søn"  # which stands otherwise in a page
    ok(house, "enroll", name, str(GIVEN))
    ok(house, "enroll", "Jonas", str(of("jonas_lindqvist")[0]))
    (house.root / "Exports").mkdir()
    hers = ["hers.zip", "Exports/hers.ZIP", ".venuesync/hers.zip"]
    for words in (("report",), ("report", "Exports/night.html"), *(("people", "export", name, one) for one in hers)):
        ok(house, *(str(house.root / one) if "." in one else one for one in words))
    ok(house, "people", "export", "Jonas", str(house.root / "Exports" / "his.zip"))
    (house.root / ".venuesync" / "before-restore-notes").write_text("somebody's own")
    done = house.json("people", "forget", name, "--yes")
    assert done["named"] == sorted(str(house.root / one) for one in (*hers, "report.html", "Exports/night.html"))
    assert done["waits"] == "" and (house.root / "hers.zip").exists()


@pytest.mark.slow
def test_reports_that_were_printed_are_named_whoever_they_tell_of(house: House, tmp_path: Path) -> None:
    """Nothing in them can be searched: not a word was said of them."""
    browser = tmp_path / "chromium"
    browser.write_text('#!/bin/sh\nfor one; do case $one in --print*) echo %PDF-1.4 > "${one#*=}";; esac; done\n')
    browser.chmod(0o755)
    house.environ["PATH"] = f"{tmp_path}:{house.environ['PATH']}"
    ok(house, "enroll", NAME, str(GIVEN))
    ok(house, "report", str(house.root / "night.pdf"))
    (house.root / "menu.pdf").write_bytes(b"%PDF-1.4 somebody's own")
    assert house.json("people", "forget", NAME, "--yes")["named"] == [str(house.root / "night.pdf")]


@pytest.mark.slow
def test_a_guest_is_forgotten_and_the_number_is_nobody_elses(house: House) -> None:
    drop(house, *of("anna_berg"))
    assert house.until_done().returncode == 0
    done = house.json("people", "forget", "Guest 01", "--yes")
    assert (done["searched"]["found"], done["held"]["photos"]) == ([], 3)
    drop(house, *of("hassan_darwish"))
    assert house.until_done().returncode == 0
    assert [one["name"] for one in house.json("people")] == ["Guest 02"]
    assert {path.split("/")[1] for path in house.on_disk()} == {"Guest 02", "Unknown"}
    assert house.on_disk() == house.on_drive()
    house.assert_invariants()


# ---- and is not to be known again


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("never", [False, True], ids=["", "never"])
def test_whoever_is_never_to_be_known_again_is_no_guest_and_no_question(
    house: House, tmp_path: Path, never: bool
) -> None:
    """Also by a ledger that is made anew; without it she is a stranger as others are."""
    evening(house)
    marks = traces(house)
    done = house.json("people", "forget", NAME, "--yes", *(["--never"] if never else []))
    assert ("roster.json" in done["kept"]) == never
    arrived = [
        variant(photo, tmp_path / "made.jpg", 1) and house.drop(tmp_path / "made.jpg", f"NEW_{photo.name}")
        for photo in of("mia_lindqvist")
    ]
    assert house.until_done().returncode == 0
    guests = set() if never else {"Guest 01"}
    assert {one["name"] for one in house.json("people")} == {"Jonas"} | guests
    assert (house.json("unknown"), house.json("review")) == ([], []) or not never
    kept = ledger(
        house,
        "SELECT encoding FROM face JOIN photo ON photo.id = photo WHERE sha256 IN (?, ?, ?)",
        *map(sha256, arrived),
    )
    assert [row[0] is None for row in kept] == [never] * 3
    if not never:
        return
    for path in [*(house.root / ".venuesync").glob("ledger.sqlite*"), *(house.root / ".venuesync/backups").iterdir()]:
        path.unlink()
    assert house.until_done().returncode == 0
    assert {one["name"] for one in house.json("people")} == {"Jonas"}
    assert left(marks, house.root / ".venuesync") == []
    assert not ledger(house, "SELECT 1 FROM reference WHERE sha256 = ?", sha256(GIVEN))
    ok(house, "enroll", "Nora", str(GIVEN))
    assert house.json("people", "find", str(GIVEN))[0]["name"] == "Nora", "she wants to be known, after all"


@pytest.mark.slow
def test_who_is_forgotten_meanwhile_is_called_by_name(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Asked for twice at once, the second one was told that there is no such person as an id."""
    ok(house, "enroll", "Mia", str(FACES / "one_guest.jpg"))

    def beside_another(request: Request[Any]) -> Any:
        if isinstance(request, ForgetPerson):
            ask(request)
        return ask(request)

    monkeypatch.setattr("tui.cli.people.ask", beside_another)
    told = house.run("people", "forget", "Mia", "--yes")
    assert (told.returncode, told.stderr.strip()) == (
        2,
        "venuesync: They are nobody any more: Mia, forgotten, ignored or taken back meanwhile. See who there is: "
        "venuesync people",
    )
