"""Sums and pages for the status document and the screens, of the tallies that are kept as rows change.

The two files of a shot (RAW and JPEG) are one photo: done when both are.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from agent import clock
from agent.ledger import amiss_on_drive, folders, renditions, sightings
from agent.ledger.sqlite.rows import Db, Row
from agent.model import HERE, EventId, PersonId, PhotoId, PhotoState, PlacementId, SourceId

NOT_COUNTED = {PhotoState.SUPERSEDED, PhotoState.WITHDRAWN, PhotoState.MOVED}
GONE = {PhotoState.WITHDRAWN, PhotoState.SUPERSEDED}
FOR_SOMEBODY = {PhotoState.FAILED, PhotoState.HELD}
FILED = {PhotoState.FILED, PhotoState.UNSORTED}


@dataclass(frozen=True, slots=True)
class Depth:
    """How many photos are in a step, and when the oldest of them arrived."""

    count: int
    oldest_at: float | None


def plural(number: int, noun: str = "photo") -> str:
    """`1 photo`, `1,204 photos`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def counted(state: str, whole: int, other: str, other_whole: int, *, drive: bool) -> tuple[str, bool]:
    """As what a shot counts, and whether it is verified, by its files' states; `other`: '' where there is one alone.

    What is on its way, into a folder or to Drive, goes before what waits for somebody.
    """
    files = (state, other)
    if state not in GONE and PhotoState.WAITING in files:
        return PhotoState.WAITING, False
    if state in GONE or _is_to_send(state, whole, drive=drive):
        return state, False
    if state in FOR_SOMEBODY | {PhotoState.DISMISSED} and _is_to_send(other, other_whole, drive=drive):
        return other, False
    for one in [*(each for each in files if each in FOR_SOMEBODY), PhotoState.DISMISSED]:
        if one in files:
            return one, False
    return state, state in FILED and whole == 1 and (other not in FILED or other_whole == 1)


def _is_to_send(state: str, whole: int, *, drive: bool) -> bool:
    return drive and state in FILED and not whole


def shots(db: Db, events: Sequence[EventId] | None = None, *, drive: bool = True) -> list[tuple[str, str, bool, int]]:
    """Event, state, whether it is verified, how many photos: all that is counted, of these events; `None`: of all."""
    rows = db.execute(SHOTS, (None if events is None else json.dumps(list(events)),))
    found = [(event, *counted(*shot, drive=drive), number) for event, *shot, number in rows]
    return [one for one in found if one[1] not in NOT_COUNTED]


SHOTS = (
    "SELECT event, state, whole, other, other_whole, number FROM shot_tally WHERE number <> 0"
    " AND (?1 IS NULL OR event IN (SELECT value FROM json_each(?1)))"
)


def photos(db: Db, event: EventId | None = None, *, drive: bool = True) -> dict[str, int]:
    """Photos by state, of one event or over all; all states of the contract are there. `drive`: it is in use."""
    return photos_of(db, None if event is None else [event], drive=drive)


def photos_of(db: Db, events: Sequence[EventId] | None, *, drive: bool = True) -> dict[str, int]:
    """The same of these events; `None`: of all."""
    shown = {state.value: 0 for state in PhotoState if state not in NOT_COUNTED}
    for _, state, _, number in shots(db, events, drive=drive):
        shown[state] += number
    return {"seen": sum(shown.values()), **shown}


def verified_photos(db: Db, event: EventId | None = None) -> int:
    return verified_of(db, None if event is None else [event])


def verified_of(db: Db, events: Sequence[EventId] | None, amiss: int | None = None) -> int:
    """The same of these events; `None`: of all. `amiss`: how many lie on Drive otherwise, where that is known."""
    verified = sum(number for _, _, verified, number in shots(db, events) if verified)
    return verified - (amiss_on_drive.photos(db, events) if amiss is None else amiss)


def refused_photos(db: Db) -> int:
    """Photos that are filed, and of which Drive refused something for good."""
    return db.value(REFUSED)


REFUSED = (
    "SELECT COUNT(DISTINCT m.id) FROM placement p JOIN event_photo ep ON ep.id = p.event_photo"
    " JOIN event_photo m ON m.id = COALESCE(ep.twin_of, ep.id) WHERE p.wanted = 1 AND p.drive_failed = 1"
    " AND p.drive IN ('absent', 'reserved', 'sending', 'trashed') AND ep.state IN ('filed', 'unsorted')"
    " AND (m.state IN ('filed', 'unsorted') OR m.state IN ('dismissed', 'failed', 'held') AND ep.id <> m.id)"
    " AND NOT EXISTS (SELECT 1 FROM event_photo t WHERE t.twin_of = m.id AND (t.state = 'waiting'"
    " OR t.state IN ('failed', 'held') AND ep.id <> m.id))"  # which is looked at before a third one
)


def unreadable_files(db: Db) -> int:
    """Files in incoming folders that this user may not read."""
    return db.value("SELECT COALESCE(SUM(number), 0) FROM sighting_tally WHERE state = 'unreadable'")


def waiting_of(db: Db, chosen: Sequence[PhotoId]) -> int:
    """How many of these wait to be filed."""
    waiting = "SELECT COUNT(*) FROM event_photo WHERE state = 'waiting' AND photo IN (SELECT value FROM json_each(?))"
    return db.value(waiting, (json.dumps(list(chosen)),))


def waiting_at(db: Db, paths: Sequence[str]) -> int:
    """How many of the photos that wait to be filed lie at these paths."""
    return db.value(WAITING_AT, (json.dumps(list(map(sightings.to_text, paths))),)) if paths else 0


WAITING_AT = (
    "SELECT COUNT(*) FROM (SELECT DISTINCT s.photo, s.event FROM json_each(?) n"
    " CROSS JOIN sighting s ON s.path = n.value AND s.state = 'photo') f"
    " CROSS JOIN event_photo ep ON ep.photo = f.photo AND ep.event = f.event AND ep.state = 'waiting'"
)


def taken_away(db: Db) -> int:
    """Photos that left an incoming folder before they were filed, and did not come back."""
    return db.value(TAKEN_AWAY)


def lost(db: Db) -> int:
    """Of these those that had been filed before."""
    return db.value(f"{TAKEN_AWAY} AND kind = 'photo_missing'")


TAKEN_AWAY = "SELECT COUNT(*) FROM trouble WHERE key >= 'gone:' AND key < 'gone;' AND state = 'open'"


def skipped_files(db: Db, event: EventId | None = None) -> int:
    skipped = "SELECT COALESCE(SUM(number), 0) FROM sighting_tally WHERE state = 'skipped'"
    return db.value(f"{skipped} AND (?1 IS NULL OR event = ?1)", (event,))


def depths(db: Db, now: float, sending: int) -> dict[str, Depth]:
    """Photos in each step that the ledger knows; `arriving` are those whose file may still be growing.

    `sending`: how many are filed and not verified, of those that go to Drive.
    """
    look = db.execute(
        "SELECT ph.look_after > ? AS off, COUNT(DISTINCT COALESCE(ep.twin_of, ep.id)), MIN(ep.since_at)"
        " FROM photo ph JOIN event_photo ep"
        " ON ep.photo = ph.id AND ep.state = 'waiting' WHERE ph.look = 'due' GROUP BY off",
        (now,),
    ).fetchall()
    steps = {("arriving" if row[0] else "faces"): Depth(int(row[1]), row[2]) for row in look}
    filing = db.execute(
        "SELECT COUNT(DISTINCT COALESCE(ep.twin_of, ep.id)), MIN(ep.since_at) FROM event_photo ep"
        " LEFT JOIN event_photo m ON m.id = ep.twin_of JOIN photo ph ON ph.id = COALESCE(m.photo, ep.photo)"
        " WHERE ep.state = 'waiting' AND ph.look = 'done'"
    ).fetchone()
    return {
        "arriving": steps.get("arriving", Depth(0, None)),
        "faces": steps.get("faces", Depth(0, None)),
        "filing": Depth(int(filing[0]), filing[1]),
        "uploading": Depth(sending, db.value(UNSENT_SINCE) if sending else None),
    }


UNSENT_SINCE = (
    "SELECT ep.since_at FROM event_photo ep INDEXED BY event_photo_unsent"
    " WHERE ep.state IN ('filed', 'unsorted') AND ep.verified_at IS NULL"
    " AND NOT EXISTS (SELECT 1 FROM placement p WHERE p.event_photo = ep.id AND p.drive_failed = 1)"
    " ORDER BY ep.since_at LIMIT 1"
)

TO_SEND = (
    " FROM placement p JOIN event_photo ep ON ep.id = p.event_photo"  # noqa: S608 - our own words
    f" WHERE p.drive_due = 1 AND NOT ({renditions.WAITS})"
    " AND +p.wanted = 1 AND p.event_photo <= ? AND ep.event NOT IN (SELECT value FROM json_each(?))"
)


def to_send(db: Db, newest: int, quiet: Sequence[str]) -> int:
    """Photos up to number `newest` that are not all on Drive; `quiet`: events of which nothing is sent."""
    return db.value("SELECT COUNT(DISTINCT p.event_photo)" + TO_SEND, (newest, json.dumps(list(quiet))))


def last_to_send(db: Db, newest: int, quiet: Sequence[str]) -> PlacementId | None:
    """Of these, the placement that has waited longest; fresh ones go before it."""
    return db.value(LAST_TO_SEND, (newest, json.dumps(list(quiet))))


LAST_TO_SEND = (
    "SELECT p.id" + TO_SEND.replace("placement p", "placement p INDEXED BY placement_drive_oldest") + " LIMIT 1"
)


def is_to_send(db: Db, placement: PlacementId) -> bool:
    waits = f"SELECT 1 FROM placement p WHERE id = ? AND drive_due = 1 AND wanted = 1 AND NOT ({renditions.WAITS})"  # noqa: S608 - ours
    return db.has(waits, (placement,))


def sent_since(db: Db, since: float, newest: int) -> int:
    """Photos up to number `newest` that came to be whole on Drive since that moment."""
    return db.value("SELECT COUNT(*) FROM event_photo WHERE verified_at >= ? AND id <= ?", (since, newest))


LEAST = -1e300  # before all that is wanted
ANY_SIZE = 2**62  # bytes
BYTES_LEFT = (  # of photos that Drive has nowhere, down to this place in the queue, each no more than that
    "SELECT SUM(MIN(bytes, ?)) FROM (SELECT DISTINCT ph.id, p.made_as, f.account,"  # noqa: S608 - our own words
    f" {renditions.BYTES} AS bytes FROM placement p JOIN folder f ON f.id = p.folder"
    f" JOIN event_photo ep ON ep.id = p.event_photo JOIN photo ph ON ph.id = ep.photo{renditions.MADE}"
    f" WHERE p.drive_due = 1 AND NOT ({renditions.WAITS}) AND +p.wanted = 1 AND (p.priority, p.wanted_at) >= (?, ?)"
    " AND NOT EXISTS (SELECT 1"
    " FROM event_photo oe JOIN placement o ON o.event_photo = oe.id JOIN folder fo ON fo.id = o.folder"
    " WHERE oe.photo = ph.id AND o.drive = 'there' AND o.made_as = p.made_as AND fo.account = f.account))"
)
LAST_OF_PERSON = (
    "SELECT p.priority, p.wanted_at FROM folder f CROSS JOIN placement p ON p.folder = f.id AND p.wanted = 1"
    " WHERE f.person = ? AND p.drive_due = 1 ORDER BY p.priority, p.wanted_at LIMIT 1"
)


def bytes_until(db: Db, person: PersonId) -> int:
    """What crosses the line until all of theirs are on Drive: theirs, and what is sent before."""
    last = db.execute(LAST_OF_PERSON, (person,)).fetchone()
    return 0 if last is None else db.value(BYTES_LEFT, (ANY_SIZE, *last)) or 0


def bytes_left(db: Db, largest: int = ANY_SIZE) -> int:
    """That still have to cross the line; `largest`: that are sent of a photo at most."""
    return db.value(BYTES_LEFT, (largest, LEAST, LEAST)) or 0


def uploads(db: Db, quiet: Sequence[str] = ()) -> dict[str, int]:
    """Wanted placements on Drive by what is true of them; `quiet`: events of which nothing is sent, folders neither."""
    by_end = {"verified": 0, "failed": 0, "queued": 0}
    for drive, failed, number in db.execute(
        "SELECT drive, drive_failed, SUM(number) FROM placement_tally WHERE wanted = 1"  # noqa: S608 - our own words
        f" GROUP BY drive, drive_failed UNION ALL {amiss_on_drive.PLACEMENTS}"
    ):
        if drive == "amiss":
            by_end["verified"] -= number
            by_end["failed"] += number
        elif drive != "removed":  # Drive is to have nothing of it
            by_end["verified" if drive == "there" else "failed" if failed else "queued"] += int(number)
    return {
        **by_end,
        "folders_left": db.value(
            "SELECT COUNT(*) FROM folder WHERE drive <> 'there' AND wanted = 1"
            " AND (event IS NULL OR event NOT IN (SELECT value FROM json_each(?)))",
            (json.dumps(list(quiet)),),
        ),
    }


def removals_due(db: Db, quiet: Sequence[str] = (), *, drive: bool) -> int:
    """Files and folders that are not wanted any more and still lie on disk, or on Drive where that is on; and those
    that are called otherwise there. `quiet`: events of which nothing is renamed.
    """
    query = "SELECT COUNT(*) FROM placement WHERE wanted = 0 AND (disk_due = 1 OR (? AND drive_due = 1))"
    files = db.value(query, (drive,)) + (drive and db.value(MISNAMED, (json.dumps(list(quiet)), None)))
    return files + folders.left_to_do(db, clock.steady(), drive=drive)


MISNAMED = (  # on Drive, which has yet to call them as they are called here
    "SELECT COUNT(*) FROM placement p INDEXED BY placement_misnamed CROSS JOIN folder f ON f.id = p.folder"
    " WHERE p.drive = 'there' AND p.wanted = 1 AND p.drive_failed = 0 AND p.drive_name IS NOT p.disk_name"
    " AND p.disk_name IS NOT NULL AND f.event NOT IN (SELECT value FROM json_each(?1))"
    " AND (?2 IS NULL OR f.account = ?2)"
)


def people(db: Db) -> dict[str, dict[str, float]]:
    """Person's id -> photos in `solo` and `group`, of these `on_drive` and `only_here` (Drive is to have nothing of
    them, by a rule or by hand), and when the newest of them was filed.

    The same cost at any number of photos: the newest of a folder's placements is the last one in its index.
    """
    found: dict[str, dict[str, float]] = {}
    for row in db.execute(PEOPLE):
        one = found.setdefault(str(row["person"]), {"solo": 0, "group": 0, "on_drive": 0, "only_here": 0})
        one[row["kind"]] += row["photos"]
        one["on_drive"] += row["on_drive"]
        one["only_here"] += row["done"] - row["on_drive"]
        if row["last"] is not None:
            one["last"] = max(one.get("last", 0.0), row["last"])
    for person, number in amiss_on_drive.of_people(db).items():
        found[person]["on_drive"] -= number
    return found


PEOPLE = (  # the two files of a shot are one
    "SELECT t.person, t.kind, t.photos, t.done, t.on_drive, ep.filed_at AS last FROM (SELECT f.person, f.kind,"
    " SUM(n.number) - COALESCE(MAX(two.number), 0) AS photos,"
    " SUM(n.number * (n.drive IN ('there', 'removed'))) - COALESCE(MAX(two.done), 0) AS done,"
    " SUM(n.number * (n.drive = 'there')) - COALESCE(MAX(two.on_drive), 0) AS on_drive,"
    " MAX((SELECT MAX(p.event_photo) FROM placement p WHERE p.folder = n.folder AND p.wanted = 1"
    " AND p.drive = n.drive)) AS newest"
    " FROM folder f CROSS JOIN placement_tally n ON n.folder = f.id AND n.wanted = 1 AND n.number > 0"
    " LEFT JOIN pair_tally two ON two.folder = f.id"
    " WHERE f.kind IN ('solo', 'group') AND f.person IS NOT NULL GROUP BY f.id) t"
    " JOIN event_photo ep ON ep.id = t.newest"
)


def photos_of_events(db: Db, *, unsent: bool = False) -> dict[str, int]:
    """How many there are of each event; `unsent`: that are filed and not whole on Drive."""
    found: Counter[str] = Counter()
    for event, state, verified, number in shots(db):
        found[event] += number * (not unsent or (state in FILED and not verified))
    return dict(+found)


def finished_per_minute(db: Db, now: float, minutes: int, *, drive: bool) -> list[int]:
    """Photos finished in each of the last minutes, the running one last."""
    first = (int(now // 60) - minutes + 1) * 60
    query = FINISHED_ON_DRIVE if drive else FINISHED_ON_DISK
    counts = db.pairs(query, (first,))
    return [counts.get(first // 60 + minute, 0) for minute in range(minutes)]


FINISHED_ON_DRIVE = (
    "SELECT CAST(verified_at / 60 AS INTEGER), COUNT(*) FROM event_photo"
    " WHERE verified_at IS NOT NULL AND verified_at >= ? AND twin_of IS NULL GROUP BY 1"
)
FINISHED_ON_DISK = (
    "SELECT CAST(filed_at / 60 AS INTEGER), COUNT(*) FROM event_photo"
    " WHERE filed_at IS NOT NULL AND filed_at >= ? AND twin_of IS NULL GROUP BY 1"
)
LATEST = (  # by when they were `{done}`
    "SELECT id, name, arrived_at, since_at, {done} AS at,"  # noqa: S608 - our own words
    " EXISTS (SELECT 1 FROM placement p WHERE p.event_photo = event_photo.id"
    f" AND p.made_as = '{HERE}' AND +p.wanted = 1) AS only_here"
    " FROM event_photo WHERE {done} IS NOT NULL ORDER BY {done} DESC LIMIT ?"
)


def latest(db: Db, limit: int, *, drive: bool) -> list[Row]:
    """The photos finished last: `id, name, arrived_at, since_at, at, only_here`."""
    return db.execute(LATEST.format(done="verified_at" if drive else "filed_at"), (limit,)).fetchall()


def took(db: Db, event_photos: Sequence[int], way: str) -> list[float]:
    """Seconds of these photos' first way, `TO_BE_FILED` or `TO_BE_SENT`; none of what was wanted elsewhere since."""
    return db.column(
        f"SELECT MAX(0.0, {way}) FROM event_photo WHERE id IN (SELECT value FROM json_each(?))"  # noqa: S608 - ours
        f" AND twin_of IS NULL AND COALESCE(filed_at, verified_at) >= since_at AND {way} IS NOT NULL",
        (json.dumps(list(event_photos)),),
    )


TO_BE_FILED = "filed_at - arrived_at"
TO_BE_SENT = "verified_at - COALESCE(filed_at, verified_at)"  # Drive may be quicker than the disk


def filed_under(db: Db, event_photos: Sequence[int]) -> dict[int, list[str]]:
    """For each of these photos, the persons whose folders it is in, or the name of its folder below Unsorted."""
    found = db.gathered(
        "SELECT p.event_photo, CASE WHEN f.person IS NULL THEN f.name ELSE up.name END AS who FROM placement p"
        " JOIN folder f ON f.id = p.folder JOIN folder up ON up.id = f.parent"
        " WHERE p.event_photo IN (SELECT value FROM json_each(?)) AND +p.wanted = 1 AND f.kind <> 'all_photos'"
        " ORDER BY p.id",
        (json.dumps(list(event_photos)),),
    )
    return {one: found.get(one, []) for one in event_photos}


def last_arrival(db: Db) -> float | None:
    return db.value("SELECT MAX(arrived_at) FROM event_photo")


def arrivals(db: Db) -> int:
    """The newest photo's number: another one after each arrival, whatever the clock says."""
    return db.value("SELECT COALESCE(MAX(id), 0) FROM event_photo")


def files_of_source(db: Db, source: SourceId) -> Row:
    """`files`, `done`, `to_fetch`, `failed` and `bytes` (of those that were fetched)."""
    return db.execute(
        "SELECT COUNT(*) AS files, COALESCE(SUM(state = 'done'), 0) AS done,"
        " COALESCE(SUM(state = 'due'), 0) AS to_fetch, COALESCE(SUM(state = 'failed'), 0) AS failed,"
        " COALESCE(SUM(CASE WHEN state = 'done' THEN bytes ELSE 0 END), 0) AS bytes"
        " FROM source_file WHERE source = ? AND state <> 'gone'",
        (source,),
    ).fetchone()


def people_of_photos(db: Db, event_photos: Sequence[int]) -> dict[int, list[str]]:
    """For each of these photos, the ids of the people in whose folders it is wanted."""
    return db.gathered(
        "SELECT DISTINCT p.event_photo, f.person FROM placement p JOIN folder f ON f.id = p.folder"
        " WHERE +p.wanted = 1 AND f.person IS NOT NULL AND p.event_photo IN (SELECT value FROM json_each(?))",
        (json.dumps(list(event_photos)),),
    )
