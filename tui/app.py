"""`Monitor`: the terminal application. It shows what the agent says and hands it the operator's verbs.

It knows the agent by `Agent` alone, in its own process or behind the socket; where it embeds the agent, `parts`
are run as workers and end with the screen. What was decided as it closed stands in `left` when `run_async` has
returned; carrying it out is the command's.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, Protocol, cast

from textual.binding import Binding, BindingType
from textual.theme import Theme
from textual.types import CSSPathType
from textual.worker import Worker, WorkerState

from agent import clock
from agent.requests.ask import Agent
from agent.requests.control import Lane
from agent.requests.snapshot import Change, Snapshot
from tui import state as states
from tui import verbs
from tui.feed import Feed
from tui.first_run import first_steps
from tui.keys.keymap import Keyboard, Keymap, named
from tui.pictures.kitty import PictureKind, Wanted, picture_kind
from tui.pictures.over import PixelsOver, may_lie_over
from tui.pictures.picture import Album
from tui.screens import catalog
from tui.screens.change import WholeScreens
from tui.screens.frame import Frame
from tui.screens.leave import FINISHING, Finishing, Leave, LeaveQuestion, standing
from tui.state import Offers, View
from tui.terminal import looks, osc
from tui.terminal.alerts import Alerts
from tui.terminal.fault import OwnFault
from tui.terminal.osc import Desktop
from tui.verbs import ConsentAsked, Verb, Verbs
from tui.verdict import Ending, answer
from tui.widgets.dialogs import Dialog
from tui.widgets.help import Help
from tui.widgets.notice import Note, PauseReminder, other_version
from tui.widgets.rows import Rows
from tui.words import safe_text

Spawn = Callable[[str, Callable[[], Coroutine[Any, Any, None]]], None]  # a name, and what to run


class Parts(Protocol):
    """An agent's parts: the agent supervises them, the monitor gives each a worker, which ends when the screen does."""

    def start(self, spawn: Spawn) -> None:
        """Called once, when the screen is there: hand every part to `spawn`."""
        ...


class Monitor(WholeScreens[None], OwnFault[None], PixelsOver[None]):
    """`look=None` asks the environment: NO_COLOR, the terminal's colours, COLORFGBG for a light ground.

    `theme`: colours of one's own, where the terminal has enough.
    `asks`: an agent of its own runs inside, so closing asks what becomes of it; without one there is nothing to ask.
    `on_hangup`: what becomes of that one when the terminal goes away; `hung_up` says that it did.
    `keys`: which are pressed for the monitor's own, where others are.
    `bell` and `desktop`: how somebody who looks elsewhere is told that all is safe, or that somebody is needed.
    `pictures` is the setting of that name; what the terminal can do decides what becomes of `auto`.
    """

    on_hangup = Leave.HEADLESS
    left = Leave.CLOSE
    start_agent: Verb = verbs.start_by_hand  # of a monitor that is attached

    CSS_PATH: ClassVar[CSSPathType | None] = [Path("venue.tcss"), Path("screens.tcss")]
    ALLOW_SELECT = False
    HORIZONTAL_BREAKPOINTS: list[tuple[int, str]] | None = looks.WIDTHS
    VERTICAL_BREAKPOINTS: list[tuple[int, str]] | None = looks.HEIGHTS
    DEFAULT_MODE = catalog.TABS[0].name
    ENABLE_COMMAND_PALETTE = False  # the finder has all of its own
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("e", "enroll", "Enroll", id="enroll", tooltip="Enroll a guest"),
        Binding("p", "pause('uploads')", "Pause", id="pause", tooltip="Pause uploads, or go on"),
        Binding("P", "pause('all')", "Pause all", id="pause_all", tooltip="Pause everything, or go on"),
        Binding(
            "D",
            "metered",
            "Metered",
            id="metered",
            tooltip="The line is metered: small copies first; or it is not",
            show=False,
        ),
        Binding("s", "sync", "Sync", id="sync", tooltip="Look for new photos now"),
        Binding(
            "slash", "find", "Find", id="find", key_display="/", tooltip="Find by typing: in this list, or anywhere"
        ),
        Binding("v", "next_event", "Event", id="next_event", tooltip="Show the next event", show=False),
        Binding("g", "sign_in", "Sign in", id="sign_in", tooltip="Sign in to Google Drive", show=False),
        Binding("z", "undo", "Undo", id="undo", tooltip="Take back the last decision"),
        Binding("U", "redo", "Redo", id="redo", tooltip="Do again what was undone last", show=False),
        Binding("R", "resync", "Resync", id="resync", tooltip="List the event anew; removed photos come back"),
        Binding("N", "report", "Report", id="report", tooltip="The night on one page, as a file", show=False),
        Binding("T", "messages", "Messages", id="messages", tooltip="A trial message to every address", show=False),
        Binding("S", "agent", "Agent", id="agent", tooltip="Stop the agent; where it has ended, start it", show=False),
        Binding("t", "flip", "Light or dark", id="flip", tooltip="Light or dark ground", show=False),
        Binding("question_mark", "help", "Keys", id="help", key_display="?", tooltip="All keys: this list"),
        Binding("q", "quit", "Quit", id="quit", tooltip="Close the monitor"),
        Binding("ctrl+p", "find_anywhere", "Anything", id="actions", tooltip="Find a person, photo, event, action"),
        Binding("ctrl+c", "interrupt", "Quit", id="interrupt", tooltip="Close the monitor", show=False, priority=True),
        *catalog.bindings(),
    ]

    def __init__(
        self,
        agent: Agent,
        *,
        parts: Parts | None = None,
        look: looks.Look | None = None,
        theme: Theme | None = None,
        pictures: Wanted = "auto",
        keys: Mapping[str, str] | None = None,
        asks: bool = False,
        bell: bool = True,
        desktop: Desktop = "auto",
        clock: Callable[[], float] = clock.wall,
        steady: Callable[[], float] = clock.steady,
    ) -> None:
        look = look or looks.look()
        coloured = look not in ("plain", "sixteen")
        super().__init__(ansi_color=None if coloured else True)
        Rows.utf8 = looks.has_utf8()  # before anything is drawn
        self.stylesheet = looks.KeptStylesheet(self.get_css_variables())
        self.album = Album(agent)
        self.asks = asks
        self.finishing = Finishing()
        self.pages = catalog.Pages(self)
        self.agent: Agent = ConsentAsked(agent, self.pages.answer)
        self.painted = asyncio.Event()  # the first screen stands on the terminal
        self.pictures: PictureKind = picture_kind(pictures, coloured=coloured)
        self._may_lie_over = self.pictures == "blocks" and may_lie_over(pictures)
        self.state = states.start(steady())
        self.verbs = Verbs(self)
        self._clock, self._steady = clock, steady
        self._feed = Feed(agent, self)
        Keyboard.keymap = Keymap(keys or {})
        self._offers = Offers(errors=catalog.key_of("Errors"), sign_in=named("g"))
        self._alerts = Alerts()
        self._rings = bell
        self._desktop: Desktop = desktop
        self._parts = parts
        self._plain = look == "plain"
        self._reminder = PauseReminder()
        self.animation_level = "none"
        for tab in catalog.TABS:
            self.add_mode(tab.name, partial(catalog.make, tab, self))  # pyright: ignore[reportUnknownMemberType]
        for made in looks.themes():
            self.register_theme(made)
        self._grounds = {"dark": looks.DARK_NAME, "light": looks.LIGHT_NAME}
        if theme is not None and coloured:
            self.register_theme(theme)
            look = "dark" if theme.dark else "light"
            self._grounds[look] = theme.name
        self.theme = self._grounds.get(look, f"venue-{look}")

    @property
    def view(self) -> View:
        """The state as it is now."""
        beneath = bool(self.screen_stack) and not isinstance(self.screen_stack[-1], Frame)
        return View(self.state, self._clock(), self._offers, self._plain, self.finishing.on, self._steady(), beneath)

    def say(self, note: Note, *, answer: bool = False) -> None:
        """Show it on the screen beneath any dialog; what `answer` says is to be read once that has gone."""
        for screen in reversed(self.screen_stack):
            if isinstance(screen, Frame):
                screen.say(note, answer=answer)
                return

    @property
    def hears_nothing(self) -> bool:
        return self.state.status is not None and self.view.silent

    def refuse(self, note: Note, but: frozenset[str] = frozenset()) -> None:
        """Say why a key opens no field; what is typed on for one is dropped, `but` what the note says to press."""
        self.refuse_typed(but)
        self.say(note)

    # ---- from start to end

    def on_mount(self) -> None:
        self.set_class(not Rows.utf8, "-ascii")
        self._start_feed()
        if self._parts is not None:
            self.run_parts(self._parts)
        self._tick()

    def on_ready(self) -> None:
        self.painted.set()
        if self._may_lie_over:
            self.ask_terminal()

    def run_parts(self, parts: Parts) -> None:
        """Run the agent's parts from now on."""
        parts.start(self._spawn)

    def _start_feed(self) -> None:
        self.run_worker(self._feed.run(), name="feed", group="feed", exit_on_error=False)

    def _spawn(self, name: str, run: Callable[[], Coroutine[Any, Any, None]]) -> None:
        self.run_worker(run(), name=name, group="agent", exit_on_error=False)

    # ---- what the feed brings

    def refreshed(self, snapshot: Snapshot) -> None:
        if snapshot["boot"] != self.state.boot and (other := other_version(snapshot["status"])):
            self.say(other)
        first = self.state.status is None
        self._follow(states.fresh(self.state, snapshot, self._steady()), {"all"})
        for opened in [screen for screen in self.screen_stack if first and isinstance(screen, Dialog)]:
            opened.heard()
        self._look_whether_over()

    def changed(self, changes: Sequence[Change]) -> int:
        state = self.state
        for change in changes:
            state = states.apply(state, change, self._steady())
        if state is self.state:
            return 0
        cells = self._follow(state, {change["section"] for change in changes})
        self._look_whether_over()
        return cells

    def lost(self, ended: bool = False) -> None:
        self._follow(states.lost(self.state, self._steady(), ended), {"time"})

    def _tick(self) -> None:
        """A second has passed. Panes that show no time stay as they are."""
        now = self._clock()
        self._follow(states.tick(self.state, self._steady()), {"time"})
        forgotten = self._reminder.due(self.state, now)
        if forgotten is not None:
            self.say(forgotten)
            self.bell()
        self._tell_terminal()
        self.set_timer(1.0 - now % 1.0 + 0.005, self._tick)

    def _tell_terminal(self) -> None:
        """Its window is called as things stand; who looks elsewhere is told by a bell and on the desktop."""
        view = self.view
        if view.state.status is not None:
            self.name_window(f"{answer(view).line.partition(',')[0]} - venuesync")
        if (alert := self._alerts.due(view)) is not None:
            if self._rings:
                self.bell()
            self.send(osc.message(alert.text, alert.detail, self._desktop))

    def _follow(self, state: states.ScreenState, changed: set[str]) -> int:
        if state.scale != self.state.scale:
            changed = changed | {"queue"}
        self._note_what_turned(state)
        if {one["id"] for one in self.state.people}.difference(one["id"] for one in state.people):
            self.album.let_go()  # whoever is gone may be forgotten, and blurred
        asked_for, self.state = first_steps.sign_in_is_due(self.state), state
        if first_steps.sign_in_is_due(state) != asked_for:
            self.screen.refresh_bindings()
        view, stack = self.view, self.screen_stack
        if stack and isinstance(stack[-1], Frame):
            return stack[-1].follow(view, changed)
        cells = sum(screen.follow_beneath(view) for screen in stack if isinstance(screen, Frame))
        if stack and isinstance(dialog := stack[-1], Dialog):
            cells += dialog.stand(view)
        return cells

    def _note_what_turned(self, state: states.ScreenState) -> None:
        """What another one has paused, or ended, was not looked at yet by whoever types the key that turns it round."""
        before, now, screen = self.state.status, state.status, self.screen_stack[-1:]
        if before is None or now is None or not (screen and isinstance(screen[0], Frame)):
            return
        turned = (
            ("pause", "pP", before["paused"] != now["paused"]),
            ("metered", "D", before["drive"]["metered"] != now["drive"]["metered"]),
        )
        for verb, keys, is_other in turned:
            if is_other and not self.verbs.is_at(verb):
                screen[0].stands_instead(frozenset(keys))

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

    def action_pause(self, lane: Lane) -> None:
        shown = self.state

        async def pause() -> None:
            answer = await verbs.pause_or_go_on(self.agent, shown, lane)
            self._feed.show_now()
            self._follow(states.paused(self.state, answer), {"status"})

        self.verbs.switch("pause", (lane, shown.status and shown.status["paused"]), pause)

    def action_metered(self) -> None:
        shown = self.state

        async def meter() -> Note:
            on = await verbs.metered_or_not(self.agent, shown)
            self._feed.show_now()
            self._follow(states.metered(self.state, on), {"status"})
            return verbs.metered_said(on)

        self.verbs.switch("metered", shown.status and shown.status["drive"]["metered"], meter)

    def action_sync(self) -> None:
        self.verbs.do("sync", lambda: verbs.sync_now(self.agent))

    def action_retry(self) -> None:
        self.verbs.do("retry", lambda: verbs.retry_first(self.agent, self.state))

    def action_resync(self) -> None:
        event = states.shown_event(self.state)
        if event is not None:
            self.verbs.do(f"resync {event['id']}", lambda: verbs.resync(self.agent, event))

    def action_undo(self) -> None:
        self.verbs.turn("undo", verbs.undo)

    def action_redo(self) -> None:
        self.verbs.turn("redo", verbs.redo)

    def action_report(self) -> None:
        self.verbs.do("report", lambda: verbs.report(self.agent))

    def action_messages(self) -> None:
        self.verbs.do("messages", lambda: verbs.try_messages(self.agent))

    async def action_agent(self) -> None:
        """One of its own ends with the screen, which asks."""
        if self.asks:
            await self.action_quit()
        elif self.view.silent:
            self.verbs.do("start", self._start)
        else:
            more = "photos wait until it is started again; this monitor stays"
            self.pages.ask("Stop the agent?", more, lambda: self.verbs.do("stop", lambda: verbs.stop(self.agent)))

    async def _start(self) -> Note | None:
        said = await self.start_agent()
        if said is not None and not said.bad:
            self._follow(states.starting(self.state, self._steady()), {"time"})
        return said

    def action_enroll(self) -> None:
        from tui.screens.enroll import Enroll

        self.push_screen(Enroll(self), self._next_guest)

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

    def action_find_anywhere(self) -> None:
        if isinstance(self.screen, Frame):
            self.screen.find_anywhere()

    def action_next_event(self) -> None:
        self._follow(states.next_event(self.state), {"status", "event"})

    def action_help(self) -> None:
        self.push_screen(Help([found.binding for found in self.screen.active_bindings.values()]))

    def action_flip(self) -> None:
        dark, light = self._grounds["dark"], self._grounds["light"]
        if self.theme in (dark, light):
            self.theme = light if self.theme == dark else dark

    # ---- leaving

    @property
    def ending(self) -> Ending | None:
        """With which words it closed by itself."""
        return self.finishing.ending

    async def action_quit(self) -> None:
        status = self.state.status
        if not self.asks or status is None:
            self.leave(Leave.STOP if self.asks else Leave.CLOSE)
            return
        self.push_screen(LeaveQuestion(standing(self.view), self.finishing.on), self._answered)

    async def action_interrupt(self) -> None:
        """ctrl+c asks like q; once more, where it was asked already, stops."""
        if isinstance(self.screen, LeaveQuestion):
            self.leave(Leave.STOP)
        else:
            await self.action_quit()

    def _answered(self, how: Leave | None) -> None:
        if how is None:
            return
        if how is not Leave.FINISH:
            self.leave(how)
            return
        if self.finishing.on:
            self.finishing.on = False
        else:
            self.finishing.begin()
            self.say(FINISHING)
        self._follow(self.state, {"status"})
        self._look_whether_over()

    def _look_whether_over(self) -> None:
        """Called whenever the agent has said something: close if that is what was waited for."""
        status = self.state.status
        if status is None or not self.finishing.on:
            return
        if self.finishing.is_over(status):
            self.leave(Leave.FINISH)
        elif (stuck := self.finishing.stuck(status)) is not None:
            self.say(stuck)

    def hang_up(self) -> None:
        """The terminal is gone: leave without asking."""
        self.hung_up = True
        if self.left is Leave.CLOSE:
            self.leave(self.on_hangup if self.asks else Leave.CLOSE)

    def leave(self, how: Leave = Leave.CLOSE) -> None:
        """End the monitor, also from a signal's handler: the terminal is put in order, then `run_async` returns."""
        self.left = how
        self.exit()
