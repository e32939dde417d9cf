"""Colours, by what they say: dark, light, sixteen colours, none.

Everything else names these tokens. The values keep their hue in 256 colours; text has 5:1 on its ground.
"""

from __future__ import annotations

from textual.theme import Theme

DARK = {
    "paper": "#0f1214",
    "shelf": "#191d20",
    "ink": "#e6e8ea",
    "dim": "#939aa1",
    "rule": "#363b40",
    "accent": "#74c0e3",
    "people": "#c6aef5",
    "ok": "#4fc9a0",
    "warn": "#f5b417",
    "bad": "#ff7d6b",
    "work-fill": "#343b42",
    "work-on": "#f4f7f9",
    "warn-fill": "#f5b417",
    "warn-on": "#1c1300",
    "hold-fill": "#74c0e3",
    "hold-on": "#06141c",
    "bad-fill": "#b3261e",
    "bad-on": "#ffffff",
    "ok-fill": "#2fae86",
    "ok-on": "#04140e",
}
LIGHT = {
    "paper": "#fcfbf8",
    "shelf": "#efeeeb",
    "ink": "#1c2329",
    "dim": "#5a6670",
    "rule": "#cfcbc1",
    "accent": "#0b6288",
    "people": "#6a3fa6",
    "ok": "#00734b",
    "warn": "#8a5200",
    "bad": "#b3261e",
    "work-fill": "#dbe2e8",
    "work-on": "#1c2329",
    "warn-fill": "#f7ba1e",
    "warn-on": "#1c1300",
    "hold-fill": "#0b6288",
    "hold-on": "#ffffff",
    "bad-fill": "#b3261e",
    "bad-on": "#ffffff",
    "ok-fill": "#0f7d5b",
    "ok-on": "#ffffff",
}
SIXTEEN = {  # the terminal's own palette, set explicitly; fills stay, tints go
    "paper": "ansi_default",
    "shelf": "ansi_default",
    "ink": "ansi_default",
    "dim": "ansi_bright_black",
    "rule": "ansi_bright_black",
    "accent": "ansi_cyan",
    "people": "ansi_magenta",
    "ok": "ansi_green",
    "warn": "ansi_yellow",
    "bad": "ansi_red",
    "work-fill": "ansi_white",
    "work-on": "ansi_black",
    "warn-fill": "ansi_yellow",
    "warn-on": "ansi_black",
    "hold-fill": "ansi_cyan",
    "hold-on": "ansi_black",
    "bad-fill": "ansi_red",
    "bad-on": "ansi_bright_white",
    "ok-fill": "ansi_green",
    "ok-on": "ansi_black",
}
PLAIN = dict.fromkeys(SIXTEEN, "ansi_default")

DARK_NAME, LIGHT_NAME, SIXTEEN_NAME, PLAIN_NAME = "venue-dark", "venue-light", "venue-sixteen", "venue-plain"


def themes() -> list[Theme]:
    return [
        _theme(DARK_NAME, DARK),
        _theme(LIGHT_NAME, LIGHT, dark=False),
        _theme(SIXTEEN_NAME, SIXTEEN, ansi=True),
        _theme(PLAIN_NAME, PLAIN, ansi=True),
    ]


def _theme(name: str, tokens: dict[str, str], *, dark: bool = True, ansi: bool = False) -> Theme:
    variables = dict(tokens)
    if ansi:
        variables |= {"ansi-background": "ansi_black", "ansi-foreground": "ansi_white"}
    return Theme(
        name,
        primary=tokens["accent"],
        secondary=tokens["people"],
        accent=tokens["accent"],
        success=tokens["ok"],
        warning=tokens["warn"],
        error=tokens["bad"],
        foreground=tokens["ink"],
        background=tokens["paper"],
        surface=tokens["shelf"],
        panel=tokens["shelf"],
        dark=dark,
        variables=variables,
        ansi=ansi,
    )
