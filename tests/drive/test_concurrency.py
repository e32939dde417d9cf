"""More uploads at once where lost packets slow each of them down, and nowhere else. By a line that is calculated."""

from __future__ import annotations

from dataclasses import dataclass, field

from agent.drive.tcp import Sent
from agent.uploads.concurrency import CLEAN, FORGOTTEN, LONG, LOSSY, MOST, STRETCHED, Concurrency

SEGMENT = 1448  # bytes
USUAL = 8


@dataclass
class Line:
    """`each`: bytes a second that a connection comes to, alone; `whole`: that the line carries."""

    each: float
    whole: float
    lost: float
    stretched: float = 1.0
    photos: int = 10_000  # that are there to be sent
    refused: bool = False
    ours: bool = True  # no limit of our own
    usual: int = USUAL
    now: float = 100.0
    told: list[int] = field(default_factory=list[int])

    def __post_init__(self) -> None:
        self.at_once = Concurrency(
            self.usual, sent=self.sent, may=lambda _: not self.refused, free=lambda: self.ours, clock=lambda: self.now
        )
        self.at_once.of(lambda: min(self.at_once.limit, self.photos), lambda: self.told.append(self.at_once.limit))

    @property
    def rate(self) -> float:
        return min(self.whole, self.each * min(self.at_once.limit, self.photos))

    def sent(self) -> Sent:
        segments = int(self.rate / SEGMENT)
        return Sent(int(self.rate), segments, round(segments * self.lost), self.stretched)

    def look(self, times: int = 1) -> int:
        for _ in range(times):
            self.now += 1
            self.at_once.look()
        return self.at_once.limit


def lossy(whole: float = 6_000_000, usual: int = USUAL) -> Line:
    return Line(each=70_000, whole=whole, lost=0.02, usual=usual)


def test_where_each_is_slow_by_loss_more_go_until_the_line_or_the_most_is_reached() -> None:
    line = lossy()
    assert line.look(10) == MOST
    assert line.told == [32, MOST]
    assert line.look(200) == MOST


def test_it_is_known_within_two_seconds() -> None:
    line = lossy()
    assert line.look(2) == 32


def test_a_line_that_is_full_by_that_keeps_what_gained() -> None:
    line = lossy(whole=2_000_000)  # 29 fill it
    assert line.look(10) == 32
    assert line.told == [32, MOST, 32]


def test_without_loss_it_stays_as_the_settings_say() -> None:
    for lost in (0.0, LOSSY / 2):
        line = Line(each=70_000, whole=6_000_000, lost=lost)
        assert line.look(100) == USUAL


def test_what_waits_in_front_of_the_line_says_that_it_is_full() -> None:
    line = Line(each=70_000, whole=500_000, lost=0.02, stretched=1.1 * STRETCHED)
    assert line.look(100) == USUAL


def test_a_full_line_that_loses_is_tried_ever_more_seldom() -> None:
    line = Line(each=70_000, whole=500_000, lost=0.02)
    assert line.look(3600) == USUAL
    assert line.told == [32, USUAL] * (len(line.told) // 2)
    assert 4 <= len(line.told) // 2 <= 12


def test_fewer_photos_than_may_go_say_nothing() -> None:
    line = lossy()
    line.photos = USUAL - 2
    assert line.look(100) == USUAL


def test_what_is_known_is_kept_while_little_is_to_be_sent_and_then_forgotten() -> None:
    line = lossy()
    line.look(10)
    line.photos = 0
    assert line.look(int(FORGOTTEN)) == MOST
    assert line.look(2) == USUAL


def test_drives_word_goes_before_the_line() -> None:
    line = lossy()
    line.refused = True
    assert line.look(10) == USUAL
    line.refused = False
    assert line.look(10) == MOST
    line.refused = True
    assert line.look() == USUAL
    assert line.look(100) == USUAL


def test_a_limit_of_our_own_goes_before_it_too() -> None:
    line = lossy()
    line.look(10)
    line.ours = False
    assert line.look() == USUAL
    assert line.look(100) == USUAL
    line.ours = True
    assert line.look(10) == MOST


def test_when_nothing_is_lost_any_more_fewer_go_step_by_step() -> None:
    line = lossy()
    line.look(10)
    line.lost = CLEAN / 2
    assert line.look(2 * LONG) == 32
    assert line.look(10 * LONG) == USUAL


def test_settings_that_say_fewer_are_kept() -> None:
    for usual in (1, USUAL - 1):
        line = lossy(usual=usual)
        assert line.look(100) == usual
