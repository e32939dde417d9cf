"""Errors: by cause, not by photo, each with what to do about it: on Venue, and all that needs somebody."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from agent.clock import from_iso
from agent.requests.snapshot import IncomingFolder
from agent.requests.troubles import HeldRow, Trouble
from tui import words
from tui.draw import BLANK, Row, cut, fit, heading, sentences, width_of, wrap
from tui.keys.keymap import named
from tui.keys.remedies import on_errors
from tui.state import View
from tui.verdict import answer
from tui.widgets.list_pane import BAR, ListPane, Mark, pointer
from tui.widgets.rows import Pane
from tui.words import safe_text

# ---- on Venue; and whether the cards may be erased
# The remedy is plain ink, more readable than the complaint.

NARROW = 78
WIDE = 110  # from this width on it says why


def draw_errors(view: View, width: int, height: int) -> list[Row]:
    causes, asked = view.state.troubles["open"], _asked(view)
    if width < NARROW and height <= 1:
        return [_one_row(view, width)]
    if not causes and not asked:
        return _none(view, width, height)
    waiting = [_waiting(view, width)] if asked else []
    room = height - 1 - len(waiting)
    shown = causes if len(causes) <= room else causes[: max(0, room - 1)]
    rows = [_title(len(causes) + asked, width), *waiting, *(_cause(trouble, width) for trouble in shown)]
    if len(shown) < len(causes):
        rows.append([(" " * 5, ""), (fit(view.offers.more_causes(len(causes) - len(shown)), width - 5), "$dim")])
    return rows


def _columns(width: int) -> tuple[int, int, int]:
    """Widths of what, why and do; 0: not shown."""
    if width < NARROW:
        return (width - 5, 0, 0)
    what, why = (22, 38) if width >= WIDE else (24, 0)
    return what, why, width - 5 - what - (why + 2 if why else 0) - 2


def _title(count: int, width: int) -> Row:
    what, why, do = _columns(width)
    row = heading("Errors", what + 5, "", words.number(count))
    if why:
        row += [("  ", ""), ("why ", "$dim"), ("─" * (why - 4), "$rule")]
    if do:
        row += [("  ", ""), ("what to do ", "$dim"), ("─" * (do - 11), "$rule")]
    return row


def _asked(view: View) -> int:
    """Questions that wait for a yes or a no."""
    return view.state.status["held"] if view.state.status else 0


def _waiting(view: View, width: int) -> Row:
    """All of them in one row: how many photos that are, where it is about photos that are looked at first."""
    what, why, do = _columns(width)
    photos = view.state.status["photos"]["held"] if view.state.status else 0
    row: Row = [(f"{words.number(photos or _asked(view), 3):>3}  ", "bold $warn")]
    row.append((fit("For your yes or no", what), "bold $warn"))
    if why:
        row += [("  ", ""), (fit("nothing of it happens before", why), "$dim")]
    if do:
        told = f"{view.offers.see_errors[:1].upper()}{view.offers.see_errors[1:]}, then {named('y')} or {named('n')}"
        row += [("  ", ""), (sentences(told, do), "$ink")]
    return row


def _cause(trouble: Trouble, width: int) -> Row:
    what, why, do = _columns(width)
    style = "bold $warn" if trouble["severity"] == "warning" else "bold $bad"
    row: Row = [(f"{words.number(trouble['count'], 3):>3}  ", style), (fit(trouble["title"], what), style)]
    if why:
        row += [("  ", ""), (fit(trouble["detail"], why), "$dim")]
    if do:
        row += [("  ", ""), (sentences(trouble["remedy"], do), "$ink")]
    return row


def _none(view: View, width: int, height: int) -> list[Row]:
    if view.state.status is None:
        return [heading("Errors", width)]
    if view.silent:
        return [heading("Errors", width, "", "not known")]
    healed = view.state.troubles["healed_today"]
    well = answer(view).tone in ("ok", "work")
    aside = view.state.status["safe_to_leave"]["set_aside"]
    told = "Nothing needs you." if well else "No photo failed."
    if aside:
        told = f"{words.number(aside)} set aside, not on Drive: {view.offers.see_errors}."
    if healed:
        told += f" {words.healed(healed)}."
    rows: list[Row] = [heading("Errors", width, "", "none"), [(sentences(told, width), "$dim")]]
    return rows + [folder_row(folder, width) for folder in view.state.folders[: max(0, height - 2)]]


def folder_row(folder: IncomingFolder, width: int) -> Row:
    """`Incoming  all copied: the card may be erased`."""
    name = safe_text(folder["path"].rstrip("/").rpartition("/")[2] or folder["path"])
    name = fit(name, min(width_of(name), 24))
    tone = "$ok" if folder["copied"] else "$bad" if folder["state"] != "running" else "$ink"
    line = folder["line"] if folder["state"] == "running" else folder["detail"] or folder["line"]
    return [(name, "$dim"), ("  ", ""), (cut(line, width - width_of(name) - 2), tone)]


def _one_row(view: View, width: int) -> Row:
    """On a phone: the first cause and the short remedy, else whether the card may be erased."""
    causes = view.state.troubles["open"]
    if causes:
        first = causes[0]
        title = f"{safe_text(first['title'])}: "
        remedy = safe_text(first["remedy"])
        for end in (":", ";", ","):
            remedy = remedy.partition(end)[0]
        short = cut(remedy[:1].lower() + remedy[1:], max(8, width - width_of(title)))
        return [(fit(title, min(width_of(title), width - width_of(short))), "bold $bad"), (short, "$ink")]
    if view.state.status is None:
        return []
    if view.silent:
        return [("Errors: not known", "$dim")]
    if asked := _asked(view):
        photos = view.state.status["photos"]["held"]
        told = f"{photos or asked:,} for your yes or no: "
        return [(told, "bold $warn"), (cut(view.offers.see_errors, width - width_of(told)), "$ink")]
    row: Row = [("Errors: none", "$ok")]
    # A folder of another event that is there and empty has nothing to say of the card.
    telling = [one for one in view.state.folders if one["photos"] or one["waiting"] or one["state"] != "running"]
    aside = view.state.status["safe_to_leave"]["set_aside"]
    if telling and all(one["copied"] for one in telling) and not aside:
        line = safe_text(telling[0]["line"])
        row.append((cut(f", {line.partition(': ')[2] or line}", width - 12), "$dim"))
    return row


class Errors(Pane):
    SECTIONS = frozenset({"troubles", "folders", "status"})

    def draw(self, width: int, height: int) -> list[Row]:
        return draw_errors(self.view, width, height)


# ---- what needs somebody: held things that wait for a yes, then one entry per cause with why and what to do

WHY_FROM = 60  # under this there is no why, and the remedy has two rows
COUNT, SINCE = 12, 16
LABEL = 10
KEPT = 200  # causes whose place is remembered
MOST = 8  # rows of a reason, of a remedy


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


def draw_need(need: Need, width: int, marked: bool, now: float, room: int = 0) -> list[Row]:
    """`room`: columns for why and do, where it is less than the width."""
    room = min(width, room or width)
    if need.held is not None:
        return _held(need.held, width, room, marked)
    return [] if need.trouble is None else _trouble(need.trouble, width, room, marked, now)


def _trouble(trouble: Trouble, width: int, room: int, marked: bool, now: float) -> list[Row]:
    style = "bold $warn" if trouble["severity"] == "warning" else "bold $bad"
    count = words.photos(trouble["count"]) if trouble["photos"] else f"{words.number(trouble['count'])} x"
    if not trouble["photos"] and trouble["count"] == 1:
        count = ""
    if width < WHY_FROM:
        head: Row = [pointer(marked), (fit(trouble["title"], width - 13), style), (f"{count:>11}", "bold $ink")]
        return [head, *([("  ", ""), (line, "$ink")] for line in wrap(on_errors(trouble["remedy"]), room - 2, MOST))]
    since = f"since {words.day_and_clock(from_iso(trouble['first_at']), now, seconds=False)}"
    return [
        [
            pointer(marked),
            (fit(trouble["title"], width - 2 - COUNT - SINCE - 4), style),
            (f"{count:>{COUNT}}", "bold $ink"),
            (f"{since:>{SINCE + 4}}", "$dim"),
        ],
        *_told("why", trouble["detail"], "$ink", room),
        *_told("do", on_errors(trouble["remedy"]), "bold $ink", room),
        BLANK,
    ]


def _told(label: str, text: str, style: str, width: int) -> list[Row]:
    """The whole text, however many rows it takes."""
    lines = wrap(text, width - LABEL, MOST) or [""]
    labels = [f"{label:>{LABEL - 2}}  ", *[" " * LABEL] * (len(lines) - 1)]
    return [[(name, "$dim"), (line, style)] for name, line in zip(labels, lines, strict=True)]


def _held(held: HeldRow, width: int, room: int, marked: bool) -> list[Row]:
    keys: Row = [(named("y"), "bold $accent"), (" Yes   ", "$ink"), (named("n"), "bold $accent"), (" No", "$ink")]
    if width < WHY_FROM:
        title: list[Row] = [
            [pointer(marked and not index), (line, "bold $warn")]
            for index, line in enumerate(wrap(held["what"], room - 2, MOST))
        ]
        return [*title, [("  ", ""), *keys]]
    return [
        [pointer(marked), (fit(held["what"], width - 2 - 24), "bold $warn"), (f"{'waits for your yes':>24}", "$dim")],
        *_told("why", held["why"], "$ink", room),
        [("      do  ", "$dim"), *keys],
        BLANK,
    ]


class Causes(ListPane[Need]):
    SECTIONS = frozenset({"troubles"})

    def __init__(self) -> None:
        super().__init__(id="causes")
        self.held: list[HeldRow] = []
        self._order: list[Hashable] = []  # of causes as they came into sight, also of those that are gone
        self._gone: tuple[Hashable, Hashable] | None = None  # what the mark stood on, and what it fell on

    def entries(self) -> Sequence[Need]:
        """Each where it stood: one that is tried again and fails again is at its place again. New ones come first."""
        causes = [Need(trouble=trouble) for trouble in self.view.state.troubles["open"]]
        self._order = [*(key for key in (one.key for one in causes) if key not in self._order), *self._order][:KEPT]
        places = {key: place for place, key in enumerate(self._order)}
        causes.sort(key=lambda one: places.get(one.key, KEPT))
        return [*(Need(held=held) for held in self.held), *causes]

    def _placed(self, entries: Sequence[Need]) -> Mark:
        """What goes for a moment, as it is tried again, has the mark when it is back."""
        keys = [self.key(entry) for entry in entries]
        before, placed = self.mark.key, super()._placed(entries)
        if before is not None and before not in keys:
            self._gone = before, placed.key
        elif self._gone is not None and placed.key != self._gone[1]:
            self._gone = None
        elif self._gone is not None and self._gone[0] in keys:
            placed, self._gone = Mark(self._gone[0]).on(keys), None
        return placed

    def key(self, entry: Need) -> Hashable:
        return entry.key

    def rows_of(self, entry: Need) -> int:
        return len(self._drawn(entry, self.size.width, False))

    def _drawn(self, entry: Need, width: int, marked: bool) -> list[Row]:
        """Broken as if there were a scroll bar, so that it is as high with one as without."""
        return draw_need(entry, width, marked, self.view.now, self.size.width - BAR)

    @property
    def wanted_height(self) -> int:
        """Rows that all of it takes."""
        return max(2, 1 + sum(self.rows_of(need) for need in self.entries()))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What has photos is opened."""
        if action != "open":
            return True
        need = self.marked
        return need is not None and (need.held is None or need.held["photos_of"] is not None)

    def draw_head(self, width: int, height: int) -> list[Row]:
        count = len(self.entries())
        some = self.has_focus and any(need.trouble for need in self.entries())
        told = f"{named('x')} tries the marked one again" if some else ""
        return [
            heading(
                "Needs you",
                width,
                told if width >= WHY_FROM else "",
                self.counted(count) if count else "not known" if self.view.silent else "none",
            )
        ]

    def draw_empty(self, width: int) -> list[Row]:
        if self.view.state.status is None or self.view.silent:
            return []
        return [[(cut("  Nothing needs you.", width), "$dim")]]

    def draw_entry(self, entry: Need, width: int, marked: bool) -> list[Row]:
        return self._drawn(entry, width, marked)
