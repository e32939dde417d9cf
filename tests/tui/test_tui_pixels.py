"""Pixels on terminals with sixels or inline images: asked for without waiting, and gone with their picture."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from prepared import templates
from textual import events

from tests.tui.monitor_bench import environment
from tests.tui.pixel_terminal import ANSWERS, TOLD, PixelTerminal, decoded
from tui.pictures import sixel
from tui.pictures.kitty import picture_kind
from tui.pictures.over import knows_inline, may_lie_over
from tui.terminal.answers import Answered
from tui.terminal.escape import OwnParser

PHOTOS = Path(__file__).parents[2] / "agent" / "demo" / "photos"
PROGRAM = Path(__file__).with_name("evening_monitor.py")
DA1 = "\x1b[?62;4;22c"
MOST = 8_000  # bytes of a change of screens, without pictures
REST = 100  # bytes a second
Begin = Callable[..., PixelTerminal]


# ---- what is encoded is what is seen


def photo(size: tuple[int, int]) -> Image.Image:
    return Image.open(sorted(PHOTOS.glob("*.jpg"))[3]).convert("RGB").resize(size)


@pytest.mark.parametrize("size", [(1, 1), (7, 5), (90, 133), (64, 6)])
@pytest.mark.parametrize("colours", [2, 16, 64])
def test_sixels_are_the_picture_in_its_colours(size: tuple[int, int], colours: int) -> None:
    picture = photo(size)
    palette = sixel.palette(picture, colours)
    drawn = decoded(sixel.encoded(picture, palette))
    assert drawn.size == size
    wanted = picture.quantize(palette=palette, dither=Image.Dither.FLOYDSTEINBERG if colours < 32 else 0)
    assert len(wanted.getcolors() or []) <= colours
    for got, one in zip(drawn.get_flattened_data(), wanted.convert("RGB").get_flattened_data(), strict=True):
        assert got[3] == 255
        assert max(abs(a - b) for a, b in zip(got, one, strict=False)) <= 2  # hundredths of 255


def test_a_part_has_the_colours_of_the_whole() -> None:
    picture = photo((180, 190))
    palette = sixel.palette(picture, 64, [(255, 0, 255)])
    whole, part = (decoded(sixel.encoded(one, palette)) for one in (picture, picture.crop((45, 57, 99, 95))))
    assert part.tobytes() == whole.crop((45, 57, 99, 95)).tobytes()
    pink = decoded(sixel.encoded(Image.new("RGB", (9, 9), (255, 0, 255)), palette))
    assert pink.getcolors() == [(81, (255, 0, 255, 255))]


def test_a_picture_of_few_colours_is_small() -> None:
    picture = Image.new("RGB", (640, 440), (10, 80, 10))
    assert len(sixel.encoded(picture, sixel.palette(picture, 64))) < 1_000


# ---- who is asked


@pytest.mark.parametrize(
    ("environ", "wanted", "kind", "asked"),
    [
        ({}, "auto", "blocks", True),
        ({}, "blocks", "blocks", False),
        ({}, "off", "off", False),
        ({"TERM": "xterm-kitty"}, "auto", "pixels", False),
        ({"TERM": "xterm-kitty", "SSH_CONNECTION": "a"}, "auto", "blocks", False),
        ({"TERM": "xterm-kitty", "SSH_CONNECTION": "a"}, "pixels", "pixels", False),
        ({"TERM": "xterm-kitty", "TMUX": "a"}, "pixels", "blocks", True),
        ({"SSH_CONNECTION": "a"}, "auto", "blocks", False),
        ({"SSH_CONNECTION": "a"}, "pixels", "blocks", True),
        ({"TMUX": "a"}, "auto", "blocks", False),
        ({"TMUX": "a"}, "pixels", "blocks", True),
    ],
)
def test_who_is_asked(environ: dict[str, str], wanted: str, kind: str, asked: bool) -> None:
    found = picture_kind(wanted, coloured=True, environ=environ)  # type: ignore[arg-type]
    assert found == kind
    assert (found == "blocks" and may_lie_over(wanted, environ)) is asked  # type: ignore[arg-type]
    assert picture_kind("pixels", coloured=False, environ=environ) == "shades"


def test_inline_images_are_told_by_the_environment() -> None:
    assert knows_inline({"TERM_PROGRAM": "iTerm.app"})
    assert knows_inline({"LC_TERMINAL": "iTerm2", "SSH_CONNECTION": "a"})
    assert not knows_inline({"LC_TERMINAL": "iTerm2", "TMUX": "a"})
    assert not knows_inline({"TERM_PROGRAM": "vscode"})


# ---- answers are neither keys nor text


def heard(*packets: str, late: bool = False) -> tuple[list[str], list[str]]:
    """The keys and the answers of what comes in these packets; `late`: long after one another."""
    parser, found = OwnParser(), []
    for packet in packets:
        found += parser.feed(packet)
        if late and parser._timeout_time is not None:
            parser._timeout_time = 0.0
            found += parser.tick()
    return [one.key for one in found if isinstance(one, events.Key)], [
        one.told.value for one in found if isinstance(one, Answered)
    ]


@pytest.mark.parametrize("answer", [DA1, "\x1b[?1;0;256S", "\x1b[6;19;9t", "\x1b[?6c"])
@pytest.mark.parametrize("late", [False, True])
def test_an_answer_is_no_key_however_it_is_cut(answer: str, late: bool) -> None:
    kind = [answer[-1]]
    assert heard(answer, late=late) == ([], kind)
    assert heard(f"q{answer}j", late=late) == (["q", "j"], kind)
    for cut in range(3, len(answer)):
        assert heard(f"a{answer[:cut]}", f"{answer[cut:]}b", late=late) == (["a", "b"], kind), cut
        for again in range(cut + 1, len(answer)):
            assert heard(answer[:cut], answer[cut:again], answer[again:], late=late) == ([], kind), (cut, again)


@pytest.mark.parametrize("cut", [1, 2])
def test_one_that_is_cut_behind_its_esc(cut: int) -> None:
    """Where the rest comes in time it is no key; where it does not, the esc is one, and the rest no text."""
    assert heard(DA1[:cut], f"{DA1[cut:]}b") == (["b"], ["c"])
    assert heard(DA1[:cut], DA1[cut : cut + 3], f"{DA1[cut + 3 :]}b") == (["b"], ["c"])
    keys, answers = heard(DA1[:cut], f"{DA1[cut:]}b", late=True)
    assert answers == ["c"]
    assert keys[1:] == ["b"]
    assert len(keys[0]) > 1


def test_what_is_no_answer_goes_through() -> None:
    assert heard(f"\x1b{DA1}") == ([], ["c"])
    assert heard(f"\x1b{DA1}", "q")[1] == ["c"]
    assert heard(f"\x1b{DA1}q") == (["escape", "q"], ["c"])
    assert heard("\x1b[6", "~", "\x1b[6;5", "~") == (["pagedown", "ctrl+pagedown"], [])
    assert heard("\x1b[A\x1b[1;2S") == heard("\x1b[A", "\x1b[1;2S")
    assert heard("\x1b[?2026;", "2$y", "q") == (["q"], [])
    assert heard("\x1b[?62;4", "q") == (["q"], [])  # the line lost the rest
    parser = OwnParser()
    assert [one.text for one in parser.feed(f"\x1b[200~a{DA1}b\x1b[201~") if isinstance(one, events.Paste)]


# ---- at a terminal


@pytest.fixture
def begin(tmp_path: Path) -> Begin:
    os.environ.pop("NO_COLOR", None)

    def begin(answers: dict[bytes, bytes] = ANSWERS, cell: tuple[int, int] = (9, 19), **more: str) -> PixelTerminal:
        environ = {key: value for key, value in environment(tmp_path).items() if key not in TOLD}
        return PixelTerminal([sys.executable, str(PROGRAM), "small", str(templates())], environ | more, cell, answers)

    return begin


@pytest.mark.slow
def test_pixels_lie_where_the_picture_is_and_go_with_it(begin: Begin) -> None:
    with begin() as terminal:
        terminal.wait(lambda: len(terminal.asked) == 4, 60)
        terminal.quiet(1.0, 10)
        before = terminal.received
        terminal.type("2")
        terminal.quiet(0.5, 10)
        assert terminal.received - before < MOST
        assert not terminal.drawn

        terminal.type(" ")  # in full
        terminal.wait(lambda: terminal.place is not None and terminal.place[1] <= 2 and terminal.place[3] >= 22)
        terminal.quiet(1.0, 10)
        before, drawn = terminal.received, terminal.drawn
        terminal.read_for(3)
        assert terminal.received - before < 3 * REST
        terminal.type("\x1b[B")  # the next one: once
        terminal.wait(lambda: "Jonas Lindqvist" in terminal.rows[0])
        terminal.quiet(1.0, 10)
        assert terminal.place is not None
        assert terminal.drawn - drawn < 1.5 * drawn
        terminal.type("\x1b")
        terminal.wait(lambda: "People" in "".join(terminal.rows))
        terminal.quiet(0.5, 5)
        assert not terminal.pixels

        terminal.type("1\t\r")  # a photo's page
        terminal.wait(lambda: bool(terminal.pixels))
        terminal.quiet(1.0, 10)
        place, drawn = terminal.place, terminal.drawn
        assert place is not None
        assert place[0] == 1
        terminal.type("2")  # a mark costs no picture
        terminal.wait(lambda: terminal.drawn > drawn)
        terminal.quiet(0.5, 5)
        assert terminal.drawn - drawn < 1_500
        assert terminal.place == place
        terminal.type("\r")  # a dialog: half blocks behind it
        terminal.wait(lambda: any("Face 2 is" in row for row in terminal.rows))
        terminal.quiet(0.5, 5)
        assert not terminal.pixels
        assert sum("▀" in row for row in terminal.rows) > 5
        terminal.type("\x1b")
        terminal.wait(lambda: terminal.place == place)
        assert not terminal.scrolled
        terminal.resize(40, 15)
        terminal.wait(lambda: "? Keys" in terminal.rows[14])
        terminal.quiet(1.0, 5)
        assert not terminal.pixels


@pytest.mark.slow
def test_an_answer_that_comes_late_and_in_pieces_is_none_of_the_keys(begin: Begin) -> None:
    nothing = dict.fromkeys(ANSWERS, b"")
    with begin(nothing) as terminal:
        terminal.wait(lambda: terminal.asked == [b"\x1b[c"], 60)
        terminal.quiet(1.0, 10)
        terminal.type("2 ")
        terminal.wait(lambda: sum(row.count("▀") > 10 for row in terminal.rows) > 20)
        terminal.quiet(0.5, 5)
        assert not terminal.drawn
        terminal._answers = ANSWERS
        for piece in ("\x1b[?6", "2;4;2", "2c"):
            terminal.type(piece)
            terminal.read_for(0.4)
        terminal.wait(lambda: bool(terminal.pixels))
        terminal.quiet(0.5, 5)
        assert terminal.place is not None
        assert "Mia Lindqvist" in terminal.rows[0]
        assert not any("▀" in row for row in terminal.rows)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("answers", "cell", "more", "asked"),
    [
        ({b"\x1b[c": b"\x1b[?62;22c"}, (9, 19), {}, 1),  # no sixels
        (ANSWERS, (0, 0), {}, 4),  # nobody knows how large a cell is
        (ANSWERS, (9, 19), {"SSH_CONNECTION": "1 2 3 4"}, 0),
    ],
)
def test_half_blocks_else(
    begin: Begin, answers: dict[bytes, bytes], cell: tuple[int, int], more: dict[str, str], asked: int
) -> None:
    with begin(answers, cell, **more) as terminal:
        terminal.until("Lindqvist", 60)
        terminal.quiet(1.5, 10)
        terminal.type("2 ")
        terminal.wait(lambda: sum(row.count("▀") > 10 for row in terminal.rows) > 20)
        terminal.quiet(1.0, 5)
        assert len(terminal.asked) == asked
        assert not terminal.drawn


@pytest.mark.slow
def test_inline_images_without_a_question(begin: Begin) -> None:
    with begin(cell=(0, 0), TERM_PROGRAM="iTerm.app") as terminal:
        terminal.until("Lindqvist", 60)
        terminal.quiet(1.0, 10)
        terminal.type("2 ")
        terminal.wait(lambda: terminal.place is not None and terminal.place[3] >= 22)
        terminal.type("\x1b")
        terminal.wait(lambda: not terminal.pixels)
        assert not terminal.asked
