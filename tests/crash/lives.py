"""The agent's lives: started as users start it, with its moments watched, and killed where it was armed for."""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import httpx

from agent.model import SafeCode
from tests.crash.deed import Deed
from tests.emulator.drive import Emulator
from tests.venue.house import ROOT, House, wait_for
from tests.venue.witness import ask

HOOK = Path(__file__).parent / "hook"
ANY = "*"
STARTS = 120.0  # seconds that a start may take
QUIET = 300.0  # seconds for everything to be done that is to be done
LEFT = ("queued", "active", "removals", "folders_left")


class Answer(StrEnum):
    DONE = "done"
    REFUSED = "refused"
    NONE = "no answer"


class Role(StrEnum):
    AGENT = "agent"
    COMMAND = "command"


class Way(StrEnum):
    """How a verb is said."""

    ASKED = "asked"  # over the API
    TYPED = "typed"  # as a command, beside the agent
    ALONE = "alone"  # as a command, without an agent


@dataclass(frozen=True, slots=True)
class Told:
    answer: Answer
    text: str = ""


class Lives:
    """One house, whose agent dies often. `control` is the folder where the watch on its moments is told what to do."""

    def __init__(self, root: Path, emulator: Emulator, **settings: str) -> None:
        self.house = House(root, emulator, **settings)
        self.control = root.parent / "control"
        self.control.mkdir()
        self.house.environ |= {"PYTHONPATH": f"{HOOK}{os.pathsep}{ROOT}", "CRASH_CONTROL": str(self.control)}
        self.house.typed_here = False  # one is watched, and killed, as a process
        self.starts = 0
        self._read = 0

    # ---- moments

    def arm(self, role: Role, name: str, number: int, sign: signal.Signals = signal.SIGKILL) -> None:
        """The `number`-th time that a process of this role comes there, it is sent this signal."""
        beside = self.control / "arming"
        beside.write_text(f"{role}\n{int(sign)}\n{number}\n{name}")
        beside.replace(self.control / "armed")

    def disarm(self) -> None:
        (self.control / "armed").unlink(missing_ok=True)

    def killed_at(self) -> str | None:
        """Where the watch ended a process since this was asked last."""
        found = self.control / "killed"
        if not found.exists():
            return None
        name = found.read_text().partition(" ")[2]
        found.unlink()
        self.disarm()
        return name

    def met(self) -> int | None:
        """The process that came to where it was armed for."""
        with suppress(FileNotFoundError, ValueError):
            return int((self.control / "killed").read_text().partition(" ")[0])
        return None

    def go_on(self, pid: int | None) -> None:
        """Let a process that was stopped go on."""
        with suppress(ProcessLookupError):
            if pid is not None:
                os.kill(pid, signal.SIGCONT)

    def moments(self) -> Counter[str]:
        """How often what was reached since this was asked last."""
        try:
            with (self.control / "moments").open() as file:
                file.seek(self._read)
                lines = file.read()
        except FileNotFoundError:
            return Counter()
        self._read += len(lines.encode())
        return Counter(lines.splitlines())

    # ---- a life

    @property
    def alive(self) -> bool:
        return self.house.agent is not None and self.house.agent.poll() is None

    def start(self) -> bool:
        """Answers whether it came to listen; `False`: it was killed before that."""
        if self.alive:
            return True
        self.starts += 1
        log = (self.house.root.parent / "agent.log").open("ab")
        pid = self.house.begin(log).pid
        log.close()
        wait_for(lambda: not self.alive or (self.status() or {}).get("pid") == pid, STARTS, "the agent listens")
        if not self.alive:
            assert self.house.agent.returncode == -signal.SIGKILL, f"it ended by itself: {self.house.agent.returncode}"
        return self.alive

    def kill(self) -> None:
        if self.house.agent is not None:
            with suppress(ProcessLookupError):
                self.house.agent.send_signal(signal.SIGKILL)
            self.house.agent.wait(10)

    def stop(self) -> None:
        """As a person does; it may be killed on its way."""
        if self.house.agent is not None and self.alive:
            self.house.agent.send_signal(signal.SIGTERM)
            code = self.house.agent.wait(30)
            assert code in (0, -signal.SIGKILL), f"it was to stop, and ended with {code}"

    def status(self) -> dict[str, Any] | None:
        return ask(self.house.root, "/status")

    def rests(self) -> bool:
        """Whether all is done that is to be done, Drive too; what is paused is to wait.

        While an older ledger is brought up to date, questions come and go.
        """
        now = self.status()
        if now is None or now["safe_to_leave"]["code"] in (SafeCode.REBUILDING, SafeCode.PEOPLE_CHANGED):
            return False
        downloads, uploads, queue = now["downloads"], now["uploads"], now["queue"]
        sending = queue["uploading"] + sum(uploads[key] for key in LEFT) + now["photos"]["only_small"]
        left = now["photos"]["waiting"] + downloads["queued"] + downloads["active"]
        left += sum(queue.values()) - queue["uploading"]
        kept = now["paused"]["uploads"] or now["drive"]["metered"] or not all(one["send"] for one in now["events"])
        return left == 0 and (kept or sending == 0)

    def until(self, seconds: float) -> bool:
        """Let it work for so long, or until it is killed. Answers whether it lives."""
        end = time.monotonic() + seconds
        while self.alive and time.monotonic() < end:
            time.sleep(0.02)
        return self.alive

    def until_rest(self, seconds: float = QUIET) -> bool:
        """Let it work until it rests, or until it is killed. Answers whether it lives."""
        try:
            wait_for(lambda: not self.alive or self.rests(), seconds, "all is done")
        except BaseException as late:  # pytest's own limit too
            late.add_note(f"{self.status()}\n{ask(self.house.root, '/errors')}")
            raise
        return self.alive

    # ---- verbs

    def say(self, deed: Deed, way: Way) -> Told:
        return self._ask(deed) if way is Way.ASKED else self._type(deed)

    def _ask(self, deed: Deed) -> Told:
        try:
            with self.house.api() as api:
                answer = api.post(f"/commands/{deed.path}", json=deed.body)
        except (httpx.HTTPError, OSError, ValueError) as error:
            return Told(Answer.NONE, repr(error))
        return Told(Answer.DONE if answer.is_success else Answer.REFUSED, f"{answer.status_code} {answer.text[:300]}")

    def repair(self) -> None:
        """Have all compared and repaired, whatever is under way meanwhile."""
        with suppress(httpx.HTTPError, OSError, ValueError), self.house.api() as api:
            api.post("/commands/verify", json={"repair": True})

    def _type(self, deed: Deed) -> Told:
        ended = self.house.run(*deed.words)
        if ended.returncode == 0:
            return Told(Answer.DONE, ended.stdout)
        killed = ended.returncode == -signal.SIGKILL
        return Told(Answer.NONE if killed else Answer.REFUSED, f"{ended.returncode} {ended.stdout} {ended.stderr}")
