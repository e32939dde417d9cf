"""about.get: whose Drive this is, and how full."""

from typing import Any

from agent.emulator.api.call import Call
from agent.emulator.api.making import used_by
from agent.emulator.api.sharing import user_resource
from agent.emulator.api.uploads import MAX_SIZE
from agent.emulator.errors import refusal
from agent.emulator.fields import pick

_COLOURS = [
    "#ac725e",
    "#d06b64",
    "#f83a22",
    "#fa573c",
    "#ff7537",
    "#ffad46",
    "#42d692",
    "#16a765",
    "#7bd148",
    "#8f8f8f",
]


def get_about(call: Call) -> dict[str, Any]:
    """Drive insists on `fields` here, and here alone."""
    if not call.text("fields").strip():
        words = "The 'fields' parameter is required for this method."
        raise refusal("required", words, location="fields")
    return pick(_about(call), call.mask("About"))


def _about(call: Call) -> dict[str, Any]:
    user = call.caller.user
    used = used_by(call.parts, user)
    quota = {"usage": str(used), "usageInDrive": str(used), "usageInDriveTrash": str(_in_trash(call))}
    if user.limit is not None:
        quota["limit"] = str(user.limit)
    return {
        "kind": "drive#about",
        "user": user_resource(user, call.caller),
        "storageQuota": quota,
        "importFormats": {"text/plain": ["application/vnd.google-apps.document"]},
        "exportFormats": {"application/vnd.google-apps.document": ["text/plain", "application/pdf"]},
        "maxImportSizes": {"application/vnd.google-apps.document": "10485760"},
        "maxUploadSize": str(MAX_SIZE),
        "appInstalled": True,
        "folderColorPalette": _COLOURS,
        "driveThemes": [],
        "teamDriveThemes": [],
        "canCreateDrives": not user.service,
        "canCreateTeamDrives": not user.service,
    }


def _in_trash(call: Call) -> int:
    sql = "SELECT coalesce(sum(size), 0) FROM items WHERE owner = ? AND trashed = 1"
    return call.parts.database.value(sql, (call.caller.user.id,))
