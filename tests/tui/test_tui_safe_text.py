"""Text from outside stands on the screen literally, in one row, as wide as it is counted."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tui.draw import ascii_only, cut, first_names, fit, fit_path, right, sentences, two_lines, wrap
from tui.words import safe_text, safe_value

NASTY = [
    "[red]x[/]",
    "\x1b]0;owned\x07",
    "漢" * 200,
    "שלום עולם",
    "a\u202eb",
    "x\ny\tz",
    "👨\u200d👩\u200d👧",
    "e" + "\u0301" * 60,
    "🇸🇪",
    "",
]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Ana [/b] Silva", "Ana [/b] Silva"),
        ("[@click=app.quit]x[/]", "[@click=app.quit]x[/]"),
        ("\x1b]0;owned\x07", "?]0;owned?"),
        ("two\nlines\r\n", "two?lines??"),
        ("\x9b31m", "?31m"),
        ("a\u202eb\u2066c", "a?b?c"),
        ("שלום", "שלום"),
        ("A\u030a", "Å"),
        ("❤\ufe0f", "❤"),
        ("👨\u200d👩", "👨👩"),
        ("👍🏽", "👍"),
        ("🇸🇪", "SE"),
        ("e" + "\u0316" * 9, "e" + "\u0316" * 3),
        ("\ud800", "?"),
    ],
)
def test_controls_are_shown_and_nothing_is_markup(text: str, shown: str) -> None:
    assert safe_text(text) == shown


@given(st.text())
def test_nothing_that_steers_a_terminal_passes(text: str) -> None:
    shown = safe_text(text)
    assert all(unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Zl", "Zp") for character in shown)
    assert safe_text(shown) == shown


@given(st.text())
def test_an_edited_text_keeps_its_positions(text: str) -> None:
    assert len(safe_value(text)) == len(text)


@given(st.text(), st.integers(0, 40))
def test_a_fitted_text_has_exactly_its_width(text: str, width: int) -> None:
    assert cell_len(fit(text, width)) == width
    assert cell_len(right(text, width)) == width
    assert cell_len(cut(text, width)) <= width
    assert cell_len(sentences(text, width)) <= width


@given(st.text(), st.integers(4, 40), st.integers(1, 4))
def test_wrapped_rows_are_never_too_wide_or_too_many(text: str, width: int, rows: int) -> None:
    lines = wrap(text, width, rows)
    assert len(lines) <= rows
    assert all(cell_len(line) <= width for line in lines)
    assert len(two_lines(text, width)) == 2


@given(st.lists(st.text(min_size=1), max_size=5), st.integers(1, 30))
def test_several_names_fit_any_column(names: list[str], width: int) -> None:
    assert cell_len(first_names(names, width)) == width


@pytest.mark.parametrize("text", NASTY)
def test_without_utf8_the_width_stays(text: str) -> None:
    assert ascii_only(safe_text(text)).isascii()


def test_the_end_is_lost_but_of_a_path_its_last_part_stays() -> None:
    assert fit("IMG_20261120_221355_HDR.jpg", 12) == "IMG_2026112…"
    assert fit("DSC_1.jpg", 12) == "DSC_1.jpg   "
    assert fit("漢字漢字漢字", 7) == "漢字漢…"
    assert fit_path("Jonas Lindqvist/Group", 19) == "Jonas Lindqv…/Group"
    assert fit_path("Mia/Solo", 10) == "Mia/Solo  "
    assert fit_path("a/Weddings in summer", 10) == "…in summer"
    assert cell_len(fit_path("漢字漢字/漢字漢字", 8)) == 8


def test_several_persons_are_first_names_and_how_many_more() -> None:
    four = ["Mia Lindqvist", "Jonas Lindqvist", "Anna Berg", "Tom Becker"]
    assert first_names(four, 15) == "Mia, Jonas +2  "
    assert first_names(four, 24).rstrip() == "Mia, Jonas, Anna, Tom"
    assert first_names(["Guest 07", "Mia Lindqvist"], 15).rstrip() == "Guest 07, Mia"
    assert first_names(["Fredrik Åkesson"], 15) == "Fredrik Åkesson"


def test_lines_break_after_the_comma_else_between_words() -> None:
    assert two_lines("Not yet: Drive offline for 6 min, 122 photos wait here", 38) == [
        "Not yet: Drive offline for 6 min,",
        "122 photos wait here",
    ]
    assert two_lines("Not yet: 14 photos on their way to Drive, about 40 s", 38) == [
        "Not yet: 14 photos on their way to",
        "Drive, about 40 s",
    ]
    assert two_lines("Short", 38) == ["Short", ""]


def test_sentences_lose_the_last_one_first() -> None:
    text = "Check the Wi-Fi. Filing goes on; sending starts by itself"
    assert sentences(text, 60) == text
    assert sentences(text, 40) == "Check the Wi-Fi"
