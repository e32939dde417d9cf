"""Messages to people: where they go, a trial to every address, a report sent there."""

from __future__ import annotations

import asyncio
from pathlib import Path

from agent import notify
from agent.errors import UsageError
from agent.jobs.addresses import Addresses
from agent.jobs.outbox import Outbox
from agent.page import is_made_by, report_maker
from agent.requests.notify import AddAddress, AddressRow, ListAddresses, RemoveAddress, SendReport, Told, TryNotify
from agent.roster import Roster


class NotifyHandlers:
    """Messages go to other addresses as soon as they are other ones."""

    def __init__(self, addresses: Addresses, outbox: Outbox, roster: Roster) -> None:
        self._addresses = addresses
        self._outbox = outbox
        self._roster = roster
        self._changing = asyncio.Lock()

    async def addresses(self, _asked: ListAddresses) -> list[AddressRow]:
        return await asyncio.to_thread(lambda: [one.row for one in self._addresses.all()])

    async def add(self, asked: AddAddress) -> list[AddressRow]:
        async with self._changing:
            await asyncio.to_thread(self._addresses.add, asked.address)
            await self._outbox.look()
        return await self.addresses(ListAddresses())

    async def remove(self, asked: RemoveAddress) -> list[AddressRow]:
        async with self._changing:
            await asyncio.to_thread(self._addresses.remove, asked.number)
            await self._outbox.look()
        return await self.addresses(ListAddresses())

    async def try_notify(self, _asked: TryNotify) -> list[Told]:
        return await self._to_all("A trial message: what needs you, and that all is safe, will come here.")

    async def send_report(self, asked: SendReport) -> list[Told]:
        """Nothing else of this machine is ever sent: it is looked at first whether it is such a page."""
        file = Path(asked.file).expanduser()
        if not await asyncio.to_thread(is_made_by, file, report_maker(self._roster.workspace_id)):
            raise UsageError("That is no report of this workspace", str(file), "Write one: venuesync report")
        return await self._to_all("The night on one page.", file)

    async def _to_all(self, text: str, file: Path | None = None) -> list[Told]:
        """All at once: one that does not answer keeps none of the others waiting."""
        found = await asyncio.to_thread(self._addresses.all)
        if not found:
            raise UsageError(
                "There is no address to send to",
                "none was added, and [notify] addresses is empty",
                "Add one, such as tgram://TOKEN/CHAT (github.com/caronc/apprise/wiki): venuesync notify add",
            )
        all_told = await asyncio.gather(*(told(one.text, text, file) for one in found))
        for one, was_told in zip(found, all_told, strict=True):
            if was_told["sent"]:
                await self._outbox.came_through(one.text)
        return all_told


async def told(address: str, text: str, file: Path | None) -> Told:
    shown, why = await notify.sent(address, "venuesync", text, file)
    return {"address": shown, "sent": not why, "detail": why}
