"""Keys that are typed ahead: each is done with before the next one is looked at, so it goes where that one led.

The toolkit gives a key to whatever has the focus as it comes, and carries it out later. Of keys that come close
together, by quick hands or a line that lags, `tab` and the letters behind it all went into the first field, and letters
meant for a dialog that was about to open were verbs of the screen beneath.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from itertools import count, dropwhile
from typing import Any, TypeVar, cast
from weakref import WeakKeyDictionary

from textual import events
from textual.app import App, ScreenStackError
from textual.errors import NoWidget
from textual.message_pump import MessagePump
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Input
from textual.worker import (
    NoActiveWorker,
    Worker,
    get_current_worker,  # pyright: ignore[reportUnknownVariableType] - Textual leaves it open
)

from tui.keys.keymap import Keyboard

T = TypeVar("T")

# Keys that decide something: of one that is held, the repeats are nothing. Held for two seconds, `z` would take back
# the whole evening, `i` ignore every guest, `y` say yes to every near miss.
DECIDING = frozenset({"z", "U", "i", "w", "d", "y", "n", "p", "P", "D"})
STOPS = frozenset({"ctrl+c"})
LEAVES = frozenset({"q", "ctrl+c"})  # whatever stands there
HELD = 0.15  # seconds between two of a key that is held, at most
TYPED_ON = 0.6  # seconds between two keys of what somebody types without looking up, at most
BEGINS = 0.8  # seconds before its repeats begin, or between two bursts of them over a line that lags, at most
AT_REST = 2  # times in a row that a key's consequences were all done, and led nowhere else
LATER = "preview"  # the group of what comes beside a list, and no key waits for
# Groups that fetch and decode pictures: a screen is painted with those that come at once, and no key waits for one. On
# a photo's page the keys that act on its faces wait for them by themselves.
PICTURES = frozenset({"face", "picture", "look", "photo"})
ASKING = "asking"  # the group of what a dialog waits for, and so do the keys behind the one that asked
VERBS = "verbs"  # the group of what keys have asked of the agent: it goes on beside the screen, whatever is typed
SEEN = 0.7  # seconds that something stands there before anybody can have looked at it, and meant it
BROUGHT = 3.0  # seconds that keys wait for what an answer brings to the screen: an agent may have very much to move
PATIENCE = 60.0  # seconds for one key: a screen that hangs does not hold up the next for ever
CLICKS = events.MouseDown | events.MouseUp | events.MouseScrollDown | events.MouseScrollUp
BEFORE_A_CLICK = 0.3  # seconds for each key typed before it; then whoever clicks has gone on
IN_A_FIELD = 1.0  # seconds, where what is typed goes into a field, and decides nothing
PAUSE = 0.01  # seconds between two looks at workers, which tell nobody else, and end where a wait for them does
TICK = 0.05  # seconds; while a thin line takes what is painted nothing else goes on, and that counts for one

Given = events.Key | events.Paste | CLICKS


class TypeAhead(App[T]):
    """An application whose keys and pastes wait for each other and for clicks, and clicks for a moment for those."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._typed: asyncio.Queue[Given] = asyncio.Queue()
        self._clicks = 0  # that wait for keys
        self._ahead: Given | None = None  # came while it was waited whether a key is held
        self._newest: events.Key | events.Paste | None = None  # that came
        self._last: events.Key | None = None
        self._held = False  # whether repeats of the last key were seen
        self._brings: Worker[Any] | None = None
        self._begun_by: WeakKeyDictionary[Worker[Any], float] = WeakKeyDictionary()  # when that key was typed
        self._handed_on = 0.0  # when the key that is being carried out was typed
        self._refused: float | None = None  # when the last was typed that nothing is done with
        self._instead = frozenset[str]()
        self._ended_by = frozenset[str]()
        self.typed_at = 0.0  # the monotonic moment at which the last key or paste came

    def on_mount(self) -> None:
        self.run_worker(self._hand_on(), name="keys", group="keys")

    def begun(self, work: Worker[Any]) -> None:
        """By the key that is being carried out."""
        self._begun_by[work] = self._handed_on

    def hold_keys_for(self, work: Worker[Any]) -> None:
        """What is typed behind the key that began it is meant for what it brings to the screen."""
        self._brings = work

    def refuse_typed(self, but: frozenset[str] = frozenset()) -> None:
        """The key that is being carried out asks for nothing: what is typed on behind it was meant for that.

        `but`: keys that are what to do instead; with one of them all goes on.
        """
        self._refused, self._instead, self._ended_by = self._handed_on, but, frozenset({"enter", "escape"})

    def opens(self) -> None:
        """A screen is about to open. Where a verb opens it that no key waits for any more, it comes over whatever is
        being typed, and that is no answer to it: it is dropped, up to a pause. Not so where its own key was the last.
        """
        with suppress(NoActiveWorker):
            by = cast("Worker[Any]", get_current_worker())
            waited_for = by is self._brings or self._begun_by.get(by) == self._handed_on
            if by is self._brings:
                self._brings = None  # here it is: the keys behind are its own
            if by.group == VERBS and not by.is_finished and not waited_for:
                self._refused, self._instead, self._ended_by = time.monotonic(), STOPS, frozenset[str]()

    async def on_event(self, event: events.Event) -> None:
        if isinstance(event, events.Key | events.Paste) and not event.is_forwarded:
            self.typed_at, self._newest = time.monotonic(), event
            self._typed.put_nowait(event)
        elif isinstance(event, CLICKS) and not event.is_forwarded:
            self._clicks += 1
            self._typed.put_nowait(event)
        else:
            await super().on_event(event)

    async def _hand_on(self) -> None:
        while True:
            event, self._ahead = self._ahead or await self._typed.get(), None
            if isinstance(event, CLICKS):
                self._clicks -= 1
                self._last = self._brings = None  # whoever clicks has gone on
            elif self._is_refused(event) or await self._is_repeat(event):
                continue
            self._handed_on = event.time
            before, under = self.screen_stack[-1:], self._under(event)
            self.call_later(super().on_event, self._meant(event) if isinstance(event, events.Key) else event)
            if isinstance(event, events.MouseDown):
                await _emptied(self)  # else the next one, which is here already, is done first
            else:
                await self._wait_for(asyncio.create_task(self._led(before, under)))

    def _under(self, event: Given) -> Widget | None:
        """What is clicked on."""
        with suppress(ScreenStackError, NoWidget):
            return self.get_widget_at(event.x, event.y)[0] if isinstance(event, CLICKS) else None
        return None

    async def _wait_for(self, led: asyncio.Task[None]) -> None:
        """What was typed ahead for a screen that does not come is dropped: nobody knows what it would do elsewhere."""
        try:
            ticks = count()
            if await in_time(led, PATIENCE, lambda: self._clicks > 0 and next(ticks) * TICK >= BEFORE_A_CLICK):
                return led.result()
            waiting = [self._ahead, *(self._typed.get_nowait() for _ in range(self._typed.qsize()))]
            self._ahead = None
            for one in dropwhile(lambda one: not isinstance(one, CLICKS), waiting):
                self._typed.put_nowait(cast(Given, one))
        finally:
            led.cancel()

    async def _led(self, before: list[Screen[Any]], under: Widget | None) -> None:
        """Until what a key, or a click, led to is there."""
        with suppress(ScreenStackError):
            if under is not None:
                await _emptied(self)
                for _ in range(AT_REST):  # a part acts one step after it is clicked on
                    for one in under.ancestors_with_self:
                        await _emptied(one)
            await self._done_with()
            await self._brought()
            asks = self._is_filling(self.screen, ASKING)
            while asks or self.screen_stack[-1:] != before:
                asks, before = False, self.screen_stack[-1:]
                await self._filled(self.screen)
                await self._brought()

    async def _brought(self) -> None:
        """Until what the key asked for is answered, and shown; or opens a dialog, which takes the keys behind it."""
        work = self._brings
        if work is None:
            return
        screen = self.screen
        for _ in range(round(BROUGHT / PAUSE)):
            if self.screen is not screen or (work.is_finished and not self._is_filling(screen, but=PICTURES)):
                break
            await asyncio.sleep(PAUSE)
        if self._brings is work:
            self._brings = None
        await self._done_with()

    def _is_refused(self, event: events.Key | events.Paste) -> bool:
        """Whether it was meant for what has gone; for a field that did not open, or for what a question came over: up
        to a pause, or to what would have ended that field.
        """
        if isinstance(event, events.Key) and self._is_about_another(event):
            asks: frozenset[str] = getattr(self.screen, "ASKS", frozenset())
            if self._meant(event).key not in DECIDING - asks:  # it would have opened a field
                self._refused, self._instead, self._ended_by = event.time, STOPS, frozenset({"enter", "escape"})
            return True
        instead = isinstance(event, events.Key) and event.key in self._instead
        if self._refused is None or instead or event.time - self._refused > TYPED_ON:
            self._refused = None
            return False
        ends = isinstance(event, events.Key) and event.key in self._ended_by
        self._refused = None if ends else max(self._refused, event.time)  # it may have been typed long before
        return True

    def _is_about_another(self, key: events.Key) -> bool:
        """Whether what it was typed about has gone by itself, and something else stands in its place."""
        is_unseen = getattr(self.screen_stack[-1] if self.screen_stack else None, "is_unseen", None)
        return is_unseen is not None and not self._in_field() and is_unseen(self._meant(key).key, key.time)

    async def _is_repeat(self, event: events.Key | events.Paste) -> bool:
        """Whether it came as one more of a key that is held, and decides something where it goes."""
        before, self._last = self._last, event if isinstance(event, events.Key) else None
        if self._last is None or before is None or before.key != self._last.key:
            self._held = False
            return False
        gap = self._last.time - before.time
        own: frozenset[str] = getattr(self.screen_stack[-1] if self.screen_stack else None, "DECIDES", frozenset())
        if self._meant(self._last).key not in DECIDING | own or self._in_field():
            self._held = False
        elif gap >= BEGINS:  # pressed anew, or held on a line that stood still: then the next one is here, too
            self._held = self._held and await self._goes_on(self._last)
        elif not self._held:
            self._held = gap < HELD or await self._goes_on(self._last)
        return self._held

    def _in_field(self) -> bool:
        return bool(self.screen_stack) and isinstance(self.focused, Input)

    def _meant(self, key: events.Key) -> events.Key:
        return Keyboard.keymap.meant(key, writing=self._in_field())

    async def _goes_on(self, key: events.Key) -> bool:
        """Whether the same key comes again at once."""
        coming = asyncio.create_task(self._typed.get())
        try:
            if not await in_time(coming, HELD):
                return False
        finally:
            coming.cancel()
        self._ahead = ahead = coming.result()
        return isinstance(ahead, events.Key) and ahead.key == key.key and ahead.time - key.time < HELD

    async def _done_with(self) -> None:
        """Until the key was carried out: from whatever has the focus up to here, and wherever that led."""
        await _emptied(self)
        rests, at = 0, None
        while rests < AT_REST:
            screen = self.screen
            for one in (self.focused or screen).ancestors_with_self:
                await _emptied(one)
            before, at = at, (self.screen, self.focused)
            rests = rests + 1 if at == before else 0

    async def _filled(self, screen: Screen[Any]) -> None:
        """Until a screen that was opened has what it shows: a list that is empty yet has nothing to act on."""
        began = time.monotonic()
        while self._is_filling(screen, but=PICTURES):
            if isinstance(self.focused, Input) and time.monotonic() - began > IN_A_FIELD:
                break
            if self.hears_nothing or self._leaves_next():
                break
            await asyncio.sleep(PAUSE)
        await self._done_with()

    @property
    def hears_nothing(self) -> bool:
        """Whether what a screen waits for does not come: whoever gives it is not heard."""
        return False

    def _leaves_next(self) -> bool:
        """Nobody who leaves waits for what the screen will show."""
        newest = self._newest
        one = self._typed.qsize() == 1 and not self._in_field()
        return one and isinstance(newest, events.Key) and self._meant(newest).key in LEAVES

    def is_filled(self, screen: Screen[Any]) -> bool:
        return not self._is_filling(screen)

    def _is_filling(self, screen: Screen[Any], only: str = "", but: frozenset[str] = frozenset()) -> bool:
        own = (one for one in self.workers if one.node is not self and screen in one.node.ancestors_with_self)
        groups = {one.group for one in own if not one.is_finished} - {LATER} - but
        return only in groups if only else bool(groups)


async def in_time(work: asyncio.Future[Any], patience: float, is_over: Callable[[], bool] = lambda: False) -> bool:
    """Whether it is done before `patience` (seconds) is over, by the loop's own time: one that stands still counts for
    a `TICK`. `is_over`, asked at each: nobody waits for it any more.
    """
    for _ in range(round(patience / TICK)):
        if (await asyncio.wait({work}, timeout=TICK))[0]:
            return True
        if is_over():
            break
    return False


async def _emptied(node: MessagePump) -> None:
    """Until all that waits there now is done."""
    done = asyncio.Event()
    if node.call_later(done.set):
        await done.wait()
