"""Events: how each stands, what is known of the marked one, and every key; adding one from Drive's folders."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from monitor_pilot import Stage, screen
from packets import BACK, DOWN, send
from prepared import Evening
from standing import at
from textual.events import Paste
from troubled import look_first

from agent.drive.files import FOLDER_TYPE
from agent.errors import NeedsSignIn, VenueError
from agent.ledger import clocks, downloads, sources
from agent.ledger.clocks import Clock
from agent.ledger.sources import ListedFile
from agent.ledger.sqlite.rows import Db
from agent.model import DEFAULT_EVENT, DriveId, Event, PhotoId
from agent.requests.control import Resync, Sync
from agent.requests.drive import ListSubfolders
from agent.requests.events import AddEvent, ChangeEventSource, GetEvent, RemoveEvent, SetEvent
from tests.emulator.drive import Emulator
from tui.screens.add_event import AddEventDialog
from tui.screens.photos import Search
from tui.widgets.dialogs import Prompt
from tui.widgets.events import AGAIN, EventFacts

FOLDER = "1AbCdEfGhIjKlMnOpQrStUvWxYz"  # an id as Drive gives them
CAMERAS = [("Canon EOS R5", 41, 217_000_000, "22:13:58"), ("iPhone 17", 9, 33_000_000, "21:50:33")]


def fetched(db: Db, event: Event) -> None:
    """What these cameras took is here, but for three photos."""
    source = event.sources[0]
    photo = PhotoId(db.execute("SELECT photo FROM event_photo ORDER BY id LIMIT 1").fetchone()["photo"])
    db.execute("DELETE FROM source_file WHERE event = ?", (event.id,))
    for camera, files, size, last in [*CAMERAS, ("Canon EOS R5", 3, 1000, "20:00:00")]:
        for n in range(files):
            id = DriveId(f"{camera} {last} {n}")
            one = ListedFile(
                source.id,
                event.id,
                id,
                source.folder,
                id,
                f"{n}.jpg",
                "image/jpeg",
                str(id),
                size,
                at(last) - n,
                camera,
            )
            sources.put_file(db, one, at(last) - n, None)
        for due in downloads.downloads_due(db, [], [], at("22:14:07"), 100) if files > 3 else ():
            downloads.downloaded(db, due, photo, None, at("21:00:00"))


@asynccontextmanager
async def events(size: tuple[int, int] = (80, 24), **how: Any) -> AsyncGenerator[Stage]:
    async with screen("4", "6 ", "> Mia & Jonas", size=size, state="small", **how) as on:
        yield on


class Folders:
    """Folders on the account's Drive: `Weddings` with `Raw` in it, and `Booth`."""

    def __init__(self, emulator: Emulator) -> None:
        self._client = emulator.client()
        self.environ = {"VENUESYNC_DRIVE__ENDPOINT": emulator.url}
        self.raw = self.make("Raw", self.make("Weddings"))
        self.booth = self.make("Booth")

    def make(self, name: str, parent: str = "root") -> str:
        body = {"name": name, "mimeType": FOLDER_TYPE, "parents": [parent]}
        return str(self._client.post("/drive/v3/files", json=body).json()["id"])


@pytest.fixture
def folders(emulator: Emulator) -> Folders:
    return Folders(emulator)


async def test_each_event_with_its_state_and_times() -> None:
    async with events() as on:
        rows = {row[3:28].strip(): row for row in on.rows[4:10]}
        assert "syncing" in rows["Mia & Jonas"]
        assert "up to date" in rows["Ceremony stream stills"]
        assert "40 s ago" in rows["Ceremony stream stills"]
        assert "sync due" in rows["Photo booth"]
        assert "FAILED" in rows["Lindqvist family lunch"]
        assert " off " in rows["Rehearsal dinner"]
        assert "never synced" in rows["Morning-after brunch"]
        await on.shows("My Drive/venuesync/Mia & Jonas")
        assert on.rows[3].split()[-6:] == ["State", "Photos", "Last", "sync", "Next", "Cameras"]


async def test_the_marked_ones_cameras_and_folders() -> None:
    async with events() as on:
        await on.evening.write(fetched, on.evening.roster.event(DEFAULT_EVENT))
        await on.shows("3 photos to fetch")
        await on.press("down", "up")
        await on.shows("Canon EOS R5", "44", "8.9 GB", "22:13:58", "Drive: Weddings/Mia & Jonas/Raw, 3 photos to fetch")
        await on.press("down")
        await on.until(lambda: "Canon EOS R5" not in on.screen)
        await on.shows("> Ceremony stream stills")


@pytest.mark.slow
async def test_sync_and_resync_are_of_the_marked_event() -> None:
    async with events() as on:
        await on.press("down", "s")
        await on.shows("Looking now: Ceremony stream stills")
        await on.press("R")
        await on.shows("Listing it anew: Ceremony stream stills")
        assert on.line.asked == [Sync(events=["e1"]), Resync(events=["e1"])]


@pytest.mark.slow
async def test_space_switches_it_off_and_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.keys.typeahead.HELD", 0.0)  # pressed twice, however quickly
    async with events() as on:
        await on.press("space")
        await on.shows(
            "Mia & Jonas is off: Drive is not looked at until space switches it on", "Drive only by s: space switches"
        )
        await on.press("space")
        await on.shows("Mia & Jonas is on")
        set_to = [SetEvent(event=DEFAULT_EVENT, key="enabled", value=value) for value in ("false", "true")]
        assert on.line.asked == set_to


async def gala_is_marked(on: Stage) -> None:
    """An event that another monitor has just added, the last one."""
    await on.evening.app.service.ask(AddEvent(name="Gala"))
    await on.shows("Gala")
    await on.press("end")
    await on.until(lambda: "> Gala" in on.screen)


@pytest.mark.usefixtures("unseen")
async def test_an_event_that_is_removed_elsewhere_under_the_finger_leaves_no_key_to_the_next_one() -> None:
    async with events() as on:
        await gala_is_marked(on)
        await on.evening.app.service.ask(RemoveEvent(event="Gala"))
        await on.until(lambda: "Gala " not in on.screen)
        await on.press("space")
        await on.shows("This is another one")
        assert on.line.asked == []


async def test_of_an_event_that_is_removed_elsewhere_under_a_dialog_no_number_is_told() -> None:
    """It was `There is no such event: efb0adf4f11`."""
    async with events() as on:
        await gala_is_marked(on)
        await on.press("i")
        await on.shows("Minutes between looks at Gala")
        await on.evening.app.service.ask(RemoveEvent(event="Gala"))
        await on.press("5", "enter")
        await on.shows("The event was removed meanwhile: Choose one of: Mia &")


async def test_the_page_of_an_event_that_is_removed_elsewhere_goes_with_it() -> None:
    """It stayed, with photos that no event had any more."""
    async with events() as on:
        await gala_is_marked(on)
        await on.press("enter")
        await on.until(lambda: on.app.screen.NAME == "Search")
        await on.evening.app.service.ask(RemoveEvent(event="Gala"))
        await on.shows("The event was removed meanwhile")
        await on.until(lambda: on.app.screen.NAME == "Events")


async def test_space_that_is_held_switches_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.keys.typeahead.HELD", 60.0)
    async with events() as on:
        send(on, *[" "] * 8)
        await on.shows("Mia & Jonas is off")
        await asyncio.sleep(0.5)
        assert on.line.asked == [SetEvent(event=DEFAULT_EVENT, key="enabled", value="false")]


@pytest.mark.slow
async def test_typing_narrows_the_list() -> None:
    async with events() as on:
        await on.press("slash")
        await on.type("Ph booth")
        await on.shows("Events 1 found", "Photo booth", "My Drive/venuesync/Photo booth")
        assert "Rehearsal" not in on.screen
        await on.press("enter", "s")
        await on.until(lambda: on.line.asked == [Sync(events=["e2"])])
        await on.press("escape")
        await on.shows("Events 6", "Rehearsal dinner", "> Photo booth")


@pytest.mark.slow
@pytest.mark.parametrize("size", [(120, 36), (200, 60)])
async def test_the_marked_ones_photos_stand_beside_its_facts_where_there_is_room(size: tuple[int, int]) -> None:
    async with events(size) as on:
        await on.shows("Photos 100+", "DSC_4484.jpg")
        await on.press("end")
        await on.shows("> Morning-after brunch", "Photos 0", "None.")


@pytest.mark.slow
async def test_an_interval_under_a_minute_is_warned_of() -> None:
    """As the command warns of it."""
    async with screen("4", "> Mia & Jonas", state="small") as on:
        await on.press("i", *["backspace"] * 3)
        await on.type("0.5")
        await on.press("enter")
        await on.shows("looked at every 0.5 min. Looks under a minute apart")


@pytest.mark.slow
async def test_interval_and_name_are_typed() -> None:
    async with events() as on:
        await on.press("i")
        await on.shows("Minutes between looks at Mia & Jonas")
        await on.press("backspace", "backspace", "5", "enter")
        await on.until(lambda: SetEvent(event=DEFAULT_EVENT, key="interval", value="5") in on.line.asked)
        await on.press("r")
        await on.shows("Rename Mia & Jonas")
        await on.type(" 2")
        await on.press("enter")
        await on.shows("> Mia & Jonas 2")
        assert SetEvent(event=DEFAULT_EVENT, key="name", value="Mia & Jonas 2") in on.line.asked


@pytest.mark.slow
async def test_a_wrong_value_stays_to_be_mended_and_takes_what_is_typed_next() -> None:
    async with events() as on:
        set_to = [SetEvent(event=DEFAULT_EVENT, key="interval", value=value) for value in ("99", "5")]
        send(on, f"i{BACK}99\r")
        await on.shows("interval has a wrong value: '99' was given. Give 0.5", "hourly (60)")
        assert on.screen.count("0.5") == 1
        send(on, f"qp{BACK * 4}5\r", "s")
        await on.until(lambda: on.line.asked == [*set_to, Sync(events=[DEFAULT_EVENT])])
        send(on, f"r{BACK * 20}default\rx{BACK * 9}Mia\r")
        await on.shows("> Mia ", "called Mia now")


@pytest.mark.slow
async def test_keys_behind_what_the_agent_takes_its_time_for_go_to_the_screen() -> None:
    async with events() as on:
        on.line.holds[SetEvent] = held = asyncio.Event()
        send(on, f"i{BACK}5\r{DOWN}s")
        await asyncio.sleep(1.5)
        held.set()
        await on.until(lambda: on.line.asked[-1] == Sync(events=["e1"]))


async def test_what_is_refused_after_the_field_was_closed_is_said() -> None:
    async with events() as on:
        on.line.holds[SetEvent] = held = asyncio.Event()
        send(on, f"i{BACK}99\r")
        await on.until(lambda: bool(on.line.asked))
        await asyncio.sleep(0.2)
        on.app.screen.dismiss(None)
        await on.until(lambda: not isinstance(on.app.screen, Prompt))
        held.set()
        await on.shows("interval has a wrong value")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("key", "setting", "said", "shown", "back"),
    [
        ("v", "all_photos", "all of it is filed in All Photos, too", "all in All Photos, too", "their people keep it"),
        ("k", "without_faces", "photos without faces stay here", "only here those without faces", "all its photos go"),
        ("h", "review", "new photos wait for your yes: 5 lists them", "once you have approved them", "as they come"),
    ],
)
async def test_a_key_turns_a_setting_of_the_marked_event(
    key: str, setting: str, said: str, shown: str, back: str
) -> None:
    async with events() as on:
        await on.press(key)
        await on.shows(said, shown)
        await asyncio.sleep(1)  # not a key that is held
        await on.press(key)
        if setting == "review":
            await on.shows("File 1 photo of Mia & Jonas that waits for your yes?")  # it was not filed before
            await on.press("y")
        await on.shows(back)
        await on.until(lambda: shown not in on.screen)
        values = ("false", "true") if setting == "without_faces" else ("true", "false")
        assert on.line.asked == [SetEvent(event=DEFAULT_EVENT, key=setting, value=value) for value in values]


async def test_what_is_set_elsewhere_is_told_soon_and_a_key_turns_what_it_told() -> None:
    """It was told as before for as long as nothing else happened to that event; `h`, pressed to look at photos first,
    had them filed and sent at once.
    """
    async with events() as on:
        await on.shows("My Drive/venuesync/Mia & Jonas", "> Mia & Jonas")
        await on.until(lambda: not on.app.screen.query_one(EventFacts)._asking._under_way)
        setting = SetEvent(event=DEFAULT_EVENT, key="review", value="true")
        await on.line.agent.ask(setting)
        await on.press("h")
        await on.shows("new photos wait for your yes", "once you have approved them")
        assert on.line.asked == [setting]
        await on.line.agent.ask(SetEvent(event=DEFAULT_EVENT, key="review", value="false"))
        await on.tick(AGAIN)
        await on.until(lambda: "once you have approved them" not in on.screen)


async def test_a_yes_to_what_another_monitor_has_done_meanwhile_is_not_the_opposite() -> None:
    """All waited for a yes again, by a yes to filing them."""

    async def happen(evening: Evening) -> None:
        await evening.app.service.ask(SetEvent(event=DEFAULT_EVENT, key="review", value="true"))
        await evening.write(look_first)

    async with events(first=happen) as on:
        await on.press("h")
        await on.shows("File 4 photos of Mia & Jonas that wait for your yes?")
        setting = SetEvent(event=DEFAULT_EVENT, key="review", value="false")
        await on.line.agent.ask(setting)
        await on.press("y")
        await on.shows("photos are filed as they come")
        assert on.line.asked == [setting]


@pytest.mark.slow
async def test_what_waits_for_a_yes_is_not_filed_by_a_key_alone() -> None:
    """All of them were on Drive two seconds after one key, and nothing had them back."""

    async def happen(evening: Evening) -> None:
        await evening.app.service.ask(SetEvent(event=DEFAULT_EVENT, key="review", value="true"))
        await evening.write(look_first)

    async with events(first=happen) as on:
        await on.press("h")
        await on.shows("File 4 photos of Mia & Jonas that wait for your yes?", "no undo")
        await on.press("n")
        await on.until(lambda: "wait for your yes?" not in on.screen)
        assert on.line.asked == []
        await on.press("h")
        await on.shows("File 4 photos of Mia & Jonas that wait for your yes?")
        await on.press("y")
        await on.shows("photos are filed as they come")
        assert on.line.asked == [SetEvent(event=DEFAULT_EVENT, key="review", value="false")]


@pytest.mark.slow
async def test_capital_l_makes_its_photos_smaller_for_drive_and_0_sends_the_originals() -> None:
    async with events() as on:
        send(on, f"L{BACK}12\r")
        await on.shows("long_side has a wrong value: '12'", "to 8000 pixels, or 0")
        send(on, f"{BACK * 2}2560\r")
        await on.shows("made smaller for Drive, what is there, too", "2,560 pixels")
        send(on, "L")
        await on.shows("Pixels on Drive of Mia & Jonas", "2560")
        send(on, f"{BACK * 4}0\r")
        await on.shows("the originals go to Drive")
        await on.until(lambda: "2,560 pixels" not in on.screen)


async def test_enter_shows_its_photos() -> None:
    async with events() as on:
        await on.press("enter")
        await on.until(lambda: isinstance(on.app.screen, Search))
        await on.shows("Mia & Jonas", "DSC_4484.jpg")
        await on.press("escape")
        await on.shows("Events 6")


@pytest.mark.slow
async def test_its_photos_are_sorted_by_their_names_and_by_how_they_stand() -> None:
    async with events() as on:
        await on.press("enter")
        await on.shows("> DSC_4484.jpg", "State             Arrived")
        assert on.rows[3].index("Who") == on.rows[9].index("Mia Lindqvist")
        await on.press("c")
        await on.shows("by name", "> DSC_43")
        names = [row[3:16] for row in on.rows[4:20]]
        assert names == sorted(names)
        await on.press("end", "end")
        await on.shows("> IMG_2026")
        await on.press("home", "c")
        await on.shows("Order: by who is on them")
        who = [row[27:50].strip() for row in on.rows[4:12]]
        assert who == sorted(who)
        await on.click("State")
        await on.shows("Order: by state", "> DSC_4402.jpg", "FAILED")


@pytest.mark.slow
async def test_adding_one_with_folders_chosen_from_drive(folders: Folders) -> None:
    async with events(environ=folders.environ) as on:
        await on.press("a")
        await on.shows("Add an event", "+ My Drive", "+ Shared with me", "none chosen")
        await on.type("Brunch")
        await on.press("tab", "tab", "right")
        await on.shows("+ [ ] Weddings", "[ ] Booth")
        await on.press("down", "down", "right")
        await on.shows("[ ] Raw")
        await on.press("down", "space")
        await on.shows("[x] Raw", "1 chosen")
        await on.press("ctrl+s")
        await on.until(lambda: AddEvent(name="Brunch", sources=[folders.raw]) in on.line.asked)
        await on.shows("Added Brunch: its first look is on the way", "Events 7")


@pytest.mark.slow
async def test_levels_are_asked_for_once_and_only_when_opened(folders: Folders) -> None:
    async with events(environ=folders.environ) as on:
        await on.press("a", "tab", "tab")
        asked = lambda: [one.parent_id for one in on.line.asked if isinstance(one, ListSubfolders)]  # noqa: E731
        assert asked() == []
        await on.press("right")
        await on.shows("Weddings")
        await on.press("left", "right")
        await on.shows("Weddings")
        assert asked() == ["root"]


@pytest.mark.slow
async def test_keys_behind_a_folder_that_is_opened_wait_for_what_is_in_it(folders: Folders) -> None:
    """On a line that lags they chose the folder below it, whose photos came into the event then."""
    folders.make("Zoo")
    async with events(environ=folders.environ) as on:
        await on.press("a", "tab", "tab", "right")
        await on.shows("Booth", "Weddings", "Zoo")
        await on.press("down", "down")
        on.line.late[ListSubfolders] = told = asyncio.Event()
        send(on, f"\x1b[C{DOWN} ")
        await on.shows("asking Drive")
        await on.pilot.pause(0.3)
        told.set()
        await on.shows("> ", "[x] Raw", "1 chosen")


@pytest.mark.slow
async def test_where_not_all_folders_are_listed_that_is_said(folders: Folders) -> None:
    """It ended with the two hundredth, as if there were no more."""
    for number in range(200):
        folders.make(f"Wedding {number:03}")
    async with events(environ=folders.environ) as on:
        await on.press("a", "tab", "tab", "right")
        await on.shows("2 more in My Drive: type the address", "[ ] Wedding 000")


@pytest.mark.slow
async def test_an_address_is_typed_and_enter_adds() -> None:
    async with events(drive=("offline", "22:00:00")) as on:
        await on.press("a")
        await on.type("Party")
        await on.press("enter")
        await on.type(FOLDER)
        await on.press("enter")
        await on.until(lambda: AddEvent(name="Party", sources=[FOLDER]) in on.line.asked)
        await on.shows("Added Party: its first look is on the way", "Events 7")


@pytest.mark.slow
async def test_why_a_folder_cannot_be_a_source_is_told_whole() -> None:
    """The account to share it with stood there with its end cut off."""
    address = "https://drive.google.com/drive/folders/1fl8Zt0eFFkN7bLr2pYc0wq5nVgA3xD9s"
    async with screen("4", "Events", state="live") as on:
        on.line.refuses[AddEvent] = VenueError(
            "That folder cannot be reached",
            f"{address} is not there, or not shared",
            "Share it with the.photos.of.ours@example.org, then add it again",
        )
        await on.press("a")
        await on.type("Party")
        await on.press("tab")
        on.app.post_message(Paste(address))
        await on.press("ctrl+s")
        await on.shows("is not there, or not shared", "the.photos.of.ours@example.org", "then add it again")


@pytest.mark.parametrize("between", ["\n", "\r\n\r\n", " ", ", "])
async def test_two_addresses_that_are_pasted_are_two_sources(between: str) -> None:
    """The second one was dropped, unsaid."""
    one, two = (f"https://drive.google.com/drive/folders/{FOLDER}{end}" for end in ("AA?usp=sharing", "BB"))
    async with events(drive=("offline", "22:00:00")) as on:
        await on.press("A")
        await on.shows("Add a source to Mia & Jonas")
        on.app.post_message(Paste(f"{one}{between}{two}\n"))
        await on.press("enter")
        await on.shows("Added: 2 to Mia & Jonas")
        added = [asked.source for asked in on.line.asked if isinstance(asked, ChangeEventSource)]
        assert added == [one, two]
        assert len(on.evening.roster.event(DEFAULT_EVENT).sources) == 3


async def test_what_was_added_before_another_was_refused_is_not_added_again() -> None:
    """Enter, pressed again, said that the first one is a source already, and nothing else."""
    async with events(drive=("offline", "22:00:00")) as on:
        await on.press("A")
        await on.type(f"{FOLDER}AA none")
        await on.press("enter")
        await on.shows("That is no Drive folder")
        send(on, f"{BACK * 4}{FOLDER}BB\r")
        await on.shows("Added: 2 to Mia & Jonas")
        assert len(on.evening.roster.event(DEFAULT_EVENT).sources) == 3


@pytest.mark.slow
async def test_an_event_is_added_though_its_dialog_is_closed_meanwhile() -> None:
    """It was broken off, by a click, wherever the agent was with it."""
    async with events(drive=("offline", "22:00:00")) as on:
        on.line.holds[AddEvent] = held = asyncio.Event()
        await on.press("a")
        await on.type("Party")
        await on.press("enter")
        await on.type(FOLDER)
        await on.press("enter")
        await on.until(lambda: AddEvent(name="Party", sources=[FOLDER]) in on.line.asked)
        await on.click("esc Close")
        await on.until(lambda: not isinstance(on.app.screen, AddEventDialog))
        held.set()
        await on.shows("Added Party: its first look is on the way", "Events 7")


@pytest.mark.slow
async def test_a_source_joins_the_marked_event() -> None:
    async with events(drive=("offline", "22:00:00")) as on:
        await on.press("A")
        await on.shows("Add a source to Mia & Jonas")
        await on.type(FOLDER)
        await on.press("enter")
        added = lambda one: isinstance(one, ChangeEventSource) and (one.change, one.source) == ("add", FOLDER)  # noqa: E731
        await on.until(lambda: any(map(added, on.line.asked)))
        await on.until(lambda: len(on.evening.roster.event(DEFAULT_EVENT).sources) == 2)


@pytest.mark.slow
async def test_what_adds_the_event_is_named_on_a_phone() -> None:
    async with events((40, 15)) as on:
        await on.press("a")
        await on.shows("ctrl+s Add", "tab Folders")
        await on.type("Party")
        await on.click("ctrl+s Add")
        await on.until(lambda: AddEvent(name="Party", sources=[]) in on.line.asked)
        await on.until(lambda: not isinstance(on.app.screen, AddEventDialog))
        await on.shows("Added Party: its photos come into its", "A adds a folder on Drive")


@pytest.mark.parametrize("size", [(40, 15), (80, 24)])
async def test_every_cameras_clock_is_told_whole(size: tuple[int, int]) -> None:
    """The row was cut amid the second camera."""
    cameras = ["Canon EOS R6 #1", "NIKON Z 8", "Apple iPhone 17 Pro"]

    def told(db: Db) -> None:
        clocks.record(db, DEFAULT_EVENT, [Clock(camera, 1, 720.0, "people") for camera in cameras])

    async with events(size) as on:
        await on.evening.write(told)
        await on.press("K")
        await on.shows("Camera and clock of", "+0:12, -1:00, 0 or auto;", "enter OK")
        said = " ".join(row.split("│")[1].strip() for row in on.rows if row.count("│") == 2)
        assert all(f"{camera} 12 min ahead" in said for camera in cameras), on.screen


async def test_what_is_missing_is_said() -> None:
    async with events() as on:
        await on.press("a", "ctrl+s")
        await on.shows("Type a name")
        on.line.refuses[ListSubfolders] = NeedsSignIn("Drive needs a sign-in", "", "Run: venuesync login")
        await on.press("tab", "tab", "right")
        await on.shows("Drive needs a sign-in. Press g")
        await on.press("escape")
        await on.until(lambda: not isinstance(on.app.screen, AddEventDialog))


async def test_a_folder_that_cannot_be_chosen_says_so() -> None:
    async with events() as on:
        await on.press("a", "tab", "tab", "space")
        await on.shows("My Drive cannot be chosen itself: open it and choose inside")


@pytest.mark.parametrize("size", [(40, 15), (200, 60)])
async def test_on_other_sizes(size: tuple[int, int]) -> None:
    async with events(size) as on:
        await on.shows("syncing", "152", "up to date")
        assert ("Cameras" in on.screen) == (size[0] > 80)


async def test_by_mouse() -> None:
    async with events() as on:
        await on.click("Photo booth")
        await on.shows("> Photo booth")
        await on.click("s Sync")
        await on.shows("Looking now: Photo booth")


@pytest.mark.slow
async def test_the_facts_come_while_photos_come_without_a_break() -> None:
    """Each photo broke off the question before it: over a slow line cameras stood still until all was quiet."""
    async with events() as on:
        await on.until(lambda: any(isinstance(one, GetEvent) for one in on.line.queries))
        before, asked = len(on.line.queries), on.line.ask

        async def slowly(request: Any) -> Any:
            await asyncio.sleep(0.6)
            return await asked(request)

        on.line.ask = slowly  # type: ignore[method-assign]
        status = on.app.state.status
        assert status is not None
        for number in range(20):
            changed = [{**one, "photos": one["photos"] + number} for one in status["events"]]
            on.evening.say("status", {**status, "events": changed})
            await on.pilot.pause(0.25)
        answered = on.line.queries[before:]
        assert any(isinstance(one, GetEvent) for one in answered)


@pytest.mark.slow
async def test_what_is_easily_mistaken_of_a_new_event_is_said() -> None:
    """The command says where its photos go to, and what one before it left; the monitor said nothing of it."""

    async def happen(evening: Evening) -> None:
        await evening.app.service.ask(AddEvent(name="Brunch"))
        await evening.app.service.ask(SetEvent(event="Brunch", key="name", value="Late brunch"))

    async with screen("4", "> Mia & Jonas", first=happen) as on:
        await on.press("a")
        await on.type("Brunch")
        await on.press("ctrl+s")
        await on.shows("Added Brunch: Events/Brunch/Incoming is Late brunch's")
