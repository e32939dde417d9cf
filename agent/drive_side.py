"""Everything that faces Drive, put together: one lane, one limiter, one token for all of an account."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from pathlib import Path

import structlog

from agent import clock
from agent.bell import Bell
from agent.desk.house import House
from agent.desk.link_verbs import renew_links
from agent.desk.pacing import Pacing
from agent.drive.access import Token
from agent.drive.client import DriveClient
from agent.drive.endpoint import Endpoint
from agent.drive.errors import DriveError
from agent.drive.lane import DriveLane
from agent.drive.line_watch import LineWatch
from agent.drive.media import MediaClient
from agent.drive.pacing import Limiter
from agent.drive.sign_in import SignIn
from agent.drive.standing import DriveStatus
from agent.errors import VenueError
from agent.ledger import activity, counts, disk_queue, drive_queue, meta
from agent.ledger.drive_queue import DriveTask
from agent.model import DriveState
from agent.people import guest_numbers
from agent.rebuild import Rebuild
from agent.times import span
from agent.uploads.folder_lane import FolderLane
from agent.uploads.foresight import Foresight
from agent.uploads.ids import IdPool
from agent.uploads.queue import UploadQueue
from agent.uploads.send import Sender
from agent.uploads.sharing import Sharing
from agent.uploads.verify import DriveInspector

log = structlog.get_logger(__name__)

ACCOUNT = "drive_account"
WORTH_A_WORD = 5.0  # seconds without Drive
STOOD_STILL = 1.5  # seconds without a byte, or without an answer, when the line was away
LINKS_EVERY = 600.0  # seconds; and whenever folders were made
GUESTS_AGAIN = 2.0  # seconds until Drive is asked again for guests' folders
WARM = 2  # connections of each kind that stand before the first photo


class DriveSide:
    """`changed` hears of the lane's state; `stale` of originals that do not hold their photo's bytes any more."""

    def __init__(
        self,
        house: House,
        rebuild: Rebuild,
        changed: Callable[[], None],
        stale: Callable[[Sequence[Path]], None],
    ) -> None:
        drive = house.settings.drive
        self._house = house
        self._rebuild = rebuild
        self._stale = stale
        self._endpoint = Endpoint(drive.endpoint)
        sign_in = SignIn(house.workspace, self._endpoint)
        token = Token(sign_in.load)
        limiter = Limiter(max(16, drive.uploads + 4), start=max(8, drive.uploads))
        self.client = DriveClient(self._endpoint, token, limiter, hung=self._hung)
        self.media = MediaClient(
            self._endpoint,
            token,
            limiter,
            up_mbps=drive.up_mbps,
            down_mbps=drive.down_mbps,
            progress_timeout=drive.progress_timeout,
        )
        self._changed = changed
        self._remade = Bell()  # folders were made on Drive
        self._last = DriveState.OFFLINE
        self._away_since: float | None = None  # on the steady line
        self._account: str | None = None
        self.lane = DriveLane(
            self.client.probe, token, limiter, changed=self._lane_changed, moving=self.media.moved_within
        )
        self.lane.when_line_back(self._line_back)
        self._ids = IdPool(house.ledger, self.client)
        self._ready = asyncio.Event()
        self.folder_lane = FolderLane(
            house.ledger,
            self.client,
            self._ids,
            self.lane,
            workspace_id=house.roster.workspace_id,
            destination=drive.destination,
            check_every=drive.folder_check,
            events=house.roster.events,
            paused=lambda: house.roster.switches.all,
            made=self._folders_made,
        )
        self._limiter = limiter
        self.foresight = Foresight(
            house.ledger,
            lambda: self.lane.status,
            lambda: sign_in.account,
            refresh=self.lane.look_now,
            changed=changed,
        )
        self.inspector = DriveInspector(house.ledger, self.client, house.roster.workspace_id)
        sender = Sender(house.ledger, self.client, self.media, house.workspace.root, house.roster.workspace_id)
        self.queue = UploadQueue(
            house.ledger,
            house.roster,
            sender,
            self._ids,
            self.lane,
            at_once=drive.uploads,
            attempts=drive.attempts,
            retry_delay=drive.retry_delay,
            doubt=self.folder_lane.doubt,
            roll_over=self.folder_lane.roll_over,
            no_bytes=self._no_bytes,
        )
        self.queue.left = self.folder_lane.bell.ring
        for go_on in (self.queue.go_on, self.folder_lane.go_on, self._remade.ring):
            self.lane.when_open(go_on)

    def move_in(self) -> None:
        """Let the house know whom to ask."""
        house = self._house
        house.lane, house.folder_lane, house.queue = self.lane, self.folder_lane, self.queue
        house.inspector = self.inspector
        house.sharing = Sharing(self.client, self.lane)
        house.pacing = Pacing(self._limiter, self.media.up, self.media.down)

    def parts(self) -> dict[str, Callable[[], Awaitable[None]]]:
        parts: dict[str, Callable[[], Awaitable[None]]] = {
            "Drive lane": self.lane.run,
            "Drive start": self._start,
            "line watch": LineWatch(self.lane, self.client, self.media).run,
            "foresight": self.foresight.run,
            "guest numbers": self._learn_guests,
        }
        if self._house.settings.drive.send:
            parts |= {
                "folder lane": self._after_start(self.folder_lane.run),
                "uploads": self._after_start(self.queue.run),
                "links": self._after_start(self._keep_links),
            }
        return parts

    async def close(self, seconds: float) -> None:
        """Let uploads under way end for so long, then put all down."""
        await self.queue.close(seconds)
        await self.client.close()
        await self.media.close()

    # ---- the first moments

    async def _start(self) -> None:
        """Before anything is made on Drive: whose it is, what of ours it holds if the ledger was lost, some ids."""
        await self.lane.open()
        await self._check_account()
        await self._rebuild.drive(self.client, self.lane)
        with suppress(DriveError):
            await self._ids.fill()
        self._ready.set()
        await asyncio.gather(self.client.warm(WARM), self.media.warm(WARM))

    def _after_start(self, run: Callable[[], Awaitable[None]]) -> Callable[[], Awaitable[None]]:
        async def wait_and_run() -> None:
            await self._ready.wait()
            await run()

        return wait_and_run

    async def _learn_guests(self) -> None:
        """Where the list of people is not the last one: which guests' numbers were given, as far as Drive shows."""
        roster = self._house.roster
        while not roster.guests_sure:
            await self.lane.open()
            try:
                number = await guest_numbers.on_drive(self.client)
            except DriveError as error:
                self.lane.report(error)
                await asyncio.sleep(GUESTS_AGAIN)
                continue
            given = dict.fromkeys((event.id for event in roster.events()), number)
            await self._house.ledger.on_writer(roster.raise_guests, given, sure=True)
            self._house.planner.strangers()

    async def _check_account(self) -> None:
        self._account = account = self.lane.status.account
        if account:
            await self._house.ledger.write(settle_account, f"{self._endpoint.root} {account}", clock.wall())

    # ---- who hears of what

    def _hung(self) -> None:
        self.lane.hung()

    def _line_back(self) -> None:
        """What waits on a connection from before an outage is begun again over another one."""
        self.media.renew(STOOD_STILL)
        self.client.drop(STOOD_STILL)

    def _lane_changed(self, status: DriveStatus) -> None:
        if status.state is DriveState.OFFLINE and self._last is not DriveState.OFFLINE:
            self.media.break_off(STOOD_STILL)  # their end is known: whoever waits for them waits at the gate instead
            self.client.drop(STOOD_STILL)
        self._note_outage(status)
        self._last = status.state
        self.foresight.bell.ring()
        if status.account not in (None, self._account) and self._ready.is_set():
            self._account = status.account
            self._house.errands.run("account", self._check_account())
        self._changed()

    def _note_outage(self, status: DriveStatus) -> None:
        """That Drive was away is told when it is back, as long as it was."""
        if status.state is not DriveState.OFFLINE:
            began, self._away_since = self._away_since, None
            if began is not None and (seconds := clock.steady() - began) >= WORTH_A_WORD:
                self._house.errands.run("outage", self._house.ledger.write(tell_outage, seconds, clock.wall()))
        elif self._away_since is None and not status.connecting:
            self._away_since = clock.steady()

    def _folders_made(self) -> None:
        self.queue.bell.ring()
        self._remade.ring()

    async def _keep_links(self) -> None:
        """A person's link leads to the folder that is hers now, whoever threw the old one away."""
        while True:
            with suppress(VenueError):  # Drive is away: the next look does it
                if not self._house.roster.switches.all and await renew_links(self._house):
                    self._changed()
            await self._remade.wait(LINKS_EVERY)

    def _no_bytes(self, task: DriveTask) -> None:
        """No file here held the photo's bytes: look at its originals again."""

        async def tell() -> None:
            originals = await self._house.ledger.read(disk_queue.originals, task.photo)
            self._stale([Path(path) for path, _ in originals])

        self._house.errands.run("no bytes", tell())


def tell_outage(db: sqlite3.Connection, seconds: float, now: float) -> None:
    activity.note(db, "outage", f"Drive is back: it could not be reached for {span(seconds)}", now)


def settle_account(db: sqlite3.Connection, account: str, now: float) -> None:
    """Everything on Drive belongs to one account: with another one, all is sent there, and the old files stay."""
    before = meta.get(db, ACCOUNT)
    if before == account:
        return
    meta.put(db, ACCOUNT, account)
    if before:
        photos = drive_queue.reset_account(db)
        activity.note(db, "account", f"Another Drive account: {counts.plural(photos)} sent there anew", now)
