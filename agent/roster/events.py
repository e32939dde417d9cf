"""The roster's events: weddings, parties, matches, with their folders and sources."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace

from tinydb import where

from agent.errors import Cause, NotThere, UsageError
from agent.model import Event, EventId, Source
from agent.roster.book import Book
from agent.roster.rows import value_of


class EventBook(Book):
    """What is known of events."""

    def _remember(self) -> None:
        super()._remember()
        self._events: dict[EventId, Event] = {EventId(row["id"]): value_of(Event, row) for row in self._rows("events")}

    def events(self) -> list[Event]:
        return list(self._events.values())

    def event(self, name: str) -> Event:
        """An event by its id or name. Raises `UsageError` naming those there are."""
        for event in self._events.values():
            if name in (event.id, event.name):
                return event
        known = ", ".join(event.name for event in self._events.values())
        raise NotThere("There is no such event", name, f"Choose one of: {known}")

    # ---- changes: on the ledger's writer thread

    def add_event(self, event: Event) -> None:
        """One more event; its name and id are nobody else's. Raises `UsageError`. No plan depends on it yet."""
        for known in self._events.values():
            if event.name.casefold() == known.name.casefold() or event.id == known.id:
                raise UsageError(
                    "There is an event of that name already", known.name, "Choose another name", cause=Cause.CONFLICT
                )
        self._write(lambda: self._db.table("events").insert(asdict(event)))

    def put_event(self, event: Event) -> None:
        """The event as it is from now on. Only what a plan depends on raises the revision."""
        before = self._events[event.id]
        depends = before.tolerance != event.tolerance
        write = self._change if depends else self._write
        write(lambda: self._db.table("events").update(asdict(event), where("id") == event.id))

    def put_source(self, event: EventId, source: Source) -> None:
        """What was learned of one of an event's sources; without effect where it was removed meanwhile."""
        self.change_event(
            event, lambda known: replace(known, sources=tuple(learned(one, source) for one in known.sources))
        )

    def change_event(self, event: EventId, change: Callable[[Event], Event]) -> Event | None:
        """The event as it is when it is written, changed so; `None` where it was removed meanwhile."""
        known = self._events.get(event)
        if known is None:
            return None
        changed = change(known)
        self.put_event(changed)
        return changed

    def remove_event(self, event: EventId) -> None:
        """The event and its people are no longer known; nothing else happens to anything."""
        self._change(lambda: self._forget_event(event))

    def _forget_event(self, event: EventId) -> None:
        self._db.table("events").remove(where("id") == event)
        self._db.table("people").remove(where("event") == event)


def learned(one: Source, source: Source) -> Source:
    """What somebody chose of it meanwhile stays."""
    return replace(source, enabled=one.enabled, only=one.only) if one.id == source.id else one
