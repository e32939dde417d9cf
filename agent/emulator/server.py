"""Runs the emulator: a socket on loopback, uvicorn on it, one line on stdout when it listens.

Ends within a second of SIGTERM or SIGINT, with exit code 0 and no word.
"""

import asyncio
import fcntl
import json
import os
import signal
import socket
import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from email.utils import formatdate
from pathlib import Path
from types import FrameType

import uvicorn

from agent.emulator.front import Front
from agent.emulator.parts import Parts
from agent.emulator.wire.connection import connection_class

HOST = "127.0.0.1"
_GRACE = 0.3  # seconds for answers under way
_KEEP_ALIVE = 240  # seconds that an idle connection stays open, as Google's do
_MEGABIT = 125_000  # bytes
_BACKLOG = 1024
# Bytes that a connection takes ahead; as the system doubles and bounds it, some 0.4 MB. Its own bounds would let 6 MB
# of an upload lie here, behind the uplink: counted as come, and sent again by an agent that was killed.
_AHEAD = 256 * 1024


def _alone(data: Path) -> bool:
    """Takes the data folder for this process, as long as it lives."""
    data.mkdir(parents=True, exist_ok=True)
    lock = os.open(data / "lock", os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


class _Server(uvicorn.Server):
    """uvicorn's server that says when it listens and ends at once."""

    def __init__(self, config: uvicorn.Config, parts: Parts, port: int, until_eof: bool) -> None:
        super().__init__(config)
        self._parts = parts
        self._port = port
        self._until_eof = until_eof

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self._until_eof:
            asyncio.get_running_loop().add_reader(sys.stdin.fileno(), self._read)
        line = {"url": f"http://{HOST}:{self._port}", "pid": os.getpid()}
        sys.stdout.write(json.dumps(line) + "\n")
        sys.stdout.flush()

    async def on_tick(self, counter: int) -> bool:
        """`Date` by its own clock, and so of each answer."""
        leaves = await super().on_tick(counter)
        date = formatdate(self._parts.clock.now(), usegmt=True)
        self.server_state.default_headers = [(b"date", date.encode()), *self.config.encoded_headers]
        return leaves

    def _read(self) -> None:
        """Nobody says anything on stdin but that it has ended."""
        if not os.read(sys.stdin.fileno(), 4096):
            asyncio.get_running_loop().remove_reader(sys.stdin.fileno())
            self.should_exit = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        waited = 0.0
        while self._parts.counts.in_flight and waited < _GRACE:
            await asyncio.sleep(0.02)
            waited += 0.02
        await self._parts.pushes.close()
        self._parts.board.cut_all()
        tasks = list(self.server_state.tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        # uvicorn's own raises the signal again at the end, which would kill the process before its store is closed.
        def leave(number: int, frame: FrameType | None) -> None:
            del number, frame
            self.should_exit = True

        before = {each: signal.signal(each, leave) for each in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for each, handler in before.items():
                signal.signal(each, handler)


def serve(
    port: int = 0,
    data: Path | None = None,
    latency_ms: float = 0,
    uplink_mbps: float = 0,
    *,
    narrowed: Mapping[str, frozenset[str]] | None = None,
    until_eof: bool = False,
) -> int:
    """Serves until a signal (`until_eof`: or stdin's end); 0 as port is any free one.

    `narrowed`: as `Parts` has it. Returns the exit code: 0, or 1 when the port is taken.
    """
    # The protocol is named because asyncio turns off Nagle's delay (40 ms an answer) only where it is.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _AHEAD)
    try:
        listener.bind((HOST, port))
    except OSError as trouble:
        sys.stderr.write(f"Port {port} cannot be used: {trouble.strerror or trouble}.\n")
        return 1
    listener.listen(_BACKLOG)
    if data is not None and not _alone(data):
        sys.stderr.write(f"Another emulator uses {data}.\n")
        return 1
    parts = Parts(data, latency_ms / 1000, uplink_mbps * _MEGABIT, narrowed)
    config = uvicorn.Config(
        Front(parts),  # pyright: ignore[reportArgumentType]
        http=connection_class(parts.board),
        ws="none",
        loop="asyncio",
        lifespan="off",
        log_config=None,
        log_level="critical",
        access_log=False,
        server_header=False,
        timeout_keep_alive=_KEEP_ALIVE,
    )
    try:
        _Server(config, parts, listener.getsockname()[1], until_eof).run(sockets=[listener])
    finally:
        parts.close()
        listener.close()
    return 0
