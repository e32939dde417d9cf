"""docs/troubleshooting.md is held to the product: all that it can show is there, all that the document names exists."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel
from textual.dom import DOMNode

import agent
import tui
from agent.disk.own_folders import Astray
from agent.drive import reasons
from agent.errors import StoresInUse, UsageError, VenueError
from agent.faces.results import Fault, LookError
from agent.model import SafeCode
from agent.settings import Settings
from tests.venue.test_every_key import bindings, classes
from tui.cli.commands import command

TEXT = (Path(__file__).parents[2] / "docs" / "troubleshooting.md").read_text(encoding="utf-8")
ROWS = [line for line in TEXT.splitlines() if line.startswith("| ") and line.endswith(" |")]
SPANS = re.findall(r"`([^`]+)`", TEXT)
HELP = "venuesync --help"
APART = ("agent.emulator", "agent.demo")  # another machine, and a trial


def kinds(of: type[Exception]) -> Iterator[type[Exception]]:
    yield of
    for one in of.__subclasses__():
        yield from kinds(one)


def titles_in_code() -> Iterator[str]:
    """What errors are called where they are made, but those of whoever asked wrongly: they say what is accepted."""
    modules = [*pkgutil.walk_packages(agent.__path__, "agent."), *pkgutil.walk_packages(tui.__path__, "tui.")]
    found = [one.name for one in modules if not one.name.startswith(APART) and not one.name.endswith("__main__")]
    trees = [ast.parse(Path(str(importlib.import_module(name).__file__)).read_text("utf-8")) for name in found]
    title_at = {one.__name__: 0 for one in kinds(VenueError) if not issubclass(one, UsageError)} | {Astray.__name__: 1}
    for tree in trees:
        for call in (one for one in ast.walk(tree) if isinstance(one, ast.Call)):
            at = title_at.get(getattr(call.func, "id", getattr(call.func, "attr", "")))
            if at is not None and len(call.args) > at:
                yield from texts_of(call.args[at])


def texts_of(title: ast.expr) -> Iterator[str]:
    """A text, or two of which one is chosen; `{…}` where something is filled in."""
    match title:
        case ast.Constant(value=str(text)):
            yield text
        case ast.IfExp():
            yield from texts_of(title.body)
            yield from texts_of(title.orelse)
        case ast.JoinedStr():
            yield "".join(one.value if isinstance(one, ast.Constant) else "{…}" for one in title.values)
        case _:
            pass


def titles() -> set[str]:
    """Everything that goes wrong by the name that people see."""
    table = {row.title for row in vars(reasons).values() if isinstance(row, reasons.Row)}
    faults = {LookError(one, "", "").title for one in Fault}
    return {*table, *faults, StoresInUse("", 0).title, *titles_in_code()}


@pytest.mark.slow
def test_every_title_of_an_error_is_there() -> None:
    known = titles()
    assert len(known) > 100
    patterns = {title: ".+".join(map(re.escape, re.split(r"\{[^}]*\}", title))) for title in known}
    seen = [re.sub(r"`[^`]*`", "", row.split(" | ")[0]) for row in ROWS]
    assert sorted(title for title, one in patterns.items() if not any(re.search(one, cell) for cell in seen)) == []


def test_every_reason_not_to_pack_up_is_there() -> None:
    assert [code.value for code in SafeCode if f"`{code.value}`" not in TEXT] == []


def test_every_row_ends_in_one_command_or_key() -> None:
    last = [row.strip("| ").rpartition(" | ")[2] for row in ROWS if not row.endswith(" do |")]
    assert len(last) > 120
    ends = re.compile(r"(press )?`([^`]+)`")
    assert [one for one in last if not ends.fullmatch(one)] == []
    keys = {one.key for kind in classes() if issubclass(kind, DOMNode) for one in bindings(kind)}
    named = {"/": "slash", "?": "question_mark"}
    pressed = {span for press, span in (one.groups() for one in map(ends.fullmatch, last) if one) if press}
    assert {key for key in pressed if named.get(key, key) not in keys} == set()
    assert {"z", "P", "d"} <= pressed


@pytest.mark.parametrize("typed", sorted({span for span in SPANS if span.startswith("venuesync")} - {HELP}))
def test_every_command_is_taken(typed: str) -> None:
    """As it stands, but for numbers."""
    found: Any = command()
    name, *words = ("1" if word == "ID" else word for word in shlex.split(typed))
    while hasattr(found, "commands") and words and not words[0].startswith("-"):
        name = words.pop(0)
        found = found.get_command(None, name)
        assert found is not None, name
    found.make_context(name, words)  # raises for an option or a word that it does not take


def settings(of: type[BaseModel], before: str = "") -> Iterator[str]:
    for name, field in of.model_fields.items():
        inner = next((one for one in (field.annotation, *get_args(field.annotation)) if is_model(one)), None)
        yield before + name
        if inner is not None:
            yield from settings(inner, f"{before}{name}.")


def is_model(one: object) -> bool:
    return isinstance(one, type) and issubclass(one, BaseModel)


def test_every_setting_exists() -> None:
    known = set(settings(Settings))
    named = {span for span in SPANS if re.fullmatch(r"[a-z]+\.[a-z_]+", span)}
    assert len(named) > 5
    assert named - known == set()
