"""`Closable`: an application that asks what becomes of its agent before it closes, and can lose its terminal.

What was decided stands in `left` when `run_async` has returned; carrying it out is the command's.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Unpack

from agent.service import AgentService
from tui import verdict_words
from tui.done import Ending
from tui.leaving import Finishing, Leave
from tui.line import on_a_line
from tui.notes import Note
from tui.pages import Pages, Setup
from tui.safe_text import safe_text

FINISHING = Note("Closing when all is sent", "q says otherwise")


class Closable(Pages):
    """`asks`: an agent of its own runs inside; without one there is nothing to ask.

    `on_hangup`: what becomes of that one when the terminal goes away; `hung_up` says that it did.
    """

    asks = False
    on_hangup = Leave.HEADLESS
    hung_up = False
    left = Leave.CLOSE

    def __init__(self, service: AgentService, **setup: Unpack[Setup]) -> None:
        super().__init__(service, **setup)
        self.finishing = Finishing()
        self._home: asyncio.AbstractEventLoop | None = None
        self.driver_class = on_a_line(self.driver_class, self._line_gone)

    @property
    def ending(self) -> Ending | None:
        """With which words it closed by itself."""
        return self.finishing.ending

    async def action_quit(self) -> None:
        if not self.asks or self.state.status is None:
            self.leave(Leave.STOP if self.asks else Leave.CLOSE)
            return
        from tui.screens.leave import LeaveQuestion

        self.push_screen(LeaveQuestion(self._standing(), self.finishing.on), self._answered)

    async def action_interrupt(self) -> None:
        """ctrl+c asks like q; once more, where it was asked already, stops."""
        from tui.screens.leave import LeaveQuestion

        if isinstance(self.screen, LeaveQuestion):
            self.leave(Leave.STOP)
        else:
            await self.action_quit()

    def _standing(self) -> str:
        status = self.state.status
        return "" if status is None else f"{safe_text(verdict_words.told(status))}. The agent runs in here."

    def _answered(self, how: Leave | None) -> None:
        if how is None:
            return
        if how is not Leave.FINISH:
            self.leave(how)
        elif self.finishing.on:
            self.finishing.call_off()
            self.closing = self.finishing.on
            self.closing_changed()
        else:
            self.finishing.begin()
            self.say(FINISHING)
            self.closing = self.finishing.on
            self.closing_changed()
            self.look_whether_over()

    def closing_changed(self) -> None:
        """It closes when all is sent, or does not any more."""

    def look_whether_over(self) -> None:
        """Called whenever the agent has said something: close if that is what was waited for."""
        status = self.state.status
        if status is None or not self.finishing.on:
            return
        if self.finishing.is_over(status):
            self.leave(Leave.FINISH)
            return
        stuck = self.finishing.stuck(status)
        if stuck is not None:
            self.say(stuck)

    def on_load(self) -> None:
        self._home = asyncio.get_running_loop()

    def _line_gone(self) -> None:
        """Told in the thread that writes."""
        if self._home is not None:
            with suppress(RuntimeError):  # the loop has ended meanwhile
                self._home.call_soon_threadsafe(self.hang_up)

    def hang_up(self) -> None:
        """The terminal is gone: leave without asking."""
        self.hung_up = True
        if self.left is Leave.CLOSE:
            self.leave(self.on_hangup if self.asks else Leave.CLOSE)

    def leave(self, how: Leave = Leave.CLOSE) -> None:
        """End the monitor, also from a signal's handler: the terminal is put in order, then `run_async` returns."""
        self.left = how
        self.exit()
