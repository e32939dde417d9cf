"""What a guest may have done at the page: a look at their selfie, their photos, a folder of their own, being forgotten.

A selfie lies in a file for as long as a worker looks at it. It is kept only where the guest enrolls by it.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import structlog

from agent import clock
from agent.disk.atomic import in_words
from agent.errors import Cause, NotThere, UsageError, VenueError
from agent.faces.results import Encoding, Fault, FoundFace, LookError, Seen
from agent.faces.workers import FaceWorkers
from agent.guest_page import SELFIES
from agent.guest_page.ticket import Ticket
from agent.jobs.audit import Audit
from agent.ledger import Ledger, meta, photo_pages, troubles
from agent.ledger.sqlite.rows import Db
from agent.ledger.troubles import Subject
from agent.model import Event, Person, PersonId
from agent.people.consent import GUEST_PAGE
from agent.people.enroll import clean, link_of
from agent.people.planner import Planner
from agent.people.recognise import whose
from agent.people.references import only_face
from agent.requests.ask import Agent
from agent.requests.people import EnrollPerson, ForgetPerson
from agent.requests.photos import GetThumbnail
from agent.roster import Roster
from agent.roster.decisions import numbered
from agent.roster.event_names import event_of_guests

log = structlog.get_logger(__name__)

SHOWN = 60  # photos of one page
LONGEST_NAME = 60  # letters
JOINERS = {0x200C: None, 0x200D: None}  # unseen letters that names of some scripts have


class Why(StrEnum):
    """Why a selfie is of no use; the words stand under these keys."""

    UNREADABLE = "unreadable"
    NO_FACE = "no_face"
    MANY = "many"
    UNCLEAR = "unclear"
    TAKEN = "taken"
    NO_NAME = "no_name"


class Wish(StrEnum):
    """What became of a wish to be forgotten; the words stand under these keys."""

    DONE = "forgotten"  # or it is being done
    TOLD = "asked"
    NOBODY = "not_known"


class Refused(Exception):
    """What the guest can mend."""

    def __init__(self, why: Why) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True)
class Mine:
    """What is known of a guest: their photos of one page, newest first. `link`: of their folder, where one is open."""

    photos: Sequence[int] = ()
    count: int = 0
    more: bool = False
    link: str | None = None


class GuestDesk:
    """`event`: name or id of whose photos are shown; "" the workspace's first."""

    def __init__(
        self,
        agent: Agent,
        ledger: Ledger,
        roster: Roster,
        planner: Planner,
        workers: FaceWorkers,
        state: Path,
        event: str,
        audit: Audit,
    ) -> None:
        self._agent = agent
        self._ledger = ledger
        self._roster = roster
        self._planner = planner
        self._workers = workers
        self._folder = state / SELFIES
        self._event = event
        self._audit = audit
        self._enrolling = asyncio.Lock()  # two at once who give one name would become one person
        self._forgotten: set[bytes] = set()  # digests of looks: who taps twice is told the same both times

    @property
    def event(self) -> Event:
        """Raises `UsageError` where there is none of that name, nor was."""
        return event_of_guests(self._event, self._roster.events())

    # ---- a selfie

    async def take(self, picture: bytes, name: str) -> Ticket:
        """Look at a selfie; with a name, enroll by it. Raises `Refused`, `VenueError`."""
        with in_words(self._folder):
            file = await asyncio.to_thread(put_down, self._folder, picture)
        try:
            face = await self._only_face(file)
            await self._note("selfie compared")
            mine = await self._enroll(name, file, face.encoding) if name.strip() else None
            return Ticket(face.encoding, mine)
        finally:
            await asyncio.shield(asyncio.to_thread(shutil.rmtree, file.parent, ignore_errors=True))

    async def _only_face(self, file: Path) -> FoundFace:
        try:
            seen = await self._workers.look(file, None)
        except LookError as error:
            if error.fault in (Fault.ENGINE, Fault.CLOSED):
                raise VenueError("Faces cannot be looked at", error.detail, error.remedy) from error
            raise Refused(Why.UNREADABLE) from error
        face, _ = only_face(seen)
        if face is None:
            raise Refused(why_not(seen))
        return face

    async def _enroll(self, name: str, file: Path, look: Encoding) -> PersonId | None:
        """Whoever is known by a name already stays so; a name that is somebody else's is refused."""
        name, event = name_of(name), self.event
        async with self._enrolling:
            here = await self.person(look)
            if is_named(here):
                return None
            called = [one for one in self._roster.people(event.id) if one.name.casefold() == name.casefold()]
            if called and called != [here]:
                raise Refused(Why.TAKEN)
            asked = EnrollPerson(name=name, photos=[str(file)], event=event.id, consent=GUEST_PAGE)
            try:
                made = await self._agent.ask(asked)
            except UsageError:
                if is_named(await self.person(look)):  # meanwhile
                    return None
                raise
        return PersonId(made["person"]["id"])

    # ---- whose photos

    async def person(self, look: Encoding) -> Person | None:
        """Whom this face would be filed as, guests without a name among them."""
        return whose(look, await self._planner.known(self.event), self._planner.engine)

    async def mine(self, ticket: Ticket, page: int = 1) -> Mine:
        person = await self.person(ticket.look)
        if person is None:
            return Mine()
        found = await self._ledger.read(shots_of, person)
        first, last = (page - 1) * SHOWN, page * SHOWN
        link = link_of(self._roster.shared(person.id))
        return Mine(found[first:last], len(found), len(found) > last, link)

    async def picture(self, ticket: Ticket, photo: int) -> bytes | None:
        """A small JPEG; `None` where they are not on it."""
        person = await self.person(ticket.look)
        if person is None or photo not in await self._ledger.read(shots_of, person):
            return None
        return await self._agent.ask(GetThumbnail(id=photo))

    # ---- forgotten

    async def forget(self, ticket: Ticket, *, never: bool) -> Wish:
        """Done for whom nobody but they themselves has named; for all others whoever looks after the event is told.

        Faces by which nobody is known yet are nobody's to forget.
        """
        person, look = await self.person(ticket.look), hashlib.sha256(ticket.look.tobytes()).digest()
        if person is None:
            return Wish.DONE if look in self._forgotten else Wish.NOBODY
        if is_theirs(person, ticket):
            self._forgotten.add(look)
            try:
                await self._agent.ask(ForgetPerson(person=person.id, never=never))
                return Wish.DONE
            except NotThere:  # tapped twice, say; else somebody named them meanwhile
                person = await self.person(ticket.look)
                if person is not None and is_theirs(person, ticket):
                    raise
        if person is None:
            return Wish.DONE
        if not await self._ledger.write(tell_wish, self._roster, person, clock.wall(), never):
            return Wish.DONE
        await self._note("asked to be forgotten", person.id)
        return Wish.TOLD

    async def _note(self, what: str, person: PersonId | str = "") -> None:
        """For the audit. The guest has their answer, whatever becomes of the line."""
        try:
            await asyncio.to_thread(self._audit.note, what, person, "guest")
        except OSError as error:
            log.error("audit.not_written", what=what, detail=str(error))


def tell_wish(db: Db, roster: Roster, person: Person, now: float, never: bool) -> bool:
    """On the writer's thread, where people are forgotten: whoever is nobody any more is not named again. Returns
    whether it was told.
    """
    if roster.person(person.id) is None:
        return False
    wish = VenueError(
        "Somebody asks to be forgotten",
        f"{person.name}, on the guests' page{', and not to be known again' if never else ''}",
        f"venuesync people forget {person.id}{' --never' if never else ''}",
        cause=Cause.USAGE,
        kind="forget_asked",
    )
    subject = Subject(f"forget:{person.id}", person.name, person.event)
    troubles.open_trouble(db, subject, wish, now, "warning")
    text = f"{person.name} asks on the guests' page to be forgotten"
    meta.note_activity(db, "forget_asked", text, now, person.event)
    return True


def is_named(person: Person | None) -> bool:
    return person is not None and not person.guest


def is_theirs(person: Person, ticket: Ticket) -> bool:
    """Whether nobody but they themselves has named them."""
    named_so = ticket.mine == person.id and person.consent is not None and person.consent.how == GUEST_PAGE
    return person.guest or named_so


def shots_of(db: Db, person: Person) -> list[int]:
    """What lies in their folders, newest first; RAW and JPEG of one shot are one."""
    return list(dict.fromkeys(int(row["shot"]) for row in reversed(photo_pages.files_of_person(db, person.id))))


def name_of(given: str) -> str:
    """A name as it is kept. Raises `Refused` for none: also for one such as those have whom nobody has named, as the
    next of them is numbered after the highest.
    """
    name = clean(given)
    seen = name.translate(JOINERS)
    if len(name) > LONGEST_NAME or not seen or not seen.isprintable() or numbered([name]):
        raise Refused(Why.NO_NAME)
    return name


def put_down(folder: Path, picture: bytes) -> Path:
    """In a file that nobody else may read, in a folder of its own."""
    folder.mkdir(mode=0o700, exist_ok=True)
    file = Path(tempfile.mkdtemp(dir=folder)) / "selfie.jpg"
    try:
        file.write_bytes(picture)
    except OSError:
        with contextlib.suppress(OSError):
            shutil.rmtree(file.parent)
        raise
    return file


def why_not(seen: Seen) -> Why:
    if not seen.faces:
        return Why.NO_FACE
    return Why.MANY if len(seen.faces) > 1 else Why.UNCLEAR
