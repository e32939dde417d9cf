"""What "may I pack up?" is decided from: the ledger's facts, and what the parts at work say of themselves."""

from __future__ import annotations

from agent.changes.standing import SourceStanding, standings
from agent.desk.facts import Facts
from agent.desk.house import House
from agent.desk.verdict import Numbers, Standing
from agent.errors import Cause
from agent.model import DriveState, WatcherState


def standing_of(house: House, facts: Facts) -> Standing:
    """How everything is."""
    report = None if house.watcher is None else house.watcher.report()
    switches = house.roster.switches
    numbers = numbers_of(
        facts,
        drive=house.lane is not None,
        settling=0 if report is None else report.settling,
    )
    off, names = sending_off(house, facts, numbers)
    refused = house.ledger.trouble
    words = None if refused is None else f"{refused.title[:1].lower()}{refused.title[1:]}: {refused.detail}"
    full = refused is not None and refused.cause is Cause.QUOTA
    return Standing(
        numbers,
        drive=DriveState.DISABLED if house.lane is None else house.lane.status.state,
        connecting=house.lane is not None and house.lane.status.connecting,
        watcher=WatcherState.STOPPED if report is None else report.state,
        watcher_detail=None if report is None else report.detail,
        disk=house.router.disk,
        paused=switches.all,
        uploads_paused=switches.uploads,
        sending_off=off,
        events_off=names,
        rebuilding=facts.rebuilding,
        people_changed=facts.planned_revision != house.roster.revision,
        comparing=not house.roster.restored and any(event.id in facts.grouping for event in house.roster.events()),
        swept=report is not None and report.whole_sweep_since(house.pipeline.last_arrival),
        sources=sources_on_drive(house, facts),
        store_trouble=None if full else words,
        disk_trouble=words if full else None,
    )


def numbers_of(facts: Facts, *, drive: bool, settling: int = 0) -> Numbers:
    photos = facts.photos
    here = photos["filed"] + photos["unsorted"]
    return Numbers(
        done=facts.verified if drive else here,
        waiting=photos["waiting"],
        sending=max(0, here - facts.verified - facts.refused) if drive else 0,
        refused=facts.refused if drive else 0,
        failed=photos["failed"],
        held=photos["held"],
        set_aside=photos["dismissed"],
        settling=settling,
        growing=min(facts.growing, photos["waiting"]),
        fetching=facts.downloads["queued"] if drive else 0,
        unreadable=max(0, facts.unreadable - facts.aside["file"]),
        taken_away=facts.taken_away,
        not_fetched=max(0, facts.downloads["failed"] - facts.aside["download"]) if drive else 0,
        others_aside=sum(facts.aside.values()),
        decisions_held=facts.held,
        folders=facts.uploads["folders_left"] if drive else 0,
        removals=facts.removals,
    )


def sending_off(house: House, facts: Facts, numbers: Numbers) -> tuple[bool, tuple[str, ...]]:
    """Whether all that is still to be sent is of events that send nothing, and which; none: the workspace's setting."""
    if not house.settings.drive.send:
        return True, ()
    off = [event for event in house.roster.events() if not event.send]
    unsent = sum(facts.events.unsent.get(event.id, 0) for event in off)
    every = len(off) == len(house.roster.events())
    return bool(off) and (every or 0 < numbers.sending <= unsent), tuple(event.name for event in off)


def sources_on_drive(house: House, facts: Facts) -> list[SourceStanding]:
    """How sure it is that all of each source is here; where Drive is off, there is none to ask."""
    if house.feeds is None:
        return []
    return standings(house.roster.events(), facts.events, house.feeds.looks(), facts.arrivals)
