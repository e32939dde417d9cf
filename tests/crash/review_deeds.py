"""Events whose photos are looked at first: photos wait for a yes, have it or a no, or need none any more."""

from __future__ import annotations

from tests.crash.deed import Deed, Party, pushed
from tests.crash.event_deeds import set_key
from tests.crash.meaning import Said
from tests.crash.stores import Roster, never_filed_in, photos_in


def look_first(party: Party) -> Deed:
    """From now on photos wait, but for those that are there already or were; or nobody has to look any more."""
    event = party.dice.choice(list(party.events))
    id, meaning = party.events[event], party.meaning
    row = Roster.read(party.root).event_of(id)
    on = row is not None and not row["review"]

    def then(_: Roster, __: Roster) -> None:
        known = photos_in(party.root, id).keys() - never_filed_in(party.root, id)
        there = {*map(meaning.main, known & {*meaning.were_in(event)})}

        def means(said: Said) -> None:
            for sha256 in there:
                said.of(event, sha256).approved = True

        if on:
            meaning.mean_for_good(means)

    return set_key(party, event, "review", "true" if on else "false", on, then=then, settled=True)


def approve_photo(party: Party) -> Deed | None:
    """One of those that wait."""
    found = held(party)
    if found is None:
        return None
    event, waiting = found
    sha256, number = party.dice.choice(sorted(waiting.items()))
    return _approve(event, [party.meaning.main(sha256)], ["photos", "approve", str(number)], {"ids": [number]})


def approve_event(party: Party) -> Deed | None:
    """All that wait in an event."""
    found = held(party)
    if found is None:
        return None
    event, waiting = found
    name = party.names[event]
    return _approve(event, [*map(party.meaning.main, waiting)], ["photos", "approve", "--event", name], {"event": name})


def _approve(event: str, chosen: list[str], words: list[str], body: dict[str, object]) -> Deed:
    def means(said: Said) -> None:
        for sha256 in chosen:
            said.of(event, sha256).approved = True

    return Deed("approve photos", words, "photos-approve", body, pushed("approve"), means, settled=True)


def reject(party: Party) -> Deed | None:
    """No to all that wait in an event: they are withdrawn."""
    found = held(party)
    if found is None:
        return None
    event, waiting = found
    chosen, id = [*map(party.meaning.main, waiting)], f"photos:{party.events[event]}"

    def means(said: Said) -> None:
        for sha256 in chosen:
            said.of(event, sha256).withdrawn = True

    words, body = ["held", "reject", id], {"ids": [id]}
    return Deed("reject", words, "held-reject", body, pushed("withdraw"), means, withdrawn=chosen, settled=True)


def held(party: Party) -> tuple[str, dict[str, int]] | None:
    """An event in which photos wait, and these: SHA-256 -> number."""
    events = list(party.events)
    party.dice.shuffle(events)
    for event in events:
        if found := photos_in(party.root, party.events[event], "held"):
            return event, found
    return None
