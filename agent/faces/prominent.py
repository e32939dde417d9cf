"""Which faces of a photo it is about: the rule behind Solo and Group.

By share of the largest face's area: in 14 real group photos the smallest member had 0.29 to 1.0 of it, so a quarter is
the border. And by sharpness: whoever is clearly smaller and far less sharp than the largest face stands in the
background, out of focus.
"""

from __future__ import annotations

from collections.abc import Sequence

from agent.faces.seen import Box

SHARE = 0.25  # of the largest face's area
BACKGROUND = 0.64  # of it: below that (0.8 of the width), a face out of focus is no part of the group
OUT_OF_FOCUS = 0.1  # of the largest face's sharpness


def prominent(boxes: Sequence[Box], sharpness: Sequence[float] = (), share: float = SHARE) -> list[bool]:
    """Tell for each box (left, top, right, bottom) whether the photo is about that face; the largest always is."""
    areas = [(right - left) * (bottom - top) for left, top, right, bottom in boxes]
    if not areas:
        return []
    largest = max(range(len(areas)), key=lambda at: areas[at])
    sharp = list(sharpness) or [1.0] * len(areas)
    found: list[bool] = []
    for at, area in enumerate(areas):
        part = area / max(1, areas[largest])
        blurred = part < BACKGROUND and sharp[at] < OUT_OF_FOCUS * sharp[largest]
        found.append(at == largest or (part >= share and not blurred))
    return found
