"""A terminal that draws nothing: lines, and not one code."""

from __future__ import annotations

import pytest

from tests.tui.pseudo_terminal import PseudoTerminal
from tests.venue.house import VENUESYNC, House
from tests.venue.pictures import FACES


@pytest.fixture
def dumb(house: House) -> House:
    house.environ |= {"TERM": "dumb", "VENUESYNC_DRIVE__ENABLED": "false"}
    return house


@pytest.mark.slow
def test_a_dumb_terminal_gets_plain_lines(dumb: House) -> None:
    """Around an agent of its own; and of one that runs: how it stands, then what happens."""
    command = [*VENUESYNC, "--workspace", str(dumb.root)]
    with PseudoTerminal(command, dumb.environ) as terminal:
        terminal.until("what happens is told in lines", 30)
        dumb.drop(FACES / "one_guest.jpg", "DSC_0009.jpg")
        terminal.until("DSC_0009.jpg", 60)
        with PseudoTerminal(command, dumb.environ) as beside:
            beside.until("Agent     headless", 30)
            assert b"\x1b" not in beside.seen
        assert b"\x1b" not in terminal.seen


def test_without_a_workspace_it_says_how_to_make_one(dumb: House) -> None:
    with PseudoTerminal([*VENUESYNC, "--workspace", str(dumb.root / "none")], dumb.environ) as terminal:
        terminal.until("There is no workspace", 30)
        assert terminal.ended(10) == 2
