"""The folders of all events on this machine, and what goes or stays in them as events come and go."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from agent import clock
from agent.disk.atomic import in_words
from agent.disk.own_folders import OwnFolders, folders_below, names_in, or_told
from agent.errors import UsageError, VenueError
from agent.filing.files import Spot, made_at
from agent.filing.names import safe_name
from agent.filing.overlaps import refuse_overlaps
from agent.filing.ownership import Lay, MadeLog
from agent.filing.plan import FILED, outputs, topmost
from agent.filing.withdrawn import LastFiles
from agent.intake.folders import Unwatched, WatchedFolder, incoming_folders, make_own, own_folder
from agent.jobs.removals import Fetched, drop_files
from agent.ledger import Ledger, incoming, sightings
from agent.ledger.counts import plural
from agent.ledger.sightings import FileFacts
from agent.ledger.sqlite.rows import Row
from agent.model import Event, EventId, PhotoId, folded
from agent.people import guests
from agent.roster import Roster
from agent.settings import Settings
from agent.workspace import Workspace

if TYPE_CHECKING:
    from agent.intake.watcher import Watcher


@dataclass(eq=False, slots=True)
class EventFolders:
    _workspace: Workspace
    _settings: Settings
    _roster: Roster
    _own: OwnFolders
    _made_log: MadeLog
    _watcher: Watcher | Unwatched

    async def check(self, events: Sequence[Event]) -> None:
        """Raises `UsageError` where an incoming folder would lie in what is filed, or the other way round."""
        await asyncio.to_thread(refuse_overlaps, self._workspace, self._settings, events)

    async def refuse_files(self, folders: Collection[str]) -> None:
        """Raises `UsageError` for a file. A folder that is not there yet may come: a share that is not mounted."""
        for one in folders:
            if await asyncio.to_thread(os.path.isfile, one):
                raise UsageError("That is a file, and no folder", one, "Name the folder that it lies in")

    def incoming(self, event: Event) -> str:
        """Its own folder in which photos arrive."""
        return str(own_folder(self._workspace, event))

    def mistaken(self, event: Event) -> list[str]:
        """The folder of the event's name, where that is another's, which was called so once."""
        name = folded(safe_name(event.name))
        others = [one for one in self._roster.events() if one.id != event.id and one.folder]
        return [
            f"Events/{one.folder}/Incoming is {one.name}'s: photos of {event.name} go into {self.incoming(event)}"
            for one in others
            if folded(one.folder) == name
        ]

    async def left_there(self, event: Event) -> list[str]:
        """What an event of that folder left that was removed: the new one's files come to lie among them.

        They are noted as no files of the new one's. Raises `VenueError` where they cannot be.
        """
        folder, lay = self._workspace.folder_of(event.folder), await asyncio.to_thread(self._lying, event)
        with in_words(self._workspace.state):
            await asyncio.to_thread(self._made_log.note_left, lay)
        count = len(lay)
        if not count:
            return []
        return [
            f"{plural(count, 'file')} of an earlier event {'lies' if count == 1 else 'lie'} in {folder}, and on Drive"
            " where it was sent: all that stays. What comes again is filed again; what is not wanted, delete by hand"
        ]

    def _lying(self, event: Event) -> list[Lay]:
        found: list[Lay] = []
        for path, folder in folders_below(self._own, outputs(event, FILED)):
            with or_told(path):
                there = [made_at(Spot(folder, name)) for name in names_in(folder)]
                found += [(event.id, one.inode, one.born_us) for one in there if one is not None]
        return found

    async def guest_numbers(self, event: Event) -> dict[EventId, int]:
        """Which guests' numbers were given in it, as far as its folders show."""
        return await asyncio.to_thread(guests.numbers_on_disk, self._workspace, [event])

    async def drop_files(self, pictures: Collection[str], fetched: Sequence[Fetched]) -> VenueError | None:
        """What goes with an event that is removed. Answers what the disk refused of it: all else goes on."""
        try:
            await asyncio.to_thread(drop_files, self._workspace, self._own, pictures, fetched)
        except VenueError as error:
            return error
        return None

    async def lie_here(self, paths: Sequence[str]) -> list[Path]:
        """Those of these files that lie here (still)."""
        return await asyncio.to_thread(lambda: [one for one in map(Path, paths) if os.path.lexists(one)])

    async def keep_last(self, found: Sequence[Row]) -> list[tuple[PhotoId, Path, FileFacts]]:
        """`path, photo, sha256, event, name` of photos that nobody knows the place of from now on. Answers where they
        are kept. Raises `VenueError`.
        """

        def keep() -> list[tuple[PhotoId, Path, FileFacts]]:
            last, kept = LastFiles(self._workspace.state), list[tuple[PhotoId, Path, FileFacts]]()
            for one in found:
                path = self._workspace.root / sightings.from_text(one["path"])
                last.keep_copy(path, one["sha256"], (one["event"], one["name"]))
                with suppress(FileNotFoundError):
                    facts = last.path(one["sha256"]).stat()
                    there = FileFacts(facts.st_size, facts.st_mtime_ns, facts.st_ino)
                    kept.append((PhotoId(one["photo"]), last.path(one["sha256"]), there))
            return kept

        with in_words(self._workspace.state):
            return await asyncio.to_thread(keep)

    async def follow(self, ledger: Ledger) -> None:
        """Have those watched that are there now; where nothing is, the next start does.

        The ledger hears of it first: by what it knew of one for another event, a first sweep would have seen all. And
        once more then, as whoever watched it before may have gone on with it.
        """
        await self._tell(ledger)
        await self._watcher.follow(self._made)
        if await self._tell(ledger):
            self._watcher.look_again()

    async def _tell(self, ledger: Ledger) -> bool:
        watched = [(str(one.path), one.event) for one in self._watched()]
        return await ledger.write(incoming.follow, watched, clock.wall())

    def _made(self) -> list[WatchedFolder]:
        """What is to be watched, our own folders made. Blocks."""
        events = self._roster.events()
        self._own.hold(topmost(events))
        make_own(self._own, events)
        return self._watched()

    def _watched(self) -> list[WatchedFolder]:
        return incoming_folders(self._workspace, self._settings, self._roster.events())
