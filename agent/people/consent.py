"""Consent as it is kept with a person, and where none is: whether somebody may be made known without it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from agent import clock
from agent.errors import Kind, UsageError
from agent.ledger.troubles import Subject
from agent.model import Consent, Person


@dataclass(frozen=True, slots=True)
class Given:
    """What whoever makes somebody known says of it; `how` empty: nothing. `until`: a date, or none."""

    how: str = ""
    until: str | None = None

    def to(self, person: Person) -> Person:
        """The person with it; as they were where nothing is said."""
        consent = self.consent()
        return person if consent is None else replace(person, consent=consent)

    def consent(self) -> Consent | None:
        """Raises `UsageError` for an end of nothing."""
        how = " ".join(self.how.split())
        if self.until and not how:
            raise UsageError("A consent that ends needs a word on how it was given", self.until, SAY)
        return Consent(how, clock.wall(), self.until or "") if how else None


NOTHING_SAID = Given()
GUEST_PAGE = "by themselves, on the guests' page"
CONSENT = "consent:"  # how the key of a trouble about one begins
SAY = 'Say how they consented, as --consent "signed form"; or before: venuesync people consent NAME HOW'


def consent_subject(person: Person) -> Subject:
    """Of the trouble that theirs ends, or has ended."""
    return Subject(f"{CONSENT}{person.id}", person.name, person.event)


def today(ahead: float = 0.0) -> date:
    """Where the event is, by a clock that is so many seconds ahead."""
    return clock.local(clock.wall() - ahead).date()


class Consents:
    """`required`: nobody is enrolled or named without it."""

    def __init__(self, *, required: bool) -> None:
        self._required = required

    def check(self, name: str, known: Person | None, given: Given) -> None:
        """Raises `UsageError` where somebody would become known, or known better, without a consent."""
        if given.consent() is None and self._required and (known is None or not holds(known)):
            raise UsageError(
                f"How did {name} consent?",
                "people.require_consent is on, and no consent that holds is recorded",
                SAY,
                kind=Kind.CONSENT,
            )


def holds(person: Person) -> bool:
    """Whether a consent of theirs is recorded, and its last day is not over."""
    consent = person.consent
    return consent is not None and (not consent.until or date.fromisoformat(consent.until) >= today())


def of_both(person: Person, other: Person) -> Consent | None:
    """Of two who are one: what holds goes before what has ended, else what was said last."""
    given = [(holds(one), one.consent.at, one.consent) for one in (person, other) if one.consent is not None]
    return max(given, key=lambda one: one[:2])[2] if given else None
