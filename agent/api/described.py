"""The whole API as FastAPI has it: what `/openapi.json` says, and all addresses that are not a request's own.

It is made when the first of them is asked: by the predecessors' programs, a browser that comes back from Google, Drive.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from typing import Annotated, Any
from urllib.parse import unquote

from fastapi import Body, FastAPI, Path, Query, Response
from fastapi import Request as Http
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.utils import get_openapi
from pydantic import TypeAdapter
from pydantic.fields import FieldInfo
from starlette.exceptions import HTTPException
from starlette.routing import Match

from agent import __version__
from agent.api.app import Follow
from agent.api.browser_sign_in import BY_COMMAND, BrowserSignIn
from agent.api.compat import add_predecessors
from agent.api.errors import Problem, to_body
from agent.api.guard import OPEN
from agent.api.problems import MEDIA, Json, ProblemJson, problem
from agent.api.routes import all_requests, is_picture
from agent.errors import NotThere, UsageError, VenueError
from agent.requests.ask import Agent, Command, Request, answer_of, is_text, parts_of
from agent.requests.checking import model_of, wrong_field

REFUSALS = {
    401: "No access token that is good here (over TCP alone)",
    403: "The access token is for looking only (over TCP alone)",
    404: "What was named is not there",
    408: "The request did not come to its end",
    409: "The state that there is forbids it",
    413: "The request is larger than any can be",
    421: "The request names another server (over TCP alone)",
    422: "Wrong arguments",
    429: "Too much was asked; it passes",
    500: "Something is wrong in venuesync",
    503: "It passes by waiting",
    507: "The disk is full",
}
Responses = dict[int | str, dict[str, Any]]
PICTURE: Responses = {200: {"content": {"image/jpeg": {}}}}
NUMBERS: Responses = {200: {"content": {"text/plain": {"schema": {"type": "string"}}}}}
EVENTS: Responses = {200: {"content": {"text/event-stream": {}}}}
TOKEN = {"type": "http", "scheme": "bearer", "description": "made by `venuesync token`; the socket needs none"}


def make_described(agent: Agent, sign_in: BrowserSignIn | VenueError = BY_COMMAND) -> FastAPI:
    app = FastAPI(
        title="venuesync",
        version=__version__,
        description="The control API of a venuesync agent.",
        default_response_class=Json,
        docs_url=None,  # these two pages load scripts from elsewhere
        redoc_url=None,
        redirect_slashes=False,  # nobody is sent to another address: at this one nothing is
    )
    add_problems(app, agent)
    add_openapi(app)
    add_predecessors(app, agent, sign_in)  # before the routes with an id: `sync` is none
    for request in all_requests():
        add_request(app, request, told_as(request))
    add_request(app, Follow, EVENTS)
    return app


# ---- the requests, described


def add_request(app: FastAPI, request: type[Request[Any]], responses: Responses) -> None:
    app.add_api_route(
        request.path,
        signature(request),
        methods=[request.method],
        response_class=Json if "model" in responses[200] else Response,
        responses=responses,
        summary=request.__doc__,
        operation_id=request.__name__,
    )


def told_as(request: type[Request[Any]]) -> Responses:
    if is_text(request):
        return NUMBERS
    return PICTURE if is_picture(request) else {200: {"model": answer_of(request)}}


def signature(request: type[Request[Any]]) -> Callable[..., Awaitable[Any]]:
    """For FastAPI to read."""

    async def asked(**_: Any) -> None:
        """Never called: `ControlApi` answers at the requests' own addresses."""

    in_path = parts_of(request.path)
    if issubclass(request, Command):
        body = Annotated[model_of(request), Body()]
        parameters = [inspect.Parameter("given", inspect.Parameter.KEYWORD_ONLY, annotation=body)]
    else:
        given = model_of(request).model_fields
        parameters = [parameter(name, field, in_path=name in in_path) for name, field in given.items()]
    asked.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    return asked


def parameter(name: str, field: FieldInfo, *, in_path: bool) -> inspect.Parameter:
    where = Path(description=field.description) if in_path else Query(description=field.description)
    kind = Annotated[field.annotation, *field.metadata, where]  # type: ignore[valid-type]
    default = inspect.Parameter.empty if field.is_required() else field.get_default(call_default_factory=True)
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=kind)


# ---- what the framework itself refuses, in our words


def add_problems(app: FastAPI, agent: Agent) -> None:
    async def answer(http: Http, error: Exception) -> Response:
        if isinstance(error, RequestValidationError):
            first = error.errors()[0]
            no_json = {"type": "json_invalid", "msg": f"It is no JSON: {first.get('ctx', {}).get('error')}"}
            error = wrong_field(no_json) if first["type"] == "json_invalid" else wrong_field(first, skip=1)
        if isinstance(error, HTTPException):
            return of_http(http, error)
        return await problem(agent, http.url.path, error)

    for kind in (VenueError, RequestValidationError, HTTPException, OSError, Exception):
        app.add_exception_handler(kind, answer)


def of_http(http: Http, error: HTTPException) -> Response:
    """An address, a way of asking, a body that is none."""
    address = unquote(http.url.path)
    if error.status_code == 404:
        told: VenueError = NotThere("There is no such address", address, "See /openapi.json for those there are")
        return ProblemJson(to_body(told), 404)
    if error.status_code == 405:
        told = UsageError(f"{http.method} is not for this address", address, "See /openapi.json")
        return ProblemJson(to_body(told, 405), 405, {"Allow": ", ".join(methods(http))})
    told = UsageError("The request is wrong", str(error.detail), "Correct it, and ask again", kind="arguments")
    body = to_body(told)
    return ProblemJson(body, body["status"])


def methods(http: Http) -> list[str]:
    """All ways in which an address may be asked: routes know of one each."""
    found: set[str] = set()
    for route in http.app.routes:
        if route.matches(http.scope)[0] is not Match.NONE:
            found |= route.methods or set()
    return sorted(found)


# ---- the description


def add_openapi(app: FastAPI) -> None:
    """Every operation names the same refusals, all of one shape."""

    def openapi() -> dict[str, Any]:
        if not app.openapi_schema:
            app.openapi_schema = with_refusals(
                get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
            )
        return app.openapi_schema

    app.openapi = openapi


def with_refusals(document: dict[str, Any]) -> dict[str, Any]:
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    schemas["Problem"] = TypeAdapter(Problem).json_schema()
    components["securitySchemes"] = {"token": TOKEN}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            told = operation["responses"]
            told.pop("422", None)
            for status, words in REFUSALS.items():
                told.setdefault(
                    str(status),
                    {"description": words, "content": {MEDIA: {"schema": {"$ref": "#/components/schemas/Problem"}}}},
                )
            if (method.upper(), path) not in OPEN:
                operation["security"] = [{"token": []}]
    return document
