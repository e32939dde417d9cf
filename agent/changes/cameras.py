"""Who took a photo and when, as far as names tell: cameras from folders, times from file names.

The predecessors' users name their folders `Cam1`, `Camera2`, `Cam_01`; all of them mean one camera each.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

CAMERA = re.compile(r"(?:cloud[ _-]?)?cam(?:era)?[ _-]*0*(\d+)", re.IGNORECASE)
DIGITS = re.compile(r"(?<!\d)(\d{4})-?(\d{2})-?(\d{2})[_T -]?(\d{2})[-:.]?(\d{2})[-:.]?(\d{2})(?!\d)")


def camera_of(folder: str) -> str:
    """`Cam1`, `Camera 01`, `Cloud_Cam1` → `Cam1`; any other folder's name is the photographer's, as it is."""
    found = CAMERA.fullmatch(folder.strip())
    return f"Cam{int(found[1])}" if found else folder.strip()


def in_predecessors_words(camera: str) -> str:
    """`Cam1` → `Cloud_Cam1`, as the programs of the predecessors' users know it."""
    found = CAMERA.fullmatch(camera)
    return f"Cloud_Cam{int(found[1])}" if found else camera


def time_in_name(name: str) -> str | None:
    """The time in `video_20260504_181530.mp4`, `cam1_…`, `recording_2026-05-04T18-15-30`: local, ISO; else `None`."""
    for found in DIGITS.finditer(name):
        try:
            return datetime.strptime("".join(found.groups()), "%Y%m%d%H%M%S").isoformat()  # noqa: DTZ007 - a camera's
        except ValueError:
            continue
    return None


def drive_time(seconds: float | None) -> str | None:
    """Drive's own time of a file, as photos' times are kept."""
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
