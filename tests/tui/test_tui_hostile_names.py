"""Names that try to be markup, terminal codes, or anything but a name: literal on every screen, page and dialog."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import replace

import pytest
from monitor_pilot import Stage, screen, stage
from packets import typed
from prepared import stores
from rich.cells import cell_len
from textual.events import Paste

from agent.errors import VenueError
from agent.ledger import meta
from agent.ledger.sqlite.rows import Db
from agent.requests.control import Sync
from agent.roster.decisions import Draft, Verb
from agent.workspace import Workspace
from tui.terminal.looks import Look
from tui.widgets.dialogs import Field

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
SCREENS = ("1", "2", "3", "4", "5", "6")


TEXTS = {
    "event_photo": ("name", "camera"),
    "activity": ("text",),
    "trouble": ("title", "subject", "detail", "remedy"),
    "source_file": ("camera", "name"),
    "source_state": ("detail",),
    "review": ("why",),
}


def hostile(name: str) -> Callable[[Workspace], None]:
    """Every text of the ledger and the roster that comes from outside is this one."""

    def fill(db: Db) -> None:
        for table, columns in TEXTS.items():
            for column in columns:
                db.execute(f"UPDATE {table} SET {column} = ?", (name,))
        db.execute("UPDATE folder SET name = ? WHERE kind = 'person'", (name,))

    def change(workspace: Workspace) -> None:
        with stores(workspace) as (ledger, roster):
            for event in roster.events():
                sources = tuple(replace(one, name=name) for one in event.sources)
                roster.put_event(replace(event, name=name, sources=sources))

            def rename(draft: Draft) -> tuple[None, str]:
                for person in roster.people():
                    references = tuple(replace(one, name=name) for one in person.references)
                    draft.put(replace(person, name=name, references=references))
                return None, name

            roster.intend(Verb.RENAME, rename)
            ledger.submit(fill).result()
            ledger.submit(meta.record_planned, roster.revision).result()

    return change


def assert_literal(on: Stage) -> None:
    """No row holds a control or direction character, none is wider than the screen, none has lost its columns."""
    for row in on.rows:
        assert not [one for one in row if unicodedata.category(one) in ("Cc", "Cf", "Co", "Cs", "Zl", "Zp")], repr(row)
        assert cell_len(row) <= on.app.size.width
    assert on.app.is_running


@pytest.mark.slow
@pytest.mark.parametrize("look", ["dark", "plain"])
@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES.keys())
async def test_every_screen_shows_it_literally(name: str, look: Look) -> None:
    async with stage("small", (120, 36), look, before=hostile(name), pictures="off") as on:
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
    async with stage("small", size, before=hostile(MARKUP), pictures="off") as on:
        on.line.refuses[Sync] = VenueError(MARKUP, NAMES["codes"], NAMES["right to left"])
        await on.press("s")
        await on.shows(MARKUP)
        assert_literal(on)


# ---- what is longer than a request takes


@pytest.mark.slow
@pytest.mark.parametrize("keys", [("6", "slash"), ("2", "enter", "slash")], ids=str)
async def test_a_field_takes_no_more_than_can_be_asked(keys: tuple[str, ...]) -> None:
    """The monitor ended by a fault of its own."""
    async with stage("small") as on:
        await on.press(*keys)
        await on.until(lambda: typed(on) == [""])
        on.app.post_message(Paste("x" * 999))
        await on.until(lambda: typed(on) == ["x" * 999])
        on.app.post_message(Paste("yz"))  # what there is room for is taken
        await on.until(lambda: typed(on) == ["x" * 999 + "y"])
        on.app.post_message(Paste("z"))
        await on.pilot.pause(0.3)
        assert typed(on) == ["x" * 999 + "y"]
        assert on.app.is_running


async def test_a_name_that_cannot_be_asked_for_is_refused_in_its_field_and_a_path_is_taken() -> None:
    """The field stayed as it was for ever, and took no keys."""
    async with screen("2", "> Mia Lindqvist", state="small") as on:
        await on.press("r")
        await on.shows("Rename Mia Lindqvist")
        field = on.app.screen.query_one(Field)
        field.value = "x" * 1001
        await on.press("enter")
        await on.shows("name is wrong")
        assert not field.disabled
        await on.press("escape", "E")
        await on.shows("Export Mia Lindqvist to")
        on.app.post_message(Paste("/x" * 1500))
        await on.until(lambda: typed(on)[0].endswith("/x" * 1500))
