"""Small things by kind and id: users, tokens, sessions, channels, shared drives, settings.

They are few and read often, so they stay in memory, too; the database is what survives.
"""

import json
from typing import Any

from agent.emulator.store.database import Database

Document = dict[str, Any]


class Documents:
    """Reads come from memory; writes go through to the database, in whatever transaction is under way."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._kinds: dict[str, dict[str, Document]] = {}
        for kind, key, body in database.execute("SELECT kind, id, body FROM documents"):
            self._kinds.setdefault(kind, {})[key] = json.loads(body)

    def get(self, kind: str, key: str) -> Document | None:
        """The document itself: whoever changes it puts it back."""
        return self._kinds.get(kind, {}).get(key)

    def all(self, kind: str) -> dict[str, Document]:
        return dict(self._kinds.get(kind, {}))

    def put(self, kind: str, key: str, body: Document) -> Document:
        self._database.execute("INSERT OR REPLACE INTO documents VALUES (?, ?, ?)", (kind, key, json.dumps(body)))
        self._remember(kind, key, body)
        return body

    def drop(self, kind: str, key: str) -> Document | None:
        self._database.execute("DELETE FROM documents WHERE kind = ? AND id = ?", (kind, key))
        before = self._kinds.get(kind, {}).get(key)
        if before is not None:
            self._remember(kind, key, None)
        return before

    def drop_all(self, kind: str) -> None:
        for key in self.all(kind):
            self.drop(kind, key)

    def forget(self) -> None:
        """Empties the memory, too, after the rows are gone."""
        for kind in list(self._kinds):
            for key in self.all(kind):
                self._remember(kind, key, None)

    def _remember(self, kind: str, key: str, body: Document | None) -> None:
        known = self._kinds.setdefault(kind, {})
        before = known.get(key)
        self._database.on_rollback(lambda: _set(known, key, before))
        _set(known, key, body)


def _set(known: dict[str, Document], key: str, body: Document | None) -> None:
    if body is None:
        known.pop(key, None)
    else:
        known[key] = body
