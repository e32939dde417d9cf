"""An evening: photos arrive, the operator says this and that, and whatever dies in between, all is as it was meant."""

from __future__ import annotations

import math
import random
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from agent.model import SafeCode
from tests.crash.account_deeds import Left
from tests.crash.backup_deeds import LEDGER_BACK, OLDER, let_night_pass, night_is_over
from tests.crash.clock_deeds import all_told, clocks_amiss
from tests.crash.deed import LATE, Deed, Party, left_of
from tests.crash.deeds import VERBS
from tests.crash.forget_deeds import said_still, unblurred
from tests.crash.gone import Gone, Row, above, filed, on_drive
from tests.crash.hands import HANDS, Hands
from tests.crash.lives import QUIET, Answer, Lives, Told, Way
from tests.crash.meaning import FIRST, Meaning
from tests.crash.names import Names
from tests.crash.pictures import NEAR, Camera, Taken, plain
from tests.crash.reader import CARD, TURNED, Reader
from tests.crash.rules import event_of, rules_of, stand_ins
from tests.crash.stores import Roster, ask, troubles
from tests.crash.there import There
from tests.emulator.drive import Emulator
from tests.venue import invariants
from tests.venue.house import wait_for
from tests.venue.invariants import OURS
from tests.venue.manifest import Photo
from tests.venue.photographer import Photographer
from tests.venue.witness import Witness

AGREES = 30.0  # seconds at rest in which everything has to be as it was meant: guests are found a little later
BELIEVED = 200.0  # the same where a folder's last files went while nobody ran: that is believed after two more looks
EMPTY, EMPTY_SOURCE = "empty", "empty source"  # of what lies filed, and nowhere else then
NIGHT = 60.0  # seconds in which all is done that was to be done at night
TOGETHER = 3  # photos that come at once
KNOWN = 90.0  # seconds in which what came is known, from Drive, too
PLANNED = "SELECT ph.sha256 FROM event_photo ep JOIN photo ph ON ph.id = ep.photo WHERE ep.planned_at IS NOT NULL"
LOST = "no file here holds"
TOPS = ("People/", "Unsorted/", "All Photos/")


class Evening:
    """`found` is what was amiss, in words: it is empty in the end."""

    def __init__(self, folder: Path, emulator: Emulator, seed: int, photos: int) -> None:
        self.dice = random.Random(seed)
        self.camera = Camera(random.Random(f"{seed} camera"), seed)
        self.lives = Lives(
            folder / "venue",
            emulator,
            VENUESYNC_FACES__SECOND_LOOKS="false",
            VENUESYNC_SYNC__INTERVAL="0.5",
            VENUESYNC_DRIVE__METERED_LONG_SIDE="640",
        )
        self.house = self.lives.house
        self.meaning = Meaning()
        self.party = Party(self.house.root, self.dice, self.meaning, {FIRST: FIRST}, {FIRST: FIRST})
        self.most = photos
        self.found: list[str] = []
        self.verbs: Counter[str] = Counter()
        self._emulator = emulator
        self._anna = Photographer(emulator)
        self._source = ""
        self._put_back = False  # an older ledger, or something in its place, since everything was compared
        self._gone: list[Gone] = []
        self._nowhere: list[Photo] = []  # that are in no event any more
        self._ruled = False  # something else than each photo may lie somewhere
        self._asleep = False  # the first event's source is not looked at
        self._made = folder / "made.jpg"
        self._names = Names()
        self._left = Left()
        self._copied: set[str] = set()  # names of what was filed when it was withdrawn
        self._reader = Reader(folder, self.house.expected)
        self._hands = Hands(self.party, self.house.expected, emulator, self.dice, folder / "desk", self._at_home)
        self.witness = Witness(self.house.root, emulator.url, self.house.expected, ruled=lambda: self._ruled)

    # ---- arrivals

    def bring(self, how: str, number: int = TOGETHER) -> None:
        """Photos come, as long as there are any left to be taken; cards are emptied, or something is done by hand."""
        if how in (EMPTY, EMPTY_SOURCE):
            self._empty(source=how == EMPTY_SOURCE)
        elif how in HANDS:
            self._put_back |= self._hands.do(how)
        elif how == TURNED:
            self._reader.turn()
        else:
            for _ in range(min(1 if how == "broken" else number, self.most - self.camera.taken)):
                self._arrive(how)

    def _arrive(self, how: str) -> None:
        match how:
            case "drive":
                self._put(self.camera.shoot())
            case "late" if LATE in self.party.events:
                self._drop(self.camera.shoot(of=NEAR), LATE)
            case "party" if others := [one for one in self.party.events if one not in (FIRST, LATE)]:
                self._drop(self.camera.shoot(), self.dice.choice(others))
            case "shot":
                self._drop_both(*self.camera.shoot_both())
            case "raw":
                self._follow()
            case "reader" if self._reader.holds_a_card:
                self._drop(self.camera.shoot(), below=CARD)
            case "broken":
                self._drop(self.camera.shoot_badly())
            case _:
                self._drop(self.camera.shoot())

    def _drop_both(self, jpeg: Taken, raw: Taken) -> None:
        """Into one event's folder, whichever comes first."""
        event = self.dice.choice([one for one in self.party.events if one != LATE])
        if self.dice.random() < 1 / 2:
            self._drop(jpeg, event)
            self._drop(raw, event, jpeg=jpeg.sha256)
        else:
            self._drop(raw, event, jpeg=jpeg.sha256)
            self._drop(jpeg, event)

    def _follow(self) -> None:
        """The RAW of a JPEG that came earlier, and lies on its card still."""
        meaning, kept = self.meaning, [one for one in self.house.expected.photos if one.path in self._kept]
        left = {one.sha256 for one in kept if CARD not in str(one.path)} - {
            one.jpeg for one in meaning.arrived.values()
        }
        known = [one for sha256, one in meaning.arrived.items() if sha256 in left and meaning.where(sha256)]
        alone = [one for one in known if one.event in self.party.events and not (one.taken.is_raw or one.taken.broken)]
        if alone := [one for one in alone if one.event != LATE]:
            one = self.dice.choice(alone)
            self._drop(self.camera.raw_of(one.taken), one.event, jpeg=one.taken.sha256)

    def _drop(self, taken: Taken, event: str = FIRST, below: str = "", jpeg: str | None = None) -> None:
        self._made.write_bytes(taken.data)
        folder = below if event == FIRST else f"../Events/{event}/Incoming/"
        self.meaning.arrive(taken, event, jpeg)
        if self.meaning.is_withdrawn(event, taken.sha256):  # as its JPEG was, before it came
            self.house.expected.withdrawn.append(taken.sha256)
        self.house.drop(self._made, folder + taken.name)
        if taken.broken:
            self.house.expected.dismissed.append(taken.sha256)  # it is for nobody to file
        if event != FIRST:
            self.house.expected.photos[-1] = replace(self.house.expected.photos[-1], event=self.party.id_of(event))

    def _put(self, taken: Taken) -> None:
        """Into the photographer's folder on Drive, which is a source of the first event."""
        self.meaning.arrive(taken)
        self.house.expected.put(self._anna.put(taken.data, taken.name, self._source), taken.data, taken.name)
        self._mind_source(asleep=self._asleep)

    def _empty(self, *, source: bool) -> None:
        """Whatever lies filed where it belongs, under its own name, goes from the cards, or from the source: both files
        of a shot, or neither.
        """
        lying = {(event_of(path), md5) for path, md5 in self._disk().items() if "/.venuesync-" not in path}
        photos = [one for one in self.house.expected.photos if source == (one.drive_id is not None)]
        for one in photos:
            if math.isinf(one.at) or self.meaning.arrived[one.sha256].only_filed:
                continue  # what lies in a source that is asleep, or on a card in a drawer, is nobody's to take away
            both = [*map(self.meaning.arrived.__getitem__, self.meaning.shot(one.sha256))]
            if all(any((event, each.md5) in lying for event in self.meaning.where(one.sha256)) for each in both):
                self._take_away(one)
                self.meaning.arrived[one.sha256].only_filed = True

    def _take_away(self, photo: Photo) -> None:
        if photo.drive_id is not None:
            self._anna.trash(photo.drive_id)
        elif photo.path in self._kept:
            Path(photo.path).unlink()
            del self._kept[photo.path]

    @property
    def _kept(self) -> dict[str, str]:
        return self.house.expected.kept

    def _at_home(self) -> list[Row]:
        """What of ours lies on Drive where its event is."""
        files, gone = self._emulator.files(), tuple(f"{path}/" for one in self._gone for path in one.above)
        left = {one["id"] for one in self._left.of(files, Roster.read(self.house.root))}
        ours = [one for one in files if OURS in one["appProperties"] and one["id"] not in left]
        return [one for one in ours if not f"{one['path']}/".startswith(gone)]

    def open_source(self) -> None:
        self._source = self._anna.folder("For the venue", share=True)
        told = self.house.run("events", "source", FIRST, "add", self._source)
        assert told.returncode == 0, told.stderr
        wait_for(self._sources_resolved, KNOWN, "which folder that is, before a rule of folders")
        self._reader.open(self.house)

    def _sources_resolved(self) -> bool:
        events = Roster.read(self.house.root).rows("events")
        return all(one["resolved"] for row in events for one in row["sources"])

    def let_night_pass(self) -> None:
        """Nobody runs meanwhile."""
        let_night_pass(self.house.root)

    def until_morning(self) -> None:
        wait_for(lambda: night_is_over(self.house.root), NIGHT, "both stores are backed up")

    # ---- verbs

    def deed(self, verb: str) -> Deed | None:
        return VERBS[verb](self.party) if verb in VERBS else None

    def deed_of_all(self, verb: str) -> Deed | None:
        return self.of_all(self.deed(verb), verb)

    def of_all(self, deed: Deed | None, verb: str) -> Deed | None:
        """The same, said of all that has come by now where that matters; `None`: there is nothing (any more) to say."""
        if deed is None or not deed.settled:
            return deed
        self.settled()
        return self.deed(verb)

    def settled(self) -> None:
        """All that came is known, and done with, as far as somebody lives who does it."""
        if not self.lives.alive:
            return
        wait_for(lambda: not self.lives.alive or self._all_known(), KNOWN, "all that came is known")
        self.lives.until_rest()

    def _all_known(self) -> bool:
        known = {row["sha256"] for row in ask(self.house.root, PLANNED)}
        left = [one for one in self.house.expected.photos if one.sha256 not in known and not math.isinf(one.at)]
        return all(self.meaning.arrived[one.sha256].taken.broken for one in left)

    def say(self, deed: Deed, way: Way) -> tuple[Told, Roster]:
        """Say it once. The roster is as it was before."""
        self._ruled |= deed.verb == "forget" or deed.body.get("key") in ("exclude", "without_faces")
        before = Roster.read(self.house.root)
        out = [each for one in deed.withdrawn for each in self.meaning.shot(one)]
        lying = {*self._disk().values()} if out else set[str]()
        self._copied |= {one.taken.name for one in map(self.meaning.arrived.__getitem__, out) if one.md5 in lying}
        self.house.expected.withdrawn += out
        self._mind_source(asleep=self._asleep or deed.verb == "disable")
        if deed.removes:
            self._gone.append(self._going(deed.removes))
            self._expect(without=deed.removes)
        return self.lives.say(deed, way), before

    def settle(self, deed: Deed, told: Told, before: Roster) -> bool:
        """Whether it was said for good, by the roster; then it means what it means. What was answered must be."""
        after = Roster.read(self.house.root)
        kept = deed.kept(before, after)
        if told.answer is Answer.DONE and not kept:
            self.found.append(f"{deed.words} was answered, and is not kept: {told.text}")
        busy = (deed.busy and deed.busy in told.text) or self._is_in_the_drawer(told.text)
        if told.answer is Answer.REFUSED and (self.lives.alive or deed.alone) and not busy:
            self.found.append(f"{deed.words} was refused: {told.text}")
        if kept:
            self.verbs[deed.verb] += 1
            self._mean(deed, before, after)
            self.party.follow(after)
        if deed.removes and not kept:
            self._gone.pop()
        self._expect()
        self._asleep = not all(row["enabled"] for row in after.rows("events") if row["id"] == FIRST)
        self._mind_source(asleep=self._asleep)
        return kept

    def _is_in_the_drawer(self, refusal: str) -> bool:
        """Whether what cannot be brought back was never filed: then its card alone has it, and is not there."""
        return LOST in refusal and not (self._reader.holds_a_card or any(one in refusal for one in self._copied))

    def _mean(self, deed: Deed, before: Roster, after: Roster) -> None:
        if deed.verb == LEDGER_BACK:
            self._put_back = True
            self._names.only_these(self._disk(), self.meaning)
        if deed.removes:
            self.meaning.forget(deed.removes, *left_of(before, after))
        elif deed.back:
            self.meaning.undo()
        elif deed.again:
            self.meaning.redo()
        elif deed.state is not None:
            self.meaning.go_back(deed.state)
            self.party.forgotten.clear()  # whoever is known again has a name
        elif deed.means is not None:
            self.meaning.mean(deed.means)
        if deed.then is not None:
            deed.then(before, after)
        self.meaning.remember(after.said)

    def _going(self, event: str) -> Gone:
        """An event that is about to be removed."""
        id, files, meant = self.party.events[event], self._emulator.files(), self.meaning
        wanted = {
            sha256: one.md5
            for sha256, one in meant.arrived.items()
            if event in meant.where(sha256) and not meant.is_withdrawn(event, sha256)
        }
        lies_in = above(files, id)
        there = {one.sha256 for one in on_drive(files, lies_in).values() if not one.trashed}
        here = {*filed(self.house.root, event).values()}
        return Gone(id, event, ({*wanted.values()} & here, wanted.keys() & there), lies_in)

    def _expect(self, without: str | None = None) -> None:
        """Of what is in no event any more nothing is expected, until somebody wants it back."""
        photos = self.house.expected.photos
        there = {one.sha256: [*{*self.meaning.where(one.sha256)} - {without}] for one in [*photos, *self._nowhere]}
        again = [replace(one, at=time.monotonic()) for one in self._nowhere if there[one.sha256]]
        self._nowhere = [one for one in [*photos, *self._nowhere] if not there[one.sha256]]
        photos[:] = [*(one for one in photos if there[one.sha256]), *again]
        self._reader.mind()

    def _mind_source(self, *, asleep: bool) -> None:
        """What lies in a source that is not looked at is nobody's to know."""
        photos = self.house.expected.photos
        for at, one in enumerate(photos):
            if one.drive_id is not None and asleep != math.isinf(one.at):
                photos[at] = replace(one, at=math.inf if asleep else time.monotonic())

    # ---- held against what is

    def check(self) -> list[str]:
        """At rest: all is as it was meant, and every invariant holds. Waits a little, then answers what is amiss, as of
        a look that began after that, however long the one before it took.
        """
        end = time.monotonic() + AGREES
        while True:
            if not self.come_to_rest():
                return ["the agent ended"]
            began = time.monotonic()
            amiss = self.differences()
            if not amiss or began > end:
                return amiss
            time.sleep(0.3)

    def pack_up(self) -> list[str]:
        """Whatever waits for a yes has it, what is broken is set aside: then it is safe, and said so."""
        for verb in ("approve event", "dismiss"):
            while (deed := self.deed_of_all(verb)) is not None and not self.found:
                self.settle(deed, *self.say(deed, Way.ASKED))
        began = time.monotonic()
        while amiss := [*self.check(), *self.found, *self._not_safe()]:
            is_emptied = self._verdict().get("code") == SafeCode.FOLDER_MISSING
            if time.monotonic() > began + (BELIEVED if is_emptied else AGREES):
                return amiss
        return []

    def _not_safe(self) -> list[str]:
        verdict = self._verdict()
        return [] if verdict.get("safe") else [f"packed up, and not safe: {verdict}"]

    def _verdict(self) -> Row:
        return (self.lives.status() or {}).get("safe_to_leave", {})

    def come_to_rest(self) -> bool:
        """Whatever waits for somebody's word has it, and all is done. Answers whether the agent lives."""
        self.lives.start()
        self._reader.put_in()
        self.resume()
        self.agree()
        self._awake()
        return self.lives.until_rest() and self._repair() and self._tell_times()

    def _tell_times(self) -> bool:
        wait_for(lambda: not self.lives.alive or all_told(self.house.root), QUIET, "Drive is told the right times")
        return self.lives.alive

    def _repair(self) -> bool:
        """What an older ledger left where nobody wants it goes by somebody's word; what was taken away is back."""
        if self._put_back:
            with self.house.api() as api:
                api.post("/commands/verify", json={"repair": True}, timeout=60).raise_for_status()
            self._put_back = not self.lives.until_rest()
        return not self._put_back

    def resume(self) -> None:
        now = Roster.read(self.house.root)
        with self.house.api() as api:
            if now.paused:
                api.post("/commands/resume", json={"what": "uploads"}).raise_for_status()
            if now.metered:
                api.post("/commands/metered", json={"to": "off"}).raise_for_status()

    def _awake(self) -> None:
        """Every source is looked at, and everything sent."""
        for row in Roster.read(self.house.root).rows("events"):
            for key in ("enabled", "send"):
                if not row[key]:
                    self._mind_source(asleep=False)
                    with self.house.api() as api:
                        body = {"event": row["id"], "key": key, "value": "true"}
                        api.post("/commands/events-set", json=body).raise_for_status()
        self._asleep = False

    def agree(self) -> None:
        """To an older list of people."""
        if Roster.read(self.house.root).restored:
            with self.house.api() as api:
                api.post("/commands/held-approve", json={"ids": [OLDER]}).raise_for_status()

    def differences(self) -> list[str]:
        roster, expected = Roster.read(self.house.root), self.house.expected
        expected.photos[:] = [self._as_meant(one) for one in list(expected.photos)]
        expected.withdrawn[:] = [
            sha256
            for sha256 in self.meaning.arrived
            if any(self.meaning.is_withdrawn(event, sha256) for event in self.meaning.where(sha256))
        ]
        files, rules, raw = self._emulator.files(), rules_of(self.house.root), dict(self._lying())
        left = self._left.of(files, roster)
        at_home = [one for one in files if one not in left]
        disk = self._disk()
        decided = [
            (sha256, one) for (_, sha256), one in self.meaning.said.decided.items() if sha256 in self.meaning.arrived
        ]
        blurred = {each for sha256, one in decided if one.blurred for each in self.meaning.shot(sha256)}
        amiss = [one for gone in self._gone for one in gone.look(self.house.root, files, expected, blurred)]
        for event, id in self.party.events.items():
            below = "" if event == FIRST else f"Events/{event}/"
            own = {path: path.removeprefix(below) for path in disk if path.startswith(below or TOPS)}
            lies = {name: disk[path] for path, name in own.items()}
            amiss += self.meaning.differences(event, lies, set(roster.guests(id)), rules[id])
            amiss += self._names.amiss(event, lies, self.meaning, self.party.templates)
            amiss += unblurred(
                self.house.root, event, {path: raw[path] for path in own}, {*lies.values()}, self.meaning
            )
            amiss += self._folders(event, below, set(roster.guests(id)))
        amiss += [*There(self.party, rules, disk, at_home, self._gone).amiss(), *self._aside(), *self._addresses()]
        amiss += clocks_amiss(self.house.root, self.party.events, self.meaning.said, files)
        amiss += said_still(self.house.root, self.party.forgotten, files)
        seen = invariants.look(self.house.root, self._emulator.url, status=self.lives.status())
        assert seen.drive is not None
        for one in left:
            seen.drive.pop(one["id"], None)
        amiss += self._left.amiss(left)
        removed = tuple(f"on Drive: {path}" for one in self._gone for path in one.above)
        return amiss + [one for one in invariants.breaches(seen, expected) if not one.startswith(removed)]

    def _as_meant(self, photo: Photo) -> Photo:
        """In the event that it is in now."""
        where = self.meaning.where(photo.sha256)
        return replace(photo, event=self.party.id_of(where[-1])) if where else photo

    def _disk(self) -> dict[str, str]:
        """Path -> MD5 of the photo that a file is, or stands for."""
        of = stand_ins(self.house.root)

        def photo(path: str, content: str) -> str:
            """Of one picture, blurred, each is the same: they are known by their names."""
            known = (self.meaning.arrived[one] for one in of.get(content, ()))
            return next((one.md5 for one in known if plain(path).endswith(one.taken.name)), content)

        return {path: photo(path, one) for path, one in self._lying()}

    def _lying(self) -> Iterator[tuple[str, str]]:
        return (one for one in invariants.filed_files(self.house.root) if "Processed" not in one[0])

    def _folders(self, event: str, below: str, guests: set[str]) -> list[str]:
        """Everybody with a name has folders, and nobody else but guests."""
        wanted = self.meaning.persons(event)
        people = self.house.root / below / "People"
        here = {one.name for one in people.iterdir()} if people.is_dir() else set[str]()
        amiss = [f"{event}: {one} has no folder" for one in sorted(wanted - here)]
        return amiss + [f"{event}: the folder {one} is nobody's" for one in sorted(here - wanted - guests)]

    def _aside(self) -> list[str]:
        """Broken photos are set aside by somebody's word, and by nothing else."""
        names = {id: name for name, id in self.party.events.items()}
        aside = {(names[row["event"]], row["sha256"]) for row in troubles(self.house.root, "dismissed")}
        broken = [(FIRST, sha256) for sha256, one in self.meaning.arrived.items() if one.taken.broken]
        return [
            f"{one}: set aside is {one in aside}" for one in broken if self.meaning.is_aside(*one) != (one in aside)
        ]

    def _addresses(self) -> list[str]:
        with self.house.api() as api:
            now = {one["number"]: one["address"] for one in api.get("/notify").raise_for_status().json()}
        return [] if now == self.party.addresses else [f"messages go to {now}, not to {self.party.addresses}"]

    def close(self) -> None:
        self.house.close()
