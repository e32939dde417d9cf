"""Drive's metadata calls: built by Google's client library, each in its turn at the limiter, many in one if need be.

The library only builds: it is slow to import (0.15 s), so only inside functions, and its own way out (httplib2) sends a
request again by itself when a connection breaks, which makes a second file of a create.
"""

from __future__ import annotations

import asyncio
import json
import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from email.parser import BytesParser
from typing import Any, cast

from agent.drive.endpoint import Endpoint, split
from agent.drive.errors import Aim, Answer, DriveError, drive_error, of_account
from agent.drive.exchange import Limits, Request
from agent.drive.files import part
from agent.drive.http import UNAUTHORISED, Http
from agent.drive.limiter import Limiter, Priority
from agent.drive.line_watch import until_answered
from agent.drive.portal import PortalWatch
from agent.drive.reasons import Scope

RESOURCES = ("files", "about", "changes", "channels", "drives", "permissions")
PROBE_LIMITS = Limits(connect=5.0)
SOON = 0.7  # seconds in which an answer comes where all is well
AFTER_ALL = 0.15  # seconds that a question has left once somebody answers elsewhere
BATCH_LIMITS = Limits(answer=60.0, usual=20.0)  # the answer comes when the last of its calls is done
LONGEST_ADDRESS = 2048  # characters; a longer one is sent as a POST, as Google's library does it
MOST = 100  # calls in a batch, Drive's limit
ROUNDS = 8  # of a request of many that is refused in part, for its rate; each after a longer pause
CONNECTIONS = 4  # for a reading call each of which is taken for dead: after 3, 6, 12 and 24 seconds
NUMBER = re.compile(r"call-(\d+)@venuesync")  # in the Content-ID that comes back with `response-` before it


class Calls:
    """The calls of one account; what changes something is sent once. Raises `DriveError` only."""

    def __init__(self, http: Http, limiter: Limiter, limits: Limits, hung: Callable[[], None]) -> None:
        self._http = http
        self._limiter = limiter
        self._limits = limits
        self._hung = hung
        self._portal = PortalWatch(http.endpoint)
        self._built: asyncio.Future[DriveApi] | None = None

    async def call(
        self, resource: str, method: str, parameters: dict[str, Any], aim: Aim, where: str = ""
    ) -> dict[str, Any]:
        """One call in its turn; folders and other small ones go before bytes. `where` names its object for people."""
        request = (await self._api()).request(resource, method, parameters, self._limits, aim, where)
        async with self._limiter.slot(Priority.SMALL):
            return await self._sent(request)

    async def batch(
        self, resource: str, method: str, calls: Sequence[tuple[dict[str, Any], str]], aim: Aim
    ) -> list[dict[str, Any] | DriveError]:
        """Calls of one method in one request and one turn, each with its parameters and `where`.

        Each one's answer or error, in their order; a rate answer to any of them slows everybody down, and where nothing
        is changed those are asked again after the pause: of tens of thousands some always are. Raises where the request
        as a whole failed: then any of them may have been carried out.
        """
        api = await self._api()
        requests = await asyncio.to_thread(  # 20 ms for a hundred
            lambda: [api.request(resource, method, one, BATCH_LIMITS, aim, where) for one, where in calls]
        )
        found: dict[int, dict[str, Any] | DriveError] = {}
        left, rounds = [*range(len(requests))], 1 if aim.changes else ROUNDS
        while left and rounds > 0:
            some, rounds = [requests[one] for one in left], rounds - 1
            async with self._limiter.slot(Priority.SMALL):
                began = asyncio.get_running_loop().time()
                came = [_read(*both) for both in zip(await self._batched(api, some), some, strict=True)]
                slowed = self._slow_down(came, began)
            found |= dict(zip(left, came, strict=True))
            left = [one for one, answer in zip(left, came, strict=True) if answer in slowed]
        account = self._http.token.account
        there = map(found.__getitem__, range(len(requests)))
        return [of_account(one, account) if isinstance(one, DriveError) else one for one in there]

    async def _batched(self, api: DriveApi, requests: Sequence[Request]) -> list[Answer | None]:
        """The answers; those refused with 401 go once more with a new token."""
        token = await self._http.token.bearer()
        answers = await self._together(api, requests)
        again = [number for number, one in enumerate(answers) if one is not None and one.status == UNAUTHORISED]
        if again:
            self._http.token.invalidate(token)
            for number, answer in zip(again, await self._together(api, [requests[one] for one in again]), strict=True):
                answers[number] = answer
        return answers

    async def _together(self, api: DriveApi, requests: Sequence[Request]) -> list[Answer | None]:
        kind, body = envelope(requests)
        headers = {"content-type": kind, "accept-encoding": "gzip"}
        aim = Aim.CHANGE if any(one.aim.changes for one in requests) else Aim.READ
        answer = await self._answered(Request("POST", api.batch_url, headers, body, aim=aim, limits=BATCH_LIMITS))
        return answers_in(answer, len(requests))

    def _slow_down(self, found: Sequence[dict[str, Any] | DriveError], began: float) -> list[DriveError]:
        """Everybody, where any of these were refused for their rate; which."""
        slowed = [one for one in found if isinstance(one, DriveError) and one.scope is Scope.RATE]
        if slowed:
            asked = max((one.retry_after for one in slowed if one.retry_after is not None), default=None)
            pause = self._limiter.refused(asked, began)
            for one in slowed:
                one.retry_after = pause
        return slowed

    async def probe(self, resource: str, method: str, parameters: dict[str, Any]) -> dict[str, Any]:
        """One reading call past the limiter, with short limits.

        A question that was asked while the line was away may hang on after its return. So the line is tried beside it,
        over new connections, and once somebody answers there, the question is asked anew.
        """
        request = (await self._api()).request(resource, method, parameters, PROBE_LIMITS)
        asked = asyncio.create_task(self._sent(request))
        beside = asyncio.create_task(self._line_answers())
        try:
            await asyncio.wait({asked, beside}, return_when=asyncio.FIRST_COMPLETED)
            if not asked.done():
                await asyncio.wait({asked}, timeout=AFTER_ALL)
            if not asked.done():
                asked.cancel()
                self._http.token.cut()
                self._http.renew(SOON, transfers=False, answers=True)
                self._hung()
                asked = asyncio.create_task(self._sent(request))
            answer = await asked
            self._portal.reached()
            return answer
        except DriveError as error:
            raise self._portal.in_place_of(error) from error
        finally:
            asked.cancel()
            beside.cancel()

    async def _line_answers(self) -> None:
        await asyncio.sleep(SOON)
        await until_answered(self._http.endpoint)

    async def _sent(self, request: Request) -> dict[str, Any]:
        answer = await self._answered(request)
        if not answer.body:
            return {}
        found: Any = None
        with suppress(ValueError):
            found = json.loads(answer.body)
        if not isinstance(found, dict):
            raise drive_error(ValueError("the answer is not what it should be"), aim=request.aim)
        return cast(dict[str, Any], found)

    async def _answered(self, request: Request) -> Answer:
        """Of what was only slow to come, too, or was broken off with all else as new connections were made: whoever
        compares all folders with Drive asks once, and had to begin anew over a single list that took four seconds.
        """
        left = 0 if request.aim.changes else CONNECTIONS
        while True:
            try:
                return await self._http.send(request)
            except DriveError as error:
                left -= 1
                if left <= 0 or not error.given_up:
                    raise

    async def _api(self) -> DriveApi:
        """Google's library, imported and built once, in a thread: a third of a second."""
        if self._built is None:
            self._built = asyncio.ensure_future(asyncio.to_thread(DriveApi, self._http.endpoint))
        return await asyncio.shield(self._built)


# ---- built by Google's library


class DriveApi:
    """Drive v3 by Google's discovery document. The one place that touches the untyped library."""

    def __init__(self, endpoint: Endpoint) -> None:
        from googleapiclient import discovery

        document = discovery_document(endpoint)
        service = cast(Any, discovery).build_from_document(document, http=object(), requestBuilder=built)
        self.batch_url = f"{document['rootUrl']}{document['batchPath']}"
        self._resources: dict[str, Any] = {name: getattr(service, name)() for name in RESOURCES}

    def request(
        self,
        resource: str,
        method: str,
        parameters: Mapping[str, Any],
        limits: Limits,
        aim: Aim = Aim.READ,
        where: str = "",
    ) -> Request:
        """A call as it goes out."""
        request: Request = getattr(self._resources[resource], method)(**parameters)
        # The whole of a 404's meaning for a copy lies in which of the two ids it names.
        parents = cast(list[str], part(parameters, "body").get("parents") or [""])
        return replace(request, limits=limits, aim=aim, where=where, parent=parents[0])


def built(
    http: object,
    read: object,
    uri: str,
    method: str = "GET",
    body: str | None = None,
    headers: dict[str, str] | None = None,
    **_: Any,
) -> Request:
    """In place of `googleapiclient.http.HttpRequest`: the same request, for us to send and to read."""
    headers = headers or {}
    if len(uri) <= LONGEST_ADDRESS or method != "GET":
        return Request(method, uri, headers, (body or "").encode())
    parts = split(uri)
    form = {"x-http-method-override": "GET", "content-type": "application/x-www-form-urlencoded"}
    return Request("POST", parts._replace(query="").geturl(), headers | form, parts.query.encode())


def discovery_document(endpoint: Endpoint) -> dict[str, Any]:
    """The document that lies inside the library, pointed at the endpoint.

    Only editing it moves every address: the library's own `api_endpoint` option leaves uploads at https.
    """
    from googleapiclient import discovery_cache

    document: dict[str, Any] = json.loads(cast(Any, discovery_cache).get_static_doc("drive", "v3"))
    document |= {"rootUrl": f"{endpoint.root}/", "baseUrl": f"{endpoint.root}/drive/v3/"}
    return document


# ---- many in one: Drive's batch, multipart/mixed both ways, each answer read by itself. Google's library has one, too;
# it loses all answers over one that it cannot read, and renews no token but its own kind.


def envelope(requests: Sequence[Request]) -> tuple[str, bytes]:
    """Content type and body of the request that holds these."""
    boundary = f"venuesync-{secrets.token_hex(12)}"
    parts: list[bytes] = []
    for number, one in enumerate(requests):
        address = split(one.url)
        target = f"{address.path}?{address.query}" if address.query else address.path
        head = (
            f"--{boundary}\r\nContent-Type: application/http\r\nContent-ID: <call-{number}@venuesync>\r\n\r\n"
            f"{one.method} {target} HTTP/1.1\r\nContent-Type: application/json; charset=UTF-8\r\n"
            f"Accept: application/json\r\nContent-Length: {one.length}\r\n\r\n"
        )
        parts += [head.encode(), cast(bytes, one.content), b"\r\n"]
    return f"multipart/mixed; boundary={boundary}", b"".join([*parts, f"--{boundary}--\r\n".encode()])


def answers_in(answer: Answer, count: int) -> list[Answer | None]:
    """The answers in the order of their calls; `None`: it is missing, or cannot be read."""
    head = f"Content-Type: {answer.headers.get('content-type', '')}\r\n\r\n".encode("latin-1", "replace")
    whole = BytesParser().parsebytes(head + answer.body)
    found: list[Answer | None] = [None] * count
    for piece in whole.walk():
        number = NUMBER.search(str(piece.get("Content-ID", "")))
        if number is not None and int(number[1]) < count:
            found[int(number[1])] = _answer(cast(bytes, piece.get_payload(decode=True)))
    return found


def _answer(text: bytes) -> Answer | None:
    """A whole HTTP answer; `None` where it is none."""
    head, _, body = text.partition(b"\r\n\r\n" if b"\r\n\r\n" in text else b"\n\n")
    first, *lines = head.decode("latin-1").splitlines() or [""]
    words = first.split(" ")
    if len(words) < 2 or not words[1].isdecimal():
        return None
    pairs = (line.partition(":") for line in lines)
    return Answer(int(words[1]), {name.strip().lower(): value.strip() for name, _, value in pairs}, body)


def _read(answer: Answer | None, request: Request) -> dict[str, Any] | DriveError:
    """One call's answer out of a batch."""
    if answer is None:
        missing = ValueError("the batch's answer lacks this call's")
        return drive_error(missing, aim=request.aim, where=request.where)
    if not 200 <= answer.status < 300 or not answer.json():
        return drive_error(answer, aim=request.aim, where=request.where)
    return answer.json()
