"""Everybody with a folder, one row each: narrowed by typing, in the order that was chosen."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any, Literal

from agent.service_browse import PersonStatus
from tui import words
from tui.answer import drive_is_off
from tui.draw import Row, heading
from tui.fit import cut, fit
from tui.lists.folded import folded, holds
from tui.lists.list_pane import ListPane, pointer
from tui.lists.mark import Mark
from tui.state import people_shown
from tui.view import View

Order = Literal["photos", "name", "seen"]
ORDERS: tuple[Order, ...] = ("photos", "name", "seen")
SAID = {"photos": "most photos first", "name": "by name", "seen": "last seen first"}
# From these widths on the columns on Drive, last seen and references join.
DRIVE_FROM, SEEN_FROM, REFERENCES_FROM = 52, 62, 72
SOLO, GROUP, DRIVE, SEEN, REFERENCES = 6, 7, 12, 11, 10


def ordered(people: Sequence[PersonStatus], order: Order) -> list[PersonStatus]:
    keys: dict[Order, Callable[[PersonStatus], Any]] = {
        "photos": lambda person: (-person["solo"] - person["group"], folded(person["name"]), person["id"]),
        "name": lambda person: (person["guest"], folded(person["name"]), person["id"]),
        "seen": lambda person: (_newest_first(person["last_seen_at"]), folded(person["name"]), person["id"]),
    }
    return sorted(people, key=keys[order])


def _newest_first(at: str | None) -> float:
    return -(words.moment(at) or 0.0)


def draw_person(person: PersonStatus, width: int, marked: bool, view: View) -> Row:
    total, there = person["solo"] + person["group"], person["on_drive"]
    off = view.state.status is not None and drive_is_off(view.state.status)
    tail: Row = [(f"{words.number(person['solo'], 5):>{SOLO}}{words.number(person['group'], 6):>{GROUP}}", "$ink")]
    if width >= DRIVE_FROM:
        on_drive = words.NOTHING if off else f"{words.number(there, 5)}/{words.number(total, 5)}"
        tail.append((f"{on_drive:>{DRIVE}}", "$dim" if off or there >= total else "bold $ink"))
    if width >= SEEN_FROM:
        seen = words.moment(person["last_seen_at"])
        tail.append((f"{words.day_clock(seen, view.now) if seen else words.NOTHING:>{SEEN}}", "$dim"))
    if width >= REFERENCES_FROM:
        tail.append(
            (f"{words.number(person['references'], 6):>{REFERENCES}}", "$ink" if person["references"] else "$dim")
        )
    name = "$dim italic" if person["guest"] else "$people"
    room = width - 2 - sum(len(text) for text, _ in tail)
    return [pointer(marked), (fit(person["name"], room - 1) + " ", f"bold {name}" if marked else name), *tail]


def heads(width: int) -> str:
    shown = f"{'Solo':>{SOLO}}{'Group':>{GROUP}}"
    shown += f"{'On Drive':>{DRIVE}}" if width >= DRIVE_FROM else ""
    shown += f"{'Last seen':>{SEEN}}" if width >= SEEN_FROM else ""
    return (shown + (f"{'Refs':>{REFERENCES}}" if width >= REFERENCES_FROM else "")).lstrip()


class PeopleList(ListPane[PersonStatus]):
    SECTIONS = frozenset({"status", "event"})

    def __init__(self) -> None:
        super().__init__(id="people-list")
        self.order: Order = "photos"
        self.words = ""
        self._made: tuple[object, ...] = ()
        self._entries: list[PersonStatus] = []

    def narrow(self, typed: str) -> None:
        """Only those whose name holds these words."""
        self.words = typed
        self.redraw()
        self.tell()

    def next_order(self) -> Order:
        self.order = ORDERS[(ORDERS.index(self.order) + 1) % len(ORDERS)]
        self.mark = Mark()
        self.redraw()
        self.tell()
        return self.order

    def entries(self) -> Sequence[PersonStatus]:
        people = people_shown(self.view.state)
        if self._made != (id(self.view.state.status), self.view.state.event, self.order, self.words):
            found = [person for person in people if holds(person["name"], self.words)] if self.words else people
            self._entries = ordered(found, self.order)
            self._made = (id(self.view.state.status), self.view.state.event, self.order, self.words)
        return self._entries

    def key(self, entry: PersonStatus) -> Hashable:
        return entry["id"]

    def draw_head(self, width: int, height: int) -> list[Row]:
        shown, everybody = len(self.entries()), len(people_shown(self.view.state))
        note = words.number(shown) + (f" of {words.number(everybody)}" if self.words else "")
        if width >= DRIVE_FROM:
            note += f"  {SAID[self.order]}"
        return [heading("People", width, heads(width), note if everybody else "none")]

    def draw_empty(self, width: int) -> list[Row]:
        told = "Nobody is called so." if self.words else "Nobody yet. Press e to enroll the first one."
        return [[(cut(f"  {told}", width), "$dim")]] if self.view.state.status else []

    def draw_entry(self, entry: PersonStatus, width: int, marked: bool) -> list[Row]:
        return [draw_person(entry, width, marked, self.view)]
