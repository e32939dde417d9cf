"""Which folders of Drive may be a source: none of ours, none twice in an event, none with a destination inside.

Asked before anything is kept; and once more when Drive could not be asked then.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import replace

from agent.changes.tree import FolderTree
from agent.changes.watched import roots_of
from agent.drive.files import DriveFile
from agent.errors import UsageError
from agent.ledger import Ledger, recorded
from agent.model import Event, Source
from agent.roster import Roster
from agent.uploads import tags

OURS = "venuesync's own folder"


class Choosing:
    """`destination` is the workspace's own, an id or "". Raises `UsageError` for what may not be, or `DriveError`."""

    def __init__(self, tree: FolderTree, ledger: Ledger, roster: Roster, destination: str) -> None:
        self._tree = tree
        self._ledger = ledger
        self._roster = roster
        self._destination = destination

    async def resolve(self, event: Event, source: Source) -> Source:
        """A source that Drive could not be asked about, with its folder's name and drive; checked like all others."""
        found = await self._tree.resolve(source, event.folder_depth)
        others = [one for one in event.sources if one.id != source.id]
        await self.check(replace(event, sources=(*others, found)), [found])
        return found

    async def check(self, event: Event, news: Sequence[Source] = ()) -> None:
        """Refuse an event whose sources overlap, or that would file into a source of any event.

        `news`: sources that are not known to be good yet.
        """
        resolved = [one for one in event.sources if one.resolved]
        above = {root: await self._tree.above(root) for one in resolved for root in roots_of(one)}
        for one in news:
            for root in roots_of(one):
                if one.resolved and await self.is_ours(above[root]):
                    raise UsageError(
                        "That folder is venuesync's own",
                        f"{one.name}: what venuesync files never comes in again",
                        "Choose the folder that photographers put their photos in",
                    )
        _refuse_overlap(event.name, resolved, above)
        await self._refuse_destination_inside(event)

    async def is_ours(self, above: Sequence[DriveFile]) -> bool:
        """Whether venuesync made the folder, or one above it: by this workspace's ledger, or by anybody's marks."""
        if any(tags.WORKSPACE in one.tags for one in above):
            return True
        return bool(await self._ledger.read(made_by_us, [one.id for one in above]))

    async def _refuse_destination_inside(self, event: Event) -> None:
        """What is filed must never come back as something that arrives."""
        events = [one for one in self._roster.events() if one.id != event.id] + [event]
        given = [(one.name, str(one.destination)) for one in events if one.destination]
        given += [("drive.destination", self._destination)] if self._destination else []
        roots = {root: one.name for event in events for one in event.sources for root in roots_of(one)}
        for name, destination in given:
            inside = next((one.id for one in await self._tree.above(destination) if one.id in roots), None)
            if inside is not None:
                raise UsageError(
                    "A destination lies inside a source",
                    f"{name} would file into {roots[inside]}",
                    "Choose another destination, or another source",
                )

    async def why_not(self, drive_id: str, event: Event | None) -> str | None:
        """For whoever chooses a folder: why it may not be a source (of this event). One that is one already may be."""
        above = await self._tree.above(drive_id)
        if await self.is_ours(above):
            return OURS
        for one in () if event is None else event.sources:
            for root in roots_of(one):
                if root in {folder.id for folder in above[1:]}:
                    return f"inside {one.name}, a source already"
                if drive_id != root and drive_id in {folder.id for folder in await self._tree.above(root)}:
                    return f"above {one.name}, a source already"
        return None


def _refuse_overlap(event: str, sources: Sequence[Source], above: Mapping[str, Sequence[DriveFile]]) -> None:
    """No photo comes into an event by two ways. `above`: for each root, it and the folders above."""
    for one in sources:
        for other in sources:
            lies_in = {folder.id for root in roots_of(other) for folder in above[root]}
            if one.id != other.id and not lies_in.isdisjoint(roots_of(one)):
                raise UsageError(
                    "Two sources overlap",
                    f"{other.name} lies inside {one.name}; both would be sources of {event}",
                    "Choose one of them",
                )


def made_by_us(db: sqlite3.Connection, ids: Sequence[str]) -> frozenset[str]:
    """Of these the folders that venuesync made; an operator's own folder that was given to it is not."""
    return recorded.ours_among(db, ids) - recorded.given_among(db, ids)
