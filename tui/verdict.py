"""May I pack up? The agent's verdict in words: for the monitor's band, for commands, for `--until-done`.

Nothing is decided here: the code says which sentence it is, the verdict's numbers stand in it.

"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from typing_extensions import TypedDict

from agent.clock import from_iso
from agent.errors import Cause
from agent.model import DriveState, Outlook, SafeCode
from agent.requests.status import PhotoCounts, SafeToLeave, StatusDocument
from tui import words
from tui.keys.keymap import named
from tui.keys.remedies import by_key, press_to_start
from tui.state import Offers, ScreenState, View
from tui.words import safe_text

# ---- the band: who must act, and which key does it

Tone = Literal["work", "warn", "hold", "bad", "ok"]

LONG_PAUSE = 15 * 60.0  # from then on a pause says first for how long


@dataclass(frozen=True, slots=True)
class Answer:
    """`tone` says who must act; `block` stands in block letters; `brief` is `more` where there is no room."""

    tone: Tone
    block: str
    line: str
    more: str
    brief: str


@dataclass(frozen=True, slots=True)
class Told:
    """What the agent said last, and when."""

    state: ScreenState
    status: StatusDocument
    now: float
    offers: Offers

    @property
    def verdict(self) -> SafeToLeave:
        return self.status["safe_to_leave"]

    @property
    def reason(self) -> str:
        return safe_text(self.verdict["reason"]).strip()


def answer(view: View) -> Answer:
    """The agent's verdict; while nobody hears the agent, nothing is known."""
    status = view.state.status
    if status is None or view.silent:
        return _not_known(view)
    told = Told(view.state, status, view.now, view.offers)
    return SENTENCES.get(told.verdict["code"], _still)(told)


# ---- the verdict's numbers


def on_their_way(status: StatusDocument) -> int:
    """Photos in the four steps."""
    return status["safe_to_leave"]["on_the_way"]


def all_photos(status: StatusDocument) -> int:
    """All that are meant to be finished one day."""
    return status["photos"]["seen"] - status["photos"]["dismissed"]


def finished(status: StatusDocument) -> int:
    """Verified on Drive, or only here as they are to be; where Drive is off, filed."""
    safe = status["safe_to_leave"]
    return safe["verified"] + safe.get("only_here", 0)


def drive_is_off(status: StatusDocument) -> bool:
    return status["drive"]["state"] == DriveState.DISABLED


def open_errors(state: ScreenState) -> int:
    """Causes of trouble that somebody has to look at."""
    return sum(1 for trouble in state.troubles["open"] if trouble["severity"] == "error")


# ---- the sentences


def _not_known(view: View) -> Answer:
    if view.starting or not view.silent:
        doing = "the agent is starting" if view.starting else "asking the agent"
        return Answer("work", words.NOTHING, f"Not known yet: {doing}", "", "")
    if view.state.ended:
        line, start = "Not known: no agent runs here", press_to_start(beneath=view.beneath)
        return Answer("bad", words.NOTHING, line, f"{start}; photos wait until then", start)
    again = "Asking again by itself"
    line = f"Not known: no word from the agent for {words.span(view.unheard)}"
    return Answer("bad", words.NOTHING, line, f"{again}; the agent needs no monitor to go on", again)


def _wait_here(told: Told) -> str:
    count, held = told.verdict["on_the_way"], told.status["photos"]["held"]
    if not count:
        return "no photo waits here" + (f" but {held:,} held for your yes" if held else "")
    return "1 photo waits here" if count == 1 else f"{count:,} photos wait here"


def _block(count: int) -> str:
    return str(count) if count < 10_000 else f"{count // 1000}K"


def _sign_in(told: Told) -> Answer:
    more, brief = _sign_in_words(told)
    return Answer("bad", _block(told.verdict["on_the_way"]), f"Not yet: {told.reason}", more, brief)


def _sign_in_words(told: Told) -> tuple[str, str]:
    if told.offers.sign_in:
        brief = f"Press {told.offers.sign_in} to sign in"
        return f"{brief}, from any machine with a browser", brief
    for trouble in told.state.troubles["open"]:
        if trouble["cause"] == Cause.AUTH and trouble["remedy"]:
            return safe_text(trouble["remedy"]), safe_text(trouble["remedy"])
    return "Sign in to Google. Filing goes on; sending starts by itself", "Sign in to Google"


def _drive_full(told: Told) -> Answer:
    brief = "Make room on Drive"
    number = _block(told.verdict["on_the_way"])
    return Answer("bad", number, f"Not yet: {told.reason}", f"{brief}. Sending starts by itself", brief)


def _disk_full(told: Told) -> Answer:
    brief = "Make room on this machine"
    number = _block(told.verdict["on_the_way"])
    return Answer("bad", number, f"Not yet: {told.reason}", f"{brief}. Filing goes on by itself", brief)


def _sending_off(told: Told) -> Answer:
    more, brief = told.verdict["remedy"], "Sending is off by a setting"
    return Answer("hold", "OFF", f"Not yet: {told.reason}", f"{brief}. {more}", brief)


def _paused(told: Told) -> Answer:
    everything, waits = told.status["paused"]["all"], _wait_here(told)
    what, key = ("everything", "P") if everything else ("uploads", "p")
    line, go_on = f"Not yet: {what} paused, {waits}", f"Press {named(key)} to go on"
    since = words.moment(told.status["paused"]["since"])
    if since is None:
        return Answer("hold", "PAUSED", line, go_on, go_on)
    at, lasting = words.clock(since, seconds=False), told.now - since
    more = f"Paused at {at}, {words.ago(lasting)}. {go_on}" if lasting >= LONG_PAUSE else f"{go_on}. Paused at {at}"
    return Answer("hold", "PAUSED", line, more, f"Since {at}. {go_on}")


def _kept_back(told: Told) -> Answer:
    """By the line: its day's budget is used up, or it is metered."""
    number = told.verdict["on_the_way"] + told.status["photos"]["only_small"]
    more, needs = safe_text(by_key(told.verdict["remedy"])) or _done_so_far(told), _needs_words(told)
    brief = needs or more.partition(". ")[0]
    return Answer("hold", _block(number), f"Not yet: {told.reason}", f"{needs}. {more}" if needs else more, brief)


def _offline(told: Told) -> Answer:
    since = words.moment(told.status["drive"]["since"])
    lasting = f" for {words.span(told.now - since)}" if since else ""
    waits = _wait_here(told)
    if not told.verdict["on_the_way"] and any(one["sources"] for one in told.status["events"]):
        waits = "what is in its folders is not known"
    brief = "Check the Wi-Fi"
    more = f"{brief}. Filing goes on; sending starts by itself"
    number = told.verdict["on_the_way"]
    return Answer("bad", _block(number), f"Not yet: Drive offline{lasting}, {waits}", more, brief)


def _done_so_far(told: Told) -> str:
    word = "filed" if drive_is_off(told.status) else "verified"
    aside, here = told.verdict["set_aside"], told.verdict.get("only_here", 0)
    done = f"{told.verdict['verified']:,} of {all_photos(told.status) - here:,} {word}"
    besides = f"{done}, {here:,} only here" if here else done
    return f"{besides}, {aside:,} set aside" if aside else besides


def _moving(told: Told) -> Answer:
    """On its way, all by itself."""
    number, time = told.verdict["on_the_way"], ""
    if told.state.about.shown:
        time = f", {told.state.about.shown}"
    line = f"Not yet: {told.reason}{time}"
    done, needs = _done_so_far(told), _needs_words(told)
    block = _block(number) if number else words.NOTHING
    if needs:
        return Answer("warn", block, line, f"{done}. {needs}", needs)
    if remedy := safe_text(by_key(told.verdict["remedy"])):  # it stands still for a while
        return Answer("warn", block, line, f"{done}. {remedy}", remedy)
    return Answer("work", block, line, f"{done}. All goes well, nothing needs you", "Nothing needs you")


def _not_whole(told: Told) -> Answer:
    """Half a file, as yet: whether it becomes a photo or needs somebody will be known in half a minute."""
    done = _done_so_far(told)
    brief = _needs_words(told) or "Half a minute shows it"
    return Answer("warn", _block(told.verdict["on_the_way"]), f"Not yet: {told.reason}", f"{done}. {brief}", brief)


def _needs_words(told: Told) -> str:
    """`2 more need you: press 5`, or that something other than a photo does; "" if nothing."""
    stuck = told.verdict["needs_you"]
    if stuck:
        return f"{stuck:,} more {'needs' if stuck == 1 else 'need'} you: {told.offers.see_errors}"
    errors = open_errors(told.state)
    if errors:
        return f"{errors:,} {'problem needs' if errors == 1 else 'problems need'} you: {told.offers.see_errors}"
    if asked := told.status["held"]:
        return f"{asked:,} {'thing waits' if asked == 1 else 'things wait'} for your yes: {told.offers.see_errors}"
    return ""


def _stuck(told: Told) -> Answer:
    """Nothing moves any more, and somebody has to do something."""
    number, held = told.verdict["needs_you"], told.status["photos"]["held"]
    deleted = told.verdict["code"] == SafeCode.TAKEN_AWAY and not told.status["errors"]  # no error tells of it
    if deleted and (more := safe_text(by_key(told.verdict["remedy"]))):
        return Answer("warn", _block(number), f"Not yet: {told.reason}", more, more.partition("; ")[0])
    if held and number <= held:
        return _waits_for_a_yes(told, words.photos(held), held)
    if not number and (asked := told.status["held"]):
        return _waits_for_a_yes(told, "1 thing" if asked == 1 else f"{asked:,} things", asked)
    needs = f"{words.photos(number)} {'needs' if number == 1 else 'need'} you" if number else "something is held"
    line = f"Not yet: {needs}, {told.offers.see_errors}"
    brief = more = _done_so_far(told)
    if told.state.troubles["open"]:
        first = told.state.troubles["open"][0]
        brief = safe_text(first["remedy"] or first["title"])
        more = safe_text(f"{first['title']}: {first['remedy']}" if first["remedy"] else first["title"])
    if held:
        brief = f"{held:,} of them {'waits' if held == 1 else 'wait'} for your yes"
        more = f"{brief}. {more}"
    return Answer("warn", _block(number) if number else words.NOTHING, line, more, brief)


def _waits_for_a_yes(told: Told, what: str, number: int) -> Answer:
    """All that is still to be done is to say yes or no."""
    line = f"Not yet: {what} {'waits' if number == 1 else 'wait'} for your yes, {told.offers.see_errors}"
    done, errors = _done_so_far(told), open_errors(told.state)
    more = f"{done}. {errors:,} {'problem needs' if errors == 1 else 'problems need'} you, too" if errors else done
    return Answer("warn", _block(number), line, more, done)


def _nothing_yet(told: Told) -> Answer:
    line = "Nothing yet: no photo has arrived"
    if told.status["drive"]["state"] == DriveState.NEEDS_LOGIN:
        more, brief = _sign_in_words(told)
        return Answer("warn", words.NOTHING, line, more, brief)
    brief = "Watching Incoming"
    return Answer("work", words.NOTHING, line, f"{brief}. Copy photos there; all else goes by itself", brief)


def _broken(told: Told) -> Answer:
    """A folder, a source or a store is not as it should be."""
    done, needs = _done_so_far(told), _needs_words(told)
    if told.verdict["code"] in (SafeCode.FOLDER_MISSING, SafeCode.STILL_OPEN):
        needs = safe_text(told.verdict["remedy"])
    more = f"{done}. {needs}" if needs else done
    return Answer("warn", words.NOTHING, f"Not yet: {told.reason}", more, needs or done)


def _still(told: Told) -> Answer:
    """Something is being made sure of."""
    done, needs = _done_so_far(told), _needs_words(told)
    line = f"Not yet: {told.reason}"
    if needs:
        return Answer("warn", words.NOTHING, line, f"{done}. {needs}", needs)
    return Answer("work", words.NOTHING, line, f"{done}. Nothing needs you", "Nothing needs you")


def _safe(told: Told) -> Answer:
    last = ""
    if told.state.latest:
        word = "filed" if drive_is_off(told.status) else "verified"
        at = from_iso(told.state.latest[0]["at"])
        last = f"Last one {word} at {words.day_and_clock(at, told.now, seconds=False)}"
    follows = _what_is_next(told)
    return Answer(
        "ok", "SAFE", f"Safe to pack up: {told.reason}", f"{last}. {follows}" if last else follows, last or follows
    )


def _what_is_next(told: Told) -> str:
    """What a further photo would meet."""
    if told.status["paused"]["all"]:
        return f"Paused: press {named('P')} to go on"
    if told.status["paused"]["uploads"]:
        return f"Uploads paused: press {named('p')} to go on"
    return _needs_words(told) or "Still watching Incoming"


SENTENCES: Mapping[SafeCode, Callable[[Told], Answer]] = {
    SafeCode.SAFE: _safe,
    SafeCode.STOPPED: _broken,
    SafeCode.STORE_TROUBLE: _broken,
    SafeCode.NEEDS_SIGN_IN: _sign_in,
    SafeCode.PAUSED: _paused,
    SafeCode.UPLOADS_PAUSED: _paused,
    SafeCode.DISK_FULL: _disk_full,
    SafeCode.DRIVE_FULL: _drive_full,
    SafeCode.SENDING_OFF: _sending_off,
    SafeCode.DAY_SPENT: _kept_back,
    SafeCode.METERED: _kept_back,
    SafeCode.DRIVE_OFFLINE: _offline,
    SafeCode.NOT_WHOLE: _not_whole,
    SafeCode.WAITING: _moving,
    SafeCode.SENDING: _moving,
    SafeCode.FETCHING: _moving,
    SafeCode.STILL_OPEN: _broken,
    SafeCode.ARRIVING: _moving,
    SafeCode.NOT_WATCHED: _broken,
    SafeCode.FOLDER_MISSING: _broken,
    SafeCode.FOLDER_REFUSED: _broken,
    SafeCode.HELD: _stuck,
    SafeCode.FAILED: _stuck,
    SafeCode.UNREADABLE: _stuck,
    SafeCode.TAKEN_AWAY: _stuck,
    SafeCode.NOT_FETCHED: _stuck,
    SafeCode.SOURCE_LOST: _broken,
    SafeCode.NO_PHOTO: _nothing_yet,
}


# ---- one line, for commands and for leaving: the same words and numbers everywhere

NEED_YOU = frozenset(
    {SafeCode.HELD, SafeCode.FAILED, SafeCode.UNREADABLE, SafeCode.TAKEN_AWAY, SafeCode.NOT_FETCHED}
)  # codes that say already how many need somebody


class Judged(TypedDict):
    """Whatever has the verdict in it: the status document, or the report."""

    safe_to_leave: SafeToLeave
    photos: PhotoCounts


def more_need_you(status: Judged) -> str:
    """`; 2 more need you`, or `; 2 held: say yes or no`, where the first reason is another one; else ""."""
    told = status["safe_to_leave"]
    count, held = told["needs_you"], status["photos"]["held"]
    if not count or told["code"] in NEED_YOU:
        return ""
    if held == count:
        return f"; {held:,} held: say yes or no"
    return f"; {count:,} more {'needs' if count == 1 else 'need'} you"


def note(status: Judged) -> str:
    """`; 1 file is no photo and stays where it is: notes.txt`; "" where there is none."""
    said = status["safe_to_leave"]["note"]
    return f"; {said}" if said else ""


def told(status: Judged) -> str:
    """`Safe to pack up: 26 photos verified, 3 set aside`, or `Not yet:` and why not."""
    safe = status["safe_to_leave"]
    if safe["safe"]:
        return f"Safe to pack up: {safe['reason']}"
    return f"Not yet: {safe['reason']}{more_need_you(status)}"


def in_short(status: StatusDocument) -> str:
    """The same for a script: `safe: …`, `not yet: …`."""
    safe = status["safe_to_leave"]
    return f"safe: {safe['reason']}" if safe["safe"] else f"not yet: {safe['reason']}{more_need_you(status)}"


# ---- the end of `--until-done`: when, and with which exit code

SIGN_IN_KEY = "ENCRYPTION_KEY"
CODES = {Outlook.DONE: 0, Outlook.WAITS: None, Outlook.FAILED: 5, Outlook.NEEDS_YOU: 1, Outlook.NEEDS_SIGN_IN: 4}


@dataclass(frozen=True, slots=True)
class Ending:
    """`code` `None`: there is still something to wait for, namely `reason`."""

    code: int | None
    reason: str


def ending_of(document: StatusDocument) -> Ending:
    """An outage or a full Drive passes by waiting, a pause or a missing sign-in does not; defects alone make it 5."""
    told = document["safe_to_leave"]
    reason, remedy = told["reason"], told["remedy"]
    match told["outlook"]:
        case Outlook.DONE:
            said = f"{'Safe to pack up' if told['safe'] else 'Done'}: {reason}"
        case Outlook.FAILED if "errors" not in remedy:  # a deletion by hand is none
            said = f"Done, but {reason}. {remedy}"
        case Outlook.FAILED:
            said = f"Done, but {told['needs_you']:,} failed: see venuesync errors"
        case Outlook.NEEDS_YOU | Outlook.NEEDS_SIGN_IN:
            said = f"Not done: {reason}{also(document)}. {locked(document) or remedy}".rstrip(". ")
        case _:
            said = reason
    return Ending(CODES.get(told["outlook"]), said)


def locked(document: StatusDocument) -> str:
    """That a sign-in is kept, and another key opens it: said with what to do, where a sign-in is what comes first."""
    if document["safe_to_leave"]["code"] != SafeCode.NEEDS_SIGN_IN:
        return ""
    return next((one["detail"] for one in document["drive"]["accounts"] if SIGN_IN_KEY in one["detail"]), "")


def also(document: StatusDocument) -> str:
    """What waits for somebody besides the first reason: `; 1 held: see venuesync held`."""
    held = document["held"]
    if held and document["safe_to_leave"]["code"] != SafeCode.HELD:
        return f"; {held:,} held: see venuesync held"
    return more_need_you(document)
