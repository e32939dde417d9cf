"""Somebody is forgotten: what would go, and that it goes."""

from __future__ import annotations

import asyncio
from dataclasses import asdict

from agent.handlers.changes import only_person
from agent.jobs import traces
from agent.jobs.forgetting import Forgetter
from agent.ledger.photos import VIDEO
from agent.model import Person
from agent.requests.people import ForgetPerson, Forgotten, HeldOfPerson, SearchedFiles, WeighForgetting
from agent.roster import Roster
from agent.workspace import Workspace


class ForgetHandlers:
    """A person is forgotten when it is answered, but for what the answer says that it waits for."""

    def __init__(self, roster: Roster, forgetter: Forgetter, workspace: Workspace) -> None:
        self._roster = roster
        self._forgetter = forgetter
        self._workspace = workspace

    async def weigh(self, asked: WeighForgetting) -> HeldOfPerson:
        return await self._held(only_person(self._roster, asked.person, asked.event), asked.blur)

    async def forget(self, asked: ForgetPerson) -> Forgotten:
        def person() -> Person:
            return only_person(self._roster, asked.person, asked.event)

        held = await self._held(person(), asked.blur)
        event = person().event  # what was sent to another account earlier stays there
        elsewhere = [one for known in self._roster.events() if known.id == event for one in known.accounts_before]
        done = await self._forgetter.forget(person, never=asked.never, blur=asked.blur)
        shown = await self._forgetter.blurred(done)
        searched: SearchedFiles = {**asdict(done.searched)}  # pyright: ignore[reportAssignmentType] - the same fields
        return {
            "held": held,
            "kept": done.kept,
            "copies": done.copies,
            "lines": done.lines,
            "searched": searched,
            "named": [
                *await asyncio.to_thread(traces.paths_with, self._workspace, done.found),
                *(f"the Drive of {one or 'the account that all events use'}, from before" for one in elsewhere),
            ],
            "waits": done.waits,
            "blurred": sum(one.blurred > one.failed for one in shown),
            "unblurred": [one.name for one in shown if one.kind == VIDEO or one.failed],
        }

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
