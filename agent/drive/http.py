"""The one way to Google: kept-alive HTTP/1.1 connections (httpx), authorised, watched for standstill.

HTTP/2 would share one flow-control window among all photos and costs more processor time in Python; eight plain
connections fill the line. Calls and photo bytes go over the same ones.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections import Counter
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any, cast

from agent import clock
from agent.drive.endpoint import Endpoint, context_for, new_client, proxy_for
from agent.drive.errors import Aim, Answer, DriveError, at_date, drive_error, of_account
from agent.drive.exchange import AnswerTimes, Exchange, Request, Trace, is_ours
from agent.drive.file_bytes import FileBody
from agent.drive.tcp import Sent, Sockets

if TYPE_CHECKING:
    import httpx

    from agent.drive.sign_in.token import Token

WHOLE_CALL = 75.0  # seconds: connect, answer, a refreshed token and all of it again
SAFE = frozenset({"GET", "HEAD"})
UNAUTHORISED, RESUME = 401, 308
DOOR = "/drive/v3/about?fields=kind"  # Drive itself refuses it without a token; a portal shows a page, or leads to one


class Http:
    """Connections to one Drive for one account. Every request is sent once, but again with a new token after a 401.

    A GET that meets a kept connection closed by the server is sent once more over another (RFC 9110 9.2.2); nothing
    else is sent twice. Every method raises `DriveError` only.
    """

    def __init__(self, endpoint: Endpoint, token: Token) -> None:
        self.endpoint = endpoint
        self.token = token
        self._loaded: asyncio.Future[ssl.SSLContext | bool] | None = None
        self._client: httpx.AsyncClient | None = None
        self._under_way: set[Exchange] = set()
        self._users: Counter[httpx.AsyncClient] = Counter()
        self._left: set[httpx.AsyncClient] = set()  # closed once nobody uses them any more
        self._leaving: set[asyncio.Task[None]] = set()
        self._closed = False
        self._addresses = set[str]()  # of this machine, from which connections that are kept may go
        self._calls, self._photos = AnswerTimes(), AnswerTimes()
        self._sockets = Sockets()
        self._dated: float | None = None  # how far Drive's clock is from the steady line

    async def send(self, request: Request) -> Answer:
        """One request and its whole answer: 2xx, and 308 of a session. Anything else is raised."""
        async with self.exchange(request) as response:
            answer = Answer(response.status_code, dict(response.headers), await response.aread())
        good = (200 <= answer.status < 300 and not answer.is_portal) or (
            answer.status == RESUME and request.aim is Aim.SESSION
        )
        if not good:
            raise of_account(request.error(answer), self.token.account)
        if (there := at_date(answer.headers.get("date", ""))) is not None:
            self._dated = there - clock.steady()
        return answer

    def clock_ahead(self) -> float | None:
        """Seconds by which this machine's clock is ahead of Drive's, which said so last; `None`: it has not yet."""
        return None if self._dated is None else clock.wall() - clock.steady() - self._dated

    @asynccontextmanager
    async def exchange(self, request: Request) -> AsyncGenerator[httpx.Response]:
        """An answer of whatever status, its body not read yet. Raises where none came: `ambiguous` if it was sent."""
        import httpx

        client = await self._ready()
        self._users[client] += 1
        content = request.content
        scope = asyncio.timeout(None if request.is_transfer else WHOLE_CALL)
        exchange = Exchange(request, scope, self._photos if isinstance(content, FileBody) else self._calls)
        try:
            async with scope:
                self._under_way.add(exchange)
                if isinstance(content, FileBody):
                    content.ours, content.theirs = exchange.ours, exchange.theirs
                response = await self._authorised(client, request, exchange)
                response.extensions["exchange"] = exchange
                try:
                    yield response
                finally:
                    await response.aclose()
        except (httpx.HTTPError, httpx.StreamError, OSError) as error:
            raise exchange.error(error) from error
        except DriveError as error:  # also of whoever reads the answer
            of_account(error, self.token.account)
            raise
        finally:
            self._under_way.discard(exchange)
            self._know_sockets(exchange)
            if isinstance(content, FileBody):
                content.close()
            await self._let_go(client)

    async def _authorised(self, client: httpx.AsyncClient, request: Request, exchange: Exchange) -> httpx.Response:
        token = await self.token.bearer()
        response = await self._answered(client, request, exchange, token)
        if response.status_code != UNAUTHORISED:
            return response
        await response.aread()
        self.token.invalidate(token)
        return await self._answered(client, request, exchange, await self.token.bearer())

    async def _answered(
        self, client: httpx.AsyncClient, request: Request, exchange: Exchange, token: str
    ) -> httpx.Response:
        import httpx

        built = client.build_request(
            request.method,
            request.url,
            headers={
                **request.headers,
                **self.token.resource_keys.header(request.url),
                "Authorization": f"Bearer {token}",
                "Content-Length": str(request.length),
            },
            content=request.content,
            timeout=httpx.Timeout(request.limits.answer, connect=request.limits.connect),
            extensions={"trace": exchange.note_async},
        )
        while True:
            exchange.is_fresh = exchange.is_sent = False
            exchange.theirs()
            try:
                response = await client.send(built, stream=True)
                exchange.answered()
                if exchange.address is not None:
                    self._addresses.add(exchange.address)
                return response
            except (httpx.NetworkError, httpx.RemoteProtocolError):
                if exchange.is_fresh or client.is_closed or built.method not in SAFE:
                    raise

    # ---- what stands still

    def waits_for(self, seconds: float) -> bool:
        """Whether anything has waited so long for its answer, and nothing that was begun later was answered."""
        since = asyncio.get_running_loop().time() - seconds
        alive = max(self._calls.newest, self._photos.newest)
        return any(alive < one.waits_since <= since for one in self._under_way)

    def give_up_the_dead(self) -> int:
        """Break off what waits longer than answers take, though one was answered that was begun later; how many.

        The line may have been away for a moment only: nobody noticed, but what was connected then is dead. Of photos
        another photo has to be answered: a slow line answers calls at once, and photos after minutes. Where none is, as
        all may be dead, one is given up, and tells by its next try.
        """
        dead = [one for one in self._under_way if one.waits_since < one.answers.newest and one.is_overdue()]
        dead = dead or self._on_trial()
        for one in dead:
            one.give_up()
        return len(dead)

    def _on_trial(self) -> list[Exchange]:
        """Of the photos that wait for too long, the one that waits longest."""
        trials, newest = self._photos.trials, self._calls.newest
        photos = [one for one in self._under_way if one.answers is self._photos and one.waits_since < newest]
        late = [one for one in photos if one.is_overdue(trials)]
        self._photos.trials += bool(late)
        return sorted(late, key=lambda one: one.waits_since)[:1]

    def moved_within(self, seconds: float) -> bool:
        """Whether a byte of any transfer under way moved so lately."""
        since = asyncio.get_running_loop().time() - seconds
        return any(one.moved_at > since for one in self._under_way if one.request.is_transfer)

    def stands_for(self, seconds: float) -> bool:
        """Whether there are transfers under way, and none has moved a byte for so long."""
        return any(one.request.is_transfer for one in self._under_way) and not self.moved_within(seconds)

    def break_off(self, standing_for: float, *, transfers: bool = True, answers: bool = False) -> int:
        """Break off what has not moved for so many seconds; returns how many. They raise as broken off.

        `transfers` False: of calls alone. `answers`: Drive does, over other connections: questions are asked anew.
        """
        end = asyncio.get_running_loop().time() - standing_for
        standing = [
            one for one in self._under_way if one.moved_at <= end and (transfers or not one.request.is_transfer)
        ]
        for one in standing:
            one.break_off(answers=answers)
        return len(standing)

    def _break_off_unless_moved(self, young: set[Exchange], since: float, transfers: bool, answers: bool) -> None:
        for one in young & self._under_way:
            if one.moved_at <= since and (transfers or not one.request.is_transfer):
                one.break_off(answers=answers)

    # ---- connections

    def sent(self) -> Sent:
        """What went over all connections since this was last asked, by the system's own count."""
        self._know_sockets(*self._under_way)
        return self._sockets.sent()

    def _know_sockets(self, *exchanges: Exchange) -> None:
        for one in exchanges:
            if one.socket is not None:
                self._sockets.add(one.socket)

    async def warm(self, count: int) -> None:
        """Have `count` connections stand, token fetched, so that the next requests pay one round trip. Never raises."""

        async def touch() -> None:
            with suppress(DriveError):
                await self.send(Request("GET", f"{self.endpoint.root}{DOOR}", {}))

        with suppress(DriveError):
            await self.token.bearer()  # first: so all begin at once, and none over the connection of another
            await asyncio.gather(*(touch() for _ in range(count)))

    def renew(self, standing_for: float, *, transfers: bool = True, answers: bool = False) -> None:
        """Break off what stands so long, and make new connections for whatever is begun; what still moves ends.

        For when they may be dead without knowing it: after sleep, after an outage, on another network. What was begun a
        moment ago may hang on a dead one, too: unless it moves, it is broken off as long from now. (It waited for its
        limit of time, half a minute or a whole one: in 1 of 20 outages without a word.)
        """
        self.break_off(standing_for, transfers=transfers, answers=answers)
        for times in (self._calls, self._photos):
            times.forget(asyncio.get_running_loop().time())
        loop, young = asyncio.get_running_loop(), self._under_way.copy()
        loop.call_later(standing_for, self._break_off_unless_moved, young, loop.time(), transfers, answers)
        self._connect_anew()

    def leave_lost_addresses(self) -> bool:
        """Break off what goes from an address that this machine has no more; new connections for all else.

        Nothing is heard on such a connection ever again, and nothing of that: its other end is left half open. Returns
        whether there was any.
        """
        lost = {one for one in self._addresses | {one.address for one in self._under_way} if one and not is_ours(one)}
        for one in self._under_way.copy() if lost else ():
            if one.address is None or one.address in lost:
                one.break_off()
        if lost:
            self._addresses -= lost
            self._connect_anew()
        return bool(lost)

    def _connect_anew(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            leaving = asyncio.ensure_future(self._leave(client))
            self._leaving.add(leaving)
            leaving.add_done_callback(self._leaving.discard)

    async def close(self) -> None:
        """End within a moment: what is under way, and later requests, fail as broken off."""
        self._closed = True
        self.token.cut()
        self.break_off(0.0)
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    async def _leave(self, client: httpx.AsyncClient) -> None:
        self._users[client] += 1
        self._left.add(client)
        await self._let_go(client)

    async def _let_go(self, client: httpx.AsyncClient) -> None:
        self._users[client] -= 1
        if not self._users[client]:
            del self._users[client]
            if client in self._left:
                self._left.discard(client)
                await client.aclose()

    async def _ready(self) -> httpx.AsyncClient:
        if self._loaded is None:
            self._loaded = asyncio.ensure_future(asyncio.to_thread(context_for, self.endpoint.root))
        try:
            await asyncio.shield(self._loaded)
        except (OSError, DriveError) as error:  # no certificates to trust anybody by
            self._loaded = None
            raise drive_error(error, sent=False) from error
        if self._closed:
            raise drive_error(ConnectionError("the agent is ending"), sent=False)
        if self._client is None:
            self._client = new_client(self.endpoint)
        return self._client


class Single:
    """One request over a connection of its own, in the caller's thread: for what comes once an hour."""

    def __init__(self) -> None:
        self._trace = Trace()
        self._is_cut = False

    def send(self, request: Request) -> Answer:
        """Its whole answer, whatever the status. Raises `DriveError` where none came."""
        import httpx

        url, content = request.url, cast(bytes, request.content)
        try:
            transport = httpx.HTTPTransport(verify=context_for(url), trust_env=False, proxy=proxy_for(url))
            with httpx.Client(transport=transport, trust_env=False) as client:
                response = client.request(
                    request.method,
                    url,
                    headers=dict(request.headers),
                    content=content,
                    timeout=httpx.Timeout(request.limits.answer, connect=request.limits.connect),
                    extensions={"trace": self._note},
                )
        except (httpx.HTTPError, httpx.StreamError, OSError) as error:
            raise drive_error(error, aim=request.aim, sent=self._trace.is_sent) from error
        return Answer(response.status_code, dict(response.headers), response.content)

    def _note(self, event: str, info: Mapping[str, Any]) -> None:
        self._trace.note(event, info)
        if self._is_cut:  # before there was a connection
            self.cut()

    def cut(self) -> None:
        """Break off what is under way, from any thread: the one that waits for an answer gets an error at once."""
        self._is_cut = True
        if self._trace.socket is not None:
            with suppress(OSError):
                socket.socket.shutdown(self._trace.socket, socket.SHUT_RDWR)  # the plain one's: TLS's own would wait
