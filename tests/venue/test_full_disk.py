"""A full disk under the stores: the agent waits, says so, and goes on by itself; nothing is lost, nothing runs wild."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.emulator.drive import Emulator
from tests.venue.disks import MB, Disk, needs_mounts
from tests.venue.house import House, wait_for
from tests.venue.photographer import Photographer
from tests.venue.pictures import FACES, padded, scene, variant
from tests.venue.weddings import look, sent, wedding
from tests.venue.witness import Witness

pytestmark = needs_mounts()
TICKS = 100  # of processor time in a second


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    with Disk(tmp_path / "disk") as made:
        yield made


@pytest.fixture
def venue(tmp_path: Path, disk: Disk, emulator: Emulator) -> Iterator[House]:
    """A venue on a small disk, whose card lies on another one."""
    house = House(disk.path / "venue", emulator)
    house.environ["XDG_RUNTIME_DIR"] = str(tmp_path)
    card = tmp_path / "card"
    card.mkdir()
    house.environ["VENUESYNC_INCOMING__FOLDERS"] = str(card)
    yield house
    house.close()


def card_gets(house: House, tmp_path: Path, photo: Path, name: str) -> None:
    """A photo arrives on the card, which has room."""
    target = tmp_path / "card" / name
    beside = tmp_path / f".{name}"
    beside.write_bytes(photo.read_bytes())
    beside.rename(target)
    house.expected.arrived(target)


def safe(house: House) -> bool:
    return house.json("status")["safe_to_leave"]["safe"]


def processor_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


@pytest.mark.slow
def test_a_full_disk_pauses_what_needs_it_and_all_goes_on_by_itself(tmp_path: Path, disk: Disk, venue: House) -> None:
    agent = venue.start()
    with Witness(venue.root, venue.emulator.url, venue.expected) as witness:
        card_gets(venue, tmp_path, scene(tmp_path / "a.jpg", 1), "DSC_0001.jpg")
        wait_for(lambda: safe(venue), 60, "the first photo is on Drive")
        disk.fill()
        card_gets(venue, tmp_path, variant(FACES / "one_guest.jpg", tmp_path / "b.jpg", 2), "DSC_0002.jpg")
        status = wait_for(lambda: full(venue), 10, "the disk is said to be full")
        assert not status["safe_to_leave"]["safe"]
        assert status["safe_to_leave"]["reason"].startswith("the disk is full: nothing more can be written to ")
        assert status["disk"]["free_bytes"] < 5 * MB
        (told,) = venue.json("errors")["open"]
        assert (told["kind"], told["title"], told["count"]) == ("disk_full", "The disk is full", 1)
        assert told["remedy"].startswith("Make room")
        checked = venue.run("status", "--check")
        assert (checked.returncode, "the disk is full" in checked.stdout) == (1, True)

        # What an operator decides is written into the room that was kept for that.
        done = venue.run("enroll", "Ana", str(FACES / "one_guest.jpg"))
        assert done.returncode == 0, done.stderr
        disk.fill()
        refused_in_words(venue)
        reading_goes_on(venue)
        nothing_runs_wild(venue, agent.pid)

        disk.free()
        began = time.monotonic()
        wait_for(lambda: safe(venue), 15, "all goes on by itself")
        assert time.monotonic() - began < 10
    assert witness.false == []
    told = venue.json("errors")
    assert told["open"] == []
    assert "disk_full" in [one["kind"] for one in told["healed"]], "what was is told afterwards"
    assert [one["name"] for one in venue.json("people")] == ["Ana"]
    assert venue.json("status")["paused"]["uploads"] is False
    venue.assert_invariants()
    assert venue.stop() == 0
    assert agent.stdout is not None
    assert "Traceback" not in agent.stdout.read()


def full(house: House) -> dict | None:
    status = house.json("status")
    return status if status["disk"]["state"] == "full" else None


def refused_in_words(house: House) -> None:
    """By the command, exit 1; over HTTP 507 in the shape of every error."""
    done = house.run("pause", "uploads")
    assert done.returncode == 1, done.stdout
    assert "The disk is full" in done.stderr
    assert "Traceback" not in done.stderr
    given = {"pause": {"what": "uploads"}, "enroll": {"name": "Bo", "photos": [str(FACES / "one_guest.jpg")]}}
    with house.api() as api:
        for verb, arguments in given.items():
            answer = api.post(f"/commands/{verb}", json=arguments)
            assert answer.status_code == 507, answer.text
            assert answer.json()["kind"] == "disk_full"
            assert answer.json()["remedy"].startswith("Make room")
        assert api.get("/health").json()["status"] == "degraded"


def reading_goes_on(house: House) -> None:
    assert house.run("photos").returncode == 0
    with house.api() as api:
        for question in ("status", "people", "photos", "errors", "activity", "uploads", "unknown", "snapshot"):
            assert api.get(f"/{question}").status_code == 200, question


def nothing_runs_wild(house: House, pid: int) -> None:
    """No photo is looked at again and again, no line is logged again and again."""
    log = house.root / ".venuesync/logs/agent.log"
    lines, spent = len(log.read_bytes()) if log.exists() else 0, processor_seconds(pid)
    time.sleep(3)
    assert processor_seconds(pid) - spent < 1.0
    assert (len(log.read_bytes()) if log.exists() else 0) - lines < 2000


@pytest.mark.slow
def test_an_agent_starts_on_a_full_disk_or_says_why_not(tmp_path: Path, disk: Disk, venue: House) -> None:
    """With the room that was kept it starts; without, it says so in words, and what is known can still be read."""
    venue.start()
    card_gets(venue, tmp_path, scene(tmp_path / "a.jpg", 1), "DSC_0001.jpg")
    wait_for(lambda: safe(venue), 60, "the first photo is on Drive")
    assert venue.stop() == 0
    disk.fill()
    agent = venue.start()
    wait_for(lambda: full(venue) or safe(venue), 20, "it answers")
    disk.fill()
    assert venue.stop() == 0
    assert agent.stdout is not None
    assert "Traceback" not in agent.stdout.read()
    disk.fill()
    done = venue.run("--no-ui")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("venuesync: The disk is full: ")
    assert len(done.stderr.splitlines()) <= 2
    stopped = venue.run("status", "--json")
    assert stopped.returncode == 3, stopped.stderr
    assert '"mode": "stopped"' in stopped.stdout
    assert venue.run("people").returncode == 0
    disk.fill()  # what the ledger had left beside itself went as it was read
    refused = venue.run("pause", "uploads")
    assert (refused.returncode, "The disk is full" in refused.stderr) == (1, True)
    disk.free()
    assert venue.until_done().returncode == 0
    venue.assert_invariants()


def test_a_workspace_is_not_half_made_on_a_full_disk(tmp_path: Path, disk: Disk, venue: House) -> None:
    """No settings file cut short is left behind, which the next start would stumble over."""
    disk.fill()
    new = disk.path / "new"
    done = venue.run("init", str(new))
    assert done.returncode in (1, 2)
    assert "Traceback" not in done.stderr
    assert not (new / "config.toml").exists()
    disk.free()
    assert venue.run("init", str(new)).returncode == 0
    assert "[drive]" in (new / "config.toml").read_text()


@pytest.mark.slow
@pytest.mark.settings(VENUESYNC_SYNC__INTERVAL="1")
def test_a_file_of_a_source_that_does_not_fit_waits_alone(tmp_path: Path, disk: Disk, venue: House) -> None:
    """It is named, and the disk is not filled with it: photos of that source and of the card go on."""
    disk.enlarge(96 * MB)
    anna = Photographer(venue.emulator)
    folder = anna.folder("From Anna", share=True)
    large = padded(scene(tmp_path / "large.jpg", 1), 90 * MB, 1)
    anna.put(large, "LARGE.jpg", folder)
    venue.start()
    assert venue.run("events", "add", "Wedding", "--source", folder).returncode == 0
    told = wait_for(lambda: venue.json("errors")["open"], 20, "that it does not fit is told")
    assert [(one["title"], one["subjects"]) for one in told] == [("No room for a file", ["LARGE.jpg"])]
    for number in (2, 3):
        anna.put(scene(tmp_path / f"{number}.jpg", number), f"DSC_{number}.jpg", folder)
        card_gets(venue, tmp_path, scene(tmp_path / f"c{number}.jpg", 10 + number), f"C_{number}.jpg")
    look(venue)
    wait_for(lambda: venue.json("status")["photos"]["verified"] == 4, 30, "all others are on Drive")
    status = venue.json("status")
    assert not status["safe_to_leave"]["safe"]
    assert status["disk"]["state"] != "full"
    assert disk.free_bytes > 32 * MB
    number = str(told[0]["ids"][0])
    assert venue.run("errors", "dismiss", number).returncode == 0
    wait_for(lambda: safe(venue), 20, "it was set aside, and all others are safe")
    assert venue.json("status")["safe_to_leave"]["set_aside"] == 1
    assert venue.run("errors", "restore", number).returncode == 0
    assert not safe(venue)
    disk.enlarge(300 * MB)
    wait_for(lambda: safe(venue), 40, "there is room for it, and it is fetched by itself")
    assert venue.json("errors")["open"] == []
    assert venue.json("status")["photos"]["verified"] == 5


@pytest.mark.slow
def test_what_is_being_fetched_leaves_what_is_kept_free(tmp_path: Path, disk: Disk, venue: House) -> None:
    """Others may take the room meanwhile for which it was begun: then it waits, and goes on where it was."""
    disk.enlarge(96 * MB)
    venue.environ |= {"VENUESYNC_DISK__KEEP_FREE": f"{16 * MB}", "VENUESYNC_DRIVE__DOWN_MBPS": "8"}
    anna = Photographer(venue.emulator)
    folder = anna.folder("From Anna", share=True)
    anna.put(padded(scene(tmp_path / "large.jpg", 1), 20 * MB, 1), "LARGE.jpg", folder)
    venue.start()
    assert venue.run("events", "add", "Wedding", "--source", folder).returncode == 0
    wait_for(lambda: 0 < venue.json("status")["downloads"]["bytes_left"] < 19 * MB, 20, "it is being fetched")
    with (disk.path / "filler").open("wb") as file:
        file.write(b"x" * (disk.free_bytes - 15 * MB))
    wait_for(lambda: full(venue) and not venue.json("status")["downloads"]["active"], 20, "it waits")
    left = disk.free_bytes
    time.sleep(3)
    assert disk.free_bytes > left - MB
    assert left > 13 * MB
    venue.emulator.forget_requests()
    disk.free()
    wait_for(lambda: safe(venue), 60, "it goes on by itself")
    assert venue.emulator.requests()["bytes_out"] < 19.5 * MB


@pytest.mark.slow
def test_a_photo_that_does_not_fit_waits_alone(tmp_path: Path, disk: Disk, venue: House) -> None:
    """The disk is not filled with the beginning of it again and again; it is named, and others are filed."""
    disk.enlarge(96 * MB)
    venue.start()
    lowest = [disk.free_bytes]
    card_gets(venue, tmp_path, padded(scene(tmp_path / "large.jpg", 1), 90 * MB, 1), "LARGE.jpg")

    def told() -> list[str]:
        lowest[0] = min(lowest[0], disk.free_bytes)
        return [name for one in venue.json("errors")["open"] for name in one["subjects"]]

    wait_for(lambda: told() == ["LARGE.jpg"], 20, "that it does not fit is told")
    for number in (2, 3):
        card_gets(venue, tmp_path, scene(tmp_path / f"{number}.jpg", number), f"C_{number}.jpg")
    wait_for(lambda: told() and venue.json("status")["photos"]["unsorted"] == 2, 20, "others are filed")
    assert venue.json("status")["disk"]["state"] != "full"
    assert lowest[0] > 32 * MB
    disk.enlarge(300 * MB)
    wait_for(lambda: safe(venue), 30, "there is room for it, and it is filed by itself")
    assert venue.json("errors")["open"] == []
    venue.assert_invariants()


@pytest.mark.slow
@pytest.mark.settings(VENUESYNC_SYNC__INTERVAL="1")
def test_a_source_that_is_removed_while_the_disk_is_full_is_not_looked_at_again(
    tmp_path: Path, disk: Disk, venue: House
) -> None:
    """A look at all had begun that waited for room: what came to it since was filed."""
    anna = Photographer(venue.emulator)
    folder, other = anna.folder("From Anna", share=True), anna.folder("Other", share=True)
    anna.put(scene(tmp_path / "1.jpg", 1), "DSC_1.jpg", folder)
    venue.start()
    wedding(venue, folder, other)
    wait_for(lambda: safe(venue), 40, "the first photo is on Drive")
    disk.fill()
    look(venue)
    wait_for(lambda: full(venue), 10, "the disk is said to be full")
    anna.put(scene(tmp_path / "2.jpg", 2), "DSC_2.jpg", folder)
    anna.put(scene(tmp_path / "3.jpg", 3), "DSC_3.jpg", other)
    assert venue.run("events", "source", "remove", "Wedding", "From Anna").returncode == 0
    disk.free()
    wait_for(lambda: "Unsorted/No Faces/DSC_3.jpg" in sent(venue), 20, "what is looked at still came")
    wait_for(lambda: safe(venue), 20, "nothing is left to do")
    assert sent(venue) == {"Unsorted/No Faces/DSC_1.jpg", "Unsorted/No Faces/DSC_3.jpg"}
