"""revisions.*: the head revision of a file, which is all that is kept.

Drive keeps older ones for a month; here a replaced content is gone.
"""

from typing import Any

from agent.emulator.api.call import Call
from agent.emulator.api.download import content_answer
from agent.emulator.api.sharing import user_resource
from agent.emulator.errors import refusal
from agent.emulator.fields import pick
from agent.emulator.store.item import Item
from agent.emulator.wire.answer import Answer


def list_revisions(call: Call) -> dict[str, Any]:
    item = _revised(call)
    return pick({"kind": "drive#revisionList", "revisions": [_resource(call, item)]}, call.mask("RevisionList"))


def get_revision(call: Call) -> dict[str, Any]:
    return pick(_resource(call, _head(call)), call.mask("Revision"))


def download_revision(call: Call) -> Answer:
    return content_answer(call, _head(call))


def _revised(call: Call) -> Item:
    item = call.item()
    call.parts.access.require_content(call.caller, item)
    if item.revision is None:
        raise refusal("revisionsNotSupported", "The file does not support revisions.", status=403)
    return item


def _head(call: Call) -> Item:
    item = _revised(call)
    wanted = call.params["revision_id"]
    if wanted not in {item.revision, "head"}:
        raise refusal("notFound", f"Revision not found: {wanted}.", location="revisionId")
    return item


def _resource(call: Call, item: Item) -> dict[str, Any]:
    user = call.parts.accounts.by_id(item.modified_by)
    shown: dict[str, Any] = {
        "kind": "drive#revision",
        "id": item.revision,
        "mimeType": item.mime,
        "modifiedTime": item.modified,
        "keepForever": False,
        "published": False,
        "originalFilename": item.original_name,
        "md5Checksum": item.md5,
        "size": str(item.size),
    }
    if user is not None:
        shown["lastModifyingUser"] = user_resource(user, call.caller)
    return shown
