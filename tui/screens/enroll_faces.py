"""Faces to enroll by: those of the latest photos, the verdict on each, and what the agent made of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Horizontal
from textual.message import Message

from agent.clock import from_iso
from agent.errors import VenueError
from agent.model import DriveState
from agent.requests.ask import Agent
from agent.requests.faces import LatestFace, ListFaces
from agent.requests.people import EnrollFace, EnrollPerson, EnrollResult, ReferenceVerdict
from agent.requests.status import StatusDocument
from tui import words
from tui.draw import Row, cut, fit, heading, width_of, wrap
from tui.pictures.picture import Picture
from tui.state import target_event
from tui.widgets.dialogs import KnownNames, Told
from tui.widgets.faces import GAP, side_by_side
from tui.widgets.list_pane import Mark
from tui.words import safe_text

if TYPE_CHECKING:
    from tui.app import Monitor

# ---- asking: by photos, by faces, or by both, one after the other, and told as one thing


@dataclass(frozen=True, slots=True)
class Enrolled:
    """`matched`: earlier photos that are theirs now; `added`: references by which they were not known before; `told`:
    what came of it to others; `seconds` it took.
    """

    name: str
    new: bool
    references: tuple[ReferenceVerdict, ...] = ()
    folders: tuple[str, ...] = ()
    matched: int = 0
    seconds: float = 0.0
    added: int = 0
    told: tuple[str, ...] = ()

    @property
    def used(self) -> int:
        return sum(1 for reference in self.references if reference["used"])


def by_photos(result: EnrollResult) -> Enrolled:
    """What the agent answered."""
    return Enrolled(
        result["person"]["name"],
        result["new"],
        tuple(result["references"]),
        tuple(result["folders"]),
        result["matched"],
        result["seconds"],
        result.get("added", len(result["references"])),
        tuple(result.get("told", [])),
    )


async def enroll(
    agent: Agent, name: str, paths: Sequence[str], faces: Sequence[LatestFace], event: str | None, *, new: bool
) -> Enrolled:
    """Raises `VenueError` where nothing came of it; what is refused after that is a verdict among the others."""
    made = Enrolled(name, new)
    if paths:
        made = by_photos(await agent.ask(EnrollPerson(name=name, photos=paths, event=event)))
    for face in faces:
        verdict: ReferenceVerdict = face["verdict"]
        try:
            change = await agent.ask(EnrollFace(name=name, face=face["face_id"], event=event))
        except VenueError as error:
            if not made.used:
                raise
            verdict = {**verdict, "used": False, "verdict": error.detail}
            made = replace(made, references=(*made.references, verdict))
            continue
        made = Enrolled(
            change["name"],
            made.new,
            (*made.references, verdict),
            made.folders or tuple(change["folders"]),
            made.matched + change["photos"],
            made.seconds + change["seconds"],
            made.added + 1,
            (*made.told, *change.get("told", [])),
        )
    return made


# ---- what is said of it; pure drawing

_WORDS = {  # what a verdict speaks of, and the word for it
    "too small": "TOO SMALL",
    "blur": "BLURRED",
    "turned": "TURNED",
    "dark": "DARK",
    "somebody else": "OTHER",
    "no face": "NO FACE",
}


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
    """`Done in 1.8 s:` what was made and where, and how many earlier photos are theirs now."""
    done = f"Done in {result.seconds:.1f} s: "
    indent = width_of(done) if width >= 60 else 0
    first = "" if indent else done
    lines = wrap(first + _made(result, status), width - indent, 2)
    lines += wrap(matched(result.matched), width - indent, 1)
    lines += [line for one in result.told for line in wrap(f"{safe_text(one)}.", width - indent, 2)]
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
        added = result.added
        more = "1 more reference" if added == 1 else f"{added} more references"
        return f"{more} for {name}." if added else f"{name} is known by that already."
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


# ---- the faces of the latest photos, to enroll somebody who stands in front of the photographer

MOST, CELL = 4, 14  # faces in sight, columns of one
NARROW = 60  # columns below which they are rows of text


class LatestFaces(Container, can_focus=True):
    """The mark walks over them, `space` takes the marked one; `taken` are the chosen ones."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,up", "mark(-1)", "Left", id="face_left", tooltip="The face before", show=False),
        Binding("right,down", "mark(1)", "Right", id="face_right", tooltip="The next face", show=False),
        Binding("pageup", "mark(-4)", "Page up", id="face_page_up", tooltip="Four faces back", show=False),
        Binding("pagedown", "mark(4)", "Page down", id="face_page_down", tooltip="Four faces on", show=False),
        Binding("space", "take", "Use or not", id="take_face", tooltip="Use the marked face, or not"),
        Binding("enter", "enroll", "Enroll", id="enroll_face", tooltip="Enroll by the chosen faces"),
    ]

    class Wanted(Message):
        """Enroll by what was taken."""

    @dataclass
    class Refused(Message):
        """The marked face cannot be a reference."""

        why: str

    def __init__(self, monitor: Monitor, names: KnownNames) -> None:
        super().__init__(id="latest-faces")
        self._names = names
        self._monitor = monitor
        self._faces: Sequence[LatestFace] = ()
        self._known = False
        self._taken: list[str] = []
        self.mark = Mark()

    def compose(self) -> ComposeResult:
        yield Told("latest-head", self._draw_head)
        with Horizontal(id="latest-pictures"):
            for _ in range(MOST):
                yield Picture(self._monitor.pictures, classes="latest")
        yield Told("latest-words", self._draw_words)
        yield Told("latest-rows", self._draw_rows)

    def _told(self, id: str) -> Told:
        return self.query_one(f"#{id}", Told)

    def whose(self, face: LatestFace) -> str:
        """The name of whoever is known by it; a guest is not."""
        return face["name"] if face["name"] and self._names.knows(face["name"]) else ""

    @property
    def taken(self) -> list[LatestFace]:
        """In the order of taking."""
        by_id = {face["face_id"]: face for face in self._faces}
        return [by_id[id] for id in self._taken if id in by_id]

    # ---- what is shown

    def on_focus(self) -> None:
        """They are looked for when somebody comes to choose."""
        if not self._known:
            self.run_worker(self._ask, group="latest faces", exclusive=True, exit_on_error=False)
        self.redraw()

    async def _ask(self) -> None:
        try:
            self._faces = await self._monitor.agent.ask(ListFaces(event=target_event(self._monitor.view.state)))
        except VenueError as error:
            self.post_message(self.Refused(str(error)))
        self._known = True
        self.redraw()

    def on_blur(self) -> None:
        self.redraw()

    def on_resize(self) -> None:
        self.set_class(self._monitor.pictures == "off" or self.size.width < NARROW, "-words")
        self.redraw()

    @property
    def _marked(self) -> LatestFace | None:
        if not self._faces:
            return None
        self.mark = self.mark.on([face["face_id"] for face in self._faces])
        return self._faces[self.mark.index]

    def _in_sight(self, most: int) -> Sequence[LatestFace]:
        self.mark = self.mark.on([face["face_id"] for face in self._faces])
        window = self.mark.window(most, len(self._faces))
        return self._faces[window.start : window.stop]

    def redraw(self) -> None:
        if not self.is_mounted:
            return
        shown = self._in_sight(MOST)
        for index, picture in enumerate(self.query(Picture)):
            picture.display = index < len(shown) and self._monitor.pictures != "off"
            if index < len(shown) and not self.has_class("-words"):
                self._monitor.album.show_face(picture, shown[index]["face_id"])
        for told in self.query(Told):
            told.redraw()

    # ---- drawing

    def _draw_head(self, width: int, _height: int) -> list[Row]:
        face = self._marked
        if face is None:
            told = "none has arrived yet" if self._known else "looking"
        else:
            told = f"{face['verdict']['photo']} {words.clock(from_iso(face['arrived_at']), seconds=False)}"
            told += f", {face['name']}" if face["name"] else ""
        chosen = f"{len(self._taken)} chosen" if self._taken else "Latest faces"
        return [heading(chosen, width, cut(safe_text(told), max(8, width - len(chosen) - 6)))]

    def _draw_words(self, _width: int, _height: int) -> list[Row]:
        shown, told = self._in_sight(MOST), self._told("latest-words")
        for index, face in enumerate(shown):
            told.on_part(0, index * (CELL + GAP), CELL, lambda face=face: self._click(face))
        return [side_by_side(self._box(face, CELL) for face in shown)] if shown else []

    def _draw_rows(self, width: int, height: int) -> list[Row]:
        rows: list[Row] = []
        for row, face in enumerate(self._in_sight(height)):
            self._told("latest-rows").on_part(row, 0, width, lambda face=face: self._click(face))
            name = face["name"] or face["verdict"]["photo"]
            clock = words.clock(from_iso(face["arrived_at"]), seconds=False)
            rows.append(
                [*self._box(face, 16), (" ", ""), (fit(name, max(1, width - 23)), "$ink"), (f" {clock:>5}", "$dim")]
            )
        return rows

    def _box(self, face: LatestFace, width: int) -> Row:
        """`> [x] GOOD`; the first name, where it is somebody's who is known."""
        here, has = face is self._marked, face["face_id"] in self._taken
        used, whose = face["verdict"]["used"], self.whose(face)
        word = safe_text(whose).split(" ")[0] if used and whose else verdict(face["verdict"])[0]
        return [
            (">" if here and self.has_focus else " ", "bold $accent"),
            ("[x] " if has else "[ ] ", "bold $accent" if has else "$dim"),
            (fit(word, width - 5), "bold $warn" if not used else "$people" if whose else "bold $ok"),
        ]

    # ---- keys and the mouse

    def action_mark(self, steps: int) -> None:
        self.mark = self.mark.move(steps, [face["face_id"] for face in self._faces])
        self.redraw()

    def action_take(self) -> None:
        face = self._marked
        if face is None:
            return
        if face["face_id"] in self._taken:
            self._taken.remove(face["face_id"])
        elif face["verdict"]["used"]:
            self._taken.append(face["face_id"])
        else:
            self.post_message(self.Refused(face["verdict"]["verdict"]))
        self.redraw()

    def action_enroll(self) -> None:
        """Enter takes the marked one where none is taken yet, as it does with photos."""
        if not self._taken:
            self.action_take()
        else:
            self.post_message(self.Wanted())

    def _click(self, face: LatestFace) -> None:
        self.mark = Mark(face["face_id"], self.mark.index)
        self.focus()
        self.action_take()

    def on_click(self, event: events.Click) -> None:
        """A picture is taken by a click on it."""
        if self.has_class("-words"):
            return
        column = (event.screen_x - self.region.x) // (CELL + GAP)
        shown = self._in_sight(MOST)
        if 0 <= column < len(shown) and 1 <= event.screen_y - self.region.y <= CELL // 2:
            self._click(shown[column])
