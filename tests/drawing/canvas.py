"""The paper: coordinate grids, soft masks, repeatable noise, and layers of paint.

Everything drawn is a formula over a grid, so every edge is soft by construction and one drawing serves every size.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tests.drawing.cast import Rgb

Plane = NDArray[np.floating[Any]]  # (h, w): a mask from 0 to 1, or a coordinate
Colours = NDArray[np.floating[Any]]  # (3,) one colour, or (h, w, 3) one for each pixel; 0 to 255


@dataclass(frozen=True, slots=True)
class Grid:
    """Coordinates of every pixel, x to the right and y downwards, `scale` pixels to one unit (half a face's width)."""

    x: Plane
    y: Plane
    scale: float


def grid(left: float, top: float, right: float, bottom: float, scale: float) -> Grid:
    """The pixels of a rectangle given in units."""
    xs = np.arange(round((right - left) * scale), dtype=np.float32) / np.float32(scale) + np.float32(left)
    ys = np.arange(round((bottom - top) * scale), dtype=np.float32) / np.float32(scale) + np.float32(top)
    x, y = np.meshgrid(xs, ys)
    return Grid(x, y, scale)


def colour(rgb: Rgb) -> Colours:
    return np.asarray(rgb, np.float32)


def rise(low: float | Plane, high: float | Plane, value: Plane) -> Plane:
    """0 below `low`, 1 above `high`, smooth between."""
    t = np.clip((value - low) / (high - low), 0.0, 1.0)
    return (t * t * (3.0 - 2.0 * t)).astype(np.float32)


def fall(low: float | Plane, high: float | Plane, value: Plane) -> Plane:
    """1 below `low`, 0 above `high`, smooth between."""
    return 1.0 - rise(low, high, value)


def blob(x: Plane, y: Plane, at: tuple[float, float], size: tuple[float, float]) -> Plane:
    """A soft round spot, 1 at its middle."""
    return np.exp(-(((x - at[0]) / size[0]) ** 2) - ((y - at[1]) / size[1]) ** 2)


def streak(distance: Plane, width: float) -> Plane:
    """A soft line, 1 where `distance` is 0."""
    return np.exp(-((distance / width) ** 2))


def ripple(seed: int, at: Plane) -> Plane:
    """Smooth noise along a line, -1 to 1, one new value a unit; the same for the same seed."""
    table = np.random.default_rng(seed).uniform(-1.0, 1.0, 1024).astype(np.float32)
    whole = np.floor(at)
    part = at - whole
    index = whole.astype(np.int32) % 1024
    ease = part * part * (3.0 - 2.0 * part)
    return table[index] * (1.0 - ease) + table[(index + 1) % 1024] * ease


def clouds(seed: int, u: Plane, v: Plane) -> Plane:
    """Smooth noise over a plane, -1 to 1, one new value a unit; the same for the same seed."""
    table = np.random.default_rng(seed).uniform(-1.0, 1.0, (128, 128)).astype(np.float32)
    column, row = np.floor(u), np.floor(v)
    across, down = u - column, v - row
    across, down = across * across * (3.0 - 2.0 * across), down * down * (3.0 - 2.0 * down)
    i, j = row.astype(np.int32) % 128, column.astype(np.int32) % 128
    above = table[i, j] * (1.0 - across) + table[i, (j + 1) % 128] * across
    below = table[(i + 1) % 128, j] * (1.0 - across) + table[(i + 1) % 128, (j + 1) % 128] * across
    return above * (1.0 - down) + below * down


def tinted(rgb: Rgb | Colours, strength: Plane) -> Colours:
    """One colour (or a colour a pixel), made lighter or darker pixel by pixel."""
    return np.asarray(rgb, np.float32) * strength[..., None]


def blend(under: Colours, over: Colours, mask: Plane) -> Colours:
    return under + (over - under) * mask[..., None]


class Layer:
    """Paint on glass: colours multiplied by their own cover, so that layers add up without fringes."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.rgb: Colours = np.zeros((*shape[:2], 3), np.float32)
        self.alpha: Plane = np.zeros(shape[:2], np.float32)

    def paint(self, colours: Colours, mask: Plane) -> None:
        self.rgb = blend(self.rgb, colours, mask)
        self.alpha = self.alpha + (1.0 - self.alpha) * mask

    def image(self) -> Image.Image:
        """RGBA, eight bits."""
        cover = np.maximum(self.alpha, 1e-3)[..., None]
        whole = np.dstack([np.clip(self.rgb / cover, 0, 255), np.clip(self.alpha, 0, 1) * 255.0])
        return Image.fromarray(np.rint(whole).astype(np.uint8), "RGBA")
