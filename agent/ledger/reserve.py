"""Room that is kept for decisions: a file that is given up when the disk is full.

Cards are copied by other programs, which fill a disk to its last byte. What an operator decides then can still be
written, and an agent can still start; photos wait until there is room again.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from agent.atomic import free_bytes

SIZE = 4 << 20  # bytes
ROOM = 2 * SIZE  # bytes free from which the disk counts as having room again, and the reserve is made anew


class Reserve:
    """One file. Never in anybody's way: what cannot be kept is done without."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._wanted = False

    def want(self) -> None:
        """Keep the file from now on."""
        self._wanted = True
        self.keep()

    def keep(self) -> None:
        """Make the file where it is wanted and missing, and room is."""
        with contextlib.suppress(OSError):
            if not self._wanted or self._path.exists() or not self.has_room():
                return
            try:
                self._path.write_bytes(
                    os.urandom(SIZE)
                )  # not zeros: a file system that compresses keeps no room for them
                self._path.chmod(0o600)
            except OSError:
                self._path.unlink()

    def give_up(self) -> bool:
        """Remove the file. Answers whether that made room."""
        try:
            self._path.unlink()
        except OSError:
            return False
        return True

    def has_room(self) -> bool:
        """Whether the disk is not full, or nobody can tell."""
        try:
            return free_bytes(self._path.parent) >= ROOM
        except OSError:
            return True
