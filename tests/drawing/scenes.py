"""A picture of a party: people set before a backdrop in one row or two, under one light.

Also the portraits that guests are enrolled with, taken somewhere else on another day.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PIL import Image

from tests.drawing import people
from tests.drawing.album import Shot
from tests.drawing.backdrops import PLACES, Size, blurred, gradient
from tests.drawing.cast import EVERYONE, Look
from tests.drawing.people import draw_person
from tests.drawing.shading import Light, Pose
from tests.drawing.still_life import cake, centrepiece, table

FINEST = 125.0  # pixels a unit that heads are drawn at; larger ones are enlarged, which no one sees
PORTRAIT = (512, 640)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where somebody's face is, and how large: `unit` is half its width, all in pixels."""

    x: float
    y: float
    unit: float
    behind: bool


def draw_shot(shot: Shot) -> Image.Image:
    """RGB, the right way up; the same every time."""
    rng = np.random.default_rng([shot.seed, 77])
    size = (shot.camera.size[1], shot.camera.size[0]) if shot.upright else shot.camera.size
    place = PLACES[shot.place]
    picture = place.paint(size, rng).convert("RGBA")
    light = place.light(rng)
    placed = list(zip(shot.people, _standing(shot, size, rng), strict=True))
    poses = {name: _pose(rng) for name in shot.people}
    for name, at in sorted(placed, key=lambda entry: not entry[1].behind):
        _set_in(picture, draw_person(EVERYONE[name], poses[name], light, min(at.unit, FINEST)), at)
    _foreground(picture, shot, rng)
    return _finished(picture, 0.34)


def draw_portrait(look: Look, number: int) -> Image.Image:
    """RGB: the picture somebody sent in to be recognised by; plain background, looking at the camera."""
    rng = np.random.default_rng([look.seed, number, 78])
    tone = float(rng.uniform(150, 215))
    low = (tone * 0.8, tone * 0.78, tone * 0.76)
    picture = gradient(PORTRAIT, ((tone, tone, tone * 1.02), (tone * 0.96, tone * 0.95, tone * 0.94), low)).convert(
        "RGBA"
    )
    side = float(rng.choice([-1.0, 1.0])) * float(rng.uniform(0.2, 0.5))
    light = Light((side, -0.4, 1.0), float(rng.uniform(0.5, 0.6)), (1.0, 0.98, 0.95), float(rng.uniform(0.95, 1.05)))
    unit = PORTRAIT[0] * float(rng.uniform(0.205, 0.23))
    yaw = (0.0, 0.14, -0.14)[number % 3] + float(rng.uniform(-0.04, 0.04))
    pose = Pose(yaw, float(rng.uniform(-0.03, 0.03)), float(rng.uniform(-3, 3)), (0.35, 0.9, 0.6)[number % 3])
    _set_in(
        picture,
        draw_person(look, pose, light, min(unit, FINEST)),
        Standing(PORTRAIT[0] / 2, PORTRAIT[1] * 0.45, unit, False),
    )
    return _finished(picture, 0.12)


def _standing(shot: Shot, size: Size, rng: np.random.Generator) -> list[Standing]:
    """Left to right; from five people on every other one stands behind and a little higher."""
    count = len(shot.people)
    if not count:
        return []
    width, high = size
    two_rows = count >= 5
    apart = 2.25 if two_rows else 2.75
    fits = width / (apart * count + (1.6 if count > 1 else 2.2))
    tallest = {"close": 0.245, "bust": 0.175, "wide": 0.13}[shot.framing] * high
    unit = min(fits, tallest)
    middle = width * (0.5 + float(rng.uniform(-0.08, 0.08)) * (count == 1))
    level = high * {"close": 0.50, "bust": 0.47, "wide": 0.56}[shot.framing]
    level = max(level, high - 4.7 * unit)
    places: list[Standing] = []
    for i in range(count):
        behind = two_rows and i % 2 == 1
        own = unit * float(rng.uniform(0.95, 1.04)) * (0.93 if behind else 1.0)
        x = middle + (i - (count - 1) / 2) * apart * unit + float(rng.uniform(-0.12, 0.12)) * unit
        y = level + float(rng.uniform(-0.2, 0.2)) * unit - (1.1 * unit if behind else 0.0)
        places.append(Standing(x, y, own, behind))
    return places


def _pose(rng: np.random.Generator) -> Pose:
    laughing = float(rng.choice([0.0, 0.0, 0.55, 0.9]))
    return Pose(
        yaw=float(rng.uniform(-0.18, 0.18)),
        pitch=float(rng.uniform(-0.05, 0.05)),
        roll=float(rng.uniform(-7, 7)),
        smile=float(rng.uniform(0.75, 1.0)) if laughing else float(rng.uniform(0.35, 0.95)),
        open=laughing,
        blink=float(rng.uniform(0.0, 0.12)),
        gaze=float(rng.uniform(-0.35, 0.35)),
    )


def _set_in(picture: Image.Image, person: Image.Image, at: Standing) -> None:
    """Enlarged to size, with a soft shadow on whatever is behind."""
    left, top, right, bottom = people.EXTENT
    person = person.resize((round((right - left) * at.unit), round((bottom - top) * at.unit)), Image.Resampling.BICUBIC)
    corner = round(at.x + left * at.unit), round(at.y + top * at.unit)
    sheet = Image.new("RGBA", picture.size)
    sheet.paste(person, corner)
    cover = sheet.getchannel("A")
    shade = blurred(cover.point([round(v * 0.42) for v in range(256)]), at.unit * 0.22)
    shadow = Image.new("RGBA", picture.size, (26, 16, 20, 0))
    shadow.putalpha(shade)
    picture.alpha_composite(shadow, (0, round(at.unit * 0.08)))
    picture.alpha_composite(sheet)


def _foreground(picture: Image.Image, shot: Shot, rng: np.random.Generator) -> None:
    still: dict[str, Callable[[], Image.Image]] = {
        "table": lambda: table(picture.size, rng, 0.88, 4),
        "flowers": lambda: centrepiece(picture.size, rng),
        "cake": lambda: cake(picture.size, rng),
    }
    if shot.foreground:
        picture.alpha_composite(still[shot.foreground]())


def _finished(picture: Image.Image, vignette: float) -> Image.Image:
    """Corners a little darker, as a lens makes them."""
    width, high = picture.size
    x, y = np.meshgrid(np.linspace(-1, 1, width, dtype=np.float32), np.linspace(-1, 1, high, dtype=np.float32))
    dim = 1.0 - vignette * np.clip((x * x + y * y) / 2.0 - 0.15, 0.0, 1.0)
    pixels = np.asarray(picture.convert("RGB"), np.float32) * dim[..., None]
    return Image.fromarray(np.clip(np.rint(pixels), 0, 255).astype(np.uint8))
