"""The control API's server: on a UNIX socket that only its owner can open, and on TCP where that is wanted."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
from collections.abc import Callable, Generator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent.api.browser_sign_in import BrowserSignIn
from agent.api.tokens import Tokens
from agent.drive.endpoint import Endpoint
from agent.drive.login import Level
from agent.drive.sign_in import SignIn
from agent.errors import VenueError
from agent.service import AgentService
from agent.settings import Settings
from agent.workspace import Workspace

if TYPE_CHECKING:
    import uvicorn

BACKLOG = 128


class ApiServer:
    """Serves until cancelled. `agent.json` is written once it listens, and tells where.

    With `api.listen` on TCP, too, where every request needs a token; `level` is what a sign-in there asks for.
    """

    def __init__(
        self,
        service: AgentService,
        workspace: Workspace,
        settings: Settings,
        mode: str,
        boot: str,
        level: Callable[[], Level],
    ) -> None:
        self._service = service
        self._level = level
        self._workspace = workspace
        self._settings = settings
        self._about = {"pid": os.getpid(), "mode": mode, "boot": boot}

    async def run(self) -> None:
        servers = await asyncio.to_thread(self._servers)  # FastAPI takes 0.2 s to import
        path = self._workspace.socket()
        listeners = [await asyncio.to_thread(listen, path)]  # the lock is ours: what lies there is stale
        if self._settings.api.listen:
            listeners.append(listen_on(self._settings.api.listen))
        serving = [
            asyncio.ensure_future(server.serve(sockets=[listener]))
            for server, listener in zip(servers, listeners, strict=True)
        ]
        try:
            about: dict[str, object] = {**self._about, "socket": str(path), "listen": self._settings.api.listen}
            await asyncio.to_thread(announce, self._workspace.agent_file, about)
            await asyncio.shield(asyncio.gather(*serving))
        finally:
            for server in servers:
                server.should_exit = True
            await asyncio.wait(serving, timeout=2)
            await asyncio.shield(asyncio.to_thread(withdraw, path, self._workspace.agent_file))

    def _servers(self) -> list[uvicorn.Server]:
        """One for the socket; one for TCP, with a guard before it."""
        from agent.api.app import make_app
        from agent.api.guard import Guard

        address, sign_in = self._settings.api.listen, None
        if address and self._settings.drive.enabled:
            account = SignIn(self._workspace, Endpoint(self._settings.drive.endpoint))
            sign_in = BrowserSignIn(account, f"http://{address}", self._level, self._service.signed_in)
        app = make_app(self._service, sign_in)
        guarded = [Guard(app, Tokens(self._workspace, self._settings.api).is_good)] if address else []
        return [make_server(one) for one in (app, *guarded)]


def make_server(app: Any) -> uvicorn.Server:
    """uvicorn without its own signal handlers (the agent decides when it ends) and without its logs."""
    import uvicorn

    class Quiet(uvicorn.Server):
        @contextlib.contextmanager
        def capture_signals(self) -> Generator[None]:
            yield

    config = uvicorn.Config(
        app, log_config=None, access_log=False, lifespan="off", ws="none", timeout_graceful_shutdown=1
    )
    return Quiet(config)


def listen_on(address: str) -> socket.socket:
    """A listening TCP socket. Raises `VenueError` where somebody else has the port."""
    host, _, port = address.rpartition(":")
    try:
        return socket.create_server((host, int(port)), backlog=BACKLOG)
    except OSError as error:
        raise VenueError(
            "The API cannot listen",
            f"api.listen = {address}: {error.strerror or error}",
            "Choose another port, or end who has it",
            kind="api",
        ) from error


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
