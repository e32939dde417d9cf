"""A TLS front on loopback: a client that only speaks https to Google's names reaches the emulator.

It takes CONNECT, ends TLS with a certificate of its own making, and passes the bytes on: a proxy that looks inside.
"""

import asyncio
import datetime
import ssl
import threading
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import MappingProxyType

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

_NAMES = ("*.googleapis.com", "accounts.google.com", "*.venue.example")


@contextmanager
def tls_front(
    port: int, folder: Path, others: Mapping[str, int] = MappingProxyType({}), asked: list[str] | None = None
) -> Generator[tuple[str, Path]]:
    """The proxy's address, and the file of the authority to be trusted.

    `others`: ports of hosts that are not the emulator; `asked` takes each host that somebody wants to be led to.
    """
    authority, chain = folder / "authority.pem", folder / "server.pem"
    certificates(authority, chain)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(chain)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    starting = asyncio.run_coroutine_threadsafe(_serve(port, context, others, [] if asked is None else asked), loop)
    server = starting.result(5)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", authority
    finally:
        loop.call_soon_threadsafe(server.close)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(5)


async def _serve(port: int, context: ssl.SSLContext, others: Mapping[str, int], asked: list[str]) -> asyncio.Server:
    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        host = (await reader.readline()).decode().split()[1].partition(":")[0]
        asked.append(host)
        while (await reader.readline()).strip():
            pass
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        with suppress(OSError, ssl.SSLError):
            await writer.start_tls(context)
            inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", others.get(host, port))
            await asyncio.gather(_pass(reader, inner_writer), _pass(inner_reader, writer))

    return await asyncio.start_server(connected, "127.0.0.1", 0)


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError, ssl.SSLError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()


def certificates(authority: Path, chain: Path) -> None:
    root_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    root_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test authority")])
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "www.googleapis.com")])
    root = _builder(root_name, root_name, root_key.public_key()).add_extension(x509.BasicConstraints(True, None), True)
    names = x509.SubjectAlternativeName([x509.DNSName(each) for each in _NAMES])
    leaf = _builder(name, root_name, key.public_key()).add_extension(names, False)
    pem = serialization.Encoding.PEM
    authority.write_bytes(root.sign(root_key, hashes.SHA256()).public_bytes(pem))
    secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    chain.write_bytes(leaf.sign(root_key, hashes.SHA256()).public_bytes(pem) + secret)


def _builder(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=2))
    )
