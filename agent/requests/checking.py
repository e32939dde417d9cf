"""The fields of a request held against what they take: by pydantic, at both ends, in the same words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING
from dataclasses import fields as fields_of
from functools import cache
from typing import Any, TypeVar, get_type_hints

from pydantic import BaseModel, ConfigDict, ValidationError, create_model

from agent.errors import UsageError
from agent.requests import fields
from agent.requests.ask import Request

Asked = TypeVar("Asked", bound=Request[Any])

SHOWN = 60  # characters of what was given
UNSHOWN = frozenset({"pasted", "address"})  # fields that are secrets, or hold one


@cache
def model_of(request: type[Request[Any]]) -> type[BaseModel]:
    """What its fields take: as the body of a request, and in its description."""
    hints = get_type_hints(request, localns=vars(fields), include_extras=True)
    given: dict[str, Any] = {
        one.name: (hints[one.name], ... if one.default is MISSING else one.default)
        for one in fields_of(request)  # type: ignore[arg-type]
    }
    config = ConfigDict(strict=request.strict, extra="ignore" if request.lenient else "forbid")
    return create_model(request.__name__, __config__=config, __doc__=request.__doc__, **given)


def made(request: type[Asked], given: object) -> Asked:
    """The request with these fields, as they came from outside: not one more than it has. Raises `UsageError`."""
    one = object.__new__(request)
    vars(one).update(checked(request, given))
    return one


def checked(request: type[Request[Any]], given: object) -> dict[str, Any]:
    """The fields as they are meant. Raises `UsageError`."""
    try:
        return vars(model_of(request).model_validate(given))
    except ValidationError as error:
        raise wrong_field(error.errors()[0]) from None


def wrong_field(first: Mapping[str, Any], skip: int = 0) -> UsageError:
    """One of pydantic's errors in our words. `skip`: how many words of its place are not the field's."""
    where = ".".join(str(part) for part in first.get("loc", ())[skip:])
    reason = reason_of(first)
    given = "" if where in UNSHOWN or first.get("type") in ("missing", "json_invalid") else shown(first.get("input"))
    detail = f"{given} was given: {reason[:1].lower()}{reason[1:]}" if given else reason
    return UsageError(f"{where or 'The request'} is wrong", detail, "Correct it, and ask again", kind="arguments")


def reason_of(first: Mapping[str, Any]) -> str:
    pattern = first.get("ctx", {}).get("pattern")
    if pattern in fields.ACCEPTED:
        return f"accepted: {fields.ACCEPTED[pattern]}"
    return str(first.get("msg", "")).removeprefix("Value error, ")


def shown(value: Any) -> str:
    text = ascii(value)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"
