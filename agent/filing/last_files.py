"""The last file of a photo that is withdrawn is kept aside, so that the withdrawal can be taken back: the card it came
on may be empty by then.

It lies in a folder of the workspace's own, under its SHA-256, until the photo is filed again.
"""

from __future__ import annotations

import os
from pathlib import Path

from agent.filing import files
from agent.filing.files import OtherBytes, Spot
from agent.ledger.made import Made
from agent.regular import NotRegular

FOLDER = "withdrawn"


class LastFiles:
    """`state`: the workspace's own folder, that nobody else reads."""

    def __init__(self, state: Path) -> None:
        self._folder = state / FOLDER

    def path(self, sha256: str) -> Path:
        return self._folder / sha256

    def all(self) -> list[str]:
        """SHA-256 of each that is kept."""
        return sorted(one.name for one in self._folder.glob("[!.]*"))

    def keep(self, spot: Spot, made: Made | None, sha256: str) -> None:
        """A further name for that file, or a copy, if it holds the photo. Raises `OSError`, and leaves nothing then."""
        self._folder.mkdir(0o700, parents=True, exist_ok=True)
        folder = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            target, temporary = Spot(folder, sha256), Spot(folder, f".{sha256}.part")
            if files.made_at(target) is not None:  # its name is the last that it gets
                return
            kept = None if made is None else files.link(spot, temporary, made)
            if kept is None:
                with files.open_spot(spot) as file:
                    kept = files.copy(file, temporary, sha256, 0o600)
            files.publish(temporary, target, kept)
            files.sync(folder)
        except (FileNotFoundError, NotADirectoryError, OtherBytes, NotRegular):
            return  # it is none of ours, or not there
        finally:
            os.close(folder)
