"""Putting a backup back, where no agent runs: what is there now is kept beside it, nothing is thrown away.

The next start brings it up to date: an older ledger is completed from disk and Drive, an older list of people may add,
and takes nothing away until somebody has said yes.
"""

from __future__ import annotations

import json
import shutil
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

from agent import backups, clock
from agent.atomic import in_words, write_whole
from agent.backups import Kind, Tables
from agent.errors import NotThere, UsageError, VenueError
from agent.ledger import copying
from agent.roster.decisions import check as check_decisions
from agent.roster.roster import check as check_roster
from agent.service_events import BackupRow, PutBack
from agent.times import iso
from agent.workspace import Workspace

ROSTER = "roster.json"


def rows(workspace: Workspace) -> list[BackupRow]:
    """Every backup, the newest first. Blocks."""
    return [
        {
            "file": one.path.name,
            "kind": one.kind.value,
            "made_at": iso(one.made_at),
            "bytes": one.bytes,
            "holds": dict(backups.facts_of(one)),
        }
        for one in backups.backups(workspace)
    ]


def put_back(workspace: Workspace, given: Path) -> PutBack:
    """Put a file in the place of the store that it is a copy of. Under the workspace's lock; blocks.

    `given` is the name of a backup, or a path: of a backup, a generation of the list of people, a ledger set aside.
    Raises `VenueError`, and has changed nothing then.
    """
    file = found(workspace, given)
    with in_words(file), file.open("rb") as opened:
        is_ledger = opened.read(len(copying.MAGIC)) == copying.MAGIC
    kind = Kind.LEDGER if is_ledger else Kind.PEOPLE
    kept = workspace.state / f"before-restore-{datetime.fromtimestamp(clock.wall(), UTC):{backups.STAMP}}"
    with in_words(kept):
        if is_ledger:
            put_ledger_back(workspace, file, kept)
        else:
            put_people_back(workspace, file, kept)
    return {"file": str(file), "kind": kind.value, "kept": str(kept)}


def found(workspace: Workspace, given: Path) -> Path:
    for path in (workspace.backups / given.name if given.name == str(given) else given, given, workspace.state / given):
        if path.is_file():
            return path.absolute()
    raise NotThere("There is no such backup", str(given), "See them with: venuesync restore")


def put_ledger_back(workspace: Workspace, file: Path, kept: Path) -> None:
    verdict = copying.soundness(file)
    if verdict != "ok":
        raise VenueError("The backup cannot be used", f"{file}: {verdict}", "Choose another: venuesync restore")
    copying.refuse_newer(file)
    kept.mkdir(mode=0o700)
    part = workspace.ledger.with_name(f".{workspace.ledger.name}.part")
    try:
        copying.copy(file, part)
        copying.mark_old(part)
        copying.put_aside(workspace.ledger, kept / workspace.ledger.name)
        part.replace(workspace.ledger)
    finally:
        part.unlink(missing_ok=True)


def put_people_back(workspace: Workspace, file: Path, kept: Path) -> None:
    """A backup holds all decisions of that time, also that there were none; a list alone leaves them as they are."""
    documents = people_in(file)
    kept.mkdir(mode=0o700)
    moved = list(workspace.state.glob("roster.json*"))
    if backups.read_people(file) is not None:
        moved += workspace.state.glob("decisions-*.json*")
    for path in moved:
        shutil.copy2(path, kept / path.name)
    for name in sorted(documents):  # the list itself last: it is the one that counts
        write_whole(workspace.state / name, json.dumps(documents[name], ensure_ascii=False, indent=1).encode())
    for path in moved:
        if path.name not in documents:
            path.unlink()


def people_in(file: Path) -> dict[str, Tables]:
    """The files by name that a backup holds, or that a list of people alone is. Raises `UsageError` for anything else.

    They are marked as a copy: it has to be found out which guests' numbers were given since.
    """
    documents = backups.read_people(file)
    if documents is None:
        with suppress(ValueError):
            documents = {ROSTER: cast(Tables, json.loads(file.read_bytes()))}
    try:
        for name, tables in (documents or {}).items():
            (check_roster if name == ROSTER else check_decisions)(tables)
        workspace: dict[str, Any] = (documents or {})[ROSTER]["workspace"]["1"]
    except (LookupError, TypeError, ValueError, AttributeError):
        raise UsageError("This is no backup", str(file), "See them with: venuesync restore") from None
    workspace["restored"], workspace["guests_sure"] = True, False
    return documents or {}
