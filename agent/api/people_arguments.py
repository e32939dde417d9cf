"""The arguments of the commands about people, faces and photos, one schema each."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from agent.api.parameters import MANY, Arguments, Id, Name, Number, Path
from agent.service_people import Company

Person = Annotated[Id, Field(description="a name, or an id")]
Photos = Annotated[list[Number], Field(min_length=1, max_length=MANY, description="numbers of photos")]
InEvent = Annotated[Id | None, Field(description="a name, or an id; none: the first event that has that person")]


class NameUnknownArguments(Arguments):
    id: Id = Field(description="of a guest, or of a group of faces")
    name: Name


class UnknownArguments(Arguments):
    id: Id = Field(description="of a guest, or of a group of faces")


class ReviewArguments(Arguments):
    id: Number = Field(description="of the question")


class RenameArguments(Arguments):
    person: Person
    name: Name
    event: InEvent = None


class PreviewArguments(Arguments):
    photos: list[Path] = Field(min_length=1, max_length=20)


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
    face: Id = Field(description="a face's id, or photo:NUMBER")
    event: InEvent = None


class FindArguments(Arguments):
    photo: Path


class WithdrawArguments(Arguments):
    ids: Photos


class MoveArguments(Arguments):
    ids: Photos
    event: Id


class CompanyArguments(Arguments):
    ids: Photos
    company: Company
