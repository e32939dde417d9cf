"""Events: how each stands, what is known of the marked one, and every key; adding one from Drive's folders."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from monitor_pilot import Stage, screen
from monitor_records import well_known
from monitor_scenes import at, scene, text_time
from scripted_service import ScriptedService

from agent.errors import NeedsSignIn
from agent.service_events import CameraRow, DriveFolderRow, SourceDetails
from tui.screens.add_event import AddEvent
from tui.screens.search import Search


def camera(name: str, files: int, megabytes: float, last: str) -> CameraRow:
    return {"camera_name": name, "last_filename": "DSC_1.jpg", "last_file_timestamp": text_time(at(last)),
            "total_files": files, "total_size_mb": megabytes}  # fmt: skip


def folder(id: str, name: str, parent: str, **other: Any) -> DriveFolderRow:
    made: dict[str, Any] = {"id": id, "name": name, "type": "folder", "parent_id": parent, "depth": 1,
                            "selectable": True, "has_subfolders": True, "created": None, "modified": None,
                            "path": f"/{name}"}  # fmt: skip
    return {**made, **other}  # type: ignore[return-value,typeddict-item]


SOURCE: SourceDetails = {
    "id": "s1", "name": "Weddings/Mia & Jonas/Raw", "folder_id": "d1", "enabled": True, "only": [], "state": "ok",
    "detail": "", "last_listed_at": None, "last_synced_at": None, "photos": 742, "to_fetch": 3,
}  # fmt: skip


@asynccontextmanager
async def events(size: tuple[int, int] = (80, 24)) -> AsyncGenerator[Stage]:
    service = well_known(ScriptedService(scene("live")))
    first = service.document["status"]["events"][0]["id"]
    service.cameras = {first: [camera("Canon EOS R5", 441, 8900, "22:13:58"), camera("iPhone 17", 49, 300, "21:50:33")]}
    service.sources = {first: [SOURCE]}
    service.tree = {
        "root": [folder("w", "Weddings", "root", selectable=False), folder("b", "Booth", "root", has_subfolders=False)],
        "w": [folder("raw", "Raw", "w")],
    }
    async with screen("4", "Events 6", "> Mia & Jonas", size=size, service=service) as on:
        yield on


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
        assert on.rows[3].split()[-6:] == ["State", "Photos", "Last", "sync", "Next", "Cameras"]


async def test_the_marked_ones_cameras_and_folders() -> None:
    async with events() as on:
        await on.shows(
            "Canon EOS R5", "441", "8.9 GB", "22:13:58", "Drive: Weddings/Mia & Jonas/Raw, 3 photos to fetch"
        )
        await on.press("down")
        await on.until(lambda: "Canon EOS R5" not in on.screen)
        await on.shows("> Ceremony stream stills")


async def test_sync_and_resync_are_of_the_marked_event() -> None:
    async with events() as on:
        await on.press("down", "s")
        await on.shows("Looking now: Ceremony stream stills")
        await on.press("R")
        await on.shows("Listing it anew: Ceremony stream stills")
        assert [one for one in on.service.asked if one[0] in ("sync", "resync")] == [
            ("sync", ["e1"]),
            ("resync", ["e1"]),
        ]


async def test_space_switches_it_off_and_on() -> None:
    async with events() as on:
        await on.press("space")
        await on.shows("Mia & Jonas is off: not looked at until space switches it on", "switched off: space switches")
        await on.press("space")
        await on.shows("Mia & Jonas is on")
        assert [one[3] for one in on.service.asked if one[0] == "set_event"] == ["false", "true"]


async def test_interval_and_name_are_typed() -> None:
    async with events() as on:
        await on.press("i")
        await on.shows("Minutes between looks at Mia & Jonas")
        await on.press("backspace", "backspace", "5", "enter")
        await on.until(lambda: ("set_event", "e0", "interval", "5") in on.service.asked)
        await on.press("r")
        await on.shows("Rename Mia & Jonas")
        await on.type(" 2")
        await on.press("enter")
        await on.shows("> Mia & Jonas 2")
        assert ("set_event", "e0", "name", "Mia & Jonas 2") in on.service.asked


async def test_enter_shows_its_photos() -> None:
    async with events() as on:
        await on.press("enter")
        await on.until(lambda: isinstance(on.app.screen, Search))
        await on.shows("Mia & Jonas", "DSC_4250.jpg")
        await on.press("escape")
        await on.shows("Events 6")


async def test_adding_one_with_folders_chosen_from_drive() -> None:
    async with events() as on:
        await on.press("a")
        await on.shows("Add an event", "+ My Drive", "+ Shared with me", "none chosen")
        await on.type("Brunch")
        await on.press("tab", "tab", "right")
        await on.shows("+ Weddings", "[ ] Booth")
        await on.press("down", "right")
        await on.shows("[ ] Raw")
        await on.press("down", "space")
        await on.shows("[x] Raw", "1 chosen")
        await on.press("ctrl+s")
        await on.until(lambda: ("add_event", "Brunch", ["raw"]) in on.service.asked)
        await on.shows("Added Brunch: its first look is on the way", "Events 7")


async def test_levels_are_asked_for_once_and_only_when_opened() -> None:
    async with events() as on:
        await on.press("a", "tab", "tab")
        asked = lambda: [one[1] for one in on.service.asked if one[0] == "list_subfolders"]  # noqa: E731
        assert asked() == []
        await on.press("right")
        await on.shows("Weddings")
        await on.press("left", "right")
        await on.shows("Weddings")
        assert asked() == ["root"]


async def test_an_address_is_typed_and_enter_adds() -> None:
    async with events() as on:
        await on.press("a")
        await on.type("Party")
        await on.press("enter")
        await on.type("abc123")
        await on.press("enter")
        await on.until(lambda: ("add_event", "Party", ["abc123"]) in on.service.asked)


async def test_a_source_joins_the_marked_event() -> None:
    async with events() as on:
        await on.press("A")
        await on.shows("Add a source to Mia & Jonas")
        await on.type("d77")
        await on.press("enter")
        await on.until(lambda: ("event_source", "e0", "add", "d77", []) in on.service.asked)


async def test_what_is_missing_is_said() -> None:
    async with events() as on:
        await on.press("a", "ctrl+s")
        await on.shows("Type a name")
        on.service.refusals["list_subfolders"] = NeedsSignIn("Drive needs a sign-in", "", "Run: venuesync login")
        await on.press("tab", "tab", "right")
        await on.shows("Drive needs a sign-in. Run: venuesync login")
        await on.press("escape")
        await on.until(lambda: not isinstance(on.app.screen, AddEvent))


async def test_a_folder_that_cannot_be_chosen_says_so() -> None:
    async with events() as on:
        await on.press("a", "tab", "tab", "space")
        await on.shows("My Drive cannot be chosen itself: open it and choose inside")


@pytest.mark.parametrize("size", [(40, 15), (200, 60)])
async def test_on_other_sizes(size: tuple[int, int]) -> None:
    async with events(size) as on:
        await on.shows("syncing", "742", "up to date")
        assert ("Cameras" in on.screen) == (size[0] > 80)


async def test_by_mouse() -> None:
    async with events() as on:
        await on.click("Photo booth")
        await on.shows("> Photo booth")
        await on.click("s Sync")
        await on.shows("Looking now: Photo booth")
