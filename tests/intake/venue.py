"""A watched Incoming folder on a real disk, and a ledger that is a dictionary."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from agent.intake.folders import WatchedFolder
from agent.intake.reading import Photo, Skipped, Unreadable, classify
from agent.intake.watcher import Watcher
from agent.ledger.sightings import FileFacts, to_text
from agent.model import EventId
from tests.patience import latest

JPEG = b"\xff\xd8\xff\xe0" + b"a photo, as far as its first bytes tell" * 8


@dataclass
class Venue:
    """What a test drops into `incoming`, and what came out. Names are relative to the workspace."""

    root: Path
    incoming: Path
    outside: Path  # on the same disk, not watched
    watcher: Watcher
    ledger: dict[str, FileFacts] = field(default_factory=dict)
    arrived: list[str] = field(default_factory=list)
    waited: dict[str, float] = field(default_factory=dict)
    seen: dict[str, Photo | Skipped | Unreadable] = field(default_factory=dict)
    gone: list[str] = field(default_factory=list)
    changes: int = 0
    before_settled: Callable[[Path], Awaitable[None]] | None = None
    before_gone: Callable[[], None] | None = None

    def name(self, path: str | Path) -> str:
        return str(Path(path).relative_to(self.root))

    def folder(self, path: Path) -> WatchedFolder:
        return WatchedFolder(EventId("default"), path)

    def known(self, folder: str, below: str) -> Iterator[tuple[str, FileFacts]]:
        known = sorted((to_text(path), facts) for path, facts in self.ledger.items())
        return iter([one for one in known if one[0].startswith(to_text(f"{below}/"))])

    async def known_among(self, folder: str, paths: list[str]) -> dict[str, FileFacts]:
        return {path: self.ledger[path] for path in paths if path in self.ledger}

    async def settled(self, folder: WatchedFolder, path: Path, waited: float) -> None:
        if self.before_settled:
            await self.before_settled(path)
        self.waited[self.name(path)] = waited
        seen = await asyncio.to_thread(classify, path)
        if seen.facts is not None:
            self.ledger[str(path)] = seen.facts
        self.seen[self.name(path)] = seen
        self.arrived.append(self.name(path))

    async def lost(self, folder: WatchedFolder, paths: list[str]) -> None:
        if self.before_gone:
            self.before_gone()
        for path in paths:
            self.ledger.pop(path, None)
            self.gone.append(self.name(path))

    def changed(self) -> None:
        self.changes += 1

    def drop(self, name: str, data: bytes = JPEG) -> Path:
        """A photo renamed into Incoming, as rsync and FTP servers do."""
        temporary, target = self.outside / "on its way", self.incoming / name
        temporary.write_bytes(data)
        return temporary.rename(target)

    async def until(self, what: Callable[[], Any], seconds: float = 8.0) -> None:
        end = latest(seconds)
        while not what():
            assert time.monotonic() < end, f"not within {seconds} s: {self}"
            await asyncio.sleep(0.01)

    async def until_arrived(self, *names: str, seconds: float = 8.0) -> None:
        await self.until(lambda: set(names) <= set(self.arrived) and not self.watcher.report().settling, seconds)

    async def quiet(self) -> None:
        """A whole sweep has ended and nothing is on its way: what is to be seen has been seen."""
        await self.watcher.sweep_now()
        await self.until(lambda: not self.watcher.report().settling)


OpenVenue = Callable[..., AbstractAsyncContextManager[Venue]]
