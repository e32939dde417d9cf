"""What an operator may do next: each verb of the evening by its name."""

from __future__ import annotations

from collections.abc import Callable

from tests.crash.backup_deeds import approve, put_ledger_back, put_people_back
from tests.crash.deed import LATE, Deed, Party, done_again, taken_back
from tests.crash.people_deeds import (
    deny,
    enroll,
    enroll_face,
    enroll_late,
    ignore_guest,
    merge,
    name_guest,
    rename,
    review,
)
from tests.crash.photo_deeds import company, dismiss, move, restore, withdraw
from tests.crash.stores import Roster

MOST_EVENTS = 4


# ---- taken back, done again


def undo(party: Party) -> Deed | None:
    if not party.meaning.done or not Roster.read(party.root).journal:
        return None
    return Deed("undo", ["undo"], "undo", {}, taken_back, back=True)


def redo(party: Party) -> Deed | None:
    if not party.meaning.undone or not Roster.read(party.root).undone:
        return None
    return Deed("redo", ["redo"], "redo", {}, done_again, again=True)


# ---- events and switches


def add_event(party: Party) -> Deed | None:
    if len(party.events) >= MOST_EVENTS:
        return None
    name = LATE if LATE not in party.events else party.name("Party")

    def kept(_: Roster, after: Roster) -> bool:
        return after.event(name) is not None

    return Deed("event", ["events", "add", name], "events-add", {"name": name}, kept)


def set_event(party: Party) -> Deed | None:
    event, minutes = party.dice.choice(list(party.events)), float(party.dice.randrange(2, 60))

    def kept(_: Roster, after: Roster) -> bool:
        found = after.event(event)
        return found is not None and found["interval"] == minutes

    words = ["events", "interval", event, str(minutes)]
    return Deed("interval", words, "events-interval", {"event": event, "minutes": minutes}, kept)


def pause(party: Party) -> Deed | None:
    off = not Roster.read(party.root).paused
    verb = "pause" if off else "resume"
    return Deed(verb, [verb, "uploads"], verb, {"what": "uploads"}, lambda _, after: after.paused is off)


VERBS: dict[str, Callable[[Party], Deed | None]] = {
    "enroll": enroll,
    "enroll late": enroll_late,
    "enroll face": enroll_face,
    "rename": rename,
    "merge": merge,
    "not": deny,
    "name": name_guest,
    "ignore": ignore_guest,
    "review": review,
    "withdraw": withdraw,
    "move": move,
    "file as": company,
    "dismiss": dismiss,
    "restore": restore,
    "undo": undo,
    "redo": redo,
    "event": add_event,
    "interval": set_event,
    "pause": pause,
    "ledger back": put_ledger_back,
    "people back": put_people_back,
    "approve": approve,
}
