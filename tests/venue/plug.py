"""The plug is pulled between the two stores: as soon as one of them has an operator's word."""

from __future__ import annotations

from tests.crash.lives import Lives, Role

WRITTEN = (  # the moment after the roster has it
    "replace roster.storage.AtomicStorage.write < ledger.sqlite.store.Ledger.on_writer.<lambda>"
    " < ledger.sqlite.writer.Write.attempt"
)
REMOVED = (  # the same where an event is removed
    "replace roster.storage.AtomicStorage.write < roster.roster.Roster._commit < roster.roster.Roster.remove_event"
)


def pulled_amid(lives: Lives, *command: str) -> None:
    """The roster has the command's word, and the ledger has not; then the agent begins anew."""
    lives.arm(Role.AGENT, REMOVED if command[:2] == ("events", "remove") else WRITTEN, 1)
    lives.house.run(*command)
    assert lives.killed_at()
    assert lives.house.agent is not None
    lives.house.agent.wait(10)
    lives.start()
