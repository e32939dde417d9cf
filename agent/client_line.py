"""The line to a running agent: HTTP over its socket, with every error as the one that was raised there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx

from agent.api.errors import from_body
from agent.errors import AgentSilent, Cause, NoAgent, VenueError

ANSWER = httpx.Timeout(30.0, read=300.0)  # seconds; an enrolment of many photos takes its time
QUESTION = httpx.Timeout(30.0)  # seconds
PING = httpx.Timeout(5.0)  # seconds; a busy agent answers within one


class SocketLine:
    """Raises `NoAgent` where nobody answers at the socket, `AgentSilent` where somebody listens and does not."""

    def __init__(self, socket: Path) -> None:
        self._http = httpx.AsyncClient(
            transport=httpx.AsyncHTTPTransport(uds=str(socket), verify=False),  # certificates take 25 ms to load
            base_url="http://agent",
            timeout=ANSWER,
            trust_env=False,  # a proxy of this machine leads to others, not to the agent
        )

    async def close(self) -> None:
        await self._http.aclose()

    async def _ask(self, method: str, path: str, **options: Any) -> Any:
        try:
            answer = await self._http.request(method, path, **options)
        except httpx.TimeoutException as error:
            raise silent() from error
        except httpx.TransportError as error:
            raise lost(error) from error
        if answer.is_success:
            return answer.json()
        raise refused(answer)

    async def _get(self, path: str, **params: Any) -> Any:
        given = {key: one for key, one in params.items() if one is not None}
        return await self._ask("GET", path, params=given, timeout=QUESTION)

    async def _command(self, verb: str, /, **arguments: Any) -> Any:
        return await self._ask("POST", f"/commands/{verb}", json=arguments)

    async def ping(self) -> None:
        """Whether somebody answers; `NoAgent` if nobody is there, `AgentSilent` if somebody is and says nothing."""
        await self._ask("GET", "/", timeout=PING)


def lost(error: httpx.TransportError | None) -> VenueError:
    detail = "the line broke" if error is None else str(error) or type(error).__name__
    return NoAgent("The agent does not answer", detail, "Start it with `venuesync`", cause=Cause.TRANSIENT)


def silent() -> VenueError:
    return AgentSilent(
        "The agent does not answer",
        "it runs, and takes requests without answering any",
        "Wait a moment; if that does not help, end it by force, by which nothing is lost, and start it again",
    )


def refused(answer: httpx.Response) -> VenueError:
    try:
        return from_body(answer.json())
    except ValueError:
        return VenueError("The agent gave an error", f"HTTP {answer.status_code}", "See its log in .venuesync/logs")
