"""A face blurred by one file of a shot is not shown by the other one, though the ledger that knew both is lost."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agent.faces.results import LookError
from agent.faces.workers import FaceWorkers
from agent.filing.blurring import Blurring
from agent.ledger import Ledger, disk_queue, photos, renditions, superseded, twins
from agent.ledger.sqlite.rows import Db
from agent.model import BLURRED, DEFAULT_EVENT, Box, PhotoId, faces_blurred
from agent.people.planner import Planner
from agent.roster import Roster
from agent.roster.decisions import Draft, FaceDecision, Verb
from tests.making import ENGINE, content, of, rows
from tests.people.test_planning import looked

HER = Box(0, 0, 100, 100)
JPEG, RAW = content(b"jpeg"), replace(content(b"raw"), mime="image/x-nikon-nef")
LAY = replace(BLURRED, blurred=faces_blurred([HER])).name  # what was filed of both
FILED = (
    "SELECT ep.name, p.filed_as FROM placement p JOIN event_photo ep ON ep.id = p.event_photo"
    " WHERE p.wanted = 1 ORDER BY ep.name"
)
BOTH = [("DSC_1.JPG", LAY), ("DSC_1.NEF", LAY)]


class Shot:
    """She was blurred when the RAW was looked at; nothing is known of that but what the roster says."""

    def __init__(self, ledger: Ledger, folder: Path) -> None:
        self.ledger = ledger
        self.roster = Roster(folder / "roster.json")
        self.planner = Planner(ledger, self.roster, ENGINE, 0.5)
        self.roster.blur_faces(DEFAULT_EVENT, [FaceDecision(RAW.sha256, HER, name="DSC_1.NEF")])
        workers: Any = FaceWorkers
        self.blurring = Blurring(ledger, self.roster, workers, folder / "renditions", folder)

    def comes(self, file: photos.Content, name: str) -> PhotoId:
        def come(db: Db) -> PhotoId:
            photo = photos.record_photo(db, file)
            photos.record_in_event(db, DEFAULT_EVENT, photo, name, 1.0)
            return photo

        return self.ledger.submit(come).result()

    def lay(self, file: photos.Content) -> None:
        """As `made.log`, and Drive, tell of what was filed in its place."""
        self.ledger.submit(renditions.found, file.sha256, LAY, "a1", 9, "0" * 64).result()

    def go_together(self, twin: PhotoId, main: PhotoId) -> None:
        def join(db: Db) -> None:
            twins.join(db, of(db, twin), of(db, main))
            twins.is_whole(db, twin)

        self.ledger.submit(join).result()

    def filed(self) -> list[tuple[str, str]]:
        return [(row["name"], row["filed_as"]) for row in rows(self.ledger, FILED)]


@pytest.fixture
def shot(ledger: Ledger, tmp_path: Path) -> Shot:
    return Shot(ledger, tmp_path)


@pytest.mark.parametrize("when", ["before its JPEG is looked at", "after that"])
async def test_the_raw_whose_faces_were_blurred_stands_for_its_shot_though_the_jpeg_is_looked_at_first(
    shot: Shot, when: str
) -> None:
    jpeg, raw = shot.comes(JPEG, "DSC_1.JPG"), shot.comes(RAW, "DSC_1.NEF")
    if when == "after that":
        await shot.planner.record_look(jpeg, looked(1, 2))
    shot.go_together(raw, jpeg)
    if when == "after that":
        await shot.planner.plan_photo(jpeg)
    else:
        await shot.planner.record_look(jpeg, looked(1, 2))
        assert shot.filed() == []
    assert await shot.ledger.read(photos.look_of, raw) == "due"
    await shot.planner.record_look(raw, looked(1, 2))
    assert shot.filed() == BOTH
    [(left, *_), *_] = await shot.blurring.areas(JPEG.sha256, LAY)
    assert left == 0.0


async def test_a_jpeg_that_lay_blurred_is_not_shown_before_its_raw_is_back(shot: Shot) -> None:
    jpeg = shot.comes(JPEG, "DSC_1.JPG")
    assert await shot.ledger.read(disk_queue.is_shown, jpeg)
    shot.lay(JPEG)
    assert not await shot.ledger.read(disk_queue.is_shown, jpeg), "no thumbnail of it is kept"
    await shot.planner.record_look(jpeg, looked(1, 2))
    assert shot.filed() == BOTH[:1]
    with pytest.raises(LookError):  # made anew once the RAW says where her face is
        await shot.blurring.areas(JPEG.sha256, LAY)
    await shot.planner.record_look(shot.comes(RAW, "DSC_1.NEF"), looked(1, 2))
    assert shot.filed() == BOTH
    [(left, top, right, bottom)] = await shot.blurring.areas(JPEG.sha256, LAY)
    assert (left, top, right, bottom) == (0.0, 0.0, 0.1, 0.125)


async def test_a_jpeg_is_itself_again_once_nobody_is_to_be_blurred_on_its_shot(shot: Shot) -> None:
    def shown(draft: Draft) -> tuple[None, str]:
        face = FaceDecision(RAW.sha256, HER)
        draft.decide_face(DEFAULT_EVENT, face, lambda was: replace(was, ignored=False, forgotten=False, blurred=False))
        return None, "shown again"

    shot.roster.intend(Verb.NAME, shown)
    shot.lay(JPEG)
    await shot.planner.record_look(shot.comes(JPEG, "DSC_1.JPG"), looked(1, 2))
    assert shot.filed() == [("DSC_1.JPG", "")]


async def test_the_raw_of_a_blurred_shot_that_stands_for_itself_as_its_jpeg_is_gone_shows_her_no_more(
    shot: Shot,
) -> None:
    """No ledger was lost: the JPEG was edited in its place. Which file was looked at is the other way round here."""
    raw, jpeg = shot.comes(RAW, "DSC_1.NEF"), shot.comes(JPEG, "DSC_1.JPG")
    await shot.planner.record_look(raw, looked(1, 2))
    shot.go_together(jpeg, raw)
    await shot.planner.plan_photo(raw)
    assert shot.filed() == BOTH
    for file in (RAW, JPEG):
        shot.lay(file)
    shot.ledger.submit(superseded.supersede, raw, 2.0).result()
    assert await shot.ledger.read(photos.look_of, jpeg) == "due"
    await shot.planner.record_look(jpeg, looked(1, 2))
    assert shot.filed() == BOTH[:1]
    assert shot.roster.blurred_faces(DEFAULT_EVENT, JPEG.sha256) == [HER]
    him = FaceDecision(JPEG.sha256, Box(300, 0, 400, 100), name="DSC_1.JPG")
    shot.roster.blur_faces(DEFAULT_EVENT, [him])
    await shot.planner.plan_photo(jpeg)
    assert shot.filed() == [("DSC_1.JPG", replace(BLURRED, blurred=faces_blurred([HER, him.box])).name)], "and she is"


async def test_a_picture_with_the_same_boxes_under_another_name_is_no_file_of_that_shot(shot: Shot) -> None:
    """It was made anew of the same one, and she is known on it again."""
    jpeg = shot.comes(JPEG, "DSC_2.JPG")
    shot.lay(JPEG)
    await shot.planner.record_look(jpeg, looked(1, 2))
    assert shot.filed() == [("DSC_2.JPG", "")]
