"""A metered line: what goes over it before the rest, and how much a day.

While it is metered, a photo's small copy goes to Drive first, and what is owed takes its place once it is not. A day's
budget holds on every line; what was sent is kept in the ledger, and a clock that is set back gives none of it back.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from agent import clock
from agent.drive.errors import DriveError
from agent.drive.limiter import Bandwidth
from agent.drive.transfers import MULTIPART_UP_TO
from agent.errors import Cause
from agent.ledger import Ledger, meta, twins
from agent.ledger.drive_queue import DriveTask
from agent.model import HERE, ORIGINAL, PlacementId, Rendition
from agent.roster import Roster
from agent.roster.book import Switches
from agent.running.waiting import Bell
from agent.settings import Settings

MEGABYTE = 1_000_000
SAVED_EVERY = 1.0  # seconds: so much of what was sent is not counted after a kill
LOOK_EVERY = 5.0  # seconds, while nothing is sent
A_DAY = 86_400.0
FEW = 16  # as TYPICAL: hardly a small copy has fewer bytes, so an original of no more goes as it is
TYPICAL = 4  # pixels of a small copy, by its long side squared, to a byte

WHOLE = MULTIPART_UP_TO  # bytes that are sent in one piece


def fits(size: int, most: int | None) -> bool:
    """Whether a photo of so many bytes may be begun; `most` as of `MeteredLine.most`."""
    return most is None or size <= most or (most > 0 and size > WHOLE)


class HeldBack(DriveError):
    """No error, and nobody is told: it goes on when the line allows it."""

    def __init__(self) -> None:
        super().__init__("", cause=Cause.TRANSIENT)


def is_metered(switches: Switches, settings: Settings) -> bool:
    """What somebody said goes before the setting."""
    return settings.drive.metered if switches.metered is None else switches.metered


class MeteredLine:
    """The one line of all accounts: one switch, one day's budget. `up` counts what goes over it; `today` is the date
    where the event is; `changed` is called when what is told of it is otherwise.
    """

    def __init__(
        self,
        ledger: Ledger,
        roster: Roster,
        settings: Settings,
        up: Bandwidth,
        today: Callable[[], str],
        changed: Callable[[], None],
    ) -> None:
        self.bell = Bell()  # something is about to be sent
        self.known = asyncio.Event()  # how much was sent before
        self._ledger = ledger
        self._roster = roster
        self._settings = settings
        self._up = up
        self._today = today
        self._changed = changed
        self._said: float | None = None  # megabytes a day, until the agent ends
        self._days: dict[str, tuple[int, float]] = {}
        self._saved = up.total
        self._spent: dict[str, tuple[str, int]] = {}  # of which day, and which budget
        self._reserving: list[Callable[[PlacementId | None], int]] = []

    # ---- small copies first

    @property
    def metered(self) -> bool:
        return is_metered(self._roster.switches, self._settings)

    @property
    def small(self) -> Rendition:
        return Rendition(self._settings.drive.metered_long_side, self._settings.drive.metered_quality)

    @property
    def largest(self) -> int | None:
        """Bytes that a photo sends about, at most; `None`: as many as it has."""
        return self.small.long_side**2 // TYPICAL if self.metered else None

    def lowered(self, task: DriveTask) -> str | None:
        """What is to be sent in its place for now; the same as is wanted: nothing. `None`: it may be sent."""
        if not self.metered or task.owed is not None or task.made_as == HERE:
            return None
        if task.made_as == ORIGINAL:
            plain = task.mime.startswith("image/") and not task.mime.startswith(twins.RAW)
            if plain and task.original_bytes <= self.small.long_side**2 // FEW:
                return None
            return self.small.name if plain else ORIGINAL
        wanted, small = Rendition.named(task.made_as), self.small
        if 0 < wanted.long_side <= small.long_side:
            return None
        return Rendition(small.long_side, small.quality, wanted.watermark, wanted.blurred).name

    # ---- so much a day

    @property
    def limit(self) -> int:
        """Bytes a day; 0: no budget."""
        return int((self._settings.drive.daily_mb if self._said is None else self._said) * MEGABYTE)

    @property
    def sent_today(self) -> int:
        """What was counted under a later date goes along for a day: the clock was set back."""
        today, now = self._today(), clock.steady()
        kept = sum(
            count for day, (count, at) in self._days.items() if day == today or (day > today and now - at < A_DAY)
        )
        return kept + self._up.total - self._saved

    @property
    def left(self) -> int | None:
        """Bytes that may be sent today still; `None`: there is no budget."""
        return max(0, self.limit - self.sent_today) if self.limit else None

    @property
    def spent(self) -> bool:
        """Whether photos of any account wait for the next day, and nothing of theirs is under way."""
        return bool(self._spent) and bool(self.limit)

    def spent_for(self, account: str) -> bool:
        return account in self._spent and bool(self.limit)

    def tell_spent(self, account: str, now: tuple[str, int] | None) -> None:
        """`now`: the allowance that is used up; `None`: none is."""
        said = self._spent.get(account)
        if now is not None:
            self._spent[account] = now
        elif said is not None:
            del self._spent[account]
        if said != now:
            self._changed()

    @property
    def allowance(self) -> tuple[str, int]:
        """The day, and its bytes."""
        return self._today(), self.limit

    def _renew(self) -> None:
        """Another day, or another budget: what was spent is said no more, though no queue may look, as all is paused or
        Drive away.
        """
        for account in [one for one, spent in self._spent.items() if spent != self.allowance]:
            self.tell_spent(account, None)

    def shared_by(self, reserving: Callable[[PlacementId | None], int]) -> None:
        """One more account's queue, which tells how many bytes of the day's budget it will use, but for a placement."""
        self._reserving.append(reserving)

    def promised(self, but: PlacementId | None = None) -> int:
        """By all accounts together."""
        return sum(one(but) for one in self._reserving)

    def most(self, promised: int = 0) -> int | None:
        """Bytes of the largest photo that may be begun, where so many are promised to others; `None`: any.

        A large one is broken off where the budget ends, and goes on from there the next day. What is sent in one piece
        and is more than a whole day's budget goes on a day on which nothing was sent.
        """
        left = self.left
        if left is None or left - promised >= self.limit:
            return None
        left -= promised
        return None if left >= WHOLE else max(0, left)

    def fits(self, size: int, promised: int = 0) -> bool:
        """Whether a photo of so many bytes may be begun."""
        return fits(size, self.most(promised))

    def check(self, task: DriveTask, sent_so_far: int) -> None:
        """Raise `HeldBack` where a large photo that is under way has to be broken off: nothing of it is lost."""
        if WHOLE < task.bytes > sent_so_far and (self.left == 0 or self.lowered(task) is not None):
            raise HeldBack

    def say(self, day_mb: float | None) -> None:
        """Until the agent ends; `None`: as it is."""
        self._said = self._said if day_mb is None else day_mb

    def forget(self) -> None:
        """By the settings again."""
        self._said = None

    def follow(self, settings: Settings) -> None:
        """Go by these settings from now on."""
        self._settings = settings

    # ---- kept

    async def run(self) -> None:
        """Keep what was sent, soon after it was; see days end."""
        if not self.known.is_set():
            self._days = await self._ledger.read(meta.sent_by_day)
            self.known.set()
        while True:
            self._renew()
            if not await self.save():
                await self.bell.wait(LOOK_EVERY)
            await asyncio.sleep(SAVED_EVERY)

    async def save(self) -> bool:
        """Returns whether there was anything."""
        more = self._up.total - self._saved
        if not more:
            return False
        day, now = self._today(), clock.steady()
        self._saved += more
        self._days[day] = self._days.get(day, (0, 0.0))[0] + more, now
        await asyncio.shield(self._ledger.write(meta.note_sent, day, more, now))  # also where the agent ends meanwhile
        return True
