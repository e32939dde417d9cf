"""What people are told by messages: that something needs them, that it is over, that all is safe, whose photos came.

What is so, and stays so for a while, is told once.
"""

from __future__ import annotations

import asyncio
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
TOLD_SAFE = "told_safe"  # how many photos were said to be safe last
PROBLEMS = {
    SafeCode.STORE_TROUBLE: "What was decided or done cannot be written down",
    SafeCode.NEEDS_SIGN_IN: "Drive needs sign-in",
    SafeCode.DISK_FULL: "The disk is full",
    SafeCode.DRIVE_FULL: "Drive is full",
    SafeCode.DRIVE_OFFLINE: "Drive cannot be reached",
    SafeCode.FOLDER_MISSING: "A folder with photos is missing",
    SafeCode.NOT_WATCHED: "New photos are not seen",
    SafeCode.SOURCE_LOST: "A photographer's folder cannot be read",
}


class Notices:
    """Decides what is told."""

    def __init__(self, settings: Notify, publisher: Publisher, ledger: Ledger, outbox: Outbox) -> None:
        self._settings = settings
        self._publisher = publisher
        self._ledger = ledger
        self._post = outbox.post
        self._since: dict[SafeCode, float] = {}  # since when each is so
        self._told: set[SafeCode] = set()
        self._before: dict[str, int] | None = None  # by person: photos on Drive when they were told last
        self._next = 0.0  # when new photos are told

    async def run(self) -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY)
            if self._publisher.verdict is not None:
                await self.look(self._publisher.verdict.codes)

    async def look(self, codes: frozenset[SafeCode]) -> None:
        now, tell = clock.steady(), self._settings.tell
        for code in codes:
            self._since.setdefault(code, now)
        over = {code: self._since.pop(code) for code in set(self._since) - codes}
        if SafeCode.SAFE in over:
            self._told.discard(SafeCode.SAFE)
        if "problems" in tell:
            for code in self._told & over.keys() & PROBLEMS.keys():
                self._told.discard(code)
                lasted = f"It was so for {minutes(now - over[code])}."
                await self._say(f"Over: {PROBLEMS[code]}", lambda _, lasted=lasted: lasted)
            for code in (codes & PROBLEMS.keys()) - self._told:
                if now - self._since[code] >= self._patience(code):
                    self._told.add(code)
                    await self._say(PROBLEMS[code], what_to_do)
        if "safe" in tell and now - self._since.get(SafeCode.SAFE, now) >= 60 * self._settings.safe_after:
            await self._tell_safe()
        if "new photos" in tell and now >= self._next:
            self._next = now + 60 * self._settings.every
            await self._tell_new()

    def _patience(self, code: SafeCode) -> float:
        return 60 * self._settings.offline_after if code is SafeCode.DRIVE_OFFLINE else STANDS

    async def _tell_safe(self) -> None:
        if SafeCode.SAFE not in self._told:
            self._told.add(SafeCode.SAFE)
            document = await self._publisher.document()
            verified = str(document["safe_to_leave"]["verified"])
            if document["safe_to_leave"]["safe"] and verified != await self._ledger.read(meta.get, TOLD_SAFE):
                text = f"{document['safe_to_leave']['reason']}."
                self._post(f"{place(document)}: safe to pack up", text, (TOLD_SAFE, verified))

    async def _tell_new(self) -> None:
        document = await self._publisher.document()
        people, alike = document["people"], Counter(one["name"] for one in document["people"])
        events = {one["id"]: f", {one['name']}" for one in document["events"]}
        before, self._before = self._before, {one["id"]: one["on_drive"] for one in people}
        new = [] if before is None else [(one, one["on_drive"] - before.get(one["id"], 0)) for one in people]
        lines = sorted(
            f"{one['name']}{events.get(one['event'], '') if alike[one['name']] > 1 else ''}: {plural(count)}"
            for one, count in new
            if count > 0
        )
        if lines:
            self._post(f"{place(document)}: new photos of {len(lines)}", "\n".join(lines))

    async def _say(self, title: str, text: Callable[[StatusDocument], str]) -> None:
        document = await self._publisher.document()
        self._post(f"{place(document)}: {title}", text(document))


def what_to_do(document: StatusDocument) -> str:
    safe = document["safe_to_leave"]
    return "\n".join(f"{one}." for one in (safe["reason"], safe["remedy"]) if one)


def place(document: StatusDocument) -> str:
    return Path(document["workspace"]).name


def minutes(seconds: float) -> str:
    return f"{max(1, round(seconds / 60))} min"
