"""Photos that arrive through Drive: filed like all others, followed when they change, never lost with their folder."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from tests.emulator.drive import Emulator
from tests.making import contents_below, files_below
from tests.venue.house import House, wait_for
from tests.venue.metrics import numbers
from tests.venue.photographer import Photographer
from tests.venue.pictures import FACES, scene, variant
from tests.venue.weddings import event, filed, look, sent, wedding

MP4 = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + b"\0\0\0\x08moov"


pytestmark = pytest.mark.settings(VENUESYNC_SYNC__INTERVAL="1")


@pytest.mark.slow
def test_a_photo_is_said_to_arrive_when_it_was_fetched(house: House, anna: Photographer, tmp_path: Path) -> None:
    """Not when it was seen at its source: over a thin line the newest entry of the activity stood an hour back."""
    folder = anna.folder("From Anna", share=True)
    anna.put(scene(tmp_path / "1.jpg", 1), "DSC_1.jpg", folder)
    house.emulator.faults({"method": "files.get_media", "delay_ms": 3000})
    house.start()
    assert house.run("events", "add", "Wedding", "--source", folder).returncode == 0
    house.drop(scene(tmp_path / "2.jpg", 2), "DSC_2.jpg")
    wait_for(lambda: house.json("status")["photos"]["verified"] == 2, 30, "both are there")
    told = [one["at"] for one in house.json("activity")]
    assert told == sorted(told, reverse=True)


@pytest.mark.slow
def test_photos_of_a_shared_folder_are_filed_with_camera_and_time(
    house: House, anna: Photographer, tmp_path: Path
) -> None:
    """In folders below it, too, as they come; the same photo from both sides is one photo."""
    folder = anna.folder("From Anna", share=True)
    first = anna.folder("Cam_01", folder)
    anna.put(scene(tmp_path / "1.jpg", 1), "cam1_20260504_181530.jpg", first)
    anna.put(scene(tmp_path / "2.jpg", 2), "DSC_2.jpg", folder)
    anna.put(b"not a photo", "notes.txt", folder, "text/plain")
    anna.put(MP4, "clip.mp4", folder, "video/mp4")
    anna.put(b"of no camera", "odd.xyz", folder, "video/x-odd")
    house.start()
    assert wedding(house, f"https://drive.google.com/drive/folders/{folder}?usp=sharing")["sources"][0]["name"] == (
        "From Anna"
    )
    late = anna.folder("Bob", folder)
    anna.put(FACES / "one_guest.jpg", "guest.jpg", late)
    (house.root / "Events/Wedding/Incoming/same.jpg").write_bytes((tmp_path / "2.jpg").read_bytes())
    look(house)
    expected = {
        "Unsorted/No Faces/cam1_20260504_181530.jpg",
        "Unsorted/No Faces/DSC_2.jpg",
        "Unsorted/Videos/clip.mp4",
        "Unsorted/Unknown/guest.jpg",
    }
    wait_for(lambda: filed(house) == sent(house) == expected, 30, "all are filed and sent, once")
    shown = house.json("events", "show", "Wedding")
    cameras = {one["camera_name"]: one["total_files"] for one in shown["cameras"]}
    assert cameras == {"Cam1": 1, "From Anna": 3, "Bob": 1}
    told = [one["text"] for one in house.json("activity")]
    assert "odd.xyz is no photo: neither photo nor video" in told, "what is not taken in is said"
    words = "1 file is no photo and stays where it is: odd.xyz"
    wait_for(lambda: words in house.json("status")["safe_to_leave"]["note"], 20, "also in the verdict")
    photos = {one["name"]: one for one in house.api().get("/events/Wedding/photos").json()["photos"]}
    assert photos["cam1_20260504_181530.jpg"]["taken_at"].startswith("2026-05-04T18:15:30")
    assert photos["cam1_20260504_181530.jpg"]["camera"] == "Cam1"
    assert shown["runs"][-1]["found"] == 4
    assert sum(run["photos"] for run in shown["runs"]) == 4
    watched = numbers(house)
    assert 4 <= watched("downloads_total") <= 5, "the one that lies here, too, may have been fetched before"
    assert watched("photo_duration_seconds_count", step="fetched") == watched("downloads_total")
    assert watched("received_bytes_total") > (FACES / "one_guest.jpg").stat().st_size
    assert house.until_done().returncode == 0


@pytest.mark.slow
def test_chosen_subfolders_shortcuts_and_shared_drives(
    house: House, anna: Photographer, tmp_path: Path, emulator: Emulator
) -> None:
    whole = anna.folder("Project", share=True)
    chosen, other = anna.folder("Chosen", whole), anna.folder("Other", whole)
    anna.put(scene(tmp_path / "1.jpg", 1), "in.jpg", chosen)
    anna.put(scene(tmp_path / "2.jpg", 2), "out.jpg", other)
    elsewhere = anna.folder("Elsewhere", share=True)
    anna.put(scene(tmp_path / "3.jpg", 3), "behind.jpg", elsewhere)
    alone = anna.put(scene(tmp_path / "4.jpg", 4), "alone.jpg", anna.folder("Private"))
    anna.share(alone)
    anna.shortcut("to a folder", elsewhere, chosen)
    anna.shortcut("to a file.jpg", alone, chosen)
    team = emulator.client()
    drive = team.post("/drive/v3/drives", params={"requestId": "team"}, json={"name": "Studio"}).json()["id"]
    ours = team.post(
        "/drive/v3/files",
        params={"supportsAllDrives": "true"},
        json={"name": "Studio photos", "mimeType": "application/vnd.google-apps.folder", "parents": [drive]},
    ).json()["id"]
    house.start()
    wedding(house, ours)
    assert house.run("events", "source", "Wedding", "add", whole, "--only", chosen).returncode == 0
    members = {"Unsorted/No Faces/in.jpg", "Unsorted/No Faces/behind.jpg", "Unsorted/No Faces/to a file.jpg"}
    wait_for(lambda: filed(house) == members, 20, "the chosen folder alone, with what its shortcuts lead to")
    anna.put(scene(tmp_path / "5.jpg", 5), "late.jpg", elsewhere)
    made = team.post(
        "/upload/drive/v3/files?uploadType=media&supportsAllDrives=true",
        content=scene(tmp_path / "6.jpg", 6).read_bytes(),
        headers={"Content-Type": "image/jpeg"},
    ).json()["id"]
    team.patch(
        f"/drive/v3/files/{made}?addParents={ours}&removeParents=root&supportsAllDrives=true", json={"name": "team.jpg"}
    ).raise_for_status()
    look(house)
    more = {"Unsorted/No Faces/late.jpg", "Unsorted/No Faces/team.jpg"}
    wait_for(lambda: filed(house) == members | more, 20, "what is new behind a shortcut, and on a shared drive")


@pytest.mark.slow
def test_what_goes_at_the_source_stays_here_unless_told_otherwise(
    house: House, anna: Photographer, tmp_path: Path
) -> None:
    folder = anna.folder("Anna", share=True)
    ids = [anna.put(scene(tmp_path / f"{n}.jpg", n), f"DSC_{n}.jpg", folder) for n in range(3)]
    house.start()
    wedding(house, folder)
    wait_for(lambda: len(sent(house)) == 3, 20, "three are on Drive")
    anna.trash(ids[0])
    look(house)
    wait_for(lambda: house.json("events", "show", "Wedding")["runs"][0]["gone"] == 1, 10, "it is noticed")
    assert len(filed(house)) == 3
    assert house.run("events", "set", "Wedding", "gone", "remove").returncode == 0
    anna.delete(ids[1])
    look(house)
    wait_for(lambda: filed(house) == sent(house) and "Unsorted/No Faces/DSC_1.jpg" not in filed(house), 20, "it goes")
    assert {"Unsorted/No Faces/DSC_0.jpg", "Unsorted/No Faces/DSC_2.jpg"} == filed(house)
    anna.trash(ids[2])
    look(house)
    wait_for(lambda: len(filed(house)) == 1, 20, "so does that")
    anna.trash(ids[2], back=True)
    look(house)
    wait_for(lambda: len(filed(house)) == 2 and filed(house) == sent(house), 20, "and it comes back")


@pytest.mark.slow
def test_many_that_go_at_once_wait_for_a_yes(house: House, anna: Photographer, tmp_path: Path) -> None:
    folder = anna.folder("Anna", share=True)
    inside = anna.folder("Ceremony", folder)
    for number in range(24):
        anna.put(scene(tmp_path / f"{number}.jpg", number, (320, 240)), f"DSC_{number}.jpg", inside)
    house.start()
    wedding(house, folder)
    house.run("events", "set", "Wedding", "gone", "remove")
    wait_for(lambda: len(sent(house)) == 24, 40, "all are on Drive")
    anna.trash(inside)
    look(house)
    held = wait_for(lambda: house.json("held"), 20, "they are held")
    assert (held[0]["count"], held[0]["event"]) == (24, "Wedding")
    assert len(filed(house)) == 24
    safe = house.json("status")["safe_to_leave"]
    assert not safe["safe"] and "held" in safe["reason"]
    assert house.run("held", "reject", "--all").returncode == 0
    assert house.json("held") == []
    anna.trash(inside, back=True)
    look(house)
    wait_for(lambda: house.json("events", "show", "Wedding")["runs"][0]["found"] == 24, 20, "they are back")
    anna.trash(inside)  # while they are being fetched
    look(house)
    wait_for(lambda: [one["count"] for one in house.json("held")] == [24], 20, "they are held again, all of them")
    assert house.run("held", "approve", "--all").returncode == 0
    wait_for(lambda: filed(house) == sent(house) == set(), 30, "now they go, here and on Drive")
    assert house.root.joinpath("Events/Wedding/Unsorted").exists()


@pytest.mark.slow
def test_many_that_go_bit_by_bit_wait_for_a_yes_too(house: House, anna: Photographer, tmp_path: Path) -> None:
    """Somebody empties a folder by hand: what is over the limit is held, however little of it each look finds."""
    folder = anna.folder("Anna", share=True)
    ids = [anna.put(scene(tmp_path / f"{n}.jpg", n, (320, 240)), f"DSC_{n}.jpg", folder) for n in range(26)]
    house.start()
    wedding(house, folder)
    house.run("events", "set", "Wedding", "gone", "remove")
    wait_for(lambda: len(sent(house)) == 26, 40, "all are on Drive")
    for at, gone in zip(range(0, 26, 5), (5, 10, 15, 20, 25, 26), strict=True):
        for one in ids[at:gone]:
            anna.trash(one)
        look(house)
        wait_for(lambda gone=gone: of_runs(house, "gone") == gone, 20, f"{gone} are noticed")
    [waits] = house.json("held")
    assert waits["count"] == 6 and "5 photos" not in waits["why"], "one joined the five"
    wait_for(lambda: len(filed(house)) == len(sent(house)) == 6, 20, "the rest went")


def of_runs(house: House, what: str) -> int:
    return sum(run[what] for run in house.json("events", "show", "Wedding")["runs"])


@pytest.mark.slow
def test_a_source_that_is_not_shared_any_more_is_that_events_trouble_alone(
    house: House, anna: Photographer, tmp_path: Path
) -> None:
    lost, kept = anna.folder("Lost"), anna.folder("Kept", share=True)
    permission = anna.share(lost)
    anna.put(scene(tmp_path / "1.jpg", 1), "DSC_1.jpg", lost)
    house.start()
    wedding(house, lost)
    wedding(house, kept, name="Party")
    house.run("events", "set", "Wedding", "gone", "remove")
    wait_for(lambda: len(sent(house)) == 1, 20, "its photo is on Drive")
    anna.unshare(lost, permission)
    look(house)
    broken = wait_for(lambda: event(house, state="ERROR"), 20, "the event is in ERROR")
    assert broken["sources"][0]["state"] == "lost"
    trouble = house.json("errors")["open"][0]
    assert "Lost" in trouble["detail"] and lost in trouble["detail"]
    assert "operator@" in trouble["remedy"]
    assert len(filed(house)) == 1  # nothing is removed
    anna.put(scene(tmp_path / "2.jpg", 2), "DSC_2.jpg", kept)
    look(house)
    wait_for(lambda: filed(house, "Party") == {"Unsorted/No Faces/DSC_2.jpg"}, 20, "the other one goes on")
    anna.share(lost)
    anna.put(scene(tmp_path / "3.jpg", 3), "DSC_3.jpg", lost)
    look(house)
    wait_for(lambda: event(house, state="UP_TO_DATE") and len(filed(house)) == 2, 30, "it heals by itself")
    assert house.json("errors")["open"] == []


@pytest.mark.slow
def test_a_lost_source_can_be_replaced_by_another(house: House, anna: Photographer, tmp_path: Path) -> None:
    """Also where the folder that another event goes to was deleted: it is nothing of this event's."""
    lost, found, target = anna.folder("Lost"), anna.folder("Found", share=True), anna.folder("Target")
    permission, _ = anna.share(lost), anna.share(target, "writer")
    anna.put(scene(tmp_path / "1.jpg", 1), "DSC_1.jpg", found)
    house.start()
    wedding(house, lost)
    assert house.run("events", "add", "Party").returncode == 0
    assert house.run("events", "set", "Party", "destination", target).returncode == 0
    anna.unshare(lost, permission)
    for one in anna.permissions(target):
        anna.unshare(target, one)
    look(house)
    wait_for(lambda: event(house, state="ERROR"), 20, "it is lost")
    for done in (("add", found), ("disable", "Lost"), ("enable", "Lost"), ("remove", "Lost")):
        change = house.run("events", "source", "Wedding", *done)
        assert change.returncode == 0, change.stderr
    wait_for(lambda: house.json("status")["safe_to_leave"]["safe"], 60, "nothing is missing any more")
    assert filed(house) == {"Unsorted/No Faces/DSC_1.jpg"}


@pytest.mark.slow
def test_a_lost_source_that_is_looked_at_no_more_needs_nobody(house: House, anna: Photographer) -> None:
    """Switched on again it is told anew; taken off the event it is over for good."""
    lost = anna.folder("Lost")
    permission = anna.share(lost)
    house.start()
    wedding(house, lost)
    wait_for(lambda: event(house, state="UP_TO_DATE"), 20, "it was listed")
    anna.unshare(lost, permission)
    look(house)
    wait_for(lambda: house.json("errors")["open"], 30, "that it cannot be reached is told")
    assert house.run("events", "source", "Wedding", "disable", "Lost").returncode == 0
    assert house.json("errors")["open"] == []
    assert house.run("events", "source", "Wedding", "enable", "Lost").returncode == 0
    wait_for(lambda: house.json("errors")["open"], 60, "it is told anew")
    assert house.run("events", "source", "Wedding", "remove", "Lost").returncode == 0
    assert house.json("errors")["open"] == []
    look(house)
    time.sleep(2)
    assert house.json("errors")["open"] == []


def test_a_source_that_is_switched_off_while_it_turns_out_to_be_lost_needs_nobody(
    house: House, anna: Photographer
) -> None:
    lost = anna.folder("Lost")
    permission = anna.share(lost)
    house.start()
    wedding(house, lost)
    anna.unshare(lost, permission)
    house.emulator.faults([{"method": "files.get", "delay_ms": 2000, "times": 1}])
    looking = threading.Thread(target=house.process, args=("sync",))
    looking.start()
    wait_for(lambda: house.emulator.get("faults")["faults"] == [], 20, "it is asked for")
    assert house.run("events", "source", "Wedding", "disable", "Lost").returncode == 0
    looking.join()
    time.sleep(3)  # the answer has come
    assert house.json("errors")["open"] == []


@pytest.mark.slow
def test_all_of_it_is_back_after_a_pulled_plug(house: House, anna: Photographer, tmp_path: Path) -> None:
    """Events, sources, where the feed stands; nothing is fetched twice, and forgotten tokens are no loss."""
    folder = anna.folder("Anna", share=True)
    for number in range(4):
        anna.put(scene(tmp_path / f"{number}.jpg", number), f"DSC_{number}.jpg", folder)
    house.start()
    wedding(house, folder)
    wait_for(lambda: verified(house) == 4, 20, "four are on Drive, and that is written down")
    house.kill()
    fifth = anna.put(scene(tmp_path / "5.jpg", 5), "DSC_5.jpg", folder)
    house.emulator.forget_requests()
    house.start()
    wait_for(lambda: len(sent(house)) == 5, 20, "what came meanwhile is fetched")
    methods = house.emulator.requests()["methods"]
    assert "files.get" not in methods, "nothing was in doubt"
    full = [one for one in house.json("events", "show", "Wedding")["runs"] if one["kind"] == "full"]
    assert len(full) == 1, "the feed went on where it was"
    house.kill()
    anna.trash(fifth)
    anna.put(scene(tmp_path / "6.jpg", 6), "DSC_6.jpg", folder)
    house.emulator.expire("page_tokens")
    house.start()
    wait_for(lambda: len(sent(house)) == 6, 20, "listed again, compared, and fetched")
    assert any("listed again" in one["text"] for one in house.json("activity"))
    assert house.json("status")["photos"]["seen"] == 6


@pytest.mark.slow
def test_what_drive_had_and_had_not_answered_yet_is_asked_for_once(
    house: House, anna: Photographer, tmp_path: Path
) -> None:
    folder = anna.folder("Anna", share=True)
    anna.put(scene(tmp_path / "0.jpg", 0), "DSC_0.jpg", folder)
    house.start()
    wedding(house, folder)
    wait_for(lambda: verified(house) == 1, 20, "its folders are made")
    house.stop()
    for number in range(1, 5):
        anna.put(scene(tmp_path / f"{number}.jpg", number), f"DSC_{number}.jpg", folder)
    house.emulator.faults([{"method": "files.create", "delay_ms": 60_000, "times": None}])
    house.start()
    wait_for(lambda: len(sent(house)) == 5, 20, "four more are on Drive")
    assert verified(house) == 1, "and it has said so of none"
    house.kill()
    house.emulator.clear_faults()
    house.emulator.forget_requests()
    assert house.until_done().returncode == 0
    methods = house.emulator.requests()["methods"]
    assert methods["files.get"] == 4 and "files.create" not in methods
    assert filed(house) == sent(house) and len(sent(house)) == 5


def verified(house: House) -> int:
    return house.json("status")["photos"]["verified"]


@pytest.mark.slow
def test_a_download_goes_on_where_it_broke_off(house: House, anna: Photographer, tmp_path: Path) -> None:
    folder = anna.folder("Anna", share=True)
    large = tmp_path / "large.jpg"
    variant(scene(tmp_path / "1.jpg", 1), large, 1)
    large.write_bytes(large.read_bytes() + b"\0" * 6_000_000)
    anna.put(large, "large.jpg", folder)
    house.environ["VENUESYNC_DRIVE__DOWN_MBPS"] = "16"
    house.start()
    assert house.run("events", "add", "Wedding", "--source", folder).returncode == 0
    parts = house.root / ".venuesync/downloads"
    wait_for(
        lambda: sum(len(what) for one, what in contents_below(parts).items() if one.endswith(".part")) > 2_000_000,
        20,
        "a third is there",
    )
    house.kill()
    house.emulator.forget_requests()
    house.start()
    wait_for(lambda: filed(house) == {"Unsorted/No Faces/large.jpg"}, 30, "it is filed")
    assert house.emulator.requests()["bytes_out"] < 4_600_000, "the rest alone was fetched"
    assert (house.root / "Events/Wedding/Unsorted/No Faces/large.jpg").read_bytes() == large.read_bytes()
    assert not any(path.endswith(".part") for path in files_below(parts))


@pytest.mark.slow
def test_what_venuesync_filed_is_never_a_source(house: House, anna: Photographer, tmp_path: Path) -> None:
    """Even where our folder was moved into a source; where it, or a destination, would lie inside one is refused."""
    house.start()
    house.drop(scene(tmp_path / "1.jpg", 1), "DSC_1.jpg")
    wait_for(lambda: sent(house, "default"), 20, "a photo is on Drive")
    whole = house.run("events", "add", "Wedding", "--source", "root")
    assert (whole.returncode, "inside a source" in whole.stderr) == (2, True)
    with house.emulator.client("browser") as client:
        kind = "application/vnd.google-apps.folder"
        work = client.post("/drive/v3/files", json={"name": "Work", "mimeType": kind}).json()["id"]
        wedding(house, work)
        top = next(one for one in house.emulator.files() if one["path"] == "venuesync")
        root = client.get("/drive/v3/files/root").json()["id"]
        client.patch(f"/drive/v3/files/{top['id']}", params={"addParents": work, "removeParents": root}, json={})
        mine = client.post("/drive/v3/files", json={"name": "Mine", "mimeType": kind, "parents": [work]}).json()["id"]
    look(house)
    time.sleep(1)
    assert filed(house) == set()
    refused = house.run("events", "add", "Party", "--destination", mine)
    assert refused.returncode == 2
    assert "inside a source" in refused.stderr


def media_asked(house: House) -> int:
    return int(house.emulator.requests()["methods"].get("files.get_media", 0))


def test_a_photo_that_is_called_a_text_is_named(house: House, anna: Photographer, tmp_path: Path) -> None:
    """It was neither fetched nor told, and all was safe."""
    folder = anna.folder("From Anna", share=True)
    photo = scene(tmp_path / "1.jpg", 1)
    anna.put(photo, "DSC_1.txt", folder, "text/plain")
    anna.put(photo, "DSC_1.jpg", folder)
    house.start()
    wedding(house, folder)
    words = "Not taken, as neither name nor type is a photo's or a video's: DSC_"
    told = lambda: [one["text"] for one in house.json("activity") if words in one["text"]]  # noqa: E731
    wait_for(told, 20, "it is named")
    anna.put(scene(tmp_path / "2.jpg", 2), "DSC_2.txt", folder, "text/plain")
    assert house.run("resync", "Wedding").returncode == 0
    wait_for(lambda: len(told()) == 2, 20, "so is the next, once all is listed")
    assert house.run("resync", "Wedding").returncode == 0
    wait_for(lambda: house.json("status")["safe_to_leave"]["safe"], 20, "it was listed")
    assert len(told()) == 2, "once"


def test_a_photo_whose_name_and_type_say_nothing_is_looked_at(house: House, anna: Photographer, tmp_path: Path) -> None:
    """As rclone sends a file without an extension: it was neither fetched nor told, and all was safe."""
    folder = anna.folder("From Anna", share=True)
    anna.put(scene(tmp_path / "1.jpg", 1), "DSC_0001", folder, "application/octet-stream")
    anna.put(b"of no camera", "LICENSE", folder, "application/octet-stream")
    house.start()
    wedding(house, folder)
    wait_for(lambda: len(sent(house)) == 1, 30, "it is filed and sent")
    words = "1 file is no photo and stays where it is: LICENSE"
    wait_for(lambda: words in house.json("status")["safe_to_leave"]["note"], 20, "what is none is told")
