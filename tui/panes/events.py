"""Events, where there is room for them: one line each, how many photos and when last synced."""

from __future__ import annotations

from agent.model import SyncStatus
from agent.service_events import EventStatus
from tui import words
from tui.draw import Row, heading
from tui.fit import fit
from tui.pane import Pane
from tui.state import event_name
from tui.view import View

_WORDS = {
    SyncStatus.UP_TO_DATE.value: ("up to date", "bold $ok"),
    SyncStatus.SYNCING.value: ("syncing", "bold $accent"),
    SyncStatus.SYNC_REQUIRED.value: ("sync due", "bold $warn"),
    SyncStatus.NEVER_SYNCED.value: ("never synced", "$dim"),
    SyncStatus.ERROR.value: ("FAILED", "bold $bad"),
}


def draw_events(view: View, width: int, height: int) -> list[Row]:
    events = view.state.status["events"] if view.state.status else []
    rows = [heading("Events", width, "Photos   Last sync", words.number(len(events)))]
    return rows + [_event(view, event, width) for event in events[: height - 1]]


def _event(view: View, event: EventStatus, width: int) -> Row:
    word, style = _WORDS.get(event["sync_status"], (event["sync_status"].lower(), "$dim"))
    if not event["auto_sync"]:
        word, style = "off", "$dim"
    synced = words.moment(event["last_synced_at"])
    last = words.ago(view.now - synced) if synced else words.NOTHING
    return [
        (fit(event_name(view.state, event), width - 34) + "  ", "$ink"),
        (fit(word, 12), style),
        (f"{words.number(event['photos'], 8):>8}", "bold $ink" if event["photos"] else "$dim"),
        (f"{last:>12}", "$dim"),
    ]


class Events(Pane):
    SECTIONS = frozenset({"status"})
    TICKS = True

    def draw(self, width: int, height: int) -> list[Row]:
        return draw_events(self.view, width, height)
