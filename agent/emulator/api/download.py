"""alt=media: the bytes of a file, whole or in part.

Ranges as HTTP has them, because every client resumes with them.
"""

import re

from agent.emulator.api.call import Call
from agent.emulator.errors import refusal
from agent.emulator.store.contents import Contents
from agent.emulator.store.item import Item
from agent.emulator.wire.answer import Answer, Slice

_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


def download(call: Call) -> Answer:
    return content_answer(call, call.item())


def content_answer(call: Call, item: Item) -> Answer:
    call.parts.access.require_content(call.caller, item)
    if item.size is None or item.sha256 is None:
        raise refusal("fileNotDownloadable")
    return bytes_answer(call.parts.contents, item, call.request.headers.get("range", ""))


def bytes_answer(contents: Contents, item: Item, asked: str) -> Answer:
    """The bytes with their headers: 200, 206 for a range, 416 for one beyond the end."""
    size = item.size or 0
    headers = [
        ("Accept-Ranges", "bytes"),
        ("X-Goog-Hash", f"md5={item.md5}"),
        ("ETag", f'"{item.revision}"'),
        ("Vary", "Origin"),
    ]
    part = _part(asked, size)
    if part is None:
        return Answer(416, b"", "text/html", (("Content-Range", f"bytes */{size}"),))
    start, end = part
    status = 200
    if asked and _RANGE.fullmatch(asked.strip()):
        status = 206
        headers.append(("Content-Range", f"bytes {start}-{end - 1}/{size}"))
    content = contents.read(item.sha256 or "", size)
    body = content[start:end] if isinstance(content, bytes) else Slice(content, start, end - start)
    return Answer(status, body, item.mime, tuple(headers))


def _part(asked: str, size: int) -> tuple[int, int] | None:
    """Start and end (exclusive) of a range; the whole for none or a strange one; None beyond the end."""
    match = _RANGE.fullmatch(asked.strip())
    if match is None or match.groups() == ("", ""):
        return 0, size
    first, last = match.groups()
    if not first:
        length = min(int(last), size)
        return (size - length, size) if length else None
    start = int(first)
    if start >= size:
        return None
    return start, min(int(last) + 1, size) if last else size


def export(call: Call) -> Answer:
    """Google's own documents as something else: an empty one, for nothing can be written into them here."""
    item = call.item()
    call.parts.access.require_content(call.caller, item)
    if not item.mime.startswith("application/vnd.google-apps.") or item.is_folder or item.target is not None:
        raise refusal("fileNotExportable", "Export only supports Docs Editors files.", status=403)
    wanted = call.text("mimeType")
    if not wanted:
        raise refusal("required", "Required parameter: mimeType", location="mimeType")
    return Answer(200, b"", wanted)
