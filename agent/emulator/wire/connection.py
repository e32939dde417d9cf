"""One client's connection: uvicorn's own HTTP protocol, with its transport within reach.

Faults have to close a connection without an answer, which no ASGI message can say; so each request's scope carries its
connection.
"""

import asyncio
from typing import Any

from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from agent.emulator.wire.switchboard import Switchboard


class Connection(H11Protocol):
    """An HTTP/1.1 connection that can be cut, and that knows whether it is new."""

    board: Switchboard

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, {**app_state, "connection": self}, _loop)
        self.gone = asyncio.Event()
        self.is_new = True  # until its first request has waited for the round trip of connecting

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self.board.open.add(self)
        self.board.opened += 1
        super().connection_made(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self.board.open.discard(self)
        self.gone.set()
        super().connection_lost(exc)

    def cut(self) -> None:
        """Closes the connection at once; what was not sent is lost."""
        self.transport.abort()

    def hang_up(self) -> None:
        """Closes the connection after what was sent."""
        self.transport.close()


def connection_class(switchboard: Switchboard) -> type[Connection]:
    """The protocol for one server: its connections register with `switchboard`."""
    return type("BoundConnection", (Connection,), {"board": switchboard})
