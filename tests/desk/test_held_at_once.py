"""A yes and a no to the same held removal, said at once: the first counts, and the other is told of none."""

from __future__ import annotations

import pytest

from agent.handlers.troubles import keep_all, take_all_out
from agent.ledger import Ledger, held
from agent.model import DEFAULT_EVENT
from tests.filing.one_placement import NOW, One
from tests.making import rows


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
