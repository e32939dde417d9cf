"""What stands on the tables: flowers, candles and the cake, for pictures with nobody in them and in front of groups."""

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from tests.drawing.backdrops import Size, blurred, disc
from tests.drawing.cast import Rgb

BLOOMS: tuple[Rgb, ...] = ((238, 190, 190), (250, 238, 226), (214, 120, 132), (240, 206, 160), (196, 160, 200))
LEAVES: tuple[Rgb, ...] = ((84, 112, 76), (112, 138, 96), (66, 92, 70))


def rose(pen: ImageDraw.ImageDraw, rng: np.random.Generator, x: float, y: float, radius: float, tint: Rgb) -> None:
    """Petals in rings, darker towards the heart."""
    for ring in range(5):
        out = radius * (1.0 - ring * 0.2)
        for petal in range(7 - ring):
            angle = 2 * np.pi * (petal / (7 - ring)) + ring * 0.9 + float(rng.uniform(-0.2, 0.2))
            shade = (0.80 + 0.20 * float(np.cos(angle + 2.2)) * 0.6 + 0.10) * (1.0 - 0.07 * ring)
            at = x + np.cos(angle) * out * 0.48, y + np.sin(angle) * out * 0.48
            disc(pen, float(at[0]), float(at[1]), out * 0.52, (tint[0] * shade, tint[1] * shade, tint[2] * shade))


def leaf(pen: ImageDraw.ImageDraw, x: float, y: float, length: float, angle: float, tint: Rgb) -> None:
    along, across = np.array([np.cos(angle), np.sin(angle)]), np.array([-np.sin(angle), np.cos(angle)])
    t = np.linspace(0.0, 1.0, 12)
    half = 0.22 * length * np.sin(np.pi * t) ** 0.8
    spine = np.array([x, y]) + t[:, None] * length * along
    rim = np.concatenate([spine + half[:, None] * across, (spine - half[:, None] * across)[::-1]])
    pen.polygon([(float(px), float(py)) for px, py in rim], fill=(int(tint[0]), int(tint[1]), int(tint[2])))


def bouquet(pen: ImageDraw.ImageDraw, rng: np.random.Generator, x: float, y: float, radius: float) -> None:
    """Leaves all around, roses on top."""
    for _ in range(34):
        angle = float(rng.uniform(np.pi * 0.85, np.pi * 2.15))
        leaf(pen, x, y, radius * float(rng.uniform(0.8, 1.35)), angle, LEAVES[int(rng.integers(len(LEAVES)))])
    for i in range(17):
        turn, out = i * 2.4, radius * 0.82 * (1.0 - i / 17.0) ** 0.5
        at = x + np.cos(turn) * out, y - radius * 0.25 + np.sin(turn) * out * 0.62
        tint = BLOOMS[int(rng.integers(len(BLOOMS)))]
        rose(pen, rng, float(at[0]), float(at[1]), radius * float(rng.uniform(0.22, 0.32)), tint)


def candle(image: Image.Image, x: float, foot: float, size: float) -> None:
    """A candle, its flame and the light around it; onto an RGBA sheet."""
    pen = ImageDraw.Draw(image)
    pen.rounded_rectangle((x - size * 0.16, foot - size, x + size * 0.16, foot), size * 0.05, fill=(248, 236, 214, 255))
    glow = Image.new("RGBA", image.size, (255, 196, 110, 0))
    ImageDraw.Draw(glow).ellipse((x - size, foot - size * 2.2, x + size, foot - size * 0.2), fill=(255, 196, 110, 120))
    image.alpha_composite(blurred(glow, size * 0.3))
    flame = (x - size * 0.09, foot - size * 1.42, x + size * 0.09, foot - size * 1.02)
    ImageDraw.Draw(image).ellipse(flame, fill=(255, 240, 190, 255))


def table(size: Size, rng: np.random.Generator, top: float, flowers: int) -> Image.Image:
    """RGBA: a table with a white cloth from `top` (0 to 1) down, flowers and candles on it."""
    width, high = size
    sheet = Image.new("RGBA", size)
    pen = ImageDraw.Draw(sheet)
    edge = top * high
    pen.rectangle((0, edge, width, high), fill=(236, 226, 214, 255))
    for i in range(24):  # the cloth's folds
        x = (i + float(rng.uniform(-0.3, 0.3))) * width / 23
        pen.polygon(
            ((x, edge + high * 0.05), (x - width / 60, high), (x + width / 70, high)), fill=(218, 204, 192, 255)
        )
    soft = blurred(sheet, width / 160)
    soft.putalpha(sheet.getchannel("A").filter(ImageFilter.GaussianBlur(width / 900)))
    for i in range(flowers):
        x = width * (i + 0.5 + float(rng.uniform(-0.12, 0.12))) / flowers
        candle(soft, x + width * 0.42 / flowers, edge + high * 0.03, high * 0.05)
        bouquet(ImageDraw.Draw(soft), rng, x, edge + high * 0.02, min(width * 0.1, high * 0.1))
    return soft


def centrepiece(size: Size, rng: np.random.Generator) -> Image.Image:
    """RGBA: one big bouquet in a vase on a table."""
    width, high = size
    sheet = table(size, rng, 0.74, 0)
    pen = ImageDraw.Draw(sheet)
    x, foot, half = width * 0.5, high * 0.86, high * 0.07
    vase = [
        (x - half * 0.7, foot - high * 0.3),
        (x + half * 0.7, foot - high * 0.3),
        (x + half, foot),
        (x - half, foot),
    ]
    pen.polygon(vase, fill=(196, 206, 206, 235))
    pen.polygon(
        [(x - half * 0.4, vase[0][1]), (x - half * 0.1, vase[0][1]), (x, foot), (x - half * 0.5, foot)],
        fill=(232, 238, 238, 235),
    )
    bouquet(pen, rng, x, high * 0.5, high * 0.3)
    for offset in (-0.3, -0.22, 0.24, 0.33):
        candle(sheet, x + offset * width, foot + high * 0.02, high * float(rng.uniform(0.07, 0.11)))
    return sheet


def cake(size: Size, rng: np.random.Generator) -> Image.Image:
    """RGBA: a cake of three tiers with roses, on a table."""
    width, high = size
    sheet = table(size, rng, 0.78, 0)
    pen = ImageDraw.Draw(sheet)
    x, foot = width * 0.5, high * 0.86
    pen.ellipse((x - high * 0.34, foot - high * 0.04, x + high * 0.34, foot + high * 0.04), fill=(206, 186, 150, 255))
    for half, tall in ((0.27, 0.2), (0.2, 0.18), (0.13, 0.16)):
        _tier(sheet, x, foot, half * high, tall * high)
        foot -= tall * high
    for i in range(13):
        at = x + (0.19 - i * 0.0215) * high + float(rng.uniform(-0.02, 0.02)) * high, high * (0.84 - i * 0.043)
        tint = BLOOMS[int(rng.integers(len(BLOOMS)))]
        leaf(pen, at[0], at[1], high * 0.06, float(rng.uniform(0, 6.3)), LEAVES[i % 3])
        rose(pen, rng, at[0], at[1], high * float(rng.uniform(0.026, 0.042)), tint)
    return sheet


def _tier(sheet: Image.Image, x: float, foot: float, half: float, tall: float) -> None:
    """A cylinder of icing: shaded from left to right, a lighter lid, a row of pearls."""
    lid = half * 0.12
    columns = np.linspace(-1.0, 1.0, max(2, int(2 * half)))
    shade = np.clip(
        1.0 - 0.28 * np.clip(columns + 0.2, 0, None) ** 2 - 0.3 * np.clip(-columns - 0.5, 0, None) ** 2, 0, 1
    )
    side = (shade[None, :, None] * np.array([252.0, 242.0, 232.0])).astype(np.uint8)
    body = Image.fromarray(side).resize((len(columns), int(tall)))
    mask = Image.new("L", (len(columns), int(tall + lid)))
    ImageDraw.Draw(mask).rectangle((0, 0, len(columns), tall), fill=255)
    ImageDraw.Draw(mask).ellipse((0, tall - lid, len(columns), tall + lid), fill=255)
    sheet.paste(body.resize(mask.size), (int(x - half), int(foot - tall)), mask)
    pen = ImageDraw.Draw(sheet)
    pen.ellipse((x - half, foot - tall - lid, x + half, foot - tall + lid), fill=(255, 250, 243, 255))
    for i in range(25):
        turn = np.pi * i / 24
        at = float(x - half * np.cos(turn)), float(foot - lid * 0.2 + lid * np.sin(turn))
        disc(pen, at[0], at[1] - 2, half * 0.035, (238, 220, 204))
