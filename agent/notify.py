"""Messages to people, by whatever Apprise knows: mail, Telegram, Slack, Matrix, a hook of one's own.

An address holds a password as a rule. It is never shown or logged but as `private` makes it; what Apprise itself would
log is none of the log's, as it names whole addresses.
"""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import Any

from agent.running.waiting import Unwaited
from agent.settings.environment import authorities

SECONDS = 20  # without a byte
IN_ALL = 60.0  # seconds until the answer is whole; Apprise has no time limit of its own over all of it
FILE_IN_ALL = 600.0  # with a file, which a slow line sends


async def sent(address: str, title: str, text: str, file: Path | None = None) -> tuple[str, str]:
    """Send one message, with a file if one is given. Returns the address as it may be shown, and "" or why it was not.

    An agent that ends does not wait for it, and nobody for an answer that never ends.
    """
    longest = IN_ALL if file is None else FILE_IN_ALL
    try:
        async with asyncio.timeout(longest):
            return await asyncio.get_running_loop().run_in_executor(Unwaited(), send, address, title, text, file)
    except TimeoutError:
        return private(address), f"It was not answered to the end within {longest:.0f} s"


def send(address: str, title: str, text: str, file: Path | None = None) -> tuple[str, str]:
    """The same. Blocks."""
    return private(address), _send(address, title, text, file)


def _send(address: str, title: str, text: str, file: Path | None) -> str:
    import apprise  # here: it reads a hundred services, and few have an address

    service = made(address)
    if service is None:
        return "No address that Apprise knows: see github.com/caronc/apprise/wiki for each service's"
    if file is not None and not service.attachment_support:
        return "That service takes no files"
    attached = None if file is None else apprise.AppriseAttachment(str(file))
    if service.verify_certificate and authorities():
        service.verify_certificate = authorities()
    service.socket_read_timeout = service.socket_connect_timeout = SECONDS
    said: Any
    with apprise.LogCapture(level=logging.WARNING, fmt="%(message)s") as said:
        sent = service.notify(title=title, body=text, body_format=apprise.NotifyFormat.TEXT, attach=attached)
        words = " ".join(str(said.getvalue()).split())
    return "" if sent else (words.replace(address, private(address)) or "It was refused, without a reason")


def private(address: str) -> str:
    """The address without what is secret in it."""
    service = made(address)
    return f"{address.partition('://')[0]}://…" if service is None else str(service.url(privacy=True)).partition("?")[0]


def made(address: str) -> Any:
    """Apprise's service; `None` where the address is none."""
    from apprise import Apprise

    logging.getLogger("apprise").propagate = False
    known: Any = Apprise
    return known.instantiate(address, suppress_exceptions=True)
