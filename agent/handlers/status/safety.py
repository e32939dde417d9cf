"""What "may I pack up?" is decided from: the ledger's facts, and what the parts at work say of themselves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil
from pathlib import Path

from agent import clock
from agent.drive.connection import DriveStatus
from agent.drive.lanes import Lane
from agent.errors import Cause
from agent.handlers.status.facts import Facts
from agent.handlers.status.parts import AllDriveParts, LocalParts
from agent.handlers.status.standing import NO_RENDITION, Numbers, Standing
from agent.intake.folders import WatcherReport
from agent.ledger.by_event import AccountFacts
from agent.ledger.sightings import shown
from agent.model import DiskState, DriveState, SafeCode
from agent.requests.status import StatusDocument
from agent.roster import Roster
from agent.settings import Settings
from agent.sync.sources import Looks

LONG = 60.0  # seconds that Drive takes nothing, from which on that is said: shorter pauses come and go


@dataclass(frozen=True, slots=True)
class Looked:
    """How far folders and sources were looked through: taken before the facts are read, as what a look that ended since
    has found is not among these.
    """

    folders: WatcherReport
    sources: Looks


def looked(here: LocalParts, drive: AllDriveParts) -> Looked:
    return Looked(here.watcher.report(), drive.feeds.looks())


def standing_of(
    settings: Settings, roster: Roster, here: LocalParts, drive: AllDriveParts, before: Looked, facts: Facts
) -> Standing:
    """How everything is; `before`: how far all was `looked` through when the facts were read."""
    report, status = here.watcher.report(), drive.lane.status
    numbers = numbers_of(facts, drive=not drive.lane.is_off, settling=max(report.settling, facts.settling))
    forgetting = [one for one in roster.forgetting() if one.is_here or not drive.lane.is_off]
    making = max(0, numbers.folders_here - here.router.folders_refused)
    numbers = replace(numbers, removals=max(numbers.removals, len(forgetting)), folders_here=making)
    off, names = sending_off(settings, roster, facts, numbers)
    line = drive.line
    refused = here.ledger.trouble
    words = None if refused is None else f"{refused.title[:1].lower()}{refused.title[1:]}: {refused.detail}"
    full = refused is not None and refused.cause is Cause.QUOTA
    whole = Standing(
        numbers,
        drive=status.state,
        connecting=status.connecting,
        watcher=report.state,
        watcher_detail=report.detail,
        still_open=[(shown(Path(path).name), still) for one in report.folders for path, still in one.still_open],
        disk=here.router.disk,
        paused=roster.switches.all,
        uploads_paused=roster.switches.uploads,
        sending_off=off,
        events_off=names,
        smaller=tuple(one.name for one in roster.events() if one.made_as and facts.of_events.get(one.id)),
        metered=line is not None and line.metered,
        small_as=NO_RENDITION if line is None else line.small,
        day_spent=None if line is None or not line.spent else line.limit,
        rebuilding=facts.rebuilding or (facts.left_over and not roster.restored),
        checking=not here.ledger.is_checked,
        somebody_else=any(is_somebody_else(facts.whose.get(one.account, ""), one.whose()) for one in drive.each()),
        goes_elsewhere=any(facts.homes.get(one.id, one.lane) != one.lane for one in roster.events()),
        people_changed=facts.planned_revision != roster.revision,
        comparing=not roster.restored and any(event.id in facts.grouping for event in roster.events()),
        swept=all(one.whole_sweep_since(here.pipeline.last_arrival) for one in (before.folders, report))
        and here.wanted() <= {one.folder for one in report.folders},  # one that was just added is looked through first
        sources=drive.feeds.standings(facts.events, before.sources, facts.arrivals),
        store_trouble=None if full else words,
        disk_trouble=words if full else None,
        refused_folder=next((why for folder, why in drive.stuck().items() if folder in facts.stuck.of), ""),
        errors=facts.errors,
    )
    lanes = drive.lane.each()
    whole = replace(whole, **slowed([one.status for one in lanes]))
    if len(lanes) == 1:
        return whole
    spent = {one.account: line is not None and line.spent_for(one.account) for one in lanes}
    each = [of_account(one, whole, roster, facts, spent=spent[one.account]) for one in lanes]
    return replace(whole, each=each)


def slowed(drives: Sequence[DriveStatus]) -> dict[str, str]:
    """What `Standing` says of it. Of several accounts each has to take nothing: what one takes is on its way."""
    if not all(one.state is DriveState.THROTTLED and (one.next_try_at or 0.0) - one.since > LONG for one in drives):
        return {}
    title, _, remedy = drives[0].detail.partition(". ")
    minutes = max(0.0, (drives[0].next_try_at or 0.0) - clock.wall()) / 60
    again = f"Drive is asked again in {ceil(minutes)} min"
    return {"slowed": title, "slowed_remedy": f"{remedy}. {again}" if remedy else f"Nothing to do: {again}"}


def is_somebody_else(before: str, now: str | None) -> bool:
    """Whether another one is signed in than by the ledger, as far as both are known."""
    return bool(before and now and before != now)


def of_account(lane: Lane, whole: Standing, roster: Roster, facts: Facts, *, spent: bool) -> Standing:
    """What concerns one of several accounts: its Drive, and the numbers of its events. Files that are still arriving
    may be any event's. `spent`: photos of it wait for the next day.
    """
    mine, status = facts.of_accounts.get(lane.account, AccountFacts()), lane.line.status
    events = {one.id for one in roster.events() if one.lane == lane.account}
    numbers = replace(
        whole.numbers,
        waiting=mine.waiting,
        to_file=mine.to_file,
        sending=max(0, mine.unsent - mine.refused),
        growing=min(whole.numbers.growing, mine.waiting),
        fetching=mine.fetching,
        only_small=mine.only_small,
        for_line=min(mine.for_line, max(0, mine.unsent - mine.refused)),
        folders=mine.folders,
        stuck=min(mine.stuck.photos, max(0, mine.unsent - mine.refused)),
        stuck_folders=mine.stuck.folders,
        removals=mine.removals + len(events.intersection(facts.elsewhere)),
    )
    return replace(
        whole,
        numbers=numbers,
        drive=status.state,
        connecting=status.connecting,
        sources=[one for one in whole.sources if one.event in events],
        day_spent=whole.day_spent if spent else None,
        account=lane.account,
    )


def numbers_of(facts: Facts, *, drive: bool, settling: int = 0) -> Numbers:
    """`settling`: files that are still arriving, by now; whatever came since the facts were read is in none of them."""
    photos = facts.photos
    here = photos["filed"] + photos["unsorted"]
    sending = max(0, here - facts.verified - facts.refused - facts.amiss)
    return Numbers(
        done=facts.verified if drive else here,
        left_here=facts.left_here if drive else (0, 0),
        blurred=facts.blurred if drive else 0,
        waiting=photos["waiting"],
        to_file=facts.to_file if drive else 0,
        sending=sending if drive else 0,
        refused=facts.refused if drive else 0,
        amiss=facts.amiss if drive else 0,
        failed=photos["failed"],
        held=photos["held"],
        set_aside=photos["dismissed"],
        settling=settling,
        settling_again=settling - facts.arriving,
        growing=min(facts.growing, photos["waiting"]),
        fetching=facts.downloads["queued"] if drive else 0,
        unreadable=max(0, facts.unreadable - facts.aside["file"]),
        taken_away=facts.taken_away,
        lost=facts.lost,
        gone=facts.gone,
        not_fetched=max(0, facts.downloads["failed"] - facts.aside["download"]) if drive else 0,
        others_aside=sum(facts.aside.values()),
        decisions_held=facts.held,
        only_small=sum(facts.owed.small.values()) if drive else 0,
        for_line=min(facts.owed.waiting, sending) if drive else 0,
        folders=facts.uploads["folders_left"] if drive else 0,
        stuck=min(facts.stuck.photos, sending) if drive else 0,
        stuck_folders=facts.stuck.folders if drive else 0,
        folders_here=facts.folders_here,
        removals=facts.removals + len(facts.elsewhere),
    )


def can_go_on(status: StatusDocument) -> int:
    """How much waits to be filed, sent or fetched that nobody has to do anything for; without a line it may come."""
    queue, paused = status["queue"], status["paused"]
    drives = {one["state"] for one in status["drive"]["accounts"]} or {status["drive"]["state"]}
    if paused["all"]:
        return 0
    has_room = status["disk"]["state"] != DiskState.FULL
    waits = queue["arriving"] + queue["faces"] + queue["filing"] if has_room else 0
    if drives - {DriveState.DISABLED, DriveState.NEEDS_LOGIN}:
        waits += status["downloads"]["queued"] + status["downloads"]["active"] if has_room else 0
        if (
            drives - {DriveState.DISABLED, DriveState.NEEDS_LOGIN, DriveState.FULL}
            and status["drive"]["sending"]
            and not paused["uploads"]
        ):
            waits += status["uploads"]["queued"] + status["uploads"]["active"] - status["uploads"]["for_line"]
            waits += status["safe_to_leave"]["code"] == SafeCode.ONLY_SMALL
    return waits


def sending_off(settings: Settings, roster: Roster, facts: Facts, numbers: Numbers) -> tuple[bool, tuple[str, ...]]:
    """Whether all that is still to be sent is of events that send nothing, and which; none: the workspace's setting."""
    if not settings.drive.send:
        return True, ()
    off = [event for event in roster.events() if not event.send]
    unsent = sum(facts.events.unsent.get(event.id, 0) + facts.owed.small.get(event.id, 0) for event in off)
    every = len(off) == len(roster.events())
    return bool(off) and (every or 0 < numbers.sending + numbers.only_small <= unsent), tuple(one.name for one in off)
