"""One connection: a request goes out once, and the error knows whether it did."""

import asyncio
import gzip
import hashlib
import socket
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from agent.drive.endpoint import Endpoint
from agent.drive.errors import Aim, Answer, DriveError
from agent.drive.exchange import OPTIONS, Limits, Request
from agent.drive.file_bytes import FileBody
from agent.drive.http import Http, Single
from agent.drive.limiter import Bandwidth
from agent.drive.reasons import Next
from agent.drive.sign_in.token import Current, Token
from agent.errors import UsageError
from agent.settings.addresses import is_loopback, split
from tests.patience import latest, within

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
                    try:
                        turn = left.pop(0)
                    except IndexError:  # the test was over as it came
                        return
                    turn(line, request)
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


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[Http]:
    """Signed in already."""
    token = Token(lambda: None)
    token._current = Current("t", time.time() + 3600)
    http = Http(Endpoint(url), token)
    yield http
    await http.close()


async def ask(http: Http, method: str = "GET", aim: Aim = Aim.READ) -> Answer:
    content = b"{}" if method == "POST" else b""
    return await http.send(Request(method, f"{http.endpoint.root}/x", {"A": "b"}, content, aim, limits=QUICK))


async def alone(url: str, method: str = "GET", aim: Aim = Aim.READ) -> Answer:
    async with connected(url) as http:
        return await ask(http, method, aim)


async def is_sent(http: Http) -> None:
    """Until one is under way; the libraries may have to be loaded first."""
    async with within(20):
        while not any(one.is_sent for one in http._under_way):
            await asyncio.sleep(0.01)


def once(method: str, url: str, body: bytes | None, aim: Aim) -> Answer:
    return Single().send(Request(method, url, {}, body or b"", aim, limits=QUICK))


async def test_a_connection_is_kept() -> None:
    with server(say(GOOD), say(GOOD)) as (url, asked):
        async with connected(url) as http:
            assert (await ask(http)).status == 200
            assert (await ask(http)).body == b"{}"
    assert len(asked) == 2


async def test_a_get_on_a_kept_connection_that_died_is_sent_once_more() -> None:
    with server(say(GOOD), close, say(GOOD)) as (url, asked):
        async with connected(url) as http:
            await ask(http)
            assert (await ask(http)).status == 200
    assert len(asked) == 3


async def test_a_create_is_never_sent_twice_by_itself() -> None:
    with server(say(GOOD), close, say(GOOD)) as (url, asked):
        async with connected(url) as http:
            await ask(http)
            with pytest.raises(DriveError) as caught:
                await ask(http, "POST", Aim.CREATE)
            assert caught.value.ambiguous
            await asyncio.sleep(0.05)
    assert len(asked) == 2


async def test_a_get_on_a_new_connection_is_sent_once() -> None:
    with server(close, say(GOOD)) as (url, asked):
        with pytest.raises(DriveError) as caught:
            await alone(url)
        assert not caught.value.ambiguous
    assert len(asked) == 1


async def test_a_connection_closed_while_idle_is_noticed_before_it_is_used() -> None:
    def answer_and_close(line: socket.socket, _: bytes) -> None:
        line.sendall(GOOD)
        line.close()

    with server(answer_and_close, say(GOOD)) as (url, asked):
        async with connected(url) as http:
            await ask(http)
            await asyncio.sleep(0.05)
            assert (await ask(http, "POST", Aim.CREATE)).status == 200
    assert len(asked) == 2


async def test_silence_ends_in_time_and_is_ambiguous_for_a_create() -> None:
    with server(silence(20.0)) as (url, _):
        end = latest(5)
        with pytest.raises(DriveError) as caught:
            await alone(url, "POST", Aim.CREATE)
        assert time.monotonic() < end
        assert caught.value.ambiguous


async def test_a_truncated_answer_is_an_error_not_half_an_answer() -> None:
    with server(lambda line, _: (line.sendall(GOOD[:-1]), line.close())) as (url, _):  # type: ignore[func-returns-value]
        with pytest.raises(DriveError) as caught:
            await alone(url, "POST", Aim.CREATE)
        assert caught.value.title == "The connection to Google Drive broke off"


async def test_a_packed_answer_is_unpacked() -> None:
    packed = gzip.compress(b'{"a": 1}')
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(packed)}\r\n\r\n".encode()
    with server(say(head + packed)) as (url, _):
        assert (await alone(url)).json() == {"a": 1}


def test_another_thread_can_break_it_off() -> None:
    with server(silence(30)) as (url, _):
        one = Single()
        end = latest(5)
        threading.Timer(0.1, one.cut).start()
        with pytest.raises(DriveError):
            one.send(Request("GET", f"{url}/x", {}, limits=Limits(1, 40)))
        assert time.monotonic() < end


def test_nobody_listens() -> None:
    with pytest.raises(DriveError) as caught:
        once("POST", "http://127.0.0.1:9/token", b"x", Aim.CREATE)
    assert caught.value.title == "No internet"
    assert not caught.value.ambiguous


async def test_a_request_that_waits_is_broken_off_and_what_was_sent_is_ambiguous() -> None:
    with server(silence(4)) as (url, _):
        async with connected(url) as http:
            request = Request("POST", f"{url}/x", {}, b"{}", Aim.CREATE)
            waiting = asyncio.create_task(http.send(request))
            await is_sent(http)
            await asyncio.sleep(0.2)
            assert http.waits_for(0.1)
            assert not http.waits_for(60)
            http.renew(60)
            assert not waiting.done()
            http.renew(0.1)
            with pytest.raises(DriveError) as caught:
                await waiting
            assert caught.value.ambiguous
            assert caught.value.title == "The connection to Google Drive broke off"
            assert not http.waits_for(0.0)


async def test_what_was_begun_just_before_the_lines_return_does_not_hang_on() -> None:
    with server(silence(20)) as (url, _):
        async with connected(url) as http:
            waiting = asyncio.create_task(http.send(Request("GET", f"{url}/x", {})))
            await is_sent(http)
            http.renew(1.0)
            await asyncio.sleep(0.2)
            assert not waiting.done()
            end = latest(3)
            with pytest.raises(DriveError):
                await waiting
            assert time.monotonic() < end


async def test_what_moved_since_goes_on() -> None:
    with server(silence(4), say(GOOD)) as (url, _):
        async with connected(url) as http:
            waiting = asyncio.create_task(http.send(Request("PUT", f"{url}/x", {}, b"x", is_transfer=True)))
            await is_sent(http)
            http.renew(0.3)
            (exchange,) = http._under_way
            exchange.ours()
            await asyncio.sleep(0.4)
            assert not waiting.done()
            waiting.cancel()


async def test_calls_can_be_broken_off_while_bytes_go_on() -> None:
    with server(silence(4), say(GOOD)) as (url, _):
        async with connected(url) as http:
            waiting = asyncio.create_task(http.send(Request("PUT", f"{url}/x", {}, b"x", is_transfer=True)))
            await is_sent(http)
            await asyncio.sleep(0.2)
            assert http.stands_for(0.1)
            assert http.moved_within(60)
            http.renew(0.1, transfers=False)
            await asyncio.sleep(0)
            assert not waiting.done()
            http.renew(0.1)
            with pytest.raises(DriveError):
                await waiting


async def test_new_connections_are_made_once_the_old_may_be_dead() -> None:
    with server(say(GOOD), say(GOOD)) as (url, asked):
        async with connected(url) as http:
            await ask(http)
            http.renew(0.0)
            await ask(http)
    assert len(asked) == 2


async def test_once_closed_nothing_goes_out() -> None:
    async with connected("http://127.0.0.1:9") as http:
        await http.close()
        with pytest.raises(DriveError):
            await ask(http)


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
            once("GET", "https://www.googleapis.com/x", None, Aim.READ)
        assert caught.value.title == "The network's proxy wants a sign-in"
        assert b"CONNECT www.googleapis.com:443" in asked[0]
        assert b"Proxy-Authorization: Basic" in asked[0]
        assert once("GET", f"{url}/x", None, Aim.READ).status == 200


@pytest.mark.parametrize("address", ["socks5://me:secret@127.0.0.1:1080", "socks5h://127.0.0.1:1080"])
async def test_a_proxy_of_another_kind_is_said_and_not_spoken_to(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("https_proxy", address)
    monkeypatch.delenv("no_proxy", raising=False)
    with pytest.raises(DriveError, match="The proxy in HTTPS_PROXY cannot be used") as caught:
        await alone("https://drive.example", "POST", Aim.CREATE)
    with pytest.raises(DriveError) as asked:
        once("GET", "https://drive.example/x", None, Aim.READ)
    assert asked.value.title == caught.value.title
    assert address.partition(":")[0] in caught.value.detail
    assert "secret" not in caught.value.detail


async def test_calls_and_bytes_go_through_the_proxy_too(monkeypatch: pytest.MonkeyPatch) -> None:
    refusal = b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"
    with server(say(refusal)) as (url, asked):
        monkeypatch.setenv("https_proxy", url.replace("http://", "http://me:secret@"))
        monkeypatch.delenv("no_proxy", raising=False)
        with pytest.raises(DriveError) as caught:
            await alone("https://drive.example", "POST", Aim.CREATE)
    assert caught.value.title == "The network's proxy wants a sign-in"
    assert not caught.value.ambiguous
    assert b"CONNECT drive.example:443" in asked[0]
    assert b"Proxy-Authorization: Basic" in asked[0]


async def test_what_is_not_acknowledged_is_given_up_in_time() -> None:
    with server(silence(4)) as (url, _):
        async with connected(url) as http:
            waiting = asyncio.create_task(ask(http))
            await is_sent(http)
            (exchange,) = http._under_way
            assert exchange.socket is not None
            for level, option, value in OPTIONS:
                assert exchange.socket.getsockopt(level, option) == value
            waiting.cancel()


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
    assert is_loopback(split(emulator.root).hostname or "")
    assert not is_loopback(split(google.root).hostname or "")
    assert is_loopback("::1")
    assert not is_loopback("10.0.0.1")


# ---- a connection that died without a word, while the line is there


@contextmanager
def answering_after(seconds: Callable[[int], float]) -> Iterator[tuple[str, list[int]]]:
    """A server that lets its nth request of `/x` wait so long, and answers everything else at once."""
    seen: list[int] = []

    class Slow(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            if self.path.startswith("/x"):
                seen.append(len(seen))
                time.sleep(seconds(seen[-1]))
            with suppress(OSError):
                self.send_response(200)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

        def do_POST(self) -> None:
            self.do_GET()  # what is sent is not even read

        def log_message(self, format: str, *args: object) -> None:
            """Nothing is printed."""

    made = ThreadingHTTPServer(("127.0.0.1", 0), Slow)
    made.daemon_threads = True
    threading.Thread(target=made.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{made.server_port}", seen
    finally:
        made.shutdown()
        made.server_close()


async def given_up(http: Http, asked: asyncio.Task[Answer], others: bool = True) -> int:
    """How many connections were taken for dead until this was over, while others are asked something, too."""
    dead = 0
    while not asked.done():
        if others:
            await http.send(Request("GET", f"{http.endpoint.root}/other", {}))
        dead += http.give_up_the_dead()
        await asyncio.sleep(0.05)
    return dead


async def test_what_is_not_answered_while_others_are_has_a_dead_connection() -> None:
    with answering_after(lambda number: 8.0 if number == 0 else 0.0) as (url, seen):
        async with connected(url) as http:
            request = Request("GET", f"{url}/x", {}, limits=Limits(usual=0.3))
            asked = asyncio.create_task(http.send(request))
            assert await given_up(http, asked) == 1
            with pytest.raises(DriveError) as caught:
                await asked
            assert (caught.value.next, caught.value.ambiguous) == (Next.LOOK, False)
            assert (await http.send(request)).status == 200
    assert len(seen) == 2


async def test_a_photo_that_stands_half_sent_keeps_no_other_from_being_given_up(tmp_path: Path) -> None:
    """Of what is still being sent the system knows better; but it may take ten seconds to find out."""
    with answering_after(lambda _: 20.0) as (url, _), ThreadPoolExecutor(2) as threads:
        async with connected(url) as http:

            def photo(name: str, size: int) -> asyncio.Task[Answer]:
                content = b"\0" * size
                (tmp_path / name).write_bytes(content)
                md5 = hashlib.md5(content, usedforsecurity=False).hexdigest()
                body = FileBody(tmp_path / name, size, md5, threads, Bandwidth(0), lambda _: None)
                limits = Limits(usual=0.3)
                request = Request("POST", f"{url}/x{name}", {}, body, limits=limits, is_transfer=True)
                return asyncio.create_task(http.send(request))

            half = photo("half", 50_000_000)
            await asyncio.sleep(0.3)
            whole = photo("whole", 10)
            async with within(10):
                assert await given_up(http, whole) == 1
            assert not half.done()
            half.cancel()


async def test_nothing_is_given_up_while_nobody_is_answered() -> None:
    with answering_after(lambda _: 1.0) as (url, _):
        async with connected(url) as http:
            asked = asyncio.create_task(http.send(Request("GET", f"{url}/x", {}, limits=Limits(usual=0.1))))
            assert await given_up(http, asked, others=False) == 0
            assert (await asked).status == 200


async def test_who_is_only_slow_is_answered_in_the_end() -> None:
    """Each time it is sent again it is waited for twice as long, whatever else is answered how quickly."""
    with answering_after(lambda _: 3.0) as (url, _):
        async with connected(url) as http:
            request, dead = Request("GET", f"{url}/x", {}, limits=Limits(usual=0.2)), 0
            for _ in range(8):
                asked = asyncio.create_task(http.send(request))
                dead += await given_up(http, asked)
                if asked.exception() is None:
                    break
            assert asked.result().status == 200
            assert 1 <= dead <= 5, "after 0.2, 0.4, 0.8 and 1.6 s; then it has come"
            asked = asyncio.create_task(http.send(Request("GET", f"{url}/x?2", {}, limits=Limits(usual=0.2))))
            assert await given_up(http, asked) == 0, "from now on one knows how slow it is"
