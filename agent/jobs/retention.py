"""What may not be kept for good: consents that end, faces of nobody known, faces of an event that is over.

At night: whoever's consent has ended is named, or forgotten, as `people.consent_ended` says; a face that nobody has
named for `people.unknown_days` loses its encoding and is asked about no more. After an event's last day, strangers are
asked about for `people.strangers_days`, and `people.ended_days` later none of its encodings are left: whose each face
is has become a decision. Photos stay where they are. What goes is said a day before; but for pictures and encodings by
which nobody is known any more, as an enrolment was taken back.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable, Generator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import date, timedelta
from functools import partial

import structlog

from agent import clock
from agent.disk.atomic import in_words
from agent.errors import Cause, VenueError
from agent.jobs.audit import Audit
from agent.jobs.links import Links, close_all_left
from agent.jobs.pictures import PUT_BACK, drop_cut, drop_pictures, let_nobodys_go, lies_since
from agent.jobs.runner import DAY
from agent.ledger import Ledger, kept_faces, meta, troubles
from agent.ledger.counts import plural
from agent.ledger.kept_faces import KeptFace
from agent.ledger.sqlite.rows import Db
from agent.ledger.troubles import Subject
from agent.model import Event, EventId, Person, PersonId
from agent.people.consent import CONSENT, consent_subject, today
from agent.people.deciding import Decider
from agent.people.guests import will_be_known
from agent.people.intents import FaceAt, empty, with_yes
from agent.roster import Roster
from agent.roster.decisions import Draft, FaceDecision, Verb
from agent.settings.keys import People
from agent.workspace import Workspace

log = structlog.get_logger(__name__)

STILL_HERE = Subject("retention", "faces that are not to be kept")


class Renewed(Exception):
    """They consented again, or are nobody any more, before it was their turn."""


class Retention:
    """`forget` removes all that is held of whoever is named to it when it is their turn. As a job it returns what came
    of it.

    What it decides by is looked up when it is its turn: operators decide meanwhile, and most of this is for good.
    """

    def __init__(
        self,
        ledger: Ledger,
        roster: Roster,
        decider: Decider,
        settings: People,
        audit: Audit,
        forget: Callable[[Callable[[], Awaitable[Person]]], Awaitable[object]],
        links: Links,
        workspace: Workspace,
    ) -> None:
        self._ledger = ledger
        self._roster = roster
        self._decider = decider
        self._settings = settings
        self._audit = audit
        self._forget = forget
        self._links = links
        self._workspace = workspace

    async def ready(self) -> bool:
        """Whether anything may be let go: whoever an older list of people lacks is nobody to it, until somebody says
        that it is the one to go by. So is whoever was enrolled just before a pulled plug to the plan, and whoever is
        not known again yet to a ledger that was lost.
        """
        if self._roster.restored or not await self._decider.is_planned():
            return False
        return not await self._ledger.read(is_learning, self._roster.known_people(), self._decider.engine)

    async def __call__(self) -> str:
        """Raises what was refused first, once all else is done; all of it is told until a night goes well."""
        ended = gone = 0
        refused: list[VenueError] = []
        lying: list[VenueError] = []
        for person in self._roster.people():
            with put_into(refused):
                ended += await self._consent(person.id)
        known = [consent_subject(person).key for person in self._roster.people()]
        await self._ledger.write(troubles.heal_all_but, CONSENT, known, clock.wall())  # who was merged, say
        for event in self._roster.events():
            with put_into(refused):
                gone += await self._faces(event.id)
        if self._settings.ended_days:
            with put_into(refused):
                gone += await self._over(refused)
        with put_into(refused):
            lying = await self._nobodys()
        if self._settings.unknown_days or self._settings.ended_days:
            with put_into(refused):
                await asyncio.to_thread(drop_set_aside, self._workspace)
        await self._tell([*refused, *lying])
        if refused:
            raise refused[0]
        return f"{plural(ended, 'consent')} ended, {plural(gone, 'face')} let go"

    # ---- consents

    async def _consent(self, id: PersonId) -> bool:
        """Whether theirs has ended."""
        async with self._decider.alone():
            ended = await self._said(id)
        if ended and self._settings.consent_ended == "forget":
            try:
                await self._forget(partial(self._ended_still, id))
            except Renewed:
                return False
            await self._note("forgotten")
        return ended

    async def _said(self, id: PersonId) -> bool:
        """The same, told where nobody is forgotten for it; of whoever is nobody any more nothing is."""
        person = next((one for one in self._roster.people() if one.id == id), None)
        if person is None:
            return False
        until = person.consent.until if person.consent is not None else ""
        subject = consent_subject(person)
        last = date.fromisoformat(until) if until else None
        if last is None or last > today() + timedelta(days=1):
            await self._ledger.write(troubles.heal, subject.key, clock.wall())
            return False
        ended = last < today()
        if not ended or self._settings.consent_ended != "forget":
            told = consent_ended(person, until) if ended else consent_ends(person, until)
            await self._ledger.write(troubles.open_trouble, subject, told, clock.wall(), "warning")
        return ended

    async def _ended_still(self, id: PersonId) -> Person:
        """Raises `Renewed`, and `VenueError` where somebody may be let in still on a Drive that their event left."""
        person = next((one for one in self._roster.people() if one.id == id), None)
        until = person.consent.until if person is not None and person.consent is not None else ""
        if person is None or not until or date.fromisoformat(until) >= today():
            raise Renewed
        still_open = await close_all_left(self._links, self._roster, person)
        if still_open and self._roster.shares(id):
            raise next(iter(still_open.values()))
        return person

    # ---- faces

    async def _faces(self, id: EventId) -> int:
        """How many of the event were let go."""
        async with self._decider.alone() as deciding:
            await deciding.catch_up()  # an enrolment may have been broken off meanwhile
            event = self._roster.find_event(id)
            return 0 if event is None else await self._let_go(event)

    async def _let_go(self, event: Event) -> int:
        kept, asked = self._settings.ended_days, self._settings.strangers_days
        over = days_over(event)
        gone = await self._unknown(event) if self._settings.unknown_days else 0
        if kept and over >= kept:
            return gone
        if kept and over == kept - 1:
            await self._say(event, f"All faces of {event.name}: let go tomorrow night, as it has ended")
        if asked and over >= asked:
            await self._ignore(event)
        return gone

    async def _unknown(self, event: Event) -> int:
        """Those of nobody known."""
        before = clock.wall() - self._settings.unknown_days * DAY
        due = await self._ledger.read(kept_faces.unknown_before, event.id, before)
        soon = await self._ledger.read(kept_faces.unknown_before, event.id, before + DAY)
        if due:
            told = f"{plural(len(due), 'face')} of nobody known let go, after {self._settings.unknown_days:,} days"
            await self._decide(event, due, told)
        if len(soon) > len(due):
            left = plural(len(soon) - len(due), "face")
            await self._say(event, f"{left} of nobody known: let go tomorrow night, unless they are named")
        return len(due) + await self._gone(event, before)

    async def _gone(self, event: Event, before: float) -> int:
        """Those on photos that arrived before then and are nowhere any more; nothing is decided of these.

        What was cut out of photos goes before them: once they are gone, no later night knows of it.
        """
        number = 0
        if await self._ledger.read(kept_faces.any_gone, event.id, before):
            await asyncio.to_thread(drop_cut, self._workspace)
        while some := await self._ledger.write(kept_faces.forget_gone, event.id, before):
            number += some
        if number:
            async with self._decider.alone() as deciding:
                await self._say(event, f"{plural(number, 'face')} let go, of photos that are not there any more")
                deciding.afterwards.append(self._ledger.scrub)
            await self._note(f"{plural(number, 'face')} let go")
        return number

    async def _ignore(self, event: Event) -> None:
        """Nobody is asked any more who the strangers of an event were that is long over."""
        due = await self._ledger.read(kept_faces.of_strangers, event.id)
        if due:
            told = f"{plural(len(due), 'face')} of strangers ignored: {event.name} is over"
            await self._decide(event, due, told, keep=True)

    async def _over(self, refused: list[VenueError]) -> int:
        """How many of events that have ended so long ago were let go. What several of them have is let go in all of
        these, once no other one has it; whose it is is decided at once. What is `refused` of one is put there, and
        stops no other.
        """
        async with self._decider.alone() as deciding:
            await deciding.catch_up()
            events = self._roster.events()
            over = [one for one in events if days_over(one) >= self._settings.ended_days]
            others = [one.id for one in events if one not in over]
            due = [(one, await self._to_decide(one, others), await self._shared(one, others)) for one in over]
            gone = 0
            for event, faces, shared in due:  # each as it was before the first of them went
                with put_into(refused):
                    gone += await self._gone(event, math.inf)
                    await self._all(event, faces, shared)
            return gone + len({(one.sha256, one.box) for _, faces, _ in due for one in faces})

    async def _to_decide(self, event: Event, others: Sequence[EventId]) -> list[KeptFace]:
        """Those of an event that is over of which it does not say yet whose they are. Killed, or refused, between two
        events that have the same photos, the later one has no encodings of them.
        """
        found = await self._ledger.read(kept_faces.of_event, event.id, others)
        return [one for one in found if one.is_known or not self._is_let_go(event, one)]

    async def _shared(self, event: Event, others: Sequence[EventId]) -> list[KeptFace]:
        """Those that are the others' to keep."""
        theirs = {*await self._ledger.read(kept_faces.of_event, event.id, others)}
        found = await self._ledger.read(kept_faces.of_event, event.id, [])
        return [one for one in found if one not in theirs and not self._is_let_go(event, one)]

    def _is_let_go(self, event: Event, face: KeptFace) -> bool:
        return self._roster.face_decision(event.id, FaceDecision(face.sha256, face.box)).forgotten

    async def _all(self, event: Event, due: Sequence[KeptFace], shared: Sequence[KeptFace]) -> None:
        """Whose each face is stands in the roster from then on; nothing is known by which to tell anybody again.

        Nor by an undo. Pictures go first: once the roster says it, nobody knows which they were. Encodings of faces
        that are `shared` are another event's to keep.
        """
        theirs = self._roster.references([event.id])
        if due or theirs or self._known(event):
            others = self._roster.references([one.id for one in self._roster.events() if one.id != event.id])
            pictures = {sha256 for sha256, _ in theirs} - {sha256 for sha256, _ in others}
            await asyncio.to_thread(drop_pictures, self._workspace, pictures)
            told = f"{plural(len(due), 'face')} let go, as {event.name} has ended; photos stay where they are"
            await self._decide(event, due, told, shared, unlearned=True)
            await self._ledger.write(kept_faces.drop_these, theirs - others)

    def _known(self, event: Event) -> list[Person]:
        """Whoever is known by anything that an event that is over is not to keep."""
        return [one for one in self._roster.everybody() if one.event == event.id and one != known_by_nothing(one)]

    async def _nobodys(self) -> list[VenueError]:
        """What is left of enrolments that were taken back and cannot be done again, and of what was learned once.

        A picture that has to stay keeps its encoding: by that it is found where whoever it shows is forgotten. Returns
        what the disk says of those that it does not let go.
        """
        lying: list[VenueError] = []
        async with self._decider.alone() as deciding:  # of whoever is being enrolled, pictures come first
            if self._roster.restored:
                return lying  # somebody may be known by it whom this list does not know
            if await let_nobodys_go(self._ledger, self._roster, self._workspace, lying.append):
                deciding.afterwards.append(self._ledger.scrub)
        return lying

    async def _decide(
        self,
        event: Event,
        due: Sequence[KeptFace],
        told: str,
        shared: Sequence[KeptFace] = (),
        *,
        keep: bool = False,
        unlearned: bool = False,
    ) -> None:
        """The roster says it first, so that no later look keeps them again; unless `keep`, the plan drops encodings,
        but those of faces that are `shared`.

        What was cut out of photos goes before that: nobody would do it later. `unlearned`: nobody of the event is known
        by anything any more.
        """
        known = self._known(event) if unlearned else []

        def change(draft: Draft) -> tuple[None, str]:
            for one, stays in [*((one, keep) for one in due), *((one, True) for one in shared)]:
                face = empty(FaceAt(one.sha256, one.box, one.name))
                draft.decide_face(event.id, face, partial(let_go, draft, one.person, stays))
            for person in known:
                draft.put(known_by_nothing(person))
            return None, told

        async with self._decider.alone() as deciding:
            if not keep:
                await asyncio.to_thread(drop_cut, self._workspace)
            _, before = await deciding.intend(
                Verb.RETENTION, change, undoable=False, unlearned=event.id if unlearned else None
            )
            await self._say(event, told)
            await deciding.follow({event.id}, before, photos=sorted({one.event_photo for one in (*due, *shared)}))
            if not keep:
                deciding.afterwards.append(self._ledger.scrub)
        await self._note(f"{plural(len(due), 'face')} {'ignored' if keep else 'let go'}")

    async def _note(self, what: str) -> None:
        """For the audit. It is done, whatever becomes of the line: all else goes on."""
        try:
            await asyncio.to_thread(self._audit.note, what, "", "night")
        except OSError as error:
            log.error("audit.not_written", what=what, detail=str(error))

    async def _tell(self, refused: Sequence[VenueError]) -> None:
        """Of what is still here though it is not to be kept, as one error however many nights it stands."""
        if not refused:
            await self._ledger.write(troubles.heal, STILL_HERE.key, clock.wall())
        elif await self._ledger.write(troubles.open_trouble, STILL_HERE, still_here(refused), clock.wall(), "warning"):
            log.warning("retention.refused", detail=refused[0].detail)

    async def _say(self, event: Event, text: str) -> None:
        await self._ledger.write(meta.note_activity, "retention", text, clock.wall(), event.id)


@contextmanager
def put_into(refused: list[VenueError]) -> Generator[None]:
    """What is refused meanwhile goes there: the next one is tried all the same."""
    try:
        yield
    except VenueError as error:
        refused.append(error)


def drop_set_aside(workspace: Workspace) -> None:
    """Ledgers that were set aside so long ago that none is put back: each has all encodings of its time. Blocks. Raises
    `VenueError`.
    """
    long_ago = clock.wall() - PUT_BACK
    with in_words(workspace.state):
        for names in ("ledger.damaged-*", "ledger.left-*", "before-restore-*/ledger.*"):
            for path in [one for one in workspace.state.glob(names) if lies_since(one) < long_ago]:
                path.unlink(missing_ok=True)
                if path.parent != workspace.state:
                    with suppress(OSError):
                        path.parent.rmdir()  # unless somebody put something there


def is_learning(db: Db, people: Sequence[Person], engine: str) -> bool:
    """Whether a lost ledger is being read again, or it is still to be learned by what somebody is known."""
    return meta.rebuilding(db, drive=False) or will_be_known(db, people, engine)


def known_by_nothing(person: Person) -> Person:
    """The person as nobody can tell them any more; but for whoever is to be blurred on photos that come yet."""
    return replace(person, references=(), look=person.look if person.blur else "")


def days_over(event: Event) -> int:
    """Days since the last day of an event, whether or not its last listing is done; less than 1 while it goes on."""
    return (today() - date.fromisoformat(event.ends)).days if event.ends else -1


def let_go(draft: Draft, person: PersonId | None, keep: bool, was: FaceDecision) -> FaceDecision:
    """`keep`: its encoding stays; of nobody's, nobody is asked about it."""
    if person is None:
        return replace(was, ignored=True, forgotten=not keep)
    return replace(with_yes(draft, was, person), forgotten=not keep)


def still_here(refused: Sequence[VenueError]) -> VenueError:
    """All that a night could not let go, by the first of it."""
    first, more = refused[0], len(refused) - 1
    also = f", and {more:,} more" if more else ""
    return VenueError(
        "What is not to be kept is still here",
        f"{first.title}: {first.detail}{also}. It is tried again each night",
        first.remedy,
        cause=first.cause,
        kind="still_here",
    )


def consent_ends(person: Person, until: str) -> VenueError:
    detail, remedy = f"{person.name}: {until} is its last day", f"venuesync people consent {person.id} HOW --until DAY"
    return VenueError("A consent ends soon", detail, remedy, cause=Cause.USAGE, kind="consent_ends")


def consent_ended(person: Person, until: str) -> VenueError:
    detail, remedy = f"{person.name}: {until} was its last day", f"venuesync people forget {person.id}"
    return VenueError("A consent has ended", detail, remedy, cause=Cause.USAGE, kind="consent_ended")
