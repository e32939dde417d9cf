"""Somebody is forgotten: said in the roster first, then carried through to the last copy, whoever is killed between.

Each step can be done again. What is planned, taken out of folders and deleted on Drive goes the way of all else; this
follows it, and takes out what plans do not know: rows, pictures, copies, lines of the log, free pages. Nothing of it
can be undone.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial

import structlog

from agent import clock
from agent.disk.atomic import in_words
from agent.disk.own_folders import OwnFolders
from agent.errors import Cause, VenueError
from agent.filing.check import LeftOver
from agent.filing.left_over import LeftOvers
from agent.jobs import traces
from agent.jobs.audit import Audit
from agent.jobs.backups import back_up_people
from agent.jobs.housekeeping import BackingUp
from agent.jobs.outbox import Outbox
from agent.jobs.pictures import let_nobodys_go
from agent.jobs.theirs import Theirs, references_of
from agent.jobs.traces import Searched, Traces
from agent.ledger import Ledger, alike, faces, forgotten, matches, meta, photos
from agent.ledger.faces import Encoding
from agent.ledger.forgotten import Holdings, ShownOn
from agent.ledger.sqlite.rows import Db
from agent.log import drop_lines
from agent.model import Event, EventId, Person, PersonId
from agent.people.deciding import Decider
from agent.people.known_faces import look_text
from agent.people.plan_again import is_planned
from agent.people.planner import Planner
from agent.people.recognise import pair
from agent.roster import Roster
from agent.roster.book import new_person_id
from agent.roster.decisions import FaceDecision, clock_key
from agent.roster.forgetting import Forgetting, saying, spellings
from agent.running.waiting import Bell
from agent.uploads.forgotten import Forgets
from agent.workspace import Workspace

log = structlog.get_logger(__name__)

LOOK_EVERY = 5.0  # seconds
KEPT = "the mean of their encodings (128 numbers), without a name, in roster.json: so that they are asked about no more"
NOTHING_LEFT = "nothing of them is held here or on Drive any more"
LEFT = "nothing of them is held on Drive any more; what was found here still was named as they were forgotten"
BLURRED_LATER = ", and that their face is blurred on photos that come later"
FILED_WITHIN = 60.0  # seconds that whoever asked waits for the disk
GONE_WITHIN = 20.0  # seconds that they wait for Drive
PAUSE = 0.1
SLICE = 200  # photos whose faces are looked at in one transaction: others write in between


@dataclass(slots=True)
class Outcome:
    """What came of it so far. `found`: by what it is looked for; `kept`: what is, so that they are not known again;
    `waits`: why it is not done, "" where it is. `photos`: SHA-256 of those on which their faces are to be blurred.
    """

    found: Traces
    copies: list[str] = field(default_factory=list[str])
    lines: int = 0
    kept: str = ""
    photos: frozenset[str] = frozenset()
    searched: Searched = field(default_factory=lambda: Searched(0, 0, []))
    waits: str = ""


class Forgetter:
    """As a part it goes on with what was begun. `file` has the disk brought to what is wanted; `drive_on` as set.

    `blur`: whether their faces are to be blurred in what is filed of photos, where nobody says otherwise.
    """

    def __init__(
        self,
        ledger: Ledger,
        roster: Roster,
        planner: Planner,
        decider: Decider,
        workspace: Workspace,
        own: OwnFolders,
        left_overs: LeftOvers,
        drive: Forgets,
        backing_up: BackingUp,
        audit: Audit,
        outbox: Outbox,
        *,
        blur: bool,
        file: Callable[[], Awaitable[object]],
        drive_on: bool,
    ) -> None:
        self.bell = Bell()
        self._ledger = ledger
        self._roster = roster
        self._theirs = Theirs(ledger, roster, planner)
        self._planner = planner
        self._decider = decider
        self._workspace = workspace
        self._own = own
        self._left_overs = left_overs
        self.blur = blur
        self._drive = drive
        self._backing_up = backing_up
        self._audit = audit
        self._outbox = outbox
        self._file = file
        self._drive_on = drive_on
        self._one = asyncio.Lock()
        self._clean: set[tuple[PersonId, ...]] = set()  # of whom no earlier state is left here

    async def run(self) -> None:
        while True:
            for one in self._roster.forgetting():
                async with self._one:
                    await self._again(one)
            await self._search_trash()
            await self.bell.wait(LOOK_EVERY)

    async def _again(self, one: Forgetting) -> None:
        if one in self._roster.forgetting():  # as far as whoever asked for it has come
            found = await self._traces(one, ())
            await self._go_on(one, found, Outcome(found))

    async def _search_trash(self) -> None:
        """What was replaced on Drive before a face on it was to be blurred lies in its trash, and is no placement's."""
        times = await self._ledger.read(meta.get, meta.STRAYS) if self._drive.ready else ""
        if not times or self._roster.restored or await self._ledger.read(meta.rebuilding, drive=True):
            return
        shown = {sha256 for _, sha256 in await self._ledger.read(forgotten.blurred_photos)}
        if await self._drive.forget_strays(shown, ()):
            await self._ledger.write(forgotten.searched, times)

    # ---- what is held of them

    async def holdings(self, person: Person) -> tuple[Holdings, int]:
        """And how many copies of stores hold them."""
        ids = [one.id for one in (*self._theirs.merged(person), *await self._theirs.taken_back(person))]
        held = await self._ledger.read(forgotten.holdings, ids)
        found = Traces((person.name,), tuple(ids), frozenset())
        return held, len(await asyncio.to_thread(traces.copies, self._workspace, found))

    # ---- begun

    async def forget(self, who: Callable[[], Awaitable[Person]], *, never: bool, blur: bool | None = None) -> Outcome:
        """Raises `VenueError` where it cannot be begun; once it is, it is carried through, now or later.

        `who` is looked up when it is their turn. `blur`: as it is set, where `None`.
        """
        async with self._one:  # else the part may do it before this has waited, and nobody hears what it found
            begun, outcome = await self._begin(who, never=never, blur=self.blur if blur is None else blur)
            await self._wait(begun, outcome.found, outcome)
        self.bell.ring()
        return outcome

    async def blurred(self, outcome: Outcome) -> list[ShownOn]:
        """Photos and videos on which their faces were to be blurred, as they are now."""
        return await self._ledger.read(forgotten.shown_on, sorted(outcome.photos))

    async def _begin(
        self, who: Callable[[], Awaitable[Person]], *, never: bool, blur: bool
    ) -> tuple[Forgetting, Outcome]:
        async with self._decider.alone() as deciding:
            person = await who()
            if self._roster.restored or await self._ledger.read(meta.rebuilding, drive=self._drive_on):
                raise VenueError(
                    "Nobody can be forgotten now",
                    "the list of people is an older one, or the ledger is being rebuilt",
                    "See: venuesync status",
                    cause=Cause.CONFLICT,
                )
            await deciding.catch_up()  # else a face that an enrolment broken off gave them would stay a stranger's
            theirs = await self._theirs.faces(person)
            left_over = await self._theirs.left_over(person)
            besides = await self._theirs.taken_back(person)
            known_by = references_of([*self._theirs.merged(person), *besides])
            encodings = await self._ledger.read(forgotten.encodings_of, known_by | left_over, theirs)
            stranger = await self._stranger(person, blur=blur) if never else None
            decided = [FaceDecision(one.sha256, one.face.box, name=one.name) for one in theirs]
            shown = {one.sha256 for one in decided} if blur else set[str]()
            before = self._roster.revision
            said = partial(self._roster.forget, person, decided, stranger, left_over, besides, blur=blur)
            begun = await self._ledger.on_writer(said)
            self._planner.forget_known()
            known = {*self._shown_on(begun)}
            await deciding.follow(self._events(begun), before)
            shown |= {*self._shown_on(begun)} - known
        found = await self._traces(begun, encodings)
        kept = "" if stranger is None else KEPT + BLURRED_LATER * blur
        return begun, Outcome(found, kept=kept, photos=frozenset(shown))

    def _events(self, one: Forgetting) -> list[EventId]:
        """Theirs, and those into which photos of it were moved."""
        shown = self._shown_on(one) if one.blur else []
        moved = {event for sha256 in shown for event in self._roster.moved_along(one.event, sha256)}
        return [event.id for event in self._roster.events() if event.id in {one.event, *moved}]

    async def _stranger(self, person: Person, *, blur: bool) -> Person | None:
        """Somebody without a name, known by the middle of their encodings alone; to be blurred wherever they are."""
        look = look_text(self._planner.engine, await self._theirs.looks(person))
        if not look:
            return None
        now = clock.wall()
        return Person(
            new_person_id(), person.event, "", "", guest=True, ignored=True, created_at=now, look=look, blur=blur
        )

    # ---- carried through

    async def _traces(self, one: Forgetting, encodings: Sequence[Encoding]) -> Traces:
        """What to look for; what others are called, or are known by, is no trace of them."""
        called = self._roster.called()
        names = tuple(name for name in one.names if name not in called)
        found = Traces(
            names,
            tuple(one.ids),
            traces.as_bytes(encodings),
            frozenset(sha256 for sha256, _ in one.references),
            frozenset(called),
            frozenset(await self._given(names)),
        )
        return await self._but_shown(found)

    async def _but_shown(self, found: Traces) -> Traces:
        """Without what others are known by now: somebody may be enrolled by the same picture while it goes on."""
        shown = self._shown()
        known = traces.as_bytes(await self._ledger.read(forgotten.encodings_of, shown, ()))
        pictures = found.pictures - {sha256 for sha256, _ in shown}
        return replace(found, encodings=found.encodings - known, pictures=pictures)

    async def _given(self, names: Sequence[str]) -> set[str]:
        """What an operator called folders and files is no trace of somebody who is called so, too."""
        forms = sorted({form for one in names for form in spellings(one)})
        root, events = str(self._workspace.root), self._roster.events()
        found = await self._ledger.read(forgotten.given, forms) if forms else set[str]()
        folders = {folder for event in events for folder in event.folders}
        below = {one.removeprefix(f"{root}/") for one in found}
        sources = {source.name for event in events for source in event.sources}
        return {root, *found, *below, *map(clock_key, found), *folders, *sources}

    def _shown(self) -> set[faces.ReferenceKey]:
        """By what others are known."""
        return references_of(self._roster.known_people())

    async def _wait(self, begun: Forgetting, found: Traces, outcome: Outcome) -> None:
        """For the disk, then for Drive, each for so long."""
        until = time.monotonic() + FILED_WITHIN
        while (left := self._left(begun)) is not None and time.monotonic() < until:
            if not left.is_here and until > (soon := time.monotonic() + GONE_WITHIN):
                until = soon
            await self._go_on(left, found, outcome)
            if paused := await self._paused(left):
                outcome.waits = paused
                return
            if outcome.waits and not left.is_here and not self._drive.ready:
                return
            await asyncio.sleep(PAUSE if outcome.waits else 0.0)

    async def _paused(self, tried: Forgetting) -> str:
        """What is left to be done where somebody paused that, "" where it goes on."""
        left, switches = self._left(tried), self._roster.switches
        if left is None or left.is_here != tried.is_here:
            return ""
        if switches.all:
            return f"their folders {'here' if left.is_here else 'on Drive'}, once it goes on: everything is paused"
        if switches.uploads and not left.is_here and await self._ledger.read(forgotten.files_on_drive, left.ids):
            return "their folders on Drive, once uploads go on: these are paused"
        return ""

    async def still_here(self, outcome: Outcome) -> list[str]:
        """Their folders here that are to go still, below the workspace."""
        ids = [PersonId(one) for one in outcome.found.ids]
        return await self._ledger.read(forgotten.folders_here, ids, due=clock.steady())

    def _left(self, begun: Forgetting) -> Forgetting | None:
        return next((one for one in self._roster.forgetting() if one.ids == begun.ids), None)

    async def _go_on(self, one: Forgetting, found: Traces, outcome: Outcome) -> None:
        """Do what can be done of it now; what stands in the way is what it waits for."""
        do = self._here if one.is_here else self._there
        try:
            with in_words(self._workspace.state):
                if one.ids not in self._clean or self._drive.ready:
                    await self._ledger.write(forgotten.mark_folders, one.ids)
                outcome.waits = await do(one, found, outcome)
        except VenueError as error:
            log.warning("forget.waits", kind=error.kind, detail=error.detail)
            outcome.waits = f"{error.title}: {error.detail}"

    async def _here(self, one: Forgetting, found: Traces, outcome: Outcome) -> str:
        """This machine. Returns why it is not done, "" where it is."""
        if not await self._ledger.read(is_planned, self._roster.revision, self._planner.fingerprint):
            return "photos are being matched again"
        await self._file()
        if blurring := await self._to_be_blurred(one, put_off=False):
            return blurring
        if await self._ledger.read(forgotten.files_here, one.ids):
            return "their files here are being taken out"
        if await self._ledger.read(forgotten.folders_here, one.ids, due=clock.steady()):
            return "their folders here are being removed"
        if await self._take_out_left_over(one):
            return "their folders here are being removed"
        await self._purge(one, found, outcome)
        await self._only_now(one, replace(one, names=(), references=()), found, outcome)
        return "their folders on Drive are still to be deleted"

    async def _take_out_left_over(self, one: Forgetting) -> bool:
        """Of what lies in their folders still, what we made and nobody knows any more, as after a lost ledger. Returns
        whether there was any, or may be: then these folders are tried again at once.
        """
        folders = await self._ledger.read(forgotten.folders_here, one.ids)
        if not folders:
            return False
        if not await self._left_overs.is_sure(drive=False):
            return True
        below = tuple(f"{path}/" for path in folders)
        found = await self._left_overs.find([self._roster.event(one.event)])
        if not await self._left_overs.take_out([each for each in found if each.path.startswith(below)], spare=True):
            return False
        await self._ledger.write(forgotten.try_folders, one.ids)
        return True

    async def _purge(self, one: Forgetting, found: Traces, outcome: Outcome) -> None:
        looks: dict[str, list[FaceDecision]] = {}
        for each in self._roster.forgotten_faces(one.event):
            looks.setdefault(each.sha256, []).append(each)
        shown = sorted(looks)
        for first in range(0, len(shown), SLICE):
            await self._ledger.write(drop_encodings, {one: looks[one] for one in shown[first : first + SLICE]})
        async with self._decider.alone():  # of whoever is being enrolled, pictures come first
            references = sorted({*one.references} - self._shown())
            await self._ledger.write_much(purge, one, found, references)
            self._planner.forget_known()
            pictures = sorted((await self._but_shown(found)).pictures)
            await asyncio.to_thread(traces.drop_pictures, self._workspace, pictures, shown)
        self._outbox.forget(one.ids, found.say)
        await asyncio.to_thread(self._audit.forget, one.ids)
        outcome.lines += await asyncio.to_thread(drop_lines, self._workspace.logs, found.say)

    async def _only_now(self, one: Forgetting, left: Forgetting, found: Traces, outcome: Outcome) -> None:
        """Only what is so now is kept: no copy, no earlier state, no free page. New copies are made."""
        await self._ledger.scrub()
        async with self._backing_up.alone:
            gone = await self._ledger.on_writer(traces.drop_copies, self._workspace, found)
        outcome.copies += gone if one.is_here else []  # the last ones were made by this
        await self._ledger.on_writer(self._roster.put_forgetting, one, left)
        await self._drop_generations(one)
        await self._let_nobodys_go()
        await self._ledger.on_writer(back_up_people, self._workspace)
        with suppress(VenueError), in_words(self._workspace.backups):  # there is no room: the night makes one
            await self._backing_up.copy()
        searched = await asyncio.to_thread(traces.search, self._workspace, await self._but_shown(found))
        seen = await self._unblurred(one) if one.blur else []
        outcome.searched = replace(searched, found=[*searched.found, *seen])
        if outcome.searched.found and one.is_here:
            await self._ledger.on_writer(self._roster.put_forgetting, left, replace(left, found=True))

    async def _let_nobodys_go(self) -> None:
        """By what nobody is known any more: it may be what they were, by an enrolment that was taken back."""
        async with self._decider.alone():
            if not self._roster.restored and await let_nobodys_go(self._ledger, self._roster, self._workspace):
                await self._ledger.scrub()

    async def _to_be_blurred(self, one: Forgetting, *, put_off: bool) -> str:
        """Why that is not done on this machine, "" where it is; with `put_off` also what could not be as yet."""
        if await self._ledger.read(meta.rebuilding, drive=False):
            return "the ledger is being rebuilt"
        if one.blur and await self._ledger.read(forgotten.to_be_planned, self._shown_on(one)):
            return "photos are being looked at again"
        if one.blur and await self._ledger.read(forgotten.blurred_here, self._events(one), put_off=put_off):
            return "their faces here are being blurred"
        return ""

    def _shown_on(self, one: Forgetting) -> list[str]:
        """SHA-256 of the photos on which faces are blurred, theirs among them."""
        return sorted({face.sha256 for face in self._roster.forgotten_faces(one.event) if face.blurred})

    async def _unblurred(self, one: Forgetting) -> list[str]:
        """Files in our folders in which their faces are to be seen still, also where others are blurred in them; videos
        are no question.

        What we made and no placement has, as after a lost ledger, goes.
        """
        those = await self._ledger.read(forgotten.shown_on, self._shown_on(one))
        shown = {each.sha256: each.bytes for each in those if each.kind == photos.IMAGE}
        shown |= await self._ledger.read(forgotten.made_before, [*shown])
        events = [self._roster.event(event) for event in self._events(one)]
        seen = await self._seen(events, shown)
        if not seen:
            return []
        made = await self._left_overs.ever_made()
        if await self._left_overs.take_out([each for each in seen if made.has(each.made, each.sha256)]):
            await self._left_overs.remove_emptied()  # theirs, it may be, and known by nobody any more
            seen = await self._seen(events, shown)
        return [f"{each.path}: face" for each in seen]

    async def _seen(self, events: Sequence[Event], shown: Mapping[str, int]) -> list[LeftOver]:
        """Those of them that are not to lie there as they are: an event in which nobody was forgotten on a photo may
        have it, too.
        """
        seen = await asyncio.to_thread(traces.unblurred, self._own, events, shown)
        rightly = await self._ledger.read(forgotten.wanted_in, [*shown], unblurred=True)
        return [each for each in seen if (each.event, each.sha256) not in rightly]

    async def _there(self, one: Forgetting, found: Traces, outcome: Outcome) -> str:
        """Drive."""
        if await self._ledger.read(meta.rebuilding, drive=True):
            off = "what may lie on Drive, which is off, and was not read since the ledger was lost"
            return "the ledger is being rebuilt" if self._drive_on else off
        if one.ids not in self._clean:  # killed before it had done so
            await self._drop_generations(one)
        if blurring := await self._to_be_blurred(one, put_off=True):
            return blurring
        if one.blur and await self._ledger.read(forgotten.blurred_there, self._events(one)):
            return "photos on Drive on which their faces are to be blurred"
        if not await self._drive.forget(one.ids, one.opened):
            return "their folders on Drive are still to be deleted"
        if one.blur and not await self._drive.forget_strays(self._shown_on(one), self._events(one)):
            return "files on Drive that nobody knew, on which their faces are to be seen"
        # Drive's answers to what was on its way may have come since
        await self._ledger.write(forgotten.purge_lines, one.event, one.ids, found.say, found.say)
        last = replace(one, ids=())
        await self._only_now(one, last, found, outcome)
        is_left = bool(outcome.searched.found) or (one.found and not found.names)
        text = f"Somebody was forgotten: {LEFT if is_left else NOTHING_LEFT}"
        await self._ledger.write(meta.note_activity, "forgotten", text, clock.wall(), one.event)
        await self._ledger.on_writer(self._roster.put_forgetting, last, None)
        return ""

    async def _drop_generations(self, one: Forgetting) -> None:
        await self._ledger.on_writer(self._roster.drop_generations, one.event)
        self._clean.add(one.ids)


def purge(db: Db, one: Forgetting, found: Traces, references: Sequence[faces.ReferenceKey]) -> None:
    """Rows that say anything of them."""
    says = saying(one.names, found.others | found.given)
    forgotten.purge(db, one.event, one.ids, found.names, says, references)
    forgotten.purge_lines(db, one.event, one.ids, says, found.say)


def drop_encodings(db: Db, known: Mapping[str, Sequence[FaceDecision]]) -> None:
    """Of all faces on these photos, by their SHA-256, that are nobody's now."""
    for sha256, there in matches.faces_of_contents(db, sorted(known)).items():
        which = pair(there, known[sha256])
        alike.drop_encodings(db, [there[at].id for at in which if there[at].encoding is not None])
