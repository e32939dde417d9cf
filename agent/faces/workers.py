"""Looks at photos in worker processes: several at once, and none that could take the agent with it.

Each worker has one photo in hand; a free one takes what has waited longest. One that dies or passes its time limit is
replaced, its photo gets one more try, and the others never notice. They are plain subprocesses with all their streams
given, so that they can be started while a Textual app runs, whose own standard error is no file.

This module loads nothing heavier than numpy.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Self, TypeVar

from agent.faces.results import (
    EXPORT_ANEW,
    Area,
    Box,
    Depth,
    Fault,
    LookError,
    Seen,
    from_text,
    to_error,
    to_seen,
)
from agent.faces.worker_process import WorkerDied, WorkerProcess

Answer = TypeVar("Answer")

_TRIES = 2  # of a photo: two dead workers are its doing
_STARTS = 3  # of a worker that ends without a word, before its photo is told
_CLOSED = -1  # in place of a free slot's number: there will be none any more
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 30.0  # seconds between starts that failed


class FaceWorkers:
    """`count` worker processes, of which `look` takes the next free one; they start when first needed.

    `async with FaceWorkers(…) as workers: seen = await workers.look(path, sha256)`. Used from one event loop, whose
    thread lives as long as they do. Closing takes at most two seconds and leaves no process; if the agent is killed
    instead, they end by themselves.
    """

    def __init__(
        self,
        count: int,
        engine: str,
        cache: Path,
        log_path: Path,
        *,
        time_limit: float = 60.0,  # seconds for one photo
        start_limit: float = 60.0,  # seconds for a worker to load its models
        memory_limit: int = 3 << 30,  # bytes of address space a worker
        most_pixels: int = 200_000_000,  # in a photo; larger ones are refused by their header
        replaced: Callable[[str], None] = lambda _: None,  # hears why a worker had to be
    ) -> None:
        if count < 1:
            raise ValueError("there must be at least one face worker")
        arguments = ["--engine", engine, "--cache", str(cache)]
        arguments += ["--memory", str(memory_limit), "--most-pixels", str(most_pixels)]
        self._slots = [_Slot(arguments, log_path, start_limit) for _ in range(count)]
        self._free: asyncio.PriorityQueue[tuple[int, int]] = asyncio.PriorityQueue()
        self._turn = asyncio.Lock()
        self._time_limit = time_limit
        self._replaced = replaced
        self._tasks: set[asyncio.Task[Any]] = set()
        self._warming: set[asyncio.Task[None]] = set()
        self._waiting = 0
        self._closed = False
        for number in range(count):
            self._free.put_nowait((1, number))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    @property
    def busy(self) -> int:
        """Photos in workers' hands."""
        return len(self._tasks)

    @property
    def waiting(self) -> int:
        """Photos that wait for a free worker."""
        return self._waiting

    @property
    def at_once(self) -> int:
        return len(self._slots)

    @property
    def free(self) -> int:
        """Workers that nothing is asked of, running or not; none while photos wait."""
        return len(self._slots) - len(self._tasks) - self._waiting

    @property
    def pids(self) -> list[int]:
        """Process ids of the running workers."""
        return [slot.worker.pid for slot in self._slots if slot.worker is not None and slot.worker.alive]

    @property
    def version(self) -> str | None:
        """The engine's version, as a worker announced it; None before the first has started."""
        return next((slot.worker.version for slot in self._slots if slot.worker is not None), None)

    async def warm(self) -> None:
        """Start the workers that are free and not yet running; `LookError` for `ENGINE` where one does not."""
        if self._closed:
            raise _closed()
        starts: list[asyncio.Task[None]] = []
        while not self._free.empty():
            _, number = self._free.get_nowait()
            starts.append(asyncio.create_task(self._start(number)))
        self._warming.update(starts)
        try:
            await asyncio.gather(*starts)
        finally:
            self._warming.difference_update(starts)

    async def look(self, path: Path, sha256: str | None = None, depth: Depth = Depth.WHOLE) -> Seen:
        """Return what is on the photo at `path`; with `sha256`, of these very bytes or not at all.

        `LookError` says what is wrong; `photos_own` tells whether with the photo. Cancelling gives up the answer, not
        the worker: it finishes the photo first.
        """
        return await self._ask({"path": str(path), "sha256": sha256, "depth": depth}, to_seen)

    async def cut(self, path: Path, sha256: str, box: Box, side: int) -> bytes:
        """Return a face's picture, a square JPEG of `side` pixels, out of the photo at `path`. `LookError` as above."""
        return await self._ask({"path": str(path), "sha256": sha256, "cut": box, "side": side}, from_text)

    async def render(
        self, path: Path, sha256: str, made_as: str, watermark: str = "", blurred: Sequence[Area] = ()
    ) -> bytes:
        """Return the photo at `path` as the JPEG of that name, with the PNG at `watermark` and these faces blurred.

        `LookError` as above.
        """
        wanted = {"path": str(path), "sha256": sha256, "rendition": made_as, "watermark": watermark}
        return await self._ask({**wanted, "blurred": [*blurred]}, from_text)

    async def _ask(self, request: dict[str, Any], read: Callable[[Any], Answer]) -> Answer:
        """The next free worker's answer, read."""
        if self._closed:
            raise _closed()
        self._waiting += 1
        try:
            async with self._turn:  # a lock is fair, a queue is not: a newcomer could pass those who wait
                _, number = await self._free.get()
        finally:
            self._waiting -= 1
        if number == _CLOSED:
            self._free.put_nowait((0, _CLOSED))  # for the next who waits
            raise _closed()
        task = asyncio.create_task(self._look(number, request, read))
        self._tasks.add(task)
        task.add_done_callback(self._done)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            if task.cancelled():  # by `close`, before it had begun
                raise _closed() from None
            raise

    async def close(self) -> None:
        """End all workers, within two seconds; looks under way or waiting raise `LookError` for `CLOSED`."""
        self._closed = True
        self._free.put_nowait((0, _CLOSED))
        for task in (*self._tasks, *self._warming):
            task.cancel()
        await asyncio.gather(*self._tasks, *self._warming, return_exceptions=True)
        await asyncio.gather(*(slot.end() for slot in self._slots))

    async def _start(self, number: int) -> None:
        try:
            await self._slots[number].ready()
        except asyncio.CancelledError:
            raise (_closed() if self._closed else asyncio.CancelledError()) from None
        finally:
            self._give_back(number)

    async def _look(self, number: int, request: dict[str, Any], read: Callable[[Any], Answer]) -> Answer:
        slot = self._slots[number]
        reason = ""
        try:
            for _ in range(_TRIES):
                worker = await slot.ready()
                try:
                    answer = await worker.ask(request, self._time_limit)
                    if "error" in answer:
                        raise to_error(answer["error"])
                    return read(answer["ok"])
                except WorkerDied as died:
                    if died.costly:  # by its own doing, however busy the machine was
                        raise LookError(
                            Fault.COSTLY, "Looking at the picture takes longer than any photo does", EXPORT_ANEW
                        ) from None
                    reason = str(died)
                except (KeyError, TypeError, ValueError):
                    worker.kill()
                    reason = "answered something unintelligible"
                self._replaced(reason)
            raise LookError(
                Fault.WORKER_DIED, f"The face worker that looked at this photo {reason}, twice", EXPORT_ANEW
            )
        except asyncio.CancelledError:
            raise _closed() from None  # only `close` cancels: callers are shielded
        finally:
            self._give_back(number)

    def _give_back(self, number: int) -> None:
        self._free.put_nowait((0 if self._slots[number].running else 1, number))  # running ones are taken first

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        with contextlib.suppress(asyncio.CancelledError):
            task.exception()  # seen, so that an answer nobody waits for any more is not reported as lost


def _closed() -> LookError:
    return LookError(Fault.CLOSED, "The face workers were closed", "Nothing to do: it is looked at when they run again")


class _Slot:
    """A place for one worker, which is started when first needed and again after each death."""

    def __init__(self, arguments: list[str], log_path: Path, start_limit: float) -> None:
        self._arguments = arguments
        self._log_path = log_path
        self._start_limit = start_limit
        self._failures = 0
        self._not_before = 0.0  # monotonic seconds
        self.worker: WorkerProcess | None = None

    @property
    def running(self) -> bool:
        return self.worker is not None and self.worker.alive

    async def ready(self) -> WorkerProcess:
        """Return a running worker, started if need be; `LookError` for `ENGINE` where none will start."""
        reason = ""
        for _ in range(_STARTS):
            if self.worker is not None and self.worker.alive:
                return self.worker
            await self.end()
            await asyncio.sleep(max(0.0, self._not_before - time.monotonic()))
            try:
                self.worker = await WorkerProcess.start(self._arguments, self._log_path, self._start_limit)
            except WorkerDied as died:
                reason = str(died)
                self._failed()
            except LookError:
                self._failed()
                raise
            except OSError as error:
                self._failed()
                refused = error.filename == str(self._log_path)
                remedy = f"Let it be written: {self._log_path}" if refused else ""
                raise self._no_start(f"meets an error: {error.strerror}", remedy) from error
            else:
                self._failures = 0
                return self.worker
        raise self._no_start(reason)

    def _no_start(self, reason: str, remedy: str = "") -> LookError:
        remedy = remedy or f"Look at the last lines of {self._log_path}; a reinstallation mostly helps"
        return LookError(Fault.ENGINE, f"The face worker does not start: it {reason}", remedy)

    def _failed(self) -> None:
        pause = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2**self._failures)
        self._failures += 1
        self._not_before = time.monotonic() + pause

    async def end(self) -> None:
        """See the worker gone, if there was one, within two seconds."""
        if self.worker is not None:
            await self.worker.end()
