"""A resumable session's own address: bytes, status queries, cancellation.

The address is the right to write: it needs no sign-in. Whoever loses the connection asks how far it came, and goes on
from there.
"""

import re
from dataclasses import dataclass

from agent.emulator.accounts import Caller
from agent.emulator.api.call import Call
from agent.emulator.api.files import shown
from agent.emulator.api.sessions import CHUNK, Superseded, Writer
from agent.emulator.api.uploads import store
from agent.emulator.errors import DriveError, refusal
from agent.emulator.parts import Parts
from agent.emulator.store.documents import Document
from agent.emulator.wire.answer import HTML, Answer, json_answer
from agent.emulator.wire.request import Disconnected, Request

_RANGE = re.compile(r"bytes\s+(?:(\d+)-(\d+)|\*)/(\d+|\*)")
GONE = 404
CANCELLED = 499


@dataclass(frozen=True, slots=True)
class Piece:
    """What a request says it brings: bytes from `start` to `end` (exclusive) of `total`. Unknown ones are None."""

    start: int | None  # None: it asks for the status
    end: int | None
    total: int | None


NAMES = ("upload.put", "upload.status", "upload.cancel")


def kind_of(request: Request) -> str:
    """The name under which such a request is counted: upload.put, upload.status or upload.cancel."""
    if request.method == "DELETE":
        return "upload.cancel"
    asks = request.headers.get("content-range", "").strip().startswith("bytes *")
    return "upload.status" if asks else "upload.put"


def file_of(parts: Parts, request: Request) -> str | None:
    """The id of the file that a session is about, as far as it is known before the end."""
    session = parts.sessions.get(request.query["upload_id"])
    return (session.get("file_id") or session.get("body", {}).get("id")) if session else None


async def serve_session(parts: Parts, request: Request) -> Answer:
    """One request to a session's address."""
    key = request.query["upload_id"]
    session = parts.sessions.get(key)
    if session is None:
        await request.body.drain()
        return Answer(GONE, b"Not Found", HTML)
    if request.method == "DELETE":
        return _cancel(parts, key)
    call = _call(parts, session, request)
    if session["done"]:
        await request.body.drain()
        return json_answer(shown(call, parts.access.find(call.caller, session["done"])))
    piece = _piece(request)
    if piece.start is None:
        await request.body.drain()
        # All of it may be here already: nothing at all was due, or the answer to the last byte was never given.
        if piece.total != parts.sessions.received(key) or session["total"] not in {None, piece.total}:
            return _so_far(parts, key)
    elif not await _take(parts, key, request, piece):
        return _so_far(parts, key)
    return await _complete(call, key, session)


def _cancel(parts: Parts, key: str) -> Answer:
    with parts.database.transaction():
        parts.sessions.drop(key)
    return Answer(CANCELLED, b"", HTML)


def _call(parts: Parts, session: Document, request: Request) -> Call:
    """The call that opened the session: its answer is due to that one's wishes, not to this request's."""
    user = parts.accounts.by_id(session["user"])
    if user is None:
        raise refusal("authError")
    opened = Request(
        "POST",
        request.path,
        session["query"],
        request.headers,
        request.body,
        request.line,
        session["base"],
        request.attributes,
    )
    params = {"file_id": session["file_id"]} if session.get("file_id") else {}
    return Call(parts, opened, Caller(user, session["client"], frozenset(session["scopes"])), params, session["method"])


def _piece(request: Request) -> Piece:
    text = request.headers.get("content-range", "")
    if not text:
        return Piece(0, None, None)
    match = _RANGE.fullmatch(text.strip())
    if match is None:
        raise DriveError(400, "badRequest", "Failed to parse Content-Range header.")
    first, last, total = match.groups()
    whole = None if total == "*" else int(total)
    if first is None:
        return Piece(None, None, whole)
    return Piece(int(first), int(last) + 1, whole)


async def _take(parts: Parts, key: str, request: Request, piece: Piece) -> bool:
    """Stores what the request brings; True when that was the end of the content."""
    received = parts.sessions.received(key)
    start = piece.start or 0
    final = piece.end is None or piece.end == piece.total
    if start > received:
        await request.body.drain()
        raise DriveError(400, "badRequest", f"Invalid request. {received} bytes were received, not {start}.")
    if piece.end is not None and not final and (piece.end - start) % CHUNK:
        await request.body.drain()
        raise DriveError(
            400, "badRequest", f"Invalid request. A chunk that is not the last has a multiple of {CHUNK} bytes."
        )
    writer = parts.sessions.write_from(key, start)
    try:
        whole = await _write(request, writer, piece)
    finally:
        writer.close()
    return final and whole


async def _write(request: Request, writer: Writer, piece: Piece) -> bool:
    start = writer.at
    fault = request.attributes.get("fault")
    try:
        async for chunk in request.body.chunks():
            writer.write(chunk if fault is None else fault.damaged(chunk, writer.at))
    except (Disconnected, ConnectionError):
        writer.keep(writer.at - writer.at % CHUNK)
        raise
    except Superseded:
        await request.body.drain()
        raise _superseded() from None
    if piece.end is not None and writer.at != piece.end:
        writer.keep(start)
        raise DriveError(400, "badRequest", "Invalid request. The body's length is not that of its Content-Range.")
    if fault is not None and fault.persist_chunks is not None:
        writer.keep(start + fault.persist_chunks * CHUNK)
        return False
    return True


def _so_far(parts: Parts, key: str) -> Answer:
    received = parts.sessions.received(key)
    headers = (("X-GUploader-UploadID", key),)
    if received:
        headers += (("Range", f"bytes=0-{received - 1}"),)
    return Answer(308, b"", None, headers)


async def _complete(call: Call, key: str, session: Document) -> Answer:
    parts = call.parts
    try:
        arrived = await parts.sessions.whole(key)
    except Superseded:
        raise _superseded() from None
    known = parts.sessions.get(key)
    if known is None:
        return Answer(GONE, b"Not Found", HTML)
    if known["done"]:  # by another request, meanwhile
        return json_answer(shown(call, parts.access.find(call.caller, known["done"])))
    with parts.database.transaction():
        item = store(call, session["body"], arrived, session["mime"])
        parts.sessions.finished(key, item.id)
        return json_answer(shown(call, item))


def _superseded() -> DriveError:
    return DriveError(400, "badRequest", "Another request writes to this session.")
