"""The machine is held awake while photos wait, asked of systemd's own logind: one on a bus of the test's own."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.emulator.drive import Emulator
from tests.venue.disks import why_not
from tests.venue.house import House, wait_for
from tests.venue.pictures import scene

LOGIND = Path("/lib/systemd/systemd-logind")
BUS = """<busconfig><type>system</type><listen>unix:path={path}</listen><auth>EXTERNAL</auth>
<policy context="default"><allow user="*"/><allow own="*"/><allow send_type="method_call"/>
<allow send_destination="*"/><allow receive_sender="*"/></policy></busconfig>"""
APART = "mount -t tmpfs tmpfs /run && mkdir -p /run/systemd && exec {logind}"  # it keeps its notes there
NEEDED = ("dbus-daemon", "systemd-inhibit", "unshare")

pytestmark = pytest.mark.settings(VENUESYNC_POWER__STAY_AWAKE="true")


def why_no_logind() -> str:
    missing = [one for one in NEEDED if shutil.which(one) is None] + [str(LOGIND)] * (not LOGIND.exists())
    return f"{missing[0]} is not here" if missing else why_not()


@pytest.fixture
def asleep_unless_held(house: House, tmp_path: Path) -> Iterator[House]:
    """A venue on a machine whose sleep is logind's."""
    path = tmp_path / "bus"
    (tmp_path / "bus.conf").write_text(BUS.format(path=path))
    house.environ["DBUS_SYSTEM_BUS_ADDRESS"] = f"unix:path={path}"
    bus = subprocess.Popen(["dbus-daemon", f"--config-file={tmp_path / 'bus.conf'}", "--nofork"])
    wait_for(path.exists, 10, "the bus listens")
    logind = subprocess.Popen(
        ["unshare", "-m", "sh", "-c", APART.format(logind=LOGIND)], env=house.environ, stderr=subprocess.DEVNULL
    )
    try:
        wait_for(lambda: inhibitors(house) is not None, 20, "logind answers")
        yield house
    finally:
        for one in (logind, bus):
            one.terminate()
            one.wait(10)


def inhibitors(house: House) -> list[str] | None:
    """Who keeps the machine from sleeping, as `systemd-inhibit --list` tells; `None`: nobody answers."""
    done = subprocess.run(
        ["systemd-inhibit", "--list", "--no-legend"], env=house.environ, capture_output=True, text=True, check=False
    )
    return [line for line in done.stdout.splitlines() if "venuesync" in line] if done.returncode == 0 else None


@pytest.mark.slow
@pytest.mark.skipif(bool(why_no_logind()), reason=why_no_logind())
def test_it_is_held_while_photos_wait_and_no_longer(
    asleep_unless_held: House, emulator: Emulator, tmp_path: Path
) -> None:
    house = asleep_unless_held
    house.start()
    wait_for(lambda: house.json("status")["drive"]["state"] == "online", 20, "online")
    assert inhibitors(house) == []
    emulator.outage(60)
    house.drop(scene(tmp_path / "made.jpg", 1), "DSC_0001.jpg")
    (held,) = wait_for(lambda: inhibitors(house), 20, "it is held awake")
    assert "sleep:idle" in held and "Photos wait" in held and "block" in held
    assert house.run("pause", "all").returncode == 0
    wait_for(lambda: inhibitors(house) == [], 15, "somebody paused: it may sleep")
    assert house.run("resume", "all").returncode == 0
    wait_for(lambda: inhibitors(house), 15, "it is held again")
    emulator.outage(0)
    wait_for(lambda: house.json("status")["photos"]["verified"] == 1, 30, "it is verified")
    wait_for(lambda: inhibitors(house) == [], 15, "all is sent: it may sleep")


@pytest.mark.slow
@pytest.mark.skipif(bool(why_no_logind()), reason=why_no_logind())
def test_a_killed_agent_holds_nothing(asleep_unless_held: House, emulator: Emulator, tmp_path: Path) -> None:
    house = asleep_unless_held
    emulator.outage(60)
    house.drop(scene(tmp_path / "made.jpg", 1), "DSC_0001.jpg")
    house.start()
    wait_for(lambda: inhibitors(house), 20, "it is held awake")
    house.kill()
    wait_for(lambda: inhibitors(house) == [], 10, "nobody holds it any more")


PROGRAM = """#!/bin/sh
echo "$*" >> {said}
case "$1" in *sleep*) echo "Access denied" >&2; exit 1;; esac
while [ "${{1#--}}" != "$1" ]; do shift; done
"$@"
echo over >> {said}
"""


@pytest.mark.slow
def test_where_only_idleness_may_be_held_off_that_is(house: House, emulator: Emulator, tmp_path: Path) -> None:
    """By SSH there is no session, and logind refuses the rest: the program stands for it."""
    said, program = tmp_path / "said", tmp_path / "bin" / "systemd-inhibit"
    program.parent.mkdir()
    program.write_text(PROGRAM.format(said=said))
    program.chmod(0o755)
    house.environ["PATH"] = f"{program.parent}{os.pathsep}{os.environ['PATH']}"
    emulator.outage(60)
    house.drop(scene(tmp_path / "made.jpg", 1), "DSC_0001.jpg")
    house.start()
    wait_for(lambda: "--what=idle" in told(said), 20, "it is asked for idleness alone")
    assert told(said).count("--what=sleep:idle") == 1
    time.sleep(2)
    assert "over" not in told(said), "and stays so"
    house.stop()
    wait_for(lambda: "over" in told(said), 5, "it ends with the agent")
    assert told(said).count("--what=") == 2


def told(said: Path) -> str:
    return said.read_text() if said.exists() else ""
