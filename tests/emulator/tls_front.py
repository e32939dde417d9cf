"""A TLS front on loopback: a client that only speaks https to Google's names reaches the emulator.

It takes CONNECT, ends TLS with a certificate of its own making, and passes the bytes on: a proxy that looks inside.
"""

import asyncio
import ssl
import threading
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import MappingProxyType

from tests.certificates import certificates

_NAMES = ("*.googleapis.com", "accounts.google.com", "*.venue.example")


@contextmanager
def tls_front(
    port: int,
    folder: Path,
    others: Mapping[str, int] = MappingProxyType({}),
    asked: list[str] | None = None,
    host: str = "127.0.0.1",
) -> Generator[tuple[str, Path]]:
    """The proxy's address, and the file of the authority to be trusted.

    `others`: ports of hosts that are not the emulator; `asked` takes each host that somebody wants to be led to;
    `host`: the address that it listens at.
    """
    own = certificates(folder / "certificates", *_NAMES)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(own / "cert.pem", own / "key.pem")
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    serving = _serve(port, context, others, [] if asked is None else asked, host)
    starting = asyncio.run_coroutine_threadsafe(serving, loop)
    server = starting.result(5)
    try:
        yield f"http://{host}:{server.sockets[0].getsockname()[1]}", own / "ca.pem"
    finally:
        loop.call_soon_threadsafe(server.close)
        with suppress(TimeoutError):
            asyncio.run_coroutine_threadsafe(_end_what_runs(), loop).result(5)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(5)


async def _serve(
    port: int, context: ssl.SSLContext, others: Mapping[str, int], asked: list[str], here: str
) -> asyncio.Server:
    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        host = (await reader.readline()).decode().split()[1].partition(":")[0]
        asked.append(host)
        while (await reader.readline()).strip():
            pass
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        with suppress(OSError, ssl.SSLError, asyncio.CancelledError):  # cancelled: as the front ends, and it with it
            await writer.start_tls(context)
            inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", others.get(host, port))
            await asyncio.gather(_pass(reader, inner_writer), _pass(inner_reader, writer))

    return await asyncio.start_server(connected, here, 0)


async def _end_what_runs() -> None:
    left = asyncio.all_tasks() - {asyncio.current_task()}
    for one in left:
        one.cancel()
    await asyncio.gather(*left, return_exceptions=True)


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError, ssl.SSLError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()
