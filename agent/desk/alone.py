"""A verb that decides: whatever it looks up is so still when it is decided."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import wraps
from types import CoroutineType
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

from agent.desk.house import House

P = ParamSpec("P")
T = TypeVar("T")


class OfHouse(Protocol):
    """Whoever has verbs."""

    _house: House


Self = TypeVar("Self", bound=OfHouse)


def alone(
    verb: Callable[Concatenate[Self, P], Awaitable[T]],
) -> Callable[Concatenate[Self, P], CoroutineType[Any, Any, T]]:
    """Nobody else decides from its first look to its last word.

    Else a person renamed while she becomes known better is known as before, and a face is enrolled beside the guest
    that it became meanwhile.
    """

    @wraps(verb)
    async def decided(self: Self, *given: P.args, **named: P.kwargs) -> T:
        async with self._house.decider.alone():  # pyright: ignore[reportPrivateUsage] - of its own verbs
            return await verb(self, *given, **named)

    return decided
