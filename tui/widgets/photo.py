"""All that is known of one photo, the most asked for first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from agent.clock import from_iso, from_iso_or_none
from agent.model import FOLDER_NAMES, End, FolderKind, PhotoState
from agent.requests.events import signed
from agent.requests.photos import PhotoDetails, PhotoFace
from tui import words
from tui.draw import BLANK, Row, cut, fit, fit_path, heading, width_of
from tui.pictures.pixels import Framed
from tui.terminal import osc
from tui.terminal.osc import linked
from tui.widgets.list_pane import pointer
from tui.widgets.photos import state_words
from tui.widgets.rows import Pane
from tui.words import safe_text

GOING = "being removed"
_DISK = {
    End.THERE: ("there", "$ink"),
    End.REMOVED: ("removed", "$dim"),
    End.ABSENT: ("waits", "$dim"),
    End.RESERVED: ("waits", "$dim"),
}
_DRIVE = {
    End.THERE: ("verified", "$ok"),
    End.REMOVED: ("removed", "$dim"),
    End.SENDING: ("on its way", "$ink"),
    End.TRASHED: ("in trash", "$dim"),
}
ZONES = {"utc": "zone not said: read as UTC", "local": "zone not said: read as ours"}
OTHERS = 10  # rows that are kept for all else
FACES = 4  # that are shown at least
ROOMY = 44  # columns for how many faces one was judged together with, too


class PhotoFacts(Pane):
    SECTIONS = frozenset({"status"})

    def __init__(self) -> None:
        super().__init__(id="photo-facts")
        self._details: PhotoDetails | None = None
        self._place = ""
        self._trouble = ""
        self._marked: str | None = None

    def tell(self, details: PhotoDetails | None, place: str, marked: str | None, trouble: str = "") -> None:
        self._details, self._place, self._marked, self._trouble = details, place, marked, trouble
        self.redraw()

    def draw(self, width: int, height: int) -> list[Row]:
        if self._details is None:
            return [heading("Photo", width, self._place), [(cut(self._trouble, width), "$dim")]]
        drive_off = self.view.state.drive_off
        return draw_photo(self._details, self._place, width, height, self.view.now, drive_off, self._marked)


def draw_photo(
    photo: PhotoDetails, place: str, width: int, height: int, now: float, drive_off: bool, marked: str | None = None
) -> list[Row]:
    """All that is known of it, the most asked for first; `marked`: the id of a face."""
    number = f"number {photo['id']}"
    room = width - width_of(number) - width_of(place) - 4
    rows = [heading(fit(photo["name"], min(width_of(photo["name"]), room)), width, place, number)]
    if photo["each_face"] or photo["looked_at"] is not None:
        rows += _faces(photo["each_face"], marked, width, max(FACES, height - OTHERS))
    else:
        rows.append([(cut(_not_looked_at(photo), width), "$dim")])
    rows += [BLANK, *_where(photo, width, drive_off), BLANK, *_steps(photo, width, now, drive_off)]
    facts = [BLANK, *_facts(photo, width)]
    return (rows + facts)[:height]


def _not_looked_at(photo: PhotoDetails) -> str:
    failed = photo["state"] in (PhotoState.FAILED, PhotoState.DISMISSED)
    return "it could not be looked at" if failed else "not looked at yet"


def _faces(faces: Sequence[PhotoFace], marked: str | None, width: int, room: int) -> list[Row]:
    """Those around the marked one, where there are more than rows for them."""
    if not faces:
        return [[("no face in it", "$dim")]]
    at = next((n for n, one in enumerate(faces) if one["face_id"] == marked), 0)
    shown = room if len(faces) <= room else room - 1
    first = max(0, min(at - shown // 2, len(faces) - shown))
    rows = [
        draw_face(number, one, width, one["face_id"] == marked)
        for number, one in list(enumerate(faces, 1))[first : first + shown]
    ]
    if len(faces) > shown:
        rows.append([(cut(f"    and {len(faces) - shown} more: tab", width), "$dim")])
    return rows


def draw_face(number: int, face: PhotoFace, width: int, marked: bool) -> Row:
    """`>2 Mia Lindqvist   distance 0.31, 12 alike`, by the number that stands in the picture."""
    name, style = face["name"] or "unnamed", "$people"
    if face["name"] is None:
        style = "$dim"
    elif not face["sure"]:
        name, style = f"{name}?", "$warn"
    alike = f", {face['alike']} alike" if face["alike"] > 1 and width >= ROOMY else ""
    far = "" if face["distance"] is None else f"distance {face['distance']:.2f}{alike}"
    told = far or ("" if face["unknown"] else "not asked about")
    return [
        pointer(marked),
        (f"{number:<2} ", "bold $accent"),
        (fit(name, width - 6 - width_of(told)), f"bold {style}" if marked else style),
        (f" {told}", "$dim"),
    ]


def _where(photo: PhotoDetails, width: int, drive_off: bool) -> list[Row]:
    """A row for each folder that it is in, or is to be in."""
    drive = 0 if drive_off else 11
    room = width - 8 - drive
    rows: list[Row] = [[(fit("Folder", room), "$dim"), (fit("Here", 8), "$dim"), (fit("Drive", drive), "$dim")]]
    for one in photo["placements"]:
        if not one["wanted"]:
            to = width - len(GOING) - 1
            rows.append([(fit_path(short_folder(one["folder"]), to) + " ", "$ink"), (GOING, "$dim")])
            continue
        here, here_style = _DISK.get(one["disk"], (str(one["disk"]), "$dim"))
        there, there_style = _DRIVE.get(one["drive"], ("waits", "$dim"))
        if one["only_here"]:
            there, there_style = "only here", "$dim"
        elif one["kept_back"] and one["drive"] == End.THERE:
            there, there_style = "small copy", "$warn"
        elif one["long_side"] and one["drive"] == End.THERE:
            there = f"{one['long_side']:,} px"
        here_style = linked(here_style, osc.folder(str(one["path"]).rpartition("/")[0]) if one["path"] else "")
        there_style = linked(there_style, next(iter(links([one])), ""))
        rows.append(
            [
                (fit_path(short_folder(one["folder"]), room - 1) + " ", "$ink"),
                (fit(here, 8), here_style),
                (fit(there, drive), there_style),
            ]
        )
    if not photo["placements"]:
        word, style = state_words(photo["state"], False, False, drive_off)
        none = "none yet" if style != "$dim" else "none"
        rows.append([(fit(none, room), "$dim"), (fit(word, 8 + drive), style)])
    return rows


def short_folder(path: str) -> str:
    """`Mia Lindqvist/Group`: without what all paths begin with."""
    parts = safe_text(path).split("/")
    return "/".join(parts[parts.index("People") + 1 :]) if "People" in parts else "/".join(parts)


def _steps(photo: PhotoDetails, width: int, now: float, drive_off: bool) -> list[Row]:
    """When each step was done, and how long after the photo's arrival."""
    began = from_iso(photo["arrived_at"])
    steps = [("Faces", photo["looked_at"]), ("Filed", photo["filed_at"])]
    if not drive_off:
        steps.append(("Verified", photo["verified_at"]))
    rows: list[Row] = [[(fit("Arrived", 10), "$dim"), (fit(words.day_and_clock(began, now), width - 10), "$ink")]]
    for name, done_at in steps:
        at = from_iso_or_none(done_at)
        told = [(words.NOTHING, "$dim")]
        if at is not None:
            told = [(words.day_and_clock(at, now), "$ink"), (f"   after {words.took(at - began)}", "bold $ink")]
        rows.append([(fit(name, 10), "$dim"), *told])
    return rows


def _facts(photo: PhotoDetails, width: int) -> list[Row]:
    parts = [f"{photo['width']} x {photo['height']}"] if photo["width"] and photo["height"] else []
    parts += [words.size(photo["bytes"]), photo["mime"].rpartition("/")[2].upper()]
    rows: list[Row] = [[(cut(", ".join(parts), width), "$dim")]]
    if photo["burst"] > 1:
        told = "the sharpest" if photo["sharpest"] else "not the sharpest"
        rows.append([(cut(f"{told} of {photo['burst']} of a burst", width), "$dim")])
    if photo["taken_at"]:
        rows.append([(cut(f"taken {photo['taken_at'].replace('T', ' ')[:19]}", width), "$dim")])
    if photo["taken_at"] and photo["clock_ahead"]:
        rows.append([(cut(f"camera's clock {signed(photo['clock_ahead'])}", width), "$dim")])
    if photo["taken_for"]:
        rows.append([(cut(ZONES[photo["taken_for"]], width), "$dim")])
    rows += [[(fit_path(path, width), "$dim")] for path in photo["originals"][:2]]
    return rows


def links(placements: Sequence[dict[str, Any]]) -> list[str]:
    """Addresses on Drive, of those that are there."""
    there = [one["drive_id"] for one in placements if one["drive"] == End.THERE and one["drive_id"]]
    return [f"https://drive.google.com/file/d/{found}/view" for found in there]


def company_of(photo: PhotoDetails) -> tuple[bool, bool]:
    """Whether it is in somebody's folder of portraits, and in one of groups."""
    wanted = [one["folder"] for one in photo["placements"] if one["wanted"]]
    solo, group = (
        any(folder.endswith(f"/{FOLDER_NAMES[kind]}") for folder in wanted)
        for kind in (FolderKind.SOLO, FolderKind.GROUP)
    )
    return solo, group


def boxes(photo: PhotoDetails) -> list[Framed]:
    """Of its faces, as shares of the picture."""
    wide, high = photo["width"], photo["height"]
    if not wide or not high:
        return []
    return [
        (left / wide, top / high, right / wide, bottom / high)
        for left, top, right, bottom in (one["box"] for one in photo["each_face"])
    ]
