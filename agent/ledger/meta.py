"""The ledger as a whole: facts by name, jobs, kept moments, what happened, what went over the line."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass

from agent.ledger.sqlite.rows import Db, Row
from agent.model import EventId, EventPhotoId, composed


def get(db: Db, key: str, default: str = "") -> str:
    row = db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
    return default if row is None else str(row[0])


def put(db: Db, key: str, value: str) -> None:
    db.execute("INSERT INTO meta VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value", (key, value))


def keys(db: Db, beginning: str) -> list[str]:
    """Names of facts that begin so, and say anything."""
    return db.column("SELECT key FROM meta WHERE substr(key, 1, ?2) = ?1 AND value <> ''", (beginning, len(beginning)))


def count_up(db: Db, key: str) -> None:
    put(db, key, str(int(get(db, key, "0")) + 1))


CLEAN = "clean"  # "1" where the ledger was closed and is sound, `DAMAGED` where it was found not to be
DAMAGED = "damaged"
ROOT = "root"  # where the workspace lay when the ledger was last open
REBUILD_DISK, REBUILD_DRIVE = "rebuild_disk", "rebuild_drive"  # "1" until that half of a lost ledger is read again
REBUILD_REST = "rebuild_rest"  # "1" until what both halves found, and nobody wants there any more, is taken out
LEARN = "drive_learn"  # of each account: how often an event has come to its Drive since it was learned what lies there
STRAYS = "strays"  # how often faces were to be blurred since Drive's trash was searched for what no placement has there
STARTED = "started"  # when the last agent began, seconds UTC
PUTTING_AWAY = "putting_away"  # the original that goes to Processed just now, and where to
OPENING = "opening"  # of an account, a folder and an address: whose folder Drive is asked to let somebody into
PLANNED_BY = "planned_by"  # the rule and engine that all was planned with


REBUILDING_DRIVE = (
    f"SELECT COUNT(*) FROM meta WHERE key >= '{REBUILD_DRIVE}' AND key < '{REBUILD_DRIVE};' AND value = '1'"  # noqa: S608 - our own words
)


def of_account(key: str, account: str) -> str:
    """What is kept under `key`, of one account."""
    return f"{key}:{account}" if account else key


def of_accounts(db: Db, key: str) -> dict[str, str]:
    """The same of each that has any."""
    query = "SELECT key, value FROM meta WHERE key = ?1 OR key > ?1 || ':' AND key < ?1 || ';'"
    return {one[len(key) + 1 :]: value for one, value in db.pairs(query, (key,)).items()}


def forget(db: Db, key: str) -> None:
    db.execute("DELETE FROM meta WHERE key = ?", (key,))


def forget_accounts(db: Db, key: str) -> None:
    """Nothing is kept under `key` any more, but for the account that all events use."""
    db.execute("DELETE FROM meta WHERE key > ?1 || ':' AND key < ?1 || ';'", (key,))


def drives_to_read(db: Db) -> set[str]:
    """The accounts, by their addresses, whose Drives are still to be read for a lost ledger."""
    half = f"{REBUILD_DRIVE}:"
    keys = db.column("SELECT key FROM meta WHERE key > ? AND key < ? AND value = '1'", (half, f"{REBUILD_DRIVE};"))
    return {str(key).removeprefix(half) for key in keys}


def learn(db: Db, account: str) -> None:
    """What of ours lies there is to be learned before anything is made or taken over there."""
    put(db, of_account(LEARN, account), str(to_learn(db, account) + 1))


def to_learn(db: Db, account: str) -> int:
    """How often an event has come there since it was learned last; 0: not since."""
    return int(get(db, of_account(LEARN, account)) or 0)


def drives_to_learn(db: Db) -> list[str]:
    """The accounts, by their addresses, to whose Drives one has come since."""
    return [account for account, times in of_accounts(db, LEARN).items() if times != "0"]


def learned(db: Db, account: str, times: int) -> bool:
    """What lies there of the events that had come so many times. Returns whether that is all: else one has come, and
    maybe left, while it was asked what lies there.
    """
    is_all = to_learn(db, account) == times
    if is_all:
        put(db, of_account(LEARN, account), "0")
    return is_all


def rebuilding(db: Db, *, drive: bool) -> bool:
    """Whether a lost ledger is still being rebuilt."""
    return get(db, REBUILD_DISK) == "1" or (drive and bool(db.value(REBUILDING_DRIVE)))


def planned_revision(db: Db) -> int:
    """The roster's revision that all placements were planned with."""
    return int(get(db, "planned_revision", "0"))


def record_planned(db: Db, revision: int) -> None:
    put(db, "planned_revision", str(revision))


# ---- numbers of rows, as they stand in texts

LARGEST = 2**63 - 1  # SQLite counts no further


def row_number(text: str) -> int | None:
    """The number; `None` for what is none, or can be no row's."""
    if not text.isascii() or not text.isdigit() or len(text) > len(str(LARGEST)):
        return None
    number = int(text)
    return number if number <= LARGEST else None


# ---- jobs


def jobs(db: Db) -> dict[str, Row]:
    return {str(row["name"]): row for row in db.execute("SELECT * FROM job")}


def plan_job(db: Db, name: str, next_at: float) -> None:
    db.execute(
        "INSERT INTO job (name, next_at) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET next_at = ?2", (name, next_at)
    )


def job_done(db: Db, name: str, now: float, next_at: float, outcome: str) -> None:
    db.execute(
        "INSERT INTO job VALUES (?1, ?2, ?3, ?4)"
        " ON CONFLICT (name) DO UPDATE SET last_at = ?2, next_at = ?3, outcome = ?4",
        (name, now, next_at, outcome),
    )


# ---- moments on the steady line that are kept (docs/decisions/13)

ANCHOR = "steady_line"  # the line as it was last known: an `Anchor` in JSON
SAME_LINE_WITHIN = 1.0  # seconds by which two lines differ that are not the same

WAITS = (  # every column that says when something may be tried again (0: at once), and the rows that do wait
    ("placement", "drive_after", "drive_due = 1"),
    ("placement", "disk_after", "disk_due = 1"),
    ("folder", "drive_after", "1"),
    ("folder", "disk_after", "1"),
    ("photo", "look_after", "look = 'due'"),
    ("source_file", "next_try_at", "state = 'due'"),
)
OTHER_MOMENTS = (  # moments of the line that nobody can end by asking
    ("placement", "wanted_at"),
    ("channel", "expires_at"),
    ("listing_again", "due_at"),
    ("sent_on_day", "last_at"),
)


@dataclass(frozen=True, slots=True)
class Anchor:
    """One moment by all clocks: the line's, people's, and the machine's since it was switched on as `boot`."""

    steady: float
    wall: float
    boot: str
    uptime: float


def keep_steady_line(db: Db, now: Anchor) -> None:
    """Keep where the line is: for a start after the machine was switched off."""
    put(db, ANCHOR, json.dumps(asdict(now)))


def end_waits(db: Db) -> None:
    """Whatever waits may be tried at once: somebody asks for it, or what it waited for is there again."""
    for table, column, due in WAITS:
        db.execute(f"UPDATE {table} SET {column} = 0 WHERE {due} AND {column} > 0")  # noqa: S608 - all of it is ours


def resume_waits(db: Db, now: Anchor) -> float:
    """Move what is kept from the line of the last process to this one's. Returns by how many seconds.

    As long as the machine is not switched off, what is left of a wait is exact. Afterwards the clock has to say how
    long that was; one that was set back says nothing, and each wait is what was left of it.
    """
    text = get(db, ANCHOR)
    moved = 0.0
    if text:
        before = Anchor(**json.loads(text))
        passed = now.uptime - before.uptime if now.boot and now.boot == before.boot else now.wall - before.wall
        moved = now.steady - (before.steady + max(0.0, passed))
    if abs(moved) > SAME_LINE_WITHIN:
        for table, column in (*((table, column) for table, column, _ in WAITS), *OTHER_MOMENTS):
            db.execute(f"UPDATE {table} SET {column} = {column} + ? WHERE {column} > 0", (moved,))  # noqa: S608 - ours
    else:
        moved = 0.0
    keep_steady_line(db, now)
    return moved


# ---- what happened, one line each

ACTIVITY_KEPT = 20_000  # lines


def note_activity(
    db: Db, kind: str, text: str, now: float, event: EventId | None = None, photo: EventPhotoId | None = None
) -> None:
    """`photo`: whose line it is, where it is one photo's."""
    db.execute(
        "INSERT INTO activity (at, kind, event, text, event_photo) VALUES (?, ?, ?, ?, ?)",
        (now, kind, event, composed(text), photo),
    )


def activity_before(db: Db, last: int | None, limit: int) -> list[Row]:
    """The lines before number `last`, newest first; `None`: from the end."""
    return db.execute(
        "SELECT * FROM activity WHERE id < ? ORDER BY id DESC LIMIT ?", (last if last is not None else 2**62, limit)
    ).fetchall()


def activity_after(db: Db, last: int, limit: int) -> list[Row]:
    """The lines after number `last`, oldest first."""
    return db.execute("SELECT * FROM activity WHERE id > ? ORDER BY id LIMIT ?", (last, limit)).fetchall()


def trim_activity(db: Db) -> None:
    db.execute("DELETE FROM activity WHERE id <= (SELECT MAX(id) FROM activity) - ?", (ACTIVITY_KEPT,))


def activity_lines(db: Db, words: str, kinds: Sequence[str], before: int | None) -> Iterator[Row]:
    """What happened, the newest first, as far as its line holds these words; no kinds: of all kinds.

    In the order in which it was written: a clock that was set back hides nothing behind what came before.
    """
    return iter(
        db.execute(
            "SELECT * FROM activity WHERE id < ? AND text LIKE ? ESCAPE '\\'"
            " AND (? OR kind IN (SELECT value FROM json_each(?))) ORDER BY id DESC",
            (before or LARGEST, pattern_of(words), not kinds, json.dumps(list(kinds))),
        )
    )


def activity_line(db: Db, number: int) -> Row | None:
    return db.execute("SELECT * FROM activity WHERE id = ?", (number,)).fetchone()


# ---- enough to make a lost list of people again

WORKSPACE_ID = "workspace_id"  # the fact's name

KNOWN_PEOPLE = (
    "SELECT person, event, name, disk_path, wanted_at FROM folder"
    " WHERE kind = 'person' AND wanted = 1 AND person IS NOT NULL ORDER BY id"
)
KNOWN_EVENTS = (
    "SELECT event, name, disk_path, wanted_at, account FROM folder WHERE kind = 'event' AND wanted = 1 ORDER BY id"
)
KNOWN_SOURCES = (
    "SELECT s.event, s.source, f.drive_id, f.name FROM source_state s JOIN source_folder f ON f.source = s.source"
    " AND f.parent IS NULL AND f.via IS NULL ORDER BY s.source"
)
KNOWN_CARDS = (
    "SELECT DISTINCT event, folder FROM sighting WHERE folder <> '' AND substr(folder, 1, 6) <> 'drive:'"
    " ORDER BY event, folder"
)
KNOWN_FACES = (  # the likeliest first
    "SELECT a.person, ph.sha256, f.box_left, f.box_top, f.box_right, f.box_bottom, MIN(ep.name) AS name"
    " FROM assignment a JOIN face f ON f.id = a.face JOIN photo ph ON ph.id = f.photo"
    " JOIN event_photo ep ON ep.photo = ph.id AND ep.event = a.event"
    " WHERE f.encoding IS NOT NULL GROUP BY a.face, a.event ORDER BY a.person, a.distance"
)
KNOWN_FOLDERS = "SELECT event, name, disk_path FROM folder WHERE kind = 'person'"


def known_people(db: Db) -> list[Row]:
    """Whoever has folders: `person, event, name, disk_path, wanted_at`."""
    return db.execute(KNOWN_PEOPLE).fetchall()


def known_events(db: Db) -> list[Row]:
    """`event, name, disk_path, wanted_at`; the default event's path is none."""
    return db.execute(KNOWN_EVENTS).fetchall()


def known_sources(db: Db) -> list[Row]:
    """`event, source, drive_id, name`, the folders by which they were given."""
    return db.execute(KNOWN_SOURCES).fetchall()


def known_cards(db: Db) -> list[Row]:
    """Folders in which photos were found: `event, folder`."""
    return db.execute(KNOWN_CARDS).fetchall()


def known_faces(db: Db) -> Iterator[Row]:
    """Faces with whom they were taken for, each person's surest first."""
    return iter(db.execute(KNOWN_FACES))


def known_folder_names(db: Db) -> list[tuple[str, str]]:
    """Event and name, of every person's folder that there ever was; under all its names."""
    return [
        (str(row["event"]), str(name))
        for row in db.execute(KNOWN_FOLDERS)
        for name in (row["name"], str(row["disk_path"] or "").rpartition("/")[2])
    ]


def pattern_of(words: str) -> str:
    """A pattern for texts that hold these words in their order, each somewhere after the one before."""
    escaped = [word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") for word in composed(words).split()]
    return "%" + "".join(f"{word}%" for word in escaped)


# ---- how many bytes of photos went over the line on each day: what a day's budget is held against, over restarts


SENT_KEPT = 7 * 86_400.0  # seconds


def note_sent(db: Db, day: str, count: int, now: float) -> None:
    """`day` as `2026-11-24`; `now` on the steady line."""
    db.execute(
        "INSERT INTO sent_on_day VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET bytes = bytes + ?2, last_at = ?3",
        (day, count, now),
    )
    db.execute("DELETE FROM sent_on_day WHERE last_at < ?", (now - SENT_KEPT,))


def sent_by_day(db: Db) -> dict[str, tuple[int, float]]:
    """Day -> bytes, and when the last of them went."""
    return {day: (count, at) for day, count, at in db.tuples("SELECT day, bytes, last_at FROM sent_on_day")}
