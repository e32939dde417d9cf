"""Guests: faces of nobody known are put into groups as they come, and a group in enough photos becomes a guest.

Who has folders because of that is known by the group's best faces, like somebody enrolled; the plan does the rest.
A guest's number is never given again: folders on disk, in the ledger and on Drive tell which were. The list of people
counts them itself; where it is an older copy, or was begun anew, the folders know better.
"""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import partial

import structlog

from agent import clock
from agent.drive.client import DriveClient
from agent.drive.connection import DriveLane
from agent.drive.errors import DriveError
from agent.errors import VenueError
from agent.faces import np
from agent.faces.cluster import grouped
from agent.faces.rule import distances
from agent.ledger import Ledger, faces, matches, meta, photos, unknown_faces
from agent.ledger.faces import Encoding
from agent.ledger.sqlite.rows import Db, at_once
from agent.ledger.unknown_faces import UnknownFace
from agent.model import Event, EventId, Person, PersonId, Reference
from agent.people.deciding import Decider
from agent.people.intents import learned, new_person, next_guest
from agent.people.known_faces import MOST, KnownFaces
from agent.people.plan_again import is_planned
from agent.people.planner import Planner
from agent.people.strangers import KeptStrangers, stacked, to_group
from agent.roster import Roster
from agent.roster.decisions import Draft, FaceDecision, Verb, numbered, without_people
from agent.roster.known_by import denied_of
from agent.running.waiting import Bell, Stumbles
from agent.workspace import Workspace

log = structlog.get_logger(__name__)

AGAIN = 1.0  # seconds, while a rebuilt ledger or a plan has to come first
LOOK_ANYWAY = 30.0  # seconds, should a ring be missed
PAUSE = 1.0  # seconds between two rounds while photos arrive, at most
SHARE = 9  # times what the last round took: a tenth of a processor
LARGE = 3  # the same where a round takes long, as all of a large event is planned by whoever was found: a quarter of it
DRIVE_AGAIN = 2.0  # seconds until Drive is asked again for guests' folders
REST = 60.0  # seconds after the last new face until strangers are not kept in memory any more
SEEDS_FROM = 15  # the best faces of a group, out of which the most different ones are chosen to know it by
SEED_LIMIT = 0.45  # from the group's middle: what is farther may be somebody else
# Half of a group nearer than this to a guest: more of the same. On real photos (docs/decisions/08) halves of one person
# lie within 0.45 (n = 800), and two people at 0.56 (the nearest of 168 pairs).
JOIN = 0.53


@dataclass(frozen=True, slots=True)
class Found:
    """A group of faces, and whom it belongs to: `guest`, or nobody yet."""

    cluster: int
    faces: list[UnknownFace]
    guest: PersonId | None


class Grouper:
    """`guest_after`: in how many photos a group becomes a guest; 0: never."""

    def __init__(self, ledger: Ledger, roster: Roster, planner: Planner, decider: Decider, guest_after: int) -> None:
        self.bell = Bell()
        self._ledger = ledger
        self._roster = roster
        self._planner = planner
        self._decider = decider
        self._guest_after = guest_after
        self._strangers = KeptStrangers()
        self._grouped_at = 0.0

    async def run(self) -> None:
        stumbles = Stumbles()
        while True:
            began = time.monotonic()
            try:
                waits = AGAIN if await self.step() else LOOK_ANYWAY
                stumbles.over()
            except VenueError as error:
                if not error.pauses_lane:
                    raise
                waits = stumbles.next()
            took = time.monotonic() - began
            await asyncio.sleep(min(max(PAUSE, LARGE * took), SHARE * took))
            await self.bell.wait(waits)

    async def step(self) -> bool:
        """Group what is new, and make guests of groups that are large enough; nothing while everything is paused.

        Returns whether something has to wait for what others are at.
        """
        if time.monotonic() - self._grouped_at > REST:
            self._strangers.let_go()
        if self._roster.switches.all:
            return False
        later = False
        due = await self._ledger.read(due_events, lambda: self._planner.engine)
        for event in self._roster.events():
            if event.id in due:
                await self._group(event.id)
                if self._roster.restored or not self._roster.guests_sure:
                    continue  # whom an older list lacks would be taken for a stranger, under a number that was given
                people = self._roster.known_people(event.id)
                if await self._ledger.read(will_be_known, people, self._planner.engine):
                    later = True
                    continue  # who is not known again yet would be found a second time: two whom nobody can tell apart
                if await self._make_guests(event):
                    await self._ledger.write(meta.put, guests_due(event.id), "")
                else:
                    later = True
        return later

    async def _group(self, event: EventId) -> None:
        """What is kept of strangers is put back with those that are in groups now once that is written."""
        limit = self._planner.rule.tolerance
        faces = await self._ledger.read(at_once, to_group, self._strangers, event, self._planner.engine, limit)
        if not faces:
            return
        self._grouped_at = time.monotonic()
        photos, clusters = [face.photo for face in faces], [face.cluster for face in faces]
        labels = await asyncio.to_thread(grouped, stacked(faces), photos, clusters, limit)
        changed = {face.face: label for face, label in zip(faces, labels, strict=True) if face.cluster != label}
        left = {face.cluster for face in faces if face.face in changed and face.cluster is not None}
        stack = self._strangers.take(event)
        any_left = stack is None or stack.is_new
        await self._ledger.write(record_groups, event, changed, None if any_left else left)
        if stack is not None:
            self._strangers.put_back(event, stack, [face for face in faces if face.cluster is None])

    async def _make_guests(self, event: Event) -> bool:
        """Returns whether that is done: not before all is planned with the people as they are, as the plan tells
        strangers from them.
        """
        if not self._guest_after:
            return True
        if not await self._ledger.read(unknown_faces.large_clusters, event.id, self._guest_after):
            return True
        async with self._decider.alone() as deciding:
            if not await self._ledger.read(is_planned, self._roster.revision, self._planner.fingerprint):
                return False
            known = await self._planner.known(event)
            groups, beside = await self._ledger.read(at_once, groups_beside, event.id, self._guest_after, known)
            if not groups:
                return True  # by what was decided meanwhile
            for one, faces in groups:
                beside[one] |= denied_of(faces, partial(self._roster.face_decisions, event.id))
            looks = {one: [face.encoding for face in faces] for one, faces in groups}
            found = [Found(one, faces, same_guest(looks[one], known, beside[one])) for one, faces in groups if faces]
            seeds = {one.cluster: seeds_of(one.faces) for one in found}
            never = {one.id for one in known.people if one.look}
            every = [face for one in found if one.guest not in never for face in seeds[one.cluster]]
            await self._ledger.write(record_seeds, every, self._planner.engine)
            guests, before = await deciding.intend(
                Verb.GUESTS, lambda draft: as_guests(draft, event, found, seeds), undoable=False
            )
            await self._ledger.write(record_became, found, guests)
            self._planner.forget_known()
            before_known = {one.id for one in known.people}
            people = [one for one in guests.values() if one.id not in before_known]
            for person in people:
                log.info("guest", id=person.id, name=person.name)
            await self._ledger.write(tell, [one.name for one in people if not one.ignored], event.id)
            await deciding.follow({event.id}, before)  # whose any face is may follow from whom else it may be
        return True


def will_be_known(db: Db, people: Iterable[Person], engine: str) -> bool:
    """Whether a lost ledger, or another engine, has taken from somebody what they are known by, and a look that is due
    may bring it back.
    """
    known = faces.reference_keys(db, engine)
    lost = any(faces.reference_key(one) not in known for person in people for one in person.references)
    return lost and (meta.rebuilding(db, drive=False) or photos.is_look_due(db))


def guests_due(event: EventId) -> str:
    """Where it is noted that groups were made, and not looked at yet for guests."""
    return f"guests_due {event}"


def due_events(db: Db, engine: Callable[[], str]) -> set[EventId]:
    """Events in which faces are to be grouped, or groups to be looked at."""
    noted = {EventId(key.partition(" ")[2]) for key in meta.keys(db, "guests_due ")}
    ungrouped = {event for event, name in unknown_faces.ungrouped(db) if name == engine()}
    return ungrouped | noted


def record_groups(db: Db, event: EventId, labels: Mapping[int, int], left: Collection[int] | None) -> None:
    """Face -> group; below zero: a new one. `left`: groups that may be without faces now; `None`: any."""
    new = {label: unknown_faces.new_cluster(db, event) for label in sorted(set(labels.values())) if label < 0}
    left = None if left is None else {*left, *new.values()}  # all faces of a new one may have left meanwhile
    unknown_faces.put_in_clusters(db, event, {face: new.get(label, label) for face, label in labels.items()}, left)
    meta.count_up(db, matches.CHANGES)
    meta.put(db, guests_due(event), "1")


def record_seeds(db: Db, seeds: Sequence[UnknownFace], engine: str) -> None:
    for face in seeds:
        faces.record_reference(db, reference_of(face), engine, face.encoding)


def record_became(db: Db, found: Sequence[Found], guests: Mapping[int, Person]) -> None:
    """So that somebody who has seen the group and types its name by now is understood."""
    for one in found:
        meta.put(db, group_key(one.cluster), json.dumps([guests[one.cluster].id, [face.face for face in one.faces]]))


def became(db: Db, cluster: int) -> PersonId | None:
    """The guest that a group has become; `None`: it has not, or it was split, and not all of its faces are theirs."""
    noted = meta.get(db, group_key(cluster))
    if not noted:
        return None
    guest, group = json.loads(noted)
    return PersonId(guest) if matches.are_all_of(db, guest, group) else None


def group_key(cluster: int) -> str:
    return f"group {cluster} became"


def reference_of(face: UnknownFace) -> Reference:
    return Reference(face.sha256, face.box, face.name, learned=True)


def seeds_of(faces: Sequence[UnknownFace]) -> list[UnknownFace]:
    """The faces to know a group by: one from its middle, then good ones that are as different as may be."""
    encodings = np.stack([face.encoding for face in faces])
    apart = distances(encodings, encodings)
    middle = int(np.median(apart, axis=1).argmin())
    best = [at for at in range(min(len(faces), SEEDS_FROM)) if at != middle and apart[middle, at] <= SEED_LIMIT]
    chosen = [middle]
    while best and len(chosen) < MOST:
        farthest = max(best, key=lambda at: float(apart[at, chosen].min()))
        best.remove(farthest)
        chosen.append(farthest)
    return [faces[at] for at in chosen]


def groups_beside(
    db: Db, event: EventId, photos: int, known: KnownFaces
) -> tuple[list[tuple[int, list[UnknownFace]]], dict[int, set[PersonId]]]:
    """The faces of each group in so many photos, and the guests beside them, all as they are at one moment: a face that
    is a guest's by now would stand beside itself.
    """
    large = unknown_faces.large_clusters(db, event, photos)
    groups = [(one, unknown_faces.unknown_in_cluster(db, one)) for one in large]
    return groups, seen_beside(db, event, groups, known)


def seen_beside(
    db: Db, event: EventId, groups: Sequence[tuple[int, list[UnknownFace]]], known: KnownFaces
) -> dict[int, set[PersonId]]:
    """By group: the guests who are on a photo of the group's, too. Nobody is on one photo twice."""
    guests = {
        one.id: set(matches.photos_of_person(db, event, one.id, -1)) for one in known.people if one.guest and groups
    }
    return {
        group: {id for id, photos in guests.items() if not photos.isdisjoint(face.event_photo for face in faces)}
        for group, faces in groups
    }


def same_guest(looks: Sequence[Encoding], known: KnownFaces, beside: Set[PersonId]) -> PersonId | None:
    """A guest, or a stranger who is ignored, who is most likely seen in this group, too: nobody is more like it.

    `beside`: whoever is another one, as they stand beside it on a photo, or it was said so of one of these faces.
    """
    near = known.near(np.stack(looks))
    if not near.people:
        return None
    middle = np.median(near.apart, axis=0)
    place = int(middle.argmin())
    person = near.people[place]
    return person.id if person.guest and middle[place] <= JOIN and person.id not in beside else None


def as_guests(
    draft: Draft, event: Event, found: Sequence[Found], seeds: Mapping[int, Sequence[UnknownFace]]
) -> tuple[dict[int, Person], str]:
    """New guests, and those who are known better, by their groups."""
    guests: dict[int, Person] = {}
    for one in found:
        given = [reference_of(face) for face in seeds[one.cluster]]
        guest = None if one.guest is None else draft.person(one.guest)
        if guest is not None and guest.look:  # not to be known better than that
            for face in one.faces:
                at = FaceDecision(face.sha256, face.box, name=face.name)
                draft.decide_face(event.id, at, partial(without_people, ids=(), gone=True, blur=guest.blur))
            guests[one.cluster] = guest
        elif guest is not None:
            guests[one.cluster] = draft.put(learned(guest, given))
        else:
            guests[one.cluster] = new_person(draft, event.id, next_guest(draft, event.id), given, guest=True)
    return guests, "guests found"


def tell(db: Db, names: Sequence[str], event: EventId) -> None:
    for name in names:
        meta.note_activity(db, "guest", f"{name} was found in enough photos: folders are made", clock.wall(), event)


GUESTS_ON_DRIVE = "mimeType = 'application/vnd.google-apps.folder' and name contains 'Guest' and trashed = false"


def numbers_on_disk(workspace: Workspace, events: Sequence[Event]) -> dict[EventId, int]:
    """By the folders below People/ of each event. Blocks."""
    return {event.id: numbered(people_folders(workspace, event)) for event in events}


def people_folders(workspace: Workspace, event: Event) -> list[str]:
    """Names of folders below an event's People/, whoever made them."""
    try:
        with os.scandir(workspace.folder_of(event.folder) / "People") as entries:
            return [entry.name for entry in entries if entry.is_dir(follow_symlinks=False)]
    except OSError:
        return []


def numbers_in_ledger(ledger: Ledger, events: Sequence[Event]) -> dict[EventId, int]:
    """By the folders that were ever made. Blocks."""
    known = ledger.ask(meta.known_folder_names)
    return {event.id: numbered(name for at, name in known if at == event.id) for event in events}


async def highest_on_drive(client: DriveClient) -> int:
    """The highest of all that this sign-in may see: more than is needed, and never too little. Raises `DriveError`."""
    return numbered([one.name async for one in client.list_all(GUESTS_ON_DRIVE)])


class GuestNumbers:
    """Where the list of people is not the last one: which guests' numbers were given, as far as Drive shows.

    `known` is called once that is sure: guests may be made then. `lines`: to the Drives of all accounts.
    """

    def __init__(
        self,
        ledger: Ledger,
        roster: Roster,
        lines: Callable[[], Sequence[tuple[DriveClient, DriveLane]]],
        known: Callable[[], None],
    ) -> None:
        self._ledger = ledger
        self._roster = roster
        self._lines = lines
        self._known = known

    async def run(self) -> None:
        roster = self._roster
        while not roster.guests_sure:
            number = max([await self._highest(client, lane) for client, lane in self._lines()])
            given = dict.fromkeys((event.id for event in roster.events()), number)
            await self._ledger.on_writer(roster.raise_guests, given, sure=True)
            self._known()

    async def _highest(self, client: DriveClient, lane: DriveLane) -> int:
        while True:
            await lane.open()
            try:
                return await highest_on_drive(client)
            except DriveError as error:
                lane.report(error)
                await asyncio.sleep(DRIVE_AGAIN)
