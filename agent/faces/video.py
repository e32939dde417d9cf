"""Who is in a video: frames taken all along are looked at as photos are, and whoever is in several counts once.

FFmpeg's reader for MP4 and MOV is named and given the open file: what calls itself a video and is a list of other files
or addresses is not followed. A worker loads it when its first video comes.
"""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, BinaryIO

import numpy as np
from PIL import Image

from agent.faces.cluster import grouped
from agent.faces.container import HEAD, device_said, ends_early, is_played_elsewhere, taken_said
from agent.faces.decode import THUMBNAIL, Picture, thumbnail
from agent.faces.engine import FaceEngine
from agent.faces.exif import CaptureTime
from agent.faces.jpeg import encode_jpeg
from agent.faces.results import COPY_AGAIN, Depth, Fault, FoundFace, LookError
from agent.faces.strip import a_row, in_strip, poster_frames
from agent.model import worth

READER = "mov"  # FFmpeg's for MP4, MOV, M4V and 3GP
APART = 2.0  # seconds between frames
MOST_FRAMES = 40
MOST_PIXELS = 40_000_000  # in a frame: 8K
ENOUGH_TIME = 25.0  # seconds; then what was found by then counts
SAME = 0.50  # as far apart as faces of one group may be
NEARLY = 0.6  # as good as the best face, and in a frame that is on the poster anyway
POOLED = 3  # encodings of somebody's best faces that are averaged
_TURNED = {-90: 6, 90: 8, 180: 3, -180: 3}  # FFmpeg's angle, against the clock; EXIF's orientation


class Film:
    """An open video. `width`, `height`: of an upright frame; `count`: frames that are looked at.

    Raises `LookError` for `DAMAGED` where it cannot be read, or has no picture.
    """

    def __init__(self, container: Any) -> None:
        self._container = container
        self._stream = next(iter(container.streams.video), None)
        if self._stream is None:
            raise unreadable("it has no picture")
        if self._stream.codec_context is None:
            raise unreadable("how it is encoded is not known here")
        self._stream.codec_context.thread_count = 1  # the workers are as many as the cores
        if self._stream.width * self._stream.height > MOST_PIXELS:
            raise unreadable(f"its frames have {self._stream.width:,} x {self._stream.height:,} pixels")
        self._base = float(self._stream.time_base)
        self._begin = (self._stream.start_time or 0) * self._base
        length = (self._stream.duration or 0) * self._base or (container.duration or 0) / 1e6
        self._length = max(0.0, length)
        self.count = max(1, min(MOST_FRAMES, round(self._length / APART)))

    def frame(self, number: int) -> Picture | None:
        """The frame of that number, the same each time; `None`: there is none that can be read.

        It is one that stands by itself (a keyframe), where there is one before the middle of its part of the video.
        """
        begin = number * self._length / self.count
        middle = begin + self._length / self.count / 2
        self._container.seek(int((self._begin + middle) / self._base), stream=self._stream)
        found = None
        for found in self._container.decode(self._stream):
            when = (found.time or 0.0) - self._begin
            if when >= middle or (found.key_frame and when >= begin):
                break
        return None if found is None else _picture(found)

    def frames(self) -> Iterator[tuple[int, Picture]]:
        """All that can be read, as long as there is time."""
        until = time.monotonic() + ENOUGH_TIME
        for number in range(self.count):
            if time.monotonic() > until:
                return
            picture = self.frame(number)
            if picture is not None:
                yield number, picture

    @property
    def taken(self) -> CaptureTime | None:
        return taken_said(self._container.metadata)

    @property
    def device(self) -> str:
        return device_said(self._container.metadata)


class Refusing:
    """A file for FFmpeg, to which an error of the disk is the file's end, or damage. `error`: what the disk said."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.seek, self.tell = file.seek, file.tell
        self.error: OSError | None = None

    def read(self, size: int) -> bytes:
        try:
            return self._file.read(size)
        except OSError as error:
            self.error = error
            raise


@contextmanager
def opened(file: BinaryIO) -> Generator[Film]:
    """Raises `LookError` for whatever FFmpeg makes of it, then and while it is read; `OSError` for what the disk
    refuses, which is no defect of the video's.
    """
    import av
    import av.error
    import av.logging

    av.logging.set_level(None)
    bytes_of = Refusing(file)
    try:
        with av.open(bytes_of, format=READER) as container:
            yield Film(container)
    except (av.error.FFmpegError, OSError, ValueError, ArithmeticError, LookupError) as error:
        raise bytes_of.error or unreadable(str(error)) from error
    except MemoryError as error:
        raise unreadable("it needs more memory than a worker may use") from error
    if bytes_of.error is not None:
        raise bytes_of.error


def unreadable(why: str) -> LookError:
    return LookError(Fault.DAMAGED, f"The video cannot be read: {why}", "Play it; if it does not, copy it again")


def _picture(frame: Any) -> Picture:
    pixels = frame.to_ndarray(format="rgb24")
    orientation = _TURNED.get(round(frame.rotation), 1)
    rows, columns = pixels.shape[:2]
    width, height = (rows, columns) if orientation >= 5 else (columns, rows)
    return Picture(pixels, orientation, width, height, "video")


@dataclass(frozen=True, slots=True)
class Watched:
    """What a video showed. `faces`: one of each person, with boxes in the strip; `poster`: JPEG, long side 320."""

    width: int
    height: int
    taken: CaptureTime | None
    faces: tuple[FoundFace, ...]
    poster: bytes
    device: str = ""


def watch(engine: FaceEngine, file: BinaryIO, depth: Depth) -> Watched:
    """Look at the video; of one that is only played elsewhere, at whether all of it is here.

    `LookError` for `CUT_SHORT`, and for `DAMAGED` where not a single frame can be read."""
    if ends_early(file):
        raise LookError(Fault.CUT_SHORT, "The file ends before the video does: only a part of it is here", COPY_AGAIN)
    file.seek(0)
    if is_played_elsewhere(file.read(HEAD)):
        return Watched(0, 0, None, (), b"")
    with opened(file) as film:
        seen: list[tuple[int, FoundFace]] = []
        size = None
        for number, picture in film.frames():
            size = picture.width, picture.height
            if depth is not Depth.NONE:
                seen += [(number, face) for face in engine.look(picture, Depth.WHOLE)]
        if size is None:
            raise unreadable("it has no frame")
        width, height = size
        faces = tuple(replace(face, box=in_strip(face.box, at, width)) for at, face in pooled(seen))
        return Watched(width, height, film.taken, faces, poster(film, faces, width), film.device)


def pooled(seen: Sequence[tuple[int, FoundFace]]) -> list[tuple[int, FoundFace]]:
    """One face of each person, with its frame, the surest first: the best one, or one nearly as good in a frame with
    more people. Its encoding is the mean of their best ones, and so nearer to other photos' than each.
    """
    if not seen:
        return []
    encodings = np.stack([face.encoding for _, face in seen])
    people: defaultdict[int, list[tuple[int, FoundFace]]] = defaultdict(list)
    for group, one in zip(grouped(encodings, [at for at, _ in seen], [None] * len(seen), SAME), seen, strict=True):
        people[group].append(one)
    crowd = Counter(at for of_one in people.values() for at in {at for at, _ in good(of_one)})
    found: list[tuple[int, FoundFace]] = []
    for of_one in people.values():
        at, face = max(good(of_one), key=lambda one: (crowd[one[0]], -one[0]))
        best = sorted(of_one, key=lambda one: -worth_of(one[1]))[:POOLED]
        mean = np.mean([one.encoding for _, one in best], axis=0).astype(np.float32)
        found.append((at, replace(face, encoding=mean)))
    return sorted(found, key=lambda one: -one[1].score)


def good(of_one: Sequence[tuple[int, FoundFace]]) -> list[tuple[int, FoundFace]]:
    """A person's faces that are nearly as good as their best."""
    enough = NEARLY * max(worth_of(face) for _, face in of_one)
    return [one for one in of_one if worth_of(one[1]) >= enough]


def worth_of(face: FoundFace) -> float:
    return worth(face.box[2] - face.box[0], face.sharpness, face.yaw)


def poster(film: Film, faces: Sequence[FoundFace], width: int) -> bytes:
    """The frames that somebody is in, on one sheet; of a video without people its middle."""
    frames = poster_frames((face.box for face in faces), width) or [film.count // 2]
    pictures = [picture for picture in map(film.frame, frames) if picture is not None]
    if len(pictures) < 2:
        return thumbnail(pictures[0]) if pictures else b""
    side = a_row(len(frames))
    shape = pictures[0].rgb.shape
    zoom = THUMBNAIL / max(shape[:2]) / side
    cell = max(1, int(shape[1] * zoom)), max(1, int(shape[0] * zoom))
    sheet = Image.new("RGB", (cell[0] * side, cell[1] * side))
    for at, picture in enumerate(pictures):
        row, column = divmod(at, side)
        small = Image.fromarray(np.ascontiguousarray(picture.rgb)).resize(cell, Image.Resampling.BOX)
        sheet.paste(small, (column * cell[0], row * cell[1]))
    return encode_jpeg(np.asarray(sheet), 80)
