"""Photos: looked through, and decided about: withdrawn, moved to another event, filed as portraits or groups."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from agent import clock
from agent.clock import iso, iso_or_none
from agent.errors import Cause, NotThere, UsageError
from agent.faces.results import Box
from agent.faces.strip import on_poster, poster_frames
from agent.handlers.approving import PhotoDecider
from agent.handlers.changes import alone, numbered, person_of
from agent.handlers.faces import cluster_id
from agent.ledger import (
    Ledger,
    amiss_on_drive,
    clocks,
    counts,
    drive_queue,
    faces,
    held,
    matches,
    photo_pages,
    photos,
    placements,
    sightings,
    twins,
)
from agent.ledger.counts import plural
from agent.ledger.photo_pages import Which
from agent.ledger.photos import Chosen
from agent.ledger.sqlite.rows import Db, Row
from agent.model import HERE, ORIGINAL, End, EventId, EventPhotoId, PhotoId, Rendition
from agent.people.deciding import Decider
from agent.people.faces import face_id
from agent.pipeline import Pipeline
from agent.requests.photos import (
    ApprovePhotos,
    FilePhotosAs,
    GetPhoto,
    GetThumbnail,
    ListPhotos,
    ListUploads,
    MovePhotos,
    PhotoDetails,
    PhotoFace,
    PhotoPage,
    PhotoRow,
    UploadRow,
    WithdrawPhotos,
)
from agent.roster import Roster
from agent.roster.decisions import Draft, PhotoDecision, Verb

FILED = {"solo": "filed as portraits", "group": "filed as groups", "auto": "filed by the rule again"}


@dataclass(eq=False, slots=True)
class PhotoHandlers:
    """`active`: placements that are being sent."""

    _ledger: Ledger
    _roster: Roster
    _decider: Decider
    _of_photos: PhotoDecider
    _pipeline: Pipeline
    _active: Callable[[], Set[int]]
    _root: Path

    # ---- questions

    async def photos(self, asked: ListPhotos) -> PhotoPage:
        roster = self._roster
        where = None if asked.event is None else roster.event(asked.event).id
        whose = None if asked.person is None else person_of(roster, asked.person, asked.event).id
        which = Which(where, asked.state, whose, asked.q or "", asked.sharpest)
        return await self._ledger.read(photo_page, which, asked, self._names())

    async def photo(self, asked: GetPhoto) -> PhotoDetails:
        number, names, guests = EventPhotoId(asked.id), self._names(), self._guests()
        found = await self._ledger.read(photo_details, number, names, guests, self._root)
        if found is None:
            raise NotThere("There is no such photo", str(asked.id), "Look for it: venuesync photos")
        return found

    async def thumbnail(self, asked: GetThumbnail) -> bytes | None:
        sha256 = await self._ledger.read(twins.shown_as, asked.id)
        return None if sha256 is None else await self._pipeline.thumbnails.find(sha256)

    async def uploads(self, asked: ListUploads) -> list[UploadRow]:
        return await self._ledger.read(upload_rows, self._active(), asked.state)

    def _names(self) -> dict[str, str]:
        return {one.id: one.name for one in self._roster.people()}

    def _guests(self) -> set[str]:
        return {one.id for one in self._roster.people() if one.guest}

    # ---- decisions

    @alone
    async def withdraw(self, asked: WithdrawPhotos) -> int:
        """Those of them that are not withdrawn already, in all events that have them; a no to what waits for a yes is
        of that event alone.
        """
        placed = [one.id for one in await self._chosen(asked.ids) if not self._waits(one)]
        every = await self._ledger.read(photos.of_content_in, placed, [one.id for one in self._roster.events()])
        besides = await self._ledger.read(photos.chosen, every)  # but for those that went meanwhile
        return await self._of_photos.withdraw(
            [one for one in await self._chosen(asked.ids, besides) if not self._decided(one).withdrawn]
        )

    async def approve(self, asked: ApprovePhotos) -> int:
        """Those of them that wait for it as it is said: what comes before it is their turn, nobody has looked at."""
        return await self._approve(asked, await self._ledger.read(held.photos))

    @alone
    async def _approve(self, asked: ApprovePhotos, waiting: Sequence[Chosen]) -> int:
        event = None if asked.event is None else self._roster.event(asked.event).id
        person = None if asked.person is None else person_of(self._roster, asked.person, asked.event).id
        among = [one.id for one in (await chosen_photos(self._ledger, asked.ids) if asked.ids is not None else waiting)]
        return await self._of_photos.approve(await self._ledger.read(held.photos, event, person, among))

    @alone
    async def move(self, asked: MovePhotos) -> int:
        """Those of them that are not withdrawn, which holds wherever they lie. Raises `UsageError` where all are."""
        to = self._roster.event(asked.event)
        all_chosen = await self._chosen(asked.ids)
        placed = [one for one in all_chosen if not self._decided(one).withdrawn]
        if all_chosen and not placed:
            raise UsageError(
                "Withdrawn photos are placed nowhere",
                numbered(asked.ids),
                "Take that back first: venuesync undo",
                cause=Cause.CONFLICT,
            )
        chosen = [one for one in placed if one.event != to.id or self._is_away(one)]
        what = f"{plural(len(chosen))} moved to {to.name}"

        def back(draft: Draft, one: Chosen) -> None:
            """What was moved or withdrawn out of that event is wanted there again."""
            if one.event == to.id or self._roster.photo_decision(to.id, one.sha256) is not None:
                draft.decide_photo(
                    to.id, one.sha256, one.name, lambda was: replace(was, withdrawn=False, moved_to=None)
                )

        return await self._of_photos.decide(Verb.MOVE, chosen, lambda was: replace(was, moved_to=to.id), what, back)

    @alone
    async def file_as(self, asked: FilePhotosAs) -> int:
        """Those of them that were not said to be that already."""
        side = None if asked.company == "auto" else asked.company
        chosen = [one for one in await self._chosen(asked.ids) if self._decided(one).company != side]
        word = FILED[asked.company]
        what = f"{plural(len(chosen))} {word}"
        return await self._of_photos.decide(Verb.COMPANY, chosen, lambda was: replace(was, company=side), what)

    async def _chosen(self, ids: Sequence[int], besides: Sequence[Chosen] = ()) -> list[Chosen]:
        """Each once, in the event that it was moved into meanwhile, if that is there: what is decided is so there."""
        here = {one.id for one in self._roster.events()}

        def now(one: Chosen) -> Chosen:
            along = self._roster.moved_along(one.event, one.sha256)
            return replace(one, event=next(event for event in reversed(along) if event in here))

        found = map(now, [*await chosen_photos(self._ledger, ids), *besides])
        return list({(one.event, one.sha256): one for one in found}.values())

    def _decided(self, one: Chosen) -> PhotoDecision:
        return self._roster.photo_decision(one.event, one.sha256) or PhotoDecision(one.sha256)

    def _waits(self, one: Chosen) -> bool:
        return self._roster.event(one.event).review and not self._decided(one).approved

    def _is_away(self, one: Chosen) -> bool:
        """Whether it was moved into an event that was removed."""
        return self._decided(one).moved_to is not None


def photo_page(db: Db, which: Which, asked: ListPhotos, names: Mapping[str, str]) -> PhotoPage:
    rows = photo_pages.page(db, which, asked.before, asked.limit + 1, (asked.page - 1) * asked.limit, asked.order)
    shown = rows[: asked.limit]
    people = counts.people_of_photos(db, [row["id"] for row in shown])
    return {
        "rows": [
            photo_row(db, row, which, [names[one] for one in people.get(row["id"], ()) if one in names])
            for row in shown
        ],
        "more": len(rows) > asked.limit,
        "total": photo_pages.count(db, which) if asked.count else None,
    }


def photo_row(db: Db, row: Row, which: Which, people: list[str]) -> PhotoRow:
    number = EventPhotoId(row["id"])
    placed = [one for one in placements.of_photo(db, number) if one["wanted"]]
    return {
        "id": number,
        "event": row["event"],
        "name": row["name"],
        "state": row["state"],
        "kind": row["kind"],
        "mime": row["mime"],
        "bytes": row["bytes"],
        "width": row["width"],
        "height": row["height"],
        "camera": row["camera"],
        "device": row["device"],
        "taken_at": clocks.corrected(row["taken_at"], row["clock_ahead"]),
        "clock_ahead": row["clock_ahead"],
        "arrived_at": iso(row["arrived_at"]),
        "filed_at": iso_or_none(row["filed_at"]),
        "verified_at": verified_at(row, placed),
        "only_here": is_only_here(placed),
        "amiss": any(one["amiss"] for one in placed),
        "faces": faces.number_on(db, PhotoId(row["photo"])),
        "people": people,
        "to": counts.filed_under(db, [number])[number],
        "folders": [one["disk_path"] for one in placed],
        "distance": matches.distance(db, number, which.person) if which.person else None,
        "burst": row["burst"],
        "sharpest": bool(row["burst"] and row["sharpest"]),
    }


async def chosen_photos(ledger: Ledger, ids: Sequence[int]) -> list[Chosen]:
    """The photos of these numbers; of a shot with two files the one that stands for both. Raises `NotThere`."""
    found = await ledger.read(photos.chosen, [EventPhotoId(one) for one in ids])
    missing = set(ids) - {number for one in found for number in (one.id, *one.twins)}
    if missing:
        raise NotThere("There is no such photo", numbered(missing), "Look for it: venuesync photos")
    return found


# ---- one photo, and the queue's rows


def photo_details(
    db: Db, event_photo: EventPhotoId, names: Mapping[str, str], guests: Set[str], root: Path
) -> PhotoDetails | None:
    row = photos.by_id(db, event_photo)
    if row is None:
        return None
    photo, event = PhotoId(row["photo"]), EventId(row["event"])
    found = faces.in_event(db, event, photo)
    shown = on_picture(row["mime"], row["width"], row["height"], [*found])
    placed = placements.of_photo(db, event_photo)
    return {
        "id": row["id"],
        "event": event,
        "name": row["name"],
        "state": row["state"],
        "mime": row["mime"],
        "bytes": row["bytes"],
        "width": row["width"],
        "height": row["height"],
        "camera": row["camera"],
        "device": row["device"],
        "taken_at": clocks.corrected(row["taken_at"], row["clock_ahead"]),
        "clock_ahead": row["clock_ahead"],
        "taken_for": clocks.taken_for(row),
        "arrived_at": iso(row["arrived_at"]),
        "filed_at": iso_or_none(row["filed_at"]),
        "verified_at": verified_at(row, [one for one in placed if one["wanted"]]),
        "people": [person(one, names, shown) for one in matches.assignments(db, event, photo)],
        "faces": faces.number_on(db, photo),
        "each_face": [photo_face(one, names, guests, shown) for one in found],
        "placements": [placement(one, root) for one in placed],
        "originals": originals(db, event_photo),
        "looked_at": iso_or_none(faces.looked_at(db, event_photo)),
        "burst": row["burst"],
        "sharpest": bool(row["burst"] and row["sharpest"]),
    }


def on_picture(mime: str, width: int | None, height: int | None, found: Sequence[Row]) -> Callable[[Row], Box]:
    """Where each face lies in the picture that is shown: the photo, or a video's poster at the size of a frame."""
    if not mime.startswith("video/") or not width or not height:
        return lambda row: faces.box_of(row).edges
    frames = poster_frames((faces.box_of(row).edges for row in found), width)
    return lambda row: on_poster(faces.box_of(row).edges, frames, width, height)


def person(row: Row, names: Mapping[str, str], shown: Callable[[Row], Box]) -> dict[str, Any]:
    return {
        "id": row["person"],
        "name": names.get(row["person"], row["person"]),
        "distance": round(row["distance"], 4),
        "box": list(shown(row)),
    }


def photo_face(row: Row, names: Mapping[str, str], guests: Set[str], shown: Callable[[Row], Box]) -> PhotoFace:
    """Somebody who is not known any more is nobody."""
    person = row["person"] if row["person"] in names else None
    group = None if row["cluster"] is None else cluster_id(row["cluster"])
    return {
        "face_id": face_id(row["id"]),
        "box": shown(row),
        "person": person,
        "name": None if person is None else names[person],
        "guest": person in guests,
        "sure": person is not None and bool(row["sure"]),
        "distance": None if person is None else round(row["distance"], 4),
        "alike": row["alike"],
        "unknown": person if person in guests and row["sure"] else group,
    }


def verified_at(row: Row, wanted: Sequence[Row]) -> str | None:
    """When all of it was on Drive, that is to be there; `None` where nothing is, or it lies there no more."""
    is_there = any(one["drive"] == End.THERE for one in wanted) and not any(one["amiss"] for one in wanted)
    return iso_or_none(row["verified_at"]) if is_there else None


def is_only_here(wanted: Sequence[Row]) -> bool:
    """Drive is to have nothing of it, and has nothing."""
    return bool(wanted) and all(one["made_as"] == HERE and one["drive"] == End.REMOVED for one in wanted)


def placement(row: Row, root: Path) -> dict[str, Any]:
    path = None if row["disk_name"] is None else str(root / row["disk_path"] / row["disk_name"])
    return {
        "folder": row["disk_path"],
        "wanted": bool(row["wanted"]),
        "disk": row["disk"],
        "path": path,
        "drive": End.REMOVED if row["amiss"] else row["drive"],
        "drive_id": row["drive_id"],
        # as it is made for Drive
        "long_side": None if row["made_as"] in (ORIGINAL, HERE) else Rendition.named(row["made_as"]).long_side or None,
        "only_here": row["made_as"] == HERE,
        "kept_back": kept_back(row),
        "blurred": row["filed_as"] != ORIGINAL,
    }


def upload_rows(db: Db, active: Set[int], state: str | None) -> list[UploadRow]:
    """Wanted placements on Drive, newest first; `state`: queued, active, verified or failed."""
    rows: list[UploadRow] = []
    amiss = amiss_on_drive.all_of(db)
    for row in drive_queue.all_wanted(db):
        if row["drive"] == End.REMOVED:  # Drive is to have nothing of it
            continue
        if row["id"] in active:
            word = "active"
        elif row["drive_failed"] or row["id"] in amiss:
            word = "failed"
        else:
            word = "verified" if row["drive"] == End.THERE else "queued"
        if state in (None, word):
            rows.append(
                {
                    "id": row["id"],
                    "photo": row["name"],
                    "folder": row["to_whom"],
                    "state": word,
                    "attempts": row["drive_attempts"],
                    "next_try_at": iso(clock.shown(row["drive_after"]))
                    if word == "queued" and row["drive_after"]
                    else None,
                    "error": row["trouble"],
                    "kept_back": kept_back(row),
                }
            )
    return rows


def kept_back(row: Row) -> str | None:
    """What a metered line makes of a placement; `None`: nothing."""
    if row["owed"] is None or row["drive"] == End.REMOVED:
        return None
    if row["owed"] == row["made_as"]:
        return "waits for a line that is not metered"
    return "a small copy, until the line is not metered"


def originals(db: Db, event_photo: int) -> list[str]:
    """Where a photo lies in incoming folders, for people."""
    return [sightings.shown(sightings.from_text(path)) for path in sightings.original_paths(db, event_photo)]
