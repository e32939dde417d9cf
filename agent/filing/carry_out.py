"""One placement's disk work, on the router's thread: copy, link or remove, and say what came of it.

It opens no store: what it needs is handed in, what became of it is handed back and recorded by the router.
"""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from agent.filing import files
from agent.filing.ends import Step, disk_step
from agent.ledger.disk_queue import DiskTask, Filed
from agent.ledger.sightings import FileFacts
from agent.model import PhotoId

FULL_CODES = {errno.ENOSPC, errno.EDQUOT}


@dataclass(slots=True)
class Sources:
    """Where a photo's bytes lie: files of ours with the facts they had, and originals. Grows while a batch is filed."""

    filed: list[tuple[Path, FileFacts]] = field(default_factory=list[tuple[Path, FileFacts]])
    originals: list[Path] = field(default_factory=list[Path])


@dataclass(frozen=True, slots=True)
class Done:
    """What became of one task; `stale` are originals that hold other bytes by now."""

    task: DiskTask
    filed: Filed | None = None
    gone: bool = False  # unwanted, and ours is away
    taken: bool = False  # the reserved name is somebody else's
    stale: tuple[Path, ...] = ()
    error: OSError | None = None

    @property
    def nowhere(self) -> bool:
        """Whether the bytes were looked for and lie at no path."""
        return self.filed is None and not (self.gone or self.taken or self.error)


def carry_out(root: Path, batch: Sequence[tuple[DiskTask, str]], sources: Mapping[PhotoId, Sources]) -> list[Done]:
    """Do a batch in order; `batch` gives each task the name that is reserved for it.

    A full disk ends the batch early: the rest waits.
    """
    done: list[Done] = []
    for task, name in batch:
        outcome = _one(root, task, name, sources.get(task.photo, Sources()))
        done.append(outcome)
        if outcome.error is not None and outcome.error.errno in FULL_CODES:
            break
    for folder in {root / one.task.folder_path for one in done if one.filed or one.gone}:
        with contextlib.suppress(OSError):
            files.sync_folder(folder)
    return done


def _one(root: Path, task: DiskTask, name: str, sources: Sources) -> Done:
    folder = root / task.folder_path
    target = folder / name
    temporary = folder / f".venuesync-{task.placement}.part"
    try:
        if disk_step(wanted=task.wanted, disk=task.disk) is Step.TAKE_BACK:
            temporary.unlink(missing_ok=True)
            files.take_away(target, task.facts, task.sha256, task.bytes)
            return Done(task, gone=True)
        folder.mkdir(parents=True, exist_ok=True)
        done = _place(task, target, temporary, sources)
        if done.filed:
            temporary.unlink(missing_ok=True)  # a crash before it was let go
        return done
    except files.NameTaken:
        return Done(task, taken=True)
    except OSError as error:
        return Done(task, error=error)


def _place(task: DiskTask, target: Path, temporary: Path, sources: Sources) -> Done:
    """From a file of ours if one is as we left it, else from an original that still holds the bytes."""
    for first, facts in list(sources.filed):
        if files.facts_of(first) == facts or files.holds(first, task.sha256, task.bytes):
            with contextlib.suppress(files.OtherBytes):  # damaged since, under the facts it had
                return _filed(task, target, files.place_link(first, target, task.sha256, temporary), sources)
    stale: list[Path] = []
    for original in sources.originals:
        try:
            facts = files.place_copy(original, target, task.sha256, temporary)
        except files.OtherBytes:
            stale.append(original)
        except FileNotFoundError:
            if not original.exists():
                stale.append(original)
                continue
            raise
        else:
            return _filed(task, target, facts, sources)
    if task.name and files.holds(target, task.sha256, task.bytes):  # filed just before a crash, its original gone since
        facts = files.facts_of(target)
        if facts is not None:
            return _filed(task, target, facts, sources)
    return Done(task, stale=tuple(stale))


def _filed(task: DiskTask, target: Path, facts: FileFacts, sources: Sources) -> Done:
    sources.filed.append((target, facts))
    return Done(task, filed=Filed(task.placement, facts))
