"""A line between agent and emulator that can go away without a word: nothing is refused, nothing is closed.

So it is when the access point has lost its own line. What was begun before or meanwhile never hears of anybody again.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class Relay:
    """Passes bytes on to 127.0.0.1:`port`, unless it is silent."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._silent = False
        self._loop = asyncio.new_event_loop()
        self._passing: set[asyncio.Task[None]] = set()
        self._writers: set[asyncio.StreamWriter] = set()
        threading.Thread(target=self._loop.run_forever, daemon=True).start()
        self._server = asyncio.run_coroutine_threadsafe(
            asyncio.start_server(self._connected, "127.0.0.1", 0), self._loop
        ).result(5)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    def silence(self) -> None:
        """From now on nothing comes through, and what is connected is lost for good."""

        def hush() -> None:
            self._silent = True
            for one in self._passing:
                one.cancel()

        self._loop.call_soon_threadsafe(hush)

    def back(self) -> None:
        """New connections come through again."""
        self._silent = False

    def close(self) -> None:
        def end() -> None:
            self._server.close()
            for one in self._writers:
                one.close()
            self._loop.call_later(0.1, self._loop.stop)

        self._loop.call_soon_threadsafe(end)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)  # kept open, whatever becomes of it
        if self._silent:
            return
        with suppress(OSError):
            further, back = await asyncio.open_connection("127.0.0.1", self._port)
            self._writers.add(back)
            both = ((reader, back), (further, writer))
            passing = {asyncio.create_task(self._pass(one, other)) for one, other in both}
            self._passing |= passing
            await asyncio.wait(passing)
            self._passing -= passing

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(65_536):
                writer.write(data)
                await writer.drain()
            writer.close()


@contextmanager
def relay_to(port: int) -> Iterator[Relay]:
    made = Relay(port)
    try:
        yield made
    finally:
        made.close()
