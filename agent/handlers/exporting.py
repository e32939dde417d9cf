"""What leaves as a file of its own: everything held about a person."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

from agent import clock
from agent.handlers.changes import person_of
from agent.ledger.counts import plural
from agent.people.export import Exporter
from agent.people.told import note_of
from agent.requests.people import ExportPerson, PersonExport


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
