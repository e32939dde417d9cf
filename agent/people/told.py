"""What is told of somebody by name, unless they were forgotten before it could be written."""

from __future__ import annotations

from agent.ledger import meta
from agent.ledger.sqlite.rows import Db
from agent.model import Person
from agent.roster import Roster


def note_of(db: Db, roster: Roster, person: Person, kind: str, text: str, now: float) -> None:
    """On the writer's thread, where people are forgotten: whoever is nobody any more is not named again."""
    if roster.person(person.id) is not None:
        meta.note_activity(db, kind, text, now, person.event)
