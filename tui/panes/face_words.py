"""What stands under and beside faces: a group's caption, a question and its scale. Pure drawing."""

from __future__ import annotations

from collections.abc import Sequence

from agent.service_people import ReviewRow, UnknownRow
from tui import words
from tui.draw import BLANK, Row
from tui.fit import cut, fit
from tui.safe_text import safe_text

GAP = 2  # cells between pictures
BEYOND = 1.35  # of the upper limit: where the scale ends


def caption(group: UnknownRow, width: int, marked: bool) -> Row:
    """`> Guest 07   23`: the mark, the name, and in how many photos."""
    count = words.number(group["photos"], 6)
    name = group["name"] or "nobody yet"
    return [
        ("> " if marked else "  ", "bold $accent"),
        (fit(name, width - 3 - len(count)), "bold $ink" if marked else "$ink"),
        (f" {count}", "bold $ink" if marked else "$dim"),
    ]


def last_seen(group: UnknownRow, width: int) -> Row:
    at = group["last_seen_at"]
    return [("  ", ""), (fit(f"last {words.clock(at, seconds=False)}" if at else "", width - 2), "$dim")]


def side_by_side(rows: Sequence[Row], width: int) -> Row:
    """Captions of `width` cells each, with the gap of the pictures above them."""
    line: Row = []
    for index, row in enumerate(rows):
        line += [(" " * GAP, ""), *row] if index else row
    return line


def group_count(groups: Sequence[UnknownRow]) -> str:
    faces = sum(group["faces"] for group in groups)
    counted = f"{words.number(len(groups))} {'group' if len(groups) == 1 else 'groups'}"
    return f"{words.number(faces)} {'face' if faces == 1 else 'faces'} in {counted}, largest first"


def scale(distance: float, limits: tuple[float, float], width: int) -> Row:
    """Both limits as `|`, the distance as a full block; a bar as far as it would be filed by itself."""
    cells = max(10, width)
    end = max(limits[1] * BEYOND, distance * 1.02, 0.01)

    def place(value: float) -> int:
        return min(cells - 1, max(0, int(value / end * cells)))

    low, high, here = place(limits[0]), place(limits[1]), place(distance)
    row: Row = []
    for cell in range(cells):
        if cell == here:
            row.append(("█", "$warn" if low <= here <= high else "$ok" if here < low else "$bad"))
        elif cell in (low, high):
            row.append(("|", "$ink"))
        elif cell < low:
            row.append(("▄", "$ok"))
        else:
            row.append(("▁", "$warn" if cell < high else "$rule"))
    return row


def question(review: ReviewRow, width: int, height: int) -> list[Row]:
    """Whose faces these are, how near they are, and why it is asked; the keys are the caller's."""
    at = words.clock(review["seen_at"], seconds=False)
    name = safe_text(review["name"])
    low, high = review["limits"]
    wide = width >= 40
    rows: list[Row] = [
        [("Left  ", "bold $ink"), (fit(f"{safe_text(review['photo_name'])}, {at}", width - 6), "$dim")],
        [("Right ", "bold $ink"), (fit(name, width - 6), "$people")],
    ]
    if review["why"] != "near miss" and height >= 6:
        rows.append([(cut(review["why"], width), "$warn")])
    elif height >= 6:
        rows.append(BLANK)
    told = f"   same to {low:.2f}, asked to {high:.2f}" if wide else ""
    rows.append([("Distance ", "$ink"), (f"{review['distance']:.2f}", "bold $warn"), (cut(told, width - 13), "$dim")])
    if wide:
        rows.append([("same ", "$dim"), *scale(review["distance"], (low, high), width - 12), (" other", "$dim")])
    else:
        rows.append(scale(review["distance"], (low, high), width))
    return rows
