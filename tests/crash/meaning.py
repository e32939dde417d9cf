"""What the operator's verbs mean, told again in few words: who is known, what was decided, and what lies where by that.

It knows neither the agent nor its stores. People are known by how they look, photos by their SHA-256.
"""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import combinations, count

from tests.crash.pictures import Taken
from tests.crash.rules import FIRST, Rules
from tests.crash.stores import State
from tests.venue.manifest import md5

GUEST = "People/Guest "
ALL = "All Photos"
NAMELESS = 10**6  # from this key on
KEPT = 100  # verbs that can be taken back
SURE = 2  # photos that somebody is not on; of more of one look a guest is found, who is as near as that person


@dataclass
class Person:
    """Somebody with a name in an event. `looks`: how those look who are filed as this person."""

    event: str
    name: str
    looks: set[str]
    into: int | None = None
    gone: bool = False  # nobody knows them any more
    given: bool = False  # by portraits, which stay whatever is said of single photos
    ignored: bool = False
    unseen_but: set[str] | None = None  # not to be seen on photos that come later: on any but these


@dataclass
class Decided:
    """Of one photo in one event. `yes`: look -> person, `no`: look and person."""

    withdrawn: bool = False
    moved_to: str | None = None
    company: str | None = None
    aside: bool = False
    approved: bool = False
    forgotten: set[str] = field(default_factory=set[str])  # looks of somebody whom nobody knows any more
    blurred: set[str] = field(default_factory=set[str])  # those of them that are not to be seen
    yes: dict[str, int] = field(default_factory=dict[str, int])
    no: set[tuple[str, int]] = field(default_factory=set[tuple[str, int]])


@dataclass
class Said:
    """All that can be taken back."""

    people: dict[int, Person] = field(default_factory=dict[int, Person])
    decided: dict[tuple[str, str], Decided] = field(default_factory=dict[tuple[str, str], Decided])
    clocks: dict[tuple[str, str], float] = field(default_factory=dict[tuple[str, str], float])  # event and camera

    def of(self, event: str, sha256: str) -> Decided:
        return self.decided.setdefault((event, sha256), Decided())

    def resolve(self, key: int) -> int:
        while (into := self.people[key].into) is not None:
            key = into
        return key

    def named(self, event: str) -> dict[int, Person]:
        return {
            key: one for key, one in self.people.items() if one.event == event and one.into is None and not one.gone
        }

    def owner(self, event: str, look: str) -> int | None:
        """Who is known by that look."""
        return next((key for key, one in self.named(event).items() if look in one.looks), None)

    def doubted(self, event: str) -> set[str]:
        """Looks of whom so many photos were denied that others may be a guest's, or nobody's that is sure."""
        if event != FIRST:
            return set()  # nothing is denied there but what was asked
        denied = Counter(look for (of, _), one in self.decided.items() if of == event for look in {*dict(one.no)})
        return {look for look, photos in denied.items() if photos > SURE and self.owner(event, look) is not None}

    def unseen(self, event: str, sha256: str) -> set[str]:
        """Looks of those who are not to be seen there on photos that come later, as this one."""
        there = (one for one in self.people.values() if one.event == event and one.unseen_but is not None)
        return {look for one in there if sha256 not in (one.unseen_but or ()) for look in one.looks}

    @staticmethod
    def nameless_of(key: int) -> int:
        """Whoever had this key once, and is told from others without a name."""
        return NAMELESS + key


@dataclass
class Arrived:
    """A photo, and the event that it came to. `only_filed`: nobody has it but us. `jpeg`: of a raw file's shot."""

    taken: Taken
    event: str
    md5: str
    only_filed: bool = False
    jpeg: str | None = None


@dataclass(frozen=True)
class Moment:
    """All that was said, and could be taken back or done again, at one time."""

    said: Said
    done: tuple[Done, ...]
    undone: tuple[Change, ...]


Change = Callable[[Said], None]


@dataclass
class Done:
    """A verb that can be taken back: as it was before, and what it changed."""

    before: Said
    change: Change


class Meaning:
    """The evening so far."""

    def __init__(self) -> None:
        self.said = Said()
        self.done: list[Done] = []
        self.undone: list[Change] = []
        self.gone: set[str] = set()  # events that were removed
        self.known: dict[State, Moment] = {}
        self._unsure: set[State] = set()  # by which more than one moment is called
        self.remember(((), ()))
        self.arrived: dict[str, Arrived] = {}
        self._keys = count(1)

    def new_key(self) -> int:
        """For somebody who is named; it stays theirs, whatever is taken back before and done again."""
        return next(self._keys)

    def arrive(self, taken: Taken, event: str = FIRST, jpeg: str | None = None) -> None:
        self.arrived[taken.sha256] = Arrived(taken, event, md5(taken.data), jpeg=jpeg)

    def main(self, sha256: str) -> str:
        """Of both files of a shot the one of which it is decided: what is said of either is said of both."""
        return self.arrived[sha256].jpeg or sha256

    def shot(self, sha256: str) -> list[str]:
        """All files of it."""
        return [one for one in self.arrived if self.main(one) == self.main(sha256)]

    def decided(self, event: str, sha256: str) -> Decided | None:
        return self.said.decided.get((event, self.main(sha256)))

    # ---- verbs

    def mean(self, change: Change) -> None:
        """A verb was said and kept."""
        self._do(change)
        self.undone = []

    def _do(self, change: Change) -> None:
        self.done = [*self.done, Done(self.said, change)][-KEPT:]
        self.said = copy.deepcopy(self.said)
        change(self.said)

    def undo(self) -> None:
        last = self.done.pop()
        self.undone.append(last.change)
        self.said = last.before

    def redo(self) -> None:
        self._do(self.undone.pop())

    def forget(self, event: str, done: list[bool], undone: list[bool]) -> None:
        """An event is removed; of what can be taken back and done again this is left."""
        self.gone.add(event)
        self.leave(done, undone)

    def leave(self, done: list[bool], undone: list[bool]) -> None:
        """Of what can be taken back and done again this is left."""
        kept: list[Done] = []
        for verb, still in zip(self.done, done, strict=True):
            if still:
                kept.append(verb)
                continue
            for earlier in kept:  # it cannot be taken back any more, whatever is
                earlier.before = copy.deepcopy(earlier.before)
                verb.change(earlier.before)
        self.done = kept
        self.undone = [verb for verb, still in zip(self.undone, undone, strict=True) if still]

    def mean_for_good(self, change: Change) -> None:
        """It was said, and cannot be taken back, whatever is."""
        self.said = copy.deepcopy(self.said)
        self.done = [Done(copy.deepcopy(earlier.before), earlier.change) for earlier in self.done]
        for said in (self.said, *(earlier.before for earlier in self.done)):
            change(said)

    def forget_moments(self) -> None:
        """None of those that are known is one to go back to."""
        self._unsure |= self.known.keys()
        self.known.clear()

    def remember(self, state: State) -> None:
        """What is said now is what the list of people calls so."""
        known = self.known.pop(state, None)
        if state in self._unsure or (known is not None and known.said != self.said):
            self._unsure.add(state)
            return
        self.known[state] = Moment(self.said, tuple(self.done), tuple(self.undone))

    def go_back(self, state: State) -> None:
        """All is as it was said then."""
        then = self.known[state]
        self.said, self.done, self.undone = then.said, list(then.done), list(then.undone)

    # ---- what follows

    def where(self, sha256: str) -> list[str]:
        """The events that a photo is in."""
        one, main = self.arrived[sha256], self.main(sha256)
        decided = {event: found for (event, sha), found in self.said.decided.items() if sha == main}
        there = {one.event, *(found.moved_to for found in decided.values() if found.moved_to)} - self.gone
        return [event for event in sorted(there) if event not in decided or decided[event].moved_to is None]

    def were_in(self, event: str) -> list[str]:
        """Photos that are in an event, or were moved out of it."""
        found = {sha256 for (of, sha256), one in self.said.decided.items() if of == event and one.moved_to}
        return [
            sha
            for sha, one in self.arrived.items()
            if one.event == event or self.main(sha) in found or event in self.where(sha)
        ]

    def waits(self, event: str, sha256: str) -> bool:
        """Whether nobody has said yes to it; to be asked of events in which somebody has to."""
        found = self.decided(event, sha256)
        return found is None or not found.approved

    def blurred(self, event: str, sha256: str) -> set[str]:
        """Looks on it that are not to be seen; they go along where it is moved."""
        found, sha256 = set[str](), self.main(sha256)
        left, seen = [event], set[str]()
        while left:
            seen.add(one := left.pop())
            found |= self.said.decided.get((one, sha256), Decided()).blurred
            found |= self.said.unseen(one, sha256) & {*self.arrived[sha256].taken.picture.looks}
            moved = {of for (of, sha), each in self.said.decided.items() if sha == sha256 and each.moved_to == one}
            left += moved - seen
        return found

    def is_withdrawn(self, event: str, sha256: str) -> bool:
        found = self.decided(event, sha256)
        return found is not None and found.withdrawn

    def is_aside(self, event: str, sha256: str) -> bool:
        found = self.decided(event, sha256)
        return found is not None and found.aside

    def people_on(self, event: str, sha256: str, but: tuple[str, ...] = ()) -> set[str]:
        """Names of those who are filed with it; `but`: looks that may be another's."""
        found: set[int] = set()
        for look in {*self.arrived[sha256].taken.picture.looks}.difference(but):
            if (whose := self.person(event, sha256, look)) is not None:
                found.add(whose)
        return {self.said.people[one].name for one in found if not self.said.people[one].ignored}

    def person(self, event: str, sha256: str, look: str) -> int | None:
        decided = self.decided(event, sha256) or Decided()
        if look in decided.yes:
            return self.said.resolve(decided.yes[look])
        if look in decided.forgotten:
            return None
        owner = self.said.owner(event, look)
        denied = {self.said.resolve(key) for one, key in decided.no if one == look}
        return None if owner in denied else owner

    def nameless(self, event: str, sha256: str) -> set[str]:
        """Looks on it that may be a guest's."""
        looks, doubted = {*self.arrived[sha256].taken.picture.looks}, self.said.doubted(event)
        left = looks - self.nobodys(event, sha256)
        return {one for one in left if one in doubted or self.person(event, sha256, one) is None}

    def nobodys(self, event: str, sha256: str) -> set[str]:
        """Looks on it of which somebody said that they are nobody's: no guest's either."""
        return (self.decided(event, sha256) or Decided()).forgotten

    def side(self, event: str, sha256: str) -> str:
        company = (self.decided(event, sha256) or Decided()).company
        return "Group" if (company or "") == "group" or self.arrived[sha256].taken.picture.group else "Solo"

    def folders(self, event: str, sha256: str, but: tuple[str, ...] = ()) -> set[str]:
        """Where it belongs, guests aside."""
        if people := self.people_on(event, sha256, but):
            return {f"People/{one}/{self.side(event, sha256)}" for one in people}
        return {f"Unsorted/{'Unknown' if self.arrived[sha256].taken.picture.looks else 'No Faces'}"}

    # ---- held against what is

    def differences(self, event: str, lies: dict[str, str], guests: set[str], rules: Rules) -> Iterator[str]:
        """`lies`: path below the event's folder -> MD5 of the photo. `guests`: names of those who are guests there."""
        found: dict[str, Counter[str]] = {}
        for path, content in lies.items():
            found.setdefault(content, Counter())[path.rpartition("/")[0]] += 1
        here = {
            one.md5: sha256
            for sha256, one in self.arrived.items()
            if event in self.where(sha256) and not self.is_withdrawn(event, sha256) and not one.taken.broken
        }
        here = {content: one for content, one in here.items() if not (rules.review and self.waits(event, one))}
        for content, sha256 in here.items():
            yield from self._one(event, sha256, found.pop(content, Counter()), rules)
        known = {one.md5: sha256 for sha256, one in self.arrived.items()}
        for one, at in found.items():
            yield f"{event}: {self._told(event, known[one]) if one in known else one} lies in {sorted(at)}"
        yield from self._guests(event, {content: here[content] for content in here}, lies, guests)

    def _told(self, event: str, sha256: str) -> str:
        """What was said of a photo that is to lie nowhere in an event."""
        one, decided = self.arrived[sha256], self.decided(event, sha256)
        return f"{one.taken.name}, of {one.event}, by now of {self.where(sha256)} ({decided}),"

    def _one(self, event: str, sha256: str, lies: Counter[str], rules: Rules) -> Iterator[str]:
        name = f"{event}: {self.arrived[sha256].taken.name}"
        yield from (f"{name} lies {count} times in {folder}" for folder, count in lies.items() if count > 1)
        with_guests = {one for one in lies if one.startswith(GUEST)}
        if with_guests and not self.nameless(event, sha256):
            yield f"{name} lies with {sorted(with_guests)}, and everybody on it has a name"
        side = self.side(event, sha256)
        yield from (f"{name} lies in {one}, and is no {side}" for one in with_guests if not one.endswith(side))
        ways = [*self._ways(event, sha256, rules, guests=bool(with_guests))]
        if set(lies) - with_guests not in ways:
            yield f"{name} lies in {sorted(lies)}, belongs into {' or '.join(str(sorted(one)) for one in ways)}"

    def _ways(self, event: str, sha256: str, rules: Rules, *, guests: bool) -> Iterator[set[str]]:
        """Where it may lie, guests aside: one way, but for those who are doubted."""
        unsure = sorted({*self.arrived[sha256].taken.picture.looks} & self.said.doubted(event))
        for but in (some for number in range(len(unsure) + 1) for some in combinations(unsure, number)):
            nobody = guests and not self.people_on(event, sha256, but)
            found = set[str]() if nobody else self.folders(event, sha256, but)
            yield found | ({ALL} if rules.all_photos else set())

    def _guests(self, event: str, here: dict[str, str], lies: dict[str, str], guests: set[str]) -> Iterator[str]:
        """Each guest is somebody: one look that all of the photos have."""
        shown: dict[str, list[set[str]]] = {}
        for path, content in lies.items():
            if path.startswith(GUEST) and content in here:
                shown.setdefault(path.split("/")[1], []).append(self.nameless(event, here[content]))
        for guest, looks in shown.items():
            if not set.intersection(*looks):
                yield f"{event}: {guest} is nobody in particular: {looks}"
            if guest not in guests:
                yield f"{event}: {guest} has photos, and is no guest"

    def persons(self, event: str) -> set[str]:
        return {one.name for one in self.said.named(event).values() if not one.ignored}
