"""What each verb about people means for the roster: changes of a draft, in words that `undo` can show.

Nothing here looks at photos; what follows from a change is planned afterwards.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from agent import clock
from agent.errors import Cause, UsageError
from agent.filing.names import distinct, safe_name
from agent.ledger.counts import plural
from agent.model import Box, EventId, Person, PersonId, Reference
from agent.people.consent import of_both
from agent.roster.book import called, known_as, new_person_id, with_references
from agent.roster.decisions import Draft, FaceDecision, numbered
from agent.roster.known_by import At, denies, is_same

LEARNED = 12  # references of a person that come from answers, at most; the latest stay


@dataclass(frozen=True, slots=True)
class FaceAt:
    """A face by what outlives any ledger. `name`: the photo's."""

    sha256: str
    box: Box
    name: str


def free_folder(draft: Draft, event: EventId, name: str, but: PersonId | None = None) -> str:
    """A folder's name for this name that nobody else's could be taken for."""
    return distinct(safe_name(name), [one.folder for one in draft.people_of(event) if one.id != but])


def new_name(name: str) -> str:
    """A name that nobody has yet. Raises `UsageError` for one such as guests have: the next of them would be counted on
    from it.
    """
    if numbered([name, safe_name(name)]):
        raise UsageError("Guests whom nobody has named are called so", name, "Choose another name")
    return name


def named(draft: Draft, event: EventId, name: str) -> Person | None:
    return next(iter(called(draft.people_of(event), name)), None)


def new_person(
    draft: Draft, event: EventId, name: str, references: Sequence[Reference], *, guest: bool = False
) -> Person:
    once = tuple({(one.sha256, one.box): one for one in references}.values())
    folder = free_folder(draft, event, name)
    return draft.put(
        Person(new_person_id(), event, name, folder, guest=guest, references=once, created_at=clock.wall())
    )


def next_guest(draft: Draft, event: EventId) -> str:
    """A name with a number that was never given, not even where the list of people is an older one."""
    return draft.next_guest(event, numbered(one.name for one in draft.people_of(event)))


def enroll(
    draft: Draft, event: EventId, name: str, references: Sequence[Reference], guests: Sequence[PersonId]
) -> tuple[tuple[Person, bool], str]:
    """Somebody is known by these references, or known better. `guests` are the same person: it is all theirs now."""
    known = named(draft, event, name)
    ours = [one for guest in guests if (one := draft.person(guest)) is not None and one.name != name]
    if known is not None and not known.guest:
        person = draft.put(with_references(known, references))
        text = f"{name} known better by {plural(len(references), 'reference')}"
    elif known is not None or ours:
        person = name_guest(draft, known or ours.pop(0), name)
        person = draft.put(with_references(person, references))
        text = f"{name} enrolled"
    else:
        person = new_person(draft, event, name, references)
        text = f"{name} enrolled"
    for guest in ours:
        person = merge(draft, guest, person)
    after_all(draft, person, references)
    return (person, known is None), text


def name_guest(draft: Draft, guest: Person, name: str) -> Person:
    """A guest has a name now; what was seen of them counts as given."""
    folder = guest.folder if guest.name == name else free_folder(draft, guest.event, name, guest.id)
    changed = replace(guest, name=name, folder=folder, guest=False, ignored=False, look="", blur=False)
    return draft.put(known_as(changed, guest.name, guest.folder))


def rename(draft: Draft, person: Person, name: str) -> tuple[Person, str]:
    """The name that they have is no decision, nor does it make a guest somebody."""
    if name == person.name:
        return person, f"{name} is called so"
    other = named(draft, person.event, name)
    if other is not None and other.id != person.id:
        raise UsageError(
            "There is somebody of that name already",
            name,
            "Make them one: venuesync people merge A INTO B",
            cause=Cause.CONFLICT,
        )
    folder = free_folder(draft, person.event, new_name(name), person.id)
    changed = replace(person, name=name, folder=folder, guest=False)
    return draft.put(known_as(changed, person.name, person.folder)), f"{person.name} renamed to {name}"


def merge(draft: Draft, one: Person, into: Person) -> Person:
    """All that was the first one's is the second one's, their references too."""
    if one.event != into.event:
        raise UsageError("They are of two events", f"{one.name} and {into.name}", "People are merged within one event")
    if one.id == into.id:
        raise UsageError("That is one person already", one.name, "Name two people")
    gone, kept = merge_rows(one, into)
    draft.put(gone)
    return draft.put(kept)


def merge_rows(one: Person, into: Person) -> tuple[Person, Person]:
    """The two as they are when they are one."""
    kept = replace(into, consent=of_both(into, one))
    return replace(one, merged_into=into.id), with_references(kept, one.references)


def ignore(draft: Draft, person: Person, faces: Iterable[FaceAt]) -> tuple[Person, str]:
    """A stranger whom nobody wants to be asked about: no folders, and these faces are nobody's."""
    changed = draft.put(replace(person, ignored=True, guest=True))
    for face in faces:
        draft.decide_face(person.event, empty(face), lambda was: replace(was, ignored=True, yes=None))
    return changed, f"{person.name or 'A stranger'} ignored"


def deny(draft: Draft, person: Person, faces: Sequence[FaceAt]) -> tuple[Person, str]:
    for face in faces:
        draft.decide_face(person.event, empty(face), lambda was: without(draft, was, person.id))
    verb = "is" if len(faces) == 1 else "are"
    kept = draft.put(person)  # they are known by these no more
    return kept, f"{plural(len(faces))} {verb} not of {person.name}"


def confirm(draft: Draft, person: Person, faces: Sequence[FaceAt], *, learn: bool) -> tuple[Person, str]:
    """`learn`: the first of these faces is good enough to know them by."""
    for face in faces:
        draft.decide_face(person.event, empty(face), lambda was: with_yes(draft, was, person.id))
    first, *others = faces
    if learn:
        person = draft.put(learned(person, [Reference(first.sha256, first.box, first.name, learned=True)]))
    more = f" and {plural(len(others), 'face')} like it are" if others else " is"
    return person, f"{first.name}{more} of {person.name}"


def with_yes(draft: Draft, decision: FaceDecision, person: PersonId) -> FaceDecision:
    """Theirs, whatever was said of them before, or of somebody who is one with them now."""
    no = tuple(one for one in decision.no if draft.resolved(one) != person)
    return replace(decision, yes=person, no=no, ignored=False, forgotten=False, blurred=False)


def after_all(draft: Draft, person: Person, faces: Iterable[At]) -> None:
    """Somebody points at these faces and says who it is: what was said before, that they are not, is over."""
    for face in faces:
        draft.decide_face(
            person.event,
            empty(face),
            lambda was: with_yes(draft, was, person.id) if denies(draft, was, person) else was,
        )


def without(draft: Draft, decision: FaceDecision, person: PersonId) -> FaceDecision:
    """The other way round."""
    yes = None if decision.yes is not None and draft.resolved(decision.yes) == person else decision.yes
    known = {draft.resolved(one) for one in decision.no}
    return replace(decision, yes=yes, no=decision.no if person in known else (*decision.no, person))


def learned(person: Person, references: Sequence[Reference]) -> Person:
    """Known better, by so many at most; what an operator gave always stays."""
    more = with_references(person, references)
    given = [one for one in more.references if not one.learned]
    latest = [one for one in more.references if one.learned][-LEARNED:]
    return replace(more, references=(*given, *latest))


def unlearn(person: Person, face: FaceAt) -> Person:
    """A face that is somebody else's is no reference of theirs, given by mistake or learned."""
    kept = tuple(one for one in person.references if not is_same(face, one))
    return replace(person, references=kept)


def empty(face: At) -> FaceDecision:
    return FaceDecision(face.sha256, face.box, name=face.name)
