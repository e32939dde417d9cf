"""The guests' page: where it is."""

from __future__ import annotations

from typing_extensions import TypedDict

from agent.requests.ask import Query


class GuestPage(TypedDict):
    address: str | None  # as a phone in the same network asks for it; None: there is no such page


class GetGuestPage(Query[GuestPage]):
    """The address at which guests find their photos by a selfie."""

    path = "/guests"
