"""What the enroll dialog says: the photos to choose from, the verdict on each, and what was made. Pure drawing."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from agent.model import DriveState
from agent.service_people import ReferenceVerdict
from agent.service_status import StatusDocument
from tui import words
from tui.choice import Choice
from tui.draw import Row, heading
from tui.fit import cut, fit, width_of, wrap
from tui.safe_text import safe_text
from tui.screens.enroll_asking import Enrolled

_WORDS = {  # what a verdict speaks of, and the word for it
    "too small": "TOO SMALL",
    "blur": "BLURRED",
    "turned": "TURNED",
    "dark": "DARK",
    "somebody else": "OTHER",
    "no face": "NO FACE",
}


Words = Callable[[str], tuple[str, str] | None]  # of a path: its verdict and the style of that


def draw_choice(
    choice: Choice, empty: str, now: float, width: int, height: int, words_of: Words = lambda _path: None
) -> list[Row]:
    """A heading and a page of offers; the marked row has `>`, a taken photo `[x]`, a seen one its verdict."""
    taken = f"{len(choice.taken)} chosen" if choice.taken else "none chosen"
    rows = [heading("Choose photos", width, taken)]
    if not choice.offered:
        rows.append([(cut(f"  {empty}", width), "$dim")])
    age = 11 if width >= 34 else 0
    for index in choice.window(height - 1):
        found = choice.offered[index]
        here, has = index == choice.mark, found in choice.taken
        box = "    " if found.folder else "[x] " if has else "[ ] "
        name = found.name + ("/" if found.folder else "")
        room = width - 6 - age
        where = min(24, room // 2) if width >= 50 else 0
        row: Row = [
            ("> " if here else "  ", "bold $accent"),
            (box, "bold $accent" if has else "$dim"),
            (fit(name, room - where), "bold $ink" if here else "$ink"),
        ]
        if age:
            told, style = words_of(found.path) or (words.ago(now - found.at), "$dim")
            row += [(fit(found.where, where), "$dim"), (f"{cut(told, age - 1):>{age}}", style)]
        rows.append(row)
    return rows


def draw_verdicts(references: Sequence[ReferenceVerdict], width: int, height: int) -> list[Row]:
    """A face a row: used or not, and why not in capitals with the reason behind it."""
    good = sum(1 for reference in references if reference["used"])
    rows = [heading("Faces found", width, f"{good} of {len(references)} good enough")]
    for reference in references[: height - 1]:
        used = reference["used"]
        word, reason = verdict(reference)
        room = 24 if width >= 60 else max(8, width - 6 - 2 - 14)
        rest = width - 6 - room - 2
        word = cut(word, rest)
        reason = cut(reason, rest - width_of(word) - 2) if rest - width_of(word) > 8 else ""
        rows.append(
            [
                ("  ", ""),
                ("[x] " if used else "[ ] ", "bold $accent" if used else "$dim"),
                (fit(reference["photo"], room), "$ink"),
                ("  ", ""),
                (word, "bold $ok" if used else "bold $warn"),
                (f"  {reason}" if reason else "", "$dim"),
            ]
        )
    return rows


def verdict(reference: ReferenceVerdict) -> tuple[str, str]:
    """The word in capitals and the reason behind it."""
    if reference["used"]:
        return "GOOD", ""
    said = safe_text(reference["verdict"]).strip()
    if reference["faces"] > 1:
        return f"{reference['faces']} FACES", "it has to be one"
    for about, word in _WORDS.items():
        if about in said.lower():
            return word, said.partition(":")[2].strip()
    return "NOT USED", said


def draw_result(result: Enrolled, status: StatusDocument | None, width: int) -> list[Row]:
    """`Done in 1.8 s:` what was made and where, and how many earlier photos are hers now."""
    done = f"Done in {result.seconds:.1f} s: "
    indent = width_of(done) if width >= 60 else 0
    first = "" if indent else done
    lines = wrap(first + _made(result, status), width - indent, 2)
    lines += wrap(matched(result.matched), width - indent, 1)
    rows: list[Row] = []
    for index, line in enumerate(lines):
        if indent:
            rows.append([(done if index == 0 else " " * indent, "bold $ok"), (line, "$ink")])
        elif index == 0:
            rows.append([(line[: len(done)], "bold $ok"), (line[len(done) :], "$ink")])
        else:
            rows.append([(line, "$ink")])
    return rows


def _made(result: Enrolled, status: StatusDocument | None) -> str:
    name = safe_text(result.name)
    if not result.new:
        used = result.used
        return f"{'1 more reference' if used == 1 else f'{used} more references'} for {name}."
    return f"{_place(result.folders) or name} made here{_on_drive(status)}."


def _place(folders: Sequence[str]) -> str:
    """`People/Linnea Berg`: the last two names of where Solo and Group lie."""
    if not folders:
        return ""
    parts = safe_text(folders[0]).rstrip("/").split("/")
    if parts[-1] in ("Solo", "Group"):
        parts.pop()
    return "/".join(parts[-2:])


def _on_drive(status: StatusDocument | None) -> str:
    state = status["drive"]["state"] if status else ""
    if state in (DriveState.ONLINE, DriveState.THROTTLED):
        return ", on Drive at once"
    return "" if state == DriveState.DISABLED else ", on Drive when it is back"


def matched(count: int) -> str:
    if not count:
        return "No earlier photo shows this face."
    return "1 earlier photo matched." if count == 1 else f"{count:,} earlier photos matched."
