"""What a request is: a command or a query, one frozen class each, and whoever can be asked.

From a class follow its route with what OpenAPI says of it (`agent.api.routes`), the client's call (`agent.client`) and
the handler that carries it out (`agent.handlers`). The checker knows the answer's type. The fields are checked by
pydantic when a request is made, and not before: the monitor's first screen does not wait for that library.
"""

from __future__ import annotations

import string
from collections.abc import AsyncIterator
from dataclasses import FrozenInstanceError, dataclass, fields
from functools import cache
from types import GenericAlias
from typing import (
    TYPE_CHECKING,
    Any,
    ClassVar,
    Generic,
    Protocol,
    TypeGuard,
    TypeVar,
    cast,
    dataclass_transform,
    get_origin,
)

if TYPE_CHECKING:
    from agent.requests.snapshot import Change

Answer = TypeVar("Answer")


@dataclass_transform(kw_only_default=True, frozen_default=True)
class Request(Generic[Answer] if TYPE_CHECKING else object):
    """Raises `UsageError` where a field is wrong, naming it, what was given and what is accepted."""

    path: ClassVar[str]
    method: ClassVar[str]
    strict: ClassVar[bool] = False  # each field of its own kind: `1` is no `true`
    lenient: ClassVar[bool] = False  # more may be sent than is known
    patience: ClassVar[float] = 30.0  # seconds that its answer may take

    if not TYPE_CHECKING:
        __class_getitem__ = classmethod(GenericAlias)

        def __init_subclass__(cls) -> None:
            """Without methods of its own: to write those of a hundred classes was a tenth of the monitor's start."""
            dataclass(init=False, repr=False, eq=False, kw_only=True)(cls)

        def __init__(self, **given: object) -> None:
            if given or fields(self):
                from agent.requests.checking import checked

                vars(self).update(checked(type(self), given))

        def __setattr__(self, name: str, value: object) -> None:
            raise FrozenInstanceError(f"cannot assign to field {name!r}")

        def __delattr__(self, name: str) -> None:
            raise FrozenInstanceError(f"cannot delete field {name!r}")

        def __repr__(self) -> str:
            return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in vars(self).items())})"

        def __eq__(self, other: object) -> bool:
            return vars(self) == vars(other) if type(other) is type(self) else NotImplemented

        def __hash__(self) -> int:
            return hash((type(self), *(vars(self)[one.name] for one in fields(self))))


class Query(Request[Answer]):
    """Changes nothing: its fields stand in the address."""

    method = "GET"


class Command(Request[Answer]):
    """Changes something: its fields are the body."""

    method = "POST"
    strict = True
    patience = 300.0  # an enrolment of many photos takes its time


class Agent(Protocol):
    """All of an agent, the same at both ends. Whatever goes wrong is a `VenueError`, over the socket the same one."""

    async def ask(self, request: Request[Answer]) -> Answer:
        """The answer, once the effect is durable."""
        ...

    def events(self, boot: str, since: int) -> AsyncIterator[Change]:
        """The changes after `since`, for ever. A gap, or another `boot`, is answered by one `resync`."""
        ...


def is_request(one: Any) -> TypeGuard[type[Request[Any]]]:
    """Whether it is a class that can be asked."""
    return isinstance(one, type) and issubclass(cast(type[Any], one), Request) and hasattr(one, "path")


@cache
def answer_of(request: type[Request[Any]]) -> Any:
    """The type of a request's answer."""
    for base in getattr(request, "__orig_bases__", ()):
        if get_origin(base) in (Command, Query):
            return base.__args__[0]
    raise TypeError(f"{request.__name__} does not say what it answers")


def is_text(request: type[Request[Any]]) -> bool:
    """Whether its answer is a text as it stands, and no JSON."""
    return issubclass(request, Query) and answer_of(request) is str


def parts_of(path: str) -> list[str]:
    """The fields that stand in an address: of `/people/{id}`, `id`."""
    return [name for _, name, _, _ in string.Formatter().parse(path) if name]
