"""What is still to be done of an account's events, and what is known of each event: the same sums as `counts`."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from agent.ledger import amiss_on_drive, counts, disk_queue, downloads, drive_folders, folders, renditions, syncs
from agent.ledger.drive_folders import NOTHING_STUCK, Stuck
from agent.ledger.sqlite.rows import Db, Row
from agent.model import EventId, FolderId, PhotoState


@dataclass(frozen=True, slots=True)
class AccountFacts:
    """What is still to be done of one account's events: photos to file, to send and to fetch; folders, removals."""

    waiting: int = 0
    to_file: int = 0  # of these, the ones that are on Drive
    unsent: int = 0
    refused: int = 0  # of these, the ones that Drive does not take, or has not as they were sent any more
    only_small: int = 0  # on Drive as small copies
    for_line: int = 0  # of those that are unsent: nothing more can be sent while the line is metered
    fetching: int = 0
    folders: int = 0
    stuck: Stuck = NOTHING_STUCK
    removals: int = 0


def of_account(
    db: Db,
    account: str,
    events: Sequence[EventId],
    quiet: Sequence[str],
    now: float,
    refused: Collection[FolderId] = (),
) -> AccountFacts:
    """`events`: those of the account; `quiet`: events of which nothing is sent; `refused`: folders, by Drive."""
    ours, of_quiet = json.dumps(list(events)), json.dumps(list(quiet))
    states, owed = counts.photos_of(db, events), renditions.owed(db, events)
    return AccountFacts(
        states[PhotoState.WAITING],
        disk_queue.count_to_file(db, events),
        states[PhotoState.FILED] + states[PhotoState.UNSORTED] - counts.verified_of(db, events),
        db.value(REFUSED_OF, (ours,)) + amiss_on_drive.photos(db, events),
        sum(owed.small.values()),
        owed.waiting,
        db.value(FETCHING_OF, (ours,)),
        db.value(FOLDERS_OF, (account, of_quiet)),
        drive_folders.stuck(db, refused, quiet, account),
        db.value(REMOVALS_OF, (account,))
        + db.value(counts.MISNAMED, (of_quiet, account))
        + folders.left_to_do(db, now, drive=True, account=account),
    )


REFUSED_OF = counts.REFUSED + " AND ep.event IN (SELECT value FROM json_each(?))"  # noqa: S608 - our own words
FETCHING_OF = (
    "SELECT COALESCE(SUM(number), 0) FROM source_tally WHERE state = 'due'"
    " AND event IN (SELECT value FROM json_each(?))"
)
FOLDERS_OF = (
    "SELECT COUNT(*) FROM folder WHERE drive <> 'there' AND wanted = 1 AND account = ?"
    " AND (event IS NULL OR event NOT IN (SELECT value FROM json_each(?)))"
)
REMOVALS_OF = (
    "SELECT COUNT(*) FROM placement p JOIN folder f ON f.id = p.folder AND f.account = ?"
    " WHERE p.wanted = 0 AND (p.disk_due = 1 OR p.drive_due = 1)"
)


@dataclass(frozen=True, slots=True)
class EventFacts:
    """What the ledger knows of all events and sources, of one moment."""

    sources: dict[str, Row]  # by source: state, detail, required, listed_at, last_synced_at
    files: dict[str, Row]  # by event: cameras, to_fetch, failed, bytes_today
    failed_runs: dict[str, str]  # by event: why its last look failed
    unsent: dict[str, int]  # by event: photos that are filed and not whole on Drive
    missing: dict[str, int]  # by source: photos that are known there and not here
    unconfirmed: dict[str, int]  # by source: folders that Drive's lists may not have shown whole yet


def event_facts(db: Db, midnight: float) -> EventFacts:
    rows = db.execute(FILES_OF_EVENTS, (midnight,))
    return EventFacts(
        sources=syncs.states(db),
        files={str(row["event"]): row for row in rows},
        failed_runs=syncs.failed_last(db),
        unsent=counts.photos_of_events(db, unsent=True),
        missing=downloads.missing_by_source(db),
        unconfirmed=syncs.unconfirmed(db),
    )


FILES_OF_EVENTS = (
    "SELECT t.event, COUNT(DISTINCT CASE WHEN t.state <> 'gone' THEN t.camera END) AS cameras,"
    " SUM(t.number * (t.state = 'due')) AS to_fetch, SUM(t.number * (t.state = 'failed')) AS failed,"
    " COALESCE(d.bytes, 0) AS bytes_today FROM source_tally t LEFT JOIN (SELECT event, SUM(bytes) AS bytes"
    " FROM source_file WHERE seen_at >= ? AND state <> 'gone' GROUP BY event) d ON d.event = t.event"
    " WHERE t.number > 0 GROUP BY t.event"
)
