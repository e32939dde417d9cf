"""Events: the pane of Venue, the list of all, and the facts of one."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence, Set
from typing import TYPE_CHECKING

from agent.model import SyncStatus
from agent.requests.events import CameraRow, EventDetails, EventStatus, GetEvent, SourceDetails, SyncRun
from tui import words
from tui.draw import BLANK, Row, bar, cut, fit, fit_path, heading
from tui.keys.keymap import named
from tui.state import View
from tui.widgets.asking import Asking
from tui.widgets.find_bar import folded, holds
from tui.widgets.list_pane import Column, Mark, SortedPane, pointer
from tui.widgets.rows import Pane
from tui.words import safe_text

if TYPE_CHECKING:
    from tui.app import Monitor

# ---- on Venue, where there is room: one line each


def draw_events(view: View, width: int, height: int) -> list[Row]:
    events = view.state.events
    rows = [heading("Events", width, "Photos   Last sync", words.number(len(events)))]
    return rows + [_event(view, event, width) for event in events[: height - 1]]


def _event(view: View, event: EventStatus, width: int) -> Row:
    word, style = state_word(event)
    synced = words.moment(event["last_synced_at"])
    last = words.ago(view.now - synced) if synced else words.NOTHING
    return [
        (fit(event["name"], width - 34) + "  ", "$ink"),
        (fit(word, 12), style),
        (f"{words.number(event['photos'], 8):>8}", "bold $ink" if event["photos"] else "$dim"),
        (f"{last:>12}", "$dim"),
    ]


class Events(Pane):
    SECTIONS = frozenset({"status"})
    TICKS = True

    def draw(self, width: int, height: int) -> list[Row]:
        return draw_events(self.view, width, height)


# ---- all of them, one row each: how they stand, what came, when they were and will be looked at

STATE, PHOTOS, LAST, NEXT, CAMERAS = 13, 7, 12, 10, 9
TIMES_FROM = 70  # columns from which on times and cameras join

_STYLES = {
    SyncStatus.UP_TO_DATE.value: "bold $ok",
    SyncStatus.SYNCING.value: "bold $accent",
    SyncStatus.SYNC_REQUIRED.value: "bold $warn",
    SyncStatus.ERROR.value: "bold $bad",
}


def state_word(event: EventStatus) -> tuple[str, str]:
    """How it stands, and the style of that."""
    if not event["auto_sync"]:
        return "off", "$dim"
    stands = event["sync_status"]
    return words.SYNC.get(stands, stands.lower()), _STYLES.get(stands, "$dim")


def draw_event(event: EventStatus, width: int, marked: bool, now: float) -> Row:
    word, style = state_word(event)
    tail: Row = [(fit(word, STATE), style), (f"{words.number(event['photos'], PHOTOS):>{PHOTOS}}", _count(event))]
    if width >= TIMES_FROM:
        synced, due = words.moment(event["last_synced_at"]), words.moment(event["next_sync_at"])
        last = words.ago(now - synced) if synced else words.NOTHING
        then = words.to_come(due - now) if due and event["auto_sync"] else words.NOTHING
        tail += [(f"{last:>{LAST}}", "$dim"), (f"{then:>{NEXT}}", "$dim"), (f"{event['cameras']:>{CAMERAS}}", "$ink")]
    room = width - 2 - sum(len(text) for text, _ in tail) - 1
    return [pointer(marked), (fit(event["name"], room) + " ", "bold $ink" if marked else "$ink"), *tail]


def _count(event: EventStatus) -> str:
    return "bold $ink" if event["photos"] else "$dim"


ORDERS: Sequence[Column[EventStatus]] = (
    Column("", "as they were added", lambda _: 0),
    Column("", "by name", lambda event: folded(event["name"])),
    Column("State", "by state", lambda event: state_word(event)[0].casefold(), STATE, left=True),
    Column("Photos", "most photos first", lambda event: -event["photos"], PHOTOS),
    Column("Last sync", "last sync first", lambda event: -(words.moment(event["last_synced_at"]) or 0.0),
           LAST, TIMES_FROM),
    Column("Next", "next sync first", lambda event: words.moment(event["next_sync_at"]) or math.inf, NEXT, TIMES_FROM),
    Column("Cameras", "most cameras first", lambda event: -event["cameras"], CAMERAS, TIMES_FROM),
)  # fmt: skip


class EventList(SortedPane[EventStatus]):
    SECTIONS = frozenset({"status"})
    TICKS = True  # how long ago, how soon
    COLUMNS, TITLE = ORDERS, "Events"
    ALWAYS = True

    def __init__(self) -> None:
        super().__init__(id="event-list")
        self.words = ""
        self._made: tuple[object, ...] = ()
        self._found: Sequence[EventStatus] = []

    def narrow(self, typed: str) -> None:
        """Only those whose name holds these words; the mark stays where it is, else it is on the first."""
        self.words, self.mark = typed, Mark(self.mark.key)
        self.redraw()
        self.tell()

    def unsorted(self) -> Sequence[EventStatus]:
        state = self.view.state
        if not self.words:
            return state.events
        made = (id(state.status), self.words)
        if self._made != made:
            self._found = [event for event in state.events if holds(event["name"], self.words)]
            self._made = made
        return self._found

    def key(self, entry: EventStatus) -> Hashable:
        return entry["id"]

    @property
    def wanted_height(self) -> int:
        return 1 + max(1, len(self.entries()))

    def draw_head(self, width: int, height: int) -> list[Row]:
        return [self.draw_heads(width, self.counted(len(self.entries())) + (" found" if self.words else ""))]

    def draw_empty(self, width: int) -> list[Row]:
        return [[(cut("  No event is called so.", width), "$dim")]] if self.words else []

    def draw_entry(self, entry: EventStatus, width: int, marked: bool) -> list[Row]:
        return [draw_event(entry, width, marked, self.view.now)]


# ---- one event: cameras, where photos come from and go to, what the last looks brought
# What is not in the status comes from the agent when the mark stands still.

SOON = 0.12  # seconds that the mark has to stand before the agent is asked
AGAIN = 10.0  # seconds after which it is asked again: of what is set elsewhere no word comes
LABEL = 8
BAR, CAMERA_PHOTOS, SIZE, CAMERA_LAST = 14, 8, 10, 14
WIDE = 70
MEGABYTE = 1_000_000


def draw_facts(
    status: EventStatus, details: EventDetails | None, watched: Sequence[str], width: int, height: int, now: float
) -> list[Row]:
    """As much as there is room for: cameras first, then where from, where to, and what happened."""
    name = cut(status["name"], width - 10)
    heads = f"{'Photos':>{CAMERA_PHOTOS}}{'Size':>{SIZE}}{'Last photo':>{CAMERA_LAST}}" if width >= WIDE else ""
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
        return [(fit(name, width - CAMERA_PHOTOS), "$ink"), (f"{words.number(files):>{CAMERA_PHOTOS}}", "bold $ink")]
    at = words.moment(camera["last_file_timestamp"])
    last = words.day_and_clock(at, now) if at else words.NOTHING
    room = width - BAR - CAMERA_PHOTOS - SIZE - CAMERA_LAST - 2
    return [
        (fit(name, room) + "  ", "$ink"),
        *bar(files, most, BAR, "$accent"),
        (f"{words.number(files):>{CAMERA_PHOTOS}}", "bold $ink"),
        (f"{words.size(size):>{SIZE}}", "$dim"),
        (f"{last:>{CAMERA_LAST}}", "$dim"),
    ]


def _about(status: EventStatus, details: EventDetails | None, watched: Sequence[str], width: int) -> list[Row]:
    rows: list[Row] = []
    if status["error"]:
        rows.append(_labelled("Why", status["error"], width, "$bad"))
    if details is not None:
        rows += _sources(details, watched, width)
        settings = details["settings"]
        to = settings["destination"]
        where = f"Drive folder {to}" if to else f"My Drive/venuesync/{status['name']}"
        more = f" of {settings['account']}" if settings["account"] and not to else ""
        more += ", all in All Photos, too" if settings["all_photos"] else ""
        if settings["long_side"]:
            more += f", at {settings['long_side']:,} pixels; the originals only here"
        left = [] if settings["without_faces"] else ["those without faces"]
        if left := [*left, *settings["exclude"]]:
            more += f"; only here {', '.join(left)}"
        more += ", once you have approved them" if settings["review"] else ""
        rows.append(_labelled("To", (where if settings["send"] else "here only") + more, width))
    rows.append(_labelled("Checked", _looks(status, bool(details and details["sources"])), width, "$dim"))
    return rows


def _looks(status: EventStatus, on_drive: bool) -> str:
    if not status["auto_sync"]:
        return "Drive only by s: space switches it on"
    if not on_drive:
        return "continuously"
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
        return [_labelled("From", f"no folder yet: press {named('a')} to add one from Drive", width, "$dim")]
    return [_labelled("From" if not index else "", text, width, style) for index, (text, style) in enumerate(told[:4])]


def _source(source: SourceDetails) -> tuple[str, str]:
    text = f"Drive: {source['name'] or source['folder_id']}"
    if source["state"] != "ok":
        return f"{text}, cannot be read: {source['detail']}", "$bad"
    if not source["enabled"]:
        return f"{text}, switched off", "$dim"
    return text + (f", {words.photos(source['to_fetch'])} to fetch" if source["to_fetch"] else ""), "$ink"


def _labelled(label: str, text: str, width: int, style: str = "$ink") -> Row:
    shown, room = safe_text(text), width - LABEL
    return [(fit(label, LABEL), "$dim"), (fit_path(shown, room).rstrip(), style)]


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

    def __init__(self, monitor: Monitor) -> None:
        super().__init__(id="event-facts")
        self._monitor = monitor
        self._event = ""
        self._seen: EventStatus | None = None
        self._asked_at = 0.0
        self._asking = Asking(self, self._ask, "event", SOON)
        self.details: EventDetails | None = None

    @property
    def status(self) -> EventStatus | None:
        return next((event for event in self.view.state.events if event["id"] == self._event), None)

    def show(self, event: str) -> None:
        if event == self._event:
            self._seen = self.status
            self._asking.later()
            return
        self._event, self.details = event, None
        self._seen = self.status
        self.redraw()
        self._asking.anew()

    def again(self) -> None:
        """It may have changed: ask the agent."""
        self._seen = self.status
        self._asking.again()

    async def _ask(self) -> None:
        """Raises `VenueError`, where it was removed meanwhile, too: the list says so."""
        event, self._asked_at = self._event, self._monitor.view.steady
        details = await self._monitor.agent.ask(GetEvent(id=event))
        if event == self._event:
            self.details = details
            self.redraw()

    def follow(self, view: View, changed: Set[str]) -> int:
        self._asking.follow(changed)
        if self._event and "time" in changed and view.steady - self._asked_at >= AGAIN:
            self._asked_at = view.steady
            self._asking.later()
        return super().follow(view, changed)

    def redraw(self) -> int:
        if self._event and self.status != self._seen and self.is_mounted:
            self._seen = self.status
            self._asking.later()
        return super().redraw()

    def draw(self, width: int, height: int) -> list[Row]:
        status = self.status
        if status is None:
            return []
        state = self.view.state
        watched = [folder["path"] for folder in state.folders if folder["event"] == status["id"]]
        return draw_facts(status, self.details, watched, width, height, self.view.now)
