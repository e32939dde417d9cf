"""A venue as a test holds it: a workspace, an emulator, and the agent as the process that users run."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO, ClassVar
from weakref import WeakSet

import httpx

from agent.workspace import find_workspace, prepare
from tests.emulator.drive import Emulator
from tests.making import contents_below
from tests.patience import PATIENCE, latest
from tests.venue import here, invariants, models, warm
from tests.venue.manifest import Manifest

ROOT = Path(__file__).resolve().parents[2]
VENUESYNC = [sys.executable, "-m", "tui.cli"]
OUTPUTS = ("People", "Unsorted", "All Photos")
TOP = "venuesync/default/"
ASKED_OFTEN: dict[tuple[str, ...], str] = {
    (name,): f"/{name}" for name in ("status", "events", "held", "errors", "activity", "people")
}


class House:
    """One workspace with one emulator. `environ` is all that the agent gets of this machine's settings."""

    all: ClassVar[WeakSet[House]] = WeakSet()

    def __init__(self, root: Path, emulator: Emulator, **settings: str) -> None:
        self.all.add(self)
        self.root = root
        self.emulator = emulator
        self.incoming = root / "Incoming"
        kept = {key: value for key, value in os.environ.items() if not key.startswith("VENUESYNC_")}
        runtime = root.parent / "run"
        runtime.mkdir(exist_ok=True, mode=0o700)
        self.environ = {
            **kept,
            "XDG_RUNTIME_DIR": str(runtime),
            "VENUESYNC_DRIVE__ENDPOINT": emulator.url,
            "VENUESYNC_DISK__KEEP_FREE": "0",
            "VENUESYNC_FACES__WORKERS": "1",
            "VENUESYNC_POWER__STAY_AWAKE": "false",  # of the machine that tests
            "PYTHONPATH": str(ROOT),
            **settings,
        }
        self.agent: subprocess.Popen[str] | None = None
        self.wrapped: list[str] = []  # a command that starts the agent and the commands, with fewer rights, say
        self.typed_here = True  # commands, where they can be
        self.processes_only = False  # whether even a command that could be typed here gets a process, made from nothing
        self.expected = Manifest()  # what was dropped here, and what else the test says is there
        prepare(find_workspace(root, self.environ))  # as `venuesync init` makes it
        models.keep_in(root / ".venuesync" / "cache")

    # ---- commands

    def run(self, *arguments: str, timeout: float = 90) -> subprocess.CompletedProcess[str]:
        """A command and its end; in a process of its own where that matters."""
        if not self.typed_here or self.processes_only or self.wrapped or not here.can_be(arguments, self.environ):
            return self.process(*arguments, timeout=timeout)
        return here.typed(["--workspace", str(self.root), *arguments], self.environ, self.root.parent)

    def process(self, *arguments: str, timeout: float = 90) -> subprocess.CompletedProcess[str]:
        with self.begun([*arguments], stderr=subprocess.PIPE) as process:
            try:
                said, complained = process.communicate(timeout=timeout)
            except BaseException:
                process.kill()
                raise
        return subprocess.CompletedProcess([*arguments], process.returncode, said, complained)

    def begun(
        self,
        arguments: list[str],
        stderr: int,
        stdout: int | BinaryIO = subprocess.PIPE,
        stdin: int | None = None,
    ) -> subprocess.Popen[str]:
        """A process of venuesync in this workspace; warm, unless its start is what matters."""
        its_start = self.wrapped or self.processes_only or not warm.can_be(self.environ)
        kind, before = (subprocess.Popen[str], [*self.wrapped, *VENUESYNC]) if its_start else (warm.Warm, [])
        return kind(
            [*before, "--workspace", str(self.root), *arguments],
            env=self.environ,
            text=True,
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            cwd=self.root.parent,
        )

    def json(self, *arguments: str) -> Any:
        """What a command prints; what is asked over and over comes by the socket, which costs a hundredth of it."""
        path = ASKED_OFTEN.get(arguments)
        if path is not None and self.agent is not None and self.agent.poll() is None:
            with suppress(httpx.HTTPError, OSError, ValueError), self.api() as api:
                return api.get(path).raise_for_status().json()
        done = self.run(*arguments, "--json")
        assert done.stdout, done.stderr
        return json.loads(done.stdout)

    def api(self) -> httpx.Client:
        """The agent's own API, by its socket."""
        about = json.loads((self.root / ".venuesync" / "agent.json").read_text())
        transport = httpx.HTTPTransport(uds=about["socket"], verify=False)  # certificates take 25 ms to load
        return httpx.Client(transport=transport, base_url="http://agent", timeout=60, trust_env=False)

    def until_done(self, seconds: float = 80 * PATIENCE) -> subprocess.CompletedProcess[str]:
        return self.run("--no-ui", "--until-done", "--timeout", str(seconds), timeout=seconds + 30)

    def begin(self, stdout: int | BinaryIO = subprocess.PIPE) -> subprocess.Popen[str]:
        """The headless agent, which may not listen yet."""
        self.agent = self.begun(["--no-ui"], stderr=subprocess.STDOUT, stdout=stdout)
        return self.agent

    def start(self) -> subprocess.Popen[str]:
        """The headless agent."""
        self.begin()
        wait_for((self.root / ".venuesync" / "agent.json").exists, 60, "the agent listens")
        assert self.agent is not None
        return self.agent

    def kill(self) -> None:
        """As a pulled plug does."""
        assert self.agent is not None
        self.agent.send_signal(signal.SIGKILL)
        self.agent.wait(10)
        (self.root / ".venuesync" / "agent.json").unlink(missing_ok=True)

    def stop(self, seconds: float = 15) -> int:
        assert self.agent is not None
        self.agent.send_signal(signal.SIGTERM)
        return self.agent.wait(seconds)

    def close(self) -> None:
        """End whatever still runs in this workspace: also what a monitor left behind as its terminal went."""
        if self.agent is not None and self.agent.poll() is None:
            self.agent.kill()
            self.agent.wait(10)
        end = time.monotonic() + 10
        while (pids := self.processes()) and time.monotonic() < end:
            for pid in pids:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            time.sleep(0.05)

    def processes(self) -> list[int]:
        """Of venuesync, with this workspace on their command line."""
        listed = subprocess.run(["ps", "-axwwo", "pid=,stat=,command="], capture_output=True, text=True, check=True)
        rows = (row.split(None, 2) for row in listed.stdout.splitlines())
        ours = f"tui.cli --workspace {self.root}"
        return [int(pid) for pid, state, *command in rows if "Z" not in state and ours in "".join(command)]

    # ---- photos

    def drop(self, source: Path, name: str) -> Path:
        """Let a photo arrive as tethering software does: written beside, then renamed into place."""
        target = self.incoming / name
        target.parent.mkdir(parents=True, exist_ok=True)
        beside = self.root / f".arriving-{name.replace('/', '-')}"
        shutil.copyfile(source, beside)
        beside.replace(target)
        self.expected.arrived(target)
        return target

    # ---- what lies where

    def on_disk(self) -> dict[str, str]:
        """Path below the workspace -> MD5, of everything filed; what is on its way to its name is not, yet."""
        found: dict[str, str] = {}
        for output in OUTPUTS:
            for path, content in contents_below(self.root / output).items():
                if not Path(path).name.startswith(".venuesync-"):
                    found[f"{output}/{path}"] = hashlib.md5(content, usedforsecurity=False).hexdigest()
        return found

    def on_drive(self) -> dict[str, str]:
        """Path below the event's folder -> MD5; a path that is there twice fails the test."""
        files = [one for one in self.emulator.files() if one.get("md5Checksum") and not one["trashed"]]
        twice = [path for path, count in Counter(one["path"] for one in files).items() if count > 1]
        assert not twice, f"doubled on Drive: {twice}"
        return {one["path"].removeprefix(TOP): one["md5Checksum"] for one in files}

    def folders_on_drive(self) -> list[str]:
        """All paths of folders; those that are there twice, twice."""
        return [one["path"] for one in self.emulator.files() if not one.get("md5Checksum") and not one["trashed"]]

    def assert_same_tree(self, photos: int) -> None:
        """Disk and Drive hold the same, and so many photos are there, each with its own bytes."""
        disk = self.on_disk()
        assert disk == self.on_drive()
        assert len(set(disk.values())) == photos
        folders = self.folders_on_drive()
        assert len(folders) == len(set(folders)), f"doubled folders: {folders}"
        assert not [path for output in OUTPUTS for path in (self.root / output).rglob(".venuesync-*")]

    def assert_invariants(self, *, drive: bool = True) -> None:
        """All that must hold at rest, by `tests/venue/invariants.py`; the agent may run or not.

        A second look may find a face amid this one: as long as something moves it is taken again.
        """
        for _ in range(LOOKS):
            seen = invariants.look(self.root, self.emulator.url if drive else None, status=self.json("status"))
            found = invariants.breaches(seen, self.expected)
            if not found or seen.tables == invariants.tables_of(invariants.ledger_of(self.root)):
                break
            time.sleep(LONGEST_PAUSE)
        assert not found, "\n".join(found)


LOOKS = 50  # at the invariants, until nothing moves meanwhile
FIRST_PAUSE, LONGEST_PAUSE = 0.03, 0.2  # seconds: who waits for long looks less often, and leaves the machine to others


def wait_for(done: Callable[[], Any], seconds: float, what: str) -> Any:
    """Look until something is so; its value."""
    end, pause = latest(seconds), FIRST_PAUSE
    while True:
        found = done()
        if found:
            return found
        assert time.monotonic() < end, f"not within {seconds} s: {what}"
        time.sleep(pause)
        pause = min(1.2 * pause, LONGEST_PAUSE)
