"""What is asked about events, one schema each: our commands, and the shapes that the predecessors' programs send."""

from __future__ import annotations

from pydantic import Field

from agent.api.parameters import Arguments, Date, Id, Interval, Lenient, Link, Megabits, Name, Path, Whole, Words
from agent.service_events import Change


class AddEventArguments(Arguments):
    name: Name
    sources: list[Link] = Field(default_factory=list[str], max_length=1000)
    destination: Link | None = Field(default=None, description="address or id of a folder on Drive; none: made by us")
    folders: list[Path] = Field(default_factory=list[str], max_length=1000)
    ends: Date | None = None


class RestoreArguments(Arguments):
    file: Words = Field(description="a backup's name, or a path")


class EventArguments(Arguments):
    event: Id = Field(description="id or name")


class IntervalArguments(EventArguments):
    minutes: Interval


class SetEventArguments(EventArguments):
    key: Id = Field(description="name, enabled, interval, tolerance, destination, gone, send, folder_depth or ends")
    value: Words = Field(description="empty: follow the workspace's settings")


class SourceArguments(EventArguments):
    change: Change
    source: Link = Field(description="address or id of a folder; or a source's id or name")
    only: list[Id] = Field(
        default_factory=list[str], max_length=1000, description="ids of chosen subfolders; none: all"
    )


class FolderArguments(EventArguments):
    change: Change
    folder: Path


class LimitArguments(Arguments):
    """Megabits a second; 0: no limit, none: as it is. Nothing at all asks how it is."""

    up_mbps: Megabits | None = None
    down_mbps: Megabits | None = None
    off: bool = Field(default=False, description="before that, as the settings have it again")


class EnableBody(Lenient):
    interval_minutes: Interval | None = None


class NewEventBody(Lenient):
    name: Name
    googleDriveUrl: Link | None = None  # as the predecessors spell it
    destination: Link | None = None
    folders: list[Path] = Field(default_factory=list[str], max_length=1000)
    ends: Date | None = None


class SyncBody(Lenient):
    fullSync: bool = False  # as the predecessors spell it


class SubfoldersBody(Lenient):
    parent_id: Id | None = None
    max_results: Whole = Field(default=50, ge=1, le=1000)
    include_stats: bool = False  # the predecessors' programs say so; it is known in any case
    event: Id | None = None
    refresh: bool = False


class SelectionBody(Lenient):
    folder_ids: list[Id] = Field(max_length=1000)
    event: Id | None = None
