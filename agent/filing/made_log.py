"""What we ever made on disk, line by line in a file beside the ledger: `<device> <inode> <SHA-256, or folder>`.

After a lost ledger it tells our files from those that somebody put among them or changed. Without it nothing that is
found is taken for ours to remove; so a line that could not be written does no harm.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import structlog

from agent.atomic import write_whole

log = structlog.get_logger(__name__)

FOLDER = "folder"


@dataclass(frozen=True, slots=True)
class Line:
    """One file or folder that we made; `what` is the file's SHA-256, or `FOLDER`."""

    device: int
    inode: int
    what: str


@dataclass(frozen=True, slots=True)
class EverMade:
    """`files` by inode and SHA-256 (devices are numbered anew when a machine starts), and their `contents` alone."""

    files: set[tuple[int, str]]
    contents: set[str]


class MadeLog:
    """The file at `path`; each method opens it anew."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def note(self, lines: Iterable[Line]) -> None:
        """Append before the names are given. Never raises: see above."""
        text = text_of(lines)
        if not text:
            return
        try:
            fd = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
            try:
                os.write(fd, text.encode())
            finally:
                os.close(fd)
        except OSError as error:
            log.warning("made_log.not_written", error=error.strerror)

    def read(self) -> EverMade:
        """All that was noted; half a line, left by a crash, is passed over."""
        try:
            lines = self.path.read_text(encoding="ascii", errors="replace").splitlines()
        except OSError:
            lines = []
        parts = (line.split(" ") for line in lines)
        files = {(int(one[1]), one[2]) for one in parts if len(one) == 3 and one[1].isdecimal()}
        return EverMade(files, {what for _, what in files})

    def lines(self) -> int:
        """How many were noted."""
        try:
            with self.path.open("rb") as file:
                return sum(1 for _ in file)
        except OSError:
            return 0

    def begin_anew(self, lines: Iterable[Line]) -> None:
        """Only these are left of all that was made. Raises `OSError`; then it is as before."""
        write_whole(self.path, text_of(lines).encode())


def text_of(lines: Iterable[Line]) -> str:
    return "".join(f"{one.device} {one.inode} {one.what}\n" for one in lines)
