"""Everything that brings photos from Drive, put together: feeds, downloads, the tree to choose from, push."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from agent.changes.choosing import Choosing
from agent.changes.downloads import Downloader
from agent.changes.feeds import Feeds
from agent.changes.gone import GonePolicy
from agent.changes.line import LineLimits
from agent.changes.push import Push
from agent.changes.tree import FolderTree
from agent.changes.verify import SourceInspector
from agent.changes.witness import Witness
from agent.desk.house import House
from agent.drive.client import DriveClient
from agent.drive.lane import DriveLane
from agent.drive.media import MediaClient
from agent.model import DiskState, EventId, PhotoId


class SourceSide:
    """`wanted` is told when a photo that is here already was planned for one more event."""

    def __init__(
        self,
        house: House,
        lane: DriveLane,
        client: DriveClient,
        media: MediaClient,
        changed: Callable[[], None],
        wanted: Callable[[], None],
    ) -> None:
        drive = house.settings.drive
        self._house = house
        self._wanted = wanted
        self._tree = FolderTree(client)
        self._choosing = Choosing(self._tree, house.ledger, house.roster, drive.destination)
        gone = GonePolicy(house.roster.event, house.settings.sync.gone)
        self.downloader = Downloader(
            house.ledger,
            house.roster,
            media,
            lane,
            folder=house.workspace.downloads,
            at_once=drive.downloads,
            attempts=drive.attempts,
            retry_delay=drive.retry_delay,
            replaces=self._replaces,
            gone=gone,
            may_fetch=lambda: house.router.disk is not DiskState.FULL,
            take_in=house.pipeline.fetched,
            plan=self._plan,
        )
        self.feeds = Feeds(
            house.ledger,
            house.roster,
            client,
            lane,
            house.settings,
            gone,
            Witness(house.ledger, client, house.roster.workspace_id, self._may_mark),
            resolve=self._choosing.resolve,
            news=self.downloader.bell.ring,
            changed=changed,
        )

        self._inspector = SourceInspector(house.ledger, client, self.feeds.watched, lambda: lane.status.account)
        for go_on in (self.downloader.go_on, self.feeds.look_now):
            lane.when_open(go_on)
        address = house.settings.drive.push
        self._line = LineLimits(media.up, media.down, house.settings)
        self._push = Push(house.ledger, client, lane, address, self.feeds.keys) if address else None

    def _replaces(self, event: EventId) -> bool:
        """Whether a file's new content takes the place of the old: what is gone at the source would be taken out."""
        settings = self._house.settings
        gone = self._house.roster.event(event).gone or settings.sync.gone
        return settings.incoming.replaced == "replace" or gone == "remove"

    def _may_mark(self) -> bool:
        """Nothing is changed on Drive where sending is off, or while everything is paused."""
        return self._house.settings.drive.send and not self._house.roster.switches.all

    def move_in(self) -> None:
        """Let the house know whom to ask."""
        self._house.feeds, self._house.downloader, self._house.tree = self.feeds, self.downloader, self._tree
        self._house.line, self._house.choosing = self._line, self._choosing
        self._house.source_inspector = self._inspector

    def parts(self) -> dict[str, Callable[[], Awaitable[None]]]:
        parts: dict[str, Callable[[], Awaitable[None]]] = {
            "feeds": self.feeds.run,
            "downloads": self.downloader.run,
            "line": self._line.run,
        }
        if self._push is not None:
            parts["push"] = self._push.run
        return parts

    async def close(self) -> None:
        """Drive sends no more word of changes."""
        if self._push is not None:
            await self._push.close()

    async def _plan(self, photo: PhotoId) -> None:
        await self._house.planner.plan_photo(photo)
        self._house.pipeline.bell.ring()
        self._wanted()
