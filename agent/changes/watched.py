"""A source that is looked at, with the event that it feeds."""

from __future__ import annotations

from dataclasses import dataclass

from agent.model import EventId, Source


@dataclass(frozen=True, slots=True)
class Watched:
    event: EventId
    source: Source

    @property
    def roots(self) -> list[tuple[str, str]]:
        """The folders at which it begins, each with a name."""
        return [(one, self.source.name) for one in roots_of(self.source)]


def roots_of(source: Source) -> list[str]:
    """The folders at which a source begins: the chosen ones, or the whole."""
    return list(source.only) or [source.folder]
