"""Every verb that makes somebody known, shows them or lets them go leaves a line in the audit log, whoever asks it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from typing import Any, TypeVar, cast

import structlog

from agent.clock import iso
from agent.errors import VenueError
from agent.handlers.changes import person_of
from agent.jobs.audit import Audit, By
from agent.model import PersonId
from agent.requests.ask import Agent, Request
from agent.requests.consent import AuditRow, ListAudit, RecordConsent
from agent.requests.faces import IgnoreUnknown, NameUnknown
from agent.requests.people import (
    EnrollFace,
    EnrollPerson,
    ExportPerson,
    FindPeople,
    ForgetPerson,
    LinkPerson,
    MergePeople,
    Redo,
    RenamePerson,
    Undo,
)
from agent.requests.snapshot import Change
from agent.roster import Roster

log = structlog.get_logger(__name__)

Answer = TypeVar("Answer")
WORDS: Mapping[type[Request[Any]], str] = {
    EnrollPerson: "enrolled",
    EnrollFace: "enrolled",
    NameUnknown: "named",
    IgnoreUnknown: "ignored",
    RenamePerson: "renamed",
    MergePeople: "merged",
    RecordConsent: "consent recorded",
    FindPeople: "looked for",
    LinkPerson: "link changed",
    ExportPerson: "exported",
    ForgetPerson: "forgotten",
    Undo: "undone",
    Redo: "done again",
}


class Audited:
    """An agent whose verbs leave lines, once they are done; `by`: who asks it."""

    def __init__(self, agent: Agent, audit: Audit, roster: Roster, by: By = "operator") -> None:
        self._agent = agent
        self._audit = audit
        self._roster = roster
        self._by: By = by

    async def ask(self, request: Request[Answer]) -> Answer:
        meant = self._meant(request)
        answer = await self._agent.ask(request)
        what = WORDS.get(type(request))
        if what is not None:
            person = "" if isinstance(request, ForgetPerson) else whose(answer) or meant
            try:
                await asyncio.to_thread(self._audit.note, what, person, self._by)
            except OSError as error:  # it is done, whatever becomes of the line
                log.error("audit.not_written", what=what, detail=str(error))
        return answer

    def _meant(self, asked: Request[Any]) -> str:
        """The id of the person whose link is asked for: of the answer, which is the link alone, nobody can tell."""
        if isinstance(asked, LinkPerson):
            with suppress(VenueError):  # it is refused by the verb
                return person_of(self._roster, asked.person, asked.event).id
        return ""

    def events(self, boot: str, since: int) -> AsyncIterator[Change]:
        return self._agent.events(boot, since)


def whose(answer: Any) -> str:
    """The id of the person that an answer is about; "" where it is about nobody, or several."""
    if not isinstance(answer, dict):
        return ""
    told = cast(dict[str, Any], answer)
    found = told.get("person")
    return str(cast(dict[str, Any], found)["id"]) if isinstance(found, dict) else str(told.get("id", ""))


class AuditHandlers:
    def __init__(self, audit: Audit, roster: Roster) -> None:
        self._audit = audit
        self._roster = roster

    async def audit(self, _asked: ListAudit) -> list[AuditRow]:
        lines = await asyncio.to_thread(self._audit.lines)
        return [
            {"at": iso(one.at), "what": one.what, "person": one.person, "name": self._name(one.person), "by": one.by}
            for one in lines
        ]

    def _name(self, person: str) -> str | None:
        known = self._roster.resolve(PersonId(person)) if person else None
        return None if known is None else known.name
