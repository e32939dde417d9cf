"""What happened, line by line; what went well told as one line, so that all else is in sight."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain, islice

from agent.clock import iso
from agent.ledger import counts, meta
from agent.ledger.sqlite.rows import Db, Row
from agent.requests.troubles import ActivityEntry, ListActivity

KINDS: dict[str, tuple[str, ...]] = {  # which kinds of lines each group holds; `all`: every kind
    "all": (),
    "problems": ("failed", "outage", "lost", "gone", "account", "clock", "rebuilt", "relisted"),
    "decisions": ("decided", "held", "enrolled", "event"),
    "photos": ("arrived", "verified", "found", "skipped", "superseded"),
    "folders": ("folder", "guest", "listed"),
}
GOES_WELL = {"arrived": "arrived", "verified": "on Drive"}  # kinds that are told as one, and what is said of so many
HOUR = 3600.0  # seconds that one line stands for at most
OUT_OF_ORDER = 60.0  # seconds that a line may be later than the one written after it
NEWER = 500  # lines

Key = tuple[str, str | None]  # kind and event


def entry(row: Row) -> ActivityEntry:
    at = iso(row["at"])
    return {
        "id": row["id"],
        "at": at,
        "kind": row["kind"],
        "event": row["event"],
        "text": row["text"],
        "photo": row["event_photo"],
        "count": 1,
        "since": at,
        "oldest": row["id"],
    }


def newest(db: Db, before: int | None, limit: int) -> list[ActivityEntry]:
    """By their numbers, as they are handed on while they happen."""
    return [entry(row) for row in meta.activity_before(db, before, limit)]


def newer(db: Db, last: int) -> list[ActivityEntry]:
    """What was written after line `last`, oldest first."""
    return [entry(row) for row in meta.activity_after(db, last, NEWER)]


def page(db: Db, asked: ListActivity) -> list[ActivityEntry]:
    """`fold`: a few more than the limit, as no stretch of what went well is broken off."""
    if asked.run is not None:
        return behind(db, asked, asked.run)
    lines = meta.activity_lines(db, asked.q, KINDS[asked.about], asked.before)
    return fold(lines, asked.limit) if asked.fold else [entry(one) for one in islice(lines, asked.limit)]


def stretches(lines: Iterable[Row]) -> Iterator[list[Row]]:
    """What went well within an hour, with nothing else between; every other line by itself."""
    stretch: list[Row] = []
    for line in lines:
        well = line["kind"] in GOES_WELL
        if stretch and not (well and 0 <= line["at"] - stretch[0]["at"] // HOUR * HOUR < HOUR + OUT_OF_ORDER):
            yield stretch
            stretch = []
        if well:
            stretch.append(line)
        else:
            yield [line]
    if stretch:
        yield stretch


def fold(lines: Iterable[Row], limit: int) -> list[ActivityEntry]:
    """Newest first: a line for each kind and event of a stretch, where its newest one stands."""
    found: list[ActivityEntry] = []
    for stretch in stretches(lines):
        runs: dict[Key, list[Row]] = {}
        for line in stretch:
            runs.setdefault((line["kind"], line["event"]), []).append(line)
        found += [as_one(run) for run in runs.values()]
        if len(found) >= limit:
            break
    return found


def as_one(run: list[Row]) -> ActivityEntry:
    """`12 photos on Drive`; one alone stays as it is. A photo that several lines are of counts once."""
    first, last = entry(run[0]), run[-1]
    if len(run) == 1:
        return first
    photos = {f"line {one['id']}" if one["event_photo"] is None else one["event_photo"] for one in run}
    text = f"{counts.plural(len(photos))} {GOES_WELL[first['kind']]}"
    return {**first, "text": text, "photo": None, "count": len(run), "since": iso(last["at"]), "oldest": last["id"]}


def behind(db: Db, asked: ListActivity, number: int) -> list[ActivityEntry]:
    """The lines that line `number` of a folded list stands for, `limit` at most."""
    row = meta.activity_line(db, number)
    if row is None:
        return []
    lines = meta.activity_lines(db, asked.q, KINDS[asked.about], number)
    stretch = next(stretches(chain([row], lines)))
    alike = (line for line in stretch if (line["kind"], line["event"]) == (row["kind"], row["event"]))
    return [entry(one) for one in islice(alike, asked.limit)]
