"""Where the guests' page is."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from contextlib import suppress

from agent.errors import NotThere, UsageError
from agent.model import Event
from agent.requests.consent import GetGuestPage, GuestPage
from agent.roster import Roster
from agent.roster.event_names import event_of_guests
from agent.settings import Settings

EVERYWHERE = ("0.0.0.0", "[::]", "")  # noqa: S104 - of a setting: looked at, not bound to


class GuestPageHandlers:
    def __init__(self, settings: Settings, roster: Roster) -> None:
        self._settings = settings
        self._roster = roster

    async def guest_page(self, _asked: GetGuestPage) -> GuestPage:
        """Raises `UsageError` where the event that it is to show is none: each guest would be told to try again."""
        guests, listen = self._settings.guests, self._settings.api.listen
        if not guests.page:
            return {"address": None}
        no_event = why_no_event(guests.event, self._roster.events())
        if no_event is not None:
            raise no_event
        return {"address": f"{guests.address or reached_at(listen)}/guest"}


def why_no_event(named: str, events: Sequence[Event]) -> UsageError | None:
    """Why guests are shown nothing, where `guests.event` names no event."""
    try:
        event_of_guests(named, events)
    except NotThere as error:
        detail = f"{named!r} was given: there is no such event"
        return UsageError("guests.event has a wrong value", detail, f"{error.remedy}; then start venuesync again")
    return None


def reached_at(listen: str) -> str:
    """As a phone in the same network has to ask."""
    host, _, port = listen.rpartition(":")
    return f"http://{own_address() if host in EVERYWHERE else host}:{port}"


def own_address() -> str:
    """Of this machine, where it goes out; nothing is sent."""
    with suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.connect(("192.0.2.1", 9))  # RFC 5737: nobody's
        return str(one.getsockname()[0])
    return "127.0.0.1"
