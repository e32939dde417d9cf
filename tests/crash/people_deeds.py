"""What is said of people: who they are, what they are called, which photos they are on and which not."""

from __future__ import annotations

from collections import Counter
from itertools import permutations

from tests.crash.deed import LATE, Deed, Party, pushed
from tests.crash.meaning import FIRST, Person, Said
from tests.crash.pictures import LOOKS, NEAR_TO, STRANGER, meet, portraits
from tests.crash.stores import Roster, number_of, questions
from tests.making import contents_below
from tests.venue.manifest import md5

MOST_DENIED = 4  # photos of one look; of three the denied faces are a guest
NOT_YET = "is not on these photos"  # who was enrolled a moment ago
SEVERAL = 8  # photos that may be denied
FEW = 3  # people who stay known, whoever is merged


def enroll(party: Party) -> Deed | None:
    """Somebody new, or better known."""
    return by_portraits(party, FIRST, party.dice.choice(LOOKS))


def enroll_late(party: Party) -> Deed | None:
    """The same in another event, where somebody else looks much alike."""
    return by_portraits(party, LATE, NEAR_TO) if LATE in party.events else None


def by_portraits(party: Party, event: str, look: str) -> Deed | None:
    said = party.meaning.said
    owner = said.owner(event, look)
    person = None if owner is None else said.people[owner]
    if person is not None and (person.given or person.ignored):
        return None  # by pictures that are known already nothing would change
    name = party.name(look.split(maxsplit=1)[0]) if person is None else person.name
    chosen, key = [str(path) for path in party.dice.sample(portraits(look), 2)], party.meaning.new_key()

    def means(said: Said) -> None:
        found = said.owner(event, look)
        if found is None:
            said.people[key] = Person(event, name, {look}, given=True)
        else:
            said.people[found].given = True

    called = party.names[event]
    words = ["enroll", name, *chosen, "--event", called]
    return Deed("enroll", words, "enroll", {"name": name, "photos": chosen, "event": called}, pushed("enroll"), means)


def enroll_face(party: Party) -> Deed | None:
    """Somebody by a photo that is here."""
    said = party.meaning.said
    nobodys = [
        (sha256, one.taken.picture.looks[0])
        for sha256, one in party.meaning.arrived.items()
        if len(one.taken.picture.looks) == 1
        and not one.taken.is_raw
        and party.meaning.nameless(FIRST, sha256)
        and said.owner(FIRST, one.taken.picture.looks[0]) is None
        and party.meaning.where(sha256) == [FIRST]
        and not party.meaning.is_withdrawn(FIRST, sha256)
    ]
    if not nobodys:
        return None
    sha256, look = party.dice.choice(nobodys)
    number = number_of(party.root, FIRST, sha256)
    if number is None or look == STRANGER:
        return None
    name, key = party.name(look.split()[0]), party.meaning.new_key()

    def means(said: Said) -> None:
        said.people[key] = Person(FIRST, name, {look})
        said.of(FIRST, sha256).yes[look] = key

    body = {"name": name, "face": f"photo:{number}", "event": FIRST}
    words = ["enroll", name, f"photo:{number}", "--event", FIRST]
    return Deed("enroll_face", words, "enroll-face", body, pushed("enroll"), means)


def rename(party: Party) -> Deed | None:
    key = somebody(party)
    if key is None:
        return None
    person = party.meaning.said.people[key]
    name = party.name(person.name.split()[0])

    def means(said: Said) -> None:
        said.people[key].name = name

    body = {"person": person.name, "name": name, "event": person.event}
    words = ["people", "rename", person.name, name, "--event", person.event]
    return Deed("rename", words, "people-rename", body, pushed("rename"), means)


def merge(party: Party) -> Deed | None:
    """Two who were never seen together."""
    named = [pair for pair in party.meaning.said.named(FIRST).items() if not pair[1].ignored]
    pairs = [pair for pair in permutations(named, 2) if not meet(pair[0][1].looks, pair[1][1].looks)]
    if len(named) < FEW or not pairs:
        return None
    (one, person), (other, into) = party.dice.choice(pairs)

    def means(said: Said) -> None:
        said.people[one].into = other
        said.people[other].looks |= said.people[one].looks
        said.people[other].given |= said.people[one].given

    body = {"person": person.name, "into": into.name, "event": FIRST}
    words = ["people", "merge", person.name, "into", into.name, "--event", FIRST]
    return Deed("merge", words, "people-merge", body, pushed("merge"), means)


def deny(party: Party) -> Deed | None:
    """They are not on this photo; sooner of somebody of whom that was said before."""
    said = party.meaning.said
    denied = Counter(look for decided in said.decided.values() for look in {*dict(decided.no)})
    found = [
        (sha256, look, key)
        for sha256, one in party.meaning.arrived.items()
        for look in one.taken.picture.looks
        if (key := said.owner(FIRST, look)) is not None
        and said.people[key].given
        and len(said.people[key].looks) == 1
        and FIRST in party.meaning.where(sha256)
        and party.meaning.person(FIRST, sha256, look) == key
        and denied[look] < MOST_DENIED
    ]
    if not found:
        return None
    sha256, look, key = max(party.dice.sample(found, min(len(found), SEVERAL)), key=lambda one: denied[one[1]])
    number = number_of(party.root, FIRST, sha256)
    if number is None or party.meaning.is_withdrawn(FIRST, sha256):
        return None
    name = said.people[key].name

    def means(said: Said) -> None:
        decided = said.of(FIRST, party.meaning.main(sha256))
        decided.no.add((look, key))
        decided.yes.pop(look, None)

    words, body = (
        ["people", "not", name, str(number), "--event", FIRST],
        {"person": name, "photos": [number], "event": FIRST},
    )
    return Deed("not", words, "people-not", body, pushed("not"), means, busy=NOT_YET)


def guest(party: Party) -> tuple[str, str, str] | None:
    """Id, name and look of a guest, where there is no doubt who that is."""
    meaning, roster = party.meaning, Roster.read(party.root)
    by_md5 = {one.md5: sha256 for sha256, one in meaning.arrived.items()}
    for name, id in roster.guests(FIRST).items():
        files = contents_below(party.root / "People" / name).values()
        shown = [meaning.nameless(FIRST, by_md5[of]) for file in files if (of := md5(file)) in by_md5]
        looks: set[str] = set.intersection(*shown) if shown else set()
        if len(looks) == 1 and meaning.said.owner(FIRST, *looks) is None:
            return id, name, looks.pop()
    return None


def name_guest(party: Party) -> Deed | None:
    found = guest(party)
    if found is None:
        return None
    id, _, look = found
    name, key = party.name(look.split()[0].title()), party.meaning.new_key()

    def means(said: Said) -> None:
        said.people[key] = Person(FIRST, name, {look})

    return Deed("name", ["unknown", "name", id, name], "unknown-name", {"id": id, "name": name}, pushed("name"), means)


def ignore_guest(party: Party) -> Deed | None:
    found = guest(party)
    if found is None or found[2] != STRANGER:
        return None
    (id, name, look), key = found, party.meaning.new_key()

    def means(said: Said) -> None:
        said.people[key] = Person(FIRST, name, {look}, ignored=True)

    return Deed("ignore", ["unknown", "ignore", id], "unknown-ignore", {"id": id}, pushed("ignore"), means)


def review(party: Party) -> Deed | None:
    """A near miss in the event where there are some."""
    names = {id: name for name, id in party.events.items()}
    open_now = [row for row in questions(party.root) if names.get(row["event"]) == LATE]
    if not open_now:
        return None
    row, yes = party.dice.choice(open_now), party.dice.random() < 0.4
    said = party.meaning.said
    key, asked = said.owner(LATE, NEAR_TO), [str(one["sha256"]) for one in open_now if one["answer"] == row["answer"]]
    looks = {sha256: party.meaning.arrived[sha256].taken.picture.looks[0] for sha256 in asked}
    if key is None:
        return None

    def means(said: Said) -> None:
        for sha256, look in looks.items():
            decided = said.of(LATE, sha256)
            if yes:
                decided.yes[look] = key
                said.people[key].looks.add(look)
            else:
                decided.no.add((look, key))

    word = "yes" if yes else "no"
    body = {"id": row["id"]}
    return Deed("review", ["review", word, str(row["id"])], f"review-{word}", body, pushed("review"), means)


def somebody(party: Party) -> int | None:
    named = [key for key, one in party.meaning.said.named(FIRST).items() if not one.ignored]
    return party.dice.choice(named) if named else None
