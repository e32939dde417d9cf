"""Moving a file of ours on Drive into another folder, by its id: no byte crosses the line.

Drive is asked to move it and answers what it has then: called again after a lost answer, it finds it moved.
"""

from __future__ import annotations

from enum import StrEnum

from agent.drive.client import DriveClient
from agent.drive.errors import DriveError
from agent.drive.files import DriveFile
from agent.drive.reasons import Scope
from agent.ledger.drive_queue import DriveTask
from agent.model import DriveId


class Moved(StrEnum):
    THERE = "there"
    LOST = "lost"  # a person deleted, trashed or changed it: it is not ours to move any more
    NO_FOLDER = "no folder"  # the file is there, the folder is not


async def move(client: DriveClient, task: DriveTask, drive_id: DriveId, description: str) -> Moved:
    """Bring the file into `task.parent`, under the name that it has there. Raises `DriveError`.

    By our knowledge it lies in `task.moves_from`; where Drive does not do it so, it is asked where the file lies.
    """
    there_and_back = task.moves_from in (None, task.parent)
    if not there_and_back:
        try:
            found = await _move(client, task, drive_id, description, [task.moves_from or DriveId("")])
            return Moved.THERE if is_ours(found, task) else Moved.LOST
        except DriveError as error:
            if error.scope is not Scope.ITEM:
                raise
    found = await client.find(drive_id)
    if found is None or not is_ours(found, task):
        return Moved.LOST
    try:
        await _move(client, task, drive_id, description, [DriveId(one) for one in found.parents if one != task.parent])
    except DriveError as error:
        if error.kind in ("not_found", "folder_not_found"):
            return Moved.NO_FOLDER
        raise
    return Moved.THERE


async def _move(
    client: DriveClient, task: DriveTask, drive_id: DriveId, description: str, old: list[DriveId]
) -> DriveFile:
    return await client.update(
        drive_id, name=task.file_name, parent=task.parent, old_parents=old, description=description
    )


def is_ours(found: DriveFile, task: DriveTask) -> bool:
    return not found.trashed and found.md5 == task.md5
