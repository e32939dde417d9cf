"""The control API's server: on a UNIX socket that only its owner can open."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
from collections.abc import Generator
from pathlib import Path

import uvicorn

from agent.api.app import make_app
from agent.service import AgentService
from agent.workspace import Workspace

BACKLOG = 128


class ApiServer:
    """Serves until cancelled. `agent.json` is written once it listens, and tells where."""

    def __init__(self, service: AgentService, workspace: Workspace, mode: str, boot: str) -> None:
        self._service = service
        self._workspace = workspace
        self._about = {"pid": os.getpid(), "mode": mode, "boot": boot}

    async def run(self) -> None:
        path = self._workspace.socket()
        listener = await asyncio.to_thread(listen, path)  # the lock is ours: what lies there is stale
        server = QuietServer(
            uvicorn.Config(
                make_app(self._service),
                log_config=None,
                access_log=False,
                lifespan="off",
                ws="none",
                timeout_graceful_shutdown=1,
            )
        )
        serving = asyncio.ensure_future(server.serve(sockets=[listener]))
        try:
            await asyncio.to_thread(announce, self._workspace.agent_file, {**self._about, "socket": str(path)})
            await asyncio.shield(serving)
        finally:
            server.should_exit = True
            with contextlib.suppress(TimeoutError, asyncio.CancelledError):
                await asyncio.wait_for(serving, 2)
            await asyncio.shield(asyncio.to_thread(withdraw, path, self._workspace.agent_file))


class QuietServer(uvicorn.Server):
    """uvicorn without its own signal handlers: the agent decides when it ends."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        yield


def listen(path: Path) -> socket.socket:
    """A listening socket, mode 0600 before the first can connect."""
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(str(path))
    path.chmod(0o600)
    listener.listen(BACKLOG)
    listener.setblocking(False)
    return listener


def announce(path: Path, about: dict[str, object]) -> None:
    new = path.with_suffix(".new")
    new.write_text(json.dumps(about), encoding="utf-8")
    new.replace(path)


def withdraw(*paths: Path) -> None:
    for path in paths:
        path.unlink(missing_ok=True)
