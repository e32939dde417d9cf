"""What a venue said last as its test failed: what fails once, on a machine that nobody can look at, is traced by it."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.emulator.drive import Emulator
from tests.venue.house import House
from tests.venue.witness import ask

ASKED = ("status", "errors", "held", "activity")
MOST = 4_000  # characters of each answer
LOG = 6_000  # bytes of the log's end


def last_words() -> str:
    """Of each venue that had an agent; empty where none had. pytest prints it with the failure (tests/conftest.py)."""
    return "\n\n".join(_of(house) for house in House.all if house.agent is not None)


@contextmanager
def left_behind(folder: Path, drive: Emulator) -> Iterator[None]:
    """A campaign that fails leaves beside its venue what was said last, and what lies on Drive."""
    try:
        yield
    except BaseException:
        (folder / "last words.txt").write_text(last_words())
        (folder / "drive.json").write_text(json.dumps(drive.files(), ensure_ascii=False, indent=1))
        print(f"what is there was left in {folder}", file=sys.stderr)
        raise


def _of(house: House) -> str:
    answers = [f"/{path}: {_short(ask(house.root, f'/{path}'))}" for path in ASKED]
    log = house.root / ".venuesync" / "logs" / "agent.log"
    end = log.read_bytes()[-LOG:].decode(errors="replace") if log.exists() else ""
    return "\n".join([str(house.root), *answers, end])


def _short(answer: Any) -> str:
    said = json.dumps(answer, ensure_ascii=False)
    return said if len(said) <= MOST else f"{said[: MOST // 2]} … {said[-MOST // 2 :]}"
