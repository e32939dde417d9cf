"""The way to an emulator over a line that loses packets, for the agent and for others beside it."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.emulator.drive import Emulator
from tests.emulator.tls_front import tls_front
from tests.venue.lossy_line import Loss, LossyLine, lossy_line


@dataclass(frozen=True)
class Way:
    """What runs by `line.inside` gets to Google's names, which are the emulator's, by `proxy`, trusting `authority`."""

    emulator: Emulator
    line: LossyLine
    proxy: str
    authority: Path

    @property
    def settings(self) -> dict[str, str]:
        """Those of an agent's environment. It has TLS and a proxy to get through, as whoever is measured beside it."""
        return {
            "VENUESYNC_DRIVE__ENDPOINT": "https://www.googleapis.com",
            "HTTPS_PROXY": self.proxy,
            "NO_PROXY": "",
            "SSL_CERT_FILE": str(self.authority),
        }


@contextmanager
def lossy_way(folder: Path, loss: Loss) -> Generator[Way]:
    with Emulator.start() as emulator, lossy_line(loss) as line:
        with tls_front(emulator.port, folder, host=line.outside) as (proxy, authority):
            yield Way(emulator, line, proxy, authority)
