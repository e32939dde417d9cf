"""Uploads in one request (`media`, `multipart`), and the opening of resumable ones.

Content is hashed and written while it arrives; the item appears when all of it is here, or not at all.
"""

from collections.abc import AsyncIterator
from typing import Any

from agent.emulator.api.access import Access
from agent.emulator.api.call import Call
from agent.emulator.api.files import shown, update
from agent.emulator.api.making import check_room, chosen_id, create, destination
from agent.emulator.errors import DriveError, invalid
from agent.emulator.store.contents import Arrived, Incoming
from agent.emulator.store.item import Item
from agent.emulator.wire.answer import JSON, Answer, json_answer
from agent.emulator.wire.multipart import Multipart, boundary_of, decoded
from agent.emulator.wire.request import parse_object

MAX_SIZE = 5_497_558_138_880  # bytes
_FORMS = {"application/x-www-form-urlencoded", ""}  # what some libraries send when nobody set a type


async def upload(call: Call) -> Answer:
    """files.create and files.update with content."""
    call.mask("File")
    kind = call.text("uploadType") or call.text("upload_protocol")
    if kind == "resumable":
        return await _open(call)
    if kind == "multipart":
        body, arrived, mime = await _multipart(call)
    elif kind == "media":
        body, arrived, mime = {}, await receive(call, call.request.body.chunks()), _mime(call.request.content_type)
    else:
        raise invalid(f"Invalid upload type '{kind}'.", "uploadType")
    try:
        with call.parts.database.transaction():
            return json_answer(shown(call, store(call, body, arrived, mime)))
    except BaseException:
        arrived.discard()
        raise


def store(call: Call, body: dict[str, Any], arrived: Arrived, mime: str | None) -> Item:
    """The created or updated item, inside a transaction."""
    if "file_id" in call.params:
        return update(call, call.item(), body, arrived, mime)
    return create(call, body, arrived, mime)


async def receive(call: Call, pieces: AsyncIterator[bytes]) -> Arrived:
    """All the pieces as one content; nothing stays of them if they break off."""
    incoming = Incoming(call.parts.contents)
    fault = call.request.attributes.get("fault")
    try:
        async for piece in pieces:
            incoming.write(piece if fault is None else fault.damaged(piece, incoming.size))
            if incoming.size > MAX_SIZE:
                raise DriveError(413, "uploadTooLarge", "The file is too large.")
        return incoming.finish()
    except BaseException:
        incoming.discard()
        raise


async def _multipart(call: Call) -> tuple[dict[str, Any], Arrived, str | None]:
    request = call.request
    parts = Multipart(request.body.chunks(), boundary_of(request.content_type))
    first = await parts.next_part()
    if first is None:
        raise DriveError(400, "badContent", "Multipart body without parts.")
    metadata = bytearray()
    async for piece in decoded(parts.content(), first.get("content-transfer-encoding", "")):
        metadata += piece
    second = await parts.next_part()
    if second is None:
        raise DriveError(400, "badContent", "Multipart body with one part: metadata and content are due.")
    content = decoded(parts.content(), second.get("content-transfer-encoding", ""))
    arrived = await receive(call, content)
    try:
        if await parts.next_part() is not None:
            raise DriveError(400, "badContent", "Multipart body with more than two parts.")
        await parts.finish()
        return parse_object(bytes(metadata)), arrived, _mime(second.get("content-type", ""))
    except BaseException:
        arrived.discard()
        raise


def _mime(content_type: str) -> str | None:
    """The type that content says it has; None where it says nothing."""
    kind = content_type.partition(";")[0].strip().lower()
    return None if kind in _FORMS else kind


async def _open(call: Call) -> Answer:
    """Begins a resumable session; what can be refused by now is."""
    request = call.request
    body = await request.json()
    announced = request.headers.get("x-upload-content-length", "")
    total = int(announced) if announced.isdigit() else None
    _check(call, body, total)
    with call.parts.database.transaction():
        key = call.parts.sessions.open(
            {
                "user": call.caller.user.id,
                "client": call.caller.client,
                "scopes": sorted(call.caller.scopes),
                "method": call.method,
                "file_id": call.params.get("file_id"),
                "query": request.query,
                "base": request.base,
                "body": body,
                "mime": _mime(request.headers.get("x-upload-content-type", "")),
                "total": total,
            }
        )
    query = "&".join(f"{name}={value}" for name, value in (("uploadType", "resumable"), ("upload_id", key)))
    headers = (("Location", f"{request.base}{request.path}?{query}"), ("X-GUploader-UploadID", key))
    return Answer(200, b"", JSON, headers)


def _check(call: Call, body: dict[str, Any], total: int | None) -> None:
    access: Access = call.parts.access
    if "file_id" in call.params:
        access.require(call.caller, call.item(), "writer")
        return
    with call.parts.database.transaction():
        chosen_id(call.parts, body, str(body.get("mimeType") or ""))
        parent = destination(call, body)
    if total and not parent.drive:
        check_room(call.parts, call.caller.user, total)
