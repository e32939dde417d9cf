"""The emulator's parts, put together once.

Handlers are given this and nothing else: no globals, so that two emulators can run in one process.
"""

import secrets
from collections.abc import Mapping
from pathlib import Path

from agent.emulator.accounts import DEFAULT, Accounts
from agent.emulator.api.access import Access
from agent.emulator.api.pictures import Pictures
from agent.emulator.api.pushes import Pushes
from agent.emulator.api.search import install
from agent.emulator.api.sessions import Sessions
from agent.emulator.api.tree import Limits, Tree
from agent.emulator.clock import Clock
from agent.emulator.control.counts import Counts
from agent.emulator.control.faults import Faults
from agent.emulator.signin.grants import Grants
from agent.emulator.store.changelog import ChangeLog
from agent.emulator.store.contents import Contents
from agent.emulator.store.database import Database
from agent.emulator.store.documents import Documents
from agent.emulator.store.items import Items
from agent.emulator.wire.link import Link
from agent.emulator.wire.switchboard import Switchboard

_TABLES = (
    "items",
    "tombstones",
    "blobs",
    "usage",
    "permissions",
    "access",
    "picked",
    "changes",
    "sqlite_sequence",
    "former",
    "documents",
)


class Parts:
    def __init__(
        self, data: Path | None, latency: float, uplink: float, narrowed: Mapping[str, frozenset[str]] | None = None
    ) -> None:
        """`data`: the folder that survives, or None; `latency` in seconds, `uplink` in bytes a second (0: no limit).

        `narrowed`: the scopes that the refresh token `emulator` gives some clients, by client; all to others.
        """
        self.database = Database(data / "drive.db" if data else None)
        install(self.database)
        self.documents = Documents(self.database)
        self.contents = Contents(self.database, data)
        self.clock = Clock()
        self.items = Items(self.database, self.clock)
        self.accounts = Accounts(self.documents, self.items)
        self.grants = Grants(self.documents, self.accounts, narrowed or {})
        self.access = Access(self.database, self.items, self.accounts)
        self.changes = ChangeLog(self.database, self.clock)
        self.tree = Tree(self.database, self.items, self.contents, self.accounts, self.access, self.changes)
        self.pictures = Pictures(self.database, self.contents)
        self.sessions = Sessions(self.documents, self.contents)
        self.pushes = Pushes(self.documents, self.changes)
        self.tree.on_change = self.pushes.changed
        self.faults = Faults()
        self.counts = Counts()
        self._usual_link = latency, uplink
        self.link = Link(latency, uplink)
        self.board = Switchboard()
        with self.database.transaction():
            self.accounts.by_email(DEFAULT)
            self.secret = self._secret()

    def reset(self) -> None:
        """Forgets everything and everybody, as a new start without data does; what was put wrong is right again."""
        self.pushes.expire()
        self.sessions.drop_all()
        with self.database.transaction():
            for table in _TABLES:
                self.database.execute(f"DELETE FROM {table}")  # noqa: S608 - our own names
            self.documents.forget()
            self.grants.forget()
            self.accounts.by_email(DEFAULT)
            self.documents.put("setting", "secret", {"value": self.secret.decode()})
        self.contents.wipe()
        self.items.list_lag = self.changes.lag = 0.0
        self.clock.stand_at(None)
        self.tree.limits = Limits()
        self.faults.clear()
        self.counts.clear()
        self.link.set(*self._usual_link)
        self.board.outage(0, sparing=None)

    def _secret(self) -> bytes:
        """What signs links to thumbnails; the same after a restart with data."""
        known = self.documents.get("setting", "secret")
        if known is None:
            known = self.documents.put("setting", "secret", {"value": secrets.token_hex(16)})
        return known["value"].encode()

    def epoch(self, kind: str) -> int:
        """How often tokens of that kind were made invalid; each carries the number it was given under."""
        known = self.documents.get("setting", f"epoch:{kind}")
        return known["value"] if known else 0

    def new_epoch(self, kind: str) -> None:
        self.documents.put("setting", f"epoch:{kind}", {"value": self.epoch(kind) + 1})

    def close(self) -> None:
        self.database.close()
        self.contents.close()
