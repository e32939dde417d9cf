"""What the roster's file holds: its own row, and whether tables are a roster's that this program knows.

Asked of the file that is opened, of its earlier states, and of copies that are put back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from agent.errors import VenueError
from agent.model import DEFAULT_EVENT, Event, EventId, Person
from agent.roster.book import ONE, Switches
from agent.roster.decisions import DONE, UNDONE, Entry, decision_from
from agent.roster.forgetting import Forgetting
from agent.roster.storage import Row, check_folder, check_id, value_of

FORMAT = 1  # of the list and of decisions; raised where a program that knows less would take what it reads for another


@dataclass(frozen=True, slots=True)
class Workspace:
    """The workspace's own row."""

    id: str
    revision: int
    restored: bool
    switches: Switches
    guests: Mapping[EventId, int] = field(default_factory=dict[EventId, int])
    guests_sure: bool = True
    pending: Mapping[EventId, Mapping[str, Row | None]] = field(default_factory=dict[EventId, Mapping[str, Row | None]])
    anew: bool = False  # begun because the one before was gone, and nobody has said yes to that
    put_back: bool = False  # by `venuesync restore`: what is decided by it is to be so again
    decided: tuple[EventId, ...] = ()
    forgetting: tuple[Forgetting, ...] = ()
    moved_back: Mapping[str, Mapping[EventId, EventId]] = field(default_factory=dict[str, Mapping[EventId, EventId]])
    came_too: Mapping[str, tuple[EventId, ...]] = field(default_factory=dict[str, tuple[EventId, ...]])


def refuse_newer(tables: dict[str, dict[str, Row]]) -> None:
    """Raise `VenueError` for a list that a newer program made. One that names no format is of the first."""
    found = tables["workspace"][str(ONE)].get("format", FORMAT)
    if found > FORMAT:
        raise VenueError(
            "The list of people was made by a newer venuesync",
            f"it is of format {found}, this program knows {FORMAT}",
            "Update venuesync, or put an older copy back: venuesync restore",
        )


def check(tables: dict[str, dict[str, Row]]) -> None:
    """Raise if these are not a roster's tables."""
    refuse_newer(tables)
    workspace = value_of(Workspace, tables["workspace"][str(ONE)])
    decided = [workspace.pending]
    people = [value_of(Person, row) for row in tables.get("people", {}).values()]
    for row in [*tables.get(DONE, {}).values(), *tables.get(UNDONE, {}).values()]:
        entry = value_of(Entry, row)
        people += [one for one in entry.people.values() if one is not None]
        decided.append(entry.decisions)
    for person in people:
        check_folder(person.folder)
        for reference in person.references:
            check_id(reference.sha256)
    for event, rows in [one for each in decided for one in each.items()]:
        check_id(event)
        for row in rows.values():
            if row is not None:
                decision_from(row)
    for row in tables["events"].values():
        event = value_of(Event, row)
        check_id(event.id)
        check_folder(event.folder)
        if not event.folder and event.id != DEFAULT_EVENT:
            raise ValueError(f"{event.name} has the workspace's own folder")
