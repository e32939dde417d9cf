"""`venuesync doctor`: each fault is put in, and found by name with its remedy; nothing is changed by looking."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agent.doctor import drive as doctors_drive
from agent.doctor.drive import door
from agent.doctor.findings import Begun, Check, State, examine
from agent.drive.endpoint import Endpoint
from agent.model import LockRole
from agent.running.waiting import Unwaited
from agent.workspace import WorkspaceLock, find_workspace
from tests.disk.calamities import FEW, ORDINARY, few_watches
from tests.emulator.drive import Emulator
from tests.patience import PATIENCE
from tests.venue.browser import log_in
from tests.venue.house import VENUESYNC, House, wait_for
from tests.venue.photographer import Photographer
from tests.venue.pictures import scene
from tests.venue.test_lost_stores import damage_ledger

EACH_ONCE = {
    *("python", "libraries", "processor", "disk", "config", "people", "ledger", "agent", "folders", "filing"),
    *("sleep", "shares", "watches", "proxy", "line", "clock", "sign-in", "quota", "sources", "destination", "trial"),
}

THE_MACHINES_OWN = {
    "disk",
    "libraries",
    "processor",
    "sleep",
    "watches",
    "line",
}  # which may be slow, full or busy just now


class Seen:
    """What it found, by what was looked at."""

    def __init__(self, house: House, *arguments: str) -> None:
        done = house.run("doctor", "--json", *arguments)
        assert done.stdout, done.stderr
        self.code, self.rows = done.returncode, json.loads(done.stdout)

    def problems(self) -> list[str]:
        return [one["check"] for one in self.rows if one["state"] == "problem"]

    def __getitem__(self, check: str) -> dict[str, Any]:
        (found,) = [one for one in self.rows if one["check"] == check]
        return found

    def finds(self, check: str, *words: str, state: str = "problem") -> None:
        """This and no other problem, with a remedy; the exit code says whether somebody is needed."""
        one = self[check]
        assert one["state"] == state, one
        assert one["remedy"]
        assert [word for word in words if word not in f"{one['detail']}. {one['remedy']}"] == [], one
        assert self.problems() == ([check] if state == "problem" else [])
        assert self.code == int(state == "problem")


def everything(root: Path) -> dict[str, str]:
    """Each file with its content; what SQLite keeps beside an open ledger is nobody's data."""
    return {
        str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(root.rglob("*"))
        if path.is_file() and not path.name.endswith(("-wal", "-shm"))
    }


@pytest.mark.slow
def test_where_all_is_well_each_thing_is_said_once_and_nothing_is_changed(house: House, tmp_path: Path) -> None:
    house.drop(scene(tmp_path / "made.jpg", 1), "DSC_0001.jpg")
    assert house.until_done().returncode == 0
    before, on_drive = everything(house.root), house.emulator.files()
    seen = Seen(house)
    assert seen.code == 0, seen.rows
    assert {one["check"] for one in seen.rows} == EACH_ONCE
    assert len(seen.rows) == len(EACH_ONCE)
    assert [one for one in seen.rows if one["state"] != "ok" and one["check"] not in THE_MACHINES_OWN] == []
    assert all(set(one) == {"check", "state", "detail", "remedy"} for one in seen.rows)
    assert everything(house.root) == before
    assert house.emulator.files() == on_drive, "the trial photo is gone again"
    assert house.emulator.requests()["methods"]["files.delete"] == 1, "and was there"


@pytest.mark.slow
def test_beside_a_running_agent(house: House, tmp_path: Path) -> None:
    """It goes on with its work, and takes the trial photo for none of its own."""
    agent = house.start()
    house.drop(scene(tmp_path / "made.jpg", 1), "DSC_0001.jpg")
    wait_for(lambda: house.json("status")["photos"]["verified"] == 1, 30, "it is verified")
    done = house.run("doctor")
    assert done.returncode == 0, done.stdout
    lines = {line.split()[1]: line for line in done.stdout.splitlines()}
    assert set(lines) == EACH_ONCE
    assert f"pid {agent.pid}, headless, answers within " in lines["agent"]
    assert "sound, 1 photo" in lines["ledger"]
    house.assert_same_tree(1)
    wait_for(lambda: house.json("status")["safe_to_leave"]["safe"], 30, "it is safe to pack up")


# ---- folders


@pytest.mark.slow
def test_folders_that_are_missing_or_lead_nowhere(house: House, tmp_path: Path) -> None:
    link, card = tmp_path / "nas", tmp_path / "card [bold]"
    link.symlink_to(tmp_path / "unplugged")
    house.environ["VENUESYNC_INCOMING__FOLDERS"] = json.dumps([str(link), str(card)])
    seen = Seen(house)
    assert seen.code == 1
    told = [one["detail"] for one in seen.rows if one["check"] == "folder"]
    assert told == [f"{link} is a link to {tmp_path / 'unplugged'}, which is not there", f"{card} is missing"]
    assert seen["folders"]["state"] == "ok", "the workspace's own is there"
    card.mkdir()
    link.unlink()
    link.mkdir()
    assert Seen(house).code == 0


@pytest.mark.parametrize(
    ("folders", "title"),
    [
        (["{card}", "{card}/dcim"], "Two incoming folders overlap"),
        (["People"], "An incoming folder overlaps with one that venuesync files into"),
    ],
)
def test_folders_that_overlap(house: House, tmp_path: Path, folders: list[str], title: str) -> None:
    """No agent starts with them, and no command works: all was said to be well, or the folder to be missing."""
    card = tmp_path / "card"
    (card / "dcim").mkdir(parents=True)
    house.environ["VENUESYNC_INCOMING__FOLDERS"] = json.dumps([one.format(card=card) for one in folders])
    Seen(house).finds("folders", title, folders[-1].format(card=card))


@pytest.mark.slow
@pytest.mark.skipif(os.getuid() == 0 and shutil.which("setpriv") is None, reason="root may read everything")
def test_a_folder_that_this_user_may_not_read(house: House, tmp_path: Path) -> None:
    house.wrapped = ORDINARY if os.getuid() == 0 else []
    card = tmp_path / "card"
    card.mkdir(mode=0o000)
    house.environ["VENUESYNC_INCOMING__FOLDERS"] = json.dumps([str(card)])
    try:
        Seen(house).finds("folder", f"{card} cannot be read by this user", "chmod")
    finally:
        card.chmod(0o700)


@pytest.mark.slow
def test_more_folders_than_the_system_watches(house: House) -> None:
    """The limit is that of the process's own name space, which is all that a test may lower."""
    house.wrapped = few_watches()
    if not house.wrapped:
        pytest.skip("no limit can be set here")
    for number in range(FEW):
        (house.incoming / f"camera {number}").mkdir()
    Seen(house).finds("watches", f"{FEW + 1} folders to watch, {FEW} allowed", "fs.inotify.max_user_watches=1048576")


# ---- settings


@pytest.mark.slow
def test_all_that_is_wrong_in_the_settings_is_said_at_once(house: House) -> None:
    config = house.root / "config.toml"
    config.write_text("[drive]\nuplaods = 3\n[sync]\ninterval = 900\n[faces]\nworkers = 1\n")
    done = house.run("doctor")
    assert done.returncode == 1
    lines = [line for line in done.stdout.splitlines() if line.startswith("problem  config")]
    assert ["drive.uplaods is no setting" in lines[0], "Did you mean drive.uploads?" in lines[0]] == [True, True]
    assert "sync.interval has a wrong value" in lines[1]
    assert "0.5 to 60 minutes" in lines[1]
    assert len(lines) == 2
    assert "Traceback" not in done.stdout + done.stderr
    config.write_text("[drive\n")
    assert "problem  config       config.toml cannot be read: " in house.run("doctor").stdout


def test_what_the_environment_sets_over_config(house: House) -> None:
    (house.root / "config.toml").write_text("[faces]\nworkers = 2\n[drive]\nuploads = 4\n")
    (house.root / ".env").write_text("UPLOAD_BATCH_SIZE=4\n")
    told = "faces.workers is 1 instead of 2: VENUESYNC_FACES__WORKERS in the environment goes before config.toml"
    Seen(house).finds("config", told, "Take it out of the environment", state="warning")


@pytest.mark.parametrize(
    ("host", "told"),
    [("0.0.0.0", True), ("192.168.1.7", True), ("127.0.0.1", False), ("localhost", False), ("", False)],
)
def test_an_api_that_other_machines_reach(house: House, host: str, told: bool) -> None:
    house.environ["VENUESYNC_API__LISTEN"] = f"{host}:8080" if host else ""
    seen = Seen(house)
    assert bool([one for one in seen.rows if one["check"] == "api"]) == told
    if told:
        seen.finds("api", f"api.listen is {host}:8080", "Set api.listen to 127.0.0.1:8080", state="warning")


# ---- stores


@pytest.mark.slow
def test_a_ledger_that_was_taken_away_is_not_called_one_that_is_still_to_be_made(house: House) -> None:
    """Beside a running agent, too: nothing was said to need anybody."""
    house.start()
    (house.root / ".venuesync/ledger.sqlite").unlink()
    done = house.run("doctor")
    assert (done.returncode, "ledger.sqlite is gone" in done.stdout) == (1, True), done.stdout
    assert house.stop() == 0


@pytest.mark.slow
def test_a_damaged_ledger_is_said_and_left_for_the_start_to_put_right(house: House, tmp_path: Path) -> None:
    house.drop(scene(tmp_path / "made.jpg", 1), "DSC_0001.jpg")
    assert house.until_done().returncode == 0
    damage_ledger(house)
    before = everything(house.root)
    Seen(house).finds("ledger", "ledger.sqlite cannot be used: ", "Start venuesync")
    assert everything(house.root) == before


@pytest.mark.slow
def test_what_was_fetched_for_an_event_that_is_gone_is_said_and_left(house: House, tmp_path: Path) -> None:
    """That was told once, as the event was removed; nobody knew of it any more later on."""
    house.drop(scene(tmp_path / "made.jpg", 1), "DSC_0001.jpg")
    assert house.until_done().returncode == 0
    file = house.root / ".venuesync/downloads/e-gone/abc-0123.jpg"
    file.parent.mkdir(parents=True)
    scene(file, 2)
    os.utime(file, (time.time() - 2 * 86_400,) * 2)
    before = everything(house.root)
    Seen(house).finds("downloads", "1 fetched file", str(file.parent), "incoming folder", state="warning")
    assert everything(house.root) == before


def test_a_damaged_list_of_people_is_said_and_left(house: House) -> None:
    assert house.run("people").returncode == 0
    roster = house.root / ".venuesync" / "roster.json"
    roster.write_text("{ damaged")
    Seen(house).finds("people", f"{roster} cannot be read", "Start venuesync")
    assert roster.read_text() == "{ damaged"


# ---- Drive


@pytest.mark.slow
def test_a_sign_in_that_was_ended(house: House, emulator: Emulator) -> None:
    assert log_in(house, emulator_account="ana@example.com").code == 0
    assert "ana@example.com, level full, signed in " in Seen(house)["sign-in"]["detail"]
    emulator.expire("refresh_tokens")
    seen = Seen(house)
    seen.finds("sign-in", "venuesync login")
    assert not {"quota", "sources", "trial"} & {one["check"] for one in seen.rows}, "nobody could be asked"
    assert seen["line"]["state"] == seen["clock"]["state"] == "ok"


@pytest.mark.slow
def test_a_level_that_is_not_enough(house: House, emulator: Emulator, anna: Photographer) -> None:
    source = anna.folder("Anna's photos", share=True)
    assert house.run("events", "add", "Party", "--source", source).returncode == 0
    assert log_in(house, "--level", "upload").code == 0
    assert Seen(house)["sign-in"]["remedy"] == "Run: venuesync login --level full"


@pytest.mark.slow
@pytest.mark.parametrize(("seconds", "state"), [(-7230, "problem"), (20, "warning"), (1, "ok")])
def test_a_clock_that_is_wrong_by_drives_date(house: House, tmp_path: Path, seconds: int, state: str) -> None:
    (tmp_path / "offset").write_text(str(seconds))
    house.environ["VENUESYNC_CLOCK_OFFSET"] = str(tmp_path / "offset")
    if state == "ok":
        assert Seen(house)["clock"]["state"] == "ok"
    else:
        words = "2 h slow by Drive's Date" if seconds < 0 else " s fast by Drive's Date"
        Seen(house).finds("clock", words, "timedatectl set-ntp true", state=state)


@pytest.mark.slow
def test_a_source_that_is_not_shared_any_more(house: House, emulator: Emulator, anna: Photographer) -> None:
    lost, kept = anna.folder("Anna's photos", share=True), anna.folder("More", share=True)
    assert house.run("events", "add", "Party", "--source", lost, "--source", kept).returncode == 0
    assert house.until_done().returncode == 0
    assert Seen(house)["sources"]["detail"] == f"2 sources can be read by {anna.venue}"
    (permission,) = anna.permissions(lost)
    anna.unshare(lost, permission)
    Seen(house).finds("source", f"Anna's photos (folder {lost})", f"Share it with {anna.venue}")


@pytest.mark.slow
def test_a_source_of_an_event_that_is_over_needs_nobody(house: House, anna: Photographer) -> None:
    """Nobody looks there any more: "Share it, it is read again by itself" was said of each photographer, for good."""
    lost = anna.folder("Anna's photos", share=True)
    assert house.run("events", "add", "Party", "--source", lost).returncode == 0
    (permission,) = anna.permissions(lost)
    anna.unshare(lost, permission)
    assert "source" in Seen(house).problems()
    assert house.run("events", "disable", "Party").returncode == 0
    seen = Seen(house)
    assert (seen["sources"]["detail"], "source" in {one["check"] for one in seen.rows}) == ("none", False)


@pytest.mark.slow
def test_a_destination_that_is_only_to_be_read(house: House, anna: Photographer) -> None:
    folder = anna.folder("Prints", share=True)
    house.environ["VENUESYNC_DRIVE__DESTINATION"] = folder
    Seen(house).finds("destination", f"drive.destination: nothing can be put into the folder {folder}")
    anna.share(folder, "writer")
    assert Seen(house)["destination"]["detail"] == f"photos can be put into {folder}"


@pytest.mark.slow
def test_a_drive_without_room_for_what_waits(house: House, emulator: Emulator, tmp_path: Path) -> None:
    assert house.run("pause").returncode == 0
    house.start()
    house.drop(scene(tmp_path / "made.jpg", 1), "DSC_0001.jpg")
    wait_for(lambda: house.json("status")["uploads"]["queued"] == 1, 20, "it waits")
    emulator.quota(1000)
    emulator.faults({"method": "files.create", "reason": "storageQuotaExceeded", "times": None})
    one = Seen(house)["quota"]
    assert one["state"] == "problem"
    assert "Drive will be full before everything is there" in one["detail"]


@pytest.mark.slow
def test_what_hangs_is_cut_off_and_named(house: House, emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "getloadavg", lambda: (0.0, 0.0, 0.0))  # on a swamped machine it is no problem of Drive's
    usual = seconds(house)
    emulator.faults({"method": "about.get", "skip": 1, "delay_ms": 60_000, "times": None})
    began = time.monotonic()
    Seen(house).finds("quota", "no answer within ")
    assert time.monotonic() - began < 5 * PATIENCE + usual


def seconds(house: House) -> float:
    began = time.monotonic()
    Seen(house)
    return time.monotonic() - began


def test_no_line(house: House, emulator: Emulator) -> None:
    emulator.outage(30)
    try:
        seen = Seen(house)
        assert (seen["line"]["state"], seen.code) == ("problem", 1)
        assert seen.problems() == ["line"]
    finally:
        emulator.outage(0)


@pytest.mark.slow
def test_a_trial_photo_that_comes_back_otherwise_or_stays(house: House, emulator: Emulator) -> None:
    emulator.faults({"method": "files.get_media", "corrupt": True, "after_bytes": 1000})
    Seen(house).finds("trial", "File damaged in transfer", "Try once more")
    assert emulator.files() == []
    emulator.faults({"method": "files.delete", "status": 500, "times": None})
    seen = Seen(house)
    assert [one["detail"] for one in seen.rows if one["state"] == "problem"] == [
        "venuesync trial photo.jpg could not be deleted again"
    ]


def test_a_trial_photo_that_takes_long_to_delete_is_not_said_to_be_there(house: House, emulator: Emulator) -> None:
    """It is gone, and was a problem: it could not be deleted again."""
    emulator.faults({"method": "files.delete", "delay_ms": 2500})
    seen = Seen(house)
    assert (seen.problems(), seen.code) == ([], 0)
    assert [(one["state"], one["remedy"]) for one in seen.rows if "Drive did not say in 1 s" in one["detail"]] == [
        ("warning", "Look for it in My Drive, and delete it there")
    ]
    assert [one for one in emulator.files() if one["name"] == "venuesync trial photo.jpg"] == []


def test_a_trial_for_which_no_time_is_left_is_said_not_to_be_measured(
    house: House, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was said that a photo did not arrive in 0.0 s, and to expect photos to take long."""
    monkeypatch.setattr(doctors_drive, "REMOVAL_TIME", doctors_drive.LIMIT)
    row = Seen(house)["trial"]
    assert (row["state"], row["detail"]) == ("warning", "not measured: all else took the time that there was")
    assert row["remedy"] == "Ask once more when the machine is less busy"
    assert "files.create" not in emulator.requests()["methods"]


@pytest.mark.settings(VENUESYNC_DRIVE__ENABLED="false")
def test_where_drive_is_off_nobody_is_asked(house: House, emulator: Emulator) -> None:
    emulator.forget_requests()
    seen = Seen(house)
    assert (seen.code, seen["Drive"]["state"]) == (0, "ok")
    assert emulator.requests()["methods"] == {}


# ---- the agent, and before there is anything


@pytest.mark.slow
def test_an_agent_that_hangs(house: House) -> None:
    agent = house.start()
    os.kill(agent.pid, signal.SIGSTOP)
    try:
        Seen(house).finds("agent", f"pid {agent.pid}", f"kill -9 {agent.pid}")
    finally:
        os.kill(agent.pid, signal.SIGCONT)


@pytest.mark.slow
def test_an_agent_that_only_begins_runs_here(house: House) -> None:
    """The stores of a large evening take a while to open: "none runs here", it was, and with a service: start it."""
    lock = WorkspaceLock(find_workspace(house.root, house.environ))
    assert lock.acquire(LockRole.AGENT)
    try:
        Seen(house).finds("agent", f"pid {os.getpid()} has this workspace", "Ask again", state="warning")
    finally:
        lock.release()
    assert Seen(house)["agent"]["detail"] == "none runs here"


@pytest.mark.slow
def test_without_a_workspace(house: House, tmp_path: Path) -> None:
    done = subprocess.run(
        [*VENUESYNC, "--workspace", str(tmp_path / "none"), "doctor"],
        env=house.environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert "venuesync init" in done.stderr
    assert not (tmp_path / "none").exists()


async def test_what_ends_when_nobody_waits_for_it_any_more_writes_nothing_between_the_findings(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A name that the network does not resolve, say: its thread is left alone when its time is over."""
    over, raised = threading.Event(), list[threading.ExceptHookArgs]()
    monkeypatch.setattr(threading, "excepthook", raised.append)
    asyncio.get_running_loop().set_default_executor(Unwaited())
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await asyncio.to_thread(over.wait)
    (left,) = [one for one in threading.enumerate() if one.daemon and "work" in one.name]
    over.set()
    left.join()
    assert not raised


@pytest.mark.parametrize(("to_a_core", "state"), [(1, State.PROBLEM), (9, State.WARNING)])
def test_what_comes_late_on_a_swamped_machine_is_not_held_against_drive(
    monkeypatch: pytest.MonkeyPatch, to_a_core: int, state: State
) -> None:
    load, over = float(to_a_core * (os.cpu_count() or 1)), threading.Event()
    monkeypatch.setattr(os, "getloadavg", lambda: (load, 0.0, 0.0))

    def hangs() -> Iterator[Begun]:
        yield Begun("quota")
        over.wait()

    (found,) = examine([Check("Drive", hangs, 0.1, "Use another line")])
    over.set()
    busy = ("no answer within 0.1 s, while 9 processes share each core", "Try again when the machine is less busy")
    hung = ("no answer within 0.1 s", "Use another line")
    assert (found.check, found.state) == ("quota", state)
    assert (found.detail, found.remedy) == (hung if state is State.PROBLEM else busy)


@pytest.mark.parametrize(("to_a_core", "state"), [(1, State.PROBLEM), (9, State.WARNING)])
def test_whoever_answers_late_there_is_not_held_to_be_away(
    monkeypatch: pytest.MonkeyPatch, to_a_core: int, state: State
) -> None:
    monkeypatch.setattr(os, "getloadavg", lambda: (float(to_a_core * (os.cpu_count() or 1)), 0.0, 0.0))
    with socket.create_server(("127.0.0.1", 0)) as silent:  # it takes whoever comes, and says nothing
        there = Endpoint(f"http://127.0.0.1:{silent.getsockname()[1]}")
        (found,) = examine([Check("line", lambda: door(there), 10)])
    assert (found.check, found.state) == ("line", state)
    assert ("9 processes share each core" in found.detail) == (state is State.WARNING)


def test_where_nobody_is_that_is_said_however_busy_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "getloadavg", lambda: (9.0 * (os.cpu_count() or 1), 0.0, 0.0))
    with socket.create_server(("127.0.0.1", 0)) as left:
        there = Endpoint(f"http://127.0.0.1:{left.getsockname()[1]}")
    (found,) = examine([Check("line", lambda: door(there), 10)])
    assert (found.check, found.state) == ("line", State.PROBLEM)
