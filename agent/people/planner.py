"""The planner: turns faces, people and decisions into what is wanted, and keeps it so when any of them changes.

A plan is made outside a transaction and written in one; if the roster changed in between, it is made again.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Generator, Mapping, Sequence, Set
from contextlib import contextmanager
from dataclasses import replace

from agent import clock
from agent.faces.quality import SHARE, prominent
from agent.faces.rule import VERSION, Rule
from agent.filing.names import candidates, filled
from agent.filing.plan import NOWHERE, plan_photo
from agent.ledger import (
    Ledger,
    alike,
    faces,
    folders,
    given_names,
    live_photos,
    matches,
    meta,
    moved_photos,
    photos,
    placements,
    twins,
    unknown_faces,
)
from agent.ledger.counts import plural
from agent.ledger.faces import Looked
from agent.ledger.folders import FolderSpec
from agent.ledger.matches import PlannedPhoto
from agent.ledger.sqlite.rows import Db
from agent.model import (
    BLURRED,
    HERE,
    ORIGINAL,
    Box,
    Event,
    EventId,
    EventPhotoId,
    FolderId,
    FolderKind,
    PersonId,
    PhotoId,
    PhotoState,
    faces_blurred,
)
from agent.people.alike import Alikes
from agent.people.beside import as_stills, moved_along, with_stills
from agent.people.known_faces import KnownFaces
from agent.people.plans import (
    OUT,
    PLACED,
    UNPLANNED,
    Follows,
    MovedPhotos,
    Planned,
    StalePlan,
    Tally,
    Undecided,
    follow_video,
    out_of,
)
from agent.people.recognise import Knower, Recognised, recognise
from agent.people.references import take_over
from agent.people.shots import blurred_by_the_other, blurred_in_place_of, decided_files
from agent.roster import Roster
from agent.roster.decisions import FaceDecision, PhotoDecision


class Planner:
    """`engine` names whose encodings are compared, or finds it out when it is first needed, which takes 25 ms.

    `rule` is the workspace's, `share` that of prominent faces. `strangers` is called on the ledger's thread once there
    are faces to be grouped. `template`: how photos are called as they are filed, where an event says nothing else.
    """

    def __init__(
        self,
        ledger: Ledger,
        roster: Roster,
        engine: str | Callable[[], str],
        rule: Rule | float,
        share: float = SHARE,
        *,
        strangers: Callable[[], None] = lambda: None,
        template: str = "",
    ) -> None:
        self._ledger = ledger
        self._roster = roster
        self._engine = engine
        self.rule = rule if isinstance(rule, Rule) else Rule(rule)
        self._share = share
        self._knower = Knower(ledger, roster, lambda: self.engine, self.rule)
        self._strangers = strangers
        self.moved = MovedPhotos(roster)
        self._alike = Alikes()
        self._template = template
        self._tallies: list[Tally] = []

    @property
    def engine(self) -> str:
        return self._engine if isinstance(self._engine, str) else self._engine()

    @property
    def fingerprint(self) -> str:
        """What a plan depends on besides people, decisions and faces."""
        rule = self.rule
        return f"{self.engine} {rule.tolerance} {rule.review} {rule.margin} {self._share} alike {VERSION}"

    @contextmanager
    def counting(self) -> Generator[Tally]:
        """Count every photo that is planned otherwise from here on."""
        tally = Tally()
        self._tallies.append(tally)
        try:
            yield tally
        finally:
            self._tallies.remove(tally)

    # ---- who is known

    def is_blurred(self, sha256: str) -> bool:
        """Whether somebody on a photo is not to be seen in what is filed of it."""
        return self._roster.is_blurred(sha256)

    def blurred_faces(self, sha256: str) -> list[Box]:
        """Where they are, in whatever event that is decided."""
        events = self._roster.events() if self.is_blurred(sha256) else []
        found = {box for event in events for box in self._roster.blurred_faces(event.id, sha256)}
        return sorted(found, key=lambda box: box.edges)

    def is_aside(self, event: EventId, key: str) -> bool:
        """On the writer's thread: whether somebody set this photo aside."""
        return self._roster.is_aside(event, key)

    def has_event(self, event: EventId) -> bool:
        """On the writer's thread, where events are removed: whether there is such a one (still)."""
        return self._roster.find_event(event) is not None

    def has_source(self, event: EventId, source: str) -> bool:
        """The same of a source of it."""
        found = self._roster.find_event(event)
        return found is not None and any(one.id == source for one in found.sources)

    def called(self, event: EventId) -> str:
        """The event's name; its id once it is no more."""
        known = self._roster.find_event(event)
        return str(event) if known is None else known.name

    async def known(self, event: Event) -> KnownFaces:
        """The event's people as the roster has them now."""
        return await self._knower.known(event)

    def rule_of(self, event: Event) -> Rule:
        return self._knower.rule_of(event)

    def ensure_folders(self, db: Db, specs: Sequence[FolderSpec], now: float) -> dict[str, FolderId]:
        """The rows of these folders. Photos of people whose folder gets another name lie elsewhere, though planned as
        before: whoever counts takes them in.
        """
        names = {spec.key: spec.name for spec in specs if spec.kind is FolderKind.PERSON} if self._tallies else {}
        renamed = folders.called_otherwise(db, names)
        ids = folders.ensure(db, specs, now)
        for photo in [photo for event, person in renamed for photo in matches.photos_of_person(db, event, person, -1)]:
            for tally in self._tallies:
                tally.note(EventPhotoId(photo))
        return ids

    @property
    def changes(self) -> int:
        """How often encodings changed without the roster."""
        return self._knower.changes

    def forget_known(self) -> None:
        """Encodings changed without the roster: read them anew."""
        self._knower.forget()

    def refuse_stale(self, known: KnownFaces) -> None:
        """On the writer's thread, where rosters are changed: raise `StalePlan` if people or encodings did since."""
        if not self._knower.is_fresh(known):
            raise StalePlan

    # ---- one photo

    async def record_look(self, photo: PhotoId, looked: Looked) -> None:
        """Keep what a look found and what follows from it, in one transaction."""
        await self._until_fresh(photo, lambda db, now: faces.record_look(db, photo, looked, now))
        if await self._ledger.write(self._fill_references, photo):
            self.forget_known()

    def _fill_references(self, db: Db, photo: PhotoId) -> bool:
        """Where this photo shows how somebody looks, or does not, and that was lost, it is back: all is planned anew.

        So guests come back after a lost ledger: they are known by photos like others.
        """
        sha256 = photos.sha256_of(db, photo)
        theirs = [one for person in self._roster.known_people() for one in person.references if one.sha256 == sha256]
        lost = (
            [one for one in theirs if faces.reference_key(one) not in faces.reference_keys(db, self.engine)]
            if theirs
            else []
        )
        events = self._roster.events()
        denied = any(one.no for event in events for one in self._roster.face_decisions(event.id, sha256))
        if not (lost and take_over(db, lost, self.engine)) and not denied:
            return False
        meta.record_planned(db, UNPLANNED)
        self.forget_known()  # a plan that ends just now was made without it; once it can be read, so once more
        return True

    async def plan_photo(self, photo: PhotoId) -> None:
        """Plan a photo that needs no look (any more): a video, or one that was looked at for another event."""
        await self._until_fresh(photo, None)

    async def after(self, photo: PhotoId, record: Callable[[Db, float], object], *, may_remove: bool) -> None:
        """Record something else about a photo and what follows from it. Without `may_remove` nothing is taken away."""
        await self._until_fresh(photo, record, may_remove=may_remove)

    async def blur(self, event: EventId, plans: Sequence[Planned]) -> None:
        """Decide of their faces that they are blurred, and plan these photos in all their events."""
        await self._ledger.on_writer(self._roster.blur_faces, event, [face for one in plans for face in one.undecided])
        await asyncio.gather(*(self.plan_photo(one.sight.photo) for one in plans))

    async def _until_fresh(
        self, photo: PhotoId, record: Callable[[Db, float], object] | None, *, may_remove: bool = True
    ) -> None:
        while True:
            known = {event.id: await self.known(event) for event in self._roster.events()}
            try:
                return await self._ledger.write(self._write_photo, photo, record, known, clock.wall(), may_remove)
            except StalePlan:
                continue
            except Undecided as found:
                await self._ledger.on_writer(self._roster.blur_faces, found.event, found.faces)
            except Follows as found:
                await self._ledger.on_writer(self._roster.follow, found.along, found.came)

    def _write_photo(
        self,
        db: Db,
        photo: PhotoId,
        record: Callable[[Db, float], object] | None,
        known: dict[EventId, KnownFaces],
        now: float,
        may_remove: bool,
    ) -> None:
        if record is not None and photos.is_in_an_event(db, photo):  # else nobody has it any more
            record(db, now)
        left = self.moved.take_back(db, photo, now)
        turned = self._place_unlooked(db, photo, now)
        for one in decided_files(db, self._roster, photo):
            self._write_photo(db, twins.stand_for_both(db, one), None, known, now, may_remove)
        done: set[tuple[EventPhotoId, tuple[EventPhotoId, ...]]] = set()
        due: set[EventPhotoId] = set()
        while new := [
            one
            for one in matches.planned_of_content(db, photo)
            if one.event in known and (one.event_photo, one.twins) not in done
        ]:
            for one in new:
                due |= self._alike.put(db, one.event, photo, one.faces, self.engine)
            events = {one.event for one in new}  # what is moved to another event is planned there, too
            for sight in [one for one in matches.planned_of_content(db, photo) if one.event in events]:
                self.refuse_stale(known[sight.event])
                if theirs := blurred_by_the_other(db, self._roster, sight):
                    raise Undecided(sight.event, theirs)
                if (along := moved_along(self._roster, sight)) is not None:
                    raise Follows(along, moved_photos.came_by_themselves(db, [sight.sha256]))
                planned = self.plan(sight, known[sight.event])
                self.write(db, planned, now, may_remove=may_remove)
                due.discard(sight.event_photo)
                turned += [sight.event_photo] if is_turned(sight.state, planned.out) else []
            done |= {(one.event_photo, one.twins) for one in new}
        for one in left:  # not before: a file that is to be looked at by itself is not placed with its shot elsewhere
            twins.free_if_gone(db, one)
        for film in [film for films in live_photos.films_of(db, turned).values() for film in films] if turned else ():
            self._write_photo(db, film["photo"], None, known, now, may_remove)
        self._follow_alike(db, due, known, now, may_remove=may_remove)

    def _follow_alike(
        self, db: Db, due: Set[EventPhotoId], known: Mapping[EventId, KnownFaces], now: float, *, may_remove: bool
    ) -> None:
        """More is known of how faces on these look: what is thought of them otherwise now is planned so, and said."""
        told: Counter[tuple[EventId, PersonId, bool]] = Counter()
        for sight in matches.planned_among(db, sorted(due)) if due else ():
            planned = self.plan(sight, known[sight.event])
            if self._thought_so(db, planned):
                self._record_faces(db, sight, planned.found)  # by what is known now, as any later plan would
                continue
            self.write(db, planned, now, may_remove=may_remove)
            was, people = set(sight.was.values()), planned.people
            told.update((sight.event, one, True) for one in people - was)
            told.update((sight.event, one, False) for one in was - people)
        for (event, person, gained), number in told.items():
            whom = known[event].person(person).name if person in known[event].places else ""
            if whom:
                word = "" if gained else " not"
                text = f"{plural(number)} {'is' if number == 1 else 'are'}{word} of {whom}: more faces like these came"
                meta.note_activity(db, "alike", text, now, event)

    def _thought_so(self, db: Db, planned: Planned) -> bool:
        """Whether the photo's faces are taken for the same people as before, and the same is asked."""
        sight, found = planned.sight, planned.found
        ids = [face.id for face in sight.faces]
        asked = matches.asked(db, sight.event, ids)
        return (
            sight.was == {face: one.person for face, one in found.taken.items()}
            and asked == {face: (one.person, one.why) for face, one in found.questions.items()}
            and unknown_faces.unknown_among(db, sight.event, ids) == set(found.strangers)
            and not found.forgotten
        )

    def group(self, db: Db, event: EventId, among: Sequence[EventPhotoId]) -> None:
        """Put these photos' faces into groups, as far as they are in none; all is planned afterwards."""
        for sight in reversed(matches.planned_among(db, among)):
            self._alike.put(db, event, sight.photo, sight.faces, self.engine)

    def plan(self, sight: PlannedPhoto, known: KnownFaces) -> Planned:
        """What is wanted of a photo. Touches nothing."""
        event = self._roster.event(known.event)
        said = self._roster.face_decisions(known.event, sight.sha256)
        decisions = with_stills(self._roster, sight, said, known, self.engine)
        found = recognise(sight.faces, known, decisions, self.engine)
        decision = self._decided(known.event, sight.sha256, sight.state)
        if out_of(decision) is None:
            decision = as_stills(self._roster, sight, decision)
        is_image = sight.kind == photos.IMAGE
        boxes = self._roster.blurred_faces(known.event, sight.sha256) if is_image else []
        undecided = [FaceDecision(sight.sha256, box, name=sight.name) for box in found.blurred if box not in boxes]
        blurred = faces_blurred(boxes) or (blurred_in_place_of(self._roster, sight) if is_image else "")
        filed_as = replace(BLURRED, blurred=blurred).name if blurred else ORIGINAL
        planned = Planned(sight, found, NOWHERE, decision, filed_as=filed_as, undecided=undecided if is_image else ())
        if planned.out is not None:
            return replace(planned, found=Recognised(forgotten=found.forgotten))
        # By an older list, which may lack that somebody said yes, nothing is taken away.
        stays = (decision is not None and decision.approved) or (self._roster.restored and sight.state in PLACED)
        if event.review and not stays:
            return replace(planned, held=True)
        shown = sorted((face for face in sight.faces if face.id not in found.doubtful), key=lambda one: -one.box.area)
        plan = plan_photo(
            event,
            sight.kind,
            [found.taken[face.id].person if face.id in found.taken else None for face in shown],
            prominent([face.box.edges for face in shown], [face.sharpness for face in shown], self._share),
            {one.person: known.person(one.person) for one in found.taken.values()},
            None if decision is None else decision.company,
        )
        made_as = event.blurred_as(blurred) if is_image else ORIGINAL
        if is_image and not shown and not event.without_faces:
            made_as = HERE
        return replace(planned, plan=plan, made_as=made_as)

    def _decided(self, event: EventId, sha256: str, state: str) -> PhotoDecision | None:
        """What is decided of a photo. What is withdrawn does not come back by an older list, unless that was undone."""
        decision = self._roster.photo_decision(event, sha256)
        if not self._roster.restored or state != PhotoState.WITHDRAWN or out_of(decision) is not None:
            return decision
        undone = [one.decisions.get(event, {}).get(sha256) or {} for one in self._roster.undone()]
        if any(row.get("withdrawn") for row in undone):
            return decision
        return replace(decision or PhotoDecision(sha256), withdrawn=True)

    def back_unlooked(self, db: Db) -> list[PhotoId]:
        """Photos that were taken out before anybody looked at them, and are not to be (any more)."""
        found: list[PhotoId] = []
        for row in photos.out_unlooked(db):
            decision = self._decided(EventId(row["event"]), str(row["sha256"]), row["state"])
            found += [PhotoId(row["photo"])] if out_of(decision) != row["state"] else []
        return found

    def write(
        self,
        db: Db,
        planned: Planned,
        now: float,
        priority: int = 0,
        *,
        may_remove: bool = True,
        ids: Mapping[str, FolderId] | None = None,
    ) -> None:
        """Make a plan what is wanted, within the transaction that its reason is in. Raises `Undecided`.

        `ids`: key -> folder, where the plan's folders were looked after already.
        """
        sight, found = planned.sight, planned.found
        if planned.undecided:
            raise Undecided(sight.event, planned.undecided)
        self._record_faces(db, sight, found)
        ids = self.ensure_folders(db, planned.plan.folders, now) if ids is None else ids
        wanted = [ids[key] for key in planned.plan.wanted]
        back = sight.state == PhotoState.MOVED and planned.out != PhotoState.MOVED
        left = self.moved.take_back(db, sight.photo, now) if back else []  # at once: it is never wanted in both
        had_plan = bool(self._tallies) and (sight.state in OUT or placements.is_wanted(db, sight.event_photo))
        otherwise, event = False, self._roster.event(sight.event)
        late = self.moved.left_behind(db, sight.event, sight.event_photo, planned.decision)
        shot = (sight.event_photo, *(one for one in sight.twins if one not in late))
        if template := event.name_template or self._template:
            given_names.give(db, shot, wanted, lambda facts: filled(template, event.name, facts), candidates)
        for one in shot:
            photos.set_out(db, one, planned.out)
            otherwise |= placements.want(
                db,
                one,
                wanted,
                now,
                names=candidates,
                made_as=event.sent_as(photos.name_of(db, one), planned.made_as),
                filed_as=planned.filed_as,
                priority=priority,
                may_remove=may_remove and (not self._roster.restored or planned.out is not None),
            )
        for tally in self._tallies if had_plan and otherwise else ():
            tally.note(sight.event_photo, {*sight.was.values()}, planned.people)
        if planned.decision is not None and planned.decision.moved_to is not None:
            self.moved.go_along(db, sight, planned.decision.moved_to, now)
        photos.settle_states(db, {sight.event_photo, *sight.twins}, now)
        for one in left:
            twins.free_if_gone(db, one)
        if sight.kind == photos.VIDEO:
            follow_video(db, sight, now, shows=bool(found.blurred), out=planned.out is not None)

    def _record_faces(self, db: Db, sight: PlannedPhoto, found: Recognised) -> None:
        pairs = {face: (one.person, one.distance) for face, one in found.taken.items()}
        matches.assign(db, sight.event, sight.photo, pairs)
        alike.drop_encodings(db, found.forgotten)
        changed = matches.ask(db, sight.event, sight.photo, found.questions)
        if unknown_faces.record_unknown(db, sight.event, sight.photo, found.strangers):
            changed = True
            self._ledger.after_commit(self._strangers)
        if changed:
            meta.count_up(db, matches.CHANGES)

    def _place_unlooked(self, db: Db, photo: PhotoId, now: float) -> list[EventPhotoId]:
        """What was decided of a photo before anybody looked at it. Returns where it is withdrawn by that, or is not any
        more.
        """
        turned: list[EventPhotoId] = []
        for row in photos.not_looked_at(db, photo):
            event = EventId(row["event"])
            decision = self._decided(event, str(row["sha256"]), row["state"])
            out = out_of(decision)
            turned += [EventPhotoId(row["id"])] if is_turned(row["state"], out) else []
            photos.set_out(db, EventPhotoId(row["id"]), out)
            self.moved.left_behind(db, event, EventPhotoId(row["id"]), decision)
            for one in twins.whole(db, EventPhotoId(row["id"])):  # while it is out nobody looks at it, and plans these
                photos.set_out(db, one, out if out is PhotoState.WITHDRAWN else None)
            if decision is not None and decision.moved_to is not None and self.has_event(decision.moved_to):
                moved_photos.move_in(db, decision.moved_to, photo, str(row["name"]), event, now)
        return turned


def is_turned(state: str, out: PhotoState | None) -> bool:
    """Whether it is withdrawn from now on, or not any more."""
    return (state == PhotoState.WITHDRAWN) != (out is PhotoState.WITHDRAWN)
