"""What an operator may do next: each verb of the evening by its name."""

from __future__ import annotations

from collections.abc import Callable

from tests.crash.account_deeds import set_account
from tests.crash.backup_deeds import approve, put_ledger_back, put_people_back
from tests.crash.clock_deeds import set_clock
from tests.crash.deed import Deed, Party, done_again, taken_back
from tests.crash.event_deeds import add_event, remove_event, set_interval, set_value, switch
from tests.crash.forget_deeds import forget
from tests.crash.line_deeds import add_address, metered, remove_address
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
from tests.crash.repair_deeds import resync, retry
from tests.crash.review_deeds import approve_event, approve_photo, look_first, reject
from tests.crash.rule_deeds import exclude, set_rule, template, watermark
from tests.crash.stores import Roster

# ---- taken back, done again


def undo(party: Party) -> Deed | None:
    now = Roster.read(party.root)
    if not party.meaning.done or not now.journal:
        return None
    return Deed("undo", ["undo"], "undo", {}, taken_back, back=True, settled=now.moved)


def redo(party: Party) -> Deed | None:
    now = Roster.read(party.root)
    if not party.meaning.undone or not now.undone:
        return None
    return Deed("redo", ["redo"], "redo", {}, done_again, again=True, settled=now.moved)


# ---- switches


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
    "interval": set_interval,
    "switch": switch,
    "set": set_value,
    "remove": remove_event,
    "pause": pause,
    "ledger back": put_ledger_back,
    "people back": put_people_back,
    "approve": approve,
    "look first": look_first,
    "approve photo": approve_photo,
    "approve event": approve_event,
    "reject": reject,
    "exclude": exclude,
    "rule": set_rule,
    "template": template,
    "watermark": watermark,
    "clock": set_clock,
    "forget": forget,
    "account": set_account,
    "metered": metered,
    "notify add": add_address,
    "notify remove": remove_address,
    "retry": retry,
    "resync": resync,
}
