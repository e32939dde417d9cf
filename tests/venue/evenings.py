"""An evening of several cameras: the demo's photos, with the times that cameras' clocks would have written."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from PIL import Image

from agent.demo.guests import DemoPhoto, photos

BEGAN = datetime(2026, 5, 4, 18, 0)  # noqa: DTZ001 - as a camera writes it
EXIF, GPS = 0x8769, 0x8825


@dataclass(frozen=True, slots=True)
class Body:
    """A camera: what it says of itself, and how far its clock is ahead, seconds."""

    make: str
    model: str
    number: str = ""
    ahead: float = 0.0
    zone: str = ""  # as it writes it: +02:00

    @property
    def name(self) -> str:
        return f"{self.make} {self.model}" + (f" #{self.number}" if self.number else "")


CANON = Body("Canon", "EOS R6", "0123")
NIKON = Body("NIKON CORPORATION", "Z 6", "777", ahead=720)
SONY = Body("SONY", "ILCE-7M4", ahead=-3600)
FUJI = Body("FUJIFILM", "X-T5", "42", ahead=9 * 3600)
LEICA = Body("LEICA", "Q2", "9")


def moments(seed: int, count: int) -> list[tuple[float, DemoPhoto]]:
    """Who stood before a camera when, seconds after it began: everybody again and again, for three hours."""
    draw = random.Random(seed)
    with_faces = [one for one in photos() if one.folder != "none" and "stranger" not in one.people]
    times = sorted(draw.sample(range(0, 3 * 3600, 20), count))
    return [(float(at), draw.choice(with_faces)) for at in times]


def beside(seed: int, of: list[tuple[float, DemoPhoto]], count: int) -> list[tuple[float, DemoPhoto]]:
    """What another camera saw of these moments: the same people within a few seconds."""
    draw = random.Random(seed)
    return [(at + draw.uniform(-12, 12), one) for at, one in sorted(draw.sample(of, count), key=lambda each: each[0])]


def taken(body: Body, seen: list[tuple[float, DemoPhoto]], folder: Path, *, gps: bool = False) -> Iterator[Path]:
    """The files on its card."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, (at, photo) in enumerate(seen):
        path = folder / f"{body.model.replace(' ', '')}_{number:04}.jpg"
        with photo.source().open("rb") as file, Image.open(file) as picture:
            true = BEGAN + timedelta(seconds=at)
            exif = written(body, true + timedelta(seconds=body.ahead), true if gps else None)
            picture.save(path, quality="keep", exif=exif)
        yield path


def written(body: Body, clock: datetime, gps: datetime | None = None) -> Image.Exif:
    exif = Image.Exif()
    exif[0x010F], exif[0x0110] = body.make, body.model
    own: dict[int, object] = {0x9003: f"{clock:%Y:%m:%d %H:%M:%S}"}
    own |= {0x9011: body.zone} if body.zone else {}
    own |= {0xA431: body.number} if body.number else {}
    exif.get_ifd(EXIF).update(own)
    if gps is not None:
        true = gps.astimezone(UTC)
        clock_of = (float(true.hour), float(true.minute), float(true.second))
        exif.get_ifd(GPS).update({29: f"{true:%Y:%m:%d}", 7: clock_of})
    return exif


def true_time(at: float) -> str:
    return (BEGAN + timedelta(seconds=at)).isoformat(timespec="seconds")
