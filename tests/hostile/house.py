"""A running agent with both its doors: the socket, and TCP with a token."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.emulator.drive import Emulator
from tests.venue.house import House, wait_for
from tests.venue.pictures import scene


@dataclass(frozen=True)
class Door:
    """`tcp` is an address, `socket` a path."""

    house: House
    tcp: str
    token: str

    @property
    def socket(self) -> str:
        return str(json.loads((self.house.root / ".venuesync" / "agent.json").read_text())["socket"])

    @property
    def log(self) -> str:
        """Made with its first line."""
        path = self.house.root / ".venuesync" / "logs" / "agent.log"
        return path.read_text(encoding="utf-8") if path.exists() else ""

    def over(self, way: str) -> httpx.Client:
        """`socket`, or `tcp` with the token."""
        if way == "socket":
            return self.house.api()
        headers = {"Authorization": f"Bearer {self.token}"}
        return httpx.Client(base_url=self.tcp, headers=headers, trust_env=False, timeout=60)


@contextmanager
def open_house(folder: Path, emulator: Emulator, photos: int = 2, **settings: str) -> Iterator[Door]:
    """An agent that has filed so many photos without faces."""
    address = f"127.0.0.1:{free_port()}"
    house = House(folder / "venue", emulator, VENUESYNC_API__LISTEN=address, **settings)
    for number in range(photos):
        house.drop(scene(folder / f"{number}.jpg", number), f"DSC_{number}.jpg")
    try:
        house.start()
        door = Door(house, f"http://{address}", house.json("token")["token"])
        wait_for(lambda: photos <= house.json("status")["photos"]["verified"], 60, "the photos are filed")
        yield door
    finally:
        house.close()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])
