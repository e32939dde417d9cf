"""What a route takes, kind by kind: numbers, names, ids, paths, pages. Every argument of the API is one of these.

The bounds stand in the API's description, so that a program can know before it asks. What only the agent can tell (is
there such a person, is that a picture) is told by the verb itself.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from agent.settings.kinds import INTERVAL_NAMES, INTERVAL_TEXT

LARGEST = 2**53 - 1  # what every reader of JSON holds exactly
MANY = 10_000  # numbers in one request
LONG, LONGEST = 1000, 4096  # characters of a name, of a path

_TEXT = r"^[^\x00]*$"  # a NUL ends a text in file systems and C libraries
_PATH = r"^~?/[^\x00]*$"
_CURSOR = r"^[0-9]{1,18}$"
_DATE = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
ACCEPTED = {
    _TEXT: "a text without a NUL",
    _PATH: "a whole path, as /mnt/card/DSC_1.jpg",
    _CURSOR: "the cursor that the page before answered",
    _DATE: "a date such as 2026-11-22",
}


def whole(value: Any) -> Any:
    """`5.0` is a whole number in JSON; `true` is none."""
    if isinstance(value, bool):
        raise ValueError("not a number")
    return int(value) if isinstance(value, float) and value.is_integer() else value


Whole = Annotated[int, BeforeValidator(whole)]
Number = Annotated[Whole, Field(ge=1, le=LARGEST)]
Sequence = Annotated[Whole, Field(ge=0, le=LARGEST)]
Before = Annotated[Number | None, Field(description="the smallest number of the page before")]
Words = Annotated[str, Field(max_length=LONG, pattern=_TEXT)]
Name = Annotated[str, Field(min_length=1, max_length=LONG, pattern=_TEXT)]
Id = Annotated[str, Field(min_length=1, max_length=LONG, pattern=_TEXT)]
Path = Annotated[
    str, Field(min_length=1, max_length=LONGEST, pattern=_PATH, description="absolute, on the agent's machine")
]
Link = Annotated[
    str, Field(min_length=1, max_length=LONGEST, pattern=_TEXT, description="address or id of a folder on Drive")
]
Page = Annotated[Whole, Field(ge=1, le=10**9)]
PerPage = Annotated[Whole, Field(ge=1, le=200)]
Side = Annotated[Whole, Field(ge=16, le=1024, description="pixels")]
Cursor = Annotated[str, Field(pattern=_CURSOR, description="as the page before answered it")]
Numbers = Annotated[list[Number], Field(max_length=MANY)]
UploadState = Literal["queued", "active", "verified", "failed"]
Megabits = Annotated[float, Field(ge=0, le=100_000)]
Date = Annotated[str, Field(pattern=_DATE, description="a date: 2026-11-22")]


def minutes(value: Any) -> float:
    """A number of minutes, or its name."""
    number = INTERVAL_NAMES.get(value) if isinstance(value, str) else value
    if isinstance(number, bool) or not isinstance(number, int | float) or not 0.5 <= number <= 60:
        raise ValueError(f"accepted: {INTERVAL_TEXT}")
    return float(number)


Interval = Annotated[
    float,
    BeforeValidator(minutes),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "number", "minimum": 0.5, "maximum": 60},
                {"type": "string", "enum": list(INTERVAL_NAMES)},
            ],
            "description": "minutes",
        }
    ),
]


class Arguments(BaseModel):
    """The body of a command: nothing but what is named, and each of its own kind (`1` is no `true`)."""

    model_config = ConfigDict(extra="forbid", strict=True)


class NoArguments(Arguments):
    """None."""


class Lenient(BaseModel):
    """The predecessors' programs send more than is needed: what is not known is left alone."""

    model_config = ConfigDict(extra="ignore", strict=True)
