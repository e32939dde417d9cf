"""The control API's server: on a UNIX socket that only its owner can open, and on TCP where that is wanted."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
from collections.abc import Awaitable, Callable, Generator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import structlog

from agent.api.browser_sign_in import BY_COMMAND, BrowserSignIn
from agent.api.tokens import Tokens
from agent.disk.atomic import in_words, write_whole
from agent.drive.endpoint import Endpoint, split
from agent.drive.sign_in.kept import SignIn
from agent.drive.sign_in.login import Level
from agent.errors import VenueError
from agent.handlers.drive import drive_off
from agent.handlers.guests import EVERYWHERE
from agent.requests.ask import Agent
from agent.requests.drive import SignedIn
from agent.running.supervise import end_all
from agent.running.waiting import patient
from agent.settings import Settings
from agent.settings.environment import is_open
from agent.workspace import SOCKET_FOLDER, Workspace

if TYPE_CHECKING:
    import uvicorn

    from agent.api.guard import App

log = structlog.get_logger(__name__)

BACKLOG = 128
OURS_KEPT = 86_400  # seconds that an idle connection of the socket stays: who closes one may just be asked over it


class ApiServer:
    """Serves until cancelled. `agent.json` is written once it listens, and tells where.

    With `api.listen` on TCP, too, where every request needs a token; `level` is what a sign-in there asks for,
    `audience` the workspace's id. `beside` writes a file of ours as soon as the disk has room. Who asks here is told at
    once where it has none. `guests` is the page for them, on TCP alone.
    """

    def __init__(
        self,
        near: Agent,
        workspace: Workspace,
        settings: Settings,
        mode: str,
        boot: str,
        level: Callable[[], Level],
        beside: Callable[[Callable[[], None]], Awaitable[None]],
        audience: str,
        guests: App | None = None,
    ) -> None:
        self._agent = near
        self._guests = guests
        self._level = level
        self._beside = beside
        self._audience = audience
        self._workspace = workspace
        self._settings = settings
        self._about = {"pid": os.getpid(), "mode": mode, "boot": boot}

    async def run(self) -> None:
        over = asyncio.Event()
        servers = await asyncio.to_thread(self._servers, over)  # imports take a moment
        path = await asyncio.to_thread(self._workspace.socket)
        if path.parent == self._workspace.state or path.parent.name.startswith(SOCKET_FOLDER):
            log.warning("api.socket_elsewhere", socket=str(path), why="our place in the temporary folder is taken")
        listeners = [await asyncio.to_thread(listen, path)]  # the lock is ours: what lies there is stale
        if self._settings.api.listen:
            listeners.append(listen_on(self._settings.api.listen))
        if is_open(self._settings.api.listen):
            log.warning("api.open", listen=self._settings.api.listen, why="other machines reach it, unencrypted")
        with patient(False):
            serving = [
                asyncio.create_task(server.serve(sockets=[listener]))
                for server, listener in zip(servers, listeners, strict=True)
            ]
        try:
            about: dict[str, object] = {**self._about, "socket": str(path), "listen": self._settings.api.listen}
            await self._beside(lambda: write_whole(self._workspace.agent_file, json.dumps(about).encode()))
            ended, _ = await asyncio.wait(serving, return_when=asyncio.FIRST_COMPLETED)
            for server in ended:
                server.result()
        finally:
            over.set()
            _, left = await asyncio.wait(serving, timeout=2)
            await end_all(left, 1)
            await asyncio.shield(asyncio.to_thread(withdraw, path, self._workspace.agent_file))

    async def _signed_in(self) -> None:
        await self._agent.ask(SignedIn())

    def _servers(self, over: asyncio.Event) -> list[uvicorn.Server]:
        """One for the socket; one for TCP, with a guard before it."""
        from agent.api.app import ControlApi
        from agent.api.bounds import Answered, Bounds
        from agent.api.guard import Guard

        address = self._settings.api.listen
        sign_in: BrowserSignIn | VenueError = BY_COMMAND
        if not self._settings.drive.enabled:
            sign_in = drive_off("there is nothing to sign in to")
        elif address:
            account = SignIn(self._workspace, Endpoint(self._settings.drive.endpoint))
            sign_in = BrowserSignIn(account, on_this_machine(address), self._level, self._signed_in)
        app = Bounds(ControlApi(self._agent, sign_in))
        tokens = Tokens(self._workspace, self._settings.api, self._audience)
        reached = (f"//{address}", self._settings.drive.push, self._settings.guests.address)
        names = [split(one).hostname or "" for one in reached]
        guarded = [Guard(app, tokens.scope_of, names, self._guests)] if address else []
        return [
            make_server(Answered(app), over, kept=OURS_KEPT),
            *(make_server(Answered(one), over, bounded=True) for one in guarded),
        ]


def make_server(app: Any, over: asyncio.Event, *, bounded: bool = False, kept: int = 5) -> uvicorn.Server:
    """uvicorn without its own signal handlers (the agent decides when it ends) and without its logs.

    `over`: when it ends. `bounded`: for strangers, whose connections are counted. `kept`: seconds that a connection
    may be idle. A monitor stands still while a thin line takes what it paints; asked over a connection that was closed
    meanwhile, a decision would be lost.
    """
    import uvicorn

    from agent.api.connections import BoundedConnection, Connection, Door

    class Quiet(uvicorn.Server):
        async def main_loop(self) -> None:
            """Woken once a second, for the date of its answers: uvicorn's own looks ten times whether it is to end."""
            while not over.is_set():
                await self.on_tick(0)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(over.wait(), 1)

        @contextlib.contextmanager
        def capture_signals(self) -> Generator[None]:
            yield

    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        lifespan="off",
        ws="none",
        timeout_graceful_shutdown=1,
        timeout_keep_alive=kept,
        backlog=BACKLOG,  # so many are taken in at a time, before any is looked at
    )
    config.load()
    config.http_protocol_class = partial(BoundedConnection, Door()) if bounded else Connection  # type: ignore[assignment]
    return Quiet(config)


def on_this_machine(address: str) -> str:
    """Where a browser of this machine reaches it; Google leads to no other place without a certificate."""
    host, _, port = address.rpartition(":")
    return f"http://{'127.0.0.1' if host in EVERYWHERE else host}:{port}"


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
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    with in_words(path):
        path.unlink(missing_ok=True)
        listener.bind(str(path))
        path.chmod(0o600)
    listener.listen(BACKLOG)
    listener.setblocking(False)
    return listener


def withdraw(*paths: Path) -> None:
    for path in paths:
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)
            if path.parent.name.startswith(SOCKET_FOLDER):
                path.parent.rmdir()
