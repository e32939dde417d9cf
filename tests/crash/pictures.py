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
from tests.faces.raws import ASCII, LONG, RAW_DATA, SHORT, Entry, Tiff, inside, strips
from tests.venue.manifest import sha256

DEMO = Path(__file__).parents[2] / "agent" / "demo"
SIDE = 720  # pixels
EVERYBODY = 5  # faces
LOOKS = NAMES  # of whom there are portraits
STRANGER = "stranger"
RAW, EXIF = ".NEF", 0x8769
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
    is_raw: bool = False

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


def raw(data: bytes) -> bytes:
    """A raw file whose picture inside is that photo, and whose camera says of itself and of the time what that says."""
    with Image.open(BytesIO(data)) as picture:
        said = picture.getexif()
    words = said.get_ifd(EXIF)
    tiff = Tiff()
    within = tiff.directory([(0x00FE, LONG, [1]), (0x0103, SHORT, [6]), *inside(tiff, data)])
    bits = tiff.directory([(0x00FE, LONG, [0]), *strips(tiff, RAW_DATA[:2000])])
    told = tiff.directory([(tag, ASCII, f"{words[tag]}\0".encode()) for tag in (0x9003, 0x9011) if tag in words])
    head: list[Entry] = [(tag, ASCII, f"{said[tag]}\0".encode()) for tag in (0x010F, 0x0110) if tag in said]
    head += [(0x00FE, LONG, [1]), (0x0112, SHORT, [1]), (0x014A, LONG, [within, bits]), (EXIF, LONG, [told])]
    return tiff.whole(tiff.directory([*head, *strips(tiff, b"\x80" * 4800)]))


def portraits(look: str) -> list[Path]:
    return [DEMO / "references" / reference_name(look, number) for number in (1, 2, 3)]


def plain(path: str) -> str:
    """What lies in a raw file's place, made of the picture in it, is called as that is, and has its ending behind."""
    return path.removesuffix(".jpg") if path.endswith(f"{RAW}.jpg") else path


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

    def shoot_both(self) -> tuple[Taken, Taken]:
        """RAW and JPEG of one shot."""
        taken = self.shoot()
        return taken, self.raw_of(taken)

    @staticmethod
    def raw_of(taken: Taken) -> Taken:
        return Taken(f"{taken.name.removesuffix('.jpg')}{RAW}", raw(taken.data), taken.picture, is_raw=True)

    def _named(self, data: bytes, picture: Picture, *, broken: bool = False) -> Taken:
        self.taken += 1
        own = f"\n{self._seed}-{self.taken}".encode()
        return Taken(f"DSC_{self.taken:04}.jpg", data + own, picture, broken)
