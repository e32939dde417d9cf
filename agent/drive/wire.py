"""One kept-alive HTTP/1.1 connection, used by one thread at a time: what Google's libraries call through.

httplib2 repeats a request behind its caller's back when a connection breaks, knows no limit for the connect alone and
needs a further library for proxies. Here a create goes out once, and the error knows whether it went out.
"""

from __future__ import annotations

import gzip
import http.client
import select
import socket
import threading
import time
import urllib.request
import zlib
from base64 import b64encode
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import SplitResult, unquote

from agent.addresses import split
from agent.drive.answer import Answer
from agent.drive.endpoint import is_loopback, tls
from agent.drive.errors import Aim, drive_error

STALE_AFTER = 220.0  # seconds idle: Google closes after four minutes
NO_DELAY = (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
# What was sent and is not acknowledged for so long, however often the system sent it again, has no other end any more.
# Without this it would try for a quarter of an hour. A slow line acknowledges slowly, but it does.
UNACKNOWLEDGED = 10_000  # milliseconds
# And where nothing was sent, the other end is asked for a sign of life, three times.
LINUX = hasattr(socket, "TCP_USER_TIMEOUT") and hasattr(socket, "TCP_KEEPIDLE")
GIVE_UP = (
    (
        (socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNACKNOWLEDGED),
        (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
        (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 10),
        (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 5),
        (socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 3),
    )
    if LINUX
    else ()
)
SAFE = frozenset({"GET", "HEAD"})
Trouble = (OSError, http.client.HTTPException, EOFError, zlib.error)


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds for the connection to stand, and for each part of the answer to come."""

    connect: float = 10.0
    answer: float = 30.0


class Wire:
    """A connection to one host. Not for two threads at once; `cut` may come from any."""

    def __init__(self, url: str) -> None:
        self._parts = split(url)
        self._connection: http.client.HTTPConnection | None = None
        self._used_at = 0.0
        self._broken_off = False

    def exchange(
        self, method: str, target: str, headers: Mapping[str, str], body: bytes | None, limits: Limits, aim: Aim
    ) -> Answer:
        """Send one request and read its whole answer, whatever its status.

        A GET that meets a kept connection closed by the server is sent once more over a new one (RFC 9110 9.2.2);
        nothing else is sent twice. Raises `DriveError` where no answer came: `ambiguous` if the request was under way.
        """
        kept = self._connection is not None
        self._broken_off = False
        try:
            return self._once(method, target, headers, body, limits, aim)
        except StaleConnection as error:
            if not kept or method not in SAFE or self._broken_off:
                raise drive_error(error.error, aim=aim, sent=True) from error.error
        try:
            return self._once(method, target, headers, body, limits, aim)
        except StaleConnection as error:
            raise drive_error(error.error, aim=aim, sent=True) from error.error

    def cut(self) -> None:
        """Break off whatever is under way: the thread that waits for an answer gets an error at once."""
        self._broken_off = True
        sock = None if self._connection is None else self._connection.sock
        if sock is not None:
            with suppress(OSError):
                socket.socket.shutdown(sock, socket.SHUT_RDWR)  # of the plain socket: TLS's own would wait

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _once(
        self, method: str, target: str, headers: Mapping[str, str], body: bytes | None, limits: Limits, aim: Aim
    ) -> Answer:
        try:
            connection = self._open(limits)
        except Trouble as error:
            self.close()
            raise drive_error(error, aim=aim, sent=False) from error
        answered = False
        try:
            connection.request(method, target, body, dict(headers))
            response = connection.getresponse()
            answered = True
            answer = _read(response)
        except Trouble as error:
            self.close()
            if not answered and not isinstance(error, TimeoutError):
                raise StaleConnection(error) from error
            raise drive_error(error, aim=aim, sent=True) from error
        self._used_at = time.monotonic()
        if response.will_close:
            self.close()
        return answer

    def _open(self, limits: Limits) -> http.client.HTTPConnection:
        if self._connection is not None and (self._closed_by_server() or self._is_old()):
            self.close()
        if self._connection is None:
            connection = _connection(self._parts, limits.connect)
            connection.connect()
            for option in (NO_DELAY, *GIVE_UP):
                connection.sock.setsockopt(*option)
            self._connection = connection
        self._connection.sock.settimeout(limits.answer)
        return self._connection

    def _closed_by_server(self) -> bool:
        """Whether something waits to be read where nothing was asked: a connection closed at the other end."""
        sock = None if self._connection is None else self._connection.sock
        if sock is None:
            return True
        poll = select.poll()
        poll.register(sock, select.POLLIN)
        return bool(poll.poll(0))

    def _is_old(self) -> bool:
        return time.monotonic() - self._used_at > STALE_AFTER


class StaleConnection(Exception):
    """A connection broke before any answer: perhaps closed by the server while it was idle."""

    def __init__(self, error: Exception) -> None:
        super().__init__(str(error))
        self.error = error


class Wires:
    """Connections to one host, borrowed by threads. The one used last is lent first, so that it stays warm."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._free: list[Wire] = []
        self._lent: dict[Wire, float] = {}  # since when
        self._lock = threading.Lock()
        self._closed = False

    def borrow(self) -> Wire:
        with self._lock:
            if self._closed:
                raise drive_error(ConnectionError("the agent is ending"), sent=False)
            wire = self._free.pop() if self._free else Wire(self._url)
            self._lent[wire] = time.monotonic()
            return wire

    def give_back(self, wire: Wire) -> None:
        with self._lock:
            self._lent.pop(wire, None)
            if not self._closed:
                self._free.append(wire)
                return
        wire.close()

    def waits_for(self, seconds: float) -> bool:
        """Whether one was lent so long ago and did not come back."""
        with self._lock:
            return any(time.monotonic() - since >= seconds for since in self._lent.values())

    def drop(self, waiting_for: float = 0.0) -> None:
        """Close what is idle and break off what waits so long: the network is another one now (sleep, a new Wi-Fi)."""
        with self._lock:
            idle, self._free = self._free, []
            for wire, since in self._lent.items():
                if time.monotonic() - since >= waiting_for:
                    wire.cut()
        for wire in idle:
            wire.close()

    def close(self) -> None:
        """For good. Threads that wait for an answer get an error at once."""
        with self._lock:
            self._closed = True
        self.drop()


def once(method: str, url: str, headers: Mapping[str, str], body: bytes | None, limits: Limits, aim: Aim) -> Answer:
    """One request over a connection of its own: for what comes once an hour."""
    wire = Wire(url)
    try:
        return wire.exchange(method, target_of(url), headers, body, limits, aim)
    finally:
        wire.close()


def target_of(url: str) -> str:
    """The path and query that stand in a request's first line."""
    parts = split(url)
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _connection(parts: SplitResult, timeout: float) -> http.client.HTTPConnection:
    host, port = parts.hostname or "", parts.port
    if parts.scheme == "http":
        return http.client.HTTPConnection(host, port, timeout=timeout)
    proxy = proxy_for(host)
    if proxy is None:
        return http.client.HTTPSConnection(host, port, timeout=timeout, context=tls())
    connection = http.client.HTTPSConnection(proxy.hostname or "", proxy.port or 8080, timeout=timeout, context=tls())
    connection.set_tunnel(host, port or 443, proxy_headers(proxy))
    return connection


def proxy_for(host: str) -> SplitResult | None:
    """The proxy that the environment names for a host (`HTTPS_PROXY`, `NO_PROXY`); none for this machine."""
    address = urllib.request.getproxies().get("https", "")
    if not address or is_loopback(host) or urllib.request.proxy_bypass(host):
        return None
    return split(address if "//" in address else f"http://{address}")


def proxy_headers(proxy: SplitResult) -> dict[str, str]:
    if not proxy.username:
        return {}
    pair = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}"
    return {"Proxy-Authorization": f"Basic {b64encode(pair.encode()).decode()}"}


def _read(response: http.client.HTTPResponse) -> Answer:
    body = response.read()
    headers = {key.lower(): value for key, value in response.getheaders()}
    if headers.get("content-encoding", "").lower() == "gzip":
        body = gzip.decompress(body)
    return Answer(response.status, headers, body)
