"""The agent as a service: what its manager hears of it, and the unit that starts it."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.emulator.drive import Emulator
from tests.venue.house import ROOT, VENUESYNC, House, wait_for
from tests.venue.pictures import scene

NOBODY_THERE = "unix:path=/nowhere"


class Manager:
    """What a service manager hears on its socket: it reads all the time, as systemd does."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.heard: list[tuple[float, str, str]] = []  # when, what, and what of it
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(f"\0{address[1:]}" if address.startswith("@") else address)
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        with suppress(OSError):
            while said := self._socket.recv(65_536):
                pairs = (line.partition("=") for line in said.decode().splitlines())
                self.heard += [(time.monotonic(), key, value) for key, _, value in pairs]

    def said(self, key: str, since: float = 0.0) -> list[str]:
        return [value for at, one, value in self.heard if one == key and at > since]

    def until(self, key: str, value: str, seconds: float = 30) -> None:
        wait_for(lambda: value in self.said(key), seconds, f"{key}={value} is heard")

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()


@pytest.fixture(params=["path", "abstract"])
def manager(request: pytest.FixtureRequest, runtime_dir: Path, house: House) -> Iterator[Manager]:
    if request.param == "abstract" and not Path("/proc/self").exists():
        pytest.skip("names without a file are Linux's")
    made = Manager(str(runtime_dir / "notify") if request.param == "path" else f"@venuesync-test-{os.getpid()}")
    house.environ["NOTIFY_SOCKET"] = made.address
    yield made
    made.close()


@pytest.mark.slow
def test_what_a_service_manager_hears_of_an_evening(house: House, manager: Manager, tmp_path: Path) -> None:
    """Ready once it can be asked, how it stands in the words of `status --check`, and that it ends."""
    house.environ |= {"WATCHDOG_USEC": "600000", "PYTHONPATH": f"{held_up_by_sigusr1(tmp_path)}:{ROOT}"}
    agent = house.start()
    manager.until("READY", "1")
    assert house.run("status").returncode == 0, "it can be asked"
    manager.until("STATUS", "not yet: no photo has arrived")
    house.drop(scene(tmp_path / "made.jpg", 1), "DSC_0001.jpg")
    manager.until("STATUS", "safe: 1 photo verified on Drive")
    before = time.monotonic()
    wait_for(lambda: len(manager.said("WATCHDOG", before)) >= 3, 5, "it says again and again that it lives")
    for hang in (signal.SIGSTOP, signal.SIGUSR1):
        agent.send_signal(hang)
        time.sleep(0.5)
        stopped = time.monotonic()
        time.sleep(1.5)
        assert manager.said("WATCHDOG", stopped) == [], "one that hangs says nothing"
        agent.send_signal(signal.SIGCONT)
        wait_for(lambda since=stopped: manager.said("WATCHDOG", since), 10, "it goes on")
    assert house.stop() == 0
    assert manager.said("STOPPING") == ["1"]
    assert set(manager.said("READY")) == {"1"}


def held_up_by_sigusr1(folder: Path) -> Path:
    """A folder of modules: its agent's event loop stands still for three seconds, all other threads go on."""
    hook = "import signal, time\nsignal.signal(signal.SIGUSR1, lambda *_: time.sleep(3))\n"
    (folder / "sitecustomize.py").write_text(hook)
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("manager", ["path"], indirect=True)
def test_the_word_stays_away_where_a_part_stands_still_and_is_not_helped(
    house: House, manager: Manager, emulator: Emulator, tmp_path: Path
) -> None:
    """The queue waits for ids that never come; begun anew, it waits for them again. What helps itself goes on."""
    house.environ |= {"WATCHDOG_USEC": "600000", "VENUESYNC_STANDSTILL_AFTER": "2"}
    house.start()
    house.drop(scene(tmp_path / "made.jpg", 1), "DSC_0001.jpg")
    manager.until("STATUS", "safe: 1 photo verified on Drive")
    with sqlite3.connect(house.root / ".venuesync/ledger.sqlite", timeout=30) as db:
        db.execute("DELETE FROM drive_id_pool")
    emulator.faults({"method": "files.generateIds", "delay_ms": 300_000, "times": 1000})
    house.drop(scene(tmp_path / "made.jpg", 2), "DSC_0002.jpg")
    wait_for(lambda: silent(manager, 2.0), 60, "nobody says that it lives")
    assert house.run("status", "--json").returncode == 0, "it answers all the same"
    emulator.clear_faults()
    since = time.monotonic()
    wait_for(lambda: manager.said("WATCHDOG", since), 30, "it lives again")


def silent(manager: Manager, seconds: float) -> bool:
    return not manager.said("WATCHDOG", time.monotonic() - seconds)


@pytest.mark.slow
@pytest.mark.parametrize("manager", ["path"], indirect=True)
def test_settings_are_read_again_while_it_runs(house: House, manager: Manager) -> None:
    """What holds at once does; of the rest it is said from when on; a wrong one changes nothing, and ends nothing."""
    config = house.root / "config.toml"
    config.write_text("")
    agent = house.start()
    manager.until("READY", "1")
    config.write_text('[drive]\nup_mbps = 20\n[sync]\ninterval = 5\n[monitor]\ntheme = "light"\n[keys]\nundo = "u"\n')
    agent.send_signal(signal.SIGHUP)
    told = (
        "The settings were read again: drive.up_mbps is 20.0 instead of 0.0 (now), sync.interval is 5.0 instead of 2.0"
        " (after a restart), monitor.theme is light instead of auto (when a monitor is opened next),"
        " keys.undo is u instead of z (when a monitor is opened next)"
    )
    wait_for(lambda: told in happened(house), 20, "it is said")
    assert house.json("limit")["up_mbps"] == 20
    assert manager.said("RELOADING") == ["1"]
    assert int(manager.said("MONOTONIC_USEC")[0]) <= time.monotonic_ns() // 1000
    wait_for(lambda: manager.said("READY") == ["1", "1"], 10, "it is ready again")
    config.write_text("[sync]\ninterval = 5000\n")
    agent.send_signal(signal.SIGHUP)
    wait_for(lambda: "The settings stay as they were: sync.interval has a wrong value" in happened(house), 20, "said")
    config.write_text("[sync]\ninterval = 5\n")
    agent.send_signal(signal.SIGHUP)
    wait_for(
        lambda: "drive.up_mbps is 0.0 instead of 20.0 (now), sync.interval is 5.0 instead" in happened(house), 20, ""
    )
    config.write_text('[drive]\nsend = false\nmetered = true\n[filing]\nmode = "664"\n')
    agent.send_signal(signal.SIGHUP)
    told = "drive.send is false instead of true (after a restart), drive.metered is true instead of false (now), "
    told += "filing.mode is 664 instead of empty (after a restart)"
    wait_for(lambda: told in happened(house), 20, "as config.toml has it")
    assert agent.poll() is None
    assert house.stop() == 0


def happened(house: House) -> str:
    return "\n".join(one["text"] for one in house.json("activity"))


@pytest.mark.slow
def test_an_agent_without_a_screen_outlives_its_terminal(house: House, tmp_path: Path) -> None:
    """A line that drops hangs it up: it reads its settings, which are as they were, and goes on."""
    ours, theirs = pty.openpty()
    agent = subprocess.Popen(
        [*VENUESYNC, "--workspace", str(house.root), "--no-ui"],
        env=house.environ,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        cwd=tmp_path,
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509 - its controlling terminal
    )
    os.close(theirs)
    wait_for((house.root / ".venuesync" / "agent.json").exists, 60, "it listens")
    os.close(ours)
    wait_for(lambda: "read again: nothing is another one" in happened(house), 20, "it was hung up")
    house.drop(scene(tmp_path / "made.jpg", 1), "DSC_0001.jpg")
    wait_for(lambda: house.json("status")["photos"]["verified"] == 1, 30, "it goes on")
    assert house.run("stop").returncode == 0
    assert agent.wait(15) == 0


# ---- the unit


def unit(house: House, *arguments: str) -> dict[str, Any]:
    done = house.run("service", "install", "--print", "--json", *arguments)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture
def no_systemd(house: House, tmp_path: Path) -> Path:
    """Nobody answers to `systemctl --user`; the folder into which units of this user go."""
    config = tmp_path / "config"
    house.environ |= {"XDG_CONFIG_HOME": str(config), "DBUS_SESSION_BUS_ADDRESS": NOBODY_THERE}
    return config / "systemd" / "user"


HARD = ("Mia & Tom", "50 % off", 'she said "yes"', "it costs $HOME", "back\\slash", "Åsa 🌸", "tab\there")


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd here")
@pytest.mark.parametrize("name", HARD)
@pytest.mark.parametrize("scope", ["--user", "--system"])
def test_systemd_takes_the_unit_whatever_the_workspace_is_called(
    emulator: Emulator, tmp_path: Path, name: str, scope: str
) -> None:
    house = House(tmp_path / name, emulator)
    made = unit(house, *(["--system"] if scope == "--system" else []))
    file = tmp_path / made["unit"]
    file.write_text(made["text"])
    done = subprocess.run(
        ["systemd-analyze", "verify", scope, str(file)], capture_output=True, text=True, env=house.environ, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd here")
def test_systemd_finds_the_machines_unit_hardly_exposed(house: House, tmp_path: Path) -> None:
    """At most 3 of 10, by its own measure; what is left is the network, the home folders and /tmp."""
    made = unit(house, "--system")
    file = tmp_path / made["unit"]
    file.write_text(made["text"])
    command = ["systemd-analyze", "security", "--offline=true", "--threshold=30", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, env=house.environ, check=False)
    if "unrecognized option" in done.stderr:
        pytest.skip("this systemd measures running units alone")
    assert done.returncode == 0, done.stdout[-200:]


def test_two_workspaces_are_two_units(emulator: Emulator, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    names = {unit(House(tmp_path / folder / "Mia", emulator))["unit"] for folder in (".", "other")}
    assert len(names) == 2
    assert all(name.startswith("venuesync-Mia-") for name in names)


def test_what_the_unit_may_write(house: House, tmp_path: Path) -> None:
    """The workspace, where its links lead, and folders out of which originals are moved; else it only reads.

    Files for a while lie where everybody's do: an export to /tmp is found there.
    """
    card, nas = tmp_path / "card", tmp_path / "nas"
    nas.mkdir()
    house.incoming.rmdir()
    house.incoming.symlink_to(nas)
    config = house.root / "config.toml"
    config.write_text(f'[incoming]\nfolders = ["{card}"]\n')
    assert written(house) == [house.root, nas, Path(house.environ["XDG_RUNTIME_DIR"])]
    config.write_text(f'[incoming]\nfolders = ["{card}"]\nafter = "move"\n')
    assert written(house) == [house.root, nas, card, Path(house.environ["XDG_RUNTIME_DIR"])]
    assert written(house, "--system") == [house.root, nas, card]


def written(house: House, *arguments: str) -> list[Path]:
    lines = unit(house, *arguments)["text"].splitlines()
    assert "ProtectSystem=strict" in lines
    found = [Path(line.split('"')[1].removeprefix("-")) for line in lines if line.startswith("ReadWritePaths=")]
    assert found[-2:] == [Path("/tmp"), Path("/var/tmp")]
    return found[:-2]


def test_where_there_is_no_systemd_nothing_is_written(house: House, no_systemd: Path) -> None:
    done = house.run("service", "install")
    assert (done.returncode, done.stdout) == (1, "")
    assert f"--workspace {house.root} --no-ui" in done.stderr, "what to do instead"
    assert not no_systemd.exists()
    done = house.run("service", "status", "--json")
    assert done.returncode == 3
    told = json.loads(done.stdout)
    assert (told["installed"], told["enabled"], told["active"], told["pid"]) == (False, False, False, None)
    assert house.run("service", "uninstall").returncode == 1


@pytest.mark.skipif(sys.platform == "darwin", reason="launchd is asked there")
def test_what_a_service_is_not_told_is_named(house: House, no_systemd: Path, tmp_path: Path) -> None:
    """Settings by their predecessors' names, the key of the sign-in, a proxy; what `.env` says as well it knows."""
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "systemctl").write_text("#!/bin/sh\necho ActiveState=active\n")
    (tools / "systemctl").chmod(0o755)
    (house.root / ".env").write_text("UPLOAD_MAX_RETRIES=5\nUPLOAD_RETRY_DELAY=2\nNO_PROXY=127.0.0.1\n")
    house.environ |= {
        "PATH": f"{tools}:{house.environ['PATH']}",
        "AUTO_SYNC_INTERVAL": "3",
        "ENCRYPTION_KEY": "of thirty-two bytes and some more",
        "UPLOAD_MAX_RETRIES": "5",
        "UPLOAD_RETRY_DELAY": "3",
        "https_proxy": "http://127.0.0.1:9",
        "no_proxy": "127.0.0.1",
    }
    done = house.run("service", "install")
    assert done.returncode == 0, done.stderr
    (told,) = [line for line in done.stderr.splitlines() if "A service knows nothing of" in line]
    named = set(told.partition("nothing of ")[2].partition(":")[0].split(", "))
    assert {"AUTO_SYNC_INTERVAL", "ENCRYPTION_KEY", "UPLOAD_RETRY_DELAY", "https_proxy"} <= named
    assert "VENUESYNC_DRIVE__ENDPOINT" in named and not {"UPLOAD_MAX_RETRIES", "no_proxy"} & named
    assert no_systemd.is_dir()


def test_only_what_was_made_here_is_removed(house: House, no_systemd: Path) -> None:
    made = unit(house)
    file = Path(made["path"])
    assert file.parent == no_systemd
    wants = no_systemd / "default.target.wants" / made["unit"]
    wants.parent.mkdir(parents=True)
    wants.symlink_to(file)
    file.write_text("[Service]\nExecStart=/bin/true\n")
    done = house.run("service", "uninstall")
    assert (done.returncode, file.exists(), wants.is_symlink()) == (1, True, True), done.stdout
    file.write_text(made["text"])
    assert json.loads(house.run("service", "status", "--json").stdout)["installed"] is True
    told = {one["check"]: one for one in json.loads(house.run("doctor", "--json").stdout)}["agent"]
    assert (told["state"], made["unit"] in told["detail"]) == ("warning", True), "it is there, and does not run"
    done = house.run("service", "uninstall")
    assert (done.returncode, file.exists(), wants.is_symlink()) == (0, False, False), done.stderr
    assert (house.root / "config.toml").exists()
