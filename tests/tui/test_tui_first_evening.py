"""First steps, signing in, and the three questions before there is a workspace."""

from __future__ import annotations

from pathlib import Path

import pytest
from monitor_pilot import Stage, stage
from monitor_scenes import scene
from picture import rows
from scripted_service import ScriptedService

from agent.errors import UsageError
from agent.service_sign_in import NO_CLIENT
from agent.service_snapshot import Snapshot
from tests.patience import within
from tui.first_run.sign_in import SignIn
from tui.first_run.welcome import FirstAnswers, Welcome


def new_workspace() -> Snapshot:
    """Nothing has arrived, nobody is enrolled, nobody has signed in."""
    made = scene("working")
    status = made["status"]
    status["photos"] = {**dict.fromkeys(status["photos"], 0)}  # type: ignore[typeddict-item]
    status["queue"] = {**dict.fromkeys(status["queue"], 0)}  # type: ignore[typeddict-item]
    status["people"] = []
    status["drive"] = {**status["drive"], "state": "needs_login", "account": None}
    status["events"] = [{**status["events"][0], "id": "default", "name": "default"}]
    made["latest"] = []
    return made


async def first(on: Stage) -> None:
    await on.shows("First steps", "[x] Folder", "[ ] Event", "[ ] Drive", "[ ] People")


@pytest.mark.parametrize("size", [(80, 24), (120, 36), (200, 60), (40, 15)])
async def test_first_steps_stand_until_something_has_come(size: tuple[int, int]) -> None:
    async with stage("working", size, service=ScriptedService(new_workspace())) as on:
        await first(on)
        assert "g Sign in" in on.rows[-1]
        status = on.service.document["status"]
        on.service.say("status", {**status, "photos": {**status["photos"], "seen": 1, "waiting": 1}})
        await on.until(lambda: "First steps" not in on.screen)
        on.service.say("status", {**status, "drive": {**status["drive"], "state": "online"}})
        await on.until(lambda: "g Sign in" not in on.screen)


async def test_a_folder_and_the_events_name() -> None:
    async with stage("working", service=ScriptedService(new_workspace())) as on:
        await first(on)
        await on.press("a")
        await on.type("/media/card")
        await on.press("enter")
        await on.until(lambda: ("event_folder", "default", "add", "/media/card") in on.service.asked)
        await on.click("give it a name")
        await on.type("Mia")
        await on.press("enter")
        await on.until(lambda: ("set_event", "default", "name", "Mia") in on.service.asked)


async def test_the_keys_of_first_steps_are_gone_with_them() -> None:
    async with stage("working") as on:
        await on.press("a", "r", "g")
        assert len(on.app.screen_stack) == 1


async def test_signing_in_by_what_the_address_bar_shows() -> None:
    async with stage("signin") as on:
        await on.press("g")
        await on.shows("http://127.0.0.1:8765/", "ssh -L 8765:127.0.0.1:8765", "https://accounts.google.com")
        await on.type("code")
        await on.press("enter")
        await on.shows("Signed in as lena@example.org")
        assert ("finish_sign_in", "code") in on.service.asked


async def test_the_browser_comes_back_by_itself_or_says_no() -> None:
    async with stage("signin") as on:
        await on.press("g")
        await on.shows("Waiting for the browser")
        on.service.sign_in = {**on.service.sign_in, "state": "failed", "title": "Google was told no"}
        await on.shows("Google was told no", "Press enter for another address")
        await on.press("enter")
        await on.shows("Waiting for the browser")
        on.service.sign_in = {**on.service.sign_in, "state": "done", "account": "[red]x[/]"}
        await on.shows("Signed in as [red]x[/]")
        assert not isinstance(on.app.screen, SignIn)


async def test_googles_file_is_asked_for_once() -> None:
    async with stage("signin") as on:
        on.service.refusals["begin_sign_in"] = UsageError("Google has to know this app first", kind=NO_CLIENT)
        await on.press("g")
        await on.shows("type the path of the JSON file", "File")
        del on.service.refusals["begin_sign_in"]
        await on.type("client")
        await on.press("enter")
        await on.shows("Waiting for the browser")
        assert ("begin_sign_in", "client") in on.service.asked


@pytest.mark.parametrize("size", [(80, 24), (40, 15)])
async def test_welcome_asks_three_things_and_refuses_what_cannot_be(tmp_path: Path, size: tuple[int, int]) -> None:
    def check(folder: Path) -> None:
        if folder.name == "share":
            raise UsageError("It has to lie on a local file system", str(folder), "Choose another one")

    app = Welcome(tmp_path / "share", check, "dark")
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        assert any("Welcome to venuesync" in row for row in rows(app)[:2])
        await pilot.press("enter")
        await pilot.pause()
        assert "It has to lie on a local file system" in " ".join(" ".join(rows(app)).split())
        await pilot.press(*["backspace"] * 5, *"venue", "enter", *"Mia", "enter", "enter")
        async with within(5):
            while app.return_value is None:
                await pilot.pause(0.02)
    assert app.return_value == FirstAnswers(tmp_path / "venue", "Mia", "")


async def test_welcome_can_be_left() -> None:
    app = Welcome(Path("/nowhere"), lambda _: None, "plain")
    async with app.run_test() as pilot:
        await pilot.press("escape")
    assert app.return_value is None
