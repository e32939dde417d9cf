"""All who tell whether one may pack up, asked at once: they say the same, with the same numbers.

The document is the agent's; commands, band and leaving line are what people read of it.
"""

from __future__ import annotations

import contextlib
import json
import re
import threading
import time
from typing import Any, Self

import httpx

from agent.model import Outlook, SafeCode
from tests.venue.house import House
from tui.cli.status import checked, status_lines
from tui.draw import block_word
from tui.state import Offers, ScreenState, View
from tui.verdict import CODES, Answer, answer, ending_of, told

OFFERS = Offers(errors="5", sign_in="g")


def band(status: dict[str, Any]) -> Answer:
    state = ScreenState(boot="boot", seq=1, status=status)  # type: ignore[arg-type]
    return answer(View(state, time.time(), OFFERS))


def agree(status: dict[str, Any]) -> None:
    """Raise unless all tell the same of it."""
    safe = status["safe_to_leave"]
    code, reason, lines = SafeCode(safe["code"]), safe["reason"], "\n".join(status_lines(status))  # type: ignore[arg-type]
    shown, (exit_code, check), ending, leaving = band(status), checked(status), ending_of(status), told(status)  # type: ignore[arg-type]
    saying = [
        safe["safe"],
        code is SafeCode.SAFE,
        lines.startswith("Safe to pack up: "),
        "; safe: " in check,
        leaving.startswith("Safe to pack up: "),
        ending.reason.startswith("Safe to pack up: "),
        shown.tone == "ok" and shown.block == "SAFE" and shown.line.startswith("Safe to pack up: "),
    ]
    assert len(set(saying)) == 1, (code, saying, check, leaving, ending, shown)
    assert block_word(shown.block)
    if status["mode"] == "stopped":
        assert (exit_code, check) == (3, "no agent runs")
        return
    assert all(reason in text for text in (lines, check, leaving)), (code, reason, lines, check, leaving)
    assert ending.code == CODES[Outlook(safe["outlook"])]
    if ending.code in (None, 0, 1, 4):
        assert reason in ending.reason, (reason, ending)
    assert exit_code == 1 if safe["needs_somebody"] or status["errors"] else exit_code in (0, 1)
    numbers_agree(status, shown, lines)


def numbers_agree(status: dict[str, Any], shown: Answer, lines: str) -> None:
    safe, photos, uploads, queue = status["safe_to_leave"], status["photos"], status["uploads"], status["queue"]
    states = ("waiting", "filed", "unsorted", "failed", "held", "dismissed")
    assert photos["seen"] == sum(photos[one] for one in states), photos
    assert safe["on_the_way"] == sum(queue.values()), (safe, queue)
    assert safe["set_aside"] >= photos["dismissed"]
    if status["drive"]["state"] != "disabled":
        assert safe["verified"] == photos["verified"] <= photos["filed"] + photos["unsorted"], photos
        assert uploads["verified"] + uploads["queued"] + uploads["active"] + uploads["failed"] >= photos["verified"]
    if safe["safe"]:
        assert photos["seen"] == safe["verified"] + photos["dismissed"], (safe, photos)
        assert int(re.findall(r"\d+", safe["reason"].replace(",", ""))[0]) == safe["verified"]
        assert shown.line == f"Safe to pack up: {safe['reason']}"
    if safe["set_aside"]:
        aside = f"{safe['set_aside']} set aside"
        assert aside in lines
        assert aside in f"{shown.line} {shown.more}" or shown.tone in ("bad", "hold", "warn"), shown
    assert "othing needs you" not in f"{shown.more} {shown.brief}" or not safe["needs_you"], shown


class Listener:
    """Hears every document that an agent says, also those that stand for a moment only; each has to agree."""

    def __init__(self, house: House) -> None:
        self.codes: set[str] = set()
        self.wrong: list[str] = []
        self._house = house
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._listen, name="listener", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join(10)

    def _listen(self) -> None:
        while not self._over.is_set():
            with contextlib.suppress(httpx.HTTPError, OSError, ValueError, KeyError):
                self._follow()
            self._over.wait(0.1)

    def _follow(self) -> None:
        with self._house.api() as api, api.stream("GET", "/stream", timeout=httpx.Timeout(5, read=20)) as answer:
            for line in answer.iter_lines():
                if self._over.is_set():
                    return
                if line.startswith("data: "):
                    self._hear(json.loads(line.removeprefix("data: ")))

    def _hear(self, change: dict[str, Any]) -> None:
        if change["section"] != "status":
            return
        self.codes.add(change["data"]["safe_to_leave"]["code"])
        try:
            agree(change["data"])
        except AssertionError as error:
            self.wrong.append(str(error)[:600])
