"""One connection: a request goes out once, and the error knows whether it did."""

import gzip
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from agent.drive.answer import Answer
from agent.drive.endpoint import Endpoint, is_loopback
from agent.drive.errors import Aim, DriveError
from agent.drive.wire import Limits, Wire, Wires, once
from agent.errors import UsageError

GOOD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
QUICK = Limits(connect=1, answer=0.3)


@contextmanager
def server(*turns: Callable[[socket.socket, bytes], None]) -> Iterator[tuple[str, list[bytes]]]:
    """A server that answers one request after the other with these; a turn may close. Answers what it was asked."""
    listening = socket.create_server(("127.0.0.1", 0))
    asked: list[bytes] = []
    left = list(turns)

    def serve() -> None:
        while left:
            try:
                line, _ = listening.accept()
            except OSError:
                return
            with line:
                while left and (request := line.recv(65536)):
                    asked.append(request)
                    left.pop(0)(line, request)
                    if line.fileno() < 0:
                        break

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}", asked
    finally:
        left.clear()
        listening.close()


def say(data: bytes) -> Callable[[socket.socket, bytes], None]:
    return lambda line, _: line.sendall(data)


def close(line: socket.socket, _: bytes) -> None:
    line.close()


def silence(seconds: float) -> Callable[[socket.socket, bytes], None]:
    return lambda line, _: time.sleep(seconds)


def ask(wire: Wire, method: str = "GET", aim: Aim = Aim.READ) -> Answer:
    return wire.exchange(method, "/x", {"A": "b"}, b"{}" if method == "POST" else None, QUICK, aim)


def test_a_connection_is_kept() -> None:
    with server(say(GOOD), say(GOOD)) as (url, asked):
        wire = Wire(url)
        assert ask(wire).status == 200
        assert ask(wire).body == b"{}"
        wire.close()
    assert len(asked) == 2


def test_a_get_on_a_kept_connection_that_died_is_sent_once_more() -> None:
    with server(say(GOOD), close, say(GOOD)) as (url, asked):
        wire = Wire(url)
        ask(wire)
        assert ask(wire).status == 200
    assert len(asked) == 3


def test_a_create_is_never_sent_twice_by_itself() -> None:
    with server(say(GOOD), close, say(GOOD)) as (url, asked):
        wire = Wire(url)
        ask(wire)
        with pytest.raises(DriveError) as caught:
            ask(wire, "POST", Aim.CREATE)
        assert caught.value.ambiguous
        time.sleep(0.05)
    assert len(asked) == 2


def test_a_get_on_a_new_connection_is_sent_once() -> None:
    with server(close, say(GOOD)) as (url, asked):
        with pytest.raises(DriveError) as caught:
            ask(Wire(url))
        assert not caught.value.ambiguous
    assert len(asked) == 1


def test_a_connection_closed_while_idle_is_noticed_before_it_is_used() -> None:
    def answer_and_close(line: socket.socket, _: bytes) -> None:
        line.sendall(GOOD)
        line.close()

    with server(answer_and_close, say(GOOD)) as (url, asked):
        wire = Wire(url)
        ask(wire)
        time.sleep(0.05)
        assert ask(wire, "POST", Aim.CREATE).status == 200
    assert len(asked) == 2


def test_silence_ends_in_time_and_is_ambiguous_for_a_create() -> None:
    with server(silence(4.0)) as (url, _):
        began = time.monotonic()
        with pytest.raises(DriveError) as caught:
            ask(Wire(url), "POST", Aim.CREATE)
        assert time.monotonic() - began < 3.5
        assert caught.value.ambiguous


def test_a_truncated_answer_is_an_error_not_half_an_answer() -> None:
    with server(lambda line, _: (line.sendall(GOOD[:-1]), line.close())) as (url, _):  # type: ignore[func-returns-value]
        with pytest.raises(DriveError) as caught:
            ask(Wire(url), "POST", Aim.CREATE)
        assert caught.value.title == "The connection to Google Drive broke off"


def test_a_packed_answer_is_unpacked() -> None:
    packed = gzip.compress(b'{"a": 1}')
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(packed)}\r\n\r\n".encode()
    with server(say(head + packed)) as (url, _):
        assert ask(Wire(url)).json() == {"a": 1}


def test_another_thread_can_break_it_off() -> None:
    with server(silence(5)) as (url, _):
        wire = Wire(url)
        began = time.monotonic()
        threading.Timer(0.1, wire.cut).start()
        with pytest.raises(DriveError):
            wire.exchange("GET", "/x", {}, None, Limits(1, 10), Aim.READ)
        assert time.monotonic() - began < 4


def test_nobody_listens() -> None:
    with pytest.raises(DriveError) as caught:
        once("POST", "http://127.0.0.1:9/token", {}, b"x", QUICK, Aim.CREATE)
    assert caught.value.title == "No internet"
    assert not caught.value.ambiguous


def test_the_connection_used_last_is_lent_first_and_never_twice() -> None:
    wires = Wires("http://127.0.0.1:9")
    a, b = wires.borrow(), wires.borrow()
    assert a is not b
    wires.give_back(a)
    wires.give_back(b)
    assert wires.borrow() is b
    wires.close()
    with pytest.raises(DriveError):
        wires.borrow()


def test_a_proxy_is_asked_for_google_and_never_for_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bytes] = []

    def refuse(line: socket.socket, request: bytes) -> None:
        asked.append(request)
        line.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")

    with server(refuse, say(GOOD)) as (url, _):
        monkeypatch.setenv("https_proxy", url.replace("http://", "http://me:secret@"))
        monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
        monkeypatch.delenv("no_proxy", raising=False)
        with pytest.raises(DriveError) as caught:
            once("GET", "https://www.googleapis.com/x", {}, None, QUICK, Aim.READ)
        assert caught.value.title == "The network's proxy wants a sign-in"
        assert b"CONNECT www.googleapis.com:443" in asked[0]
        assert b"Proxy-Authorization: Basic" in asked[0]
        assert once("GET", f"{url}/x", {}, None, QUICK, Aim.READ).status == 200


@pytest.mark.parametrize("address", ["127.0.0.1:80", "ftp://x", "http://", "emulator"])
def test_an_endpoint_that_is_no_address_is_refused_by_name(address: str) -> None:
    with pytest.raises(UsageError) as caught:
        Endpoint(address)
    assert "drive.endpoint" in str(caught.value)
    assert address in str(caught.value)


def test_an_endpoint_stands_for_all_of_googles_addresses() -> None:
    google, emulator = Endpoint(""), Endpoint("http://127.0.0.1:5/")
    assert google.is_google
    assert google.root == "https://www.googleapis.com"
    assert google.token_uri == "https://oauth2.googleapis.com/token"
    assert (emulator.root, emulator.token_uri) == ("http://127.0.0.1:5", "http://127.0.0.1:5/token")
    assert emulator.is_loopback
    assert not google.is_loopback
    assert is_loopback("::1")
    assert not is_loopback("10.0.0.1")
