"""The answer to "may I pack up?": the first sentence that is true, who must act, and what to do.

Its rules are DESIGN's ("Words"). N counts photos on their way, K those that go nowhere without a person.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from agent.errors import Cause
from agent.model import DiskState, DriveState, WatcherState
from agent.service_status import StatusDocument
from tui import words
from tui.offers import Offers
from tui.safe_text import safe_text
from tui.state import ScreenState

Tone = Literal["work", "warn", "hold", "bad", "ok"]

GRACE = 2.0  # seconds without a word from the agent that still count as one
LONG_PAUSE = 15 * 60.0  # from then on a pause says first for how long


@dataclass(frozen=True, slots=True)
class Answer:
    """`tone` says who must act; `block` stands in block letters; `brief` is `more` where there is no room."""

    tone: Tone
    block: str
    line: str
    more: str
    brief: str


def answer(state: ScreenState, now: float, offers: Offers) -> Answer:
    """The first that is true."""
    status = state.status
    if status is None or state.unheard(now) >= GRACE:
        return _not_known(state.unheard(now))
    if status["safe_to_leave"]["safe"]:
        return _safe(state, status, offers)
    return _stopped(state, status, now, offers) or _not_yet(state, status, offers)


def _not_yet(state: ScreenState, status: StatusDocument, offers: Offers) -> Answer:
    waits, stuck = on_their_way(status), need_you(status)
    if waits:
        return _on_their_way(state, status, waits, stuck, offers)
    if stuck:
        return _stuck(state, status, stuck, offers)
    if not status["photos"]["seen"]:
        return _nothing_yet(state, status, offers)
    return _checking(state, status, offers)


# ---- counting


def on_their_way(status: StatusDocument) -> int:
    """N: photos in the four steps."""
    queue = status["queue"]
    return queue["arriving"] + queue["faces"] + queue["filing"] + queue["uploading"]


def need_you(status: StatusDocument) -> int:
    """K: photos that are failed or held, or have a placement that Drive refused for good."""
    photos = status["photos"]
    stuck = photos["failed"] + photos["held"]
    refused = status["uploads"]["failed"]
    if not refused:
        return stuck
    adrift = photos["seen"] - photos["dismissed"] - photos["verified"] - on_their_way(status)
    return max(stuck, min(adrift, stuck + refused), 1)


def all_photos(status: StatusDocument) -> int:
    """All that are meant to be finished one day."""
    return status["photos"]["seen"] - status["photos"]["dismissed"]


def finished(status: StatusDocument) -> int:
    """Verified on Drive; where Drive is off, filed."""
    photos = status["photos"]
    if drive_is_off(status):
        return photos["filed"] + photos["unsorted"]
    return photos["verified"]


def drive_is_off(status: StatusDocument) -> bool:
    return status["drive"]["state"] == DriveState.DISABLED


def open_errors(state: ScreenState) -> int:
    """Causes of trouble that somebody has to look at."""
    return sum(1 for trouble in state.troubles["open"] if trouble["severity"] == "error")


# ---- the sentences


def _not_known(silent: float) -> Answer:
    if silent < GRACE:
        return Answer("work", words.NOTHING, "Not known yet: asking the agent", "", "")
    again = "Asking again by itself"
    line = f"Not known: no word from the agent for {words.span(silent)}"
    return Answer("bad", words.NOTHING, line, f"{again}; the agent needs no monitor to go on", again)


def _wait_here(count: int) -> str:
    if not count:
        return "no photo waits here"
    return "1 photo waits here" if count == 1 else f"{count:,} photos wait here"


def _block(count: int) -> str:
    return str(count) if count < 10_000 else f"{count // 1000}K"


def _stopped(state: ScreenState, status: StatusDocument, now: float, offers: Offers) -> Answer | None:
    """Sending stands still: for want of a sign-in, room, a person's yes, or the network."""
    drive, waits = status["drive"], on_their_way(status)
    paused = _paused(status, waits, now)
    here = _wait_here(waits)
    number = _block(waits)
    if drive["state"] == DriveState.NEEDS_LOGIN and status["photos"]["seen"]:
        more, brief = _sign_in_words(state, offers)
        return Answer("bad", number, f"Not yet: Drive needs sign-in, {here}", more, brief)
    if drive["state"] == DriveState.FULL:
        brief = "Make room on Drive"
        return Answer("bad", number, f"Not yet: Drive is full, {here}", f"{brief}. Sending starts by itself", brief)
    if paused:
        return paused
    if drive["state"] == DriveState.OFFLINE and not drive["connecting"]:
        since = words.moment(drive["since"])
        lasting = f" for {words.span(now - since)}" if since else ""
        brief = "Check the Wi-Fi"
        more = f"{brief}. Filing goes on; sending starts by itself"
        return Answer("bad", number, f"Not yet: Drive offline{lasting}, {here}", more, brief)
    return None


def _sign_in_words(state: ScreenState, offers: Offers) -> tuple[str, str]:
    if offers.sign_in:
        brief = f"Press {offers.sign_in} to sign in"
        return f"{brief}, from any machine with a browser", brief
    for trouble in state.troubles["open"]:
        if trouble["cause"] == Cause.AUTH and trouble["remedy"]:
            return safe_text(trouble["remedy"]), safe_text(trouble["remedy"])
    return "Sign in to Google. Filing goes on; sending starts by itself", "Sign in to Google"


def _paused(status: StatusDocument, waits: int, now: float) -> Answer | None:
    paused = status["paused"]
    if not paused["uploads"] and not paused["all"]:
        return None
    what, key = ("everything", "P") if paused["all"] else ("uploads", "p")
    line = f"Not yet: {what} paused, {_wait_here(waits)}"
    go_on = f"Press {key} to go on"
    since = words.moment(paused["since"])
    if since is None:
        return Answer("hold", "PAUSED", line, go_on, go_on)
    at, lasting = words.clock(since, seconds=False), now - since
    more = f"Paused at {at}, {words.ago(lasting)}. {go_on}" if lasting >= LONG_PAUSE else f"{go_on}. Paused at {at}"
    return Answer("hold", "PAUSED", line, more, f"Since {at}. {go_on}")


def _done_so_far(status: StatusDocument) -> str:
    word = "filed" if drive_is_off(status) else "verified"
    return f"{finished(status):,} of {all_photos(status):,} {word}"


def _on_their_way(state: ScreenState, status: StatusDocument, waits: int, stuck: int, offers: Offers) -> Answer:
    where = "their folders" if drive_is_off(status) else "Drive"
    their = "its" if waits == 1 else "their"
    if waits == 1 and drive_is_off(status):
        where = "its folder"
    time = f", {state.about.shown}" if state.about.shown else ""
    line = f"Not yet: {words.photos(waits)} on {their} way to {where}{time}"
    done = _done_so_far(status)
    needs = _needs_words(state, stuck, offers)
    if needs:
        return Answer("warn", _block(waits), line, f"{done}. {needs}", needs)
    return Answer("work", _block(waits), line, f"{done}. All goes well, nothing needs you", "Nothing needs you")


def _needs_words(state: ScreenState, stuck: int, offers: Offers) -> str:
    """`2 more need you: press 5`, or that something other than a photo does; "" if nothing."""
    if stuck:
        return f"{stuck:,} more {'needs' if stuck == 1 else 'need'} you: {offers.see_errors}"
    errors = open_errors(state)
    if errors:
        return f"{errors:,} {'trouble needs' if errors == 1 else 'troubles need'} you: {offers.see_errors}"
    return ""


def _stuck(state: ScreenState, status: StatusDocument, stuck: int, offers: Offers) -> Answer:
    verb = "needs" if stuck == 1 else "need"
    line = f"Not yet: {words.photos(stuck)} {verb} you, {offers.see_errors}"
    brief, more = _done_so_far(status), _done_so_far(status)
    if state.troubles["open"]:
        first = state.troubles["open"][0]
        brief = safe_text(first["remedy"] or first["title"])
        more = safe_text(f"{first['title']}: {first['remedy']}" if first["remedy"] else first["title"])
    return Answer("warn", _block(stuck), line, more, brief)


def _nothing_yet(state: ScreenState, status: StatusDocument, offers: Offers) -> Answer:
    line = "Nothing yet: no photo has arrived"
    watcher = status["watcher"]
    if watcher["state"] != WatcherState.RUNNING:
        more = safe_text(watcher["detail"] or "The incoming folders are not watched")
        return Answer("warn", words.NOTHING, line, more, more)
    if status["drive"]["state"] == DriveState.NEEDS_LOGIN:
        more, brief = _sign_in_words(state, offers)
        return Answer("warn", words.NOTHING, line, more, brief)
    brief = "Watching Incoming"
    return Answer("work", words.NOTHING, line, f"{brief}. Copy photos there; all else goes by itself", brief)


def _checking(state: ScreenState, status: StatusDocument, offers: Offers) -> Answer:
    """Nothing is on its way and yet the agent does not say safe: its own reason, in its words."""
    reason = safe_text(status["safe_to_leave"]["reason"]).strip() or "the last check is not over"
    if reason[1:2].islower():  # a sentence of its own becomes part of this one
        reason = reason[0].lower() + reason[1:]
    line = f"Not yet: {reason.removeprefix('not yet: ')}".rstrip(".")
    done, needs = _done_so_far(status), _needs_words(state, 0, offers)
    well = status["watcher"]["state"] == WatcherState.RUNNING and status["disk"]["state"] != DiskState.FULL
    if needs or status["held"] or not well:
        return Answer("warn", words.NOTHING, line, f"{done}. {needs}" if needs else done, needs or done)
    return Answer("work", words.NOTHING, line, f"{done}. Nothing needs you", "Nothing needs you")


def _safe(state: ScreenState, status: StatusDocument, offers: Offers) -> Answer:
    count = all_photos(status)
    every = words.photos(count) if count == 1 else f"all {words.photos(count)}"
    off = drive_is_off(status)
    line = f"Safe to pack up: {every} " + ("filed, Drive is off" if off else "verified on Drive")
    last = ""
    if state.latest:
        last = f"Last one {'filed' if off else 'verified'} at {words.clock(state.latest[0]['at'], seconds=False)}"
    more = f"{last}. {_what_is_next(state, status, offers)}" if last else _what_is_next(state, status, offers)
    return Answer("ok", "SAFE", line, more, last or more)


def _what_is_next(state: ScreenState, status: StatusDocument, offers: Offers) -> str:
    """What a further photo would meet."""
    if status["paused"]["all"]:
        return "Paused: press P to go on"
    if status["paused"]["uploads"]:
        return "Uploads paused: press p to go on"
    return _needs_words(state, 0, offers) or "Still watching Incoming"
