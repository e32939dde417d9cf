"""One person, cut out: head on neck on shoulders, ready to be set into a scene."""

from PIL import Image

from tests.drawing import heads
from tests.drawing.bones import bones_of
from tests.drawing.canvas import grid
from tests.drawing.cast import Look
from tests.drawing.clothes import draw_bust
from tests.drawing.heads import draw_head
from tests.drawing.shading import Light, Pose

EXTENT = (-2.2, -2.4, 2.2, 6.4)  # left, top, right, bottom in units, the middle of the face at (0, 0)
NECK = (0.0, 1.1)  # what a head rolls about


def draw_person(look: Look, pose: Pose, light: Light, scale: float) -> Image.Image:
    """RGBA over EXTENT at `scale` pixels a unit; the same every time."""
    behind, before = draw_head(look, pose, light, scale)
    screen = grid(*EXTENT, scale)
    whole = _rolled(behind.image(), pose, scale, screen.x.shape)
    whole.alpha_composite(draw_bust(look, bones_of(look), light, screen).image())
    whole.alpha_composite(_rolled(before.image(), pose, scale, screen.x.shape))
    return whole


def _rolled(head: Image.Image, pose: Pose, scale: float, shape: tuple[int, ...]) -> Image.Image:
    sheet = Image.new("RGBA", (shape[1], shape[0]))
    sheet.paste(head, (round((heads.EXTENT[0] - EXTENT[0]) * scale), round((heads.EXTENT[1] - EXTENT[1]) * scale)))
    centre = ((NECK[0] - EXTENT[0]) * scale, (NECK[1] - EXTENT[1]) * scale)
    return sheet.rotate(pose.roll, Image.Resampling.BICUBIC, center=centre)
