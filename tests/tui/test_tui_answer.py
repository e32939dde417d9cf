"""May I pack up? Every sentence of DESIGN, in its order, in its words."""

from __future__ import annotations

from typing import Any

import pytest
from monitor_scenes import at, clock_of, scene, text_time, trouble

from agent.model import DriveState, SafeCode
from agent.requests.snapshot import Snapshot
from tests.weighing import weighed
from tui import state as states
from tui.state import Offers, View
from tui.verdict import Answer, answer
from tui.widgets.head import draw_answer

ALL_SCREENS = Offers(errors="5", sign_in="g")


def said(snapshot: Snapshot | str, offers: Offers = ALL_SCREENS, now: float | None = None) -> Answer:
    name = snapshot if isinstance(snapshot, str) else "live"
    document = scene(snapshot) if isinstance(snapshot, str) else snapshot
    now = now or clock_of(name)
    return answer(View(states.fresh(states.start(now), document, now), now, offers, steady=now))


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("live", Answer("warn", "14", "Not yet: 14 photos on their way to Drive, about 40 s",
                        "1,166 of 1,182 verified. 2 more need you: press 5", "2 more need you: press 5")),
        ("working", Answer("work", "13", "Not yet: 13 photos on their way to Drive, about 25 s",
                           "518 of 531 verified. All goes well, nothing needs you", "Nothing needs you")),
        ("offline", Answer("bad", "122", "Not yet: Drive offline for 6 min, 122 photos wait here",
                           "Check the Wi-Fi. Filing goes on; sending starts by itself", "Check the Wi-Fi")),
        ("signin", Answer("bad", "77", "Not yet: Drive needs sign-in, 77 photos wait here",
                          "Press g to sign in, from any machine with a browser", "Press g to sign in")),
        ("paused", Answer("hold", "PAUSED", "Not yet: uploads paused, 214 photos wait here",
                          "Paused at 21:52, 22 min ago. Press p to go on", "Since 21:52. Press p to go on")),
        ("safe", Answer("ok", "SAFE", "Safe to pack up: all 1,204 photos verified on Drive",
                        "Last one verified at 23:38. Still watching Incoming", "Last one verified at 23:38")),
    ],
)  # fmt: skip
def test_the_drawn_states_in_their_words(state: str, expected: Answer) -> None:
    assert said(state) == expected


def test_no_key_is_named_that_leads_nowhere() -> None:
    assert said("live", Offers()).brief == "2 more need you: see Errors"
    assert said("signin", Offers()).more == "Press g; sending then goes on"


def test_not_known_comes_before_everything() -> None:
    now = clock_of("safe")
    state = states.lost(states.fresh(states.start(now), scene("safe"), now), now)
    assert answer(View(state, now, ALL_SCREENS, steady=now + 1)).tone == "ok"  # a hiccup is no news
    told = answer(View(state, now, ALL_SCREENS, steady=now + 125))
    assert (told.tone, told.block) == ("bad", "--")
    assert told.line == "Not known: no word from the agent for 2 min"


def test_before_the_first_word() -> None:
    state = states.start(100.0)
    assert answer(View(state, steady=101.0)).tone == "work"
    assert answer(View(state, steady=104.0)).line == "Not known: no word from the agent for 4 s"


def changed(name: str, **sections: Any) -> Snapshot:
    document = scene(name)
    for section, values in sections.items():
        document["status"][section] = {**document["status"][section], **values}  # type: ignore[literal-required]
    if "safe_to_leave" not in sections:
        document["status"] = weighed(document["status"])
    return document


def standing(name: str, **facts: Any) -> Snapshot:
    """What the document does not hold is so besides."""
    document = scene(name)
    document["status"] = weighed(document["status"], **facts)
    return document


def test_sign_in_stands_before_pause_and_pause_before_offline() -> None:
    paused = {"uploads": True, "all": False, "since": text_time(at("21:52:00"))}
    assert "sign-in" in said(changed("signin", paused=paused)).line
    assert said(changed("offline", paused=paused)).line == "Not yet: uploads paused, 122 photos wait here"


def test_drive_full() -> None:
    told = said(changed("offline", drive={"state": "full"}))
    assert told.line == "Not yet: Drive is full, 122 photos wait here"
    assert told.more == "Make room on Drive. Sending starts by itself"


def test_everything_paused_and_a_short_pause() -> None:
    everything = {"uploads": False, "all": True, "since": text_time(at("22:10:00"))}
    told = said(changed("live", paused=everything))
    assert told.line == "Not yet: everything paused, 14 photos wait here"
    assert told.more == "Press P to go on. Paused at 22:10"


def test_what_is_held_is_named_where_nothing_else_waits() -> None:
    """Three photos waited for a yes, and it said that none did."""
    nothing = dict.fromkeys(("arriving", "faces", "filing", "uploading"), 0)
    told = said(changed("offline", queue=nothing, photos={"held": 3}, uploads={"removals": 1}))
    assert told.line.endswith("no photo waits here but 3 held for your yes")


def test_one_photo_is_one() -> None:
    one = changed("live", queue={"arriving": 0, "faces": 1, "filing": 0, "uploading": 0}, photos={"failed": 1})
    told = said(one)
    assert told.line.startswith("Not yet: 1 photo on its way to Drive")
    assert told.brief == "1 more needs you: press 5"
    assert said(changed("offline", queue={"arriving": 0, "faces": 0, "filing": 0, "uploading": 1})).line.endswith(
        "1 photo waits here"
    )


def test_only_what_needs_you_is_left() -> None:
    nothing = {"arriving": 0, "faces": 0, "filing": 0, "uploading": 0}
    told = said(changed("live", queue=nothing))
    assert (told.tone, told.block, told.line) == ("warn", "2", "Not yet: 2 photos need you, press 5")
    assert told.more == "Photo cut short: Copy it from the card again"


@pytest.mark.parametrize("size", ["more", "brief"])
def test_what_waits_for_a_yes_is_said_of_what_needs_you(size: str) -> None:
    nothing = dict.fromkeys(("arriving", "faces", "filing", "uploading"), 0)
    told = said(changed("live", queue=nothing, photos={"failed": 1, "held": 2}))
    assert told.line == "Not yet: 3 photos need you, press 5"
    assert getattr(told, size).startswith("2 of them wait for your yes")
    assert "Copy it from the card again" in told.more
    calm = changed("live", queue=nothing, photos={"failed": 0, "held": 2})
    calm["troubles"]["open"] = []
    told = said(calm)
    assert (told.tone, told.block, told.line) == ("warn", "2", "Not yet: 2 photos wait for your yes, press 5")


def test_a_refused_placement_needs_you_though_its_photo_is_filed() -> None:
    told = said(changed("safe", uploads={"failed": 1}, photos={"verified": 1203}))
    assert told.line == "Not yet: 1 photo needs you, press 5"


def test_what_was_set_aside_is_named_and_never_counted() -> None:
    told = said(changed("safe", photos={"seen": 1207, "dismissed": 3}))
    assert (told.tone, told.line) == ("ok", "Safe to pack up: 1,204 photos verified, 3 set aside")
    assert said(changed("working", photos={"seen": 534, "dismissed": 3})).more.startswith(
        "518 of 531 verified, 3 set aside"
    )


def test_what_stays_only_here_is_named_and_never_called_verified() -> None:
    told = said(changed("working", safe_to_leave={"verified": 500, "only_here": 18}))
    assert told.more.startswith("500 of 513 verified, 18 only here. ")


def test_files_that_do_not_open_yet_are_not_called_well() -> None:
    queue = {"arriving": 0, "faces": 3, "filing": 0, "uploading": 0}
    document = changed("working", queue=queue)
    told = document["status"]["safe_to_leave"]
    assert told["code"] == "waiting"
    told.update(code="not_whole", reason="3 files do not open yet: waiting whether they grow")
    found = said(document)
    assert (found.tone, found.line) == ("warn", "Not yet: 3 files do not open yet: waiting whether they grow")
    assert "othing needs you" not in f"{found.more} {found.brief}"


def test_sending_is_off() -> None:
    told = said(standing("working", sending_off=True))
    assert (told.tone, told.line) == ("hold", "Not yet: sending is off, 13 photos wait here")
    assert told.more == "Sending is off by a setting. Set drive.send, or the event's send, to true"


def test_no_photo_yet() -> None:
    empty = dict.fromkeys(("seen", "waiting", "filed", "unsorted", "failed", "verified"), 0)
    nothing = {"arriving": 0, "faces": 0, "filing": 0, "uploading": 0}
    told = said(changed("working", photos=empty, queue=nothing))
    assert (told.tone, told.block, told.line) == ("work", "--", "Nothing yet: no photo has arrived")
    gone = {"state": "degraded", "folders": 1, "detail": "Incoming is gone"}
    told = said(changed("working", photos=empty, queue=nothing, watcher=gone))
    assert (told.line, told.brief) == ("Not yet: Incoming is gone", "Connect its card or share again")


def test_nothing_on_its_way_and_still_not_safe_says_why() -> None:
    told = said(standing("safe", swept=False))
    assert (told.tone, told.line) == ("work", "Not yet: the folders are being checked once more")
    gone = {"state": "degraded", "folders": 1, "detail": "/mnt/card is missing: no folder is there"}
    told = said(changed("safe", watcher=gone))
    assert (told.tone, told.line) == ("warn", "Not yet: /mnt/card is missing: no folder is there")


def test_every_code_has_words_of_its_own() -> None:
    """None is an empty line, none says that all is well but the one that is."""
    for code in SafeCode:
        document = scene("working")
        document["status"]["safe_to_leave"].update(code=code, reason="because of this", safe=code is SafeCode.SAFE)
        told = said(document)
        assert told.line.startswith("Safe" if code is SafeCode.SAFE else ("Not yet: ", "Nothing yet: ")), code
        assert (told.tone == "ok") is (code is SafeCode.SAFE), code
        assert told.more and told.brief, code


def test_a_trouble_without_photos_is_not_nothing() -> None:
    document = scene("working")
    document["troubles"]["open"] = [trouble("cut")]
    told = said(document)
    assert (told.tone, told.brief) == ("warn", "1 problem needs you: press 5")
    document["troubles"]["open"][0]["severity"] = "warning"
    assert said(document).tone == "work"


def test_what_waits_for_a_yes_is_named_while_photos_move() -> None:
    """Photos to be taken out, say: they are filed all the while. "Nothing needs you" stood above that question."""
    document = scene("working")
    document["status"]["held"] = 1
    told = said(document)
    assert (told.tone, told.brief) == ("warn", "1 thing waits for your yes: press 5")
    document["status"]["held"] = 2
    assert said(document).brief == "2 things wait for your yes: press 5"


def test_drive_off() -> None:
    off = {"state": "disabled"}
    assert (
        said(changed("safe", drive=off, photos={"filed": 1204})).line
        == "Safe to pack up: all 1,204 photos filed, Drive is off"
    )
    told = said(changed("working", drive=off, photos={"filed": 518}))
    assert told.line.startswith("Not yet: 7 photos on their way to their folders")
    assert told.more.startswith("518 of 531 filed")


def test_safe_and_paused_says_both() -> None:
    document = changed("safe", paused={"uploads": True, "all": False, "since": None})
    told = said(document)
    assert told.tone == "ok"
    assert told.more.endswith("Uploads paused: press p to go on")


def test_without_a_rate_no_time_is_promised() -> None:
    assert said(changed("live", uploads={"eta_seconds": None})).line == "Not yet: 14 photos on their way to Drive"


def test_where_drive_takes_nothing_for_long_nobody_is_told_that_all_goes_well() -> None:
    again = "Nothing to do: Drive is asked again in 30 min"
    told = said(
        standing("working", drive=DriveState.THROTTLED, slowed="Google asked us to slow down", slowed_remedy=again)
    )
    assert (told.tone, told.line.partition(",")[0]) == ("warn", "Not yet: Google asked us to slow down")
    assert told.more.endswith(again) and "goes well" not in told.more


def test_from_ten_thousand_on_the_block_is_short() -> None:
    assert said(changed("live", queue={"uploading": 12_400})).block == "12K"


def test_reasons_from_outside_are_cleaned() -> None:
    gone = {"state": "degraded", "folders": 1, "detail": "x\x1b]0;owned\x07 is missing"}
    assert said(changed("safe", watcher=gone)).line == "Not yet: x?]0;owned? is missing"


@pytest.mark.parametrize(("width", "height"), [(38, 2), (38, 3), (78, 4), (116, 4), (196, 8)])
def test_the_band_says_a_remedy_whole_or_not_at_all(width: int, height: int) -> None:
    remedy = "Take the card out of the reader, look whether its lock is off and put it in again. Filing goes on"
    document = changed("live", queue=dict.fromkeys(("arriving", "faces", "filing", "uploading"), 0))
    document["troubles"]["open"][0]["remedy"] = remedy
    now = clock_of("live")
    view = View(states.fresh(states.start(now), document, now), now, ALL_SCREENS)
    assert remedy in answer(view).more
    band = " ".join("".join(text for text, _ in row[-1:]).strip() for row in draw_answer(view, width, height))
    assert "press 5" in band
    assert "…" not in band
    assert ("put it in again" in band) == (width >= 78)
