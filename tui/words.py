"""Numbers, spans and times as people read them, one form each; and text from outside made safe to be shown.

Times are shown in the machine's own zone.
"""

from __future__ import annotations

import math
import re
import unicodedata
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

from agent.clock import from_iso

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.requests.consent import ConsentRow
    from agent.requests.photos import PhotoRow
    from agent.requests.status import StatusDocument

NOTHING = "--"
KEPT_OURS = (
    "Delete no file in .venuesync: logs and backups go by themselves as newer ones come, as do lines of"
    " venuesync activity; what is an event's goes with it, by venuesync events remove"
)
KEPT_THEIRS = "What shows them and is not ours you may delete yourself"


def number(count: int, width: int = 0) -> str:
    """`1,204`; where that is wider than `width`: `12k`, `3M`."""
    grouped = f"{count:,}"
    if not width or len(grouped) <= width:
        return grouped
    thousands = f"{count // 1000:,}k"
    return thousands if len(thousands) <= width else f"{count // 1_000_000:,}M"


def photos(count: int) -> str:
    return "1 photo" if count == 1 else f"{count:,} photos"


def placements(count: int) -> str:
    return "1 placement" if count == 1 else f"{count:,} placements"


def faces(count: int) -> str:
    return "1 face" if count == 1 else f"{count:,} faces"


def of_burst(photo: PhotoRow) -> str:
    """Its name; with `*3` behind the sharpest of a burst of three, and `+3` behind the others."""
    return (
        f"{photo['name']} {'*' if photo['sharpest'] else '+'}{photo['burst']}" if photo["burst"] > 1 else photo["name"]
    )


def moved(count: int, *, yet: bool = False) -> str:
    """How many photos lie in other folders than before; `yet`: they may in a moment, as a guest is found on them."""
    return f"{photos(count)} moved" if count else "no photo had to move" + (" yet" if yet else "")


CONSENT = "as: signed form, until 2027-11-22"
_UNTIL = re.compile(r"(.+?),? until (\d{4}-\d\d-\d\d)")


def what_ends(found: Sequence[str]) -> str:
    """What ends it that files name somebody still, as `.venuesync/…: name`: never that a store is deleted."""
    ours = any(one.startswith(".venuesync/") for one in found)
    theirs = any(not one.startswith(".venuesync/") for one in found)
    return "; ".join([KEPT_OURS] * ours + [KEPT_THEIRS] * theirs)


def consent(row: ConsentRow) -> str:
    """`signed form, until 2027-11-22`."""
    return f"{row['how']}, until {row['until']}" if row["until"] else f"{row['how']}"


def consent_typed(line: str) -> tuple[str, str | None]:
    """How, and the last day where one is said."""
    found = _UNTIL.fullmatch(line.strip())
    return (found[1], found[2]) if found else (line, None)


def smaller(status: StatusDocument) -> str:
    """`, 2 only as small copies, originals of Gala only here`: what lies on Drive in photos' places; "" for nothing."""
    small = status["photos"]["only_small"]
    names = [one["name"] for one in status["events"] if one.get("smaller") and one["photos"]]
    told = [f"{small:,} only as {'a small copy' if small == 1 else 'small copies'}"] if small else []
    told += [f"originals of {safe_text(', '.join(names))} only here"] if names else []
    return "".join(f", {one}" for one in told)


SYNC = {  # how an event stands with its folders, as people say it
    "UP_TO_DATE": "up to date",
    "SYNCING": "syncing",
    "SYNC_REQUIRED": "sync due",
    "NEVER_SYNCED": "never synced",
    "ERROR": "FAILED",
}


def healed(count: int) -> str:
    """Of problems, today."""
    return "1 problem today healed by itself" if count == 1 else f"{count:,} problems today healed by themselves"


def span(seconds: float) -> str:
    """`6 s`, `6 min`, `2 h`, `3 days`: whole units that have passed."""
    whole = max(0, int(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min"
    if whole < 48 * 3600:
        return f"{whole // 3600} h"
    return f"{whole // 86400} days"


def took(seconds: float) -> str:
    """How long something took: a tenth counts below one second."""
    return f"{max(0.1, seconds):.1f} s" if seconds < 0.95 else span(seconds + 0.5)


def ago(seconds: float) -> str:
    """`now`, `40 s ago` in steps of 10 s, `9 min ago`."""
    if seconds < 10:
        return "now"
    return f"{span(seconds // 10 * 10 if seconds < 60 else seconds)} ago"


def to_come(seconds: float) -> str:
    """`in 18 s`, `in 1 min`, `now`."""
    return f"in {span(math.ceil(seconds))}" if seconds > 0 else "now"


def about(seconds: float | None) -> str | None:
    """A time to go in steps that hold: 5 s to half a minute, 10 s to a minute, then minutes and hours."""
    if seconds is None:
        return None
    left = max(1, math.ceil(seconds))
    if left <= 50:
        step = 5 if left <= 30 else 10
        return f"about {-(-left // step) * step} s"
    minutes = -(-left // 60)
    return f"about {minutes} min" if minutes <= 90 else f"about {round(minutes / 60)} h"


def rate(bytes_per_second: float) -> str:
    """`4.2 MB/s`, at most nine cells."""
    megabytes = bytes_per_second / 1e6
    return f"{megabytes:.1f} MB/s" if megabytes < 99.95 else f"{megabytes:.0f} MB/s"


def size(count: int) -> str:
    """`8.2 MB`, `14.1 GB`: of bytes."""
    for unit, scale in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= scale * 0.95:
            return f"{count / scale:.1f} {unit}" if count < 99.95 * scale else f"{count / scale:,.0f} {unit}"
    return f"{count} bytes"


def share(part: int, whole: int) -> str:
    """`62%`; `100%` only when all is done."""
    if whole <= 0:
        return "100%" if part >= whole else "0%"
    return f"{min(part, whole) * 100 // whole}%"


def local(at: float) -> datetime:
    return datetime.fromtimestamp(at, tz=UTC).astimezone()


def clock(at: float, seconds: bool = True) -> str:
    """`22:14:07`, or `22:14`."""
    return local(at).strftime("%H:%M:%S" if seconds else "%H:%M")


def day_clock(at: float, now: float) -> str:
    """`22:14:07` today, `yesterday`, then the day: never wider than nine cells."""
    then, today = local(at), local(now)
    if then.date() == today.date():
        return then.strftime("%H:%M:%S")
    if then.date() == (today - timedelta(days=1)).date():
        return "yesterday"
    return f"{then.day} {then.strftime('%b')}"


def day_and_clock(at: float, now: float, seconds: bool = True) -> str:
    """`22:14:07` today, else with its day before it: `19 Nov 22:14`."""
    then = local(at)
    if then.date() == local(now).date():
        return clock(at, seconds)
    return f"{then.day} {then.strftime('%b')} {clock(at, seconds=False)}"


def moment(text: str | None) -> float | None:
    """Seconds since 1970 of a time as the agent tells it; what is no time is none."""
    with suppress(ValueError):
        return from_iso(text) if text else None
    return None


# ---- text from outside, fit to stand on the screen: literal, one line, as wide as it is counted
# Names of files and people may hold terminal codes, line breaks, direction overrides or anything else. Nothing here is
# ever read as markup: the panes draw plain segments, and every text passes through this on its way to one.

# Joiners, variation selectors, skin tones and tags only change how neighbours are drawn, and terminals disagree on
# how wide the result is: without them each part is drawn by itself, and a row keeps its columns.
_DROPPED = frozenset(
    [
        0x200C,
        0x200D,
        *range(0xFE00, 0xFE10),
        *range(0xE0100, 0xE01F0),
        *range(0x1F3FB, 0x1F400),
        *range(0xE0020, 0xE0080),
    ]
)
_FLAG_LETTERS = range(0x1F1E6, 0x1F200)  # two make a flag, or two boxes: shown as their letters
_UNSHOWN = frozenset({"Cc", "Cf", "Co", "Cs", "Zl", "Zp"})  # controls, direction overrides, private use, line breaks
_MARKS_IN_A_ROW = 3  # as many as living scripts need; more climb into the rows above


@lru_cache(8192)
def safe_text(text: str) -> str:
    """The text with every control and invisible character as `?`; calling it twice changes nothing more."""
    if text.isascii() and text.isprintable():
        return text
    shown: list[str] = []
    marks = 0
    for character in unicodedata.normalize("NFC", text):
        if ord(character) in _DROPPED:
            continue
        marks = marks + 1 if unicodedata.category(character) in ("Mn", "Me") else 0
        if marks <= _MARKS_IN_A_ROW:
            shown.append(shown_as(character))
    return "".join(shown)


def safe_value(text: str) -> str:
    """The same for a text that is edited: joiners and their like stay, as a name may need them."""
    return "".join(character if ord(character) in _DROPPED else shown_as(character) for character in text)


def shown_as(character: str) -> str:
    """One character as it may be drawn, always one character: what is edited keeps its positions."""
    number = ord(character)
    if number in _FLAG_LETTERS:
        return chr(ord("A") + number - _FLAG_LETTERS.start)
    return "?" if unicodedata.category(character) in _UNSHOWN else character
