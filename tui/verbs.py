"""The operator's verbs as the keys mean them: each asks the agent and returns what to say about it; `Verbs` runs them.

Every one may raise `VenueError`; `Verbs` shows it.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from dataclasses import fields, replace
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar, cast

from textual.screen import Screen
from textual.worker import Worker

from agent.errors import AgentEnded, Kind, UsageError, VenueError
from agent.requests.ask import Agent, Request
from agent.requests.control import Lane, Pause, PausedStatus, Resume, Resync, Retry, SetMetered, Stop, Sync
from agent.requests.events import EventStatus
from agent.requests.notify import ListAddresses, TryNotify
from agent.requests.people import Redo, Undo, Undone
from agent.requests.report import GetReport
from agent.requests.snapshot import Change
from agent.requests.status import GetStatus
from tui import words
from tui.keys.keymap import named
from tui.keys.remedies import press_to_start
from tui.keys.typeahead import VERBS
from tui.screens.frame import Frame
from tui.state import ScreenState
from tui.widgets.dialogs import Attempt
from tui.widgets.notice import Note, note_of
from tui.words import safe_text

if TYPE_CHECKING:
    from tui.app import Monitor

Answer = TypeVar("Answer")
Verb = Callable[[], Coroutine[Any, Any, Note | None]]

NAMED = 3  # events that a note names
TURNS = frozenset({"undo", "redo"})  # what takes decisions back, and does them again


class Verbs:
    """Runs the operator's verbs beside the screen, and shows what each says, or its error."""

    def __init__(self, monitor: Monitor) -> None:
        self._monitor = monitor
        self._since: dict[str, str] = {}  # what is being decided since anything was taken back: a name, and about what
        self._turns = asyncio.Lock()  # whoever waits for it gets it in the order of asking
        self._switches: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    def do(self, name: str, work: Verb, *, again: bool = False) -> Worker[None] | None:
        """Run a verb; one of the same name that still runs is left alone, unless it is to be done `again`.

        `name` says about what it is, too: the same about somebody else is another verb.
        """
        if not again and name in self._running:
            return None
        worker = self._monitor.run_worker(self._said(work), name=name, group=VERBS, exit_on_error=False)
        self._monitor.begun(worker)
        return worker

    @property
    def _running(self) -> set[str]:
        return {one.name for one in self._monitor.workers if one.group == VERBS and not one.is_finished}

    def is_at(self, name: str) -> bool:
        """Whether a verb runs whose name begins so."""
        return any(one.startswith(name) for one in self._running)

    def switch(self, name: str, stands: object, work: Verb) -> Worker[None] | None:
        """What one key turns on and off. Pressed again while it `stands` so on the screen it is impatience; once it is
        shown the other way round it is turned back, after the first has its answer.
        """

        async def switched() -> Note | None:
            async with self._switches[name]:
                return await work()

        return self.do(f"{name} {stands}", switched)

    def decide(self, name: str, work: Verb, *, about: str = "", keys_wait: bool = False) -> None:
        """The same for what can be undone: after all that was decided before it, so `z` takes back the last.

        A second `z` at once is impatience, one behind another decision takes that back. What is decided twice is so
        once, but where the first was taken back in between, or something else decided `about` the same. `keys_wait`:
        those typed behind it are meant for what it brings, or for the question that it leads to.
        """
        again, running = name not in self._since, self._running - TURNS
        others = {} if name in TURNS else {one: of for one, of in self._since.items() if one in running}
        self._since = {one: of for one, of in others.items() if not about or of != about or one == name} | {name: about}
        worker = self.do(name, partial(self.in_turn, work), again=again)
        if keys_wait and worker is not None:
            self._monitor.hold_keys_for(worker)

    def turn(self, name: str, verb: Callable[[Agent], Coroutine[Any, Any, Note]]) -> None:
        """Take back the last decision, or do it again: every screen hears that it begins, and that it is done."""

        def frames() -> list[Frame]:
            return [screen for screen in self._monitor.screen_stack if isinstance(screen, Frame)]

        async def turn() -> Note:
            for screen in frames():
                screen.taking_back()
            try:
                return await verb(self._monitor.agent)
            finally:
                for screen in frames():
                    screen.undone()

        self.decide(name, turn, keys_wait=True)

    async def in_turn(self, work: Verb) -> Note | None:
        async with self._turns:
            return await work()

    async def attempt(self, work: Verb, dialog: Screen[Any]) -> Note | None:
        """Run it to its end, whatever becomes of the dialog that waits for it; returns the error that it came to.

        All else, and an error that nobody waits for any more, is said on the screen.
        """

        async def attempted() -> Note | None:
            try:
                note = await work()
            except VenueError as error:
                if dialog in self._monitor.screen_stack:
                    return in_a_dialog(error)
                note = note_of(error)
            if note is not None:
                self._monitor.say(note, answer=True)
            return None

        running = self._monitor.run_worker(attempted(), group=VERBS, exit_on_error=False)
        return await asyncio.shield(running.wait())

    async def _said(self, work: Verb) -> None:
        try:
            note = await work()
        except VenueError as error:
            note = note_of(error)
        if note is not None:
            self._monitor.say(note, answer=True)


def in_a_dialog(error: VenueError) -> Note:
    """Said in one that has the keys: the agent is started from the screen beneath."""
    note = note_of(error)
    return replace(note, remedy=press_to_start(beneath=True)) if isinstance(error, AgentEnded) else note


class ConsentAsked:
    """The agent, as the monitor asks it: where nobody is made known without a consent, that is asked for first.

    `ask_how` is given the question, and what tries an answer, as a prompt's `attempt`; it is over when that one is
    closed.
    """

    def __init__(self, agent: Agent, ask_how: Callable[[str, Attempt], Awaitable[object]]) -> None:
        self._agent = agent
        self._ask_how = ask_how

    async def ask(self, request: Request[Answer]) -> Answer:
        try:
            return await self._agent.ask(request)
        except VenueError as error:
            if error.kind != Kind.CONSENT or not takes_consent(request):
                raise
            return await self._with_consent(request, error)

    async def _with_consent(self, request: Request[Answer], why: VenueError) -> Answer:
        """What the agent refuses of an answer stays there, to be mended; closed meanwhile, what came of the last one
        counts.
        """
        asked: list[asyncio.Task[Answer]] = []

        async def consented(line: str) -> Answer:
            how, until = words.consent_typed(line)  # which may be no request already
            return await self._agent.ask(cast(Request[Answer], replace(cast(Any, request), consent=how, until=until)))

        async def given(line: str) -> Note | None:
            asked.append(asyncio.create_task(consented(line)))
            try:
                await asyncio.shield(asked[-1])
            except VenueError as error:
                return in_a_dialog(error)
            return None

        try:
            await self._ask_how(safe_text(why.title), given)
        except BaseException:  # the monitor ends
            for one in asked:
                one.cancel()
            raise
        if not asked:
            raise UsageError(why.title, why.detail, "Answer that, and it is done", kind=why.kind) from why
        return await asked[-1]

    def events(self, boot: str, since: int) -> AsyncIterator[Change]:
        return self._agent.events(boot, since)


def takes_consent(request: Request[Any]) -> bool:
    return any(one.name == "consent" for one in fields(cast(Any, request)))


async def pause_or_go_on(agent: Agent, state: ScreenState, lane: Lane) -> PausedStatus:
    """Pause the lane, or end the pause that there is: `p` goes on whatever was paused, `P` only everything."""
    paused = state.status["paused"] if state.status else (await agent.ask(GetStatus()))["paused"]
    if paused["all"]:
        return await agent.ask(Resume(what="all"))
    if lane == "uploads" and paused["uploads"]:
        return await agent.ask(Resume(what="uploads"))
    return await agent.ask(Pause(what=lane))


async def metered_or_not(agent: Agent, state: ScreenState) -> bool:
    """The line is metered from now on, or not any more: the other way round than it was told to be."""
    metered = state.status["drive"]["metered"] if state.status else (await agent.ask(SetMetered()))["metered"]
    return (await agent.ask(SetMetered(to="off" if metered else "on")))["metered"]


def metered_said(on: bool) -> Note:
    if on:
        return Note("The line is metered", f"small copies go first; {named('D')}: not metered any more")
    return Note("The line is not metered", "originals go to Drive")


async def sync_now(agent: Agent) -> Note:
    names = [safe_text(name) for name in await agent.ask(Sync(events=[]))]
    if not names:
        return Note("Looking now", "in every folder")
    shown = names if len(names) <= NAMED else names[: NAMED - 1]
    more = f" and {len(names) - len(shown)} more" if len(shown) < len(names) else ""
    return Note("Looking now", ", ".join(shown) + more)


async def resync(agent: Agent, event: EventStatus) -> Note:
    await agent.ask(Resync(events=[event["id"]]))
    return Note("Listing anew", f"{safe_text(event['name'])}: what was removed by hand comes back")


async def undo(agent: Agent) -> Note:
    """Take back the last decision, and say which it was."""
    return _turned("Undone", await agent.ask(Undo()), "can be undone; U does it again")


async def redo(agent: Agent) -> Note:
    """Do again what was taken back last."""
    return _turned("Done again", await agent.ask(Redo()), "can be done again")


async def stop(agent: Agent) -> Note:
    await agent.ask(Stop())
    return Note("Stopping", "it puts everything down safely; S starts it again")


async def start_by_hand() -> Note:
    return Note("There is no agent", "it is not this monitor's to start", "Run: venuesync --no-ui", bad=True)


async def report(agent: Agent) -> Note:
    """The night on one page, beside the photos."""
    from tui.report.write import write_report

    path = await write_report(agent, await agent.ask(GetReport()), None, "photographer")
    return Note("The report is written", str(path))


async def try_messages(agent: Agent) -> Note:
    """A trial to every address; where there is none, how to add one."""
    if not await agent.ask(ListAddresses()):
        return Note("Messages go nowhere yet", "add an address", "Run: venuesync notify add")
    told = await agent.ask(TryNotify())
    failed = [f"{one['address']}: {one['detail']}" for one in told if not one["sent"]]
    if failed:
        return Note("A message was not sent", safe_text("; ".join(failed)), bad=True)
    return Note("A trial message was sent", safe_text(", ".join(one["address"] for one in told)))


def _turned(word: str, undone: Undone, more: str) -> Note:
    left = f"; {undone['left']:,} more {more}" if undone["left"] else ""
    return Note(f"{word}: {safe_text(undone['what'])}", words.moved(undone["photos"]) + left)


async def retry_first(agent: Agent, state: ScreenState) -> Note:
    """Try again all photos of the first error's cause."""
    first = next((one for one in state.troubles["open"] if one["photos"]), None)
    if first is None:
        return Note("Nothing to try again")
    await agent.ask(Retry(ids=first["photos"]))
    return Note("Trying again", f"{words.photos(len(first['photos']))}: {safe_text(first['title'])}")
