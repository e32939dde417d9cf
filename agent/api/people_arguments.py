"""The arguments of the commands about people, faces and photos, one schema each."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from agent.api.arguments import Arguments
from agent.service_people import Company

Name = Annotated[str, Field(min_length=1, max_length=1000)]
Person = Annotated[str, Field(min_length=1, description="a name, or an id")]
Photos = Annotated[list[int], Field(min_length=1, description="numbers of photos")]
InEvent = Annotated[str | None, Field(description="a name, or an id; none: the first event that has that person")]


class NameUnknownArguments(Arguments):
    id: str = Field(description="of a guest, or of a group of faces")
    name: Name


class UnknownArguments(Arguments):
    id: str = Field(description="of a guest, or of a group of faces")


class ReviewArguments(Arguments):
    id: int = Field(description="of the question")


class RenameArguments(Arguments):
    person: Person
    name: Name
    event: InEvent = None


class PreviewArguments(Arguments):
    photos: list[str] = Field(min_length=1, max_length=20, description="absolute paths on the agent's machine")


class LinkArguments(Arguments):
    person: Person
    on: bool = Field(default=True, description="anyone with the link may read; false: nobody any more")
    event: InEvent = None


class MergeArguments(Arguments):
    person: Person
    into: Person
    event: InEvent = None


class NotPersonArguments(Arguments):
    person: Person
    photos: Photos
    event: InEvent = None


class EnrollFaceArguments(Arguments):
    name: Name
    face: str = Field(description="a face's id, or photo:NUMBER")
    event: InEvent = None


class FindArguments(Arguments):
    photo: str = Field(min_length=1, description="an absolute path on the agent's machine")


class WithdrawArguments(Arguments):
    ids: Photos


class MoveArguments(Arguments):
    ids: Photos
    event: str = Field(min_length=1)


class CompanyArguments(Arguments):
    ids: Photos
    company: Company
