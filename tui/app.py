"""`Monitor`: the terminal application. It shows what the agent says and hands it the operator's verbs.

It knows the agent by `AgentService` alone, in its own process or behind the socket; where it embeds the agent, `parts`
are run as workers and end with the screen.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, cast

from textual.app import SystemCommand
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.types import CSSPathType
from textual.worker import Worker, WorkerState

from agent import clock
from agent.service import AgentService, Lane
from agent.service_snapshot import Change, Snapshot
from tui import breakpoints, terminal, theme, verbs
from tui import state as states
from tui.closable import Closable
from tui.feed import Feed
from tui.first_run import first_steps
from tui.notes import Note
from tui.offers import Offers
from tui.parts import Parts
from tui.pictures.kind import Wanted
from tui.reminder import PauseReminder
from tui.rows import Rows
from tui.safe_text import safe_text
from tui.screens import catalog
from tui.screens.frame import Frame
from tui.terminal import Look

TRANSITION = 0.01  # seconds
HELD = 0.15  # seconds between two of a key that is held, at most


class Monitor(Closable):
    """`look=None` asks the environment: NO_COLOR, the terminal's colours, COLORFGBG for a light ground.

    `asks`: the agent runs inside, so closing asks what becomes of it.

    `pictures` is the setting of that name; what the terminal can do decides what becomes of `auto`.
    """

    CSS_PATH: ClassVar[CSSPathType | None] = [Path("venue.tcss"), Path("screens.tcss")]
    ALLOW_SELECT = False
    HORIZONTAL_BREAKPOINTS: list[tuple[int, str]] | None = breakpoints.WIDTHS
    VERTICAL_BREAKPOINTS: list[tuple[int, str]] | None = breakpoints.HEIGHTS
    DEFAULT_MODE = catalog.ENTRIES[0].tab.name
    COMMAND_PALETTE_BINDING = "ctrl+p"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("e", "enroll", "Enroll", id="enroll", tooltip="Enroll a guest"),
        Binding("p", "pause('uploads')", "Pause", id="pause", tooltip="Pause uploads, or go on"),
        Binding("P", "pause('all')", "Pause all", id="pause_all", tooltip="Pause everything, or go on"),
        Binding("s", "sync", "Sync", id="sync", tooltip="Look for new photos now"),
        Binding(
            "slash", "find", "Find", id="find", key_display="/", tooltip="Find by typing, here or among all photos"
        ),
        Binding("v", "next_event", "Event", id="next_event", tooltip="Show the next event", show=False),
        Binding("g", "sign_in", "Sign in", id="sign_in", tooltip="Sign in to Google Drive", show=False),
        Binding("z", "undo", "Undo", id="undo", tooltip="Take back the last decision"),
        Binding("U", "redo", "Redo", id="redo", tooltip="Do again what was undone last", show=False),
        Binding("R", "resync", "Resync", id="resync", tooltip="List the event anew; removed photos come back"),
        Binding("t", "flip", "Light or dark", id="flip", tooltip="Light or dark ground", show=False),
        Binding("question_mark", "help", "Keys", id="help", key_display="?", tooltip="This list"),
        Binding("q", "quit", "Quit", id="quit", tooltip="Close the monitor"),
        Binding("ctrl+p", "command_palette", "Actions", id="actions", tooltip="Find any action by its name"),
        Binding("ctrl+c", "interrupt", "Quit", id="interrupt", tooltip="Close the monitor", show=False, priority=True),
        *catalog.bindings(),
    ]

    def __init__(
        self,
        service: AgentService,
        *,
        parts: Parts | None = None,
        look: Look | None = None,
        pictures: Wanted = "auto",
        asks: bool = False,
        clock: Callable[[], float] = clock.wall,
    ) -> None:
        look = look or terminal.look()
        offers = Offers(errors=catalog.key_of("Errors"), sign_in="g")
        super().__init__(service, tabs=catalog.tabs(), offers=offers, look=look, pictures=pictures, clock=clock)
        self.asks = asks
        self._parts = parts
        self._feed = Feed(service, self)
        self._reminder = PauseReminder()
        self._turned_at: dict[str, float] = {}
        self.painted = asyncio.Event()  # the first screen stands on the terminal
        self.animation_level = "none"
        for entry in catalog.ENTRIES:
            self.add_mode(entry.tab.name, partial(self._make, entry))  # pyright: ignore[reportUnknownMemberType]
        for made in theme.themes():
            self.register_theme(made)
        self.theme = f"venue-{look}"

    # ---- from start to end

    def _make(self, entry: catalog.Entry) -> Frame:
        return entry.make(self.tabs, self)

    def on_mount(self) -> None:
        Rows.utf8 = terminal.has_utf8()
        self.set_class(not Rows.utf8, "-ascii")
        self._start_feed()
        if self._parts is not None:
            self.run_parts(self._parts)
        self._tick()

    def on_ready(self) -> None:
        self.painted.set()

    def run_parts(self, parts: Parts) -> None:
        """Run the agent's parts from now on."""
        parts.start(self._spawn)

    def _start_feed(self) -> None:
        self.run_worker(self._feed.run(), name="feed", group="feed", exit_on_error=False)

    def _spawn(self, name: str, run: Callable[[], Coroutine[Any, Any, None]]) -> None:
        self.run_worker(run(), name=name, group="agent", exit_on_error=False)

    def closing_changed(self) -> None:
        self._follow(self.state, {"status"})

    # ---- what the feed brings

    def refreshed(self, snapshot: Snapshot) -> None:
        self._follow(states.fresh(self.state, snapshot, self._clock()), {"all"})
        self.look_whether_over()

    def changed(self, changes: Sequence[Change]) -> int:
        state = self.state
        for change in changes:
            state = states.apply(state, change, self._clock())
        if state is self.state:
            return 0
        cells = self._follow(state, {change["section"] for change in changes})
        self.look_whether_over()
        return cells

    def lost(self) -> None:
        self._follow(states.lost(self.state, self._clock()), {"time"})

    def _tick(self) -> None:
        """A second has passed. Panes that show no time stay as they are."""
        now = self._clock()
        self._follow(states.tick(self.state, now), {"time"})
        forgotten = self._reminder.due(self.state, now)
        if forgotten is not None:
            self.say(forgotten)
            self.bell()
        self.set_timer(1.0 - now % 1.0 + 0.005, self._tick)

    def _follow(self, state: states.ScreenState, changed: set[str]) -> int:
        if state.scale != self.state.scale:
            changed = changed | {"queue"}
        asked_for, self.state = first_steps.sign_in_is_due(self.state), state
        if first_steps.sign_in_is_due(state) != asked_for:
            self.screen.refresh_bindings()
        view, stack = self.view, self.screen_stack
        if stack and isinstance(stack[-1], Frame):
            return stack[-1].follow(view, changed)
        return sum(screen.follow_beneath(view) for screen in stack if isinstance(screen, Frame))

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """A worker of the screen has failed: say so, and never show old news as new. The agent sees to its own."""
        worker = cast("Worker[Any]", event.worker)  # pyright: ignore[reportUnknownMemberType] - Textual leaves it open
        if event.state is not WorkerState.ERROR or worker.group == "agent":
            return
        error = worker.error
        self.say(
            Note("The monitor has a fault", safe_text(f"{worker.name}: {type(error).__name__}: {error}"), bad=True)
        )
        if worker.group == "feed":
            self.lost()
            self.set_timer(1.0, self._start_feed)

    # ---- the verbs

    def action_open(self, name: str) -> None:
        """Show a screen by its name in the tabs, as it was left; the one that is shown: without what lies over it."""
        if name != self.current_mode:
            self.switch_mode(name)
            return
        while len(self.screen_stack) > 1:
            self.pop_screen()

    def delay_update(self, delay: float = TRANSITION) -> None:
        """Textual masks a change of screens for 50 ms; ours stand sooner."""
        super().delay_update(min(delay, TRANSITION))

    def action_pause(self, lane: Lane) -> None:
        async def pause() -> None:
            answer = await verbs.pause_or_go_on(self.service, self.state, lane)
            self._follow(states.paused(self.state, answer), {"status"})

        self.do(f"pause {lane}", pause)

    def action_sync(self) -> None:
        self.do("sync", lambda: verbs.sync_now(self.service))

    def action_retry(self) -> None:
        self.do("retry", lambda: verbs.retry_first(self.service, self.state))

    def action_resync(self) -> None:
        event = states.shown_event(self.state)
        if event is not None:
            self.do("resync", lambda: verbs.resync(self.service, event))

    def action_undo(self) -> None:
        self._turn("undo", verbs.undo)

    def action_redo(self) -> None:
        self._turn("redo", verbs.redo)

    def _turn(self, name: str, verb: Callable[[AgentService], Coroutine[Any, Any, Note]]) -> None:
        """One decision for one key: a key that is held repeats itself, and would take back the whole evening."""
        now = asyncio.get_running_loop().time()
        before, self._turned_at[name] = self._turned_at.get(name, 0.0), now
        if now - before < HELD:
            return

        async def turn() -> Note:
            note = await verb(self.service)
            for screen in self.screen_stack:
                if isinstance(screen, Frame):
                    screen.undone()
            return note

        self.decide(name, turn)

    def action_enroll(self) -> None:
        from tui.screens.enroll import Enroll

        self.push_screen(Enroll(self.service, self), self._next_guest)

    def _next_guest(self, wanted: bool | None) -> None:
        if wanted:
            self.action_enroll()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """`g` is there while it is needed."""
        if action == "sign_in":
            return first_steps.sign_in_is_due(self.state)
        return super().check_action(action, parameters)

    def action_sign_in(self) -> None:
        from tui.first_run.sign_in import SignIn

        self.push_screen(SignIn(self))

    def action_find(self) -> None:
        if isinstance(self.screen, Frame):
            self.screen.begin_find()

    def action_next_event(self) -> None:
        self._follow(states.next_event(self.state), {"status", "event"})

    def action_help(self) -> None:
        from tui.screens.help import Help

        self.push_screen(Help([found.binding for found in self.screen.active_bindings.values()]))

    def action_flip(self) -> None:
        if self.theme in (theme.DARK_NAME, theme.LIGHT_NAME):
            self.theme = theme.LIGHT_NAME if self.theme == theme.DARK_NAME else theme.DARK_NAME

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """What ctrl+p offers: our own keys by name, and nothing of Textual's."""
        for found in screen.active_bindings.values():
            binding = found.binding
            if binding.id and binding.tooltip and binding.id not in ("actions", "interrupt"):
                yield SystemCommand(binding.description, binding.tooltip, partial(self.run_action, binding.action))
