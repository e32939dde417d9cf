"""Files that are taken in as no photos: they are something else, not to be read, or in a folder of no event."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from agent import clock
from agent.errors import VenueError
from agent.intake.reading import Unreadable
from agent.ledger import Ledger, meta, sightings, troubles
from agent.ledger.sightings import Sighting
from agent.ledger.sqlite.rows import Db
from agent.ledger.troubles import Subject
from agent.model import Event
from agent.workspace import Workspace


def file_key(path: str) -> str:
    """The key of a file's troubles."""
    return f"file:{sightings.to_text(path)}"


def leave_alone(db: Db, sighting: Sighting, name: str, reason: str, now: float) -> None:
    sightings.record_other(db, sighting, "skipped", reason, now)
    troubles.heal(db, file_key(sighting.path), now)
    meta.note_activity(db, "skipped", f"{name} is no photo: {reason}", now, sighting.event)


def unreadable(db: Db, sighting: Sighting, name: str, found: Unreadable, now: float, decided: troubles.Decided) -> None:
    """It is tried at each sweep; that it is as before is no news."""
    if sightings.is_so(db, sighting, "unreadable", found.reason):
        return
    sightings.record_other(db, sighting, "unreadable", found.reason, now)
    if troubles.is_aside(db, file_key(sighting.path)):
        return
    error = VenueError("A file cannot be read", f"{name}: {found.reason}", found.remedy, kind="permission_denied")
    troubles.open_trouble(db, Subject(file_key(sighting.path), name, sighting.event), error, now)
    troubles.follow_news(db, decided, file_key(sighting.path), now)


# ---- folders like an event's, made or renamed by hand, or left by a removed one: nobody takes what lies there

OF_NO_EVENT = "of-no-event:"  # before a folder, in the key of its trouble
LEFT = "left:"  # before the folder of an event, in the name of when that was removed: what it had lies there since then


class OfNoEvent:
    """Tells of files that came into such folders, every so many seconds; what a removed event left there is known."""

    def __init__(
        self, ledger: Ledger, workspace: Workspace, events: Callable[[], Sequence[Event]], every: float
    ) -> None:
        self._ledger = ledger
        self._workspace = workspace
        self._events = events
        self._every = every
        self._told = True  # something, by an earlier life maybe

    async def run(self) -> None:
        while True:
            await self._look()
            await asyncio.sleep(self._every)

    async def _look(self) -> None:
        events = self._events()
        left = await self._ledger.read(left_at)
        found = await asyncio.to_thread(lambda: [*folders_of_no_event(self._workspace, events, left)])
        owned = {event.folder for event in self._events()}  # one may have been added meanwhile
        names = [name for name in found if name not in owned]
        if names or self._told:
            await self._ledger.write(tell_of_no_event, names, clock.wall())
        self._told = bool(names)


def folders_of_no_event(
    workspace: Workspace, events: Sequence[Event], left: Mapping[str, float] | None = None
) -> Iterator[str]:
    """Names below `Events` in whose Incoming files lie; by `left` those that came after its event was removed."""
    own, since = {event.folder for event in events}, left or {}
    for folder in sorted((workspace.root / "Events").glob("*/Incoming")):
        name = folder.parent.name
        if name not in own and any(_came(path, since.get(name, 0.0)) for path in _files(folder)):
            yield name


def _files(folder: Path) -> Iterator[str]:
    for above, _, names in os.walk(folder):
        yield from (os.path.join(above, name) for name in names)  # noqa: PTH118 - of many files


def _came(path: str, since: float) -> bool:
    try:
        return Path(path).lstat().st_ctime > since
    except OSError:
        return False


def left_at(db: Db) -> dict[str, float]:
    return {key.removeprefix(LEFT): float(meta.get(db, key)) for key in meta.keys(db, LEFT)}


def tell_of_no_event(db: Db, names: Sequence[str], now: float) -> None:
    """These are all that there are."""
    keys = [f"{OF_NO_EVENT}{sightings.to_text(name)}" for name in names]
    for key, name in zip(keys, names, strict=True):
        if not troubles.is_open(db, key, "folder_of_no_event"):
            where = f"Events/{sightings.shown(name)}/Incoming"
            troubles.open_trouble(db, Subject(key, where), in_words(where), now)
    troubles.heal_all_but(db, OF_NO_EVENT, keys, now)


def folders_told(db: Db) -> list[str]:
    """Such folders, as people read them: their names below `Events`."""
    keys = troubles.open_keys(db, [OF_NO_EVENT])
    return [sightings.shown(sightings.from_text(key.removeprefix(OF_NO_EVENT))) for key in sorted(keys)]


def in_words(where: str) -> VenueError:
    return VenueError(
        "Photos lie in a folder of no event",
        f"{where}: what lies there is not taken in",
        "Move them into an event's Incoming, or add an event that is called so: venuesync events show NAME",
        kind="folder_of_no_event",
    )
