"""Which event a name means, as it is typed or stands in a setting."""

from __future__ import annotations

import re
from collections.abc import Sequence

from agent.errors import NotThere
from agent.model import Event, folded, plain

ID = re.compile("e[0-9a-f]{10}")


def event_called(name: str, events: Sequence[Event]) -> Event:
    """By its id or name, however its letters are written; in other capitals, where one alone is called so.

    Raises `UsageError` naming those there are.
    """
    found = [one for one in events if name in (one.id, one.name)] or [
        one for one in events if plain(name) == plain(one.name)
    ]
    alike = [one for one in events if folded(name) == folded(one.name)]
    found = found or (alike if len(alike) == 1 else [])
    if found:
        return found[0]
    if ID.fullmatch(name):  # nobody types one: whoever asked had seen it listed
        raise removed_meanwhile(events)
    raise NotThere("There is no such event", name, choose_one_of(events))


def removed_meanwhile(events: Sequence[Event]) -> NotThere:
    """`events`: those there are."""
    return NotThere("The event was removed meanwhile", "", choose_one_of(events))


def choose_one_of(events: Sequence[Event]) -> str:
    return f"Choose one of: {', '.join(one.name for one in events)}"


def event_of_guests(name: str, events: Sequence[Event]) -> Event:
    """Whose photos the guests' page shows, by `guests.event`: the first one where that is empty.

    One that was renamed since is meant by the name that it had. Raises `UsageError` where none is, nor was, called so.
    """
    if not name:
        return events[0]
    renamed = [one for one in events if name in one.names_before]
    named = any(name in (one.id, one.name) for one in events)
    return renamed[-1] if renamed and not named else event_called(name, events)
