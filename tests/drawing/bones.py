"""The bones of a face: proportions drawn from a seed, and the height of the face above the paper.

The encoder tells people apart by proportions, so these, not colours, are what the seeds were searched for.
"""

from dataclasses import dataclass

import numpy as np

from tests.drawing.canvas import Plane, blob, fall, rise
from tests.drawing.cast import Look


@dataclass(frozen=True, slots=True)
class Bones:
    """Lengths in units (half a face's width is about one); y grows downwards from the middle of the skull."""

    width: float
    skull: float  # from the middle up to the crown
    chin: float  # from the middle down to the chin
    square: float  # exponent of the outline: 2 is oval, 3 is square
    jaw: float  # how much the jaw narrows
    jaw_from: float
    eye_gap: float
    eye_y: float
    eye_width: float
    eye_height: float
    eye_tilt: float
    brow_width: float
    brow_thickness: float
    brow_above: float
    brow_tilt: float
    brow_bend: float
    nose_length: float
    nose_width: float
    nose_height: float
    bridge: float
    upper_lip: float  # from the nose to the mouth
    mouth_width: float
    lip_top: float
    lip_bottom: float
    cheek: float
    chin_height: float
    ridge: float
    socket: float
    hairline: float

    @property
    def nose_y(self) -> float:
        return self.eye_y + self.nose_length

    @property
    def mouth_y(self) -> float:
        return self.nose_y + self.upper_lip


def bones_of(look: Look) -> Bones:
    """The same bones for the same seed, whatever else the look says."""
    rng = np.random.default_rng(look.seed)

    def between(low: float, high: float) -> float:
        return float(rng.uniform(low, high))

    woman = look.woman
    eye_y, nose_length, upper_lip = between(-0.19, 0.05), between(0.32, 0.62), between(0.17, 0.35)
    lips_end = eye_y + nose_length + upper_lip + 0.1
    return Bones(
        width=between(0.80, 0.98) if woman else between(0.84, 1.04),
        skull=between(1.10, 1.20),
        chin=max(between(1.12, 1.38) if woman else between(1.22, 1.5), lips_end + 0.26),
        square=between(2.05, 2.5) if woman else between(2.15, 3.0),
        jaw=between(0.10, 0.40) if woman else between(0.02, 0.34),
        jaw_from=between(0.1, 0.55),
        eye_gap=between(0.31, 0.47),
        eye_y=eye_y,
        eye_width=between(0.15, 0.225) if woman else between(0.13, 0.2),
        eye_height=(between(0.075, 0.13) if woman else between(0.06, 0.105)) * (1 - 0.35 * look.narrow_eyes),
        eye_tilt=between(-0.2, 0.2),
        brow_width=between(0.17, 0.28),
        brow_thickness=between(0.018, 0.042) if woman else between(0.03, 0.085),
        brow_above=between(0.14, 0.28),
        brow_tilt=between(-0.2, 0.04),
        brow_bend=between(0.0, 0.12),
        nose_length=nose_length,
        nose_width=between(0.09, 0.18) if woman else between(0.11, 0.24),
        nose_height=between(0.18, 0.40) if woman else between(0.24, 0.5),
        bridge=between(0.2, 1.0),
        upper_lip=upper_lip,
        mouth_width=between(0.24, 0.36),
        lip_top=between(0.03, 0.09) if woman else between(0.02, 0.075),
        lip_bottom=between(0.05, 0.125) if woman else between(0.035, 0.11),
        cheek=between(0.0, 0.18),
        chin_height=between(0.02, 0.24),
        ridge=between(0.0, 0.06) if woman else between(0.02, 0.16),
        socket=between(0.03, 0.17),
        hairline=between(0.56, 0.80),
    )


def inside(bones: Bones, x: Plane, y: Plane) -> Plane:
    """Above 0 within the outline of the face, 1 in its middle."""
    half = bones.width * (1.0 - bones.jaw * rise(bones.jaw_from - 0.3, bones.chin + 0.1, y))
    half = half * (1.0 - 0.04 * fall(-bones.skull, -0.5, y))
    below = rise(-0.3, 0.5, y)
    power = 2.25 + (bones.square - 2.25) * below
    reach = np.where(y < 0, bones.skull, bones.chin)
    return (1.0 - np.abs(x / half) ** power - np.abs(y / reach) ** (2.25 + 0.35 * below)).astype(np.float32)


def dome(bones: Bones, x: Plane, y: Plane) -> Plane:
    """The height of the bare head with a nose: enough to know where a turned head's points lie; gentle at its rim."""
    nose = 0.6 * bones.nose_height * blob(x, y, (0.0, bones.nose_y - 0.06), (bones.nose_width * 1.3, 0.22))
    return 1.05 * (np.sqrt(np.clip(inside(bones, x, y), 0.0, None) + 0.04) - 0.2) + nose


def smile_line(bones: Bones, x: Plane, smile: float) -> Plane:
    """Where the lips meet: its ends rise with a smile, 0 to 1."""
    return bones.mouth_y + 0.115 * smile * (0.3 - np.minimum((x / bones.mouth_width) ** 2, 1.6))


def height(bones: Bones, x: Plane, y: Plane, smile: float) -> Plane:
    """The height of the face, features and all, above the paper."""
    z = 1.05 * np.sqrt(np.clip(inside(bones, x, y), 0.0, None))
    for side in (-1.0, 1.0):
        eye = side * bones.eye_gap
        z -= bones.socket * blob(x, y, (eye, bones.eye_y), (0.24, 0.16))
        z += 0.055 * blob(x, y, (eye, bones.eye_y), (0.15, 0.1))
        z += bones.cheek * blob(x, y, (side * 0.52 * bones.width, bones.eye_y + 0.42), (0.28, 0.24))
        z += bones.ridge * blob(x, y, (eye * 0.9, bones.eye_y - bones.brow_above), (0.26, 0.09))
    z += _nose(bones, x, y) + _mouth(bones, x, y - smile_line(bones, x, smile))
    return z + bones.chin_height * blob(x, y, (0.0, bones.chin - 0.26), (0.24, 0.17))


def _nose(bones: Bones, x: Plane, y: Plane) -> Plane:
    tip = bones.nose_y
    along = np.clip((y - bones.eye_y + 0.06) / (bones.nose_length + 0.06), 0.0, 1.0)
    width = bones.nose_width * (0.48 + 0.46 * along**2)
    reach = rise(-0.14, 0.0, y - bones.eye_y + 0.05) * fall(-0.01, 0.12, y - tip)
    rising = bones.nose_height * (bones.bridge * 0.35 + (1.0 - bones.bridge * 0.35) * along)
    z = rising * np.exp(-((x / width) ** 2)) * reach
    for side in (-1.0, 1.0):
        wing = (side * bones.nose_width * 0.85, tip)
        z += 0.28 * bones.nose_height * blob(x, y, wing, (bones.nose_width * 0.5, 0.075))
    return z


def _mouth(bones: Bones, x: Plane, y: Plane) -> Plane:
    """`y` is counted from where the lips meet."""
    wide = bones.mouth_width
    z = 0.045 * blob(x, y, (0.0, 0.0), (wide * 1.5, 0.26))
    z += 0.045 * blob(x, y, (0.0, -bones.lip_top * 0.7), (wide, bones.lip_top))
    z += 0.055 * blob(x, y, (0.0, bones.lip_bottom * 0.7), (wide * 0.8, bones.lip_bottom))
    return z - 0.035 * blob(x, y, (0.0, bones.lip_bottom * 1.9 + 0.02), (wide * 0.7, 0.06))
