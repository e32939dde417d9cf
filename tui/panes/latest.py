"""Latest: proof that photos arrive, to whom they went, and how long that took."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from agent.model import FOLDER_NAMES, DriveState, FolderKind
from agent.service_snapshot import LatestPhoto
from tui import words
from tui.draw import Row, heading
from tui.fit import first_names, fit
from tui.lists.list_pane import ListPane

WIDE = 50
SMALL = 3  # rows: no heading
_NOBODY = {FOLDER_NAMES[kind] for kind in (FolderKind.NO_FACES, FolderKind.UNKNOWN, FolderKind.VIDEOS)}


class Latest(ListPane[LatestPhoto]):
    """The newest first; the mark is there once somebody goes to the pane, and opens a photo."""

    SECTIONS = frozenset({"latest", "status"})
    NEWEST_FIRST = True

    def entries(self) -> Sequence[LatestPhoto]:
        return self.view.state.latest

    def key(self, entry: LatestPhoto) -> Hashable:
        return entry["id"]

    def draw_head(self, width: int, height: int) -> list[Row]:
        if height <= SMALL:
            return []
        status = self.view.state.status
        off = status is not None and status["drive"]["state"] == DriveState.DISABLED
        heads = f"from drop to {'filed' if off else 'verified'}" if width >= WIDE else "took"
        return [heading("Latest", width, heads, "filed" if off else "on Drive")]

    def draw_empty(self, width: int) -> list[Row]:
        return [[(fit("None yet.", width), "$dim")]] if self.view.state.status is not None else []

    def draw_entry(self, entry: LatestPhoto, width: int, marked: bool) -> list[Row]:
        return [draw_photo(entry, width, marked)]


def draw_photo(photo: LatestPhoto, width: int, marked: bool = False) -> Row:
    wide = width >= WIDE
    gap = "  " if wide else " "
    style = "$dim" if photo["to"] and photo["to"][0] in _NOBODY else "$people"
    time = words.clock(photo["at"], seconds=wide)
    took = words.took(photo["took"]).rjust(6 if wide else 5)
    took = took if took.startswith(" ") else f" {took}"  # never touches a name
    room = width - len(time) - 12 - 2 * len(gap) - len(took)
    return [
        (time, "$dim"),
        (">".ljust(len(gap)) if marked else gap, "bold $accent" if marked else ""),
        (fit(photo["photo"], 12), "bold $ink" if marked else "$ink"),
        (gap, ""),
        (first_names(photo["to"], room), style),
        (took, "bold $ink"),
    ]
