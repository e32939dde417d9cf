"""What faces Drive, of all accounts: the one that all events use, and each that an event names.

Each account has a side of its own (lane, limiter, token, queue, folders, feeds), so that one's trouble stops its own
events alone. With one account there is one side, and nothing here adds to it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from agent.building.drive_side import DriveSide
from agent.building.local_side import Parts
from agent.building.opening import Opened
from agent.drive.client import DriveClient
from agent.drive.connection import DriveLane
from agent.handlers.drive import FeedHandlers, FolderHandlers, LineHandlers
from agent.handlers.event_sources import SourcesOnDrive
from agent.handlers.status.parts import AllDriveParts
from agent.handlers.status.publisher import Publisher
from agent.handlers.verifying import ComparisonOfAll
from agent.jobs.housekeeping import Listings
from agent.jobs.links import LinksOfAccounts
from agent.jobs.runner import Job, every
from agent.model import Event, EventId
from agent.people.guests import GuestNumbers
from agent.running.supervise import Errands, Work
from agent.running.topics import Topic, Topics
from agent.settings import Settings
from agent.sync.all_feeds import AllFeeds
from agent.uploads.forgotten import ForgetsOnDrives


class DriveSides:
    """`make` builds the side of a named account beside the first; `begun` is told of each that came later."""

    def __init__(
        self,
        opened: Opened,
        settings: Settings,
        topics: Topics,
        errands: Errands,
        first: DriveSide,
        make: Callable[[str], DriveSide],
    ) -> None:
        self._opened, self._settings, self._topics, self._errands = opened, settings, topics, errands
        self._make = make
        self._all: dict[str, DriveSide] = {"": first}
        self._begun: Callable[[DriveSide], None] = lambda _: None
        self.follow_accounts()
        roster = opened.roster
        self.feeds = AllFeeds(lambda: [one.feeds for one in self.used()])
        self.line, self.metered = first.line, first.metered
        self.shown = AllDriveParts(lambda: [one.shown for one in self.used()], self.feeds, self.metered)
        self.links = LinksOfAccounts(
            opened.ledger,
            lambda event: self.of_event(event).links,
            lambda account: self.of(account).links,
        )
        self.forgets = ForgetsOnDrives(opened.ledger, lambda: [one.forgets for one in self.used()])
        self.comparison = ComparisonOfAll(
            lambda: {one.account: one.comparison for one in self.used()},
            lambda: [one.id for one in roster.events() if not (settings.drive.send and one.send)],
        )
        self.guest_numbers = GuestNumbers(opened.ledger, roster, self._lines, topics.of(Topic.UNKNOWN_FACES))

    # ---- which there are

    def of(self, account: str) -> DriveSide:
        """The side of that account, made where there is none yet."""
        side = self._all.get(account)
        if side is None:
            side = self._all[account] = self._make(account)
            self._begun(side)
        return side

    def of_event(self, event: EventId) -> DriveSide:
        known = self._opened.roster.find_event(event)
        return self.of("" if known is None else known.lane)

    def sources(self, event: Event) -> SourcesOnDrive:
        return self.of(event.lane).sources

    def used(self) -> list[DriveSide]:
        """Those that events use, whose Drive all use first where it is one: what else there is has nothing to do.

        For any thread: none is made by it.
        """
        lanes = {one.lane for one in self._opened.roster.events()}
        return [self._all[account] for account in sorted(lanes) if account in self._all] or [self._all[""]]

    def follow_accounts(self) -> None:
        """Have a side for every account that an event names. On the event loop."""
        for account in {one.lane for one in self._opened.roster.events()}:
            self.of(account)

    def started(self, begun: Callable[[DriveSide], None]) -> list[DriveSide]:
        """All that there are so far; from now on `begun` is told of others."""
        self._begun = begun
        return list(self._all.values())

    def _lines(self) -> Sequence[tuple[DriveClient, DriveLane]]:
        return [(one.client, one.lane) for one in self.used()]

    # ---- what is asked of all of them

    def follow(self, settings: Settings) -> None:
        """Go by these settings from now on, as far as that is possible without a restart."""
        self.line.follow(settings)
        self.metered.follow(settings)
        self._topics.publish(Topic.LOOK)

    def handlers(self, publisher: Publisher) -> list[object]:
        return [
            FolderHandlers(self._opened.roster, lambda event: self.of("" if event is None else event.lane).choosing),
            FeedHandlers(
                self._opened.ledger, self._opened.roster, self.shown.lane, publisher, self.feeds, self._errands
            ),
            LineHandlers(self.line, self.metered, self._topics.of(Topic.LOOK)),
        ]

    def parts(self) -> Parts:
        parts = {name: run for one in self._all.values() for name, run in one.parts().items()}
        return {**parts, "guest numbers": self.guest_numbers.run}

    def parts_of_a_command(self) -> Parts:
        return {name: run for one in self._all.values() for name, run in one.parts_of_a_command().items()}

    def tells(self) -> list[str]:
        return [key for one in self._all.values() for key in one.tells()]

    def work(self) -> Mapping[str, Work]:
        return {name: work for one in self._all.values() for name, work in one.work().items()}

    async def clock_ahead(self) -> float | None:
        """Seconds by which this machine's clock is ahead of Drive's, by whichever answers."""
        said = [await one.clock_ahead() for one in self.used()]
        return next((one for one in said if one is not None), None)

    def jobs(self) -> list[Job]:
        settings = self._settings
        listings = Listings(self._opened.ledger, self._opened.roster, self.feeds, settings)
        return [
            Job("mark", every(settings.schedule.mark_hours), listings.mark),
            Job("list", every(settings.schedule.sync_hours), listings.list_marked),
            listings.ending,
        ]

    async def close(self) -> None:
        for one in self._all.values():
            await one.close()
