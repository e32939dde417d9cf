"""A video as a strip of frames, and its poster as a sheet of them: where a face lies in each.

A face of frame 3 has its box three widths to the right, so that no two faces of a video are at one place, and the frame
to cut it out of follows from its box. The poster has the frames that somebody is in, in rows of equal length: its shape
is a frame's.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import ceil, sqrt

from agent.faces.results import Box

MOST = 16  # frames on a poster


def in_strip(box: Box, frame: int, width: int) -> Box:
    """Where a face of that frame lies in the strip; `width` of a frame, in pixels."""
    return box[0] + frame * width, box[1], box[2] + frame * width, box[3]


def frame_of(box: Box, width: int) -> int:
    """Which frame a face of the strip is in."""
    return (box[0] + box[2]) // 2 // width


def in_frame(box: Box, width: int) -> Box:
    """Where it lies in that frame."""
    return in_strip(box, -frame_of(box, width), width)


def poster_frames(boxes: Iterable[Box], width: int) -> list[int]:
    """The frames on the poster, in their order; none for a video in which nobody was found."""
    return sorted({frame_of(box, width) for box in boxes})[:MOST]


def a_row(frames: int) -> int:
    """Frames in a row of the poster, and rows."""
    return max(1, ceil(sqrt(frames)))


def on_poster(box: Box, frames: list[int], width: int, height: int) -> Box:
    """Where a face lies on a poster of these frames that is as large as one of them; nothing if it is not there."""
    if frame_of(box, width) not in frames:
        return 0, 0, 0, 0
    row, column = divmod(frames.index(frame_of(box, width)), a_row(len(frames)))
    left, top, right, bottom = in_frame(box, width)
    x, y, side = column * width, row * height, a_row(len(frames))
    return (left + x) // side, (top + y) // side, (right + x) // side, (bottom + y) // side
