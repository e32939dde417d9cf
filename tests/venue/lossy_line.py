"""A line that loses packets: a network namespace behind a pair of TUN devices, between which a process carries them.

Loss is not to be had on loopback, and `tc qdisc … netem` not on every kernel. Here each packet is kept for half of the
round trip, a share of them is dropped at random, and all keep a pace, behind a queue that is bounded: so TCP's own
sending again and slowing down happen for real. A process of its own carries them (`python -m tests.venue.lossy_line`):
it would share Python's lock with whoever measures.

Nothing is left behind, whoever is killed: the devices end with the carrier's files, and the namespace with the process
that it was made for, which ends with the carrier. Takes root, as `lacking` says.
"""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import random
import select
import shutil
import struct
import subprocess
import sys
import time
from collections import deque
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
TUN = Path("/dev/net/tun")
TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 0x0001, 0x1000  # linux/if_tun.h
LARGEST = 2048  # bytes; packets have at most 1,500
QUEUE = 0.2  # seconds that a packet may wait for its turn; what would wait longer is dropped, as a router does
AT_ONCE = 64  # packets read before any is sent on


def lacking() -> str | None:
    """Why no such line can be had here."""
    if not sys.platform.startswith("linux") or not TUN.exists():
        return f"there is no {TUN}"
    if os.geteuid() != 0:
        return "network devices and namespaces take root"
    missing = [one for one in ("ip", "unshare", "nsenter") if shutil.which(one) is None]
    if missing:
        return f"{missing[0]} is not installed"
    tried = subprocess.run(["unshare", "--net", "true"], capture_output=True, text=True, check=False)
    return None if tried.returncode == 0 else f"no network namespace may be made: {tried.stderr.strip()}"


@dataclass(frozen=True)
class Loss:
    """What such a line is like, in both directions. `control`: TCP's congestion control; a laptop's is cubic."""

    rtt_ms: float
    share: float
    mbps: float
    seed: int = 1
    control: str = "cubic"


@dataclass
class LossyLine:
    """`inside`: the command that a command is run by, so that it runs behind the line. `outside`: the address of this
    side, as seen from there: whoever listens on it is reached over the line.

    `carried`, once it is over: packets, bytes, and those lost and refused by the queue, of each way.
    """

    inside: list[str]
    outside: str
    carried: dict[str, Any] = field(default_factory=dict[str, Any])


@contextmanager
def lossy_line(loss: Loss) -> Generator[LossyLine]:
    given = [f"--{name.replace('_', '-')}={value}" for name, value in vars(loss).items()]
    with subprocess.Popen(
        [sys.executable, "-m", "tests.venue.lossy_line", *given],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    ) as carrier:
        assert carrier.stdin is not None and carrier.stdout is not None
        ready = carrier.stdout.readline()
        if not ready:
            raise RuntimeError("the line could not be made")
        line = LossyLine(**json.loads(ready))
        try:
            yield line
        finally:
            carrier.stdin.close()
            line.carried = json.loads(carrier.stdout.read() or "{}")


# ---- the carrier


class Way:
    """One direction: a packet waits for its turn at the line's pace, then is on its way for `delay` seconds, or lost.

    What is lost has used the line, as what a radio loses does.
    """

    def __init__(self, into: int, loss: Loss, seed: str) -> None:
        self._into = into
        self._delay = loss.rtt_ms / 2000
        self._rate = loss.mbps * 1e6 / 8  # bytes a second
        self._share = loss.share
        self._chance = random.Random(seed)
        self._free_at = 0.0  # when the line has sent all that waits
        self._under_way: deque[tuple[float, bytes]] = deque()
        self.packets = self.bytes = self.lost = self.refused = 0

    def take(self, packet: bytes, now: float) -> None:
        self.packets += 1
        begins = max(now, self._free_at)
        if begins - now > QUEUE:
            self.refused += 1
            return
        self.bytes += len(packet)
        self._free_at = begins + len(packet) / self._rate
        if self._chance.random() < self._share:
            self.lost += 1
        else:
            self._under_way.append((self._free_at + self._delay, packet))

    def deliver(self, now: float) -> float | None:
        """Hand on what has come. Returns the seconds until the next one does."""
        while self._under_way and self._under_way[0][0] <= now:
            with suppress(BlockingIOError):  # nobody there reads: full queues drop
                os.write(self._into, self._under_way.popleft()[1])
        return self._under_way[0][0] - now if self._under_way else None

    def carried(self) -> dict[str, int]:
        return {name: getattr(self, name) for name in ("packets", "bytes", "lost", "refused")}


def carry(ways: Mapping[int, Way], ends: int) -> None:
    """Packets of each device by its way, until `ends` is closed by its other end."""
    poll = select.epoll()
    for device in (*ways, ends):
        poll.register(device, select.EPOLLIN)
    while True:
        now = time.monotonic()
        waits = [one for one in [way.deliver(now) for way in ways.values()] if one is not None]
        for device, _ in poll.poll(min(waits, default=-1)):
            if device == ends:
                return
            with suppress(BlockingIOError):
                for _ in range(AT_ONCE):
                    ways[device].take(os.read(device, LARGEST), time.monotonic())


def tun() -> tuple[int, str]:
    """A device's file, and its name. It is there for as long as the file is open."""
    file = os.open(TUN, os.O_RDWR | os.O_NONBLOCK)
    made = fcntl.ioctl(file, TUNSETIFF, struct.pack("16sH22x", b"lossy%d", IFF_TUN | IFF_NO_PI))
    return file, made[:16].rstrip(b"\0").decode()


def ip(words: str, *within: str) -> None:
    subprocess.run([*within, "ip", *words.split()], check=True)


def main() -> None:
    parser = argparse.ArgumentParser()
    for name, kind in Loss.__annotations__.items():
        parser.add_argument(f"--{name.replace('_', '-')}", type={"float": float, "int": int}.get(kind, str))
    loss = Loss(**vars(parser.parse_args()))
    (near, near_name), (far, far_name) = tun(), tun()
    # Of the range for such measurements (RFC 2544), two for each process.
    outside, here = (f"198.18.{os.getpid() // 64 % 256}.{os.getpid() % 64 * 4 + host}" for host in (1, 2))
    with subprocess.Popen(["unshare", "--net", "cat"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as keeper:
        own = Path("/proc/self/ns/net").stat().st_ino
        while Path(f"/proc/{keeper.pid}/ns/net").stat().st_ino == own:
            time.sleep(0.01)
        inside = ["nsenter", f"--net=/proc/{keeper.pid}/ns/net"]
        ip(f"link set {far_name} netns {keeper.pid}")
        ip("link set lo up", *inside)
        for name, address, other, within in ((near_name, outside, here, []), (far_name, here, outside, inside)):
            ip(f"address add {address}/32 dev {name}", *within)
            ip(f"link set {name} mtu 1500 up", *within)
            ip(f"route add {other}/32 dev {name} src {address} congctl {loss.control}", *within)
        ways = {far: Way(near, loss, f"{loss.seed} up"), near: Way(far, loss, f"{loss.seed} down")}
        print(json.dumps({"inside": inside, "outside": outside}), flush=True)  # noqa: T201 - for who started it
        carry(ways, sys.stdin.fileno())
    print(json.dumps({"up": ways[far].carried(), "down": ways[near].carried()}))  # noqa: T201


if __name__ == "__main__":
    main()
