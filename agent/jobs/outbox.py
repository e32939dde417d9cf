"""Messages on their way: one that cannot be sent waits, to each address on its own, until its line is back."""

from __future__ import annotations

import asyncio
import hashlib
from collections import deque
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from agent import clock, notify
from agent.errors import VenueError
from agent.jobs.addresses import Addresses
from agent.ledger import Ledger, meta, troubles
from agent.ledger.troubles import Subject
from agent.running.waiting import Bell

log = structlog.get_logger(__name__)

LOOK_EVERY = 2.0  # seconds, while any wait
TRIES = (5.0, 15.0, 60.0, 300.0, 600.0)  # seconds before the next try; the last one from there on
KEPT = 12 * 3600.0  # seconds that a message waits for its line
ANSWERED = 2.0  # seconds that an end waits for a message on its way: one that is not written down is told again


@dataclass(slots=True, eq=False)
class Message:
    """`mark`: what the ledger keeps once it is sent to anybody, so that nobody is told again. `holds`: whether it is so
    now, else it waits; `None`: it tells what was so then.
    """

    title: str
    text: str
    mark: tuple[str, str] | None
    at: float  # on the steady line
    holds: Callable[[], bool] | None = None

    def forget(self, ids: Collection[str], says: Callable[[str], bool]) -> bool:
        """Somebody is forgotten: no line says anything of them, nor does its mark. Returns whether anything is left."""
        if self.mark is not None and any(one in self.mark[1] for one in ids):
            self.mark = None
        told = [line for line in self.text.split("\n") if not says(line)]
        gone, self.text = says(self.title) or (not any(told) and says(self.text)), "\n".join(told)
        return not gone


@dataclass(slots=True)
class Letterbox:
    """What waits for one address."""

    address: str
    waiting: deque[Message] = field(default_factory=deque[Message])
    tries: int = 0
    due: float = 0.0

    @property
    def trouble(self) -> str:
        """Its key, which gives nothing of the address away."""
        return f"notify:{hashlib.sha256(self.address.encode()).hexdigest()[:12]}"

    @property
    def first(self) -> Message | None:
        """What is to be sent first."""
        return next((one for one in self.waiting if one.holds is None or one.holds()), None)


CLOSED = Subject("notify:addresses", "notify")


class Outbox:
    """Sends to every address, to each on its own. `now` is the time of day where the event is; `quiet`: its hours."""

    def __init__(self, addresses: Addresses, quiet: str, ledger: Ledger, now: Callable[[], datetime]) -> None:
        self._addresses = addresses
        self._boxes: dict[str, Letterbox] = {}
        self._quiet = quiet
        self._ledger = ledger
        self._now = now
        self.bell = Bell()

    @property
    def reaches_somebody(self) -> bool:
        return bool(self._boxes)

    async def look(self) -> None:
        """Which addresses there are now: at the start, and when one was added or removed."""
        try:
            found = [one.text for one in await asyncio.to_thread(self._addresses.all)]
        except VenueError as error:
            await self._ledger.write(troubles.open_trouble, CLOSED, error, clock.wall(), "warning")
            return
        self._boxes = {one: self._boxes.get(one) or Letterbox(one) for one in found}
        still = [box.trouble for box in self._boxes.values()]
        await self._ledger.write(troubles.heal_all_but, "notify:", still, clock.wall())

    def post(
        self,
        title: str,
        text: str,
        mark: tuple[str, str] | None = None,
        holds: Callable[[], bool] | None = None,
    ) -> None:
        """Of what is to hold when it is sent the newest alone waits, however often it became so meanwhile."""
        for box in self._boxes.values():
            if holds is not None:
                box.waiting = deque(one for one in box.waiting if one.holds is None)
            box.waiting.append(Message(title, text, mark, clock.steady(), holds))
        self.bell.ring()

    def forget(self, ids: Collection[str], says: Callable[[str], bool]) -> None:
        """Nothing that waits says anything of these people, by their names or ids; one that is on its way goes."""
        for box in self._boxes.values():
            box.waiting = deque(one for one in box.waiting if one.forget(ids, says))

    async def came_through(self, address: str) -> None:
        """Somebody has just sent something there: it can be reached, and what waits goes at once."""
        await self._ledger.write(troubles.heal, Letterbox(address).trouble, clock.wall())
        if (box := self._boxes.get(address)) is not None:
            box.tries, box.due = 0, 0.0
            self.bell.ring()

    async def run(self) -> None:
        while True:
            await self.bell.wait(LOOK_EVERY if any(box.waiting for box in self._boxes.values()) else 60.0)
            if not is_quiet(self._quiet, self._now()):
                await asyncio.gather(*map(self._empty, [*self._boxes.values()]))

    async def _empty(self, box: Letterbox) -> None:
        while self._is_known(box) and clock.steady() >= box.due and (message := box.first) is not None:
            to, why = await self._send(box, message)
            if not why:
                with suppress(ValueError):  # a newer one took its place meanwhile
                    box.waiting.remove(message)
                box.tries, box.due = 0, 0.0
                await self._ledger.write(troubles.heal, box.trouble, clock.wall())
                continue
            if not self._is_known(box):
                return
            box.due = clock.steady() + TRIES[min(box.tries, len(TRIES) - 1)]
            box.tries += 1
            log.warning("notify.not_sent", to=to, detail=why)
            told = VenueError("A message was not sent", f"{to}: {why}", "Try it: venuesync notify test", kind="notify")
            await self._ledger.write(troubles.open_trouble, Subject(box.trouble, to), told, clock.wall(), "warning")
            while box.waiting and box.waiting[0].at < clock.steady() - KEPT:
                box.waiting.popleft()

    def _is_known(self, box: Letterbox) -> bool:
        """Its address may have been removed amid a message."""
        return self._boxes.get(box.address) is box

    async def _send(self, box: Letterbox, message: Message) -> tuple[str, str]:
        """As `notify.sent`; what has gone is written down, also where the agent ends meanwhile."""

        async def send() -> tuple[str, str]:
            to, why = await notify.sent(box.address, message.title, message.text)
            if not why and message.mark is not None:
                await self._ledger.write(meta.put, *message.mark)
            return to, why

        sending = asyncio.create_task(send())
        try:
            return await asyncio.shield(sending)
        except asyncio.CancelledError:
            await asyncio.wait({sending}, timeout=ANSWERED)
            sending.cancel()
            raise


def is_quiet(hours: str, now: datetime) -> bool:
    """Whether it is within these hours, which may go past midnight: `22:00-07:00`."""
    if not hours:
        return False
    begin, end = hours.split("-")
    at = f"{now:%H:%M}"
    return begin <= at < end if begin <= end else at >= begin or at < end
