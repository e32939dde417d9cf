"""RAW and JPEG of one shot are placed together, whichever comes first; a raw file alone is looked at by its preview."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from agent.intake.reading import Photo, classify
from agent.ledger import Ledger
from agent.ledger.sightings import Sighting
from agent.model import DEFAULT_EVENT
from agent.steps import take_in
from tests.faces.raws import TAKEN, cr3, nef
from tests.venue.house import House, wait_for
from tests.venue.photographer import Photographer
from tests.venue.pictures import FACES, scene
from tests.venue.test_moved_photos import card, lose_ledger
from tests.venue.weddings import filed, look

ANNA = Path(__file__).parents[2] / "agent" / "demo" / "references" / "anna_berg_1.jpg"


def raw(path: Path, picture: Path, make: Callable[[Image.Image], bytes] = nef) -> Path:
    with Image.open(picture) as image:
        path.write_bytes(make(image))
    return path


@pytest.mark.slow
@pytest.mark.parametrize("first", ["DSC_0001.JPG", "DSC_0001.NEF"])
def test_both_files_of_a_shot_go_where_its_faces_say(tmp_path: Path, house: House, first: str) -> None:
    assert house.run("enroll", "Anna Berg", str(ANNA)).returncode == 0
    files = {"DSC_0001.JPG": ANNA, "DSC_0001.NEF": raw(tmp_path / "a.nef", ANNA)}
    house.drop(files.pop(first), first)
    if first.endswith("JPG"):
        assert house.until_done().returncode == 0
    ((second, source),) = files.items()
    house.drop(source, second)
    assert house.until_done().returncode == 0
    assert sorted(house.on_disk()) == ["People/Anna Berg/Solo/DSC_0001.JPG", "People/Anna Berg/Solo/DSC_0001.NEF"]
    house.assert_same_tree(2)
    status = house.json("status")
    assert (status["photos"]["seen"], status["photos"]["filed"], status["photos"]["verified"]) == (1, 1, 1)
    (anna,) = status["people"]
    assert (anna["solo"], anna["on_drive"]) == (1, 1), "one photo, though it is two files"


@pytest.mark.slow
@pytest.mark.settings(VENUESYNC_DRIVE__ENABLED="false")
def test_both_originals_of_a_shot_are_named_when_somebody_is_forgotten(tmp_path: Path, house: House) -> None:
    """Both show the face, whichever came first and was looked at."""
    assert house.run("enroll", "Anna Berg", str(ANNA)).returncode == 0
    shot = {"JPG": ANNA, "NEF": raw(tmp_path / "a.nef", ANNA)}
    for name in ("IMG_1.JPG", "IMG_2.NEF", "IMG_1.NEF", "IMG_2.JPG"):
        source = tmp_path / name
        source.write_bytes(shot[name[-3:]].read_bytes() + name[:5].encode())
        house.drop(source, name)
        assert house.until_done().returncode == 0
    forgotten = house.json("people", "forget", "Anna Berg", "--yes")
    assert forgotten["held"]["photos"] == 2
    assert [Path(one).name for one in forgotten["held"]["originals"]] == [
        *("IMG_1.JPG", "IMG_1.NEF", "IMG_2.JPG", "IMG_2.NEF"),
    ]


@pytest.mark.slow
def test_killed_before_the_second_file_was_planned_it_is_placed_by_the_next_start(tmp_path: Path, house: House) -> None:
    house.drop(scene(tmp_path / "a.jpg", 1), "DSC_0001.JPG")
    assert house.until_done().returncode == 0
    path = house.drop(raw(tmp_path / "a.nef", tmp_path / "a.jpg"), "DSC_0001.NEF")
    found = classify(path)
    assert isinstance(found, Photo)
    ledger = Ledger(house.root / ".venuesync/ledger.sqlite")
    ledger.open()
    seen = Sighting(str(path), DEFAULT_EVENT, str(house.incoming), found.facts)
    ledger.submit(take_in, seen, found.content, time.time(), path.name).result()
    ledger.close()
    done = house.until_done()
    assert done.returncode == 0, done.stdout
    assert sorted(house.on_disk()) == ["Unsorted/No Faces/DSC_0001.JPG", "Unsorted/No Faces/DSC_0001.NEF"]


@pytest.mark.slow
def test_a_raw_file_without_a_picture_inside_goes_along(tmp_path: Path, house: House) -> None:
    """A JPEG of the same shot is enough; alone, it is said what to do."""
    with Image.open(ANNA) as image:
        blind = nef(image.resize((8, 8)))
    start, end = blind.find(b"\xff\xd8\xff"), blind.rfind(b"\xff\xd9") + 2
    (tmp_path / "blind.nef").write_bytes(blind[:start] + b"\0" * (end - start) + blind[end:])
    house.drop(scene(tmp_path / "a.jpg", 1), "DSC_0002.jpg")
    house.drop(tmp_path / "blind.nef", "DSC_0002.nef")
    assert house.until_done().returncode == 0
    assert sorted(house.on_disk()) == ["Unsorted/No Faces/DSC_0002.jpg", "Unsorted/No Faces/DSC_0002.nef"]


@pytest.mark.slow
def test_one_name_from_two_cameras_is_two_shots(tmp_path: Path, house: House) -> None:
    house.drop(scene(tmp_path / "a.jpg", 1), "cam a/DSC_0003.jpg")
    house.drop(raw(tmp_path / "b.cr3", FACES / "one_guest.jpg", cr3), "cam b/DSC_0003.cr3")
    assert house.until_done().returncode == 0
    assert sorted(house.on_disk()) == ["Unsorted/No Faces/DSC_0003.jpg", "Unsorted/Unknown/DSC_0003.cr3"]


@pytest.mark.slow
@pytest.mark.settings(VENUESYNC_DRIVE__ENABLED="false")
@pytest.mark.parametrize("first", ["JPG", "NEF", "both at once"])
def test_one_name_of_two_cameras_in_one_folder_is_two_shots(tmp_path: Path, house: House, first: str) -> None:
    """One photographer takes RAW alone, the other JPEG alone, and both copy into one folder; or a counter began anew.

    Nobody looked at the RAW: it was filed with the person on the JPEG, and not with those on it.
    """
    assert house.run("enroll", "Anna Berg", str(ANNA)).returncode == 0
    with Image.open(ANNA) as image:
        image.save(tmp_path / "JPG", "JPEG", exif=said("2026:11:20 19:02:11"))
    raw(tmp_path / "NEF", FACES / "one_guest.jpg")
    for kind in sorted(("JPG", "NEF"), key=lambda one: one != first):
        house.drop(tmp_path / kind, f"DSC_0001.{kind}")
        assert first == "both at once" or house.until_done().returncode == 0
    assert house.until_done().returncode == 0
    two = ["People/Anna Berg/Solo/DSC_0001.JPG", "Unsorted/Unknown/DSC_0001.NEF"]
    assert (sorted(house.on_disk()), house.json("status")["photos"]["seen"]) == (two, 2)
    for kind in ("JPG", "NEF"):
        (house.incoming / f"DSC_0001.{kind}").unlink()
    assert house.until_done().returncode == 0
    for kind in ("JPG", "NEF"):
        house.drop(tmp_path / kind, f"DSC_0001.{kind}")
    assert house.until_done().returncode == 0
    assert (sorted(house.on_disk()), house.json("status")["photos"]["seen"]) == (two, 2), "back on their card"
    lose_ledger(house)
    assert house.until_done().returncode == 0
    assert (sorted(house.on_disk()), house.json("status")["photos"]["seen"]) == (two, 2), "of a lost ledger"


@pytest.mark.slow
@pytest.mark.settings(VENUESYNC_DRIVE__ENABLED="false", VENUESYNC_INCOMING__AFTER="move")
@pytest.mark.parametrize("first", ["JPG", "NEF"])
def test_the_second_file_of_a_shot_the_first_one_of_which_was_put_away_goes_with_it(
    tmp_path: Path, house: House, first: str
) -> None:
    """A camera sends the RAW when the JPEG is filed, and in Processed, already: they were two photos."""
    shot = {"JPG": ANNA, "NEF": raw(tmp_path / "a.nef", ANNA)}
    house.start()
    for kind in sorted(shot, key=lambda one: one != first):
        house.drop(shot[kind], f"100NIKON/DSC_0001.{kind}")
        wait_for((house.root / f"Processed/100NIKON/DSC_0001.{kind}").exists, 20, "it is put away")
    assert house.until_done().returncode == 0
    assert (len(house.on_disk()), house.json("status")["photos"]["seen"]) == (2, 1)


@pytest.mark.slow
def test_a_jpeg_that_cannot_be_read_leaves_the_shot_to_its_raw_file(tmp_path: Path, house: House) -> None:
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"\xff\xd8\xff\xe0" + b"\0" * 5000 + b"\xff\xd9")
    house.drop(broken, "DSC_0004.jpg")
    house.drop(raw(tmp_path / "d.nef", FACES / "one_guest.jpg"), "DSC_0004.nef")
    assert house.until_done().returncode == 5
    assert sorted(house.on_disk()) == ["Unsorted/Unknown/DSC_0004.nef"]


@pytest.mark.slow
@pytest.mark.settings(VENUESYNC_INCOMING__REPLACED="replace")
@pytest.mark.parametrize("which", ["DSC_0005.JPG", "DSC_0005.NEF"])
def test_what_takes_the_place_of_one_file_of_a_shot_goes_with_the_other(
    tmp_path: Path, house: House, which: str
) -> None:
    """As an editor saves it; who is on it is known later."""
    house.drop(ANNA, "DSC_0005.JPG")
    house.drop(raw(tmp_path / "e.nef", ANNA), "DSC_0005.NEF")
    assert house.until_done().returncode == 0
    with (house.incoming / which).open("ab") as file:
        file.write(b"edited")
    assert house.until_done().returncode == 0
    assert house.run("enroll", "Anna Berg", str(ANNA)).returncode == 0
    assert house.until_done().returncode == 0
    assert sorted(house.on_disk()) == ["People/Anna Berg/Solo/DSC_0005.JPG", "People/Anna Berg/Solo/DSC_0005.NEF"]
    status = house.json("status")
    assert (status["photos"]["seen"], status["people"][0]["solo"]) == (1, 1), "one photo, though it is two files"


@pytest.mark.slow
@pytest.mark.parametrize("first", ["DSC_0006.JPG", "DSC_0006.NEF"])
def test_half_a_file_beside_the_other_one_of_its_shot_is_not_filed(tmp_path: Path, house: House, first: str) -> None:
    """A transfer that broke off: nobody looks at the second file for faces, and it may not be whole all the same."""
    files = {"DSC_0006.JPG": ANNA, "DSC_0006.NEF": raw(tmp_path / "f.nef", ANNA)}
    house.drop(files.pop(first), first)
    assert house.until_done().returncode == 0
    ((second, source),) = files.items()
    whole = source.read_bytes()
    (tmp_path / "half").write_bytes(whole[: len(whole) // 2])
    incoming = house.drop(tmp_path / "half", second)
    assert house.until_done().returncode == 5
    assert [(one["title"], one["subjects"]) for one in house.json("errors")["open"]] == [("Photo cut short", [second])]
    with incoming.open("ab") as file:
        file.write(whole[len(whole) // 2 :])
    assert house.until_done().returncode == 0
    house.assert_same_tree(2)
    assert house.json("status")["photos"]["seen"] == 1


@pytest.mark.slow
@pytest.mark.parametrize("way", ["card", "source"])
def test_a_shot_that_is_in_a_second_event_goes_where_its_faces_say_there_too(
    tmp_path: Path, house: House, anna: Photographer, way: str
) -> None:
    """Its raw file comes first there, and nobody had looked at that: it went along with the other one so far."""
    shot = {"IMG_1.CR3": raw(tmp_path / "a.cr3", ANNA, cr3), "IMG_1.JPG": ANNA}
    assert house.run("events", "add", "Party").returncode == 0
    for event in ("default", "Party"):
        assert house.run("enroll", "Anna Berg", str(ANNA), "--event", event).returncode == 0
    for name in ("IMG_1.JPG", "IMG_1.CR3"):
        house.drop(shot[name], name)
    assert house.until_done().returncode == 0
    house.start()
    folder = anna.folder("Anna", share=True)
    if way == "source":
        assert house.run("events", "source", "Party", "add", folder).returncode == 0
    for number, (name, source) in enumerate(shot.items(), 1):
        if way == "source":
            anna.put(source, name, folder, "image/x-canon-cr3" if name.endswith("CR3") else "image/jpeg")
            look(house)
        else:
            (house.root / "Events/Party/Incoming" / name).write_bytes(source.read_bytes())
        wait_for(lambda number=number: len(filed(house, "Party")) == number, 20, f"{name} is filed")
    assert house.stop() == 0
    assert house.until_done().returncode == 0
    both = {"People/Anna Berg/Solo/IMG_1.CR3", "People/Anna Berg/Solo/IMG_1.JPG"}
    assert filed(house, "Party") == both
    assert {one["name"]: one["photos"] for one in house.json("events")} == {"default": 1, "Party": 1}


@pytest.mark.slow
@pytest.mark.settings(VENUESYNC_DRIVE__ENABLED="false")
@pytest.mark.parametrize("said", ["review", "withdraw", "move"])
@pytest.mark.parametrize("first", ["DSC_0007.JPG", "DSC_0007.NEF"])
def test_the_second_file_of_a_shot_of_which_something_was_said_goes_with_the_first(
    tmp_path: Path, house: House, first: str, said: str
) -> None:
    """Raw files may be copied hours later: what was taken out, or waits for a yes, comes in by no other file of it."""
    files = {"DSC_0007.JPG": ANNA, "DSC_0007.NEF": raw(tmp_path / "g.nef", ANNA)}
    assert house.run("events", "add", "Party").returncode == 0
    if said == "review":
        assert house.run("events", "set", "default", "review", "true").returncode == 0
    house.drop(files.pop(first), first)
    house.until_done()
    number = str(house.json("photos")[0]["id"])
    if said != "review":
        event = ("--event", "Party") if said == "move" else ()
        assert house.run("photos", said, number, *event).returncode == 0
    ((second, source),) = files.items()
    house.drop(source, second)
    house.until_done()
    both = {"Unsorted/Unknown/DSC_0007.JPG", "Unsorted/Unknown/DSC_0007.NEF"}
    assert filed(house, "Party") == (both if said == "move" else set())
    assert set(house.on_disk()) == set()
    if said == "review":
        assert house.json("status")["photos"]["held"] == 1
        assert house.run("photos", "approve", number).returncode == 0
    else:
        assert house.run("undo").returncode == 0
    assert house.until_done().returncode == 0
    assert set(house.on_disk()) == both
    assert filed(house, "Party") == set()
    assert house.json("status")["photos"]["seen"] == 1


@pytest.mark.slow
def test_no_event_of_a_shot_is_removed_before_the_rest_of_it_has_followed_into_the_other_one(
    tmp_path: Path, house: House
) -> None:
    """The RAW is being copied from the card still, and known in the first one alone: nobody would have filed it."""
    for name in ("Early", "Late"):
        assert house.run("events", "add", name).returncode == 0
    house.start()
    incoming = house.root / "Events/Early/Incoming"
    (incoming / "DSC_0008.JPG").write_bytes(ANNA.read_bytes())
    wait_for(lambda: len(filed(house, "Early")) == 1, 20, "the JPEG is filed")
    assert house.run("photos", "move", str(house.json("photos")[0]["id"]), "--event", "Late").returncode == 0
    wait_for(lambda: len(filed(house, "Late")) == 1 and filed(house, "Early") == set(), 20, "it is moved")
    whole = raw(tmp_path / "h.nef", ANNA).read_bytes()
    half = len(whole) // 2
    (incoming / "DSC_0008.NEF").write_bytes(whole[:half])
    wait_for(lambda: house.json("status")["photos"]["waiting"] == 1, 20, "its RAW comes")
    for event, why in (("Early", "1 photo that another event has"), ("Late", "1 photo moved there")):
        refused = house.run("events", "remove", event)
        assert (refused.returncode, why in refused.stderr) == (2, True), refused.stderr
    with (incoming / "DSC_0008.NEF").open("ab") as file:
        file.write(whole[half:])
    both = {"Unsorted/Unknown/DSC_0008.JPG", "Unsorted/Unknown/DSC_0008.NEF"}
    wait_for(lambda: filed(house, "Late") == both, 20, "it follows")
    assert house.until_done().returncode == 0
    assert house.run("events", "remove", "Early").returncode == 0
    assert filed(house, "Late") == both
    assert house.json("status")["photos"]["seen"] == 1


@pytest.mark.slow
@pytest.mark.settings(VENUESYNC_DRIVE__ENABLED="false")
def test_the_rest_of_a_shot_that_was_moved_into_an_event_that_is_gone_is_filed_where_it_comes(
    tmp_path: Path, house: House
) -> None:
    """It was in no folder, and the card was said to be copied."""
    assert house.run("events", "add", "Party").returncode == 0
    house.drop(ANNA, "DSC_0009.JPG")
    assert house.until_done().returncode == 0
    assert house.run("photos", "move", str(house.json("photos")[0]["id"]), "--event", "Party").returncode == 0
    assert house.until_done().returncode == 0
    assert house.run("events", "remove", "Party").returncode == 0
    house.drop(raw(tmp_path / "i.nef", ANNA), "DSC_0009.NEF")
    assert house.until_done().returncode == 0
    assert set(house.on_disk()) == {"Unsorted/Unknown/DSC_0009.NEF"}
    assert filed(house, "Party") == {"Unsorted/Unknown/DSC_0009.JPG"}
    status = house.json("status")
    assert (status["photos"]["seen"], status["photos"]["unsorted"]) == (1, 1)


@pytest.mark.slow
@pytest.mark.settings(VENUESYNC_DRIVE__ENABLED="false")
def test_the_raw_of_a_jpeg_that_nobody_looked_at_before_it_was_moved_into_an_event_that_is_gone_is_filed(
    tmp_path: Path, house: House
) -> None:
    """It waited for a look at the JPEG, which nobody takes, and its card was never said to be copied."""
    assert house.run("events", "add", "Party").returncode == 0
    house.start()
    assert house.run("pause", "all").returncode == 0
    house.drop(ANNA, "DSC_0013.JPG")
    house.drop(raw(tmp_path / "m.nef", ANNA), "DSC_0013.NEF")
    wait_for(lambda: taken_in(house) == 2, 20, "both are known")
    number = str(house.json("photos")[0]["id"])
    assert house.run("photos", "move", number, "--event", "Party").returncode == 0
    assert house.run("photos", "withdraw", number).returncode == 0
    removed = house.run("events", "remove", "Party")
    assert removed.returncode == 0, removed.stderr
    assert house.run("resume", "all").returncode == 0
    wait_for(lambda: set(house.on_disk()) == {"Unsorted/Unknown/DSC_0013.NEF"}, 20, "it is filed by itself")
    wait_for(lambda: card(house) == (True, "all copied: the card may be erased"), 30, "nothing waits")


@pytest.mark.settings(VENUESYNC_DRIVE__ENABLED="false")
def test_a_shot_that_was_withdrawn_before_anybody_looked_waits_for_nothing(tmp_path: Path, house: House) -> None:
    """Its RAW waited for a look at the JPEG, which nobody takes, and its card was never said to be copied."""
    house.start()
    assert house.run("pause", "all").returncode == 0
    house.drop(ANNA, "DSC_0010.JPG")
    house.drop(raw(tmp_path / "j.nef", ANNA), "DSC_0010.NEF")
    wait_for(lambda: taken_in(house) == 2, 20, "both are known")
    assert house.run("photos", "withdraw", str(house.json("photos")[0]["id"])).returncode == 0
    assert house.run("resume", "all").returncode == 0
    alone = (False, "2 of 2 withdrawn, so here alone; the rest is copied")
    wait_for(lambda: card(house) == alone, 30, "nothing waits")
    assert set(house.on_disk()) == set()
    assert house.run("undo").returncode == 0
    both = {"Unsorted/Unknown/DSC_0010.JPG", "Unsorted/Unknown/DSC_0010.NEF"}
    wait_for(lambda: set(house.on_disk()) == both, 20, "it is back")


@pytest.mark.settings(VENUESYNC_DRIVE__ENABLED="false")
@pytest.mark.parametrize("first", ["DSC_0010.JPG", "DSC_0010.NEF"])
def test_the_rest_of_a_shot_that_was_withdrawn_before_anybody_looked_is_withdrawn_as_it_comes(
    tmp_path: Path, house: House, first: str
) -> None:
    """By an older ledger nobody had looked at it again; its RAW was filed by itself, and a JPEG that came later."""
    files = {"DSC_0010.JPG": ANNA, "DSC_0010.NEF": raw(tmp_path / "j.nef", ANNA)}
    house.start()
    assert house.run("pause", "all").returncode == 0
    house.drop(files.pop(first), first)
    wait_for(lambda: taken_in(house) == 1, 20, "it is known")
    assert house.run("photos", "withdraw", str(house.json("photos")[0]["id"])).returncode == 0
    assert house.run("resume", "all").returncode == 0
    ((second, source),) = files.items()
    house.drop(source, second)
    alone = (False, "2 of 2 withdrawn, so here alone; the rest is copied")
    wait_for(lambda: card(house) == alone, 30, "nothing waits")
    assert set(house.on_disk()) == set()
    assert house.run("undo").returncode == 0
    both = {"Unsorted/Unknown/DSC_0010.JPG", "Unsorted/Unknown/DSC_0010.NEF"}
    wait_for(lambda: set(house.on_disk()) == both, 20, "they are back")


@pytest.mark.settings(VENUESYNC_DRIVE__ENABLED="false")
def test_the_raw_of_a_shot_that_waits_for_a_yes_can_be_answered_once_its_jpeg_is_gone(
    tmp_path: Path, house: House
) -> None:
    """It went along without a look, which nobody took any more: a yes was taken, and it waited for one for good."""
    assert house.run("events", "set", "default", "review", "true").returncode == 0
    house.start()
    jpeg = house.drop(ANNA, "DSC_0011.JPG")
    wait_for(lambda: waiting_for_a_yes(house) == ["DSC_0011.JPG"], 30, "it is looked at")
    house.drop(raw(tmp_path / "k.nef", ANNA), "DSC_0011.NEF")
    wait_for(lambda: waiting_for_a_yes(house) == ["DSC_0011.JPG", "DSC_0011.NEF"], 30, "they wait for a yes")
    jpeg.unlink()
    wait_for(lambda: waiting_for_a_yes(house) == ["DSC_0011.NEF"], 30, "the RAW waits by itself")
    [row] = house.json("held")
    assert row["count"] == 1
    assert house.run("held", "approve", str(row["id"])).returncode == 0
    wait_for(lambda: set(house.on_disk()) == {"Unsorted/Unknown/DSC_0011.NEF"}, 30, "it is filed")
    assert house.json("held") == []


def waiting_for_a_yes(house: House) -> list[str]:
    """The names of all files that do."""
    return sorted(one["name"] for one in house.json("photos", "--state", "held"))


@pytest.mark.slow
@pytest.mark.settings(VENUESYNC_DRIVE__ENABLED="false")
@pytest.mark.parametrize("said", ["withdrawn", "moved into an event that is gone"])
def test_what_was_decided_of_a_shot_is_so_of_its_raw_once_the_ledger_was_lost(
    tmp_path: Path, house: House, said: str
) -> None:
    """The card is full still: the RAW was filed again, alone. Taken back, both files are there."""
    assert house.run("events", "add", "Party").returncode == 0
    house.drop(ANNA, "DSC_0011.JPG")
    house.drop(raw(tmp_path / "k.nef", ANNA), "DSC_0011.NEF")
    house.drop(scene(tmp_path / "a.jpg", 1), "DSC_0012.jpg")
    assert house.until_done().returncode == 0
    number = next(str(one["id"]) for one in house.json("photos") if one["name"] == "DSC_0011.JPG")
    both, other = {"Unsorted/Unknown/DSC_0011.JPG", "Unsorted/Unknown/DSC_0011.NEF"}, {"Unsorted/No Faces/DSC_0012.jpg"}
    assert set(house.on_disk()) == both | other
    verb = ("withdraw", number) if said == "withdrawn" else ("move", number, "--event", "Party")
    assert house.run("photos", *verb).returncode == 0
    assert house.until_done().returncode == 0
    there = set[str]() if said == "withdrawn" else both
    assert (set(house.on_disk()), filed(house, "Party")) == (other, there)
    assert house.run("events", "remove", "Party").returncode == 0
    lose_ledger(house)
    assert house.until_done().returncode == 0
    assert (set(house.on_disk()), filed(house, "Party")) == (other, there)
    assert house.run("undo").returncode == 0
    assert house.until_done().returncode == 0
    assert (set(house.on_disk()), filed(house, "Party")) == (both | other, there)


@pytest.mark.slow
@pytest.mark.settings(VENUESYNC_DRIVE__ENABLED="false")
def test_a_shot_of_which_nothing_is_left_but_what_was_kept_is_one_photo_once_its_card_is_back(
    tmp_path: Path, house: House
) -> None:
    """The ledger is lost, too: its two files were two photos from then on."""
    shot = {"DSC_0014.JPG": ANNA, "DSC_0014.NEF": raw(tmp_path / "n.nef", ANNA)}
    for name, source in shot.items():
        house.drop(source, name)
    house.drop(scene(tmp_path / "a.jpg", 1), "DSC_0015.jpg")
    assert house.until_done().returncode == 0
    both, other = {"Unsorted/Unknown/DSC_0014.JPG", "Unsorted/Unknown/DSC_0014.NEF"}, {"Unsorted/No Faces/DSC_0015.jpg"}
    assert set(house.on_disk()) == both | other
    for name in shot:
        (house.incoming / name).unlink()
    number = next(str(one["id"]) for one in house.json("photos") if one["name"] == "DSC_0014.JPG")
    assert house.run("photos", "withdraw", number).returncode == 0
    assert house.until_done().returncode == 0
    assert set(house.on_disk()) == other
    lose_ledger(house)
    assert house.until_done().returncode == 0
    for name, source in shot.items():
        house.drop(source, name)
    assert house.until_done().returncode == 0
    assert house.run("undo").returncode == 0
    assert house.until_done().returncode == 0
    assert set(house.on_disk()) == both | other
    assert house.json("status")["photos"]["seen"] == 2


@pytest.mark.slow
@pytest.mark.settings(VENUESYNC_DRIVE__ENABLED="false")
def test_a_raw_that_followed_its_jpeg_into_an_event_that_is_gone_stays_there_once_the_ledger_was_lost(
    tmp_path: Path, house: House
) -> None:
    """It came after the move, so nothing was said of it: it was filed where it came from, too."""
    assert house.run("events", "add", "Party").returncode == 0
    house.drop(ANNA, "DSC_0016.JPG")
    house.drop(scene(tmp_path / "a.jpg", 1), "DSC_0017.jpg")
    assert house.until_done().returncode == 0
    number = next(str(one["id"]) for one in house.json("photos") if one["name"] == "DSC_0016.JPG")
    assert house.run("photos", "move", number, "--event", "Party").returncode == 0
    assert house.until_done().returncode == 0
    house.drop(raw(tmp_path / "o.nef", ANNA), "DSC_0016.NEF")
    assert house.until_done().returncode == 0
    both, other = {"Unsorted/Unknown/DSC_0016.JPG", "Unsorted/Unknown/DSC_0016.NEF"}, {"Unsorted/No Faces/DSC_0017.jpg"}
    assert (set(house.on_disk()), filed(house, "Party")) == (other, both)
    assert house.run("events", "remove", "Party").returncode == 0
    lose_ledger(house)
    assert house.until_done().returncode == 0
    assert (set(house.on_disk()), filed(house, "Party")) == (other, both)
    assert house.run("undo").returncode == 0
    assert house.until_done().returncode == 0
    assert (set(house.on_disk()), filed(house, "Party")) == (both | other, both)


def taken_in(house: House) -> int:
    """Files in incoming folders that are photos."""
    with house.api() as api:
        return sum(one["photos"] for one in api.get("/folders").json()["folders"])


@pytest.mark.slow
@pytest.mark.settings(TZ="UTC")
@pytest.mark.parametrize("first", ["JPG", "NEF"])
@pytest.mark.parametrize("silent", ["", "JPG", "NEF"])
def test_both_files_of_a_shot_have_its_time_on_drive(tmp_path: Path, house: House, first: str, silent: str) -> None:
    """The one that came second had the moment of its arrival, and no clock that was set moved it; so had one that does
    not say when, or by what, it was taken, where the other one does.
    """
    raw(tmp_path / "NEF", ANNA)
    with Image.open(ANNA) as image:
        image.save(tmp_path / "JPG", "JPEG", exif=said())
    if silent:
        mute = (tmp_path / silent).read_bytes().replace(TAKEN.encode(), b" " * len(TAKEN))
        (tmp_path / silent).write_bytes(mute.replace(MODEL.encode(), b" " * len(MODEL)))
    for kind in (first, *{"JPG", "NEF"} - {first}):
        house.drop(tmp_path / kind, f"DSC_0001.{kind}")
        assert house.until_done().returncode == 0
    house.start()
    day = TAKEN[:10].replace(":", "-")
    wait_for(lambda: times_on_drive(house) == [f"{day}T21:14:03"] * 2, 20, "both are of that moment")
    if silent == "JPG":
        return  # nor does this RAW say what took it
    assert house.run("events", "clock", "default", MODEL, "+1:00").returncode == 0
    wait_for(lambda: times_on_drive(house) == [f"{day}T20:14:03"] * 2, 20, "both moved")


def times_on_drive(house: House) -> list[str]:
    return [one["modifiedTime"][:19] for one in house.emulator.files() if one.get("md5Checksum")]


MODEL = "EOS R6"


def said(taken: str = TAKEN) -> Image.Exif:
    exif = Image.Exif()
    exif[0x0110] = MODEL
    exif.get_ifd(0x8769)[0x9003] = taken
    return exif


@pytest.mark.slow
@pytest.mark.settings(VENUESYNC_DRIVE__ENABLED="false")
@pytest.mark.parametrize(("first", "second"), [("a.jpg", "a.NEF"), ("a.NEF", "a.JPG")])
def test_a_file_of_a_shot_that_came_after_a_backup_is_of_that_shot_once_the_backup_is_put_back(
    tmp_path: Path, house: House, first: str, second: str
) -> None:
    """The card is gone, and the older ledger knew the first file only where that was: the second one waited for a yes,
    taken out of its folders, though the shot had one.
    """
    shot = {one: ANNA if "j" in one.lower() else raw(tmp_path / "q.nef", ANNA) for one in (first, second)}
    house.drop(shot[first], first)
    assert house.until_done().returncode == 0
    assert house.run("events", "set", "default", "review", "true").returncode == 0
    backup = house.root / ".venuesync" / "backups" / "ledger-20260101T000000Z.sqlite"
    backup.parent.mkdir(exist_ok=True)
    shutil.copy(house.root / ".venuesync" / "ledger.sqlite", backup)
    house.drop(shot[second], second)
    assert house.until_done().returncode == 0
    both = {f"Unsorted/Unknown/{one}" for one in shot}
    assert set(house.on_disk()) == both
    for name in shot:
        (house.incoming / name).unlink()
    assert house.run("restore", str(backup)).returncode == 0
    assert house.until_done().returncode == 0
    assert (set(house.on_disk()), house.json("status")["photos"]["held"]) == (both, 0)


@pytest.mark.slow
@pytest.mark.settings(VENUESYNC_DRIVE__ENABLED="false")
@pytest.mark.parametrize("card", ["with its card", "without"])
def test_a_shot_whose_raw_came_first_has_its_yes_once_the_ledger_was_lost(
    tmp_path: Path, house: House, card: str
) -> None:
    """The yes was said of the RAW, and the JPEG stood for both from then on: both were taken out of their folders."""
    shot = {"a.NEF": raw(tmp_path / "q.nef", ANNA), "a.JPG": ANNA}
    house.drop(shot["a.NEF"], "a.NEF")
    assert house.until_done().returncode == 0
    assert house.run("events", "set", "default", "review", "true").returncode == 0
    house.drop(shot["a.JPG"], "a.JPG")
    assert house.until_done().returncode == 0
    both = {f"Unsorted/Unknown/{one}" for one in shot}
    assert set(house.on_disk()) == both
    for name in shot if card == "without" else ():
        (house.incoming / name).unlink()
    lose_ledger(house)
    assert house.until_done().returncode == 0
    assert (set(house.on_disk()), house.json("status")["photos"]["held"]) == (both, 0)
