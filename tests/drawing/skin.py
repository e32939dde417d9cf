"""The skin of a face: its colour, blush and freckles, the folds that age and smiling make, and beards.

Painted in the face's own coordinates, before light falls on it.
"""

from dataclasses import dataclass

import numpy as np

from tests.drawing.bones import Bones
from tests.drawing.canvas import Colours, Plane, blend, blob, clouds, colour, fall, ripple, rise, streak
from tests.drawing.cast import Look
from tests.drawing.shading import Pose

SIDES = (-1.0, 1.0)


@dataclass(slots=True)
class Face:
    """A face being painted: where each pixel lies on it, and what it has so far."""

    look: Look
    bones: Bones
    pose: Pose
    x: Plane
    y: Plane
    colour: Colours  # (h, w, 3)
    shade: Plane  # 1, less where light does not get in
    unlit: Plane  # 1 where the lamp's shadows do not count: eyes and teeth

    def paint(self, colours: Colours, mask: Plane) -> None:
        self.colour = blend(self.colour, colours, mask)

    def darken(self, mask: Plane, by: float) -> None:
        self.shade = self.shade - by * mask


def bare_skin(look: Look, bones: Bones, pose: Pose, x: Plane, y: Plane) -> Face:
    """Skin with its blotches, blush and freckles."""
    mottled = 1.0 + 0.025 * clouds(look.seed, x * 9 + 40, y * 9 + 40)
    face = Face(look, bones, pose, x, y, colour(look.skin) * mottled[..., None], np.ones_like(x), np.zeros_like(x))
    blush = np.asarray([10, -10, -7] if look.woman else [7, -6, -5], np.float32)
    for side in SIDES:
        cheek = (side * 0.55 * bones.width, bones.eye_y + 0.42)
        face.colour = face.colour + blob(x, y, cheek, (0.27, 0.2))[..., None] * blush
    face.colour = face.colour + blob(x, y, (0, bones.nose_y), (0.16, 0.12))[..., None] * blush * 0.7
    _freckles(face)
    return face


def _freckles(face: Face) -> None:
    if not face.look.freckles:
        return
    rng = np.random.default_rng(face.look.seed + 5)
    for _ in range(60):
        at = (float(rng.normal(0, 0.36)), face.bones.eye_y + 0.32 + float(rng.normal(0, 0.13)))
        spot = blob(face.x, face.y, at, (0.017, 0.017))
        face.colour = face.colour * (1.0 - 0.25 * face.look.freckles * spot)[..., None]


def folds(face: Face) -> None:
    """Shadows where light does not get in: sockets, nostrils, beside the mouth, under the lip."""
    bones, x, y, age = face.bones, face.x, face.y, face.look.age
    mouth, nose = bones.mouth_y, bones.nose_y
    for side in SIDES:
        face.darken(blob(x, y, (side * bones.eye_gap * 0.8, bones.eye_y - 0.03), (0.2, 0.12)), 0.15)
        face.darken(blob(x, y, (side * bones.nose_width * 1.15, nose - 0.02), (0.05, 0.1)), 0.14)
        face.darken(blob(x, y, (side * bones.nose_width * 0.5, nose + 0.06), (0.042, 0.02)), 0.5)
        outward = bones.mouth_width * 1.12 + 0.07 - bones.nose_width - 0.05
        along = side * x - (bones.nose_width + 0.05 + outward * (y - nose) / bones.upper_lip)
        reach = rise(nose - 0.04, nose + 0.06, y) * fall(mouth - 0.22, mouth - 0.02, y)
        face.darken(streak(along, 0.045) * reach, 0.02 + 0.17 * age + 0.07 * face.pose.smile)
        bag = (side * bones.eye_gap, bones.eye_y + bones.eye_height + 0.09)
        face.darken(blob(x, y, bag, (0.15, 0.026)), 0.03 + 0.18 * age)
        crow = blob(x, y, (side * (bones.eye_gap + bones.eye_width + 0.1), bones.eye_y + 0.02), (0.06, 0.1))
        face.darken(crow * (0.5 + 0.5 * np.cos(y * 110)), 0.2 * max(age - 0.3, 0.0))
    under_lip = (0.0, mouth + bones.lip_bottom * 1.9 + 0.03)
    face.darken(blob(x, y, under_lip, (bones.mouth_width * 0.55, 0.04)), 0.17)
    face.darken(blob(x, y, (0.0, (nose + mouth) / 2), (0.03, 0.06)), 0.06)
    for line in range(3):
        above = bones.eye_y - bones.brow_above - 0.16 - 0.11 * line
        brow = streak(y - above - 0.05 * x**2, 0.014) * fall(0.25, 0.5, np.abs(x))
        face.darken(brow, 0.14 * max(age - 0.25, 0.0))


def beard(face: Face) -> None:
    """A beard along the jaw and a moustache, each as dense as the look says."""
    look, bones, x, y = face.look, face.bones, face.x, face.y
    hairs = 0.92 + 0.2 * ripple(look.seed + 8, x * 44 + 5 * np.sin(y * 5)) + 0.14 * clouds(look.seed, x * 40, y * 18)
    tone = colour(look.hair)[None, None] * 0.92 * hairs[..., None]
    ragged = 0.025 * ripple(look.seed + 6, x * 26 + 100)
    mouth, nose = bones.mouth_y, bones.nose_y
    lips = blob(x, y, (0.0, mouth + 0.01), (bones.mouth_width * 1.05, 0.11))
    if look.beard:
        outward = np.clip((np.abs(x) - bones.mouth_width) / (bones.width - bones.mouth_width), 0.0, 1.0)
        edge = mouth + 0.02 - (mouth - bones.eye_y - 0.28) * outward**1.5 + ragged
        jaw = rise(-0.05, 0.13, y - edge) * (1.0 - 0.95 * lips)
        beside = streak(np.abs(x) - bones.mouth_width * 1.25, 0.09) * rise(nose + 0.05, mouth, y)
        face.paint(tone, np.clip(np.maximum(jaw, beside), 0, 1) * look.beard)
    if look.moustache:
        width = bones.mouth_width * 1.08
        middle = nose + 0.10 + (mouth - bones.lip_top - nose - 0.10) * 0.55 + 0.12 * (x / width) ** 2 * bones.upper_lip
        thick = 0.062 * np.sqrt(np.clip(1.0 - (x / width) ** 2, 0.0, 1.0)) * (1.0 - 0.35 * streak(x, 0.05))
        over = fall(0.5, 1.3, np.abs(y - middle + 0.3 * ragged) / (thick + 0.012)) * fall(0.9, 1.05, np.abs(x / width))
        face.paint(tone, over * look.moustache)
