"""The status document, from the stores and from the parts that are at work."""

from __future__ import annotations

import os

from agent import __version__
from agent.clock import iso, iso_or_none
from agent.drive.lanes import Lane
from agent.errors import Cause
from agent.handlers.status import sections
from agent.handlers.status.event_status import NOT_AT_WORK, AtWork, event_statuses
from agent.handlers.status.facts import Facts
from agent.handlers.status.parts import NO_PACE, AllDriveParts, LocalParts, Run
from agent.handlers.status.safety import numbers_of
from agent.handlers.status.verdict import Verdict, stopped
from agent.intake.folders import WatcherReport
from agent.ledger.counts import plural
from agent.model import NO_AGENT, DiskState, DriveState, Mode, PlacementId, WatcherState
from agent.people.enroll import person_row
from agent.requests.people import PersonStatus
from agent.requests.status import (
    AccountStatus,
    DayStatus,
    DiskStatus,
    DownloadCounts,
    DriveStatus,
    PhotoCounts,
    SafeToLeave,
    StatusDocument,
    UploadCounts,
    WatcherStatus,
)
from agent.roster import Roster
from agent.running.transfers import AllUnderWay
from agent.settings import Settings
from agent.sync import downloads
from agent.uploads.budget import Active
from agent.uploads.metered import MeteredLine, is_metered


def document(
    run: Run,
    settings: Settings,
    roster: Roster,
    here: LocalParts,
    drive: AllDriveParts,
    facts: Facts,
    verdict: Verdict,
    now: float,
) -> StatusDocument:
    """The whole document, the answer of the safe line included."""
    if run.mode is Mode.STOPPED:
        return {**base_document(settings, roster, facts, now), "workspace": str(run.root)}
    fetching = drive.lane.is_open() and not roster.switches.all
    work = AtWork(frozenset(drive.feeds.listing), fetching, drive.feeds.next_looks())
    made = base_document(settings, roster, facts, now, work)
    report = here.watcher.report()
    made["workspace"] = str(run.root)
    made["pid"] = os.getpid()
    made["mode"] = run.mode.value
    made["started_at"] = iso(run.started_at)
    made["watcher"] = watcher_status(report)
    made["drive"] = drive_status(settings, roster, drive)
    made["disk"] = disk_status(here)
    if here.cluster is not None:
        cluster = here.cluster
        made["faces"]["elsewhere"] = {
            "executor": cluster.address,
            "at_once": cluster.at_once,
            "looked": cluster.looked,
        }
    made["errors"] += len(sections.ledger_troubles(here.ledger))
    made["queue"]["arriving"] = facts.arriving + facts.depths["arriving"].count
    sending(made["uploads"], drive.uploads)
    fetching_now(made["downloads"], drive.downloads)
    made["safe_to_leave"] = safe_to_leave(verdict, facts, now)
    return made


def disk_status(here: LocalParts) -> DiskStatus:
    """`full`: photos wait for room to be filed, or nothing at all can be written down."""
    refused = here.ledger.trouble is not None and here.ledger.trouble.cause is Cause.QUOTA
    state = DiskState.FULL if refused else here.router.disk
    beside_ledger = here.ledger.free_bytes
    free = here.router.free_bytes if beside_ledger is None else min(here.router.free_bytes, beside_ledger)
    return {"state": state.value, "free_bytes": free}


def safe_to_leave(verdict: Verdict, facts: Facts, now: float) -> SafeToLeave:
    """The verdict as documents have it."""
    numbers = verdict.numbers
    return {
        "safe": verdict.safe,
        "code": verdict.code,
        "reason": verdict.reason,
        "remedy": verdict.remedy,
        "note": "; ".join(one for one in (no_photos(facts), taken_out(facts)) if one),
        "outlook": verdict.outlook,
        "needs_somebody": verdict.needs_somebody,
        "set_aside": numbers.all_aside,
        "verified": numbers.verified,
        "only_here": numbers.left_here[1],
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


def taken_out(facts: Facts) -> str:
    """Photos that few deletions at the source took away: nobody was asked about them."""
    if not facts.taken_out:
        return ""
    its, was = ("its", "was") if facts.taken_out == 1 else ("their", "were")
    return f"{plural(facts.taken_out)} that went at {its} source today {was} taken out: see activity"


def sending(made: UploadCounts, now: AllUnderWay[PlacementId, Active]) -> None:
    """What is on its way to Drive waits no more."""
    made["active"] = min(len(now.active), made["queued"])
    made["queued"] -= made["active"]
    left = made["bytes_left"] = max(0, made["bytes_left"] - sum(one.sent for one in now.active.values()))
    rate = now.meter.rate()
    made["bytes_per_second"] = round(rate, 1)
    made["eta_seconds"] = round(left / rate, 1) if rate > 1000 and left else None


def fetching_now(made: DownloadCounts, now: AllUnderWay[int, downloads.Active]) -> None:
    """The same of what is on its way from there."""
    made["active"] = min(len(now.active), made["queued"])
    made["queued"] -= made["active"]
    made["bytes_left"] = max(0, made["bytes_left"] - sum(one.received for one in now.active.values()))
    made["bytes_per_second"] = round(now.meter.rate(), 1)


def base_document(
    settings: Settings, roster: Roster, facts: Facts, now: float, work: AtWork = NOT_AT_WORK
) -> StatusDocument:
    """What is true whether or not an agent runs; on its own it says that none does."""
    drive = settings.drive.enabled
    switches = roster.switches
    off = no_drive(DriveState.OFFLINE, now, NO_AGENT, sending=settings.drive.send)
    off["metered"] = is_metered(switches, settings)
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
        "photos": photo_counts(
            facts.photos,
            skipped=facts.skipped,
            verified=facts.verified - facts.left_here[1],
            only_small=sum(facts.owed.small.values()) if drive else 0,
        ),
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
            "elsewhere": {"executor": "", "at_once": 0, "looked": 0},
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
            "for_line": facts.owed.placements if drive else 0,
        },
        "downloads": {
            "queued": facts.downloads["queued"],
            "active": 0,
            "failed": facts.downloads["failed"],
            "bytes_left": facts.downloads["bytes_left"],
            "bytes_per_second": 0.0,
        },
        "people": people(roster, facts),
        "events": event_statuses(settings, roster, facts.events, facts.of_events, work),
        "errors": facts.errors,
        "held": facts.held,
        "safe_to_leave": safe_to_leave(stopped(numbers_of(facts, drive=drive)), facts, now),
    }


def photo_counts(found: dict[str, int], *, skipped: int, verified: int, only_small: int) -> PhotoCounts:
    return {
        "seen": found["seen"],
        "waiting": found["waiting"],
        "filed": found["filed"],
        "unsorted": found["unsorted"],
        "failed": found["failed"],
        "held": found["held"],
        "dismissed": found["dismissed"],
        "skipped": skipped,
        "verified": verified,
        "only_small": only_small,
    }


def people(roster: Roster, facts: Facts) -> list[PersonStatus]:
    """Everybody with a folder, most photos first."""
    rows = [person_row(person, facts.people.get(person.id, {}), roster.shared(person.id)) for person in roster.people()]
    return sorted(rows, key=lambda row: (-row["solo"] - row["group"], row["name"]))


def watcher_status(report: WatcherReport) -> WatcherStatus:
    return {"state": report.state.value, "folders": len(report.folders), "detail": report.detail}


def drive_status(settings: Settings, roster: Roster, drive: AllDriveParts) -> DriveStatus:
    now = drive.lane.status
    if drive.lane.is_off:
        return drive_off(now.since)
    return {
        "state": now.state.value,
        "connecting": now.connecting,
        "sending": settings.drive.send,
        "since": iso(now.since),
        "detail": now.detail if drive.line is None else detail(now.detail, drive.line),
        "account": now.account,
        "quota": {"used": now.used or 0, "limit": now.limit or 0},
        "next_try_at": iso_or_none(now.next_try_at),
        "pace": drive.pace(),
        "metered": drive.line is not None and drive.line.metered,
        "today": today(drive.line),
        "accounts": [account_status(one, roster) for one in drive.lane.each()],
    }


def account_status(lane: Lane, roster: Roster) -> AccountStatus:
    now = lane.status
    return {
        "account": now.account,
        "default": not lane.account,
        "state": now.state.value,
        "connecting": now.connecting,
        "since": iso(now.since),
        "detail": now.detail,
        "quota": {"used": now.used or 0, "limit": now.limit or 0},
        "next_try_at": iso_or_none(now.next_try_at),
        "events": [one.name for one in roster.events() if one.lane == lane.account],
    }


def detail(told: str, line: MeteredLine) -> str:
    """Where nothing is wrong, what the line keeps back."""
    if line.spent:
        spent = f"the day's {line.limit / 1e6:,g} MB are used up: sending goes on at midnight"
        return f"{told}; {spent}" if told else spent
    return told


def today(line: MeteredLine | None) -> DayStatus:
    return {"sent": 0, "limit": 0} if line is None else {"sent": line.sent_today, "limit": line.limit}


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
        "metered": False,
        "today": today(None),
        "accounts": [],
    }
