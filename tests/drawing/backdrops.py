"""Where the party is: five places, each softly out of focus, with its own lights.

A place also says how it lights the people who stand in it.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from tests.drawing.cast import Rgb
from tests.drawing.shading import Light

Size = tuple[int, int]  # width, height in pixels
Paint = Callable[[Size, np.random.Generator], Image.Image]


@dataclass(frozen=True, slots=True)
class Place:
    """A backdrop and its light."""

    paint: Paint
    ambient: float
    warm: Rgb
    gain: float

    def light(self, rng: np.random.Generator) -> Light:
        """One lamp for everybody in the picture, from another side in each."""
        side = float(rng.choice([-1.0, 1.0])) * float(rng.uniform(0.25, 0.6))
        up = float(rng.uniform(-0.55, -0.25))
        return Light((side, up, 1.0), self.ambient + float(rng.uniform(-0.04, 0.04)), self.warm, self.gain)


def gradient(size: Size, stops: tuple[Rgb, ...]) -> Image.Image:
    """Colours from top to bottom, at even distances."""
    at = np.linspace(0.0, len(stops) - 1.0, size[1])
    bands = [np.interp(at, np.arange(len(stops)), [stop[channel] for stop in stops]) for channel in range(3)]
    column = np.stack(bands, axis=-1)[:, None].astype(np.uint8)
    return Image.fromarray(column).resize(size)


def blurred(image: Image.Image, radius: float) -> Image.Image:
    """Gaussian blur; wide ones are made small first, which looks the same and takes a fraction of the time."""
    shrink = max(1, int(radius / 4))
    small = image.resize((max(1, image.width // shrink), max(1, image.height // shrink)), Image.Resampling.BOX)
    return small.filter(ImageFilter.GaussianBlur(radius / shrink)).resize(image.size, Image.Resampling.BICUBIC)


def disc(draw: ImageDraw.ImageDraw, x: float, y: float, radius: float, fill: Rgb) -> None:
    draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=_whole(fill))


def fairy_lights(image: Image.Image, rng: np.random.Generator, strings: int, reach: float, tint: Rgb) -> Image.Image:
    """Strings of bulbs hung across the upper `reach` of the picture, each bulb with its glow."""
    width, high = image.size
    wire, bulbs, glow = image.copy(), Image.new("RGB", image.size), Image.new("RGB", image.size)
    pens = ImageDraw.Draw(wire), ImageDraw.Draw(bulbs), ImageDraw.Draw(glow)
    for _ in range(strings):
        left, right = (float(v) for v in rng.uniform(-0.05, reach * 0.7, 2) * high)
        sag = float(rng.uniform(0.1, 0.3)) * reach * high
        size = float(rng.uniform(0.0035, 0.006)) * width
        t = np.linspace(-0.02, 1.02, int(rng.integers(13, 20)))
        xs, ys = t * width, left + (right - left) * t + sag * 4 * t * (1 - t)
        pens[0].line(list(zip(xs.tolist(), ys.tolist(), strict=True)), fill=(52, 40, 40), width=max(2, width // 700))
        for x, y in zip(xs.tolist(), ys.tolist(), strict=True):
            disc(pens[1], x, y + size, size, (255, 244, 214))
            disc(pens[2], x, y + size, size * 2.6, tint)
    wire = blurred(wire, width / 900)
    for layer, radius in ((glow, width / 70), (glow, width / 220), (bulbs, width / 900)):
        wire = ImageChops.screen(wire, blurred(layer, radius))
    return wire


def bokeh(
    image: Image.Image, rng: np.random.Generator, count: int, tints: tuple[Rgb, ...], lowest: float
) -> Image.Image:
    """Far lights out of focus: pale discs down to `lowest` of the height."""
    width, high = image.size
    for depth in (0.6, 1.0):
        layer = Image.new("RGB", image.size)
        pen = ImageDraw.Draw(layer)
        for _ in range(count // 2):
            tint = tints[int(rng.integers(len(tints)))]
            strength = float(rng.uniform(0.15, 0.5)) * depth
            x, y = float(rng.uniform(0, width)), float(rng.uniform(0, lowest) * high)
            disc(pen, x, y, float(rng.uniform(0.006, 0.02)) * width * depth, _scaled(tint, strength))
        image = ImageChops.screen(image, blurred(layer, width / 400))
    return image


def garden(size: Size, rng: np.random.Generator) -> Image.Image:
    """A garden at dusk: violet sky, dark trees, strings of bulbs."""
    image = gradient(size, ((58, 52, 92), (118, 82, 112), (214, 140, 110), (126, 92, 74), (74, 66, 50)))
    pen = ImageDraw.Draw(image)
    width, high = size
    for _ in range(26):
        x, y = float(rng.uniform(0, width)), float(rng.uniform(0.36, 0.6) * high)
        green = float(rng.uniform(0.7, 1.2))
        disc(pen, x, y, float(rng.uniform(0.05, 0.12)) * width, _scaled((46, 54, 46), green))
    pen.rectangle((0, 0.6 * high, width, high), fill=(62, 64, 44))
    image = bokeh(blurred(image, width / 55), rng, 50, ((255, 206, 130), (255, 176, 110)), 0.75)
    return fairy_lights(image, rng, 5, 0.5, (255, 176, 84))


def marquee(size: Size, rng: np.random.Generator) -> Image.Image:
    """A white tent with its drapes drawn together, warmly lit."""
    image = gradient(size, ((244, 226, 198), (238, 212, 178), (206, 168, 134), (150, 116, 92)))
    pen = ImageDraw.Draw(image)
    width, high = size
    apex = (float(rng.uniform(0.3, 0.7)) * width, -0.1 * high)
    for i in range(15):
        x = (i - 3) * width / 8
        pen.polygon((apex, (x, 0.75 * high), (x + width / 22, 0.75 * high)), fill=(226, 196, 160))
    for i in range(6):
        x = (i + 0.3) * width / 5.5
        pen.rectangle((x, 0.46 * high, x + width / 11, high), fill=(214, 172, 132) if i % 2 else (168, 130, 104))
    image = bokeh(blurred(image, width / 70), rng, 36, ((255, 214, 150), (255, 236, 200)), 0.8)
    return fairy_lights(image, rng, 4, 0.45, (255, 190, 110))


def dance_floor(size: Size, rng: np.random.Generator) -> Image.Image:
    """Late, dark and coloured."""
    image = gradient(size, ((38, 22, 58), (74, 32, 82), (108, 44, 88), (54, 28, 58)))
    width, high = size
    beams = Image.new("RGB", size)
    pen = ImageDraw.Draw(beams)
    for tint in ((90, 40, 110), (110, 50, 70), (40, 60, 110), (110, 80, 40)):
        x, foot = (float(v) for v in rng.uniform(0, width, 2))
        pen.polygon(((x, -10), (foot - width / 9, high), (foot + width / 9, high)), fill=tint)
    image = ImageChops.screen(image, blurred(beams, width / 40))
    tints = ((255, 120, 190), (130, 150, 255), (255, 190, 110), (190, 120, 255))
    image = bokeh(image, rng, 90, tints, 0.85)
    return fairy_lights(image, rng, 2, 0.3, (255, 160, 120))


def terrace(size: Size, rng: np.random.Generator) -> Image.Image:
    """Afternoon: a pale sky, a green hedge, roses."""
    image = gradient(size, ((206, 224, 238), (232, 234, 228), (172, 190, 140), (132, 150, 96), (178, 168, 142)))
    pen = ImageDraw.Draw(image)
    width, high = size
    for _ in range(90):
        x, y = float(rng.uniform(0, width)), float(rng.uniform(0.36, 0.86) * high)
        disc(pen, x, y, float(rng.uniform(0.02, 0.05)) * width, _scaled((112, 140, 80), float(rng.uniform(0.7, 1.35))))
    for _ in range(34):
        x, y = float(rng.uniform(0, width)), float(rng.uniform(0.45, 0.8) * high)
        disc(
            pen,
            x,
            y,
            float(rng.uniform(0.008, 0.016)) * width,
            (244, 206, 208) if rng.random() < 0.6 else (250, 244, 236),
        )
    return bokeh(blurred(image, width / 80), rng, 40, ((255, 255, 230), (240, 250, 210)), 0.6)


def hall(size: Size, rng: np.random.Generator) -> Image.Image:
    """A panelled hall with tall windows and candles."""
    image = gradient(size, ((92, 62, 50), (124, 84, 62), (110, 72, 54), (76, 50, 42)))
    pen = ImageDraw.Draw(image)
    width, high = size
    shift = float(rng.uniform(-0.1, 0.1)) * width
    for i in range(5):
        x = shift + (i + 0.1) * width / 4.6
        pen.rounded_rectangle((x, 0.08 * high, x + width / 7.5, 0.66 * high), width / 15, fill=(206, 156, 104))
    image = bokeh(blurred(image, width / 40), rng, 50, ((255, 200, 120), (255, 226, 170)), 0.9)
    return fairy_lights(image, rng, 3, 0.34, (255, 180, 96))


PLACES: dict[str, Place] = {
    "garden": Place(garden, 0.50, (1.03, 0.96, 0.90), 0.97),
    "marquee": Place(marquee, 0.58, (1.03, 0.98, 0.92), 0.98),
    "dance floor": Place(dance_floor, 0.46, (1.02, 0.93, 0.97), 0.95),
    "terrace": Place(terrace, 0.60, (1.0, 1.0, 0.98), 1.01),
    "hall": Place(hall, 0.50, (1.05, 0.96, 0.86), 0.97),
}


def _scaled(rgb: Rgb, by: float) -> Rgb:
    return (rgb[0] * by, rgb[1] * by, rgb[2] * by)


def _whole(rgb: Rgb) -> tuple[int, int, int]:
    return (min(255, int(rgb[0])), min(255, int(rgb[1])), min(255, int(rgb[2])))
