"""What people are told by messages: that something needs them, that it is over, that all is safe, whose photos came.

What is so, and stays so for a while, is told once, also by several agents one after the other: the ledger keeps what
was sent to anybody, so that an agent that ended before is followed by one that tells it.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from agent import clock
from agent.handlers.status.publisher import Publisher
from agent.jobs.outbox import Outbox
from agent.ledger import Ledger, meta
from agent.ledger.counts import plural
from agent.model import SafeCode
from agent.requests.status import StatusDocument
from agent.settings.keys import Notify

LOOK_EVERY = 2.0  # seconds
STANDS = 20.0  # seconds that something has to be so, so that nobody is woken by what passes
FOUND_OUT = 60.0  # seconds that an agent takes to know what is amiss: nothing that was told is over before
# What the ledger keeps of messages that were sent.
TOLD_SAFE = "told_safe"  # how many photos were said to be safe last, and the number of the newest one then
TOLD_PROBLEMS = "told_problems"  # codes of what was told and was not over, each with the time at which it began
TOLD_PHOTOS = "told_photos"  # by person: photos on Drive when they were told last
RUNNING = "notices_running"  # there is an agent; it takes that back when it ends by itself
PROBLEMS = {
    SafeCode.STORE_TROUBLE: "What was decided or done cannot be written down",
    SafeCode.NEEDS_SIGN_IN: "Drive needs sign-in",
    SafeCode.DISK_FULL: "The disk is full",
    SafeCode.DRIVE_FULL: "Drive is full",
    SafeCode.DRIVE_OFFLINE: "Drive cannot be reached",
    SafeCode.FOLDER_MISSING: "A folder with photos is missing",
    SafeCode.STILL_OPEN: "A file does not arrive to its end",
    SafeCode.NOT_WATCHED: "New photos are not seen",
    SafeCode.FOLDER_REFUSED: "A folder on Drive is gone, or cannot be written into",
    SafeCode.SOURCE_LOST: "A photographer's folder cannot be read",
}


CUT_OFF = "It had not ended by itself: it was killed, or the machine was. Nothing is lost; what was under way goes on."


class Notices:
    """Decides what is told."""

    def __init__(self, settings: Notify, publisher: Publisher, ledger: Ledger, outbox: Outbox) -> None:
        self._settings = settings
        self._publisher = publisher
        self._ledger = ledger
        self._outbox = outbox
        self._post = outbox.post
        self._since: dict[SafeCode, float] = {}  # since when each is so
        self._told: set[SafeCode] = set()
        self._safe = ""  # what is safe, as `TOLD_SAFE`
        self._before: dict[str, int] | None = None  # by person: photos on Drive when they were told last
        self._next = 0.0  # when new photos are told
        self._known_at = 0.0  # when this agent knows what is amiss

    async def run(self) -> None:
        await self._outbox.look()
        await self._remember()
        try:
            while True:
                await asyncio.sleep(LOOK_EVERY)
                if self._publisher.verdict is not None and self._outbox.reaches_somebody:
                    await self.look(self._publisher.verdict.codes)
        finally:
            self._ledger.submit(meta.put, RUNNING, "")

    async def _remember(self) -> None:
        """What the agents before this one told."""
        self._known_at = clock.steady() + FOUND_OUT
        told: dict[str, float] | list[str] = json.loads(await self._ledger.read(meta.get, TOLD_PROBLEMS, "{}"))
        began = told if isinstance(told, dict) else dict.fromkeys(told, clock.wall())  # by an earlier version
        self._since = {SafeCode(one): steady_of(at) for one, at in began.items() if one in set(SafeCode)}
        self._told = set(self._since)
        self._before = json.loads(await self._ledger.read(meta.get, TOLD_PHOTOS, "null"))
        if await self._ledger.read(meta.get, RUNNING) and "problems" in self._settings.tell:
            await self._say(self._settings.problem, "The agent was started again", lambda _: CUT_OFF)
        await self._ledger.write(meta.put, RUNNING, "yes")

    async def look(self, codes: frozenset[SafeCode]) -> None:
        now, tell = clock.steady(), self._settings.tell
        for code in codes:
            self._since.setdefault(code, now)
        gone = set(self._since) - codes
        if now < self._known_at:
            gone -= self._told & PROBLEMS.keys()
        over = {code: self._since.pop(code) for code in gone}
        self._look_what_is_safe(codes, now)
        if "problems" in tell:
            for code in self._told & over.keys() & PROBLEMS.keys():
                self._told.discard(code)
                lasted = f"It was so for {minutes(now - over[code])}."
                mark = self._problems(over)
                await self._say(self._settings.over, PROBLEMS[code], lambda _, lasted=lasted: lasted, mark)
            for code in (codes & PROBLEMS.keys()) - self._told:
                if now - self._since[code] >= self._patience(code):
                    self._told.add(code)
                    await self._say(self._settings.problem, PROBLEMS[code], what_to_do, self._problems(over))
        if "safe" in tell and now - self._since.get(SafeCode.SAFE, now) >= 60 * self._settings.safe_after:
            await self._tell_safe()
        if "new photos" in tell and now >= self._next:
            self._next = now + 60 * self._settings.every
            await self._tell_new()

    def _look_what_is_safe(self, codes: frozenset[SafeCode], now: float) -> None:
        """Other photos than were told count from now on; one may have come and be safe between two looks."""
        if SafeCode.SAFE not in codes:
            self._told.discard(SafeCode.SAFE)
        elif (those := self._those()) != self._safe:
            self._safe, self._since[SafeCode.SAFE] = those, now
            self._told.discard(SafeCode.SAFE)

    def _patience(self, code: SafeCode) -> float:
        return 60 * self._settings.offline_after if code is SafeCode.DRIVE_OFFLINE else STANDS

    async def _tell_safe(self) -> None:
        if SafeCode.SAFE not in self._told:
            self._told.add(SafeCode.SAFE)
            document = await self._publisher.document()
            verified, self._safe = str(document["safe_to_leave"]["verified"]), self._those()
            if document["safe_to_leave"]["safe"] and self._safe != await self._ledger.read(meta.get, TOLD_SAFE):
                text = f"{document['safe_to_leave']['reason']}."
                told = written(self._settings.safe, document, "safe to pack up", text, verified)
                self._post(*told, (TOLD_SAFE, self._safe), lambda: self._is_safe(verified))

    def _those(self) -> str:
        verdict = self._publisher.verdict
        return f"{0 if verdict is None else verdict.numbers.done} {self._publisher.arrivals}"

    def _is_safe(self, verified: str) -> bool:
        """Whether all that is so still, of so many photos: a message may wait for its line, or for the morning."""
        verdict = self._publisher.verdict
        return verdict is not None and verdict.safe and str(verdict.numbers.verified) == verified

    async def _tell_new(self) -> None:
        document = await self._publisher.document()
        people, alike = document["people"], Counter(one["name"] for one in document["people"])
        events = {one["id"]: f", {one['name']}" for one in document["events"]}
        before, self._before = self._before, {one["id"]: one["on_drive"] for one in people}
        mark = TOLD_PHOTOS, json.dumps(self._before)
        new = [] if before is None else [(one, one["on_drive"] - before.get(one["id"], 0)) for one in people]
        lines = sorted(
            f"{one['name']}{events.get(one['event'], '') if alike[one['name']] > 1 else ''}: {plural(count)}"
            for one, count in new
            if count > 0
        )
        if lines:
            told = written(self._settings.new_photos, document, "new photos", "\n".join(lines), str(len(lines)))
            self._post(*told, mark)
        elif before is None:
            await self._ledger.write(meta.put, *mark)

    async def _say(
        self, template: str, title: str, text: Callable[[StatusDocument], str], mark: tuple[str, str] | None = None
    ) -> None:
        document = await self._publisher.document()
        self._post(*written(template, document, title, text(document)), mark)

    def _problems(self, over: dict[SafeCode, float]) -> tuple[str, str]:
        since, told = self._since | over, sorted(self._told & PROBLEMS.keys())
        return TOLD_PROBLEMS, json.dumps({one: clock.stepped() + since[one] for one in told})


def steady_of(at: float) -> float:
    """A moment before this process, on its steady line; what the clock has as still to come is now."""
    return clock.steady() - max(0.0, clock.wall() - at)


def written(template: str, document: StatusDocument, title: str, text: str, count: str = "") -> tuple[str, str]:
    """The message's title, which is its first line, and its text."""
    given = {"venue": Path(document["workspace"]).name, "title": title, "text": text, "count": count}
    head, _, below = template.partition("\n")
    return head.format_map(given), below.format_map(given)


def what_to_do(document: StatusDocument) -> str:
    safe = document["safe_to_leave"]
    return "\n".join(f"{one}." for one in (safe["reason"], safe["remedy"]) if one)


def minutes(seconds: float) -> str:
    return f"{max(1, round(seconds / 60))} min"
