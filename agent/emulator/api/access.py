"""Who may do what: roles from permissions, narrowed by the scopes granted to the app.

What follows from permissions is written down per item (`access`), so that a list of a hundred thousand asks nobody
twice.
"""

import json
from collections.abc import Callable
from typing import NamedTuple

from agent.emulator.accounts import Accounts, Caller, User
from agent.emulator.errors import DriveError, not_found, refusal
from agent.emulator.store.database import Database
from agent.emulator.store.item import Item, loads
from agent.emulator.store.items import Items

RANK = {"reader": 1, "commenter": 2, "writer": 3, "fileOrganizer": 4, "organizer": 5, "owner": 6}
ANYONE = "anyone"


class Reach(NamedTuple):
    """What somebody has on an item: the role, whether given on the item itself, and since when."""

    role: str
    direct: int
    since: str | None


class Access:
    def __init__(self, database: Database, items: Items, accounts: Accounts) -> None:
        self._database = database
        self._items = items
        self._accounts = accounts
        # Told of each person whose access to an item appears (True) or goes (False).
        self.on_reach: Callable[[str, Item, bool], None] = lambda who, item, gained: None

    # ---- asking
    def role(self, user: User, item: Item) -> str | None:
        """The strongest role the user has on the item, through a link, too; None: no access."""
        if item.owner == user.id:
            return "owner"
        rows = self._database.execute(
            "SELECT role FROM access WHERE item = ? AND who IN (?, 'anyone', ?)", (item.id, user.id, user.domain)
        )
        return max((row[0] for row in rows), key=RANK.__getitem__, default=None)

    def made_by(self, caller: Caller, item: Item) -> bool:
        """Whether the app made the item, or a person opened the item with it."""
        if item.client == caller.client:
            return True
        known = self._database.value("SELECT 1 FROM picked WHERE client = ? AND item = ?", (caller.client, item.id))
        return known is not None

    def sees(self, caller: Caller, item: Item) -> bool:
        if item.space == "appDataFolder":
            return caller.has_appdata and item.client == caller.client and item.owner == caller.user.id
        if not self._in_scope(caller, item) or self.role(caller.user, item) is None:
            return False
        key = loads(item.extra).get("resourceKey") if item.extra else None
        return key is None or f"{item.id}/{key}" in caller.keys or self._known_to(caller.user, item)

    def _known_to(self, user: User, item: Item) -> bool:
        """Whether the user has more on the item than everybody who has its link."""
        if item.owner == user.id:
            return True
        given = self._database.value(
            "SELECT 1 FROM access WHERE item = ? AND who IN (?, ?)", (item.id, user.id, user.domain)
        )
        return given is not None

    def find(self, caller: Caller, file_id: str, *, all_drives: bool = True) -> Item:
        """The item of that id (`root` and `appDataFolder` are ids, too); 404 where there is none for this caller."""
        item = self._items.get(self.resolve(caller, file_id))
        if item is None or not self.sees(caller, item) or (item.drive and not all_drives):
            raise not_found(file_id)
        return item

    def resolve(self, caller: Caller, file_id: str) -> str:
        if file_id == "root":
            return caller.user.root
        if file_id == "appDataFolder" and caller.has_appdata:
            return self._accounts.appdata(caller)
        return file_id

    def parent(self, caller: Caller, file_id: str) -> Item:
        """A folder to put something into: My Drive itself is open to every app, other folders to their writers."""
        if self.resolve(caller, file_id) == caller.user.root:
            root = self._items.get(caller.user.root)
            if root is None or not (caller.writes_all or caller.has_own):
                raise refusal("insufficientPermissions")
            return root
        folder = self.find(caller, file_id)
        self.require(caller, folder, "writer")
        if not folder.is_folder:
            raise refusal("forbidden", "The specified parent is not a folder.")
        return folder

    def require(self, caller: Caller, item: Item, role: str) -> None:
        """Refuses a change unless the user has at least that role and the app may change this item."""
        has = self.role(caller.user, item)
        if has is None or RANK[has] < RANK[self._required(item, role)]:
            raise refusal("insufficientFilePermissions")
        if not self._may_write(caller, item):
            raise self._not_authorized(caller, item)

    @staticmethod
    def _required(item: Item, role: str) -> str:
        """In a shared drive nobody owns: what owners do elsewhere, organizers of files do there."""
        return "fileOrganizer" if role == "owner" and item.drive else role

    def require_content(self, caller: Caller, item: Item) -> None:
        """Refuses a download to an app that may see no more than metadata."""
        if not (caller.reads_all or item.space == "appDataFolder" or (caller.has_own and self.made_by(caller, item))):
            raise self._not_authorized(caller, item)

    def _in_scope(self, caller: Caller, item: Item) -> bool:
        return caller.sees_all or (caller.has_own and self.made_by(caller, item))

    def _may_write(self, caller: Caller, item: Item) -> bool:
        if caller.writes_all or item.space == "appDataFolder":
            return True
        return caller.has_own and self.made_by(caller, item)

    @staticmethod
    def _not_authorized(caller: Caller, item: Item) -> DriveError:
        words = f"The user has not granted the app {caller.client} write access to the file {item.id}."
        return refusal("appNotAuthorizedToFile", words)

    # ---- keeping
    def reaches(self, item_id: str) -> dict[str, Reach]:
        rows = self._database.execute("SELECT who, role, direct, since FROM access WHERE item = ?", (item_id,))
        return {row[0]: Reach(*row[1:]) for row in rows}

    def inherit(self, item: Item, parent: Item | None) -> dict[str, Reach]:
        """Writes down what a new item takes over from its folder."""
        after = self._following(item, parent, {})
        self._write(item.id, after)
        return after

    def settle(self, item: Item) -> None:
        """Works out anew what permissions mean for the item and, where it changed, for all below it."""
        parent = self._items.get(item.parent) if item.parent else None
        before = self.reaches(item.id)
        after = self._following(item, parent, self._own(item))
        if before != after:
            self._database.execute("DELETE FROM access WHERE item = ?", (item.id,))
            self._write(item.id, after)
            for who in (before.keys() | after.keys()) - {item.owner}:
                if (who in before) != (who in after):
                    self.on_reach(who, item, who in after)
        if item.is_folder and before != after:
            for child in self._items.children(item.id):
                self._settle_quietly(child, item)

    def _settle_quietly(self, item: Item, parent: Item) -> None:
        """The same below a folder whose access changed: only the folder itself is reported to people."""
        self._database.execute("DELETE FROM access WHERE item = ?", (item.id,))
        self._write(item.id, self._following(item, parent, self._own(item)))
        if item.is_folder:
            for child in self._items.children(item.id):
                self._settle_quietly(child, item)

    def _following(self, item: Item, parent: Item | None, own: dict[str, Reach]) -> dict[str, Reach]:
        after = dict(own)
        if parent is not None:
            inherited = self.reaches(parent.id)
            if parent.owner and parent.owner != item.owner:
                inherited[parent.owner] = Reach("writer", 0, None)
            for who, reach in inherited.items():
                if who not in after or RANK[after[who].role] < RANK[reach.role]:
                    direct = after[who].direct if who in after else 0
                    after[who] = Reach(reach.role, direct, after[who].since if who in after else None)
        if item.owner:
            after.pop(item.owner, None)
        return after

    def _own(self, item: Item) -> dict[str, Reach]:
        rows = self._database.execute("SELECT body FROM permissions WHERE item = ?", (item.id,))
        own: dict[str, Reach] = {}
        for (text,) in rows:
            body = json.loads(text)
            own[body["who"]] = Reach(body["role"], 1, body["since"])
        return own

    def _write(self, item_id: str, reaches: dict[str, Reach]) -> None:
        if reaches:
            self._database.many(
                "INSERT INTO access VALUES (?, ?, ?, ?, ?)", [(item_id, who, *reach) for who, reach in reaches.items()]
            )
