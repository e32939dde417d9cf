"""What the system counts of connections is what went over them, since it was last asked."""

from __future__ import annotations

import socket
import time

import pytest

from agent.drive import tcp
from agent.drive.tcp import Sent, Sockets
from tests.drive.kit import Kit
from tests.patience import latest

needs_linux = pytest.mark.skipif(tcp.INFO is None, reason="this system does not tell")


def acknowledged(sockets: Sockets, count: int) -> Sent:
    end, found = latest(5), Sent()
    while found.bytes < count and time.monotonic() < end:
        found += sockets.sent()
    return found


@needs_linux
def test_bytes_that_the_other_end_has_are_counted_once() -> None:
    sockets = Sockets()
    with socket.create_server(("127.0.0.1", 0)) as server:
        pairs = [(socket.create_connection(server.getsockname()), server.accept()[0]) for _ in range(2)]
        for ours, _ in pairs:
            sockets.add(ours)
            ours.sendall(bytes(10_000))
        found = acknowledged(sockets, 20_000)
        assert found.bytes - 20_000 <= 2, "a connection's beginning counts as a byte"
        assert (found.again, found.lost) == (0, 0.0)
        assert found.segments >= 2
        assert found.stretched >= 1
        sockets.add(pairs[0][0])
        assert sockets.sent() == Sent()
        pairs[0][0].sendall(bytes(500))
        pairs[1][0].close()
        assert acknowledged(sockets, 500).bytes == 500
        for pair in pairs:
            for one in pair:
                one.close()
    assert sockets.sent() == Sent()


def test_what_was_closed_is_not_kept_though_nobody_asks() -> None:
    sockets = Sockets()
    with socket.create_server(("127.0.0.1", 0)) as server:
        for _ in range(20):
            with socket.create_connection(server.getsockname()) as ours:
                sockets.add(ours)
                sockets.add(ours)
    assert len(sockets) == 1


def test_nothing_is_told_where_the_system_does_not_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tcp, "INFO", None)
    sockets = Sockets()
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as ours:
        sockets.add(ours)
        ours.sendall(bytes(10_000))
        assert sockets.sent() == Sent()
    assert Sent().lost == 0.0


@needs_linux
async def test_a_client_counts_all_its_connections_and_those_that_were_kept(kit: Kit) -> None:
    await kit.client.about()
    first = kit.http.sent()
    assert first.bytes > 200, "the request"
    assert kit.http.sent() == Sent()
    await kit.client.about()
    assert 200 < kit.http.sent().bytes < 2 * first.bytes
