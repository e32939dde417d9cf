"""What the ledger says of everything, of one moment: the status document and the verdict are made of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from agent import clock
from agent.ledger import (
    accounts,
    amiss_on_drive,
    by_event,
    counts,
    disk_folders,
    disk_queue,
    downloads,
    drive_folders,
    drive_queue,
    faces,
    held,
    matches,
    meta,
    renditions,
    sightings,
    troubles,
    unknown_faces,
)
from agent.ledger.by_event import AccountFacts, EventFacts
from agent.ledger.counts import Depth
from agent.ledger.drive_folders import Stuck
from agent.ledger.renditions import Owed
from agent.ledger.sqlite.rows import Db
from agent.model import EventId, FolderId, PhotoId
from agent.people.guests import due_events
from agent.people.plan_again import OLDER

LONG = 0.05  # seconds: what takes longer to count is counted
KEPT = 20  # times as many apart: a twentieth of a core


@dataclass(frozen=True, slots=True)
class Facts:
    """What the ledger says, read in one go."""

    photos: dict[str, int]
    verified: int
    to_file: int  # of those that wait: they are on Drive
    refused: int
    amiss: int  # sent, and not on Drive as they were any more
    aside: dict[str, int]  # what is set aside and is no photo of an event, by its kind
    unreadable: int
    taken_away: int
    lost: int
    gone: int  # filed, and deleted by hand wherever they lay
    growing: int
    settling: int  # files that are still arriving
    arriving: int  # of these, but for those whose photo waits already: they are being looked at again
    skipped: int
    depths: dict[str, Depth]
    uploads: dict[str, int]
    removals: int
    folders_here: int  # to be made on this disk
    people: dict[str, dict[str, float]]
    of_events: dict[str, int]
    left_here: tuple[int, int]  # files of which Drive is to have nothing, and the photos that these are
    owed: Owed  # what a metered line keeps back
    blurred: int  # photos that are filed with a face blurred
    faces: dict[str, int]
    second_looks: dict[str, int]
    grouping: set[EventId]  # events in which faces of nobody known are to be put into groups
    errors: int
    held: int
    arrivals: int
    skipped_names: tuple[str, ...]
    taken_out: int  # photos that went at their source today, and were taken out unasked
    planned_revision: int
    rebuilding: bool
    left_over: bool
    downloads: dict[str, int]
    events: EventFacts
    stuck: Stuck
    of_accounts: dict[str, AccountFacts]  # where there are several
    whose: dict[str, str]  # each account's Drive: who is signed in, and with which server
    homes: dict[str, str]  # of events that may have gone to another account: the one that the ledger knows
    elsewhere: Sequence[EventId]  # events that are still to be moved into the folder on Drive that was chosen for each


def read_facts(
    db: Db,
    now: float,
    *,
    drive: bool,
    engine: Callable[[], str] = str,
    quiet: Sequence[str] = (),
    growing: Sequence[PhotoId] = (),
    settling: Sequence[str] = (),
    largest: int = counts.ANY_SIZE,
    bytes_left: Callable[[Db, int], int] = counts.bytes_left,
    lanes: Mapping[str, Sequence[EventId]] | None = None,
    moved: Sequence[EventId] = (),
    refusing: Collection[FolderId] = (),
    given: Mapping[EventId, str] | None = None,
) -> Facts:
    """`quiet`: events of which nothing is sent; `growing`: photos that do not open yet; `settling`: paths of
    files that are still arriving; `largest`: bytes that are sent of a photo at most; `lanes`: where there are several
    accounts, each one's events; `moved`: see `homes`; `refusing`: folders that Drive refuses
    until somebody acts; `given`: the folder on Drive that was chosen for each event, if any was.
    """
    photos, refused, amiss = counts.photos(db, drive=drive), counts.refused_photos(db), amiss_on_drive.photos(db)
    verified = counts.verified_of(db, None, amiss)
    sending = max(0, photos["filed"] + photos["unsorted"] - verified - refused - amiss) if drive else 0
    uploads = counts.uploads(db, quiet)
    return Facts(
        photos=photos,
        verified=verified,
        to_file=disk_queue.count_to_file(db),
        refused=refused,
        amiss=amiss,
        aside=troubles.others_aside(db),
        unreadable=counts.unreadable_files(db),
        taken_away=counts.taken_away(db),
        lost=counts.lost(db),
        gone=disk_queue.count_gone(db, drive=drive),
        growing=counts.waiting_of(db, growing),
        settling=len(settling),
        arriving=len(settling) - min(len(settling), counts.waiting_at(db, settling)),
        skipped=counts.skipped_files(db),
        depths=counts.depths(db, clock.steady(), sending),
        uploads={**uploads, "bytes_left": bytes_left(db, largest) if uploads["queued"] else 0},
        removals=counts.removals_due(db, quiet, drive=drive),
        folders_here=disk_folders.count_to_make(db),
        people=counts.people(db),
        of_events=counts.photos_of_events(db),
        left_here=drive_queue.count_left_here(db),
        owed=renditions.owed(db),
        blurred=disk_queue.count_blurred(db),
        second_looks=faces.second_look_counts(db),
        grouping=due_events(db, engine),
        faces={
            **unknown_faces.tally(db),
            "clusters": unknown_faces.count_clusters(db),
            "to_review": matches.count_questions(db),
            "changes": int(meta.get(db, matches.CHANGES, "0")),
        },
        errors=troubles.count_open(db),
        held=int(meta.get(db, OLDER) == "1") + held.count(db),
        arrivals=counts.arrivals(db),
        planned_revision=meta.planned_revision(db),
        rebuilding=meta.rebuilding(db, drive=drive),
        left_over=meta.get(db, meta.REBUILD_REST) == "1",
        downloads=downloads.download_tally(db),
        events=by_event.event_facts(db, midnight_before(now)),
        skipped_names=tuple(sightings.some_skipped(db, 3)),
        taken_out=held.taken_out_on(db, clock.local(now).date().isoformat()),
        stuck=drive_folders.stuck(db, refusing, quiet),
        of_accounts={
            account: by_event.of_account(db, account, events, quiet, clock.steady(), refusing)
            for account, events in (lanes or {}).items()
        },
        whose=meta.of_accounts(db, accounts.WHOSE),
        homes=accounts.of_events(db, moved) if moved else {},
        elsewhere=accounts.elsewhere(db, given or {}, clock.steady()) if drive else (),
    )


class BytesLeft:
    """As `counts.bytes_left`; of many photos what it was a moment ago: 100,000 placements take a second."""

    def __init__(self) -> None:
        self._found = self._largest = 0
        self._fresh_until = 0.0  # by the monotonic clock

    def __call__(self, db: Db, largest: int) -> int:
        began = time.monotonic()
        if largest != self._largest or began >= self._fresh_until:
            self._found, self._largest = counts.bytes_left(db, largest), largest
            took = time.monotonic() - began
            self._fresh_until = began + (KEPT * took if took > LONG else 0.0)
        return self._found


def midnight_before(now: float) -> float:
    return clock.local(now).replace(hour=0, minute=0, second=0, microsecond=0).timestamp()
