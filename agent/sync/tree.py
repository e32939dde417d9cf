"""The tree of folders on Drive, for whoever chooses a source, and which of them may be one.

Level by level, fifty at a time, kept for a while. None of ours may be a source, none twice in an event, none with a
destination inside: asked before anything is kept, and once more when Drive could not be asked then.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from agent import clock
from agent.clock import iso, iso_or_none
from agent.drive.client import FOLDERS_AT_ONCE, DriveClient
from agent.drive.errors import DriveError
from agent.drive.files import FOLDER_TYPE, DriveFile, quoted
from agent.errors import Cause, NotThere, UsageError
from agent.ledger import Ledger, ours_on_drive
from agent.ledger.folders import root_folder
from agent.ledger.sqlite.rows import Db
from agent.model import DEFAULT_EVENT, DriveId, Event, Source
from agent.requests.drive import DriveFolderRow, Selection, Subfolders
from agent.roster import Roster
from agent.sync.sources import is_loss, roots_of
from agent.uploads import tags

KEPT_FOR = 300.0  # seconds
MOST = 5000  # folders kept
PAGE = 50
DEEPEST = 100  # Drive's own limit
SHARED = "shared-with-me"
TOPS = ("root", SHARED, "")
OURS = "venuesync"  # our topmost folder, as people see it
OUR_OWN = "venuesync's own folder"


@dataclass(slots=True)
class KnownFolder:
    folder: DriveFile
    path: tuple[str, ...]  # names from the top, its own last
    at: float


class FolderTree:
    """`refresh` forgets what is kept. Raises `DriveError`."""

    def __init__(self, client: DriveClient, clock: Callable[[], float] = time.monotonic) -> None:
        self._client = client
        self._clock = clock
        self._folders: OrderedDict[str, KnownFolder] = OrderedDict()
        self._children: OrderedDict[str, tuple[float, list[DriveFile]]] = OrderedDict()

    def refresh(self) -> None:
        self._folders.clear()
        self._children.clear()

    async def list_subfolders(self, parent: str, most: int = PAGE, *, depth_rule: int = 0) -> Subfolders:
        """One level, in the predecessors' shape. `parent`: an id, `root`, or `shared-with-me`; else `NotThere`.

        Raises `UsageError` where it is a file.
        """
        most = max(1, min(most, 1000))
        try:
            above = await self._known(parent)
            if parent not in TOPS and not (file := await self._get(parent)).is_folder and file.target is None:
                raise not_to_choose(file, "not a folder")
            children = await self._below(parent)
        except DriveError as error:
            if error.cause is not Cause.MISSING:
                raise
            raise NotThere(
                "There is no such folder on Drive", parent, "Choose another folder", kind="folder_not_found"
            ) from None
        shown = children[:most]
        await self._look_below([one.target or one.id for one in shown])
        rows = [self._row(one, parent, above, depth_rule=depth_rule) for one in shown]
        return {
            "success": True,
            "folders": rows,
            "parent_info": {
                "id": parent,
                "name": above[-1] if above else "Shared with me" if parent == SHARED else "My Drive",
                "depth": len(above),
                "path": path_of(above),
            },
            "total_count": len(children),
            "has_more": len(children) > len(shown),
            "cache_info": {"cached_folders": len(self._folders), "cache_size": f"{len(self._children)} listings"},
            "timestamp": iso(clock.wall()),
        }

    def _row(self, one: DriveFile, parent: str, above: tuple[str, ...], *, depth_rule: int) -> DriveFolderRow:
        path = (*above, one.name)
        self._remember(one, path)
        row: DriveFolderRow = {
            "id": one.target or one.id,
            "name": one.name,
            "type": "folder",
            "parent_id": parent,
            "depth": len(path),
            "selectable": depth_rule in (0, len(path)) and tags.WORKSPACE not in one.tags,
            "has_subfolders": bool(self._children[one.target or one.id][1]),
            "created": iso_or_none(one.created_at),
            "modified": iso_or_none(one.modified_at),
            "path": path_of(path),
        }
        return row

    async def validate(
        self, ids: Sequence[str], depth_rule: int, refused: Callable[[str], Awaitable[str | None]]
    ) -> Selection:
        """Which of these folders may be chosen, and why not; `refused` knows more reasons."""
        good: list[dict[str, Any]] = []
        bad: list[dict[str, Any]] = []
        for one in ids:
            try:
                path = await self._known(one)
                folder = await self._get(one)
            except DriveError as error:
                if error.cause is not Cause.MISSING:
                    raise
                bad.append({"id": one, "name": "", "depth": 0, "selectable": False, "path": "", "reason": "not found"})
                continue
            reason = why_not(folder, len(path), depth_rule) or await refused(folder.id)
            row = {
                "id": one,
                "name": folder.name,
                "depth": len(path),
                "selectable": reason is None,
                "path": path_of(path),
                "reason": reason or "may be chosen",
            }
            (bad if reason else good).append(row)
        return {
            "success": True,
            "valid_selections": good,
            "invalid_selections": bad,
            "total_valid": len(good),
            "total_invalid": len(bad),
        }

    async def resolve(self, source: Source, depth_rule: int) -> Source:
        """A source with its folder's name and drive; a shortcut stands for its target. Raises `UsageError`."""
        self._client.learn_key(source.folder, source.resource_key)
        folder = await self._client.get(source.folder)
        if folder.target is not None:
            folder = await self._client.get(folder.target)
        reason = why_not(folder, len(await self._known(folder.id)), depth_rule)
        if reason:
            raise not_to_choose(folder, reason)
        return replace(source, folder=folder.id, name=folder.name, shared_drive=folder.shared_drive, resolved=True)

    async def above(self, drive_id: str) -> list[DriveFile]:
        """The folder, then all above it, as far as we may see; as they are now."""
        found: list[DriveFile] = [await self._client.get(DriveId(drive_id))]
        while found[-1].parents and len(found) < DEEPEST:
            folder = (await self._client.get_all([found[-1].parents[0]]))[found[-1].parents[0]]
            if folder is None:
                break
            found.append(folder)
        return found

    # ---- what is kept

    async def _below(self, parent: str) -> list[DriveFile]:
        if not self._is_kept(parent):
            where = "sharedWithMe = true" if parent == SHARED else f"{quoted(parent)} in parents"
            self._keep(parent, await self._folders_where(where))
        return self._children[parent][1]

    async def _look_below(self, parents: Sequence[str]) -> None:
        """Whether there are folders in these, for two requests a page; in what nobody lets us see there are none."""
        left = [one for one in dict.fromkeys(parents) if not self._is_kept(one)]
        for start in range(0, len(left), FOLDERS_AT_ONCE):
            some = left[start : start + FOLDERS_AT_ONCE]
            try:
                found = await self._folders_where(f"({' or '.join(f'{quoted(one)} in parents' for one in some)})")
            except DriveError as error:  # Drive refuses the whole question for one unknown folder in it
                if error.cause is not Cause.MISSING:
                    raise
                for one in some:
                    try:
                        await self._below(one)
                    except DriveError as error:
                        if error.cause is not Cause.MISSING:
                            raise
                        self._keep(one, [])
            else:
                for one in some:
                    self._keep(one, [each for each in found if one in each.parents])

    async def _folders_where(self, where: str) -> list[DriveFile]:
        kinds = f"(mimeType = {quoted(FOLDER_TYPE)} or mimeType = 'application/vnd.google-apps.shortcut')"
        found = [
            one
            async for one in self._client.list_all(f"{where} and {kinds} and trashed = false")
            if one.is_folder or "folder" in (one.target_mime or "")
        ]
        return sorted(found, key=lambda one: one.name.casefold())

    def _is_kept(self, parent: str) -> bool:
        kept = self._children.get(parent)
        return kept is not None and self._clock() - kept[0] < KEPT_FOR

    def _keep(self, parent: str, children: list[DriveFile]) -> None:
        self._children[parent] = (self._clock(), children)
        self._children.move_to_end(parent)
        while len(self._children) > MOST:
            self._children.popitem(last=False)

    async def _known(self, drive_id: str) -> tuple[str, ...]:
        """The path of a folder by names; the top has none."""
        if drive_id in TOPS:
            return ()
        names: list[str] = []
        at: str = drive_id
        while len(names) < DEEPEST:
            kept = self._folders.get(at)
            if kept is not None and self._clock() - kept.at < KEPT_FOR:
                return (*kept.path, *reversed(names))
            folder = await self._get(at)
            if not folder.parents:
                return tuple(reversed([*names, *([] if await self._is_top(folder) else [folder.name])]))
            names.append(folder.name)
            at = folder.parents[0]
        return tuple(reversed(names))

    async def _is_top(self, folder: DriveFile) -> bool:
        """My Drive itself, by its id: what it is called depends on the account's language. A folder shared with us has
        no parents that we see, either, and one of ours may have lost them.
        """
        if not folder.mine or folder.shared_drive is not None:
            return False
        root = await self._get("root")
        self._folders["root"] = KnownFolder(root, (), self._clock())
        return folder.id == root.id

    async def _get(self, drive_id: str) -> DriveFile:
        kept = self._folders.get(drive_id)
        if kept is not None and self._clock() - kept.at < KEPT_FOR:
            return kept.folder
        return await self._client.get(DriveId(drive_id))

    def _remember(self, folder: DriveFile, path: tuple[str, ...]) -> None:
        self._folders[folder.target or folder.id] = KnownFolder(folder, path, self._clock())
        self._folders.move_to_end(folder.target or folder.id)
        while len(self._folders) > MOST:
            self._folders.popitem(last=False)


def path_of(names: Sequence[str]) -> str:
    return "/" + "/".join(names)


def why_not(folder: DriveFile, depth: int, depth_rule: int) -> str | None:
    if not folder.is_folder:
        return "not a folder"
    if folder.trashed:
        return "in the trash"
    if depth_rule and depth != depth_rule:
        return f"at depth {depth}, and only folders at depth {depth_rule} (Project/Area/Location/Camera) may be chosen"
    return None


def not_to_choose(folder: DriveFile, reason: str) -> UsageError:
    return UsageError("That folder may not be chosen", f"{folder.name}: {reason}", "Choose another folder")


class Choosing:
    """Which folders may be a source, of events of one account. `destination` is the workspace's own, an id or "".

    Raises `UsageError` for what may not be, or `DriveError`.
    """

    def __init__(self, tree: FolderTree, ledger: Ledger, roster: Roster, destination: str, account: str = "") -> None:
        self.tree = tree
        self._account = account
        self._ledger = ledger
        self._roster = roster
        self._destination = destination

    async def resolve(self, event: Event, source: Source) -> Source:
        """A source that Drive could not be asked about, with its folder's name and drive; checked like all others."""
        found = await self.tree.resolve(source, event.folder_depth)
        others = [one for one in event.sources if one.id != source.id]
        await self.check(replace(event, sources=(*others, found)), [found])
        return found

    async def check(self, event: Event, news: Sequence[Source] = ()) -> None:
        """Refuse an event whose sources overlap, or that would file into a source of any event.

        `news`: sources that are not known to be good yet. What the event has already may be lost meanwhile: it can be
        taken off it all the same.
        """
        before = next((one for one in self._roster.events() if (one.id, one.lane) == (event.id, self._account)), None)
        had = {root for one in before.sources if one not in news for root in roots_of(one)} if before else set[str]()
        resolved = [one for one in event.sources if one.resolved]
        above = {root: await self._above(root, may_be_lost=root in had) for one in resolved for root in roots_of(one)}
        for one in news:
            for root in roots_of(one) if one.resolved else ():
                reason = why_not(above[root][0], 0, 0)
                if reason:
                    raise not_to_choose(above[root][0], reason)
                if await self.is_ours(above[root]):
                    raise UsageError(
                        "That folder is venuesync's own",
                        f"{one.name}: what venuesync files never comes in again",
                        "Choose the folder that photographers put their photos in",
                    )
        _refuse_overlap(event.name, resolved, above)
        await self._refuse_destination_inside(event, "" if before is None else str(before.destination))

    async def _above(self, root: str, *, may_be_lost: bool) -> Sequence[DriveFile]:
        """It and the folders above; nothing is known of one that is lost."""
        try:
            return await self.tree.above(root)
        except DriveError as error:
            if may_be_lost and is_loss(error):
                return ()
            raise

    async def is_ours(self, above: Sequence[DriveFile]) -> bool:
        """Whether venuesync made the folder, or one above it: by this workspace's ledger, or by anybody's marks."""
        return any(tags.WORKSPACE in one.tags for one in above) or await self.is_made_by_us(above)

    async def is_made_by_us(self, above: Sequence[DriveFile]) -> bool:
        """The same by this workspace's ledger alone."""
        return bool(await self._ledger.read(made_by_us, [one.id for one in above]))

    async def _refuse_destination_inside(self, event: Event, before: str) -> None:
        """What is filed must never come back as something that arrives."""
        ours = [one for one in self._roster.events() if one.lane == self._account]
        events = [one for one in ours if one.id != event.id] + [event]
        given = [("drive.destination", self._destination) if self._destination else (OURS, await self._ours())]
        given += [(one.name, str(one.destination)) for one in events if one.destination]
        roots = {root: one.name for event in events for one in event.sources for root in roots_of(one)}
        homes: dict[str, tuple[str, Sequence[DriveFile]]] = {}  # by a folder's own id, however it was named
        for name, destination in given:
            may_be_lost = destination == before or destination != event.destination
            above = await self._above(destination, may_be_lost=may_be_lost)
            inside = next((one.id for one in above if one.id in roots), None)
            if inside is not None:
                raise UsageError(
                    "A destination lies inside a source",
                    f"{name} would file into {roots[inside]}",
                    "Choose another destination, or another source",
                )
            if above and name != OURS:
                homes.setdefault(above[0].id, (name, above))
        if event.destination not in (None, before):
            await self._refuse_shared(event, homes)

    async def _refuse_shared(self, event: Event, homes: Mapping[str, tuple[str, Sequence[DriveFile]]]) -> None:
        """Others would file into the same folder, or one in it. `homes`: who files where, with all folders above; the
        event itself where nobody else does.
        """
        above = await self.tree.above(str(event.destination))
        other = homes[above[0].id][0]
        if other != event.name and not (other == "drive.destination" and event.id == DEFAULT_EVENT):
            raise UsageError(
                "Two events cannot share a destination", f"{other} files there already", "Choose another folder"
            )
        if await self.is_made_by_us(above):
            raise UsageError("That folder is venuesync's own", above[0].name, "Choose a folder of yours")
        for name, theirs in homes.values():
            inner, outer, filed = (
                (above, theirs, name) if theirs[0].id in {one.id for one in above} else (theirs, above, event.name)
            )
            if name not in (event.name, "drive.destination") and outer[0].id in {one.id for one in inner[1:]}:
                raise UsageError(
                    "A destination lies inside another event's",
                    f"{inner[0].name} would lie inside {outer[0].name}, into which {filed} is filed",
                    "Choose a folder beside it",
                )

    async def _ours(self) -> str:
        """Our topmost folder; until it is made, where it will lie."""
        rows = await self._ledger.read(ours_on_drive.folders_on_drive, self._account)
        key = root_folder(self._account).key
        return next((str(row["drive_id"]) for row in rows if row["key"] == key), "root")

    async def why_not(self, drive_id: str, event: Event | None) -> str | None:
        """For whoever chooses a folder: why it may not be a source (of this event). One that is one already may be."""
        above = await self.tree.above(drive_id)
        if await self.is_ours(above):
            return OUR_OWN
        ours = await self._above(await self._ours(), may_be_lost=True)
        if not self._destination and drive_id in {folder.id for folder in ours}:
            return f"{OUR_OWN} lies in it"
        for one in () if event is None else event.sources:
            for root in roots_of(one):
                if root in {folder.id for folder in above[1:]}:
                    return f"inside {one.name}, a source already"
                if drive_id != root and drive_id in {folder.id for folder in await self.tree.above(root)}:
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


def made_by_us(db: Db, ids: Sequence[str]) -> frozenset[str]:
    """Of these the folders that venuesync made; an operator's own folder that was given to it is not."""
    return ours_on_drive.ours_among(db, ids) - ours_on_drive.given_among(db, ids)
