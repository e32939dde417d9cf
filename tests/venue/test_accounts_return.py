"""An event that goes to another Google account and comes back: it lies there as it is by now."""

from __future__ import annotations

import shutil
import sqlite3
import time
from contextlib import closing, suppress
from pathlib import Path

import pytest

from tests.venue.browser import log_in
from tests.venue.evenings import CANON, moments, taken
from tests.venue.house import House, wait_for
from tests.venue.test_lost_people import lose_people
from tests.venue.test_people_commands import of as of_person
from tests.venue.test_restore import a_night_passes, backup_of
from tests.venue.two_accounts import ANA, BEN, GALA, Two, of


@pytest.mark.slow
def test_another_account_for_an_event_sends_all_of_it_there_and_back_nothing(two: Two) -> None:
    """Refused without a yes; what lies on the first Drive stays, and is taken over again when the event comes back."""
    house = two.house
    house.start()
    mine, his = two.photo(), two.photo("Gala")
    two.verified(2)
    two.safe()
    first = {one["id"] for one in two.emulator.files() if one["owner"] == BEN}
    refused = house.run("events", "set", "Gala", "account", "")
    assert refused.returncode == 2
    assert "1 file (" in refused.stderr and BEN in refused.stderr and "--yes" in refused.stderr
    assert house.run("events", "set", "Gala", "account", "", "--yes").returncode == 0
    wait_for(lambda: two.there(ANA) == sorted(of("default", mine) + of("Gala", his)), 30, "all is on Ana's Drive")
    two.safe()
    assert two.there(BEN) == of("Gala", his), "untouched"
    assert [one["account"] for one in two.status["drive"]["accounts"]] == [ANA]
    activity = house.run("activity").stdout
    assert f"Gala goes to another Drive: 1 file of it stays on the Drive of {BEN}" in activity
    shown = house.json("events", "show", "Gala")
    assert (shown["settings"]["account"], shown["settings"]["accounts_before"]) == (None, [BEN])
    another = two.photo("Gala")
    two.verified(3)
    two.emulator.forget_requests()
    assert house.run("events", "set", "Gala", "account", BEN, "--yes").returncode == 0
    wait_for(lambda: two.there(BEN) == of("Gala", his, another), 30, "the new one is on Ben's Drive, too")
    two.verified(3)
    two.safe()
    now = {one["id"] for one in two.emulator.files() if one["owner"] == BEN and not one["trashed"]}
    assert first <= now and len(now - first) == 1, "what lay there was taken over by its ids"
    assert two.emulator.requests()["methods"]["files.create"] == 1
    report = house.json("verify")
    assert {(one["kind"], one["mend"]) for one in report["differences"]} == {("extra", "none")}
    assert all("goes to another account" in one["repair"] for one in report["differences"])
    assert house.run("verify", "--repair").returncode == 0
    assert two.there(ANA) == sorted(of("default", mine) + of("Gala", his, another)), "left alone"


@pytest.mark.slow
@pytest.mark.settings(VENUESYNC_PEOPLE__GUEST_AFTER="0")
def test_an_event_that_comes_back_to_an_account_lies_there_as_it_is_by_now(two: Two) -> None:
    """Names that were given meanwhile, and photos that were moved, withdrawn or are of somebody else by now."""
    house = two.house
    house.start()
    assert house.run("enroll", "Mia", str(of_person("mia_lindqvist")[0]), "--event", "Gala").returncode == 0
    assert house.run("enroll", "Yuki", str(of_person("yuki_tanaka")[0]), "--event", "Gala").returncode == 0
    (not_her, hers), (out, his), (moved,) = (
        *(of_person(one)[1:] for one in ("mia_lindqvist", "yuki_tanaka")),
        of_person("anna_berg")[1:2],
    )
    for photo in (not_her, hers, out, his, moved):
        shutil.copy(photo, house.root / GALA / photo.name)
    two.photo("Gala")
    count = 6
    two.verified(count)
    before = two.there(BEN)
    assert len(before) == count
    assert house.run("events", "set", "Gala", "account", "", "--yes").returncode == 0
    wait_for(lambda: len(two.there(ANA)) == count, 30, "all is on Ana's Drive")
    two.safe()
    number = {one["name"]: str(one["id"]) for one in house.json("photos")}
    for words in (
        ("people", "rename", "Mia", "Maja", "--event", "Gala"),
        ("people", "not", "Maja", number[not_her.name], "--event", "Gala"),
        ("people", "merge", "Yuki", "into", "Maja", "--event", "Gala"),
        ("photos", "withdraw", number[out.name]),
        ("photos", "move", number[moved.name], "--event", "default"),
        ("events", "set", "Gala", "name", "Ball"),
    ):
        assert house.run(*words).returncode == 0, words
    two.safe()
    assert two.there(BEN) == before, "nobody touches what lies there"
    two.emulator.forget_requests()
    assert house.run("events", "set", "Ball", "account", BEN, "--yes").returncode == 0
    there = [f"People/Maja/Solo/{one.name}" for one in (hers, his)]
    there += [f"Unsorted/Unknown/{not_her.name}", "Unsorted/No Faces/DSC_0001.jpg"]
    wanted = sorted(f"venuesync/Ball/{one}" for one in there)
    with suppress(AssertionError):
        wait_for(lambda: two.there(BEN) == wanted, 20, "as it lies here")
    assert two.there(BEN) == wanted
    two.safe()
    assert "files.create" not in two.emulator.requests()["methods"], "nothing crosses the line again"
    people = {one for one in house.folders_on_drive() if "/Ball/People/" in one}
    assert not [one for one in people if "Mia" in one or "Yuki" in one], people


@pytest.mark.slow
def test_a_time_that_was_corrected_meanwhile_is_told_where_an_event_comes_back_to(two: Two, tmp_path: Path) -> None:
    def shown(owner: str) -> list[str]:
        files = [one for one in two.emulator.files() if one["owner"] == owner and one.get("md5Checksum")]
        return [one["modifiedTime"][11:19] for one in files if not one["trashed"]]

    house = two.house
    house.start()
    (photo,) = taken(CANON, moments(1, 1), tmp_path / "card")
    shutil.copy(photo, house.root / GALA / photo.name)
    two.verified(1)
    before = shown(BEN)
    assert house.run("events", "set", "Gala", "account", "", "--yes").returncode == 0
    wait_for(lambda: len(two.there(ANA)) == 1, 30, "it is on Ana's Drive")
    two.safe()
    assert house.run("events", "clock", "Gala", "R6", "+0:10").returncode == 0
    wait_for(lambda: shown(ANA) != before, 30, "the right time")
    assert house.run("events", "set", "Gala", "account", BEN, "--yes").returncode == 0
    with suppress(AssertionError):
        wait_for(lambda: shown(BEN) == shown(ANA), 20, "there, too")
    assert (shown(BEN), shown(ANA)) == (shown(ANA), shown(ANA))


@pytest.mark.slow
@pytest.mark.parametrize("when", ["it lies there", "it goes there"])
def test_a_ledger_that_is_put_back_sends_nothing_a_second_time_to_any_account(two: Two, when: str) -> None:
    """What was sent to each since it was made is learned again, also where an event comes back only now."""
    house = two.house
    house.start()
    two.photo()
    two.photo("Gala")
    two.verified(2)
    assert house.stop() == 0
    a_night_passes(house)
    house.start()
    wait_for(lambda: len(house.json("restore")) == 2, 30, "both are backed up")
    two.photo("Gala")
    two.verified(3)
    two.safe()
    before = {one["id"] for one in two.emulator.files() if not one["trashed"]}
    if when == "it goes there":
        assert house.run("events", "set", "Gala", "account", "", "--yes").returncode == 0
        wait_for(lambda: len(two.there(ANA)) == 3, 30, "it is on the other Drive")
        two.verified(3)
    assert house.stop() == 0
    assert house.run("restore", backup_of(house, "ledger")).returncode == 0
    if when == "it goes there":
        assert house.run("events", "set", "Gala", "account", BEN, "--yes").returncode == 0
    house.start()
    two.verified(3)
    two.safe()
    assert {one["id"] for one in two.emulator.files() if not one["trashed"] and one["owner"] == BEN} == {
        one["id"] for one in two.emulator.files() if one["id"] in before and one["owner"] == BEN
    }


@pytest.mark.slow
def test_before_a_list_of_people_is_confirmed_nothing_goes_where_an_event_comes_back_to(two: Two) -> None:
    """What is decided by the list that was lost may be another thing than what is known by now. It goes by that yes:
    what lay there of a photo that was withdrawn stayed until somebody repaired.
    """
    house = two.house
    house.start()
    stays, out = two.photo("Gala"), two.photo("Gala")
    two.verified(2)
    before = two.there(BEN)
    assert before == of("Gala", stays, out)
    assert house.run("events", "set", "Gala", "account", "", "--yes").returncode == 0
    wait_for(lambda: len(two.there(ANA)) == 2, 30, "all is on Ana's Drive")
    (number,) = (str(one["id"]) for one in house.json("photos") if one["name"] == out)
    assert house.run("photos", "withdraw", number).returncode == 0
    two.safe()
    assert house.stop() == 0
    lose_people(house)
    house.start()
    assert [one["id"] for one in house.json("held")] == ["roster"]
    assert house.run("events", "set", "Gala", "account", BEN, "--yes").returncode == 0
    wait_for(lambda: "there from an earlier time" in house.run("activity").stdout, 30, "what lies there is known")
    two.verified(1)
    time.sleep(2)  # before this, nothing is taken back
    assert two.there(BEN) == before
    assert house.run("held", "approve", "--all").returncode == 0
    wait_for(lambda: two.there(BEN) == of("Gala", stays), 30, "it goes by somebody's word")
    two.safe()
    assert house.run("verify").returncode == 0


@pytest.mark.slow
def test_there_and_back_at_once_while_lists_lag_sends_nothing_a_second_time(two: Two) -> None:
    """What was sent just before is in no list yet."""
    house = two.house
    house.start()
    names = [two.photo("Gala") for _ in range(4)]
    house.emulator.lag(list_ms=60_000)
    two.verified(4)
    for account in ("", BEN):
        assert house.run("events", "set", "Gala", "account", account, "--yes").returncode == 0
    two.verified(4)
    two.safe()
    house.emulator.lag()
    assert two.there(BEN) == of("Gala", *names), "each once"


@pytest.mark.slow
def test_there_and_back_while_photos_are_on_their_way_sends_none_a_second_time(two: Two) -> None:
    """Drive has them only after the event is back."""
    house = two.house
    house.start()
    names = [two.photo("Gala")]
    two.verified(1)
    house.emulator.faults(
        [{"method": "files.create", "account": BEN, "after_bytes": 900, "stall_ms": 3000, "times": 3}]
    )
    names += [two.photo("Gala") for _ in range(3)]
    wait_for(lambda: two.status["uploads"]["active"] == 3, 20, "they are on their way")
    for account in ("", BEN):
        assert house.run("events", "set", "Gala", "account", account, "--yes").returncode == 0
    two.verified(4)
    two.safe()
    time.sleep(4)  # until the last of those that were begun before has arrived
    assert two.there(BEN) == of("Gala", *names), "each once"
    two.safe()


@pytest.mark.slow
def test_a_large_photo_whose_session_is_being_opened_goes_to_the_other_account_all_the_same(two: Two) -> None:
    """The answer with the session's address came after the event had left: it was safe, and the photo was not there."""
    house = two.house
    house.start()
    names = [two.photo("Gala")]
    two.verified(1)
    two.safe()
    house.emulator.forget_requests()
    house.emulator.faults({"method": "files.create", "account": BEN, "delay_ms": 4000, "times": 1})
    names += [two.photo("Gala", 12_000_000)]
    wait_for(lambda: house.emulator.requests()["methods"].get("files.create"), 20, "the session is being opened")
    assert house.run("events", "set", "Gala", "account", "", "--yes").returncode == 0
    wait_for(lambda: two.there(BEN) == of("Gala", *names), 30, "it ends where it was begun")
    two.verified(2)
    two.safe()
    assert two.there(ANA) == of("Gala", *names)


@pytest.mark.slow
def test_signed_in_as_somebody_else_by_mistake_and_back_nothing_is_sent_a_second_time(
    house: House, tmp_path: Path
) -> None:
    assert log_in(house, way="pasted", emulator_account=ANA).code == 0
    house.start()
    here = Two(house, tmp_path)
    names = [here.photo() for _ in range(3)]
    house.emulator.lag(list_ms=60_000)
    here.verified(3)
    for account in (BEN, ANA):
        assert log_in(house, way="pasted", emulator_account=account).code == 0
        wait_for(lambda account=account: here.status["drive"]["account"] == account, 20, f"{account} is signed in")
    here.verified(3)
    here.safe()
    house.emulator.lag()
    assert here.there(ANA) == of("default", *names), "each once"


@pytest.mark.slow
def test_whom_nobody_knows_any_more_has_no_folder_there_when_the_event_comes_back(two: Two) -> None:
    """Nor does the ledger, which was lost meanwhile: what lay in it there is taken over, and goes where it belongs."""
    house, name = two.house, "Zoë Ångström"
    assert house.run("events", "set", "Gala", "account", "", "--yes").returncode == 0
    assert house.run("enroll", name, str(of_person("mia_lindqvist")[0]), "--event", "Gala").returncode == 0
    house.start()
    shutil.copy(of_person("mia_lindqvist")[1], house.root / GALA / "a.jpg")
    wait_for(lambda: any(path.endswith(f"{name}/Solo/a.jpg") for path in two.there(ANA)), 40, "it is in their folder")
    two.safe()
    assert house.run("events", "set", "Gala", "account", BEN, "--yes").returncode == 0
    two.safe()
    for _ in range(2):  # the account, and that anybody knew them
        house.run("undo")
    assert not [one["name"] for one in house.json("people")]
    two.safe()
    assert house.stop() == 0
    for store in (*(house.root / ".venuesync").glob("ledger*"), *(house.root / ".venuesync/backups").glob("ledger*")):
        store.unlink()
    house.start()
    two.safe()
    assert house.run("events", "set", "Gala", "account", "", "--yes").returncode == 0
    two.safe()
    assert two.there(ANA) == ["venuesync/Gala/Unsorted/Unknown/a.jpg"]
    assert not [path for path in house.folders_on_drive() if name in path]


@pytest.mark.slow
@pytest.mark.settings(VENUESYNC_PEOPLE__GUEST_AFTER="0")
def test_what_lies_there_in_a_folder_that_a_lost_ledger_knows_no_more_is_taken_back(two: Two) -> None:
    """Nobody lies among the unknown by now, and so that folder is not wanted."""
    house = two.house
    house.start()
    shutil.copy(of_person("mia_lindqvist")[1], house.root / GALA / "HERS.jpg")
    two.verified(1)
    assert two.there(BEN) == ["venuesync/Gala/Unsorted/Unknown/HERS.jpg"]
    assert house.run("events", "set", "Gala", "account", "", "--yes").returncode == 0
    wait_for(lambda: len(two.there(ANA)) == 1, 30, "it is on Ana's Drive")
    assert house.run("enroll", "Mia", str(of_person("mia_lindqvist")[0]), "--event", "Gala").returncode == 0
    hers = ["venuesync/Gala/People/Mia/Solo/HERS.jpg"]
    wait_for(lambda: two.there(ANA) == hers, 30, "it is hers")
    two.safe()
    house.stop()
    for store in (house.root / ".venuesync").glob("ledger*"):
        store.unlink()
    house.start()
    two.safe()
    assert house.run("events", "set", "Gala", "account", BEN, "--yes").returncode == 0
    wait_for(lambda: two.there(BEN) == hers, 30, f"as on Ana's Drive: {two.there(BEN)}")
    two.safe()


@pytest.mark.slow
def test_forgotten_somebody_is_named_nowhere_on_the_drive_that_the_event_left_either(two: Two) -> None:
    house, name = two.house, "Zoë Ångström"
    assert house.run("events", "add", "Party", "--account", BEN).returncode == 0
    assert house.run("enroll", name, str(of_person("mia_lindqvist")[0]), "--event", "Gala").returncode == 0
    house.start()
    shutil.copy(of_person("mia_lindqvist")[1], house.root / GALA / "a.jpg")
    two.verified(1)
    assert house.run("events", "set", "Gala", "account", "", "--yes").returncode == 0
    two.verified(1)
    two.safe()
    assert [one["owner"] for one in house.emulator.files() if one["path"].endswith(f"{name}/Solo/a.jpg")] == [BEN, ANA]
    said = house.run("people", "forget", name, "--yes")
    assert said.returncode == 0, said.stderr
    two.safe()
    assert not [one["path"] for one in house.emulator.files() if name in one["path"]]
    assert [one["path"] for one in house.emulator.files() if one["name"] == "a.jpg"] == [
        "venuesync/Gala/Unsorted/Unknown/a.jpg"
    ]


def test_nothing_is_safe_from_the_moment_that_somebody_else_is_signed_in(house: House, tmp_path: Path) -> None:
    """Of 50,000 photos it takes seconds until that is written down; here a reader of the ledger holds it up."""
    assert log_in(house, way="pasted", emulator_account=ANA).code == 0
    house.start()
    here = Two(house, tmp_path)
    here.photo()
    here.verified(1)
    here.safe()
    with closing(sqlite3.connect(house.root / ".venuesync/ledger.sqlite", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert log_in(house, way="pasted", emulator_account=BEN).code == 0
        wait_for(lambda: here.status["drive"]["account"] == BEN, 20, "Ben is signed in")
        told = here.status["safe_to_leave"]
    assert (told["safe"], told["code"]) == (False, "rebuilding"), told
    assert "somebody else is signed in" in told["reason"]
    here.verified(1)
    here.safe()


@pytest.mark.slow
def test_a_folder_that_was_filled_there_begins_anew_on_somebody_elses_drive(house: House, tmp_path: Path) -> None:
    """And whoever it was filled at has both parts again, with nothing sent a second time."""
    assert log_in(house, way="pasted", emulator_account=ANA).code == 0
    house.emulator.limits(children=3)
    house.start()
    here = Two(house, tmp_path)
    names = [here.photo() for _ in range(4)]
    here.verified(4)
    before = here.there(ANA)
    assert {Path(path).parent.name for path in before} == {"No Faces", "No Faces (2)"}
    house.emulator.limits(children=100)
    assert log_in(house, way="pasted", emulator_account=BEN).code == 0
    wait_for(lambda: here.there(BEN) == of("default", *names), 40, "all is there, in one folder")
    assert log_in(house, way="pasted", emulator_account=ANA).code == 0
    wait_for(lambda: here.status["drive"]["account"] == ANA, 20, "Ana is signed in")
    names.append(here.photo())
    here.verified(5)
    here.safe()
    after = here.there(ANA)
    assert len(after) == 5 and set(before) < set(after)
    assert sum(path.endswith(f"No Faces (2)/{name}") for path in after for name in names) == 2


@pytest.mark.slow
def test_two_events_that_come_back_one_upon_the_other_find_what_is_theirs(two: Two) -> None:
    """The second comes while it is learned what lies there of the first."""
    house = two.house
    assert house.run("events", "add", "Party", "--account", BEN).returncode == 0
    house.start()
    names = {event: [two.photo(event) for _ in range(2)] for event in ("Gala", "Party")}
    two.verified(4)
    there = [path for event, photos in names.items() for path in of(event, *photos)]
    assert two.there(BEN) == there
    for event in names:
        assert house.run("events", "set", event, "account", "", "--yes").returncode == 0
    wait_for(lambda: len(two.there(ANA)) == 4, 30, "all is on Ana's Drive")
    house.emulator.faults([{"method": "files.list", "account": BEN, "delay_ms": 1500, "times": None}])
    for event in names:
        assert house.run("events", "set", event, "account", BEN, "--yes").returncode == 0
        time.sleep(2)  # it looks through the trash by now
    two.verified(4)
    two.safe()
    house.emulator.clear_faults()
    assert two.there(BEN) == there, "each once"


@pytest.mark.slow
def test_there_and_away_again_within_a_moment_and_back_later_it_is_learned_anew(two: Two) -> None:
    """What was found there for the first return gave it its folder at the second, as soon as one more photo came: all
    was sent into it a second time before it was known what lay there.
    """
    house = two.house
    house.start()
    names = [two.photo("Gala") for _ in range(2)]
    two.verified(2)
    assert house.run("events", "set", "Gala", "account", "", "--yes").returncode == 0
    wait_for(lambda: len(two.there(ANA)) == 2, 30, "all is on Ana's Drive")
    house.emulator.faults([{"method": "files.list", "account": BEN, "delay_ms": 1500, "times": None}])
    for account in (BEN, ""):
        assert house.run("events", "set", "Gala", "account", account, "--yes").returncode == 0
    time.sleep(5)  # Ben's Drive has told what lies there
    assert house.run("events", "set", "Gala", "account", BEN, "--yes").returncode == 0
    names.append(two.photo("Gala"))
    two.verified(3)
    two.safe()
    house.emulator.clear_faults()
    assert two.there(BEN) == of("Gala", *names), "each once"


@pytest.mark.slow
def test_what_is_kept_off_drive_while_its_event_comes_back_is_taken_from_there(two: Two) -> None:
    """It counted as never sent while nobody knew yet what lay there: it stayed, and was sent beside it later on."""
    house = two.house
    house.start()
    names = [two.photo("Gala") for _ in range(2)]
    two.verified(2)
    assert house.run("events", "set", "Gala", "account", "", "--yes").returncode == 0
    wait_for(lambda: len(two.there(ANA)) == 2, 30, "all is on Ana's Drive")
    house.emulator.faults([{"method": "files.list", "account": BEN, "delay_ms": 2000, "times": None}])
    assert house.run("events", "set", "Gala", "account", BEN, "--yes").returncode == 0
    assert house.run("events", "set", "Gala", "exclude", f"*{names[0]}").returncode == 0
    wait_for(lambda: two.there(BEN) == of("Gala", names[1]), 30, "what is kept here is gone from there")
    house.emulator.clear_faults()
    assert house.run("events", "set", "Gala", "exclude", "").returncode == 0
    wait_for(lambda: two.there(BEN) == of("Gala", *names), 30, "it is sent")
    two.safe()
    assert two.there(BEN) == of("Gala", *names), "each once"
