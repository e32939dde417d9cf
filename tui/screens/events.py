"""Events: how each stands, its cameras and folders; looked at, listed anew, switched, added."""

from __future__ import annotations

from collections.abc import Sequence, Set
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, ClassVar, Literal

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container

from agent.errors import Kind, VenueError
from agent.requests.control import Resync, Sync
from agent.requests.drive import ListAccounts
from agent.requests.events import ClockRow, EventStatus, GetEvent, ListClocks, SetClock, SetEvent, spoken
from agent.requests.photos import ListPhotos
from agent.requests.troubles import ListHeld
from tui.keys.keymap import named
from tui.screens.frame import Frame
from tui.state import View
from tui.widgets.events import EventFacts, EventList
from tui.widgets.find_bar import FindBar
from tui.widgets.list_pane import ListPane, Mark
from tui.widgets.notice import Note
from tui.widgets.photos import PhotoList
from tui.words import photos, safe_text

if TYPE_CHECKING:
    from tui.app import Monitor

BESIDE = 120  # columns from which on the marked one's photos stand beside its facts
FACTS_ROWS = 4, 8  # that are left to the marked event while there are many: with few rows, with more


Turned = Literal["all_photos", "review", "without_faces"]


def stand(event: EventStatus) -> tuple[str, bool]:
    """Which one, and whether it is on."""
    return event["id"], event["auto_sync"]


class Events(Frame):
    NAME = "Events"
    KEYS = (
        "add_event", "sync_event", "resync_event", "switch_event", "interval", "open_marked", "rename_event",
        "add_source", "all_photos", "review", "long_side", "account", "find", "help",
    )  # fmt: skip
    FINDS = True
    DECIDES = frozenset({"space", "v", "h", "k"})
    ASKS = frozenset({"i"})
    ABOUT = DECIDES | {"R", "i", "r", "A", "L", "K", "W"}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "add_event", "Add", id="add_event", tooltip="Add an event"),
        Binding("A", "add_source", "Source", id="add_source", tooltip="Add a folder on Drive to the marked event"),
        Binding("s", "sync_event", "Sync", id="sync_event", tooltip="Look for new photos of the marked event now"),
        Binding("R", "resync_event", "Resync", id="resync_event", tooltip="List the marked event anew and repair it"),
        Binding("space", "switch_event", "On or off", id="switch_event", tooltip="Switch the marked event on or off"),
        Binding("i", "interval", "Interval", id="interval", tooltip="How often the marked event is looked at"),
        Binding("r", "rename_event", "Rename", id="rename_event", tooltip="Rename the marked event"),
        Binding(
            "v",
            "turn('all_photos')",
            "All Photos",
            id="all_photos",
            tooltip="File all its photos in one folder, too, or not",
        ),
        Binding(
            "h",
            "turn('review')",
            "Hold",
            id="review",
            tooltip="File its photos once you have approved them, or at once",
        ),
        Binding("k", "turn('without_faces')", "Faces", id="kind", tooltip="Send only its photos with faces, or all"),
        Binding("L", "long_side", "Size", id="long_side", tooltip="How large its photos are on Drive"),
        Binding("K", "clocks", "Clocks", id="clocks", tooltip="How far its cameras' clocks are from true time"),
        Binding("W", "account", "Account", id="account", tooltip="The Google account on whose Drive its photos lie"),
        Binding("o", "open_folder", "Folder", id="open_folder", tooltip="Open its incoming folder", show=False),
    ]

    def __init__(self, monitor: Monitor, under: str = "") -> None:
        super().__init__(monitor, under)
        self._accounts: list[str] = []  # addresses that are signed in, first the one that all events use
        self._switched: tuple[str, bool] | None = None  # which event here last, and whether on

    def body(self) -> ComposeResult:
        with Container(id="events"):
            yield EventList()
            with Container(id="event-below"):
                yield EventFacts(self.monitor)
                yield PhotoList(self.monitor, None, "Photos")

    @property
    def list(self) -> EventList:
        return self.query_one(EventList)

    @property
    def facts(self) -> EventFacts:
        return self.query_one(EventFacts)

    @property
    def marked(self) -> EventStatus | None:
        return self.list.marked

    def follow(self, view: View, changed: Set[str]) -> int:
        before = self.marked if self.is_mounted else None
        cells = super().follow(view, changed)
        if self.is_mounted and {"all", "status"} & changed:
            self._share_room()
            self._note_what_was_switched(before)
        return cells

    def _note_what_was_switched(self, before: EventStatus | None) -> None:
        """The marked one by somebody else: that was not looked at yet by whoever types the key that switches it."""
        marked = self.marked
        if before is None or marked is None or (before["id"], not before["auto_sync"]) != stand(marked):
            return
        if self._switched != stand(marked):
            self.stands_instead({"space"})

    def on_screen_resume(self) -> None:
        self.run_worker(self._ask_accounts, group="accounts", exclusive=True, exit_on_error=False)

    async def _ask_accounts(self) -> None:
        with suppress(VenueError):  # without an agent nothing is known; the band says so
            rows = await self.monitor.agent.ask(ListAccounts())
            self._accounts = [one["account"] for one in rows if one["account"] and one["level"]]
            self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "account":
            return len(self._accounts) > 1
        return super().check_action(action, parameters)

    def on_resize(self) -> None:
        self._share_room()
        if self.marked is not None:
            self._show(self.marked["id"])

    def _share_room(self) -> None:
        """The list takes what it needs, the marked event the rest."""
        room = self.query_one("#events").size.height
        if room:
            self.list.styles.height = min(self.list.wanted_height, max(3, room - FACTS_ROWS[room > 16] - 1))

    def find(self, words: str) -> None:
        self.list.narrow(words)
        self._share_room()

    @on(ListPane.Marked, "#event-list")
    def _look_at(self, event: ListPane.Marked) -> None:
        self._show(event.entry["id"])

    def _show(self, id: str) -> None:
        self.facts.show(id)
        if self.size.width >= BESIDE:
            self.query_one(PhotoList).show(ListPhotos(event=id))

    @on(ListPane.Opened, "#event-list")
    def _open_photos(self, event: ListPane.Opened) -> None:
        self.monitor.pages.show_photos(ListPhotos(event=event.entry["id"]), event.entry["name"])

    def mark(self, id: str, name: str) -> None:
        """Put the mark on this event, which is found though the list is narrowed to others."""
        if id not in {one["id"] for one in self.monitor.state.events}:
            self.monitor.refuse(Note("The event was removed meanwhile", safe_text(name), bad=True))
            return
        if id not in {one["id"] for one in self.list.entries()}:
            self.query_one(FindBar).end()
            self.find("")
        self.list.mark = Mark(id)
        self.list.focus()
        self.list.redraw()
        self.list.tell()

    # ---- keys

    def action_add_event(self) -> None:
        self.monitor.pages.add_event(None)

    def action_add_source(self) -> None:
        marked = self.marked
        if marked is not None:
            self.monitor.pages.add_event((marked["id"], marked["name"]))

    def action_sync_event(self) -> None:
        marked = self.marked
        if marked is not None:
            self.monitor.verbs.do(f"sync {marked['id']}", partial(self._sync, marked))

    async def _sync(self, event: EventStatus) -> Note:
        await self.monitor.agent.ask(Sync(events=[event["id"]]))
        return Note("Looking now", safe_text(event["name"]))

    def action_resync_event(self) -> None:
        marked = self.marked
        if marked is not None:
            self.monitor.verbs.do(f"resync {marked['id']}", partial(self._resync, marked))

    async def _resync(self, event: EventStatus) -> Note:
        await self.monitor.agent.ask(Resync(events=[event["id"]]))
        return Note("Listing it anew", f"{safe_text(event['name'])}; what was removed by hand comes back")

    def action_switch_event(self) -> None:
        marked = self.marked
        if marked is not None:
            self.monitor.verbs.switch(f"switch {marked['id']}", marked["auto_sync"], partial(self._switch, marked))

    async def _switch(self, event: EventStatus) -> Note:
        on = not event["auto_sync"]
        self._switched = event["id"], on
        await self.monitor.agent.ask(SetEvent(event=event["id"], key="enabled", value="true" if on else "false"))
        off = "Drive is not looked at until space switches it on; its Incoming is, and its photos stay"
        more = "looked at from now on" if on else off
        return Note(f"{safe_text(event['name'])} is {'on' if on else 'off'}", more)

    def action_turn(self, key: Turned) -> None:
        """Set what the marked event is filed by the other way round than it is told to be."""
        marked, known = self.marked, self.facts.details
        if marked is not None:
            told = known["settings"] if known and known["settings"]["id"] == marked["id"] else None
            self._turn(marked, key, None if told is None else not told[key])

    def _turn(self, event: EventStatus, key: Turned, on: bool | None, *, yes: bool = False) -> None:
        turning = self.monitor.verbs.switch(f"{key} {event['id']}", on, partial(self._turn_to, event, key, on, yes=yes))
        if turning and key == "review":
            self.monitor.hold_keys_for(turning)  # it may lead to a question

    async def _turn_to(self, event: EventStatus, key: Turned, on: bool | None, *, yes: bool) -> Note | None:
        """`on`: `None` where nothing was told of it yet."""
        if on is None:
            on = not (await self.monitor.agent.ask(GetEvent(id=event["id"])))["settings"][key]
        if key == "review" and not on and not yes:
            held = await self.monitor.agent.ask(ListHeld())
            if waiting := sum(one["count"] for one in held if one["photos_of"] == event["id"]):
                wait = "waits" if waiting == 1 else "wait"
                self.monitor.pages.ask(
                    f"File {photos(waiting)} of {safe_text(event['name'])} that {wait} for your yes?",
                    "Nothing of it waits any more: they go to Drive now, and no undo brings them back.",
                    lambda: self._turn(event, key, False, yes=True),
                )
                return None
        await self.monitor.agent.ask(SetEvent(event=event["id"], key=key, value="true" if on else "false"))
        self.facts.again()
        if key == "all_photos":
            told = f"all of it is {'filed in All Photos, too' if on else 'in All Photos no more; their people keep it'}"
        elif key == "without_faces":
            told = "all its photos go to Drive" if on else f"photos without faces stay here: {named('k')} sends them"
        else:
            told = f"new photos wait for your yes: {named('5')} lists them" if on else "photos are filed as they come"
        return Note(safe_text(event["name"]), told)

    def action_interval(self) -> None:
        marked = self.marked
        if marked is None:
            return
        self.monitor.pages.prompt(
            f"Minutes between looks at {safe_text(marked['name'])}",
            attempt=lambda typed: partial(self._set_interval, marked, typed),
            value=f"{marked['interval_minutes']:g}",
            more="0.5 to 60; under 1 uses up Google's quota",
        )

    def action_long_side(self) -> None:
        marked = self.marked
        if marked is None:
            return
        known = self.facts.details
        side = known["settings"]["long_side"] if known and known["settings"]["id"] == marked["id"] else None
        self.monitor.pages.prompt(
            f"Pixels on Drive of {safe_text(marked['name'])}",
            attempt=lambda typed: partial(self._set_long_side, marked, typed),
            value=str(side or 0),
            more="the long side, 640 to 8000; 0: the originals",
        )

    async def _set_long_side(self, event: EventStatus, typed: str) -> Note:
        await self.monitor.agent.ask(SetEvent(event=event["id"], key="long_side", value=typed))
        self.facts.again()
        originals = not typed.strip("0 ")
        told = (
            "the originals go to Drive"
            if originals
            else "made smaller for Drive, what is there, too; originals stay here"
        )
        return Note(safe_text(event["name"]), told)

    def action_account(self) -> None:
        marked = self.marked
        if marked is None:
            return
        known = self.facts.details
        now = known["settings"]["account"] if known and known["settings"]["id"] == marked["id"] else None
        self.monitor.pages.prompt(
            f"Google account of {safe_text(marked['name'])}",
            lambda typed: self._use_account(marked, typed),
            value=now or self._accounts[0],
            more="; ".join(map(safe_text, self._accounts)),
            names=self._accounts,
            only_known=True,
            nobody="Nobody of that address is signed in here.",
        )

    def _use_account(self, event: EventStatus, account: str, *, yes: bool = False) -> None:
        asking = self.monitor.verbs.do(f"account {event['id']}", partial(self._set_account, event, account, yes=yes))
        if asking:
            self.monitor.hold_keys_for(asking)

    async def _set_account(self, event: EventStatus, account: str, *, yes: bool) -> Note | None:
        try:
            await self.monitor.agent.ask(SetEvent(event=event["id"], key="account", value=account, yes=yes))
        except VenueError as error:
            if error.kind != Kind.SENT_ANEW:
                raise
            question = f"Send all photos of {safe_text(event['name'])} anew, to {safe_text(account)}?"
            self.monitor.pages.ask(
                question, safe_text(error.detail), lambda: self._use_account(event, account, yes=True)
            )
            return None
        self.facts.again()
        return Note(safe_text(event["name"]), f"its photos go to {safe_text(account)} from now on")

    def action_clocks(self) -> None:
        marked = self.marked
        asking = marked and self.monitor.verbs.do(f"clocks {marked['id']}", partial(self._ask_clock, marked))
        if asking:
            self.monitor.hold_keys_for(asking)

    async def _ask_clock(self, event: EventStatus) -> Note | None:
        clocks = await self.monitor.agent.ask(ListClocks(id=event["id"]))
        if not clocks:
            self.monitor.refuse(Note("No camera with a clock has taken photos of it"))
            return None
        known = "; ".join(
            f"{safe_text(one['camera'])} {spoken(one['ahead']) if one['told_by'] != 'unknown' else 'not known'}"
            for one in clocks
        )
        self.monitor.pages.prompt(
            f"Camera and clock of {safe_text(event['name'])}",
            attempt=lambda typed: partial(self._set_clock, event, clocks, typed),
            value=f"{clocks[0]['camera']} ",
            names=[f"{one['camera']} " for one in clocks],
            more=f"+0:12, -1:00, 0 or auto; {known}",
        )
        return None

    async def _set_clock(self, event: EventStatus, before: Sequence[ClockRow], typed: str) -> Note:
        camera, _, ahead = typed.strip().rpartition(" ")
        rows = await self.monitor.agent.ask(SetClock(event=event["id"], camera=camera.strip() or ahead, ahead=ahead))
        said = next((one for one in rows if one["camera"] == camera.strip()), rows[0])
        told = [(one["camera"], one["ahead"], one["told_by"]) for one in (said, *before)]
        more = "it was so already" if told[0] in told[1:] else "its photos' times follow; z undoes it"
        return Note(f"{safe_text(said['camera'])}: {spoken(said['ahead'])}", more)

    def action_rename_event(self) -> None:
        marked = self.marked
        if marked is None:
            return
        self.monitor.pages.prompt(
            f"Rename {safe_text(marked['name'])}",
            attempt=lambda typed: partial(self._rename, marked, typed),
            value=marked["name"],
            more="its folder on Drive is renamed, too; the one here stays",
        )

    async def _set_interval(self, event: EventStatus, typed: str) -> Note:
        made = await self.monitor.agent.ask(SetEvent(event=event["id"], key="interval", value=typed))
        self.facts.again()
        every = f"looked at every {made['status']['interval_minutes']:g} min"
        return Note(safe_text(event["name"]), every, made.get("warning", ""))

    async def _rename(self, event: EventStatus, typed: str) -> Note:
        made = await self.monitor.agent.ask(SetEvent(event=event["id"], key="name", value=typed))
        self.facts.again()
        return Note(safe_text(event["name"]), f"called {safe_text(made['status']['name'])} now")

    def action_open_folder(self) -> None:
        marked = self.marked
        folders = [one["path"] for one in self.monitor.view.state.folders if marked and one["event"] == marked["id"]]
        self.monitor.pages.open_folder(folders[0] if folders else None, "Its incoming folder")
