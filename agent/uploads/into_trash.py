"""Into Drive's trash, by id."""

from __future__ import annotations

from agent.drive.client import DriveClient
from agent.drive.errors import DriveError
from agent.model import DriveId


async def into_trash(client: DriveClient, drive_id: DriveId) -> bool:
    """Whether it lies there now; `False`: nothing has that id. Raises `DriveError`, and can be called again then."""
    try:
        await client.trash(drive_id)
    except DriveError as error:
        if error.kind != "not_found":
            raise
        return False
    return True
