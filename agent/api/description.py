"""What `/openapi.json` says beside the routes themselves: every answer's shape, what can be refused, who may ask."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import TypeAdapter

from agent.api.errors import Problem
from agent.api.guard import OPEN
from agent.api.problems import MEDIA

REFUSALS = {
    401: "No access token that is good here (over TCP alone)",
    404: "What was named is not there",
    409: "The state that there is forbids it",
    413: "The request is larger than any can be",
    422: "Wrong arguments",
    429: "Too much was asked; it passes",
    503: "It passes by waiting",
    507: "The disk is full",
}
PICTURE: dict[int | str, dict[str, Any]] = {200: {"content": {"image/jpeg": {}}}}
TOKEN = {"type": "http", "scheme": "bearer", "description": "made by `venuesync token`; the socket needs none"}


def answers(shape: Any, status: int = 200) -> dict[int | str, dict[str, Any]]:
    """The shape of an answer that went well, for a route's `responses`: described, and not made anew from it."""
    return {status: {"model": shape}}


def describe(app: FastAPI) -> None:
    """Every operation names the same refusals, all of one shape."""

    def openapi() -> dict[str, Any]:
        if not app.openapi_schema:
            app.openapi_schema = described(
                get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
            )
        return app.openapi_schema

    app.openapi = openapi


def described(document: dict[str, Any]) -> dict[str, Any]:
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
                    {
                        "description": words,
                        "content": {MEDIA: {"schema": {"$ref": "#/components/schemas/Problem"}}},
                    },
                )
            if (method.upper(), path) not in OPEN:
                operation["security"] = [{"token": []}]
    return document
