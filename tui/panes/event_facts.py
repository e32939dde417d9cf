"""One event: its cameras, where its photos come from and go to, how often it is looked at, what the last looks brought.

What is not in the status comes from the agent when the mark stands still.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial

from agent.errors import VenueError
from agent.service_events import CameraRow, EventDetails, EventStatus, SourceDetails, SyncRun
from tui import words
from tui.draw import BLANK, Row, bar, heading
from tui.fit import cut, fit, width_of
from tui.host import Host
from tui.pane import Pane
from tui.safe_text import safe_text
from tui.state import event_name

SOON = 0.12  # seconds that the mark has to stand before the agent is asked
LABEL = 6
BAR, PHOTOS, SIZE, LAST = 14, 8, 10, 14
WIDE = 70
MEGABYTE = 1_000_000


def draw_facts(
    status: EventStatus, details: EventDetails | None, watched: Sequence[str], width: int, height: int, now: float
) -> list[Row]:
    """As much as there is room for: cameras first, then where from, where to, and what happened."""
    name = cut(status["name"], width - 10)
    heads = f"{'Photos':>{PHOTOS}}{'Size':>{SIZE}}{'Last photo':>{LAST}}" if width >= WIDE else ""
    rows: list[Row] = [heading(name, width, heads, "cameras" if status["cameras"] else "")]
    cameras = details["cameras"] if details else []
    about = _about(status, details, watched, width)
    room = max(1, height - len(rows) - len(about) - 1)
    most = max((camera["total_files"] for camera in cameras), default=0)
    rows += [_camera(camera, most, width, now) for camera in cameras[:room]]
    if len(cameras) > room:
        rows[-1] = [(f"and {len(cameras) - room + 1} more cameras", "$dim")]
    rows += ([BLANK] if cameras else []) + about
    if details is not None and len(rows) + 2 < height:
        rows += _runs(details["runs"], width, height - len(rows) - 1, now)
    return rows[:height]


def _camera(camera: CameraRow, most: int, width: int, now: float) -> Row:
    files, size = camera["total_files"], int(camera["total_size_mb"] * MEGABYTE)
    name = camera["camera_name"] or "a camera that does not say"
    if width < WIDE:
        return [(fit(name, width - PHOTOS), "$ink"), (f"{words.number(files):>{PHOTOS}}", "bold $ink")]
    at = words.moment(camera["last_file_timestamp"])
    last = words.day_and_clock(at, now) if at else words.NOTHING
    room = width - BAR - PHOTOS - SIZE - LAST - 2
    return [
        (fit(name, room) + "  ", "$ink"),
        *bar(files, most, BAR, "$accent"),
        (f"{words.number(files):>{PHOTOS}}", "bold $ink"),
        (f"{words.size(size):>{SIZE}}", "$dim"),
        (f"{last:>{LAST}}", "$dim"),
    ]


def _about(status: EventStatus, details: EventDetails | None, watched: Sequence[str], width: int) -> list[Row]:
    rows: list[Row] = []
    if status["error"]:
        rows.append(_labelled("Why", status["error"], width, "$bad"))
    if details is not None:
        rows += _sources(details, watched, width)
        to = details["settings"]["destination"]
        where = f"Drive folder {to}" if to else "Drive, a folder made by venuesync"
        rows.append(_labelled("To", where if details["settings"]["send"] else "here only", width))
    rows.append(_labelled("Looks", _looks(status, bool(details and details["sources"])), width, "$dim"))
    return rows


def _looks(status: EventStatus, on_drive: bool) -> str:
    if not status["auto_sync"]:
        return "switched off: space switches it on"
    if not on_drive:
        return "its folders here, all the time"
    parts = [f"every {_minutes(status['interval_minutes'])}", f"today {words.size(status['bytes_today'])}"]
    if status["to_fetch"]:
        parts.append(f"{words.photos(status['to_fetch'])} still to fetch")
    if status["ended"]:
        parts.append("its last day has passed")
    return ", ".join(parts)


def _minutes(value: float) -> str:
    return f"{value:g} min" if value < 120 else f"{value / 60:g} h"


def _sources(details: EventDetails, watched: Sequence[str], width: int) -> list[Row]:
    own = details["settings"]["folders"]
    told = [(folder["path"], "$ink" if folder["enabled"] else "$dim") for folder in own]
    told += [(path, "$ink") for path in watched if path not in [folder["path"] for folder in own]]
    told += [_source(source) for source in details["sources"]]
    if not told:
        return [_labelled("From", "no folder yet: press a to add one from Drive", width, "$dim")]
    return [_labelled("From" if not index else "", text, width, style) for index, (text, style) in enumerate(told[:4])]


def _source(source: SourceDetails) -> tuple[str, str]:
    text = f"Drive: {source['name'] or source['folder_id']}"
    if source["state"] != "ok":
        return f"{text}, cannot be reached: {source['detail']}", "$bad"
    if not source["enabled"]:
        return f"{text}, switched off", "$dim"
    return text + (f", {words.photos(source['to_fetch'])} to fetch" if source["to_fetch"] else ""), "$ink"


def _labelled(label: str, text: str, width: int, style: str = "$ink") -> Row:
    shown, room = safe_text(text), width - LABEL
    return [(fit(label, LABEL), "$dim"), (fit(shown, room) if width_of(shown) > room else shown, style)]


def _runs(runs: list[SyncRun], width: int, room: int, now: float) -> list[Row]:
    """What was found when it was looked at."""
    if not runs or room < 2:
        return []
    rows: list[Row] = [BLANK, heading("Last looks", width)]
    for run in runs[: room - 1]:
        began = words.moment(run["began_at"])
        when = words.day_and_clock(began, now) if began else words.NOTHING
        lasted = words.took(run["seconds"]) if run["seconds"] is not None else ""
        found = f"{words.number(run['found'])} found, {words.number(run['gone'])} gone, {words.photos(run['photos'])}"
        style = "$ok" if run["outcome"] == "ok" else "$ink" if run["outcome"] == "running" else "$bad"
        row: Row = [(fit(when, 14), "$dim"), (fit(f"{lasted:>6}", 8), "$dim")]
        rest = width - 22
        row += [(fit(found, min(rest, 40)), "$ink"), (cut(run["outcome"], max(0, rest - 40)), style)]
        rows.append(row)
    return rows


class EventFacts(Pane):
    """`show` says of which."""

    SECTIONS = frozenset({"status"})

    def __init__(self, host: Host) -> None:
        super().__init__(id="event-facts")
        self._host = host
        self._event = ""
        self._seen: EventStatus | None = None
        self.details: EventDetails | None = None

    @property
    def status(self) -> EventStatus | None:
        events = self.view.state.status["events"] if self.view.state.status else []
        return next((event for event in events if event["id"] == self._event), None)

    def show(self, event: str) -> None:
        if event != self._event:
            self._event, self.details = event, None
            self.redraw()
        self.again()

    def again(self) -> None:
        """It may have changed: ask the agent."""
        self._seen = self.status
        self.run_worker(partial(self._ask, self._event), group="event", exclusive=True, exit_on_error=False)

    async def _ask(self, event: str) -> None:
        await asyncio.sleep(SOON)
        try:
            details = await self._host.service.event(event)
        except VenueError:
            return  # removed meanwhile: the list says so
        if event == self._event:
            self.details = details
            self.redraw()

    def redraw(self) -> int:
        if self._event and self.status != self._seen and self.is_mounted:
            self.again()
        return super().redraw()

    def draw(self, width: int, height: int) -> list[Row]:
        status = self.status
        if status is None:
            return []
        state = self.view.state
        named: EventStatus = {**status, "name": event_name(state, status)}
        watched = [folder["path"] for folder in state.folders if folder["event"] == status["id"]]
        return draw_facts(named, self.details, watched, width, height, self.view.now)
