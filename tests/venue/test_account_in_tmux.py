"""`W` on Events: the Google account on whose Drive an event's photos lie, said by a key at a real terminal."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest

from tests.venue.house import wait_for
from tests.venue.test_monitor_in_tmux import Terminal
from tests.venue.two_accounts import ANA, BEN, Two, of

pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")

ERASE = "C-u"


@pytest.fixture
def terminal(two: Two) -> Iterator[Terminal]:
    two.house.start()
    opened = Terminal("account", two.house)
    yield opened
    opened.close()


@pytest.mark.slow
def test_an_event_goes_to_another_account_once_that_is_said_twice(two: Two, terminal: Terminal) -> None:
    """All of it is sent anew: that is asked about, with how much it is; and an address of nobody here is none."""
    his = two.photo("Gala")
    two.verified(1)
    terminal.shows("Safe to pack up: 1 photo")
    terminal.at_once("4", "End", "W")
    terminal.shows("Google account of Gala")
    terminal.keys(ERASE)
    terminal.type("zoe@example.com")
    terminal.keys("Enter")
    terminal.shows("Nobody of that address is signed in here")
    terminal.keys(ERASE)
    terminal.type(ANA)
    terminal.keys("Enter")
    terminal.shows(f"Send all photos of Gala anew, to {ANA}?")
    assert (two.there(ANA), two.there(BEN)) == ([], of("Gala", his))
    terminal.keys("y")
    terminal.shows(f"its photos go to {ANA} from now on")
    wait_for(lambda: two.there(ANA) == of("Gala", his), 30, "it is on Ana's Drive")
    two.safe()
    assert two.there(BEN) == of("Gala", his), "untouched"
