"""Watches the line where nobody else would notice for long: transfers that stand still, another network, sleep.

A line that is away without a word (the access point lost its own line) breaks no connection. Uploads would stand for
minutes, and the system's own tries come at doubling pauses, so that they would stand on after its return.
"""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

import structlog

from agent import clock
from agent.drive.connection import DriveLane
from agent.drive.endpoint import Endpoint, context_for, new_client
from agent.drive.errors import PORTAL
from agent.drive.http import DOOR, Http

if TYPE_CHECKING:
    import httpx

log = structlog.get_logger(__name__)

TICK = 1.0  # seconds
STANDS = 3.0  # seconds that something waits, and nothing begun later was answered: is the line there?
DEAD = 30.0  # seconds without a byte of any transfer: their connections are dead, whatever the system thinks
ASLEEP = 5.0  # seconds by which the steady and the monotonic clock part when the machine slept
SETTLED = 2.0  # seconds after the machine's addresses changed; routes come a moment later
AT_ONCE_AFTER = 0.2  # seconds: one address goes, and the other comes
ADDRESSES = 0x10 | 0x100  # rtnetlink(7): the groups that hear of addresses, IPv4's and IPv6's. Links tell of each dBm.


class LineWatch:
    """A part; `http` has the connections that may be dead. `looked` is called with each look, every second."""

    def __init__(self, lane: DriveLane, http: Http, looked: Callable[[], None] = lambda: None) -> None:
        self._lane = lane
        self._http = http
        self._looked = looked
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
                    self._begin_anew()
                else:
                    self._look()
                    self._looked()
        finally:
            if ears is not None:
                asyncio.get_running_loop().remove_reader(ears)
                ears.close()

    def _look(self) -> None:
        """Whether all is dead, or single connections: the line may have been away for less than anybody notices."""
        now = time.monotonic()
        if self._changed_at is not None and now - self._changed_at >= SETTLED:
            log.info("network.changed")
            self._changed_at = None
            self._http.renew(SETTLED)
            self._lane.look_now()
            return
        dead = self._http.give_up_the_dead()
        if dead:
            log.info("connections.dead", count=dead)
        if self._http.stands_for(DEAD):
            log.warning("transfers.dead")
            self._http.renew(DEAD)
        if now - self._wondered_at >= STANDS and self._http.waits_for(STANDS):
            self._wondered_at = now
            self._lane.wonder()

    def _heard(self, ears: socket.socket) -> None:
        """The machine has another address, or one less. What exactly does not matter."""
        if self._changed_at is None:
            asyncio.get_running_loop().call_later(AT_ONCE_AFTER, self._leave_lost)
        self._changed_at = time.monotonic()
        with suppress(OSError):  # all is read, or more came than could be kept
            while ears.recv(65_536):
                pass

    def _leave_lost(self) -> None:
        """Whatever else is to come, what goes from an address that is gone is dead."""
        if self._http.leave_lost_addresses():
            log.info("addresses.lost")
            self._lane.look_now()

    def _begin_anew(self) -> None:
        """After sleep every connection is dead without knowing it, and whatever was known of Drive is old."""
        self._http.renew(0.0)
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


# ---- knocking: whether anybody answers at Drive's door, without a token, so that it costs no quota

EVERY = 0.7  # seconds between two knocks
AT_ONCE = 12  # that may wait for an answer
PATIENCE = 8.0  # seconds for an answer


async def until_answered(endpoint: Endpoint) -> None:
    """Knock every while, over new connections, until Drive's answer comes.

    While the line is away, a connection that is being made may wait for seconds after its return until the system
    tries once more (its pauses double). So knocks overlap: the first that is answered counts.
    """
    await asyncio.to_thread(context_for, endpoint.root)
    answered = asyncio.Event()
    knocks: set[asyncio.Task[None]] = set()
    async with new_client(endpoint, keep=False) as client:
        try:
            while not answered.is_set():
                knocks = {one for one in knocks if not one.done()}
                if len(knocks) < AT_ONCE:
                    knocks.add(asyncio.create_task(_knock(client, f"{endpoint.root}{DOOR}", answered)))
                with suppress(TimeoutError):
                    async with asyncio.timeout(EVERY):
                        await answered.wait()
        finally:
            for one in knocks:
                one.cancel()
            await asyncio.gather(*knocks, return_exceptions=True)


async def _knock(client: httpx.AsyncClient, door: str, answered: asyncio.Event) -> None:
    import httpx

    with suppress(OSError, httpx.HTTPError):
        async with asyncio.timeout(PATIENCE):
            response = await client.get(door, headers={"Connection": "close"}, timeout=PATIENCE)
            if response.status_code >= 400 and response.status_code != PORTAL:
                answered.set()
