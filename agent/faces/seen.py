"""What a look at a photo gave: the values that workers send and the agent keeps.

Plain facts in upright full-size coordinates, whatever size the photo was decoded or looked at.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Box: TypeAlias = tuple[int, int, int, int]
Encoding: TypeAlias = NDArray[np.float32]  # (128,)


class Depth(StrEnum):
    """How far a look goes."""

    NONE = "none"  # the picture's facts and its thumbnail, no faces
    QUICK = "quick"  # stops where one or two large faces are what the photo is about; the rest is for a later look
    WHOLE = "whole"  # all levels, and one more where nobody was found or many faces are small
    CLOSE = "close"  # the slower look: larger, brightened, turned


@dataclass(frozen=True, slots=True, eq=False)
class FoundFace:
    """One face. `box`: left, top, right, bottom in pixels of the upright photo, inside it, right and bottom exclusive.

    `score`: the detector's, 0 where an engine tells none. `sharpness`: variance of the Laplacian of the face at 150
    pixels; under 8 blurred beyond use, under 40 soft, sharp ones some hundred (noise raises it). `encoding`: (128,).
    `yaw`: how far the nose is from the middle between the eyes, in parts of the eyes' distance, its sign the side it is
    turned to (real portraits: -0.2 to 0.2). `light`, `contrast`: mean and standard deviation of the face's grey levels.
    """

    box: Box
    score: float
    sharpness: float
    encoding: Encoding = field(repr=False)
    yaw: float = 0.0
    light: float = 128.0
    contrast: float = 50.0


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """A photo that was looked at. `sha256` is that of the very bytes that were decoded.

    `taken_at`: ISO text in the camera's local time, with its offset where the camera wrote one, and only then
    `taken_epoch`: seconds UTC. `thumbnail`: JPEG, upright, long side 320. `ms`: milliseconds by stage. `whole`: False
    where a quick look found what the photo is about and left smaller faces for later.
    """

    sha256: str
    width: int
    height: int
    mime: str
    taken_at: str | None
    taken_epoch: float | None
    faces: tuple[FoundFace, ...]
    thumbnail: bytes = field(repr=False)
    ms: Mapping[str, float] = field(repr=False)
    whole: bool = True
