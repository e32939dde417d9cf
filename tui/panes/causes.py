"""What needs somebody: held things that wait for a yes, then one entry per cause of trouble with why and what to do."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from agent.service_people import HeldRow
from agent.service_snapshot import Trouble
from tui import words
from tui.draw import BLANK, Row, heading
from tui.fit import cut, fit, wrap
from tui.lists.list_pane import ListPane, pointer
from tui.safe_text import safe_text

NARROW = 60  # under this there is no why, and the remedy has two rows
COUNT, SINCE = 12, 16


@dataclass(frozen=True, slots=True)
class Need:
    """A cause of trouble, or something held; exactly one of the two."""

    trouble: Trouble | None = None
    held: HeldRow | None = None

    @property
    def key(self) -> Hashable:
        if self.trouble is not None:
            return self.trouble["kind"], self.trouble["title"], self.trouble["remedy"]
        return self.held["id"] if self.held else None


def draw_need(need: Need, width: int, marked: bool, now: float) -> list[Row]:
    if need.held is not None:
        return _held(need.held, width, marked)
    return [] if need.trouble is None else _cause(need.trouble, width, marked, now)


def _cause(trouble: Trouble, width: int, marked: bool, now: float) -> list[Row]:
    style = "bold $warn" if trouble["severity"] == "warning" else "bold $bad"
    count = words.photos(trouble["count"]) if trouble["photos"] else f"{words.number(trouble['count'])} x"
    if not trouble["photos"] and trouble["count"] == 1:
        count = ""
    if width < NARROW:
        head: Row = [pointer(marked), (fit(trouble["title"], width - 13), style), (f"{count:>11}", "bold $ink")]
        lines = wrap(safe_text(trouble["remedy"]), width - 2, 2)
        return [head, *[[("  ", ""), (line, "$ink")] for line in [*lines, "", ""][:2]]]
    since = f"since {words.day_and_clock(trouble['first_at'], now, seconds=False)}"
    return [
        [
            pointer(marked),
            (fit(trouble["title"], width - 2 - COUNT - SINCE - 4), style),
            (f"{count:>{COUNT}}", "bold $ink"),
            (f"{since:>{SINCE + 4}}", "$dim"),
        ],
        [("     why  ", "$dim"), (cut(trouble["detail"], width - 10), "$ink")],
        [("      do  ", "$dim"), (cut(trouble["remedy"], width - 10), "bold $ink")],
        BLANK,
    ]


def _held(held: HeldRow, width: int, marked: bool) -> list[Row]:
    keys: Row = [("y", "bold $accent"), (" Yes   ", "$ink"), ("n", "bold $accent"), (" No", "$ink")]
    if width < NARROW:
        lines = wrap(safe_text(held["what"]), width - 2, 2)
        title: list[Row] = [
            [pointer(marked and not index) if not index else ("  ", ""), (line, "bold $warn")]
            for index, line in enumerate([*lines, ""][:2])
        ]
        return [*title, [("  ", ""), *keys]]
    return [
        [pointer(marked), (fit(held["what"], width - 2 - 24), "bold $warn"), (f"{'waits for your yes':>24}", "$dim")],
        [("     why  ", "$dim"), (cut(held["why"], width - 10), "$ink")],
        [("      do  ", "$dim"), *keys],
        BLANK,
    ]


class Causes(ListPane[Need]):
    SECTIONS = frozenset({"troubles"})

    def __init__(self) -> None:
        super().__init__(id="causes")
        self.held: list[HeldRow] = []

    def entries(self) -> Sequence[Need]:
        return [
            *(Need(held=held) for held in self.held),
            *(Need(trouble=trouble) for trouble in self.view.state.troubles["open"]),
        ]

    def key(self, entry: Need) -> Hashable:
        return entry.key

    def rows_of(self, entry: Need) -> int:
        return 3 if self.size.width < NARROW else 4

    @property
    def wanted_height(self) -> int:
        """Rows that all of it takes."""
        return max(2, 1 + sum(self.rows_of(need) for need in self.entries()))

    def draw_head(self, width: int, height: int) -> list[Row]:
        count = len(self.entries())
        told = "x tries the marked one again" if any(need.trouble for need in self.entries()) else ""
        return [
            heading(
                "Needs you",
                width,
                told if width >= NARROW else "",
                words.number(count) if count else "not known" if self.view.silent else "none",
            )
        ]

    def draw_empty(self, width: int) -> list[Row]:
        if self.view.state.status is None or self.view.silent:
            return []
        return [[(cut("  Nothing needs you.", width), "$dim")]]

    def draw_entry(self, entry: Need, width: int, marked: bool) -> list[Row]:
        return draw_need(entry, width, marked, self.view.now)
