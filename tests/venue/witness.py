"""Somebody who asks all the while whether it is safe to leave, and looks at once whether that is true.

A campaign runs one beside itself: what it saw is judged by disk and Drive at that moment, not by what was mended later.
"""

from __future__ import annotations

import http.client
import json
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

from tests.venue.invariants import drive_files, filed_files, left_here, look, not_home, stand_ins
from tests.venue.manifest import Manifest

EVERY = 0.1  # seconds
NOTICED = 2.0  # seconds that a photo may lie there before anybody can have noticed it
POLLED = 35.0  # seconds that one may lie in a source: between two looks at most half a minute goes by


class Witness:
    """Asks the workspace's agent by its socket, whichever process that is by now.

    `false` are the lies it heard; `heard` counts answers, `safe` those that said yes, `not_yet` why the others did not.
    `ruled`: whether by an event's rules, or for somebody who is forgotten, something else than each photo may lie here
    or there.
    """

    def __init__(
        self,
        workspace: Path,
        drive_url: str | None,
        expected: Manifest,
        noticed: Callable[[], float] = lambda: NOTICED,
        ruled: Callable[[], bool] = lambda: False,
    ) -> None:
        self.false: list[str] = []
        self.heard = self.safe = 0
        self.not_yet = Counter[str]()
        self._workspace, self._drive_url, self._expected, self._noticed = workspace, drive_url, expected, noticed
        self._ruled = ruled
        self._judged = (-1, "")
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="witness", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join(30)

    def _watch(self) -> None:
        while not self._over.wait(EVERY):
            asked = time.monotonic()
            status = ask(self._workspace, "/status")
            if status is not None:
                self.heard += 1
                self._judge(status, asked)

    def _judge(self, status: dict[str, Any], asked: float) -> None:
        safe = status["safe_to_leave"]
        if not safe["safe"]:
            self.not_yet[safe["code"]] += 1
            return
        self.safe += 1
        here, there = asked - self._noticed(), asked - POLLED
        photos = [one for one in list(self._expected.photos) if one.at < (here if one.drive_id is None else there)]
        judged = len(photos), safe["reason"]
        if self._judged == judged:
            return  # the same word about the same photos was looked into already
        try:
            filed = dict(filed_files(self._workspace))
            drive = None if self._drive_url is None else drive_files(self._drive_url)
            if self._ruled():
                seen = look(self._workspace, None, at_rest=False)
                filed |= stand_ins(seen)
                photos = [one for one in photos if one.sha256 not in left_here(seen)]
                if (ask(self._workspace, "/status") or status)["safe_to_leave"]["safe"] is not True:
                    return  # by now the rules are others
        except OSError:
            return  # somebody moves files, or Drive is down, right now: next time
        self._judged = judged
        self.false += [f"{safe['reason']!r}, but {why}" for why in not_home(drive, filed, self._expected, photos)]


def ask(workspace: Path, path: str) -> dict[str, Any] | None:
    """What the running agent answers; `None`: none does."""
    line = None
    try:
        about = json.loads((workspace / ".venuesync/agent.json").read_bytes())
        line = http.client.HTTPConnection("agent", timeout=10)
        line.sock = socket.socket(socket.AF_UNIX)
        line.sock.settimeout(10)
        line.sock.connect(about["socket"])
        line.request("GET", path)
        return json.loads(line.getresponse().read())
    except (OSError, ValueError, http.client.HTTPException):
        return None
    finally:
        if line is not None:
            line.close()
