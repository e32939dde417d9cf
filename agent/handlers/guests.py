"""Where the guests' page is."""

from __future__ import annotations

import socket
from contextlib import suppress

from agent.requests.guests import GetGuestPage, GuestPage
from agent.settings import Settings

EVERYWHERE = ("0.0.0.0", "[::]", "")  # noqa: S104 - of a setting: looked at, not bound to


class GuestPageHandlers:
    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    async def guest_page(self, _asked: GetGuestPage) -> GuestPage:
        guests, listen = self._settings.guests, self._settings.api.listen
        return {"address": f"{guests.address or reached_at(listen)}/guest" if guests.page else None}


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
