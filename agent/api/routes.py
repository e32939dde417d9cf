"""The routes of the control API, made from the requests: a class is its address, its arguments and its answer.

They are plain routes, checked by the request's own model: FastAPI takes half a second of the processor to make as many,
which an agent at its start has better uses for. What it is for is in `agent.api.described`.
"""

from __future__ import annotations

import json
import types
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import cache
from typing import Annotated, Any, Union, get_args, get_origin
from urllib.parse import unquote

from starlette.convertors import StringConvertor, register_url_convertor
from starlette.requests import Request as Http
from starlette.responses import Response
from starlette.routing import Route

from agent.api.problems import Json
from agent.errors import NotThere
from agent.requests import (
    consent,
    control,
    drive,
    events,
    faces,
    notify,
    people,
    photos,
    report,
    snapshot,
    status,
    troubles,
)
from agent.requests.ask import Agent, Command, Request, answer_of, is_request, is_text
from agent.requests.checking import made, model_of, wrong_field

NOUNS = (
    status,
    snapshot,
    people,
    consent,
    faces,
    photos,
    events,
    drive,
    troubles,
    report,
    notify,
    control,
)
TEXT = "text/plain; version=0.0.4; charset=utf-8"  # as Prometheus reads it
WITHOUT = frozenset({drive.NoteChange})  # it comes as headers: `compat`


class Part(StringConvertor):
    """A name that stands in an address, whatever it holds; the address comes as `agent.api.app.by_parts` has it."""

    def convert(self, value: str) -> str:
        return unquote(value)


register_url_convertor("part", Part())


def all_requests() -> list[type[Request[Any]]]:
    """Every request that has an address of its own; those without a field in it first: `/events/sync` is no event's."""
    found = [
        one for noun in NOUNS for one in vars(noun).values() if is_request(one) and one.__module__ == noun.__name__
    ]
    return sorted((one for one in found if one not in WITHOUT), key=lambda one: "{" in one.path)


def is_picture(request: type[Request[Any]]) -> bool:
    return answer_of(request) == bytes | None


def routes(agent: Agent) -> list[Route]:
    return [
        Route(one.path.replace("}", ":part}"), endpoint(agent, one), methods=[one.method]) for one in all_requests()
    ]


def endpoint(agent: Agent, request: type[Request[Any]]) -> Callable[[Http], Awaitable[Response]]:
    read = in_body if issubclass(request, Command) else in_address

    async def ask(http: Http) -> Response:
        asked = made(request, await read(request, http))
        found = await agent.ask(asked)
        if is_text(request):
            return Response(found, media_type=TEXT)
        if not is_picture(request):
            return Json(found)
        if found is None:
            raise NotThere("There is no such picture", ", ".join(str(one) for one in vars(asked).values()))
        return Response(found, media_type="image/jpeg")

    return ask


async def in_body(request: type[Request[Any]], http: Http) -> Any:
    """A command's fields. Raises `UsageError` for what is no JSON, or does not say that it is."""
    kind = http.headers.get("content-type", "").partition(";")[0].strip().lower()
    body = await http.body()
    if not body:
        raise wrong_field({"type": "missing", "msg": "Field required"})
    if kind != "application/json" and not kind.endswith("+json"):  # a page elsewhere could send any other kind
        raise wrong_field({"msg": "Its kind has to be application/json", "input": kind})
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise wrong_field({"type": "json_invalid", "msg": f"It is no JSON: {error}"}) from None


async def in_address(request: type[Request[Any]], http: Http) -> Mapping[str, Any]:
    """A query's fields: of the address, and behind it."""
    several, given = repeated(request), http.query_params
    asked = {name: given.getlist(name) if name in several else given[name] for name in given if name in known(request)}
    return {**asked, **http.path_params}


@cache
def known(request: type[Request[Any]]) -> frozenset[str]:
    return frozenset(model_of(request).model_fields)


@cache
def repeated(request: type[Request[Any]]) -> frozenset[str]:
    """The fields that hold several values."""
    return frozenset(name for name, field in model_of(request).model_fields.items() if holds_many(field.annotation))


def holds_many(hint: Any) -> bool:
    origin = get_origin(hint)
    if origin is Annotated:
        return holds_many(get_args(hint)[0])
    if origin in (Union, types.UnionType):
        return any(holds_many(one) for one in get_args(hint))
    return isinstance(origin, type) and issubclass(origin, Sequence)
