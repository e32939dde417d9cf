"""A batch's disk work, on the router's thread: files made ready, named, or taken away; folders: `folder_work.py`.

It opens no store. First a file is made ready under a temporary name; then the router writes down what it is and which
name it gets; then it gets that name. Killed anywhere between, the next try knows by what was written down whether the
file under the name is ours. What a person put among our folders is neither lost nor in the way.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from io import BufferedReader
from pathlib import Path

from agent.disk.atomic import NotRegular, is_full, open_regular
from agent.disk.own_folders import Identity, OpenFolders, OwnFolders
from agent.faces.results import LookError
from agent.filing import files, folder_work
from agent.filing.blurring import name_of
from agent.filing.files import NoRoom, NotRead, OtherBytes, Spot, look_at_open, own_prefix
from agent.filing.folder_work import MadeFolders, Renamed, Staged
from agent.filing.ownership import FOLDER, Line, MadeLog
from agent.filing.plan import Step, disk_step
from agent.filing.withdrawn import LastFiles
from agent.ledger.disk_folders import DiskRename
from agent.ledger.disk_queue import DiskTask, Filed, FiledCopy
from agent.ledger.placements import Made
from agent.ledger.sightings import FileFacts
from agent.model import ORIGINAL, FolderId, PhotoId, PlacementId

NOT_THERE = (FileNotFoundError, NotADirectoryError)


@dataclass(slots=True)
class Sources:
    """Where a photo lies, and what was made of it: filed, and originals. Grows while a batch is made ready."""

    filed: list[FiledCopy] = field(default_factory=list[FiledCopy])
    originals: list[Path] = field(default_factory=list[Path])


@dataclass(frozen=True, slots=True)
class Found:
    """A file in a photo's place, found there while the ledger was rebuilt; `made`: it is known that we made it.

    `lies_as`: what it is of the photo.
    """

    name: str
    made: Made | None
    lies_as: str = ORIGINAL


@dataclass(frozen=True, slots=True)
class Ready:
    """A file that is whole, under its temporary name; `there`: under its own, `name`, already.

    `instead`: the file, and its SHA-256, that it may be put in the place of: its photo gives way to this one.
    """

    task: DiskTask
    made: Made | None
    there: bool = False
    name: str | None = None
    instead: tuple[Made, str] | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """What became of one task; `stale` are originals that hold other bytes by now."""

    task: DiskTask
    filed: Filed | None = None
    gone: bool = False  # unwanted, and ours is away
    left: bool = False  # and the photo, or what was made of it, lies under its name still: not ours to remove
    taken: bool = False  # the reserved name is somebody else's
    stale: tuple[Path, ...] = ()
    error: OSError | None = None
    later: bool = False  # what is to be filed in the photo's place was made, and lies there no more
    elsewhere: bool = False  # the disk that is full is another one than the workspace's, or has room for others
    unmade: LookError | None = None  # it cannot be made

    @property
    def nowhere(self) -> bool:
        """Whether the bytes were looked for and lie at no path."""
        return self.filed is None and not (self.gone or self.taken or self.error or self.later or self.unmade)


class DiskWork:
    """`mark` is in the temporary names, so that they are this workspace's alone. Each method is one batch's.

    `private`: a folder of ours whose files nobody else may read; they say nothing about who may read what is filed.
    `made`: a folder in it with what is to be filed in photos' places. `keep_free`: bytes that stay free beside what is
    filed.
    """

    def __init__(self, own: OwnFolders, log: MadeLog, mark: str, private: Path, made: Path, keep_free: int) -> None:
        self._own = own
        self._made = made
        self._log = log
        self._mark = mark
        self._private = private
        self._keep_free = keep_free
        self._last = LastFiles(private)
        self.copied_at: str | None = None  # a folder in which a further name could not be had, though on one disk
        self._missed: set[PlacementId] = set()  # that were not found with their whole folder, at one look

    # ---- folders

    def stage_folders(self, absent: Sequence[tuple[FolderId, str]]) -> Staged:
        staged = folder_work.stage_folders(self._own, self._mark, [path for _, path in absent])
        self._log.note(Line(one.device, one.inode, FOLDER) for one in staged.made.values())
        return staged

    def name_folders(
        self, staged: Staged, absent: Sequence[tuple[FolderId, str]], refused: Collection[str]
    ) -> MadeFolders:
        return folder_work.name_folders(self._own, staged, absent, refused)

    def clear_asides(self, paths: Sequence[str]) -> None:
        folder_work.clear_asides(self._own, self._mark, paths)

    def rename_folder(self, one: DiskRename) -> tuple[str, Renamed]:
        return folder_work.rename_folder(self._own, self._mark, one.now, one.wanted, one.identity)

    def remove_folders(self, folders: Sequence[tuple[str, Identity | None]]) -> list[bool]:
        return folder_work.remove_folders(self._own, folders)

    # ---- away

    def take_back(self, tasks: Sequence[DiskTask], sources: Mapping[PhotoId, Sources]) -> list[Done]:
        """Remove what we made and nobody wants any more; the last file of what was withdrawn is kept aside, also while
        a card has it: that may be erased as soon as all on it is filed. So is that of what is wanted, where somebody
        took it away.
        """
        with OpenFolders(self._own) as folders:
            done = [self._take_back(folders, task, sources.get(task.photo, Sources())) for task in tasks]
            _sync(folders, [one.task.folder_path for one in done if one.gone])
        return done

    def _take_back(self, folders: OpenFolders, task: DiskTask, sources: Sources) -> Done:
        try:
            folder = folders(task.folder_path)
            self._missed.discard(task.placement)
            files.remove(self._temporary(folder, task))
            if task.disk_name is None:
                return Done(task, gone=True)
            keeps = folders.keeps_inodes(task.folder_path)
            spot, aside = Spot(folder, task.disk_name), Spot(folder, f"{own_prefix(self._mark)}{task.placement}.gone")
            if task.lies_as == ORIGINAL and (
                task.is_blurred or (task.may_be_last and not self._is_filed_elsewhere(folders, task, sources))
            ):
                self._last.keep(spot, task.made, task.sha256, (task.event, task.name))
            away = files.take_away(spot, aside, task.made, task.lying_sha256, keeps_inodes=keeps)
            return Done(task, gone=True, left=not away and files.holds_any(spot, (task.sha256, task.lying_sha256)))
        except NOT_THERE as error:
            return self._gone_with_folder(task, error)
        except OSError as error:
            return Done(task, error=error)

    def _gone_with_folder(self, task: DiskTask, error: OSError) -> Done:
        """Only where a second look, later, finds the same: somebody may have the folder away for a moment."""
        if task.disk_name is None or task.placement in self._missed:
            self._missed.discard(task.placement)
            return Done(task, gone=True)
        self._missed.add(task.placement)
        return Done(task, error=error)

    def _is_filed_elsewhere(self, folders: OpenFolders, task: DiskTask, sources: Sources) -> bool:
        """Whether another filed file holds the photo, by looking at each."""
        for one in sources.filed:
            with contextlib.suppress(OSError):
                if one.lies_as != ORIGINAL:
                    continue
                there = files.made_at(Spot(folders(one.folder_path), one.name))
                other = (one.folder_path, one.name) != (task.folder_path, task.disk_name)
                if other and there is not None and one.made is not None and there.is_as_left(one.made):
                    return True
        return False

    def lie_so(self, tasks: Sequence[DiskTask], sources: Mapping[PhotoId, Sources]) -> set[PlacementId]:
        """Of these, those of which the photo itself is to be filed, or what lies in a place of it by a look at each:
        all of them may have been removed.
        """
        with OpenFolders(self._own) as folders:
            return {
                one.placement
                for one in tasks
                if one.filed_as == ORIGINAL or any(_lies(folders, one, copy) for copy in sources[one.photo].filed)
            }

    def lie_there(self, tasks: Sequence[DiskTask], found: Mapping[PlacementId, Found]) -> set[PlacementId]:
        """Of these, those whose places have what is to lie there, as it was found."""
        lie: set[PlacementId] = set()
        with OpenFolders(self._own) as folders:
            for task in tasks:
                with contextlib.suppress(OSError):
                    spot = Spot(folders(task.folder_path), found[task.placement].name)
                    if task.file_sha256 and files.holds(spot, task.file_sha256, task.file_bytes):
                        lie.add(task.placement)
        return lie

    # ---- exchanged

    def kept(self, sha256: str) -> Path:
        """Where the last file of a photo lies that was kept."""
        return self._last.path(sha256)

    def kept_of(
        self, tasks: Sequence[DiskTask], sources: Mapping[PhotoId, Sources]
    ) -> list[tuple[PhotoId, Path, FileFacts]]:
        """Where the photos themselves are kept of which something else is filed; kept now, where they are not yet.

        A card may be erased as soon as all on it is filed.
        """
        found: list[tuple[PhotoId, Path, FileFacts]] = []
        for task in {one.photo: one for one in tasks if one.filed_as != ORIGINAL}.values():
            path = self._last.path(task.sha256)
            with contextlib.suppress(OSError):
                for original in sources.get(task.photo, Sources()).originals:
                    self._last.keep_copy(original, task.sha256, (task.event, task.name))
                facts = path.stat()
                found.append((task.photo, path, FileFacts(facts.st_size, facts.st_mtime_ns, facts.st_ino)))
        return found

    def vacate(
        self, tasks: Sequence[DiskTask], sources: Mapping[PhotoId, Sources], found: Mapping[PlacementId, Found]
    ) -> list[Done]:
        """Take what we made out of the places of what is to lie there; the photo itself is kept.

        Killed afterwards, the next try finds nothing there, and what is to lie there is filed as anything else.
        """
        return self.take_back([as_found(task, found.get(task.placement)) for task in tasks], sources)

    # ---- made ready

    def make_ready(
        self, tasks: Sequence[DiskTask], sources: Mapping[PhotoId, Sources], found: Mapping[PlacementId, Found]
    ) -> tuple[list[Ready], list[Done]]:
        """Each photo's file, whole, beside the place where it belongs; and what could not be.

        `found`: files that were found in their places while the ledger was rebuilt, by placement. A full disk ends the
        batch early: the rest waits. Another one that some folders lie on holds up what goes there alone, and what does
        not fit waits alone.
        """
        ready: list[Ready] = []
        failed: list[Done] = []
        with OpenFolders(self._own) as folders:
            full: set[int] = set()
            for task in tasks:
                if full and device_of(folders, task) in full:
                    failed.append(Done(task, later=True, elsewhere=True))
                    continue
                one = self._ready(folders, task, sources.get(task.photo, Sources()), found.get(task.placement))
                if isinstance(one, Ready):
                    ready.append(one)
                    continue
                if isinstance(one.error, NoRoom):
                    one = replace(one, elsewhere=True)
                elif one.error is not None and is_full(one.error):
                    device = device_of(folders, task)
                    if device in (None, self._own.root.stat().st_dev):
                        failed.append(one)
                        break
                    full.add(device)
                    one = replace(one, elsewhere=True)
                failed.append(one)
        self._log.note(line_of(one.task, one.made) for one in ready if one.made)
        return ready, failed

    def _ready(self, folders: OpenFolders, task: DiskTask, sources: Sources, found: Found | None) -> Ready | Done:
        try:
            folder = folders(task.folder_path)
            ready = self._there(folders, task, found) or self._from_filed(folders, folder, task, sources)
            return ready or self._from_originals(folder, task, sources)
        except OSError as error:
            return Done(task, error=error)

    def _there(self, folders: OpenFolders, task: DiskTask, found: Found | None) -> Ready | None:
        """It lies under its name: given it before a crash, or before its folder was looked for; else found so, which
        may be another file by now than the one that was found.
        """
        folder, keeps = folders(task.folder_path), folders.keeps_inodes(task.folder_path)
        if task.disk_name is not None and files.is_ours(
            Spot(folder, task.disk_name), task.made, task.file_sha256, keeps_inodes=keeps
        ):
            files.remove(self._temporary(folder, task))
            return Ready(task, task.made, there=True, name=task.disk_name)
        if found is None or not files.holds(spot := Spot(folder, found.name), task.file_sha256, task.file_bytes):
            return None
        ours = files.is_ours(spot, found.made, task.file_sha256, keeps_inodes=keeps)
        return Ready(task, found.made if ours else None, there=True, name=found.name)

    def _from_filed(self, folders: OpenFolders, folder: int, task: DiskTask, sources: Sources) -> Ready | None:
        """A further name for a file of ours that is as we left it, else a copy of what holds the bytes."""
        temporary = self._temporary(folder, task)
        for one in [each for each in sources.filed if each.lies_as == task.filed_as]:
            try:
                first = Spot(folders(one.folder_path), one.name)
            except OSError:
                continue  # that folder's own trouble
            try:
                made = None if one.made is None else files.link(first, temporary, one.made)
                if made is None:
                    with files.open_spot(first) as file:
                        same_disk = os.fstat(file.fileno()).st_dev == os.fstat(folder).st_dev
                        if same_disk and one.made is not None and look_at_open(file.fileno()).is_as_left(one.made):
                            self.copied_at = task.folder_path
                        made = self._copy(file, temporary, task)
            except (*NOT_THERE, PermissionError, OtherBytes, NotRegular, NotRead):
                continue
            return self._made_ready(task, made, sources)
        return None

    def _from_originals(self, folder: int, task: DiskTask, sources: Sources) -> Ready | Done:
        stale: list[Path] = []
        refused: OSError | None = None
        temporary = self._temporary(folder, task)
        kept = self._last.path(task.sha256)
        is_itself = task.filed_as == ORIGINAL
        for original in (
            (*sources.originals, kept) if is_itself else (self._made / name_of(task.sha256, task.filed_as),)
        ):
            mode = files.ANYBODYS if original.is_relative_to(self._private) else None
            try:
                with opened(original) as file:
                    made = self._copy(file, temporary, task, mode)
            except (*NOT_THERE, OtherBytes, NotRegular):
                stale += [] if original == kept else [original]
                continue
            except NotRead as error:
                refused = refused or error
                continue
            return self._made_ready(task, made, sources)
        if refused is not None:
            raise refused
        if is_itself:
            return Done(task, stale=tuple(stale))
        with contextlib.suppress(OSError):
            stale[0].unlink()  # it is made anew
        return Done(task, later=True)

    def _copy(self, file: BufferedReader, temporary: Spot, task: DiskTask, mode: int | None = None) -> Made:
        ours = os.fstat(temporary.folder).st_dev == self._own.root.stat().st_dev
        return files.copy(
            file, temporary, task.file_sha256, mode, self._own.access, keep_free=self._keep_free if ours else 0
        )

    def _made_ready(self, task: DiskTask, made: Made, sources: Sources) -> Ready:
        sources.filed.append(FiledCopy(task.folder_path, self._temporary(0, task).name, made, task.filed_as))
        return Ready(task, made)

    def _temporary(self, folder: int, task: DiskTask) -> Spot:
        return Spot(folder, files.part_of(self._mark, task.placement))

    # ---- named

    def give_names(self, named: Sequence[tuple[Ready, str]], given_up: Sequence[DiskTask] = ()) -> list[Done]:
        """Each file gets its name, now that both are written down; what was made ready for `given_up` goes."""
        self._log.note(
            line_of(replace(one.task, disk_name=name), one.made)
            for one, name in named
            if one.made and not one.there and name != one.task.disk_name  # that one stands in the log
        )
        with OpenFolders(self._own) as folders:
            for task in given_up:
                with contextlib.suppress(OSError):
                    files.remove(self._temporary(folders(task.folder_path), task))
            done = [self._give_name(folders, ready, name) for ready, name in named]
            _sync(folders, [one.task.folder_path for one in done if one.filed])
        return done

    def _give_name(self, folders: OpenFolders, ready: Ready, name: str) -> Done:
        task = ready.task
        if ready.there or ready.made is None:
            return Done(task, filed=Filed(task.placement, ready.made))
        try:
            folder = folders(task.folder_path)
            target = Spot(folder, name)
            temporary, keeps = self._temporary(folder, task), folders.keeps_inodes(task.folder_path)
            try:
                files.publish(temporary, target, ready.made)
            except files.NameTaken:
                if ready.instead is None or not files.take_place(temporary, target, *ready.instead, keeps_inodes=keeps):
                    return Done(task, taken=True)
            made = ready.made if keeps else files.made_at(target) or ready.made
            return Done(task, filed=Filed(task.placement, made))
        except OSError as error:
            return Done(task, error=error)


def opened(original: Path) -> BufferedReader:
    """As `open_regular`. Raises `NotRead` for what is there, or may be, and cannot be had."""
    try:
        return open_regular(original)
    except NOT_THERE:
        raise
    except OSError as error:
        raise NotRead(error.errno, error.strerror, str(original)) from None


def device_of(folders: OpenFolders, task: DiskTask) -> int | None:
    """The disk that its folder lies on; `None` where that cannot be told."""
    try:
        return os.fstat(folders(task.folder_path)).st_dev
    except OSError:
        return None


def line_of(task: DiskTask, made: Made) -> Line:
    """What the log of what we made says of it."""
    stands_for = None if task.filed_as == ORIGINAL else (task.sha256, task.filed_as)
    return Line.of(made, task.file_sha256, task.disk_name or "", stands_for)


def as_found(task: DiskTask, found: Found | None) -> DiskTask:
    """With what lies in its place, where that is known by a search alone."""
    if task.made is not None or found is None:
        return task
    lying = task.sha256 if found.lies_as == ORIGINAL else ""
    return replace(task, disk_name=found.name, made=found.made, lies_as=found.lies_as, lying_sha256=lying)


def is_exchanged(task: DiskTask, found: Found | None) -> bool:
    """Whether another file of ours has the place of what is to lie there."""
    lies = as_found(task, found)
    return task.wanted and lies.made is not None and lies.lies_as != task.filed_as


def is_unwanted(task: DiskTask) -> bool:
    return disk_step(wanted=task.wanted, disk=task.disk) is Step.TAKE_BACK


def _lies(folders: OpenFolders, task: DiskTask, copy: FiledCopy) -> bool:
    """Whether what is to be filed of the photo lies there, as we left it or by its bytes."""
    with contextlib.suppress(OSError):
        spot = Spot(folders(copy.folder_path), copy.name)
        there = None if copy.lies_as != task.filed_as else files.made_at(spot)
        as_left = there is not None and copy.made is not None and there.is_as_left(copy.made)
        return as_left or (there is not None and files.holds(spot, task.file_sha256, task.file_bytes))
    return False


def _sync(folders: OpenFolders, paths: Sequence[str]) -> None:
    for path in dict.fromkeys(paths):
        with contextlib.suppress(OSError):  # it went astray meanwhile
            files.sync(folders(path))
