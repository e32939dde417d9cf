"""The scripted agent's events: details of what stands in its status, changed by the verbs as a real agent would."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from agent.errors import StoresInUse, UsageError
from agent.service_events import (
    BackupRow,
    CameraRow,
    Change,
    DriveFolderRow,
    EventDetails,
    EventPhotos,
    EventStatus,
    JobRow,
    LineLimit,
    PutBack,
    Selection,
    SourceDetails,
    SourceSync,
    Subfolders,
    SyncRun,
    SyncStatistics,
)
from agent.service_snapshot import Snapshot
from tests.tui.scripted_asks import ScriptedAsks


class ScriptedEvents(ScriptedAsks):
    """`tree`: Drive's folders by their parent's id."""

    document: Snapshot
    cameras: dict[str, list[CameraRow]] = {}  # noqa: RUF012 - a test replaces it
    sources: dict[str, list[SourceDetails]] = {}  # noqa: RUF012
    runs: dict[str, list[SyncRun]] = {}  # noqa: RUF012
    tree: dict[str, list[DriveFolderRow]] = {}  # noqa: RUF012
    intervals: dict[str, float] = {}  # noqa: RUF012

    def _event(self, event: str) -> EventStatus:
        for found in self.document["status"]["events"]:
            if event in (found["id"], found["name"]):
                return found
        raise UsageError("There is no such event", event, "See `venuesync event list`")

    def _details(self, found: EventStatus) -> EventDetails:
        return {
            "status": found,
            "settings": {
                "id": found["id"],
                "name": found["name"],
                "enabled": found["auto_sync"],
                "ended": False,
                "interval": self.intervals.get(found["id"]),
                "tolerance": None,
                "destination": None,
                "gone": None,
                "send": True,
                "folder_depth": 2,
                "ends": None,
                "folders": [
                    {"path": folder["path"], "enabled": True}
                    for folder in self.document["folders"]
                    if folder["event"] == found["id"]
                ],
            },
            "sources": self.sources.get(found["id"], []),
            "cameras": self.cameras.get(found["id"], []),
            "runs": self.runs.get(found["id"], []),
            "jobs": [],
        }

    async def event(self, event: str) -> EventDetails:
        return self._details(self._event(event))

    async def add_event(
        self,
        name: str,
        sources: Sequence[str] = (),
        destination: str | None = None,
        folders: Sequence[str] = (),
        ends: str | None = None,
    ) -> EventDetails:
        self._ask("add_event", name, list(sources))
        status = self.document["status"]
        made: EventStatus = {
            **status["events"][0],
            "id": name.lower(),
            "name": name,
            "sync_status": "NEVER_SYNCED",
            "photos": 0,
        }
        self.say("status", {**status, "events": [*status["events"], made]})
        return self._details(made)

    async def remove_event(self, event: str) -> str:
        self._ask("remove_event", event)
        return self._event(event)["name"]

    async def set_event(self, event: str, key: str, value: str) -> EventDetails:
        self._ask("set_event", event, key, value)
        found = self._event(event)
        changed = dict(found)
        if key == "enabled":
            changed["auto_sync"] = value == "true"
        if key == "name":
            changed["name"] = value
        if key == "interval":
            self.intervals = {**self.intervals, found["id"]: float(value)}
            changed["interval_minutes"] = float(value)
        status = self.document["status"]
        events = [changed if one["id"] == found["id"] else one for one in status["events"]]
        self.say("status", {**status, "events": events})
        return self._details(self._event(found["id"]))

    async def event_source(self, event: str, change: Change, source: str, only: Sequence[str] = ()) -> EventDetails:
        self._ask("event_source", event, change, source, list(only))
        return self._details(self._event(event))

    async def event_folder(self, event: str, change: Change, folder: str) -> EventDetails:
        self._ask("event_folder", event, change, folder)
        return self._details(self._event(event))

    async def list_subfolders(
        self, parent: str = "root", most: int = 50, event: str | None = None, refresh: bool = False
    ) -> Subfolders:
        self._ask("list_subfolders", parent)
        rows = self.tree.get(parent, [])
        return {
            "success": True,
            "folders": rows,
            "parent_info": {"id": parent, "name": parent, "depth": 0, "path": ""},
            "total_count": len(rows),
            "has_more": False,
            "cache_info": {"cached_folders": 0, "cache_size": ""},
            "timestamp": "",
        }

    async def validate_selection(self, folders: Sequence[str], event: str | None = None) -> Selection:
        return {
            "success": True,
            "valid_selections": [],
            "invalid_selections": [],
            "total_valid": 0,
            "total_invalid": 0,
        }

    async def sync_pending(self) -> list[str]:
        return []

    async def sync_statistics(self) -> SyncStatistics:
        return {"totalEvents": 0, "byStatus": {}, "totalPhotos": 0, "lastRuns": []}

    async def source_sync(self, source: str) -> SourceSync:
        raise UsageError("There is no such source", source)

    async def event_photos(self, event: str, **_which: Any) -> EventPhotos:
        return {"photos": [], "page": 1, "per_page": 50, "total": 0, "cursor": None}

    async def limit_line(self, up_mbps: float | None, down_mbps: float | None, off: bool = False) -> LineLimit:
        return {"up_mbps": up_mbps or 0.0, "down_mbps": down_mbps or 0.0}

    async def jobs(self) -> list[JobRow]:
        return []

    async def backups(self) -> list[BackupRow]:
        return []

    async def put_back(self, file: str) -> PutBack:
        raise StoresInUse(file, 1)

    async def notified(self, channel: str, token: str, state: str) -> bool:
        return False
