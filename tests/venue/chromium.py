"""A real browser, driven by its own protocol over a pipe: what a guest's phone shows, and what is pressed on it."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.patience import latest

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
AS_IT_EXPECTS = """
import fcntl, os, sys
reading, writing = (fcntl.fcntl(int(one), fcntl.F_DUPFD, 10) for one in sys.argv[1:3])
os.dup2(reading, 3)
os.dup2(writing, 4)
os.execv(sys.argv[3], sys.argv[3:])
"""  # it reads from 3 and writes to 4
PHONE = (390, 844)  # CSS pixels


class Page:
    """One page of the browser. Requests go out on one pipe and answers come on the other, each ended by a NUL."""

    def __init__(self, to: int, back: int) -> None:
        self._to, self._back = to, back
        self._number, self._read = 0, b""
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        width, height = PHONE
        self.ask("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=2, mobile=True)
        self.ask("DOM.enable")

    def ask(self, method: str, **given: Any) -> Any:
        self._number += 1
        session = getattr(self, "_session", None)
        message = {"id": self._number, "method": method, "params": given} | ({"sessionId": session} if session else {})
        os.write(self._to, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") == self._number:
                assert "error" not in answer, (method, answer["error"])
                return answer["result"]

    def _next(self) -> Any:
        while b"\0" not in self._read:
            piece = os.read(self._back, 1 << 16)
            assert piece, "the browser has ended"
            self._read += piece
        one, _, self._read = self._read.partition(b"\0")
        return json.loads(one)

    # ---- what a guest does

    def open(self, address: str) -> None:
        self.ask("Page.navigate", url=address)

    def run(self, script: str) -> Any:
        found = self.ask("Runtime.evaluate", expression=script, returnByValue=True)
        return found["result"].get("value")

    @property
    def text(self) -> str:
        return str(self.run("document.body ? document.body.innerText : ''") or "")

    def shows(self, text: str, seconds: float = 30) -> None:
        """Wait until that stands on the page."""
        end = time.monotonic() + latest(seconds)
        while text not in self.text:
            assert time.monotonic() < end, f"{text!r} is not shown:\n{self.text}"
            time.sleep(0.1)

    def choose(self, selector: str, file: Path) -> None:
        """Take this picture with the phone's camera."""
        root = self.ask("DOM.getDocument")["root"]["nodeId"]
        node = self.ask("DOM.querySelector", nodeId=root, selector=selector)["nodeId"]
        self.ask("DOM.setFileInputFiles", files=[str(file)], nodeId=node)

    def press(self, selector: str) -> None:
        assert self.run(f"(e => e ? (e.click(), true) : false)(document.querySelector({json.dumps(selector)}))"), (
            f"there is no {selector}:\n{self.text}"
        )

    def picture(self, file: Path) -> None:
        found = self.ask("Page.captureScreenshot", format="png", captureBeyondViewport=True)
        file.write_bytes(base64.b64decode(found["data"]))


@contextmanager
def chromium(profile: Path) -> Generator[Page]:
    """A browser without a window; without one on this machine the test is skipped."""
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    if found is None:
        pytest.skip(f"no browser here ({', '.join(NAMES)})")
    theirs_in, ours_out = os.pipe()
    ours_in, theirs_out = os.pipe()

    browser = subprocess.Popen(
        [
            sys.executable,
            "-c",
            AS_IT_EXPECTS,
            str(theirs_in),
            str(theirs_out),
            found,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--remote-debugging-pipe",
            f"--user-data-dir={profile}",
        ],
        pass_fds=(theirs_in, theirs_out),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(theirs_in)
    os.close(theirs_out)
    try:
        yield Page(ours_out, ours_in)
    finally:
        browser.kill()
        browser.wait(10)
        os.close(ours_out)
        os.close(ours_in)
