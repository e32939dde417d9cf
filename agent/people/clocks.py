"""Cameras' clocks: found from photos of the same people at the same moments, or set by hand.

In each event one clock is what all others are compared to (the camera with most photos); how far that one is from true
time is told by whoever knows: an operator, satellites, a phone. Whatever was found stays until something clearly better
is: times that jump to and fro are worse than times that are a little wrong.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from statistics import median

from agent import clock
from agent.faces.makers import PHONES
from agent.ledger import Ledger, clocks, meta
from agent.ledger.clocks import Clock, Film
from agent.ledger.sqlite.rows import Db
from agent.model import EventId
from agent.people.films import Filmed
from agent.people.simultaneous import NEAR, Apart, apart, height_at
from agent.requests.events import spoken
from agent.roster import Roster
from agent.running.waiting import Bell

HAND, GPS, PHONE, PEOPLE, REFERENCE, UNKNOWN = "hand", "gps", "phone", "people", "reference", ""
BETTER = 1.5  # times as high a pile as at what was found before, for it to be given up
FEWER = 1.25  # times as many photos has another camera at most, for one to stay that all are compared to
SATELLITES = 3  # photos that say when they were by the satellites
QUARTER, HALF = 900, 1800  # seconds; zones are whole quarters of an hour
EXACT = 5  # seconds; nothing is known more exactly
MOST = 20_000  # of an event's photos are held against each other, its newest: more say no more, and take memory
AGAIN = 15.0  # seconds after which an event is looked at once more: strangers are put into groups by then
LOOK_ANYWAY = 600.0  # seconds, should a ring be missed
PAUSE, SHARE = 3.0, 19  # seconds between two rounds at least; times what the last one took: a twentieth of a core


@dataclass(slots=True)
class Camera:
    """What its photos say, the newest ones of its event, and how many there are `earlier`. `gps`: how far ahead of the
    satellites each is. `zoned`: those that say their zone.

    Videos are corrected, and say nothing: many have the time of their end, and nobody knows when a face was in them.
    """

    name: str
    photos: int = 0
    zoned: int = 0
    gps: list[float] = field(default_factory=list[float])
    seen: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list[float]))
    films: int = 0
    earlier: int = 0

    @property
    def all_photos(self) -> int:
        return self.photos + self.earlier

    @property
    def says_zone(self) -> bool:
        return self.zoned * 2 > self.photos

    @property
    def is_phone(self) -> bool:
        return (self.says_zone or not self.photos) and self.name.partition(" ")[0].casefold() in PHONES

    @property
    def by_satellites(self) -> float | None:
        """Where most of them agree."""
        if len(self.gps) < SATELLITES:
            return None
        middle = median(self.gps)
        agree = sum(abs(one - middle) <= NEAR for one in self.gps)
        return whole(middle) if agree * 2 > len(self.gps) else None


def whole(ahead: float) -> float:
    """A clock left at another zone's time is off by quarters of an hour; what is nearly that is that."""
    zone = round(ahead / QUARTER) * QUARTER
    return float(zone if abs(ahead - zone) <= NEAR else round(ahead / EXACT) * EXACT)


def as_known(cameras: Sequence[Camera], before: Mapping[str, Clock], by_hand: Mapping[str, float]) -> list[Clock]:
    """Every camera's clock, by its photos, by what was known before, and by an operator's word."""
    if not cameras:
        return []
    base = base_of(cameras, before)
    beside = compared(cameras, base, {name: one.beside for name, one in moved(before, base.name).items()})
    shift = ahead_of_base(cameras, beside, by_hand)
    return [clock_of(one, beside.get(one.name), shift, by_hand, is_base=one is base) for one in cameras]


def base_of(cameras: Sequence[Camera], before: Mapping[str, Clock]) -> Camera:
    """The camera to which the others are compared: the one with most photos, and it stays for a long time."""
    largest = max(cameras, key=lambda one: (one.photos, one.name))
    known = [one for one in cameras if one.name in before and before[one.name].is_base]
    return next((one for one in known if one.photos * FEWER >= largest.photos), largest)


def moved(before: Mapping[str, Clock], base: str) -> Mapping[str, Clock]:
    """What was known, as compared to this camera."""
    by = before[base].beside if base in before else None
    if by is None:
        return {}
    return {name: one if one.beside is None else replace(one, beside=one.beside - by) for name, one in before.items()}


def compared(
    cameras: Sequence[Camera], base: Camera, before: Mapping[str, float | None]
) -> dict[str, tuple[float | None, Apart | None]]:
    """How far each clock is ahead of the base's, and what photos say of that: each camera that is known tells more."""
    together: dict[str, list[float]] = {who: list(times) for who, times in base.seen.items()}
    known: dict[str, tuple[float | None, Apart | None]] = {base.name: (0.0, None)}
    left = [one for one in cameras if one is not base]
    while left:
        found = [(one, apart(together, one.seen)) for one in left]
        sure = [(one, what) for one, what in found if what is not None and what.is_sure]
        for one, what in sure:
            known[one.name] = settled(together, one, what, before.get(one.name)), what
        for one, _ in sure:
            for who, times in one.seen.items():
                together.setdefault(who, []).extend(at - (known[one.name][0] or 0.0) for at in times)
        left = [one for one in left if one.name not in known]
        if not sure:
            known |= {one.name: (before.get(one.name), what) for one, what in found}
            break
    return known


def settled(together: Mapping[str, list[float]], one: Camera, found: Apart, before: float | None) -> float:
    """What was found before stays, unless clearly more speaks for something else.

    It may have been found beside another camera, which was off by minutes: beside this one it may be nearly a zone's.
    """
    if before is None:
        return whole(found.ahead)
    if abs(found.ahead - before) > NEAR:
        there = height_at(together, one.seen, found.ahead)
        if there >= BETTER * height_at(together, one.seen, before):
            return whole(found.ahead)
    return whole(before)


def ahead_of_base(
    cameras: Sequence[Camera],
    beside: Mapping[str, tuple[float | None, Apart | None]],
    by_hand: Mapping[str, float],
) -> float:
    """How far the base is ahead of true time: by an operator's word for any camera that is compared to it, else by
    satellites, else by a phone. A camera that says its zone settles the hours, and not the minutes.
    """
    told: list[tuple[int, int, float]] = []  # how good, by how many photos, the base's ahead
    for one in cameras:
        apart_by = beside[one.name][0]
        if apart_by is None:
            continue
        if one.name in by_hand:
            told.append((4, one.photos, by_hand[one.name] - apart_by))
        elif one.by_satellites is not None:
            told.append((3, one.photos, one.by_satellites - apart_by))
        elif one.is_phone:
            told.append((2, one.photos, -apart_by))
        elif one.says_zone:
            told.append((1, one.photos, -round(apart_by / HALF) * HALF))
    return max(told)[2] if told else 0.0


def clock_of(
    one: Camera,
    beside: tuple[float | None, Apart | None] | None,
    shift: float,
    by_hand: Mapping[str, float],
    *,
    is_base: bool,
) -> Clock:
    apart_by, what = beside or (None, None)
    found, told_by = None, UNKNOWN
    if one.by_satellites is not None:
        found, told_by = one.by_satellites, GPS
    elif one.is_phone:
        found, told_by = 0.0, PHONE
    elif apart_by is not None:
        found, told_by = apart_by + shift, REFERENCE if is_base else PEOPLE
    by_whom = HAND if one.name in by_hand else told_by
    ahead = by_hand.get(one.name, found or 0.0)
    sureness, moments = (0.0, 0) if what is None else (what.sureness, what.moments)
    return Clock(one.name, one.all_photos + one.films, ahead, by_whom, found, sureness, moments, apart_by, is_base)


class CameraClocks:
    """Looks at an event's clocks whenever something was planned there; `bell` is rung then.

    `retimed` is called when photos' times are others than they were.
    """

    def __init__(self, ledger: Ledger, roster: Roster, retimed: Callable[[], None]) -> None:
        self.bell = Bell()
        self._retimed = retimed
        self._ledger = ledger
        self._roster = roster
        self._lock = asyncio.Lock()

    async def run(self) -> None:
        while True:
            began = time.monotonic()
            again = await self.step()
            await asyncio.sleep(max(PAUSE, SHARE * (time.monotonic() - began)))
            await self.bell.wait(AGAIN if again else LOOK_ANYWAY)

    async def step(self) -> bool:
        """Returns whether something was planned lately."""
        now = clock.wall()
        looked_at = await self._ledger.read(clocks.looked_at)
        due = await self._ledger.read(clocks.due, min(looked_at, now) - AGAIN)
        for event in self._roster.events():
            if event.id in due:
                await self.follow(event.id)
        await self.follow_hands()
        if due:
            await self._ledger.write(clocks.note_looked_at, now)
        return bool(due)

    async def follow_hands(self) -> None:
        """Where an operator's word is another than the one that counts, also by an undo."""
        counts = await self._ledger.read(clocks.set_by_hand)
        wanted = {
            (event.id, camera): ahead
            for event in self._roster.events()
            for camera, ahead in self._roster.clocks(event.id).items()
        }
        for event in {key[0] for key in counts.keys() | wanted.keys() if counts.get(key) != wanted.get(key)}:
            await self.follow(event)

    async def follow(self, event: EventId) -> None:
        """Find out how its clocks stand, and let its photos' times follow. Called twice, nothing happens twice."""
        async with self._lock:
            by_hand = self._roster.clocks(event)
            before, cameras, filmed = await self._ledger.read(read_cameras, event)
            known = await asyncio.to_thread(as_known, cameras, {one.camera: one for one in before}, by_hand)
            # Of a camera without a photo yet, or any more, an operator's word is kept.
            there = {one.camera for one in known}
            known += [Clock(one, 0, ahead, HAND) for one, ahead in by_hand.items() if one not in there]
            told = filmed.told({one.camera: one.ahead for one in known})
            if told or sorted(known, key=by_camera) != sorted(before, key=by_camera):
                await self._ledger.write(self._record, event, known, told)
                self._retimed()

    def _record(self, db: Db, event: EventId, known: Sequence[Clock], told: Sequence[Film]) -> None:
        if self._roster.find_event(event) is None:
            return  # removed meanwhile
        clocks.tell_films(db, told)
        for one in clocks.record(db, event, known):
            if one.told_by == HAND:
                continue  # whoever said so has been told
            text = f"{one.camera}: its clock is {spoken(one.ahead)}"
            meta.note_activity(db, "clock", text, clock.wall(), event)


def by_camera(one: Clock) -> str:
    return one.camera


def read_cameras(db: Db, event: EventId) -> tuple[list[Clock], list[Camera], Filmed]:
    """What is known of the clocks, what the photos say, and whose the videos are."""
    cameras: dict[str, Camera] = {}
    taken: dict[int, tuple[Camera, float]] = {}
    before = clocks.before_newest(db, event, MOST)
    earlier = Counter(clocks.photos_of_cameras(db, event) if before else {})
    for row in clocks.times(db, event, before):
        earlier[row["camera"]] -= 1
        at = clocks.seconds(row["taken_at"])
        if at is None:
            continue
        one = cameras.setdefault(row["camera"], Camera(row["camera"]))
        one.photos += 1
        one.zoned += any(sign in row["taken_at"][19:] for sign in "+-Z")
        if row["gps_at"] is not None:
            one.gps.append(at - clocks.local_seconds(row["gps_at"]))
        taken[row["photo"]] = one, at
    for name, count in (+earlier).items():
        cameras.setdefault(name, Camera(name)).earlier = count
    for row in clocks.whom(db, event, before) if len(cameras) > 1 else ():
        if row["photo"] in taken:
            one, at = taken[row["photo"]]
            one.seen[row["who"]].append(at)
    filmed = Filmed(clocks.films(db, event), clocks.bodies(db, event))
    for name, count in filmed.cameras.items():
        cameras.setdefault(name, Camera(name)).films = count
    return clocks.clocks(db, event), list(cameras.values()), filmed
