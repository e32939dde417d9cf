"""The first evening, typed by a person: no workspace, no sign-in, nobody enrolled; the monitor leads through it."""

from __future__ import annotations

import re
import time
from pathlib import Path

import httpx
import pytest

from tests.venue.house import House, wait_for
from tests.venue.pictures import FACES, scene
from tests.venue.test_monitor_in_tmux import Terminal, pytestmark

__all__ = ["pytestmark"]  # tmux has to be there


@pytest.mark.usefixtures("sign_in_port")
@pytest.mark.parametrize("way", ["browser on this machine", "pasted"])
def test_from_nothing_to_the_first_guest(tmp_path: Path, house: House, way: str) -> None:
    house.root = tmp_path / "Wedding"
    house.incoming = house.root / "Incoming"
    house.emulator.expire("refresh_tokens")
    terminal = Terminal(f"first{time.monotonic_ns()}", house)
    try:
        terminal.shows("Welcome to venuesync")
        assert str(house.root)[:30] in terminal.screen
        terminal.keys("Enter", "Mia & Jonas", "Enter", "Enter")
        terminal.shows("First steps")
        terminal.shows("Mia & Jonas")
        terminal.shows("NEEDS SIGN-IN")
        terminal.shows("Press g to sign in")
        house.drop(scene(tmp_path / "made.jpg", 1), "DSC_0001.jpg")
        wait_for(lambda: any(path.endswith("DSC_0001.jpg") for path in house.on_disk()), 20, "filed without Drive")
        sign_in(terminal, way)
        terminal.shows("Signed in as")
        terminal.shows("Safe to pack up: 1 photo verified on Drive", 75)
        house.drop(FACES / "one_guest.jpg", "DSC_0009.jpg")
        terminal.shows("Safe to pack up: all 2 photos verified on Drive", 75)
        terminal.keys("e")
        terminal.shows("Enroll a guest")
        terminal.keys("Ana", "Tab", "DSC_0009", "Enter")
        time.sleep(0.5)
        terminal.keys("Enter")
        wait_for(lambda: "People/Ana/Solo/DSC_0009.jpg" in house.on_disk(), 15, terminal.screen)
        terminal.keys("Escape")
        terminal.copies(str(house.root / "People" / "Ana"), "2", "y")
    finally:
        terminal.keys("Escape", "q", "s")
        terminal.close()
    wait_for(lambda: house.run("status").returncode == 3, 15, "it has ended")


def sign_in(terminal: Terminal, way: str) -> None:
    """`g`, then what a browser does with the address, here or elsewhere."""
    terminal.keys("g")
    screen = terminal.shows("Waiting for the browser")
    with httpx.Client(trust_env=False, timeout=60, follow_redirects=False) as browser:
        short = re.search(r"http://127\.0\.0\.1:\d+/[0-9a-f]{12}\b", screen)
        if way == "pasted":
            terminal.copies(long_address(screen), "C-y")
            back = consent(browser, long_address(screen))
            terminal.type(back)
            terminal.keys("Enter")
            return
        if short is None:
            pytest.skip("another process of this machine has the sign-in's port")
        browser.get(consent(browser, browser.get(short[0]).headers["location"]))


def long_address(screen: str) -> str:
    """The address as it stands in the dialog, over as many rows as it takes."""
    rows = [row.strip(" │") for row in screen.split("\n")]
    first = next(y for y, row in enumerate(rows) if re.match(r"https?://.*response_type", row))
    last = next(y for y in range(first, len(rows)) if rows[y] in ("", "Paste"))  # what the field below it asks for
    return "".join(rows[first:last])


def consent(browser: httpx.Client, address: str) -> str:
    """Google's page, and a yes: where it sends the browser."""
    assert browser.get(address).status_code == 200
    return browser.post(address, data={"emulator_confirm": "1"}).headers["location"]
