"""What is asked of messages to people: where they go, a trial, a report sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from typing_extensions import TypedDict

from agent.requests.ask import Command, Query

if TYPE_CHECKING:
    from agent.requests.fields import MessageAddress, Number, Path


class Told(TypedDict):
    """Of one address, shown without what is secret in it: whether the message went, and if not, why."""

    address: str
    sent: bool
    detail: str


class AddressRow(TypedDict):
    """`address` is shown without what is secret in it; `number`: by which it is removed. A setting's has none."""

    number: int | None
    address: str
    kept: Literal["settings", "sealed"]


class ListAddresses(Query[list[AddressRow]]):
    """Where messages go: those of `[notify] addresses`, then those that were added, which lie here encrypted."""

    path = "/notify"


class AddAddress(Command[list[AddressRow]]):
    """Send messages there, too, and keep it encrypted. Raises `UsageError` for what Apprise does not know."""

    path = "/commands/notify-add"
    address: MessageAddress


class RemoveAddress(Command[list[AddressRow]]):
    """Send nothing there any more. Raises `NotThere`; what a setting names is the setting's to remove."""

    path = "/commands/notify-remove"
    number: Number


class TryNotify(Command[list[Told]]):
    """Send a trial message to every address. Raises `UsageError` where there is none."""

    path = "/commands/notify-test"


class SendReport(Command[list[Told]]):
    """Send a report of this workspace, a file that `report` wrote, to every address. Raises `UsageError`."""

    path = "/commands/report-send"
    file: Path
