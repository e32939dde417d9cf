"""A scripted agent: a real `AgentService` on made-up documents.

So that the monitor is tested as a person meets it, with an agent that says exactly what a test wants.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

from scripted_browsing import ScriptedBrowsing
from scripted_events import ScriptedEvents
from scripted_people import ScriptedPeople

from agent.errors import NoAgent, VenueError
from agent.service import EnrollResult, Lane, RetryResult, Stopping, UploadRow, VerifyReport
from agent.service_browse import AsideRow, PersonStatus
from agent.service_people import HeldRow
from agent.service_sign_in import SignInAttempt, SignInState
from agent.service_snapshot import Change, IncomingFolder, Section, Snapshot, TroubleSection
from agent.service_status import PausedStatus, StatusDocument
from tests.weighing import weighed


class ScriptedService(ScriptedBrowsing, ScriptedEvents, ScriptedPeople):
    """Says what `say` is given; remembers in `asked` what it was asked; refuses what stands in `refusals`."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.document = snapshot
        self.asked: list[tuple[Any, ...]] = []
        self.refusals: dict[str, VenueError] = {}
        self.away = False
        self.enroll_result: EnrollResult | None = None
        self.enroll_gate: asyncio.Event | None = None
        self.snapshots = 0
        self.sign_in = SignInState(state="none", account=None, ends_at=None, title="", remedy="")
        self.held_rows: list[HeldRow] = []
        self.aside_rows: list[AsideRow] = []
        self._readers: list[asyncio.Queue[Change | None]] = []

    # ---- the script

    def say(self, section: Section, data: Any) -> None:
        """The section is new from now on, and every reader hears of it."""
        self.document["seq"] += 1
        if section == "activity":
            self.document["activity"] = [*reversed(data), *self.document["activity"]]
        elif section != "resync":
            self.document[section] = data
        change = Change(boot=self.document["boot"], seq=self.document["seq"], section=section, data=data)
        for reader in self._readers:
            reader.put_nowait(change)

    def go_away(self) -> None:
        """The agent is gone: streams break, questions fail."""
        self.away = True
        for reader in self._readers:
            reader.put_nowait(None)

    def come_back(self, boot: str | None = None) -> None:
        self.away = False
        if boot:
            self.document["boot"] = boot

    def _ask(self, name: str, *arguments: Any) -> None:
        self.asked.append((name, *arguments))
        if self.away:
            raise NoAgent("No agent runs here")
        if name in self.refusals:
            raise self.refusals[name]

    # ---- AgentService

    async def snapshot(self) -> Snapshot:
        self.snapshots += 1
        if self.away:
            raise NoAgent("No agent runs here")
        return dict(self.document)  # type: ignore[return-value]

    async def events(self, boot: str, since: int) -> AsyncIterator[Change]:
        if boot != self.document["boot"] or since != self.document["seq"]:
            yield Change(boot=self.document["boot"], seq=self.document["seq"], section="resync", data=None)
            return
        reader: asyncio.Queue[Change | None] = asyncio.Queue()
        self._readers.append(reader)
        try:
            while True:
                change = await reader.get()
                if change is None:
                    raise NoAgent("The agent has gone")
                yield change
        finally:
            self._readers.remove(reader)

    async def status(self) -> StatusDocument:
        self._ask("status")
        return self.document["status"]

    async def pause(self, what: Lane) -> PausedStatus:
        return self._pause("pause", what, True)

    async def resume(self, what: Lane) -> PausedStatus:
        return self._pause("resume", what, False)

    def _pause(self, verb: str, what: Lane, value: bool) -> PausedStatus:
        self._ask(verb, what)
        paused: PausedStatus = {**self.document["status"]["paused"], what: value}
        paused["since"] = self.document["status"]["started_at"] if value else None
        self.say("status", weighed({**self.document["status"], "paused": paused}))
        return paused

    async def sync(self, events: Sequence[str]) -> list[str]:
        self._ask("sync", list(events))
        return [event["name"] for event in self.document["status"]["events"]]

    async def resync(self, events: Sequence[str]) -> list[str]:
        self._ask("resync", list(events))
        return list(events)

    async def retry(self, ids: Sequence[int], everything: bool = False) -> RetryResult:
        self._ask("retry", list(ids), everything)
        return RetryResult(photos=len(ids), placements=0)

    async def enroll(self, name: str, photos: Sequence[str], event: str | None = None) -> EnrollResult:
        self._ask("enroll", name, list(photos), event)
        if self.enroll_gate:
            await self.enroll_gate.wait()
        assert self.enroll_result is not None
        return self.enroll_result

    async def people(self) -> list[PersonStatus]:
        return self.document["status"]["people"]

    async def uploads(self, state: str | None = None) -> list[UploadRow]:
        return []

    async def errors(self) -> TroubleSection:
        return self.document["troubles"]

    async def dismiss(self, ids: Sequence[int]) -> int:
        self._ask("dismiss", list(ids))
        return len(ids)

    async def restore(self, ids: Sequence[int]) -> int:
        self._ask("restore", list(ids))
        return len(ids)

    async def set_aside(self) -> list[AsideRow]:
        return list(self.aside_rows)

    async def folders(self) -> list[IncomingFolder]:
        return self.document["folders"]

    async def held(self) -> list[HeldRow]:
        return list(self.held_rows)

    async def verify(self, repair: bool = False) -> VerifyReport:
        self._ask("verify", repair)
        return VerifyReport(checked_disk=0, checked_drive=0, differences=[], repaired=0)

    async def stop(self, finish: bool = False) -> Stopping:
        self._ask("stop", finish)
        return {"pid": 1, "finish": finish}

    async def signed_in(self) -> None:
        self._ask("signed_in")

    async def begin_sign_in(self, client: str | None = None) -> SignInAttempt:
        self._ask("begin_sign_in", client)
        self.sign_in = {**self.sign_in, "state": "waiting"}
        url = "https://accounts.google.com/o/oauth2/v2/auth?response_type=code&client_id=made-up&state=" + "s" * 120
        return SignInAttempt(
            url=url,
            start="http://127.0.0.1:8765/0a1b2c3d4e5f",
            port=8765,
            redirect_uri="http://127.0.0.1:8765/",
            scopes=["drive"],
        )

    async def finish_sign_in(self, pasted: str) -> SignInState:
        self._ask("finish_sign_in", pasted)
        self.sign_in = {**self.sign_in, "state": "done", "account": "lena@example.org"}
        return self.sign_in

    async def sign_in_state(self) -> SignInState:
        return self.sign_in

    async def approve(self, ids: Sequence[str], everything: bool = False) -> int:
        return self._answer_held("approve", ids, everything)

    async def reject(self, ids: Sequence[str], everything: bool = False) -> int:
        return self._answer_held("reject", ids, everything)

    def _answer_held(self, verb: str, ids: Sequence[str], everything: bool) -> int:
        self._ask(verb, list(ids), everything)
        before = len(self.held_rows)
        self.held_rows = [row for row in self.held_rows if not everything and row["id"] not in ids]
        self.say("status", weighed({**self.document["status"], "held": len(self.held_rows)}))
        return before - len(self.held_rows)
