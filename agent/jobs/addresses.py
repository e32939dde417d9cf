"""Where messages to people go: the addresses of `[notify]`, and those that were added, encrypted as the sign-in is.

An address holds a password as a rule; `notify add` keeps it out of config.toml.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from agent import notify
from agent.drive.sign_in.vault import Unreadable, Vault
from agent.errors import Cause, NotThere, UsageError, VenueError
from agent.requests.notify import AddressRow
from agent.settings.environment import configured_key
from agent.settings.keys import Notify
from agent.workspace import Workspace

FILE = "notify.sealed"


@dataclass(frozen=True, slots=True)
class Address:
    """`number`: by which one that was added is removed; `None`: the settings have it."""

    number: int | None
    text: str

    @property
    def row(self) -> AddressRow:
        kept = "settings" if self.number is None else "sealed"
        return {"number": self.number, "address": notify.private(self.text), "kept": kept}


class Addresses:
    """Small files: its methods block for some milliseconds."""

    def __init__(self, settings: Notify, vault: Vault) -> None:
        self._settings = [Address(None, one.get_secret_value()) for one in settings.addresses]
        self._vault = vault

    def all(self) -> Sequence[Address]:
        """Raises `VenueError` where what was added cannot be opened."""
        return [*self._settings, *self._added()]

    def add(self, text: str) -> None:
        """What another key sealed is lost with it. Raises `UsageError` for an address that Apprise does not know."""
        if notify.made(text) is None:
            raise UsageError(
                "No address that Apprise knows",
                notify.private(text),
                "Write it as github.com/caronc/apprise/wiki shows for its service",
            )
        try:
            added = self._added()
        except VenueError:
            added = []
        if text not in {one.text for one in (*self._settings, *added)}:
            self._keep([*added, Address(max((one.number or 0 for one in added), default=0) + 1, text)])

    def remove(self, number: int) -> None:
        """Raises `NotThere`."""
        added = self._added()
        left = [one for one in added if one.number != number]
        if len(left) == len(added):
            known = ", ".join(str(one.number) for one in added) or "none"
            raise NotThere("There is no such address", f"number {number}", f"Those that were added: {known}")
        self._keep(left)

    def _added(self) -> list[Address]:
        """Raises `VenueError`."""
        try:
            kept = self._vault.read(FILE)
        except Unreadable as error:
            raise VenueError(
                "The addresses of messages cannot be opened",
                error.detail,
                "Set ENCRYPTION_KEY as it was, or add them again: venuesync notify add",
                cause=Cause.CONFLICT,
                kind="notify",
            ) from error
        return [] if kept is None else [Address(int(one["number"]), str(one["address"])) for one in kept["addresses"]]

    def _keep(self, added: Sequence[Address]) -> None:
        if added:
            self._vault.write(FILE, {"addresses": [{"number": one.number, "address": one.text} for one in added]})
        else:
            self._vault.remove(FILE)


def addresses(settings: Notify, workspace: Workspace) -> Addresses:
    """Of a workspace; what was added is sealed by the key of its sign-in."""
    return Addresses(settings, Vault(workspace.sign_in, key=configured_key(workspace.root)))
