"""Google's own client library, made typed: requests built from its discovery document, sent over our wires.

The one file of this room that touches the untyped library. It is slow to import (0.15 s), so only inside functions.
"""

from __future__ import annotations

import json
from typing import Any, cast

from agent.drive.access import Token
from agent.drive.endpoint import Endpoint
from agent.drive.errors import Aim, DriveError, drive_error
from agent.drive.files import part
from agent.drive.wire import Limits, Wire, target_of


class DriveApi:
    """Drive v3 by Google's discovery document; safe for all threads, as it holds no connection."""

    def __init__(self, endpoint: Endpoint) -> None:
        from googleapiclient import discovery

        service = cast(Any, discovery).build_from_document(discovery_document(endpoint), http=NoWire())
        self._resources: dict[str, Any] = {
            name: getattr(service, name)() for name in ("files", "about", "changes", "drives")
        }

    def call(
        self, resource: str, method: str, parameters: dict[str, Any], wire: Wire, token: Token, limits: Limits, aim: Aim
    ) -> dict[str, Any]:
        """One call, once; blocks. A 401 is answered by one new token. Raises `DriveError` only."""
        from googleapiclient.errors import Error

        request = getattr(self._resources[resource], method)(**parameters)
        try:
            found: Any = request.execute(http=AuthorizedWire(wire, token, limits, aim), num_retries=0)
        except DriveError:
            raise
        except (Error, ValueError) as error:
            # The whole of a 404's meaning for a copy lies in which of the two ids it names.
            parents = cast(list[str], part(parameters, "body").get("parents") or [""])
            raise drive_error(error, aim=aim, parent=parents[0]) from error
        if found and not isinstance(found, dict):  # the library hands out what it cannot read
            raise drive_error(ValueError("the answer is not what it should be"), aim=aim)
        return cast(dict[str, Any], found or {})


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
        raise NotImplementedError(uri)


class AuthorizedWire:
    """A wire in the shape of `httplib2.Http`, which is what the library sends through. Adds the token."""

    def __init__(self, wire: Wire, token: Token, limits: Limits, aim: Aim) -> None:
        self._wire = wire
        self._token = token
        self._limits = limits
        self._aim = aim

    def request(
        self,
        uri: str,
        method: str = "GET",
        body: str | bytes | None = None,
        headers: dict[str, str] | None = None,
        **_: Any,
    ) -> tuple[Any, bytes]:
        """`httplib2.Http.request`: answer and body; refreshed and sent once more after a 401, which did nothing."""
        import httplib2

        data = body.encode() if isinstance(body, str) else body
        for again in (True, False):
            token = self._token.access_token()
            sent = {**(headers or {}), "authorization": f"Bearer {token}"}
            answer = self._wire.exchange(method, target_of(uri), sent, data, self._limits, self._aim)
            if answer.status != 401 or not again:
                break
            self._token.invalidate(token)
        if answer.is_portal:
            raise drive_error(answer, aim=self._aim)
        return cast(Any, httplib2).Response({**answer.headers, "status": str(answer.status)}), answer.body
