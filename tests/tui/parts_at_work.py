"""What an agent's parts are doing at a moment of the made-up evening, where they are not started: told to the parts.

The one place among these tests that reaches into an application.
"""

from __future__ import annotations

from standing import Clock, at
from wedding import ACTIVE, STATES

from agent.app import Application
from agent.building.drive_side import DriveSide
from agent.drive import reasons
from agent.drive.connection import DriveLane
from agent.drive.errors import from_row
from agent.drive.files import About
from agent.ledger import counts, drive_queue
from agent.model import DEFAULT_EVENT
from agent.running.transfers import GRAIN, Meter
from agent.uploads.budget import Active

ACCOUNT = "lena@example.org"


def at_work(app: Application, state: str, clock: Clock, drive: tuple[str, str] | None = None) -> None:
    """Drive as it stands in that state (or so: its state, and since when), uploads under way, a source being listed."""
    told, ledger, roster = STATES[state], app._opened.ledger, app._opened.roster
    now = clock.now
    if not isinstance(app._drive, DriveSide):
        return
    lane, queue, feeds, downloader = app._drive.lane, app._drive.queue, app._drive.feeds, app._drive.downloader
    lane_is(lane, clock, *(drive or told.get("drive", ("online", "18:00:00"))))
    if "paused" in told:
        clock.now = at(told["paused"])
        roster.set_switches(type(roster.switches)(uploads=True, since=clock.now))
        clock.now = now
    queue.under_way.meter = meter(told["up"], clock)
    downloader.under_way.meter = meter(told["down"], clock)
    if state == "safe":
        arrivals = ledger.ask(counts.arrivals)
        feeds._polled = {source.id: arrivals for event in roster.events() for source in event.sources}
    elif state != "empty":
        feeds.listing.add(DEFAULT_EVENT)
    if lane.is_open() and "paused" not in told:
        tasks = {task.name: task for task in ledger.ask(lambda db: drive_queue.waiting(db, [], 500))}
        for photo, to, percent, rate in ACTIVE:
            task = tasks.get(photo)
            if task is not None and task.to == to and task.drive_id is not None:
                active = Active(task, task.drive_id, meter(rate, clock), copied=False)
                active.sent = task.bytes * percent // 100
                queue.under_way.active[task.placement] = active


def lane_is(lane: DriveLane, clock: Clock, state: str, since: str) -> None:
    """The lane hears what requests would have told it, then."""
    now, clock.now = clock.now, at(since)
    lane._reached(About(ACCOUNT, 0, None))
    lane._publish()
    if state == "offline":
        lane.report(from_row(reasons.NO_INTERNET, "no answer"))
    elif state == "needs_login":
        lane.report(from_row(reasons.SIGN_IN))
    elif state == "never":
        lane._about = None
        lane.report(from_row(reasons.NOT_SIGNED_IN))
    clock.now = now


def meter(megabytes: float, clock: Clock) -> Meter:
    """One that has seen so many a second."""
    made = Meter(clock)
    made.add(round(megabytes * 1e6 * GRAIN))
    return made
