"""Push: Drive sends word of changes to an address of ours, and polling stays as the net beneath.

A channel is renewed before it ends, stopped when the agent ends, and known by a secret that only Drive was told.
"""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import replace

import structlog

from agent import clock
from agent.drive.client import DriveClient
from agent.drive.connection import DriveLane
from agent.drive.endpoint import split
from agent.drive.errors import DriveError
from agent.errors import VenueError
from agent.ledger import Ledger, meta, syncs, troubles
from agent.ledger.sqlite.rows import Db
from agent.ledger.syncs import Channel
from agent.ledger.troubles import Subject
from agent.running.waiting import Bell, Stumbles
from agent.sync.feeds import Feeds

log = structlog.get_logger(__name__)

ASKED = 24 * 3600.0  # seconds; Drive gives a week at most
RENEW = 0.2  # of its life is left when a channel is renewed
LOOK_EVERY = 5.0  # seconds
REFUSED = 600.0  # seconds until a feed is tried again for which Drive refused the address
PATH = "/drive/notifications"
STOP = 5.0  # seconds for stopping all channels at the end
REFUSAL = Subject("push", "push")


class Push:
    """`address` is where this machine can be reached from outside; `feeds`: those that are read."""

    def __init__(self, ledger: Ledger, client: DriveClient, lane: DriveLane, address: str, feeds: Feeds) -> None:
        self.bell = Bell()
        self._ledger = ledger
        self._client = client
        self._lane = lane
        self._address = address if split(address).path.strip("/") else address.rstrip("/") + PATH
        self._feeds = feeds
        self.refusal = replace(REFUSAL, key=meta.of_account(REFUSAL.key, feeds.account))
        self._rests: dict[str, float] = {}  # feeds that were refused, and until when, on the steady line

    def go_on(self) -> None:
        """Somebody wants that what was refused is tried again: nothing waits any more."""
        self._rests.clear()
        self.bell.ring()

    async def run(self) -> None:
        stumbles = Stumbles()
        self._rests.clear()  # whoever ran before may have been ended amid it
        while True:
            await self._lane.open()
            try:
                wait = await self._round()
            except DriveError as error:
                self._lane.report(error)
                wait = stumbles.next()
            else:
                stumbles.over()
            await self.bell.wait(wait)

    async def _round(self) -> float:
        """Every feed has a channel that lives for a while, but those that were refused; others are stopped. Returns the
        seconds until a look; raises `DriveError` where that is nobody's fault.
        """
        now = clock.steady()
        wanted = {syncs.feed_key(self._feeds.account, one) for one in self._feeds.keys()}  # noqa: SIM118 - no mapping
        known = await self._own()
        fresh = {one.feed for one in known if one.expires_at - now > RENEW * ASKED}
        self._rests = {key: until for key, until in self._rests.items() if key in wanted and until > now}
        opened: set[str] = set()
        missing, refused = False, bool(self._rests)
        for key in wanted - fresh - self._rests.keys():
            token = await self._ledger.read(syncs.feed_token, key)
            if token is None:
                missing = True
            elif await self._open(key, token):
                opened.add(key)
            else:
                refused = True
        for one in known:
            if one.feed in opened or one.feed not in wanted or one.expires_at < now:
                await self._stop(one)
        if not refused:
            await self._ledger.write(troubles.heal, self.refusal.key, clock.wall())
        return 1.0 if missing or not wanted else LOOK_EVERY

    async def _open(self, key: str, token: str) -> bool:
        """A channel for that feed. Returns whether it is there: where Drive refuses one, that is told, and it rests."""
        name, secret = secrets.token_hex(16), secrets.token_urlsafe(32)
        drive, now = syncs.drive_of(key)[1], clock.steady()
        self._rests[key] = now + REFUSED  # before: whoever asks amid this try has another one
        try:
            resource, until = await self._client.watch_changes(
                token, drive or None, name, self._address, secret, clock.wall() + ASKED
            )
        except DriveError as error:
            if error.pauses_lane:
                self._rests.pop(key, None)
                raise
            await self._ledger.write(self._refused, error, clock.wall())
            return False
        self._rests.pop(key, None)
        await self._ledger.write(syncs.keep_channel, Channel(name, key, resource, secret, now + until - clock.wall()))
        self._feeds.look_now([drive])  # nobody was told of what changed before the channel was there, and known
        log.info("push.opened", feed=key, until=until)
        return True

    async def _own(self) -> list[Channel]:
        """Those of this account's feeds."""
        known = await self._ledger.read(syncs.channels)
        return [one for one in known if syncs.drive_of(one.feed)[0] == self._feeds.account]

    async def _stop(self, channel: Channel) -> None:
        """One that Drive does not know any more is stopped already."""
        try:
            await self._client.stop_channel(channel.id, channel.resource)
        except DriveError as error:
            if error.pauses_lane:
                raise
        await self._ledger.write(syncs.forget_channel, channel.id)

    async def close(self) -> None:
        """Stop every channel, as far as Drive can be reached within a few seconds."""
        if not self._lane.is_open():
            return
        try:
            async with asyncio.timeout(STOP):
                for one in await self._own():
                    await self._stop(one)
        except (DriveError, TimeoutError):
            log.info("push.not_stopped")

    def _refused(self, db: Db, error: VenueError, now: float) -> None:
        whose = f"{self._feeds.account}: " if self._feeds.account else ""
        told = VenueError(
            "Drive sends no word of changes",
            f"{whose}{self._address}: {error.detail or error.title}",
            "Check drive.push; meanwhile Drive is asked now and then",
            cause=error.cause,
            kind="push",
        )
        troubles.open_trouble(db, self.refusal, told, now, "warning")
