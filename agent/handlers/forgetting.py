"""All that is held of somebody: given out as a file of its own; and forgotten: what would go, and that it goes."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

from agent import clock
from agent.errors import NotThere
from agent.handlers.changes import in_one_event, only_person, person_of
from agent.jobs import traces
from agent.jobs.forgetting import Forgetter
from agent.jobs.links import Links, close_all_left
from agent.ledger import Ledger
from agent.ledger.counts import plural
from agent.ledger.photos import VIDEO
from agent.model import Person
from agent.people.export import Exporter
from agent.people.taken_back import taken_back
from agent.people.told import note_of
from agent.requests.people import (
    ExportPerson,
    ForgetPerson,
    Forgotten,
    HeldOfPerson,
    PersonExport,
    SearchedFiles,
    WeighForgetting,
)
from agent.roster import Roster
from agent.roster.book import called
from agent.workspace import Workspace


class ExportHandlers:
    def __init__(self, exporter: Exporter) -> None:
        self._exporter = exporter

    async def export(self, asked: ExportPerson) -> PersonExport:
        """Whoever asked may go, and the agent may end: then it is given up within a second."""
        whose = person_of(self._exporter.roster, asked.person, asked.event)
        given_up = threading.Event()
        try:
            made = await asyncio.to_thread(self._exporter.export, whose, Path(asked.file).expanduser(), given_up)
        finally:
            given_up.set()
        text = f"{whose.name} exported: {plural(made['photos'])}"
        await self._exporter.ledger.write(note_of, self._exporter.roster, whose, "export", text, clock.wall())
        return made


@dataclass(eq=False, slots=True)
class ForgetHandlers:
    """A person is forgotten when it is answered, but for what the answer says that it waits for."""

    _ledger: Ledger
    _roster: Roster
    _forgetter: Forgetter
    _links: Links
    _workspace: Workspace

    async def weigh(self, asked: WeighForgetting) -> HeldOfPerson:
        return await self._held(await self._whom(asked.person, asked.event), asked.blur)

    async def forget(self, asked: ForgetPerson) -> Forgotten:
        before = await self._whom(asked.person, asked.event)
        whom = partial(self._whom, before.id, None)  # somebody else may be called so by the time that it is done
        held = await self._held(before, asked.blur)

        async def still() -> Person:
            see = "See: venuesync people"
            try:
                now = await whom()
            except NotThere:
                detail = "forgotten, or made one with somebody, meanwhile"
                raise NotThere("They are nobody any more", detail, see) from None
            if before.guest and not now.guest:  # by somebody who wants them known
                raise NotThere("They have a name by now", f"{before.name} is {now.name}", see)
            return now

        event = held["event"]  # what was sent to another account earlier stays there
        elsewhere = [one for known in self._roster.events() if known.id == event for one in known.accounts_before]
        still_open = await close_all_left(self._links, self._roster, await whom())
        done = await self._forgetter.forget(still, never=asked.never, blur=asked.blur)
        shown = await self._forgetter.blurred(done)
        ours = [self._workspace.root / one for one in await self._forgetter.still_here(done)]
        named = await asyncio.to_thread(traces.paths_with, self._workspace, done.found)
        searched: SearchedFiles = {**asdict(done.searched)}  # pyright: ignore[reportAssignmentType] - the same fields
        return {
            "held": held,
            "kept": done.kept,
            "copies": done.copies,
            "lines": done.lines,
            "searched": searched,
            "named": [
                *(one for one in named if not any(Path(one).is_relative_to(folder) for folder in ours)),
                *(
                    f"the Drive of {one or 'the account that all events use'}, from before"
                    + (", where a link may open their folder still" if one in still_open else "")
                    for one in elsewhere
                ),
            ],
            "waits": done.waits,
            "blurred": sum(one.blurred > one.failed for one in shown),
            "unblurred": [one.name for one in shown if one.kind == VIDEO or one.failed],
        }

    async def _whom(self, person: str, event: str | None) -> Person:
        """Also who was enrolled and taken back: something of them may be here still."""
        try:
            return only_person(self._roster, person, event)
        except NotThere:
            where = None if event is None else self._roster.event(event).id
            gone = [one for one in await taken_back(self._ledger, self._roster) if where in (None, one.event)]
            found = [one for one in gone if one.id == person] or called(gone, person)
            if not found:
                raise
            in_one_event(self._roster, found)
            return found[0]

    async def _held(self, person: Person, blur: bool | None) -> HeldOfPerson:
        held, copies = await self._forgetter.holdings(person)
        return {
            "id": person.id,
            "name": person.name,
            "event": person.event,
            "photos": held.photos,
            "folders": [str(self._workspace.root / one) for one in held.folders],
            "on_drive": held.on_drive,
            "references": len(person.references),
            "copies": copies,
            "originals": held.originals,
            "blur": self._forgetter.blur if blur is None else blur,
        }
