"""Other themes: those of the toolkit by name, and files of one's own, as colours by what they say.

`monitor.theme = "nord"`, or NAME for `~/.config/venuesync/themes/NAME.toml`: `ground = "dark"` or `"light"`, and
whichever of the colours are to be others, `accent = "#88c0d0"`. The toolkit's are moved away from their ground until
they can be read.
"""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path
from typing import Any, cast

from textual.color import Color
from textual.theme import BUILTIN_THEMES, Theme

from agent.errors import UsageError
from tui.terminal.looks import DARK, LIGHT, OWN_NAME, TOKENS, made

READABLE = 5.0  # contrast of a text with its ground
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
BLACK, WHITE = Color(0, 0, 0), Color(255, 255, 255)
SIZE = 100_000  # bytes of a file


def folder() -> Path:
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "venuesync" / "themes"


def theme(name: str) -> Theme:
    """Raises `UsageError` for a name that is none, and for a file that says what is no colour."""
    if not NAME.fullmatch(name):
        raise wrong(name, "small letters, digits and -")
    path = folder() / f"{name}.toml"
    if path.is_file():
        return own(path)
    if name in BUILTIN_THEMES and not BUILTIN_THEMES[name].ansi:
        return of_toolkit(BUILTIN_THEMES[name])
    raise wrong(name, f"there is no {path}")


def wrong(given: str, why: str) -> UsageError:
    known = ", ".join(["auto", "dark", "light", *sorted(one for one in BUILTIN_THEMES if not BUILTIN_THEMES[one].ansi)])
    return UsageError(
        "No such theme", f"monitor.theme: {given!r} was given: {why}", f"Accepted: {known}, or a file there"
    )


# ---- files


def own(path: Path) -> Theme:
    try:
        given = tomllib.loads(path.read_bytes()[:SIZE].decode())
    except (OSError, ValueError) as error:
        raise UsageError(
            "A theme cannot be read", f"{path}: {error}", "Correct it, or choose another: monitor.theme"
        ) from error
    ground = given.pop("ground", "dark")
    for key, value in given.items():
        if key not in TOKENS or not isinstance(value, str) or not COLOUR.fullmatch(value):
            accepted = "a colour such as #88c0d0" if key in TOKENS else f"one of {', '.join(TOKENS)}"
            raise UsageError("A theme cannot be read", f"{path}: {key} = {value!r}", f"Give {accepted}")
    if ground not in ("dark", "light"):
        raise UsageError("A theme cannot be read", f"{path}: ground = {ground!r}", "Give dark or light")
    return made(OWN_NAME, (DARK if ground == "dark" else LIGHT) | cast(dict[str, str], given), dark=ground == "dark")


# ---- the toolkit's


def of_toolkit(chosen: Theme) -> Theme:
    colours: dict[str, Any] = chosen.to_color_system().generate()
    paper, ink = Color.parse(colours["background"]), Color.parse(colours["foreground"])
    shelf = Color.parse(colours["surface"])

    def of(name: str, over: Color = paper) -> Color:
        return readable(Color.parse(colours[name]), over)

    fills = {
        "work": paper.blend(ink, 0.22),
        "warn": Color.parse(colours["warning"]),
        "hold": Color.parse(colours["accent"]),
        "bad": Color.parse(colours["error"]),
        "ok": Color.parse(colours["success"]),
    }
    ground = shelf if contrast(ink, shelf) < contrast(ink, paper) else paper  # the harder one of the two to read on
    tokens = {
        "paper": paper,
        "shelf": shelf,
        "ink": readable(ink, ground),
        "dim": readable(ink.blend(paper, 0.4), ground),
        "rule": paper.blend(ink, 0.25),
        "accent": of("primary", ground),
        "people": of("secondary", ground),
        "ok": of("success", ground),
        "warn": of("warning", ground),
        "bad": of("error", ground),
        **{f"{name}-fill": fill for name, fill in fills.items()},
        **{
            f"{name}-on": max(BLACK, WHITE, key=lambda one, fill=fill: contrast(one, fill))
            for name, fill in fills.items()
        },
    }
    return made(OWN_NAME, {name: tokens[name].hex6 for name in TOKENS}, dark=chosen.dark)


def readable(colour: Color, ground: Color) -> Color:
    """The nearest to it, on the way to black or white, that can be read on that ground."""
    end = max(BLACK, WHITE, key=lambda one: contrast(one, ground))
    return next(
        (found for step in range(21) if contrast(found := colour.blend(end, step / 20), ground) >= READABLE), end
    )


def contrast(one: Color, other: Color) -> float:
    """1 to 21. https://www.w3.org/TR/WCAG21/#dfn-contrast-ratio"""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: Color) -> float:
    parts = ((value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4) for value in colour.normalized)
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), parts, strict=True))
