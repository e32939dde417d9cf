"""Keeps the faces that are known in each event, and reads them anew when people or encodings change."""

from __future__ import annotations

from collections.abc import Mapping

from agent.faces.rule import Rule
from agent.ledger import Ledger, references, sights
from agent.ledger.faces import Encoding
from agent.ledger.references import Key
from agent.model import Event, EventId, PersonId
from agent.people.known import KnownFaces, known_faces
from agent.people.recognise import pair
from agent.roster import Roster


class Knower:
    """`engine` names whose encodings are compared."""

    def __init__(self, ledger: Ledger, roster: Roster, engine: str, rule: Rule) -> None:
        self._ledger = ledger
        self._roster = roster
        self._engine = engine
        self._rule = rule
        self._known: dict[EventId, KnownFaces] = {}
        self._encodings: Mapping[Key, Encoding] | None = None
        self._forgotten = 0  # times

    async def known(self, event: Event) -> KnownFaces:
        """The event's people as the roster has them now."""
        kept = self._known.get(event.id)
        if kept is not None and kept.revision == self._roster.revision:
            return kept
        revision, forgotten = self._roster.revision, self._forgotten
        people, merged = self._roster.known_people(event.id), self._roster.merged(event.id)
        encodings = self._encodings or await self._ledger.read(references.encodings, self._engine)
        denied = await self._denied(event)
        made = known_faces(event.id, people, encodings, self.rule_of(event), revision, denied, merged)
        if forgotten == self._forgotten:  # else they were read before they changed
            self._encodings = encodings
            self._known[event.id] = made
        return made

    def forget(self) -> None:
        """Encodings changed without the roster: read them anew."""
        self._forgotten += 1
        self._encodings = None
        self._known.clear()

    def is_fresh(self, known: KnownFaces) -> bool:
        return known.revision == self._roster.revision and self._known.get(known.event) is known

    def rule_of(self, event: Event) -> Rule:
        """The workspace's, or with the event's own tolerance."""
        tolerance = event.tolerance or self._rule.tolerance
        return Rule(tolerance, max(self._rule.review, tolerance), self._rule.margin)

    async def _denied(self, event: Event) -> list[tuple[PersonId, Encoding]]:
        """Faces that somebody said are not this person: what looks like them is not, either."""
        denials = self._roster.denials(event.id)
        if not denials:
            return []
        looks = await self._ledger.read(sights.faces_of_contents, sorted({one.sha256 for one in denials}))
        found: list[tuple[PersonId, Encoding]] = []
        for sha256, faces in looks.items():
            decisions = pair(faces, [one for one in denials if one.sha256 == sha256])
            for at, decision in decisions.items():
                encoding = faces[at].encoding
                if encoding is not None and faces[at].engine == self._engine:
                    found += [(person, encoding) for person in decision.no]
        return found
