"""`[keys]`: who has chosen other keys finds them doing what they chose, and named so wherever a key is named."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from monitor_pilot import stage
from textual.binding import Binding
from textual.events import Key
from textual.message_pump import MessagePump
from textual.widgets import Input

import tui
from agent.requests.ask import Command
from agent.requests.control import Pause, Sync
from agent.settings.keys import Keys
from tests.conftest import Venuesync
from tests.settings.test_wrong_settings import refused
from tui.app import Monitor
from tui.keys.keymap import Keymap

CHOSEN = {"s": "u", "p": "%", "?": "f1", "ctrl+p": "ctrl+e"}


def pressed(keymap: Keymap, name: str, *, writing: bool = False) -> str:
    [made] = Binding.make_bindings([Binding(name, "")])
    character = name if len(name) == 1 else " " if name == "space" else None
    return keymap.meant(Key(made.key, character), writing=writing).key


@pytest.mark.parametrize("moved", [{"z": "f9"}, {"z": "e"}, {"z": "e", "e": "f"}, {"z": "e", "e": "z"}, {"/": "space"}])
def test_no_key_does_two_things_and_nothing_is_without_a_key(moved: dict[str, str]) -> None:
    keymap = Keymap(moved)
    all_keys = [*moved, *moved.values(), "q", "f", "escape"]
    for own in all_keys:
        [made] = Binding.make_bindings([Binding(own, "")])
        assert pressed(keymap, keymap.named(own)) == made.key
    assert len({keymap.named(own) for own in all_keys}) == len(set(all_keys))


def test_in_a_field_letters_are_letters() -> None:
    keymap = Keymap({"z": "f9", "e": "x", "f2": "f4"})
    assert pressed(keymap, "x", writing=True) == "x"
    assert pressed(keymap, "f9", writing=True) == "f9"  # and no `z` that nobody typed
    assert pressed(keymap, "f4", writing=True) == "f2"


@pytest.mark.parametrize(
    ("key", "label", "asked"), [("percent_sign", "% Pause", Pause(what="uploads")), ("u", "u Sync", Sync(events=[]))]
)
async def test_a_chosen_key_does_it_and_stands_where_keys_are_named(key: str, label: str, asked: Command[Any]) -> None:
    async with stage("live", (120, 36), keys=CHOSEN) as on:
        await on.shows(label, "f1 Keys")
        await on.press("p")  # was given away: it is nobody's now
        await on.press(key)
        await on.until(lambda: on.line.asked == [asked])


async def test_whatever_names_a_key_names_the_chosen_one() -> None:
    async with stage("live", (120, 36), keys=CHOSEN) as on:
        await on.press("percent_sign")
        await on.shows("Press % to go on")
        await on.press("f1")
        await on.shows("ctrl+e", "% ", "Pause uploads, or go on")


@pytest.mark.slow
async def test_a_name_is_typed_as_ever() -> None:
    async with stage("live", (120, 36), keys={"e": "M"}) as on:
        await on.press("M")
        await on.until(lambda: isinstance(on.app.focused, Input))
        await on.type("Mae")
        assert isinstance(on.app.focused, Input)
        assert on.app.focused.value == "Mae"


def test_two_of_one_key_are_refused_by_their_names(tmp_path: Path) -> None:
    error = refused(tmp_path, '[keys]\nundo = "f9"\nredo = "F9"\n')
    assert "redo and undo are both given f9" in (error.detail or "")


@pytest.mark.slow
def test_a_wrong_key_is_said_before_anything_begins(venuesync: Venuesync, tmp_path: Path) -> None:
    folder = tmp_path / "Venue"
    venuesync("init", str(folder))
    (folder / "config.toml").write_text('[keys]\nundo = "escape"\n')
    done = venuesync("--no-ui", cwd=folder)
    assert done.returncode == 2
    assert "keys.undo has a wrong value" in done.stderr


def kinds(kind: type[Any]) -> Iterator[type[Any]]:
    yield kind
    for one in kind.__subclasses__():
        yield from kinds(one)


def test_every_key_that_writes_something_can_be_chosen_and_there_are_no_others() -> None:
    for module in pkgutil.walk_packages(tui.__path__, "tui."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    ours = [kind for kind in kinds(MessagePump) if kind.__module__.startswith("tui.")]
    assert Monitor in ours
    bindings = chain.from_iterable(Binding.make_bindings(vars(kind).get("BINDINGS", ())) for kind in ours)
    named = {binding.key_display or binding.key for binding in bindings}
    chosen = {str(field.default) for field in Keys.model_fields.values()}
    assert chosen <= {*named, "/", "?"}
    assert {name for name in named if len(name) == 1 and not name.isdigit()} <= chosen
