"""Every route: verb and path to the method's name, handler and scopes.

The name is what is counted and what faults go by; `docs/drive-emulator.md` lists them with their tests.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from agent.emulator import scopes
from agent.emulator.api import (
    about,
    changes,
    channels,
    download,
    files,
    listing,
    permissions,
    revisions,
    shared_drives,
    uploads,
)
from agent.emulator.api.call import Call
from agent.emulator.wire.answer import Answer

Result = dict[str, Any] | Answer | None


@dataclass(frozen=True, slots=True)
class Route:
    """`handler` runs in one transaction with the body read; a `flow` awaits the body itself."""

    name: str
    scopes: frozenset[str]
    handler: Callable[[Call], Result] | None = None
    flow: Callable[[Call], Awaitable[Answer]] | None = None


_D = "/drive/v3"
_TABLE: list[tuple[str, str, Route]] = [
    ("GET", f"{_D}/about", Route("about.get", scopes.ANY, about.get_about)),
    # files
    ("GET", f"{_D}/files", Route("files.list", scopes.LOOK, listing.list_files)),
    ("POST", f"{_D}/files", Route("files.create", scopes.WRITE, files.create_file)),
    ("GET", f"{_D}/files/generateIds", Route("files.generateIds", scopes.WRITE, files.generate_ids)),
    ("DELETE", f"{_D}/files/trash", Route("files.emptyTrash", scopes.DRIVES_WRITE, files.empty_trash)),
    ("GET", f"{_D}/files/*file_id", Route("files.get", scopes.LOOK, listing.get_file)),
    ("PATCH", f"{_D}/files/*file_id", Route("files.update", scopes.DESCRIBE, files.update_file)),
    ("DELETE", f"{_D}/files/*file_id", Route("files.delete", scopes.WRITE, files.delete_file)),
    ("POST", f"{_D}/files/*file_id/copy", Route("files.copy", scopes.WRITE, files.copy_file)),
    ("POST", f"{_D}/files/*file_id/watch", Route("files.watch", scopes.LOOK, channels.watch_file)),
    ("GET", f"{_D}/files/*file_id/export", Route("files.export", scopes.READ, download.export)),
    # revisions
    ("GET", f"{_D}/files/*file_id/revisions", Route("revisions.list", scopes.LOOK, revisions.list_revisions)),
    ("GET", f"{_D}/files/*file_id/revisions/*revision_id", Route("revisions.get", scopes.LOOK, revisions.get_revision)),
    # permissions
    ("GET", f"{_D}/files/*file_id/permissions", Route("permissions.list", scopes.LOOK, permissions.list_permissions)),
    (
        "POST",
        f"{_D}/files/*file_id/permissions",
        Route("permissions.create", scopes.SHARE, permissions.create_permission),
    ),
    (
        "GET",
        f"{_D}/files/*file_id/permissions/*permission_id",
        Route("permissions.get", scopes.LOOK, permissions.get_permission),
    ),
    (
        "PATCH",
        f"{_D}/files/*file_id/permissions/*permission_id",
        Route("permissions.update", scopes.SHARE, permissions.update_permission),
    ),
    (
        "DELETE",
        f"{_D}/files/*file_id/permissions/*permission_id",
        Route("permissions.delete", scopes.SHARE, permissions.delete_permission),
    ),
    # changes and channels
    ("GET", f"{_D}/changes", Route("changes.list", scopes.LOOK, changes.list_changes)),
    ("GET", f"{_D}/changes/startPageToken", Route("changes.getStartPageToken", scopes.LOOK, changes.start_page_token)),
    ("POST", f"{_D}/changes/watch", Route("changes.watch", scopes.LOOK, channels.watch_changes)),
    ("POST", f"{_D}/channels/stop", Route("channels.stop", scopes.LOOK, channels.stop_channel)),
    # shared drives
    ("GET", f"{_D}/drives", Route("drives.list", scopes.DRIVES_LOOK, shared_drives.list_drives)),
    ("POST", f"{_D}/drives", Route("drives.create", scopes.DRIVES_WRITE, shared_drives.create_drive)),
    ("GET", f"{_D}/drives/*drive_id", Route("drives.get", scopes.DRIVES_LOOK, shared_drives.get_drive)),
    ("PATCH", f"{_D}/drives/*drive_id", Route("drives.update", scopes.DRIVES_WRITE, shared_drives.update_drive)),
    ("DELETE", f"{_D}/drives/*drive_id", Route("drives.delete", scopes.DRIVES_WRITE, shared_drives.delete_drive)),
    ("POST", f"{_D}/drives/*drive_id/hide", Route("drives.hide", scopes.DRIVES_WRITE, shared_drives.hide_drive)),
    ("POST", f"{_D}/drives/*drive_id/unhide", Route("drives.unhide", scopes.DRIVES_WRITE, shared_drives.unhide_drive)),
    # uploads; Google's discovery document lists the second address for resumable ones
    *(
        entry
        for start in ("/upload", "/resumable/upload")
        for entry in (
            ("POST", f"{start}{_D}/files", Route("files.create", scopes.WRITE, flow=uploads.upload)),
            ("PATCH", f"{start}{_D}/files/*file_id", Route("files.update", scopes.WRITE, flow=uploads.upload)),
        )
    ),
]
# The same addresses with alt=media answer bytes; they are counted by names of their own.
MEDIA = {
    "files.get": Route("files.get_media", scopes.READ, download.download),
    "revisions.get": Route("revisions.get_media", scopes.READ, revisions.download_revision),
}
NAMES = sorted({route.name for _, _, route in _TABLE} | {route.name for route in MEDIA.values()})


@dataclass(slots=True)
class _Branch:
    """One step of a path: literal steps, and at most one that takes any word under a name."""

    steps: dict[str, "_Branch"] = field(default_factory=dict[str, "_Branch"])
    any: "_Branch | None" = None
    name: str = ""
    routes: dict[str, Route] = field(default_factory=dict[str, Route])


def _grow() -> _Branch:
    root = _Branch()
    for verb, path, route in _TABLE:
        branch = root
        for step in path.split("/")[1:]:
            if step.startswith("*"):
                branch.any = branch.any or _Branch()
                branch.name = step[1:]
                branch = branch.any
            else:
                branch = branch.steps.setdefault(step, _Branch())
        branch.routes[verb] = route
    return root


_ROOT = _grow()


def find(verb: str, path: str, *, media: bool) -> tuple[Route, dict[str, str]] | None:
    """The route for a request, with the words its path names; literal steps go before names."""
    branch = _ROOT
    params: dict[str, str] = {}
    for step in path.split("/")[1:]:
        literal = branch.steps.get(step)
        if literal is not None:
            branch = literal
        elif branch.any is not None and step:
            params[branch.name] = step
            branch = branch.any
        else:
            return None
    route = branch.routes.get(verb)
    if route is None:
        return None
    return (MEDIA.get(route.name, route) if media else route), params
