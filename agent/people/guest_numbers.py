"""Guests' numbers that were given: told by folders on disk, in the ledger and on Drive. None is ever given again.

The list of people counts them itself. Where it is an older copy, or was begun anew, the folders know better.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence

from agent.drive.client import DriveClient
from agent.ledger import Ledger, people_known
from agent.model import Event, EventId
from agent.people.intents import GUEST_NUMBER
from agent.workspace import Workspace

ON_DRIVE = "mimeType = 'application/vnd.google-apps.folder' and name contains 'Guest' and trashed = false"


def highest(names: Iterable[str]) -> int:
    return max((int(found[1]) for name in names if (found := GUEST_NUMBER.fullmatch(name))), default=0)


def on_disk(workspace: Workspace, events: Sequence[Event]) -> dict[EventId, int]:
    """By the folders below People/ of each event. Blocks."""
    return {event.id: highest(people_folders(workspace, event)) for event in events}


def people_folders(workspace: Workspace, event: Event) -> list[str]:
    """Names of folders below an event's People/, whoever made them."""
    try:
        with os.scandir(workspace.folder_of(event.folder) / "People") as entries:
            return [entry.name for entry in entries if entry.is_dir(follow_symlinks=False)]
    except OSError:
        return []


def in_ledger(ledger: Ledger, events: Sequence[Event]) -> dict[EventId, int]:
    """By the folders that were ever made. Blocks."""
    known = ledger.ask(people_known.folder_names)
    return {event.id: highest(name for at, name in known if at == event.id) for event in events}


async def on_drive(client: DriveClient) -> int:
    """The highest of all that this sign-in may see: more than is needed, and never too little. Raises `DriveError`."""
    return highest([one.name async for one in client.list_all(ON_DRIVE)])
