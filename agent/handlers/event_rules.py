"""What an event may be: its keys, their values, and what may not overlap. Pure, but for the names it is given."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from agent import clock
from agent.errors import Cause, UsageError
from agent.faces.watermark import read_watermark
from agent.filing.names import distinct, safe_name
from agent.model import Event, EventId, Watermark, folded, plain
from agent.requests.events import EventSettings
from agent.settings.kinds import INTERVAL_TEXT, NAME_TEXT, minutes, name_template
from agent.workspace import absolute as absolute_path

RESERVED = ("sync", "default")
WATERMARK = "watermark"  # a key, of which the value is a file
ACCOUNT = "account"  # a key, whose change may send all of the event anew
ADDRESS = re.compile(r"[^@\s<>,;/\x00-\x1f]{1,64}@[^@\s<>,;/\x00-\x1f]{1,189}")
LEAST_SIDE, MOST_SIDE, QUALITY = 640, 8000, 90


def new_event(name: str, known: Sequence[Event]) -> Event:
    """An event with an id and a folder that nobody else has. Raises `UsageError` for an empty or reserved name."""
    name = plain(name)
    if not name or name.casefold() in RESERVED:
        raise UsageError("That is no name for an event", repr(name), f"Choose another than {', '.join(RESERVED)}")
    folder = distinct(safe_name(name), [event.folder for event in known if event.folder])
    return Event(EventId(f"e{secrets.token_hex(5)}"), name, folder, created_at=clock.wall())


def with_value(event: Event, key: str, value: str) -> Event:
    """The event with one key set. Raises `UsageError` naming the key, what was given and what is accepted."""
    change = CHANGES.get(key.replace("-", "_"))
    if change is None:
        raise UsageError(
            "An event has no such key", repr(key), f"Give one of {', '.join((*CHANGES, ACCOUNT))} or {WATERMARK}"
        )
    try:
        return change(event, value.strip())
    except ValueError as error:
        raise UsageError(f"{key} has a wrong value", f"{value!r} was given", f"Give {error}") from None


NEW = Event(EventId(""), "", "")


def as_account(value: str) -> str | None:
    """A Google account's address in the one way in which events name it; empty: `None`, the one that all use."""
    address = value.strip().lower()
    if address and not ADDRESS.fullmatch(address):
        raise UsageError(
            f"{ACCOUNT} has a wrong value",
            f"{value!r} was given",
            "Give a Google account's address, or nothing: the account that all events use",
        )
    return address or None


def as_interval(value: str) -> float | None:
    """Minutes by number or name; empty: the workspace's."""
    if not value:
        return None
    try:
        return minutes(value)
    except ValueError:
        raise ValueError(INTERVAL_TEXT) from None


def _tolerance(event: Event, value: str) -> Event:
    try:
        number = float(value) if value else None
    except ValueError:
        number = -1.0
    if number is not None and not 0.3 <= number <= 0.6:
        raise ValueError("0.3 to 0.6, or empty for the workspace's")
    return replace(event, tolerance=number)


def _choice(value: str, choices: Sequence[str]) -> str | None:
    if value and value not in choices:
        raise ValueError(f"{', '.join(choices)}, or empty for the workspace's")
    return value or None


def _yes(value: str) -> bool:
    if value.lower() not in ("true", "false"):
        raise ValueError("true or false")
    return value.lower() == "true"


def _switch(key: str) -> Callable[[Event, str], Event]:
    """Of a key that is true or false; empty: as a new event has it."""
    usual: bool = getattr(NEW, key)

    def change(event: Event, value: str) -> Event:
        try:
            return replace(event, **{key: _yes(value) if value else usual})
        except ValueError:
            raise ValueError(f"true or false, or empty: {str(usual).lower()}") from None

    return change


def _enabled(event: Event, value: str) -> Event:
    on = _yes(value) if value else NEW.enabled
    return replace(event, enabled=on, ended=event.ended and not on)


def _depth(event: Event, value: str) -> Event:
    if value and (not value.isdecimal() or len(value) > 3 or int(value) > 100):
        raise ValueError("0 (any) to 100, or empty: 0")
    return replace(event, folder_depth=int(value or NEW.folder_depth))


def _ends(event: Event, value: str) -> Event:
    return replace(event, ends=as_date(value), ended=False)


def as_date(value: str) -> str | None:
    """`2026-11-22`; empty: never."""
    if not value:
        return None
    try:
        return date.fromisoformat(value).isoformat()
    except ValueError:
        raise ValueError("a date such as 2026-11-22, or empty") from None


def _name(event: Event, value: str) -> Event:
    value = plain(value)
    if not value or value.casefold() in RESERVED:
        raise ValueError(f"a name, and none of {', '.join(RESERVED)}")
    before = [one for one in (*event.names_before, event.name) if one != value]
    return replace(event, name=value, names_before=tuple(dict.fromkeys(before)))


def _long_side(event: Event, value: str) -> Event:
    if value in ("", "0"):
        return replace(event, long_side=None)
    if not value.isdecimal() or len(value) > 5 or int(value) not in range(LEAST_SIDE, MOST_SIDE + 1):
        raise ValueError(f"{LEAST_SIDE} to {MOST_SIDE} pixels, or 0: the originals go to Drive")
    return replace(event, long_side=int(value))


def _quality(event: Event, value: str) -> Event:
    if not value:
        return replace(event, quality=QUALITY)
    if not value.isdecimal() or len(value) > 3 or int(value) not in range(50, 101):
        raise ValueError(f"50 to 100, or empty: {QUALITY}")
    return replace(event, quality=int(value))


def _name_template(event: Event, value: str) -> Event:
    try:
        return replace(event, name_template=name_template(value) or None)
    except ValueError as error:
        raise ValueError(f"{NAME_TEXT} ({error})") from None


MOST_PATTERNS = 20


def _exclude(event: Event, value: str) -> Event:
    patterns = tuple(dict.fromkeys(value.replace(",", " ").split()))
    if len(patterns) > MOST_PATTERNS or any("/" in one for one in patterns):
        raise ValueError(f"up to {MOST_PATTERNS} patterns of names, such as *.NEF, or empty")
    return replace(event, exclude=patterns)


def watermark(value: str) -> Watermark | None:
    """The file at this path; empty: none. Raises `UsageError`. Blocks."""
    if not value:
        return None
    path = absolute(value)
    try:
        return Watermark(path, read_watermark(Path(path))[1])
    except ValueError as error:
        raise UsageError("That is no watermark", str(error), "Give a PNG of up to 4 MB, or nothing") from None


CHANGES: dict[str, Callable[[Event, str], Event]] = {
    "name": _name,
    "tolerance": _tolerance,
    "interval": lambda event, value: replace(event, interval=as_interval(value)),
    "destination": lambda event, value: replace(event, destination=value or None),
    "gone": lambda event, value: replace(event, gone=_choice(value, ("keep", "remove"))),
    "enabled": _enabled,
    "send": _switch("send"),
    "folder_depth": _depth,
    "review": _switch("review"),
    "all_photos": _switch("all_photos"),
    "long_side": _long_side,
    "quality": _quality,
    "without_faces": _switch("without_faces"),
    "exclude": _exclude,
    "name_template": _name_template,
    "ends": _ends,
}


def refuse_same_name(event: Event, others: Sequence[Event]) -> None:
    """Whoever names one of two would mean either; capitals tell no events apart."""
    for other in others:
        if folded(event.name) in (folded(other.name), other.id.casefold()):
            raise UsageError(
                "There is an event of that name already", other.name, "Choose another name", cause=Cause.CONFLICT
            )


def refuse_same_destination(event: Event, others: Sequence[Event]) -> None:
    """Two events with one destination would mix their people."""
    for other in others:
        if event.destination and other.id != event.id and other.destination == event.destination:
            raise UsageError(
                "Two events cannot share a destination", f"{other.name} files there already", "Choose another folder"
            )


def shown(event: Event) -> EventSettings:
    """All of an event that can be set."""
    return {
        "id": event.id,
        "name": event.name,
        "enabled": event.enabled,
        "ended": event.ended,
        "interval": event.interval,
        "tolerance": event.tolerance,
        "account": event.account,
        "accounts_before": list(event.accounts_before),
        "destination": event.destination,
        "gone": event.gone,
        "send": event.send,
        "folder_depth": event.folder_depth,
        "review": event.review,
        "all_photos": event.all_photos,
        "long_side": event.long_side,
        "quality": event.quality,
        "watermark": None if event.watermark is None else event.watermark.path,
        "without_faces": event.without_faces,
        "exclude": list(event.exclude),
        "name_template": event.name_template,
        "ends": event.ends,
        "folders": [{"path": path, "enabled": path not in event.folders_off} for path in event.folders],
    }


def absolute(folder: str) -> str:
    """Raises `UsageError` for a home that there is not."""
    return str(absolute_path(Path(folder)))
