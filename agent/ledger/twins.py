"""The two files of one shot, RAW and JPEG: one name but for its ending, one folder, one moment. They are one photo.

A name alone says little: two cameras count alike, and each begins anew after 9999. What both files say of their moments
is known only once both were looked at; then those that are of two shots are parted.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence, Set
from datetime import datetime
from pathlib import PurePath

from agent.ledger import bursts, seen
from agent.ledger.sqlite.rows import Db, Row
from agent.model import EventId, EventPhotoId, PhotoId, PhotoState

RAW = "image/x-"  # how the types of cameras' raw files begin
WENT_ALONG = "(look = 'done' AND looked_at IS NULL)"  # of a photo: it is whole, and nobody looked who is on it
LOOKED_AT = f"(ph.look = 'done' AND NOT {WENT_ALONG})"  # `ph`
# Of one that waits for a yes, or was taken out, the same holds for the other file; of a move nobody knows it before a
# look.
BESIDE = (
    f"(ep.state IN ('waiting', 'filed', 'unsorted', 'withdrawn') OR (ep.state IN ('held', 'moved') AND {LOOKED_AT}))"
)
BESIDE_LATE = "ep.state IN ('waiting', 'filed', 'unsorted', 'held', 'withdrawn')"
SAID = "CASE ph.look WHEN 'done' THEN ph.taken_at END AS said"  # when it was taken, by what was seen of it
AT_ONCE = 60.0  # seconds between what the two files of one shot say, at most
UTC = "+00:00"


def pair(db: Db, event: EventId, photo: PhotoId, *, late: bool = False, filed: bool = False) -> bool:
    """Join a photo that is new in an event with the other file of its shot, if that is there. Returns whether it is.

    One that went along with it in another event, and was looked at nowhere, is looked at where it comes first. `late`:
    of one that was known before it lay anywhere beside that, the JPEG stands for both; either is out, or none. `filed`:
    one that was known, and looked at, stands for both where it lies filed beside what is known by its filed file alone.
    What was withdrawn before anybody looked at it stands for both, too: nothing is said of what comes later.
    """
    new = db.execute(
        f"SELECT ep.id, ep.name, ep.camera, ep.state, ep.twin_of, ph.mime, {WENT_ALONG} AS went_along,"  # noqa: S608 - our own words
        f" {LOOKED_AT} AS looked, {SAID},"
        " EXISTS (SELECT 1 FROM event_photo t WHERE t.twin_of = ep.id) AS is_main FROM event_photo ep"
        " JOIN photo ph ON ph.id = ep.photo WHERE ep.event = ? AND ep.photo = ? AND ph.kind = 'image'"
        f"{f' AND {BESIDE_LATE}' if late else ''}",
        (event, photo),
    ).fetchone()
    if new is None or new["twin_of"] is not None or ((late or filed) and new["is_main"]):
        return False
    places = {one for one in places_of(db, event, photo) if one[0] or not late}  # all that is kept lies in one folder
    for other in _same_name(db, event, new, late=late):
        if filed and not is_beside_none(db, event, PhotoId(other["photo"])):
            continue
        if lie_beside(places, places_of(db, event, PhotoId(other["photo"]))):
            stays = not late and (other["looked"] or _is_out(other))
            first = (_is_raw(new) or stays) and not (filed and new["looked"])
            twin, main = (new, other) if first else (other, new)
            join(db, twin["id"], main["id"])
            return True
    if new["went_along"] and not (late or filed):
        _look_for_itself(db, photo)
    return False


def is_beside_none(db: Db, event: EventId, photo: PhotoId) -> bool:
    """Whether the photo lies in none of the event's incoming folders and sources, as what is known by a kept file."""
    return not any(folder for folder, _ in places_of(db, event, photo))


def join(db: Db, twin: EventPhotoId, main: EventPhotoId) -> None:
    """They are one photo from now on: whoever is on it is there once, by the file that stands for both."""
    _free_others(db, twin)  # of a shot that it stood for itself: nothing goes along with what goes along
    db.execute("UPDATE event_photo SET twin_of = ? WHERE id = ?", (main, twin))
    seen.forget_of(db, twin)
    photo = PhotoId(db.value("SELECT photo FROM event_photo WHERE id = ?", (twin,)))
    if goes_along(db, photo):
        seen.forget_look(db, photo)
    share_time(db, photo)


def join_known(db: Db, event: EventId, twin: str, mains: Sequence[str]) -> None:
    """The same of files, by their SHA-256, of which one is known to be of that shot: the one of its name. What is of
    another shot stays so.
    """
    rows = db.execute(
        "SELECT ep.id, ep.name, ph.sha256 FROM photo ph CROSS JOIN event_photo ep ON ep.photo = ph.id AND ep.event = ?1"
        " WHERE ph.sha256 IN (SELECT value FROM json_each(?2)) AND ep.state <> 'superseded' AND ep.twin_of IS NULL"
        " AND NOT EXISTS (SELECT 1 FROM event_photo t WHERE t.twin_of = ep.id)",
        (event, json.dumps([twin, *mains])),
    )
    found = {str(row["sha256"]): (row["id"], str(row["name"]).rpartition(".")[0]) for row in rows}
    if twin in found:
        id, stem = found.pop(twin)
        if (main := next((one for one, its in found.values() if its == stem), None)) is not None:
            join(db, id, main)


def joined(db: Db, event: EventId) -> list[tuple[EventPhotoId, str, str]]:
    """The other files of an event's shots: each, its SHA-256, and that of the file that stands for both."""
    return db.tuples(
        "SELECT t.id, tp.sha256, mp.sha256 FROM event_photo t JOIN event_photo m ON m.id = t.twin_of"
        " JOIN photo tp ON tp.id = t.photo JOIN photo mp ON mp.id = m.photo WHERE t.event = ?",
        (event,),
    )


def shots_of(db: Db, sha256s: Sequence[str]) -> list[tuple[str, str]]:
    """Of these files, in whatever event, the other ones of their shots, with that which stands for both; SHA-256."""
    return db.tuples(
        "SELECT DISTINCT tp.sha256, mp.sha256 FROM photo tp JOIN event_photo t ON t.photo = tp.id"
        " JOIN event_photo m ON m.id = t.twin_of JOIN photo mp ON mp.id = m.photo"
        " WHERE tp.sha256 IN (SELECT value FROM json_each(?))",
        (json.dumps(list(sha256s)),),
    )


def others_with(db: Db, photo: PhotoId) -> list[Row]:
    """Other files that go along with this one, and may stand for their shots as well: `id, event, sha256` of each, and
    `shot`, this one's SHA-256.
    """
    return db.execute(
        "SELECT t.id, t.event, tp.sha256, mp.sha256 AS shot FROM event_photo m JOIN event_photo t ON t.twin_of = m.id"
        " JOIN photo mp ON mp.id = m.photo JOIN photo tp ON tp.id = t.photo WHERE m.photo = ?"
        " AND t.state <> 'superseded' AND tp.look <> 'failed' AND t.came_from IS m.came_from",
        (photo,),
    ).fetchall()


def stand_for_both(db: Db, twin: EventPhotoId) -> PhotoId:
    """The other way round: this file stands for its shot, and waits for a look where nobody has looked at it. Returns
    its photo.
    """
    row = db.execute("SELECT photo, twin_of FROM event_photo WHERE id = ?", (twin,)).fetchone()
    _stand_for_itself(db, twin, row["photo"])
    join(db, EventPhotoId(row["twin_of"]), twin)
    return PhotoId(row["photo"])


def goes_along(db: Db, photo: PhotoId) -> bool:
    """Whether it is the other file of a shot wherever it is: nobody asks who is on it."""
    goes = "SELECT MIN(twin_of IS NOT NULL) FROM event_photo WHERE photo = ? AND state <> 'superseded'"
    return db.value(goes, (photo,)) == 1


def share_time(db: Db, photo: PhotoId) -> None:
    """Of a shot, a file that does not say when, or by what, it was taken was so as the other one says, in each event.

    The photo itself keeps its own word alone: by that another photo in its place is of the same shot, or is not.
    """
    shots = (
        "SELECT m.id, t.id FROM event_photo m JOIN event_photo t ON t.twin_of = m.id WHERE m.photo = ?1"
        " UNION SELECT m.id, t.id FROM event_photo t JOIN event_photo m ON m.id = t.twin_of WHERE t.photo = ?1"
    )
    for main, twin in db.execute(shots, (photo,)).fetchall():
        for this, other in ((main, twin), (twin, main)):
            told = db.execute(
                "UPDATE event_photo SET told = n.told, body = n.body FROM (SELECT"
                " CASE WHEN ph.taken_at IS NULL THEN COALESCE(o.taken_at, '') ELSE '' END AS told,"
                " CASE WHEN ph.device = '' AND o.device <> '' THEN v.camera ELSE '' END AS body"
                " FROM event_photo ep JOIN photo ph ON ph.id = ep.photo JOIN photo_clock v ON v.id = ?2"
                " JOIN photo o ON o.id = v.photo WHERE ep.id = ?1) n"
                " WHERE event_photo.id = ?1 AND (event_photo.told <> n.told OR event_photo.body <> n.body)"
                " RETURNING photo",
                (this, other),
            ).fetchone()
            if told is not None:  # Drive may have been told another time: that of its arrival
                db.execute(
                    "UPDATE placement SET retime = 1 WHERE event_photo = ?"
                    " AND drive IN ('reserved', 'sending', 'there', 'trashed')",
                    (this,),
                )
                bursts.link_again(db, [told["photo"]])


def part(db: Db, photo: PhotoId) -> None:
    """What bears one name with another file, and was taken at another moment by what both say, is of another shot."""
    shots = db.tuples(
        "SELECT t.id, t.photo, m.id, tp.taken_at, mp.taken_at FROM event_photo t JOIN event_photo m ON m.id = t.twin_of"
        " JOIN photo tp ON tp.id = t.photo JOIN photo mp ON mp.id = m.photo"
        " WHERE (t.photo = ?1 OR (m.photo = ?1 AND tp.look = 'done')) AND mp.look = 'done'"
        " AND t.state IN ('waiting', 'filed', 'unsorted')",
        (photo,),
    )
    for twin, its_photo, main, taken, main_taken in shots:
        if are_apart(taken, main_taken):
            _stand_for_itself(db, twin, its_photo)
            db.execute("UPDATE event_photo SET told = '', body = '' WHERE id IN (?, ?)", (twin, main))


def are_apart(one: str | None, other: str | None) -> bool:
    """Whether both say when they were taken, by clocks that can be compared, and that was not at once.

    What is said in UTC may be Drive's word of a file that says nothing itself: when it came there.
    """
    if not one or not other or one.endswith(UTC) or other.endswith(UTC):
        return False
    first, second = map(datetime.fromisoformat, (one, other))
    return (first.tzinfo is None) is (second.tzinfo is None) and abs((first - second).total_seconds()) > AT_ONCE


def is_whole(db: Db, photo: PhotoId) -> list[PhotoId]:
    """The other file of a shot opens, or has no picture to open: it needs no look for faces, unless another event has
    it as a photo of its own. Returns the photos that it goes along with, as far as these were looked at, or taken out.
    """
    db.execute(
        "UPDATE photo SET look = 'done', second = 'none' WHERE id = ?1 AND look = 'due' AND NOT EXISTS"
        " (SELECT 1 FROM event_photo WHERE photo = ?1 AND twin_of IS NULL AND state <> 'superseded')",
        (photo,),
    )
    return db.column(
        "SELECT DISTINCT m.photo FROM event_photo t JOIN event_photo m ON m.id = t.twin_of"
        " JOIN photo mp ON mp.id = m.photo JOIN photo ph ON ph.id = t.photo"
        " WHERE t.photo = ? AND (mp.look = 'done' OR m.state IN ('withdrawn', 'moved')) AND ph.look = 'done'",
        (photo,),
    )


def whole(db: Db, main: EventPhotoId) -> list[EventPhotoId]:
    """Other files of a photo's shot that open, and wait for it or were taken out with it."""
    return db.column(
        "SELECT t.id FROM event_photo t JOIN photo ph ON ph.id = t.photo"
        " WHERE t.twin_of = ? AND ph.look = 'done' AND t.state IN ('waiting', 'withdrawn')",
        (main,),
    )


def others_of(db: Db, mains: Sequence[EventPhotoId]) -> dict[EventPhotoId, list[Row]]:
    """Other files of these photos' shots that open: `sha256, name` of each."""
    found: dict[EventPhotoId, list[Row]] = {}
    for row in db.execute(
        "SELECT t.twin_of, ph.sha256, t.name FROM json_each(?) one CROSS JOIN event_photo t ON t.twin_of = one.value"
        " JOIN photo ph ON ph.id = t.photo WHERE t.state <> 'superseded' AND ph.look = 'done' ORDER BY t.id",
        (json.dumps(list(mains)),),
    ):
        found.setdefault(EventPhotoId(row["twin_of"]), []).append(row)
    return found


def moved_with(db: Db, event: EventId) -> list[Row]:
    """Other files of shots that are out of events as these were moved, into that one or by way of it: `event` out of
    which, `sha256, name`, and `shot`, the SHA-256 of the photo that stands for it.
    """
    return db.execute(
        "SELECT m.event, mp.sha256 AS shot, tp.sha256, t.name FROM event_photo e"
        " JOIN event_photo m ON m.photo = e.photo AND m.event <> e.event AND +m.state = 'moved'"
        " JOIN event_photo t ON t.twin_of = m.id AND +t.state = 'moved'"
        " JOIN photo mp ON mp.id = m.photo JOIN photo tp ON tp.id = t.photo WHERE e.event = ?",
        (event,),
    ).fetchall()


def _same_name(db: Db, event: EventId, new: Row, *, late: bool) -> list[Row]:
    """Photos of the other kind with this one's name, that have no other file yet."""
    stem = new["name"].rpartition(".")[0]
    rows = db.execute(
        f"SELECT ep.id, ep.photo, ep.name, ep.state, ph.mime, {LOOKED_AT} AS looked, {SAID}"  # noqa: S608 - our own words
        " FROM event_photo ep JOIN photo ph ON ph.id = ep.photo"
        " WHERE ep.event = ? AND ep.name >= ? || '.' AND ep.name < ? || '/' AND ep.camera = ? AND ep.twin_of IS NULL"
        f" AND {BESIDE_LATE if late else BESIDE}"
        " AND ph.kind = 'image' AND ph.look <> 'failed'"
        " AND NOT EXISTS (SELECT 1 FROM event_photo t WHERE t.twin_of = ep.id) ORDER BY ep.id DESC",
        (event, stem, stem, new["camera"]),
    )
    found = [row for row in rows if stem and row["name"].rpartition(".")[0] == stem and _is_raw(row) != _is_raw(new)]
    found = [row for row in found if not are_apart(row["said"], new["said"])]
    return [row for row in found if _is_out(row) == _is_out(new)] if late else found


def _is_out(row: Row) -> bool:
    return row["state"] == PhotoState.WITHDRAWN


def _is_raw(row: Row) -> bool:
    return str(row["mime"]).startswith(RAW)


def places_of(db: Db, event: EventId, photo: PhotoId) -> set[tuple[str, str]]:
    """The folders that a photo lies in; for one that was fetched, its source."""
    rows = db.pairs("SELECT path, folder FROM sighting WHERE photo = ? AND event = ?", (photo, event)).items()
    found = {(folder, "" if folder.startswith("drive:") else str(PurePath(path).parent)) for path, folder in rows}
    query = "SELECT 'drive:' || source FROM source_file WHERE photo = ? AND event = ? AND state <> 'gone'"
    return found | {(folder, "") for folder in db.column(query, (photo, event))}  # its bytes were here already


def lie_beside(some: Set[tuple[str, str]], others: Set[tuple[str, str]]) -> bool:
    """Whether two photos lie in one folder; or one in Processed, where the other is to be put away, too."""
    return bool(some & others or _to_be_put_away(some) & others or some & _to_be_put_away(others))


def _to_be_put_away(places: Set[tuple[str, str]]) -> Set[tuple[str, str]]:
    """Of what lies in an event's own Incoming; what other folders have goes to the same one, and may be another's."""
    own = [(PurePath(folder), place) for folder, place in places if folder.endswith("/Incoming")]
    return {("", str(folder.with_name("Processed") / PurePath(place).relative_to(folder))) for folder, place in own}


def main_of(db: Db, event: EventId, photo: PhotoId) -> PhotoId | None:
    """The photo that this one is the other file of, if that was looked at."""
    return db.value(
        "SELECT m.photo FROM event_photo ep JOIN event_photo m ON m.id = ep.twin_of JOIN photo ph ON ph.id = m.photo"
        " WHERE ep.event = ? AND ep.photo = ? AND ph.look = 'done'",
        (event, photo),
    )


def free(db: Db, photo: PhotoId) -> None:
    """The other files of this photo's shot stand for themselves from now on: it cannot be looked at, or is gone."""
    for row in db.execute(
        "SELECT t.id, t.photo FROM event_photo t JOIN event_photo m ON m.id = t.twin_of WHERE m.photo = ?", (photo,)
    ).fetchall():
        _stand_for_itself(db, row["id"], row["photo"])


def free_in_event(db: Db, event_photo: EventPhotoId) -> None:
    """The same where a photo leaves one event, of whose shot it is no file any more."""
    leave(db, event_photo)
    _free_others(db, event_photo)


def _free_others(db: Db, event_photo: EventPhotoId) -> None:
    for row in db.execute("SELECT id, photo FROM event_photo WHERE twin_of = ?", (event_photo,)).fetchall():
        _stand_for_itself(db, row["id"], row["photo"])


def free_waiting(db: Db, main: EventPhotoId, is_out: Callable[[str], bool]) -> list[EventPhotoId]:
    """The same of those that wait still, while the photo stays out of its event. Returns which. `is_out`: whether a
    file, by its SHA-256, went out of it with the photo.
    """
    rows = db.tuples(
        "SELECT t.id, t.photo, ph.sha256 FROM event_photo t JOIN photo ph ON ph.id = t.photo"
        " WHERE t.twin_of = ? AND t.state = 'waiting'",
        (main,),
    )
    freed = [(one, photo) for one, photo, sha256 in rows if not is_out(sha256)]
    for one, photo in freed:
        _stand_for_itself(db, one, photo)
    return [one for one, _ in freed]


def free_if_gone(db: Db, event_photo: EventPhotoId) -> None:
    """The same of one that was taken out of its event, unless it is there again by now."""
    if db.value("SELECT state FROM event_photo WHERE id = ?", (event_photo,)) == PhotoState.SUPERSEDED:
        free_in_event(db, event_photo)


def _stand_for_itself(db: Db, event_photo: int, photo: int) -> None:
    """What nobody has looked at, as it went along with the other file, waits for that, wherever it lies."""
    db.execute("UPDATE event_photo SET twin_of = NULL WHERE id = ?", (event_photo,))
    if _look_for_itself(db, photo):
        db.execute(
            "UPDATE event_photo SET state = 'waiting', planned_at = NULL, verified_at = NULL"
            " WHERE id = ? AND state IN ('filed', 'unsorted', 'held')",
            (event_photo,),
        )


def _look_for_itself(db: Db, photo: int) -> bool:
    """It went along with the other file so far, without a look. Returns whether it did."""
    return db.changed(
        f"UPDATE photo SET look = 'due', look_after = 0 WHERE id = ? AND {WENT_ALONG}",  # noqa: S608 - our own words
        (photo,),
    )


def leave(db: Db, event_photo: int) -> None:
    """It is gone, and no file of a shot any more: another one may take its place. Back again, it is looked at."""
    if db.changed("UPDATE event_photo SET twin_of = NULL WHERE id = ? AND twin_of IS NOT NULL", (event_photo,)):
        db.execute(
            "UPDATE photo SET look = 'failed' WHERE id = (SELECT photo FROM event_photo WHERE id = ?)"  # noqa: S608 - our own words
            f" AND {WENT_ALONG} AND NOT EXISTS (SELECT 1 FROM event_photo o"
            " WHERE o.photo = photo.id AND o.state <> 'superseded')",
            (event_photo,),
        )


def shown_as(db: Db, event_photo: int) -> str | None:
    """The SHA-256 of the photo that is shown for this one: itself, or the file of its shot that was looked at."""
    return db.value(
        "SELECT ph.sha256 FROM event_photo ep JOIN event_photo m ON m.id = COALESCE(ep.twin_of, ep.id)"
        " JOIN photo ph ON ph.id = m.photo WHERE ep.id = ?",
        (event_photo,),
    )
