"""Events over the socket: `EventService` at its far end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast
from urllib.parse import quote

from agent.client_line import SocketLine
from agent.service_events import (
    BackupRow,
    Change,
    EventDetails,
    EventPhotos,
    JobRow,
    LineLimit,
    PutBack,
    Selection,
    SourceSync,
    Subfolders,
    SyncStatistics,
)


class RemoteEvents(SocketLine):
    """Asks the running agent."""

    async def event(self, event: str) -> EventDetails:
        return cast(EventDetails, await self._get(f"/events/{quote(event, safe='')}"))

    async def add_event(
        self,
        name: str,
        sources: Sequence[str] = (),
        destination: str | None = None,
        folders: Sequence[str] = (),
        ends: str | None = None,
    ) -> EventDetails:
        answer = await self._command(
            "events-add", name=name, sources=list(sources), destination=destination, folders=list(folders), ends=ends
        )
        return cast(EventDetails, answer)

    async def remove_event(self, event: str) -> str:
        return cast(str, await self._command("events-remove", event=event))

    async def set_event(self, event: str, key: str, value: str) -> EventDetails:
        return cast(EventDetails, await self._command("events-set", event=event, key=key, value=value))

    async def event_source(self, event: str, change: Change, source: str, only: Sequence[str] = ()) -> EventDetails:
        answer = await self._command("events-source", event=event, change=change, source=source, only=list(only))
        return cast(EventDetails, answer)

    async def event_folder(self, event: str, change: Change, folder: str) -> EventDetails:
        answer = await self._command("events-folder", event=event, change=change, folder=folder)
        return cast(EventDetails, answer)

    async def list_subfolders(
        self, parent: str = "root", most: int = 50, event: str | None = None, refresh: bool = False
    ) -> Subfolders:
        asked = {
            "parent_id": parent,
            "max_results": most,
            "event": event,
            "refresh": refresh,
        }
        return cast(Subfolders, await self._ask("POST", "/api/cloud/lazy-folders/list_subfolders", json=asked))

    async def validate_selection(self, folders: Sequence[str], event: str | None = None) -> Selection:
        asked = {"folder_ids": list(folders), "event": event}
        return cast(Selection, await self._ask("POST", "/api/cloud/lazy-folders/validate_selection", json=asked))

    async def sync_pending(self) -> list[str]:
        return cast(list[str], (await self._ask("POST", "/events/sync/bulk"))["events"])

    async def sync_statistics(self) -> SyncStatistics:
        return cast(SyncStatistics, await self._get("/events/sync/statistics"))

    async def source_sync(self, source: str) -> SourceSync:
        return cast(SourceSync, await self._get(f"/api/cloud/sync-status/{quote(source, safe='')}"))

    async def event_photos(
        self,
        event: str,
        page: int = 1,
        per_page: int = 50,
        cursor: str | None = None,
        words: str | None = None,
        person: str | None = None,
        state: str | None = None,
    ) -> EventPhotos:
        path = f"/events/{quote(event, safe='')}/photos"
        asked = {"page": page, "per_page": per_page, "cursor": cursor, "q": words, "person": person, "state": state}
        return cast(EventPhotos, await self._get(path, **asked))

    async def jobs(self) -> list[JobRow]:
        return cast(list[JobRow], await self._get("/jobs"))

    async def backups(self) -> list[BackupRow]:
        return cast(list[BackupRow], await self._get("/backups"))

    async def put_back(self, file: str) -> PutBack:
        return cast(PutBack, await self._command("restore", file=file))

    async def limit_line(self, up_mbps: float | None, down_mbps: float | None, off: bool = False) -> LineLimit:
        return cast(LineLimit, await self._command("limit", up_mbps=up_mbps, down_mbps=down_mbps, off=off))

    async def notified(self, channel: str, token: str, state: str) -> bool:
        headers = {"X-Goog-Channel-ID": channel, "X-Goog-Channel-Token": token, "X-Goog-Resource-State": state}
        return cast(bool, (await self._ask("POST", "/drive/notifications", headers=headers))["known"])
