"""Names that try to be markup, terminal codes, or anything but a name: literal on every screen, page and dialog."""

from __future__ import annotations

import unicodedata
from typing import Any

import pytest
from monitor_pilot import Clock, Stage
from monitor_records import happened, review, trouble_row, well_known
from monitor_scenes import clock_of, scene
from rich.cells import cell_len
from scripted_service import ScriptedService

from agent.errors import VenueError
from tui.app import Monitor
from tui.terminal import Look

MARKUP = "[red]x[/]"
NAMES = {
    "markup": MARKUP,
    "action": "[@click=app.quit]x[/]",
    "closing": "Ana [/b] Silva",
    "codes": "\x1b]0;owned\x07\x1b[2J",
    "wide": "婚" * 200,
    "right to left": "\u202eתמונה\u202c של אמא",
    "lines": "one\r\ntwo\ttabs\u2028three",
    "marks": "Z" + "\u0335" * 60,
}
KEEP = {
    "id",
    "event",
    "boot",
    "state",
    "section",
    "kind",
    "cause",
    "severity",
    "mode",
    "version",
    "sync_status",
    "class",
}
KEEP |= {
    "at",
    "since",
    "started_at",
    "last_seen_at",
    "last_synced_at",
    "next_sync_at",
    "checked_at",
    "taken_at",
    "mime",
}
KEEP |= {"face_id", "reference_id", "face_ids", "folder_id", "drive_id", "sha256", "disk", "drive_state", "workspace"}
SCREENS = ("1", "2", "3", "4", "5", "6")


def hostile(value: Any, name: str, key: str = "") -> Any:
    """The document with every text in it replaced, but for ids, states and times."""
    if isinstance(value, dict):
        return {k: hostile(v, name, k) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(hostile(one, name, key) for one in value)
    return name if isinstance(value, str) and key not in KEEP else value


def hostile_service(name: str) -> ScriptedService:
    service = well_known(ScriptedService(scene("live")), 30)
    service.past = [happened(number, photo=number) for number in range(30, 0, -1)]
    service.rows_of_troubles = [trouble_row(402), trouble_row(390)]
    service.review_rows = [review(6, rival="other", rival_distance=0.5)]
    drive = service.document["status"]["drive"]
    service.document = hostile(service.document, name)
    service.document["status"]["drive"] = {**drive, "account": name, "detail": name}
    for field in ("photo_lines", "past", "rows_of_troubles", "unknown_rows", "review_rows"):
        setattr(service, field, hostile(list(getattr(service, field)), name))
    for table in ("details", "persons"):
        kept = getattr(service, table)
        setattr(service, table, {id: hostile(found, name) for id, found in kept.items()})
    for found in service.details.values():
        for placement in found["placements"]:
            placement["drive"] = "there"
    return service


def assert_literal(on: Stage) -> None:
    """No row holds a control or direction character, none is wider than the screen, none has lost its columns."""
    for row in on.rows:
        assert not [one for one in row if unicodedata.category(one) in ("Cc", "Cf", "Co", "Cs", "Zl", "Zp")], repr(row)
        assert cell_len(row) <= on.app.size.width
    assert on.app.is_running


@pytest.mark.parametrize("look", ["dark", "plain"])
@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES.keys())
async def test_every_screen_shows_it_literally(name: str, look: Look) -> None:
    service = hostile_service(name)
    clock = Clock(clock_of("live"))
    app = Monitor(service, look=look, pictures="off", clock=clock)
    async with app.run_test(size=(120, 36)) as pilot:
        on = Stage(app, pilot, service, clock)
        await on.until(lambda: app.state.status is not None and bool(service._readers), 20)
        for key in SCREENS:
            await on.press(key)
            await on.pilot.pause(0.1)
            assert_literal(on)
            if key in ("2", "5", "6"):  # the page of what is marked
                await on.press("enter")
                await on.pilot.pause(0.1)
                assert_literal(on)
                await on.press("escape")
            if name == MARKUP and key != "6":
                await on.shows(MARKUP)
        await on.press("1", "slash")
        await on.pilot.pause(0.1)
        assert_literal(on)
        await on.press("escape", "e")
        await on.pilot.pause(0.1)
        assert_literal(on)


@pytest.mark.parametrize("size", [(40, 15), (80, 24), (200, 60)])
async def test_errors_and_answers_of_verbs_are_literal_too(size: tuple[int, int]) -> None:
    service = hostile_service(MARKUP)
    service.refusals["sync"] = VenueError(MARKUP, NAMES["codes"], NAMES["right to left"])
    app = Monitor(service, look="dark", pictures="off", clock=Clock(clock_of("live")))
    async with app.run_test(size=size) as pilot:
        on = Stage(app, pilot, service, Clock(0))
        await on.until(lambda: app.state.status is not None and bool(service._readers), 20)
        await on.press("s")
        await on.shows(MARKUP)
        assert_literal(on)
