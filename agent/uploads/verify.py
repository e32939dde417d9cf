"""Comparing Drive with the ledger, by listing: what is missing, changed, doubled, or ours without being known.

Listings tell what to ask for; nothing counts as missing before its own id says so.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from agent.drive.client import DriveClient
from agent.drive.errors import DriveError
from agent.drive.files import DriveFile
from agent.errors import VenueError
from agent.ledger import Ledger, drive_folders, folders, forgotten, ours_on_drive, recorded
from agent.ledger.recorded import Recorded
from agent.ledger.sqlite.rows import Db
from agent.model import HERE, ORIGINAL, DriveId, End, EventId, FolderId, PlacementId, blurred_in
from agent.uploads import tags
from agent.uploads.send import if_there, into_trash

AT_ONCE = 8
Listed = Mapping[str, DriveFile]  # by id
Refused = dict[str, DriveError]  # by the id of what was to be mended


@dataclass(slots=True)
class Strays:
    """What carries our marks on Drive and is not known by its id, told apart.

    Such files and folders are left when a ledger is lost, or an older one put back, before Drive had followed. A photo
    that lies wherever it is wanted, here, has no need of them; of any other nothing is said.

    `extra`: photos in a folder of ours, `doubled`: of what lies there already; `empty`: folders, the deepest first.
    `edited`: photos that somebody made something else of, by which they are theirs; the mark says ours still.
    `left`: photos in the folders of an event that was removed, or goes to another account, which stay;
    `last`: the only files left of their photos, which stay, too;
    `doubled_folders`: with the ids of those of the same mark that are known. All of it is ours.
    """

    extra: list[DriveFile] = field(default_factory=list[DriveFile])
    doubled: list[DriveFile] = field(default_factory=list[DriveFile])
    edited: list[DriveFile] = field(default_factory=list[DriveFile])
    left: list[DriveFile] = field(default_factory=list[DriveFile])
    last: list[DriveFile] = field(default_factory=list[DriveFile])
    empty: list[DriveFile] = field(default_factory=list[DriveFile])
    doubled_folders: list[tuple[DriveFile, DriveId]] = field(default_factory=list[tuple[DriveFile, DriveId]])

    def add(self, found: Strays) -> None:
        self.extra += found.extra
        self.doubled += found.doubled
        self.edited += found.edited
        self.left += found.left
        self.empty += found.empty
        self.doubled_folders += found.doubled_folders


@dataclass(frozen=True, slots=True)
class Move:
    """Back to where it belongs on Drive."""

    file: DriveId
    out_of: tuple[DriveId, ...]
    to: DriveId


@dataclass(slots=True)
class DriveFindings:
    """`strays`: what is ours and unknown to the ledger; `listed`: all that is ours, by its id.

    `of`: the same, of each account; `unseen`: accounts whose Drives could not be asked, and why; `there`: SHA-256 of
    photos that lie there as they are; `nowhere`: of what is missing or changed, those of which nothing is left.
    `elsewhere`: what lies there as it was sent, in another folder, `moves`: where each is and belongs; `astray`: so do
    these folders of ours, with all in them. `away`: by whose it is, what lies in an operator's own folder that is gone.
    `refused`: what Drive did not let be mended; `back`: what was moved to where it belongs.
    """

    checked: int = 0
    missing: list[Recorded] = field(default_factory=list[Recorded])
    changed: list[Recorded] = field(default_factory=list[Recorded])
    elsewhere: list[Recorded] = field(default_factory=list[Recorded])
    untagged: list[Recorded] = field(default_factory=list[Recorded])
    astray: list[tuple[str, Move]] = field(default_factory=list[tuple[str, "Move"]])  # with its path below ours
    moves: dict[PlacementId, Move] = field(default_factory=dict[PlacementId, "Move"])
    strays: Strays = field(default_factory=Strays)
    listed: dict[str, DriveFile] = field(default_factory=dict[str, DriveFile])
    of: dict[str, DriveFindings] = field(default_factory=dict[str, "DriveFindings"])
    unseen: dict[str, VenueError] = field(default_factory=dict[str, VenueError])
    there: set[str] = field(default_factory=set[str])
    nowhere: list[Recorded] = field(default_factory=list[Recorded])
    away: dict[str, list[Recorded]] = field(default_factory=dict[str, "list[Recorded]"])
    refused: Refused = field(default_factory=dict[str, DriveError])
    back: set[DriveId] = field(default_factory=set[DriveId])

    def add(self, account: str, found: DriveFindings) -> None:
        """And of that account."""
        self.of[account] = found
        self.checked += found.checked
        self.missing += found.missing
        self.changed += found.changed
        self.elsewhere += found.elsewhere
        self.untagged += found.untagged
        self.astray += found.astray
        self.strays.add(found.strays)
        self.listed |= found.listed
        self.away |= found.away

    def spare(self, photos: Collection[str], lying_in: Collection[tuple[EventId, str]] = ()) -> None:
        """Of these, by SHA-256, nothing else is left, here or there; of others that, `lying_in` these events."""

        def is_last(one: DriveFile) -> bool:
            sha256 = one.tags.get(tags.PHOTO, "")
            return sha256 in photos or (event_of(one, self.listed), sha256) in lying_in

        for found in (self.strays.doubled, self.strays.extra):
            self.strays.last += [one for one in found if is_last(one)]
            found[:] = [one for one in found if not is_last(one)]
        self.strays.empty = empty_but_for(self.strays, self.listed)


class DriveInspector:
    """Asks as `DriveClient` does: raises `DriveError` when Drive cannot be asked."""

    def __init__(self, ledger: Ledger, client: DriveClient, workspace_id: str, account: str = "") -> None:
        self._account = account
        self._ledger = ledger
        self._client = client
        self._workspace_id = workspace_id

    async def verify(
        self,
        wanted: Sequence[Recorded],
        events: Callable[[], Awaitable[Collection[str] | None]],
        progress: Callable[[int], None],
    ) -> DriveFindings:
        """Compare all that is recorded as there with one listing of all that is ours. `events`: see `tell_apart`; asked
        once it is known what is there: of one that is removed, or goes to another account, meanwhile nothing is known.
        """
        wanted = [one for one in wanted if one.account == self._account]
        found = DriveFindings()
        key, value = tags.workspace(self._workspace_id)
        async for one in self._client.list_all(tagged(key, value)):
            found.listed[one.id] = one
            progress(len(found.listed))
        looked_for = [one for one in wanted if one.drive in (End.THERE, End.REMOVED) and one.made_as != HERE]
        await self._compare(looked_for, found)
        await self._find_away(found)
        await self._find_astray(found)
        known = await self._ledger.read(ours_on_drive.all_drive_ids)
        found.strays = await self._ledger.read(tell_apart, found.listed, known, wanted, await events(), self._account)
        return found

    async def _find_away(self, found: DriveFindings) -> None:
        """What lies in an operator's own folder that is gone is not missing: it may come back with that. Sent again, it
        would lie there twice.
        """
        is_gone: dict[FolderId, bool] = {}
        away: dict[FolderId, FolderId] = {}
        for folder in {one.folder for one in found.missing}:
            for up in await self._ledger.read(folders.above, folder):
                if up.given and up.id not in is_gone:
                    file = await self._by_id(up.drive_id) if up.there else None
                    is_gone[up.id] = file is None or file.trashed
                if up.given and is_gone[up.id]:
                    away[folder] = up.id
        for one in found.missing:
            if one.folder in away:
                name = await self._ledger.read(folders.name_of, away[one.folder])
                found.away.setdefault(name, []).append(one)
        found.missing = [one for one in found.missing if one.folder not in away]

    async def _find_astray(self, found: DriveFindings) -> None:
        """Folders of ours that lie in none of the folders of ours that they belong into, by their own word."""
        for one in await self._ledger.read(drive_folders.places, self._account):
            listed = found.listed.get(one.drive_id)
            if listed is None or not is_elsewhere(listed, one.homes):
                continue
            file = await self._client.find(one.drive_id)
            if file is None or file.trashed or not is_elsewhere(file, one.homes) or (one.in_given and not file.parents):
                continue
            found.astray.append((path_of(listed, found.listed), Move(one.drive_id, file.parents, one.above)))

    async def _compare(self, wanted: Sequence[Recorded], found: DriveFindings) -> None:
        homes = await self._ledger.read(drive_folders.homes_of, {one.folder for one in wanted})
        unseen: list[Recorded] = []
        for one in wanted:
            found.checked += 1
            file = found.listed.get(one.drive_id or "")
            if file is None:
                unseen.append(one)
            elif file.md5 != one.md5:
                found.changed.append(one)
            elif is_elsewhere(file, homes.get(one.folder)):
                unseen.append(one)
        gate = asyncio.Semaphore(AT_ONCE)

        async def ask(one: Recorded) -> None:
            async with gate:
                file = await self._by_id(one.drive_id)
            if file is None or file.trashed:
                found.missing.append(one)
            elif file.md5 != one.md5:
                found.changed.append(one)
            elif is_elsewhere(file, home := homes.get(one.folder)):
                found.elsewhere.append(one)
                found.moves[one.placement] = Move(file.id, file.parents, DriveId(max(home or ())))
            elif not file.tags:
                found.untagged.append(one)

        await asyncio.gather(*(ask(one) for one in unseen))

    async def _by_id(self, drive_id: DriveId | None) -> DriveFile | None:
        return None if drive_id is None else await self._client.find(drive_id)

    # ---- mending: what Drive refuses of one file or folder is told, and holds no other up

    async def bring_back(self, moves: Sequence[Move], refused: Refused) -> set[DriveId]:
        """What somebody moved is ours still, and goes back to where it belongs, if that is there still. Answers what
        lies there now.
        """
        back: set[DriveId] = set()
        for one in moves:
            if not await self._ledger.read(drive_folders.belongs_in, one.file, one.to, self._account):
                continue
            with alone(one.file, refused):
                if await self._bring(one):
                    back.add(one.file)
        return back

    async def tag_again(self, untagged: Sequence[Recorded], refused: Refused) -> None:
        """After another OAuth client signed in, our marks are invisible: set them anew."""
        for one in untagged:
            if one.drive_id is not None:
                marks = tags.of_photo(self._workspace_id, one.sha256, one.made_as)
                with alone(one.drive_id, refused):  # what is gone since it was listed is found missing next time
                    await self._client.update(one.drive_id, tags=marks)

    async def leave(self, changed: Iterable[DriveId | None], refused: Refused) -> None:
        """What somebody changed there is theirs from now on: without our marks it is neither a double of ours nor goes
        with anything.
        """
        for one in changed:
            if one is not None:
                with alone(one, refused):
                    await self._client.update(one, tags=tags.NO_MARKS)

    async def clear(self, strays: Strays, listed: Listed, refused: Refused) -> None:
        gone = [*strays.doubled, *strays.extra]
        await clear(self._ledger, self._client, gone, strays.empty, listed, refused)

    async def merge(self, doubled: Sequence[tuple[DriveFile, DriveId]], refused: Refused) -> None:
        """What lies in the other folder of the same mark goes into the known one; then the empty one goes. In one that
        stays lies what may not be moved, or what came meanwhile.
        """
        for folder, known in doubled:
            moved: set[DriveId] = set()
            async for child in self._client.children([folder.id]):
                with alone(folder.id, refused):
                    if await self._bring(Move(child.id, (folder.id,), known)) is False:
                        break
                    moved.add(child.id)
            else:
                with alone(folder.id, refused):
                    if folder.id not in refused and not await _holds_more(self._client, folder, moved):
                        await into_trash(self._client, folder.id)

    async def _bring(self, one: Move) -> bool | None:
        """Whether it lies there now, or stays: what is moved to where all lies in the trash by now is trashed by that.
        `None`: it is gone.
        """
        with if_there():
            moved = await self._client.update(one.file, parent=one.to, old_parents=one.out_of)
            if moved.trashed and one.out_of:
                await self._client.update(one.file, parent=one.out_of[0], old_parents=[one.to])
                return False
            return True
        return None if await self._by_id(one.file) is None else False  # nothing is there to which it could go


@contextmanager
def alone(file: DriveId, refused: Refused) -> Generator[None]:
    """What is not there (any more) need not be changed. An outage is raised."""
    try:
        with if_there():
            yield
    except DriveError as error:
        if error.pauses_lane:
            raise
        refused[file] = error


def is_elsewhere(file: DriveFile, homes: Collection[str] | None) -> bool:
    """`homes`: the folders on Drive that it may lie in, if they are known."""
    return bool(homes) and not any(one in homes for one in file.parents)


def tagged(key: str, value: str) -> str:
    return f"appProperties has {{ key='{key}' and value='{value}' }} and trashed = false"


def tell_apart(
    db: Db,
    listed: Listed,
    known: Collection[str],
    wanted: Sequence[Recorded],
    events: Collection[str] | None,
    account: str = "",
) -> Strays:
    """`listed`: all that carries our marks there; `known`: its ids. `events`: those that go to this account; `None`
    while it is not known for sure who is wanted where: then only doubles are named. What is somebody else's, and only
    shared with this account, is none of its strays: an event left it on their Drive, say.
    """
    found = Strays()
    by_key = {str(row["key"]): row for row in ours_on_drive.folders_on_drive(db, account)}
    ours = {str(row["drive_id"]): row["id"] for row in by_key.values()}
    places = {(one.sha256, one.folder) for one in wanted}
    settled = recorded.settled(db)
    strays = [file for file in listed.values() if file.id not in known and file.mine]
    md5s = ours_on_drive.md5s(db, {file.tags.get(tags.PHOTO, "") for file in strays})
    for file in strays:
        parent = file.parents[0] if file.parents else ""
        sha256 = file.tags.get(tags.PHOTO)
        key = folders.key_of(file.tags.get(tags.FOLDER, ""), account)
        known_as = by_key.get(key) if file.is_folder else None
        if known_as is not None:
            found.doubled_folders.append((file, DriveId(known_as["drive_id"])))
        elif tags.MADE not in file.tags and file.md5 != md5s.get(sha256 or "", file.md5):
            found.edited.append(file)
        elif (sha256, ours.get(parent)) in places:
            found.doubled.append(file)
        elif events is None:
            continue
        elif not (parent in ours or of_an_event(file, listed, events)):
            found.left += [] if file.is_folder else [file]
        elif file.is_folder:
            found.empty.append(file)
        elif sha256 in settled:
            found.extra.append(file)
    found.empty = empty_but_for(found, listed)
    return found


def out_of(strays: Strays, listed: Listed, out: Mapping[EventId, Collection[str]]) -> Strays:
    """Of these those photos alone that are out of the event that they lie in, and what folders get empty by that."""
    extra = [one for one in strays.extra if one.tags[tags.PHOTO] in out.get(event_of(one, listed) or EventId(""), ())]
    found = Strays(extra=extra, empty=strays.empty)
    found.empty = empty_but_for(found, listed)
    return found


def of_an_event(file: DriveFile, listed: Listed, events: Collection[str]) -> bool:
    """Whether it lies below the folder of one of these events, or is that folder."""
    return event_of(file, listed) in events


def event_of(file: DriveFile, listed: Listed) -> EventId | None:
    """By the keys of all folders of ours above it."""
    for one in (file, *above(file, listed)):
        kind, _, rest = one.tags.get(tags.FOLDER, "").partition(":")
        if kind == "event":
            return EventId(rest.partition("/")[0])
    return None


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
    """Below our topmost folder, or this itself, as a person sees it; of a folder with a slash behind."""
    names = [one.name for one in (file, *above(file, listed)) if one is file or one.tags.get(tags.FOLDER) != "root"]
    return "/".join(reversed(names)) + ("/" if file.is_folder else "")


async def clear(
    ledger: Ledger,
    client: DriveClient,
    files: Sequence[DriveFile],
    emptied: Sequence[DriveFile],
    listed: Listed,
    refused: Refused,
) -> None:
    """Into Drive's trash, as far as nobody has it by now; for good what shows somebody who is to be blurred on it, if
    its event does not file it as it is.

    A folder in which somebody else put something stays.
    """
    free = await ledger.write(ours_on_drive.let_go, [one.id for one in (*files, *emptied)])
    blurred = await ledger.read(blurred_as)
    rightly = await ledger.read(shown_rightly, files, listed)
    gone: set[str] = set()
    for one in (*files, *emptied):
        if one.id not in free or (one.is_folder and await _holds_more(client, one, gone)):
            continue
        for_good = shows_face(one, blurred) and one.id not in rightly
        with alone(one.id, refused):
            await (client.delete(one.id) if for_good else into_trash(client, one.id))
            gone.add(one.id)


def blurred_as(db: Db) -> dict[str, set[str]]:
    """Photos, by SHA-256, in which faces are not to be seen in some event, each with which."""
    return marks_of(forgotten.blurred_photos(db))


def marks_of(photos: Mapping[tuple[EventId, str], str]) -> dict[str, set[str]]:
    """The same of what `blurred_photos` found."""
    marks: dict[str, set[str]] = {}
    for (_, sha256), mark in photos.items():
        marks.setdefault(sha256, set()).add(mark)
    return marks


def shows_face(file: DriveFile, blurred: Mapping[str, Collection[str]]) -> bool:
    """`blurred`: as above."""
    marks = blurred.get(file.tags.get(tags.PHOTO, ""))
    return marks is not None and blurred_in(file.tags.get(tags.MADE, ORIGINAL)) not in marks


def shown_rightly(db: Db, files: Sequence[DriveFile], listed: Listed) -> set[DriveId]:
    """Those of these photos that lie in folders of an event which files them as they are, whoever is on them."""
    there = [(one.id, event_of(one, listed), one.tags.get(tags.PHOTO, "")) for one in files]
    as_they_are = forgotten.wanted_in(db, sorted({sha256 for _, _, sha256 in there}), unblurred=True)
    return {id for id, event, sha256 in there if (event, sha256) in as_they_are}


async def _holds_more(client: DriveClient, folder: DriveFile, gone: Collection[str]) -> bool:
    """What went a moment ago may be listed still."""
    return any([one.id not in gone async for one in client.children([folder.id])])
