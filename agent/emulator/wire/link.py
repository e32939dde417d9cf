"""The line to the internet, in miniature: one round trip an answer, and one uplink that all bodies share.

Uploads are limited by a venue's uplink more than by anything else; on loopback that has to be made.
"""

import asyncio
import time

_LARGEST = 256 * 1024  # bytes of one turn on the link
_SMALLEST = 16 * 1024
_TURN = 0.002  # seconds: how long one body holds the link before another gets it
_SLACK = 0.05  # seconds within which a body that was being carried still counts as flowing


class Link:
    """`latency` seconds an answer; `uplink` bytes a second over all request bodies together (0: no limit)."""

    def __init__(self, latency: float, uplink: float) -> None:
        self.latency = 0.0
        self.uplink = 0.0
        self._turn = _SMALLEST
        self._free_at = 0.0
        self.set(latency, uplink)

    def set(self, latency: float | None = None, uplink: float | None = None) -> None:
        """Changes either; what is on the way goes on as it was reckoned."""
        if latency is not None:
            self.latency = latency
        if uplink is not None:
            self.uplink = uplink
            self._turn = int(min(max(uplink * _TURN, _SMALLEST), _LARGEST))

    async def round_trip(self) -> None:
        if self.latency > 0:
            await asyncio.sleep(self.latency)

    async def carry(self, size: int, *, flowing: bool) -> None:
        """Returns when `size` bytes have crossed the uplink, in turns with all others.

        `flowing` says that bytes of the same body came just before: then the link was not idle meanwhile, and the time
        that handling them took is not lost.
        """
        if self.uplink <= 0:
            return
        while size > 0 and self.uplink > 0:
            turn = min(size, self._turn)
            size -= turn
            now = time.monotonic()
            idle = now - self._free_at
            start = self._free_at if idle < 0 or (flowing and idle < _SLACK) else now
            self._free_at = start + turn / self.uplink
            flowing = True
            if self._free_at > now:
                await asyncio.sleep(self._free_at - now)
