"""Facts about Drive's items, completed by asking Drive for more, until it is certain what they do.

`get` never lags: by it an unknown folder is followed upward until it is clear whose it is, and only by it is something
gone. Folders that lie in no source are remembered, so that whatever else the account does costs next to nothing.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Sequence

from agent.changes.membership import Effects, Facts, Homes, Known, effects_of, leads_to_folder
from agent.drive.client import DriveClient
from agent.drive.files import DriveFile
from agent.ledger import Ledger, foreign, recorded, sources
from agent.ledger.sources import ListedFolder
from agent.model import DriveId, SourceId


class Inquiry:
    """`facts` grow as they are asked for. Raises `DriveError`."""

    def __init__(self, ledger: Ledger, client: DriveClient) -> None:
        self.facts: dict[str, DriveFile | None] = {}
        self._ledger = ledger
        self._client = client

    async def ask(self, ids: Collection[DriveId]) -> None:
        """What Drive says of these now, of those that are no facts yet."""
        self.facts |= await self._client.get_all(one for one in sorted(ids) if one not in self.facts)

    async def effects(self, watched: Collection[SourceId]) -> tuple[Effects, Homes]:
        """What the facts do. For the `watched` sources, whatever lay in a folder that leaves is asked for itself."""
        while True:
            homes = Homes(self.facts, await self._ledger.read(known_of, self.facts))
            effects = effects_of(homes)
            leaving = [one for one in effects.left if one[0] in watched]
            missing = homes.unknown | (await self._ledger.read(inside, leaving) if leaving else set[DriveId]())
            if not missing - self.facts.keys():
                return effects, homes
            await self.ask(missing)


def known_of(db: sqlite3.Connection, facts: Facts) -> Known:
    """What is remembered of everything that the facts speak of."""
    there = [fact for fact in facts.values() if fact is not None]
    ids = {*facts, *(parent for fact in there for parent in fact.parents)}
    ids |= {str(fact.target) for fact in there if leads_to_folder(fact)}
    through = sources.folders_through(db, facts)
    ids |= {row.id for row in through}
    folders = sources.folders_and_above(db, ids)
    by_id: dict[str, list[ListedFolder]] = {}
    for row in folders:
        by_id.setdefault(row.id, []).append(row)
    by_shortcut: dict[str, list[ListedFolder]] = {}
    for row in through:
        by_shortcut.setdefault(str(row.via), []).append(row)
    return Known(
        by_id,
        by_shortcut,
        sources.sources_of_files(db, facts),
        foreign.above(db, ids),
        recorded.ours_among(db, ids | {row.id for row in folders}),
    )


def inside(db: sqlite3.Connection, leaving: Sequence[tuple[SourceId, DriveId]]) -> set[DriveId]:
    """Folders and files that lie in these folders, by our knowledge."""
    found: set[DriveId] = set()
    for source in {source for source, _ in leaving}:
        below = sources.subtree(db, source, [folder for one, folder in leaving if one == source])
        found |= below.keys()
        found |= {file for file, known in sources.files_in(db, source, below).items() if not known.gone}
    return found
