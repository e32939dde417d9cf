"""The line that loses packets delays and loses as it says, and ends with whoever made it.

Over it an agent sends more at once. Only where root may make network devices.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.venue.bench_uploads import Line, let_go
from tests.venue.house import wait_for
from tests.venue.lossy_line import Loss, LossyLine, lacking, lossy_line
from tests.venue.way import lossy_way

why_not = lacking()
pytestmark = pytest.mark.skipif(why_not is not None, reason=why_not or "")
DATAGRAMS = 3000
# From behind the line: each datagram says when it was sent, by the clock of both ends. Whoever had no core for a while
# sends what is late at once, so that it is as many a second beside other programs, too.
SEND = """
import socket, struct, sys, time
to = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
began = time.monotonic()
for number in range(int(sys.argv[3])):
    to.sendto(struct.pack("d", time.monotonic()) + bytes(92), (sys.argv[1], int(sys.argv[2])))
    time.sleep(max(0.0, began + number * 0.0005 - time.monotonic()))
"""


@contextmanager
def listening(line: LossyLine) -> Generator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ears:
        ears.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_000_000)
        ears.bind((line.outside, 0))
        ears.settimeout(2)
        yield ears


def send(line: LossyLine, ears: socket.socket, count: int) -> list[float]:
    """How long each that came was on its way, seconds."""
    port = str(ears.getsockname()[1])
    found: list[float] = []
    with subprocess.Popen([*line.inside, sys.executable, "-c", SEND, line.outside, port, str(count)]):
        try:
            while True:
                sent = memoryview(ears.recv(2048))[:8].cast("d")[0]
                found.append(time.monotonic() - sent)
        except TimeoutError:
            return found


def devices_of(address: str) -> list[str]:
    """Those on this side that have it: other lines are another test's."""
    told = subprocess.run(["ip", "-json", "address", "show", "to", address], capture_output=True, check=True).stdout
    return [one["ifname"] for one in json.loads(told or b"[]") if one]


def test_it_delays_by_half_of_the_round_trip_and_loses_its_share() -> None:
    with lossy_line(Loss(rtt_ms=200, share=0.1, mbps=50)) as line, listening(line) as ears:
        found = sorted(send(line, ears, DATAGRAMS))
        began = time.monotonic()
        with socket.create_server((line.outside, 0)) as server:
            port = server.getsockname()[1]
            connect = "import socket, sys; socket.create_connection((sys.argv[1], int(sys.argv[2])), 10)"
            subprocess.run([*line.inside, sys.executable, "-c", connect, line.outside, str(port)], check=True)
        assert time.monotonic() - began >= 0.2
    assert min(found) >= 0.1
    assert found[len(found) // 2] < 0.15, "the middle one of them"
    assert 0.88 * DATAGRAMS <= len(found) <= 0.92 * DATAGRAMS, "four times the deviation that chance makes"
    up = line.carried["up"]
    assert (up["refused"], abs(up["lost"] - 0.1 * up["packets"]) < 0.02 * up["packets"]) == (0, True)


def test_it_keeps_its_pace_and_its_queue_is_bounded() -> None:
    """128 bytes each with their heads, 2,000 a second: 2 Mbit/s, over a line of half of one."""
    with lossy_line(Loss(rtt_ms=20, share=0, mbps=0.5)) as line, listening(line) as ears:
        found = send(line, ears, DATAGRAMS)
    up = line.carried["up"]
    assert up["refused"] > DATAGRAMS / 4
    assert up["lost"] == 0
    assert 0.2 < max(found) < 0.4, "in the queue"


def test_nothing_is_left_of_it_also_where_it_is_killed() -> None:
    with lossy_line(Loss(rtt_ms=20, share=0, mbps=50)) as line:
        (device,) = devices_of(line.outside)
        assert device.startswith("lossy")
    assert devices_of(line.outside) == []
    with lossy_line(Loss(rtt_ms=20, share=0, mbps=50)) as line:
        assert len(devices_of(line.outside)) == 1
        keeper = int(line.inside[1].split("/")[2])
        stat = Path(f"/proc/{keeper}/stat").read_text()
        os.kill(int(stat.rpartition(")")[2].split()[1]), signal.SIGKILL)  # its parent: the carrier
        wait_for(lambda: not devices_of(line.outside), 5, "the devices are gone")
        wait_for(lambda: not Path(f"/proc/{keeper}/ns/net").exists(), 5, "the namespace is")


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_over_it_more_go_at_once(tmp_path: Path) -> None:
    """Every byte gets there, once; what a connection loses slows that one down."""
    with lossy_way(tmp_path, Loss(rtt_ms=150, share=0.03, mbps=50)) as way:
        found = asyncio.run(let_go(tmp_path, 80, 300_000, Line(0, 0), way=way))
    assert found["most_in_flight"] >= 24
    assert found["requests"]["files.create"] == 80
