"""First steps, signing in, and the three questions before there is a workspace."""

from __future__ import annotations

import asyncio
import getpass
import json
from pathlib import Path

import httpx
import pytest
from monitor_pilot import Stage, stage
from packets import send, typed
from picture import rows
from textual.events import Paste

from agent.errors import UsageError
from agent.model import DEFAULT_EVENT
from agent.requests.control import Pause
from agent.requests.drive import BeginSignIn, FinishSignIn, GetSignIn
from agent.requests.events import AddEvent, ChangeEventFolder, SetEvent
from tests.emulator.drive import Emulator
from tests.making import photo_row
from tests.patience import within
from tui.cli.embed import new_workspace, unchecked_place
from tui.first_run.sign_in import SignIn
from tui.first_run.welcome import FirstAnswers, Welcome
from tui.keys.typeahead import TYPED_ON
from tui.screens.leave import LeaveQuestion
from tui.screens.people import People
from tui.widgets.dialogs import Field

NEVER = ("never", "20:36:00")  # nobody has signed in
GOOGLE = {"VENUESYNC_DRIVE__ENDPOINT": ""}


async def first(on: Stage) -> None:
    await on.shows("First steps", "[x] Folder", "[ ] Event", "[ ] Drive", "[ ] People")


@pytest.mark.parametrize("size", [(80, 24), (120, 36), (200, 60), (40, 15)])
async def test_first_steps_stand_until_something_has_come(size: tuple[int, int]) -> None:
    async with stage("empty", size, drive=NEVER) as on:
        await first(on)
        assert "g Sign in" in on.rows[-1]
        await on.evening.write(photo_row)
        await on.until(lambda: "First steps" not in on.screen)
        on.evening.drive_is("online", "20:36:50")
        await on.until(lambda: "g Sign in" not in on.screen)


def unspaced(text: str) -> str:
    """A long path is broken wherever a row ends."""
    return "".join(text.split())


@pytest.mark.slow
async def test_a_folder_and_the_events_name(tmp_path: Path) -> None:
    async with stage("empty", drive=NEVER) as on:
        await first(on)
        card = tmp_path / "card"
        await on.press("a")
        on.app.post_message(Paste(str(card)))
        await on.press("enter")
        missing = f"That folder is not there: {card}. Press enter to make it, or type another"
        dialog = lambda: "".join(row.split("│")[1] for row in on.rows if "│" in row)  # noqa: E731
        await on.until(lambda: unspaced(missing) in unspaced(dialog()))
        assert not card.exists()
        assert on.line.asked == []
        await on.press("enter")
        folder = ChangeEventFolder(event=DEFAULT_EVENT, change="add", folder=str(card))
        await on.until(lambda: folder in on.line.asked)
        await on.until(lambda: on.evening.roster.events()[0].folders == (str(card),))
        assert card.is_dir()
        await on.click("give it a name")
        await on.type("Mia")
        await on.press("enter")
        await on.until(lambda: SetEvent(event=DEFAULT_EVENT, key="name", value="Mia") in on.line.asked)
        await on.until(lambda: on.rows[0].startswith(" Mia "))


@pytest.mark.parametrize("key", ["r", "a"])
async def test_what_is_asked_of_the_first_event_is_no_other_ones(tmp_path: Path, key: str) -> None:
    """Another one that was added while it was typed was called so, and got the folder: that one stood in the head."""
    async with stage("empty", drive=NEVER) as on:
        await first(on)
        await on.press(key)
        await on.shows("The event's name" if key == "r" else "Watch another folder")
        await on.evening.app.service.ask(AddEvent(name="Gala"))
        await on.until(lambda: on.app.state.events[-1]["name"] == "Gala")
        on.app.post_message(Paste("Mia" if key == "r" else str(tmp_path)))
        await on.press("enter")
        named = SetEvent(event=DEFAULT_EVENT, key="name", value="Mia")
        folder = ChangeEventFolder(event=DEFAULT_EVENT, change="add", folder=str(tmp_path))
        await on.until(lambda: on.line.asked == [named if key == "r" else folder])


@pytest.mark.slow
async def test_what_is_typed_for_a_step_that_has_just_gone_is_its_answer_still() -> None:
    """Photos came between the look and the finger: the letters were keys, and `P` paused everything."""
    async with stage("working") as on:
        await on.press("g")
        assert len(on.app.screen_stack) == 1
        await on.press("r", *"Peter", "enter")
        event = on.app.state.events[0]
        await on.until(lambda: on.line.asked == [SetEvent(event=event["id"], key="name", value="Peter")])


def answered(address: str, **consent: str) -> str:
    """The browser has opened the address, and somebody has answered: where that leads."""
    with httpx.Client(trust_env=False, timeout=60, follow_redirects=False) as browser:
        browser.get(address)
        return browser.post(address, data={"emulator_confirm": "1", **consent}).headers["location"]


def address_of(on: Stage) -> str:
    screen = on.app.screen
    assert isinstance(screen, SignIn)
    assert screen._attempt is not None
    return screen._attempt["url"]


async def test_signing_in_by_what_the_address_bar_shows(emulator: Emulator, sign_in_port: None) -> None:
    async with stage("signin", environ={"VENUESYNC_DRIVE__ENDPOINT": emulator.url}) as on:
        await on.press("g")
        await on.shows("http://127.0.0.1:8765/", "ssh -L 8765:127.0.0.1:8765", emulator.url)
        pasted = await asyncio.to_thread(answered, address_of(on))
        on.app.screen.post_message(Paste(pasted))
        await on.pilot.pause(0.1)
        await on.press("enter")
        await on.shows("Signed in as ")
        assert FinishSignIn(pasted=pasted) in on.line.asked


async def test_on_a_phone_the_way_over_ssh_is_whole(
    emulator: Emulator, sign_in_port: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The machine's name was cut off, and with it the end of the command."""
    monkeypatch.setattr("platform.node", lambda: "photo-server.wedding-barn.example")
    async with stage("signin", (40, 20), environ={"VENUESYNC_DRIVE__ENDPOINT": emulator.url}) as on:
        await on.press("g")
        await on.shows("Waiting for the browser", "Open in a browser on this machine:")
        await on.shows("By SSH: run this on yours first:", "ctrl+y Copy address")
        shown = "".join(row.strip() for row in on.rows)
        assert f"ssh -L 8765:127.0.0.1:8765 {getpass.getuser()}@photo-server.wedding-barn.exampleOr open" in shown


async def test_a_sign_in_comes_to_its_end_though_its_dialog_is_closed_meanwhile(
    emulator: Emulator, sign_in_port: None
) -> None:
    async with stage("signin", environ={"VENUESYNC_DRIVE__ENDPOINT": emulator.url}) as on:
        on.line.holds[FinishSignIn] = held = asyncio.Event()
        await on.press("g")
        await on.shows("Waiting for the browser")
        on.app.screen.post_message(Paste(await asyncio.to_thread(answered, address_of(on))))
        await on.pilot.pause(0.1)
        await on.press("enter")
        await on.until(lambda: any(isinstance(one, FinishSignIn) for one in on.line.asked))
        await on.press("escape")
        await on.until(lambda: not isinstance(on.app.screen, SignIn))
        held.set()
        await on.shows("Signed in as ")


@pytest.mark.slow
async def test_the_browser_comes_back_by_itself_or_says_no(emulator: Emulator, sign_in_port: None) -> None:
    async with stage("signin", environ={"VENUESYNC_DRIVE__ENDPOINT": emulator.url}) as on:
        await on.press("g")
        await on.shows("Waiting for the browser")
        away = await asyncio.to_thread(answered, address_of(on), emulator_confirm="0")
        await asyncio.to_thread(httpx.get, away, trust_env=False)
        await on.shows("Google was told no", "Press enter for another address")
        await on.press("enter")
        await on.shows("Waiting for the browser")
        back = await asyncio.to_thread(answered, address_of(on))
        await asyncio.to_thread(httpx.get, back, trust_env=False)
        await on.shows("Signed in as ")
        assert not isinstance(on.app.screen, SignIn)


@pytest.mark.slow
async def test_a_sign_in_that_comes_while_it_is_asked_how_to_close_leaves_that_question(
    emulator: Emulator, sign_in_port: None
) -> None:
    async with stage("signin", environ={"VENUESYNC_DRIVE__ENDPOINT": emulator.url}) as on:
        await on.press("g")
        await on.shows("Waiting for the browser")
        on.line.late[GetSignIn] = told = asyncio.Event()
        back = await asyncio.to_thread(answered, address_of(on))
        await asyncio.to_thread(httpx.get, back, trust_env=False)
        before = len(on.line.queries)
        await on.until(lambda: any(isinstance(one, GetSignIn) for one in on.line.queries[before:]))
        on.app.asks = True
        await on.press("ctrl+c")
        await on.until(lambda: isinstance(on.app.screen, LeaveQuestion))
        told.set()
        await on.pilot.pause(TYPED_ON)
        assert isinstance(on.app.screen, LeaveQuestion)
        await on.press("escape")
        await on.until(lambda: len(on.app.screen_stack) == 1)
        await on.shows("Signed in as ")


@pytest.mark.slow
async def test_what_is_typed_while_the_browser_comes_back_was_for_the_field(
    emulator: Emulator, sign_in_port: None
) -> None:
    """The dialog closes by itself under the fingers: `p` was a pause, `q` the end."""
    async with stage("signin", environ={"VENUESYNC_DRIVE__ENDPOINT": emulator.url}) as on:
        await on.press("g")
        await on.shows("Waiting for the browser")
        address = await asyncio.to_thread(answered, address_of(on))
        back = asyncio.create_task(asyncio.to_thread(httpx.get, address, trust_env=False))
        while isinstance(on.app.screen, SignIn):
            send(on, "c")
            await asyncio.sleep(0.02)
        send(on, "ppqP")
        await back
        await on.shows("Signed in as ")
        await asyncio.sleep(TYPED_ON)
        send(on, "2")
        await on.until(lambda: isinstance(on.app.screen, People))
        assert not any(isinstance(one, Pause) for one in on.line.asked)


async def test_googles_file_is_asked_for_once(tmp_path: Path, sign_in_port: None) -> None:
    client = tmp_path / "client.json"
    client.write_text(json.dumps({"installed": {"client_id": "made-up", "client_secret": "none"}}))
    async with stage("signin", environ=GOOGLE) as on:
        await on.press("g")
        await on.shows("type the path of the JSON file", "File")
        on.app.screen.post_message(Paste(f"{client}x"))
        await on.pilot.pause(0.1)
        await on.press("enter")
        await on.shows("the OAuth client's file cannot be read")
        await on.press("backspace", "enter")  # all of it had to be typed again
        await on.shows("Waiting for the browser", "https://accounts.google.com")
        assert typed(on) == [""]
        assert BeginSignIn(client=str(client)) in on.line.asked


@pytest.mark.parametrize("size", [(80, 24), (60, 20), (60, 18), (40, 36), (40, 20), (40, 15)])
async def test_welcome_asks_three_things_and_refuses_what_cannot_be(tmp_path: Path, size: tuple[int, int]) -> None:
    def check(folder: Path) -> None:
        if folder.name == "share":
            raise UsageError("It has to lie on a local file system", str(folder), "Choose another one")

    app = Welcome(tmp_path / "share", check, new_workspace, "dark")
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        assert any("Welcome to venuesync" in row for row in rows(app)[:2])
        assert not any("…" in row for row in rows(app)), "no sentence is cut"
        await pilot.press("enter")
        await pilot.pause()
        assert "It has to lie on a local file system" in " ".join(" ".join(rows(app)).split())
        assert any("enter Next   esc Leave" in row for row in rows(app)), "a message of two rows pushed it away"
        await pilot.press(*["backspace"] * 5, *"venue", "enter", *"Mia")
        await pilot.pause()
        assert any("Event" in row and "Mia" in row for row in rows(app)), "what is typed is seen"
        await pilot.press("enter", "enter")
        async with within(5):
            while app.return_value is None:
                await pilot.pause(0.02)
    assert app.return_value == FirstAnswers(tmp_path / "venue", "Mia", "")
    assert (tmp_path / "venue" / "config.toml").exists()


async def test_welcome_asks_again_for_folders_that_cannot_be_made_or_are_not_there(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    app = Welcome(tmp_path / "file" / "venue", unchecked_place, new_workspace, "dark")
    async with app.run_test(size=(80, 24)) as pilot:
        said = lambda: " ".join(" ".join(rows(app)).split())  # noqa: E731
        await pilot.press(*["enter"] * 3)
        await pilot.pause()
        assert "cannot be made: Not a directory. Type another folder" in said()
        app.query_one("#folder", Field).fill(str(tmp_path / "venue"))
        app.query_one("#incoming", Field).fill(str(tmp_path / "file" / "card"))
        await pilot.press(*["enter"] * 4)
        await pilot.pause()
        assert "cannot be made: Not a directory. Type another folder" in said()
        app.query_one("#incoming", Field).fill(str(tmp_path / "file"))
        await pilot.press("enter", "enter")
        await pilot.pause()
        assert unspaced(f"That is no folder: {tmp_path / 'file'}. Type a folder") in unspaced(said())
        app.query_one("#incoming", Field).fill(str(tmp_path / "card"))
        await pilot.press("enter")
        await pilot.pause()
        missing = f"That folder is not there: {tmp_path / 'card'}. Press enter to make it, or type another"
        assert unspaced(missing) in unspaced(said())
        await pilot.press("enter")
        async with within(5):
            while app.return_value is None:
                await pilot.pause(0.02)
    assert app.return_value == FirstAnswers(tmp_path / "venue", "", str(tmp_path / "card"))
    assert (tmp_path / "card").is_dir()


async def test_welcome_goes_from_field_to_field_by_tab_and_arrows(tmp_path: Path) -> None:
    """What was typed before stays: one who goes back adds to it."""
    app = Welcome(tmp_path / "venue", unchecked_place, new_workspace, "plain")
    async with app.run_test() as pilot:
        await pilot.press("tab", *"Mia", "down", "up", *" & Jonas", "down", "enter")
        async with within(5):
            while app.return_value is None:
                await pilot.pause(0.02)
    assert app.return_value == FirstAnswers(tmp_path / "venue", "Mia & Jonas", "")


async def test_welcome_can_be_left() -> None:
    app = Welcome(Path("/nowhere"), unchecked_place, new_workspace, "plain")
    async with app.run_test() as pilot:
        await pilot.press("escape")
    assert app.return_value is None


async def test_nothing_is_made_before_all_answers_can_be(tmp_path: Path) -> None:
    """The workspace stood there already when somebody left over the folder for photos: `Nothing was made`."""
    app = Welcome(tmp_path / "venue", unchecked_place, new_workspace, "plain")
    async with app.run_test() as pilot:
        app.query_one("#incoming", Field).fill(str(tmp_path / "card"))
        await pilot.press(*["enter"] * 3)
        await pilot.pause()
        assert "That folder is not there" in "\n".join(rows(app))
        await pilot.press("escape")
    assert app.return_value is None
    assert not list(tmp_path.iterdir())
