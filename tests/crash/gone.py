"""Events that were removed: what lay in them stays as it was, here and on Drive."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from tests.making import contents_below
from tests.venue.manifest import Manifest, md5

Row = dict[str, Any]
OUTPUTS = ("People", "Unsorted", "All Photos")


class Lies(NamedTuple):
    """A file on Drive; `sha256` is its photo's, which may have been made smaller."""

    md5: str
    sha256: str
    trashed: bool


@dataclass
class Gone:
    """`lay`: what was filed in it, wanted there, when that was said: its MD5 here, its photos' SHA-256 on Drive.

    What was under way then may still end; from the first look on everything is as it was at that.
    """

    id: str
    folder: str
    lay: tuple[set[str], set[str]]
    above: set[str]  # where it lies on Drive, on each that it went to
    drive: dict[str, Lies] = field(default_factory=dict[str, Lies])  # by id
    seen: bool = False

    def look(self, root: Path, files: list[Row], expected: Manifest, blurred: set[str]) -> Iterator[str]:
        """What is amiss; here at the first look only: from then on its files are among those to be kept.

        `blurred`: SHA-256 of photos, in other events now, on which somebody is not to be seen, nor in Drive's trash.
        """
        here, there = filed(root, self.folder), self._on_drive(files)
        if not self.seen:
            self.seen, self.drive = True, there
            for path in here:
                expected.keep(path)
            lie = {one.sha256 for one in there.values() if not one.trashed}
            yield from (f"{self.folder} was removed: {one} is not here" for one in self.lay[0] - {*here.values()})
            yield from (f"{self.folder} was removed: {one} is not on Drive" for one in self.lay[1] - lie)
            return
        for id in [id for id, one in self.drive.items() if one.trashed and one.sha256 in blurred and id not in there]:
            del self.drive[id]
        if there != self.drive:
            changed = sorted(f"{one}: {self.drive.get(one)} -> {there.get(one)}" for one in {*there, *self.drive})
            yield f"{self.folder} was removed, and changed on Drive: {changed}"

    def _on_drive(self, files: list[Row]) -> dict[str, Lies]:
        self.above |= above(files, self.id)
        return on_drive(files, self.above)


def above(files: list[Row], id: str) -> set[str]:
    """Paths of an event's folders, on whatever Drive."""
    mark = f"event:{id}"
    return {one["path"] for one in files if one["appProperties"].get("venuesync_folder") == mark and not one["trashed"]}


def filed(root: Path, folder: str) -> dict[Path, str]:
    """Path -> MD5 of all that is filed in an event's folder."""
    tops = [root / "Events" / folder / output for output in OUTPUTS]
    return {top / path: md5(what) for top in tops for path, what in contents_below(top).items()}


def on_drive(files: list[Row], above: set[str]) -> dict[str, Lies]:
    """All files below these folders, by id."""
    below = tuple(f"{one}/" for one in above)
    return {
        one["id"]: Lies(one["md5Checksum"], one["appProperties"].get("venuesync_photo", ""), bool(one["trashed"]))
        for one in files
        if one.get("md5Checksum") and one["path"].startswith(below)
    }
