"""Sign in to Drive from the monitor: an address for any browser, the way over SSH, and a field for what comes back.

The agent holds the attempt, so it works attached, too; photos are filed meanwhile.
"""

from __future__ import annotations

import getpass
import platform
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Input

from agent.clock import from_iso_or_none
from agent.disk.typed import absolute
from agent.errors import VenueError
from agent.requests.drive import NO_CLIENT, BeginSignIn, FinishSignIn, GetSignIn, SignInAttempt, SignInState
from tui import words
from tui.draw import BLANK, Row, cut, wrap
from tui.widgets.dialogs import Dialog, Field, Key, Result, Title, Told, keys_row
from tui.widgets.notice import Note, note_of
from tui.words import safe_text

if TYPE_CHECKING:
    from tui.app import Monitor

LOOK_EVERY = 1.0  # seconds, while this is open
ROWS = 12  # for the ways
PASTED = 16_384  # characters of what the address bar shows at the end

SHORT_WAY = (
    "Open this address in a browser on this machine:",
    "By SSH: first run this on yours, then open the same there:",
)
SHORTER = ("Open in a browser on this machine:", "By SSH: run this on yours first:")  # on a phone

ASKING = Note("Asking the agent", "for an address to sign in at")
WAITING = Note("Waiting for the browser", "photos are filed meanwhile")
NEEDS_CLIENT = (
    "Google has to know this app once: make an OAuth client as docs/google-setup.md shows, "
    "then type the path of the JSON file that Google's console gives."
)


class SignIn(Dialog[None]):
    """Closes by itself when somebody has signed in, by whichever way."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "close", "Close", id="sign_in_close", tooltip="Close: photos are filed here meanwhile"),
        Binding("ctrl+y", "copy_address", "Copy", id="sign_in_copy", tooltip="Copy Google's address"),
    ]

    def __init__(self, monitor: Monitor) -> None:
        super().__init__()
        self._monitor = monitor
        self._attempt: SignInAttempt | None = None
        self._client_asked = False

    def compose(self) -> ComposeResult:
        with Vertical(id="sign-in", classes="dialog"):
            yield Title("Sign in to Google Drive", self.action_close)
            yield Told("ways", self._draw_ways)
            with Horizontal(classes="field"):
                yield Told("pasted-label", self._draw_label, classes="label")
                yield Field("pasted", longest=PASTED)
            yield Result()
            yield Told("sign-in-keys", self._draw_keys)

    def on_mount(self) -> None:
        self.query_one(Field).focus()
        self._note(ASKING)
        self._begin(None)
        self.set_interval(LOOK_EVERY, self._look)

    def _note(self, note: Note) -> None:
        self.query_one(Result).say(note)

    # ---- what is drawn

    def _draw_label(self, _width: int, _height: int) -> list[Row]:
        return [[("File" if self._client_asked else "Paste", "$dim")]]

    def _draw_ways(self, width: int, height: int) -> list[Row]:
        if self._client_asked:
            return [[(line, "$ink")] for line in wrap(NEEDS_CLIENT, width, height)]
        if self._attempt is None:
            return []
        rows = self._short_way(self._attempt, width)
        room = height - len(rows) - 1
        lead = "Or open this one anywhere, and paste what the address bar shows at the end:"
        rows += [[(line, "$ink")] for line in wrap(lead, width, 2)]
        url = self._attempt["url"]
        rows += [[(part, "$dim")] for part in _whole(url, width)][: max(1, room)]
        return rows[:height]

    def _short_way(self, attempt: SignInAttempt, width: int) -> list[Row]:
        if attempt["start"] is None:
            return []
        port = attempt["port"]
        machine = f"{getpass.getuser()}@{platform.node() or 'this-machine'}"
        here, there = SHORT_WAY if width >= max(map(len, SHORT_WAY)) else SHORTER
        tunnel = f"ssh -L {port}:127.0.0.1:{port} {safe_text(machine)}"
        return [
            [(cut(here, width), "$ink")],
            [("  " + attempt["start"], "bold $accent")],
            [(cut(there, width), "$ink")],
            *([("  " + part, "bold $ink")] for part in _whole(tunnel, width - 2)),
            BLANK,
        ]

    def _draw_keys(self, width: int, _height: int) -> list[Row]:
        copy: Key = ("ctrl+y", "Copy Google's address" if width >= 39 else "Copy address", self.action_copy_address)
        keys: list[Key] = [("enter", "OK", None), *([] if self._client_asked else [copy])]
        return [keys_row(self.query_one("#sign-in-keys", Told), 0, keys)]

    # ---- the attempt

    def _begin(self, client: str | None) -> None:
        async def begin() -> None:
            try:
                self._attempt = await self._monitor.agent.ask(
                    BeginSignIn(client=None if client is None else str(absolute(Path(client))))
                )
            except VenueError as error:
                if error.kind == NO_CLIENT:
                    self._ask_for_client()
                else:
                    self._note(note_of(error))
                return
            if self._client_asked:
                self._client_asked = False
                self.query_one(Field).value = ""
            self._redraw()
            self._note(WAITING)

        self.run_worker(begin, group="sign in", exclusive=True, exit_on_error=False)

    def _ask_for_client(self) -> None:
        self._client_asked = True
        self._redraw()
        self._note(Note("No OAuth client is known here", "it is asked for once"))

    def _redraw(self) -> None:
        for told in self.query(Told):
            told.redraw()

    def _look(self) -> None:
        """Whether the browser has come back to the agent's port meanwhile."""
        if self._attempt is not None and self.is_active:
            self.run_worker(self._ask_how_it_stands, group="sign in state", exclusive=True, exit_on_error=False)

    async def _ask_how_it_stands(self) -> None:
        try:
            state = await self._monitor.agent.ask(GetSignIn())
        except VenueError as error:
            self._note(note_of(error))
            return
        if state["state"] == "done":
            self._monitor.refuse_typed()  # what is typed on was meant for the field, which goes
        self._heard(state)

    def _heard(self, state: SignInState) -> None:
        if state["state"] == "done":
            self._done(state)
        elif state["state"] == "failed":
            self._attempt = None
            self._note(Note(state["title"], "", "Press enter for another address", bad=True))

    def _done(self, state: SignInState) -> None:
        ends = from_iso_or_none(state["ends_at"])
        until = f"Google ends it on {words.local(ends):%A, %d %B}" if ends else ""
        self._monitor.say(Note(f"Signed in as {safe_text(state['account'] or '')}", until))
        self.dismiss(None)

    @on(Input.Submitted, "#pasted")
    def _pasted(self) -> None:
        field = self.query_one(Field)
        typed = field.value.strip()
        if self._client_asked:  # a path stays to be mended; what is pasted is pasted anew
            if typed:
                self._begin(typed)
            return
        field.value = ""
        if self._attempt is None:
            self._note(ASKING)
            self._begin(None)
        elif typed:
            self.run_worker(partial(self._finish, typed), group="sign in", exclusive=True, exit_on_error=False)

    async def _finish(self, pasted: str) -> None:
        """To its end, also where the dialog is closed meanwhile."""

        async def finish() -> None:
            self._heard(await self._monitor.agent.ask(FinishSignIn(pasted=pasted)))

        self._note(Note("Asking Google"))
        wrong = await self._monitor.verbs.attempt(finish, self)
        if wrong is not None:
            self._note(replace(wrong, remedy="Paste it again, or esc and g for another address"))

    # ---- keys

    def action_copy_address(self) -> None:
        if self._attempt is not None:
            self._monitor.copy_to_clipboard(self._attempt["url"])
            self._note(Note("Copied", "where this terminal lets programs do that"))

    def action_close(self) -> None:
        self.dismiss(None)


def _whole(text: str, width: int) -> list[str]:
    """In as many rows as it takes: half a command, or half an address, is none."""
    return [text[start : start + width] for start in range(0, len(text), width)]
