"""What is sent to the terminal is what differs, in few pieces."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.segment import Segment
from textual.strip import Strip

from tui.widgets.rows import changed_cells, merged

texts = st.text(alphabet="ab 漢─", max_size=6)
rows = st.lists(
    st.tuples(texts, st.sampled_from(["", "$ink", "bold $bad", "bold reverse", "bold $ok-on on $ok-fill"])), max_size=6
)


@given(rows)
def test_merging_keeps_every_character_and_all_that_can_be_seen(row: list[tuple[str, str]]) -> None:
    def seen(parts: list[tuple[str, str]]) -> list[tuple[str, str]]:
        filled = ("reverse", " on ")
        return [
            (character, style if character != " " or any(word in style for word in filled) else "")
            for text, style in parts
            for character in text
        ]

    assert seen(merged(row)) == seen(row)
    assert len(merged(row)) <= len([text for text, _ in row if text])


def test_equal_rows_change_nothing() -> None:
    assert changed_cells([("a", "$ink")], [("a", "$ink")], 10) is None


def test_only_the_cells_that_differ() -> None:
    before = [("Mia  ", "$people"), ("148", "$ink"), ("  end", "$dim")]
    after = [("Mia  ", "$people"), ("149", "$ink"), ("  end", "$dim")]
    assert changed_cells(before, after, 20) == (7, 8)


def test_wide_characters_count_twice() -> None:
    assert changed_cells([("漢a", "")], [("漢b", "")], 10) == (2, 3)
    assert changed_cells([("ab", "")], [("漢", "")], 10) == (0, 2)


@given(rows, rows)
def test_the_span_lies_inside_the_row(before: list[tuple[str, str]], after: list[tuple[str, str]]) -> None:
    width = 1 + max(sum(cell_len(text) for text, _ in row) for row in ([], before, after))
    span = changed_cells(before, after, width)
    assert span is None or 0 <= span[0] < span[1] <= width


def test_a_row_that_is_wider_than_its_room_is_painted_to_its_end() -> None:
    """The keys at 80 columns end with a gap for which there is no room: `p Go on` became `p Pauon`."""
    assert changed_cells([("p Go on   ", "")], [("p Pause   ", "")], 8) == (2, 7)


plain = st.lists(st.tuples(st.text("ab ", max_size=6), st.just("")), max_size=5)


@given(plain, plain, st.integers(1, 20))
def test_painted_over_the_old_row_is_the_new_one(
    before: list[tuple[str, str]], after: list[tuple[str, str]], width: int
) -> None:
    old, new = (Strip([Segment(text) for text, _ in row]).adjust_cell_length(width) for row in (before, after))
    start, end = changed_cells(before, after, width) or (0, 0)
    assert Strip.join([old.crop(0, start), new.crop(start, end), old.crop(end)]).text == new.text
