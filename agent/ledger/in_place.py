"""Photos that give way to another one, which lies in their place: each stays until that is filed.

What comes in a photo's place may be half a file, or none that opens; and until it lies in a folder of ours, nothing
but the file that it came as holds it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from agent.ledger import held, placements, sources, superseded, twins
from agent.ledger.placements import LIES_THERE, Made, made_in
from agent.ledger.sqlite.rows import Db, Row
from agent.model import EventId, EventPhotoId, PhotoId, PlacementId, SourceId

OVERWRITTEN = "overwritten"  # what is held for that
ANOTHER_CARD = (
    "other photos lie under their names, as on another card in the first one's place, and they are to be taken out"
    " here by incoming.replaced"
)
AT_SOURCE = "drive:"  # how the paths of files of sources begin


def path_at_source(source: SourceId, download: int) -> str:
    return f"{AT_SOURCE}{source}/{download}"


def wait(
    db: Db, old: EventPhotoId, path: str, instead: EventPhotoId, now: float, *, asked: bool = False
) -> list[PhotoId]:
    """The photo gives way to that one as soon as it is filed, which it may be already. Returns what is to be planned by
    that. `asked`: somebody is asked then.
    """
    db.execute("INSERT OR REPLACE INTO giving_way VALUES (?, ?, ?, ?)", (old, path, instead, asked))
    _go_along(db, old, instead)
    return are_filed(db, [instead], now)


def waiting_at(db: Db, path: str, instead: EventPhotoId) -> list[EventPhotoId]:
    """What gives way to that photo as it lies there."""
    return db.column("SELECT event_photo FROM giving_way WHERE path = ? AND instead = ?", (path, instead))


def waiting_at_sources(db: Db, event: EventId, for_: Sequence[int]) -> list[PhotoId]:
    """The photos that are one of these at their source by now, and stay until that is filed."""
    query = (
        "SELECT o.photo FROM event_photo i JOIN giving_way g ON g.instead = i.id JOIN event_photo o"
        " ON o.id = g.event_photo WHERE i.event = ? AND i.photo = ? AND substr(g.path, 1, 6) = 'drive:'"
    )
    return [PhotoId(one) for photo in for_ for one in db.column(query, (event, photo))]


# What gives way to the photo that lies in one of its folders; to one that was moved, also where it was moved to.
GIVING_WAY = (
    "SELECT g.*, o.event, o.photo FROM event_photo x JOIN event_photo i ON i.photo = x.photo"
    " AND (i.id = x.id OR i.state = 'moved') JOIN giving_way g ON g.instead = i.id"
    " JOIN event_photo o ON o.id = g.event_photo WHERE x.id = ?"
    " AND EXISTS (SELECT 1 FROM placement p WHERE p.event_photo = x.id AND +p.wanted = 1 AND p.disk = 'there')"
)


def are_filed(db: Db, filed: Collection[EventPhotoId], now: float) -> list[PhotoId]:
    """What gives way to these goes, as far as they lie in a folder; of what is asked about first, it is asked now.

    Returns photos that are to be planned: another one's shot is theirs now.
    """
    if not db.has("SELECT 1 FROM giving_way LIMIT 1"):
        return []
    again: list[PhotoId] = []
    for row in [row for one in filed for row in db.execute(GIVING_WAY, (one,)).fetchall()]:
        db.execute("DELETE FROM giving_way WHERE event_photo = ?", (row["event_photo"],))
        known = _known(db, row)
        if known is None:
            continue
        if row["asked"]:
            held.hold_back(db, row["event"], OVERWRITTEN, ANOTHER_CARD, [known], now)
            continue
        is_shot = "SELECT 1 FROM event_photo WHERE twin_of = ?1 OR (id = ?1 AND twin_of IS NOT NULL)"
        has_other = db.has(is_shot, (known,))
        placements.want_nowhere(db, known)
        superseded.supersede_one(db, known, now)
        twins.free_in_event(db, known)
        again += _take_over_shot(db, row["event"], row["instead"]) if has_other else []
    return again


def _known(db: Db, row: Row) -> EventPhotoId | None:
    """The photo that gives way, if its bytes lie nowhere where it came from, and no operator took it out since."""
    of = superseded.gives_way if not row["path"].startswith(AT_SOURCE) else sources.nowhere_else
    return of(db, row["event"], row["photo"])


def _go_along(db: Db, old: EventPhotoId, instead: EventPhotoId) -> None:
    """Where the one is the other file of a shot, what comes in its place is so, too: nobody asks who is on it."""
    main = db.value(
        "SELECT o.twin_of FROM event_photo o JOIN photo op ON op.id = o.photo JOIN event_photo i ON i.id = ?2"
        " JOIN photo ip ON ip.id = i.photo WHERE o.id = ?1 AND ip.kind = 'image' AND i.state = 'waiting'"
        " AND (substr(op.mime, 1, 8) = ?3) = (substr(ip.mime, 1, 8) = ?3) AND i.twin_of IS NULL AND i.name = o.name"
        " AND NOT EXISTS (SELECT 1 FROM event_photo t WHERE t.twin_of = i.id)",
        (old, instead, twins.RAW),
    )
    if main is not None:
        twins.join(db, instead, EventPhotoId(main))


def _take_over_shot(db: Db, event: EventId, instead: EventPhotoId) -> list[PhotoId]:
    """The other file of the shot goes with what is in the place of the first one."""
    photo = PhotoId(db.value("SELECT photo FROM event_photo WHERE id = ?", (instead,)))
    has_other = db.has("SELECT 1 FROM event_photo WHERE twin_of = ?", (instead,))
    if has_other or not twins.pair(db, event, photo):
        return []
    main = db.value("SELECT COALESCE(twin_of, id) FROM event_photo WHERE id = ?", (instead,))
    db.execute(  # so that a start plans it, should nobody come to it in this life
        "UPDATE event_photo SET state = 'waiting', planned_at = NULL, verified_at = NULL"
        " WHERE (id = ?1 OR twin_of = ?1) AND state IN ('filed', 'unsorted')",
        (main,),
    )
    return [PhotoId(db.value("SELECT photo FROM event_photo WHERE id = ?", (main,)))]


def vacate(db: Db, placement: PlacementId, name: str) -> tuple[Made, str] | None:
    """The file that lies under that name in this placement's folder, and its SHA-256, if its photo gives way to this
    one, and is filed in no other event: this one's file may be put in its place. It is looked at anew before it counts.
    """
    row = db.execute(
        "SELECT g.path, ep.event, ep.photo, p.*, ph.bytes, ph.sha256"  # noqa: S608 - ours
        " FROM placement me JOIN giving_way g ON g.instead = me.event_photo AND g.asked = 0"
        " JOIN placement p ON p.event_photo = g.event_photo AND p.folder = me.folder AND p.disk_name = ?"
        " JOIN event_photo ep ON ep.id = p.event_photo JOIN photo ph ON ph.id = ep.photo"
        f" WHERE me.id = ? AND p.wanted = 1 AND {LIES_THERE} AND p.lies_as = '' AND p.filed_as = ''"
        " AND NOT EXISTS (SELECT 1 FROM event_photo o WHERE o.photo = ep.photo AND o.id <> ep.id)",
        (name, placement),
    ).fetchone()
    if row is None or _known(db, row) is None or (made := made_in(row)) is None:
        return None
    db.execute("UPDATE placement SET disk = 'reserved' WHERE id = ?", (row["id"],))
    return made, str(row["sha256"])
