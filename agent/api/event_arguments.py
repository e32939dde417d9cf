"""What is asked about events, one schema each: our commands, and the shapes that the predecessors' programs send."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from agent.api.arguments import Arguments
from agent.service_events import Change

Interval = float | str | None


class AddEventArguments(Arguments):
    name: str = Field(min_length=1, max_length=1000)
    sources: list[str] = Field(default_factory=list[str], description="addresses or ids of folders on Drive")
    destination: str | None = Field(default=None, description="address or id of a folder on Drive; none: made by us")
    folders: list[str] = Field(default_factory=list[str], description="absolute paths on the agent's machine")
    ends: str | None = Field(default=None, description="a date: 2026-11-22")


class EventArguments(Arguments):
    event: str = Field(min_length=1, description="id or name")


class IntervalArguments(EventArguments):
    minutes: float | str = Field(description="0.5 to 60, or fast, normal, slow, hourly")


class SetEventArguments(EventArguments):
    key: str = Field(description="name, enabled, interval, tolerance, destination, gone, send, folder_depth or ends")
    value: str = Field(description="empty: follow the workspace's settings")


class SourceArguments(EventArguments):
    change: Change
    source: str = Field(min_length=1, description="address or id of a folder; or a source's id or name")
    only: list[str] = Field(default_factory=list[str], description="ids of chosen subfolders; none: all of it")


class FolderArguments(EventArguments):
    change: Change
    folder: str = Field(min_length=1, description="absolute path on the agent's machine")


class LimitArguments(Arguments):
    """Megabits a second; 0: no limit, none: as is set."""

    up_mbps: float | None = Field(default=None, ge=0, le=100_000)
    down_mbps: float | None = Field(default=None, ge=0, le=100_000)


class Lenient(BaseModel):
    """The predecessors' programs send more than is needed: what is not known is left alone."""

    model_config = ConfigDict(extra="ignore")


class EnableBody(Lenient):
    interval_minutes: float | str | None = None


class NewEventBody(Lenient):
    name: str = Field(min_length=1, max_length=1000)
    googleDriveUrl: str | None = None  # as the predecessors spell it
    destination: str | None = None
    folders: list[str] = Field(default_factory=list[str])
    ends: str | None = None


class SyncBody(Lenient):
    fullSync: bool = False  # as the predecessors spell it


class SubfoldersBody(Lenient):
    parent_id: str | None = None
    max_results: int = Field(default=50, ge=1, le=1000)
    include_stats: bool = False
    event: str | None = None
    refresh: bool = False


class SelectionBody(Lenient):
    folder_ids: list[str]
    event: str | None = None
