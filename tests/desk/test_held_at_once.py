"""A yes and a no to the same held removal, said at once: the first counts, and the other is told of none.

And what was withdrawn, or moved to another event, since it was asked is asked about no more.
"""

from __future__ import annotations

import pytest

from agent.handlers.troubles import keep_all, take_all_out
from agent.ledger import Ledger, held, photos
from agent.model import DEFAULT_EVENT, PhotoState
from tests.filing.one_placement import NOW, One
from tests.making import photo_row, rows


@pytest.mark.parametrize("first", [take_all_out, keep_all])
@pytest.mark.parametrize("second", [take_all_out, keep_all])
def test_of_two_answers_the_first_counts(ledger: Ledger, first: object, second: object) -> None:
    one = One(ledger)
    one.do(held.hold_back, DEFAULT_EVENT, "gone", "they went", [one.photo], NOW)
    chosen = one.do(held.opened)  # by both, before either has answered
    assert [one.do(answer, chosen, NOW) for answer in (first, second)] == [1, 0]
    assert one.row["wanted"] == (first is keep_all)
    [told] = rows(ledger, "SELECT text FROM activity WHERE kind = 'held'")
    assert told["text"].startswith("Rejected" if first is keep_all else "Approved")


@pytest.mark.parametrize("how", [PhotoState.WITHDRAWN, PhotoState.MOVED])
def test_what_was_taken_out_since_it_was_asked_does_not_go_with_a_yes(ledger: Ledger, how: PhotoState) -> None:
    """It did, and no undo had it back."""
    one = One(ledger)
    other = one.do(photo_row, "DSC_2.jpg")
    one.do(held.hold_back, DEFAULT_EVENT, "gone", "they went", [one.photo, other], NOW)
    chosen = one.do(held.opened)
    one.do(photos.set_out, one.photo, how)
    assert [each.photos for each in one.do(held.opened)] == [1]
    assert one.do(take_all_out, chosen, NOW) == 1
    [told] = rows(ledger, "SELECT text FROM activity WHERE kind = 'held'")
    assert told["text"] == "Approved: 1 photo taken out of folders"
    states = {row["id"]: row["state"] for row in rows(ledger, "SELECT id, state FROM event_photo")}
    assert states == {one.photo: how, other: PhotoState.SUPERSEDED}


def test_nobody_is_asked_about_what_was_all_withdrawn_until_it_is_back(ledger: Ledger) -> None:
    one = One(ledger)
    one.do(held.hold_back, DEFAULT_EVENT, "gone", "they went", [one.photo], NOW)
    one.do(photos.set_out, one.photo, PhotoState.WITHDRAWN)
    assert (one.do(held.opened), one.do(held.count)) == ([], 0)
    one.do(photos.set_out, one.photo, None)
    assert ([each.photos for each in one.do(held.opened)], one.do(held.count)) == ([1], 1)
