"""A part that dies is shown and started again; a bell that rings is never missed; a log without secrets."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections import Counter
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
import structlog

from agent.errors import VenueError
from agent.ledger import Ledger, meta, troubles
from agent.log import set_up_log
from agent.running import supervise as room
from agent.running.supervise import supervise
from agent.running.waiting import Bell
from tests.patience import latest, within


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hundredths of a second; and the supervisor's log on paper, as structlog draws tracebacks for half a second."""
    monkeypatch.setattr(room, "pause", lambda *_: 0.01)
    paper = structlog.PrintLogger(file=StringIO())
    monkeypatch.setattr(room, "log", structlog.wrap_logger(paper, processors=[structlog.processors.KeyValueRenderer()]))


async def opened(ledger: Ledger) -> list[tuple[str, str]]:
    return [(row["title"], row["detail"]) for row in await ledger.read(troubles.opened)]


async def until(ledger: Ledger, count: int) -> None:
    end = latest(5)
    while len(await opened(ledger)) != count:
        assert time.monotonic() < end
        await asyncio.sleep(0.01)


# ---- supervision


async def test_a_part_that_dies_is_shown_and_started_again(ledger: Ledger) -> None:
    lives = 0

    async def part() -> None:
        nonlocal lives
        lives += 1
        if lives < 4:
            raise RuntimeError(f"life {lives}")
        await asyncio.sleep(60)

    running = asyncio.create_task(supervise("router", part, ledger, Counter()))
    async with within(10):
        while [one["count"] for one in await ledger.read(troubles.opened)] != [3]:
            await asyncio.sleep(0.01)
    assert await opened(ledger) == [("The router stopped", "RuntimeError: life 3")]
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_an_error_of_ours_is_shown_in_its_own_words(ledger: Ledger) -> None:
    async def part() -> None:
        raise VenueError("No room", "in /venue", "Make some")

    running = asyncio.create_task(supervise("router", part, ledger, Counter()))
    await until(ledger, 1)
    assert await opened(ledger) == [("The router stopped", "No room: in /venue. Make some")]
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_a_part_that_then_stays_alive_is_healed(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "HEALTHY_AFTER", 0.2)
    lives = 0

    async def part() -> None:
        nonlocal lives
        lives += 1
        if lives == 1:
            raise RuntimeError
        await asyncio.sleep(60)

    running = asyncio.create_task(supervise("router", part, ledger, Counter()))
    await until(ledger, 1)
    await until(ledger, 0)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_a_part_that_then_comes_to_its_end_is_healed(ledger: Ledger) -> None:
    """A start's catching up, say: it has an end, and nobody would take back that it had stopped."""
    lives = 0

    async def part() -> None:
        nonlocal lives
        lives += 1
        if lives == 1:
            raise RuntimeError

    await supervise("opening", part, ledger, Counter())
    await until(ledger, 0)
    assert lives == 2


async def test_a_ledger_without_room_stops_no_part_for_good(ledger: Ledger) -> None:
    """The part dies as nothing can be written; that cannot be written either; it goes on when there is room."""
    written = asyncio.Event()

    async def part() -> None:
        try:
            await ledger.write(meta.put, "big", "x" * 100_000)
        except VenueError as error:
            raise VenueError(error.title, "x" * 100_000) from error
        written.set()

    await ledger.on_writer(lambda: ledger._db.execute("PRAGMA max_page_count = 1").fetchone())
    running = asyncio.create_task(supervise("router", part, ledger, Counter()))
    await asyncio.sleep(0.2)
    assert not running.done()
    assert not written.is_set()
    await ledger.on_writer(lambda: ledger._db.execute("PRAGMA max_page_count = 100000").fetchone())
    async with within(5):
        await running
    assert written.is_set()


async def test_being_stopped_is_no_death(ledger: Ledger) -> None:
    running = asyncio.create_task(supervise("router", lambda: asyncio.sleep(60), ledger, Counter()))
    await asyncio.sleep(0.02)
    running.cancel()
    (ended,) = await asyncio.gather(running, return_exceptions=True)
    assert isinstance(ended, asyncio.CancelledError)
    assert await opened(ledger) == []


# ---- the bell


async def test_a_ring_while_nobody_waits_is_kept_and_many_are_one() -> None:
    bell = Bell()
    bell.ring()
    bell.ring()
    began = time.monotonic()
    await bell.wait(9)
    assert time.monotonic() - began < 8
    await bell.wait(0.05)
    assert time.monotonic() - began >= 0.05


async def test_whoever_waits_is_woken_or_looks_by_itself() -> None:
    bell = Bell()
    began = time.monotonic()
    waiting = asyncio.create_task(bell.wait(9))
    await asyncio.sleep(0.02)
    bell.ring()
    await waiting
    await bell.wait(-1)
    assert time.monotonic() - began < 8


# ---- the log


@pytest.fixture
def log_file(tmp_path: Path) -> Iterator[Path]:
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    yield tmp_path / "agent.log"
    structlog.reset_defaults()
    root.handlers[:] = before
    root.setLevel(level)


@pytest.mark.parametrize("form", ["text", "json"])
def test_secrets_are_taken_out_of_every_line(form: str, log_file: Path) -> None:
    set_up_log(log_file.parent, "info", form)
    log = structlog.get_logger("test")
    log.info("signed.in", refresh_token="1//abc", account="mia@example.com", api_key="k", client_secret=None)
    log.warning("refused", detail="Authorization was Bearer ya29.A0ARrdaM-x_y and 1//04abc-d")
    try:
        raise ValueError("token ya29.secret-part is bad")
    except ValueError:
        log.exception("died")
    logging.getLogger("library").error("GET /x Authorization: Bearer abc.def-123")
    text = log_file.read_text(encoding="utf-8")
    for secret in ("1//abc", "ya29", "secret-part", "04abc", "abc.def-123", "api_key=k"):
        assert secret not in text, secret
    assert "mia@example.com" in text
    assert "died" in text
    if form == "json":
        assert [json.loads(line)["level"] for line in text.splitlines()] == ["info", "warning", "error", "error"]


def test_nothing_goes_to_the_terminal(log_file: Path, capfd: pytest.CaptureFixture[str]) -> None:
    set_up_log(log_file.parent, "debug", "text")
    structlog.get_logger("test").error("loud")
    logging.getLogger("library").error("loud")
    assert capfd.readouterr() == ("", "")
