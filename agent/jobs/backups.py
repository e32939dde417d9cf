"""Backups of the stores, in `.venuesync/backups`: of the people with all that was decided, and of the ledger.

Made at night beside all else, checked before they count as made, some of each kept; never where that would fill the
disk. Pictures are none of it: they lie where they were put.

One is put back where no agent runs: what is there then is kept beside it, nothing is thrown away. The next start brings
it up to date: an older ledger is completed from disk and Drive, an older list of people may add, and takes nothing away
until somebody has said yes.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from itertools import chain, count, takewhile
from pathlib import Path
from typing import Any, cast

from agent import clock
from agent.clock import iso
from agent.disk.atomic import free_bytes, in_words, write_whole
from agent.errors import Cause, NotThere, UsageError, VenueError
from agent.ledger.sqlite import ledger_file
from agent.model import EventId
from agent.requests.control import BackupRow, PutBack
from agent.roster import older
from agent.roster.decisions import check as check_decisions
from agent.roster.decisions import moved_to
from agent.roster.moves import Moves, moves_in, together
from agent.roster.tables import check as check_roster
from agent.workspace import Workspace

KEPT_PEOPLE = 14
KEPT_LEDGERS = 3
STAMP = "%Y%m%dT%H%M%SZ"
CHOOSE = "Choose another: venuesync restore"
LEFT = 64 << 20  # bytes that a backup leaves free at least

Tables = dict[str, dict[str, Any]]


class Kind(StrEnum):
    PEOPLE = "people"
    LEDGER = "ledger"


ENDING = {Kind.PEOPLE: ".json", Kind.LEDGER: ".sqlite"}
KEPT = {Kind.PEOPLE: KEPT_PEOPLE, Kind.LEDGER: KEPT_LEDGERS}


@dataclass(frozen=True, slots=True)
class Backup:
    """One file. `made_at` in seconds since 1970."""

    path: Path
    kind: Kind
    made_at: float
    bytes: int


def backups(workspace: Workspace) -> list[Backup]:
    """All there are, the newest first. Blocks."""
    found: list[Backup] = []
    for path in workspace.backups.glob("*-*.*"):
        with suppress(ValueError, OSError):
            kind = Kind(path.name.partition("-")[0])
            if path.suffix == ENDING[kind]:
                made = datetime.strptime(path.stem.partition("-")[2], STAMP).replace(tzinfo=UTC)
                found.append(Backup(path, kind, made.timestamp(), path.stat().st_size))
    return sorted(found, key=lambda one: (one.made_at, one.path.name), reverse=True)


def of_kind(workspace: Workspace, kind: Kind) -> list[Backup]:
    return [one for one in backups(workspace) if one.kind is kind]


def new_path(workspace: Workspace, kind: Kind) -> Path:
    """Named by when it is made; where one is there by a clock that was ahead, by a second more than that one."""
    newest = max((one.made_at for one in of_kind(workspace, kind)), default=0.0)
    stamp = datetime.fromtimestamp(max(clock.wall(), newest + 1), UTC).strftime(STAMP)
    return workspace.backups / f"{kind}-{stamp}{ENDING[kind]}"


def drop_old(workspace: Workspace, kind: Kind, keep: int | None = None) -> None:
    drop(of_kind(workspace, kind), KEPT[kind] if keep is None else keep)


def drop(among: Sequence[Backup], keep: int) -> None:
    for old in among[keep:]:
        with suppress(OSError):
            old.path.unlink()


# ---- people


def back_up_people(workspace: Workspace) -> Path | None:
    """Keep the list of people with all decisions as they are; `None`: they are as at the last time.

    On the ledger's writer thread, where nobody changes them meanwhile. Raises `OSError`. While an older list waits for
    its yes, those of before stay, as one of them may be the one that is wanted back: of those made since some go.
    """
    document = {path.name: json.loads(path.read_bytes()) for path in people_files(workspace)}
    known = of_kind(workspace, Kind.PEOPLE)
    if not document or (known and read_people(known[0].path) == document):
        return None
    workspace.backups.mkdir(mode=0o700, exist_ok=True)
    made = new_path(workspace, Kind.PEOPLE)
    write_whole(made, json.dumps(document, ensure_ascii=False, indent=1).encode())
    may_go = of_kind(workspace, Kind.PEOPLE)
    if waits_for_yes(document):
        may_go = [*takewhile(lambda one: waits_for_yes(read_people(one.path)), may_go)]
    drop(may_go, KEPT_PEOPLE)
    return made


def waits_for_yes(document: dict[str, Tables] | None) -> bool:
    """Whether a list of people, by its files, was an older one at that time, and nobody had said yes to it."""
    with suppress(LookupError, TypeError, AttributeError):
        return bool((document or {})[ROSTER]["workspace"]["1"]["restored"])
    return False


def people_files(workspace: Workspace) -> list[Path]:
    """The list of people and the decisions of each event, where they are."""
    files = [workspace.roster, *sorted(workspace.state.glob("decisions-*.json"))]
    return [path for path in files if path.is_file() and ".damaged-" not in path.name]


def read_people(path: Path) -> dict[str, Tables] | None:
    """A backup's files by name; `None` if it is none."""
    with suppress(OSError, ValueError):
        found = json.loads(path.read_bytes())
        if isinstance(found, dict) and "roster.json" in found:
            return cast(dict[str, Tables], found)
    return None


# ---- the ledger


def back_up_ledger(workspace: Workspace, keep_free: int) -> Path:
    """Copy the ledger as it is at one moment, in slices, while others write to it. Blocks for seconds.

    Raises `VenueError` where there is no room or no right to write, or where the copy is not sound: then none is made,
    and the last stay.
    """
    with in_words(workspace.backups):
        workspace.backups.mkdir(mode=0o700, exist_ok=True)
        make_room(workspace, keep_free)
        made = new_path(workspace, Kind.LEDGER)
        part = made.with_name(f".{made.name}.part")
        part.unlink(missing_ok=True)
        try:
            ledger_file.copy_ledger(workspace.ledger, part)
            if (verdict := ledger_file.soundness(part)) != "ok":
                raise VenueError("The backup of the ledger is not sound", verdict, "Check the disk", kind="backup")
            part.replace(made)
        finally:
            for suffix in ledger_file.COMPANIONS:
                part.with_name(part.name + suffix).unlink(missing_ok=True)
        drop_old(workspace, Kind.LEDGER)
        return made


def make_room(workspace: Workspace, keep_free: int) -> None:
    """Older backups give way to the new one, but for the last. Raises `VenueError` if that is not enough."""
    needed = workspace.ledger.stat().st_size + max(LEFT, keep_free)
    for keep in (KEPT_LEDGERS - 1, 1):
        if free_bytes(workspace.state) >= needed:
            return
        drop_old(workspace, Kind.LEDGER, keep)
    if (free := free_bytes(workspace.state)) < needed:
        raise VenueError(
            "No backup of the ledger was made",
            f"it needs {needed / 1e6:,.0f} MB on the disk of {workspace.state}, {free / 1e6:,.0f} MB are free",
            "Make room: the next one is made at night",
            cause=Cause.QUOTA,
            kind="backup",
        )


def lists_kept(workspace: Workspace) -> list[Tables]:
    """Earlier states of the list of people, and copies of it, whatever lies there; of each kind the newest first."""
    states = sorted(workspace.state.glob("roster.json.*"))
    copies = [(read_people(one.path) or {}).get(ROSTER, {}) for one in of_kind(workspace, Kind.PEOPLE)]
    return [*map(older.list_at, states), *copies]


def facts_of(backup: Backup) -> Mapping[str, int]:
    """What is in it, for people to choose by: numbers by name. Empty where it cannot be read."""
    with suppress(sqlite3.DatabaseError, LookupError, TypeError, AttributeError):
        if backup.kind is Kind.PEOPLE:
            found = (read_people(backup.path) or {})["roster.json"]
            people = [one for one in found.get("people", {}).values() if not one["merged_into"] and not one["ignored"]]
            return {"people": len(people), "events": len(found["events"])}
        return {"photos": ledger_file.photos_in(backup.path)}
    return {}


ROSTER = "roster.json"


def backup_rows(workspace: Workspace) -> list[BackupRow]:
    """Every backup, the newest first. Blocks."""
    return [
        {
            "file": one.path.name,
            "kind": one.kind.value,
            "made_at": iso(one.made_at),
            "bytes": one.bytes,
            "holds": dict(facts_of(one)),
        }
        for one in backups(workspace)
    ]


def put_back(workspace: Workspace, given: Path) -> PutBack:
    """Put a file in the place of the store that it is a copy of. Under the workspace's lock; blocks.

    `given` is the name of a backup, or a path: of a backup, a generation of the list of people, a ledger set aside.
    Raises `VenueError`, and has changed nothing then: also where it is another workspace's, whose people have
    other ids.
    """
    file = find_backup(workspace, given)
    with in_words(file), file.open("rb") as opened:
        is_ledger = opened.read(len(ledger_file.MAGIC)) == ledger_file.MAGIC
    refuse_another(workspace, file, *(of_ledger(file) if is_ledger else older.whose(people_in(file)[ROSTER])))
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
    first = workspace.state / f"before-restore-{datetime.fromtimestamp(clock.wall(), UTC):{STAMP}}"
    further = (first.with_name(f"{first.name}-{number}") for number in count(2))
    return next(path for path in chain([first], further) if not path.exists())


def find_backup(workspace: Workspace, given: Path) -> Path:
    for path in (workspace.backups / given.name if given.name == str(given) else given, given, workspace.state / given):
        if path.is_file():
            return path.absolute()
    raise NotThere("There is no such backup", str(given), "See them with: venuesync restore")


def refuse_another(workspace: Workspace, file: Path, id: str, told: str) -> None:
    """`id`: of the workspace that a backup is of; `told`: what is known of that, in words."""
    here = ids_here(workspace, file)
    if id and here and id not in here:
        raise UsageError(
            "This backup is of another workspace",
            f"{file} is of {id} ({told}), and {workspace.root} is {', '.join(sorted(here))}; nothing was changed",
            "Put it back there, or choose one of this workspace: venuesync restore",
        )


def ids_here(workspace: Workspace, but: Path) -> set[str]:
    """What the stores here call this workspace, else copies of them, `but` that file; nothing where all is new.

    A list that was begun anew because it was gone, and to which nobody has said yes, is no word of whose this is.
    """
    there = older.list_at(workspace.roster)
    is_anew = bool(older.own_row(there).get("anew"))
    ledger = "" if is_anew else of_ledger(workspace.ledger)[0]
    if older.says_whose(there) or ledger:
        return {older.whose(there)[0], ledger} - {""}
    kept = [(read_people(one.path) or {}).get(ROSTER, {}) for one in of_kind(workspace, Kind.PEOPLE) if one.path != but]
    kept += [older.list_at(path) for path in workspace.state.glob("roster.json.*") if path != but]
    ledgers = [] if is_anew else [one.path for one in of_kind(workspace, Kind.LEDGER) if one.path != but]
    return {
        *(older.whose(one)[0] for one in kept if older.says_whose(one)),
        *(of_ledger(one)[0] for one in ledgers),
    } - {""}


def of_ledger(path: Path) -> tuple[str, str]:
    """The id of the workspace that a ledger is of, and where that lay, in words."""
    id, root = ledger_file.workspace_in(path)
    return id, f"it lay at {root}"


def put_ledger_back(workspace: Workspace, file: Path, kept: Path) -> None:
    verdict = ledger_file.soundness(file)
    if verdict != "ok":
        raise VenueError("The backup cannot be used", f"{file}: {verdict}", CHOOSE)
    ledger_file.refuse_newer(file)
    part = workspace.ledger.with_name(f".{workspace.ledger.name}.part")
    try:
        ledger_file.copy_ledger(file, part)
        try:
            ledger_file.mark_old(part)
        except sqlite3.DatabaseError as error:  # it opens, and is no whole ledger
            raise VenueError("The backup cannot be used", f"{file}: {error}", CHOOSE) from error
        kept.mkdir(mode=0o700)
        ledger_file.put_aside(workspace.ledger, kept / workspace.ledger.name)
        part.replace(workspace.ledger)
    finally:
        part.unlink(missing_ok=True)


def put_people_back(workspace: Workspace, file: Path, kept: Path) -> None:
    """A backup holds all decisions of that time, also that there were none; a list alone leaves them as they are. What
    was decided last and had not reached its file counts as in it.

    Events stay as they are now, with what was decided in those that it does not know: photos go on arriving in them.
    Killed on the way, it is done wholly or not at all: the list goes first, and says what the decisions are to be.
    """
    documents = people_in(file)
    kept.mkdir(mode=0o700)
    moved = list(workspace.state.glob("roster.json*"))
    known: set[str] = set()
    if read_people(file) is None:
        documents[ROSTER]["workspace"]["1"]["pending"] = older.list_there(workspace.roster).get("pending") or {}
    else:
        known = {str(row["id"]) for row in documents[ROSTER]["events"].values()}
        moved += [path for path in workspace.state.glob("decisions-*.json*") if older.event_of(path) in known]
        documents[ROSTER]["workspace"]["1"]["pending"] = to_follow(workspace, documents)
    stay = {older.event_of(path) for path in workspace.state.glob("decisions-*.json") if path not in moved}
    documents[ROSTER]["workspace"]["1"]["put_back"] = True  # and is not just an older one
    decided = stay | {older.event_of(Path(name)) for name in documents if name != ROSTER}
    documents[ROSTER]["workspace"]["1"]["decided"] = sorted(decided)  # there is a file of each, and of no others
    keep_moves(workspace, documents, known)
    if older.is_whole(now := older.list_at(workspace.roster)):
        older.keep_events(now, documents[ROSTER])
    for path in moved:
        shutil.copy2(path, kept / path.name)
    for name in [ROSTER, *sorted(documents.keys() - {ROSTER})]:
        write_whole(workspace.state / name, json.dumps(documents[name], ensure_ascii=False, indent=1).encode())
    for path in moved:
        if path.name not in documents:
            path.unlink()


def keep_moves(workspace: Workspace, documents: Mapping[str, Tables], events: Collection[str]) -> None:
    """Where photos were moved since lies what a ledger that is rebuilt has to tell from what came there by itself.

    `events`: of which the decisions are put back.
    """
    with suppress(ValueError, LookupError, TypeError, AttributeError):  # what lies there is not as it should be
        now = older.list_there(workspace.roster)
        own: dict[str, Any] = documents[ROSTER]["workspace"]["1"]
        moves = together(moves_in(own), moves_in(now))
        back = {key: dict(one) for key, one in moves.back.items()}
        left: Tables = now.get("pending") or {}
        for event in events:
            name = f"decisions-{event}.json"
            rows = {**older.decisions_in(workspace.state / name), **left.get(event, {})}
            then: dict[str, Any] = {**documents.get(name, {}).get("decisions", {}), **own["pending"].get(event, {})}
            for key, row in rows.items():
                if (to := moved_to(row)) is not None and to != moved_to(then.get(key)):
                    back[key] = {**back.get(key, {}), to: EventId(event)}
        own |= Moves(back, moves.came).fields()


def to_follow(workspace: Workspace, documents: Mapping[str, Tables]) -> Tables:
    """By event: each decision that a backup (its files by name) has otherwise than the files here, or not at all.

    The list of people keeps it, as it does for what was decided last: the next opening makes the files so. A face that
    is forgotten by now, blurred or not, stays so, whatever the backup says of it.
    """
    due: Tables = documents[ROSTER]["workspace"]["1"].get("pending") or {}
    here: Tables = older.list_there(workspace.roster).get("pending") or {}  # that a file here may not have yet
    differ: Tables = {}
    for event in {str(row["id"]) for row in documents[ROSTER]["events"].values()}:
        name = f"decisions-{event}.json"
        left = due.get(event, {})  # that had not followed yet when the backup was made
        then: dict[str, Any] = {**documents.get(name, {}).get("decisions", {}), **left}
        last = here.get(event, {})
        now = {
            key: row for key, row in {**older.decisions_in(workspace.state / name), **last}.items() if row is not None
        }
        forgotten = {key: row for key, row in now.items() if row.get("forgotten")}
        then, left = {**then, **forgotten}, {**left, **forgotten}
        sure = {key for key in [*then, *now] if then.get(key) == now.get(key)} - {*left, *last}
        differ[event] = {key: then.get(key) for key in [*then, *now, *last] if key not in sure}
    return differ


def people_in(file: Path) -> dict[str, Tables]:
    """The files by name that a backup holds, or that a list of people alone is. Raises `UsageError` for anything else.

    They are marked as a copy: it has to be found out which guests' numbers were given since.
    """
    documents = read_people(file)
    if documents is None:
        with suppress(ValueError):
            documents = {ROSTER: cast(Tables, json.loads(file.read_bytes()))}
    try:
        for name, tables in (documents or {}).items():
            if name == ROSTER:
                check_roster(tables)
            else:
                older.check_decisions_file(name)
                check_decisions(tables)
        workspace: dict[str, Any] = (documents or {})[ROSTER]["workspace"]["1"]
    except (LookupError, TypeError, ValueError, AttributeError):
        raise UsageError("This is no backup", str(file), "See them with: venuesync restore") from None
    workspace["restored"], workspace["guests_sure"] = True, False
    return documents or {}
