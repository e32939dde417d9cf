"""What may come from a terminal and is no key: bytes that are no text, and a pasted text with escapes in it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from prepared import templates
from textual import events

from tests.tui.monitor_bench import environment
from tests.tui.pseudo_terminal import PseudoTerminal
from tui.terminal.escape import OwnParser

PROGRAM = Path(__file__).with_name("evening_monitor.py")
BEGIN, END = "\x1b[200~", "\x1b[201~"
TEXT = "see: \x1b[31m P  p  3 \x1b[0m\x1b\x1b[A\x1b[I\x1b"


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[PseudoTerminal]:
    os.environ.pop("NO_COLOR", None)
    with PseudoTerminal([sys.executable, str(PROGRAM), "live", str(templates())], environment(tmp_path)) as made:
        made.until("Lindqvist", 60)
        made.quiet(1.0, 20)
        yield made


@pytest.mark.slow
def test_a_byte_that_is_no_utf8_is_a_strange_character_and_ends_nothing(terminal: PseudoTerminal) -> None:
    """A `ü` of a Latin-1 terminal closed the monitor with a traceback, and the agent inside it too."""
    terminal.type("e")
    terminal.until("Enroll", 20)
    terminal.send(b"M\xfcller")
    terminal.until("M\ufffdller", 20)
    assert not terminal.is_over


@pytest.mark.slow
def test_enter_counts_before_the_screen_is_there(tmp_path: Path) -> None:
    """The terminal makes a line feed of it as long as nobody has told it to leave keys as they are."""
    environ = {**environment(tmp_path), "HOME": str(tmp_path)}
    with PseudoTerminal([sys.executable, "-m", "tui.cli"], environ) as made:
        made.type("\r\r\r")
        made.until("First steps", 60)
    assert (tmp_path / "Venuesync" / "config.toml").is_file()


@pytest.mark.slow
def test_what_is_pasted_into_no_field_does_nothing(terminal: PseudoTerminal) -> None:
    """`P` behind an escape paused everything."""
    terminal.type(f"{BEGIN}see: \x1b[31m P {'-' * 20}{END}")
    terminal.read_for(2)
    assert b"Go on" not in terminal.seen  # instead of `Pause`
    terminal.type(f"e{BEGIN}M\x1b[31mia\nP{END}")
    terminal.until("M?[31mia", 20)
    assert b"Go on" not in terminal.seen


# ---- cut anywhere, as a line cuts


def heard(*packets: str, late: bool = False) -> list[str | tuple[str, str]]:
    """Keys, and pasted texts; `late`: between two packets the toolkit gives up waiting for what follows an escape."""
    parser, found = OwnParser(), list[events.Key | events.Paste]()
    for packet in packets:
        told = [*parser.feed(packet)]
        if late and parser._timeout_time is not None:
            parser._timeout_time = 0.0
            told += parser.tick()
        found += [one for one in told if isinstance(one, events.Key | events.Paste)]
    return [("pasted", one.text) if isinstance(one, events.Paste) else one.key for one in found]


WHOLE = ["x", ("pasted", TEXT.replace("\x1b", "\x1a")), "y"]


def test_an_escape_in_a_pasted_text_is_a_strange_character() -> None:
    assert heard(f"x{BEGIN}{TEXT}{END}y") == WHOLE
    assert heard(f"{BEGIN}\x1b{END}{BEGIN}{END}q") == [("pasted", "\x1a"), ("pasted", ""), "q"]


@pytest.mark.parametrize("late", [False, True])
def test_a_pasted_text_cut_at_every_point(late: bool) -> None:
    text = f"x{BEGIN}{TEXT}{END}y"
    begun = range(2, 1 + len(BEGIN))  # cut amid what begins it, and late: nobody can know that it does
    for at in range(1, len(text)):
        if not (late and at in begun):
            assert heard(text[:at], text[at:], late=late) == WHOLE, at
    assert heard(*text) == WHOLE


def test_a_long_one_behind_an_escape_is_one_too() -> None:
    assert heard(f"{BEGIN}\x1b[{'r' * 100}{END}") == [("pasted", f"\x1a[{'r' * 100}")]
