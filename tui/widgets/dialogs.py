"""What dialogs are made of, and the two that serve everywhere: one line, and yes or no."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Coroutine, Sequence
from functools import partial
from typing import Any, ClassVar, TypeVar, cast

from textual import events, on
from textual.app import ComposeResult
from textual.await_complete import AwaitComplete
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.geometry import Size
from textual.screen import ModalScreen, Screen
from textual.suggester import Suggester
from textual.widgets import Input

from agent.model import folded
from tui.draw import BLANK, Row, cut, fit, row_width, wrap
from tui.keys.keymap import named
from tui.keys.typeahead import ASKING
from tui.state import View
from tui.widgets.notice import Note, draw_note
from tui.widgets.rows import Rows
from tui.words import safe_text, safe_value

CLOSE: Row = [("esc", "bold $accent"), (" Close", "$dim")]

Outcome = TypeVar("Outcome")


# ---- what lies over a screen


class OnTop:
    """A screen that takes itself away alone, once; mixed in before the toolkit's own.

    The toolkit's `dismiss` takes away whatever is on top: at the second click on `esc Close` the screen beneath, at an
    answer that comes while ctrl+c asks its question that question.
    """

    _goes_with: tuple[Any] | None = None  # its result, where it is to go as soon as nothing lies over it

    def dismiss(self, result: Any = None) -> AwaitComplete:
        """Beneath another screen it stays until that has gone, and goes with its first result. Gone it is gone once."""
        if cast("Screen[Any]", self).is_active:
            return cast(Any, super()).dismiss(result)
        self._goes_with = self._goes_with or (result,)
        return AwaitComplete.nothing()

    def on_screen_resume(self) -> None:
        if self._goes_with is not None:
            self.dismiss(*self._goes_with)


class Dialog(OnTop, ModalScreen[Outcome]):
    """Takes the keys."""

    def heard(self) -> None:
        """The agent's first word has come while it was open: what it tells of the agent is known only now."""

    def stand(self, view: View) -> int:
        """How all stands by now: whoever looks at it goes by that. Returns how many cells change."""
        return 0


# ---- fields: typed text that can hold no terminal codes, and names that complete themselves


LONG, LONGEST = 1000, 4096  # characters of a name, of a path: as many as a request takes


class Field(Input):
    """An input whose value is safe to draw, however it came there; one row, no border, no blinking.

    What would be longer than `longest` is taken as far as there is room, and the bell rings; 0: all is.
    """

    def __init__(
        self, id: str, placeholder: str = "", suggester: Suggester | None = None, *, longest: int = LONG
    ) -> None:
        super().__init__(
            id=id,
            placeholder=placeholder,
            max_length=longest,
            suggester=suggester,
            compact=True,
            select_on_focus=False,
        )
        self.cursor_blink = False

    def validate_value(self, value: str) -> str:
        return safe_value(value)

    def _on_paste(self, event: events.Paste) -> None:
        """Lines become one: an input takes the first alone, and drops the others unsaid."""
        event.text = " ".join(line for line in event.text.splitlines() if line.strip())

    def replace(self, text: str, start: int, end: int) -> None:
        room = self.max_length + abs(end - start) - len(self.value) if self.max_length else len(text)
        if 0 < room < len(text):
            self.restricted()
            text = text[:room]
        super().replace(text, start, end)

    def fill(self, value: str) -> None:
        """As if it had been typed: one may type on behind it."""
        self.value = value
        self.cursor_position = len(value)

    def complete(self) -> bool:
        """To a known name, where one begins so. Returns whether one does."""
        longer = self.suggester.match(self.value) if isinstance(self.suggester, KnownNames) else None
        if longer:
            self.fill(longer)
        return bool(longer)


class KnownNames(Suggester):
    """Completes to the first known name that begins so, in any case; names that need cleaning are left out."""

    def __init__(self, names: Sequence[str] = ()) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self.learn(names)

    def learn(self, names: Sequence[str]) -> None:
        """These are known, and no others."""
        self._all = {name: name for name in names} | {folded(name): name for name in reversed(names)}
        self._offered = sorted((name for name in names if safe_text(name) == name), key=str.casefold)

    @property
    def any(self) -> bool:
        return bool(self._all)

    def knows(self, name: str) -> bool:
        return folded(name) in self._all

    def spelled(self, name: str) -> str:
        """As it is known, in whatever case it was typed; a name that nobody has stays as it is."""
        return self._all.get(name) or self._all.get(folded(name), name)

    def match(self, typed: str) -> str | None:
        begins = typed.casefold()
        longer = (name for name in self._offered if begins and len(name) > len(typed))
        return next((name for name in longer if name.casefold().startswith(begins)), None)

    async def get_suggestion(self, value: str) -> str | None:
        return self.match(value)


Draw = Callable[[int, int], list[Row]]  # at most so many cells and rows


class Told(Rows):
    """Rows that a dialog draws: by the function that it is made with, or was told since."""

    def __init__(self, id: str, draw: Draw = lambda _width, _height: [], *, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._draw_told = draw

    def tell(self, draw: Draw) -> None:
        self._draw_told = draw
        self.redraw()

    def draw(self, width: int, height: int) -> list[Row]:
        return self._draw_told(width, height)


class Label(Told):
    """A field's name."""

    def __init__(self, id: str, text: str) -> None:
        super().__init__(id, lambda _width, _height: [[(text, "$dim")]], classes="label")


class Title(Told):
    """A dialog's name, and how to close it: by a click, too."""

    def __init__(self, text: str, close: Callable[[], object]) -> None:
        super().__init__("title")
        self._text, self._close = text, close

    def name_it(self, text: str) -> None:
        self._text = text
        self.redraw()

    def draw(self, width: int, height: int) -> list[Row]:
        room = width - row_width(CLOSE)
        self.on_part(0, room, row_width(CLOSE), self._close)
        return [[(fit(cut(self._text, room - 2), room), "bold $accent"), *CLOSE]]


class Result(Told):
    """What came of it, or why nothing did."""

    def __init__(self) -> None:
        super().__init__("result")

    def say(self, note: Note) -> None:
        self.tell(lambda width, height: draw_note(note, width, height))


Key = tuple[str, str, Callable[[], object] | None]  # the monitor's own, what it does, what a click on it does


def keys_row(shown: Rows, y: int, keys: Sequence[Key], gap: str = "   ", style: str = "$dim") -> Row:
    """`enter OK   tab Complete`: the keys that work, on row `y` of what is shown."""
    row: Row = []
    for key, word, act in keys:
        start = row_width(row)
        row += [(named(key), "bold $accent"), (f" {word}{gap}", style)]
        if act is not None:
            shown.on_part(y, start, row_width(row) - start - len(gap), act, key)
    return row


class Fitted(Rows):
    """As high as what it says, in whatever width."""

    @abstractmethod
    def rows_at(self, width: int) -> int: ...

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return self.rows_at(width)


# ---- one line to be typed: a name, a number; esc leaves everything as it is


ROWS = 4  # of text at most


class Hint(Fitted):
    """What is to be known before one types, what matters first, or what is said since; whole where there is room."""

    def __init__(self, text: str) -> None:
        super().__init__(id="prompt-more")
        self._draw_said: Callable[[int], list[Row]] = lambda width: self._lines(text, width, "$dim")

    def say(self, note: Note) -> None:
        self._tell(lambda width: draw_note(note, width, ROWS))

    def warn(self, text: str) -> None:
        self._tell(lambda width: self._lines(text, width, "bold $warn"))

    def _tell(self, draw_said: Callable[[int], list[Row]]) -> None:
        self._draw_said = draw_said
        self.refresh(layout=True)
        self.redraw()

    @staticmethod
    def _lines(text: str, width: int, style: str) -> list[Row]:
        return [[(line, style)] for line in wrap(text, width, ROWS)] or [BLANK]

    def rows_at(self, width: int) -> int:
        return len(self._draw_said(width))

    def draw(self, width: int, height: int) -> list[Row]:
        return self._draw_said(width)


Attempt = Callable[[str], Coroutine[Any, Any, Note | None]]  # does what was typed; returns why it cannot be


class Prompt(Dialog[str]):
    """Dismissed with what was typed; `only_known`: it has to be one of the names.

    It stays until `attempt` is done, and is there to be mended where that cannot be.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "Close", id="prompt_cancel", tooltip="Close: everything stays as it is"),
        Binding("tab", "complete", "Complete", id="prompt_complete", tooltip="Complete to a known name"),
    ]

    def __init__(
        self,
        title: str,
        *,
        value: str = "",
        more: str = "",
        names: Sequence[str] = (),
        only_known: bool = False,
        nobody: str = "Nobody is called so.",
        longest: int = LONG,
        attempt: Attempt,
    ) -> None:
        """`nobody`: what is said of a name that is none of them."""
        super().__init__()
        self._attempt = attempt
        self._heading, self._value, self._more, self._nobody = title, value, more, nobody
        self._names = KnownNames(names)
        self._only_known, self._longest = only_known, longest

    def compose(self) -> ComposeResult:
        with Vertical(id="prompt", classes="dialog"):
            yield Title(self._heading, self.action_cancel)
            yield Field("typed", suggester=self._names, longest=self._longest)
            yield Hint(self._more)
            yield Told("prompt-keys", self._draw_keys)

    def on_mount(self) -> None:
        field = self.query_one(Field)
        field.fill(self._value)
        field.focus()

    def _draw_keys(self, _width: int, _height: int) -> list[Row]:
        complete: list[Key] = [("tab", "Complete", self.action_complete)] if self._names.any else []
        return [keys_row(self.query_one("#prompt-keys", Told), 0, [("enter", "OK", self._submit), *complete])]

    @on(Input.Submitted)
    def _submit(self) -> None:
        typed = self.query_one(Field).value.strip()
        if self._only_known and not self._names.knows(typed):
            self.query_one(Hint).warn(f"{self._nobody} tab completes a name." if typed else self._more)
        elif typed:
            line = self._names.spelled(typed) if self._only_known else typed
            self.run_worker(partial(self._give, line), group=ASKING, exclusive=True, exit_on_error=False)
        else:
            self.query_one(Hint).warn("Nothing is typed; esc leaves everything as it is.")

    async def _give(self, line: str) -> None:
        field = self.query_one(Field)
        field.disabled = True
        wrong = await self._attempt(line)
        if wrong is None:
            self.dismiss(line)
            return
        field.disabled = False
        field.focus()
        self.query_one(Hint).say(wrong)

    def action_complete(self) -> None:
        self.query_one(Field).complete()

    def action_cancel(self) -> None:
        self.dismiss(None)


# ---- a question with two answers: yes does it, no and esc leave everything as it is

ANSWERS = (("y", "Yes", True), ("n", "No", False))


class _Asked(Fitted):
    def __init__(self, question: str, more: str) -> None:
        super().__init__(id="asked")
        self._question, self._more = question, more

    def _lines(self, width: int) -> list[Row]:
        question: list[Row] = [[(line, "bold $ink")] for line in wrap(self._question, width, ROWS)]
        more: list[Row] = [[(line, "$ink")] for line in wrap(self._more, width, ROWS)] if self._more else []
        return [*question, *more, BLANK]

    def rows_at(self, width: int) -> int:
        return len(self._lines(width)) + 1

    def draw(self, width: int, height: int) -> list[Row]:
        rows = self._lines(width)
        answers = [(key, word, partial(self.screen.run_action, f"answer({yes})")) for key, word, yes in ANSWERS]
        return [*rows, keys_row(self, len(rows), answers, gap="    ", style="$ink")]


class Question(Dialog[bool]):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "answer(True)", "Yes", id="answer_yes", tooltip="Yes"),
        Binding("n,escape", "answer(False)", "No", id="answer_no", tooltip="No: everything stays as it is"),
    ]

    def __init__(self, question: str, more: str = "") -> None:
        super().__init__()
        self._asked = _Asked(question, more)

    def compose(self) -> ComposeResult:
        with Vertical(id="question", classes="dialog"):
            yield self._asked

    def action_answer(self, yes: bool) -> None:
        self.dismiss(yes)
