"""Many small calls in one request: Drive's batch, multipart/mixed both ways, each answer read by itself.

Google's library has one, too; it loses all answers over one that it cannot read, and renews no token but its own kind.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from email.parser import BytesParser
from typing import cast

from agent.drive.answer import Answer

MOST = 100  # calls in a request, Drive's limit
NUMBER = re.compile(r"call-(\d+)@venuesync")  # in the Content-ID that comes back with `response-` before it


@dataclass(frozen=True, slots=True)
class Inner:
    """One call: `target` is its path and query, `body` JSON."""

    method: str
    target: str
    body: str


def envelope(calls: Sequence[Inner]) -> tuple[str, bytes]:
    """Content type and body of the request."""
    boundary = f"venuesync-{secrets.token_hex(12)}"
    parts: list[bytes] = []
    for number, call in enumerate(calls):
        body = call.body.encode()
        head = (
            f"--{boundary}\r\nContent-Type: application/http\r\nContent-ID: <call-{number}@venuesync>\r\n\r\n"
            f"{call.method} {call.target} HTTP/1.1\r\nContent-Type: application/json; charset=UTF-8\r\n"
            f"Accept: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        parts += [head.encode(), body, b"\r\n"]
    return f"multipart/mixed; boundary={boundary}", b"".join([*parts, f"--{boundary}--\r\n".encode()])


def answers_in(answer: Answer, count: int) -> list[Answer | None]:
    """The answers in the order of their calls; `None`: it is missing, or cannot be read."""
    head = f"Content-Type: {answer.headers.get('content-type', '')}\r\n\r\n".encode("latin-1", "replace")
    whole = BytesParser().parsebytes(head + answer.body)
    found: list[Answer | None] = [None] * count
    for part in whole.walk():
        number = NUMBER.search(str(part.get("Content-ID", "")))
        if number is not None and int(number[1]) < count:
            found[int(number[1])] = _answer(cast(bytes, part.get_payload(decode=True)))
    return found


def _answer(text: bytes) -> Answer | None:
    """A whole HTTP answer; `None` where it is none."""
    head, _, body = text.partition(b"\r\n\r\n" if b"\r\n\r\n" in text else b"\n\n")
    first, *lines = head.decode("latin-1").splitlines() or [""]
    words = first.split(" ")
    if len(words) < 2 or not words[1].isdecimal():
        return None
    pairs = (line.partition(":") for line in lines)
    return Answer(int(words[1]), {name.strip().lower(): value.strip() for name, _, value in pairs}, body)
