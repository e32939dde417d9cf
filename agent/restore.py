"""Putting a backup back, where no agent runs: what is there now is kept beside it, nothing is thrown away.

The next start brings it up to date: an older ledger is completed from disk and Drive, an older list of people may add,
and takes nothing away until somebody has said yes.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from itertools import chain, count
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
    kept = new_folder(workspace)
    with in_words(kept):
        if is_ledger:
            put_ledger_back(workspace, file, kept)
        else:
            put_people_back(workspace, file, kept)
    return {"file": str(file), "kind": kind.value, "kept": str(kept)}


def new_folder(workspace: Workspace) -> Path:
    """Where what is there now will be kept: two within one second go to two."""
    first = workspace.state / f"before-restore-{datetime.fromtimestamp(clock.wall(), UTC):{backups.STAMP}}"
    further = (first.with_name(f"{first.name}-{number}") for number in count(2))
    return next(path for path in chain([first], further) if not path.exists())


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
    """A backup holds all decisions of that time, also that there were none; a list alone leaves them as they are.

    Events stay as they are now, with what was decided in those that it does not know: photos go on arriving in them.
    Killed on the way, it is done wholly or not at all: the list goes first, and says what the decisions are to be.
    """
    documents = people_in(file)
    kept.mkdir(mode=0o700)
    moved = list(workspace.state.glob("roster.json*"))
    if backups.read_people(file) is not None:
        known = {str(row["id"]) for row in documents[ROSTER]["events"].values()}
        moved += [path for path in workspace.state.glob("decisions-*.json*") if event_of(path) in known]
        documents[ROSTER]["workspace"]["1"]["pending"] = to_follow(workspace, documents)
    stay = {event_of(path) for path in workspace.state.glob("decisions-*.json") if path not in moved}
    decided = stay | {event_of(Path(name)) for name in documents if name != ROSTER}
    documents[ROSTER]["workspace"]["1"]["decided"] = sorted(decided)  # there is a file of each, and of no others
    keep_events(workspace.state / ROSTER, documents[ROSTER])
    for path in moved:
        shutil.copy2(path, kept / path.name)
    for name in [ROSTER, *sorted(documents.keys() - {ROSTER})]:
        write_whole(workspace.state / name, json.dumps(documents[name], ensure_ascii=False, indent=1).encode())
    for path in moved:
        if path.name not in documents:
            path.unlink()


def keep_events(now: Path, older: Tables) -> None:
    """The list that is there now says which events there are, as far as it can be read.

    One that it has no more is back, unless another has its name or its folder by now.
    """
    with suppress(OSError, ValueError, LookupError, TypeError):
        tables: Tables = json.loads(now.read_bytes())
        check_roster(tables)
        rows = list(tables["events"].values())
        taken = {str(row[key]).casefold() for row in rows for key in ("id", "name", "folder")}
        rows += [
            row
            for row in older["events"].values()
            if not {str(row[key]).casefold() for key in ("id", "name", "folder")} & taken
        ]
        older["events"] = {str(number): row for number, row in enumerate(rows, 1)}


def event_of(path: Path) -> str:
    """Whose decisions a file holds, or a generation of it."""
    return path.name.removeprefix("decisions-").partition(".json")[0]


def to_follow(workspace: Workspace, documents: Mapping[str, Tables]) -> Tables:
    """By event: each decision that a backup (its files by name) has otherwise than the files here, or not at all.

    The list of people keeps it, as it does for what was decided last: the next opening makes the files so.
    """
    due: Tables = documents[ROSTER]["workspace"]["1"].get("pending") or {}
    differ: Tables = {}
    for event in {str(row["id"]) for row in documents[ROSTER]["events"].values()}:
        name = f"decisions-{event}.json"
        left = due.get(event, {})  # that had not followed yet when the backup was made
        then: dict[str, Any] = {**documents.get(name, {}).get("decisions", {}), **left}
        now = decisions_in(workspace.state / name)
        differ[event] = {key: then.get(key) for key in [*then, *now] if key in left or then.get(key) != now.get(key)}
    return differ


def decisions_in(path: Path) -> dict[str, Any]:
    """The rows of a file as it lies there; of one that cannot be read none, it is set aside at the next opening."""
    with suppress(OSError, ValueError, LookupError, TypeError):
        return dict(json.loads(path.read_bytes())["decisions"])
    return {}


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
