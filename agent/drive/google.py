"""Google's own client library, made typed: requests built from its discovery document, sent over our wires.

The one file of this room that touches the untyped library. It is slow to import (0.15 s), so only inside functions.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, cast

from agent.drive import batch
from agent.drive.access import Token
from agent.drive.answer import Answer
from agent.drive.endpoint import Endpoint
from agent.drive.errors import Aim, DriveError, drive_error
from agent.drive.files import part
from agent.drive.wire import Limits, Wire, target_of


class DriveApi:
    """Drive v3 by Google's discovery document; safe for all threads, as it holds no connection."""

    def __init__(self, endpoint: Endpoint) -> None:
        from googleapiclient import discovery

        document = discovery_document(endpoint)
        service = cast(Any, discovery).build_from_document(document, http=NoWire())
        self._batch_uri = f"{document['rootUrl']}{document['batchPath']}"
        self._resources: dict[str, Any] = {
            name: getattr(service, name)()
            for name in ("files", "about", "changes", "channels", "drives", "permissions")
        }

    def call(
        self,
        resource: str,
        method: str,
        parameters: dict[str, Any],
        wire: Wire,
        token: Token,
        limits: Limits,
        aim: Aim,
        where: str = "",
    ) -> dict[str, Any]:
        """One call, once; blocks. A 401 is answered by one new token. Raises `DriveError` only.

        `where` names the file or folder for people.
        """
        from googleapiclient.errors import Error

        request = getattr(self._resources[resource], method)(**parameters)
        try:
            found: Any = request.execute(http=AuthorizedWire(wire, token, limits, aim), num_retries=0)
        except DriveError:
            raise
        except (Error, ValueError) as error:
            # The whole of a 404's meaning for a copy lies in which of the two ids it names.
            parents = cast(list[str], part(parameters, "body").get("parents") or [""])
            raise drive_error(error, aim=aim, where=where, parent=parents[0]) from error
        if found and not isinstance(found, dict):  # the library hands out what it cannot read
            raise drive_error(ValueError("the answer is not what it should be"), aim=aim)
        return cast(dict[str, Any], found or {})

    def batch(
        self,
        resource: str,
        method: str,
        calls: Sequence[tuple[dict[str, Any], str]],
        wire: Wire,
        token: Token,
        limits: Limits,
        aim: Aim,
    ) -> list[dict[str, Any] | DriveError]:
        """Calls of one method in one request, each with its parameters and `where`; blocks.

        Each one's answer or error, in their order; those refused with 401 go once more with a new token. Raises
        `DriveError` where the request as a whole failed: then any of them may have been carried out.
        """
        make = getattr(self._resources[resource], method)
        requests = [make(**parameters) for parameters, _ in calls]
        inner = [batch.Inner(str(one.method), target_of(str(one.uri)), str(one.body or "")) for one in requests]
        line = AuthorizedWire(wire, token, limits, Aim.CHANGE)
        answers = self._batched(inner, line)
        again = [number for number, answer in enumerate(answers) if answer is not None and answer.status == 401]
        if again:
            token.invalidate(line.bearer)
            for number, answer in zip(again, self._batched([inner[one] for one in again], line), strict=True):
                answers[number] = answer
        return [_read(answer, aim, where) for answer, (_, where) in zip(answers, calls, strict=True)]

    def _batched(self, inner: Sequence[batch.Inner], line: AuthorizedWire) -> list[Answer | None]:
        kind, body = batch.envelope(inner)
        answer = line.answer(self._batch_uri, "POST", body, {"content-type": kind, "accept-encoding": "gzip"})
        if not 200 <= answer.status < 300:
            raise drive_error(answer, aim=Aim.CHANGE)
        return batch.answers_in(answer, len(inner))


def _read(answer: Answer | None, aim: Aim, where: str) -> dict[str, Any] | DriveError:
    """One call's answer out of a batch."""
    if answer is None:
        return drive_error(ValueError("the batch's answer lacks this call's"), aim=aim, where=where)
    if not 200 <= answer.status < 300 or not answer.json():
        return drive_error(answer, aim=aim, where=where)
    return answer.json()


def discovery_document(endpoint: Endpoint) -> dict[str, Any]:
    """The document that lies inside the library, pointed at the endpoint.

    Only editing it moves every address: the library's own `api_endpoint` option leaves uploads at https.
    """
    from googleapiclient import discovery_cache

    document: dict[str, Any] = json.loads(cast(Any, discovery_cache).get_static_doc("drive", "v3"))
    document |= {"rootUrl": f"{endpoint.root}/", "baseUrl": f"{endpoint.root}/drive/v3/"}
    return document


class NoWire:
    """What the library is built with: requests carry no connection of their own."""

    def request(self, uri: str, **_: Any) -> tuple[Any, bytes]:
        raise RuntimeError(f"a request without a connection of its own: {uri}")


class AuthorizedWire:
    """A wire in the shape of `httplib2.Http`, which is what the library sends through. Adds the token."""

    def __init__(self, wire: Wire, token: Token, limits: Limits, aim: Aim) -> None:
        self._wire = wire
        self._token = token
        self._limits = limits
        self._aim = aim
        self.bearer = ""  # the token that the last request carried

    def request(
        self,
        uri: str,
        method: str = "GET",
        body: str | bytes | None = None,
        headers: dict[str, str] | None = None,
        **_: Any,
    ) -> tuple[Any, bytes]:
        """`httplib2.Http.request`: answer and body."""
        import httplib2

        answer = self.answer(uri, method, body.encode() if isinstance(body, str) else body, headers or {})
        return cast(Any, httplib2).Response({**answer.headers, "status": str(answer.status)}), answer.body

    def answer(self, uri: str, method: str, body: bytes | None, headers: dict[str, str]) -> Answer:
        """Whatever Drive answers; with a new token once more after a 401, which did nothing."""
        for again in (True, False):
            self.bearer = self._token.access_token()
            sent = {**headers, "authorization": f"Bearer {self.bearer}", **self._token.resource_keys.header(uri)}
            answer = self._wire.exchange(method, target_of(uri), sent, body, self._limits, self._aim)
            if answer.status != 401 or not again:
                break
            self._token.invalidate(self.bearer)
        if answer.is_portal:
            raise drive_error(answer, aim=self._aim)
        return answer
