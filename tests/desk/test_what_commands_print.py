"""What commands print: every word of a name, and no terminal code, no line break, no turned-round text of it."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len

from agent import clock
from agent.errors import UsageError, VenueError
from agent.requests.troubles import Trouble
from agent.workspace import Workspace
from tests.conftest import Venuesync
from tests.desk.documents import changed, document
from tui.cli import commands, say
from tui.cli.status import checked, status_lines, trouble_lines
from tui.draw import qr_text

__all__ = ["document"]

ESCAPE, BELL, BIDI = "\x1b", "\x07", "\u202e\u2066\u2069\u200f"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Ana Silva", "Ana Silva"),
        ("Åsa مريم 山田 [/b] $(rm)", "Åsa مريم 山田 [/b] $(rm)"),
        (f"{ESCAPE}[31mred{ESCAPE}[0m", "?[31mred?[0m"),
        (f"{ESCAPE}]0;title{BELL}", "?]0;title?"),
        (f"{ESCAPE}]8;;http://x{ESCAPE}\\link", "?]8;;http://x?\\link"),
        ("\x9b31m", "?31m"),
        (f"gpj.{BIDI}exe", "gpj.????exe"),
        ("two\nlines\r\tand\x00more", "two?lines??and?more"),
        ("line\u2028paragraph\u2029", "line?paragraph?"),
        ("caf\udce9", "caf?"),
    ],
)
def test_names_come_out_without_what_could_move_the_terminal(text: str, shown: str) -> None:
    assert say.safe(text) == shown


def test_every_way_out_is_safe(capsys: pytest.CaptureFixture[str]) -> None:
    bad = f"{ESCAPE}[2Jbad\n{BIDI}"
    say.line(bad)
    say.message(bad)
    say.error(VenueError(bad, bad, bad))
    say.table([[bad, bad]], ["name", "folder"])
    out, err = capsys.readouterr()
    assert ESCAPE not in out + err
    assert not set(BIDI) & set(out + err)
    assert len(out.splitlines()) == 3, "one line, and a table of two"


def test_an_error_says_what_why_and_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    say.error(UsageError("The name is empty", "a person needs one", "Give a name"))
    assert capsys.readouterr().err == "venuesync: The name is empty: a person needs one. Give a name\n"


def test_json_is_one_value_with_every_character_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    given = {"name": f"Åsa {ESCAPE}[31m\n{BIDI}\x7f\x9b\U000e0001", "n": 1}
    say.value(given)
    out = capsys.readouterr().out
    assert json.loads(out) == given
    assert not {ESCAPE, "\x7f", "\x9b", *BIDI} & set(out)
    assert "Åsa" in out


def test_a_code_is_drawn_with_the_terminals_own_codes(capsys: pytest.CaptureFixture[str]) -> None:
    """Phones read it on any ground; what comes from outside stays without them."""
    for row in qr_text("https://drive.google.com/x"):
        say.drawn(row)
    assert all(line.startswith("\x1b[30;107m") for line in capsys.readouterr().out.splitlines())


def test_columns_are_as_wide_as_they_need_to_be(capsys: pytest.CaptureFixture[str]) -> None:
    say.table([["a", "1"], ["longer", "22"]], ["name", "n"])
    assert capsys.readouterr().out == "name    n\na       1\nlonger  22\n"


def test_columns_stand_below_each_other_whatever_names_are_written_in(capsys: pytest.CaptureFixture[str]) -> None:
    """Counted were characters: a number stood as many cells too far to the right as a name had Chinese signs."""
    names = ["Ana", "日本花嫁", "Zoe\u0308 A\u030akesson", "مريم", "👩 Ana"]
    say.table([[name, "7"] for name in names], ["name", "n"])
    rows = capsys.readouterr().out.splitlines()
    assert {cell_len(row) for row in rows} == {cell_len("Zoë Åkesson  7")}


def test_one_long_name_does_not_make_every_row_wide(capsys: pytest.CaptureFixture[str]) -> None:
    say.table([["x" * 1000, "1"], ["b", "2"]], ["name", "n"])
    heads, long, short = capsys.readouterr().out.splitlines()
    assert len(long) > 1000 and len(heads) == len(short) < 70


# ---- the status in words


def lines(document: dict[str, Any], **changes: Any) -> list[str]:
    return list(status_lines(changed(document, **changes)))  # type: ignore[arg-type]


def test_whether_one_may_leave_comes_first(document: dict[str, Any]) -> None:
    assert lines(document)[0] == "Safe to pack up: all 3 photos verified on Drive"
    moving = changed(document, queue__filing=2, photos__failed=1)
    assert lines(moving)[0] == "Not yet: 2 photos on their way to Drive; 1 more needs you"
    away = changed(document, drive__state="offline", uploads__removals=1, photos__held=3)
    assert lines(away)[0] == "Not yet: Drive is offline, no photo waits here but what is held; 3 held: say yes or no"
    assert "; 4 more need you" in lines(changed(away, photos__failed=1))[0]
    aside = changed(document, photos__dismissed=2)
    assert lines(aside)[0] == "Safe to pack up: 3 photos verified, 2 set aside"
    assert "0 failed, 2 set aside; 3 verified on Drive" in "\n".join(lines(aside))
    assert "0 failed, 2 held, 2 set aside; 3 verified" in "\n".join(lines(aside, photos__held=2)), (
        "else they do not add up"
    )


def test_a_drive_that_nobody_knows_of_yet_is_no_trouble(document: dict[str, Any]) -> None:
    """A check within seconds of a start said that Drive is offline, with exit code 1."""
    away = {"drive__state": "offline", "queue__uploading": 2}
    code, said = checked(changed(document, **away, drive__connecting=True))  # type: ignore[arg-type]
    assert (code, said.partition(";")[0]) == (0, "connecting to Drive")
    code, said = checked(changed(document, **away))  # type: ignore[arg-type]
    assert (code, said.partition(";")[0]) == (1, "Drive: offline")
    code, said = checked(changed(document, **away, drive__connecting=True, errors=1))  # type: ignore[arg-type]
    assert (code, said.partition(";")[0]) == (1, "1 error")


def test_what_stays_only_here_is_not_called_verified_on_drive(document: dict[str, Any]) -> None:
    safe, photos = {**document["safe_to_leave"], "only_here": 1}, {**document["photos"], "verified": 2}
    told = lines(document, safe_to_leave=safe, photos=photos)
    assert "0 failed; 2 verified on Drive, 1 only here" in "\n".join(told)


def test_what_is_smaller_on_drive_is_said_to_be(document: dict[str, Any]) -> None:
    events = [{**one, "name": "Gala [b]", "smaller": True, "photos": 3} for one in document["events"][:1]]
    told = lines(document, events=events, photos={**document["photos"], "only_small": 2})
    assert "3 verified on Drive, 2 only as small copies, originals of Gala [b] only here" in "\n".join(told)


def test_that_nothing_is_sent_is_never_left_out(document: dict[str, Any]) -> None:
    """By a setting: with nothing to send, with photos on their way, and while Drive is away."""
    for changes in ({}, {"queue__filing": 2}, {"queue__uploading": 2}, {"drive__state": "offline"}):
        assert "sending is off (drive.send = false)" in "\n".join(lines(document, drive__sending=False, **changes))
    assert "sending is off" not in "\n".join(lines(document))


def test_what_is_unusual_is_said_and_what_is_not_is_left_out(document: dict[str, Any]) -> None:
    calm = "\n".join(lines(document))
    assert "Paused" not in calm
    assert "Errors" not in calm
    assert "Paused    uploads" in lines(document, paused__uploads=True)
    assert "Paused    everything" in lines(document, paused__all=True, paused__uploads=True)
    assert "Errors    3: see venuesync errors" in lines(document, errors=3)
    assert "Agent     stopped" in lines(document, mode="stopped")


def test_people_are_shown_with_their_counts(document: dict[str, Any]) -> None:
    mia = {"name": "Mia", "solo": 1200, "group": 34, "on_drive": 1000}
    assert lines(document, people=[mia])[-1] == "  Mia: 1,200 solo, 34 group, 1,000/1,234 on Drive"
    told = lines(document, people=[{**mia, "only_here": 200}])[-1]
    assert told == "  Mia: 1,200 solo, 34 group, 1,000/1,234 on Drive, 200 only here"


def test_what_began_on_another_day_is_told_with_its_day() -> None:
    """Else `since 22:14` would be this evening's, or one to come."""
    one: Trouble = {
        "kind": "engine", "cause": "permanent", "severity": "error", "title": "Photos cannot be examined",
        "detail": "no model", "remedy": "Install it", "subjects": ["faces"], "ids": [7], "photos": [], "count": 1,
        "first_at": clock.iso(clock.wall()), "last_at": clock.iso(clock.wall()), "ended_at": None,
    }  # fmt: skip
    today, before = (datetime.fromtimestamp(clock.wall() - days * 86_400).astimezone() for days in (0, 2))
    assert next(trouble_lines(one)).endswith(f"(1), since {today:%H:%M}   [7]")
    one["first_at"] = clock.iso(before.timestamp())
    assert next(trouble_lines(one)).endswith(f"(1), since {before.day} {before:%b %H:%M}   [7]")


def test_an_error_that_many_suffer_from_names_them() -> None:
    """Ten photos were overwritten before they were filed, and one of them was named."""
    one: Trouble = {
        "kind": "photo_missing", "cause": "missing", "severity": "error", "title": "A photo was taken away too soon",
        "detail": "O4.jpg was overwritten", "remedy": "Copy it again", "subjects": ["O4.jpg", "O3.jpg", "O4.jpg"],
        "ids": [3, 2, 1], "photos": [], "count": 3,
        "first_at": clock.iso(clock.wall()), "last_at": clock.iso(clock.wall()), "ended_at": None,
    }  # fmt: skip
    assert [*trouble_lines(one)][1:3] == ["    why  O4.jpg was overwritten", "    also O3.jpg, O4.jpg"]
    one["count"] = 21
    assert [*trouble_lines(one)][2] == "    also O3.jpg, O4.jpg, …"
    one["subjects"], one["count"] = ["O4.jpg"], 1
    assert [line[:8] for line in trouble_lines(one)][1:] == ["    why ", "    do  "]


# ---- the command

HEAVY = ["agent.app", "agent.client", "agent.drive", "fastapi", "httpx", "pydantic", "rich", "textual"]


def test_all_commands_are_known_without_what_they_work_with() -> None:
    code = (
        "import sys; from tui.cli.commands import FILES, command;"
        "all(command().get_command(None, word) for word in FILES) or sys.exit(1);"
        f"print([name for name in {HEAVY} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("amid", ["asyncio", "agent.errors"])
def test_ctrl_c_amid_the_first_imports_ends_it_without_a_word(amid: str) -> None:
    """It was a traceback of whatever module was being imported, within the first tenths of a second."""
    at_that = (
        f"builtins.__import__ = lambda name, *a: (name == {amid!r} and os.kill(os.getpid(), 2), real(name, *a))[1]"
    )
    heard = "import builtins, os, signal; signal.signal(2, signal.default_int_handler)"  # who began us may ignore it
    typed = f"{heard}; real = builtins.__import__; {at_that}; from tui.cli import main; main()"
    done = subprocess.run([sys.executable, "-c", typed, "--version"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (-2, "", "")


def test_one_command_does_not_import_the_others() -> None:
    code = (
        "import sys; from tui.cli.commands import command; command().get_command(None, 'pause');"
        "print([name for name in ('tui.cli.people', 'tui.cli.events') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


OF_A_RUNNING_AGENT = ["agent.api", "agent.client", "agent.intake.watcher", "cryptography", "fastapi", "googleapiclient",
        "numpy", "onnxruntime", "PIL", "rich", "textual", "uvicorn", "watchdog"]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("asked", ["status", "people", "photos", "errors"])
def test_a_question_beside_no_agent_waits_for_nothing_that_only_a_running_one_needs(
    workspace: Workspace, environment: dict[str, str], asked: str
) -> None:
    """Nor are the weights of the faces' encoder read, whose hash names the engine."""
    code = (
        f"import sys; from tui.cli import run; run(['--workspace', {str(workspace.root)!r}, {asked!r}, '--json']);"
        "from agent.faces.models import engine_id;"
        f"print([name for name in {OF_A_RUNNING_AGENT} if name in sys.modules], engine_id.cache_info().misses)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    assert done.stdout.splitlines()[-1] == "[] 0", done.stderr


def test_garbage_is_looked_for_in_a_command_that_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "SHORT", 0.05)

    async def after(seconds: float) -> bool:
        await asyncio.sleep(seconds)
        return gc.isenabled()

    gc.disable()  # as the command line begins
    try:
        assert commands.done(after(0.0)) is False
        assert commands.done(after(0.1)) is True
    finally:
        gc.enable()


def test_a_terminal_that_cannot_show_a_name_stops_nothing(venuesync: Venuesync, tmp_path: Path) -> None:
    venue = tmp_path / "Hochzeit Müller 山田"
    made = venuesync("init", venue, PYTHONIOENCODING="ascii")
    assert made.returncode == 0, made.stderr
    assert "Traceback" not in made.stderr
    assert "Hochzeit M\\xfcller" in made.stdout
    assert (venue / "config.toml").is_file()


@pytest.mark.slow
def test_without_an_agent_the_status_is_the_last_known_one_and_3(workspace: Workspace, venuesync: Venuesync) -> None:
    asked = venuesync("--workspace", workspace.root, "status", "--json")
    assert asked.returncode == 3, asked.stderr
    told = json.loads(asked.stdout)
    assert (told["mode"], told["safe_to_leave"]["safe"]) == ("stopped", False)
    assert told["safe_to_leave"]["reason"] == "no agent runs here"


@pytest.mark.slow
def test_resume_says_that_uploads_go_on(workspace: Workspace, venuesync: Venuesync) -> None:
    said = [venuesync("--workspace", workspace.root, verb).stdout.strip() for verb in ("pause", "resume", "resume")]
    assert said == ["Uploads are paused", "Uploads go on", "Uploads go on"]
    said = [venuesync("--workspace", workspace.root, verb, "all").stdout.strip() for verb in ("pause", "resume")]
    assert said == ["Everything is paused", "Everything goes on"]


def test_completion_is_installed_by_venuesync_and_by_no_command_of_it() -> None:
    """`doctor --help` offered to install it."""
    whole = commands.command()
    words = {word: whole.get_command(None, word) for word in commands.FILES}
    offering = [
        word for word, one in {"": whole, **words}.items() if "install_completion" in {it.name for it in one.params}
    ]
    assert offering == [""]


@pytest.mark.slow
@pytest.mark.parametrize("asked", [["photos", "--json"], ["status"], ["token", "--json"], ["--help"]])
def test_an_answer_that_cannot_be_written_is_no_success(
    workspace: Workspace, environment: dict[str, str], asked: list[str]
) -> None:
    """It was lost without a word, with exit 0: on a full disk a script went on with an empty file."""
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "tui.cli", "--workspace", str(workspace.root), *asked],
            stdout=full, stderr=subprocess.PIPE, text=True, env=environment, check=False,
        )  # fmt: skip
    assert done.returncode == (3 if asked == ["status"] else 1), "no agent runs: that is said by 3"
    assert "No space left" in done.stderr or "The disk is full" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_a_closed_pipe_is_no_trouble(workspace: Workspace, environment: dict[str, str]) -> None:
    """`| head` has read enough."""
    read, write = os.pipe()
    os.close(read)
    command = [sys.executable, "-m", "tui.cli", "--workspace", str(workspace.root), "photos", "--json"]
    done = subprocess.run(command, stdout=write, stderr=subprocess.PIPE, text=True, env=environment, check=False)
    os.close(write)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.slow
@pytest.mark.parametrize("asked", [["status", "--check"], ["people"], ["doctor"]])
def test_a_folder_with_a_config_toml_is_a_workspace_for_every_command(
    venuesync: Venuesync, tmp_path: Path, asked: list[str]
) -> None:
    """For some it was none, though `--no-ui` and `enroll` worked there."""
    (tmp_path / "config.toml").write_text("[drive]\nenabled = false\n")
    done = venuesync(*asked, cwd=tmp_path)
    assert "There is no workspace" not in done.stderr
    assert done.returncode == {"status": 3, "people": 0}.get(asked[0], done.returncode)


@pytest.mark.slow
@pytest.mark.parametrize("asked", [["status"], ["--no-ui"], ["init"], ["people"]])
def test_a_state_folder_of_another_workspace_is_refused(venuesync: Venuesync, tmp_path: Path, asked: list[str]) -> None:
    state = str(tmp_path / "state")
    assert venuesync("--workspace", tmp_path / "first", "init", VENUESYNC_STATE_DIR=state).returncode == 0
    done = venuesync("--workspace", tmp_path / "second", *asked, VENUESYNC_STATE_DIR=state)
    assert (done.returncode, done.stdout) == (2, ""), done.stderr
    assert str(tmp_path / "first") in done.stderr and "VENUESYNC_STATE_DIR" in done.stderr
    assert not (tmp_path / "second").exists()


@pytest.mark.slow
@pytest.mark.parametrize("asked", [["status"], ["--no-ui"], ["init"]])
def test_a_state_folder_that_cannot_be_is_named_with_its_variable(
    venuesync: Venuesync, workspace: Workspace, tmp_path: Path, asked: list[str]
) -> None:
    """It was no workspace, or to be chosen otherwise by --workspace."""
    (tmp_path / "file").touch()
    for state in (tmp_path / "file", tmp_path / "file/below"):
        done = venuesync("--workspace", workspace.root, *asked, VENUESYNC_STATE_DIR=str(state))
        assert (done.returncode, done.stdout) == (2, ""), done.stderr
        assert str(state) in done.stderr and "VENUESYNC_STATE_DIR" in done.stderr
