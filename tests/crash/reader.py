"""A card in a reader, which the first event looks at: it is taken out in the middle of everything, and put in again."""

from __future__ import annotations

import math
import time
from dataclasses import replace
from pathlib import Path

from tests.crash.meaning import FIRST
from tests.venue.house import House
from tests.venue.manifest import Manifest, Photo

READER, TURNED = "reader", "turned"  # photos come there; it is taken out, or put in again
CARD = "../../card/"  # from where other photos arrive


class Reader:
    """What lies on a card that is in a drawer is nobody's to know; once it is in again it is as it was."""

    def __init__(self, folder: Path, expected: Manifest) -> None:
        self._card, self._drawer = folder / "card", folder / "drawer"
        self._expected = expected

    def open(self, house: House) -> None:
        self._card.mkdir()
        told = house.run("events", "folder", FIRST, "add", str(self._card))
        assert told.returncode == 0, told.stderr

    @property
    def holds_a_card(self) -> bool:
        return self._card.exists()

    def turn(self) -> None:
        if self.holds_a_card:
            self._card.rename(self._drawer)
            self.mind()
        else:
            self.put_in()

    def put_in(self) -> None:
        if not self.holds_a_card:
            self._drawer.rename(self._card)
            self.mind()

    def mind(self) -> None:
        photos = self._expected.photos
        for at, one in enumerate(photos):
            if self._lies_there(one) and self.holds_a_card == math.isinf(one.at):
                photos[at] = replace(one, at=time.monotonic() if self.holds_a_card else math.inf)

    @staticmethod
    def _lies_there(photo: Photo) -> bool:
        return photo.path is not None and f"/{CARD}" in photo.path
