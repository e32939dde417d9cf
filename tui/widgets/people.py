"""People: the pane of Venue, the list of all, the facts of one, and the faces that they are known by."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence, Set
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container, Horizontal
from textual.message import Message

from agent.clock import from_iso
from agent.errors import NotThere, VenueError
from agent.requests.people import GetPerson, PersonDetails, PersonStatus, ReferenceRow
from tui import words
from tui.draw import BLANK, Row, cut, fit, fit_path, heading, qr_rows, width_of, wrap
from tui.keys.keymap import named
from tui.pictures.picture import LOOK, Album, Looked, Looks, Picture
from tui.state import View, people_shown, whom
from tui.terminal import osc
from tui.terminal.osc import linked
from tui.widgets.asking import Asking
from tui.widgets.dialogs import Told
from tui.widgets.faces import GAP, side_by_side
from tui.widgets.find_bar import folded, holds
from tui.widgets.list_pane import Column, Mark, SortedPane, pointer
from tui.widgets.rows import Pane
from tui.words import safe_text

if TYPE_CHECKING:
    from tui.app import Monitor

# ---- on Venue: who has photos, how many alone and with others, and how many of them lie on Drive

WIDE = 52  # from this width on it says when somebody was last seen


def draw_people(view: View, width: int, height: int) -> list[Row]:
    """Most photos first, so that rows seldom move."""
    people = view.state.people
    ordered = sorted(people, key=lambda person: (-person["solo"] - person["group"], person["name"], person["id"]))
    heads = "Solo  Group    On Drive  Last seen" if width >= WIDE else "Solo Group   On Drive"
    rows = [heading("People", width, heads, words.number(len(people)) if people else "none")]
    rows += [_person(view, person, width) for person in ordered[: height - 1]]
    if not people and view.state.status:
        rows.append([(fit(f"Press {named('e')} to enroll one.", width), "$dim")])
    return rows


def to_send(person: PersonStatus) -> int:
    """Photos of theirs that are to come to Drive yet."""
    return person["solo"] + person["group"] - person["on_drive"] - person.get("only_here", 0)


def _there(person: PersonStatus, off: bool) -> tuple[str, str]:
    """`5/7` on Drive, and its style."""
    if off:
        return words.NOTHING, "$dim"
    told = f"{words.number(person['on_drive'], 5)}/{words.number(person['solo'] + person['group'], 5)}"
    return told, "bold $ink" if to_send(person) > 0 else "$dim"


def _person(view: View, person: PersonStatus, width: int) -> Row:
    off = view.state.drive_off
    on_drive, tone = _there(person, off)
    name = "$dim italic" if person["guest"] else "$people"
    if width < WIDE:
        return [
            (fit(whom(view.state, person), width - 23) + " ", name),
            (f"{words.number(person['solo'], 5):>5}{words.number(person['group'], 5):>6}", "$ink"),
            (f"{on_drive:>11}", tone),
        ]
    seen = words.moment(person["last_seen_at"])
    return [
        (fit(whom(view.state, person), width - 37) + " ", name),
        (f"{words.number(person['solo'], 6):>6}{words.number(person['group'], 6):>7}", "$ink"),
        (f"{on_drive:>12}", tone),
        (f"{words.day_clock(seen, view.now) if seen else words.NOTHING:>11}", "$dim"),
    ]


class People(Pane):
    SECTIONS = frozenset({"status"})

    def draw(self, width: int, height: int) -> list[Row]:
        return draw_people(self.view, width, height)


# ---- everybody with a folder, one row each: narrowed by typing, in the order that was chosen

# From these widths on the columns on Drive, last seen and references join.
DRIVE_FROM, SEEN_FROM, REFERENCES_FROM = 52, 60, 72
SOLO, GROUP, DRIVE, SEEN, REFERENCES = 6, 7, 12, 11, 10


def _by(number: Callable[[PersonStatus], float]) -> Callable[[PersonStatus], Any]:
    return lambda person: (number(person), folded(person["name"]), person["id"])


ORDERS: Sequence[Column[PersonStatus]] = (
    Column("", "most photos first", _by(lambda person: -person["solo"] - person["group"])),
    Column("", "by name", _by(lambda person: person["guest"])),
    Column("Solo", "most alone first", _by(lambda person: -person["solo"]), SOLO),
    Column("Group", "most with others first", _by(lambda person: -person["group"]), GROUP),
    Column("On Drive", "most to send first", _by(lambda one: -to_send(one)),
           DRIVE, DRIVE_FROM),
    Column("Last seen", "last seen first", _by(lambda one: -(words.moment(one["last_seen_at"]) or 0.0)),
           SEEN, SEEN_FROM),
    Column("Refs", "fewest references first", _by(lambda one: one["references"]), REFERENCES, REFERENCES_FROM),
)  # fmt: skip


def draw_person(person: PersonStatus, width: int, marked: bool, view: View) -> Row:
    off = view.state.drive_off
    tail: Row = [(f"{words.number(person['solo'], 5):>{SOLO}}{words.number(person['group'], 6):>{GROUP}}", "$ink")]
    if width >= DRIVE_FROM:
        on_drive, tone = _there(person, off)
        tail.append((f"{on_drive:>{DRIVE}}", tone))
    if width >= SEEN_FROM:
        seen = words.moment(person["last_seen_at"])
        tail.append((f"{words.day_clock(seen, view.now) if seen else words.NOTHING:>{SEEN}}", "$dim"))
    if width >= REFERENCES_FROM:
        tail.append(
            (f"{words.number(person['references'], 6):>{REFERENCES}}", "$ink" if person["references"] else "$dim")
        )
    name = "$dim italic" if person["guest"] else "$people"
    room = width - 2 - sum(len(text) for text, _ in tail)
    return [pointer(marked), (fit(whom(view.state, person), room - 1) + " ", f"bold {name}" if marked else name), *tail]


class PeopleList(Looks, SortedPane[PersonStatus]):
    SECTIONS = frozenset({"status", "event"})
    COLUMNS, TITLE = ORDERS, "People"
    ALWAYS = True
    BINDINGS: ClassVar[list[BindingType]] = [LOOK]

    def __init__(self, monitor: Monitor) -> None:
        super().__init__(id="people-list")
        self._monitor = monitor
        self.words = ""
        self._made: tuple[object, ...] = ()
        self._found: list[PersonStatus] = []

    def narrow(self, typed: str) -> None:
        """Only those whose name holds these words; the mark stays on whom it is, else it is on the first."""
        self.words, self.mark = typed, Mark(self.mark.key)
        self.redraw()
        self.tell()

    async def pictured(self, album: Album) -> Looked | None:
        """By the largest face that they are known by."""
        person = self.marked
        if person is None:
            return None
        try:
            known = (await self._monitor.agent.ask(GetPerson(id=person["id"])))["references"]
        except VenueError as error:
            return Looked(person["name"], None, error.title)
        largest = max(known, key=lambda one: one["width"], default=None)
        why = "They are known by no face"
        return Looked(person["name"], await album.face(largest["face_id"]) if largest else None, why)

    def unsorted(self) -> Sequence[PersonStatus]:
        made = (id(self.view.state.status), self.view.state.event, self.words)
        if self._made != made:
            self._found = [one for one in people_shown(self.view.state) if holds(one["name"], self.words)]
            self._made = made
        return self._found

    def key(self, entry: PersonStatus) -> Hashable:
        return entry["id"]

    def draw_head(self, width: int, height: int) -> list[Row]:
        note = self.counted(len(self.entries())) + (" found" if self.words else "")
        return [self.draw_heads(width, note if people_shown(self.view.state) else "none")]

    def draw_empty(self, width: int) -> list[Row]:
        told = "Nobody is called so." if self.words else f"Nobody yet. Press {named('e')} to enroll one."
        return [[(cut(f"  {told}", width), "$dim")]] if self.view.state.status else []

    def draw_entry(self, entry: PersonStatus, width: int, marked: bool) -> list[Row]:
        return [draw_person(entry, width, marked, self.view)]


# ---- one of them: their folders and their link; what is not in the list comes from the agent

SOON = 0.12  # seconds that the mark has to stand before the agent is asked
LABEL = 8


def draw_facts(person: PersonStatus, details: PersonDetails | None, width: int, height: int, view: View) -> list[Row]:
    """A heading and a row each for here, Drive, photos and link."""
    now, drive_off = view.now, view.state.drive_off
    total = person["solo"] + person["group"]
    references = f"{person['references']} {'reference' if person['references'] == 1 else 'references'}"
    if details:
        references += f", enrolled {words.day_and_clock(from_iso(details['enrolled_at']), now, seconds=False)}"
    whole = whom(view.state, person)
    name = fit(whole, min(width_of(safe_text(whole)), max(8, width - 4)))
    alone = f"{words.number(person['solo'])} alone, {words.number(person['group'])} with others"
    drive = "" if drive_off else f"; {words.number(person['on_drive'])} of {words.number(total)} on Drive"
    if not drive_off and (only_here := person.get("only_here", 0)):
        drive += f", {words.number(only_here)} only here"
    if details and (wait := until_all_there(person, details, view)):
        drive += f", all in {wait}"
    rows: list[Row] = [heading(name, width, "a guest nobody has named" if person["guest"] else references)]
    if details is not None:
        here = details["folder"]
        style = linked("$ink", osc.folder(here)) if here else "$dim"
        rows.append(_labelled("Here", here or "no folder yet", width, style))
        if not drive_off:
            rows.append(_on_drive(details, width))
    below = bool(details and details["consent"]) + bool(details and person["link"])
    lines = wrap(alone + drive, width - LABEL, max(1, height - len(rows) - below))
    rows += [_labelled("" if number else "Photos", line, width) for number, line in enumerate(lines)]
    if details is not None and (consent := details["consent"]):
        rows.append(_labelled("Consent", words.consent(consent), width))
    if details is not None and person["link"]:
        rows.append(_labelled("Link", person["link"], width, linked("$ink", person["link"])))
        code = qr_rows(person["link"], width, height - len(rows) - 1, view.plain)
        rows += [BLANK, *code] if code else []
    return rows


GONE = "Whoever this was is one with somebody else now, was taken back or forgotten."


def draw_gone(width: int, height: int) -> list[Row]:
    """No name: they may have been forgotten."""
    return [heading("Not here any more", width), *([(line, "$dim")] for line in wrap(GONE, width, height - 1))]


def until_all_there(person: PersonStatus, details: PersonDetails, view: View) -> str | None:
    """`about 40 s`: by what the queue has to send before, at the pace that it has."""
    uploads = view.state.status["uploads"] if view.state.status else None
    if to_send(person) <= 0 or not uploads or not uploads["eta_seconds"] or not uploads["bytes_left"]:
        return None
    return words.about(uploads["eta_seconds"] * min(1.0, details["bytes_left"] / uploads["bytes_left"]))


def _labelled(label: str, text: str, width: int, style: str = "") -> Row:
    shown = safe_text(text)
    room = width - LABEL
    if "/" in shown:
        shown = fit_path(shown, room).rstrip()
    return [(fit(label, LABEL), "$dim"), (cut(shown, room), style or "$ink")]


def _on_drive(details: PersonDetails, width: int) -> Row:
    if details["drive_id"]:
        address = f"drive.google.com/drive/folders/{details['drive_id']}"
        return _labelled("Drive", address, width, linked("$ink", f"https://{address}"))
    return _labelled("Drive", "their folder there is not made yet", width, "$dim")


class PersonFacts(Pane):
    """`show` says whom; their details are fetched when the mark stands still. Whoever has gone meanwhile is nobody."""

    SECTIONS = frozenset({"status"})

    @dataclass
    class Known(Message):
        """Their details are here."""

        details: PersonDetails | None  # None: there is nobody like that any more

    def __init__(self, monitor: Monitor) -> None:
        super().__init__(id="person-facts")
        self._monitor = monitor
        self._asking = Asking(self, self._ask, "person", SOON)
        self._whom = ""
        self._details: PersonDetails | None = None
        self._seen: PersonStatus | None = None
        self._gone = False

    @property
    def details(self) -> PersonDetails | None:
        return self._details

    @property
    def person(self) -> PersonStatus | None:
        """As the newest status has them; else as they were when they were asked about."""
        return self._listed or (self._details["person"] if self._details else None)

    @property
    def _listed(self) -> PersonStatus | None:
        return next((person for person in self.view.state.people if person["id"] == self._whom), None)

    def show(self, id: str) -> None:
        if id == self._whom:
            return
        self._whom, self._details, self._gone = id, None, False
        self._seen = self._listed
        self.redraw()
        self._asking.anew()

    def redraw(self) -> int:
        if (self._gone or self._details is not None) and self.is_mounted and self._listed != self._seen:
            self._seen = self._listed
            self._asking.later()
        return super().redraw()

    def again(self) -> None:
        """Something about them has changed."""
        self._seen = self._listed
        self._asking.again()

    def follow(self, view: View, changed: Set[str]) -> int:
        self._asking.follow(changed)
        return super().follow(view, changed)

    async def _ask(self) -> None:
        """Raises `VenueError`: without an agent nothing is known; the band says so."""
        id = self._whom
        try:
            details = await self._monitor.agent.ask(GetPerson(id=id))
        except NotThere:
            details = None  # merged or forgotten meanwhile
        if id == self._whom:
            self._details, self._gone = details, details is None
            self.set_class(details is not None and details["consent"] is not None, "-consent")
            self.redraw()
            self.post_message(self.Known(details))

    def draw(self, width: int, height: int) -> list[Row]:
        person = self.person
        if person is None:
            return draw_gone(width, height) if self._gone else []
        return draw_facts(person, self._details, width, height, self.view)


# ---- the pictures that a person is known by, side by side; which were given and which were learned

MOST, CELL = 8, 14  # in sight, columns of each
SMALL = 80  # pixels of a face's width, below which a larger one is better


def caption(reference: ReferenceRow, width: int) -> Row:
    """`given  142 px`; a small face in capitals, as a larger one would be known better."""
    small = reference["width"] < SMALL
    word = "learned" if reference["learned"] else "given"
    told = "SMALL" if small else f"{reference['width']} px"
    return [(fit(word, width - len(told) - 1), "$ink"), (f" {told}", "bold $warn" if small else "$dim")]


class ReferenceFaces(Container):
    """Those that were given first; it takes no room while there are none, or where pictures are off."""

    def __init__(self, monitor: Monitor) -> None:
        super().__init__(id="reference-faces")
        self._monitor = monitor
        self._references: Sequence[ReferenceRow] = ()

    def compose(self) -> ComposeResult:
        with Horizontal(id="reference-pictures"):
            for _ in range(MOST):
                yield Picture(self._monitor.pictures, classes="reference")
        yield Told("reference-words", self._draw)

    def on_mount(self) -> None:
        self.set_class(True, "-none")

    def show(self, references: Sequence[ReferenceRow]) -> None:
        """These, as far as there is room for them."""
        shown = sorted(references, key=lambda one: one["learned"])
        if shown == self._references:
            return
        self._references = shown
        self.set_class(not references or self._monitor.pictures == "off", "-none")
        self.redraw()

    def redraw(self) -> None:
        if not self.size.area:  # not shown here: nothing is fetched for it
            return
        shown = self._references[: self._fit]
        for index, picture in enumerate(self.query(Picture)):
            picture.display = index < len(shown) and self._monitor.pictures != "off"
            if index < len(shown):
                self._monitor.album.show_face(picture, shown[index]["face_id"])
        self.query_one(Told).redraw()

    def on_resize(self) -> None:
        self.redraw()

    @property
    def _fit(self) -> int:
        return max(1, min(MOST, (self.size.width + GAP) // (CELL + GAP)))

    def _draw(self, width: int, _height: int) -> list[Row]:
        shown = self._references[: self._fit]
        row = side_by_side(caption(one, CELL) for one in shown)
        more = len(self._references) - len(shown)
        used = len(shown) * (CELL + GAP)
        if more and width - used > 8:
            row = [*row, (cut(f"  +{more} more", width - used), "$dim")]
        return [row]
