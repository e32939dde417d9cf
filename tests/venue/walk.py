"""A random walk of an operator's decisions, with undo and redo, beside a model of what has to lie where.

The model knows who is on each photo (drawn guests, one on each), and from the decisions alone where it has to be filed.
What it has no words for, people's references, open questions and what is set aside, has to be after each undo as it was
before the decision, and after each redo as it was after it.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx

from tests.venue.house import TOP, House

REFERENCES = Path(__file__).parents[2] / "agent" / "demo" / "references"
GUESTS = ("anna_berg", "beatriz_alves", "hassan_darwish", "mia_lindqvist", "samuel_osei", "yuki_tanaka")
NAMES = ("Ana", "Bea", "Cem", "Dag", "Eva", "Finn", "Gül", "Hans / 2", "Ida")
OTHER = "Gala"
SETTLES_IN = 60.0  # seconds
COMPARED = 5  # references of a person that photos are compared with


@dataclass(frozen=True)
class Person:
    """Known by pictures of the drawn guests that were `given`, and by photos of which a yes was said: `learned`."""

    name: str
    given: frozenset[str]
    learned: frozenset[str] = frozenset()

    @property
    def shows(self) -> set[str]:
        return {*self.given, *map(guest_on, self.learned)}


def guest_on(photo: str) -> str:
    return photo.rpartition("_")[0]


@dataclass(frozen=True)
class Decided:
    """All that was decided so far. Keys of `people` are ids, of the others photos' names."""

    people: dict[str, Person] = field(default_factory=dict[str, Person])
    denied: frozenset[tuple[str, str]] = frozenset()  # photo, person's id
    said: frozenset[tuple[str, str]] = frozenset()  # the same, where a yes said so of the photo itself
    out: frozenset[str] = frozenset()
    moved: frozenset[str] = frozenset()
    company: dict[str, str] = field(default_factory=dict[str, str])
    aside: frozenset[str] = frozenset()

    def path(self, photo: str) -> str | None:
        """Where it has to lie, below the workspace."""
        if photo in self.out:
            return None
        if photo in self.moved:
            return f"Events/{OTHER}/Unsorted/Unknown/{photo}"
        guest = guest_on(photo)
        for id, person in self.people.items():
            if (guest in person.shows or (photo, id) in self.said) and (photo, id) not in self.denied:
                side = "Group" if self.company.get(photo) == "group" else "Solo"
                return f"People/{person.name.replace('/', '_')}/{side}/{photo}"
        return f"Unsorted/Unknown/{photo}"


Seen = dict[str, Any]  # what else is compared: people, questions, what is set aside


class Walk:
    """On a running agent; `photos` have been filed, `broken` have failed."""

    def __init__(self, house: House, seed: int, photos: list[str], broken: list[str]) -> None:
        self.house = house
        self.dice = random.Random(seed)
        self.photos = photos
        self.broken = broken
        self.api: httpx.Client = house.api()
        self.now = Decided()
        self.history: list[tuple[Decided, Seen, str]] = []  # what was before each decision, and its words
        self.future: list[tuple[Decided, Seen, str]] = []
        self.told: list[str] = []
        self.ids = {row["name"]: row["id"] for row in self.get("/photos", limit=200)["rows"]}
        self.seen = self.settle("the beginning")

    def restart(self) -> None:
        """The agent ends and begins again: what can be undone and redone is what could be before."""
        listed = self.get("/undo")
        self.api.close()
        assert self.house.stop() == 0
        self.house.start()
        self.api = self.house.api()
        assert self.get("/undo") == listed
        assert self.settle("another start") == self.seen

    # ---- asking

    def get(self, path: str, **asked: Any) -> Any:
        return self.api.get(path, params=asked).raise_for_status().json()

    def say(self, verb: str, **given: Any) -> Any:
        answer = self.api.post(f"/commands/{verb}", json=given)
        assert answer.is_success, (verb, given, answer.status_code, answer.text, self.lately())
        return answer.json()

    def look(self) -> Seen:
        """Everything that an undo has to bring back, but for what a question or a time is called by."""
        return {
            "people": sorted((one["id"], one["name"], one["references"]) for one in self.get("/people")),
            "questions": sorted((one["photo_name"], one["name"]) for one in self.get("/review")),
            "aside": sorted(one["name"] for one in self.get("/errors/dismissed")),
            "errors": sorted(name for one in self.get("/errors")["open"] for name in one["subjects"]),
        }

    def lately(self) -> list[str]:
        """What a failure names: the seed first."""
        return [*self.told[:1], *self.told[1:][-12:]]

    # ---- both ends

    def wanted(self) -> set[str]:
        return {path for photo in self.photos if (path := self.now.path(photo)) is not None}

    def settle(self, what: str) -> Seen:
        """Wait until disk and Drive are as the model says, and nothing is on its way any more; what else is then so."""
        end = time.monotonic() + SETTLES_IN
        while True:
            disk, drive, wanted = self.disk(), self.drive(), self.wanted()
            if disk == drive == wanted and self.idle():
                return self.look()
            assert time.monotonic() < end, (what, wanted ^ disk, wanted ^ drive, self.lately())
            time.sleep(0.03)

    def idle(self) -> bool:
        uploads = self.get("/status")["uploads"]
        return not any(uploads[key] for key in ("queued", "active", "failed", "folders_left", "removals"))

    def disk(self) -> set[str]:
        """Every filed file, whatever folder goes meanwhile."""
        root = self.house.root
        found = [
            Path(folder) / file
            for output in ("People", "Unsorted", f"Events/{OTHER}/People", f"Events/{OTHER}/Unsorted")
            for folder, _, files in os.walk(root / output)
            for file in files
            if not file.startswith(".")
        ]
        return {str(path.relative_to(root)) for path in found}

    def drive(self) -> set[str]:
        paths = [
            one["path"] for one in self.house.emulator.files() if one["mimeType"] == "image/jpeg" and not one["trashed"]
        ]
        assert len(paths) == len(set(paths)), f"doubled on Drive: {paths}"
        return {self.here(path) for path in paths}

    def here(self, path: str) -> str:
        """A path on Drive as it is below the workspace: folders there have people's names to the letter."""
        other = f"venuesync/{OTHER}/"
        short = path.replace(other, f"Events/{OTHER}/") if path.startswith(other) else path.removeprefix(TOP)
        for person in self.now.people.values():
            short = short.replace(f"People/{person.name}/", f"People/{person.name.replace('/', '_')}/")
        return short

    # ---- deciding

    def step(self) -> str:
        """One decision, undo or redo that can be made now; then all is compared. Answers what it was."""
        kinds: list[Callable[[], str | None]] = [
            *([self.undo] * 5),
            *([self.redo] * 4),
            *(self.enroll, self.enroll, self.again, self.face, self.rename, self.merge, self.deny),
            *(self.withdraw, self.move, self.file_as, self.set_aside, self.bring_back, self.answer),
        ]
        while True:
            what = self.dice.choice(kinds)()
            if what is not None:
                return what

    def decided(self, what: str, then: Decided) -> str:
        self.told.append(what)
        self.history.append((self.now, self.seen, self.words()))
        self.future.clear()
        self.now = then
        self.seen = self.settle(what)
        return what

    def words(self) -> str:
        return str(self.get("/undo")["done"][0]["what"])

    def undo(self) -> str | None:
        return self._turn("undo", self.history, self.future)

    def redo(self) -> str | None:
        return self._turn("redo", self.future, self.history)

    def _turn(self, verb: str, of: list[tuple[Decided, Seen, str]], to: list[tuple[Decided, Seen, str]]) -> str | None:
        if not of:
            refused = self.api.post(f"/commands/{verb}", json={})
            assert (refused.status_code, refused.json()["title"]) == (409, f"Nothing to {verb}")
            return None
        then, seen, words = of.pop()
        answer = self.say(verb)
        assert (answer["what"], answer["left"]) == (words, len(of)), (answer, self.lately())
        to.append((self.now, self.seen, words))
        self.told.append(f"{verb}: {words}")
        self.now = then
        self.seen = self.settle(self.told[-1])
        assert self.seen == seen, (self.lately(), self.seen, seen)
        listed = self.get("/undo")
        assert [len(listed[key]) for key in ("done", "undone")] == [len(self.history), len(self.future)]
        return self.told[-1]

    # ---- the decisions: each answers None where it cannot be made now

    def enroll(self) -> str | None:
        known = {guest for one in self.now.people.values() for guest in one.shows}
        guests = [one for one in GUESTS if one not in known]
        names = [one for one in NAMES if one not in {person.name for person in self.now.people.values()}]
        if not guests or not names:
            return None
        guest, name = self.dice.choice(guests), self.dice.choice(names)
        made = self.say("enroll", name=name, photos=[str(REFERENCES / f"{guest}_1.jpg")])
        people = {**self.now.people, made["person"]["id"]: Person(name, frozenset({guest}))}
        return self.decided(f"enroll {name} by {guest}", replace(self.now, people=people))

    def again(self) -> str | None:
        """More references of somebody; the same ones again are no decision."""
        id = self.somebody()
        if id is None or self.references(id) >= COMPARED:
            return None
        person = self.now.people[id]
        before = len(self.get("/undo")["done"])
        guest = self.dice.choice(sorted(person.shows))
        picture = REFERENCES / f"{guest}_{self.dice.choice((1, 2))}.jpg"
        self.say("enroll", name=person.name, photos=[str(picture)])
        if len(self.get("/undo")["done"]) == before:
            return None
        people = {**self.now.people, id: replace(person, given=person.given | {guest})}
        then, this = replace(self.now, people=people), {(picture.name, id)}
        if this <= self.now.denied:  # whoever points at a face says whose it is after all
            then = replace(then, denied=self.now.denied - this, said=self.now.said | this)
        return self.decided(f"enroll {person.name} by {picture.name}, too", then)

    def face(self) -> str | None:
        """Somebody is known by a face of a photo that is here; that face is theirs, whatever was said before."""
        id, photo = self.somebody(), self.dice.choice(self.photos)
        if id is None or photo in self.now.out | self.now.moved:
            return None
        person = self.now.people[id]
        guest = guest_on(photo)
        if guest not in person.shows or (photo, id) in self.now.denied or self.references(id) >= COMPARED:
            return None
        before = len(self.get("/undo")["done"])
        self.say("enroll-face", name=person.name, face=f"photo:{self.ids[photo]}")
        if len(self.get("/undo")["done"]) == before:
            return None
        people = {**self.now.people, id: replace(person, given=person.given | {guest})}
        return self.decided(f"{photo} shows {person.name}", replace(self.now, people=people))

    def rename(self) -> str | None:
        id = self.somebody()
        names = [one for one in NAMES if one not in {person.name for person in self.now.people.values()}]
        if id is None or not names:
            return None
        person, name = self.now.people[id], self.dice.choice(names)
        self.say("people-rename", person=id, name=name)
        people = {**self.now.people, id: replace(person, name=name)}
        return self.decided(f"rename {person.name} to {name}", replace(self.now, people=people))

    def merge(self) -> str | None:
        if len(self.now.people) < 2:
            return None
        one, into = self.dice.sample(self.everybody(), 2)
        gone, kept = self.now.people[one], self.now.people[into]
        if self.references(one, into) > COMPARED:
            return None
        self.say("people-merge", person=one, into=into)
        people = {key: person for key, person in self.now.people.items() if key != one}
        people[into] = replace(kept, given=kept.given | gone.given, learned=kept.learned | gone.learned)
        denied, said = (
            frozenset((photo, into if whose == one else whose) for photo, whose in of)
            for of in (self.now.denied, self.now.said)
        )
        then = replace(self.now, people=people, denied=denied, said=said)
        return self.decided(f"merge {gone.name} into {kept.name}", then)

    def deny(self) -> str | None:
        """`Not this person`, for a photo that is filed as theirs; what was learned by it is learned no more."""
        id = self.somebody()
        mine = [] if id is None else [one for one in self.photos if self.is_of(one, id)]
        if id is None or not mine:
            return None
        photo = self.dice.choice(mine)
        self.say("people-not", person=id, photos=[self.ids[photo]])
        person = self.now.people[id]
        people = {**self.now.people, id: replace(person, learned=person.learned - {photo})}
        then = replace(self.now, people=people, denied=self.now.denied | {(photo, id)})
        return self.decided(f"{photo} is not {id}", then)

    def withdraw(self) -> str | None:
        chosen = self.some(lambda one: one not in self.now.out | self.now.moved)
        if not chosen:
            return None
        self.say("photos-withdraw", ids=[self.ids[one] for one in chosen])
        return self.decided(f"withdraw {chosen}", replace(self.now, out=self.now.out | set(chosen)))

    def move(self) -> str | None:
        chosen = self.some(lambda one: one not in self.now.out | self.now.moved)
        if not chosen:
            return None
        self.say("photos-move", ids=[self.ids[one] for one in chosen], event=OTHER)
        return self.decided(f"move {chosen}", replace(self.now, moved=self.now.moved | set(chosen)))

    def file_as(self) -> str | None:
        company = self.dice.choice(("solo", "group"))
        chosen = self.some(
            lambda one: one not in self.now.out | self.now.moved and company != self.now.company.get(one)
        )
        if not chosen:
            return None
        self.say("photos-company", ids=[self.ids[one] for one in chosen], company=company)
        then = replace(self.now, company={**self.now.company, **dict.fromkeys(chosen, company)})
        return self.decided(f"{chosen} as {company}", then)

    def set_aside(self) -> str | None:
        ids = {row["subjects"][0]: row["ids"] for row in self.get("/errors")["open"]}
        chosen = [one for one in self.broken if one not in self.now.aside]
        if not chosen:
            return None
        name = self.dice.choice(chosen)
        rows = self.get("/errors/rows", ids=[one for row in ids.values() for one in row])
        number = next(row["id"] for row in rows if row["subject"] == name)
        assert self.say("errors-dismiss", ids=[number]) == 1
        return self.decided(f"dismiss {name}", replace(self.now, aside=self.now.aside | {name}))

    def bring_back(self) -> str | None:
        rows = self.get("/errors/dismissed")
        if not rows:
            return None
        row = self.dice.choice(rows)
        assert self.say("errors-restore", ids=[row["id"]]) == 1
        return self.decided(f"restore {row['name']}", replace(self.now, aside=self.now.aside - {row["name"]}))

    def answer(self) -> str | None:
        """A near miss: a no about all that look like it moves nothing; by a yes about all of them they are theirs, also
        once the one that they are known by since is not.
        """
        rows = self.get("/review")
        if not rows:
            return None
        row = self.dice.choice(rows)
        photo, id, guest = row["photo_name"], row["person"], guest_on(row["photo_name"])
        alike = [one for one in self.photos if guest_on(one) == guest and self.is_asked(one, id)]
        if self.dice.random() < 0.5:
            assert self.say("review-no", id=row["id"])["faces"] == len(alike)
            denied = self.now.denied | {(one, id) for one in alike}
            return self.decided(f"{photo} is not {row['name']}", replace(self.now, denied=denied))
        if any(guest in one.shows for one in self.now.people.values()) or self.references(id) >= COMPARED:
            return None
        assert self.say("review-yes", id=row["id"])["faces"] == len(alike)
        person = self.now.people[id]
        people = {**self.now.people, id: replace(person, learned=person.learned | {photo})}
        said = self.now.said | {(one, id) for one in alike}
        return self.decided(f"{photo} is {row['name']}", replace(self.now, people=people, said=said))

    # ---- whom and which

    def somebody(self) -> str | None:
        return self.dice.choice(self.everybody()) if self.now.people else None

    def everybody(self) -> list[str]:
        """Ids, in an order that is the same with the same seed."""
        return sorted(self.now.people, key=lambda id: self.now.people[id].name)

    def references(self, *ids: str) -> int:
        return sum(row["references"] for row in self.get("/people") if row["id"] in ids)

    def some(self, can: Callable[[str], bool]) -> list[str]:
        there = [one for one in self.photos if can(one)]
        return self.dice.sample(there, min(len(there), self.dice.choice((1, 1, 2, 3))))

    def is_asked(self, photo: str, id: str) -> bool:
        faces = self.get(f"/photos/{self.ids[photo]}")["each_face"]
        return any(one["person"] == id and not one["sure"] for one in faces)

    def is_of(self, photo: str, id: str) -> bool:
        person = self.now.people[id]
        path = self.now.path(photo)
        return path is not None and path.startswith(f"People/{person.name.replace('/', '_')}/")
