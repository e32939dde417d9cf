"""What goes from this machine with an event that is removed: by what its people were known, and what was fetched for
it to be filed, and was, or is no photo.

It goes once the roster has the removal's word and before the ledger does: killed in between, the next start knows by
the ledger what is left to do.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TypeAlias

from agent.disk.atomic import in_words
from agent.disk.own_folders import OwnFolders
from agent.errors import VenueError
from agent.filing.withdrawn import Whereabouts, whereabouts
from agent.jobs.pictures import drop_cut, drop_pictures
from agent.jobs.retention import put_into
from agent.ledger import Ledger, downloads, removed_events
from agent.ledger.sqlite.rows import Db
from agent.model import EventId
from agent.roster import Roster
from agent.workspace import Workspace

Fetched: TypeAlias = tuple[Path, Whereabouts | None]  # a file, and where else its photo is filed; `None`: it is none


def fetched_for(db: Db, events: Collection[EventId]) -> list[Fetched]:
    """Files that were fetched for them: of filed photos, and such as are no photos."""
    found = [one for event in events for one in downloads.filed_downloads(db, event)]
    filed = {one.sha256: one for one in whereabouts(db, [one.sha256 for one in found])}
    others: list[Fetched] = [(Path(path), None) for event in events for path in downloads.no_photos(db, event)]
    return [*((Path(one.path), filed[one.sha256]) for one in found), *others]


def drop_files(workspace: Workspace, own: OwnFolders, pictures: Collection[str], fetched: Sequence[Fetched]) -> None:
    """Pictures by their SHA-256, and what was cut out of photos; what was fetched and is no photo, or of which a filed
    file has the bytes. Blocks. Raises `VenueError`, of what is refused first, once all else has gone.
    """
    refused: list[VenueError] = []
    with put_into(refused):
        drop_cut(workspace)
    with put_into(refused):
        drop_pictures(workspace, pictures)
    for path, one in fetched:
        with put_into(refused), in_words(path):
            if path.is_relative_to(workspace.downloads) and (one is None or one.is_filed(own)):
                path.unlink(missing_ok=True)
    if refused:
        raise refused[0]


def finish(ledger: Ledger, roster: Roster, workspace: Workspace, own: OwnFolders) -> None:
    """At a start: of events that were removed just before a crash, or since an older ledger was made. Blocks."""
    events = roster.events()
    ids = [one.id for one in events]
    known, lying = roster.references(ids), set[str]()
    if gone := ledger.ask(lambda db: removed_events.others(db, ids)):
        pictures = {one.name for one in workspace.references.glob("[!.]*")} - {sha256 for sha256, _ in known}
        with suppress(VenueError):
            drop_files(workspace, own, pictures, ledger.ask(lambda db: fetched_for(db, gone)))
        lying = {one.name for one in workspace.references.glob("[!.]*")}
    of_events = [source.id for one in events for source in one.sources]
    ledger.submit(removed_events.forget_all_but, ids, of_events, known, lying).result()
