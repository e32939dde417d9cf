"""The report: the figures of the night, of all events or of one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typing_extensions import TypedDict

from agent.requests.ask import Query
from agent.requests.people import PersonStatus
from agent.requests.status import PhotoCounts, SafeToLeave
from agent.requests.troubles import AsideRow, Trouble

if TYPE_CHECKING:
    from agent.requests.fields import ReportedEvent


class HourRow(TypedDict):
    hour: str  # `2026-11-21T22`, by a clock that is right
    photos: int


class CameraRow(TypedDict):
    camera: str  # or photographer, as `photos` tells it; "" for what came from this machine's folders
    photos: int


class PairRow(TypedDict):
    """Two who are on the same photos: their ids, in the order of `names`."""

    people: tuple[str, str]
    names: tuple[str, str]
    photos: int


class MomentRow(TypedDict):
    """A photo to show of the night, and the names of who is on it."""

    id: int
    name: str
    hour: str
    people: list[str]


class Report(TypedDict):
    """`photos` are of these events alone, as are all that follow; the verdict is of the whole workspace.

    `title`: the event's name, or all of them; `file`: what its page is called in the workspace, before its ending.
    """

    made_at: str
    workspace: str
    workspace_id: str
    title: str
    event: str | None  # the one that it is of, by its name
    file: str
    safe_to_leave: SafeToLeave
    drive: str  # as in the status document
    photos: PhotoCounts
    only_here: int  # of the verified photos; Drive is to have nothing of them
    bytes: int
    people: list[PersonStatus]
    hours: list[HourRow]
    cameras: list[CameraRow]
    together: list[PairRow]  # most photos first, 200 at most
    moments: list[MomentRow]
    errors: list[Trouble]
    set_aside: list[AsideRow]


class GetReport(Query[Report]):
    """The figures of the night."""

    path = "/report"
    event: ReportedEvent = None
