"""The arguments of every command, one schema each, as `POST /commands/{name}` takes them."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from agent.model import PhotoState


class Arguments(BaseModel):
    model_config = ConfigDict(extra="forbid")


class NoArguments(Arguments):
    """None."""


class LaneArguments(Arguments):
    what: Literal["uploads", "all"] = "uploads"


class EventsArguments(Arguments):
    events: list[str] = Field(default_factory=list, description="names or ids; none: all")


class RetryArguments(Arguments):
    ids: list[int] = Field(default_factory=list[int], description="numbers of photos")
    all: bool = False


class EnrollArguments(Arguments):
    name: str = Field(min_length=1, max_length=1000)
    photos: list[str] = Field(min_length=1, description="absolute paths on the agent's machine")
    event: str | None = None


class PhotosArguments(Arguments):
    event: str | None = None
    person: str | None = Field(default=None, description="a person's id")
    state: PhotoState | None = None
    words: str | None = Field(default=None, max_length=1000, description="that the name holds, in this order")
    before: int | None = Field(default=None, description="the smallest id of the page before")
    limit: int | None = Field(default=None, ge=1, le=200)


class VerifyArguments(Arguments):
    repair: bool = False


class DismissArguments(Arguments):
    ids: list[int] = Field(description="numbers of troubles")


class HeldArguments(Arguments):
    ids: list[str] = Field(default_factory=list)
    all: bool = False
