"""Drive's folders as far as they were opened: a level is asked for when somebody opens it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from agent.service_events import DriveFolderRow

ROOTS = (("root", "My Drive"), ("shared-with-me", "Shared with me"))


@dataclass(frozen=True, slots=True)
class Branch:
    """`inside`: ids of the folders in it; None while nobody has asked. `can_choose`: it may be a source."""

    id: str
    name: str
    depth: int
    parent: str | None = None
    can_choose: bool = False
    leaf: bool = False  # nothing can be in it
    inside: tuple[str, ...] | None = None


def _start() -> dict[str, Branch]:
    return {id: Branch(id, name, 0) for id, name in ROOTS}


@dataclass(frozen=True, slots=True)
class FolderTree:
    branches: dict[str, Branch] = field(default_factory=_start)
    opened: frozenset[str] = frozenset()
    chosen: tuple[str, ...] = ()  # in the order of choosing

    @property
    def rows(self) -> list[Branch]:
        """What is in sight, from top to bottom."""
        rows: list[Branch] = []
        for id, _ in ROOTS:
            self._walk(self.branches[id], rows)
        return rows

    def _walk(self, branch: Branch, rows: list[Branch]) -> None:
        rows.append(branch)
        if branch.id in self.opened:
            for id in branch.inside or ():
                self._walk(self.branches[id], rows)

    @property
    def names(self) -> list[str]:
        return [self.branches[id].name for id in self.chosen]

    def open(self, id: str) -> FolderTree:
        return replace(self, opened=self.opened | {id})

    def close(self, id: str) -> FolderTree:
        return replace(self, opened=self.opened - {id})

    def with_inside(self, parent: str, rows: Sequence[DriveFolderRow]) -> FolderTree:
        """What the agent said is in a folder. A folder that lies in several is shown where it was met first."""
        above = self.branches[parent]
        new = {
            row["id"]: Branch(
                row["id"], row["name"], above.depth + 1, parent, row["selectable"], not row["has_subfolders"]
            )
            for row in rows
            if row["id"] not in self.branches
        }
        inside = tuple(row["id"] for row in rows if row["id"] in new)
        return replace(self, branches={**self.branches, **new, parent: replace(above, inside=inside)})

    def choose(self, id: str) -> FolderTree:
        """Choose it, or put it back; what may not be a source stays as it is."""
        if id in self.chosen:
            return replace(self, chosen=tuple(one for one in self.chosen if one != id))
        return replace(self, chosen=(*self.chosen, id)) if self.branches[id].can_choose else self
