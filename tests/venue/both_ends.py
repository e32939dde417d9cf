"""Whose folders hold which photos, on disk and on Drive; for tests that say how both have to be."""

from __future__ import annotations

import time
from pathlib import Path

from tests.emulator.drive import Emulator
from tests.making import files_below

Filed = dict[str, set[str]]  # name -> photos


class BothEnds:
    """Waits until both hold what is expected; anything else is told with what is there."""

    def __init__(self, root: Path, emulator: Emulator, event: str = "default") -> None:
        self.root = root
        self.emulator = emulator
        self.event = event

    def disk(self) -> Filed:
        return in_folders([f"People/{path}" for path in files_below(self.root / "People") if path.endswith(".jpg")])

    def drive(self) -> Filed:
        files = [one for one in self.emulator.files() if not one["trashed"] and one["mimeType"] == "image/jpeg"]
        return in_folders([one["path"].removeprefix(f"venuesync/{self.event}/") for one in files])

    def people_folders(self) -> tuple[set[str], set[str]]:
        """On disk, on Drive."""
        files = [one["path"].split("/") for one in self.emulator.files() if not one["trashed"]]
        return (
            {path.name for path in (self.root / "People").glob("*")},
            {path[3] for path in files if len(path) == 4 and path[1:3] == [self.event, "People"]},
        )

    def expect(self, wanted: Filed, what: str) -> None:
        """`wanted` names everybody who has folders, with empty sets, too."""
        full = {name: photos for name, photos in wanted.items() if photos}
        for _ in range(300):
            disk, drive, folders = self.disk(), self.drive(), self.people_folders()
            if disk == drive == full and folders == (set(wanted), set(wanted)):
                return
            time.sleep(0.1)
        raise AssertionError((what, differing(wanted, disk), differing(wanted, drive), folders))


def in_folders(paths: list[str]) -> Filed:
    """From paths `People/<Name>/Solo/<photo>`; empty folders count as nothing."""
    found: Filed = {}
    for path in paths:
        parts = path.split("/")
        if parts[0] == "People" and len(parts) == 4:
            assert parts[3] not in found.get(parts[1], set()), "in one of her folders, not in both"
            found.setdefault(parts[1], set()).add(parts[3])
    return found


def differing(wanted: Filed, found: Filed) -> dict[str, tuple[set[str], set[str]]]:
    """Name -> what is missing, what is there besides."""
    names = {*wanted, *found}
    both = {name: (wanted.get(name, set()), found.get(name, set())) for name in names}
    return {name: (want - have, have - want) for name, (want, have) in both.items() if want != have}
