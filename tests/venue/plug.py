"""The plug is pulled between the two stores: as soon as one of them has an operator's word."""

from __future__ import annotations

from tests.crash.lives import Lives, Role

WRITTEN = (  # the moment after the roster has it
    "replace roster.storage.AtomicStorage.write < ledger.sqlite.store.Ledger.on_writer.<lambda>"
    " < ledger.sqlite.writer.Write.attempt"
)
COMMITTED = "replace roster.storage.AtomicStorage.write < roster.roster.Roster._commit < roster.roster.Roster."
REMOVED = f"{COMMITTED}remove_event"  # the same where an event is removed
OTHERS = {("events", "remove"): REMOVED, ("undo",): f"{COMMITTED}_turn"}


def pulled_amid(lives: Lives, *command: str) -> None:
    """The roster has the command's word, and the ledger has not; then the agent begins anew."""
    lives.arm(Role.AGENT, OTHERS.get(command[:2], WRITTEN), 1)
    lives.house.run(*command)
    assert lives.killed_at()
    assert lives.house.agent is not None
    lives.house.agent.wait(10)
    lives.start()
