"""Push notifications: channels, and the POST requests that go to their addresses.

A push says that something happened and no more; each channel's messages go out in order, and a receiver that is down
costs nobody else anything.
"""

import asyncio
import logging
import time
from typing import Any
from urllib.parse import urlsplit

from agent.emulator.store.changelog import ChangeLog
from agent.emulator.store.documents import Document, Documents
from agent.emulator.store.item import Item
from agent.emulator.times import now

_LOOPBACK = {"127.0.0.1", "localhost", "::1"}
_PATIENCE = 10.0  # seconds for an answer
_PAUSES = (0.2, 1.0, 4.0)  # seconds between tries after a 5xx or no answer
_BACKLOG = 1000  # messages kept for a receiver that does not answer; a poll finds what they would have said
_LOG = logging.getLogger(__name__)


def allowed_address(address: str) -> bool:
    """https anywhere, as Drive wants it; http on this machine only."""
    parts = urlsplit(address)
    return bool(parts.hostname) and (
        parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
    )


class Pushes:
    def __init__(self, documents: Documents, changes: ChangeLog) -> None:
        self._documents = documents
        self._changes = changes
        self._queues: dict[str, asyncio.Queue[dict[str, str]]] = {}
        self._senders: dict[str, asyncio.Task[None]] = {}
        self._client: Any = None

    def open(self, channel: Document) -> None:
        """Keeps a channel and tells its receiver so (`sync`)."""
        self._documents.put("channel", channel["id"], channel)
        self._send(channel, "sync")

    def known(self, channel_id: str) -> bool:
        return self._documents.get("channel", channel_id) is not None

    def stop(self, channel_id: str, resource_id: str) -> bool:
        """Ends a channel; False where there is none of that id and resource."""
        channel = self._documents.get("channel", channel_id)
        if channel is None or channel["resourceId"] != resource_id:
            return False
        self._forget(channel_id)
        return True

    def expire(self) -> None:
        """Ends all channels without a word, as time does."""
        for channel_id in self._documents.all("channel"):
            self._forget(channel_id)

    def changed(self, logs: list[str], item: Item, what: str) -> None:
        """Tells every channel that watches one of these logs, or the item itself."""
        for channel in self._documents.all("channel").values():
            if channel["expires"] <= time.time():
                self._forget(channel["id"])
            elif channel["log"] in logs:
                self._send(channel, "change")
            elif channel["item"] == item.id and channel["user"] in logs:
                self._send(channel, what, "content,properties" if what == "update" else None)

    def _send(self, channel: Document, state: str, changed: str | None = None) -> None:
        channel = channel | {"number": channel["number"] + 1}
        self._documents.put("channel", channel["id"], channel)
        headers = {
            "Content-Type": "application/json; utf-8",
            "X-Goog-Channel-ID": channel["id"],
            "X-Goog-Channel-Expiration": time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(channel["expires"])),
            "X-Goog-Message-Number": str(channel["number"]),
            "X-Goog-Resource-ID": channel["resourceId"],
            "X-Goog-Resource-State": state,
            "X-Goog-Resource-URI": channel["resourceUri"],
            "User-Agent": "APIs-Google; (+https://developers.google.com/webmasters/APIs-Google.html)",
        }
        if channel.get("token"):
            headers["X-Goog-Channel-Token"] = channel["token"]
        if changed:
            headers["X-Goog-Changed"] = changed
        key = channel["id"]
        queue = self._queues.setdefault(key, asyncio.Queue())
        if queue.qsize() < _BACKLOG:
            queue.put_nowait(headers)
        if key not in self._senders:
            self._senders[key] = asyncio.get_running_loop().create_task(self._work(key, channel["address"], queue))

    async def _work(self, key: str, address: str, queue: asyncio.Queue[dict[str, str]]) -> None:
        while self.known(key):
            headers = await queue.get()
            # What the log does not show yet is not told, either.
            await asyncio.sleep(self._changes.lag if headers["X-Goog-Resource-State"] != "sync" else 0)
            await self._deliver(address, headers)

    async def _deliver(self, address: str, headers: dict[str, str]) -> None:
        import httpx

        if self._client is None:
            self._client = httpx.AsyncClient(trust_env=False, timeout=_PATIENCE, verify=False)  # noqa: S501 - a test's own certificate
        for pause in (*_PAUSES, None):
            try:
                answer = await self._client.post(address, headers=headers)
                if answer.status_code < 500:
                    return
            except httpx.HTTPError as trouble:
                _LOG.debug("push to %s failed at %s: %s", address, now(), trouble)
            if pause is not None:
                await asyncio.sleep(pause)

    def _forget(self, channel_id: str) -> None:
        self._documents.drop("channel", channel_id)
        self._queues.pop(channel_id, None)
        sender = self._senders.pop(channel_id, None)
        if sender is not None:
            sender.cancel()

    async def close(self) -> None:
        for sender in self._senders.values():
            sender.cancel()
        if self._client is not None:
            await self._client.aclose()
