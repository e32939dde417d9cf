"""What is to be done, as the screen says it: by a key, where there is one for the command that the agent names."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from monitor_pilot import screen, stage

import agent
from agent.drive.reasons import LOGIN
from agent.errors import Cause, VenueError
from agent.ledger import troubles
from agent.ledger.troubles import Subject
from agent.requests.control import Pause
from tui.cli.commands import command
from tui.first_run.sign_in import SignIn
from tui.keys.remedies import by_key, on_errors

# Commands of the command line alone: what they do needs a folder's path, a file, another machine, or is a trial.
WITHOUT_A_KEY = {"accounts", "limit", "emulator", "notify", "restore", "stop", "token", "verify"}
PERSON = "p0123456789ab"  # as `new_person_id` makes them
OF_DOCTOR = {"events", "service", "status"}  # which is read in a shell alone


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("Run: venuesync login, and tick every box", "Press g, and tick every box"),
        ("Make a new one and run: venuesync login --client FILE.json", "Make a new one and press g"),
        ("Run: venuesync login --account ben@example.com", "Press g, choose ben@example.com"),
        ("Sign in: venuesync login --account ben@example.com, now", "Sign in: press g, choose ben@example.com, now"),
        ("Go on: venuesync resume all", "Go on: press P"),
        ("Go on: venuesync resume", "Go on: press p"),
        ("Make them one: venuesync people merge A INTO B", "Make them one: press m"),
        ("Give a name: venuesync enroll NAME PHOTO…", "Give a name: press e"),
        ("Check them, then say yes: venuesync held approve --all", "Check them, then say yes: press 5, then y"),
        ("Make room; then run: venuesync retry --all", "Make room; then press 5, then X"),
        (f"venuesync people forget {PERSON}", "press 2, then F"),
        (f"venuesync people consent {PERSON} HOW --until DAY", "press 2, then C"),
        ("See who there is: venuesync people", "See who there is: press 2"),
        ("Take them back before: venuesync people link NAME --off", "Take them back before: press 2, then l"),
        ("Run: venuesync verify", "Run: venuesync verify"),
        ("Start venuesync again: it repairs it", "Start venuesync again: it repairs it"),
    ],
)
def test_a_command_that_a_key_stands_for(said: str, shown: str) -> None:
    assert by_key(said) == shown


def test_errors_names_no_key_that_leads_to_errors() -> None:
    assert on_errors("Make room; then run: venuesync retry --all") == "Make room; then press X"
    assert on_errors("Run: venuesync login") == "Press g"


def texts() -> Iterator[str]:
    """Every text in the agent's code but its docstrings."""
    for path in Path(agent.__file__).parent.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        docstrings = {id(one.value) for one in ast.walk(tree) if isinstance(one, ast.Expr)}
        for one in ast.walk(tree):
            if isinstance(one, ast.Constant) and isinstance(one.value, str) and id(one) not in docstrings:
                yield one.value


@pytest.mark.slow
def test_every_command_that_the_agent_names_has_its_key_or_none() -> None:
    left = {found[1] for text in texts() for found in re.finditer(r"venuesync ([a-z]+)", by_key(text))}
    assert left & set(command().list_commands(None)) <= WITHOUT_A_KEY | OF_DOCTOR


@pytest.mark.slow
@pytest.mark.usefixtures("sign_in_port")
async def test_a_trouble_says_the_key_and_the_key_is_there() -> None:
    """Though somebody is signed in still."""
    ends = VenueError("The sign-in to Google ends on Friday", "in two days", f"{LOGIN}, for a week", cause=Cause.AUTH)
    async with screen("5", "Needs you", state="live") as on:
        await on.evening.write(troubles.open_trouble, Subject("sign-in", "Google"), ends, on.clock.now)
        await on.shows("The sign-in to Google ends on Friday", "Press g, for a week", "g Sign in")
        assert "venuesync login" not in on.screen
        await on.press("g")
        await on.until(lambda: isinstance(on.app.screen, SignIn))


@pytest.mark.slow
async def test_a_refusal_says_the_key() -> None:
    async with screen("2", "> Mia Lindqvist", state="live") as on:
        await on.press("r", *["backspace"] * 20)
        await on.type("Anna Berg")
        await on.press("enter")
        await on.shows("There is somebody of that name already: Anna Berg.", "Make them one: press m")


async def test_the_line_that_is_printed_says_the_command() -> None:
    async with stage("working") as on:
        await on.evening.app.service.ask(Pause(what="all"))
        await on.until(lambda: bool(on.app.state.status and on.app.state.status["paused"]["all"]))
        assert on.app.state.status is not None
        assert on.app.state.status["safe_to_leave"]["remedy"] == "Go on: venuesync resume all"
