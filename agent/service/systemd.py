"""What the service manager hears over $NOTIFY_SOCKET (sd_notify(3)), and what it expects. Without one, nothing is said.

A few lines, as the protocol is: a datagram of `KEY=value` lines. Nobody waits for it, and nothing depends on it.
"""

from __future__ import annotations

import os
import socket
from contextlib import suppress

SOCKET = "NOTIFY_SOCKET"
PATIENCE = 0.2  # seconds: it reads all the time


def is_heard() -> bool:
    return bool(os.environ.get(SOCKET))


def notify(**fields: object) -> None:
    """`notify(READY=1)`, `notify(STATUS="12 photos wait")`; a value is one line. Never raises, hardly ever waits."""
    address = os.environ.get(SOCKET, "")
    if not address:
        return
    lines = (f"{key}={' '.join(str(value).split())}" for key, value in fields.items())
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        line.settimeout(PATIENCE)
        name = os.fsencode(address)
        line.connect(b"\0" + name[1:] if name.startswith(b"@") else name)  # @: Linux's abstract ones
        line.send("\n".join(lines).encode("utf-8", "replace"))


def watchdog_seconds() -> float | None:
    """Within which it has to hear `WATCHDOG=1` again and again; `None`: it does not wait for any."""
    for_us = os.environ.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
    with suppress(ValueError):
        seconds = int(os.environ.get("WATCHDOG_USEC", "0")) / 1e6
        return seconds if for_us and seconds > 0 and is_heard() else None
    return None
