"""Photos for people who look through them, page by page, newest first; every filter is in the query.

A page begins below a number, so that it stays right while photos come. It reads no more than it shows and what lies
between: along the ledger's order, or along the folders of the person who is asked about.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

from agent.ledger import bursts
from agent.ledger.clocks import AHEAD, TAKEN_AT
from agent.ledger.meta import pattern_of
from agent.ledger.sqlite.rows import Db, Row
from agent.model import EventId, PersonId, PhotoState, composed

BEFORE_FIRST_PAGE = 2**62
FEW = 5000  # photos
WHO = (  # whom a list names first, but for the person whose list it is; no index has it: 20,000 photos take 65 ms
    "(COALESCE((SELECT up.name FROM placement p JOIN folder f ON f.id = p.folder JOIN folder up ON up.id = f.parent"
    " WHERE p.event_photo = ep.id AND +p.wanted = 1 AND f.person IS NOT NULL AND f.person IS NOT :person"
    " ORDER BY p.id LIMIT 1), char(1114111)) COLLATE NOCASE)"  # nobody comes after every name
)
KEY = f"SELECT ep.name AS name, {WHO} AS who, ep.state, ep.taken FROM event_photo ep WHERE ep.id = :before"  # noqa: S608 - ours
ORDERS = {  # which photos follow number `:before`, and in which order
    "newest": (" AND {number} < :before", " ORDER BY {number} DESC"),  # the index of letters has its own, the same
    "name": (" AND (ep.name, ep.id) > (:key, :before)", " ORDER BY ep.name, ep.id"),
    "who": (f" AND ({WHO}, ep.id) > (:key, :before)", f" ORDER BY {WHO}, ep.id"),
    "state": (" AND (ep.state, ep.id) > (:key, :before)", " ORDER BY ep.state, ep.id"),
    "taken": (" AND (ep.taken, ep.id) < (:key, :before)", " ORDER BY ep.taken DESC, ep.id DESC"),  # latest first
}

PHOTOS = " FROM event_photo ep"
CALLED_SO = " FROM photo_name n CROSS JOIN event_photo ep ON ep.id = n.rowid AND n.photo_name MATCH :letters"
FROM = (
    " JOIN photo ph ON ph.id = ep.photo"
    " WHERE (:event IS NULL OR ep.event = :event)"
    " AND CASE WHEN :state IS NULL THEN ep.state NOT IN ('superseded', 'withdrawn', 'moved') ELSE ep.state = :state END"
    " AND ep.name LIKE :words ESCAPE '\\'"
)
OF_PERSON = (
    " AND ep.id IN (SELECT p.event_photo FROM folder f CROSS JOIN placement p ON p.folder = f.id AND p.wanted = 1"
    " WHERE f.person = :person)"
)
ROWS = (
    "SELECT ep.id, ep.photo, ep.event, ep.name, ep.state, ep.camera, ep.arrived_at, ep.filed_at, ep.verified_at,"
    f" ph.kind, ph.mime, ph.bytes, ph.width, ph.height, {TAKEN_AT}, ph.device, {AHEAD} AS clock_ahead,"
    f" {bursts.COUNT} AS burst, {bursts.IS_SHARPEST} AS sharpest"
)


@dataclass(frozen=True, slots=True)
class Which:
    """Photos of an event, in a state, in a person's folders, whose name holds these words; `None`: any."""

    event: EventId | None = None
    state: PhotoState | None = None
    person: PersonId | None = None
    words: str = ""
    sharpest: bool = False  # of each burst


def page(db: Db, which: Which, before: int | None, limit: int, offset: int = 0, order: str = "newest") -> list[Row]:
    """Those that follow photo `before` in that order."""
    after, sorted_by = ORDERS[order]
    values = {**given(which), "before": before or BEFORE_FIRST_PAGE, "limit": limit, "offset": offset}
    if order != "newest":
        row = db.execute(KEY, values).fetchone()
        first = ("~", BEFORE_FIRST_PAGE) if order == "taken" else ("", 0)
        values |= {"before": before or first[1], "key": first[0] if row is None else row[order]}
    along = by_letters(db, which, order)
    in_order = f"{after}{sorted_by}".format(number="n.rowid" if along else "ep.id")
    return db.execute(f"{ROWS}{tables(which, along)}{in_order} LIMIT :limit OFFSET :offset", values).fetchall()


def count(db: Db, which: Which) -> int:
    return db.value(f"SELECT COUNT(*){tables(which, by_letters(db, which))}", given(which))


def tables(which: Which, along: bool) -> str:
    alone = f" AND (ph.burst IS NULL OR {bursts.IS_SHARPEST})" if which.sharpest else ""
    return (CALLED_SO if along else PHOTOS) + FROM + (OF_PERSON if which.person else "") + alone


def given(which: Which) -> dict[str, object]:
    return {**asdict(which), "words": pattern_of(which.words), "letters": letters_of(which.words)}


def by_letters(db: Db, which: Which, order: str = "") -> bool:
    """Whether to go along the index of three letters: newest first it has them in this order, and else it is for what
    only few are called.
    """
    letters = letters_of(which.words)
    if not letters or (order == "newest" and which.person is None and which.state is None):
        return bool(letters)
    return len(db.column(f"SELECT rowid FROM photo_name(?) LIMIT {FEW + 1}", (letters,))) <= FEW  # noqa: S608 - ours


def letters_of(words: str) -> str:
    """What FTS5 is asked for: each three letters in a row; nothing for words of one or two."""
    threes = {word[at : at + 3] for word in composed(words).split() for at in range(len(word) - 2)}
    return " AND ".join('"' + three.replace('"', '""') + '"' for three in sorted(threes))


FILES_OF_PERSON = (
    "SELECT ep.id, ep.twin_of, ep.photo, ep.name, ep.camera, ep.arrived_at, ep.filed_at, ep.verified_at, ph.sha256,"  # noqa: S608 - ours
    f" ph.bytes, {TAKEN_AT}, {AHEAD} AS clock_ahead,"
    " m.id AS shot, mp.sha256 AS shown, MAX(f.kind) AS kind,"  # a portrait before a group
    " MAX(p.drive = 'there') AS on_drive"
    " FROM folder f CROSS JOIN placement p ON p.folder = f.id AND p.wanted = 1"
    " JOIN event_photo ep ON ep.id = p.event_photo JOIN photo ph ON ph.id = ep.photo"
    " JOIN event_photo m ON m.id = COALESCE(ep.twin_of, ep.id) JOIN photo mp ON mp.id = m.photo"
    " WHERE f.person = ? AND f.kind IN ('solo', 'group') GROUP BY ep.id ORDER BY ep.id"
)


def files_of_person(db: Db, person: PersonId) -> list[Row]:
    """All files in their folders, each once; `shot`: the file that stands for it, `shown`: the picture of that."""
    return db.execute(FILES_OF_PERSON, (person,)).fetchall()
