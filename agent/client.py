"""`AgentService` at its far end: the same questions and verbs over the socket of an agent that already runs."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any, cast

import httpx

from agent.api.errors import from_body
from agent.errors import Cause, NoAgent, VenueError
from agent.service import (
    ActivityEntry,
    Change,
    EnrollResult,
    IncomingFolder,
    Lane,
    PausedStatus,
    PersonStatus,
    PhotoDetails,
    RetryResult,
    Snapshot,
    StatusDocument,
    TroubleSection,
    UploadRow,
    VerifyReport,
)

ANSWER = httpx.Timeout(30.0, read=300.0)  # seconds; an enrolment of many photos takes its time
SILENCE = httpx.Timeout(30.0, read=45.0)  # seconds; the stream shows a sign of life every 15


class RemoteService:
    """Implements `AgentService` on a socket. Raises `NoAgent` where nobody answers there."""

    def __init__(self, socket: Path) -> None:
        self._http = httpx.AsyncClient(
            transport=httpx.AsyncHTTPTransport(uds=str(socket)), base_url="http://agent", timeout=ANSWER
        )

    async def close(self) -> None:
        await self._http.aclose()

    async def _ask(self, method: str, path: str, **options: Any) -> Any:
        try:
            answer = await self._http.request(method, path, **options)
        except httpx.TransportError as error:
            raise lost(error) from error
        if answer.is_success:
            return answer.json()
        raise refused(answer)

    async def _get(self, path: str, **params: Any) -> Any:
        return await self._ask("GET", path, params={key: one for key, one in params.items() if one is not None})

    async def _command(self, verb: str, /, **arguments: Any) -> Any:
        return await self._ask("POST", f"/commands/{verb}", json=arguments)

    async def ping(self) -> None:
        """Whether somebody answers; `NoAgent` if not."""
        await self._get("/")

    # ---- questions

    async def snapshot(self) -> Snapshot:
        return cast(Snapshot, await self._get("/snapshot"))

    async def events(self, boot: str, since: int) -> AsyncIterator[Change]:
        """The changes as they come; ends by `NoAgent` when the line breaks."""
        params = {"boot": boot, "since": since}
        try:
            async with self._http.stream("GET", "/stream", params=params, timeout=SILENCE) as answer:
                async for line in answer.aiter_lines():
                    if line.startswith("data: "):
                        yield cast(Change, json.loads(line.removeprefix("data: ")))
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

    async def activity(self, before: int | None = None, limit: int = 100) -> list[ActivityEntry]:
        return cast(list[ActivityEntry], await self._get("/activity", before=before, limit=limit))

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

    async def held(self) -> list[dict[str, Any]]:
        return cast(list[dict[str, Any]], await self._get("/held"))

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

    async def verify(self, repair: bool = False) -> VerifyReport:
        return cast(VerifyReport, await self._command("verify", repair=repair))

    async def signed_in(self) -> None:
        await self._command("signed-in")

    async def approve(self, ids: Sequence[str], everything: bool = False) -> int:
        return cast(int, await self._command("held-approve", ids=list(ids), all=everything))


def lost(error: httpx.TransportError | None) -> VenueError:
    detail = "the line broke" if error is None else str(error) or type(error).__name__
    return NoAgent("The agent does not answer", detail, "Start it with `venuesync`", cause=Cause.TRANSIENT)


def refused(answer: httpx.Response) -> VenueError:
    try:
        return from_body(answer.json())
    except ValueError:
        return VenueError("The agent gave an error", f"HTTP {answer.status_code}", "See its log in .venuesync/logs")
