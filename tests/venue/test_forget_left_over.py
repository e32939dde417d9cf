"""Files of ours that no ledger knows any more, as after a lost one, go with whoever is forgotten."""

from __future__ import annotations

import os

import pytest

from tests.venue.house import House
from tests.venue.test_forget_blurred import HIS, evening, forget

pytestmark = [
    pytest.mark.timeout(300),
    pytest.mark.settings(VENUESYNC_PEOPLE__GUEST_AFTER="0", VENUESYNC_PEOPLE__FORGOTTEN="blur"),
]
BESIDE, ELSEWHERE = "People/Jonas/Solo/IMG_2.jpg", "Unsorted/No Faces/IMG_2.jpg"


def left_over(house: House, *paths: str) -> None:
    """What is filed of a photo lies in further places, as a ledger that was lost knew them."""
    for path in paths:
        (house.root / path).parent.mkdir(parents=True, exist_ok=True)
        os.link(house.root / HIS, house.root / path)


def test_what_was_made_of_a_photo_on_which_somebody_else_is_blurred_by_now_is_nowhere(house: House) -> None:
    house.start()
    evening(house)
    forget(house)
    left_over(house, BESIDE, ELSEWHERE)
    forget(house, "Jonas")
    assert house.until_done().returncode == 0
    assert not (house.root / "People/Jonas").exists()
    assert not (house.root / ELSEWHERE).exists()
    house.assert_invariants()


@pytest.mark.parametrize("how", ["--blur", "--stay"])
def test_their_folders_go_with_what_we_made_and_what_a_person_put_there_stays(house: House, how: str) -> None:
    house.start()
    evening(house)
    left_over(house, BESIDE)
    theirs = house.root / "People/Jonas/Solo/notes.txt"
    theirs.write_text("by hand")
    forget(house, "Jonas", how)
    assert house.until_done().returncode == 0
    assert [path for path in (house.root / "People/Jonas").rglob("*") if path.is_file()] == [theirs]
    theirs.unlink()
    house.assert_invariants()
