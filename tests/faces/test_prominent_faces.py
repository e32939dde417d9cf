"""Which faces a photo is about: those at least half as wide as the widest."""

from __future__ import annotations

from agent.faces.quality import prominent
from agent.faces.results import Box


def box(width: int, left: int = 0) -> Box:
    return left, 10, left + width, 10 + width


def test_half_the_widest_counts_less_does_not() -> None:
    assert prominent([box(200), box(100, 300), box(99, 500)]) == [True, True, False]


def test_the_order_is_kept_and_one_is_always_prominent() -> None:
    assert prominent([box(30), box(400)]) == [False, True]
    assert prominent([box(7)]) == [True]
    assert prominent([]) == []


def test_the_share_is_the_callers() -> None:
    assert prominent([box(200), box(120)], share=0.7) == [True, False]
