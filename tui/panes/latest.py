"""Latest: proof that photos arrive, to whom they went, and how long that took."""

from __future__ import annotations

from agent.model import FOLDER_NAMES, DriveState, FolderKind
from agent.service import LatestPhoto
from tui import words
from tui.draw import Row, heading
from tui.fit import first_names, fit
from tui.pane import Pane
from tui.view import View

WIDE = 50
SMALL = 3  # rows: no heading
_NOBODY = {FOLDER_NAMES[kind] for kind in (FolderKind.NO_FACES, FolderKind.UNKNOWN, FolderKind.VIDEOS)}


def draw_latest(view: View, width: int, height: int) -> list[Row]:
    """The newest first."""
    status = view.state.status
    off = status is not None and status["drive"]["state"] == DriveState.DISABLED
    heads = f"from drop to {'filed' if off else 'verified'}" if width >= WIDE else "took"
    rows = [] if height <= SMALL else [heading("Latest", width, heads, "filed" if off else "on Drive")]
    rows += [_photo(photo, width) for photo in view.state.latest[: height - len(rows)]]
    if not view.state.latest and status is not None:
        rows.append([(fit("None yet.", width), "$dim")])
    return rows


def _photo(photo: LatestPhoto, width: int) -> Row:
    wide = width >= WIDE
    gap = "  " if wide else " "
    style = "$dim" if photo["to"] and photo["to"][0] in _NOBODY else "$people"
    time = words.clock(photo["at"], seconds=wide)
    took = 6 if wide else 5
    room = width - len(time) - 12 - 2 * len(gap) - took
    return [
        (time, "$dim"),
        (gap, ""),
        (fit(photo["photo"], 12), "$ink"),
        (gap, ""),
        (first_names(photo["to"], room), style),
        (f"{words.took(photo['took']):>{took}}", "bold $ink"),
    ]


class Latest(Pane):
    SECTIONS = frozenset({"latest", "status"})

    def draw(self, width: int, height: int) -> list[Row]:
        return draw_latest(self.view, width, height)
