"""The arguments of every command, one schema each, as `POST /commands/{name}` takes them."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from agent.api.parameters import Arguments, Id, Name, Number, Numbers, Path, PerPage, Words
from agent.model import PhotoState


class LaneArguments(Arguments):
    what: Literal["uploads", "all"] = "uploads"


class EventsArguments(Arguments):
    events: list[Id] = Field(default_factory=list, max_length=1000, description="names or ids; none: all")


class RetryArguments(Arguments):
    ids: Numbers = Field(default_factory=list[int], description="numbers of photos")
    all: bool = False


class EnrollArguments(Arguments):
    name: Name
    photos: list[Path] = Field(min_length=1, max_length=1000)
    event: Id | None = None


class PhotosArguments(BaseModel):
    """Of a query, whose values are all texts."""

    model_config = ConfigDict(extra="forbid")

    event: Id | None = None
    person: Id | None = Field(default=None, description="a person's id")
    state: PhotoState | None = None
    words: Words | None = Field(default=None, description="that the name holds, in this order")
    before: Number | None = Field(default=None, description="the smallest number of the page before")
    limit: PerPage | None = None


class StopArguments(Arguments):
    finish: bool = Field(default=False, description="not before all is sent")


class VerifyArguments(Arguments):
    repair: bool = False


class DismissArguments(Arguments):
    ids: Numbers = Field(description="numbers of troubles")


class HeldArguments(Arguments):
    ids: list[Id] = Field(default_factory=list, max_length=1000)
    all: bool = False
