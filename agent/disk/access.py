"""Who may do what with the files and folders that we make: what the settings say, where they say anything.

It is given to a file or folder that nobody else can open as yet, by its descriptor, before it gets its name.
"""

from __future__ import annotations

import grp
import os
import stat
from contextlib import suppress
from dataclasses import dataclass
from typing import Self

ENTERED_BY_READERS = 2  # bits between `r` and `x`


@dataclass(frozen=True, slots=True)
class Access:
    """`mode` of files; a folder may be entered by whoever may read it. `group` by its number. `None`: the usual."""

    mode: int | None = None
    group: int | None = None

    @classmethod
    def of(cls, mode: str, group: str) -> Self:
        """From the settings' words, which were checked; empty ones say nothing."""
        return cls(int(mode, 8) if mode else None, grp.getgrnam(group).gr_gid if group else None)

    @property
    def folder_mode(self) -> int | None:
        return None if self.mode is None else self.mode | (self.mode & 0o444) >> ENTERED_BY_READERS

    def new_file(self, usual: int) -> int:
        """What a file is made with that would usually have this mode."""
        return usual if self.mode is None else 0o600

    @property
    def new_folder(self) -> int:
        return 0o777 if self.mode is None else 0o700

    def is_given(self, file: os.stat_result) -> bool:
        """Whether a file has it."""
        mode = self.mode is None or stat.S_IMODE(file.st_mode) == self.mode
        return mode and (self.group is None or file.st_gid == self.group)

    def give(self, fd: int) -> None:
        """To a file or folder that we just made. Where a disk knows no owners (exFAT, shares), nothing changes."""
        if self.mode is None and self.group is None:
            return
        folder = stat.S_ISDIR(os.fstat(fd).st_mode)
        mode = self.folder_mode if folder else self.mode
        with suppress(OSError):
            if self.group is not None:
                os.fchown(fd, -1, self.group)
        with suppress(OSError):
            if mode is not None:
                os.fchmod(fd, mode)


USUAL = Access()
