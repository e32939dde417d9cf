"""Pictures of the monitor as a terminal would draw it: PNG of a running app, or SVG where no font is found.

    .venv/bin/python tests/tui/picture.py OUT [part of a name…]      every scene, or those named so

Block characters are drawn as exact rectangles, as terminals do; everything else by the font.
"""

from __future__ import annotations

import asyncio
import io
import sys
from functools import cache, partial
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageFont
from rich.cells import cell_len
from rich.console import Console
from rich.segment import Segment
from textual.app import App

FONTS = [
    {
        "Regular": f"{folder}/{name.format('Regular')}",
        "Bold": f"{folder}/{name.format('Bold')}",
        "Italic": f"{folder}/{name.format('Italic')}",
        "BoldItalic": f"{folder}/{name.format('BoldItalic')}",
    }
    for folder, name in [
        ("/usr/share/fonts/truetype/jetbrains-mono", "JetBrainsMono-{}.ttf"),
        ("/usr/share/fonts/TTF", "JetBrainsMono-{}.ttf"),
    ]
] + [
    {
        "Regular": "/usr/share/fonts/truetype/dejavu/DejaVuSansMono.ttf",
        "Bold": "/usr/share/fonts/truetype/dejavu/DejaVuSansMono-Bold.ttf",
        "Italic": "/usr/share/fonts/truetype/dejavu/DejaVuSansMono-Oblique.ttf",
        "BoldItalic": "/usr/share/fonts/truetype/dejavu/DejaVuSansMono-BoldOblique.ttf",
    }
]
PIXELS = {40: 26, 80: 22, 120: 18}  # height of the font by columns
ANSI = ["000000", "cd3131", "0dbc79", "c9a800", "2472c8", "bc3fbc", "11a8cd", "e5e5e5"]
ANSI += ["767676", "f14c4c", "23d18b", "f5f543", "3b8eea", "d670d6", "29b8db", "ffffff"]
DEFAULT_PAPER, DEFAULT_INK = (15, 18, 20), (214, 218, 222)
BLOCKS = " ▁▂▃▄▅▆▇█"
SHADES = "░▒▓"

Colour = tuple[int, int, int]


async def picture(app: App[Any], size: tuple[int, int], path: Path, *keys: str, seconds: float = 0.1) -> Path:
    """Run the app at this size, press the keys, and write what is on the screen after so long; returns where it is."""
    async with app.run_test(size=size) as pilot:
        await pilot.pause(0.5)
        for key in keys:
            await pilot.press("space" if key == "_" else key)
            await pilot.pause()
        await pilot.pause(seconds)
        return paint(app, path)


def paint(app: App[Any], path: Path) -> Path:
    """What a running app shows now, as `path` (PNG), or beside it as SVG where there is no font."""
    image = drawn(app)
    if image is None:
        path = path.with_suffix(".svg")
        path.write_text(app.export_screenshot(title="venuesync"), encoding="utf-8")
    else:
        image.save(path, optimize=True)
    return path


def drawn(app: App[Any]) -> Image.Image | None:
    """What a running app shows now; `None` where there is no font."""
    fonts = next((kinds for kinds in FONTS if Path(kinds["Regular"]).exists()), None)
    if fonts is None:
        return None
    ground = app.screen.styles.background
    paper = DEFAULT_PAPER if ground.ansi is not None else ground.rgb
    return draw_cells(cells(app), app.size.width, app.size.height, paper, fonts)


def cells(app: App[Any]) -> list[list[Segment]]:
    """The screen's rows as styled segments."""
    width, height = app.size
    console = Console(width=width, height=height, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    update = app.screen._compositor.render_update(full=True, screen_stack=app._background_screens)
    segments = [segment for segment in console.render(update) if not segment.control]
    return [list(line) for line in Segment.split_lines(segments)][:height]


def rows(app: App[Any]) -> list[str]:
    """The screen's rows as text, without the blanks at their ends."""
    return ["".join(segment.text for segment in line).rstrip() for line in cells(app)]


def draw_cells(
    lines: list[list[Segment]], width: int, height: int, paper: Colour, fonts: dict[str, str]
) -> Image.Image:
    pixels = PIXELS.get(width, 14)
    loaded = {kind: _font(name, pixels) for kind, name in fonts.items()}
    wide = round(loaded["Regular"].getlength("M"))
    high = round(pixels * 1.32) // 2 * 2
    image = Image.new("RGB", (width * wide + 2 * wide, height * high + 2 * wide), paper)
    pen = ImageDraw.Draw(image)
    ascent, descent = loaded["Regular"].getmetrics()
    for y, line in enumerate(lines):
        x = 0
        for text, style, _ in line:
            ink, ground = _colours(style, paper)
            face = ("Bold" if style and style.bold else "") + ("Italic" if style and style.italic else "") or "Regular"
            for character in text:
                left, top = wide + x * wide, wide + y * high
                cell = (left, top, left + wide * max(1, cell_len(character)) - 1, top + high - 1)
                if ground:
                    pen.rectangle(cell, fill=ground)
                if not _shape(pen, character, cell, ink, ground or paper, pixels) and character != " ":
                    pen.text((left, top + (high - ascent - descent) // 2), character, font=loaded[face], fill=ink)
                x += cell_len(character)
    return image


def _shape(
    pen: ImageDraw.ImageDraw, character: str, cell: tuple[int, int, int, int], ink: Colour, ground: Colour, pixels: int
) -> bool:
    left, top, right, bottom = cell
    high = bottom - top + 1
    if character == "▀":
        pen.rectangle((left, top, right, top + high // 2 - 1), fill=ink)
    elif character in BLOCKS and character != " ":
        pen.rectangle((left, top + high - round(high * BLOCKS.index(character) / 8), right, bottom), fill=ink)
    elif character in SHADES:
        part = (SHADES.index(character) + 1) / 4
        pen.rectangle(cell, fill=tuple(int(a * part + b * (1 - part)) for a, b in zip(ink, ground, strict=True)))
    elif character == "─":
        pen.rectangle((left, top + high // 2 - max(1, pixels // 20), right, top + high // 2), fill=ink)
    else:
        return False
    return True


def _colours(style: Any, paper: Colour) -> tuple[Colour, Colour | None]:
    ink: Colour = DEFAULT_INK
    ground: Colour | None = None
    if style is None:
        return ink, ground
    if style.color and not style.color.is_default:
        ink = _rgb(style.color)
    if style.bgcolor and not style.bgcolor.is_default:
        ground = _rgb(style.bgcolor)
    if style.dim:
        ink = (ink[0] * 6 // 10, ink[1] * 6 // 10, ink[2] * 6 // 10)
    return (ground or paper, ink) if style.reverse else (ink, ground)


def _rgb(colour: Any) -> Colour:
    if colour.number is not None and colour.number < 16:
        name = ANSI[colour.number]
        return int(name[0:2], 16), int(name[2:4], 16), int(name[4:6], 16)
    return tuple(colour.get_truecolor())


@cache
def _font(name: str, pixels: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(name, pixels)


# ---- the made-up evenings, in every size and look


def gallery() -> dict[str, tuple[str, tuple[int, int], str, tuple[str, ...]]]:
    """Name: state, size, look, keys."""
    small, phone, large, huge = (80, 24), (40, 15), (120, 36), (200, 60)
    made = {}
    for state in ("live", "working", "offline", "signin", "paused", "safe"):
        made[f"{state}-80x24-dark"] = (state, small, "dark", ())
        made[f"{state}-40x15-dark"] = (state, phone, "dark", ())
    for look in ("light", "sixteen", "plain"):
        for state in ("live", "paused", "offline"):
            made[f"{state}-80x24-{look}"] = (state, small, look, ())
    for look in ("dark", "light"):
        made[f"live-120x36-{look}"] = ("live", large, look, ())
        made[f"live-200x60-{look}"] = ("live", huge, look, ())
        made[f"safe-200x60-{look}"] = ("safe", huge, look, ())
    for look in ("dark", "light", "sixteen", "plain"):
        made[f"help-80x24-{look}"] = ("live", small, look, ("question_mark",))
    choosing = ("e", *"Zoe Park".replace(" ", "_"), "enter", "space", "down", "down", "space")
    for size, look in ((small, "dark"), (small, "light"), (small, "plain"), (phone, "dark"), (large, "dark")):
        made[f"choosing-{size[0]}x{size[1]}-{look}"] = ("live", size, look, choosing)
        made[f"enrolled-{size[0]}x{size[1]}-{look}"] = ("live", size, look, (*choosing, "enter"))
    made["help-40x15-dark"] = ("live", phone, "dark", ("question_mark",))
    made["actions-80x24-dark"] = ("live", small, "dark", ("ctrl+p",))
    for size in [(80, 20), (80, 16), (45, 50), (60, 30), (120, 24), (200, 30), (30, 10), (100, 45)]:
        made[f"live-{size[0]}x{size[1]}-odd"] = ("live", size, "dark", ())
    return made


async def _make(folder: Path, wanted: list[str]) -> None:
    import portraits
    from evening import make
    from monitor_scenes import remembered
    from prepared import opened, template

    from tui.app import Monitor

    folder.mkdir(parents=True, exist_ok=True)
    small = await asyncio.to_thread(template, "small", lambda root: make(root, "small"))
    enrolling: dict[str, Any] = {"kind": "portraits", "fill": partial(portraits.make, small=small)}
    for name, (state, size, look, keys) in gallery().items():
        if wanted and not any(part in name for part in wanted):
            continue
        chosen = "e" in keys
        async with opened("small" if chosen else state, **(enrolling if chosen else {})) as evening:
            app = Monitor(evening.line, look=look, clock=evening.clock)
            app.state = remembered(app.state, state)
            await picture(app, size, folder / f"{name}.png", *keys, seconds=5.0 if name.startswith("enrolled") else 0.5)
        sys.stdout.write(f"{name}\n")


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[2]))
    asyncio.run(_make(Path(sys.argv[1]), sys.argv[2:]))
