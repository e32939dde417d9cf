"""A trial message to every address."""

from __future__ import annotations

import asyncio

from agent import notify
from agent.errors import UsageError
from agent.requests.control import Told, TryNotify
from agent.settings.keys import Notify


class NotifyHandlers:
    def __init__(self, settings: Notify) -> None:
        self._settings = settings

    async def try_notify(self, _asked: TryNotify) -> list[Told]:
        """All at once: one that does not answer keeps none of the others waiting."""
        addresses = [one.get_secret_value() for one in self._settings.addresses]
        if not addresses:
            raise UsageError(
                "There is no address to send to",
                "[notify] addresses is empty",
                'Add one to config.toml, such as addresses = ["tgram://TOKEN/CHAT"]: github.com/caronc/apprise/wiki',
            )
        return await asyncio.gather(*(tried(one) for one in addresses))


async def tried(address: str) -> Told:
    text = "A trial message: what needs you, and that all is safe, will come here."
    shown, why = await notify.sent(address, "venuesync", text)
    return {"address": shown, "sent": not why, "detail": why}
