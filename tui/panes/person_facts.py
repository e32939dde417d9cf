"""One person: where her folders are, how she is known, her link. What is not in the list comes from the agent."""

from __future__ import annotations

import asyncio
from functools import partial

from textual.message import Message

from agent.errors import VenueError
from agent.service_browse import PersonDetails, PersonStatus
from tui import words
from tui.answer import drive_is_off
from tui.draw import BLANK, Row, heading
from tui.fit import cut, fit, width_of
from tui.host import Host
from tui.pane import Pane
from tui.qr import qr_rows
from tui.safe_text import safe_text
from tui.view import View

SOON = 0.12  # seconds that the mark has to stand before the agent is asked
LABEL = 8


def draw_facts(person: PersonStatus, details: PersonDetails | None, width: int, height: int, view: View) -> list[Row]:
    """A heading and a row each for here, Drive, photos and link."""
    now, drive_off = view.now, view.state.status is not None and drive_is_off(view.state.status)
    total = person["solo"] + person["group"]
    references = f"{person['references']} {'reference' if person['references'] == 1 else 'references'}"
    if details:
        references += f", enrolled {words.day_and_clock(details['enrolled_at'], now, seconds=False)}"
    name = fit(person["name"], min(width_of(safe_text(person["name"])), max(8, width - 4)))
    alone = f"{words.number(person['solo'])} alone, {words.number(person['group'])} with others"
    drive = "" if drive_off else f"; {words.number(person['on_drive'])} of {words.number(total)} on Drive"
    rows: list[Row] = [heading(name, width, "a guest nobody has named" if person["guest"] else references)]
    if details is not None:
        rows.append(_labelled("Here", details["folder"] or "no folder yet", width, "" if details["folder"] else "$dim"))
        if not drive_off:
            rows.append(_on_drive(details, width))
    rows.append(_labelled("Photos", alone + drive, width))
    if details is not None and person["link"]:
        rows.append(_labelled("Link", person["link"], width))
        code = qr_rows(person["link"], width, height - len(rows) - 1, view.plain)
        rows += [BLANK, *code] if code else []
    return rows


def _labelled(label: str, text: str, width: int, style: str = "") -> Row:
    """A path loses its beginning rather than its end: the end is what tells it from others."""
    shown = safe_text(text)
    room = width - LABEL
    if width_of(shown) > room and "/" in shown:
        shown = fit(shown, room)
    return [(fit(label, LABEL), "$dim"), (cut(shown, room), style or "$ink")]


def _on_drive(details: PersonDetails, width: int) -> Row:
    if details["drive_id"]:
        return _labelled("Drive", f"drive.google.com/drive/folders/{details['drive_id']}", width)
    return _labelled("Drive", "her folder there is not made yet", width, "$dim")


class PersonFacts(Pane):
    """`show` says whom; her details are fetched when the mark stands still."""

    SECTIONS = frozenset({"status"})

    class Known(Message):
        """Her details are here."""

        def __init__(self, details: PersonDetails) -> None:
            super().__init__()
            self.details = details

    def __init__(self, host: Host) -> None:
        super().__init__(id="person-facts")
        self._host = host
        self._whom = ""
        self._details: PersonDetails | None = None

    @property
    def details(self) -> PersonDetails | None:
        return self._details

    @property
    def person(self) -> PersonStatus | None:
        """As the newest status has her; else as she was when she was asked about."""
        people = self.view.state.status["people"] if self.view.state.status else []
        known = self._details["person"] if self._details else None
        return next((person for person in people if person["id"] == self._whom), known)

    def show(self, id: str) -> None:
        if id == self._whom:
            return
        self._whom, self._details = id, None
        self.redraw()
        self.again()

    def again(self) -> None:
        """Something about her has changed."""
        self.run_worker(partial(self._ask, self._whom), group="person", exclusive=True, exit_on_error=False)

    async def _ask(self, id: str) -> None:
        await asyncio.sleep(SOON)
        try:
            details = await self._host.service.person(id)
        except VenueError:
            return  # merged or forgotten meanwhile: the list says so
        if id == self._whom:
            self._details = details
            self.redraw()
            self.post_message(self.Known(details))

    def draw(self, width: int, height: int) -> list[Row]:
        person = self.person
        if person is None:
            return []
        return draw_facts(person, self._details, width, height, self.view)
