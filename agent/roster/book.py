"""The roster's file: its tables, its revision, and changes that are made whole or not at all.

Every change of intent raises `revision`, so that a plan can say which roster it was made with. Changes are made on the
ledger's writer thread; questions are answered from memory.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, cast

from tinydb import TinyDB
from tinydb.table import Document

from agent import clock
from agent.model import DEFAULT_EVENT, Event, EventId
from agent.roster.rows import Row, value_of
from agent.roster.storage import AtomicStorage, OneWrite, Spare, Tables, nothing_spare

ONE = 1  # the only document of the table `workspace`
TABLES = ("workspace", "events", "people", "journal", "undone")


@dataclass(frozen=True, slots=True)
class Switches:
    """What the operator switched off, and when; kept across restarts."""

    uploads: bool = False
    all: bool = False
    since: float | None = None


class Book:
    """The open file. `damaged` names a file that was set aside at opening; then `restored` holds until confirmed.

    `begun`: there was none, and no copy of one either. `spare` gives what is kept of a file elsewhere.
    """

    def __init__(self, path: Path, check: Callable[[Tables], object], spare: Spare = nothing_spare) -> None:
        self.path = path
        self._file = OneWrite(AtomicStorage)
        self._db: Any = TinyDB(path, check=check, spare=spare, storage=self._file)  # its documents have no types
        self._workspace: dict[str, Any] = {}
        self._remember()
        self.damaged: Path | None = self._file.damaged
        self.begun = not self._workspace
        if self.begun:
            self._change(self._begin)
        if self.damaged is not None:
            self.mark_restored()

    def _begin(self) -> None:
        workspace = {"id": f"w{secrets.token_hex(8)}", "revision": 0, "restored": False, "switches": asdict(Switches())}
        self._db.table("workspace").insert(Document(workspace, ONE))
        self._db.table("events").insert(asdict(Event(DEFAULT_EVENT, "default", "", created_at=clock.wall())))

    def _remember(self) -> None:
        """Take all of the file into memory."""
        self._workspace = next(iter(self._rows("workspace")), Row())

    def _rows(self, table: str) -> list[Row]:
        return cast(list[Row], self._db.table(table).all())

    # ---- questions

    @property
    def workspace_id(self) -> str:
        return str(self._workspace["id"])

    @property
    def revision(self) -> int:
        return int(self._workspace["revision"])

    @property
    def restored(self) -> bool:
        """Whether this is an older roster than the last plan's: it may add, never remove, until confirmed."""
        return bool(self._workspace["restored"])

    @property
    def switches(self) -> Switches:
        return value_of(Switches, self._workspace["switches"])

    @property
    def guests_sure(self) -> bool:
        """Whether it is known which guests' numbers were given. If not, it has to be looked at Drive first."""
        return bool(self._workspace.get("guests_sure", True))

    # ---- changes: on the ledger's writer thread

    def raise_guests(self, given: Mapping[EventId, int], *, sure: bool) -> None:
        """Guests' numbers up to these were given, in these events at least; `sure`: none beyond."""
        known: dict[str, int] = self._workspace.get("guests") or {}
        guests = {**known, **{event: max(number, known.get(event, 0)) for event, number in given.items()}}
        if guests != known or sure != self.guests_sure:
            self._write(lambda: self._update_workspace(guests=guests, guests_sure=sure))

    def set_switches(self, switches: Switches) -> None:
        """No intent that a plan depends on: the revision stays."""
        self._write(lambda: self._update_workspace(switches=asdict(switches)))

    def confirm_restored(self) -> None:
        """The operator has seen that this is an older roster: it may remove again."""
        self._change(lambda: self._update_workspace(restored=False))

    def mark_restored(self) -> None:
        """This roster is older than the plan: found so at opening, or by the ledger's `planned_revision`."""
        self._change(lambda: self._update_workspace(restored=True))

    def raise_revision(self, beyond: int) -> None:
        """A plan was made with a later revision than this one: the next must not look older than it."""
        if self.revision <= beyond:
            self._write(lambda: self._update_workspace(revision=beyond + 1))

    def _update_workspace(self, **fields: Any) -> None:
        self._db.table("workspace").update(fields, doc_ids=[ONE])

    def _change(self, change: Callable[[], object]) -> None:
        """A change of intent: with the next revision, in one write."""

        def both() -> None:
            change()
            self._update_workspace(revision=self._rows("workspace")[0]["revision"] + 1)

        self._write(both)

    def _write(self, change: Callable[[], object]) -> None:
        """All of a change or nothing of it, on disk and in memory."""
        try:
            change()
            self._file.flush()
        except BaseException:
            self._file.roll_back()
            for name in TABLES:
                self._db.table(name).clear_cache()
            raise
        self._remember()
