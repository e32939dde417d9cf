"""Somebody is forgotten, blurred and never to be known again: on photos that come later they are blurred from the first
byte that lies in a folder or crosses the line.
"""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from PIL import Image

from agent.jobs.backups import back_up_people
from agent.requests.people import EnrollPerson, ForgetPerson
from agent.workspace import Workspace
from tests.crash.lives import Lives, Role
from tests.emulator.drive import Emulator
from tests.faces.films import film
from tests.venue.blurred import Box, boxes, detail, evening, forget, is_blurred, lose_ledger, nowhere, on_drive, pixels
from tests.venue.house import House, wait_for
from tests.venue.manifest import md5 as md5_of
from tests.venue.running import an_agent
from tests.venue.test_forget import TOGETHER, ledger, sha256
from tests.venue.test_people_commands import of, ok

pytestmark = [
    pytest.mark.timeout(300),
    pytest.mark.settings(VENUESYNC_PEOPLE__GUEST_AFTER="0", VENUESYNC_PEOPLE__FORGOTTEN="blur"),
]

LATER = "People/Jonas/Group/IMG_7.jpg"
SAID = "replace roster.storage.AtomicStorage.write < roster.decisions.Decisions.apply < roster.roster.Roster._finish"
MADE = "replace disk.atomic.write_whole < filing.blurring.write < filing.blurring.write_like"


def again(path: Path, number: int) -> Path:
    """They stand there as before, a little later."""
    with Image.open(TOGETHER) as picture:
        darker = picture.point([value - value * number // 64 for value in range(256)] * 3)
        darker.save(path, quality=95)
    return path


def faces_on(house: House, photo: Path) -> tuple[list[Box], list[Box]]:
    """Hers, whose encoding is not kept, and his."""
    query = (
        "SELECT encoding IS NULL, box_left, box_top, box_right, box_bottom FROM face JOIN photo ph ON ph.id = photo"
        " WHERE ph.sha256 = ? ORDER BY 1 DESC"
    )
    (is_her, *hers), (is_he, *his) = ledger(house, query, sha256(photo))
    assert (is_her, is_he) == (1, 0)
    return [(hers[0], hers[1], hers[2], hers[3])], [(his[0], his[1], his[2], his[3])]


def number_of(house: House, name: str = "IMG_7.jpg") -> str:
    return str(next(row["id"] for row in house.json("photos") if row["name"] == name))


def is_shown_to_nobody(house: House, hers: Box) -> None:
    """The photo's thumbnail is made of what is filed, whenever it is asked for."""
    with house.api() as api:
        answer = wait_for(
            lambda: (it := api.get(f"/photos/{number_of(house)}/thumbnail")).is_success and it, 20, "made"
        )
    small = pixels(answer.content)
    zoom = small.shape[1] / pixels(TOGETHER.read_bytes()).shape[1]
    left, top, right, bottom = (round(edge * zoom) for edge in hers)
    assert detail(small, (left, top, right, bottom)) < 12


@pytest.mark.slow
def test_a_photo_that_comes_later_shows_her_nowhere_and_never_did(house: House, tmp_path: Path) -> None:
    """Also with another setting by then, and by a ledger that is made anew; until she is named on that very face."""
    evening(house)
    hers, his = boxes(house, "Mia"), boxes(house, "Jonas")
    house.start()
    kept = forget(house, "Mia", "--never")["kept"]
    assert house.until_done().returncode == 0
    house.emulator.forget_requests()
    late = again(tmp_path / "late.jpg", 1)
    house.drop(late, "IMG_7.jpg")
    house.drop(film(tmp_path / "v.mp4", [(TOGETHER, 4)], (960, 640)), "MVI_1.MP4")
    wait_for(lambda: {LATER, "People/Jonas/Group/MVI_1.MP4"} <= {*house.on_drive()}, 60, "both are sent")
    assert house.until_done().returncode == 0
    methods = house.emulator.requests()["methods"]
    assert (methods["files.create"], methods.get("files.delete", 0), methods.get("files.update", 0)) == (2, 0, 0)
    lying = house.on_disk()
    assert {LATER, "People/Jonas/Group/MVI_1.MP4"} <= {*lying}
    now, there = faces_on(house, late)
    for data in ((house.root / LATER).read_bytes(), on_drive(house)[LATER]):
        is_blurred(data, late, now, there)
    nowhere(house, late)
    assert [row["title"] for row in house.json("errors")["open"]] == ["A video shows somebody who was forgotten"]
    is_shown_to_nobody(house, now[0])
    assert "blurred on photos that come later" in kept
    house.assert_invariants()
    assert house.run("verify").returncode == 0

    assert house.stop() == 0
    house.environ["VENUESYNC_PEOPLE__FORGOTTEN"] = "stay"
    lose_ledger(house)
    house.start()
    assert house.until_done().returncode == 0
    assert house.on_disk() == lying == house.on_drive()
    is_shown_to_nobody(house, now[0])
    nowhere(house, late)
    house.assert_invariants()

    faces = house.json("photos", "faces", number_of(house))
    (face,) = [one["face_id"] for one in faces if tuple(one["box"]) == now[0]]
    ok(house, "enroll", "Mia", face)
    wait_for(lambda: md5_of(late.read_bytes()) in house.on_disk().values(), 30, "she is shown again")
    assert house.until_done().returncode == 0
    assert house.on_disk() == house.on_drive()
    is_blurred((house.root / "People/Jonas/Group/IMG_2.jpg").read_bytes(), TOGETHER, hers, his)
    house.assert_invariants()


@pytest.mark.slow
def test_without_blur_a_later_photo_is_as_any_stranger_s(house: House, tmp_path: Path) -> None:
    evening(house)
    house.start()
    assert "blurred" not in forget(house, "Mia", "--never", "--stay")["kept"]
    house.drop(late := again(tmp_path / "late.jpg", 1), "IMG_7.jpg")
    wait_for(lambda: LATER in house.on_drive(), 60, "it is sent")
    assert house.until_done().returncode == 0
    assert house.on_disk()[LATER] == house.on_drive()[LATER] == md5_of(late.read_bytes())
    house.assert_invariants()


@pytest.mark.slow
def test_a_face_of_which_it_was_said_that_it_is_not_hers_is_shown_as_before(house: House) -> None:
    evening(house)
    house.start()
    not_hers = of("mia_lindqvist")[2]
    ok(house, "people", "not", "Mia", number_of(house, "IMG_1.jpg"))
    wait_for(lambda: "Unsorted/Unknown/IMG_1.jpg" in house.on_drive(), 30, "it is filed elsewhere")
    there = {one["id"] for one in house.emulator.files() if one["path"].endswith("Unknown/IMG_1.jpg")}
    assert forget(house, "Mia", "--never")["blurred"] == 2
    wait_for(lambda: house.json("status")["safe_to_leave"]["safe"], 30, "all is sent")
    assert house.on_disk()["Unsorted/Unknown/IMG_1.jpg"] == md5_of(not_hers.read_bytes())
    assert there == {one["id"] for one in house.emulator.files() if one["path"].endswith("Unknown/IMG_1.jpg")}
    for photo in (TOGETHER, of("mia_lindqvist")[1]):
        nowhere(house, photo)
    assert house.on_disk() == house.on_drive()
    house.assert_invariants()


@pytest.mark.slow
def test_killed_when_the_roster_has_said_it_and_before_it_is_filed_she_is_not_seen(
    tmp_path: Path, emulator: Emulator
) -> None:
    settings = {"VENUESYNC_PEOPLE__GUEST_AFTER": "0", "VENUESYNC_PEOPLE__FORGOTTEN": "blur"}
    lives = Lives(tmp_path / "venue", emulator, **settings)
    house = lives.house
    try:
        evening(house)
        lives.start()
        forget(house, "Mia", "--never")
        late: list[Path] = []
        for number, moment in enumerate((SAID, MADE)):
            lives.start()
            lives.arm(Role.AGENT, moment, 1)
            late.append(again(tmp_path / f"late-{number}.jpg", number + 1))
            house.drop(late[-1], f"LATE_{number}.jpg")
            assert not lives.until(60), lives.moments()
            assert lives.killed_at() == f"{Role.AGENT} {moment}"
            time.sleep(0.2)
            nowhere(house, late[-1])
        lives.start()
        assert lives.until_rest()
        for number, photo in enumerate(late):
            path, (hers, his) = f"People/Jonas/Group/LATE_{number}.jpg", faces_on(house, photo)
            is_blurred((house.root / path).read_bytes(), photo, hers, his)
            is_blurred(on_drive(house)[path], photo, hers, his)
            nowhere(house, photo)
        house.assert_invariants()
    finally:
        house.close()


@pytest.mark.slow
def test_an_older_list_of_people_that_is_put_back_shows_her_nowhere_either(house: House, tmp_path: Path) -> None:
    """It was made before she was known, so it does not name her, and stayed; nor had it what is kept of her."""
    ok(house, "enroll", "Jonas", str(of("jonas_lindqvist")[0]))
    before = back_up_people(Workspace(house.root, house.root / ".venuesync"))
    assert before is not None
    evening(house)
    house.start()
    forget(house, "Mia", "--never")
    assert house.stop() == 0
    ok(house, "restore", before.name)
    house.start()
    wait_for(lambda: house.json("held"), 30, "it waits for its yes")
    ok(house, "held", "approve", "--all")
    late = again(tmp_path / "late.jpg", 1)
    house.drop(late, "IMG_7.jpg")
    wait_for(lambda: LATER in house.on_drive(), 60, "it is sent")
    assert house.until_done().returncode == 0
    hers, his = faces_on(house, late)
    is_blurred((house.root / LATER).read_bytes(), late, hers, his)
    is_blurred(on_drive(house)[LATER], late, hers, his)
    nowhere(house, late)
    assert house.json("unknown") == []


@pytest.mark.slow
def test_what_was_replaced_on_drive_before_shows_her_in_no_trash_either(house: House, tmp_path: Path) -> None:
    """What lay there first, in another event, was sent anew smaller; the ledger knew no more of it by then."""
    evening(house)
    ok(house, "events", "add", "Party")
    house.start()
    forget(house, "Mia", "--never")
    late = again(tmp_path / "late.jpg", 1)
    arrived = house.root / "Events" / "Party" / "Incoming" / "IMG_7.jpg"
    arrived.write_bytes(late.read_bytes())
    shown = md5_of(late.read_bytes())

    def lies_there() -> list[tuple[str, bool]]:
        """The photo itself: where, and whether in the trash."""
        return [(one["path"], one["trashed"]) for one in house.emulator.files() if one.get("md5Checksum") == shown]

    wait_for(lambda: [one[1] for one in lies_there()] == [False], 30, "it is sent")
    ok(house, "events", "set", "Party", "long_side", "640")
    wait_for(lambda: [one[1] for one in lies_there()] == [True], 30, "something smaller has taken its place")
    ok(house, "photos", "move", str(house.json("photos", "--event", "Party")[0]["id"]), "--event", "default")
    wait_for(lambda: LATER in house.on_drive(), 30, "it is filed where she was forgotten")
    wait_for(lambda: lies_there() == [], 30, "she is to be seen nowhere")
    assert house.until_done().returncode == 0
    nowhere(house, late)


@pytest.mark.parametrize(("blur", "words"), [(True, "whose face is blurred"), (False, "who was ignored")])
async def test_who_is_enrolled_after_all_is_told_what_they_were(workspace: Workspace, blur: bool, words: str) -> None:
    """Of whoever is forgotten there is no name left: it said that nothing is one with them now."""
    photos = [str(path) for path in of("mia_lindqvist")]
    async with an_agent(workspace) as running:
        await running.service.ask(EnrollPerson(name="Mia", photos=photos))
        await running.service.ask(ForgetPerson(person="Mia", never=True, blur=blur))
        again = await running.service.ask(EnrollPerson(name="Mia B", photos=photos))
    assert again.get("told") == [f"A stranger {words} is one with Mia B now"]
