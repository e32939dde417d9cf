"""May I pack up? Every code there is, what it says, and what becomes of it by itself."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from typing import Any

import pytest

from agent.handlers.status.standing import Numbers, Standing
from agent.handlers.status.verdict import FAILED, NEEDS_YOU, WAITS, Verdict, decide, stopped
from agent.model import DEFAULT_EVENT, DiskState, Outlook, Rendition, SourceCheck, SourceId
from agent.model import DriveState as Drive
from agent.model import SafeCode as Is
from agent.model import WatcherState as Watcher
from agent.sync.sources import SourceStanding

DONE = Standing(Numbers(done=3))


def source(check: SourceCheck, missing: int = 0) -> SourceStanding:
    return SourceStanding(DEFAULT_EVENT, SourceId("s"), "Cam1", check, missing)


CHECKED = source(SourceCheck.CHECKED)


def after(**changes: Any) -> Standing:
    """A venue that is done, but for this: numbers by their names, or anything else of it."""
    known = Numbers.__dataclass_fields__
    numbers = {name: value for name, value in changes.items() if name in known}
    rest = {name: value for name, value in changes.items() if name not in known}
    return replace(DONE, numbers=replace(DONE.numbers, **numbers), **rest)


def verdict(**changes: Any) -> Verdict:
    return decide(after(**changes))


GOES_ON, STANDS, DEFECTS, OVER = Outlook.WAITS, Outlook.NEEDS_YOU, Outlook.FAILED, Outlook.DONE
EACH: list[tuple[Is, dict[str, Any], str, Outlook]] = [
    (Is.STORE_TROUBLE, {"store_trouble": "the list of people is gone"}, "the list of people is gone", STANDS),
    (Is.REBUILDING, {"rebuilding": True, "checking": True}, "the ledger is being rebuilt", GOES_ON),
    (Is.REBUILDING, {"checking": True}, "the ledger is being checked, as venuesync did not end by itself", GOES_ON),
    (Is.PEOPLE_CHANGED, {"people_changed": True}, "the people changed: photos are being matched again", GOES_ON),
    (Is.NEEDS_SIGN_IN, {"drive": Drive.NEEDS_LOGIN, "sending": 3},
     "Drive needs sign-in, 3 photos wait here", Outlook.NEEDS_SIGN_IN),
    (Is.PAUSED, {"paused": True, "waiting": 2}, "everything is paused, 2 photos wait here", STANDS),
    (Is.DISK_FULL, {"disk": DiskState.FULL, "waiting": 1}, "the disk is full, 1 photo waits here", GOES_ON),
    (Is.DISK_FULL, {"disk": DiskState.FULL, "fetching": 2},
     "the disk is full, 2 photos still to be fetched from Drive", GOES_ON),
    (Is.DRIVE_FULL, {"drive": Drive.FULL, "sending": 3}, "Drive is full, 3 photos wait here", GOES_ON),
    (Is.SENDING_OFF, {"sending_off": True, "sending": 3}, "sending is off, 3 photos wait here", STANDS),
    (Is.UPLOADS_PAUSED, {"uploads_paused": True, "sending": 3}, "uploads are paused, 3 photos wait here", STANDS),
    (Is.DAY_SPENT, {"day_spent": 500_000_000, "sending": 3},
     "the day's 500 MB are used up, 3 photos wait here", STANDS),
    (Is.DRIVE_OFFLINE, {"drive": Drive.OFFLINE, "sending": 3}, "Drive is offline, 3 photos wait here", GOES_ON),
    (Is.NOT_WHOLE, {"waiting": 2, "growing": 2}, "2 files do not open yet: waiting whether they grow", GOES_ON),
    (Is.WAITING, {"waiting": 2, "sending": 12}, "14 photos on their way to Drive", GOES_ON),
    (Is.WAITING, {"waiting": 2, "to_file": 2}, "2 photos on their way to their folders", GOES_ON),
    (Is.WAITING, {"waiting": 2, "to_file": 1, "sending": 12},
     "13 photos on their way to Drive, 1 to its folder", GOES_ON),
    (Is.SENDING, {"sending": 1}, "1 photo on its way to Drive", GOES_ON),
    (Is.SENDING, {"sending": 2, "drive": Drive.THROTTLED, "slowed": "Project quota used up"},
     "Project quota used up, 2 photos wait here", GOES_ON),
    (Is.FETCHING, {"fetching": 1204}, "1,204 photos still to be fetched from Drive", GOES_ON),
    (Is.STILL_OPEN, {"settling": 2, "still_open": [("A.mov", 61.0), ("B.mov", 200.0)]},
     "B.mov is not whole: its writer has it open, and nothing has come for 3 min, and 1 more", GOES_ON),
    (Is.ARRIVING, {"settling": 1}, "1 file is still arriving", GOES_ON),
    (Is.COMPARING, {"comparing": True}, "unknown faces are being compared", GOES_ON),
    (Is.MAKING_FOLDERS, {"folders": 2}, "2 folders still to be made on Drive", GOES_ON),
    (Is.MAKING_FOLDERS, {"folders_here": 1}, "1 folder still to be made here", GOES_ON),
    (Is.REMOVING, {"removals": 1}, "1 file still to be taken out of folders or renamed", GOES_ON),
    (Is.ONLY_SMALL, {"only_small": 2},
     "2 photos are on Drive only as small copies: originals follow", GOES_ON),
    (Is.METERED, {"metered": True, "only_small": 1, "sending": 1, "for_line": 1},
     "1 photo is on Drive only as a small copy, 1 waits for a line that is not metered", STANDS),
    (Is.NOT_WATCHED, {"watcher": Watcher.STOPPED}, "the folders are not watched", GOES_ON),
    (Is.FOLDER_MISSING, {"watcher": Watcher.DEGRADED, "watcher_detail": "/mnt/card is missing"},
     "/mnt/card is missing", GOES_ON),
    (Is.FOLDER_REFUSED, {"refused_folder": "no right to write into Mine", "sending": 2, "stuck": 2, "folders": 1,
     "stuck_folders": 1}, "no right to write into Mine, 2 photos wait here", STANDS),
    (Is.HELD, {"decisions_held": 1}, "1 held: say yes or no", STANDS),
    (Is.FAILED, {"failed": 1, "refused": 1}, "2 photos need you: see errors", DEFECTS),
    (Is.UNREADABLE, {"unreadable": 1}, "1 file cannot be read: see errors", DEFECTS),
    (Is.TAKEN_AWAY, {"taken_away": 2}, "2 photos were taken away before being filed: see errors", DEFECTS),
    (Is.TAKEN_AWAY, {"taken_away": 1, "lost": 1},
     "1 photo was filed once, and no file here holds it any more: see errors", DEFECTS),
    (Is.TAKEN_AWAY, {"gone": 1}, "1 photo was filed, and deleted by hand wherever filed", DEFECTS),
    (Is.TAKEN_AWAY, {"amiss": 2}, "2 photos were deleted or changed on Drive by hand", DEFECTS),
    (Is.NOT_FETCHED, {"not_fetched": 1}, "1 photo could not be fetched from Drive: see errors", DEFECTS),
    (Is.NO_PHOTO, {"done": 0}, "no photo has arrived", OVER),
    (Is.SWEEP_PENDING, {"swept": False}, "the folders are being checked once more", GOES_ON),
    (Is.SOURCE_LOST, {"sources": [CHECKED, source(SourceCheck.LOST)]}, "Cam1 cannot be read on Drive", GOES_ON),
    (Is.SOURCE_NOT_CHECKED, {"sources": [source(SourceCheck.NOT_POLLED)]},
     "Cam1 on Drive is being checked once more", GOES_ON),
    (Is.SOURCE_MISSING_PHOTOS, {"sources": [source(SourceCheck.MISSING, 2)]},
     "Cam1 on Drive has 2 photos not here", GOES_ON),
    (Is.SOURCE_LISTING_AGAIN, {"sources": [source(SourceCheck.LISTING_AGAIN)]},
     "all 3 photos verified on Drive, but Cam1 on Drive is listed once more, to be sure", OVER),
    (Is.SAFE, {}, "all 3 photos verified on Drive", OVER),
]  # fmt: skip


@pytest.mark.parametrize(("code", "changes", "reason", "outlook"), EACH, ids=[row[0].value for row in EACH])
def test_every_code_is_said(code: Is, changes: dict[str, Any], reason: str, outlook: Outlook) -> None:
    found = verdict(**changes)
    assert (found.code, found.reason, found.outlook) == (code, reason, outlook)
    assert found.safe is (code is Is.SAFE)


def test_every_code_is_here_and_has_its_outlook() -> None:
    assert {row[0] for row in EACH} | {Is.STOPPED} == set(Is)
    sure = {Is.SAFE, Is.STOPPED, Is.NO_PHOTO, Is.SOURCE_LISTING_AGAIN, Is.NEEDS_SIGN_IN}
    assert WAITS | NEEDS_YOU | FAILED | sure == set(Is)
    assert stopped(Numbers(done=3)).code is Is.STOPPED
    assert not stopped(Numbers(done=3)).safe


def test_of_two_that_hold_the_one_that_stands_first_in_the_enum_is_said() -> None:
    """And no two make it safe."""
    order = list(Is)
    causes = [(code, changes) for code, changes, _, _ in EACH if changes]
    for (one, first), (other, second) in combinations(causes, 2):
        if not first.keys() & second.keys():
            found = decide(after(**first, **second))
            assert not found.safe, (one, other)
            assert order.index(found.code) == min(map(order.index, found.codes)), (one, other)
            assert order.index(found.code) <= min(order.index(one), order.index(other)), (one, other)


def test_a_pause_is_named_where_all_is_safe() -> None:
    """What comes now, here or at a source, stays where it is: that is not known before the next look."""
    assert verdict(paused=True).reason == "all 3 photos verified on Drive, everything is paused"
    assert verdict(uploads_paused=True).reason == "all 3 photos verified on Drive, uploads are paused"
    assert verdict(uploads_paused=True, drive=Drive.DISABLED).reason == "all 3 photos filed, Drive is off"


def test_where_drive_is_off_filed_is_enough_and_nothing_of_drive_counts() -> None:
    off = {"drive": Drive.DISABLED}
    assert verdict(**off).reason == "all 3 photos filed, Drive is off"
    assert verdict(**off, folders=4).safe, "what would belong on Drive is nobody's business then"
    assert verdict(**off, waiting=1).reason == "1 photo on its way to its folder"
    assert verdict(**off, removals=1).code is Is.REMOVING


def test_of_a_new_workspace_nobody_is_said_to_have_changed() -> None:
    """A newcomer's first words were that the people changed, and photos were being matched again: there was neither."""
    new = verdict(done=0, people_changed=True)
    assert (new.code, new.reason) == (Is.PEOPLE_CHANGED, "the list of people is being read")


def test_one_photo_is_one() -> None:
    assert verdict(done=1).reason == "1 photo verified on Drive"


def test_what_was_set_aside_is_never_counted_as_verified_and_always_named() -> None:
    assert verdict(done=26, set_aside=3).reason == "26 photos verified, 3 set aside"
    assert verdict(done=1, set_aside=1, others_aside=1).reason == "1 photo verified, 2 set aside"
    assert verdict(done=26, set_aside=3, drive=Drive.DISABLED).reason == "26 photos filed, 3 set aside, Drive is off"
    assert verdict(done=0, set_aside=3).reason == "0 photos verified, 3 set aside"


@pytest.mark.parametrize("state", [Drive.OFFLINE, Drive.FULL, Drive.NEEDS_LOGIN, Drive.THROTTLED])
def test_an_outage_after_all_is_verified_is_no_reason_unless_photos_come_through_drive(state: Drive) -> None:
    assert verdict(drive=state).safe
    assert not verdict(drive=state, sources=[CHECKED]).safe, "nobody can say what is there"


def test_while_nothing_is_known_of_drive_yet_it_is_not_called_offline() -> None:
    assert verdict(drive=Drive.OFFLINE, connecting=True, sending=1).code is Is.SENDING


LOST = source(SourceCheck.LOST)
CARD_AWAY = {"watcher": Watcher.DEGRADED, "watcher_detail": "/mnt/card is missing", "swept": False}
STANDING: list[tuple[dict[str, Any], Outlook]] = [  # by somebody's word alone it goes on
    ({"paused": True, "waiting": 1}, Outlook.NEEDS_YOU),
    ({"uploads_paused": True, "sending": 3}, Outlook.NEEDS_YOU),
    ({"sending_off": True, "sending": 3}, Outlook.NEEDS_YOU),
    ({"day_spent": 1, "sending": 3}, Outlook.NEEDS_YOU),
    ({"metered": True, "sending": 2, "for_line": 2}, Outlook.NEEDS_YOU),
    ({"decisions_held": 1}, Outlook.NEEDS_YOU),
    ({"store_trouble": "the list of people is gone"}, Outlook.NEEDS_YOU),
]


@pytest.mark.parametrize(
    ("changes", "outlook"),
    [
        ({"uploads_paused": True, "waiting": 1}, Outlook.WAITS),  # until all is filed
        ({"uploads_paused": True}, Outlook.DONE),  # with nothing left to send
        ({"paused": True}, Outlook.DONE),
        ({"paused": True, "comparing": True}, Outlook.NEEDS_YOU),
        ({"drive": Drive.NEEDS_LOGIN, "waiting": 1}, Outlook.WAITS),  # filing goes on
        ({"drive": Drive.NEEDS_LOGIN, "waiting": 1, "paused": True}, Outlook.NEEDS_SIGN_IN),
        ({"drive": Drive.NEEDS_LOGIN, "sources": [CHECKED]}, Outlook.NEEDS_SIGN_IN),
        ({"drive": Drive.NEEDS_LOGIN, "fetching": 2}, Outlook.NEEDS_SIGN_IN),
        ({"failed": 2, "sending": 1}, Outlook.WAITS),  # the others first
        ({"failed": 2, "swept": False}, Outlook.WAITS),
        ({"failed": 2, "decisions_held": 1}, Outlook.NEEDS_YOU),
        ({"not_fetched": 2, "sources": [source(SourceCheck.MISSING, 2)]}, Outlook.FAILED),
        ({"decisions_held": 1, "sending": 1}, Outlook.WAITS),
        ({"sending_off": True, "events_off": ("Lunch",), "folders": 2}, Outlook.NEEDS_YOU),
        ({"sending_off": True, "waiting": 1}, Outlook.WAITS),
        ({"failed": 1, "sources": [source(SourceCheck.LISTING_AGAIN)]}, Outlook.FAILED),
        ({"metered": True, "sending": 2, "for_line": 1}, Outlook.WAITS),  # a small copy is on its way
        ({"metered": True, "sending": 2, "for_line": 2}, Outlook.NEEDS_YOU),
        ({"metered": True, "only_small": 2, "drive": Drive.OFFLINE}, Outlook.NEEDS_YOU),
        ({"only_small": 2, "drive": Drive.OFFLINE}, Outlook.WAITS),
        ({"only_small": 2, "day_spent": 1}, Outlook.NEEDS_YOU),
        ({"only_small": 2, "uploads_paused": True}, Outlook.NEEDS_YOU),
        ({"day_spent": 1}, Outlook.DONE),
        ({**CARD_AWAY}, Outlook.WAITS),  # alone it is waited for
        ({**CARD_AWAY, "failed": 1}, Outlook.WAITS),
        ({**CARD_AWAY, "sources": [LOST]}, Outlook.WAITS),
        ({**CARD_AWAY, "waiting": 1, "decisions_held": 1}, Outlook.WAITS),  # the others first
        ({**CARD_AWAY, "sources": [source(SourceCheck.NOT_POLLED)], "held": 1}, Outlook.WAITS),
        *(({**gone, **change}, outlook) for gone in (CARD_AWAY, {"sources": [LOST]}) for change, outlook in STANDING),
        ({"swept": False, "sources": [LOST], "decisions_held": 1}, Outlook.WAITS),  # all folders are there: it ends
        ({**CARD_AWAY, "drive": Drive.NEEDS_LOGIN, "sending": 3}, Outlook.NEEDS_SIGN_IN),
        ({**CARD_AWAY, "drive": Drive.NEEDS_LOGIN, "sending": 3, "held": 1}, Outlook.NEEDS_SIGN_IN),
        ({"refused_folder": "no right", "stuck": 1, "sending": 2}, Outlook.WAITS),  # the others first
        ({"refused_folder": "no right", "stuck": 1, "sending": 1, "drive": Drive.OFFLINE}, Outlook.WAITS),
        ({"drive": Drive.FULL, "sending": 1, "held": 1}, Outlook.NEEDS_YOU),  # somebody is needed as it is
        ({"drive": Drive.FULL, "sending": 1, "failed": 1}, Outlook.WAITS),
        ({"drive": Drive.OFFLINE, "sending": 1, "held": 1}, Outlook.WAITS),  # the others first, once it is back
        ({"drive": Drive.OFFLINE, "sending": 1, "uploads_paused": True}, Outlook.NEEDS_YOU),  # line or no line
        ({"drive": Drive.OFFLINE, "sending": 1, "sending_off": True}, Outlook.NEEDS_YOU),
        ({"drive": Drive.OFFLINE, "sending": 1, "uploads_paused": True, "sources": [CHECKED]}, Outlook.WAITS),
    ],
)
def test_what_becomes_of_it_by_itself(changes: dict[str, Any], outlook: Outlook) -> None:
    assert verdict(**changes).outlook is outlook


@pytest.mark.parametrize(
    "changes", [{"failed": 1}, {"held": 1}, {"refused": 1}, {"decisions_held": 1}, {"taken_away": 1}]
)
def test_what_needs_somebody_is_told_while_others_move(changes: dict[str, Any]) -> None:
    found = verdict(sending=12, **changes)
    assert (found.code, found.needs_somebody) == (Is.SENDING, True)
    assert not verdict(sending=12).needs_somebody


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"metered": True},
        {"day_spent": 1},
        {"uploads_paused": True},
        {"paused": True},
        {"sending_off": True},
        {"sending_off": True, "events_off": ("Lunch",)},
        {"set_aside": 1},
        {"smaller": ("default",)},
        *({"drive": one} for one in Drive if one is not Drive.DISABLED),
        *({"drive": one, "metered": True} for one in Drive if one is not Drive.DISABLED),
    ],
)
def test_small_copies_are_never_safe(changes: dict[str, Any]) -> None:
    """Whatever holds sending up, and whatever does not."""
    found = verdict(only_small=3, **changes)
    assert not found.safe
    assert found.outlook not in (Outlook.DONE, Outlook.FAILED)
    assert verdict(only_small=3, drive=Drive.DISABLED).safe, "then nothing of Drive counts"


def test_the_remedy_of_a_metered_line_says_what_is_enough() -> None:
    small = Rendition(1600, 70)
    assert verdict(metered=True, only_small=1, small_as=small).remedy == (
        "When the line is another one: venuesync metered off."
        " If small ones are enough: venuesync events set NAME long_side 1600, and quality 70"
    )
    assert verdict(metered=True, sending=1, for_line=1).remedy == "When the line is another one: venuesync metered off"


def test_photos_are_counted_once() -> None:
    numbers = Numbers(done=1, waiting=2, sending=4, refused=8, failed=16, held=32, set_aside=64, settling=128)
    assert (numbers.seen, numbers.on_the_way, numbers.needs_you) == (127, 134, 56)
