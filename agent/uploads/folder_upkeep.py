"""Folders on Drive that are there: renamed, trashed and revived by their ids, moved elsewhere, shared by link.

What lies in them goes with them, and no byte is sent again.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import structlog

from agent import clock
from agent.drive import reasons
from agent.drive.client import DriveClient
from agent.drive.connection import DriveLane
from agent.drive.errors import DriveError, from_row
from agent.drive.files import DriveFile
from agent.drive.lanes import not_open
from agent.drive.reasons import Next
from agent.errors import Cause, VenueError
from agent.ledger import Ledger, accounts, asked, drive_folders, troubles
from agent.ledger.accounts import Home
from agent.ledger.drive_folders import DriveRename, DriveTree
from agent.ledger.sqlite.rows import Db
from agent.model import LINK_PERMISSION, DriveId, FolderId, Share
from agent.running.waiting import Refusals
from agent.uploads import records, tags
from agent.uploads.send import if_there, into_trash

log = structlog.get_logger(__name__)

REACHED_WITHIN = 5.0  # seconds
REFUSED = 60.0  # seconds until a folder is tried again of which Drive refused something; longer each time
LOOKED_AGAIN = (2.0, 15.0, 120.0, drive_folders.AGAIN_AFTER)  # seconds; lists show for a while what has just left


Refused = Callable[[Db, FolderId, str, VenueError, float, float], None]


async def or_told(
    ledger: Ledger,
    refusals: Refusals[FolderId],
    folder: FolderId,
    name: str,
    does: Awaitable[bool],
    told: tuple[str, Refused] = ("upkeep", records.upkeep_refused),
) -> bool:
    """Whether it was done. What Drive refuses of one folder is told, and holds no other up; an outage is raised.

    `told`: how the key of such a trouble begins, and how it is told.
    """
    key, refused = told
    try:
        done = await does
    except DriveError as error:
        if error.pauses_lane:
            raise
        log.warning("folder.refused", folder=folder, kind=error.kind, detail=error.detail)
        later = refusals.again_at(folder, error, REFUSED)
        await ledger.write(refused, folder, name, error, clock.wall(), later)
        return False
    if done:
        refusals.over(folder)
        await ledger.write(troubles.heal, f"{key}:{folder}", clock.wall())
    return done


class FolderUpkeep:
    """Folders that are called otherwise by now, or wanted no more. One in which somebody else put something is not
    trashed: it is looked at again, less soon each time.
    """

    def __init__(self, ledger: Ledger, client: DriveClient, refusals: Refusals[FolderId], account: str) -> None:
        self._account = account
        self._refusals = refusals
        self.wait = 0.0  # seconds until what waits for the end of an earlier change can go on
        self._others: dict[FolderId, int] = {}  # how often they were there
        self._ledger = ledger
        self._client = client

    async def step(self) -> bool:
        """Do what is due. Returns whether anything was; raises `DriveError`, and can be called again then."""
        now, ledger, refusals, account = clock.steady(), self._ledger, self._refusals, self._account
        self.wait = 0.0
        done = [
            await or_told(ledger, refusals, tree.folder, tree.name, self._revive(tree))
            for tree in await ledger.read(drive_folders.to_revive, now, account)
        ]
        for one in await ledger.read(drive_folders.renames, clock.steady(), account):
            done.append(await or_told(ledger, refusals, one.folder, one.name, self._rename(one)))
        for tree in await ledger.read(drive_folders.empty, clock.steady(), account):
            done.append(await or_told(ledger, refusals, tree.folder, tree.name, self._trash(tree)))
        return any(done)

    async def _begin(self, folder: DriveId, aim: str) -> bool:
        """Whether this may be asked for now: not while an earlier change without an answer may undo it."""
        return self._may(await self._ledger.write(asked.begin, folder, aim, clock.steady()))

    def _may(self, wait: float) -> bool:
        if wait:
            self.wait = min(self.wait or wait, wait)
        return not wait

    @asynccontextmanager
    async def _asking(self, folder: DriveId) -> AsyncGenerator[None]:
        """What was begun is asked for within this."""
        try:
            yield
        except DriveError as error:
            if error.ambiguous:
                await self._ledger.write(asked.lost, folder, clock.steady())
                raise
            await self._ledger.write(asked.answered, folder)
            raise
        await self._ledger.write(asked.answered, folder)

    async def _rename(self, one: DriveRename) -> bool:
        """A folder that is gone is found so by the next check."""
        if not self._may(await self._ledger.write(drive_folders.begin_renaming, one, clock.steady())):
            return False
        async with self._asking(one.drive_id):
            with if_there():
                await self._client.update(one.drive_id, name=one.shown)
        await self._ledger.write(drive_folders.renamed, one)
        return True

    async def _trash(self, tree: DriveTree) -> bool:
        if not await self._begin(tree.drive_id, asked.TRASH):
            return False
        async with self._asking(tree.drive_id):
            if await self._has_others(tree):
                times = self._others.get(tree.folder, 0)
                later = clock.steady() + LOOKED_AGAIN[min(times, len(LOOKED_AGAIN) - 1)]
                self._others[tree.folder] = times + 1
                await self._ledger.write(drive_folders.left, tree.folder, later)
            elif await self._ledger.write(drive_folders.begin_trashing, tree.folder, clock.steady(), self._account):
                trashed = await into_trash(self._client, tree.drive_id)
                await self._ledger.write(drive_folders.trashed, tree, trashed=trashed)
        return True

    async def _has_others(self, tree: DriveTree) -> bool:
        """Whether anything lies in it that is not ours to trash."""
        async for one in self._client.children([DriveId(folder) for folder in sorted(tree.ours)]):
            if one.id not in tree.ours:
                log.info("folder.not_empty", folder=tree.folder, name=tree.name)
                return True
        return False

    async def _revive(self, tree: DriveTree) -> bool:
        """Out of the trash, by its id, and to where it belongs by now: its event may have gone elsewhere meanwhile, and
        what it lay in to the trash. One that was deleted for good is made anew.
        """
        if not await self._begin(tree.drive_id, asked.OUT_OF_TRASH):
            return False
        try:
            async with self._asking(tree.drive_id):
                found = await self._client.untrash(tree.drive_id)
                place = await self._ledger.read(drive_folders.place_of, tree.folder)
                if place is not None and place not in found.parents:
                    found = await self._client.update(tree.drive_id, parent=place, old_parents=found.parents)
        except DriveError as error:
            if error.next is not Next.GONE:
                raise
            await self._ledger.write(drive_folders.trashed, tree, trashed=False)
            return True
        if not found.trashed:
            await self._ledger.write(drive_folders.revived, tree)
        return not found.trashed


class Destinations:
    """An event that is to be filed elsewhere on Drive: its folders move there by their ids.

    `given` returns for a folder's key the operator's own folder that is to stand for it."""

    def __init__(
        self,
        ledger: Ledger,
        client: DriveClient,
        workspace_id: str,
        given: Callable[[str], DriveId | None],
        refusals: Refusals[FolderId],
        account: str,
    ) -> None:
        self._account = account
        self._refusals = refusals
        self._ledger = ledger
        self._client = client
        self._workspace_id = workspace_id
        self._given = given
        self._tried: dict[FolderId, DriveId | None] = {}  # to where each was to be moved last

    async def step(self) -> bool:
        """Move what lies elsewhere than it should. Returns whether anything did; can be called again after an error.

        What Drive refused waits until its time has come, or it is to be somewhere else.
        """
        done: list[bool] = []
        told = "move", records.move_refused
        for one in await self._ledger.read(accounts.homes, self._account):
            given = self._given(one.key)
            stays = given == (one.drive_id if one.given else None)
            if stays and not one.begun:
                continue
            if one.until > clock.steady() and one.folder in self._tried and self._tried[one.folder] == given:
                continue
            self._tried[one.folder] = given
            does = self._stay(one) if stays else self._move(one)
            done.append(await or_told(self._ledger, self._refusals, one.folder, one.name, does, told))
        return any(done)

    async def _move(self, home: Home) -> bool:
        given = self._given(home.key)
        target = given or await self._own(home)
        if target is None:
            return False
        await self._ledger.write(accounts.begin_move, home.folder)
        for child in await self._ledger.read(accounts.inside, home.folder):
            await self._bring(child, target)
        await self._ledger.write(accounts.home_moved, home, target, given=given is not None)
        log.info("event.moved", folder=home.folder, given=given is not None)
        if not home.given:
            await self._leave(home.drive_id)
        return True

    async def _stay(self, home: Home) -> bool:
        """It is to lie where it lies, after all: what lies elsewhere already comes back, and the folder that was made
        for it there goes.
        """
        for child in await self._ledger.read(accounts.inside, home.folder):
            await self._bring(child, home.drive_id)
        made = await self._ledger.read(accounts.reserved_home, home.folder)
        if made is not None:
            with if_there():
                await self._leave(made)
        await self._ledger.write(accounts.no_home, home.folder)
        return True

    async def _own(self, home: Home) -> DriveId | None:
        """A folder of ours again, made under an id that is kept before Drive is asked."""
        drive_id = await self._ledger.write(accounts.reserve_home, home.folder)
        if drive_id is not None:
            try:
                marks = tags.of_folder(self._workspace_id, home.key)
                await self._client.create_folder(drive_id, home.name, home.above, marks)
            except DriveError as error:
                if error.cause is not Cause.CONFLICT:
                    raise
        return drive_id

    async def _bring(self, child: DriveId, target: DriveId) -> None:
        """One that is gone is found so by the next check."""
        with if_there():
            found = await self._client.get(child)
            if found.parents == (target,):
                return
            try:
                others = [one for one in found.parents if one != target]
                await self._client.update(child, parent=target, old_parents=others)
            except DriveError as error:
                if error.next is not Next.GONE and not error.pauses_lane and await self._is_elsewhere(found, target):
                    raise from_row(reasons.OTHER_DRIVE, error.detail) from None
                raise

    async def _is_elsewhere(self, found: DriveFile, target: DriveId) -> bool:
        """Whether they lie on different drives: then nobody's right to edit would help."""
        return (await self._client.get(target)).shared_drive != found.shared_drive

    async def _leave(self, old: DriveId) -> None:
        """The folder of ours that is not needed any more goes, unless somebody put something there."""
        async for _ in self._client.children([old]):
            return
        with if_there():
            await self._client.trash(old)


class Sharing:
    """Who may read a folder: only what a person asks for, folder by folder.

    Every method raises `VenueError` where Drive cannot be asked now: nothing is put off, as a person waits. `where` is
    what people call the folder.
    """

    def __init__(self, client: DriveClient, lane: DriveLane, account: str = "") -> None:
        self.alone = asyncio.Lock()  # for as long as Drive and the list of people are made to say the same
        self._client = client
        self._lane = lane
        self._account = account

    async def open(self, folder: DriveId, to: str, where: str) -> Share:
        """Anyone with the link may read, or that address; twice is once."""
        self._ready()
        try:
            return Share(folder, await self._client.share(folder, to, where), to)
        except DriveError as error:
            self._lane.report(error)
            raise

    async def close(self, share: Share, where: str) -> None:
        """Only who could read it before; what is gone already is no error."""
        self._ready()
        try:
            await self._client.unshare(share.folder, share.permission, where)
        except DriveError as error:
            self._lane.report(error)
            raise

    async def close_to(self, folder: DriveId, to: str, where: str) -> None:
        """The same of whoever was let in without our knowledge, as Drive's answer was lost."""
        self._ready()
        try:
            permission = (await self._client.readers(folder, where)).get(to) if to else LINK_PERMISSION
        except DriveError as error:
            self._lane.report(error)
            raise
        if permission is not None:
            await self.close(Share(folder, permission, to), where)

    async def is_open(self, share: Share, where: str) -> bool:
        """Whether it can be read still by whom it was closed to: as a folder above it is shared, too."""
        try:
            return await self._client.is_shared(share.folder, share.permission, where)
        except DriveError as error:
            self._lane.report(error)
            raise

    async def is_there(self, folder: DriveId) -> bool:
        """Whether it can be seen at all."""
        try:
            found = await self._client.find(folder)
        except DriveError as error:
            self._lane.report(error)
            raise
        return found is not None and not found.trashed

    async def reached(self) -> None:
        """Wait a moment for a Drive that nobody has asked yet, as no event uses it."""
        with suppress(TimeoutError):
            async with asyncio.timeout(REACHED_WITHIN):
                await self._lane.open()

    def _ready(self) -> None:
        if not self._lane.is_open():
            raise not_open("Drive cannot be reached now", self._lane, self._account, "Try again when it is back")
