"""The guests of a campaign: who looks how, and pictures of them, each photo with bytes of its own.

Smaller than the demo's, as many are looked at; every face in them is known by its portraits all the same.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path

from PIL import Image

from agent.demo.guests import NAMES, photos, reference_name
from tests.venue.manifest import sha256

DEMO = Path(__file__).parents[2] / "agent" / "demo"
SIDE = 720  # pixels
EVERYBODY = 5  # faces
LOOKS = NAMES  # of whom there are portraits
STRANGER = "stranger"
NEAR, NEAR_TO = "Beatriz Alves", "Yuki Tanaka"  # two who look alike enough to be asked about


@dataclass(frozen=True, slots=True)
class Picture:
    """What is on it: `looks` are those of its faces."""

    name: str
    looks: tuple[str, ...]

    @property
    def group(self) -> bool:
        return len(self.looks) > 1


@dataclass(frozen=True, slots=True)
class Taken:
    """A photo as it arrives: nobody else has these bytes."""

    name: str
    data: bytes
    picture: Picture
    broken: bool = False

    @property
    def sha256(self) -> str:
        return sha256(self.data)


@cache
def pictures() -> list[Picture]:
    """Without those in which nearly everybody stands together."""
    return [Picture(one.file, one.people) for one in photos() if len(one.people) < EVERYBODY]


def meet(some: set[str], others: set[str]) -> bool:
    """Whether two are seen together who cannot be one, therefore: nobody is taken for two faces of a photo."""
    return any(some & {*one.looks} and others & {*one.looks} for one in pictures())


@cache
def small(path: Path) -> bytes:
    with Image.open(path) as picture:
        exif = picture.info.get("exif", b"")
        picture.thumbnail((SIDE, SIDE))
        out = BytesIO()
        picture.save(out, "JPEG", quality=85, exif=exif)
    return out.getvalue()


def portraits(look: str) -> list[Path]:
    return [DEMO / "references" / reference_name(look, number) for number in (1, 2, 3)]


class Camera:
    """Takes pictures of this party, one after the other."""

    def __init__(self, dice: random.Random, seed: int) -> None:
        self._dice, self._seed = dice, seed
        self.taken = 0

    def shoot(self, *, of: str | None = None) -> Taken:
        """Any picture; `of`: one of somebody alone."""
        fitting = [one for one in pictures() if of is None or one.looks == (of,)]
        picture = self._dice.choice(fitting)
        return self._named(small(DEMO / "photos" / picture.name), picture)

    def shoot_badly(self) -> Taken:
        """A file that ends too soon, and is no photo therefore."""
        picture = pictures()[0]
        return self._named(small(DEMO / "photos" / picture.name)[:9000], picture, broken=True)

    def _named(self, data: bytes, picture: Picture, *, broken: bool = False) -> Taken:
        self.taken += 1
        own = f"\n{self._seed}-{self.taken}".encode()
        return Taken(f"DSC_{self.taken:04}.jpg", data + own, picture, broken)
