"""What is said of single photos: out of all folders, into another event, how they are filed, who needs them no more."""

from __future__ import annotations

from tests.crash.deed import LATE, Deed, Party, pushed
from tests.crash.meaning import FIRST, Said
from tests.crash.stores import number_of, troubles


def photo(party: Party, event: str = FIRST) -> tuple[str, int] | None:
    """SHA-256 of one that lies there, of a shot that of its JPEG, and the number of either file."""
    meaning = party.meaning
    there = [
        sha256
        for sha256, one in meaning.arrived.items()
        if event in meaning.where(sha256) and not (meaning.is_withdrawn(event, sha256) or one.taken.broken)
    ]
    party.dice.shuffle(there)
    for sha256 in there[:5]:
        number = number_of(party.root, party.id_of(event), sha256)
        if number is not None:
            return meaning.main(sha256), number
    return None


def some_event(party: Party) -> str:
    """The first one, or as often one of the others."""
    others = [one for one in party.events if one not in (FIRST, LATE)]
    return party.dice.choice([FIRST, party.dice.choice(others)]) if others else FIRST


def withdraw(party: Party) -> Deed | None:
    event = some_event(party)
    chosen = photo(party, event)
    if chosen is None:
        return None
    sha256, number = chosen

    def means(said: Said) -> None:
        said.of(event, sha256).withdrawn = True

    body = {"ids": [number]}
    words = ["photos", "withdraw", str(number)]
    return Deed("withdraw", words, "photos-withdraw", body, pushed("withdraw"), means, withdrawn=[sha256])


def move(party: Party) -> Deed | None:
    """Into another event, or back."""
    others = [one for one in party.events if one != LATE]
    if len(others) == 1:
        return None
    here, to = party.dice.sample(others, 2)
    chosen = photo(party, here)
    if chosen is None:
        return None
    sha256, number = chosen

    def means(said: Said) -> None:
        said.of(here, sha256).moved_to = to
        if (to, sha256) in said.decided:
            said.of(to, sha256).moved_to = None
            said.of(to, sha256).withdrawn = False

    called = party.names[to]
    body = {"ids": [number], "event": called}
    return Deed("move", ["photos", "move", str(number), "--event", called], "photos-move", body, pushed("move"), means)


def company(party: Party) -> Deed | None:
    event = some_event(party)
    chosen = photo(party, event)
    if chosen is None:
        return None
    sha256, number = chosen
    found = party.meaning.said.decided.get((event, sha256))
    side = "auto" if found is not None and found.company else "group"

    def means(said: Said) -> None:
        said.of(event, sha256).company = None if side == "auto" else side

    body = {"ids": [number], "company": side}
    return Deed("company", ["photos", "file-as", side, str(number)], "photos-company", body, pushed("company"), means)


def dismiss(party: Party) -> Deed | None:
    return aside(party, "dismiss", "open", put=True)


def restore(party: Party) -> Deed | None:
    return aside(party, "restore", "dismissed", put=False)


def aside(party: Party, verb: str, state: str, *, put: bool) -> Deed | None:
    """A broken photo is set aside, or wanted back."""
    arrived, names = party.meaning.arrived, {id: name for name, id in party.events.items()}
    found = [
        row
        for row in troubles(party.root, state)
        if row["sha256"] in arrived
        and arrived[row["sha256"]].taken.broken
        and party.meaning.said.of(names[row["event"]], row["sha256"]).aside != put  # an older ledger says so a moment
    ]
    if not found:
        return None
    row = party.dice.choice(found)
    event, sha256 = names[row["event"]], str(row["sha256"])

    def means(said: Said) -> None:
        said.of(event, sha256).aside = put

    words, body = ["errors", verb, str(row["id"])], {"ids": [row["id"]]}
    return Deed(verb, words, f"errors-{verb}", body, pushed(verb), means, dismissed=[sha256] if put else [])
