"""The events, one row each: how they stand, what came, when they were and will be looked at."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from agent.model import SyncStatus
from agent.service_events import EventStatus
from tui import words
from tui.draw import Row, heading
from tui.fit import fit
from tui.lists.list_pane import ListPane, pointer
from tui.state import event_name

STATE, PHOTOS, LAST, NEXT, CAMERAS = 13, 7, 12, 10, 9
TIMES_FROM = 70  # columns from which on times and cameras join

_WORDS = {
    SyncStatus.UP_TO_DATE.value: ("up to date", "bold $ok"),
    SyncStatus.SYNCING.value: ("syncing", "bold $accent"),
    SyncStatus.SYNC_REQUIRED.value: ("sync due", "bold $warn"),
    SyncStatus.NEVER_SYNCED.value: ("never synced", "$dim"),
    SyncStatus.ERROR.value: ("FAILED", "bold $bad"),
}


def state_word(event: EventStatus) -> tuple[str, str]:
    """How it stands, and the style of that."""
    if not event["auto_sync"]:
        return "off", "$dim"
    return _WORDS.get(event["sync_status"], (event["sync_status"].lower(), "$dim"))


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


def heads(width: int) -> str:
    shown = f"{'State':<{STATE}}{'Photos':>{PHOTOS}}"
    return shown + f"{'Last sync':>{LAST}}{'Next':>{NEXT}}{'Cameras':>{CAMERAS}}" if width >= TIMES_FROM else shown


class EventList(ListPane[EventStatus]):
    SECTIONS = frozenset({"status"})
    TICKS = True  # how long ago, how soon

    def __init__(self) -> None:
        super().__init__(id="event-list")

    def entries(self) -> Sequence[EventStatus]:
        return self.view.state.status["events"] if self.view.state.status else []

    def key(self, entry: EventStatus) -> Hashable:
        return entry["id"]

    @property
    def wanted_height(self) -> int:
        return 1 + max(1, len(self.entries()))

    def draw_head(self, width: int, height: int) -> list[Row]:
        return [heading("Events", width, heads(width), words.number(len(self.entries())))]

    def draw_entry(self, entry: EventStatus, width: int, marked: bool) -> list[Row]:
        named: EventStatus = {**entry, "name": event_name(self.view.state, entry)}
        return [draw_event(named, width, marked, self.view.now)]
