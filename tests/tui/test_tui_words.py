"""Numbers, spans and times: one form each, in the width that a column has."""

from __future__ import annotations

import pytest

from tui import words


@pytest.mark.parametrize(
    ("count", "width", "said"),
    [(0, 6, "0"), (1204, 6, "1,204"), (1204, 4, "1k"), (12345, 5, "12k"), (99_999, 6, "99,999"),
     (4_200_000, 6, "4,200k"), (4_200_000, 5, "4M"), (7, 0, "7")],
)  # fmt: skip
def test_numbers_are_grouped_and_shortened_only_when_too_wide(count: int, width: int, said: str) -> None:
    assert words.number(count, width) == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(-3, "0 s"), (0, "0 s"), (59.9, "59 s"), (60, "1 min"), (3599, "59 min"), (7300, "2 h"),
     (47 * 3600, "47 h"), (3 * 86400, "3 days")],
)  # fmt: skip
def test_spans_are_whole_units_that_have_passed(seconds: float, said: str) -> None:
    assert words.span(seconds) == said


@pytest.mark.parametrize(
    ("seconds", "said"), [(0.04, "0.1 s"), (0.84, "0.8 s"), (0.96, "1 s"), (5.6, "6 s"), (70, "1 min")]
)
def test_what_took_less_than_a_second_shows_its_tenth(seconds: float, said: str) -> None:
    assert words.took(seconds) == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(None, None), (0, "about 5 s"), (5, "about 5 s"), (6, "about 10 s"), (23, "about 25 s"), (30, "about 30 s"),
     (31, "about 40 s"), (38, "about 40 s"), (50, "about 50 s"), (51, "about 1 min"), (60, "about 1 min"),
     (61, "about 2 min"), (5400, "about 90 min"), (7200, "about 2 h")],
)  # fmt: skip
def test_the_time_to_go_moves_in_steps(seconds: float | None, said: str | None) -> None:
    assert words.about(seconds) == said


@pytest.mark.parametrize(
    ("seconds", "said"), [(3, "now"), (12, "10 s ago"), (44, "40 s ago"), (560, "9 min ago"), (7300, "2 h ago")]
)
def test_ago_moves_in_steps(seconds: float, said: str) -> None:
    assert words.ago(seconds) == said


@pytest.mark.parametrize(
    ("rate", "said"), [(0, "0.0 MB/s"), (4_200_000, "4.2 MB/s"), (99_900_000, "99.9 MB/s"), (123_000_000, "123 MB/s")]
)
def test_rates_fit_nine_cells(rate: float, said: str) -> None:
    assert words.rate(rate) == said
    assert len(said) <= 9


@pytest.mark.parametrize(
    ("part", "whole", "said"),
    [(0, 0, "100%"), (0, 10, "0%"), (999, 1000, "99%"), (1000, 1000, "100%"), (1100, 1000, "100%")],
)
def test_a_hundred_per_cent_only_when_all_is_done(part: int, whole: int, said: str) -> None:
    assert words.share(part, whole) == said


def test_days_before_today_are_named() -> None:
    now = 1_795_000_000.0
    assert words.day_clock(now - 60, now) == words.clock(now - 60)
    assert words.day_clock(now - 86400, now) == "yesterday"
    assert len(words.day_clock(now - 9 * 86400, now)) <= 9


def test_a_time_that_is_none_is_none() -> None:
    assert words.moment(None) is None
    assert words.moment("soon") is None
    assert words.moment("1970-01-01T00:01:00.000Z") == 60.0
