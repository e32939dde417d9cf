"""Another network: what goes from an address that this machine has no more is dead, and is left at once.

In a network of its own, whose addresses come and go; `python -m` this runs there and prints what came of it.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from agent.drive.connection import DriveLane
from agent.drive.endpoint import Endpoint
from agent.drive.errors import DriveError
from agent.drive.exchange import Request
from agent.drive.files import About
from agent.drive.http import Http
from agent.drive.limiter import Limiter
from agent.drive.line_watch import LineWatch
from agent.drive.sign_in.token import Current, Token

HERE, THERE = "10.78.0.2", "10.78.0.3"
GOOD = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
MODULE = f"tests.drive.{Path(__file__).stem}"
NEEDED = [one for one in ("unshare", "ip") if shutil.which(one) is None]


async def answered_once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """The first request of each connection; then never again, and it stays open."""
    await reader.readuntil(b"\r\n\r\n")
    writer.write(GOOD)
    await asyncio.Event().wait()


def ip(*words: str) -> None:
    subprocess.run(["ip", *words, "dev", "lo"], check=True)


async def lose_an_address() -> dict[str, Any]:
    """Seconds until what waits is broken off, over a kept connection; and whether the next one goes over another."""
    for one in (HERE, THERE):
        ip("addr", "add", f"{one}/32")
    server = await asyncio.start_server(answered_once, "0.0.0.0", 0)
    port = server.sockets[0].getsockname()[1]
    token = Token(lambda: None)
    token._current = Current("t", time.time() + 3600)
    http = Http(Endpoint(f"http://{HERE}:{port}"), token)

    async def nobody() -> About:
        await asyncio.Event().wait()
        raise AssertionError

    watch = asyncio.create_task(LineWatch(DriveLane(nobody, token, Limiter()), http).run())
    await http.send(Request("GET", f"http://{HERE}:{port}/", {}))
    waiting = asyncio.create_task(http.send(Request("POST", f"http://{HERE}:{port}/", {})))
    await asyncio.sleep(0.3)
    ip("addr", "del", f"{HERE}/32")
    began = time.monotonic()
    try:
        await waiting
    except DriveError as error:
        said = error.title
    else:
        said = "answered"
    took = time.monotonic() - began
    answer = await http.send(Request("GET", f"http://{THERE}:{port}/", {}))
    watch.cancel()
    return {"said": said, "took": took, "then": answer.status}


@pytest.mark.skipif(os.geteuid() != 0 or bool(NEEDED), reason="a network of its own needs root, unshare and ip")
def test_what_waits_on_a_lost_address_is_begun_anew_within_a_second() -> None:
    inside = 'ip link set lo up && exec "$@"'
    command = ["unshare", "-n", "sh", "-c", inside, "sh", sys.executable, "-m", MODULE]
    done = subprocess.run(command, cwd=Path(__file__).parents[2], capture_output=True, text=True, check=False)
    assert done.stdout, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert (found["said"], found["then"]) == ("The connection to Google Drive broke off", 200)
    assert found["took"] < 1.5, "it was two to four seconds, until anything else was noticed"


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asyncio.run(lose_an_address())))
