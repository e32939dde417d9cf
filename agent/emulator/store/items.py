"""The tree: rows in, rows out, and the lag with which lists see them.

Every write to `items` passes here, so that versions rise, old states stay visible as long as the list lag says, and an
id once used is never free again.
"""

import time
from collections.abc import Iterator

from agent.emulator.store.database import Database
from agent.emulator.store.item import Item

_PLACES = ", ".join("?" * len(Item._fields))
_ADD = f"INSERT INTO items VALUES ({_PLACES})"  # noqa: S608 - question marks
_ADD_STALE = f"INSERT INTO stale VALUES ({_PLACES}, ?, ?)"  # noqa: S608 - question marks
_CHANGE = f"UPDATE items SET {', '.join(f'{name} = ?' for name in Item._fields[2:])} WHERE id = ?"  # noqa: S608 - our own column names
_BELOW = """WITH RECURSIVE below(id, depth) AS (
    SELECT id, 1 FROM items WHERE parent = ?
    UNION ALL SELECT i.id, depth + 1 FROM items i JOIN below b ON i.parent = b.id
) SELECT i.* FROM below b JOIN items i ON i.id = b.id ORDER BY b.depth, i.seq"""
_STALE = f"""(
    SELECT * FROM items WHERE id NOT IN (SELECT id FROM stale WHERE until > ?)
    UNION ALL
    SELECT {", ".join(Item._fields)} FROM stale s WHERE present AND until > ?
        AND rowid = (SELECT min(t.rowid) FROM stale t WHERE t.id = s.id AND t.until > ?))"""  # noqa: S608 - our own column names


class Items:
    def __init__(self, database: Database) -> None:
        self._database = database
        self.list_lag = 0.0  # seconds until a list shows a change
        self._stale_until = 0.0

    def get(self, item_id: str) -> Item | None:
        row = self._database.execute("SELECT * FROM items WHERE id = ?", (item_id,)).fetchone()
        return None if row is None else Item._make(row)

    def select(self, where: str, parameters: list[object]) -> Iterator[Item]:
        """Items `WHERE …`, with what follows it (ORDER BY, LIMIT)."""
        return map(Item._make, self._database.execute("SELECT * FROM items WHERE " + where, parameters))  # noqa: S608 - our own words

    def used(self, item_id: str) -> bool:
        """Whether the id belongs to an item, in the trash or not, or to one deleted for good."""
        return bool(
            self._database.value(
                "SELECT EXISTS (SELECT 1 FROM items WHERE id = ?1) OR EXISTS (SELECT 1 FROM tombstones WHERE id = ?1)",
                (item_id,),
            )
        )

    def add(self, item: Item) -> Item:
        cursor = self._database.execute(_ADD, item)
        item = item._replace(seq=cursor.lastrowid)
        self._remember(item, present=False)
        return item

    def change(self, old: Item, new: Item) -> Item:
        """Puts `new` in the place of `old`, one version on."""
        new = new._replace(version=old.version + 1)
        self._remember(old, present=True)
        self._database.execute(_CHANGE, (*new[2:], old.id))
        return new

    def remove(self, item: Item) -> None:
        """Deletes one row for good; its id stays used."""
        self._remember(item, present=True)
        self._database.execute("DELETE FROM items WHERE id = ?", (item.id,))
        self._database.execute("DELETE FROM permissions WHERE item = ?", (item.id,))
        self._database.execute("DELETE FROM access WHERE item = ?", (item.id,))
        self._database.execute("INSERT OR IGNORE INTO tombstones VALUES (?)", (item.id,))

    def children(self, parent: str) -> list[Item]:
        return list(self.select("parent = ? ORDER BY seq", [parent]))

    def below(self, item_id: str) -> list[Item]:
        """Every descendant, parents before their children."""
        return [Item._make(row) for row in self._database.execute(_BELOW, (item_id,))]

    def ancestors(self, item: Item) -> list[Item]:
        """The folders above, nearest first, the root last."""
        above: list[Item] = []
        while item.parent and (parent := self.get(item.parent)):
            above.append(parent)
            item = parent
        return above

    def source(self) -> tuple[str, list[float]]:
        """What a list reads from: the table, or the table as it was one list lag ago, with the parameters for it."""
        now = time.time()
        if now >= self._stale_until:
            return "items", []
        return _STALE, [now, now, now]

    def _remember(self, item: Item, *, present: bool) -> None:
        if self.list_lag <= 0:
            return
        now = time.time()
        if now >= self._stale_until:
            self._database.execute("DELETE FROM stale")
        self._stale_until = now + self.list_lag
        self._database.execute(
            _ADD_STALE,
            (*item, self._stale_until, int(present)),
        )
