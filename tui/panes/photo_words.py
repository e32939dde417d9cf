"""How photos are spoken of in lists and on their own page: states, places, steps. Pure drawing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from agent.model import End, PhotoState
from agent.service import PhotoDetails
from agent.service_browse import PhotoLine
from tui import words
from tui.draw import BLANK, Row, heading
from tui.fit import cut, first_names, fit, width_of
from tui.lists.list_pane import pointer
from tui.safe_text import safe_text

STATE, ARRIVED, DISTANCE = 11, 13, 6  # cells
WIDE = 60  # from this width on a list says when each arrived

_STATES = {
    PhotoState.WAITING: ("on its way", "$ink"),
    PhotoState.FAILED: ("FAILED", "bold $bad"),
    PhotoState.HELD: ("HELD", "bold $warn"),
    PhotoState.DISMISSED: ("set aside", "$dim"),
}
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


def state_words(state: str, filed: bool, verified: bool, drive_off: bool) -> tuple[str, str]:
    """Where a photo stands, in one or two words, and their style."""
    known = {one.value: told for one, told in _STATES.items()}
    if state in known:
        return known[state]
    if verified:
        return "verified", "$dim"
    if filed:
        return ("filed", "$dim") if drive_off else ("sending", "$ink")
    return "on its way", "$ink"


def draw_line(line: PhotoLine, width: int, marked: bool, now: float, drive_off: bool, whose: str = "") -> Row:
    """A photo in a list; `whose`: the person whose list it is, who needs no mention in it."""
    word, style = state_words(line["state"], line["filed_at"] is not None, line["verified_at"] is not None, drive_off)
    wide = width >= WIDE
    name = 24 if wide else 13
    far = DISTANCE if line["distance"] is not None and width >= WIDE else 0
    room = width - 2 - name - 1 - far - (STATE + 1 if wide else 0) - (ARRIVED + 1 if wide else 0)
    others = [who for who in line["to"] if who != whose]
    company = first_names(others, room) if others or not whose else fit("alone", room)
    row: Row = [
        pointer(marked),
        (fit(line["name"], name) + " ", "bold $ink" if marked else "$ink"),
        (company, "$people" if others else "$dim"),
    ]
    if far and line["distance"] is not None:
        row.append((f"{line['distance']:>{far}.2f}", "$dim"))
    if wide:
        row += [
            (f" {fit(word, STATE)}", style),
            (f" {words.day_and_clock(line['arrived_at'], now):>{ARRIVED}}", "$dim"),
        ]
    return row


# ---- one photo


def draw_photo(photo: PhotoDetails, place: str, width: int, height: int, now: float, drive_off: bool) -> list[Row]:
    """All that is known of it, the most asked for first."""
    rows = [heading(fit(photo["name"], min(width_of(photo["name"]), width - 14)), width, place)]
    rows += _who(photo, width)
    rows += [BLANK, *_where(photo, width, drive_off), BLANK, *_steps(photo, width, now, drive_off)]
    facts = [BLANK, *_facts(photo, width)]
    return (rows + facts)[:height]


def _who(photo: PhotoDetails, width: int) -> list[Row]:
    people = sorted(photo["people"], key=lambda one: one["distance"])
    rows: list[Row] = [
        [(fit(one["name"], width - 16), "$people"), (f"distance {one['distance']:.2f}".rjust(16), "$dim")]
        for one in people
    ]
    unknown = photo["faces"] - len(people)
    if unknown > 0 or not people:
        some = (
            "no face in it" if not photo["faces"] else f"{unknown} {'face' if unknown == 1 else 'faces'} nobody knows"
        )
        rows.append([(fit(some, width), "$dim")])
    return rows


def _where(photo: PhotoDetails, width: int, drive_off: bool) -> list[Row]:
    """A row for each folder that it is in, or is to be in."""
    drive = 0 if drive_off else 11
    room = width - 8 - drive
    rows: list[Row] = [
        [
            (fit("Folder", room), "$dim"),
            (fit("Here", 8), "$dim"),
            (fit("Drive", drive), "$dim"),
        ]
    ]
    for one in photo["placements"]:
        here, here_style = _DISK.get(one["disk"], (str(one["disk"]), "$dim"))
        there, there_style = _DRIVE.get(one["drive"], ("waits", "$dim"))
        if not one.get("wanted", True):
            here, there, here_style, there_style = "goes", "goes", "$dim", "$dim"
        rows.append(
            [
                (fit(short_folder(one["folder"]), room - 1) + " ", "$ink"),
                (fit(here, 8), here_style),
                (fit(there, drive), there_style),
            ]
        )
    if not photo["placements"]:
        word, style = state_words(photo["state"], False, False, drive_off)
        rows.append([(fit("none yet", room), "$dim"), (fit(word, 8 + drive), style)])
    return rows


def short_folder(path: str) -> str:
    """`Mia Lindqvist/Group`: without what all paths begin with."""
    parts = safe_text(path).split("/")
    return "/".join(parts[parts.index("People") + 1 :]) if "People" in parts else "/".join(parts)


def _steps(photo: PhotoDetails, width: int, now: float, drive_off: bool) -> list[Row]:
    """When each step was done, and how long after the photo's arrival."""
    began = photo["arrived_at"]
    steps: list[tuple[str, float | None]] = [("Faces", photo["looked_at"]), ("Filed", photo["filed_at"])]
    if not drive_off:
        steps.append(("Verified", photo["verified_at"]))
    rows: list[Row] = [[(fit("Arrived", 10), "$dim"), (fit(words.day_and_clock(began, now), width - 10), "$ink")]]
    for name, at in steps:
        told = [(words.NOTHING, "$dim")]
        if at is not None:
            told = [(words.day_and_clock(at, now), "$ink"), (f"   after {words.took(at - began)}", "bold $ink")]
        rows.append([(fit(name, 10), "$dim"), *told])
    return rows


def _facts(photo: PhotoDetails, width: int) -> list[Row]:
    parts = [f"{photo['width']} x {photo['height']}"] if photo["width"] and photo["height"] else []
    parts += [words.size(photo["bytes"]), photo["mime"].rpartition("/")[2].upper()]
    rows: list[Row] = [[(cut(", ".join(parts), width), "$dim")]]
    if photo["taken_at"]:
        rows.append([(cut(f"taken {photo['taken_at'].replace('T', ' ')[:19]}", width), "$dim")])
    rows += [[(fit(path, width), "$dim")] for path in photo["originals"][:2]]
    return rows


def links(placements: Sequence[dict[str, Any]]) -> list[str]:
    """Addresses on Drive, of those that are there."""
    there = [one["drive_id"] for one in placements if one["drive"] == End.THERE and one["drive_id"]]
    return [f"https://drive.google.com/file/d/{found}/view" for found in there]
