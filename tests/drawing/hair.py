"""Hair: nine ways to wear it, each a shape behind the head, a shape before it, and the way its strands run.

A style only says where hair is and how it runs; light, shine and strands are the same for all.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from tests.drawing.bones import Bones
from tests.drawing.canvas import Colours, Plane, clouds, colour, fall, ripple, rise, streak
from tests.drawing.cast import Look
from tests.drawing.shading import Light, ball, cloth_light

MIDDLE = -0.28  # the skull's middle, above the face's


@dataclass(frozen=True, slots=True)
class Scalp:
    """Where hair may grow: the screen's coordinates turned with the skull, and the face's own."""

    look: Look
    bones: Bones
    skull_x: Plane
    skull_y: Plane
    x: Plane
    y: Plane
    edge: Plane  # above 0 on the face itself

    def around(self, volume: float) -> Plane:
        """1 on the outline of hair standing `volume` off the skull, less inside it."""
        wide = self.bones.width * 1.02 + volume * 0.7
        tall = self.bones.skull + MIDDLE + volume
        angle = np.arctan2(self.skull_x, -(self.skull_y - MIDDLE))
        loose = 0.012 * ripple(self.look.seed + 11, angle * 14 + 60)
        return np.hypot(self.skull_x / wide, (self.skull_y - MIDDLE) / tall) + loose

    def above(self, line: Plane, softness: float = 0.03) -> Plane:
        """1 above the hairline, and wherever the skull shows beside the face."""
        beside = fall(0.0, 0.12, self.edge) * fall(self.bones.eye_y - 0.05, self.bones.eye_y + 0.1, self.y)
        return np.maximum(fall(-softness, softness, self.y - line), beside)


@dataclass(frozen=True, slots=True)
class Hair:
    """One head of hair."""

    behind: Plane
    before: Plane
    run: Plane  # the same value all along a strand
    around: Plane  # 1 on its outline
    curl: float = 0.0  # 0 straight strands, 1 curls


def long(scalp: Scalp) -> Hair:
    """Straight and parted, falling before the shoulders."""
    return _falling(scalp, length=2.1, wave=0.0, part=0.08)


def waves(scalp: Scalp) -> Hair:
    """Shoulder length, wavy, parted at the side."""
    return _falling(scalp, length=1.75, wave=0.06, part=-0.28)


def _falling(scalp: Scalp, length: float, wave: float, part: float) -> Hair:
    bones, x, y = scalp.bones, scalp.skull_x, scalp.skull_y
    around = scalp.around(0.17)
    swing = wave * np.sin(y * 6.5 + 1.0)
    half = bones.width * 1.02 + 0.12 + 0.10 * rise(-0.2, 1.2, y) + swing - 0.25 * rise(length - 0.5, length + 0.2, y)
    ends = length + 0.10 * ripple(scalp.look.seed + 12, x * 9 + 50)
    curtain = fall(-0.02, 0.03, np.abs(x) - half) * rise(-0.3, -0.2, y) * fall(-0.12, 0.04, y - ends)
    cap = fall(0.985, 1.015, around) * fall(-0.25, -0.15, y)
    behind = np.maximum(cap, curtain)
    line = -bones.hairline + 0.55 * np.abs(scalp.x - part) ** 1.6 - 0.04
    inner = bones.width * 0.87 - 0.16 * rise(0.2, 1.2, y) + swing * 0.8
    locks = rise(-0.03, 0.04, np.abs(x) - inner) * rise(-0.45, -0.25, y)
    before = np.maximum(cap * scalp.above(line), np.maximum(curtain, cap) * locks)
    run = np.arctan2(x - part * fall(-0.9, 0.2, y), y + bones.skull + 0.35) * 1.6 + 0.8 * swing + 0.35 * x
    return Hair(behind, before, run, around)


def bob(scalp: Scalp) -> Hair:
    """To the chin, with a fringe."""
    bones, x, y = scalp.bones, scalp.skull_x, scalp.skull_y
    around = scalp.around(0.18)
    half = bones.width * 1.02 + 0.13 + 0.06 * rise(-0.2, 0.6, y) - 0.16 * rise(0.75, 1.05, y)
    ends = 0.95 + 0.05 * ripple(scalp.look.seed + 12, x * 9 + 50)
    curtain = fall(-0.02, 0.03, np.abs(x) - half) * rise(-0.3, -0.2, y) * fall(-0.08, 0.03, y - ends)
    cap = fall(0.985, 1.015, around) * fall(-0.25, -0.15, y)
    uneven = 0.03 * ripple(scalp.look.seed + 14, scalp.x * 16 + 30)
    fringe = bones.eye_y - bones.brow_above - 0.12 - 0.14 * (scalp.x + 0.3) + uneven
    inner = bones.width * 0.84 - 0.10 * rise(0.2, 1.0, y)
    locks = rise(-0.03, 0.04, np.abs(x) - inner) * rise(-0.5, -0.3, y)
    before = np.maximum(cap * scalp.above(fringe), np.maximum(curtain, cap) * locks)
    run = np.arctan2(x + 0.2 * fall(-0.9, 0.0, y), y + bones.skull + 0.5) * 1.9
    return Hair(np.maximum(cap, curtain), before, run, around)


def bun(scalp: Scalp) -> Hair:
    """Swept up into a bun, with a loose strand on either side."""
    bones, x, y = scalp.bones, scalp.skull_x, scalp.skull_y
    around = scalp.around(0.10)
    top = -bones.skull - 0.28
    knot = np.hypot(x / 0.42, (y - top) / 0.34) + 0.02 * ripple(scalp.look.seed + 13, x * 20 + 80)
    line = -bones.hairline + 0.30 * (scalp.x + 0.25) ** 2 + _temples(scalp, 0.85)
    cap = fall(0.985, 1.015, around)
    loose = streak(np.abs(x) - bones.width * 0.93 - 0.03 * np.sin(y * 7), 0.035)
    loose = loose * rise(-0.4, -0.2, y) * fall(0.5, 0.95, y)
    before = np.maximum(cap * scalp.above(line), loose)
    in_knot = fall(0.97, 1.02, knot)
    wound = np.hypot(x + 0.25, (y - top - 0.5) * 0.9) * 1.4
    run = np.where(knot < 1.0, wound, np.arctan2(x, y - top) * 1.7).astype(np.float32)
    shape = np.where(knot < 1.0, knot, around).astype(np.float32)
    return Hair(in_knot, np.maximum(before, in_knot * (y < -bones.skull)), run, shape)


def curls(scalp: Scalp) -> Hair:
    """Big and curly, all around the head."""
    bones, x, y = scalp.bones, scalp.skull_x, scalp.skull_y
    angle = np.arctan2(x, -(y - 0.05))
    bumps = 0.045 * ripple(scalp.look.seed + 15, angle * 5.5 + 70) + 0.02 * ripple(
        scalp.look.seed + 16, angle * 13 + 70
    )
    around = np.hypot(x / (bones.width + 0.46), (y - 0.02) / (bones.skull + 0.42)) + bumps
    mass = fall(0.98, 1.01, around)
    edge = 0.05 * ripple(scalp.look.seed + 17, scalp.x * 9 + 70)
    line = -bones.hairline + 0.05 + 0.5 * np.abs(scalp.x + 0.15) ** 2.4 + edge
    inner = bones.width * 0.88 + 0.05 * ripple(scalp.look.seed + 18, y * 7 + 70)
    before = mass * np.maximum(scalp.above(line, 0.05), rise(-0.04, 0.05, np.abs(x) - inner) * rise(-0.6, -0.3, y))
    return Hair(mass, before, np.hypot(x, y) * 0.6 + angle, around, curl=1.0)


def short(scalp: Scalp) -> Hair:
    """A man's cut, parted and combed over."""
    around = scalp.around(0.17) + 0.06 * rise(-0.7, -0.2, scalp.skull_y)
    ragged = 0.025 * ripple(scalp.look.seed + 19, scalp.x * 14 + 60)
    line = -scalp.bones.hairline - 0.02 + 0.22 * (scalp.x + 0.4) ** 2 + ragged + _temples(scalp, 0.9)
    combed = np.hypot(scalp.skull_x + 0.35, (scalp.skull_y + 0.2) * 1.1) + 0.10 * scalp.skull_x
    return Hair(np.zeros_like(around), fall(0.98, 1.015, around) * scalp.above(line), combed * 1.3, around)


def crop(scalp: Scalp) -> Hair:
    """Very short, tightly curled, with a clean line."""
    around = scalp.around(0.07)
    line = -scalp.bones.hairline - 0.03 + 0.06 * scalp.x**2 + _temples(scalp, 0.95)
    before = fall(0.985, 1.015, around) * scalp.above(line, 0.04)
    return Hair(np.zeros_like(around), before, scalp.skull_x + scalp.skull_y, around, curl=0.4)


def receding(scalp: Scalp) -> Hair:
    """High at the temples, brushed back."""
    around = scalp.around(0.11) + 0.03 * rise(-0.6, -0.2, scalp.skull_y)
    high = 0.22 * streak(np.abs(scalp.x) - 0.42, 0.2)
    ragged = 0.02 * ripple(scalp.look.seed + 19, scalp.x * 18 + 60)
    line = -scalp.bones.hairline - 0.08 - high + ragged + _temples(scalp, 0.9)
    run = np.arctan2(scalp.skull_x, scalp.skull_y + 2.6) * 3.2
    return Hair(np.zeros_like(around), fall(0.985, 1.015, around) * scalp.above(line), run, around)


def bald(scalp: Scalp) -> Hair:
    """A short fringe of hair above the ears, nothing else."""
    around = scalp.around(0.03)
    sides = rise(scalp.bones.width * 0.86, scalp.bones.width * 0.97, np.abs(scalp.skull_x))
    sides = sides * rise(-0.55, -0.35, scalp.skull_y) * fall(0.05, 0.2, scalp.skull_y)
    return Hair(np.zeros_like(around), sides * fall(0.98, 1.03, around), scalp.skull_y * 0.6, around)


def _temples(scalp: Scalp, depth: float) -> Plane:
    """How far the hairline falls at the sides, down to the ears."""
    return depth * rise(scalp.bones.width * 0.74, scalp.bones.width * 0.98, np.abs(scalp.x)) ** 1.5


STYLES: dict[str, Callable[[Scalp], Hair]] = {
    style.__name__: style for style in (long, waves, bob, bun, curls, short, crop, receding, bald)
}


def painted(hair: Hair, scalp: Scalp, light: Light) -> Colours:
    """(h, w, 3) the colour of hair, should there be any at a pixel."""
    look, x, y = scalp.look, scalp.skull_x, scalp.skull_y
    flat = np.clip(hair.around / np.maximum(np.hypot(x, y - MIDDLE), 1e-3), 0.0, 1.2)
    below = fall(-0.3, 0.6, y)
    n = ball(x * flat, (y - MIDDLE) * flat * below)
    run = hair.run * 10
    strands = 0.5 * ripple(look.seed + 20, run * 2.2 + 300) + 0.3 * ripple(look.seed + 21, run * 5.5 + 300)
    strands = strands + 0.2 * ripple(look.seed + 22, run * 0.8 + 300)
    if hair.curl:
        strands = _curled(look.seed, x, y, 9.0 if hair.curl > 0.5 else 22.0)
    gloss = streak(hair.around - 0.74 - 0.04 * strands, 0.10) * fall(-0.5, 0.1, y) * (1.0 - 0.7 * hair.curl)
    tone = colour(look.hair) * (1.0 + 0.30 * strands)[..., None] * cloth_light(n, light)
    shade = 0.72 + 0.28 * fall(0.2, 1.3, y)
    return tone * shade[..., None] + (colour(look.hair) * 0.5 + 38.0) * (gloss * 0.55 * light.gain)[..., None]


def _curled(seed: int, x: Plane, y: Plane, fine: float) -> Plane:
    """Strands wound up: wavering stripes, bent by clouds into locks."""
    bent = 2.6 * clouds(seed + 23, x * fine * 0.28 + 30, y * fine * 0.28 + 30)
    bent = bent + 1.2 * clouds(seed + 24, x * fine * 0.6 + 60, y * fine * 0.6 + 60)
    return 0.6 * np.sin(bent * 5.0 + y * fine * 0.5) + 0.5 * clouds(seed + 25, x * fine * 1.6 + 60, y * fine * 1.6 + 60)
