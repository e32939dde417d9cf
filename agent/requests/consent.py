"""Consent: that somebody lets their face be known here, how they said so, and until when."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typing_extensions import TypedDict

from agent.requests.ask import Command, Query

if TYPE_CHECKING:
    from agent.requests.fields import How, Id, InEvent, Person, Until


class ConsentRow(TypedDict):
    """Of one person; `how` is None where nothing is recorded."""

    id: str
    name: str
    event: str
    how: str | None
    at: str | None
    until: str | None  # a date, the last day that it holds


class ListConsents(Query[list[ConsentRow]]):
    """Everybody who has a name, and how they consented; or who is called so."""

    path = "/consents"
    event: Id | None = None
    person: Person | None = None


class RecordConsent(Command[ConsentRow]):
    """How somebody consented, and until when; what was recorded before is replaced."""

    path = "/commands/people-consent"
    person: Person
    how: How
    until: Until = None
    event: InEvent = None
