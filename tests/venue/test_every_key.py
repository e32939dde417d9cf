"""Every key of every screen and dialog, pressed on a real agent: what it opens is gone through, and nothing breaks."""

from __future__ import annotations

import asyncio
import importlib
import inspect
import json
import pkgutil
import sqlite3
from collections import deque
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import pytest
from textual import actions
from textual.binding import Binding
from textual.dom import DOMNode
from textual.pilot import Pilot
from textual.widgets import Input

import tui
from agent.requests.control import Resume
from agent.requests.people import EnrollPerson, ListDecisions, Redo, Undo
from agent.requests.troubles import ListTroubles
from tests.emulator.drive import Emulator
from tests.patience import within
from tests.venue.running import Running
from tests.venue.test_every_verb import Evening, is_ready, words_in
from tests.venue.test_people_both_ends import of
from tui.app import Monitor
from tui.screens.frame import Frame
from tui.widgets.notice import Note
from tui.widgets.troubles import SetAside

Way = tuple[str, ...]  # keys that lead from the first screen to where others are pressed
Key = tuple[str, str]  # the class that has it, and its id
Place = tuple[str, str]  # the screen, and what has the keys there

TRIES = 5
OF_EACH = {"find", "open_marked"}  # each screen has its own meaning of them
CLOSING = {"quit", "interrupt", "actions", "agent"}  # they end it; the palette has the same keys by name
FAULTS = ("The monitor has a fault", "The agent gave an error")
TERMINAL, TROUBLE, FIRST, WAITING = (
    f"tests/tui/test_tui_{word}.py" for word in ("leaving", "trouble", "first_evening", "waiting_for_a_yes")
)
APART: dict[Key, str] = {  # what an evening like this one never asks for, and where it is pressed
    ("Monitor", "quit"): TERMINAL,
    ("Monitor", "agent"): "tests/venue/test_monitor_in_tmux.py",
    ("Monitor", "interrupt"): TERMINAL,
    ("Monitor", "actions"): "tests/tui/test_tui_keys.py",
    ("Monitor", "sign_in"): FIRST,
    ("Errors", "yes"): WAITING,
    ("Errors", "no"): WAITING,
    ("Photo", "approve"): WAITING,
    ("Search", "approve"): WAITING,
    ("PersonKeys", "approve_person"): WAITING,
    ("Question", "answer_yes"): TROUBLE,
    ("Question", "answer_no"): TROUBLE,
    ("Latest", "look"): "tests/tui/test_tui_look.py",
    ("SetAside", "look"): TROUBLE,
    ("Events", "account"): "tests/venue/test_account_in_tmux.py",
    ("SignIn", "sign_in_copy"): "tests/venue/test_first_evening_in_tmux.py",
}
CLASSES_APART = {"LeaveQuestion": TERMINAL, "SignIn": FIRST, "Welcome": FIRST}
PANES_APART = {"SetAside"}  # there while something is set aside; its key is pressed once all others were


def declared() -> dict[Key, set[str]]:
    """All that the monitor's classes have keys for, with the names of those."""
    found: dict[Key, set[str]] = {}
    for one in classes():
        for binding in bindings(one):
            id = binding.id or binding.action
            found.setdefault((owner(one, id), id), set()).add(binding.key)
    return found


def classes() -> Iterator[type]:
    for module in pkgutil.walk_packages(tui.__path__, "tui."):
        if not module.name.endswith("__main__"):
            found = inspect.getmembers(importlib.import_module(module.name), inspect.isclass)
            yield from (one for _, one in found if one.__module__ == module.name and issubclass(one, DOMNode))


def bindings(one: type) -> list[Binding]:
    return list(Binding.make_bindings(vars(one).get("BINDINGS", [])))


def owner(one: type, id: str) -> str:
    """The class of ours that a key of this one is from; none: the key is the toolkit's."""
    ours = (each for each in reversed(one.__mro__) if each.__module__.startswith("tui."))
    return next((each.__name__ for each in ours if id in {found.id or found.action for found in bindings(each)}), "")


class Operator:
    """Presses keys, and remembers what was said."""

    def __init__(self, app: Monitor, pilot: Pilot[Any]) -> None:
        self.app, self.pilot = app, pilot
        self.said: list[str] = []
        say = app.say

        def listen(note: Note, *, answer: bool = False) -> None:
            self.said.append(f"{note.title}: {note.text}")
            say(note, answer=answer)

        app.say = listen  # type: ignore[method-assign]

    async def press(self, *keys: str) -> None:
        for key in keys:
            await self.pilot.press(key)
            await self.quiet()

    async def quiet(self) -> None:
        """Until everything that was asked has been answered."""
        async with within(30):
            while any(one.group not in ("feed", "agent", "keys") and not one.is_finished for one in self.app.workers):
                await asyncio.sleep(0.01)
            await self.pilot.pause()

    async def at(self, way: Way) -> None:
        """There, and nothing over it."""
        while len(self.app.screen_stack) > 1:
            self.app.pop_screen()
            await self.pilot.pause()
        if isinstance(self.app.focused, Input):
            await self.press("escape")
        await self.press(*way)

    @property
    def place(self) -> Place:
        return type(self.app.screen).__name__, type(self.app.focused).__name__

    def choices(self) -> list[tuple[str, Key]]:
        """Each key of ours that does something here, those that open something first."""
        found: dict[str, Key] = {}
        for node, bindings in self.app.screen._modal_binding_chain:  # pyright: ignore[reportPrivateUsage]
            for key, binding in bindings:
                id = binding.id or binding.action
                which = owner(type(node), id), id
                if which[0] and id not in CLOSING and self._does(node, binding):
                    found.setdefault(key, which)
        return sorted(found.items(), key=lambda one: (one[0] != "enter", one))

    def _does(self, node: DOMNode, binding: Binding) -> bool:
        """As the toolkit decides it before it acts."""
        of, name, arguments = actions.parse(binding.action)
        return bool((self.app if of == "app" else node).check_action(name, arguments))

    async def answer(self) -> None:
        """Whatever has opened: a field is filled in and sent off, a question is answered with yes."""
        for _ in range(3):
            if isinstance(self.app.focused, Input):
                await self.press("x", "enter")
            elif not isinstance(self.app.screen, Frame):
                await self.press("y", "enter")


@asynccontextmanager
async def operator(running: Running) -> AsyncGenerator[Operator]:
    app = Monitor(running.service, look="dark", pictures="auto")
    async with app.run_test(size=(120, 36)) as pilot:
        async with within(20):
            while app.state.status is None:
                await pilot.pause(0.05)
        yield Operator(app, pilot)


class Journey:
    """From the first screen on to whatever keys lead to."""

    def __init__(self, running: Running) -> None:
        self._running = running
        self._ways: deque[tuple[Way, Place]] = deque([(("1",), ("Venue", "NoneType"))])
        self._places = {place for _, place in self._ways}
        self._done: set[tuple[str, Key]] = set()

    @property
    def pressed(self) -> set[Key]:
        return {which for _, which in self._done}

    async def go(self) -> None:
        """A monitor is opened anew where a key has turned to another part of a screen, which is remembered there."""
        tries = 0
        while self._ways:
            assert tries < TRIES, f"{self._ways[0]}: it leads there no more"
            async with operator(self._running) as one:
                while self._ways and await self._press_all(one, *self._ways[0]):
                    self._ways.popleft()
                    tries = 0
            tries += 1

    async def _press_all(self, one: Operator, way: Way, where: Place) -> bool:
        """Answers whether it led there, each time."""
        await one.at(way)
        while one.place == where:
            left = [(key, mark) for key, which in one.choices() if (mark := self._mark(where, which)) not in self._done]
            if not left:
                return True
            key, mark = left[0]
            self._done.add(mark)
            await self._press(one, way, key)
            if one.place != where:
                await one.at(way)
        return False

    def _mark(self, where: Place, which: Key) -> tuple[str, Key]:
        """What each class has is pressed once; what each screen means in its own way, on each."""
        return where[0] if which[1] in OF_EACH else "", which

    async def _press(self, one: Operator, way: Way, key: str) -> None:
        await one.press(key)
        if one.place not in self._places and one.place[1] not in PANES_APART:  # there until it is undone, just below
            self._places.add(one.place)
            self._ways.append(((*way, key), one.place))
            troubles = (await self._running.service.ask(ListTroubles()))["open"]
            print(way, key, one.place, [(row["title"], row["subjects"], row["ids"]) for row in troubles])  # noqa: T201 - told where it fails
        await one.answer()
        assert not [said for said in one.said if said.startswith(FAULTS)], (way, key, one.said[-3:])
        assert one.app.is_running, (way, key)
        await self._as_it_was()

    async def _as_it_was(self) -> None:
        """Yuki is enrolled, and one near miss asked about; nothing else is decided, nothing paused."""
        ask = self._running.service.ask
        while (done := (await ask(ListDecisions()))["done"])[1:]:
            await ask(Undo())
        if not done:
            await ask(Redo())
        await ask(Resume(what="all"))
        await self._running.until(lambda now: now["photos"]["failed"] == 1 and now["faces"]["to_review"] == 1)


async def bring_back(running: Running) -> Key:
    """What one key sets aside another brings back: said on the screen, and so in both stores. Answers which key."""
    async with operator(running) as one:
        await one.at(("5", "d"))
        await running.until(lambda now: now["photos"]["dismissed"] == 1)
        pane = one.app.screen.query_one(SetAside)
        await until(lambda: [row["name"] for row in pane.rows] == ["broken.jpg"])
        assert (stands(running), decided(running)) == (("dismissed", "dismissed"), [True])
        await one.press("h")
        assert one.place == ("Errors", "SetAside")
        which = dict(one.choices())["b"]
        await one.press("b")
        assert one.said[-1] == "Needs you again: broken.jpg"
        status = await running.until(lambda now: now if now["photos"]["failed"] == 1 else None)
        assert (status["photos"]["dismissed"], status["safe_to_leave"]["set_aside"], status["errors"]) == (0, 0, 1)
        assert (stands(running), decided(running)) == (("failed", "open"), [])
        assert [row["subjects"] for row in (await running.service.ask(ListTroubles()))["open"]] == [["broken.jpg"]]
        await until(lambda: not pane.display and one.place == ("Errors", "Causes"))
        return which


def stands(running: Running) -> tuple[str, str]:
    """The broken photo and its trouble, by the ledger on disk."""
    query = (
        "SELECT ep.state, t.state FROM event_photo ep JOIN trouble t ON t.event_photo = ep.id"
        " WHERE ep.name = 'broken.jpg' ORDER BY t.id DESC"
    )
    with closing(sqlite3.connect(running.incoming.parent / ".venuesync/ledger.sqlite")) as db:
        return db.execute(query).fetchone()


def decided(running: Running) -> list[bool]:
    """Whether it is set aside by the decisions on disk; that it was there before an event was reviewed is one, too."""
    file = running.incoming.parent / ".venuesync/decisions-default.json"
    rows = json.loads(file.read_bytes())["decisions"].values()
    return [row["set_aside"] for row in rows if row["name"] == "broken.jpg" and row["set_aside"]]


async def until(done: Callable[[], bool]) -> None:
    async with within(20):
        while not done():
            await asyncio.sleep(0.05)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("running", ["far"], indirect=True)
async def test_every_key_of_every_screen(
    running: Running, tmp_path: Path, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agent.pipeline.GROWING_FOR", 0.5)
    monkeypatch.setattr("tui.keys.typeahead.HELD", 0.0)
    await running.service.ask(EnrollPerson(name="Yuki", photos=[str(of("yuki_tanaka")[0])]))
    Evening(tmp_path, emulator).prepare(running.incoming)
    await running.until(lambda now: is_ready(now) and now["photos"]["failed"] == 1, 60)
    journey = Journey(running)
    await journey.go()
    pressed = journey.pressed | {await bring_back(running)}
    missing = {key for key in declared().keys() - pressed - APART.keys() if key[0] not in CLASSES_APART}
    assert not missing, sorted(missing)


def pressed_in(file: str) -> set[str]:
    """All that may be a key there, tmux's own names as Textual has them."""
    return {word.replace("C-", "ctrl+") for word in words_in(file)}


def test_what_that_evening_never_asks_for_is_pressed_elsewhere() -> None:
    """`y` on a person and `W` on an event were pressed nowhere, though files were named here."""
    keys = declared()
    assert APART.keys() <= keys.keys(), "keys that are there no more"
    apart = {which: CLASSES_APART[which[0]] for which in keys if which[0] in CLASSES_APART} | APART
    assert not {which: file for which, file in apart.items() if not keys[which] & pressed_in(file)}
