"""The lanes of all accounts seen as one: open where any is, and in the state of the worst.

One account's trouble stops that account's events alone; whoever asks how Drive is hears of it first.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

from agent.drive.connection import GRAVITY, DriveLane, DriveStatus
from agent.drive.reasons import LOGIN, for_account
from agent.errors import Cause, Kind, NeedsSignIn, VenueError
from agent.model import DriveState

WORST_FIRST = (*GRAVITY, DriveState.ONLINE)


@dataclass(frozen=True, slots=True)
class Lane:
    """`account`: "" for the one that all events use, else its address."""

    account: str
    line: DriveLane

    @property
    def status(self) -> DriveStatus:
        """With whose it is, also before Drive said so."""
        found = self.line.status
        return found if found.account or not self.account else replace(found, account=self.account)


class Lanes:
    """`each` returns them, the first one always."""

    def __init__(self, each: Callable[[], Sequence[Lane]]) -> None:
        self.each = each

    @property
    def status(self) -> DriveStatus:
        """The worst of all; its words say whose it is where there are several."""
        several = self.each()
        worst = min(several, key=lambda one: WORST_FIRST.index(one.line.status.state))
        found = worst.status
        if len(several) == 1 or not found.detail:
            return found
        return replace(found, detail=f"{found.account or 'The account of all events'}: {found.detail}")

    @property
    def is_off(self) -> bool:
        return self.each()[0].line.is_off

    def is_open(self, *, sending: bool = False) -> bool:
        """Whether any is."""
        return any(one.line.is_open(sending=sending) for one in self.each())

    def signed_out(self, accounts: Collection[str]) -> list[Lane]:
        """Of these accounts, those that somebody has to sign in with."""
        return [one for one in self.each() if one.account in accounts and one.status.state is DriveState.NEEDS_LOGIN]

    def away(self, accounts: Collection[str]) -> list[Lane]:
        """Of these accounts, those whose Drive is known to be out of reach."""
        each = [one for one in self.each() if one.account in accounts and not one.status.connecting]
        return [one for one in each if one.status.state is DriveState.OFFLINE]

    def look_now(self) -> None:
        for one in self.each():
            one.line.look_now()

    def signed_in(self) -> None:
        """Somebody signed in, or out: each reads its sign-in again."""
        for one in self.each():
            one.line.signed_in()


def not_open(title: str, line: DriveLane, account: str, remedy: str) -> VenueError:
    """Why that account's Drive cannot be asked now, and what to do: signing in where nothing else ends it."""
    status = line.status
    if status.state is not DriveState.NEEDS_LOGIN:
        kind = Kind.NETWORK_ERROR if status.state is DriveState.OFFLINE else None
        return VenueError(title, status.detail, remedy, cause=Cause.TRANSIENT, kind=kind)
    said, _, how = status.detail.partition(". ")
    return NeedsSignIn(title, said, for_account(how or LOGIN, account))


def not_looked_at(out: Sequence[Lane], accounts: Collection[str], nowhere: str) -> VenueError:
    """Why the Drives of some of these accounts were not looked at; `nowhere`: the title where that is all of them."""
    whose = ", ".join(one.status.account or "all events" for one in out)
    title = nowhere if len(out) == len(accounts) else f"Looked everywhere but at the Drive of {whose}"
    return not_open(title, out[0].line, out[0].account, "Nothing to do: it is looked at once it can be reached")
