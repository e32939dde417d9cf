"""The status document, from the stores and from the parts that are at work."""

from __future__ import annotations

import os
import sqlite3
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from agent import __version__
from agent.desk.event_status import AtWork, event_statuses, unchecked
from agent.desk.house import House
from agent.desk.pacing import NO_PACE
from agent.desk.safe import Closing, verdict
from agent.drive.lane import CONNECTING
from agent.intake.report import WatcherReport
from agent.ledger import (
    counts,
    downloads,
    events,
    held,
    meta,
    reviews,
    second_looks,
    sightings,
    strangers,
    troubles,
)
from agent.ledger.counts import Depth
from agent.ledger.events import EventFacts
from agent.model import DiskState, DriveState, EventId, Mode, WatcherState
from agent.people.grouping import due_events
from agent.people.plan_again import HELD
from agent.people.planner import CHANGES
from agent.people.rows import person_row
from agent.roster import Roster
from agent.service_browse import PersonStatus
from agent.service_status import DriveStatus, StatusDocument, WatcherStatus
from agent.settings import Settings
from agent.times import iso, iso_or_none


@dataclass(frozen=True, slots=True)
class Facts:
    """What the ledger says, read in one go."""

    photos: dict[str, int]
    verified: int
    skipped: int
    depths: dict[str, Depth]
    uploads: dict[str, int]
    removals: int
    people: dict[str, dict[str, float]]
    of_events: dict[str, int]
    faces: dict[str, int]
    second_looks: dict[str, int]
    grouping: set[EventId]  # events in which faces of nobody known are to be put into groups
    errors: int
    held: int
    last_arrival: float | None
    skipped_names: tuple[str, ...]
    planned_revision: int
    rebuilding: bool
    downloads: dict[str, int]
    events: EventFacts


def read_facts(db: sqlite3.Connection, now: float, *, drive: bool, engine: str = "") -> Facts:
    return Facts(
        photos=counts.photos(db),
        verified=counts.verified_photos(db),
        skipped=counts.skipped_files(db),
        depths=counts.depths(db, now, drive=drive),
        uploads=counts.uploads(db),
        removals=counts.removals_due(db, drive=drive),
        people=counts.people(db),
        of_events=counts.photos_of_events(db),
        second_looks=second_looks.counts(db),
        grouping=due_events(db, engine),
        faces={
            **counts.faces(db),
            "clusters": strangers.count_clusters(db),
            "to_review": reviews.count(db),
            "changes": int(meta.get(db, CHANGES, "0")),
        },
        errors=troubles.count_open(db),
        held=int(int(meta.get(db, HELD, "0")) > 0) + held.count_open(db),
        last_arrival=counts.last_arrival(db),
        planned_revision=meta.planned_revision(db),
        rebuilding=meta.rebuilding(db, drive=drive),
        downloads=downloads.tally(db),
        events=events.facts(db, midnight_before(now)),
        skipped_names=tuple(sightings.shown(Path(path).name) for path in sightings.some_skipped(db, 3)),
    )


def midnight_before(now: float) -> float:
    return datetime.fromtimestamp(now).astimezone().replace(hour=0, minute=0, second=0, microsecond=0).timestamp()


def document(house: House, facts: Facts, now: float) -> StatusDocument:
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
    made["disk"] = {"state": house.router.disk.value, "free_bytes": house.router.free_bytes}
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
    swept = report is not None and report.whole_sweep_since(max(house.started_at, facts.last_arrival or 0.0))
    behind = catching_up(house, facts)
    since = max(house.started_at, facts.last_arrival or 0.0)
    unseen = None if house.feeds is None else unchecked(house.roster, facts.events, since)
    safe, reason = verdict(made, Closing(settling, swept, facts.removals, facts.skipped_names, behind, unseen))
    made["safe_to_leave"] = {
        "safe": safe,
        "reason": reason,
        "checked_at": iso(now),
        "swept": swept and not behind and not unseen,
    }
    return made


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


def catching_up(house: House, facts: Facts) -> str | None:
    """What the agent still has to find out about itself, after a start or a change of people."""
    if facts.rebuilding:
        return "the ledger is being rebuilt"
    if facts.planned_revision != house.roster.revision:
        return "the people changed: photos are being matched again"
    if any(event.id in facts.grouping for event in house.roster.events()):
        return "unknown faces are being compared"
    return None


def base_document(settings: Settings, roster: Roster, facts: Facts, now: float) -> StatusDocument:
    """What is true whether or not an agent runs; on its own it says that none does."""
    drive = settings.drive.enabled
    switches = roster.switches
    photos = facts.photos
    uploads = facts.uploads if drive else dict.fromkeys(facts.uploads, 0)
    return {
        "version": __version__,
        "workspace": "",
        "pid": 0,
        "mode": Mode.STOPPED.value,
        "started_at": iso(now),
        "paused": {"uploads": switches.uploads, "all": switches.all, "since": iso_or_none(switches.since)},
        "watcher": {"state": WatcherState.STOPPED.value, "folders": 0, "detail": None},
        "drive": no_drive(DriveState.OFFLINE, now, "no agent runs here") if drive else drive_off(now),
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
        "safe_to_leave": {"safe": False, "reason": "no agent runs here", "checked_at": iso(now), "swept": False},
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
        "connecting": now.detail == CONNECTING,
        "since": iso(now.since),
        "detail": now.detail,
        "account": now.account,
        "quota": {"used": now.used or 0, "limit": now.limit or 0},
        "next_try_at": iso_or_none(now.next_try_at),
        "pace": NO_PACE if house.pacing is None else house.pacing.status(),
    }


def drive_off(since: float) -> DriveStatus:
    return no_drive(DriveState.DISABLED, since, "Drive is off: photos are filed on this machine only")


def no_drive(state: DriveState, since: float, detail: str) -> DriveStatus:
    return {
        "state": state.value,
        "connecting": False,
        "since": iso(since),
        "detail": detail,
        "account": None,
        "quota": {"used": 0, "limit": 0},
        "next_try_at": None,
        "pace": NO_PACE,
    }
