"""What a role lets its holder do: the `capabilities` of files and shared drives.

Clients read these to grey out what would be refused; they have to agree with the refusals.
"""

from functools import lru_cache

from agent.emulator.accounts import Caller
from agent.emulator.api.access import RANK
from agent.emulator.shapes import DRIVE_CAPABILITIES, FILE_CAPABILITIES
from agent.emulator.store.item import Item

_WRITER = {
    "canEdit",
    "canModifyContent",
    "canModifyContentRestriction",
    "canModifyEditorContentRestriction",
    "canRename",
    "canReadRevisions",
    "canRemoveContentRestriction",
    "canShare",
    "canComment",
    "canStartApproval",
    "canMoveItemWithinDrive",
    "canMoveItemWithinTeamDrive",
    "canMoveTeamDriveItem",
    "canModifyLabels",
}
_FOLDER_WRITER = {"canAddChildren", "canRemoveChildren", "canMoveChildrenWithinDrive", "canMoveChildrenWithinTeamDrive"}
_OWNER = {
    "canTrash",
    "canUntrash",
    "canDelete",
    "canModifyOwnerContentRestriction",
    "canMoveItemIntoTeamDrive",
    "canMoveItemOutOfDrive",
    "canMoveItemOutOfTeamDrive",
    "canChangeCopyRequiresWriterPermission",
    "canChangeViewersCanCopyContent",
    "canChangeItemDownloadRestriction",
    "canDisableInheritedPermissions",
    "canEnableInheritedPermissions",
    "canRemoveMyDriveParent",
    "canAddMyDriveParent",
}
_FOLDER_OWNER = {
    "canDeleteChildren",
    "canTrashChildren",
    "canMoveChildrenOutOfDrive",
    "canMoveChildrenOutOfTeamDrive",
    "canAddFolderFromAnotherDrive",
}
_ROOT_NEVER = {"canTrash", "canDelete", "canRename", "canShare", "canMoveItemOutOfDrive", "canMoveItemWithinDrive"}


def file_capabilities(role: str, item: Item, caller: Caller) -> dict[str, bool]:
    """Every capability of the File resource, for one role on one item."""
    del caller
    return dict(_capabilities(role, item.is_folder, item.is_native, item.drive is not None, item.parent is None))


@lru_cache(maxsize=256)
def _capabilities(role: str, folder: bool, native: bool, shared_drive: bool, root: bool) -> dict[str, bool]:
    rank = RANK[role]
    able = {"canReadLabels", "canAccessViaGenAi"}
    if folder:
        able |= {"canListChildren"}
    if not native:
        able |= {"canDownload"}
    if not folder:
        able |= {"canCopy"}
    if shared_drive:
        able |= {"canReadDrive", "canReadTeamDrive"}
    if rank >= RANK["commenter"]:
        able |= {"canComment"}
    if rank >= RANK["writer"]:
        able |= _WRITER | (_FOLDER_WRITER if folder else set[str]())
    owns = rank >= RANK["fileOrganizer"] if shared_drive else role == "owner"
    if owns:
        able |= _OWNER | (_FOLDER_OWNER if folder else set[str]())
    if root:
        able -= _ROOT_NEVER
    return {name: name in able for name in FILE_CAPABILITIES.split(",")}


_DRIVE_WRITER = {"canAddChildren", "canEdit", "canRename", "canComment", "canCopy", "canDownload", "canListChildren"}
_DRIVE_READER = {"canCopy", "canDownload", "canListChildren"}


@lru_cache(maxsize=8)
def drive_capabilities(role: str) -> dict[str, bool]:
    """Every capability of the Drive resource (a shared drive), for one role in it."""
    names = DRIVE_CAPABILITIES.split(",")
    if role == "organizer":
        return dict.fromkeys(names, True)
    able = _DRIVE_WRITER | {"canReadRevisions"} if RANK[role] >= RANK["writer"] else _DRIVE_READER
    if role == "fileOrganizer":
        able = able | {"canTrashChildren", "canShare"}
    return {name: name in able for name in names}
