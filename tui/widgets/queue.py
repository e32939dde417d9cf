"""Queue and Uploading: how many photos are in each step, and the proof that bytes move, or why they do not."""

from __future__ import annotations

from agent.model import DriveState, SafeCode, Step
from agent.requests.snapshot import ActiveUpload
from agent.requests.status import StatusDocument
from tui import words
from tui.draw import BLANK, Row, bar, fit, fit_path, heading, sentences, spark
from tui.keys.keymap import named
from tui.state import View
from tui.verdict import all_photos, finished, on_their_way
from tui.widgets.rows import Pane

NAMES = {Step.ARRIVING: "Arriving", Step.FACES: "Faces", Step.FILING: "Filing", Step.UPLOADING: "Uploading"}
LABEL, COUNT, OLDEST = 10, 6, 14
TIMED = 50  # from this width on the oldest photo's age stands at the right
SMALL = 5  # rows: no heading, the rates ride on the last row
AIRY = 16  # rows: bars one row apart
_STOPPED = (DriveState.OFFLINE, DriveState.NEEDS_LOGIN, DriveState.FULL)


def draw_queue(view: View, width: int, height: int) -> list[Row]:
    small = height <= SMALL
    rows: list[Row] = [] if small else [_title(view, width)]
    for index, step in enumerate(Step):
        if height >= AIRY and index:
            rows.append(BLANK)
        rows.append(_step(view, step, width))
    if small:
        return [*rows, _per_minute_small(view, width)]
    return rows + _per_minute(view, width, height - len(rows))


def _title(view: View, width: int) -> Row:
    right = f"full bar = {words.number(view.state.scale.full)}"
    return heading("Queue", width, right, _total(view))


def _total(view: View) -> str:
    """How many are on their way; or, in idle time, how many are to be looked at more closely."""
    status = view.state.status
    if status is None:
        return "empty"
    total, again = on_their_way(status), status["faces"]["second_looks"]["waiting"]
    if total or not again:
        return words.number(total) if total else "empty"
    return f"empty, {words.number(again)} second {'look' if again == 1 else 'looks'}"


def _step(view: View, step: Step, width: int) -> Row:
    count = view.state.depth(step)
    timed = width >= TIMED
    room = width - LABEL - COUNT - (OLDEST if timed else 0)
    row: Row = [
        (NAMES[step].ljust(LABEL), "$ink"),
        *bar(count, view.state.scale.full, room, "$bad" if step is Step.UPLOADING and _stands(view) else "$accent"),
        (f"{words.number(count, COUNT):>{COUNT}}", "bold $ink" if count else "$dim"),
    ]
    if timed:
        row.append((f"  oldest {_oldest(view, step):>{OLDEST - 9}}", "$dim"))
    return row


def _stands(view: View) -> bool:
    drive = view.state.status["drive"] if view.state.status else None
    return drive is not None and drive["state"] in _STOPPED and not drive["connecting"]


def _oldest(view: View, step: Step) -> str:
    found = view.state.queue["steps"].get(step.value)
    since = words.moment(found["oldest_at"]) if found else None
    return words.span(view.now - since) if since is not None else words.NOTHING


def _minutes(view: View, columns: int) -> list[int]:
    """Whole minutes, so that the line is drawn once a minute; the running one alone while there is no other."""
    minutes = view.state.queue["per_minute"]
    whole = minutes[:-1][-columns:] if columns > 0 else []
    return whole if any(whole) else minutes[-columns:]


def _now(view: View) -> int:
    """Photos in the last whole minute, or already more in the running one."""
    return max(view.state.queue["per_minute"][-2:], default=0)


def _per_minute(view: View, width: int, height: int) -> list[Row]:
    timed = width >= TIMED
    room = width - LABEL - COUNT - (OLDEST if timed else 0)
    rows: list[Row] = []
    if height > 2:
        rows.append(BLANK)
    lines = spark(_minutes(view, room), room, height - len(rows)) if height else []
    for index, line in enumerate(lines):
        last = index == len(lines) - 1
        rows.append([(("Per min" if last else "").ljust(LABEL), "$ink"), (line, "$accent")])
    if rows:
        now = _now(view)
        rows[-1].append((f"{words.number(now, COUNT):>{COUNT}}", "bold $ink" if now else "$dim"))
        if timed:
            rows[-1].append((f"  last {min(room, 60)} min", "$dim"))
    return rows


def _per_minute_small(view: View, width: int) -> Row:
    status = view.state.status
    up = f"up {words.rate(status['uploads']['bytes_per_second'] if status else 0.0)}"
    if status and (status["paused"]["uploads"] or status["paused"]["all"]):
        up = "up PAUSED"
    now = _now(view)
    room = width - 13 - 7
    line = "".join(spark(_minutes(view, room), room))
    return [
        (up.ljust(13), "$dim"),
        (line, "$accent"),
        (f"{words.number(now, 3):>3}", "bold $ink" if now else "$dim"),
        ("/min", "$dim"),
    ]


class Queue(Pane):
    SECTIONS = frozenset({"queue", "status"})
    TICKS = True

    def draw(self, width: int, height: int) -> list[Row]:
        return draw_queue(self.view, width, height)


# ---- uploading: proof that bytes move; or why they do not, and what follows

FULL_PACE = 8  # requests at once; fewer after Google asked to slow down
WIDE = 50  # from this width on the folder stands beside the photo
_WHY = {
    DriveState.OFFLINE: ("Drive does not answer", "Tried every second; goes on by itself"),
    DriveState.NEEDS_LOGIN: ("Google asks for a new sign-in", "The queue is kept"),
    DriveState.FULL: ("Drive is full", "Make room there; sending starts by itself"),
}


def draw_uploading(view: View, width: int, height: int) -> list[Row]:
    status = view.state.status
    if status is None:
        return [heading("Uploading", width)]
    if status["drive"]["state"] == DriveState.DISABLED:
        return [heading("Uploading", width, "", "off"), [(fit("Photos are filed here only.", width), "$dim")]]
    if view.silent:
        return [heading("Uploading", width, "", "not known")]
    stopped = _stopped(view, status, width)
    if stopped:
        return stopped
    waiting = status["uploads"]["queued"]
    active = view.state.uploading["active"]
    if not active and not waiting:
        return [heading("Uploading", width, "nothing to send"), [(fit(_idle(status), width), "$dim")]]
    rows = [
        heading("Uploading", width, f"{words.number(waiting)} {'waits' if waiting == 1 else 'wait'}", _count(active))
    ]
    pace = _pace(status)
    room = height - 1 - bool(pace)
    rows += [_upload(upload, width) for upload in active[:room]]
    if pace:
        rows.append([(sentences(pace, width), "$warn")])
    if width >= WIDE:
        rows += [
            [(fit(upload["photo"], 14), "$dim"), (" ", ""), (fit_path(upload["to"], 19), "$dim"), (" waits", "$dim")]
            for upload in view.state.uploading["waiting"][: max(0, height - len(rows))]
        ]
    return rows


def _pace(status: StatusDocument) -> str:
    """What makes it slower than it could be: Google's wish, or a limit of one's own. Empty: nothing does."""
    pace = status["drive"]["pace"]
    said: list[str] = []
    if status["drive"]["state"] == DriveState.THROTTLED or pace["pause_seconds"]:
        again = f": {pace['pause_seconds']:.0f} s" if pace["pause_seconds"] >= 1 else ""
        said.append(f"{status['drive']['detail'] or 'Google asked us to slow down'}{again}")
    if pace["at_once"] < FULL_PACE:
        said.append(f"{pace['at_once']} at once")
    if pace["up_mbps"]:
        said.append(f"Limited to {pace['up_mbps']:g} Mbit/s")
    if status["drive"]["metered"]:
        said.append("Metered: small copies first")
    return ". ".join(said)


def _count(active: list[ActiveUpload]) -> str:
    return words.number(len(active)) if active else ""


def _idle(status: StatusDocument) -> str:
    if on_their_way(status):
        return "The next ones are being looked at."
    if not status["photos"]["seen"]:
        return "No photo has arrived yet."
    if not _all_done(status):
        return "Nothing more can be sent now."
    safe = status["safe_to_leave"]
    only_here = safe.get("only_here", 0)
    if only_here and not safe["verified"]:
        return "Photos stay only here."
    but = {"set aside": safe["set_aside"], "only here": only_here}
    told = " and ".join(f"{words.number(number)} {what}" for what, number in but.items() if number)
    return (
        f"On Drive is all but {told}{words.smaller(status)}."
        if told
        else f"Every photo is on Drive{words.smaller(status)}."
    )


def _all_done(status: StatusDocument) -> bool:
    return finished(status) >= all_photos(status)


def _upload(upload: ActiveUpload, width: int) -> Row:
    size = upload["bytes"]
    share = "sent" if upload["sent"] >= size else words.share(upload["sent"], size)  # Drive has not answered yet
    tail: Row = [(f"{share:>5}", "$ink"), (f"{words.rate(upload['rate']):>10}", "$dim")]
    if width < WIDE:
        return [(fit(upload["photo"], 12), "$ink"), (" ", ""), *bar(upload["sent"], size, width - 28, "$accent"), *tail]
    track = bar(upload["sent"], size, width - 50, "$accent")
    return [
        (fit(upload["photo"], 14), "$ink"),
        (" ", ""),
        (fit_path(upload["to"], 19), "$people"),
        (" ", ""),
        *track,
        *tail,
    ]


def _kept_back(status: StatusDocument) -> tuple[str, str] | None:
    """Why the line lets nothing more through, and what follows; `None`: it does."""
    day, left = status["drive"]["today"], status["photos"]["only_small"]
    if status["safe_to_leave"]["code"] == SafeCode.DAY_SPENT:
        return f"The day's {day['limit'] / 1e6:,g} MB are used up", "It goes on at midnight"
    if status["safe_to_leave"]["code"] == SafeCode.METERED:
        return f"Metered: {words.number(left)} only as small copies", f"{named('D')}: not metered any more"
    return None


def _stopped(view: View, status: StatusDocument, width: int) -> list[Row]:
    """STOPPED or PAUSED, the reason, and what follows by itself or from a key."""
    waiting = status["uploads"]["queued"] + status["uploads"]["active"]
    right = f"{words.number(waiting)} {'waits' if waiting == 1 else 'wait'}"
    state = status["drive"]["state"]
    why = _WHY.get(DriveState(state)) if state in list(DriveState) and not status["drive"]["connecting"] else None
    paused = status["paused"]
    if why and not (status["drive"]["state"] == DriveState.OFFLINE and (paused["uploads"] or paused["all"])):
        reason, follows = why
        if state in (DriveState.OFFLINE, DriveState.FULL):  # which network, and how full
            reason = status["drive"]["detail"] or reason
        if status["drive"]["state"] == DriveState.NEEDS_LOGIN and view.offers.sign_in:
            follows = f"Press {view.offers.sign_in}; the queue is kept"
        return _reason(heading("Uploading", width, right, "STOPPED"), reason, follows, "$bad", width)
    if paused["uploads"] or paused["all"]:
        since = words.moment(paused["since"])
        what = "Everything paused" if paused["all"] else "Paused"
        reason = f"{what} by hand" + (f" at {words.clock(since, seconds=False)}" if since else "")
        follows = f"Press {named('P' if paused['all'] else 'p')} to go on"
        return _reason(heading("Uploading", width, right, "PAUSED"), reason, follows, "$accent", width)
    if held := _kept_back(status):
        return _reason(heading("Uploading", width, right, "WAITS"), *held, "$accent", width)
    return []


def _reason(title: Row, reason: str, follows: str, style: str, width: int) -> list[Row]:
    return [title, [(sentences(reason, width), f"bold {style}")], [(sentences(follows, width), "$ink")]]


class Uploading(Pane):
    SECTIONS = frozenset({"uploading", "status"})
    TICKS = True  # the next try

    def draw(self, width: int, height: int) -> list[Row]:
        return draw_uploading(self.view, width, height)
