"""Changes to the tree that reach beyond one row: trash, moves, deletion; and telling the log of each.

Only the item somebody acted on is reported: a folder moved or trashed says nothing of what lies in it, as on Drive.
"""

from collections.abc import Callable

from agent.emulator.accounts import Accounts
from agent.emulator.api.access import ANYONE, Access
from agent.emulator.errors import invalid, refusal
from agent.emulator.store.changelog import ChangeLog
from agent.emulator.store.contents import Contents
from agent.emulator.store.database import Database
from agent.emulator.store.item import Item
from agent.emulator.store.items import Items
from agent.emulator.times import now

DEEPEST = 100  # folders below My Drive


class Limits:
    """Drive's limits, lowered by a test that wants to meet them."""

    def __init__(self) -> None:
        self.children: int | None = None  # Drive: 500,000 a folder; counted only when lowered
        self.depth = DEEPEST
        self.drive_items: int | None = None  # Drive: 500,000 a shared drive
        self.log_descendants = False  # whether trashing or deleting a folder is reported for what lies in it, too
        self.copy_readonly = False  # whether drive.file may copy what drive.readonly alone shows
        self.move_folders = False  # whether folders go between drives, as managers move them in Drive's own pages


class Tree:
    def __init__(
        self, database: Database, items: Items, contents: Contents, accounts: Accounts, access: Access, log: ChangeLog
    ) -> None:
        self._database = database
        self._items = items
        self._contents = contents
        self._accounts = accounts
        self._access = access
        self._log = log
        self.limits = Limits()
        # Told of each change after it is in: the logs it went to, the item, and Drive's word for what happened.
        self.on_change: Callable[[list[str], Item, str], None] = lambda logs, item, what: None
        access.on_reach = self._reached

    # ---- reporting
    def logs(self, item: Item) -> list[str]:
        """Whose logs tell of this item."""
        logs = {item.owner} if item.owner else set[str]()
        for who in self._access.reaches(item.id):
            if who.startswith("domain:"):
                logs |= {user.id for user in self._accounts.known() if user.domain == who}
            elif who != ANYONE:
                logs.add(who)
        if item.drive:
            logs.add(f"drive:{item.drive}")
        return sorted(logs)

    def report(self, item: Item, what: str = "update", *, removed: bool = False) -> None:
        logs = self.logs(item)
        self._log.record(logs, item.id, removed=removed, kind=_kind(item))
        self._database.after_commit(lambda: self.on_change(logs, item, what))

    def _reached(self, who: str, item: Item, gained: bool) -> None:
        if who != ANYONE and not who.startswith("domain:"):
            self._log.record([who], item.id, removed=not gained, kind=_kind(item))
            self._database.after_commit(lambda: self.on_change([who], item, "add" if gained else "remove"))

    # ---- adding
    def add(self, item: Item, parent: Item) -> Item:
        """Puts a new item into a folder, within Drive's limits."""
        self._check_room(parent, item)
        item = self._items.add(item._replace(parent=parent.id, space=parent.space, trashed=parent.trashed))
        self._access.inherit(item, parent)
        self.report(item, "add")
        return item

    def _check_room(self, parent: Item, item: Item) -> None:
        limits = self.limits
        if limits.children is not None and parent.parent is not None:
            count = self._database.value("SELECT count(*) FROM items WHERE parent = ?", (parent.id,))
            if count >= limits.children:
                raise refusal("numChildrenInNonRootLimitExceeded")
        if limits.drive_items is not None and parent.drive:
            count = self._database.value("SELECT count(*) - 1 FROM items WHERE drive = ?", (parent.drive,))
            if count >= limits.drive_items:
                raise refusal("teamDriveFileLimitExceeded")
        if item.is_folder and parent.parent is not None and len(self._items.ancestors(parent)) >= limits.depth:
            raise refusal("myDriveHierarchyDepthLimitExceeded")

    # ---- moving
    def move(self, item: Item, new: Item, parent: Item) -> Item:
        """Stores `new` in the place of `item`, inside `parent`. What lies below goes with it."""
        if parent.id == item.id or any(above.id == item.id for above in self._items.ancestors(parent)):
            raise invalid("A folder cannot be moved into itself or below itself.", "addParents")
        self._check_room(parent, item)
        if item.is_folder and parent.drive != item.drive and not self.limits.move_folders:
            raise refusal(
                "teamDrivesFolderMoveInNotSupported", "Moving folders into shared drives is not supported.", status=403
            )
        owner = None if parent.drive else (item.owner or new.modified_by)
        if item.drive and item.drive != parent.drive:
            self._log.record([f"drive:{item.drive}"], item.id, removed=True)
        moved = new._replace(parent=parent.id, drive=parent.drive, owner=owner)
        moved = self._items.change(item, moved._replace(trashed=int(bool(moved.trashed_itself or parent.trashed))))
        if moved.drive != item.drive:
            for each in self._items.below(moved.id):
                self._items.change(each, each._replace(drive=moved.drive, owner=owner and (each.owner or owner)))
        self._access.settle(moved)
        if moved.trashed != item.trashed:
            self._spread_trash(moved)
        return moved

    # ---- trash
    def trash(self, item: Item, new: Item, trashed: bool) -> Item:
        """Stores `new`, trashed or restored; what lies below follows, unless it was trashed by itself."""
        parent = self._items.get(item.parent) if item.parent else None
        above = bool(parent and parent.trashed)
        new = new._replace(
            trashed=int(trashed or above), trashed_itself=int(trashed), trashed_at=now() if trashed else None
        )
        new = self._items.change(item, new)
        if new.trashed != item.trashed:
            self._spread_trash(new)
        return new

    def _spread_trash(self, folder: Item) -> None:
        if not folder.is_folder:
            return
        for child in self._items.children(folder.id):
            state = int(bool(folder.trashed or child.trashed_itself))
            if child.trashed != state:
                changed = self._items.change(child, child._replace(trashed=state))
                if self.limits.log_descendants:
                    self.report(changed, "trash" if state else "untrash")
                self._spread_trash(changed)

    # ---- deletion
    def delete(self, item: Item) -> None:
        """Deletes for good, with all below it of the same owner; what belongs to others goes to their My Drive."""
        self.report(item, "remove", removed=True)
        below = self._items.below(item.id) if item.is_folder else []
        gone = {item.id}
        for each in [item, *below]:
            mine = each.owner == item.owner
            if mine:
                self._remove(each, quietly=each is item or not self.limits.log_descendants)
                gone.add(each.id)
            elif each.parent in gone and each.owner:
                self._orphan(each)

    def _remove(self, item: Item, *, quietly: bool) -> None:
        if not quietly:
            self.report(item, "remove", removed=True)
        self._items.remove(item)
        if item.sha256:
            self._contents.release(item.sha256)

    def _orphan(self, item: Item) -> None:
        owner = self._accounts.by_id(item.owner or "")
        if owner is not None:
            moved = self._items.change(item, item._replace(parent=owner.root, trashed=item.trashed_itself))
            self._access.settle(moved)
            self.report(moved)


def _kind(item: Item) -> str:
    """A shared drive's root folder stands in the log for the drive."""
    return "drive" if item.drive == item.id else "file"
