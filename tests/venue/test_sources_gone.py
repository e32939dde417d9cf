"""What is gone at its source, or a source that is gone: nothing is taken along that is wanted, nothing is left over."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from agent.roster import Roster
from tests.making import files_below
from tests.venue.house import House, wait_for
from tests.venue.photographer import Photographer
from tests.venue.pictures import padded, scene
from tests.venue.test_raw_and_jpeg import ANNA, raw
from tests.venue.test_sources import media_asked
from tests.venue.weddings import event, filed, look, of_annas_folder, queued, sent, wedding

pytestmark = pytest.mark.settings(VENUESYNC_SYNC__INTERVAL="1")

MANY = 100  # photos


def safe(house: House) -> bool:
    return house.json("status")["safe_to_leave"]["safe"]


def put_shot(house: House, anna: Photographer, files: dict[str, Path]) -> dict[str, str]:
    """One after the other is filed in a new event, as a photographer's upload brings them; their ids."""
    folder = of_annas_folder(house, anna)
    ids: dict[str, str] = {}
    for number, (name, file) in enumerate(files.items(), 1):
        kind = "image/x-nikon-nef" if name.endswith("NEF") else "image/jpeg"
        ids[name] = anna.put(file, name, folder, kind)
        look(house)
        wait_for(lambda number=number: len(sent(house)) == number and safe(house), 40, f"{name} is on Drive")
    return ids


ORDERS = [("DSC_1.JPG", "DSC_1.NEF"), ("DSC_1.NEF", "DSC_1.JPG")]


@pytest.mark.slow
@pytest.mark.settings(VENUESYNC_SYNC__GONE="remove")
@pytest.mark.parametrize("order", ORDERS)
def test_a_raw_file_whose_jpeg_is_gone_stands_for_itself(
    house: House, anna: Photographer, tmp_path: Path, order: tuple[str, str]
) -> None:
    """Counted, looked at, and filed under whoever gets a name later."""
    files = {"DSC_1.JPG": ANNA, "DSC_1.NEF": raw(tmp_path / "a.nef", ANNA)}
    ids = put_shot(house, anna, {name: files[name] for name in order})
    anna.trash(ids["DSC_1.JPG"])
    look(house)
    wait_for(lambda: filed(house) == sent(house) == {"Unsorted/Unknown/DSC_1.NEF"}, 30, "it goes")
    wait_for(lambda: house.json("status")["photos"]["verified"] == 1, 40, "it is one photo")
    assert house.json("status")["photos"]["seen"] == 1
    assert house.run("enroll", "Anna Berg", str(ANNA), "--event", "Wedding").returncode == 0
    wait_for(lambda: filed(house) == sent(house) == {"People/Anna Berg/Solo/DSC_1.NEF"}, 30, "it follows")
    anna.trash(ids["DSC_1.JPG"], back=True)
    look(house)
    both = {"People/Anna Berg/Solo/DSC_1.JPG", "People/Anna Berg/Solo/DSC_1.NEF"}
    wait_for(lambda: filed(house) == sent(house) == both and safe(house), 40, "both are one shot again")
    assert house.json("status")["photos"]["seen"] == 1
    house.assert_invariants()


@pytest.mark.slow
@pytest.mark.settings(VENUESYNC_SYNC__GONE="remove")
@pytest.mark.parametrize("order", ORDERS)
def test_a_raw_file_whose_jpeg_was_replaced_is_one_shot_with_the_new_one(
    house: House, anna: Photographer, tmp_path: Path, order: tuple[str, str]
) -> None:
    files = {"DSC_1.JPG": scene(tmp_path / "1.jpg", 1), "DSC_1.NEF": raw(tmp_path / "a.nef", ANNA)}
    ids = put_shot(house, anna, {name: files[name] for name in order})
    anna.replace(ids["DSC_1.JPG"], ANNA)
    look(house)
    both = {"Unsorted/Unknown/DSC_1.JPG", "Unsorted/Unknown/DSC_1.NEF"}
    wait_for(lambda: filed(house) == sent(house) == both and safe(house), 40, "both where the new one belongs")
    assert house.json("status")["photos"]["seen"] == 1
    house.assert_invariants()


@pytest.mark.slow
@pytest.mark.settings(VENUESYNC_SYNC__GONE="remove")
def test_what_came_by_card_since_is_not_taken_out_by_a_yes(house: House, anna: Photographer, tmp_path: Path) -> None:
    """The photographer cleared the folder and gave the card instead."""
    folder = anna.folder("Anna", share=True)
    shots = [scene(tmp_path / f"{number}.jpg", number) for number in range(24)]
    ids = [anna.put(one, f"DSC_{one.stem}.jpg", folder) for one in shots]
    house.start()
    wedding(house, folder)
    wait_for(lambda: len(sent(house)) == 24 and safe(house), 60, "all are on Drive")
    for one in ids:
        anna.trash(one)
    look(house)
    wait_for(lambda: [one["count"] for one in house.json("held")] == [24], 20, "they are held")
    card = house.root / "Events/Wedding/Incoming"
    for one in shots[:23]:
        (card / f"DSC_{one.stem}.jpg").write_bytes(one.read_bytes())
    look(house)
    wait_for(lambda: [one["count"] for one in house.json("held")] == [1], 20, "of one alone it is to be decided")
    assert house.run("held", "approve", "--all").returncode == 0
    wait_for(lambda: len(filed(house)) == len(sent(house)) == 23, 20, f"{len(filed(house))} are filed")
    wait_for(lambda: safe(house), 20, "all that came is here")


@pytest.mark.slow
@pytest.mark.settings(VENUESYNC_SYNC__GONE="remove")
def test_a_few_photos_that_go_unasked_are_told(house: House, anna: Photographer, tmp_path: Path) -> None:
    """All nine of an event went, here and on Drive, and `status` said that no photo had arrived."""
    folder = anna.folder("Anna", share=True)
    ids = [anna.put(scene(tmp_path / f"{number}.jpg", number), f"DSC_{number}.jpg", folder) for number in range(9)]
    house.start()
    wedding(house, folder)
    wait_for(lambda: len(sent(house)) == 9 and safe(house), 60, "all are on Drive")
    assert house.json("status")["safe_to_leave"]["note"] == ""
    for count, some in ((8, ids[:8]), (9, ids[8:])):
        for one in some:
            anna.trash(one)
        look(house)
        wait_for(lambda count=count: len(filed(house)) == len(sent(house)) == 9 - count, 20, "they go")
        are = "9 photos that went at their source today were taken out: see activity"
        assert house.json("status")["safe_to_leave"]["note"] == are.replace("9", str(count))
    assert are in house.run("status").stdout
    assert "8 photos gone at the source: taken out here" in house.run("activity").stdout


def test_a_lost_source_that_is_removed_leaves_no_trouble(house: House, anna: Photographer, tmp_path: Path) -> None:
    lost, kept = anna.folder("Lost"), anna.folder("Kept", share=True)
    permission = anna.share(lost)
    house.start()
    wedding(house, lost, kept)
    anna.unshare(lost, permission)
    look(house)
    wait_for(lambda: event(house, state="ERROR"), 20, "the event is in ERROR")
    assert "Lost" in house.json("errors")["open"][0]["detail"]
    assert house.run("events", "source", "Wedding", "remove", "Lost").returncode == 0
    wait_for(lambda: event(house, state="UP_TO_DATE"), 20, f"nothing is wrong with it: {event(house)}")
    assert [one["title"] for one in house.json("errors")["open"] if "source" in one["title"]] == []


@pytest.mark.slow
def test_a_source_that_was_removed_just_before_a_crash_is_not_fetched(
    house: House, anna: Photographer, tmp_path: Path
) -> None:
    """The roster says so first, the ledger a moment later: between the two somebody pulled the plug."""
    folder = of_annas_folder(house, anna)
    assert house.run("pause", "all").returncode == 0
    anna.put(scene(tmp_path / "1.jpg", 1), "DSC_1.jpg", folder)
    look(house)
    wait_for(lambda: queued(house) == 1, 20, "it is known")
    house.kill()
    roster = Roster(house.root / ".venuesync" / "roster.json")
    one = roster.event("Wedding")
    roster.change_event(one.id, lambda was: replace(was, sources=()))
    house.start()
    assert queued(house) == 0, "nothing is to be fetched"
    assert house.run("resume", "all").returncode == 0
    assert filed(house) == set()


@pytest.mark.slow
@pytest.mark.settings(VENUESYNC_DRIVE__RETRY_DELAY="0.2")
def test_one_that_google_gives_nobody_today_is_named_at_once(house: House, anna: Photographer, tmp_path: Path) -> None:
    """It was tried again after a day, and till then it was said that it is still to be fetched."""
    house.emulator.faults([{"method": "files.get_media", "reason": "downloadQuotaExceeded", "times": None}])
    folder = anna.folder("Anna", share=True)
    anna.put(scene(tmp_path / "1.jpg", 1), "DSC_1.jpg", folder)
    house.start()
    assert house.run("events", "add", "Wedding", "--source", folder).returncode == 0
    told = wait_for(lambda: house.json("errors")["open"], 20, "it is named")
    assert told[0]["title"] == "Google blocked this file" and "DSC_1.jpg" in told[0]["detail"]
    assert house.json("status")["safe_to_leave"]["outlook"] == "failed"
    house.emulator.clear_faults()
    assert house.run("retry", "--all").returncode == 0
    wait_for(lambda: filed(house) and safe(house), 20, "the next day it is here")
    assert house.json("errors")["open"] == []


@pytest.mark.slow
@pytest.mark.settings(VENUESYNC_SYNC__GONE="remove", VENUESYNC_INCOMING__AFTER="move")
def test_what_came_by_card_too_stays_where_the_card_was_put_away(
    house: House, anna: Photographer, tmp_path: Path
) -> None:
    """As it does where originals stay in their folder."""
    folder = anna.folder("Anna", share=True)
    shot = scene(tmp_path / "1.jpg", 1)
    ids = [anna.put(shot, "DSC_1.jpg", folder), anna.put(scene(tmp_path / "2.jpg", 2), "DSC_2.jpg", folder)]
    house.start()
    wedding(house, folder)
    (house.root / "Events/Wedding/Incoming/DSC_1.jpg").write_bytes(shot.read_bytes())
    look(house)
    wait_for((house.root / "Events/Wedding/Processed/DSC_1.jpg").exists, 40, "the card's file is put away")
    wait_for(lambda: len(sent(house)) == 2 and safe(house), 20, "both are here")
    for one in ids:
        anna.trash(one)
    look(house)
    wait_for(lambda: "Unsorted/No Faces/DSC_2.jpg" not in filed(house), 20, "the other one goes")
    assert filed(house) == {"Unsorted/No Faces/DSC_1.jpg"}
    wait_for(lambda: sent(house) == filed(house) and safe(house), 20, "it stays")


@pytest.mark.slow
@pytest.mark.settings(VENUESYNC_DRIVE__PUSH="https://venue.example/hook")
def test_that_drive_sends_no_word_is_over_once_none_is_asked_for(house: House, anna: Photographer) -> None:
    house.emulator.faults([{"method": "changes.watch", "reason": "badRequest", "times": None}])
    house.start()
    wedding(house, anna.folder("Anna", share=True))
    told = wait_for(lambda: house.json("errors")["open"], 20, "it is refused")
    assert told[0]["title"] == "Drive sends no word of changes"
    assert house.stop() == 0
    del house.environ["VENUESYNC_DRIVE__PUSH"]
    house.start()
    wait_for(lambda: house.json("errors")["open"] == [], 20, "nobody is to be sent word")


@pytest.mark.settings(VENUESYNC_DISK__KEEP_FREE="900TB")
def test_that_the_disk_has_no_room_is_the_reason_that_nothing_is_fetched(
    house: House, anna: Photographer, tmp_path: Path
) -> None:
    folder = anna.folder("Anna", share=True)
    anna.put(scene(tmp_path / "1.jpg", 1), "DSC_1.jpg", folder)
    house.start()
    assert house.run("events", "add", "Wedding", "--source", folder).returncode == 0
    wait_for(lambda: queued(house) == 1, 20, "it is known")
    found = house.json("status")["safe_to_leave"]
    told = (found["code"], found["reason"], found["remedy"])
    reason = "the disk is full, 1 photo still to be fetched from Drive"
    assert told == ("disk_full", reason, "Make room: filing goes on by itself")


@pytest.mark.slow
def test_what_left_the_card_before_it_was_filed_is_fetched_from_its_source(
    house: House, anna: Photographer, tmp_path: Path
) -> None:
    """It was not fetched as it lay here already; here it waits for a yes, on the card alone."""
    folder = of_annas_folder(house, anna)
    assert house.run("events", "set", "Wedding", "review", "true").returncode == 0
    shot = scene(tmp_path / "1.jpg", 1)
    card = house.root / "Events/Wedding/Incoming/DSC_1.jpg"
    card.write_bytes(shot.read_bytes())
    wait_for(lambda: house.json("status")["photos"]["held"] == 1, 30, "it waits")
    anna.put(shot, "DSC_1.jpg", folder)
    look(house)
    known = lambda: house.json("events", "show", "Wedding")["sources"][0]  # noqa: E731
    wait_for(lambda: (known()["photos"], known()["to_fetch"]) == (1, 0), 20, "it is one photo")
    card.unlink()
    fetched = house.root / ".venuesync/downloads"
    wait_for(lambda: any(one.endswith(".jpg") for one in files_below(fetched)), 20, "it is fetched")
    wait_for(lambda: house.json("status")["photos"]["held"] == 1, 20, "it waits still")
    assert house.run("photos", "approve", "--all").returncode == 0
    wait_for(lambda: len(sent(house)) == 1 and safe(house), 20, "it is on Drive")


def known_as_its_folder_goes(house: House, anna: Photographer, tmp_path: Path) -> tuple[str, str]:
    """A folder that the venue may see no more, and a photo in it that nobody has fetched, as all is paused."""
    folder = anna.folder("Anna")
    permission = anna.share(folder)
    anna.put(scene(tmp_path / "1.jpg", 1), "DSC_1.jpg", folder)
    house.start()
    wedding(house, folder)
    wait_for(lambda: safe(house), 30, "the first is on Drive")
    assert house.run("pause", "all").returncode == 0
    photo = anna.put(scene(tmp_path / "2.jpg", 2), "DSC_2.jpg", folder)
    look(house)
    wait_for(lambda: queued(house) == 1, 20, "it is known")
    anna.unshare(folder, permission)
    return folder, photo


@pytest.mark.slow
def test_one_that_is_empty_when_its_folder_is_shared_again_is_not_waited_for(
    house: House, anna: Photographer, tmp_path: Path
) -> None:
    """Nobody was told of it meanwhile, and Drive's lists show the file still."""
    folder, photo = known_as_its_folder_goes(house, anna, tmp_path)
    look(house)
    wait_for(lambda: event(house, state="ERROR"), 20, "its folder is not shared any more")
    anna.replace(photo, b"")
    anna.share(folder)
    look(house)
    wait_for(lambda: not event(house, state="ERROR"), 20, "it is shared again")
    assert house.run("resume", "all").returncode == 0
    wait_for(lambda: queued(house) == 0, 30, "nothing is to be fetched")
    wait_for(lambda: [one["kind"] for one in house.json("errors")["open"]] == ["photo_empty"], 30, "it is named")
    assert not safe(house)


@pytest.mark.settings(VENUESYNC_DRIVE__DOWN_MBPS="0.1")
def test_what_is_fetched_of_an_event_that_is_removed_is_not_left_over(
    house: House, anna: Photographer, tmp_path: Path
) -> None:
    """Nobody knew of the file any more: it lay there for good."""
    folder = of_annas_folder(house, anna)
    anna.put(padded(scene(tmp_path / "1.jpg", 1), 200_000, 1), "DSC_1.jpg", folder)
    look(house)
    wait_for(lambda: media_asked(house), 20, "it is on its way")
    assert house.run("events", "remove", "Wedding").returncode == 0
    house.api().post("/commands/limit", json={"down_mbps": 0}).raise_for_status()
    wait_for(lambda: house.json("status")["downloads"]["active"] == 0, 30, "it has arrived")
    wait_for(lambda: not list(files_below(house.root / ".venuesync/downloads")), 20, "nothing is left of it")


@pytest.mark.slow
def test_of_an_event_that_is_removed_what_was_fetched_goes_once_it_is_filed(
    house: House, anna: Photographer, tmp_path: Path
) -> None:
    """It lay there for good: gigabytes, and faces of people whom nobody can forget any more."""
    folder = of_annas_folder(house, anna)
    for number in (1, 2, 3):
        anna.put(scene(tmp_path / f"{number}.jpg", number), f"DSC_{number}.jpg", folder)
    look(house)
    wait_for(lambda: len(filed(house)) == 3 and safe(house), 30, "all are filed, and on Drive")
    fetched = house.root / ".venuesync/downloads"
    assert len(list(files_below(fetched))) == 3
    number = next(str(one["id"]) for one in house.json("photos") if one["name"] == "DSC_2.jpg")
    assert house.run("photos", "withdraw", number).returncode == 0
    wait_for(lambda: len(filed(house)) == 2 and safe(house), 30, "one is withdrawn: nobody else has it here")
    assert house.run("events", "remove", "Wedding").returncode == 0
    (left,) = wait_for(lambda: len(found := list(files_below(fetched))) == 1 and found, 20, "the rest goes")
    assert (fetched / left).read_bytes() == (tmp_path / "2.jpg").read_bytes()
    assert len(list((house.root / "Events/Wedding").rglob("*.jpg"))) == 2


@pytest.mark.slow
@pytest.mark.settings(VENUESYNC_SYNC__INTERVAL="60", VENUESYNC_SYNC__ADAPTIVE="false")
def test_a_source_that_nobody_may_see_any_more_is_not_safe_once_its_photos_are_refused(
    house: House, anna: Photographer, tmp_path: Path
) -> None:
    """They counted as taken back by the photographer, until the next look; here that is an hour away."""
    folder, _ = known_as_its_folder_goes(house, anna, tmp_path)
    assert house.run("resume", "all").returncode == 0
    told = wait_for(lambda: (now := house.json("status"))["downloads"]["queued"] == 0 and now, 20, "it is refused")
    assert not told["safe_to_leave"]["safe"]
    wait_for(lambda: house.json("status")["safe_to_leave"]["code"] == "source_lost", 20, "that is why")
    anna.share(folder)
    look(house)
    wait_for(lambda: len(filed(house)) == 2 and safe(house), 40, "shared again, all of it is here")


@pytest.mark.slow
def test_what_changed_since_its_event_was_switched_off_is_not_waited_for(
    house: House, anna: Photographer, tmp_path: Path
) -> None:
    """No feed tells of it any more: it was asked for in vain as it had been, for good."""
    folder = anna.folder("Anna", share=True)
    shots = [scene(tmp_path / f"{number}.jpg", number) for number in range(4)]
    kept, gone = (anna.put(shots[number], f"DSC_{number}.jpg", folder) for number in range(2))
    house.start()
    wedding(house, folder)
    wait_for(lambda: len(filed(house)) == 2 and safe(house), 30, "two are here")
    assert house.run("pause", "all").returncode == 0
    for one in (kept, gone):
        anna.replace(one, shots[2])
    look(house)
    wait_for(lambda: queued(house) == 2, 20, "it is known that they are others")
    assert house.run("events", "disable", "Wedding").returncode == 0
    anna.replace(kept, shots[3])
    anna.delete(gone)
    assert house.run("resume", "all").returncode == 0
    wait_for(lambda: queued(house) == 0, 30, "nothing is waited for")
    wait_for(lambda: len(filed(house)) == 3 and safe(house), 30, "the one that is there is here")
    top = house.root / "Events/Wedding"
    assert {(top / one).read_bytes() for one in filed(house)} == {shots[number].read_bytes() for number in (0, 1, 3)}


@pytest.mark.slow
@pytest.mark.settings(VENUESYNC_SYNC__GONE="remove")
def test_what_was_moved_away_comes_back_though_it_is_gone_at_its_source(
    house: House, anna: Photographer, tmp_path: Path
) -> None:
    """Taken back, the move took it out of the one event, and the other one had it no more: it lay nowhere."""
    folder = anna.folder("Anna", share=True)
    ids = [anna.put(scene(tmp_path / f"{number}.jpg", number), f"DSC_{number}.jpg", folder) for number in range(2)]
    house.start()
    wedding(house, folder)
    assert house.run("events", "add", "Party").returncode == 0
    wait_for(lambda: len(filed(house)) == 2 and safe(house), 30, "both are on Drive")
    numbers = {one["name"]: str(one["id"]) for one in house.json("photos")}
    assert house.run("photos", "move", numbers["DSC_0.jpg"], "--event", "Party").returncode == 0
    wait_for(lambda: len(filed(house, "Party")) == 1 and safe(house), 30, "one is moved")
    assert house.run("photos", "withdraw", numbers["DSC_1.jpg"]).returncode == 0
    wait_for(lambda: filed(house) == sent(house) == set(), 30, "the other one is withdrawn")
    for one in ids:
        anna.trash(one)
    look(house)
    wait_for(lambda: house.json("events", "show", "Wedding")["runs"][0]["gone"] == 2, 20, "it is noticed")
    assert house.run("undo").returncode == house.run("undo").returncode == 0
    wait_for(lambda: len(filed(house)) == 2 and filed(house) == sent(house), 30, "both are where they were")
    wait_for(lambda: safe(house), 30, "on Drive, too")
    assert filed(house, "Party") == set()
    house.assert_invariants()


@pytest.mark.slow
@pytest.mark.parametrize("known", ["as broken", "as arrived"])
def test_half_a_photo_is_forgotten_once_its_file_is_whole(
    house: House, anna: Photographer, tmp_path: Path, known: str
) -> None:
    """An upload that broke off, and was done again: it was asked for the whole of it, for good."""
    folder = anna.folder("Anna", share=True)
    whole = scene(tmp_path / "1.jpg", 1).read_bytes()
    file = anna.put(whole[: len(whole) // 2], "DSC_1.jpg", folder)
    house.start()
    wedding(house, folder)
    if known == "as broken":
        wait_for(lambda: house.json("errors")["open"], 60, "it does not open")
    else:
        wait_for(lambda: house.json("status")["photos"]["seen"] == 1, 20, "it is here")
    anna.replace(file, whole)
    look(house)
    wait_for(lambda: filed(house) == sent(house) == {"Unsorted/No Faces/DSC_1.jpg"}, 30, "the whole one is here")
    wait_for(lambda: safe(house), 60, "that is all there is")
    assert house.json("errors")["open"] == []
    assert house.json("status")["photos"]["seen"] == 1


def many_known(house: House, anna: Photographer) -> tuple[str, str]:
    """A folder of many photos, none of which is fetched, as all is paused; and by what it is shared."""
    folder = anna.folder("Anna")
    permission = anna.share(folder)
    for number in range(MANY):
        anna.put(b"%d of no camera" % number, f"DSC_{number}.jpg", folder)
    house.start()
    assert house.run("pause", "all").returncode == 0
    assert house.run("events", "add", "Wedding", "--source", folder).returncode == 0
    wait_for(lambda: queued(house) == MANY, 30, "they are known")
    return folder, permission


@pytest.mark.slow
@pytest.mark.settings(VENUESYNC_SYNC__INTERVAL="60", VENUESYNC_SYNC__ADAPTIVE="false")
def test_a_source_that_is_lost_is_asked_for_once_not_for_each_photo_that_waits(
    house: House, anna: Photographer
) -> None:
    folder, permission = many_known(house, anna)
    anna.unshare(folder, permission)
    house.emulator.forget_requests()
    assert house.run("resume", "all").returncode == 0
    wait_for(lambda: queued(house) == 0, 40, "none can be fetched")
    wait_for(lambda: event(house, state="ERROR"), 20, "that it is lost is said")
    assert not safe(house)
    asked = house.emulator.requests()["methods"]
    assert asked["files.get_media"] == MANY
    assert MANY <= asked["files.get"] <= MANY + 10, "each photo by its id, and the source's folder a few times"


@pytest.mark.settings(VENUESYNC_SYNC__INTERVAL="60", VENUESYNC_SYNC__ADAPTIVE="false")
def test_a_source_that_is_lost_before_lists_are_sure_of_it_is_asked_for_once_not_for_each_photo(
    house: House, anna: Photographer
) -> None:
    folder, permission = many_known(house, anna)
    house.emulator.lag(list_ms=3000)
    anna.unshare(folder, permission)
    house.emulator.forget_requests()
    wait_for(lambda: event(house, state="ERROR"), 40, "that it is lost is said")
    assert house.emulator.requests()["methods"]["files.get"] <= 10, "the source's folder alone, a few times"
