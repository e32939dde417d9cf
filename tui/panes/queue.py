"""Queue: how many photos are in each step, and how many are finished a minute."""

from __future__ import annotations

from agent.model import DriveState, Step
from tui import words
from tui.answer import on_their_way
from tui.draw import BLANK, Row, bar, heading, spark
from tui.pane import Pane
from tui.view import View

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
    return f"empty, {words.number(again)} looked at again"


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
    since = found["oldest_at"] if found else None
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
