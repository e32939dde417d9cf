"""Find: a person, an event, an action or a photo by some letters of its name, from wherever one is."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import Screen
from textual.widgets import Input

from agent.errors import VenueError
from agent.requests.photos import ListPhotos, PhotoPage
from tui import words
from tui.draw import Row, cut, fit
from tui.state import whose_event
from tui.widgets.dialogs import LONG, Dialog, Field, Result, Title, Told, keys_row
from tui.widgets.find_bar import likeness
from tui.widgets.list_pane import pointer
from tui.widgets.notice import note_of
from tui.widgets.tabs import key_name
from tui.words import safe_text

if TYPE_CHECKING:
    from tui.app import Monitor

# ---- what can be found: each knows what choosing it does


@dataclass(frozen=True, slots=True)
class Hit:
    """`told` is what it is; `key`: of an action, the one that does the same."""

    name: str
    told: str
    go: Callable[[], object]
    key: str = ""
    style: str = "$ink"

    def fits(self, typed: str) -> float:
        """0: not at all. An action is found by a word that tells of it, too."""
        return max(likeness(self.name, typed), likeness(self.told, typed) - 2 if self.key else 0)


# Not offered: to find again, and what walks a list.
UNOFFERED = ("actions", "find", "find_end", "find_leave", "interrupt")


def actions(monitor: Monitor, screen: Screen[Any]) -> Iterator[Hit]:
    """What the keys do on this screen, as they would."""
    for found in screen.active_bindings.values():
        binding = found.binding
        if not binding.id or not binding.tooltip or binding.id in UNOFFERED or binding.id.startswith("mark_"):
            continue
        act = partial(monitor.run_action, binding.action, found.node)
        yield Hit(binding.description, binding.tooltip, act, key_name(binding), "$accent")


def people_and_events(monitor: Monitor) -> Iterator[Hit]:
    state, pages = monitor.view.state, monitor.pages
    for person in state.people:
        told = ", ".join(filter(None, (words.photos(person["solo"] + person["group"]), whose_event(state, person))))
        yield Hit(person["name"], told, partial(pages.show_person, person["id"]), style="$people")
    for event in state.events:
        told = f"event, {words.photos(event['photos'])}"
        yield Hit(event["name"], told, partial(pages.show_event, event["id"], event["name"]))


# ---- the dialog: what is found stands below the line, what fits best first; photos come from the agent, at the end

SOON = 0.12  # seconds without a key before anything is looked for: no list is painted that the next letter changes
PHOTOS = 40  # at most; the last row shows all
NAME, TOLD_FROM, KEY = 26, 46, 9  # cells


class Finder(Dialog[Hit]):
    """Dismissed with what was chosen."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss", "Close", id="close_finder", tooltip="Close: everything stays as it is"),
        Binding("up", "move(-1)", "Up", id="mark_up", tooltip="Mark the row above"),
        Binding("down", "move(1)", "Down", id="mark_down", tooltip="Mark the row below"),
        Binding("pageup", "move(-8)", "Page up", id="mark_page_up", tooltip="Eight rows up"),
        Binding("pagedown", "move(8)", "Page down", id="mark_page_down", tooltip="Eight rows down"),
    ]

    def __init__(self, monitor: Monitor, beneath: Screen[Any], typed: str = "") -> None:
        """`beneath`: whose keys are offered; `typed`: what was looked for there already."""
        super().__init__()
        self._monitor, self._typed = monitor, typed
        self._actions = list(actions(monitor, beneath))
        self._all: list[Hit] = []
        self._learn()
        self._found: list[Hit] = self._actions
        self._shown = ""  # what was typed when it was found
        self._mark = 0
        self._looking = False
        self._chosen = False  # enter came before what it is to choose

    def _learn(self) -> None:
        self._all = [*people_and_events(self._monitor), *self._actions]

    def heard(self) -> None:
        self._learn()
        self._shown = ""
        self._begin()

    def compose(self) -> ComposeResult:
        with Vertical(id="finder", classes="dialog"):
            yield Title("Find", self.action_dismiss)
            yield Field("find", "a person, a photo, an event, an action")
            yield Told("found", self._draw)
            yield Result()
            yield Told("finder-keys", self._draw_keys)

    def on_mount(self) -> None:
        field = self.query_one(Field)
        field.fill(self._typed)
        field.focus()

    # ---- drawing

    def _draw(self, width: int, height: int) -> list[Row]:
        told = self.query_one("#found", Told)
        if not self._found:
            empty = "Looking for photos." if self._looking else "Nothing is called so."
            return [[(cut(f"  {empty}", width), "$dim")]]
        rows: list[Row] = []
        first = self._mark // height * height
        for row, hit in enumerate(self._found[first : first + height]):
            told.on_part(row, 0, width, partial(self._choose, first + row))
            rows.append(draw_hit(hit, width, first + row == self._mark))
        return rows

    def _draw_keys(self, _width: int, _height: int) -> list[Row]:
        go = partial(self._choose, self._mark)
        return [keys_row(self.query_one("#finder-keys", Told), 0, [("enter", "Go there, or do it", go)])]

    def _show(self) -> None:
        self.query_one("#found", Told).redraw()

    # ---- looking

    @property
    def _line(self) -> str:
        return safe_text(self.query_one(Field).value).strip()

    @on(Input.Changed)
    def _look(self) -> None:
        self._chosen = False
        self._begin()

    def _begin(self) -> None:
        self.run_worker(partial(self._find, self._line), group="find", exclusive=True, exit_on_error=False)

    async def _find(self, typed: str) -> None:
        await asyncio.sleep(SOON)
        self._narrow(typed)
        if typed:
            await self._add_photos(typed)

    def _narrow(self, typed: str) -> None:
        if typed == self._shown:
            return
        self._shown = typed
        fits = ((hit.fits(typed), hit) for hit in self._all) if typed else ()
        best = sorted((one for one in fits if one[0] > 0), key=lambda one: -one[0])
        self._found, self._mark = [hit for _, hit in best] if typed else self._actions, 0
        self._looking = bool(typed)
        self._show()

    async def _add_photos(self, typed: str) -> None:
        try:
            page = await self._photos(typed)
        except VenueError as error:
            self.query_one(Result).say(note_of(error))
        else:
            self._found = [*self._found, *self._hits(page, typed)]
        self._looking = self._monitor.state.status is None  # who and what there is comes with its first word
        self._show()
        if self._chosen:
            self._choose(0)

    async def _photos(self, typed: str) -> PhotoPage:
        """Whose name holds what is typed; where there is none, its letters with others between."""
        ask = self._monitor.agent.ask
        page, letters = await ask(ListPhotos(q=typed, limit=PHOTOS)), " ".join(typed.replace(" ", ""))
        return page if page["rows"] or len(letters) > LONG else await ask(ListPhotos(q=letters, limit=PHOTOS))

    def _hits(self, page: PhotoPage, typed: str) -> list[Hit]:
        rows, pages = page["rows"], self._monitor.pages
        ids = [row["id"] for row in rows]
        hits = [
            Hit(row["name"], f"photo, {', '.join(row['to']) or row['state']}", partial(pages.show_photo, ids, at))
            for at, row in enumerate(rows)
        ]
        if page["more"]:
            every = partial(pages.show_photos, ListPhotos(q=typed), f"Photos: {typed}")
            hits.append(Hit("All such photos", f"more than {PHOTOS} are called so", every))
        return hits

    # ---- keys

    def action_move(self, rows: int) -> None:
        self._narrow(self._line)
        self._mark = max(0, min(len(self._found) - 1, self._mark + rows))
        self._show()

    @on(Input.Submitted)
    def _enter(self) -> None:
        self._narrow(self._line)
        self._choose(self._mark)

    def _choose(self, index: int) -> None:
        if index < len(self._found):
            self.dismiss(self._found[index])
        else:
            self._chosen = self._looking


def draw_hit(hit: Hit, width: int, marked: bool) -> Row:
    """`> Mia Lindqvist   460 photos`, `> Pause   Pause uploads, or go on   p`."""
    wide = width >= TOLD_FROM
    room = NAME if wide else width - 2 - KEY
    row: Row = [pointer(marked), (fit(hit.name, room), f"bold {hit.style}" if marked else hit.style)]
    if wide:
        rest = width - 2 - room - KEY
        row.append((fit(cut(f" {hit.told}", rest), rest), "$dim"))
    return [*row, (f"{hit.key:>{KEY}}", "bold $accent")]
