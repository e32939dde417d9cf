"""Resumable sessions: what was announced, and the bytes received so far.

The bytes lie in a file of their own from the moment they arrive: its length is what the session has, also after kill
-9.
"""

import asyncio
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent.emulator.store.contents import Arrived, Contents, Digest, Hasher
from agent.emulator.store.documents import Document, Documents
from agent.emulator.store.ids import token

CHUNK = 256 * 1024  # bytes: what is kept of a broken transfer is a multiple of it
LIFE = 7 * 24 * 3600  # seconds


class Superseded(Exception):
    """A later request writes to the session: this one's bytes count no more."""


@dataclass(slots=True)
class _Progress:
    """What this process knows of a session beyond its file: checksums so far, and who writes."""

    hasher: Hasher | None  # of the file's bytes so far; None once that cannot be said
    writer: int = 0


class Sessions:
    def __init__(self, documents: Documents, contents: Contents) -> None:
        self._documents = documents
        self._contents = contents
        self._progress: dict[str, _Progress] = {}
        for key in documents.all("session"):
            self.get(key)  # drops those past their week

    def open(self, body: Document) -> str:
        """A new session for an upload described by `body`."""
        key = token("AEm", 40)
        self._documents.put("session", key, body | {"opened": time.time(), "done": None})
        return key

    def get(self, key: str) -> Document | None:
        """The session; None where it is unknown or older than a week."""
        body = self._documents.get("session", key)
        if body is not None and time.time() - body["opened"] > LIFE:
            self.drop(key)
            return None
        return body

    def received(self, key: str) -> int:
        """Bytes from the start that are safe here."""
        path = self._contents.session_path(key)
        return path.stat().st_size if path.exists() else 0

    def finished(self, key: str, file_id: str) -> None:
        """Remembers what came of it: a status query goes on being answered."""
        body = self._documents.get("session", key)
        if body is not None:
            self._documents.put("session", key, {"opened": body["opened"], "done": file_id, **_kept(body)})
        self._progress.pop(key, None)

    def drop(self, key: str) -> None:
        self._documents.drop("session", key)
        self._progress.pop(key, None)
        self._contents.session_path(key).unlink(missing_ok=True)

    def drop_all(self) -> None:
        for key in self._documents.all("session"):
            self.drop(key)

    def write_from(self, key: str, start: int) -> "Writer":
        """A writer at that offset, which must not lie beyond what was received. Earlier writers are superseded."""
        progress = self._progress.setdefault(key, _Progress(Hasher()))
        progress.writer += 1
        if start == 0:
            progress.hasher = Hasher()
        elif progress.hasher is not None and progress.hasher.size != start:
            progress.hasher = None
        return Writer(self._contents.session_path(key), progress, start)

    async def whole(self, key: str) -> Arrived:
        """The content, once all of it is here. Raises Superseded where somebody writes while it is read again."""
        path = self._contents.session_path(key)
        progress = self._progress.get(key)
        if not path.exists():
            path.touch()
        hasher = progress.hasher if progress is not None else None
        if hasher is not None and hasher.size == path.stat().st_size:
            return Arrived(hasher.digest(), None, path)
        # After a restart or a step back the checksums are taken from the file.
        turn = progress.writer if progress is not None else 0
        digest = await asyncio.to_thread(_digest, path)
        progress = self._progress.get(key)
        if progress is not None and progress.writer != turn:
            raise Superseded
        return Arrived(digest, None, path)


class Writer:
    """Appends to a session's file for one request."""

    def __init__(self, path: Path, progress: _Progress, start: int) -> None:
        self._progress = progress
        self._turn = progress.writer
        self._file = os.open(path, os.O_CREAT | os.O_WRONLY, 0o600)
        if os.fstat(self._file).st_size != start:
            os.ftruncate(self._file, start)
        os.lseek(self._file, start, os.SEEK_SET)
        self.at = start

    def write(self, data: bytes) -> None:
        """Raises Superseded when another request has taken over."""
        if self._turn != self._progress.writer:
            raise Superseded
        if self._progress.hasher is not None:
            self._progress.hasher.update(data)
        view = memoryview(data)
        while view:
            written = os.write(self._file, view)
            self.at += written
            view = view[written:]

    def keep(self, size: int) -> None:
        """Forgets what lies beyond `size` bytes from the start of the content."""
        if self._turn == self._progress.writer and size < self.at:
            os.ftruncate(self._file, size)
            self.at = size

    def close(self) -> None:
        os.close(self._file)


def _kept(body: dict[str, Any]) -> dict[str, Any]:
    return {name: body[name] for name in ("user", "client", "scopes", "query", "base", "method")}


def _digest(path: Path) -> Digest:
    hasher = Hasher()
    with path.open("rb") as file:
        while piece := file.read(1024 * 1024):
            hasher.update(piece)
    return hasher.digest()
