"""A key that is held down: it decides once, however the keyboard repeats it and the line brings it."""

from __future__ import annotations

import asyncio
import threading
import time
from itertools import pairwise
from typing import Any

import pytest
from monitor_pilot import screen, stage
from packets import SLOWER, send, typed

from agent.requests.ask import Command
from agent.requests.control import Pause, SetMetered
from agent.requests.faces import ConfirmMatch, DenyMatch, IgnoreUnknown
from tui.keys.typeahead import BEGINS, HELD


@pytest.mark.slow
async def test_a_held_key_decides_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its repeats ignore nobody else; in a field they are letters."""
    monkeypatch.setattr("tui.keys.typeahead.HELD", 60.0)  # this machine may be slower than a held key
    async with screen("3", "Who is this?", "> Guest 07", state="small") as on:
        guest = on.person("Guest 07")
        send(on, "i" * 20)
        await on.shows("Ignored Guest 07")
        send(on, "\rddii")
        await on.until(lambda: typed(on) == ["ddii"])
        assert on.line.asked == [IgnoreUnknown(id=guest)]


@pytest.mark.slow
@pytest.mark.parametrize(("key", "asked"), [("p", Pause), ("P", Pause), ("y", ConfirmMatch), ("n", DenyMatch)])
async def test_a_held_key_is_one_pause_and_one_answer(
    key: str, asked: type[Command[Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui.keys.typeahead.HELD", 60.0)
    async with screen("3", "1 of 3 near misses", state="small") as on:
        send(on, key * 20)
        await on.until(lambda: bool(on.line.asked))
        send(on, "2")
        await on.until(lambda: on.app.screen.__class__.__name__ == "People")
        assert [type(one) for one in on.line.asked] == [asked]


async def test_a_held_key_meters_the_line_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its repeats came and went: whether small copies were sent from then on was chance."""
    monkeypatch.setattr("tui.keys.typeahead.HELD", 60.0)
    async with stage("live") as on:
        send(on, "D" * 20)
        await on.shows("The line is metered")
        send(on, "2")
        await on.until(lambda: on.app.screen.__class__.__name__ == "People")
        assert on.line.asked == [SetMetered(to="on")]


@pytest.mark.slow
@pytest.mark.parametrize("pauses", [(0.4, *[0.03] * 12), (0.4, *[0.03, 0.03, 0.2] * 4), (0.03, 0.3, 0.03)])
async def test_a_key_that_is_held_as_keyboards_repeat_it(
    pauses: tuple[float, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its repeats begin after half a second; a line that lags brings them in bursts; all slower, as machines may be.
    Keys between which this one stood still were not held ones: they are typed anew.
    """
    monkeypatch.setattr("tui.keys.typeahead.HELD", SLOWER * HELD)
    monkeypatch.setattr("tui.keys.typeahead.BEGINS", SLOWER * BEGINS)
    late = True
    while late:
        async with screen("3", "Who is this?", "> Guest 07", state="small") as on:
            guest, at = on.person("Guest 07"), [time.monotonic()]
            send(on, "i")
            for pause in pauses:
                await asyncio.sleep(SLOWER * pause)
                at.append(time.monotonic())
                send(on, "i")
            await asyncio.sleep(SLOWER * 0.3)
            gaps = [later - one for one, later in pairwise(at)]
            late = any(gap > SLOWER * (pause + 0.1) for gap, pause in zip(gaps, pauses, strict=True))
            assert late or on.line.asked == [IgnoreUnknown(id=guest)]


@pytest.mark.slow
async def test_a_key_that_is_held_while_everything_stands_still_decides_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its repeat has come in time, and is looked at late."""
    monkeypatch.setattr("tui.keys.typeahead.HELD", SLOWER * HELD)
    monkeypatch.setattr("tui.keys.typeahead.BEGINS", SLOWER * BEGINS)
    async with screen("3", "Who is this?", "> Guest 07", state="small") as on:
        guest = on.person("Guest 07")
        send(on, "i")
        await asyncio.sleep(SLOWER * 0.4)
        send(on, "i")
        await asyncio.sleep(0.1)
        repeat = threading.Timer(0.1, send, (on, "i"))
        repeat.start()
        time.sleep(SLOWER * HELD)
        repeat.join()
        await asyncio.sleep(SLOWER * 0.3)
        assert on.line.asked == [IgnoreUnknown(id=guest)]


@pytest.mark.slow
async def test_a_held_key_whose_line_stood_still_for_a_while_is_held_still() -> None:
    """What it repeated meanwhile comes at once: nobody presses a key twice as fast, and `i` ignored one guest more."""
    async with screen("3", "Who is this?", "> Guest 07", state="small") as on:
        guest = on.person("Guest 07")
        send(on, "iii")
        await on.until(lambda: bool(on.line.asked))
        await asyncio.sleep(BEGINS + 0.1)
        send(on, "iiiii")
        await asyncio.sleep(3 * HELD)
        assert on.line.asked == [IgnoreUnknown(id=guest)]
        await asyncio.sleep(BEGINS)
        send(on, "i")
        await on.until(lambda: len(on.line.asked) == 2)


@pytest.mark.slow
async def test_pressed_again_it_decides_again() -> None:
    """Also where it was a letter just before, or another key stands between."""
    async with screen("3", "Who is this?", "> Guest 07", state="small") as on:
        send(on, "\rPi\ri")
        await on.until(lambda: len(on.line.asked) == 2)
        for count in (3, 4):
            await asyncio.sleep(0.3)
            send(on, "i")
            await on.until(lambda count=count: len(on.line.asked) == count)
