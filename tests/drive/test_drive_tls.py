"""The same over TLS, as Google speaks it: connections kept, false certificates told, a waiting thread freed."""

import asyncio
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from agent.drive.endpoint import Endpoint
from agent.drive.errors import Aim, DriveError
from agent.drive.exchange import Request
from agent.drive.files import UploadMeta
from agent.drive.http import Http, Single
from agent.drive.limiter import Limiter
from agent.drive.reasons import Scope
from agent.drive.sign_in.token import Current, Token
from agent.drive.transfers import MediaClient
from agent.model import DriveId
from tests.certificates import certificates
from tests.drive.kit import Photo

GOOD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"


@dataclass
class Server:
    url: str
    authority: Path
    connections: list[str] = field(default_factory=list)
    silent: bool = False


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    own = certificates(tmp_path / "certificates", "127.0.0.1")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(own / "cert.pem", own / "key.pem")
    listening = socket.create_server(("127.0.0.1", 0))
    running = Server(f"https://127.0.0.1:{listening.getsockname()[1]}", own / "ca.pem")

    def talk(line: socket.socket) -> None:
        try:
            with context.wrap_socket(line, server_side=True) as secure:
                running.connections.append(secure.version() or "")
                while secure.recv(65536):
                    if running.silent:
                        time.sleep(3)
                    secure.sendall(GOOD)
        except OSError:
            line.close()

    def serve() -> None:
        while True:
            try:
                line, _ = listening.accept()
            except OSError:
                return
            threading.Thread(target=talk, args=(line,), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    yield running
    listening.close()


@pytest.fixture
def trusted(server: Server, monkeypatch: pytest.MonkeyPatch) -> Server:
    monkeypatch.setenv("SSL_CERT_FILE", str(server.authority))
    return server


def signed_in() -> Token:
    token = Token(lambda: None)
    token._current = Current("t", time.time() + 3600)
    return token


async def test_a_connection_is_kept_over_tls(trusted: Server) -> None:
    http = Http(Endpoint(trusted.url), signed_in())
    for _ in range(5):
        assert (await http.send(Request("GET", trusted.url, {}))).status == 200
        await asyncio.sleep(0.02)
    assert trusted.connections == ["TLSv1.3"]
    await http.close()


@pytest.mark.parametrize("after", [0.0, 0.2])
def test_a_waiting_thread_is_freed_over_tls(trusted: Server, after: float) -> None:
    """Also where that was said before it had a connection."""
    trusted.silent = True
    one = Single()
    if after:
        threading.Timer(after, one.cut).start()
    else:
        one.cut()
    began = time.monotonic()
    with pytest.raises(DriveError):
        one.send(Request("GET", trusted.url, {}))
    assert time.monotonic() - began < 5


def test_a_false_certificate_is_told_with_what_to_do(server: Server) -> None:
    with pytest.raises(DriveError) as caught:
        Single().send(Request("POST", server.url, {}, b"x", Aim.CREATE))
    error = caught.value
    assert (error.title, error.scope) == ("The connection to Google cannot be trusted", Scope.NETWORK)
    assert "Wi-Fi" in error.remedy
    assert "date and time" in error.remedy
    assert not error.ambiguous


async def test_bytes_tell_a_false_certificate_too(server: Server, photo: Callable[..., Photo]) -> None:
    media = MediaClient(Http(Endpoint(server.url), signed_in()), Limiter())
    ours = photo(1000)
    with pytest.raises(DriveError) as caught:
        await media.upload_multipart(ours.path, UploadMeta(DriveId("a"), "x", DriveId("b")), ours.size, ours.md5)
    assert caught.value.title == "The connection to Google cannot be trusted"
    await media.close()


async def test_connections_for_bytes_stand_over_tls(trusted: Server) -> None:
    http = Http(Endpoint(trusted.url), signed_in())
    await http.warm(2)
    assert trusted.connections == ["TLSv1.3", "TLSv1.3"]
    await http.close()
