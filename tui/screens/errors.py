"""Errors: what needs somebody by cause, with why and what to do; a page for each cause; and what healed by itself."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence, Set
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Vertical
from textual.geometry import Size

from agent.errors import VenueError
from agent.model import PhotoState
from agent.requests.control import Retry
from agent.requests.photos import ListPhotos
from agent.requests.troubles import (
    ApproveHeld,
    DismissTroubles,
    HeldRow,
    ListHeld,
    ListSetAside,
    RejectHeld,
    Trouble,
    TroubleRow,
)
from tui import words
from tui.draw import Row
from tui.screens.frame import BACK, Frame
from tui.state import View
from tui.widgets.errors import Causes, Need, draw_need
from tui.widgets.list_pane import ListPane, Mark
from tui.widgets.notice import Note
from tui.widgets.rows import Pane
from tui.widgets.troubles import Healed, OneTrouble, SetAside, TroubleList
from tui.words import safe_text

if TYPE_CHECKING:
    from tui.app import Monitor

# ---- the keys that act on a trouble: on the list of causes and on a cause's own page alike


class TroubleKeys(Frame):
    """A screen with troubles: `need` is the marked cause; the list of its photos is there, shown or not."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("x", "retry", "Retry", id="retry", tooltip="Try the marked one again"),
        Binding("X", "retry_all", "Retry all like it", id="retry_all", tooltip="Try all of this cause again"),
        Binding("d", "set_aside", "Set aside", id="set_aside", tooltip="Set aside: counts no more against packing up"),
    ]

    @property
    @abstractmethod
    def need(self) -> Need | None:
        """The marked cause."""

    @property
    def trouble_list(self) -> TroubleList:
        return self.query_one(TroubleList)

    @property
    def marked_row(self) -> TroubleRow | None:
        """The marked photo, while the list of them has the keys."""
        return self.trouble_list.marked if self.trouble_list.has_focus else None

    @property
    def marked_trouble(self) -> Trouble | None:
        return self.need.trouble if self.need is not None else None

    def action_retry(self) -> None:
        """The marked photo; on a cause its newest one, whose reason it tells."""
        trouble, row = self.marked_trouble, self.marked_row
        photos = [row["photo"]] if row is not None else trouble["photos"][:1] if trouble is not None else []
        self._try([photo for photo in photos if photo is not None], trouble)

    def action_retry_all(self) -> None:
        trouble = self.marked_trouble
        self._try(trouble["photos"] if trouble is not None else [], trouble)

    def _try(self, photos: Sequence[int], trouble: Trouble | None) -> None:
        if not photos:
            self.monitor.say(Note("Nothing here to try again", trouble["remedy"] if trouble else ""))
            return

        async def retry() -> Note:
            await self.monitor.agent.ask(Retry(ids=photos))
            title = safe_text(trouble["title"]) if trouble else ""
            return Note("Trying again", f"{words.photos(len(photos))}: {title}")

        self.monitor.verbs.do(f"retry {these(photos)}", retry)

    def action_set_aside(self) -> None:
        trouble, row = self.marked_trouble, self.marked_row
        if row is not None:
            self._set_aside([row["id"]])
        elif trouble is not None and len(trouble["ids"]) == 1:
            self._set_aside(trouble["ids"])
        elif trouble is not None and not trouble["ids"]:
            self.monitor.say(Note("This cannot be set aside", trouble["remedy"]))
        elif trouble is not None:
            count, ids = words.number(len(trouble["ids"])), trouble["ids"]
            self.monitor.pages.ask(
                f"Set all {count} of “{safe_text(trouble['title'])}” aside?",
                "They stay as they are, and no longer count against packing up.",
                lambda: self._set_aside(ids),
            )

    def _set_aside(self, ids: Sequence[int]) -> None:
        async def set_aside() -> Note:
            count = await self.monitor.agent.ask(DismissTroubles(ids=ids))
            told = "no longer counted against packing up; z undoes it" if count else ""
            return Note(f"{words.number(count)} set aside", told)

        self.monitor.verbs.decide(f"set aside {these(ids)}", set_aside)

    def answer_held(self, held: HeldRow, yes: bool) -> None:
        async def answer() -> Note:
            what = safe_text(held["what"])
            if not await self.monitor.agent.ask((ApproveHeld if yes else RejectHeld)(ids=[held["id"]])):
                return Note("It was answered already", what)
            if yes:
                return Note("Yes", f"it happens now: {what}")
            return Note(
                "No", "all stays where it is" if held["photos_of"] is None else "they are withdrawn; z undoes it"
            )

        self.monitor.verbs.decide(f"held {held['id']}", answer)


def these(numbers: Sequence[int]) -> str:
    """Which ones a verb is about, in short: all of a cause is more than its first one."""
    return f"{len(numbers)} from {numbers[0]}"


BESIDE = 120  # columns from which on a cause's photos stand beside it
HEALED_ROWS = 4  # that are left to it while there is much trouble
ASIDE_ROWS = 3  # that are left to what is set aside
NOT_KNOWN = -1  # how many are set aside, while nobody has said it


class Errors(TroubleKeys):
    NAME = "Errors"
    KEYS = (
        "open_marked", "retry", "retry_all", "set_aside", "bring_back", "yes", "no", "sign_in", "healed", "undo",
        "find", "help",
    )  # fmt: skip
    DECIDES = frozenset({"b"})
    ABOUT = frozenset({"y", "n", "d", "x", "X", "b"})
    BINDINGS: ClassVar[list[BindingType]] = [
        *TroubleKeys.BINDINGS,
        Binding("h", "healed", "Others", id="healed", tooltip="To what is set aside, what healed, what needs you"),
        Binding("y", "answer(True)", "Yes", id="yes", tooltip="Yes to what is held"),
        Binding("n", "answer(False)", "No", id="no", tooltip="No to what is held"),
    ]

    def body(self) -> ComposeResult:
        with Container(id="errors"):
            with Vertical(id="needs"):
                yield Causes()
                yield SetAside(self.monitor)
                yield Healed(id="healed")
            with Vertical(id="beside"):
                yield TroubleList(self.monitor)
                yield OneTrouble(self.monitor)

    @property
    def causes(self) -> Causes:
        return self.query_one(Causes)

    def __init__(self, monitor: Monitor) -> None:
        super().__init__(monitor)
        self._aside = 0
        self._waiting: tuple[int, int] | None = None  # answers that are waited for, and photos among those
        self._knows_held = False

    def on_mount(self) -> None:
        super().on_mount()
        self._ask_held()
        self._ask_aside(self.monitor.view)

    def follow(self, view: View, changed: Set[str]) -> int:
        cells = super().follow(view, changed)
        if self.is_mounted and {"all", "troubles", "status"} & changed:
            self._share_room()
            self._show_photos()
            status = view.state.status
            waiting = (status["held"], status["photos"]["held"]) if status else None
            if waiting is not None and waiting != self._waiting:
                self._waiting = waiting
                self._ask_held()
            self._ask_aside(view)
            self._leave_nothing()
            self.refresh_bindings()
        return cells

    def _leave_nothing(self) -> None:
        """Where what healed is gone under the keys, they go to what needs somebody."""
        healed = self.query_one(Healed)
        if healed.has_focus and not healed.entries():
            self.causes.focus()

    def on_resize(self) -> None:
        self._share_room()
        self._show_photos()

    def _share_room(self) -> None:
        """The causes take what they need, then what is set aside; what healed has the rest."""
        room, aside = self.query_one("#needs").size.height, self.query_one(SetAside)
        if room:
            kept = HEALED_ROWS + (ASIDE_ROWS if aside.display else 0)
            self.causes.styles.height = height = min(self.causes.wanted_height, max(4, room - kept))
            aside.styles.height = min(aside.wanted_height, max(2, room - height - HEALED_ROWS))

    def _show_photos(self) -> None:
        need = self.causes.marked
        shown = self.trouble_list
        shown.show(need.trouble if need is not None and self.size.width >= BESIDE else None)
        shown.styles.height = 1 + min(len(shown.entries()), max(3, self.size.height // 4))
        self.query_one(OneTrouble).show(shown.marked)

    def _ask_aside(self, view: View) -> None:
        """What is set aside, whenever that became more or less."""
        count = view.state.status["safe_to_leave"]["set_aside"] if view.state.status else 0
        shown = self.query_one(SetAside)
        if count != self._aside:
            self._aside = count
            shown.display = bool(count)
            if not count and shown.has_focus:
                self.causes.focus()
            self.run_worker(self._aside_rows, group="aside", exclusive=True, exit_on_error=False)

    async def _aside_rows(self) -> None:
        shown = self.query_one(SetAside)
        try:
            shown.rows = await self.monitor.agent.ask(ListSetAside())
        except VenueError:  # without an agent nothing is known; the band says so
            self._aside = NOT_KNOWN
        self._share_room()
        shown.redraw()

    def _ask_held(self) -> None:
        self.run_worker(self._held, group="held", exclusive=True, exit_on_error=False)

    async def _held(self) -> None:
        try:
            held = await self.monitor.agent.ask(ListHeld())
        except VenueError:
            self._waiting = None  # without an agent nothing can be answered; the band says so
            return
        marked = self.causes.marked
        if not self.causes.mark.index and (marked is None or marked.held is None):
            self.causes.mark = Mark()  # they come first, and so does the mark; on one of them it stays with that
            if held and self._knows_held:
                self.stands_instead(self.ABOUT)
        self.causes.held, self._knows_held = held, True
        self._share_room()
        self.causes.redraw()
        self.refresh_bindings()

    # ---- keys

    @property
    def need(self) -> Need | None:
        """What is marked: nothing of it while another list has the keys."""
        elsewhere = self.query_one(SetAside).has_focus or self.query_one(Healed).has_focus
        return None if elsewhere else self.causes.marked

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that would do nothing to the marked entry are not offered."""
        if not self.is_mounted or not super().check_action(action, parameters):
            return not self.is_mounted
        need = self.need
        if action == "answer":
            return need is not None and need.held is not None
        if action in ("retry", "retry_all"):
            return need is not None and need.trouble is not None and bool(need.trouble["photos"])
        return need is not None and need.trouble is not None if action == "set_aside" else True

    @on(ListPane.Marked)
    def _marked(self) -> None:
        self._show_photos()

    @on(ListPane.Opened, "#causes")
    def _open_cause(self, event: ListPane.Opened) -> None:
        trouble, held = event.entry.trouble, event.entry.held
        if trouble is not None:
            self.monitor.pages.show_cause(trouble)
        elif held is not None and held["photos_of"] is not None:
            asked = ListPhotos(event=held["photos_of"], state=PhotoState.HELD)
            self.monitor.pages.show_photos(asked, "Waiting for your yes")

    @on(ListPane.Opened, "#trouble-list")
    def _open_photo(self, event: ListPane.Opened) -> None:
        if event.entry["photo"] is not None:
            self.monitor.pages.show_photo([event.entry["photo"]], 0)

    def action_healed(self) -> None:
        """To the next list with anything in it; where none has, to what needs somebody."""
        panes: list[ListPane[Any]] = [self.causes, self.query_one(SetAside), self.query_one(Healed)]
        at = next((at for at, one in enumerate(panes) if one.has_focus), 0)
        others = [one for one in (*panes[at + 1 :], *panes[: at + 1]) if one.display]
        some = (one for one in others if one.entries() or isinstance(one, SetAside))
        next(some, self.causes).focus()

    def action_answer(self, yes: bool) -> None:
        need = self.need
        if need is not None and need.held is not None:
            self.answer_held(need.held, yes)


# ---- one cause and every photo that it holds up


class CauseFacts(Pane):
    """The cause itself, as the list of causes says it: as high as that is."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(id="cause-facts")
        self.trouble = trouble

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return len(self.draw(width, 0))

    def draw(self, width: int, height: int) -> list[Row]:
        return draw_need(Need(trouble=self.trouble), width, False, self.view.now)


class Cause(TroubleKeys):
    NAME = "Errors"
    KEYS = ("back", "open_marked", "retry", "retry_all", "set_aside", "sign_in", "find", "help")
    ABOUT = frozenset({"d"})
    BINDINGS: ClassVar[list[BindingType]] = [*TroubleKeys.BINDINGS, BACK]

    def __init__(self, monitor: Monitor, trouble: Trouble) -> None:
        super().__init__(monitor)
        self._trouble = trouble

    def body(self) -> ComposeResult:
        with Container(id="cause"):
            yield CauseFacts(self._trouble)
            yield TroubleList(self.monitor)

    @property
    def need(self) -> Need | None:
        return Need(trouble=self._trouble)

    def follow(self, view: View, changed: Set[str]) -> int:
        """The cause as it is now; once it is over, back to the others."""
        cells = super().follow(view, changed)
        if self.is_mounted and {"all", "troubles"} & changed:
            key = Need(trouble=self._trouble).key
            found = next((one for one in view.state.troubles["open"] if Need(trouble=one).key == key), None)
            if found is None and view.state.status is not None:
                self.call_later(self.gives_way)
            elif found is not None:
                self._trouble = self.query_one(CauseFacts).trouble = found
                self.query_one(CauseFacts).refresh(layout=True)
                self.query_one(CauseFacts).redraw()
                self.trouble_list.show(found)
        return cells

    @on(ListPane.Opened)
    def _open_photo(self) -> None:
        shown = self.trouble_list
        rows = [row for row in shown.entries() if row["photo"] is not None]
        ids = [row["photo"] for row in rows if row["photo"] is not None]
        marked = shown.marked
        if marked is not None and marked["photo"] in ids:
            self.monitor.pages.show_photo(ids, ids.index(marked["photo"]))
