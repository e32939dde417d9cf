"""When a file is whole, in every order of what is seen of it; time passes only as the test says."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from agent.clock import Moment
from agent.intake.listing import FoundFile
from agent.intake.settle import LONGEST_WAIT, Departures, FolderIndex, Outcome, Settler, Sign
from agent.intake.sweep import Absence
from agent.ledger.sightings import FileFacts

SMALL, LARGE = FileFacts(1, 1, 1), FileFacts(2, 2, 1)


def look(settler: Settler, now: float, facts: FileFacts | None) -> int:
    """Answer every look that is due; how many there were."""
    due = settler.due(now)
    for path in due:
        settler.looked(path, facts, now)
    return len(due)


def test_a_closed_file_is_taken_at_once() -> None:
    settler = Settler()
    settler.note("a", Sign.WHOLE, now=0, at=100)
    assert settler.take(0) == "a"
    assert len(settler) == 1  # being handed on is not handed on yet
    settler.finished("a", Outcome.DONE, 0, 100)
    assert len(settler) == 0


def test_a_made_file_is_whole_after_a_second_without_a_change() -> None:
    settler = Settler()
    settler.note("a", Sign.MADE, now=0, at=100)
    assert look(settler, 0.1, SMALL) == 1
    assert look(settler, 1.0, SMALL) == 0
    assert look(settler, 1.1, LARGE) == 1  # it grew
    assert look(settler, 2.0, LARGE) == 0
    assert settler.take(2.0) is None
    assert look(settler, 2.2, LARGE) == 1
    assert settler.take(2.2) == "a"


def test_a_file_being_written_waits_for_its_close_or_ten_seconds() -> None:
    settler = Settler()
    settler.note("a", Sign.MADE, 0, 100)
    settler.note("a", Sign.WRITING, 0.1, 100)
    for tenth in range(1, 101):
        look(settler, tenth / 10, SMALL)
        assert settler.take(tenth / 10) is None
    look(settler, 10.2, SMALL)
    assert settler.take(10.2) == "a"


def test_a_file_that_is_open_is_asked_about_less_and_less_often_and_named_once_it_stands_still() -> None:
    settler = Settler()
    settler.note("a", Sign.WHOLE, 0, 100)
    taken: list[float] = []
    for tenth in range(1, 1200):
        now = tenth / 10
        look(settler, now, SMALL)
        if settler.take(now) == "a":
            taken.append(now)
            settler.finished("a", Outcome.OPEN, now, 100)
    assert 5 < len([one for one in taken if one < 20]) < 20
    assert all(9.9 <= after - before <= 10.2 for before, after in itertools.pairwise(taken[-5:]))
    assert [path for path, _ in settler.still_open(119)] == ["a"]
    settler.note("a", Sign.WRITING, 120, 220)
    assert settler.still_open(121) == []
    settler.note("a", Sign.WHOLE, 122, 222)
    assert settler.take(122) == "a"
    settler.finished("a", Outcome.DONE, 122, 222)
    assert settler.still_open(999) == []


def test_a_file_that_nobody_tells_of_waits_an_hour_for_its_close() -> None:
    settler = Settler()
    settler.note("a", Sign.WRITING, 0, 100)
    look(settler, 0.1, SMALL)
    look(settler, 10.2, SMALL)
    assert settler.take(10.2) == "a"
    assert settler.is_unclosed("a", 10.2) and not settler.is_unclosed("a", 3700)
    settler.finished("a", Outcome.OPEN, 10.2, 100)
    settler.note("a", Sign.WHOLE, 11, 111)
    assert settler.take(11) == "a"
    assert not settler.is_unclosed("a", 11)


def test_a_ready_file_that_is_written_again_goes_back() -> None:
    settler = Settler()
    settler.note("a", Sign.WHOLE, 0, 100)
    settler.note("a", Sign.WRITING, 1, 101)
    assert settler.take(1) is None
    settler.note("a", Sign.WHOLE, 2, 102)
    assert settler.take(2) == "a"
    assert settler.take(2) is None


def test_what_happens_to_a_file_while_it_is_handed_on_begins_a_new_round() -> None:
    settler = Settler()
    settler.note("a", Sign.WHOLE, 0, 100)
    assert settler.take(0) == "a"
    settler.note("a", Sign.WRITING, 1, 101)
    settler.finished("a", Outcome.DONE, 2, 102)
    assert settler.take(2) is None
    settler.note("a", Sign.WHOLE, 3, 103)
    assert settler.take(3) == "a"
    settler.finished("a", Outcome.DONE, 3, 103)
    assert len(settler) == 0


def test_a_file_that_was_not_whole_after_all_waits_for_quiet() -> None:
    settler = Settler()
    settler.note("a", Sign.WHOLE, 0, 100)
    settler.take(0)
    settler.finished("a", Outcome.CHANGING, 1, 101)
    assert settler.take(1) is None
    look(settler, 1.1, SMALL)
    look(settler, 2.2, SMALL)
    assert settler.take(2.2) == "a"


def test_a_file_that_could_not_be_handed_on_is_counted_until_it_is_tried_again() -> None:
    settler = Settler()
    settler.note("a", Sign.WHOLE, 0, 100)
    settler.take(0)
    settler.finished("a", Outcome.PUT_OFF, 0, 100)
    assert (len(settler), settler.oldest_at, settler.put_off(), settler.take(9)) == (1, 100, ["a"], None)
    settler.note("a", Sign.WHOLE, 10, 110)
    assert settler.take(10) == "a"


def test_newer_files_go_first_and_none_waits_longer_than_ten_minutes_for_that() -> None:
    settler = Settler()
    for number in range(4):
        settler.note(str(number), Sign.WHOLE, now=number, at=number)
    assert settler.take(10) == "3"
    assert settler.take(10) == "2"
    late = LONGEST_WAIT + 0.5
    settler.note("new", Sign.WHOLE, now=late, at=late)
    assert settler.take(late) == "0"
    assert settler.take(late) == "new"
    assert settler.take(late) == "1"


def test_a_file_that_a_listing_shows_waits_since_then_however_old_it_is() -> None:
    index = FolderIndex("/in", 1.0)
    index.found("/in/a", FoundFile(SMALL, 100), local=True, now=5, wall=1000, began=Moment(999, 999))
    assert index.settler.oldest_at == 1000
    assert index.settler.newest_ready() == 100  # newest files go first by their own age


def test_ten_thousand_files_at_once_are_looked_at_in_batches() -> None:
    settler = Settler()
    for number in range(10_000):
        settler.note(str(number), Sign.MADE, 0, 0)
    assert [look(settler, 1, SMALL) for _ in range(11)] == [1000] * 10 + [0]
    assert [look(settler, 2.5, SMALL) for _ in range(11)] == [1000] * 10 + [0]
    taken = {settler.take(3) for _ in range(10_000)}
    assert len(taken) == 10_000
    assert settler.next_look() is None


SIZES = {"look": SMALL, "look: gone": None, "look: larger": LARGE}
STEPS = st.one_of(
    st.sampled_from(Sign), st.sampled_from(Outcome), st.sampled_from(list(SIZES)), st.sampled_from(["take", "forget"])
)


@given(st.lists(st.tuples(st.sampled_from("ab"), STEPS, st.floats(0, 3)), max_size=60))
def test_in_every_order_no_file_is_lost_or_handed_on_twice_at_once(
    steps: list[tuple[str, Sign | Outcome | str, float]],
) -> None:
    settler, now, taken = Settler(), 0.0, set[str]()
    for path, step, passed in steps:
        now += passed
        match step:
            case Sign():
                settler.note(path, step, now, now)
                assert path in settler
            case Outcome() if path in taken:
                settler.finished(path, step, now, now)
                taken.discard(path)
            case "take" if (got := settler.take(now)) is not None:
                assert got not in taken
                taken.add(got)
            case "forget":
                settler.forget(path)
            case str() if step in SIZES:
                look(settler, now, SIZES[step])
        assert taken <= {known for known in "ab" if known in settler}
    for path in taken:
        settler.finished(path, Outcome.DONE, now, now)
    end(settler, now)


def end(settler: Settler, now: float) -> None:
    """Let a sweep come and a minute pass: every file is handed on."""
    for path in settler.put_off():
        settler.note(path, Sign.WHOLE, now, now)
    for second in range(60):
        look(settler, now + second, SMALL)
    while (path := settler.take(now + 60)) is not None:
        settler.finished(path, Outcome.DONE, now + 60, now)
    assert len(settler) == 0


def test_a_few_files_gone_are_believed_and_many_after_two_more_sweeps() -> None:
    absence = Absence(sweep_seconds=60)
    assert absence.judge(device=1, known=30, kept=30, listed=30, now=0).believed
    assert absence.judge(1, 30, 29, 29, now=60).believed
    assert not absence.judge(1, 29, 0, 0, now=120).believed
    assert not absence.judge(1, 29, 0, 0, now=121).believed  # asked for in a hurry
    assert not absence.judge(1, 29, 0, 0, now=122).believed
    assert absence.judge(1, 29, 0, 0, now=241).believed
    assert absence.judge(1, 20, 0, 0, now=300).believed


def test_files_that_come_back_are_no_part_of_a_later_absence() -> None:
    absence = Absence(sweep_seconds=60)
    assert not absence.judge(1, 30, 0, 0, now=0).believed
    assert absence.judge(1, 30, 30, 30, now=60).believed
    assert not absence.judge(1, 30, 0, 0, now=300).believed


def test_an_empty_folder_on_another_device_is_an_unmounted_disk_for_as_long_as_it_lasts() -> None:
    absence = Absence(sweep_seconds=60)
    assert absence.judge(device=1, known=3, kept=3, listed=3, now=0).believed
    for minute in range(1, 1000):
        assert not absence.judge(device=2, known=3, kept=0, listed=0, now=60 * minute).believed
    assert absence.judge(device=1, known=3, kept=3, listed=3, now=99999).believed


def test_another_card_in_the_same_place_is_believed_in_the_end() -> None:
    absence = Absence(sweep_seconds=60)
    assert absence.judge(device=1, known=3, kept=3, listed=3, now=0).believed
    believed = [absence.judge(device=2, known=3, kept=0, listed=5, now=60 * minute).believed for minute in range(1, 4)]
    assert believed == [False, False, True]


def test_a_departure_is_told_after_the_arrivals_before_it_or_ten_seconds() -> None:
    departures = Departures()
    departures.note("old name", order=5, now=0)
    assert departures.ripe(oldest_arrival=4, now=1) == []
    assert departures.ripe(oldest_arrival=6, now=1) == ["old name"]
    departures.note("another", order=7, now=2)
    assert departures.next_at() == 12
    assert departures.ripe(oldest_arrival=3, now=12) == ["another"]
    assert departures.ripe(oldest_arrival=None, now=12) == []
