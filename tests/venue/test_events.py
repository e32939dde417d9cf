"""Events by command and over HTTP: each with its own folders, people and settings, all of it back after a restart."""

from __future__ import annotations

import os
import shutil
import sqlite3
import time
import unicodedata
from contextlib import closing
from pathlib import Path

import pytest

from tests.emulator.drive import Emulator
from tests.venue.house import House, wait_for
from tests.venue.photographer import Photographer
from tests.venue.pictures import FACES, scene, variant
from tests.venue.running import REFERENCES

pytestmark = pytest.mark.settings(VENUESYNC_PEOPLE__GUEST_AFTER="0")


def names(house: House) -> list[str]:
    return [one["name"] for one in house.json("events")]


@pytest.mark.slow
def test_each_event_has_its_own_folders_people_and_settings(house: House, tmp_path: Path) -> None:
    """The same photo in two events is planned in each, with the people of each."""
    card = tmp_path / "card"
    card.mkdir()
    house.start()
    assert house.run("events", "add", "Wedding", "--folder", str(card)).returncode == 0
    assert house.run("events", "add", "Party").returncode == 0
    guest = FACES / "one_guest.jpg"
    assert house.run("enroll", "Mia", str(guest), "--event", "Wedding").returncode == 0
    assert house.run("enroll", "Ana", str(guest), "--event", "Party").returncode == 0
    photo = variant(guest, tmp_path / "made.jpg", 1)
    (card / "A.jpg").write_bytes(photo.read_bytes())
    (house.root / "Events/Party/Incoming/B.jpg").write_bytes(photo.read_bytes())
    house.drop(photo, "C.jpg")
    mia = house.root / "Events/Wedding/People/Mia/Solo/A.jpg"
    ana = house.root / "Events/Party/People/Ana/Solo/B.jpg"
    unknown = house.root / "Unsorted/Unknown/C.jpg"
    wait_for(lambda: mia.exists() and ana.exists() and unknown.exists(), 30, "each event has it")
    assert house.run("events", "folder", "Wedding", "disable", str(card)).returncode == 0
    (card / "D.jpg").write_bytes(scene(tmp_path / "d.jpg", 4).read_bytes())
    house.run("sync")
    assert {one["event"]: one["path"] for one in house.api().get("/folders").json()["folders"]}.keys() == {
        "default",
        *(one["id"] for one in house.json("events")[1:]),
    }
    assert str(card) not in str(house.api().get("/folders").json())
    assert house.run("events", "folder", "Wedding", "enable", str(card)).returncode == 0
    wait_for((house.root / "Events/Wedding/Unsorted/No Faces/D.jpg").exists, 20, "it is watched again")
    for key, value in (("tolerance", "0.45"), ("ends", "2027-01-02"), ("gone", "remove"), ("interval", "slow")):
        assert house.run("events", "set", "Wedding", key, value).returncode == 0
    before = house.json("events", "show", "Wedding")["settings"]
    assert (before["tolerance"], before["ends"], before["gone"], before["interval"]) == (
        0.45,
        "2027-01-02",
        "remove",
        30,
    )
    house.kill()
    house.start()
    assert house.json("events", "show", "Wedding")["settings"] == before
    assert names(house) == ["default", "Wedding", "Party"]


@pytest.mark.slow
@pytest.mark.parametrize("how", ["by a command", "by the settings"])
def test_a_folder_that_another_event_gets_brings_its_photos_along(house: House, tmp_path: Path, how: str) -> None:
    """It was somebody else's by mistake: what lies in it is taken in once more, for the event that has it now."""
    card = tmp_path / "card"
    card.mkdir()
    scene(card / "A.jpg", 1)
    if how == "by the settings":
        house.environ["VENUESYNC_INCOMING__FOLDERS"] = str(card)
    house.start()
    before = house.root / ("Unsorted" if how == "by the settings" else "Events/Party/Unsorted") / "No Faces/A.jpg"
    if how == "by a command":
        assert house.run("events", "add", "Party", "--folder", str(card)).returncode == 0
    assert house.run("events", "add", "Wedding").returncode == 0
    wait_for(before.exists, 30, "it is taken in where nobody meant it")
    if how == "by a command":
        assert house.run("events", "folder", "Party", "remove", str(card)).returncode == 0
    else:
        assert house.stop() == 0
        del house.environ["VENUESYNC_INCOMING__FOLDERS"]
        house.start()
    assert house.run("events", "folder", "Wedding", "add", str(card)).returncode == 0
    wait_for((house.root / "Events/Wedding/Unsorted/No Faces/A.jpg").exists, 20, "it is the other event's, too")
    assert before.exists(), "what was filed stays"
    assert [one["photos"] for one in house.json("events")][-1] == 1


@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() != 0, reason="nobody else's file can be made here")
@pytest.mark.parametrize("how", ["by a command", "by the settings"])
def test_what_cannot_be_read_in_a_folder_that_is_taken_off_holds_nothing_up(
    house: House, tmp_path: Path, how: str
) -> None:
    card = tmp_path / "card"
    card.mkdir()
    theirs = scene(tmp_path / "theirs.jpg", 1)
    os.chown(theirs, 1234, 1234)
    (card / "B.jpg").symlink_to(theirs)
    (card / "notes.txt").write_text("seating plan")
    house.drop(scene(tmp_path / "a.jpg", 2), "A.jpg")
    if how == "by the settings":
        house.environ["VENUESYNC_INCOMING__FOLDERS"] = str(card)
    house.start()
    if how == "by a command":
        assert house.run("events", "add", "Wedding", "--folder", str(card)).returncode == 0
    wait_for(lambda: house.json("status")["safe_to_leave"]["code"] == "unreadable", 60, "it is told")
    if how == "by a command":
        assert house.run("events", "folder", "Wedding", "remove", str(card)).returncode == 0
    else:
        assert house.stop() == 0
        del house.environ["VENUESYNC_INCOMING__FOLDERS"]
        house.start()
    wait_for(lambda: house.json("status")["safe_to_leave"]["safe"], 30, "nobody asks for it any more")
    assert house.json("status")["photos"]["skipped"] == 0
    assert house.json("errors")["open"] == []


def test_no_event_is_given_a_name_that_another_one_has(house: House) -> None:
    """Whoever names it would mean either: the wrong one would be removed."""
    for name in ("Gala", "Ball"):
        assert house.run("events", "add", name).returncode == 0
    for name in ("Gala", "gala"):
        refused = house.run("events", "set", "Ball", "name", name)
        assert (refused.returncode, "an event of that name already: Gala" in refused.stderr) == (2, True), (
            refused.stderr
        )
    assert house.run("events", "set", "Ball", "name", "BALL").returncode == 0
    assert names(house) == ["default", "Gala", "BALL"]


@pytest.mark.slow
def test_an_event_is_itself_however_its_letters_are_written(house: House) -> None:
    """A Mac's file names have accents apart; a shell joins them. Two that look the same would be two events."""
    apart = unicodedata.normalize("NFD", "Café  André")
    for agent in (False, True):
        assert house.run("events", "add", apart).returncode == 0
        assert names(house) == ["default", "Café André"]
        assert house.json("events", "show", apart)["status"]["name"] == "Café André"
        refused = house.run("events", "add", "Café André")
        assert refused.returncode == 2 and "There is an event of that name already" in refused.stderr
        assert house.run("events", "add", "Bar").returncode == 0
        refused = house.run("events", "set", "Bar", "name", apart)
        assert refused.returncode == 2 and "There is an event of that name already" in refused.stderr
        assert house.run("events", "set", "Bar", "name", "two\nlines").returncode == 0
        assert names(house) == ["default", "Café André", "two lines"]
        for one in (apart, "two lines"):
            assert house.run("events", "remove", one).returncode == 0
        if not agent:
            house.start()


@pytest.mark.slow
def test_a_removed_event_leaves_every_file(house: House, tmp_path: Path) -> None:
    house.start()
    house.run("events", "add", "Wedding")
    house.run("enroll", "Mia", str(FACES / "one_guest.jpg"), "--event", "Wedding")
    (house.root / "Events/Wedding/Incoming/A.jpg").write_bytes(
        variant(FACES / "one_guest.jpg", tmp_path / "made.jpg", 1).read_bytes()
    )
    filed = house.root / "Events/Wedding/People/Mia/Solo/A.jpg"
    wait_for(lambda: filed.exists() and house.json("status")["safe_to_leave"]["safe"], 30, "it is filed and sent")
    assert house.run("events", "remove", "Wedding").returncode == 0
    assert filed.exists() and (house.root / "Events/Wedding/Incoming/A.jpg").exists()
    assert any(one["path"].endswith("Mia/Solo/A.jpg") and not one["trashed"] for one in house.emulator.files())
    status = house.json("status")
    assert (status["photos"]["seen"], status["people"], names(house)) == (0, [], ["default"])
    compared = house.run("verify", "--repair")
    assert compared.returncode == 0 and "left alone" in compared.stdout, compared.stdout
    assert any(one["path"].endswith("Mia/Solo/A.jpg") and not one["trashed"] for one in house.emulator.files())
    assert house.run("events", "add", "Wedding").returncode == 0  # a new one of that name, beside the old files
    assert house.run("events", "remove", "default").returncode == 2


@pytest.mark.slow
def test_nothing_waits_to_be_matched_again_for_an_event_that_comes_or_goes(house: House, tmp_path: Path) -> None:
    """It was said of all photos, for up to twenty seconds, and nobody was found meanwhile."""
    house.drop(scene(tmp_path / "a.jpg", 1), "A.jpg")
    assert house.until_done().returncode == 0
    house.start()
    wait_for(lambda: house.json("status")["safe_to_leave"]["safe"], 30, "all is safe")
    for words in (("add", "Wedding"), ("remove", "Wedding")):
        assert house.run("events", *words).returncode == 0
        assert house.json("status")["safe_to_leave"]["code"] != "people_changed", words


@pytest.mark.slow
@pytest.mark.parametrize("agent", [False, True])
def test_what_a_removed_event_had_not_filed_yet_is_said_to_be_taken_in_for_none(
    house: House, tmp_path: Path, agent: bool
) -> None:
    """Nothing told of it from then on, and all was safe."""
    house.start()
    house.run("events", "add", "Party")
    incoming = house.root / "Events/Party/Incoming"
    scene(tmp_path / "a.jpg", 1).rename(incoming / "A.jpg")
    wait_for(lambda: house.json("status")["photos"]["unsorted"] == 1, 30, "it is filed")
    house.run("pause", "all")
    scene(tmp_path / "b.jpg", 2).rename(incoming / "B.jpg")
    wait_for(lambda: house.json("status")["photos"]["waiting"] == 1, 30, "it waits")
    if not agent:
        assert house.stop() == 0
    removed = house.run("events", "remove", "Party")
    assert removed.returncode == 0
    assert f"1 photo of it not filed anywhere: no event takes in what lies in {incoming}." in removed.stderr
    house.run("events", "add", "Gala")
    assert house.run("events", "remove", "Gala").stderr == ""


@pytest.mark.slow
@pytest.mark.parametrize("older", [False, True], ids=["as it goes", "with an older ledger"])
def test_the_unknown_faces_of_a_removed_event_are_asked_about_no_more(
    house: House, tmp_path: Path, older: bool
) -> None:
    """Nor waited for: in a ledger from before they may not be compared yet."""
    house.start()
    house.run("events", "add", "Wedding")
    (house.root / "Events/Wedding/Incoming/A.jpg").write_bytes((FACES / "two_guests.jpg").read_bytes())
    assert house.stop() == 0
    assert house.until_done().returncode == 0
    before = shutil.copyfile(house.root / ".venuesync/ledger.sqlite", tmp_path / "older.sqlite")
    house.start()
    assert house.run("events", "remove", "Wedding").returncode == 0
    assert house.stop() == 0
    if older:
        with closing(sqlite3.connect(before)) as db, db:
            db.execute("UPDATE stranger SET cluster = NULL")
        assert house.run("restore", str(before)).returncode == 0
    house.start()
    wait_for(lambda: house.json("status")["safe_to_leave"]["code"] == "no_photo", 20, "nothing is waited for")
    assert house.json("unknown") == []
    with closing(sqlite3.connect(house.root / ".venuesync/ledger.sqlite")) as db:
        assert db.execute("SELECT (SELECT COUNT(*) FROM stranger), (SELECT COUNT(*) FROM review)").fetchall() == [
            (0, 0)
        ]


@pytest.mark.slow
def test_of_a_removed_event_no_face_is_kept_nor_counted(house: House) -> None:
    """Nobody could have them go any more: nights let go what events keep. What comes back is looked at again."""
    photo = (FACES / "two_guests.jpg").read_bytes()
    for shared in (False, True):
        house.run("events", "add", "Wedding")
        (house.root / "Events/Wedding/Incoming").mkdir(parents=True, exist_ok=True)
        (house.root / "Events/Wedding/Incoming/A.jpg").write_bytes(photo)
        if shared:
            (house.root / "Incoming/A.jpg").write_bytes(photo)
        assert house.until_done().returncode == 0
        house.start()
        faces = house.json("status")["faces"]
        assert (faces["found"], faces["unknown"]) == (2, 2)
        assert house.run("events", "remove", "Wedding").returncode == 0
        left = 2 if shared else 0
        wait_for(lambda left=left: house.json("status")["faces"]["found"] == left, 20, "it is counted so")
        assert house.json("status")["faces"]["unknown"] == left
        assert house.stop() == 0
        with closing(sqlite3.connect(house.root / ".venuesync/ledger.sqlite")) as db:
            assert db.execute("SELECT COUNT(*) FROM face").fetchone() == (left,)


@pytest.mark.slow
def test_of_a_removed_event_nothing_is_left_to_know_its_people_by(house: House) -> None:
    """Nobody could be forgotten any more, nor could nights let go of it; who is known elsewhere stays so."""
    house.run("events", "add", "Wedding")
    house.run("enroll", "Mia", str(FACES / "one_guest.jpg"), "--event", "Wedding")
    house.run("enroll", "Ana", str(REFERENCES / "anna_berg_1.jpg"), "--event", "Wedding")
    house.run("enroll", "Ana", str(REFERENCES / "anna_berg_1.jpg"))
    with closing(sqlite3.connect(house.root / ".venuesync/ledger.sqlite")) as db:
        assert db.execute("SELECT COUNT(*) FROM reference").fetchone() == (2,)
    kept = house.root / ".venuesync/references"
    assert len([*kept.iterdir()]) == 2
    assert house.run("events", "remove", "Wedding").returncode == 0
    with closing(sqlite3.connect(house.root / ".venuesync/ledger.sqlite")) as db:
        assert db.execute("SELECT (SELECT COUNT(*) FROM reference), (SELECT COUNT(*) FROM cluster)").fetchone() == (
            1,
            0,
        )
    assert len([*kept.iterdir()]) == 1
    (ana,) = house.json("people")
    assert ana["name"] == "Ana"


REFUSED = {
    ("add", "sync"): "name for an event",
    ("add", " "): "name for an event",
    ("add", "X", "--source", "https://example.com/x"): "no Drive folder",
    ("add", "X", "--ends", "tomorrow"): "2026-11-22",
    ("add", "X", "--folder", "{root}/People"): "overlap",
    ("add", "X", "--folder", "{root}"): "Leave {root} out: {root}/Incoming is always watched",
    ("show", "nobody"): "no such event",
    ("interval", "default", "0.2"): "0.5 to 60 minutes",
    ("interval", "default", "61"): "0.5 to 60 minutes",
    ("interval", "default", "-1"): "0.5 to 60 minutes",
    ("set", "default", "interval", "-1"): "0.5 to 60 minutes",
    ("set", "default", "interval", "-1", "--yess"): "--yess",
    ("set", "default", "tolerance", "2"): "0.3 to 0.6",
    ("set", "default", "colour", "red"): "interval",
    ("source", "default", "remove", "x"): "no source of the event",
    ("source", "default", "paint", "x"): "add",
    ("folder", "default", "remove", "/nowhere"): "no folder of the event",
}


@pytest.mark.slow
def test_what_is_wrong_is_said_with_what_is_accepted(house: House) -> None:
    house.start()
    for arguments, said in REFUSED.items():
        refused = house.run("events", *(one.replace("{root}", str(house.root)) for one in arguments))
        assert refused.returncode == 2, (arguments, refused.stderr)
        assert said.replace("{root}", str(house.root)) in refused.stderr, arguments
        assert names(house) == ["default"], arguments


@pytest.mark.slow
def test_a_key_that_is_set_to_nothing_is_as_it_was(house: House) -> None:
    """It was refused for some, though the help says what "" is."""
    before = house.json("events", "add", "Gala")["settings"]
    given = {"review": "true", "send": "false", "all_photos": "true", "without_faces": "false", "folder_depth": "3"}
    for value in (given, dict.fromkeys((*given, "enabled", "gone", "tolerance", "interval", "quality"), "")):
        for key in value:
            assert house.run("events", "set", "Gala", key, value[key]).returncode == 0, key
        after = house.json("events", "show", "Gala")["settings"]
        assert (after == before) == (value is not given)
    refused = house.run("events", "set", "Gala", "review", "maybe")
    assert "true or false, or empty: false" in refused.stderr


@pytest.mark.slow
def test_an_event_is_found_in_other_capitals(house: House) -> None:
    """`add gala` said that it is there, and all else that it is not."""
    made = house.json("events", "add", "Gala")["status"]["id"]
    assert house.json("events", "show", "gala")["status"]["id"] == made
    house.start()
    with house.api() as api:
        assert api.get("/events/GALA/sync-status").status_code == 200
    assert house.run("events", "add", "gala").returncode == 2
    assert house.run("events", "show", "gal").returncode == 2


@pytest.mark.slow
def test_without_an_agent_events_are_made_and_wait(house: House, emulator: Emulator, tmp_path: Path) -> None:
    anna = Photographer(emulator)
    folder = anna.folder("Anna", share=True)
    anna.put(scene(tmp_path / "1.jpg", 1), "DSC_1.jpg", folder)
    made = house.json("events", "add", "Wedding", "--source", folder)
    assert made["status"]["sync_status"] == "NEVER_SYNCED"
    house.start()
    wait_for((house.root / "Events/Wedding/Unsorted/No Faces/DSC_1.jpg").exists, 20, "its first sync came by itself")
    shown = house.json("events", "show", "Wedding")
    assert shown["status"]["sync_status"] == "UP_TO_DATE"
    assert {job["name"] for job in shown["jobs"]} == {"mark", "list", "end", "cleanup", "backup", "people", "retention"}
    assert all(job["next_at"] for job in shown["jobs"])


@pytest.mark.slow
@pytest.mark.parametrize("agent", ["running", "stopped"])
def test_an_events_folder_on_drive_follows_its_name_though_no_photo_comes(house: House, agent: str) -> None:
    house.environ["VENUESYNC_FACES__SECOND_LOOKS"] = "false"  # by one the folder was found to be called otherwise
    house.start()
    assert house.run("events", "add", "Gala").returncode == 0
    (house.root / "Events/Gala/Incoming/a.jpg").write_bytes((FACES / "one_guest.jpg").read_bytes())
    wait_for(lambda: house.json("status")["photos"]["verified"] == 1, 30, "the photo is on Drive")
    if agent == "stopped":
        assert house.stop() == 0
    assert house.run("events", "set", "Gala", "name", "Feier").returncode == 0
    if agent == "stopped":
        house.start()
    wait_for(lambda: set(house.on_drive()) == {"venuesync/Feier/Unsorted/Unknown/a.jpg"}, 20, "it is called so there")
    wait_for(lambda: house.json("status")["safe_to_leave"]["safe"], 20, "all is done")


@pytest.mark.slow
def test_an_interval_under_a_minute_is_taken_and_warned_of(house: House) -> None:
    """By every way in, in the same words: over the API nothing was said."""
    house.start()
    assert house.run("events", "add", "Gala").returncode == 0
    words = "Looks under a minute apart use up Google's quota"
    assert words in house.run("events", "interval", "Gala", "0.5").stderr
    with house.api() as api:
        for path, body in (
            ("/commands/events-interval", {"event": "Gala", "minutes": 0.75}),
            ("/commands/events-set", {"event": "Gala", "key": "interval", "value": "0.5"}),
        ):
            details = api.post(path, json=body).json()
            assert (details["warning"], details["status"]["interval_minutes"] < 1) == (words, True)
        enable = "/api/event/Gala/auto-sync/enable"
        told = api.post(enable, json={"interval_minutes": 0.5}).json()
        assert told == {"message": f"Auto-sync is on for Gala. {words}", "interval_minutes": 0.5}
        told = api.post(enable, json={"interval_minutes": 1}).json()
        assert told == {"message": "Auto-sync is on for Gala", "interval_minutes": 1.0}
        details = api.post("/commands/events-interval", json={"event": "Gala", "minutes": 1}).json()
        assert details["warning"] == ""


@pytest.mark.slow
def test_a_renamed_events_folder_is_not_taken_for_the_new_ones_of_its_name(house: House, tmp_path: Path) -> None:
    """A photo of the new event, put into the folder of its name, was filed for the renamed one."""
    house.start()
    assert house.run("events", "add", "Wed").returncode == 0
    assert house.run("events", "set", "Wed", "name", "Wedding").returncode == 0
    done = house.run("events", "add", "Wed")
    own = house.root / "Events/Wed (2)/Incoming"
    assert f"incoming     {own}" in done.stdout
    said = f"Events/Wed/Incoming is Wedding's: photos of Wed go into {own}"
    assert said in done.stderr and said in house.run("events", "show", "Wed").stderr
    shown = house.run("events", "show", "Wedding")
    assert (f"incoming     {house.root / 'Events/Wed/Incoming'}" in shown.stdout, shown.stderr) == (True, "")
    lost = house.root / "Events/WED/Incoming"
    lost.mkdir(parents=True)
    scene(lost / "1.jpg", 1)
    assert f"{lost} belongs to no event" in house.run("doctor").stdout
    (lost / "1.jpg").unlink()
    assert f"{lost} belongs to no event" not in house.run("doctor").stdout


@pytest.mark.slow
def test_an_event_that_begins_again_tells_what_the_one_before_left(house: House, tmp_path: Path) -> None:
    """All its photos lay twice on Drive, in two folders of one name, and nobody was told."""
    house.start()
    assert "earlier event" not in house.run("events", "add", "Wed").stderr
    scene(house.root / "Events/Wed/Incoming/1.jpg", 1)
    wait_for(lambda: house.json("status")["safe_to_leave"]["safe"], 30, "it is filed")
    assert house.run("events", "remove", "Wed").returncode == 0
    done = house.run("events", "add", "Wed")
    assert f"1 file of an earlier event lies in {house.root / 'Events/Wed'}, and on Drive" in done.stderr
    assert "earlier event" not in house.run("events", "show", "Wed").stderr


@pytest.mark.slow
def test_a_job_that_waits_for_photos_to_stop_arriving_is_due(tmp_path: Path, house: House) -> None:
    """It was said to come next at a time that had gone."""
    house.drop(scene(tmp_path / "a.jpg", 1), "DSC_0001.jpg")
    assert house.until_done().returncode == 0
    with closing(sqlite3.connect(house.root / ".venuesync/ledger.sqlite")) as db, db:
        db.execute("UPDATE job SET next_at = ? WHERE name = 'cleanup'", (time.time() - 3600,))
    house.start()
    (line,) = [one for one in house.run("events", "show", "default").stdout.splitlines() if "job cleanup" in one]
    assert "last -, due since" in line
    (other,) = [one for one in house.run("events", "show", "default").stdout.splitlines() if "job backup" in one]
    assert "last -, next" in other
