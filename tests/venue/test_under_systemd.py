"""The unit with systemd itself: installed, reloaded, killed, hung, stopped, removed. `make systemd` on a machine that
systemd runs: it puts a unit of a temporary workspace beside the user's own, and takes it away again; root tries
`--system`, too.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agent.service.unit import WATCHDOG
from tests.emulator.drive import Emulator
from tests.venue.house import wait_for
from tests.venue.pictures import scene

VENUESYNC = str(Path(sys.executable).with_name("venuesync"))
STOPS_WITHIN = 10  # seconds
ABORTED = 25  # seconds that systemd leaves one that does not answer its SIGABRT, and until it is started again

pytestmark = [
    pytest.mark.skipif(not os.environ.get("VENUESYNC_SYSTEMD"), reason="changes this machine's services: make systemd"),
    pytest.mark.timeout(WATCHDOG + 180),
]


class Service:
    """A workspace with its settings in `.env`, as a service has no others, and its unit."""

    def __init__(self, root: Path, emulator: Emulator, *, system: bool) -> None:
        self.root, self.words = root, ["--system"] if system else []
        self.ask("init", str(root), in_it=False)
        (root / ".env").write_text(f"VENUESYNC_DRIVE__ENDPOINT={emulator.url}\nVENUESYNC_DISK__KEEP_FREE=0\n")
        (root / "config.toml").write_text("")
        self.unit = str(self.json("service")["unit"])
        self.control = ["systemctl", *([] if system else ["--user"])]

    def ask(self, *words: str, in_it: bool = True) -> subprocess.CompletedProcess[str]:
        where = ["--workspace", str(self.root)] if in_it else []
        return subprocess.run([VENUESYNC, *where, *words], capture_output=True, text=True, timeout=90, check=False)

    def done(self, *words: str) -> str:
        done = self.ask(*words)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def json(self, *words: str) -> Any:
        if words[0] == "service":
            words = (*words, *self.words)
        return json.loads(self.ask(*words, "--json").stdout)

    def systemctl(self, *words: str) -> str:
        done = subprocess.run([*self.control, *words, self.unit], capture_output=True, text=True, check=True)
        return done.stdout.strip()

    def shown(self, key: str) -> str:
        return self.systemctl("show", "--value", f"--property={key}")

    @property
    def pid(self) -> int:
        return int(self.shown("MainPID"))

    def until_another_runs(self, pid: int, seconds: float) -> None:
        wait_for(lambda: self.pid not in (0, pid) and self.shown("SubState") == "running", seconds, "it runs again")

    def until_verified(self, photos: int) -> None:
        def there() -> bool:
            status = self.json("status")
            return status["photos"]["verified"] == photos and status["safe_to_leave"]["safe"]

        wait_for(there, 60, f"{photos} photos are verified")

    def drop(self, photos: int) -> None:
        made = scene(self.root.with_name("made.jpg"), photos)
        made.rename(self.root / "Incoming" / f"DSC_{photos:04}.jpg")
        self.until_verified(photos)


@pytest.fixture(params=["user", "system"])
def service(request: pytest.FixtureRequest, emulator: Emulator) -> Iterator[Service]:
    system = request.param == "system"
    if system and os.geteuid() != 0:
        pytest.skip("a unit for the whole machine is root's to install")
    with tempfile.TemporaryDirectory(prefix="venuesync unit ", dir=Path.home()) as folder:
        made = Service(Path(folder) / "Mia & Tom's 50% $HOME", emulator, system=system)
        made.done("service", "install", *made.words)
        yield made
        if Path(made.json("service")["path"]).exists():
            made.done("service", "uninstall", *made.words)


def test_a_photo_is_filed_and_it_is_told_how_things_stand(service: Service) -> None:
    assert service.shown("Type") == "notify"
    assert service.json("service", "status")["active"]
    service.drop(1)
    wait_for(lambda: service.shown("StatusText") == "safe: 1 photo verified on Drive", 20, "systemd is told")
    verified = subprocess.run(
        ["systemd-analyze", "verify", *service.control[1:], service.unit], capture_output=True, text=True, check=False
    )
    assert (verified.returncode, verified.stderr) == (0, "")


def test_settings_are_read_again(service: Service) -> None:
    pid = service.pid
    (service.root / "config.toml").write_text("[drive]\nup_mbps = 20\n")
    service.systemctl("reload")
    wait_for(lambda: service.json("limit")["up_mbps"] == 20, 20, "it holds")
    assert (service.pid, service.shown("SubState")) == (pid, "running")


def test_killed_it_is_started_again_and_nothing_is_lost(service: Service, emulator: Emulator) -> None:
    service.drop(1)
    pid = service.pid
    os.kill(pid, signal.SIGKILL)
    service.until_another_runs(pid, 30)
    service.drop(2)
    names = [one["name"] for one in emulator.files() if one["mimeType"].startswith("image/")]
    assert sorted(names) == ["DSC_0001.jpg", "DSC_0002.jpg"]


def test_one_that_hangs_is_started_again(service: Service) -> None:
    service.drop(1)
    pid = service.pid
    os.kill(pid, signal.SIGSTOP)
    service.until_another_runs(pid, WATCHDOG + ABORTED + 30)
    service.drop(2)


def test_stopped_it_stays_so_and_wrong_settings_are_not_tried_again(service: Service) -> None:
    service.drop(1)
    began = time.monotonic()
    service.done("stop")
    assert time.monotonic() - began < STOPS_WITHIN
    wait_for(lambda: service.shown("ActiveState") == "inactive", 20, "it has ended")
    time.sleep(8)  # longer than until one that failed is started again
    assert service.shown("ActiveState") == "inactive"
    (service.root / "config.toml").write_text("[drive]\nup_mbps = -1\n")
    with pytest.raises(subprocess.CalledProcessError):
        service.systemctl("start")
    time.sleep(8)
    assert (service.shown("ActiveState"), service.shown("NRestarts")) == ("failed", "0")
    (service.root / "config.toml").write_text("")
    service.systemctl("start")
    service.drop(2)
    began = time.monotonic()
    service.systemctl("stop")
    assert time.monotonic() - began < STOPS_WITHIN


def test_removed_nothing_of_it_is_left_but_the_workspace(service: Service) -> None:
    service.drop(1)
    path, pid = Path(service.json("service")["path"]), service.pid
    service.done("service", "uninstall", *service.words)
    assert not path.exists()
    assert service.shown("LoadState") == "not-found"
    assert not Path(f"/proc/{pid}").exists()
    assert (service.root / "Incoming" / "DSC_0001.jpg").is_file()
