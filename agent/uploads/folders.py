"""Wanted folders are on Drive at once, whatever the queue of photos is doing.

A folder is known by its id, never by its name. Its id is kept in the ledger before Drive is asked, so that an answer
that was lost makes no second folder; one that a person deleted or trashed is made again, with what was in it. Many at
once go in one request: 150 folders in 0.2 s, eight requests at a time in 1.8 s (80 ms round trip).
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence

import structlog

from agent import clock
from agent.drive import reasons
from agent.drive.client import DriveClient
from agent.drive.connection import DriveLane
from agent.drive.errors import DriveError, from_row
from agent.drive.files import DriveFile, NewFolder
from agent.drive.limiter import START
from agent.drive.reasons import Next, Scope
from agent.drive.requests import MOST
from agent.errors import Cause, Kind
from agent.ledger import Ledger, drive_folders, folders, meta
from agent.ledger.folders import DriveFolder, mark_of
from agent.ledger.sqlite.rows import Db
from agent.model import DEFAULT_EVENT, DriveId, Event, FolderId
from agent.running.waiting import OUTAGE, Bell, Refusals, Rest, pause, policy
from agent.uploads import records, tags
from agent.uploads.folder_upkeep import Destinations, FolderUpkeep
from agent.uploads.tags import IdPool

log = structlog.get_logger(__name__)

BATCH_FROM = 3  # folders; fewer go one by one, side by side
RETRY_AFTER = 15.0  # seconds, for a folder that Drive refuses; longer each time
SOON = 4  # stumbles; from there the pauses grow no more: everything waits for a folder, and the lane has its own


class FolderQueue:
    """`destination` is the id of an operator's own folder; empty: `venuesync` is made. `made` is called afterwards.

    `events` returns all events: each may have a folder of its own, and be one of which nothing is sent. `paused`:
    whether an operator stopped everything. `learn` is called before anything is made where that is due: what of ours
    lies there already is taken over. `making` is held from what is looked up to what Drive answered: nobody is
    forgotten there meanwhile, whose folder would come after that.
    """

    def __init__(
        self,
        ledger: Ledger,
        client: DriveClient,
        ids: IdPool,
        lane: DriveLane,
        *,
        workspace_id: str,
        destination: str,
        check_every: float,
        events: Callable[[], Sequence[Event]],
        paused: Callable[[], bool],
        made: Callable[[], None],
        learn: Callable[[], Awaitable[None]],
        account: str,
    ) -> None:
        self.bell = Bell()
        self.making = asyncio.Lock()
        self._account = account
        self._learn = learn
        self._ledger = ledger
        self._refusals: Refusals[FolderId] = Refusals()
        self.stuck: dict[FolderId, str] = {}  # what Drive refuses until somebody acts, since it was tried last: why
        self._upkeep = FolderUpkeep(ledger, client, self._refusals, account)
        self._destinations = Destinations(ledger, client, workspace_id, self._given, self._refusals, account)
        self._events = events
        self._paused = paused
        self._client = client
        self._ids = ids
        self._lane = lane
        self._workspace_id = workspace_id
        self._destination = destination
        self._check_every = check_every
        self._made = made
        self._checked = time.monotonic()
        self._stumbles = 0  # in a row, nobody's fault
        self._in_a_row = 0  # refused, as a whole
        self._without_ids = Rest(policy(Cause.PERMANENT, RETRY_AFTER))  # until Drive is asked for some again

    def go_on(self) -> None:
        """Drive can be used again, or somebody asks: nothing waits any more, and pauses are short again."""
        self._stumbles = self._in_a_row = 0
        self._refusals.end()
        self.stuck.clear()
        self._without_ids.end()
        self.bell.ring()

    async def run(self) -> None:
        """Make what is wanted and look after what is there, until cancelled."""
        while True:
            await self._lane.open()
            if self._paused():
                await self.bell.wait(self._check_every)
                continue
            more, asked_at = False, clock.steady()
            try:
                more = await self.step()
            except DriveError as error:
                if not self._stumbled(error):
                    log.warning("folders.refused", kind=error.kind, detail=error.detail)
                    self._in_a_row += 1
                    rest = pause(policy(error.cause, RETRY_AFTER), self._in_a_row, error.retry_after)
                    await self.bell.wait(min(rest, await self._next_in(asked_at)))
                    continue
            else:
                self._in_a_row = 0
            if self._stumbles:
                await self.bell.wait(pause(OUTAGE, min(self._stumbles, SOON)))
            elif not more:
                await self.bell.wait(min(self._check_every, await self._next_in(asked_at)))

    async def _next_in(self, asked_at: float) -> float:
        """Seconds until the next one may be tried of those that were not due at `asked_at`; endless where none is."""
        due_at = await self._ledger.read(folders.due_again_at, asked_at, self._account)
        due_in = math.inf if due_at is None else due_at - clock.steady()
        waits = (self._upkeep.wait, self._without_ids.left)
        return min([due_in, *(one or math.inf for one in waits)])

    def _stumbled(self, error: DriveError) -> bool:
        """Whether it is nobody's fault: then it is tried again soon, and less soon each time."""
        waits = self._lane.report(error)
        self._stumbles += waits
        return waits

    async def step(self) -> bool:
        """Make one level of the tree, persons' folders first. Returns whether there may be more to do at once."""
        self._upkeep.wait = 0.0  # nothing of it is known before it was looked at
        self._refusals.begin()
        if await self._ledger.read(meta.to_learn, self._account):
            await self._learn()
            self._made()
            return True
        async with self.making:
            quiet = [event.id for event in self._events() if not event.send]
            found = await self._ledger.read(folders.due_on_drive, clock.steady(), quiet, self._account)
            due = found[: self._room()]
            if due:
                await self._fill_ids(len(due))
                if (more := await self._make(due)) or self._stumbles:
                    return more
            if await self._destinations.step() or await self._upkeep.step():
                self._made()
                return True
        if time.monotonic() - self._checked >= self._check_every:
            self._checked = time.monotonic()
            await self._check()
        self._stumbles = 0
        return False

    # ---- making

    async def _fill_ids(self, number: int) -> None:
        """Where Drive refuses to give any, those that there are have to do for a while: what is there already is looked
        after all the same.
        """
        if self._without_ids.left:
            return
        try:
            await self._ids.fill(number)
        except DriveError as error:
            if error.pauses_lane:
                raise
            log.warning("folders.no_ids", kind=error.kind, detail=error.detail)
            if not self._refusals.wished:
                self._without_ids.begin()
        else:
            self._without_ids.over()

    def _room(self) -> int:
        """How many at a time: each counts for itself with Google, so fewer after it asked to slow down."""
        return MOST if self._client.pace >= START else self._client.pace

    async def _make(self, due: Sequence[DriveFolder]) -> bool:
        """Make folders, or find out that they were made. Returns whether things went on.

        Raises what came of one of them once all are settled, and those that were made are told.
        """
        given = {one.id: self._given(one.key) for one in due}
        ids = await self._ledger.write(reserve, given, self._account)
        wanted = [(one, ids[one.id]) for one in due if ids[one.id] is not None and given[one.id] is None]
        created = await self._created([(one, drive_id) for one, drive_id in wanted if drive_id is not None])
        created |= {
            one.id: await self._seen(drive_id, one.name) for one in due if (drive_id := given[one.id]) is not None
        }
        theirs = {id for id, drive_id in given.items() if drive_id is not None}  # as it was when Drive was asked
        settled = (self._settle(one, ids[one.id], created.get(one.id), given=one.id in theirs) for one in due)
        results = await asyncio.gather(*settled, return_exceptions=True)
        self._made()
        for one in results:
            if isinstance(one, BaseException):
                raise one
        return any(results)

    async def _seen(self, given: DriveId, of: str) -> DriveFile | DriveError:
        """The operator's own folder for what is called so; or why nothing can be put there."""
        try:
            found = await self._client.get(given)
        except DriveError as error:
            is_gone = error.cause is Cause.MISSING and error.scope is not Scope.NETWORK
            gone = f"{of}: the folder {given} is deleted, or not shared any more"
            return from_row(reasons.DESTINATION_GONE, gone) if is_gone else error
        trashed = f"{of}: {found.name} lies in Drive's trash"
        return from_row(reasons.DESTINATION_GONE, trashed) if found.trashed else found

    async def _created(self, wanted: Sequence[tuple[DriveFolder, DriveId]]) -> dict[FolderId, DriveFile | DriveError]:
        """Ask Drive: many in one request, a few side by side. Raises where a whole request found the world amiss."""
        news = [self._new(folder, drive_id) for folder, drive_id in wanted]
        if len(news) >= BATCH_FROM:
            try:
                answers = await self._client.create_folders(news)
            except DriveError as error:
                if error.pauses_lane:
                    raise
                log.info("folders.no_batch", kind=error.kind, detail=error.detail)
                answers = await asyncio.gather(*map(self._alone, news))
        else:
            answers = await asyncio.gather(*map(self._alone, news))
        return {folder.id: answer for (folder, _), answer in zip(wanted, answers, strict=True)}

    async def _alone(self, new: NewFolder) -> DriveFile | DriveError:
        try:
            return await self._client.create_folder(new.id, new.name, new.parent, new.tags)
        except DriveError as error:
            return error

    def _new(self, folder: DriveFolder, drive_id: DriveId) -> NewFolder:
        return NewFolder(drive_id, folder.name, folder.parent, tags.of_folder(self._workspace_id, folder.key))

    async def _settle(
        self, folder: DriveFolder, drive_id: DriveId | None, answer: DriveFile | DriveError | None, *, given: bool
    ) -> bool:
        """Keep what came of it; `given`: it is the operator's own. Returns whether things went on."""
        if drive_id is None:  # the ids ran out
            return False
        if isinstance(answer, DriveError):
            try:
                await self._taken_by_us(folder, drive_id, answer)
            except DriveError as error:
                return await self._refused(folder, error)
        self._lane.succeeded()
        self._stumbles = 0
        self._refusals.over(folder.id)
        self.stuck.pop(folder.id, None)
        await self._ledger.write(records.folder_made, folder, drive_id, clock.wall(), given=given)
        return True

    def _given(self, key: str) -> DriveId | None:
        """The operator's own folder that stands for one of ours: the event's; or, for the root and the default event,
        the workspace's, as the predecessors had it.
        """
        own = next((one.destination for one in self._events() if f"event:{one.id}" == key and one.destination), None)
        if own is None and key in ("root", f"event:{DEFAULT_EVENT}"):
            own = self._destination
        return DriveId(own) if own else None

    async def _taken_by_us(self, folder: DriveFolder, drive_id: DriveId, error: DriveError) -> None:
        """An earlier answer was lost: what has the id already is ours. Raises where it is something else: a copy of
        this workspace had the same ids to give.
        """
        found = await self._client.find(drive_id) if error.cause is Cause.CONFLICT else None
        if found is None or found.trashed:
            raise error
        mark = mark_of(folder.key)
        if not found.is_folder or found.tags.get(tags.FOLDER, mark) != mark:
            raise from_row(reasons.ID_REFUSED, f"{found.name} has it")

    async def _refused(self, folder: DriveFolder, error: DriveError) -> bool:
        """It is tried in another way, once without a rest, or again in its own time. Returns whether things went on."""
        if self._stumbled(error):
            return False
        try:
            anew = await self._anew(folder, error)
        except DriveError as other:  # of the look at what it is to lie in: that is what stands in the way
            if self._stumbled(other):
                return False
            anew, error = None, other
        if anew is not None and self._refusals.is_first(folder.id):
            return anew
        again_at = self._refusals.again_at(folder.id, error, RETRY_AFTER)
        if error.cause is Cause.PERMANENT and (self._refusals.is_often(folder.id) or _is_given(error)):
            self.stuck[folder.id] = _in_words(folder, error)
        await self._ledger.write(records.folder_refused, folder, error, clock.wall(), again_at)
        return True  # it waits, and whatever is behind it need not

    async def _anew(self, folder: DriveFolder, error: DriveError) -> bool | None:
        """Another way, under another id or in another folder. Returns whether it is open now; `None`: there is none."""
        if error.next is Next.MAKE_FOLDER and folder.parent is not None:
            await self._ledger.write(folders.unreserve_on_drive, folder.id)
            above = await self._ledger.read(folders.parent_of, folder.id)
            return above is not None and await self.doubt(above, folder.parent)
        if error.next is Next.ANOTHER_FOLDER and folder.parent is not None:
            above = await self._ledger.read(folders.parent_of, folder.id)
            if above is not None and await self.roll_over(above, folder.parent):
                return True
        if error.cause in (Cause.CONFLICT, Cause.MISSING) or error.next is Next.NEW_ID:
            if error.next is Next.NEW_ID:
                await self._ids.distrust()
            await self._ledger.write(folders.unreserve_on_drive, folder.id)
            return True
        return None

    # ---- looking after what is there

    async def _check(self) -> None:
        """Whether folders that we made are gone from Drive: then they are made again, and refilled."""
        known = await self._ledger.read(folders.on_drive, self._account)
        if not known:
            return
        key, value = tags.workspace(self._workspace_id)
        seen = {one.id for one in await self._client.find_tagged(key, value, folders=True)}
        self._lane.succeeded()
        self._stumbles = 0
        refused: list[DriveError] = []
        filled = await self._ledger.read(drive_folders.filled_on_drive, self._account)
        # Nor is an operator's own ever listed, as it bears no mark of ours.
        doubted = await self._doubtful({drive_id for _, drive_id in (*known, *filled)} - seen)
        for folder, drive_id in known:
            if drive_id in doubted and await self._told_of(self.doubt(folder, drive_id), refused):
                return  # what lay below it went with it: look again with what is left
        for folder, drive_id in filled:
            if drive_id in doubted and await self._told_of(self._is_gone(drive_id), refused):
                photos = await self._ledger.write(records.filled_is_lost, folder, drive_id, clock.wall())
                log.info("folder.lost", folder=folder, photos=photos)
                self._made()
        if refused:
            raise refused[0]

    async def _doubtful(self, unseen: Collection[DriveId]) -> Collection[DriveId]:
        """Of those that no list shows what may be gone: many are asked for at once, as lists lag by minutes."""
        try:
            found = await self._client.get_all(unseen)
        except DriveError as error:
            if error.pauses_lane:
                raise
            return unseen  # it refuses one of them: each is asked for alone
        return {id for id, one in found.items() if one is None or one.trashed}

    async def _told_of(self, look: Awaitable[bool], refused: list[DriveError]) -> bool:
        """What a look at one folder says. One that Drive refuses says nothing, and holds up no others."""
        try:
            return await look
        except DriveError as error:
            if error.pauses_lane:
                raise
            refused.append(error)
            return False

    async def doubt(self, folder: FolderId, drive_id: DriveId) -> bool:
        """Ask for a folder by its id; if it is gone, it is made again and refilled. Returns whether it was.

        What is gone with an operator's own folder waits for that: it may come back with all that lies in it.
        """
        above = await self._ledger.read(folders.above, folder)
        if any(not one.there for one in above[1:]) or not await self._is_gone(drive_id):
            return False
        for one in above:
            if one.given and one.drive_id is not None and await self._is_gone(one.drive_id):
                await self._ledger.write(records.destination_gone, one.id, one.drive_id, clock.wall())
                self.bell.ring()
                return False
        photos = await self._ledger.write(records.folder_lost, folder, drive_id, clock.wall())
        log.info("folder.lost", folder=folder, photos=photos)
        self.bell.ring()
        return True

    async def doubt_among(self, ids: Collection[str]) -> None:
        """These are said to be gone from Drive: those that are folders of ours are asked for."""
        for folder, drive_id in await self._ledger.read(folders.on_drive_among, ids, self._account):
            await self._told_of(self.doubt(folder, drive_id), [])

    async def roll_over(self, folder: FolderId, drive_id: DriveId) -> bool:
        """Drive holds as many items there as it allows. Returns whether what comes next goes into another beside it.

        Of many on their way at once each is told so.
        """
        if drive_id == self._destination or any(drive_id == one.destination for one in self._events()):
            return False
        await self._ledger.write(records.folder_filled, folder, drive_id, clock.wall())
        self.bell.ring()
        return True

    async def _is_gone(self, drive_id: DriveId) -> bool:
        """By its id: listings may lag, and another OAuth client's tags are invisible."""
        try:
            return (await self._client.get(drive_id)).trashed
        except DriveError as error:
            if error.cause is Cause.MISSING and error.scope is not Scope.NETWORK:
                return True
            raise


def _is_given(error: DriveError) -> bool:
    """Somebody's own is gone: nothing brings that back but they."""
    return error.kind == Kind.FOLDER_NOT_FOUND and error.next is Next.WAIT_WITH_FOLDER


def _in_words(folder: DriveFolder, error: DriveError) -> str:
    title = f"{error.title[:1].lower()}{error.title[1:]}"
    return title if folder.name in title else f"{title} ({folder.name})"


def reserve(db: Db, due: Mapping[FolderId, DriveId | None], account: str) -> dict[FolderId, DriveId | None]:
    """The id of each, the one that was given or another, kept before Drive is asked.

    `None`: there are none left; or since it was looked up it is to lie on another account's Drive, or is there, or it
    is to be learned first what lies there.
    """
    if meta.to_learn(db, account):
        return dict.fromkeys(due)
    return {folder: folders.reserve_on_drive(db, folder, account, given) for folder, given in due.items()}
