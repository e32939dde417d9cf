"""A head: a face on its bones, lit, with ears, hair and glasses, as two layers for the neck to come between."""

import numpy as np

from tests.drawing.bones import Bones, bones_of, dome, height, inside
from tests.drawing.canvas import Colours, Grid, Layer, Plane, clouds, colour, fall, grid, rise, streak
from tests.drawing.cast import Look
from tests.drawing.features import brows, eyes, glasses, mouth
from tests.drawing.hair import STYLES, Scalp, painted
from tests.drawing.shading import Light, Pose, ball, normals, shine, skin_light
from tests.drawing.skin import SIDES, Face, bare_skin, beard, folds

EXTENT = (-1.9, -2.2, 1.9, 2.4)  # left, top, right, bottom in units


def draw_head(look: Look, pose: Pose, light: Light, scale: float) -> tuple[Layer, Layer]:
    """(behind the neck, before it), both over EXTENT at `scale` pixels a unit; not rolled."""
    screen, bones = grid(*EXTENT, scale), bones_of(look)
    x, y = _turned(bones, pose, screen)
    edge = inside(bones, x, y)
    face = bare_skin(look, bones, pose, x, y)
    folds(face)
    beard(face)
    mouth(face)
    eyes(face)
    brows(face)
    shift = 0.3 * np.sin(pose.yaw)
    scalp = Scalp(look, bones, screen.x + shift, screen.y + 0.2 * np.sin(pose.pitch), x, y, edge)
    hair = STYLES[look.style](scalp)
    hair_colours = painted(hair, scalp, light)
    behind, before = Layer(x.shape), Layer(x.shape)
    behind.paint(hair_colours * 0.62, hair.behind)
    _ears(before, look, bones, scalp, light)
    _cast_shadow(face, hair.before, scale)
    before.paint(_lit_face(face, edge, screen, light), rise(0.0, 0.03, edge))
    before.paint(hair_colours, hair.before)
    frame = glasses(face) * rise(-0.02, 0.05, edge)
    before.paint(colour((46, 36, 34)) * light.gain, frame * 0.95)
    return behind, before


def _turned(bones: Bones, pose: Pose, screen: Grid) -> tuple[Plane, Plane]:
    """Where on the face each pixel of the screen lies: the turned head's equations solved by repetition."""
    x, y = screen.x, screen.y
    for _ in range(5):
        z = dome(bones, x, y) - 0.3
        x = (screen.x - z * np.sin(pose.yaw)) / np.cos(pose.yaw)
        y = (screen.y - z * np.sin(pose.pitch)) / np.cos(pose.pitch)
    return x.astype(np.float32), y.astype(np.float32)


def _lit_face(face: Face, edge: Plane, screen: Grid, light: Light) -> Colours:
    pose, x, y = face.pose, face.x, face.y
    z = np.where(edge > 0, height(face.bones, x, y, pose.smile), 0.0)
    turned = z * np.cos(pose.yaw) * np.cos(pose.pitch) - x * np.sin(pose.yaw) - y * np.sin(pose.pitch)
    n = normals(turned.astype(np.float32), screen.scale)
    shade = np.clip(face.shade, 0.12, 1.0)[..., None]
    factors = skin_light(n, light) * shade
    even = (light.ambient * 0.45 + 0.55) * light.gain * shade
    lit = face.colour * (factors + (even - factors) * face.unlit[..., None])
    pores = 1.0 + 0.12 * clouds(face.look.seed + 2, x * 40 + 60, y * 40 + 60)
    return lit + (255.0 * light.gain * 0.07 * shine(n, light, 22.0) * pores * (1.0 - face.unlit))[..., None]


def _cast_shadow(face: Face, hair: Plane, scale: float) -> None:
    """Hair shades the skin just below it."""
    steps = max(2, round(0.2 * scale))
    dropped = np.zeros_like(hair)
    for step in range(1, steps):
        dropped[step:] += hair[:-step] / steps
    face.darken(dropped, 0.26)


def _ears(layer: Layer, look: Look, bones: Bones, scalp: Scalp, light: Light) -> None:
    for side in SIDES:
        u = (scalp.skull_x - side * (bones.width - 0.01)) / 0.15
        v = (scalp.skull_y - bones.eye_y - 0.14) / 0.25
        tone = colour(look.skin) * skin_light(ball(u * 0.8, v * 0.8), light) * 0.9
        hollow = 1.0 - 0.35 * streak(np.hypot((u - 0.1 * side) / 0.55, v / 0.6) - 0.6, 0.5)
        layer.paint(
            tone * hollow[..., None] * np.asarray([1.0, 0.93, 0.92], np.float32), fall(0.9, 1.03, np.hypot(u, v))
        )
