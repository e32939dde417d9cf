"""The made-up wedding as a workspace, at the moment of a drawn state: all of it written by the product's own functions.

Faces are recognised, and photos planned, by the product's planner: only the encodings are made up.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from likeness import NEAR_MISS, SMALL, face, faces_of, looks, near, picture, unit
from standing import Clock, at, standing
from wedding import ACTIVE, EVENTS, LATEST, PEOPLE, REFUSED, STATES, UPLOADS, WAITING, Shot, moments, shots

from agent import steps
from agent.building.opening import Opened, open_stores
from agent.drive import reasons
from agent.drive.errors import DriveError, from_row
from agent.errors import VenueError
from agent.faces.models import engine_id
from agent.faces.results import COPY_AGAIN, Fault, LookError
from agent.faces.rule import Rule
from agent.filing.plan import person_folders, unsorted_folders
from agent.ledger import (
    disk_folders,
    disk_queue,
    downloads,
    drive_queue,
    faces,
    folders,
    matches,
    meta,
    photos,
    sources,
    syncs,
    unknown_faces,
)
from agent.ledger import troubles as ledger_troubles
from agent.ledger.disk_queue import Filed
from agent.ledger.drive_queue import DriveTask
from agent.ledger.faces import Encoding, Face, Looked
from agent.ledger.photos import Content
from agent.ledger.sightings import FileFacts, Sighting
from agent.ledger.sources import ListedFile, ListedFolder
from agent.ledger.sqlite.rows import Db
from agent.ledger.troubles import Subject
from agent.model import (
    DEFAULT_EVENT,
    Box,
    DriveId,
    Event,
    EventId,
    EventPhotoId,
    FolderKind,
    Person,
    PersonId,
    PhotoId,
    Reference,
    Source,
    SourceId,
)
from agent.people import intents
from agent.people.faces import cached_as
from agent.people.plan_again import plan_again
from agent.people.planner import Planner
from agent.roster.decisions import Draft, Verb
from agent.settings import Settings, load_settings
from agent.sync.sources import record_lost
from agent.uploads import records
from agent.workspace import Workspace, find_workspace
from tests.making import ids_to_use

FIRST, LAST = "DSC_4402.jpg", "DSC_4390.jpg"  # the one that is cut short, and the one that Drive refuses
NEWEST = 4468  # the number of the photo that was verified last
ON_CARD = 40  # the newest photos, which still lie in Incoming
ASKED = (6, 5, 4)  # photos but so many from the newest, on which somebody is who may be Anna Berg
STRANGERS = ((36, 4), (24, 3))  # groups of faces of nobody known: the first photo but so many from the newest; faces
JPEG = "image/jpeg"
BYTES, LARGE = 8_200_000, 21_500_000  # of a photo, of one that is being sent


# ---- one photo after the other


@dataclass
class Taken:
    """A photo of the evening, and how far it has come: `verified`, or the name of the step that it is in."""

    shot: Shot
    name: str
    at: float  # when it was verified, or arrived
    step: str = "verified"
    bytes: int = BYTES


def evening(state: str, now: float) -> list[Taken]:
    """All photos in the order of their arrival."""
    told = STATES[state]
    arriving, looking, filing, uploading = told["queue"]
    every = shots()
    safe = state == "safe"
    if safe:
        more = [*UPLOADS, REFUSED, *[Shot()] * (told["done"] - len(every) - len(UPLOADS) - 1)]
        every = [*every[:-LATEST], *more, *every[-LATEST:]]
    every = every[-told["done"] :]
    names = (f"DSC_{number}.jpg" for number in range(NEWEST, 0, -1))
    free = [name for name in names if safe or name not in (FIRST, LAST)][: len(every)][::-1]
    times = moments(now, at(told["newest"]), len(every), safe)
    found = [Taken(*one) for one in zip(every, free, times, strict=True)]
    if told["stuck"]:
        found.insert(-66 if len(found) > 66 else 0, Taken(Shot(), FIRST, now - 60, "failed"))
    if told["stuck"] > 1:
        found.insert(-78, Taken(REFUSED, LAST, now - 400, "refused"))
    found += under_way(now, uploading) if uploading else []
    steps = ["filing"] * filing + ["faces"] * looking + ["arriving"] * arriving
    ages = {"filing": 1.0, "faces": 4.0, "arriving": 2.0}
    number = NEWEST + 1 + max(0, len(UPLOADS)) + 2
    return found + [Taken(Shot(), f"DSC_{number + n}.jpg", now - ages[step], step) for n, step in enumerate(steps)]


def under_way(now: float, count: int) -> list[Taken]:
    """Photos that are filed and not verified: those of the drawing last, the first of them waits the longest."""
    names = [photo for photo, *_ in ACTIVE] + [photo for photo, _ in WAITING]
    drawn = [
        Taken(shot, name, now - 5 - n, "uploading", LARGE)
        for n, (shot, name) in enumerate(zip(UPLOADS, names, strict=True))
    ]
    more = [Taken(Shot(), f"DSC_3{n:03}.jpg", now - 21 - n, "uploading") for n in range(count - len(drawn))]
    drawn[len(ACTIVE) - 1].at = now - 21
    return more[::-1] + drawn[: max(0, count)][::-1]


# ---- the workspace


def make(root: Path, state: str) -> Workspace:
    """The whole workspace. Blocks."""
    clock = Clock(at(STATES[state]["clock"]))
    workspace = find_workspace(root, {})
    with standing(clock):
        settings = load_settings(workspace.root, {})
        found = open_stores(workspace, settings)
        try:
            asyncio.run(Maker(workspace, settings, found, clock).make(state))
        finally:
            found.ledger.close()
    return workspace


class Maker:
    """Sets the clock to the moment at which each thing happened."""

    def __init__(self, workspace: Workspace, settings: Settings, found: Opened, clock: Clock) -> None:
        self.workspace, self.ledger, self.roster, self.clock = workspace, found.ledger, found.roster, clock
        self.engine = engine_id(settings.faces.engine)
        self.planner = Planner(
            self.ledger, self.roster, self.engine, Rule(settings.faces.tolerance, settings.faces.review)
        )
        self.now = clock.now
        self.ids = 0
        self.incoming = workspace.incoming

    async def make(self, state: str) -> None:
        self.clock.now = at("18:00:00")
        if state == "empty":
            await plan_again(self.ledger, self.roster, self.planner)
            return
        await self.ledger.on_writer(self.events)
        self.clock.now = at("18:30:00")
        people = await self.ledger.on_writer(self.enroll)
        await self.ledger.write(self.reference_encodings, people)
        self.planner.forget_known()
        known = {event.id: await self.planner.known(event) for event in self.roster.events()}
        taken = evening(state, self.now)
        await self.ledger.write(self.sources, state)
        await self.ledger.write(self.photos, taken, known)
        await self.ledger.write(self.troubles)
        self.clock.now = self.now
        await self.ledger.write(self.fetched)
        await plan_again(self.ledger, self.roster, self.planner)
        await self.ledger.write(self.at_last)
        self.pictures(taken)

    # ---- events and people

    def events(self) -> None:
        roster = self.roster
        for n, (name, _, on, *_) in enumerate(EVENTS):
            source = Source(SourceId(f"s{n}"), DriveId(f"drive-{n}"), f"Weddings/{name}/Raw", resolved=True)
            if n == 0:
                roster.change_event(
                    DEFAULT_EVENT, lambda one, name=name, source=source: replace(one, name=name, sources=(source,))
                )
                continue
            made = Event(EventId(f"e{n}"), name, name, sources=(source,), enabled=on, created_at=self.clock.now)
            roster.add_event(made)

    def enroll(self) -> list[Person]:
        def change(draft: Draft) -> tuple[list[Person], str]:
            return [self.person(draft, name) for name, *_ in PEOPLE], "everybody enrolled"

        found = self.roster.intend(Verb.ENROLL, change, undoable=False)
        self.roster.raise_guests({DEFAULT_EVENT: 16}, sure=True)
        return found

    def person(self, draft: Draft, name: str) -> Person:
        """Guests are known by one face of theirs, all others by two pictures that were given and one answer."""
        given = [reference(name, 1), reference(name, 2, width=66), reference(name, 3, learned=True)]
        guest = name.startswith("Guest")
        made = intents.new_person(draft, DEFAULT_EVENT, name, given[2:] if guest else given, guest=guest)
        draft.people.pop(made.id)  # ids that are the same each time
        return draft.put(replace(made, id=PersonId(f"p{hashlib.sha256(name.encode()).hexdigest()[:12]}")))

    def reference_encodings(self, db: Db, people: Sequence[Person]) -> None:
        for person in people:
            for n, one in enumerate(person.references):
                encoding = looks(person.name) if n == 0 else near(looks(person.name), 0.6, n)
                faces.record_reference(db, one, self.engine, encoding)

    # ---- photos

    def photos(self, db: Db, taken: Sequence[Taken], known: dict[EventId, Any]) -> None:
        self.folders(db)
        last = sum(one.step == "verified" for one in taken) - 1
        verified = -1
        waits: list[tuple[Taken, EventPhotoId]] = []
        for number, one in enumerate(taken):
            verified += one.step == "verified"
            behind = last - verified if one.step == "verified" else -1
            event = EventId(f"e{one.shot.event}") if one.shot.event else DEFAULT_EVENT
            arrived = one.at - one.shot.took if one.step == "verified" else one.at
            whose = self.arrive(db, one, event, arrived, on_card=number >= len(taken) - ON_CARD)
            photo = PhotoId(db.execute("SELECT photo FROM event_photo WHERE id = ?", (whose,)).fetchone()[0])
            if one.step == "failed":
                detail = "The file ends before the picture does: only a part of it is here"
                broken = LookError(Fault.CUT_SHORT, detail, COPY_AGAIN)
                steps.fail(db, photo, one.name, broken, one.at)
            elif one.step == "arriving":
                faces.put_off(db, photo, self.now + 600)
            elif one.step != "faces":
                shown = [*faces_of(one.shot, number), *self.besides(behind, number)]
                self.look(db, photo, shown, arrived + 0.6, known)
                if one.step != "filing":
                    self.file(db, whose, arrived + 1)
                if one.step == "uploading":
                    waits.append((one, whose))
                elif one.step == "verified":
                    self.send(db, whose, one.at)
                elif one.step == "refused":
                    self.refuse(db, whose, one.at)
        self.now_sending(db, waits)

    def besides(self, behind: int, number: int) -> list[Face]:
        """Whoever is not known on the photos that are so many from the newest."""
        if behind in ASKED:
            return [face(8, near(looks("Anna Berg"), NEAR_MISS, number), SMALL)]
        for group, (first, count) in enumerate(STRANGERS):
            if first <= behind < first + count:
                return [face(8, near(unit(800_000 + group), 0.2, number), SMALL)]
        return []

    def arrive(self, db: Db, one: Taken, event: EventId, arrived: float, *, on_card: bool) -> EventPhotoId:
        """It lies in Incoming; all but the newest were taken away from there once they were filed."""
        sha256 = hashlib.sha256(f"{one.name} {one.shot.event}".encode()).hexdigest()
        content = Content(sha256, sha256[:32], one.bytes, JPEG, "image")
        if on_card:
            path = self.incoming / one.name
            path.write_bytes(one.name.encode())
            facts = path.stat()
            seen = Sighting(
                str(path), event, str(self.incoming), FileFacts(facts.st_size, facts.st_mtime_ns, facts.st_ino)
            )
            steps.take_in(db, seen, content, arrived, one.name)
            photo = photos.by_sha256(db, sha256)
        else:
            photo = photos.record_photo(db, content)
            photos.record_in_event(db, event, photo, one.name, arrived)
            whose = photos.id_in_event(db, event, photo)
            meta.note_activity(db, "arrived", f"{one.name} arrived", arrived, event, whose)
        found = None if photo is None else photos.id_in_event(db, event, photo)
        assert found is not None
        return found

    def look(
        self,
        db: Db,
        photo: PhotoId,
        shown: Sequence[Face],
        now: float,
        known: dict[EventId, Any],
    ) -> None:
        faces.record_look(db, photo, Looked(6000, 4000, "2026-11-20T21:13:00", self.engine, shown), now)
        faces.put_second_look(db, photo, "none")
        self.clock.now = now
        for sight in matches.planned_of_content(db, photo):
            self.planner.write(db, self.planner.plan(sight, known[sight.event]), now, ids=self.folder_ids)
        for one in faces.of_photo(db, photo):
            self.unknown.setdefault(self.group_of(one.encoding), []).append(one.id)

    def group_of(self, encoding: Encoding | None) -> int | None:
        assert encoding is not None
        apart = [float(np.linalg.norm(encoding - unit(800_000 + n))) for n in range(len(STRANGERS))]
        return next((n for n, one in enumerate(apart) if one < 0.3), None)

    def folders(self, db: Db) -> None:
        """All that can be wanted, here and on Drive."""
        self.unknown: dict[int | None, list[int]] = {}
        specs = [
            spec
            for event in self.roster.events()
            for spec in (
                *unsorted_folders(event, FolderKind.NO_FACES),
                *unsorted_folders(event, FolderKind.UNKNOWN),
                *(spec for person in self.roster.people(event.id) for spec in person_folders(event, person)),
            )
        ]
        self.folder_ids = folders.ensure(db, specs, self.clock.now)
        disk_folders.are_made(db, disk_folders.to_make(db))
        while due := folders.due_on_drive(db, self.clock.now):
            for one in due:
                folders.made_on_drive(db, one.id, DriveId(f"folder{one.id}"), one.name, self.clock.now)

    def file(self, db: Db, whose: EventPhotoId, now: float) -> None:
        rows = db.execute("SELECT id FROM placement WHERE event_photo = ?", (whose,)).fetchall()
        disk_queue.finish(db, [Filed(row["id"], None) for row in rows], now)

    def tasks(self, db: Db, whose: EventPhotoId) -> list[DriveTask]:
        """What there is to be sent of it, as the queue is given it, with an id kept for each."""
        due = [one for one in drive_queue.waiting(db, [], 10_000) if one.event_photo == whose]
        ids_to_use(db, [f"file{self.ids + n}" for n in range(len(due))])
        self.ids += len(due)
        kept = drive_queue.begin_sending(db, due, 0)
        return [replace(one, drive_id=kept[one.placement]) for one in due]

    def send(self, db: Db, whose: EventPhotoId, now: float) -> None:
        for task in self.tasks(db, whose):
            assert task.drive_id is not None
            records.verified(db, task, task.drive_id, task.file_name, now)

    def refuse(self, db: Db, whose: EventPhotoId, now: float) -> None:
        for task in self.tasks(db, whose):
            records.refused(
                db,
                task,
                from_row(reasons.DAMAGED, "other bytes came back", where=task.to),
                now,
                lambda *_: False,
                again_at=None,
            )

    def now_sending(self, db: Db, waits: Sequence[tuple[Taken, EventPhotoId]]) -> None:
        """Those that are being sent have their ids; the others stay as they are."""
        sent = {photo for photo, *_ in ACTIVE}
        for one, whose in waits:
            if one.name in sent:
                self.tasks(db, whose)

    # ---- what went wrong, where sources stand

    def troubles(self, db: Db) -> None:
        """Two that healed by themselves today, beside the source that was lost."""
        then = at("20:05:00") if self.now > at("20:10:00") else self.now - 60
        for number, (key, name, error) in enumerate(healed()):
            subject = Subject(key, name)
            ledger_troubles.passed(db, subject, error, then - 360, then + number)

    def sources(self, db: Db, state: str) -> None:
        """Each event's source was listed; one wants it again, one cannot be reached, one never was."""
        for event, (name, stands, _, _, last, _) in zip(self.roster.events(), EVENTS, strict=True):
            source = event.sources[0]
            syncs.ensure(db, [(source.id, event.id)])
            if stands == "NEVER_SYNCED" and state != "safe":
                continue
            sources.put_folder(db, ListedFolder(source.id, source.folder, None, source.name, 0))
            if stands == "ERROR":
                error = VenueError("It is gone", name)
                record_lost(db, event.id, source, error, "lena@example.org", self.now - 7300)
                ledger_troubles.heal(db, f"source:{source.id}", self.now - 7200)
            if stands != "ERROR" or state == "safe":
                syncs.being_listed(db, source.id)
                syncs.listed(db, source.id, self.now - (last or 86_400))
            if stands == "SYNC_REQUIRED" and state != "safe":
                syncs.require(db, [source.id])

    def fetched(self, db: Db) -> None:
        """One file of each event's cameras, whose bytes are here."""
        photo = PhotoId(db.execute("SELECT photo FROM event_photo ORDER BY id LIMIT 1").fetchone()["photo"])
        for n, (event, told) in enumerate(zip(self.roster.events(), EVENTS, strict=True)):
            for camera in range(told[5]):
                self.file_of(db, event, f"Cam{n}{camera}", photo)

    def file_of(self, db: Db, event: Event, camera: str, photo: PhotoId) -> None:
        source, id = event.sources[0], DriveId(f"file-of-{camera}")
        listed = ListedFile(
            source.id, event.id, id, source.folder, id, f"{camera}.jpg", JPEG, "0" * 32, BYTES, self.now - 3600, camera
        )
        sources.put_file(db, listed, self.now - 3600, None)
        for one in downloads.downloads_due(db, [], [], self.now, 10):
            downloads.downloaded(db, one, photo, None, self.now - 3600)

    def at_last(self, db: Db) -> None:
        """Groups of faces that nobody has named."""
        for group, ids in self.unknown.items():
            if group is not None:
                cluster = unknown_faces.new_cluster(db, DEFAULT_EVENT)
                unknown_faces.put_in_clusters(db, DEFAULT_EVENT, dict.fromkeys(ids, cluster))

    # ---- pictures that the face workers would cut

    def pictures(self, taken: Sequence[Taken]) -> None:
        """Thumbnails of the newest photos, and faces in the cache."""
        thumbnails, cache = self.workspace.thumbnails, self.workspace.cache / "faces"
        thumbnails.mkdir(parents=True, exist_ok=True)
        cache.mkdir(parents=True, exist_ok=True)
        rows = self.ledger.ask(
            lambda db: db.execute("SELECT sha256 FROM photo ORDER BY id DESC LIMIT ?", (ON_CARD * 2,)).fetchall()
        )
        for row in rows:
            (thumbnails / f"{row['sha256']}.jpg").write_bytes(picture())
        for n, (sha256, box) in enumerate(self.shown_faces()):
            (cache / cached_as(sha256, box, 160)).write_bytes(picture(60 + n * 11 % 190))

    def shown_faces(self) -> list[tuple[str, Box]]:
        """Of the first people, of guests, of groups, and of what is asked."""
        found = [(one.sha256, one.box) for person in self.roster.people()[:3] for one in person.references]

        def read(db: Db) -> list[tuple[str, Box]]:
            ids: list[int] = []
            for person in self.roster.people():
                if person.guest:
                    ids += matches.best_of_person(db, DEFAULT_EVENT, person.id, 8)
            for row in unknown_faces.clusters(db, None):
                ids += unknown_faces.best_of_cluster(db, row["id"], 8)
            ids += [row["face"] for row in matches.open_questions(db, None)]
            ids += [row["id"] for row in db.execute("SELECT id FROM face ORDER BY photo DESC LIMIT 12")]
            rows = [faces.by_id(db, one) for one in ids]
            return [(row["sha256"], faces.box_of(row)) for row in rows if row is not None]

        return found + self.ledger.ask(read)


def reference(name: str, number: int, *, width: int = 142, learned: bool = False) -> Reference:
    sha256 = hashlib.sha256(f"{name} {number}".encode()).hexdigest()
    return Reference(sha256, Box(10, 10, 10 + width, 10 + width), f"IMG_20{10 + number}.jpg", learned=learned)


def healed() -> list[tuple[str, str, VenueError]]:
    full: DriveError = from_row(reasons.DISK_FULL, "no room")
    gone = VenueError("A folder is missing", "the card was pulled", "Put the card in again", kind="folder")
    return [("disk", "this machine's disk", full), ("folder:/media/card", "/media/card", gone)]
