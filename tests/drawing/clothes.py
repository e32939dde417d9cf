"""Neck, shoulders and what is worn on them: suits, dresses, a sari, a jumper.

A bust only: pictures end at the waist, or behind a table.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from tests.drawing.bones import Bones
from tests.drawing.canvas import Colours, Grid, Layer, Plane, blob, clouds, colour, fall, ripple, rise, streak, tinted
from tests.drawing.cast import Look, Rgb
from tests.drawing.shading import Light, ball, cloth_light, skin_light

NECK_BASE = 1.62  # units below the middle of the face
SHIRT = (244.0, 242.0, 240.0)


@dataclass(frozen=True, slots=True)
class Bust:
    """A body being dressed."""

    look: Look
    layer: Layer
    x: Plane
    y: Plane
    torso: Plane  # 1 inside the shoulders' outline
    factors: Colours  # (h, w, 3) light on cloth

    def wear(self, rgb: Rgb | Colours, mask: Plane, strength: Plane | float = 1.0) -> None:
        tone = colour(rgb) if isinstance(rgb, tuple) else rgb
        self.layer.paint(tone * self.factors * (np.ones_like(self.x) * strength)[..., None], np.clip(mask, 0.0, 1.0))


def draw_bust(look: Look, bones: Bones, light: Light, screen: Grid) -> Layer:
    """Neck, chest and clothes, over the whole of `screen`."""
    x, y = screen.x, screen.y
    reach = 1.62 if look.woman else 1.95
    n = _facing(look, x, y, reach)
    bust = Bust(look, Layer(x.shape), x, y, _shoulders(x, y, reach), cloth_light(n, light))
    _neck(bust, bones, light)
    WARDROBE[look.wears](bust)
    return bust.layer


def _shoulders(x: Plane, y: Plane, reach: float) -> Plane:
    out = np.abs(x) / reach
    rounding = np.clip((out - 0.68) / 0.32, 0.0, 1.0)
    top = NECK_BASE + 0.42 * out**1.5 + 0.75 * (1.0 - np.sqrt(1.0 - rounding**2))
    return rise(-0.015, 0.02, y - top) * fall(-0.02, 0.01, np.abs(x) - reach)


def _facing(look: Look, x: Plane, y: Plane, reach: float) -> Colours:
    """Directions of a barrel with rounded shoulders and a few folds."""
    folds = 0.10 * ripple(look.seed + 30, x * 2.2 + y * 0.7 + 80) + 0.08 * clouds(look.seed + 31, x * 1.2 + 50, y * 0.8)
    up = -0.75 * fall(0.0, 1.0, y - NECK_BASE - 0.42 * (np.abs(x) / reach) ** 1.5)
    arm = 0.5 * np.sign(x) * streak(np.abs(x) - reach * 0.80, 0.12) * rise(2.5, 3.2, y)
    return ball(np.clip(x / reach * 0.8 + folds - arm, -0.95, 0.95), up * 0.9)


def _neck(bust: Bust, bones: Bones, light: Light) -> None:
    look, x, y = bust.look, bust.x, bust.y
    half = (0.40 if look.woman else 0.53) + 0.5 * np.clip((y - 1.35) / 0.6, 0.0, None) ** 2.5
    column = fall(-0.02, 0.02, np.abs(x) - half) * rise(0.3, 0.4, y)
    skin = tinted(look.skin, np.ones_like(x)) * skin_light(ball(x / (half + 0.25), 0.1 * np.ones_like(x)), light)
    under_chin = 1.0 - 0.5 * fall(0.05, 0.62, y - bones.chin + 0.35 * x**2)
    collar_bones = (
        streak(y - NECK_BASE - 0.28 + 0.10 * np.abs(x), 0.05) * rise(0.12, 0.25, np.abs(x)) * fall(0.6, 1.0, np.abs(x))
    )
    hollow = blob(x, y, (0.0, NECK_BASE + 0.25), (0.09, 0.1))
    skin = skin * (under_chin - 0.10 * collar_bones - 0.12 * hollow)[..., None]
    bust.layer.paint(skin, np.maximum(column * fall(1.7, 2.0, y), bust.torso))


def suit(bust: Bust) -> None:
    _jacket(bust, SHIRT)
    x, y = bust.x, bust.y
    blade = fall(-0.012, 0.012, np.abs(x) - 0.10 - 0.07 * (y - 1.95)) * rise(1.93, 1.96, y)
    knot = fall(-0.012, 0.012, np.abs(x) - 0.15 + 0.16 * (y - 1.74)) * rise(1.72, 1.75, y) * fall(1.94, 1.97, y)
    stripes = 0.92 + 0.10 * np.sin((x + y) * 34)
    opening = _opening(x, y)
    bust.wear(bust.look.accent, blade * opening, stripes)
    bust.wear(bust.look.accent, knot, stripes * 0.9)


def bow_tie(bust: Bust) -> None:
    _jacket(bust, SHIRT)
    x, y = bust.x, bust.y
    for button in (2.25, 2.6, 2.95):
        bust.wear((40, 38, 44), fall(0.028, 0.042, np.hypot(x, y - button)))
    across = np.abs(x)
    wings = fall(-0.015, 0.015, np.abs(y - 1.84) - 0.07 - 0.26 * across) * fall(0.36, 0.39, across)
    bust.wear(bust.look.accent, wings, 0.85 + 0.25 * rise(0.0, 0.3, across))
    bust.wear(bust.look.accent, fall(0.07, 0.10, np.hypot(x, (y - 1.84) * 0.9)), 1.1)


def open_collar(bust: Bust) -> None:
    _jacket(bust, bust.look.accent, throat=2.2)


def _opening(x: Plane, y: Plane) -> Plane:
    """Where a buttoned jacket shows the shirt."""
    return fall(-0.015, 0.015, np.abs(x) - 0.62 * (1.0 - (y - NECK_BASE) / 1.85)) * rise(1.3, 1.4, y)


def _jacket(bust: Bust, shirt: Rgb, throat: float = 1.74) -> None:
    """Shirt with its collar, jacket with its lapels; skin shows down to `throat`."""
    x, y, across = bust.x, bust.y, np.abs(bust.x)
    bare = fall(-0.01, 0.02, across - 0.46 * (throat - y) / (throat - 1.3)) * fall(throat - 0.02, throat, y)
    chest = np.maximum(bust.torso, fall(0.56, 0.6, across) * rise(1.50, 1.54, y))
    bust.wear(shirt, chest * (1.0 - bare), 0.96 + 0.02 * clouds(3, x * 4 + 30, y * 4))
    collar = (
        fall(-0.012, 0.012, np.abs(across - 0.30 + 0.75 * (y - 1.66)) - 0.12) * rise(1.42, 1.5, y) * fall(1.86, 1.93, y)
    )
    bust.wear(shirt, collar * (1.0 - bare), 1.06)
    bust.wear(shirt, streak(across - 0.42 + 0.75 * (y - 1.66), 0.014) * collar, 0.7)
    opening = _opening(x, y)
    weave = 1.0 + 0.03 * np.sin(x * 90) * np.sin(y * 90)
    coat = bust.torso * (1.0 - opening)
    bust.wear(bust.look.cloth, coat, weave)
    edge = across - 0.62 * (1.0 - (y - NECK_BASE) / 1.85)
    width = 0.36 * rise(1.6, 2.2, y) * fall(2.4, 3.5, y) + 0.05
    lapel = rise(-0.01, 0.01, edge) * fall(-0.012, 0.012, edge - width) * (1.0 - streak(y - 2.18 - 0.2 * across, 0.025))
    bust.wear(bust.look.cloth, lapel * bust.torso, 1.22 * weave)
    bust.wear(bust.look.cloth, streak(edge - width - 0.015, 0.02) * coat * fall(3.3, 3.5, y), 0.55)
    bust.wear(bust.look.cloth, streak(x, 0.014) * rise(3.45, 3.5, y), 0.55)
    square = fall(-0.01, 0.01, np.abs(x - 1.0) - 0.17) * fall(
        -0.01, 0.01, np.abs(y - 2.85 - 0.12 * np.abs(x - 1.0)) - 0.07
    )
    bust.wear(shirt, square)


def low_dress(bust: Bust) -> None:
    y, across = bust.y, np.abs(bust.x)
    neckline = 2.72 - 1.05 * across - 2.0 * np.clip(across - 0.75, 0.0, 1.0)
    _dress(bust, rise(-0.015, 0.02, y - neckline) * fall(1.28, 1.31, across + 0.2 * fall(1.6, 3.0, y)), y - neckline)
    _necklace(bust, drop=0.62, pendant=True)


def round_dress(bust: Bust) -> None:
    x, y = bust.x, bust.y
    neckline = np.hypot(x / 0.78, (y - NECK_BASE + 0.1) / 0.62)
    _dress(bust, rise(0.99, 1.02, neckline), (neckline - 1.0) * 0.6)
    _necklace(bust, drop=0.42, pendant=False)


def boat_dress(bust: Bust) -> None:
    neckline = NECK_BASE + 0.50 - 0.10 * bust.x**2
    _dress(bust, rise(-0.015, 0.02, bust.y - neckline), bust.y - neckline)
    _necklace(bust, drop=0.30, pendant=True)


def _dress(bust: Bust, mask: Plane, from_edge: Plane) -> None:
    x, y = bust.x, bust.y
    drape = 1.0 + 0.09 * ripple(bust.look.seed + 33, x * 5 + 0.6 * y + 60) * rise(2.2, 3.4, y)
    bust.wear(bust.look.cloth, mask * bust.torso, drape)
    bust.wear(bust.look.cloth, streak(from_edge - 0.06, 0.035) * bust.torso * mask, 1.2)
    bust.layer.paint(np.zeros(3, np.float32), 0.16 * streak(from_edge, 0.03) * bust.torso)


def _necklace(bust: Bust, drop: float, pendant: bool) -> None:
    x, y = bust.x, bust.y
    angle = np.arctan2(x / 0.5, (y - NECK_BASE + 0.12) / drop)
    chain = np.hypot(x / 0.5, (y - NECK_BASE + 0.12) / drop) - 1.0
    front = fall(1.25, 1.45, np.abs(angle))
    if pendant:
        bust.wear(bust.look.accent, streak(chain, 0.022) * front, 1.1)
        bust.wear(bust.look.accent, fall(0.05, 0.07, np.hypot(x, y - NECK_BASE + 0.08 - drop)), 1.2)
    else:
        along = (np.mod(angle * 8.0, 1.0) - 0.5) / 8.0 * 0.5
        pearl = np.hypot(along, chain * 0.5) / 0.034
        bust.wear(bust.look.accent, fall(0.8, 1.0, pearl) * front, 1.12 - 0.4 * pearl**2)


def sari(bust: Bust) -> None:
    x, y = bust.x, bust.y
    blouse = rise(0.99, 1.02, np.hypot(x / 0.72, (y - NECK_BASE + 0.05) / 0.72))
    bust.wear((120, 28, 72), blouse * bust.torso)
    across = (x - 0.95) * 0.78 + (y - 1.7) * 0.62
    along = (y - 1.7) * 0.78 - (x - 0.95) * 0.62
    width = 0.62 + 0.18 * np.clip(along, 0.0, 3.0)
    drape = fall(-0.015, 0.015, np.abs(across) - width)
    pleats = 1.0 + 0.14 * np.sin(across / width * 16)
    bust.wear(bust.look.cloth, drape * bust.torso, pleats)
    for edge in (-1.0, 1.0):
        border = fall(0.04, 0.055, np.abs(across - edge * (width - 0.07)))
        bust.wear(bust.look.accent, border * bust.torso, 1.0 + 0.2 * np.sin(along * 60))
    _necklace(bust, drop=0.55, pendant=True)


def jumper(bust: Bust) -> None:
    x, y = bust.x, bust.y
    knit = 1.0 + 0.05 * np.sin(x * 46) + 0.03 * np.sin(y * 40)
    bust.wear(bust.look.cloth, bust.torso, knit)
    collar = (
        fall(-0.02, 0.02, np.abs(x) - 0.58 - 0.1 * (y - 1.4))
        * rise(1.36, 1.4, y + 0.12 * x**2)
        * fall(1.78, 1.86, y - 0.12 * x**2)
    )
    bust.wear(bust.look.cloth, collar, 1.02 + 0.12 * np.sin(x * 52))
    bust.wear(bust.look.accent, streak(y - 1.83 - 0.12 * x**2, 0.03) * fall(0.5, 0.62, np.abs(x)), 0.7)


WARDROBE: dict[str, Callable[[Bust], None]] = {
    "suit": suit,
    "bow tie": bow_tie,
    "open collar": open_collar,
    "low dress": low_dress,
    "round dress": round_dress,
    "boat dress": boat_dress,
    "sari": sari,
    "jumper": jumper,
}
