"""`Handlers`: the near end of `ask`. Each request goes to the one method that takes it."""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any, Protocol, TypeVar

from agent.drive.errors import DriveError, of_question
from agent.requests.ask import Request, is_request
from agent.requests.snapshot import Change

Answer = TypeVar("Answer")
Handler = Callable[[Any], Awaitable[Any]]


class Live(Protocol):
    """Whoever tells of changes."""

    def events(self, boot: str, since: int) -> AsyncIterator[Change]: ...


class Handlers:
    """`nouns`: whose public methods with a request for their one argument carry that request out.

    Raises `TypeError` where two of them take the same one.
    """

    def __init__(self, live: Live, *nouns: object) -> None:
        self._live = live
        self._of: dict[type[Request[Any]], Handler] = {}
        for noun in nouns:
            for request, handle in handlers_of(noun):
                if request in self._of:
                    raise TypeError(f"{request.__name__} is handled twice")
                self._of[request] = handle

    async def ask(self, request: Request[Answer]) -> Answer:
        """What is asked is asked once: of Drive's trouble nothing goes on by itself."""
        try:
            return await self._of[type(request)](request)
        except DriveError as error:
            raise of_question(error) from error

    def events(self, boot: str, since: int) -> AsyncIterator[Change]:
        return self._live.events(boot, since)


def handlers_of(noun: object) -> Iterator[tuple[type[Request[Any]], Handler]]:
    """The requests that its public methods take."""
    for name, method in vars(type(noun)).items():
        if not name.startswith("_") and inspect.iscoroutinefunction(method):
            taken = taken_by(inspect.unwrap(method))
            if taken is not None:
                yield taken, getattr(noun, name)


def taken_by(method: Any) -> type[Request[Any]] | None:
    """The class of its one argument, looked up where it was written: evaluating all hints takes 0.15 s in all."""
    hints = [hint for name, hint in method.__annotations__.items() if name != "return"]
    found = method.__globals__.get(hints[0]) if len(hints) == 1 else None
    return found if is_request(found) else None
