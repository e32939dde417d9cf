"""The report's figures, of one moment; the verdict in it is the one that everybody tells."""

from __future__ import annotations

from pathlib import Path

from agent import clock
from agent.clock import iso
from agent.handlers.status.document import photo_counts
from agent.handlers.status.publisher import Publisher
from agent.handlers.status.sections import group, ledger_troubles, with_standing
from agent.handlers.troubles import aside_rows
from agent.ledger import Ledger, counts, drive_queue, figures, renditions, troubles
from agent.ledger.sqlite.rows import Db, at_once
from agent.model import DriveState, Event
from agent.requests.report import GetReport, PairRow, Report
from agent.requests.status import StatusDocument
from agent.roster import Roster

PAIRS = 200
MOMENTS = 12


class ReportHandlers:
    def __init__(self, ledger: Ledger, roster: Roster, publisher: Publisher, root: Path) -> None:
        self._ledger = ledger
        self._roster = roster
        self._publisher = publisher
        self._root = root

    async def report(self, asked: GetReport) -> Report:
        event = None if asked.event is None else self._roster.event(asked.event)
        status = await self._publisher.document()
        return await self._ledger.read(at_once, self._figures, event, status)

    def _figures(self, db: Db, event: Event | None, status: StatusDocument) -> Report:
        where = None if event is None else event.id
        names: dict[str, str] = {one.id: one.name for one in self._roster.people()}
        opened = group([row for row in troubles.opened(db) if where in (None, row["event"])])
        shown = figures.moments(db, where, MOMENTS)
        only_here = drive_queue.count_left_here(db, where)[1]
        on = counts.people_of_photos(db, [row["id"] for row in shown])
        return {
            "made_at": iso(clock.wall()),
            "workspace": str(self._root),
            "workspace_id": self._roster.workspace_id,
            "title": self._root.name if event is None else event.name,
            "event": None if event is None else event.name,
            "file": "-".join(["report", *([event.folder or event.id] if event is not None else [])]),
            "safe_to_leave": status["safe_to_leave"],
            "drive": status["drive"]["state"],
            "photos": photo_counts(
                counts.photos(db, where, drive=status["drive"]["state"] != DriveState.DISABLED),
                skipped=counts.skipped_files(db, where),
                verified=counts.verified_photos(db, where) - only_here,
                only_small=sum(number for id, number in renditions.owed(db).small.items() if where in (None, id)),
            ),
            "only_here": only_here,
            "bytes": figures.size(db, where),
            "people": [one for one in status["people"] if where in (None, one["event"])],
            "hours": [{"hour": hour, "photos": photos} for hour, photos in figures.by_hour(db, where).items()],
            "cameras": [{"camera": one, "photos": photos} for one, photos in figures.by_camera(db, where).items()],
            "together": pairs(db, event, names),
            "moments": [
                {
                    "id": row["id"],
                    "name": row["name"],
                    "hour": row["hour"],
                    "people": [names[one] for one in on.get(row["id"], ()) if one in names],
                }
                for row in shown
            ],
            "errors": with_standing(ledger_troubles(self._ledger), opened),
            "set_aside": [one for one in aside_rows(db, self._root) if where in (None, one["event"])],
        }


def pairs(db: Db, event: Event | None, names: dict[str, str]) -> list[PairRow]:
    found: list[PairRow] = []
    for row in figures.together(db, None if event is None else event.id, PAIRS):
        if {row["one"], row["other"]} <= names.keys():
            one, other = sorted((row["one"], row["other"]), key=lambda id: names[id])
            found.append({"people": (one, other), "names": (names[one], names[other]), "photos": row["photos"]})
    return found
