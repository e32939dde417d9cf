"""The stores, read beside a running agent and never written: the list of people, the ledger, their backups."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from agent import clock
from agent.clock import span
from agent.doctor.findings import Finding, ok, problem, warning
from agent.errors import VenueError
from agent.jobs import backups
from agent.jobs.backups import Kind
from agent.jobs.housekeeping import fetched_files
from agent.ledger import counts, downloads, sightings, tallies, troubles
from agent.ledger.sqlite import ledger_file, schema
from agent.ledger.sqlite.rows import Db, Row
from agent.model import DEFAULT_EVENT, Event
from agent.roster.decisions import check as check_decisions
from agent.roster.storage import parse, value_of
from agent.roster.tables import check as check_roster
from agent.roster.tables import refuse_newer
from agent.workspace import Workspace

T = TypeVar("T")

OLD = 3 * 86_400.0  # seconds; one is made each night in which the agent runs
PUT_BACK = "Start venuesync: it takes the newest backup by itself, and sets this one aside"
LATEST = 200  # troubles


@dataclass(frozen=True, slots=True)
class Intent:
    """What the list of people says; without one there is the default event alone, as in a new workspace."""

    workspace_id: str = ""
    events: tuple[Event, ...] = (Event(DEFAULT_EVENT, "default", ""),)
    people: int = 0


def intent(workspace: Workspace) -> Intent | None:
    """Read without opening it, so that a damaged one, or a newer program's (`None`), stays where it is."""
    if not workspace.roster.exists():
        return Intent()
    try:
        tables = parse(workspace.roster, check_roster)
    except VenueError:
        return None
    if tables is None:
        return None
    rows = sorted(tables["events"].items(), key=lambda one: int(one[0]))
    events = tuple(value_of(Event, row) for _, row in rows)
    return Intent(str(tables["workspace"]["1"]["id"]), events, len(tables.get("people", {})))


def people(workspace: Workspace) -> Iterator[Finding]:
    """The list of people, and what was decided in each event."""
    try:
        parse(workspace.roster, refuse_newer)
    except VenueError as error:
        yield problem("people", f"{error.title}: {error.detail}", error.remedy)
        return
    found = intent(workspace)
    files = sorted(workspace.state.glob("decisions-*.json"))
    damaged = [] if found is not None else [workspace.roster]
    damaged += [file for file in files if parse(file, check_decisions) is None]
    if damaged or found is None:
        yield problem("people", f"{', '.join(map(str, damaged))} cannot be read", PUT_BACK)
    else:
        told = f"{found.people:,} people in {counts.plural(len(found.events), 'event')} can be read"
        yield ok("people", f"{told}{_newest_backup(workspace, Kind.PEOPLE)}")


def ledger(workspace: Workspace) -> Iterator[Finding]:
    """Whether its file is sound, and its sums are those of its rows."""
    file = workspace.ledger
    if not file.exists():
        if workspace.agent_file.exists() or (workspace.state / "made.log").exists():  # one has filed here, or runs
            yield problem("ledger", f"{file} is gone", "Start venuesync again: it is found or rebuilt")
        else:
            yield ok("ledger", "none yet: the first start makes it")
        return
    verdict = ledger_file.soundness(file)
    if verdict != "ok":
        yield problem("ledger", f"{file} cannot be used: {verdict}", PUT_BACK)
        return
    with closing(ledger_file.reading(file)) as db:
        try:
            step = schema.step_of(db)
        except VenueError as error:
            yield problem("ledger", f"{error.title}: {error.detail}", error.remedy)
            return
        wrong = tallies.wrong(db) if step == len(schema.STEPS) else []
    if wrong:
        yield problem("ledger", f"{file} counts wrongly: {'; '.join(wrong)}", "Run: venuesync verify --repair")
    elif step < len(schema.STEPS):
        yield ok(
            "ledger", f"sound, of an earlier venuesync: the next start brings it from {step} to {len(schema.STEPS)}"
        )
    else:
        yield ok(
            "ledger", f"sound, {counts.plural(ledger_file.photos_in(file))}{_newest_backup(workspace, Kind.LEDGER)}"
        )
        yield from _old_backup(workspace)


def fetched(workspace: Workspace) -> Iterator[Finding]:
    """What was fetched, and nothing here tells of any more, as its event was removed: it may be the last there is, so
    it stays until somebody has looked.
    """
    found = fetched_files(workspace, clock.wall())
    left = asked(workspace, lambda db: downloads.unnamed(db, str(workspace.state), found), []) if found else []
    if left:
        folders = sorted({str(Path(one).parent) for one in left})
        more = f" and {counts.plural(len(folders) - 1, 'folder')} more" if len(folders) > 1 else ""
        detail = f"{counts.plural(len(left), 'fetched file')} of events that were removed: {folders[0]}{more}"
        remedy = "Copy what is wanted into an incoming folder, delete the rest"
        yield warning("downloads", sightings.shown(detail), remedy)


def _newest_backup(workspace: Workspace, kind: Kind) -> str:
    made = next((one.made_at for one in backups.of_kind(workspace, kind)), None)
    return "" if made is None else f", copied {span(max(0.0, clock.wall() - made))} ago"


def _old_backup(workspace: Workspace) -> Iterator[Finding]:
    """Of a ledger that is written to, and whose copies are old: the nights' work does not come through."""
    made = next((one.made_at for one in backups.of_kind(workspace, Kind.LEDGER)), None)
    if made is not None and workspace.ledger.stat().st_mtime - made > OLD:
        detail = f"the ledger's newest copy is {span(clock.wall() - made)} old"
        yield warning("backups", detail, "Let the agent run at cleanup.at, with room on the disk for a copy")


# ---- what the ledger tells others


def asked(workspace: Workspace, query: Callable[[Db], T], otherwise: T) -> T:
    """A question to the ledger, beside whoever has it open; `otherwise` where there is none that can answer."""
    if not workspace.ledger.exists():
        return otherwise
    try:
        with closing(ledger_file.reading(workspace.ledger)) as db:
            db.row_factory = Row
            return query(db)
    except sqlite3.DatabaseError:  # the ledger's own check says what is wrong with it
        return otherwise


def parts_stopped(workspace: Workspace, since: float) -> list[Row]:
    """Troubles of parts that stopped since then, open ones first."""

    def stopped(db: Db) -> list[Row]:
        rows = [*troubles.opened(db, LATEST), *troubles.healed(db, since, LATEST)]
        return [row for row in rows if str(row["key"]).startswith("part:")]

    return asked(workspace, stopped, [])


def open_errors(workspace: Workspace) -> int:
    return asked(workspace, troubles.count_open, 0)
