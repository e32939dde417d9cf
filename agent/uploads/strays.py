"""What carries our marks on Drive and is not known by its id: told apart, and put into the trash where it is nobody's.

Such files and folders are left when a ledger is lost, or an older one put back, before Drive had followed. A photo
that lies wherever it is wanted, here, has no need of them; of any other nothing is said.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from agent.drive.client import DriveClient
from agent.drive.files import DriveFile
from agent.ledger import Ledger, recorded
from agent.ledger.recorded import Recorded
from agent.model import DriveId
from agent.uploads import tags

Listed = Mapping[str, DriveFile]  # by id


@dataclass(slots=True)
class Strays:
    """`extra`: photos in a folder of ours, `doubled`: of what lies there already; `empty`: folders, the deepest first.

    `left`: photos in the folders of an event that was removed, which stay; `twins`: folders, and the ids of those of
    the same mark that are known. All of it is ours.
    """

    extra: list[DriveFile] = field(default_factory=list[DriveFile])
    doubled: list[DriveFile] = field(default_factory=list[DriveFile])
    left: list[DriveFile] = field(default_factory=list[DriveFile])
    empty: list[DriveFile] = field(default_factory=list[DriveFile])
    twins: list[tuple[DriveFile, DriveId]] = field(default_factory=list[tuple[DriveFile, DriveId]])


def tell_apart(
    db: sqlite3.Connection, listed: Listed, wanted: Sequence[Recorded], events: Collection[str] | None
) -> Strays:
    """`listed`: all that carries our marks. `events`: those there are; `None` while it is not known for sure who is
    wanted where: then only doubles are named.
    """
    found = Strays()
    known = recorded.all_drive_ids(db)
    folders = {str(row["key"]): row for row in recorded.folders_on_drive(db)}
    homes = {str(row["drive_id"]): row["id"] for row in folders.values()}
    places = {(one.sha256, one.folder) for one in wanted}
    settled = recorded.settled(db)
    for file in listed.values():
        if file.id in known:
            continue
        parent = file.parents[0] if file.parents else ""
        sha256 = file.tags.get(tags.PHOTO)
        twin = folders.get(file.tags.get(tags.FOLDER, "")) if file.is_folder else None
        if twin is not None:
            found.twins.append((file, DriveId(twin["drive_id"])))
        elif (sha256, homes.get(parent)) in places:
            found.doubled.append(file)
        elif events is None:
            continue
        elif not (parent in homes or of_an_event(file, listed, events)):
            found.left += [] if file.is_folder else [file]
        elif file.is_folder:
            found.empty.append(file)
        elif sha256 in settled:
            found.extra.append(file)
    found.empty = empty_but_for(found, listed)
    return found


def of_an_event(file: DriveFile, listed: Listed, events: Collection[str]) -> bool:
    """Whether it lies below the folder of one of these events, or is that folder, by the keys of all above it."""
    for one in (file, *above(file, listed)):
        kind, _, rest = one.tags.get(tags.FOLDER, "").partition(":")
        if kind == "event":
            return rest.partition("/")[0] in events
    return False


def empty_but_for(found: Strays, listed: Listed) -> list[DriveFile]:
    """Of the folders those in which nothing of ours lies but what goes itself, the deepest first."""
    folders = sorted(found.empty, key=lambda one: -len(list(above(one, listed))))
    going = {one.id for one in found.extra}
    inside: dict[str, list[DriveId]] = {}
    for one in listed.values():
        inside.setdefault(one.parents[0] if one.parents else "", []).append(one.id)
    empty: list[DriveFile] = []
    for folder in folders:
        if all(one in going for one in inside.get(folder.id, ())):
            going.add(folder.id)
            empty.append(folder)
    return empty


def above(file: DriveFile, listed: Listed) -> Iterator[DriveFile]:
    """The folders of ours that it lies in, the nearest first."""
    met = {file.id}
    one = file
    while one.parents and one.parents[0] in listed and one.parents[0] not in met:
        one = listed[one.parents[0]]
        met.add(one.id)
        yield one


def path_of(file: DriveFile, listed: Listed) -> str:
    """Below our topmost folder, as a person sees it; of a folder with a slash behind."""
    names = [one.name for one in (file, *above(file, listed)) if one.tags.get(tags.FOLDER) != "root"]
    return "/".join(reversed(names)) + ("/" if file.is_folder else "")


async def clear(ledger: Ledger, client: DriveClient, files: Sequence[DriveFile], folders: Sequence[DriveFile]) -> None:
    """Into Drive's trash, as far as nobody has it by now. A folder in which somebody else put something stays."""
    free = await ledger.write(recorded.let_go, [one.id for one in (*files, *folders)])
    gone: set[str] = set()
    for one in (*files, *folders):
        if one.id not in free or (one.is_folder and await _holds_more(client, one, gone)):
            continue
        await client.trash(one.id)
        gone.add(one.id)


async def _holds_more(client: DriveClient, folder: DriveFile, gone: Collection[str]) -> bool:
    """What went a moment ago may be listed still."""
    return any([one.id not in gone async for one in client.children([folder.id])])
