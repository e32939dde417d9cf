"""The status document, from the stores and from the parts that are at work."""

from __future__ import annotations

import os

from agent import __version__
from agent.desk import standing
from agent.desk.event_status import AtWork, event_statuses
from agent.desk.facts import Facts
from agent.desk.house import House
from agent.desk.pacing import NO_PACE
from agent.desk.safety import numbers_of
from agent.desk.verdict import Verdict, stopped
from agent.errors import Cause
from agent.intake.report import WatcherReport
from agent.ledger.counts import plural
from agent.model import DiskState, DriveState, Mode, WatcherState
from agent.people.rows import person_row
from agent.roster import Roster
from agent.service_browse import PersonStatus
from agent.service_status import DiskStatus, DriveStatus, SafeToLeave, StatusDocument, WatcherStatus
from agent.settings import Settings
from agent.times import iso, iso_or_none


def document(house: House, facts: Facts, verdict: Verdict, now: float) -> StatusDocument:
    """The whole document, the answer of the safe line included."""
    made = base_document(house.settings, house.roster, facts, now)
    made["workspace"] = str(house.workspace.root)
    if house.mode is Mode.STOPPED:
        return made
    report = None if house.watcher is None else house.watcher.report()
    settling = 0 if report is None else report.settling
    arriving = settling + facts.depths["arriving"].count
    made["pid"] = os.getpid()
    made["mode"] = house.mode.value
    made["started_at"] = iso(house.started_at)
    made["watcher"] = watcher_status(report)
    made["drive"] = drive_status(house)
    made["disk"] = disk_status(house)
    made["errors"] += len(standing.of_ledger(house.ledger))
    made["queue"]["arriving"] = arriving
    if house.queue is not None:
        active = len(house.queue.active)
        rate = house.queue.meter.rate()
        left = max(0, facts.uploads["bytes_left"] - sum(one.sent for one in house.queue.active.values()))
        made["uploads"]["active"] = min(active, made["uploads"]["queued"])
        made["uploads"]["queued"] -= made["uploads"]["active"]
        made["uploads"]["bytes_left"] = left
        made["uploads"]["bytes_per_second"] = round(rate, 1)
        made["uploads"]["eta_seconds"] = round(left / rate, 1) if rate > 1000 and left else None
    downloading(house, made, facts)
    made["safe_to_leave"] = safe_to_leave(verdict, facts, now)
    return made


def disk_status(house: House) -> DiskStatus:
    """`full`: photos wait for room to be filed, or nothing at all can be written down."""
    refused = house.ledger.trouble is not None and house.ledger.trouble.cause is Cause.QUOTA
    state = DiskState.FULL if refused else house.router.disk
    beside_ledger = house.ledger.free_bytes
    free = house.router.free_bytes if beside_ledger is None else min(house.router.free_bytes, beside_ledger)
    return {"state": state.value, "free_bytes": free}


def safe_to_leave(verdict: Verdict, facts: Facts, now: float) -> SafeToLeave:
    """The verdict as documents have it."""
    numbers = verdict.numbers
    return {
        "safe": verdict.safe,
        "code": verdict.code,
        "reason": verdict.reason,
        "remedy": verdict.remedy,
        "note": no_photos(facts),
        "outlook": verdict.outlook,
        "needs_somebody": verdict.needs_somebody,
        "set_aside": numbers.all_aside,
        "verified": numbers.done,
        "on_the_way": numbers.on_the_way,
        "needs_you": numbers.needs_you,
        "checked_at": iso(now),
    }


def no_photos(facts: Facts) -> str:
    """What lies in incoming folders and stays there: `1 file is no photo and stays where it is: notes.txt`."""
    if not facts.skipped:
        return ""
    shown = facts.skipped_names
    names = ", ".join(shown) + (", …" if facts.skipped > len(shown) else "")
    what = "is no photo and stays where it is" if facts.skipped == 1 else "are no photos and stay where they are"
    return f"{plural(facts.skipped, 'file')} {what}: {names}"


def downloading(house: House, made: StatusDocument, facts: Facts) -> None:
    """What the feeds and the downloads are doing right now."""
    if house.feeds is None or house.downloader is None or house.lane is None:
        return
    active = house.downloader.active.values()
    made["downloads"]["active"] = min(len(active), made["downloads"]["queued"])
    made["downloads"]["queued"] -= made["downloads"]["active"]
    made["downloads"]["bytes_left"] = max(0, facts.downloads["bytes_left"] - sum(one.received for one in active))
    made["downloads"]["bytes_per_second"] = round(house.downloader.meter.rate(), 1)
    fetching = house.lane.is_open() and not house.roster.switches.all
    work = AtWork(frozenset(house.feeds.listing), fetching, house.feeds.next_looks())
    made["events"] = event_statuses(house.settings, house.roster, facts.events, facts.of_events, work)


def base_document(settings: Settings, roster: Roster, facts: Facts, now: float) -> StatusDocument:
    """What is true whether or not an agent runs; on its own it says that none does."""
    drive = settings.drive.enabled
    switches = roster.switches
    photos = facts.photos
    off = no_drive(DriveState.OFFLINE, now, "no agent runs here", sending=settings.drive.send)
    uploads = facts.uploads if drive else dict.fromkeys(facts.uploads, 0)
    return {
        "version": __version__,
        "workspace": "",
        "workspace_id": roster.workspace_id,
        "pid": 0,
        "mode": Mode.STOPPED.value,
        "started_at": iso(now),
        "paused": {"uploads": switches.uploads, "all": switches.all, "since": iso_or_none(switches.since)},
        "watcher": {"state": WatcherState.STOPPED.value, "folders": 0, "detail": None},
        "drive": off if drive else drive_off(now),
        "disk": {"state": DiskState.OK.value, "free_bytes": 0},
        "photos": {
            "seen": photos["seen"],
            "waiting": photos["waiting"],
            "filed": photos["filed"],
            "unsorted": photos["unsorted"],
            "failed": photos["failed"],
            "held": photos["held"],
            "dismissed": photos["dismissed"],
            "skipped": facts.skipped,
            "verified": facts.verified,
        },
        "queue": {
            "arriving": facts.depths["arriving"].count,
            "faces": facts.depths["faces"].count,
            "filing": facts.depths["filing"].count,
            "uploading": facts.depths["uploading"].count,
        },
        "faces": {
            "found": facts.faces["found"],
            "unknown": facts.faces["unknown"],
            "clusters": facts.faces["clusters"] + sum(person.guest for person in roster.people()),
            "to_review": facts.faces["to_review"],
            "changes": facts.faces["changes"] + roster.revision,
            "second_looks": {
                "waiting": facts.second_looks["waiting"] if settings.faces.second_looks else 0,
                "done": facts.second_looks["done"],
                "found": facts.second_looks["found"],
            },
        },
        "uploads": {
            "queued": uploads["queued"],
            "active": 0,
            "verified": uploads["verified"],
            "failed": uploads["failed"],
            "bytes_left": uploads["bytes_left"],
            "bytes_per_second": 0.0,
            "eta_seconds": None,
            "folders_left": uploads["folders_left"],
            "removals": facts.removals,
        },
        "downloads": {
            "queued": facts.downloads["queued"],
            "active": 0,
            "failed": facts.downloads["failed"],
            "bytes_left": facts.downloads["bytes_left"],
            "bytes_per_second": 0.0,
        },
        "people": people(roster, facts),
        "events": event_statuses(settings, roster, facts.events, facts.of_events, AtWork()),
        "errors": facts.errors,
        "held": facts.held,
        "safe_to_leave": safe_to_leave(stopped(numbers_of(facts, drive=drive)), facts, now),
    }


def people(roster: Roster, facts: Facts) -> list[PersonStatus]:
    """Everybody with a folder, most photos first."""
    rows = [person_row(person, facts.people.get(person.id, {}), roster.shared(person.id)) for person in roster.people()]
    return sorted(rows, key=lambda row: (-row["solo"] - row["group"], row["name"]))


def watcher_status(report: WatcherReport | None) -> WatcherStatus:
    if report is None:
        return {"state": WatcherState.STOPPED.value, "folders": 0, "detail": None}
    return {"state": report.state.value, "folders": len(report.folders), "detail": report.detail}


def drive_status(house: House) -> DriveStatus:
    if house.lane is None:
        return drive_off(house.started_at)
    now = house.lane.status
    return {
        "state": now.state.value,
        "connecting": now.connecting,
        "sending": house.settings.drive.send,
        "since": iso(now.since),
        "detail": now.detail,
        "account": now.account,
        "quota": {"used": now.used or 0, "limit": now.limit or 0},
        "next_try_at": iso_or_none(now.next_try_at),
        "pace": NO_PACE if house.pacing is None else house.pacing.status(),
    }


def drive_off(since: float) -> DriveStatus:
    return no_drive(DriveState.DISABLED, since, "Drive is off: photos are filed on this machine only")


def no_drive(state: DriveState, since: float, detail: str, *, sending: bool = False) -> DriveStatus:
    return {
        "state": state.value,
        "connecting": False,
        "sending": sending,
        "since": iso(since),
        "detail": detail,
        "account": None,
        "quota": {"used": 0, "limit": 0},
        "next_try_at": None,
        "pace": NO_PACE,
    }
