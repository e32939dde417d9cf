"""What a venue said last as its test failed: what fails once, on a machine that nobody can look at, is traced by it."""

from __future__ import annotations

import json
from typing import Any

from tests.venue.house import House
from tests.venue.witness import ask

ASKED = ("status", "errors", "held", "activity")
MOST = 4_000  # characters of each answer
LOG = 6_000  # bytes of the log's end


def last_words() -> str:
    """Of each venue that had an agent; empty where none had. pytest prints it with the failure (tests/conftest.py)."""
    return "\n\n".join(_of(house) for house in House.all if house.agent is not None)


def _of(house: House) -> str:
    answers = [f"/{path}: {_short(ask(house.root, f'/{path}'))}" for path in ASKED]
    log = house.root / ".venuesync" / "logs" / "agent.log"
    end = log.read_bytes()[-LOG:].decode(errors="replace") if log.exists() else ""
    return "\n".join([str(house.root), *answers, end])


def _short(answer: Any) -> str:
    said = json.dumps(answer, ensure_ascii=False)
    return said if len(said) <= MOST else f"{said[: MOST // 2]} … {said[-MOST // 2 :]}"
