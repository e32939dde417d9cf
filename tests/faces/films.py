"""Videos for tests: pictures shown one after the other, each for some seconds, by a real encoder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import av
import numpy as np
from PIL import Image

FRAMES = 10  # a second
Scene = tuple[Path | None, float]  # a picture, or nothing; seconds


def film(
    path: Path,
    scenes: Sequence[Scene],
    size: tuple[int, int] = (960, 540),
    *,
    keyframes: int = 10,
    said: str = "",
    tags: Mapping[str, str] | None = None,
    tables_first: bool = False,
) -> Path:
    """An MP4 or MOV, by its name. `keyframes`: one in so many frames; `said`: when it was taken, in its metadata.

    `tags`: what else it says; of `make` and `model` alone, as a camera writes them into a MOV's user data.
    `tables_first`: as phones and whatever exports for the web write it, so that a part of it plays.
    """
    own = set(tags or ()) == {"make", "model"}
    flags = [*([] if own else ["use_metadata_tags"]), *(["faststart"] if tables_first else [])]
    with av.open(str(path), "w", options={"movflags": "+".join(flags)} if flags else {}) as out:
        out.metadata.update({**({"creation_time": said} if said else {}), **(tags or {})})
        stream = out.add_stream("libx264", rate=FRAMES, options={"g": str(keyframes), "preset": "ultrafast"})
        stream.width, stream.height = size
        stream.pix_fmt = "yuv420p"
        for picture, seconds in scenes:
            shown = Image.new("RGB", size, (70, 80, 90))
            if picture is not None:
                with Image.open(picture) as opened:
                    small = opened.convert("RGB")
                    small.thumbnail(size)
                    shown.paste(small, ((size[0] - small.width) // 2, (size[1] - small.height) // 2))
            for number in range(round(seconds * FRAMES)):
                moved = np.roll(np.asarray(shown), number % 5, axis=1).copy()
                out.mux(stream.encode(av.VideoFrame.from_ndarray(moved, format="rgb24")))
        out.mux(stream.encode(None))
    return path
