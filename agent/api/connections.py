"""Connections over TCP: bounded in number, and each has to bring a whole request soon.

Whoever only connects and says nothing would take every descriptor of the agent, and photos would stop for that.
"""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import STATUS_PHRASES, H11Protocol

from agent.api.errors import to_body
from agent.api.problems import ProblemJson
from agent.errors import Cause, VenueError

NO_HTTP = "That is no HTTP request"
MOST = 256  # connections at once
EACH = 64  # of one peer; a proxy in front of the agent is one
LINGER = 2.0  # seconds for whoever sends too much to read why it is refused
WHOLE = 10.0  # seconds for a request to come, headers and body
PICTURE = 120.0  # seconds for a selfie, over a phone's line
PICTURES = ("POST", "/guest")  # where one is brought


class Door:
    """Who is in. A full house lets the one go that has waited longest without a whole request."""

    def __init__(self, most: int = MOST, each: int = EACH) -> None:
        self._most = most
        self._each = each
        self._peers: Counter[str] = Counter()
        self._speechless: dict[BoundedConnection, None] = {}  # whose request is not whole, oldest first
        self._idle: dict[BoundedConnection, None] = {}  # that were answered, and ask nothing now
        self._inside: set[BoundedConnection] = set()

    def enter(self, one: BoundedConnection) -> bool:
        """Whether it may come in."""
        if self._peers[one.peer] >= self._each and not self._let_go(one.peer):
            return False
        if len(self._inside) >= self._most and not self._let_go(None):
            return False
        self._inside.add(one)
        self._peers[one.peer] += 1
        self._speechless[one] = None
        return True

    def leave(self, one: BoundedConnection) -> None:
        if one in self._inside:
            self._inside.discard(one)
            self.has_spoken(one)
            self._peers[one.peer] -= 1
            self._peers += Counter()  # drops those that are at 0

    def begins(self, one: BoundedConnection) -> None:
        """Its request has begun to come."""
        if one in self._inside:
            self._idle.pop(one, None)
            self._speechless.setdefault(one)

    def has_spoken(self, one: BoundedConnection) -> None:
        """A whole request is here: it stays until that is answered."""
        self._speechless.pop(one, None)
        self._idle.pop(one, None)

    def is_answered(self, one: BoundedConnection) -> None:
        """It may ask again, if nobody else needs its place."""
        if one in self._inside:
            self._idle.setdefault(one)

    def _let_go(self, peer: str | None) -> bool:
        """End the oldest that says nothing, of this peer or of anybody; else one that has said all."""
        waiting = (*self._speechless, *self._idle)
        found = next((one for one in waiting if peer is None or one.peer == peer), None)
        if found is None:
            return False
        self.leave(found)
        found.end()
        return True


class Connection(H11Protocol):
    """uvicorn's, which says in our words that it was asked by no HTTP, and not as a plain text."""

    is_over = False  # nothing that comes is listened to any more

    def data_received(self, data: bytes) -> None:
        if not self.is_over:
            super().data_received(data)

    def send_400_response(self, msg: str) -> None:
        error = sys.exception()
        status = error.error_status_hint if isinstance(error, h11.RemoteProtocolError) else 400
        why = str(error or msg).partition(": b")[0]  # without the bytes that came
        refusal = VenueError(NO_HTTP, why, "Ask in HTTP/1.1", cause=Cause.USAGE, kind="no_http")
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):  # else an answer is on its way already
            answer = ProblemJson(to_body(refusal, status), status, {"Connection": "close"})
            for one in (
                h11.Response(status_code=status, headers=answer.raw_headers, reason=STATUS_PHRASES[status]),
                h11.Data(data=bytes(answer.body)),
                h11.EndOfMessage(),
            ):
                self.transport.write(self.conn.send(one) or b"")
        self.is_over = True
        self.transport.write_eof()
        self.loop.call_later(LINGER, self.transport.close)  # at once, what is still to come would wipe out the answer


class BoundedConnection(Connection):
    """uvicorn's, at a door. Idle between requests it is closed by uvicorn itself."""

    def __init__(self, door: Door, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._door = door
        self._deadline: asyncio.TimerHandle | None = None
        self._refused = False
        self._patient = False  # a picture is on its way
        self.peer = ""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self.peer = str((transport.get_extra_info("peername") or [""])[0])
        if not self._door.enter(self):
            self._refused = True
            transport.abort()
            return
        super().connection_made(transport)
        self._expect()

    def data_received(self, data: bytes) -> None:
        if self._refused or self.is_over:
            return
        if not self._is_answering:
            self._expect()
        super().data_received(data)
        if self._is_answering:
            self._content()
        elif not self._patient and self._brings_a_picture:
            self._patient = True
            self._expect(PICTURE)

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._door.is_answered(self)  # uvicorn closes it soon, if nothing more is asked
        if self.cycle.more_body:  # the next one was begun meanwhile
            self._expect()

    def connection_lost(self, exc: Exception | None) -> None:
        self._door.leave(self)
        self._content()
        if not self._refused:
            super().connection_lost(exc)

    def end(self) -> None:
        """Without an answer: nothing was asked yet."""
        self.transport.abort()

    @property
    def _is_answering(self) -> bool:
        """Whether a whole request is here that is not answered to its end."""
        cycle: Any = self.cycle
        return cycle is not None and not cycle.more_body and not cycle.response_complete

    @property
    def _brings_a_picture(self) -> bool:
        asked: Any = self.scope
        return asked is not None and (asked["method"], asked["path"]) == PICTURES

    def _expect(self, longer: float = 0.0) -> None:
        """A whole request has to come in time."""
        self._door.begins(self)
        if longer and self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
        if self._deadline is None:
            self._deadline = self.loop.call_later(longer or WHOLE, self.end)

    def _content(self) -> None:
        self._patient = False
        self._door.has_spoken(self)
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
