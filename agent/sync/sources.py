"""A source: its folders and cameras, how people name it, whether it can be reached, and how it stands."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from agent.errors import Cause, Kind, VenueError
from agent.ledger import meta, sources, syncs, troubles
from agent.ledger.by_event import EventFacts
from agent.ledger.sqlite.rows import Db
from agent.ledger.syncs import FullListing
from agent.ledger.troubles import Subject
from agent.model import Event, EventId, Source, SourceCheck, SourceId

CAMERA = re.compile(r"(?:cloud[ _-]?)?cam(?:era)?[ _-]*0*(\d+)", re.IGNORECASE)
DIGITS = re.compile(r"(?<!\d)(\d{4})-?(\d{2})-?(\d{2})[_T -]?(\d{2})[-:.]?(\d{2})[-:.]?(\d{2})(?!\d)")


@dataclass(frozen=True, slots=True)
class Watched:
    """A source that is looked at, with the event that it feeds."""

    event: EventId
    source: Source

    @property
    def roots(self) -> list[tuple[str, str]]:
        """The folders at which it begins, each with a name."""
        return [(one, self.source.name) for one in roots_of(self.source)]


def roots_of(source: Source) -> list[str]:
    """The folders at which a source begins: the chosen ones, or the whole."""
    return list(source.only) or [source.folder]


# ---- who took a photo and when, as far as names tell: the predecessors' users name their folders Cam1, Camera2, Cam_01


def camera_of(folder: str) -> str:
    """`Cam1`, `Camera 01`, `Cloud_Cam1` → `Cam1`; any other folder's name is the photographer's, as it is."""
    found = CAMERA.fullmatch(folder.strip())
    return f"Cam{int(found[1])}" if found else folder.strip()


def in_predecessors_words(camera: str) -> str:
    """`Cam1` → `Cloud_Cam1`, as the programs of the predecessors' users know it."""
    found = CAMERA.fullmatch(camera)
    return f"Cloud_Cam{int(found[1])}" if found else camera


def time_in_name(name: str) -> str | None:
    """The time in `video_20260504_181530.mp4`, `cam1_…`, `recording_2026-05-04T18-15-30`: local, ISO; else `None`."""
    for found in DIGITS.finditer(name):
        try:
            return datetime.strptime("".join(found.groups()), "%Y%m%d%H%M%S").isoformat()  # noqa: DTZ007 - a camera's
        except ValueError:
            continue
    return None


def drive_time(seconds: float | None) -> str | None:
    """Drive's own time of a file, as photos' times are kept."""
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")


# ---- a source whose folder cannot be reached


def is_loss(error: VenueError) -> bool:
    """Whether Drive says that it is not there for us, rather than that something went wrong on the way."""
    return error.cause is Cause.MISSING or error.kind == Kind.PERMISSION_DENIED


def record_lost(db: Db, event: EventId, source: Source, error: VenueError, account: str | None, now: float) -> None:
    """The state and what to do about it, together: nobody sees one without the other. One that was removed meanwhile is
    in no trouble.
    """
    if source.id not in syncs.states(db):
        return
    said = told_lost(source, account) if is_loss(error) else error
    troubles.open_trouble(db, Subject(sources.trouble_key(source.id), source.name, event), said, now)
    if syncs.lost(db, source.id, f"{said.title}: {said.detail}", now):
        why = "cannot be reached" if is_loss(error) else "cannot be read"
        meta.note_activity(db, "lost", f"{source.name} {why} on Drive", now, event)


def found_again(db: Db, source: Source, now: float) -> None:
    troubles.heal(db, sources.trouble_key(source.id), now)


def told_lost(source: Source, account: str | None) -> VenueError:
    """Said with the folder, and whom it has to be shared with."""
    return VenueError(
        "A source on Drive cannot be reached",
        f"{source.name} (folder {' or '.join(roots_of(source))}) is gone, in the trash, or not shared any more",
        f"Share it with {account or 'the account that is signed in'}: it is read again by itself",
        cause=Cause.MISSING,
        kind="folder_not_found",
    )


# ---- how it stands


@dataclass(frozen=True, slots=True)
class SourceStanding:
    """How sure it is that all of a source is known and here: what "safe to pack up" has to ask of Drive.

    Nothing here goes by the clock: a source was looked at since the last arrival if the look began after it.
    `missing`: photos known there and not here."""

    event: EventId
    source: SourceId
    name: str
    check: SourceCheck
    missing: int = 0


@dataclass(frozen=True, slots=True)
class Looks:
    """What the feeds have done: for each source the number of arrivals when its last good look began; and how often a
    look was asked for.
    """

    polled: Mapping[SourceId, int]
    asks: int = 0

    def still(self, now: Looks) -> Looks:
        """What of these holds by now, too."""
        same = self.asks == now.asks
        return Looks({one: at for one, at in self.polled.items() if same and now.polled.get(one) == at}, now.asks)


NO_LOOKS = Looks({})  # no agent, or Drive cannot be asked


def standings(events: Iterable[Event], facts: EventFacts, looks: Looks, arrivals: int) -> list[SourceStanding]:
    """Every source that is looked at, with how it stands; `arrivals` as `counts.arrivals` tells it."""
    return [_standing(event, one, facts, looks, arrivals) for event in events for one in event.looked_at]


def _standing(event: Event, source: Source, facts: EventFacts, looks: Looks, arrivals: int) -> SourceStanding:
    row = facts.sources.get(source.id)
    missing = facts.missing.get(source.id, 0)
    if row is not None and row["state"] == "lost":
        check = SourceCheck.LOST
    elif row is None or row["required"] >= FullListing.AT_ONCE or looks.polled.get(source.id) != arrivals:
        check = SourceCheck.NOT_POLLED
    elif facts.unconfirmed.get(source.id):
        check = SourceCheck.LISTING_AGAIN
    else:
        check = SourceCheck.MISSING if missing else SourceCheck.CHECKED
    return SourceStanding(event.id, source.id, source.name, check, missing)
