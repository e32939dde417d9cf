"""One worker process, as the agent sees it: a child that is asked one thing at a time, or is dead.

A plain subprocess with all its streams given, and nothing of ours in its environment but what it needs.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import agent
from agent.faces.results import from_line, to_error, to_line

_LONGEST_LINE = 256 << 20  # bytes: a photo of 200 megapixels with a face blurred
_LARGEST_LOG = 4 << 20  # bytes, then it is set aside
_PARTING = 2.0  # seconds in which a killed process has to be gone; one that hangs in the kernel is left to it
_PACKAGES = str(Path(agent.__file__).resolve().parent.parent)
_PYTHON = (  # nothing imported from the folder we happen to be in; a trace in the log when a C library crashes
    *("-P", "-X", "faulthandler"),
    *("-W", "ignore::UserWarning"),  # Pillow's about broken EXIF, one a photo
)
_NEEDED = frozenset({"PATH", "HOME", "LANG", "TZ", "TMPDIR", "LD_LIBRARY_PATH", "VIRTUAL_ENV"})
_NEEDED_BEGIN = ("LC_", "DYLD_", "PYTHONHOME", "PYTHONUTF8", "MALLOC_")
_ONE_THREAD = {name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")}


class WorkerDied(Exception):
    """The process ended, was silent for too long, or talked nonsense; it is killed. The text says which, in words.

    `costly`: it had used up the processor's time that one photo may take.
    """

    def __init__(self, text: str, *, costly: bool = False) -> None:
        super().__init__(text)
        self.costly = costly


class WorkerProcess:
    """One running worker as the agent sees it: a child that is asked one thing at a time, or is dead.

    `version`: of the engine, as it was announced.
    """

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        if process.stdin is None or process.stdout is None:
            raise ValueError("a worker needs both its pipes")
        self._process = process
        self._input, self._output = process.stdin, process.stdout
        self._ids = itertools.count(1)
        self._killed = False
        self.version = ""

    @classmethod
    async def start(cls, arguments: Sequence[str], log_path: Path, time_limit: float) -> WorkerProcess:
        """Start a worker and wait until its models are loaded, at most `time_limit` seconds.

        `LookError` for `ENGINE` where it says itself what it lacks, `WorkerDied` where it ends without a word.
        """
        log = await asyncio.to_thread(_open_log, log_path)
        try:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, *_PYTHON, "-m", "agent.faces.worker", *arguments),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                env=_environment(),
                limit=_LONGEST_LINE,
                start_new_session=True,  # the terminal's signals are for the agent
            )
        finally:
            os.close(log)
        worker = cls(process)
        try:
            announced = await worker._hear(time_limit)
        except BaseException:
            await worker.end()
            raise
        if not announced.get("ready"):
            await worker.end()
            raise to_error(announced["error"])
        worker.version = announced["version"]
        return worker

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether it may still be asked: False from the moment it was killed, not only once it is gone."""
        return not self._killed and self._process.returncode is None

    async def ask(self, request: Mapping[str, Any], time_limit: float) -> dict[str, Any]:
        """Send a request and return its answer; `WorkerDied` after `time_limit` seconds or when the process ends."""
        number = next(self._ids)
        with contextlib.suppress(ConnectionError):  # it is dead: the wait for its answer finds out and says how
            self._input.write(to_line({**request, "id": number}))
        message = await self._hear(time_limit)
        if message.get("id") != number:
            self.kill()
            raise WorkerDied("answered another question")
        return message

    async def _hear(self, time_limit: float) -> dict[str, Any]:
        try:
            line = await asyncio.wait_for(self._output.readline(), time_limit)
            if not line:
                raise await self._how_it_ended()
            return from_line(line)
        except TimeoutError:
            self.kill()
            raise WorkerDied(f"took longer than {time_limit:g} seconds") from None
        except ValueError:
            self.kill()
            raise WorkerDied("answered something unintelligible") from None

    async def _how_it_ended(self) -> WorkerDied:
        with contextlib.suppress(TimeoutError):  # it has closed its answers and is about to say why
            await asyncio.wait_for(self._process.wait(), _PARTING)
        await self.end()
        code = self._process.returncode
        if code is None:
            return WorkerDied("closed its answers")
        words = f"ended with code {code}" if code >= 0 else f"was ended by signal {-code}"
        return WorkerDied(words, costly=code == -signal.SIGXCPU)

    def kill(self) -> None:
        """End the process at once: it holds nothing that could be lost.

        Not by `Process.kill`, which looks for a dead child itself: asyncio's watcher then reports an unknown one, 255.
        """
        self._killed = True
        if self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)

    async def end(self) -> None:
        """Kill the process and see it and its pipes gone, within two seconds."""
        self.kill()
        with contextlib.suppress(TimeoutError, ConnectionError):
            async with asyncio.timeout(_PARTING):
                await self._process.wait()
                await self._output.read()
                self._input.close()
                await self._input.wait_closed()


def _environment() -> dict[str, str]:
    """What a process needs to start and to speak, and nothing else of ours: it decodes strangers' files.

    With the way to this package, and one thread to each worker: there are as many workers as wanted.
    """
    kept = {key: value for key, value in os.environ.items() if key in _NEEDED or key.startswith(_NEEDED_BEGIN)}
    paths = [_PACKAGES, *os.environ.get("PYTHONPATH", "").split(os.pathsep)]
    return {**kept, **_ONE_THREAD, "PYTHONPATH": os.pathsep.join(path for path in paths if path)}


def _open_log(path: Path) -> int:
    """Open the workers' log for appending; one that has grown large is set aside first, replacing the one before."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and path.stat().st_size > _LARGEST_LOG:
        path.replace(path.with_name(f"{path.name}.1"))
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
