"""What is said of events: made, removed, switched off and on, set."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from tests.crash.deed import LATE, Deed, Party
from tests.crash.meaning import FIRST
from tests.crash.stores import Roster

MOST_EVENTS = 4
VALUES = {  # by key, those that change nothing of what lies where, but for what it is made as
    "tolerance": ("", "0.5"),
    "gone": ("keep", "remove"),
    "send": ("true", "false"),
    "folder_depth": ("0", "5"),
    "long_side": ("0", "640"),
    "ends": ("", "2099-12-31"),
}
OF_OTHERS = ("name", "gone")  # what goes from the first one's source stays here


def add_event(party: Party) -> Deed | None:
    if len(party.events) >= MOST_EVENTS:
        return None
    name = LATE if LATE not in {*party.events, *party.meaning.gone} else party.name("Party")

    def kept(_: Roster, after: Roster) -> bool:
        return after.event(name) is not None

    return Deed("event", ["events", "add", name], "events-add", {"name": name}, kept)


def remove_event(party: Party) -> Deed | None:
    """One that holds no photo which nobody else has: it could be wanted back."""
    meaning = party.meaning
    lasting = {event for sha256, one in meaning.arrived.items() if one.only_filed for event in meaning.where(sha256)}
    chosen = [event for event in party.events if event not in (FIRST, LATE) and event not in lasting]
    if not chosen:
        return None
    event = party.dice.choice(chosen)
    id, name = party.events[event], party.names[event]

    def kept(_: Roster, after: Roster) -> bool:
        return after.event_of(id) is None

    words, body = ["events", "remove", name], {"event": name}
    return Deed("remove", words, "events-remove", body, kept, removes=event, busy="on their way")


def set_interval(party: Party) -> Deed | None:
    event, minutes = party.dice.choice(list(party.events)), float(party.dice.randrange(2, 60))
    return _setting(party, event, "interval", minutes, ["events", "interval"], str(minutes), {"minutes": minutes})


def switch(party: Party) -> Deed | None:
    """Its sources are looked at no more, or again; the first event's brings photos."""
    event = party.dice.choice([FIRST, *party.events])
    row = Roster.read(party.root).event_of(party.events[event])
    on = row is not None and not row["enabled"]
    return _setting(party, event, "enabled", on, ["events", "enable" if on else "disable"])


def set_value(party: Party) -> Deed | None:
    key = party.dice.choice(["name", *VALUES])
    others = key in OF_OTHERS
    event = party.dice.choice([one for one in party.events if not others or one != FIRST] or [FIRST])
    row = Roster.read(party.root).event_of(party.events[event])
    if row is None or (others and event == FIRST):
        return None
    if key == "name":
        value, becomes = (name := party.name("Ball")), name
    else:
        known = {given: _becomes(key, given) for given in VALUES[key]}
        value = party.dice.choice([given for given, becomes in known.items() if becomes != row[key]])
        becomes = known[value]
    return set_key(party, event, key, value, becomes)


def set_key(
    party: Party,
    event: str,
    key: str,
    value: str,
    becomes: object,
    *,
    kept: Callable[[Roster, Roster], bool] | None = None,
    then: Callable[[Roster, Roster], None] | None = None,
    settled: bool = False,
) -> Deed:
    """One key of an event; `becomes`: as the roster keeps it."""
    words = ["events", "set"]
    deed = _setting(party, event, key, becomes, words, value, {"key": key, "value": value}, said=key)
    return replace(deed, kept=kept or deed.kept, then=then, settled=settled)


def _becomes(key: str, given: str) -> object:
    """As the roster keeps it."""
    match key:
        case "send":
            return given == "true"
        case "tolerance":
            return float(given) if given else None
        case "folder_depth":
            return int(given)
        case "long_side":
            return int(given) or None
        case _:
            return given or None


def _setting(
    party: Party,
    event: str,
    key: str,
    becomes: object,
    verb: list[str],
    value: str | None = None,
    body: dict[str, object] | None = None,
    *,
    said: str | None = None,
) -> Deed:
    id, name = party.events[event], party.names[event]

    def kept(_: Roster, after: Roster) -> bool:
        found = after.event_of(id)
        return found is not None and found[key] == becomes

    words = [*verb, name, *([said] if said else []), *([value] if value is not None else [])]
    return Deed(verb[1], words, "-".join(verb), {"event": name, **(body or {})}, kept)
