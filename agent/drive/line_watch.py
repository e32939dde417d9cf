"""Watches the line where nobody else would notice for long: transfers that stand still, another network, sleep.

A line that is away without a word (the access point lost its own line) breaks no connection. Uploads would stand for
minutes, and the system's own tries come at doubling pauses, so that they would stand on after its return.
"""

from __future__ import annotations

import asyncio
import socket
import time
from contextlib import suppress

import structlog

from agent import clock
from agent.drive.client import DriveClient
from agent.drive.lane import DriveLane
from agent.drive.media import MediaClient

log = structlog.get_logger(__name__)

TICK = 1.0  # seconds
STANDS = 3.0  # seconds without a byte of any transfer: is the line there?
DEAD = 30.0  # seconds of the same, though the line is there: their connections are dead, whatever the system thinks
ASLEEP = 5.0  # seconds by which the steady and the monotonic clock part when the machine slept
SETTLED = 2.0  # seconds after the machine's addresses changed; routes come a moment later
ADDRESSES = 0x10 | 0x100  # rtnetlink(7): the groups that hear of addresses, IPv4's and IPv6's. Links tell of each dBm.


class LineWatch:
    """A part; `client` and `media` are those whose connections may be dead."""

    def __init__(self, lane: DriveLane, client: DriveClient, media: MediaClient) -> None:
        self._lane = lane
        self._client = client
        self._media = media
        self._changed_at: float | None = None  # when the machine's addresses did, by the monotonic clock
        self._wondered_at = 0.0

    async def run(self) -> None:
        ears = listening()
        if ears is not None:
            asyncio.get_running_loop().add_reader(ears, self._heard, ears)
        try:
            asleep = clock.steady() - time.monotonic()
            while True:
                await asyncio.sleep(TICK)
                before, asleep = asleep, clock.steady() - time.monotonic()
                if asleep - before > ASLEEP:
                    log.info("machine.slept", seconds=round(asleep - before))
                    await self._begin_anew()
                else:
                    self._look()
        finally:
            if ears is not None:
                asyncio.get_running_loop().remove_reader(ears)
                ears.close()

    def _look(self) -> None:
        now = time.monotonic()
        if self._changed_at is not None and now - self._changed_at >= SETTLED:
            log.info("network.changed")
            self._changed_at = None
            self._media.renew(SETTLED)
            self._client.drop(SETTLED)
            self._lane.look_now()
        elif now - self._wondered_at >= STANDS and (self._media.stands_for(STANDS) or self._client.waits_for(STANDS)):
            self._wondered_at = now
            self._lane.wonder()
            if self._media.stands_for(DEAD):
                log.warning("transfers.dead")
                self._media.renew(DEAD)

    def _heard(self, ears: socket.socket) -> None:
        """The machine has another address, or one less. What exactly does not matter."""
        self._changed_at = time.monotonic()
        with suppress(OSError):  # all is read, or more came than could be kept
            while ears.recv(65_536):
                pass

    async def _begin_anew(self) -> None:
        """After sleep every connection is dead without knowing it, and whatever was known of Drive is old."""
        self._client.drop()
        await self._media.drop()
        self._lane.look_now()


def listening() -> socket.socket | None:
    """A socket on which the system tells of the machine's addresses; `None` where it does not (all but Linux)."""
    family = getattr(socket, "AF_NETLINK", None)
    if family is None:
        return None
    with suppress(OSError):
        made = socket.socket(family, socket.SOCK_RAW, socket.NETLINK_ROUTE)
        made.setblocking(False)
        made.bind((0, ADDRESSES))
        return made
    return None
