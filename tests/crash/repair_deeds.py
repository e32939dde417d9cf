"""What is asked for so that all is in its place again; nothing of what is meant is another by it."""

from __future__ import annotations

from tests.crash.deed import Deed, Party
from tests.crash.stores import Roster


def retry(_party: Party) -> Deed:
    return Deed("retry", ["retry", "--all"], "retry", {"all": True}, whenever)


def resync(party: Party) -> Deed:
    """Of one event."""
    name = party.names[party.dice.choice(list(party.events))]
    return Deed("resync", ["resync", name], "resync", {"events": [name]}, whenever)


def whenever(_before: Roster, _after: Roster) -> bool:
    """Nothing tells whether it was heard, and nothing hangs on it."""
    return True
