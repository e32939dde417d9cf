"""Each of Drive's states entered and left by itself, as `status` and the monitor say it; no photo fails by it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.emulator.drive import Emulator
from tests.venue.browser import log_in
from tests.venue.house import House, wait_for
from tests.venue.pictures import scene
from tests.venue.test_monitor_in_tmux import Terminal

pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")


class Night:
    """A house with a monitor around its agent; photos come one by one."""

    def __init__(self, house: House, folder: Path) -> None:
        self.house = house
        self.terminal = Terminal(f"states{time.monotonic_ns()}", house)
        self._made = folder / "made.jpg"
        self._photos = 0

    def photo(self) -> None:
        self._photos += 1
        self.house.drop(scene(self._made, self._photos), f"DSC_{self._photos:04}.jpg")

    def all_verified(self, seconds: float = 40) -> None:
        """And nothing failed, nothing is told as an error, and the monitor says that it is safe."""
        wait_for(lambda: self.status["photos"]["verified"] == self._photos, seconds, f"{self._photos} verified")
        assert self.status["drive"]["state"] == "online"
        assert self.status["photos"]["failed"] == 0
        wait_for(lambda: self.status["errors"] == 0, 30, "nothing is told as an error any more")
        self.terminal.shows("Safe to pack up")
        self.terminal.shows("online")

    @property
    def status(self) -> dict[str, Any]:
        return self.house.json("status")

    def in_state(self, state: str, words: str, seconds: float = 30) -> dict[str, Any]:
        """Both say it; the screen has the words."""
        self.terminal.shows(words, seconds)

        def reached() -> dict[str, Any] | None:
            found = self.status
            return found if found["drive"]["state"] == state else None

        found = wait_for(reached, seconds, f"{state}: {self.status['drive']}")
        assert found["photos"]["failed"] == 0
        assert not found["safe_to_leave"]["safe"]
        return found


@pytest.fixture
def night(house: House, tmp_path: Path) -> Iterator[Night]:
    assert log_in(house, emulator_account="ana@example.com").code == 0
    one = Night(house, tmp_path)
    one.photo()
    one.all_verified()
    yield one
    agent = json.loads((house.root / ".venuesync" / "agent.json").read_text())["pid"]
    one.terminal.close()
    with suppress(ProcessLookupError):
        os.kill(agent, signal.SIGTERM)  # without its terminal it would go on
    house.assert_same_tree(one._photos)


@pytest.mark.slow
def test_offline(night: Night, emulator: Emulator) -> None:
    emulator.outage(120)
    night.photo()
    night.in_state("offline", "OFFLINE")
    night.photo()
    emulator.outage(0)
    night.all_verified()


def test_a_captive_portal_is_offline_and_says_what_to_do(night: Night, emulator: Emulator) -> None:
    page = {"status": 200, "body": "<!DOCTYPE html><title>Hotel Wi-Fi</title>", "times": None, "method": "*"}
    emulator.faults(page)
    night.photo()
    status = night.in_state("offline", "OFFLINE")
    assert "Wi-Fi wants you to sign in" in status["drive"]["detail"]
    night.terminal.shows("The Wi-Fi wants you to sign in")
    emulator.clear_faults()
    night.all_verified()


@pytest.mark.slow
def test_throttled(night: Night, emulator: Emulator) -> None:
    rate = {"status": 429, "reason": "rateLimitExceeded", "retry_after": 8}
    emulator.faults({"method": "files.create", **rate})
    night.photo()
    status = night.in_state("throttled", "slowed")
    assert status["drive"]["next_try_at"]
    assert status["drive"]["pace"]["at_once"] == 4
    assert 0 < status["drive"]["pace"]["pause_seconds"] <= 8
    night.terminal.shows("Google asked us to slow down: ")
    night.all_verified()


@pytest.mark.slow
def test_full(night: Night, emulator: Emulator) -> None:
    """The figures are told, folders are still made, and it goes on when somebody frees space."""
    emulator.quota(10_000, "ana@example.com")
    night.photo()
    status = night.in_state("full", "FULL")
    assert "Drive is full" in status["drive"]["detail"]
    wait_for(lambda: night.status["drive"]["quota"]["limit"] == 10_000, 20, "its figures are known")
    night.terminal.shows("Drive is full (")
    emulator.quota(10**9, "ana@example.com")
    night.all_verified()


def ended(emulator: Emulator) -> None:
    emulator.expire("refresh_tokens")
    emulator.expire("access_tokens")


def unticked(emulator: Emulator) -> None:
    emulator.faults({"method": "*", "reason": "insufficientPermissions", "times": None})


@pytest.mark.slow
@pytest.mark.parametrize("how", [ended, unticked])
def test_needs_login(night: Night, emulator: Emulator, how: Callable[[Emulator], None]) -> None:
    how(emulator)
    night.photo()
    status = night.in_state("needs_login", "NEEDS SIGN-IN")
    assert "venuesync login" in status["drive"]["detail"]
    emulator.clear_faults()
    assert log_in(night.house, emulator_account="ana@example.com").code == 0
    night.all_verified()
