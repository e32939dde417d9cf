"""The sections of a snapshot beside the status document, for screens."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from agent.clock import iso, iso_or_none
from agent.intake.folders import FolderReport, WatcherReport
from agent.ledger import Ledger, counts, disk_queue, drive_queue, sightings, troubles
from agent.ledger.counts import Depth
from agent.ledger.sqlite.rows import Db, Row
from agent.model import EventId, Step
from agent.requests.snapshot import IncomingFolder, LatestPhoto, QueueSection, UploadingSection, WaitingUpload
from agent.requests.troubles import Trouble, TroubleSection
from agent.uploads.budget import Active

MINUTES = 60
LATEST = 60
WAITING = 30
SUBJECTS = 20
HEALED = 20
SKIPPED = 20


def queue(report: WatcherReport, arriving: int, depths: dict[str, Depth], per_minute: list[int]) -> QueueSection:
    """`arriving`: files that are no photos yet."""
    steps = {step.value: depths[step.value] for step in Step}
    if arriving:
        oldest = [at for at in (steps["arriving"].oldest_at, report.oldest_settling_at) if at is not None]
        steps["arriving"] = Depth(steps["arriving"].count + arriving, min(oldest, default=None))
    return {
        "steps": {
            name: {"count": depth.count, "oldest_at": iso_or_none(depth.oldest_at)} for name, depth in steps.items()
        },
        "per_minute": per_minute,
    }


def uploading(active: Iterable[Active], waiting: Sequence[WaitingUpload]) -> UploadingSection:
    return {"active": [one.shown() for one in active], "waiting": list(waiting)}


def read_waiting(db: Db, busy: Sequence[int]) -> list[WaitingUpload]:
    return [
        {"placement": task.placement, "photo": task.name, "to": task.to}
        for task in drive_queue.waiting(db, busy, WAITING)
    ]


def read_latest(db: Db, *, drive: bool) -> list[LatestPhoto]:
    rows = counts.latest(db, LATEST, drive=drive)
    names = counts.filed_under(db, [row["id"] for row in rows])
    return [
        {
            "id": row["id"],
            "at": iso(row["at"]),
            "photo": row["name"],
            "to": names[row["id"]],
            "took": took(row),
            "only_here": drive and bool(row["only_here"]),
        }
        for row in rows
    ]


def took(row: Row) -> float | None:
    """Seconds from its arrival; of a photo that is done anew, as it was wanted elsewhere since, they are no news."""
    anew = row["arrived_at"] < row["since_at"] < row["at"]
    return None if anew else max(0.0, row["at"] - row["arrived_at"])


def read_troubles(db: Db, midnight: float) -> TroubleSection:
    """Troubles by cause: those of one kind with one remedy are one row."""
    return {
        "open": group(troubles.opened(db)),
        "healed": group(troubles.healed(db, midnight, 500))[:HEALED],
        "healed_today": troubles.count_healed(db, midnight),
    }


def group(rows: Sequence[Row]) -> list[Trouble]:
    groups: dict[tuple[str, str, str], Trouble] = {}
    for row in rows:
        key = (row["kind"], row["title"], row["remedy"])
        if key not in groups:
            groups[key] = {
                "kind": row["kind"],
                "cause": row["cause"],
                "severity": row["severity"],
                "title": row["title"],
                "detail": row["detail"],
                "remedy": row["remedy"],
                "subjects": [],
                "ids": [],
                "photos": [],
                "count": 0,
                "first_at": iso(row["first_at"]),
                "last_at": iso(row["last_at"]),
                "ended_at": iso_or_none(row["ended_at"]),
            }
        one = groups[key]
        one["count"] += 1
        one["ids"].append(row["id"])
        if row["event_photo"] is not None:
            one["photos"].append(row["event_photo"])
        one["first_at"] = min(one["first_at"], iso(row["first_at"]))
        if len(one["subjects"]) < SUBJECTS:
            one["subjects"].append(row["subject"])
    for one in groups.values():  # a photo with two troubles of one kind counts once
        one["photos"] = list(dict.fromkeys(one["photos"]))
    return list(groups.values())


# ---- troubles of the moment that stand in no ledger, because it is the ledger that is in trouble


def ledger_troubles(ledger: Ledger) -> list[Trouble]:
    """Why nothing can be written down; empty where all is well."""
    error, since = ledger.trouble, ledger.trouble_since
    if error is None:
        return []
    return [
        {
            "kind": error.kind,
            "cause": error.cause.value,
            "severity": "error",
            "title": error.title,
            "detail": error.detail,
            "remedy": error.remedy,
            "subjects": ["this machine's disk"],
            "ids": [],
            "photos": [],
            "count": 1,
            "first_at": iso(since),
            "last_at": iso(since),
            "ended_at": None,
        }
    ]


def with_standing(standing: Sequence[Trouble], opened: Sequence[Trouble]) -> list[Trouble]:
    """All open troubles; one that stands in the ledger, too, is one with it."""
    rows = list(opened)
    for one in standing:
        twin = next((row for row in rows if (row["kind"], row["title"]) == (one["kind"], one["title"])), None)
        if twin is None:
            rows.insert(0, one)
        else:
            twin["count"] += 1
    return rows


# ---- folders, and what happened


def read_folders(db: Db, *, drive: bool) -> tuple[dict[str, dict[str, int]], dict[str, list[str]], dict[EventId, int]]:
    tallies = sightings.folder_tallies(db)
    for folder, on_drive, number in disk_queue.gone_but_on_cards(db, drive=drive):
        tallies.setdefault(folder, {})["on_drive" if on_drive else "gone"] = number
    skipped = {
        folder: sightings.skipped_paths(db, folder, SKIPPED)
        for folder, tally in tallies.items()
        if tally.get("skipped")
    }
    return tallies, skipped, troubles.aside_and_nowhere(db)


def folders(
    before: Sequence[FolderReport],
    watched: Sequence[FolderReport],
    tallies: dict[str, dict[str, int]],
    skipped: dict[str, list[str]],
    nowhere: dict[EventId, int],
) -> list[IncomingFolder]:
    """Every watched folder, and whether the card may be erased; `before`: they when the tallies were not read yet."""
    shown: list[IncomingFolder] = []
    earlier = {one.folder: one for one in before}
    for one in watched:
        path = str(one.folder.path)
        tally = tallies.get(path, {})
        row: IncomingFolder = {
            "id": sightings.shown(path),
            "path": sightings.shown(path),
            "event": one.folder.event,
            "state": one.state,
            "detail": one.detail,
            "photos": tally.get("photos", 0),
            "waiting": tally.get("waiting", 0) + one.settling,
            "skipped": [sightings.shown(Path(name).name) for name in skipped.get(path, [])],
            "skipped_count": tally.get("skipped", 0),
            "copied": False,
            "line": "",
        }
        lost = nowhere.get(one.folder.event, 0)
        looked = is_looked_through(earlier.get(one.folder), one)
        row["copied"], row["line"] = folder_line(row, tally, looked=looked, nowhere=lost)
        shown.append(row)
    return shown


def is_looked_through(before: FolderReport | None, now: FolderReport) -> bool:
    """Whether that holds of tallies that were read between these: nothing was on its way, and nothing came since."""
    if before is None or before.settling or before.seen_at != now.seen_at:
        return False
    return before.is_looked_through and now.is_looked_through


def folder_line(folder: IncomingFolder, tally: dict[str, int], *, looked: bool, nowhere: int = 0) -> tuple[bool, str]:
    """Whether everything in a folder is copied and checked, apart from Drive; and that in words.

    `nowhere`: photos of its event that were set aside or taken away and of which nothing lies here: it may be theirs.
    """
    against = _against(folder, tally, nowhere) or (None if looked else "checking once more")
    if against is None and (withdrawn := tally.get("withdrawn", 0)):
        against = f"{withdrawn:,} of {folder['photos']:,} withdrawn, so here alone; the rest is copied"
    if against is None and (gone := tally.get("gone", 0)):
        against = f"{gone:,} of {folder['photos']:,} filed and deleted, so here alone: venuesync retry --all"
    if against is not None:
        return False, against
    alone = f", {tally['on_drive']:,} on Drive alone" if tally.get("on_drive") else ""
    others = f" ({folder['skipped_count']:,} other files stay)" if folder["skipped_count"] else ""
    return True, f"all copied{alone}: the card may be erased{others}"


def _against(folder: IncomingFolder, tally: dict[str, int], nowhere: int) -> str | None:
    photos, waiting = folder["photos"], folder["waiting"]
    bad, aside = tally.get("failed", 0) + tally.get("unreadable", 0), tally.get("dismissed", 0) + nowhere
    if folder["state"] != "running":
        return folder["detail"] or f"the folder is {folder['state']}"
    if waiting:
        return f"{waiting:,} of {photos + waiting - tally.get('waiting', 0):,} still to copy"
    if bad:
        return f"{bad:,} of {photos + tally.get('unreadable', 0):,} could not be copied: see errors"
    if aside:
        return f"{aside:,} of {photos + nowhere:,} set aside or gone: the card may not be erased"
    if not photos:
        return "empty" if not folder["skipped_count"] else f"no photos, {folder['skipped_count']:,} other files"
    return None
