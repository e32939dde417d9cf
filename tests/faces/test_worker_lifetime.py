"""A worker process by itself: its protocol cannot be broken from inside, and it never outlives its agent."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

import agent
from tests.patience import latest

ROOT = Path(agent.__file__).resolve().parent.parent


def start(
    cache: Path, program: tuple[str, ...] = ("-m", "agent.faces.worker"), **options: Any
) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-P", *program, "--engine", "dlib-onnx", "--cache", str(cache)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment, **options
    )


def hear(worker: subprocess.Popen[bytes]) -> dict[str, Any]:
    assert worker.stdout is not None
    return json.loads(worker.stdout.readline())


def ask(worker: subprocess.Popen[bytes], number: int, path: Path) -> None:
    assert worker.stdin is not None
    request = {"id": number, "path": str(path), "sha256": None, "depth": "whole"}
    worker.stdin.write(json.dumps(request).encode() + b"\n")
    worker.stdin.flush()


@pytest.mark.slow
def test_it_ends_at_once_when_its_input_closes_also_in_the_middle_of_a_photo(cache: Path, tmp_path: Path) -> None:
    from PIL import Image

    large = tmp_path / "large.png"
    Image.effect_noise((4000, 3000), 60).save(large, compress_level=1)
    worker = start(cache)
    ready = hear(worker)
    assert (ready["ready"], ready["engine"], ready["dimensions"]) == (True, "dlib-onnx", 128)
    for number in range(50):  # many seconds of work
        ask(worker, number, large)
    time.sleep(0.3)
    end = latest(2)
    assert worker.stdin is not None
    worker.stdin.close()
    assert worker.wait(20) == 0
    assert time.monotonic() < end
    assert worker.stdout is not None
    assert worker.stdout.read().count(b"\n") < 10


NOISY = """
import ctypes, os, sys
import agent.faces.worker as worker
from agent.faces.engine import load_engine

class Noisy:
    def __init__(self, engine):
        self.engine = engine
    def __getattr__(self, name):
        return getattr(self.engine, name)
    def look(self, picture, depth):
        print("printed by Python")
        os.write(1, b'{"id": 1, "ok": "written to descriptor 1"}\\n')
        ctypes.CDLL(None).puts(b"printed by C")
        ctypes.CDLL(None).fflush(None)
        sys.stdout.flush()
        return self.engine.look(picture, depth)

worker.load_engine = lambda name, cache: Noisy(load_engine(name, cache))
worker.main()
"""


@pytest.mark.slow
def test_nothing_that_a_library_prints_reaches_the_protocol(cache: Path, two_guests: Path) -> None:
    worker = start(cache, ("-c", NOISY))
    assert hear(worker)["ready"]
    ask(worker, 1, two_guests)
    answer = hear(worker)
    assert answer["id"] == 1
    assert len(answer["ok"]["faces"]) == 2
    worker.kill()
    _, log = worker.communicate()
    for words in (b"printed by Python", b"written to descriptor 1", b"printed by C"):
        assert words in log


@pytest.mark.slow
def test_ctrl_c_is_the_agents_to_understand(cache: Path, one_guest: Path) -> None:
    worker = start(cache)
    assert hear(worker)["ready"]
    worker.send_signal(signal.SIGINT)
    ask(worker, 7, one_guest)
    assert hear(worker)["id"] == 7
    worker.kill()
    worker.communicate()


@pytest.mark.slow
def test_a_fault_of_ours_is_an_answer_and_a_trace_in_the_log(cache: Path, one_guest: Path) -> None:
    program = (
        "import agent.faces.worker as worker\n"
        "def broken(*_, **__): raise AssertionError('ours')\n"
        "worker.decode = broken\n"
        "worker.main()"
    )
    worker = start(cache, ("-c", program))
    assert hear(worker)["ready"]
    ask(worker, 1, one_guest)
    assert hear(worker)["error"]["kind"] == "damaged"
    worker.kill()
    _, log = worker.communicate()
    assert b"AssertionError: ours" in log


@pytest.mark.slow
def test_it_imports_nothing_from_the_folder_it_is_started_in(cache: Path, tmp_path: Path) -> None:
    for name in ("json", "numpy", "agent"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('imported from the folder')")
    worker = start(cache, cwd=tmp_path)
    assert hear(worker)["ready"]
    worker.kill()
    worker.communicate()


AGENT = """
import asyncio, sys
from pathlib import Path
from agent.faces.workers import FaceWorkers

async def main(cache, log, photo):
    workers = FaceWorkers(2, "dlib-onnx", Path(cache), Path(log))
    await workers.warm()
    print(*workers.pids, flush=True)
    while True:
        await asyncio.gather(*(workers.look(Path(photo)) for _ in range(4)))

asyncio.run(main(*sys.argv[1:]))
"""


@pytest.mark.parametrize("kill", [signal.SIGKILL, signal.SIGTERM])
def test_the_agent_killed_leaves_no_worker_behind(cache: Path, tmp_path: Path, two_guests: Path, kill: int) -> None:
    agent_process = subprocess.Popen(
        [sys.executable, "-c", AGENT, str(cache), str(tmp_path / "log"), str(two_guests)],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert agent_process.stdout is not None
    pids = [int(word) for word in agent_process.stdout.readline().split()]
    assert len(pids) == 2
    time.sleep(0.3)
    agent_process.send_signal(kill)
    agent_process.wait(5)
    end = time.monotonic() + 5
    while any(_runs(pid) for pid in pids):
        assert time.monotonic() < end, "a worker outlived the agent"
        time.sleep(0.02)


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{pid}/stat")
    try:
        return not status.is_file() or status.read_text().split()[2] != "Z"
    except OSError:  # gone between the two
        return False
