"""What the system knows of connections: what the other end has, what had to be sent again, how long a round trip takes.

Linux tells (tcp(7), `struct tcp_info`), at 1 µs a connection; elsewhere nobody is asked.
"""

from __future__ import annotations

import socket
import struct
import sys
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

INFO: int | None = getattr(socket, "TCP_INFO", None) if sys.platform == "linux" else None  # BSD's is another one
SIZE = 160  # bytes, of what Linux has told since 4.9
RTT, AGAIN, BYTES, LEAST_RTT, SEGMENTS = (  # where each stands; times in microseconds
    struct.Struct("@68xI"),
    struct.Struct("@100xI"),
    struct.Struct("@120xQ"),
    struct.Struct("@148xI"),
    struct.Struct("@156xI"),
)


class Connection(Protocol):
    """A socket, or asyncio's view of one."""

    def fileno(self) -> int: ...
    def getsockopt(self, level: int, option: int, size: int, /) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Sent:
    """Over several connections: bytes that the other end has acknowledged, segments, and those that were sent again.

    `stretched`: how many times the shortest round trip one takes on average; where it is 2, as much waits in front of
    the line as is on its way.
    """

    bytes: int = 0
    segments: int = 0
    again: int = 0
    stretched: float = 1.0

    def __add__(self, other: Sent) -> Sent:
        most = max(self.stretched, other.stretched)
        return Sent(self.bytes + other.bytes, self.segments + other.segments, self.again + other.again, most)

    @property
    def lost(self) -> float:
        """The share that had to be sent again."""
        return self.again / self.segments if self.segments else 0.0


class Sockets:
    """Connections as long as they are open."""

    def __init__(self) -> None:
        self._known: dict[Connection, Sent] = {}  # and what was counted of each

    def __len__(self) -> int:
        return len(self._known)

    def add(self, connection: Connection) -> None:
        if connection not in self._known:
            self._known = {one: had for one, had in self._known.items() if one.fileno() >= 0}
            self._known[connection] = Sent()

    def sent(self) -> Sent:
        """Since it was last asked; of what was closed meanwhile the rest is not known."""
        asked = {one: info(one) for one in self._known}
        told = {one: words for one, words in asked.items() if words}
        totals = {
            one: Sent(*(of.unpack_from(words)[0] for of in (BYTES, SEGMENTS, AGAIN))) for one, words in told.items()
        }
        before, self._known = self._known, totals
        new = [
            Sent(now.bytes - had.bytes, now.segments - had.segments, now.again - had.again)
            for had, now in ((before[one], now) for one, now in totals.items())
        ]
        moved = [told[one] for one, now in totals.items() if now.segments > before[one].segments]
        return sum(new, Sent(stretched=stretched(moved)))


def info(connection: Connection) -> bytes:
    """Empty where nothing is told."""
    with suppress(OSError):  # a system that looks like Linux need not tell
        if INFO is not None and connection.fileno() >= 0:
            told = connection.getsockopt(socket.IPPROTO_TCP, INFO, SIZE)
            return told if len(told) == SIZE else b""
    return b""


def stretched(told: Iterable[bytes]) -> float:
    trips = [(RTT.unpack_from(info)[0], LEAST_RTT.unpack_from(info)[0]) for info in told]
    least = min((least for _, least in trips), default=0)
    return max(1.0, sum(rtt for rtt, _ in trips) / len(trips) / least) if least else 1.0
