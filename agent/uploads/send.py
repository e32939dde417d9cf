"""One placement's way at Drive: asked for, sent, copied, moved, revived or taken back. Each step can be done again.

Never decided by name and never from a listing: only from the id that was kept before the first byte.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import structlog

from agent.drive import reasons
from agent.drive.client import DriveClient
from agent.drive.errors import DriveError, from_row
from agent.drive.files import DriveFile, UploadMeta
from agent.drive.reasons import Next, Scope
from agent.drive.transfers import MULTIPART_UP_TO, MediaClient
from agent.filing.plan import Step, drive_step
from agent.ledger import Ledger, disk_queue, drive_queue, sightings
from agent.ledger.clocks import moment
from agent.ledger.drive_queue import DriveTask
from agent.ledger.renditions import is_made_of, stands_for
from agent.model import HERE, ORIGINAL, DriveId, End, blurred_in
from agent.uploads import tags
from agent.uploads.metered import MeteredLine
from agent.uploads.renditions import Renditions, Unfit

log = structlog.get_logger(__name__)

ENOUGH = 3  # refusals after which photographers' files are not asked to be copied any more
Progress = Callable[[int], None]  # bytes sent so far


class Outcome(StrEnum):
    VERIFIED = "verified"
    TRASHED = "trashed"
    ABSENT = "absent"  # nothing of it is at Drive
    THEIRS = "theirs"  # nor of ours: somebody made something else of it
    AGAIN = "again"  # under another id, soon
    NO_BYTES = "no bytes"  # no file here holds them
    KEPT = "kept"  # nor is what lies on Drive in its place taken away for them: `name` says what that is
    LOWERED = "lowered"  # the line is metered: something smaller goes first, or nothing; `name` says what
    WAITS = "waits"  # for the next day
    HERE = "here"  # filed on this machine alone, and nothing of it on Drive
    IN_TRASH = "in trash"  # the file is right, but the folder it is to lie in has been trashed


@dataclass(frozen=True, slots=True)
class Result:
    """What came of it, and the name that Drive has for it if it is there. `at`: the time that it shows there, seconds
    UTC, where it was not told that just now.
    """

    outcome: Outcome
    name: str = ""
    at: float | None = None


class Sender:
    """`root` is the workspace's folder."""

    def __init__(
        self,
        ledger: Ledger,
        client: DriveClient,
        media: MediaClient,
        renditions: Renditions,
        line: MeteredLine,
        root: Path,
        workspace_id: str,
    ) -> None:
        self._ledger = ledger
        self._renditions = renditions
        self._line = line
        self._client = client
        self._media = media
        self._root = root
        self._workspace_id = workspace_id
        self._source_copies_refused = 0  # in a row
        self._changed: set[DriveId] = set()  # files, ours and photographers', that have other bytes than they had

    async def carry(self, task: DriveTask, drive_id: DriveId, progress: Progress) -> Result:
        """Do what this placement needs. `task.drive` is what was known when it was taken up, `drive_id` its id.

        Raises `DriveError`; afterwards it may be called again.
        """
        step = drive_step(wanted=task.wanted, drive=task.drive, same_name=task.drive_name == task.disk_name)
        if step is Step.RENAME:
            return await self._rename(task, drive_id)
        if step is Step.TAKE_BACK or task.made_as == HERE:
            return await self._take_back(task, drive_id)
        if step is Step.FINISH and task.moves_from is not None:
            return await self._move(task, drive_id)
        if step in (Step.FINISH, Step.REVIVE):
            settled = await self._settle(task, drive_id, revive=step is Step.REVIVE)
            if settled is not None and settled.outcome is Outcome.VERIFIED and task.moves_from is not None:
                return await self._move(task, drive_id)  # it was trashed before it had been moved
            if settled is not None:
                return settled
        return await self._copied(task, drive_id) or await self._upload(task, drive_id, progress)

    @property
    def copies_sources(self) -> bool:
        """Whether photographers' files are still asked to be copied."""
        return self._source_copies_refused < ENOUGH

    def copies(self, task: DriveTask) -> bool:
        """Whether Drive is asked to copy a photographer's file of it, so that no byte may have to cross the line."""
        return self.copies_sources and task.source_file is not None and task.source_file not in self._changed

    def copies_ours(self, task: DriveTask) -> bool:
        """Whether Drive is asked to copy a file of ours, so that no byte crosses the line: nobody changed it there."""
        return task.copy_of is not None and task.copy_of not in self._changed

    async def _copied(self, task: DriveTask, drive_id: DriveId) -> Result | None:
        """By Drive, of what lies there already; `None`: nothing does, or it may not be copied."""
        if task.copy_of is not None and self.copies_ours(task):
            return await self._copy(task, task.copy_of, drive_id)
        if task.source_file is not None and self.copies(task):
            return await self._copy_of_source(task, task.source_file, drive_id)
        return None

    # ---- what may be there already

    async def _settle(self, task: DriveTask, drive_id: DriveId, *, revive: bool) -> Result | None:
        """What Drive has under the id. `None`: nothing, so it is sent under that id.

        Raises where that is another photo: a copy of this workspace had the same ids to give.
        """
        found = await self._client.find(drive_id)
        if found is None:
            was_there = revive or task.verified_at is not None
            return Result(Outcome.AGAIN) if was_there else None  # what was deleted for good has used its id up
        if found.is_folder or found.tags.get(tags.PHOTO, task.sha256) != task.sha256:
            raise from_row(reasons.ID_REFUSED, f"{found.name} has it")
        if not is_it(found, task):
            return await self._make_way(task, found)
        if found.trashed and not revive and task.parent in found.parents and not found.trashed_itself:
            return Result(Outcome.IN_TRASH)  # with its folder
        if found.trashed and not revive:
            return Result(Outcome.AGAIN)  # a person trashed it before we knew that it was there
        return sent(await self._client.untrash(drive_id) if found.trashed else found)

    async def _make_way(self, task: DriveTask, found: DriveFile) -> Result:
        """What lies there is not what is wanted: it goes, unless it is kept back. What lay there as it was sent, and
        was changed by somebody since, is theirs, and stays beside what takes its place.
        """
        if not shows_face(found, task) and (kept := await self._kept_back(found, task)):
            return kept
        log.warning("upload.other_bytes", placement=task.placement, drive_id=found.id)
        if await self._is_theirs(task, found):
            await self._client.update(found.id, tags=tags.NO_MARKS)
        else:
            await self._away(task, found)
        return Result(Outcome.AGAIN)

    async def _is_theirs(self, task: DriveTask, found: DriveFile) -> bool:
        """Whether it lay there as it was sent, and somebody changed it since."""
        was_ours = task.verified_at is not None and not shows_face(found, task) and not found.trashed
        return was_ours and not await self._ledger.read(is_made_of, task.sha256, found.md5)

    async def _kept_back(self, found: DriveFile, task: DriveTask) -> Result | None:
        """What lies there stays while what is to take its place may not be sent, a small copy that stands for it; or
        cannot, as it lies nowhere here.

        What Drive copies from another folder crosses no line, and waits for none, nor for a day's budget.
        """
        if self.copies_ours(task):
            return None
        made_as = found.tags.get(tags.MADE, ORIGINAL)
        if self._line.lowered(task) is not None and not found.trashed and stands_for(made_as, task.made_as):
            return Result(Outcome.LOWERED, made_as)
        if not self._line.fits(task.bytes):
            return Result(Outcome.WAITS)
        if found.trashed or self.copies(task) or await self._made_files(task):
            return None
        return None if await self._files_of(task, ORIGINAL, task.original_bytes) else Result(Outcome.KEPT, made_as)

    async def _rename(self, task: DriveTask, drive_id: DriveId) -> Result:
        """The name on disk had to be another one: Drive's follows. What a person deleted is not ours to rename."""
        with if_there():
            await self._client.update(drive_id, name=task.file_name, modified_at=captured_at(task))
        return Result(Outcome.VERIFIED, task.file_name)

    async def _take_back(self, task: DriveTask, drive_id: DriveId) -> Result:
        """Into the trash, by its id, or away for good; where nothing is there, that is as good. What is to lie on this
        machine alone, or elsewhere, and does not, stays; so does what somebody changed, as theirs.
        """
        if task.wanted and task.drive in (End.ABSENT, End.RESERVED, End.TRASHED):
            return Result(Outcome.HERE)
        if task.forgotten:
            await self._client.delete(drive_id)
            return Result(Outcome.ABSENT)
        if task.blurred:
            there = await self._client.find(drive_id)
            deleted = there is None or await self._away(task, there)
            return Result(Outcome.HERE if task.wanted else Outcome.ABSENT if deleted else Outcome.TRASHED)
        if task.wanted and not await self._files_of(task, ORIGINAL, task.original_bytes):
            there = await self._client.find(drive_id)
            if there is not None and not there.trashed:
                return Result(Outcome.KEPT, there.tags.get(tags.MADE, ORIGINAL))
        if not task.wanted and await self._is_last(task, drive_id):
            return Result(Outcome.KEPT, task.made_as)
        return await self._into_trash(task, drive_id)

    async def _into_trash(self, task: DriveTask, drive_id: DriveId) -> Result:
        """Unless somebody changed it; of what was made smaller by a ledger that was lost nobody can say that."""
        there = await self._client.find(drive_id)
        of_ours = there is not None and task.md5 and there.tags.get(tags.MADE, ORIGINAL) == task.made_as
        if there is not None and of_ours and await self._is_theirs(task, there):
            await self._client.update(drive_id, tags=tags.NO_MARKS)
            return Result(Outcome.THEIRS)
        found = await into_trash(self._client, drive_id)
        return Result(Outcome.HERE if task.wanted else Outcome.TRASHED if found else Outcome.ABSENT)

    async def _is_last(self, task: DriveTask, drive_id: DriveId) -> bool:
        """Whether the photo is wanted elsewhere, and lies nowhere else: somebody deleted it there, and here."""
        elsewhere = await self._ledger.read(drive_queue.elsewhere, task.photo, task.account)
        if elsewhere is None or await self._files_of(task, ORIGINAL, task.original_bytes):
            return False
        found = await self._client.get_all([drive_id, *elsewhere])
        there = [id for id, one in found.items() if one is not None and not one.trashed and is_it(one, task)]
        return there == [drive_id]

    async def _away(self, task: DriveTask, found: DriveFile) -> bool:
        """Into the trash; for good what shows somebody who is not to be known by it. Returns whether for good."""
        if for_good := shows_face(found, task):
            await self._client.delete(found.id)
        else:
            await into_trash(self._client, found.id)
        return for_good

    async def _move(self, task: DriveTask, drive_id: DriveId) -> Result:
        """Out of the folder in which it lies into this one, under the name that it has here: no byte crosses the line.

        By our knowledge it lies in `task.moves_from`; where Drive does not do it so, it is asked where the file lies.
        It answers what it has then: called again after a lost answer, it finds it moved. What went to the trash with a
        folder that it was on its way into is brought out of it: left there, it would come back with the folder. What a
        person deleted, trashed or changed is not ours to move any more, and is put there anew.
        """
        if task.moves_from not in (None, task.parent):
            try:
                found = await self._bring_here(task, drive_id, [task.moves_from])
                if is_it(found, task) and not found.trashed:
                    return Result(Outcome.VERIFIED, task.file_name)
            except DriveError as error:
                if error.scope is not Scope.ITEM:
                    raise
        found = await self._client.find(drive_id)
        if found is not None and found.tags.get(tags.MADE, ORIGINAL) != task.made_as:  # ours, and not what is wanted
            return await self._make_way(task, found)
        if found is None or found.trashed_itself or not is_it(found, task):
            return Result(Outcome.AGAIN)
        if found.trashed and task.parent in found.parents:
            return Result(Outcome.IN_TRASH)
        try:
            found = await self._bring_here(task, drive_id, [one for one in found.parents if one != task.parent])
        except DriveError as error:
            if error.next in (Next.GONE, Next.MAKE_FOLDER):
                return Result(Outcome.IN_TRASH)  # the file is there, the folder is not
            raise
        return Result(Outcome.IN_TRASH if found.trashed else Outcome.VERIFIED, task.file_name)

    async def _bring_here(self, task: DriveTask, drive_id: DriveId, out_of: list[DriveId]) -> DriveFile:
        return await self._client.update(
            drive_id,
            name=task.file_name,
            parent=task.parent,
            old_parents=out_of,
            description=description(task),
            modified_at=captured_at(task),
        )

    # ---- copy

    async def _copy(self, task: DriveTask, source: DriveId, drive_id: DriveId) -> Result | None:
        """Let Drive copy it. `None`: copying is refused, so the bytes are sent."""
        taken = captured_at(task)
        marks = tags.of_photo(self._workspace_id, task.sha256, task.made_as)
        try:
            made = await self._client.copy(
                source, drive_id, task.file_name, task.parent, marks, taken, taken, description(task), task.to
            )
        except DriveError as error:
            if error.next is Next.COMPARE:
                return await self._settle(task, drive_id, revive=False) or Result(Outcome.AGAIN)
            # A sign-in that may only read others' files is told so in the words of a folder that may not be written to.
            of_source = source == task.source_file and error.next is Next.WAIT_WITH_FOLDER
            if of_source or (error.scope is Scope.ITEM and error.next is not Next.NEW_ID):
                log.info("upload.copy_refused", placement=task.placement, kind=error.kind)
                return None
            raise
        if made.md5 != task.md5:
            self._changed.add(source)  # copied again, it would be so each time
            await self._client.trash(drive_id)
            return Result(Outcome.AGAIN)
        return sent(made)

    async def _copy_of_source(self, task: DriveTask, source: DriveId, drive_id: DriveId) -> Result | None:
        """The photographer's file, copied by Drive: the photo need not cross the line again.

        A sign-in that may only read it is refused; after some refusals it is not asked any more.
        """
        copied = await self._copy(task, source, drive_id)
        if copied is None:
            self._source_copies_refused += 1
        elif copied.outcome is Outcome.AGAIN:
            self._changed.add(source)  # it has other content by now
        else:
            self._source_copies_refused = 0
        return copied

    # ---- upload

    async def _upload(self, task: DriveTask, drive_id: DriveId, progress: Progress) -> Result:
        """Send the bytes, out of whichever file here has them still."""
        if (lower := self._line.lowered(task)) is not None:
            return Result(Outcome.LOWERED, lower)
        if not self._line.fits(task.bytes):
            return Result(Outcome.WAITS)
        files = await self._made_files(task)
        if not files:
            files = await self._files_of(task, ORIGINAL, task.original_bytes)
            if task.made_as != ORIGINAL and files:
                return await self._upload_made(task, files, drive_id, progress)
        for file in files:
            try:
                return await self._send(task, file, drive_id, progress)
            except DriveError as error:
                if error.next not in (Next.READ_AGAIN, Next.ANOTHER_FILE) or file == files[-1]:
                    raise
                log.warning("upload.file_changed", placement=task.placement, kind=error.kind)
        return Result(Outcome.NO_BYTES)

    async def _upload_made(
        self, task: DriveTask, files: Sequence[Path], drive_id: DriveId, progress: Progress
    ) -> Result:
        """What is made of the photo; once more where it goes before it is sent, as somebody is being forgotten."""
        try:
            made, file = await self._renditions.made(task, files)
            try:
                return await self._send(made, file, drive_id, progress)
            except DriveError as error:
                if error.next is not Next.ANOTHER_FILE:
                    raise
            made, file = await self._renditions.made(made, files)
        except Unfit:
            if task.owed is None:
                raise
            return Result(Outcome.LOWERED, task.owed)  # of this one there is no small copy
        return await self._send(made, file, drive_id, progress)

    async def _send(self, task: DriveTask, file: Path, drive_id: DriveId, progress: Progress) -> Result:
        taken = captured_at(task)
        meta = UploadMeta(
            drive_id,
            task.file_name,
            task.parent,
            task.mime,
            taken,
            taken,
            tags.of_photo(self._workspace_id, task.sha256, task.made_as),
            description(task),
            task.to,
        )
        try:
            if task.bytes <= MULTIPART_UP_TO:
                made = await self._media.upload_multipart(file, meta, task.bytes, task.md5, progress)
            else:
                made = await self._resumable(task, file, meta, progress)
        except DriveError as error:
            if error.next is Next.COMPARE:  # an earlier answer was lost
                return await self._settle(task, drive_id, revive=False) or Result(Outcome.AGAIN)
            if error.next is Next.SEND_AGAIN:
                await self._client.trash(drive_id)
            raise
        return sent(made)

    async def _resumable(self, task: DriveTask, file: Path, meta: UploadMeta, progress: Progress) -> DriveFile:
        """Go on with the session that was kept, from what Drive has; else begin one and keep it."""
        session, offset = task.session, 0
        if session is not None:
            try:
                had = await self._media.query_resumable(session, task.bytes, task.md5)
            except DriveError as error:
                if error.scope is not Scope.SESSION:
                    raise
                session = None
            else:
                if isinstance(had, DriveFile):
                    return had
                offset = had
        if session is None:
            session = await self._media.start_resumable(meta, task.bytes)
            await self._ledger.write(drive_queue.keep_session, task.placement, meta.id, session)
        try:
            return await self._media.send_resumable(session, file, task.bytes, task.md5, progress, offset)
        except DriveError as error:
            if error.scope is Scope.SESSION or error.next is Next.READ_AGAIN:  # then it holds another file's bytes
                await self._ledger.write(drive_queue.keep_session, task.placement, meta.id, None)
            raise

    async def sent(self, task: DriveTask) -> None:
        """It is written down that Drive has what was made of the photo: here that is needed no more."""
        await self._renditions.sent(task.sha256)

    async def _made_files(self, task: DriveTask) -> list[Path]:
        """Files of ours that lie here as they are to be sent."""
        lies_here = task.md5 and task.made_as == task.filed_as
        return await self._files_of(task, task.made_as, task.bytes) if lies_here else []

    async def _files_of(self, task: DriveTask, lies_as: str, size: int) -> list[Path]:
        """Files that should hold the photo, or that was made of it: ours first, as nobody should write to it, then the
        originals.
        """
        filed = await self._ledger.read(disk_queue.filed_paths, task.photo, lies_as)
        originals = await self._ledger.read(sightings.originals, task.photo) if lies_as == ORIGINAL else []
        paths = [self._root / path for path in filed] + [Path(path) for path, _ in originals]
        return await asyncio.to_thread(of_size, paths, size)


def shows_face(found: DriveFile, task: DriveTask) -> bool:
    """Whether it shows somebody who is not to be known by that photo: no line and no budget keeps it there."""
    return bool(task.blurred) and blurred_in(found.tags.get(tags.MADE, ORIGINAL)) != task.blurred


def is_it(found: DriveFile, task: DriveTask) -> bool:
    """Whether it is what is wanted there. Two sizes of a small photo have the same bytes, and not the same mark."""
    return found.md5 == task.md5 and found.tags.get(tags.MADE, ORIGINAL) == task.made_as


def sent(made: DriveFile) -> Result:
    """Whether what was sent lies where it should, and not in a folder that was trashed meanwhile."""
    return Result(Outcome.IN_TRASH if made.trashed else Outcome.VERIFIED, made.name, made.modified_at)


def description(task: DriveTask) -> str:
    """What Drive's search finds a photo by, besides its name: where it was filed, and its name at the camera."""
    return " · ".join(part for part in (task.event, task.to.replace("/", " / "), task.name) if part)


def of_size(paths: list[Path], size: int) -> list[Path]:
    found: list[Path] = []
    for path in paths:
        with suppress(OSError):
            if os.stat(path).st_size == size:  # noqa: PTH116 - one call decides, no second look
                found.append(path)
    return found


def captured_at(task: DriveTask) -> float | None:
    """When the photo was taken, seconds UTC, by a clock that is right; `None`: nobody knows."""
    return moment(task.taken)


@contextmanager
def if_there() -> Generator[None]:
    """What is not there (any more) need not be changed."""
    try:
        yield
    except DriveError as error:
        if error.next is not Next.GONE:
            raise


async def into_trash(client: DriveClient, drive_id: DriveId) -> bool:
    """Whether it lies there now; `False`: nothing has that id. Raises `DriveError`, and can be called again then."""
    with if_there():
        await client.trash(drive_id)
        return True
    return False
