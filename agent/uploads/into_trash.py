"""Into Drive's trash, by id. Drive's word that nothing is there counts once it says so of the id itself, too."""

from __future__ import annotations

from agent.drive.client import DriveClient
from agent.drive.errors import DriveError
from agent.model import DriveId

TRIES = 3


async def into_trash(client: DriveClient, drive_id: DriveId) -> bool:
    """Whether it lies there now; `False`: nothing has that id. Raises `DriveError`, and can be called again then."""
    for tries_left in reversed(range(TRIES)):
        try:
            await client.trash(drive_id)
        except DriveError as error:
            if error.kind != "not_found":
                raise
            there = await exists(client, drive_id)
            if there is not True:
                return there is None
            if not tries_left:
                raise
        else:
            return True
    raise AssertionError("it was tried")


async def exists(client: DriveClient, drive_id: DriveId) -> bool | None:
    """Whether something has that id; `None`: it does, and lies in the trash."""
    try:
        found = await client.get(drive_id)
    except DriveError as error:
        if error.kind != "not_found":
            raise
        return False
    return None if found.trashed else True
