"""What guests are owed: the page where they find their photos, their consent, and what was done with their faces."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typing_extensions import TypedDict

from agent.requests.ask import Command, Query

if TYPE_CHECKING:
    from agent.requests.fields import How, Id, InEvent, Person, Until


class GuestPage(TypedDict):
    address: str | None  # as a phone in the same network asks for it; None: there is no such page


class GetGuestPage(Query[GuestPage]):
    """The address at which guests find their photos by a selfie."""

    path = "/guests"


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


# ---- the audit log: what was done with people's faces, when and by whom


class AuditRow(TypedDict):
    """`person`: an id, `forgotten`, or "" where it is nobody's; `name`: who that is now, where they are known still."""

    at: str
    what: str
    person: str
    name: str | None
    by: str  # operator | guest | night


class ListAudit(Query[list[AuditRow]]):
    """All of it, the oldest first."""

    path = "/audit"
