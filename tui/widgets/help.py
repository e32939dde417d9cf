"""`?`: every key that works here, by what it is for, in as many columns as there is room for; typing finds one.

Made from the keys themselves, so that none is forgotten.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import zip_longest
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.widgets import Input

from tui.draw import BLANK, Row, row_width, wrap
from tui.widgets.dialogs import Dialog, Field, Fitted, Title
from tui.widgets.find_bar import holds
from tui.widgets.tabs import key_name

KEY, GAP = 11, 2  # cells of a key's name, between columns
COLUMN, MOST = 36, 3  # cells that a column has at least, and columns at most
LINES = 4  # that one key's words may take

# What a key is for, by its id; those that are nowhere belong to what is shown.
HERE = "Here"
TASKS = {
    "Screens": ("venue", "back", "find", "actions", "next_event", "help", "flip", "quit"),
    "Lists": ("mark_up", "mark_page_up", "mark_first", "open_marked", "order", "look", "group_left", "group_first"),
    "People and faces": ("enroll", "rename", "merge", "link", "export", "consent", "guests", "forget",
                         "name_group", "merge_group", "ignore_group", "answer_yes", "answer_no", "later", "other_kind"),
    "Photos and uploads": ("pause", "pause_all", "metered", "sync", "resync", "retry", "retry_all", "sign_in", "report",
                           "messages", "agent"),
    "Second thoughts": ("undo", "redo", "set_aside", "bring_back", "withdraw"),
}  # fmt: skip
# Keys that are told as one: the first one's id, all of their ids, how they are called, and what they do.
TOLD = {
    "venue": (("venue", "people", "faces", "events", "errors", "activity"), "1-6",
              "Show Venue, People, Faces, Events, Errors, Activity"),
    "mark_up": (("mark_up", "mark_down"), "up down", "Mark the row above, below"),
    "mark_page_up": (("mark_page_up", "mark_page_down"), "pgup pgdn", "A page up, down"),
    "mark_first": (("mark_first", "mark_last"), "home end", "Mark the first row, the last"),
    "group_left": (("group_left", "group_right", "group_up", "group_down"), "arrows",
                   "The group to the left, right, above, below"),
    "group_first": (("group_first", "group_last"), "home end", "The largest group, the smallest"),
}  # fmt: skip
LATER = frozenset(id for ids, _, _ in TOLD.values() for id in ids[1:])

Told = tuple[str, str]  # a key's name, and what it does


def by_task(bindings: Sequence[Binding], words: str = "") -> dict[str, list[Told]]:
    """What holds these words, by what it is for: what is shown first."""
    task = {id: name for name, ids in TASKS.items() for id in ids}
    found: dict[str, list[Told]] = {name: [] for name in (HERE, *TASKS)}
    order = list(task)
    for binding in sorted(bindings, key=lambda one: order.index(one.id) if one.id in task else 0):
        id = binding.id
        if id and binding.tooltip and id not in LATER and id != "interrupt":
            _, key, told = TOLD.get(id, ((), key_name(binding), binding.tooltip))
            if holds(f"{key} {binding.description} {told}", words):
                found[task.get(id, HERE)].append((key, told))
    return {name: told for name, told in found.items() if told}


def draw_keys(tasks: dict[str, list[Told]], width: int) -> list[Row]:
    """Each task as a block; the blocks one below the other in columns of about one height."""
    count = max(1, min(MOST, (width + GAP) // (COLUMN + GAP)))
    wide = (width - GAP * (count - 1)) // count
    blocks = [_block(name, told, wide) for name, told in tasks.items()]
    if not blocks:
        return [[("No key does that.", "$dim")]]
    columns = _columns(blocks, count)
    rows: list[Row] = []
    for parts in zip_longest(*columns, fillvalue=BLANK):
        row: Row = []
        for part in parts:
            row += [*part, (" " * (wide + GAP - row_width(part)), "")]
        rows.append(row[:-1])
    return rows


def _block(name: str, told: Sequence[Told], width: int) -> list[Row]:
    rows: list[Row] = [[(name, "bold $ink")]]
    for key, does in told:
        lines = wrap(does, width - KEY, LINES)
        rows += [
            [(key.ljust(KEY) if not index else " " * KEY, "bold $accent"), (line, "$ink")]
            for index, line in enumerate(lines)
        ]
    return [*rows, BLANK]


def _columns(blocks: Sequence[list[Row]], count: int) -> list[list[Row]]:
    """In their order, none of them broken, as low as that can be."""
    height = max(len(block) for block in blocks)
    while True:
        columns: list[list[Row]] = [[]]
        for block in blocks:
            if columns[-1] and len(columns[-1]) + len(block) > height:
                columns.append([])
            columns[-1] += block
        if len(columns) <= count:
            return columns
        height += 1


class _Words(Field):
    def check_consume_key(self, key: str, character: str | None) -> bool:
        """`?` closes the list, as it opened it."""
        return key != "question_mark" and super().check_consume_key(key, character)


class KeyList(Fitted):
    def __init__(self, bindings: Sequence[Binding]) -> None:
        super().__init__()
        self._bindings = bindings
        self._words = ""

    def narrow(self, words: str) -> None:
        self._words = words
        self.refresh(layout=True)
        self.redraw()

    def rows_at(self, width: int) -> int:
        return len(self.draw(width, 0))

    def draw(self, width: int, height: int) -> list[Row]:
        return draw_keys(by_task(self._bindings, self._words), width)


class Help(Dialog[None]):
    """Closed by escape, `?` again, enter, or a click on the word."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter", "dismiss", "Close", id="close_help", tooltip="Close the list"),
        Binding("question_mark", "dismiss", "Close", id="close_help_again", tooltip="Close the list", priority=True),
        Binding("up", "scroll(-1)", "Up", id="help_up", tooltip="Up"),
        Binding("down", "scroll(1)", "Down", id="help_down", tooltip="Down"),
        Binding("pageup", "scroll(-10)", "Page up", id="help_page_up", tooltip="A page up"),
        Binding("pagedown", "scroll(10)", "Page down", id="help_page_down", tooltip="A page down"),
    ]

    def __init__(self, bindings: Sequence[Binding]) -> None:
        super().__init__()
        self._listed = bindings

    def compose(self) -> ComposeResult:
        with Vertical(id="help", classes="dialog"):
            yield Title("Keys", partial(self.run_action, "dismiss"))
            yield _Words("help-words", "type to find a key")
            with VerticalScroll(id="help-keys", can_focus=False):
                yield KeyList(self._listed)

    def on_mount(self) -> None:
        self.query_one(Field).focus()

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self.query_one(KeyList).narrow(event.value)

    @on(Input.Submitted)
    def _done(self) -> None:
        self.dismiss()

    def action_scroll(self, rows: int) -> None:
        self.query_one("#help-keys").scroll_relative(y=rows, animate=False)
