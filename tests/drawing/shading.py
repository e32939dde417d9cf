"""Light on shapes: where it comes from, and what it makes of a surface.

Skin is lit softly and stays red where light turns to shadow; that is most of what makes a drawn face look alive.
"""

from dataclasses import dataclass

import numpy as np

from tests.drawing.canvas import Colours, Plane
from tests.drawing.cast import Rgb


@dataclass(frozen=True, slots=True)
class Light:
    """One lamp and its surroundings."""

    towards: tuple[float, float, float] = (-0.5, -0.5, 1.0)  # x right, y down, z to the viewer
    ambient: float = 0.5  # what reaches the shadows, 0 to 1
    warm: Rgb = (1.0, 0.97, 0.92)
    gain: float = 1.0

    @property
    def direction(self) -> Colours:
        raw = np.asarray(self.towards, np.float32)
        return raw / np.linalg.norm(raw)


@dataclass(frozen=True, slots=True)
class Pose:
    """What changes from photo to photo; angles in radians, roll in degrees."""

    yaw: float = 0.0
    pitch: float = 0.0
    roll: float = 0.0
    smile: float = 0.5  # 0 to 1
    open: float = 0.0  # 0 shut, 1 laughing
    blink: float = 0.0
    gaze: float = 0.0  # -1 left, 1 right


def normals(z: Plane, scale: float) -> Colours:
    """(h, w, 3) the direction that each point of a height field faces."""
    down, across = np.gradient(z, 1.0 / scale)
    n = np.stack([-across, -down, np.full_like(z, 0.9)], axis=-1)
    return (n / np.linalg.norm(n, axis=-1, keepdims=True)).astype(np.float32)


def ball(u: Plane, v: Plane) -> Colours:
    """(h, w, 3) the directions of a unit ball's front, flat beyond its rim."""
    radius = np.maximum(np.hypot(u, v) / 0.97, 1.0)
    u, v = u / radius, v / radius
    z = np.sqrt(np.clip(1.0 - u * u - v * v, 0.02, None))
    return np.stack([u, v, z], axis=-1).astype(np.float32)


def diffuse(n: Colours, light: Light, wrap: float = 0.3) -> Plane:
    """0 to 1; `wrap` lets light reach round the edge as it does on soft things."""
    return np.clip((n @ light.direction + wrap) / (1.0 + wrap), 0.0, 1.0)


def skin_light(n: Colours, light: Light) -> Colours:
    """(h, w, 3) factors for skin."""
    lit = diffuse(n, light)[..., None]
    redder = np.asarray([0.8, 1.0, 1.08], np.float32)
    return (light.ambient + (1.12 - light.ambient) * lit**redder) * colour_of(light)


def cloth_light(n: Colours, light: Light) -> Colours:
    """(h, w, 3) factors for cloth and hair."""
    return (light.ambient * 0.9 + (1.1 - light.ambient) * diffuse(n, light)[..., None]) * colour_of(light)


def shine(n: Colours, light: Light, power: float) -> Plane:
    """0 to 1: the lamp's reflection."""
    halfway = light.direction + np.asarray([0.0, 0.0, 1.0], np.float32)
    return np.clip(n @ (halfway / np.linalg.norm(halfway)), 0.0, 1.0) ** power


def colour_of(light: Light) -> Colours:
    return np.asarray(light.warm, np.float32) * light.gain
