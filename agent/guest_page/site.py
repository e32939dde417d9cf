"""The guests' page as an ASGI application: which address shows what, and what strangers may bring and how often."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import structlog
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request as Http
from starlette.responses import RedirectResponse, Response

from agent.api.guard import Message, Receive, Send
from agent.api.tokens import own_key
from agent.errors import UsageError, VenueError
from agent.faces.workers import FaceWorkers
from agent.guest_page import pages
from agent.guest_page.desk import LONGEST_NAME, GuestDesk, Refused, Why, Wish
from agent.guest_page.ticket import Seal, Ticket
from agent.guest_page.words import Languages, Words
from agent.jobs.audit import Audit
from agent.ledger import Ledger
from agent.people.planner import Planner
from agent.requests.ask import Agent
from agent.roster import Roster
from agent.settings import Settings
from agent.workspace import Workspace

log = structlog.get_logger(__name__)

COOKIE = "venuesync_guest"
MB = 1 << 20
MOST = 20  # MB of a selfie: the largest that phones make
PATIENCE = 120.0  # seconds for one to come
AT_ONCE, OF_ONE = 8, 2  # selfies in memory, of all and of one address
MINUTE = 60.0
EACH, ALL = 10, 60  # selfies a minute, of one address and of all
LEFT = "left"  # a key of the words
LONGEST_FORM = 4096  # bytes, without a picture
SAFE = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; form-action 'self';"
    " base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class Said(Exception):
    """What the guest is told instead of what was asked; `key` of the words."""

    def __init__(self, key: str, status: int) -> None:
        super().__init__(key)
        self.key, self.status = key, status


class GuestSite:
    """`enroll`: whether guests may have a folder; `guest_after`: photos after which a face without a name is known."""

    def __init__(self, desk: GuestDesk, seal: Seal, languages: Languages, *, enroll: bool, guest_after: int) -> None:
        self._desk = desk
        self._seal = seal
        self._languages = languages
        self._enroll = enroll
        self._guest_after = guest_after
        self._bringing: list[str] = []
        self._pace = Pace()
        self._pages: dict[tuple[str, str], Callable[[Http, Words], Awaitable[Response]]] = {
            ("GET", "/guest"): self._start,
            ("POST", "/guest"): self._look,
            ("GET", "/guest/photos"): self._photos,
            ("POST", "/guest/leave"): self._leave,
            ("GET", "/guest/forget"): self._forget,
            ("POST", "/guest/forget"): self._forgotten,
        }

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        http = Http(scope, receive)
        words = self._languages.best(http.headers.get("accept-language", ""))
        try:
            answer = await self._answer(http, words)
        except Said as told:
            answer = self._told(words, told.key, told.status)
        except VenueError as error:
            log.warning("guests.refused", kind=error.kind, detail=error.detail)
            answer = self._told(words, "trouble", 503)
        except Exception as error:  # the boundary around one guest
            log.error("guests.failed", path=http.url.path, exc_info=error)
            answer = self._told(words, "trouble", 500)
        answer.headers.update(SAFE)
        await answer(scope, receive, send)

    async def _answer(self, http: Http, words: Words) -> Response:
        path = http.url.path.rstrip("/")
        found = self._pages.get(("GET" if http.method == "HEAD" else http.method, path))
        if found is not None:
            return await found(http, words)
        number = path.removeprefix("/guest/photos/")
        if http.method == "GET" and number != path and number.isascii() and number.isdecimal() and len(number) < 16:
            return await self._picture(http, int(number))
        raise Said("gone", 404)

    # ---- each page

    async def _start(self, http: Http, words: Words) -> Response:
        if self._ticket(http) is not None and "again" not in http.query_params:
            return RedirectResponse("/guest/photos", 303)
        left = http.query_params.get("left", "")
        key = left if left in (LEFT, *Wish) else ""
        return self._begin(words, 200, words(key) if key else "", good=key != Wish.NOBODY)

    def _begin(self, words: Words, status: int, said: str, *, good: bool = False) -> Response:
        hours = round(self._seal.seconds / 3600)
        made = pages.start(words, self._event(), hours, enroll=self._enroll, said=said, good=good)
        return Response(made, status, media_type="text/html")

    async def _look(self, http: Http, words: Words) -> Response:
        """A selfie: looked at, and the guest's own phone told what was seen."""
        try:
            if not self._pace.allows(address(http)):
                raise Said("too_often", 429)
            async with self._place(address(http)):
                picture, form = await self._brought(http)
                ticket = await self._desk.take(picture, form.get("name", "") if self._enroll else "")
        except Refused as refused:
            return self._begin(words, 422, words(refused.why, letters=LONGEST_NAME))
        except UsageError:  # somebody took that name meanwhile
            return self._begin(words, 422, words(Why.TAKEN))
        except Said as told:
            return self._begin(words, told.status, words(told.key, most=MOST))
        answer = RedirectResponse("/guest/photos", 303)
        self._give(http, answer, ticket)
        return answer

    @asynccontextmanager
    async def _place(self, who: str) -> AsyncGenerator[None]:
        """So few bring a picture at a time, as each may have 20 MB. Raises `Said`."""
        if len(self._bringing) >= AT_ONCE or self._bringing.count(who) >= OF_ONE:
            raise Said("busy", 503)
        self._bringing.append(who)
        try:
            yield
        finally:
            self._bringing.remove(who)

    async def _brought(self, http: Http) -> tuple[bytes, dict[str, str]]:
        """The picture, and the other fields. Raises `Said`."""
        body = await self._body(http, MOST * MB, "too_large")
        picture, form = await parts_of(http, body)
        if form.get("agree") != "yes":
            raise Said("no_agree", 422)
        if not picture:
            raise Said("no_selfie", 422)
        return picture, form

    async def _body(self, http: Http, most: int, too_large: str) -> bytes:
        found = bytearray()
        try:
            async with asyncio.timeout(PATIENCE):
                async for piece in http.stream():
                    found += piece
                    if len(found) > most:
                        raise Said(too_large, 413)
        except TimeoutError:
            raise Said("trouble", 408) from None
        return bytes(found)

    async def _photos(self, http: Http, words: Words) -> Response:
        ticket = self._ticket(http)
        if ticket is None:
            return RedirectResponse("/guest", 303)
        number = http.query_params.get("page", "1")
        at = int(number) if number.isascii() and number.isdecimal() and len(number) < 6 else 1
        mine = await self._desk.mine(ticket, max(1, at))
        made = pages.photos(words, self._event(), mine, max(1, at), self._guest_after)
        return Response(made, media_type="text/html")

    async def _picture(self, http: Http, photo: int) -> Response:
        ticket = self._ticket(http)
        made = None if ticket is None else await self._desk.picture(ticket, photo)
        if made is None:
            raise Said("gone", 404)
        return Response(made, media_type="image/jpeg")

    async def _leave(self, _http: Http, _words: Words) -> Response:
        return self._gone(LEFT)

    async def _forget(self, http: Http, words: Words) -> Response:
        if self._ticket(http) is None:
            return RedirectResponse("/guest", 303)
        return Response(pages.forget(words, self._event()), media_type="text/html")

    async def _forgotten(self, http: Http, _words: Words) -> Response:
        ticket = self._ticket(http)
        if ticket is None:
            return RedirectResponse("/guest", 303)
        body = await self._body(http, LONGEST_FORM, "gone")
        return self._gone(await self._desk.forget(ticket, never=b"never=yes" in body.split(b"&")))

    # ---- what they share

    def _gone(self, key: str) -> Response:
        answer = RedirectResponse(f"/guest?left={key}", 303)
        answer.delete_cookie(COOKIE, path="/guest")
        return answer

    def _told(self, words: Words, key: str, status: int) -> Response:
        return Response(pages.said(words, "", key), status, media_type="text/html")

    def _event(self) -> str:
        name = self._desk.event.name
        return "" if name == "default" else name

    def _ticket(self, http: Http) -> Ticket | None:
        return self._seal.open(http.cookies.get(COOKIE, ""))

    def _give(self, http: Http, answer: Response, ticket: Ticket) -> None:
        safe = http.headers.get("x-forwarded-proto", http.url.scheme) == "https"
        answer.set_cookie(
            COOKIE,
            self._seal.close(ticket),
            max_age=self._seal.seconds,
            path="/guest",
            secure=safe,
            httponly=True,
            samesite="lax",
        )


def guest_site(
    agent: Agent,
    ledger: Ledger,
    roster: Roster,
    planner: Planner,
    workers: FaceWorkers,
    workspace: Workspace,
    settings: Settings,
    audit: Audit,
) -> GuestSite:
    """The page of a workspace."""
    chosen = settings.guests
    desk = GuestDesk(agent, ledger, roster, planner, workers, workspace.state, chosen.event, audit)
    own = workspace.root / Path(chosen.words).expanduser() if chosen.words else None
    seal = Seal(own_key(workspace.state / "guests.key"), chosen.hours * 3600)
    after = settings.people.guest_after
    return GuestSite(desk, seal, Languages(own), enroll=chosen.enroll, guest_after=after)


async def parts_of(http: Http, body: bytes) -> tuple[bytes, dict[str, str]]:
    """The picture of a form, and its other fields. Raises `Said`."""

    async def stream() -> AsyncGenerator[bytes]:
        yield body

    if not http.headers.get("content-type", "").startswith("multipart/form-data"):
        raise Said("no_selfie", 422)
    parser = MultiPartParser(http.headers, stream(), max_files=1, max_fields=4, max_part_size=LONGEST_FORM)
    parser.spool_max_size = (MOST + 1) * MB  # in memory: nothing of it is to lie on a disk
    try:
        form = await parser.parse()
    except (MultiPartException, KeyError):
        raise Said("no_selfie", 422) from None
    try:
        given: Any = form.get("selfie")
        picture = b"" if given is None or isinstance(given, str) else await given.read()
        return picture, {key: value for key, value in form.items() if isinstance(value, str)}
    finally:
        with suppress(Exception):
            await form.close()


def address(http: Http) -> str:
    """Who asks; through a proxy on this machine, whom it names last."""
    peer = http.client.host if http.client else ""
    named = http.headers.get("x-forwarded-for", "").rpartition(",")[2].strip()
    return named if named and peer in ("127.0.0.1", "::1") else peer


class Pace:
    """So many selfies in a minute, of one address and of all together."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._taken: deque[tuple[float, str]] = deque()

    def allows(self, who: str) -> bool:
        now = self._clock()
        while self._taken and self._taken[0][0] <= now - MINUTE:
            self._taken.popleft()
        if len(self._taken) >= ALL or sum(one == who for _, one in self._taken) >= EACH:
            return False
        self._taken.append((now, who))
        return True
