"""The commands, their exit codes and their JSON, with an agent and without one."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agent.clock import from_iso
from tests.venue.house import VENUESYNC, House, wait_for
from tests.venue.pictures import FACES, scene
from tests.venue.test_refusing_disk import ORDINARY
from tui.cli.commands import command


@pytest.fixture
def each_a_process_of_its_own(house: House) -> None:
    house.processes_only = True


@pytest.mark.slow
@pytest.mark.usefixtures("each_a_process_of_its_own")
def test_without_an_agent(house: House) -> None:
    """What only changes intent or files is done here; what needs an agent says so."""
    status = house.run("status", "--json")
    assert (status.returncode, json.loads(status.stdout)["mode"]) == (3, "stopped")
    assert json.loads(status.stdout)["safe_to_leave"]["safe"] is False
    assert house.run("status", "--check").returncode == 3
    assert house.run("sync").returncode == 3
    assert house.run("resync", "default").returncode == 3
    assert house.run("pause").returncode == 0
    assert json.loads(house.run("status", "--json").stdout)["paused"]["uploads"] is True
    assert house.run("resume").returncode == 0
    done = house.run("enroll", "Ana", str(FACES / "one_guest.jpg"), "--json")
    assert done.returncode == 0, done.stderr
    assert [Path(folder).is_dir() for folder in json.loads(done.stdout)["folders"]] == [True, True]
    assert house.run("people", "--json").returncode == 0
    assert house.json("errors")["open"] == []
    assert any("Ana" in entry["text"] for entry in house.json("activity"))


@pytest.mark.slow
def test_enrolled_without_an_agent_earlier_photos_are_filed_at_once(tmp_path: Path, house: House) -> None:
    house.drop(FACES / "one_guest.jpg", "DSC_0001.jpg")
    assert house.until_done().returncode == 0
    assert house.run("enroll", "Ana", str(FACES / "one_guest.jpg")).returncode == 0
    assert list(house.on_disk()) == ["People/Ana/Solo/DSC_0001.jpg"]
    assert house.until_done().returncode == 0
    house.assert_same_tree(1)


@pytest.mark.slow
def test_exit_codes_of_enroll(tmp_path: Path, house: House) -> None:
    """Some references good: 5; none: 1, saying for each picture why; wrong usage: 2."""
    good, empty = str(FACES / "one_guest.jpg"), str(scene(tmp_path / "nobody.jpg", 1))
    some = house.run("enroll", "Ana", good, empty, str(FACES / "two_guests.jpg"))
    assert some.returncode == 5
    assert "nobody.jpg: no face was found in it" in some.stdout
    assert "two_guests.jpg: 2 faces were found in it" in some.stdout
    none = house.run("enroll", "Bo", empty, str(tmp_path / "missing.jpg"))
    assert none.returncode == 1
    assert "nobody.jpg: no face" in none.stderr
    assert "missing.jpg" in none.stderr
    assert house.run("enroll", "  ", good).returncode == 2
    assert house.run("enroll", "Bo", good, "--event", "Nowhere").returncode == 2
    assert "default" in house.run("enroll", "Bo", good, "--event", "Nowhere").stderr


@pytest.mark.slow
def test_names_that_are_hard_on_file_systems(house: House) -> None:
    """Safe, distinct folders; the names themselves are shown."""
    house.start()
    names = ["AC/DC", "..", "CON", "ana", "עדי שלום", "🌸 Bloom", "x" * 300, "Ana.", "[red]x[/]"]
    for name in names:
        done = house.run("enroll", name, str(FACES / "one_guest.jpg"), "--json")
        assert done.returncode == 0, done.stderr
    assert sorted(person["name"] for person in house.json("people")) == sorted(names)
    assert house.until_done().returncode == 0
    folders = lambda: {one.casefold() for one in os.listdir(house.root / "People")}  # noqa: E731, PTH208
    wait_for(lambda: (house.root / "People").exists() and len(folders()) == len(names), 30, "each has a folder here")
    on_drive = house.folders_on_drive()
    assert [name for name in names if f"venuesync/default/People/{name}" not in on_drive] == []


@pytest.mark.slow
@pytest.mark.usefixtures("each_a_process_of_its_own")
def test_with_an_agent(tmp_path: Path, house: House) -> None:
    """The same verbs, answered by the agent that runs; a second agent is refused by name."""
    agent = house.start()
    status = house.json("status")
    assert (status["mode"], status["pid"]) == ("headless", agent.pid)
    again = house.run("--no-ui")
    assert again.returncode == 1
    assert str(agent.pid) in again.stderr
    assert house.run("pause").returncode == 0
    house.drop(scene(tmp_path / "a.jpg", 1), "DSC_0001.jpg")
    wait_for(lambda: house.json("status")["photos"]["unsorted"] == 1, 15, "filed while uploads are paused")
    until = house.run("--no-ui", "--until-done", "--timeout", "20")
    assert until.returncode == 1
    assert "paused" in until.stderr
    assert house.on_drive() == {}
    assert [row["state"] for row in house.json("uploads")] == ["queued"]
    assert house.run("resume").returncode == 0
    assert house.until_done().returncode == 0
    assert house.run("sync").returncode == 0
    check = house.run("status", "--check")
    assert (check.returncode, check.stdout.strip()) == (0, "well; safe: 1 photo verified on Drive")
    began = time.monotonic()
    assert house.stop() == 0
    assert time.monotonic() - began < 10
    assert house.run("status").returncode == 3


@pytest.mark.slow
def test_a_wait_whose_time_is_over_as_all_is_done_says_that_it_is_done(house: House, tmp_path: Path) -> None:
    """`--timeout 0` asks just that: "Not done within 0 s: Safe to pack up", it said, with exit code 1."""
    house.start()
    house.drop(scene(tmp_path / "made.jpg", 1), "DSC_0001.jpg")
    assert house.until_done().returncode == 0
    done = house.run("--no-ui", "--until-done", "--timeout", "0")
    assert (done.returncode, done.stdout.strip(), done.stderr) == (
        0,
        "Safe to pack up: 1 photo verified on Drive",
        "",
    )
    assert house.run("pause", "all").returncode == 0
    house.drop(scene(tmp_path / "made.jpg", 2), "DSC_0002.jpg")
    wait_for(lambda: house.json("status")["photos"]["waiting"] == 1, 20, "it has arrived")
    paused = house.run("--no-ui", "--until-done", "--timeout", "0")
    assert (paused.returncode, paused.stdout, "everything is paused" in paused.stderr) == (1, "", True)


@pytest.mark.slow
def test_a_question_to_an_agent_waits_for_none_of_its_own(house: House) -> None:
    """What it takes to be an agent is not imported to ask one."""
    house.start()
    own = [
        "agent.app",
        "agent.ledger",
        "agent.log",
        "agent.requests.snapshot",
        "numpy",
        "sqlite3",
        "structlog",
        "tinydb",
    ]
    code = (
        f"import sys; from tui.cli import run; run(['--workspace', {str(house.root)!r}, 'people', '--json']);"
        f"print('agent.client' in sys.modules, [name for name in {own} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=house.environ)
    assert done.stdout.splitlines()[-1] == "True []", done.stderr


def leaves(group: Any, *way: str) -> Iterator[tuple[str, Any]]:
    """Every command that can be typed, by its words."""
    if way or not hasattr(group, "commands"):
        yield " ".join(way), group
    for name in group.list_commands(None) if hasattr(group, "commands") else ():
        yield from leaves(group.get_command(None, name), *way, name)


def test_every_command_answers_as_json_but_those_that_stay() -> None:
    without = [
        words for words, one in leaves(command()) if "--json" not in {name for q in one.params for name in q.opts}
    ]
    assert sorted(without) == ["demo", "emulator"]


def test_every_command_shows_an_example_of_itself() -> None:
    without = [
        words for words, one in leaves(command()) if not (one.epilog or "").startswith(f"Example: venuesync {words}")
    ]
    assert without == []


def test_a_wait_of_less_than_no_time_and_a_command_that_is_not_there_are_wrong_usage(house: House) -> None:
    """The first was waited for, and had failed; the second was answered by `'verify'?. See`."""
    wrong = house.run("--no-ui", "--until-done", "--timeout", "-1")
    assert (wrong.returncode, "--timeout" in wrong.stderr, "-1" in wrong.stderr) == (2, True, True)
    wrong = house.run("token", "--days", "0")
    assert (wrong.returncode, "0.001: '0' was given; accepted: 0.001 to 3,650. See" in wrong.stderr) == (2, True)
    wrong = house.run("errors", "dismiss", "a")
    assert (wrong.returncode, ": 'a' was given. See" in wrong.stderr) == (2, True)
    wrong = house.run("--timeout", "5")
    assert (wrong.returncode, "--timeout are for --no-ui" in wrong.stderr) == (2, True)
    wrong = house.run("version")
    assert (wrong.returncode, "Did you mean 'verify'? See: " in wrong.stderr) == (2, True)


NUMBERS = (
    ("--no-ui", "--until-done", "--timeout"),
    ("demo", "--no-ui", "--seconds"),
    ("emulator", "--latency-ms"),
    ("emulator", "--uplink-mbps"),
    ("token", "--days"),
    ("limit", "--up"),
    ("limit", "--day"),
)


@pytest.mark.parametrize("words", NUMBERS, ids=" ".join)
def test_a_number_that_is_none_or_has_no_end_is_wrong_usage(house: House, words: tuple[str, ...]) -> None:
    """An endless one was taken: for a wait, a demo and the emulator's line."""
    for number in ("nan", "inf", "1e400", "-1"):
        wrong = house.run(*words, number, timeout=30)
        assert (wrong.returncode, wrong.stdout) == (2, ""), number
        assert words[-1] in wrong.stderr and number in wrong.stderr and "Traceback" not in wrong.stderr, wrong.stderr


BEFORE_A_WORD = (
    ("photos", "--event", "default", "approve", "--all"),
    ("people", "--json", "rename", "Anna", "Ana"),
    ("errors", "--dismissed", "dismiss", "1"),
    ("held", "--json", "approve", "--all"),
    ("events", "--json", "show", "default"),
    ("token", "--read-only", "list"),
    ("unknown", "--event", "default", "ignore", "g-1"),
    ("review", "--json", "yes", "1"),
    ("notify", "--json", "remove", "1"),
    ("service", "--system", "status"),
    ("--no-ui", "--until-done", "status"),
)


def test_an_option_before_a_word_is_refused_by_name(house: House) -> None:
    """It was dropped: `photos --event Gala approve --all` approved what waited in every event."""
    for words in BEFORE_A_WORD:
        done = house.run(*words)
        option = next(one for one in words if one.startswith("-"))
        word = next(one for one in words[1:] if not one.startswith("-") and one != "default")
        assert (done.returncode, done.stdout) == (2, ""), words
        assert done.stderr.startswith(f"venuesync: {option} stands before {word}: "), done.stderr
    assert "Write it behind approve" in house.run(*BEFORE_A_WORD[0]).stderr
    assert house.run(*BEFORE_A_WORD[0][:-1], "--help").returncode == 0
    assert "list takes none: leave it out" in house.run("token", "--days", "2", "list").stderr
    assert house.run("photos", "approve", "--event", "default", "--all").returncode == 1, "nothing waits: it was heard"


def test_nothing_held_is_no_wrong_name(house: House) -> None:
    """`--all` names nothing."""
    done = house.run("held", "approve", "--all")
    assert (done.returncode, done.stdout) == (1, "Nothing is held\n")
    assert house.run("held", "reject", "h1").stdout == "Nothing is held under that name\n"


@pytest.mark.slow
def test_watched_as_json_each_document_is_a_line(house: House) -> None:
    house.start()
    watching = subprocess.Popen(
        [*VENUESYNC, "--workspace", str(house.root), "status", "--watch", "--json"],
        env=house.environ, text=True, stdout=subprocess.PIPE, cwd=house.root.parent,
    )  # fmt: skip
    assert watching.stdout is not None
    assert json.loads(watching.stdout.readline())["mode"] == "headless"
    watching.kill()
    watching.communicate()


def followed(house: House, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*VENUESYNC, "--workspace", str(house.root), *words],
        env=house.environ, text=True, stdout=subprocess.PIPE, cwd=house.root.parent,
    )  # fmt: skip


@pytest.mark.slow
def test_what_is_followed_as_json_is_an_entry_a_line(house: House) -> None:
    """`--json` went unheard: what was followed came as text."""
    house.start()
    house.run("pause")
    following = followed(house, "activity", "-f", "--json")
    assert following.stdout is not None
    try:
        assert json.loads(following.stdout.readline())["text"]
    finally:
        following.kill()
        following.communicate()


@pytest.mark.slow
@pytest.mark.parametrize("words", [("activity", "-f"), ("activity", "-f", "--json"), ("status", "--watch")])
def test_who_tells_what_happens_ends_when_nobody_reads(house: House, words: tuple[str, ...]) -> None:
    """`venuesync activity -f | head -1` never came back: it told nobody, for as long as the agent ran."""
    house.start()
    house.run("pause")
    following = followed(house, *words)
    assert following.stdout is not None
    try:
        assert following.stdout.readline()
        following.stdout.close()

        def over() -> bool:
            house.run("resume")
            house.run("pause")
            return following.poll() is not None

        wait_for(over, 30, "it has ended")
        assert following.returncode == 0
    finally:
        following.kill()
        following.wait()


def test_paused_is_kept_across_restarts(house: House) -> None:
    assert house.run("pause", "all").returncode == 0
    house.start()
    assert house.json("status")["paused"]["all"] is True


@pytest.mark.slow
@pytest.mark.settings(VENUESYNC_DRIVE__RETRY_DELAY="60")
def test_the_queue_says_when_it_tries_again(house: House, tmp_path: Path) -> None:
    """By the clock that people read, also where that was set meanwhile: what waits is counted on another one."""
    ahead = tmp_path / "clock"
    ahead.write_text("0")
    house.environ["VENUESYNC_CLOCK_OFFSET"] = str(ahead)
    house.drop(scene(tmp_path / "a.jpg", 1), "DSC_0001.jpg")
    house.start()
    wait_for(lambda: house.json("status")["photos"]["verified"] == 1, 40, "its folder is there")
    house.emulator.faults({"method": "files.create", "reason": "badRequest", "times": 1})
    house.drop(scene(tmp_path / "b.jpg", 2), "DSC_0002.jpg")
    with house.api() as api:
        tried = lambda: [one for one in api.get("/uploads").json() if one["next_try_at"]]  # noqa: E731
        (row,) = wait_for(tried, 30, "it was refused")
        assert 0 < from_iso(row["next_try_at"]) - time.time() < 130, "in one minute, or two"
        ahead.write_text("7200")
        (row,) = tried()
        assert 0 < from_iso(row["next_try_at"]) - time.time() - 7200 < 130
    heads, told = house.run("uploads", "--state", "queued").stdout.splitlines()
    assert heads.split("  ")[-2:] == ["NEXT TRY", "WHY"]
    assert re.search(r"queued +1 +in \d+ (s|min)$", told), told


def test_drive_off_files_here_only(tmp_path: Path, house: House) -> None:
    house.environ["VENUESYNC_DRIVE__ENABLED"] = "false"
    house.drop(scene(tmp_path / "a.jpg", 1), "DSC_0001.jpg")
    done = house.until_done()
    assert done.returncode == 0, done.stderr
    assert "filed, Drive is off" in done.stdout
    assert len(house.on_disk()) == 1
    assert house.emulator.files() == []


def test_without_a_sign_in_it_exits_4_and_keeps_the_queue(tmp_path: Path, house: House) -> None:
    house.emulator.expire("refresh_tokens")
    house.drop(scene(tmp_path / "a.jpg", 1), "DSC_0001.jpg")
    done = house.until_done()
    assert done.returncode == 4
    assert "venuesync login" in done.stderr
    assert len(house.on_disk()) == 1


def test_wrong_settings_exit_2_naming_key_and_range(house: House) -> None:
    house.environ["VENUESYNC_FACES__TOLERANCE"] = "0.9"
    done = house.run("--no-ui")
    assert done.returncode == 2
    assert all(word in done.stderr for word in ("faces.tolerance", "0.9", "0.3 to 0.6"))
    assert "Traceback" not in done.stderr


def test_overlapping_folders_exit_2(house: House) -> None:
    house.environ["VENUESYNC_INCOMING__FOLDERS"] = str(house.root / "People") + os.pathsep
    done = house.run("--no-ui")
    assert done.returncode == 2
    assert "People" in done.stderr


@pytest.mark.slow
def test_a_folder_that_vanishes_degrades_the_watcher_by_name(tmp_path: Path, house: House) -> None:
    card = tmp_path / "card"
    card.mkdir()
    house.environ["VENUESYNC_INCOMING__FOLDERS"] = str(card)
    scene(card / "DSC_0001.jpg", 1)
    house.start()
    wait_for(lambda: house.json("status")["photos"]["verified"] == 1, 20, "the card's photo is on Drive")
    card.rename(tmp_path / "pulled")
    degraded = wait_for(
        lambda: (now := house.json("status")["watcher"])["state"] == "degraded" and now, 15, "the card is missed"
    )
    assert str(card) in degraded["detail"]
    assert not house.json("status")["safe_to_leave"]["safe"]
    (tmp_path / "pulled").rename(card)
    wait_for(lambda: house.json("status")["safe_to_leave"]["safe"], 25, "it heals")
    house.assert_same_tree(1)


@pytest.mark.parametrize("elsewhere", ["stdin", "stdout", "stderr"])
def test_a_monitor_that_nobody_could_see_or_type_at_is_refused(house: House, elsewhere: str) -> None:
    here, terminal = os.openpty()
    streams = {name: subprocess.PIPE if name == elsewhere else terminal for name in ("stdin", "stdout", "stderr")}
    asked = [*VENUESYNC, "--workspace", str(house.root)]
    ended = subprocess.run(asked, check=False, env=house.environ, timeout=30, **streams)  # type: ignore[call-overload]
    said = ended.stderr if elsewhere == "stderr" else os.read(here, 10_000)
    assert ended.returncode == 2
    assert f"{elsewhere} is none" in said.decode(), said
    os.close(here)
    os.close(terminal)


def without(stream: str) -> list[str]:
    """What starts a command with one of its streams closed: `<&-`, `2>&-`."""
    return ["sh", "-c", f'exec "$@" {stream}', "sh"]


@pytest.mark.slow
def test_closed_streams_are_said_in_words_and_what_is_said_stays_off_the_others(house: House) -> None:
    """It was something unexpected, to be reported; and without stderr the messages went among the data."""
    assert house.run("enroll", "Ana", str(FACES / "one_guest.jpg")).returncode == 0
    house.wrapped = without("<&-")
    for words, says in (
        (("people", "forget", "Ana"), "Say so with --yes"),
        (("notify", "add"), "No address was given"),
    ):
        done = house.run(*words)
        assert (done.returncode, done.stdout, says in done.stderr) == (2, "", True), done.stderr
    here, terminal = os.openpty()
    asked = [*house.wrapped, *VENUESYNC, "--workspace", str(house.root)]
    ended = subprocess.run(asked, check=False, env=house.environ, timeout=30, stdout=terminal, stderr=terminal)
    said = os.read(here, 10_000)
    assert (ended.returncode, b"stdin is none" in said) == (2, True), said
    os.close(here)
    os.close(terminal)
    house.wrapped = without("2>&-")
    done = house.run("people", "forget", "Zoe", "--yes", "--json")
    assert (done.returncode, done.stdout, done.stderr) == (2, "", "")
    assert [one["name"] for one in house.json("people")] == ["Ana"]


@pytest.mark.settings(VENUESYNC_SYNC__INTERVAL="0.5")
def test_an_unwise_setting_is_told_once(house: House) -> None:
    house.start()
    assert house.run("errors").stderr.count("sync.interval is 0.5 minutes") == 1


@pytest.mark.slow
@pytest.mark.skipif(os.getuid() != 0 or shutil.which("setpriv") is None, reason="only root can give a folder away")
def test_who_may_not_look_into_a_workspace_hears_whose_it_is(house: House) -> None:
    """Each command said that a folder cannot be made, and to choose another place; `doctor` said nothing else."""
    (house.root / "config.toml").chmod(0o644)
    folder = house.root / ".venuesync"
    os.chown(folder, 65534, 65534)
    house.wrapped = ORDINARY
    for asked in (["status"], ["status", "--check"], ["--no-ui"], ["stop"], ["doctor"], ["service"], ["init"]):
        refused = house.run(*asked)
        assert (refused.returncode, refused.stdout) == (2, ""), refused
        assert f"The workspace is another user's: {folder} may be looked into by" in refused.stderr
