"""The roster: the operator's intent, in files that people can read."""

from agent.roster.roster import Roster

__all__ = ["Roster"]
