"""The control API's server: on a UNIX socket that only its owner can open."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING

from agent.service import AgentService
from agent.workspace import Workspace

if TYPE_CHECKING:
    import uvicorn

BACKLOG = 128


class ApiServer:
    """Serves until cancelled. `agent.json` is written once it listens, and tells where."""

    def __init__(self, service: AgentService, workspace: Workspace, mode: str, boot: str) -> None:
        self._service = service
        self._workspace = workspace
        self._about = {"pid": os.getpid(), "mode": mode, "boot": boot}

    async def run(self) -> None:
        server = await asyncio.to_thread(make_server, self._service)  # FastAPI takes 0.2 s to import
        path = self._workspace.socket()
        listener = await asyncio.to_thread(listen, path)  # the lock is ours: what lies there is stale
        serving = asyncio.ensure_future(server.serve(sockets=[listener]))
        try:
            await asyncio.to_thread(announce, self._workspace.agent_file, {**self._about, "socket": str(path)})
            await asyncio.shield(serving)
        finally:
            server.should_exit = True
            with contextlib.suppress(TimeoutError, asyncio.CancelledError):
                await asyncio.wait_for(serving, 2)
            await asyncio.shield(asyncio.to_thread(withdraw, path, self._workspace.agent_file))


def make_server(service: AgentService) -> uvicorn.Server:
    """uvicorn without its own signal handlers (the agent decides when it ends) and without its logs."""
    import uvicorn

    from agent.api.app import make_app

    class Quiet(uvicorn.Server):
        @contextlib.contextmanager
        def capture_signals(self) -> Generator[None]:
            yield

    config = uvicorn.Config(
        make_app(service), log_config=None, access_log=False, lifespan="off", ws="none", timeout_graceful_shutdown=1
    )
    return Quiet(config)


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
