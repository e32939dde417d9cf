"""What the system knows of connections: what the other end has, what had to be sent again, how long a round trip takes.

Linux tells (tcp(7), `struct tcp_info`), at 1 µs a connection; elsewhere nobody is asked.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

INFO: int | None = getattr(socket, "TCP_INFO", None)
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

    def add(self, connection: Connection) -> None:
        self._known.setdefault(connection, Sent())

    def sent(self) -> Sent:
        """Since it was last asked; of what was closed meanwhile the rest is not known."""
        before = {one: had for one, had in self._known.items() if one.fileno() >= 0}
        if INFO is None:
            self._known.clear()
            return Sent()
        told = {one: one.getsockopt(socket.IPPROTO_TCP, INFO, SIZE) for one in before}
        told = {one: info for one, info in told.items() if len(info) == SIZE}
        totals = {
            one: Sent(*(of.unpack_from(info)[0] for of in (BYTES, SEGMENTS, AGAIN))) for one, info in told.items()
        }
        self._known = totals
        new = [
            Sent(now.bytes - had.bytes, now.segments - had.segments, now.again - had.again)
            for had, now in ((before[one], now) for one, now in totals.items())
        ]
        moved = [told[one] for one, now in totals.items() if now.segments > before[one].segments]
        return sum(new, Sent(stretched=stretched(moved)))


def stretched(told: Iterable[bytes]) -> float:
    trips = [(RTT.unpack_from(info)[0], LEAST_RTT.unpack_from(info)[0]) for info in told]
    least = min((least for _, least in trips), default=0)
    return max(1.0, sum(rtt for rtt, _ in trips) / len(trips) / least) if least else 1.0
