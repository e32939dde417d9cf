"""`AgentService` at its far end: the same questions and verbs over the socket of an agent that already runs."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from typing import cast
from urllib.parse import quote

import httpx

from agent.client_events import RemoteEvents
from agent.client_line import SocketLine, lost, silent
from agent.client_people import RemotePeople
from agent.client_sign_in import RemoteSignIn
from agent.service import EnrollResult, Lane, PhotoDetails, RetryResult, Stopping, UploadRow, VerifyReport
from agent.service_browse import ActivityEntry, AsideRow, PersonDetails, PersonStatus, PhotoPage, PhotoQuery, TroubleRow
from agent.service_people import HeldRow
from agent.service_snapshot import Change, IncomingFolder, Snapshot, TroubleSection
from agent.service_status import PausedStatus, StatusDocument

SILENCE = httpx.Timeout(30.0, read=45.0)  # seconds; the stream shows a sign of life every 15


class RemoteService(RemoteEvents, RemotePeople, RemoteSignIn, SocketLine):
    """Implements `AgentService` on a socket."""

    # ---- questions

    async def snapshot(self) -> Snapshot:
        return cast(Snapshot, await self._get("/snapshot"))

    async def events(self, boot: str, since: int) -> AsyncIterator[Change]:
        """The changes as they come; ends by `NoAgent` or `AgentSilent`."""
        params = {"boot": boot, "since": since}
        try:
            async with self._http.stream("GET", "/stream", params=params, timeout=SILENCE) as answer:
                async for line in answer.aiter_lines():
                    if line.startswith("data: "):
                        yield cast(Change, json.loads(line.removeprefix("data: ")))
        except httpx.TimeoutException as error:
            raise silent() from error
        except httpx.TransportError as error:
            raise lost(error) from error
        raise lost(None)

    async def status(self) -> StatusDocument:
        return cast(StatusDocument, await self._get("/status"))

    async def people(self) -> list[PersonStatus]:
        return cast(list[PersonStatus], await self._get("/people"))

    async def folders(self) -> list[IncomingFolder]:
        return cast(list[IncomingFolder], (await self._get("/folders"))["folders"])

    async def errors(self) -> TroubleSection:
        return cast(TroubleSection, await self._get("/errors"))

    async def set_aside(self) -> list[AsideRow]:
        return cast(list[AsideRow], await self._get("/errors/dismissed"))

    async def activity(self, before: int | None = None, limit: int = 100) -> list[ActivityEntry]:
        return cast(list[ActivityEntry], await self._get("/activity", before=before, limit=limit))

    async def search_activity(self, words: str, before: int | None = None, limit: int = 100) -> list[ActivityEntry]:
        return cast(list[ActivityEntry], await self._get("/activity", q=words, before=before, limit=limit))

    async def trouble_rows(self, ids: Sequence[int]) -> list[TroubleRow]:
        return cast(list[TroubleRow], await self._get("/errors/rows", ids=list(ids)[:200]))

    async def browse_photos(self, query: PhotoQuery) -> PhotoPage:
        return cast(PhotoPage, await self._get("/browse/photos", **query))

    async def person(self, id: str) -> PersonDetails:
        return cast(PersonDetails, await self._get(f"/people/{quote(id, safe='')}"))

    async def uploads(self, state: str | None = None) -> list[UploadRow]:
        return cast(list[UploadRow], await self._get("/uploads", state=state))

    async def photo(self, event_photo: int) -> PhotoDetails:
        return cast(PhotoDetails, await self._get(f"/photos/{event_photo}"))

    async def thumbnail(self, event_photo: int) -> bytes | None:
        try:
            answer = await self._http.get(f"/photos/{event_photo}/thumbnail")
        except httpx.TransportError as error:
            raise lost(error) from error
        return answer.content if answer.is_success else None

    async def held(self) -> list[HeldRow]:
        return cast(list[HeldRow], await self._get("/held"))

    # ---- verbs

    async def pause(self, what: Lane) -> PausedStatus:
        return cast(PausedStatus, await self._command("pause", what=what))

    async def resume(self, what: Lane) -> PausedStatus:
        return cast(PausedStatus, await self._command("resume", what=what))

    async def sync(self, events: Sequence[str]) -> list[str]:
        return cast(list[str], await self._command("sync", events=list(events)))

    async def resync(self, events: Sequence[str]) -> list[str]:
        return cast(list[str], await self._command("resync", events=list(events)))

    async def retry(self, ids: Sequence[int], everything: bool = False) -> RetryResult:
        return cast(RetryResult, await self._command("retry", ids=list(ids), all=everything))

    async def enroll(self, name: str, photos: Sequence[str], event: str | None = None) -> EnrollResult:
        return cast(EnrollResult, await self._command("enroll", name=name, photos=list(photos), event=event))

    async def dismiss(self, ids: Sequence[int]) -> int:
        return cast(int, await self._command("errors-dismiss", ids=list(ids)))

    async def restore(self, ids: Sequence[int]) -> int:
        return cast(int, await self._command("errors-restore", ids=list(ids)))

    async def verify(self, repair: bool = False) -> VerifyReport:
        return cast(VerifyReport, await self._command("verify", repair=repair))

    async def stop(self, finish: bool = False) -> Stopping:
        return cast(Stopping, await self._command("stop", finish=finish))

    async def signed_in(self) -> None:
        await self._command("signed-in")

    async def approve(self, ids: Sequence[str], everything: bool = False) -> int:
        return cast(int, await self._command("held-approve", ids=list(ids), all=everything))

    async def reject(self, ids: Sequence[str], everything: bool = False) -> int:
        return cast(int, await self._command("held-reject", ids=list(ids), all=everything))
