"""The tree: rows in, rows out, and the lag with which lists see them.

Every write to `items` passes here, so that versions rise, old states stay visible as long as the list lag says, and an
id once used is never free again.
"""

from collections.abc import Iterator

from agent.emulator.clock import Clock
from agent.emulator.store.database import Database
from agent.emulator.store.item import Item

_PLACES = ", ".join("?" * len(Item._fields))
_ADD = f"INSERT INTO items VALUES ({_PLACES})"  # noqa: S608 - question marks
_ADD_FORMER = f"INSERT INTO former VALUES ({_PLACES}, ?, ?)"  # noqa: S608 - question marks
_CHANGE = f"UPDATE items SET {', '.join(f'{name} = ?' for name in Item._fields[2:])} WHERE id = ?"  # noqa: S608 - our own column names
_BELOW = """WITH RECURSIVE below(id, depth) AS (
    SELECT id, 1 FROM items WHERE parent = ?
    UNION ALL SELECT i.id, depth + 1 FROM items i JOIN below b ON i.parent = b.id
) SELECT i.* FROM below b JOIN items i ON i.id = b.id ORDER BY b.depth, i.seq"""
_AS_IT_WAS = f"""(
    SELECT * FROM items WHERE id NOT IN (SELECT id FROM former WHERE at > ?)
    UNION ALL
    SELECT {", ".join(Item._fields)} FROM former f WHERE present AND at > ?
        AND rowid = (SELECT min(g.rowid) FROM former g WHERE g.id = f.id AND g.at > ?))"""  # noqa: S608 - our own column names
_KEPT = 900.0  # seconds that former states are kept, or as long as the lag is, where that is more


class Items:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._lag = 0.0
        self._keeps = False  # former states are kept from the first lag on
        self._changed = float("-inf")  # when something changed last, of what is kept
        self._swept = float("-inf")  # when old ones of these were removed

    @property
    def list_lag(self) -> float:
        """Seconds until a list shows a change."""
        return self._lag

    @list_lag.setter
    def list_lag(self, seconds: float) -> None:
        self._lag = seconds
        self._keeps = self._keeps or seconds > 0

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
        since = self._clock.now() - self._lag
        if self._lag <= 0 or self._changed <= since:
            return "items", []
        return _AS_IT_WAS, [since, since, since]

    def _remember(self, item: Item, *, present: bool) -> None:
        if not self._keeps:
            return
        now = self._clock.now()
        if abs(now - self._swept) > _KEPT:
            self._swept = now
            self._database.execute("DELETE FROM former WHERE at < ?", (now - max(_KEPT, self._lag),))
        self._changed = now
        self._database.execute(_ADD_FORMER, (*item, now, int(present)))
