"""Eyes, brows, mouth and glasses: what people look at first, and what an expression moves."""

import numpy as np

from tests.drawing.bones import smile_line
from tests.drawing.canvas import Colours, Plane, blend, blob, colour, fall, ripple, rise, streak
from tests.drawing.skin import SIDES, Face

WHITE_OF_EYE = (240.0, 236.0, 232.0)
TEETH = (244.0, 240.0, 230.0)
INSIDE_MOUTH = (96.0, 36.0, 36.0)


def eyes(face: Face) -> None:
    for side in SIDES:
        _eye(face, side)


def _eye(face: Face, side: float) -> None:
    bones, pose, x = face.bones, face.pose, face.x
    middle = side * bones.eye_gap
    u = (x - middle) / bones.eye_width
    v = face.y - bones.eye_y + bones.eye_tilt * side * (x - middle)
    bulge = np.clip(1.0 - u * u, 0.0, 1.0)
    top = -bones.eye_height * 1.1 * (1.0 - pose.blink) * bulge**0.6
    bottom = bones.eye_height * (0.72 - 0.22 * pose.smile) * bulge**0.8
    within = (np.abs(u) < 1.0).astype(np.float32)
    opening = rise(-0.008, 0.008, v - top) * fall(-0.008, 0.008, v - bottom) * within
    face.paint(_eyeball(face, x - middle - pose.gaze * 0.05, v, v - top), opening)
    face.unlit = np.maximum(face.unlit, opening * 0.7)
    _lids(face, u, v - top, v - bottom, within, side)


def _eyeball(face: Face, across: Plane, down: Plane, below_lid: Plane) -> Colours:
    """White, iris, pupil and the two lights in it; darker under the upper lid."""
    radius = face.bones.eye_width * 0.46
    from_middle = np.hypot(across, down + 0.006)
    ball = colour(WHITE_OF_EYE) * (1.0 - 0.32 * fall(0.0, 0.055, below_lid))[..., None]
    ring = (0.62 + 0.6 * rise(0.1 * radius, radius, from_middle)) * (
        1.0 - 0.5 * rise(0.8 * radius, radius, from_middle)
    )
    ball = blend(ball, colour(face.look.iris) * ring[..., None], fall(radius - 0.01, radius + 0.008, from_middle))
    pupil = fall(radius * 0.46 - 0.008, radius * 0.46 + 0.008, from_middle)
    ball = blend(ball, colour((14, 11, 11)), pupil)
    glint = blob(across, down, (-0.35 * radius, -0.4 * radius), (0.02, 0.02))
    glint = np.maximum(glint, 0.4 * blob(across, down, (0.4 * radius, 0.4 * radius), (0.02, 0.016)))
    return blend(ball, colour((255, 255, 255)), glint)


def _lids(face: Face, u: Plane, from_top: Plane, from_bottom: Plane, within: Plane, side: float) -> None:
    woman = face.look.woman
    near = (np.abs(u) < 1.06).astype(np.float32)
    lash = (0.015 if not woman else 0.021) * (1.0 + 0.35 * side * np.clip(u, -1.2, 1.2))
    face.darken(np.exp(-((from_top / lash) ** 2)) * near, 0.78)
    face.darken(streak(from_bottom, 0.011) * within, 0.22)
    crease = 1.0 - 0.75 * face.look.narrow_eyes
    face.darken(streak(from_top + 0.055, 0.015) * within, 0.26 * crease)
    if woman:  # the lashes' wing at the outer corner
        wing = streak(from_top + 0.10 * (side * u - 0.9), 0.014) * rise(0.8, 0.95, side * u) * fall(1.1, 1.3, side * u)
        face.darken(wing, 0.6)


def brows(face: Face) -> None:
    bones, look, x, y = face.bones, face.look, face.x, face.y
    tone = np.minimum(colour(look.hair), 150.0) * (0.72 if max(look.hair) < 180 else 0.8)
    strokes = 0.85 + 0.15 * ripple(look.seed + 3, x * 60 + y * 30)
    for side in SIDES:
        out = side * x - bones.eye_gap
        u = out / bones.brow_width
        middle = bones.eye_y - bones.brow_above - bones.eye_height * 0.3
        middle = middle - bones.brow_tilt * 0.3 * out + bones.brow_bend * u * u - 0.02 * face.pose.smile
        thick = bones.brow_thickness * np.clip(1.0 - u * u, 0.0, 1.0) ** 0.45 * (1.0 - 0.35 * u)
        hair = fall(0.35, 1.25, np.abs(y - middle) / (thick + 0.004)) * (np.abs(u) < 1.0)
        face.paint(tone, (hair * strokes * 0.9).astype(np.float32))


def mouth(face: Face) -> None:
    """Lips, and between them the teeth of whoever laughs."""
    bones, pose, x, y = face.bones, face.pose, face.x, face.y
    wide = bones.mouth_width * (1.0 + 0.18 * pose.smile)
    u = x / wide
    bulge = np.sqrt(np.clip(1.0 - u * u, 0.0, 1.0))
    within = (np.abs(u) < 1.0).astype(np.float32)
    middle = smile_line(bones, x, pose.smile)
    gap = 0.12 * pose.open * bulge * bulge
    upper, lower = y - middle + 0.25 * gap, y - middle - 0.75 * gap
    bow = 1.0 + 0.22 * streak(np.abs(u) - 0.24, 0.2) - 0.2 * streak(u, 0.1)
    thick = bones.lip_top * (1.0 - 0.25 * pose.smile) * bulge * bow
    full = bones.lip_bottom * (1.0 - 0.2 * pose.smile) * bulge
    lip = rise(-0.014, 0.014, upper + thick) * fall(-0.008, 0.012, upper)
    low = rise(-0.012, 0.008, lower) * fall(-0.02, 0.016, lower - full)
    tone = colour(face.look.lips)
    face.paint(
        tone * (0.9 + 0.25 * low)[..., None], np.clip(lip + low, 0, 1) * within * (0.9 if face.look.woman else 0.7)
    )
    gleam = blob(x, lower, (0.0, bones.lip_bottom * 0.45), (wide * 0.4, 0.02)) * low
    face.paint(colour((255, 236, 230)), gleam * (0.35 if face.look.woman else 0.12))
    if pose.open > 0.05:
        _teeth(face, u, upper, lower, gap, within)
    else:
        face.darken(streak(y - middle, 0.014) * fall(0.95, 1.04, np.abs(u)), 0.5)
    for side in SIDES:
        corner = (side * wide, bones.mouth_y - 0.11 * pose.smile)
        face.darken(blob(x, y, corner, (0.035, 0.03)), 0.25)


def _teeth(face: Face, u: Plane, upper: Plane, lower: Plane, gap: Plane, within: Plane) -> None:
    opening = rise(-0.006, 0.012, upper) * fall(-0.012, 0.006, lower) * within
    inner = colour(TEETH) * (1.0 - 0.3 * np.abs(u) ** 2)[..., None]
    inner = blend(inner, colour(INSIDE_MOUTH), rise(0.62, 0.82, upper / (gap + 0.01)))
    face.paint(inner, opening)
    face.unlit = np.maximum(face.unlit, opening * 0.5)


def glasses(face: Face) -> Plane:
    """How much frame covers each pixel."""
    kind, bones, x = face.look.glasses, face.bones, face.x
    cover = np.zeros_like(x)
    if kind is None:
        return cover
    power = 2.2 if kind == "round" else 4.5
    half = bones.eye_gap * 0.74
    tall = half * (0.92 if kind == "round" else 0.74)
    down = face.y - bones.eye_y - 0.03
    for side in SIDES:
        across = x - side * bones.eye_gap
        rim = (np.abs(across / half) ** power + np.abs(down / tall) ** power) ** (1.0 / power)
        cover = np.maximum(cover, fall(0.012, 0.026, np.abs(rim - 1.0) * tall))
    bridge = fall(0.01, 0.022, np.abs(down + 0.06 - 0.2 * x * x)) * fall(0.0, 0.02, np.abs(x) - bones.eye_gap + half)
    temple = fall(0.012, 0.024, np.abs(down + 0.05)) * rise(0.0, 0.02, np.abs(x) - bones.eye_gap - half)
    return np.maximum(cover, np.maximum(bridge, temple))
