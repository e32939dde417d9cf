"""Consent: recorded and shown."""

from __future__ import annotations

from agent import clock
from agent.clock import iso
from agent.handlers.changes import people_called, person_of
from agent.ledger import Ledger, meta, troubles
from agent.model import Person
from agent.people.consent import Given, consent_subject
from agent.people.deciding import Decider
from agent.requests.consent import ConsentRow, ListConsents, RecordConsent
from agent.roster import Roster
from agent.roster.decisions import Draft, Verb


class ConsentHandlers:
    def __init__(self, ledger: Ledger, roster: Roster, decider: Decider) -> None:
        self._ledger = ledger
        self._roster = roster
        self._decider = decider

    async def consents(self, asked: ListConsents) -> list[ConsentRow]:
        if asked.person is not None:
            named = people_called(self._roster, asked.person, asked.event)
        else:
            where = None if asked.event is None else self._roster.event(asked.event).id
            named = [one for one in self._roster.people(where) if not one.guest or one.consent is not None]
        return [consent_row(one) for one in sorted(named, key=lambda one: one.name.casefold())]

    async def record(self, asked: RecordConsent) -> ConsentRow:
        async with self._decider.alone() as deciding:
            whose = person_of(self._roster, asked.person, asked.event)
            given = Given(asked.how, asked.until)

            def change(draft: Draft) -> tuple[Person, str]:
                person = draft.put(given.to(draft.person(whose.id) or whose))
                return person, f"Consent of {person.name} recorded"

            given.consent()  # a wrong day is refused before anything is begun
            person, before = await deciding.intend(Verb.CONSENT, change)
            await self._ledger.write(
                meta.note_activity, "decided", f"Consent of {person.name} recorded", clock.wall(), person.event
            )
            await self._ledger.write(troubles.heal, consent_subject(person).key, clock.wall())
            await deciding.follow((), before, photos=())
        return consent_row(person)


def consent_row(person: Person) -> ConsentRow:
    known = person.consent
    return {
        "id": person.id,
        "name": person.name,
        "event": person.event,
        "how": None if known is None else known.how,
        "at": None if known is None else iso(known.at),
        "until": known.until or None if known is not None else None,
    }
