"""Batches: up to a hundred calls in one request.

Each inner call goes the way of any other, faults and counts included; one that fails leaves the others alone.
"""

import http
from collections.abc import Awaitable, Callable

from agent.emulator.errors import DriveError
from agent.emulator.parts import Parts
from agent.emulator.store.ids import token
from agent.emulator.wire.answer import Answer
from agent.emulator.wire.multipart import Multipart, boundary_of
from agent.emulator.wire.request import Request, from_target

BATCH_PATHS = ("/batch/drive/v3", "/batch")
MOST = 100


async def batch(parts: Parts, request: Request, answer: Callable[[Request], Awaitable[Answer]]) -> Answer:
    """multipart/mixed in and out, answers in the order of their calls."""
    calls: list[tuple[str, Request]] = []
    reader = Multipart(request.body.chunks(), boundary_of(request.content_type))
    while (headers := await reader.next_part()) is not None:
        content = bytearray()
        async for piece in reader.content():
            content += piece
        calls.append((headers.get("content-id", ""), _inner(parts, bytes(content), request)))
    await reader.finish()
    if len(calls) > MOST:
        raise DriveError(400, "badRequest", f"The batch request could not be processed: more than {MOST} calls.")
    boundary = token("batch_", 18)
    out = bytearray()
    for content_id, inner in calls:
        out += _part(boundary, content_id, await answer(inner))
    out += f"--{boundary}--\r\n".encode()
    return Answer(200, bytes(out), f"multipart/mixed; boundary={boundary}")


def _inner(parts: Parts, content: bytes, outer: Request) -> Request:
    """One call of a batch: a request line, headers, an empty line, a body. It signs in as the batch does unless it says
    so.
    """
    head, _, body = content.replace(b"\r\n", b"\n").lstrip(b"\n").partition(b"\n\n")
    lines = head.decode("latin-1").split("\n")
    words = lines[0].split(" ")
    if len(words) < 2:
        raise DriveError(400, "badRequest", "Failed to parse batch request: a call has no request line.")
    headers = {"authorization": outer.headers.get("authorization", "")} if "authorization" in outer.headers else {}
    for line in lines[1:]:
        name, _, value = line.partition(":")
        headers[name.strip().lower()] = value.strip()
    inner = from_target(words[0], words[1], headers, body, outer, parts.link)
    if "upload" in inner.path or inner.query.get("alt") == "media":
        raise DriveError(400, "badRequest", "Batch requests take no uploads and no downloads.")
    return inner


def _part(boundary: str, content_id: str, answer: Answer) -> bytes:
    body = answer.body if isinstance(answer.body, bytes) else b""
    phrase = http.HTTPStatus(answer.status).phrase if answer.status in set(http.HTTPStatus) else ""
    lines = [
        f"--{boundary}",
        "Content-Type: application/http",
        *([f"Content-ID: {_response_id(content_id)}"] if content_id else []),
        "",
        f"HTTP/1.1 {answer.status} {phrase}",
        f"Content-Type: {answer.content_type or 'text/html'}",
        *(f"{name}: {value}" for name, value in answer.headers),
        f"Content-Length: {len(body)}",
        "",
        "",
    ]
    return "\r\n".join(lines).encode() + body + b"\r\n"


def _response_id(content_id: str) -> str:
    return f"<response-{content_id[1:]}" if content_id.startswith("<") else f"response-{content_id}"
