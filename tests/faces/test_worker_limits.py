"""What a worker may take: it decodes strangers' files, and none of them costs more than any photo does."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from PIL import Image

from agent.faces.results import Fault
from agent.faces.workers import FaceWorkers
from tests.faces.test_face_workers import fault, gone, until
from tests.faces.test_worker_lifetime import ask, hear, start
from tests.hostile.pictures import drawn_over

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="told by /proc")


@pytest.fixture
async def workers(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[FaceWorkers]:
    monkeypatch.setenv("VENUESYNC_API__KEY", "a key")
    monkeypatch.setenv("ENCRYPTION_KEY", "another one")
    async with FaceWorkers(1, "dlib-onnx", cache, tmp_path / "workers.log", time_limit=20) as one:
        await one.warm()
        yield one


@pytest.mark.slow
@on_linux
async def test_it_knows_no_key_and_has_few_rights(workers: FaceWorkers, one_guest: Path) -> None:
    (pid,) = workers.pids
    own = Path(f"/proc/{pid}")
    assert b"key" not in (own / "environ").read_bytes().lower()
    assert re.search(r"NoNewPrivs:\s+1", (own / "status").read_text())
    limits = dict(re.findall(r"^Max (.+?)  +(\S+)", (own / "limits").read_text(), re.MULTILINE))
    assert (limits["core file size"], limits["open files"]) == ("0", "64")
    assert int(limits["file size"]) <= 32 << 20
    assert int(limits["processes"]) < 100_000
    assert int(limits["address space"]) <= 3 << 30
    await workers.look(one_guest)
    own_limits = re.findall(r"^Max (.+?)  +(\S+)", (own / "limits").read_text(), re.MULTILINE)
    assert int(dict(own_limits)["cpu time"]) < 200


@pytest.mark.slow
@on_linux
async def test_they_give_way_to_the_screen_also_where_cores_are_shared_among_sessions(
    cache: Path, tmp_path: Path
) -> None:
    """Each is a session of its own, so that by itself its *nice* would count among its own threads alone.

    No further than is said: by 10 they stood nearly still beside another program that has all cores.
    """
    async with FaceWorkers(3, "dlib-onnx", cache, tmp_path / "workers.log") as three:
        await three.warm()
        for pid in three.pids:
            assert os.getpriority(os.PRIO_PROCESS, pid) == os.getpriority(os.PRIO_PROCESS, 0) + 5
            session = Path(f"/proc/{pid}/autogroup")
            await until(lambda one=session: not one.exists() or int(one.read_text().split()[-1]) == 5)


@pytest.mark.slow
async def test_a_picture_drawn_hundreds_of_times_is_refused_at_once(
    workers: FaceWorkers, one_guest: Path, tmp_path: Path
) -> None:
    """Each time is work for the whole picture: 150 kB would cost a minute; a camera draws some ten times."""
    (pid,) = workers.pids
    photo = tmp_path / "scans.jpg"
    photo.write_bytes(drawn_over(Image.new("RGB", (6000, 4000), "red"), 200))
    began = time.monotonic()
    refused = await fault(workers.look(photo))
    assert refused.fault is Fault.COSTLY and refused.photos_own and "times over" in refused.detail
    assert time.monotonic() - began < 5
    with Image.open(one_guest) as image:
        photo.write_bytes(drawn_over(image, 0))
    assert len((await workers.look(photo)).faces) == 1
    assert workers.pids == [pid]


@pytest.mark.slow
async def test_what_takes_longer_than_any_photo_is_not_tried_again(
    workers: FaceWorkers, one_guest: Path, two_guests: Path
) -> None:
    """The kernel's own signal, at any moment: the photo is told, and the next one has a new worker."""
    (pid,) = workers.pids
    os.kill(pid, signal.SIGSTOP)
    look = asyncio.create_task(workers.look(two_guests))
    await until(lambda: workers.busy == 1)
    os.kill(pid, signal.SIGXCPU)
    os.kill(pid, signal.SIGCONT)
    refused = await fault(look)
    assert refused.fault is Fault.COSTLY and refused.photos_own
    assert gone(pid)
    assert len((await workers.look(one_guest)).faces) == 1


ENDLESS = """
import os, sys
import agent.faces.worker as worker

class Endless:
    name, version, dimensions = "endless", "1", 128
    def look(self, picture, depth):
        while True:
            pass

worker.LOOKING = 0
worker.load_engine = lambda name, cache: Endless()
sys.exit(worker.main())
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="no limit of the processor's time there")
def test_the_kernel_ends_what_goes_on_and_on(cache: Path, one_guest: Path) -> None:
    worker = start(cache, ("-c", ENDLESS))
    try:
        assert hear(worker)["ready"]
        ask(worker, 1, one_guest)
        assert worker.wait(20) == -signal.SIGXCPU
    finally:
        worker.kill()
        worker.communicate()


def test_a_worker_goes_on_where_no_more_processes_are_allowed_than_can_be_seen() -> None:
    """In a container a system counts what it does not show: then there is no such limit."""
    code = (
        "import os, resource; import agent.faces.worker as limits\n"
        "limits._tasks_of_user = lambda: -limits._MORE_TASKS\n"
        "os.getuid() or os.setuid(65534)\n"
        "limits.confine(); assert limits.can_start_threads()"
    )
    environ = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run([sys.executable, "-c", code], env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
