"""The log file as the agent writes it: what comes round and round is told once, and how often."""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import structlog

from agent import log as folding
from agent.log import close_log, drop_lines, set_up_log


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setattr(folding, "WINDOW", 3600)  # one window, however slow the machine is
    set_up_log(tmp_path, "info", "text")
    yield tmp_path / "agent.log"
    close_log()


def test_equal_lines_are_written_once_and_counted(written: Path) -> None:
    log = structlog.get_logger("agent.somewhere")
    for _ in range(5000):
        log.error("look.broken", photo=7, error="no room")
    log.info("photo.arrived", photo=8)
    close_log()
    lines = written.read_text().splitlines()
    assert len(lines) == 3
    assert "look.broken" in lines[0] and "photo=7" in lines[0]
    assert "photo.arrived" in lines[1]
    assert "look.broken: 4,999 times more" in lines[2]


@pytest.mark.slow
def test_lines_that_differ_in_their_values_are_written_some_times(written: Path) -> None:
    log = structlog.get_logger("agent.somewhere")
    for photo in range(5000):
        log.error("look.broken", photo=photo)
        logging.getLogger("asyncio").error("socket.accept() out of system resource\nsocket: %d", photo)
    close_log()
    lines = written.read_text().splitlines()
    assert sum("photo=" in line for line in lines) == folding.ALIKE
    assert sum("socket: " in line for line in lines) == folding.ALIKE
    assert sum("4,950 times more" in line for line in lines) == 2


async def test_a_line_is_written_again_in_the_next_window(written: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folding, "WINDOW", 1)
    log = structlog.get_logger("agent.somewhere")
    for _ in range(3):
        for _ in range(100):
            log.error("look.broken", photo=7)
        await asyncio.sleep(1.1)
    close_log()
    text = written.read_text()
    written_out, folded = text.count("photo=7"), [int(one) for one in re.findall(r"(\d+) times more in 1 s", text)]
    assert 3 <= written_out <= 10, "one a window; a window may end within a hundred on a busy machine"
    assert written_out + sum(folded) == 300


@pytest.mark.slow
def test_its_memory_is_bounded(written: Path) -> None:
    log = structlog.get_logger("agent.somewhere")
    for number in range(3 * folding.KINDS):
        log.error(f"event.{number}")
        log.error(f"event.{number}")
    (found,) = [one for one in logging.getLogger().handlers[0].filters if isinstance(one, folding.Fold)]
    assert len(found._seen) <= folding.KINDS


def test_nobody_who_logs_waits_until_all_files_are_looked_through(written: Path) -> None:
    """A line of somebody's goes, out of whichever file, and what is written meanwhile stays."""
    for number in range(1, 5):
        old = written.with_name(f"agent.log.{number}")
        old.write_text("".join(f"photo.filed photo=DSC_{line:06}.jpg of=Jonas\n" for line in range(40_000)))
    with old.open("a") as file:
        file.write("photo.filed of=Mia\n")
    names, waited = re.compile("(?<!x)Mia"), []
    with ThreadPoolExecutor() as pool:
        began = time.monotonic()
        dropping = pool.submit(drop_lines, written.parent, lambda line: names.search(line) is not None)
        while not dropping.done():
            before = time.monotonic()
            logging.getLogger(f"agent.{len(waited)}").info("tick %d", len(waited))
            waited.append(time.monotonic() - before)
            time.sleep(0.002)
        took = time.monotonic() - began
    assert dropping.result() == 1
    assert max(waited) < took / 2, "of the four files one is written anew"
    close_log()
    assert written.read_text().count("tick") == len(waited)
    assert "Mia" not in old.read_text()
