"""What healed by itself today: that it happened, how long it lasted, and that nobody had to do anything."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from agent.service_snapshot import Trouble
from tui import words
from tui.draw import Row, heading
from tui.fit import cut, fit
from tui.lists.list_pane import ListPane, pointer

WIDE = 60


def draw_healed(trouble: Trouble, width: int, marked: bool) -> Row:
    ended = trouble["ended_at"] or trouble["last_at"]
    times = f", {trouble['count']:,} times" if trouble["count"] > 1 else ""
    clock = words.clock(ended, seconds=False)
    room = width - 2 - len(clock) - 2
    if width < WIDE:
        return [pointer(marked), (clock, "$dim"), ("  ", ""), (fit(trouble["title"] + times, room), "$ink")]
    title = min(40, room * 3 // 5)
    lasted = ended - trouble["first_at"]
    did = f"over after {words.span(lasted)}" if lasted >= 1 else "over at once"
    about = trouble["subjects"][0] if trouble["count"] == 1 and trouble["subjects"] else ""
    return [
        pointer(marked),
        (clock, "$dim"),
        ("  ", ""),
        (fit(trouble["title"] + times, title), "$ink"),
        ("  ", ""),
        (fit(did, 18), "$ok"),
        (cut(about, room - title - 20), "$dim"),
    ]


class Healed(ListPane[Trouble]):
    SECTIONS = frozenset({"troubles"})

    def __init__(self) -> None:
        super().__init__(id="healed")

    def entries(self) -> Sequence[Trouble]:
        return self.view.state.troubles["healed"]

    def key(self, entry: Trouble) -> Hashable:
        return entry["kind"], entry["title"], entry["ended_at"]

    def draw_head(self, width: int, height: int) -> list[Row]:
        count = self.view.state.troubles["healed_today"]
        return [heading("Healed by itself", width, "today", words.number(count) if count else "nothing")]

    def draw_entry(self, entry: Trouble, width: int, marked: bool) -> list[Row]:
        return [draw_healed(entry, width, marked)]
