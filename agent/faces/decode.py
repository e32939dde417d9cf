"""Decodes a photo's bytes to the size that looking at faces needs, and not to more; thumbnails and faces cut out.

Every fault of a photo is found here and said once, as `LookError`: libraries report them as some ten exception types,
or not at all. Sizes are checked in the header, before any pixel is unpacked.

Turning 12 megapixels costs 60 ms in numpy, and every second phone photo is turned; so pixels stay as they lie in the
file, and only views, the small detection picture and the cut-out faces are turned.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from io import BytesIO
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFile

from agent.faces.exif import NOTHING_TOLD, Told, raw_exif, says_adobe, told_by
from agent.faces.formats import AVIF, HEIF, JPEG, RAW, Format, checksums_hold, described, ends_early, sniff
from agent.faces.jpeg import BrokenInside, decode_jpeg, encode_jpeg, largest_preview, too_many_scans
from agent.faces.results import COPY_AGAIN, EXPORT_ANEW, Box, Fault, LookError

Pixels: TypeAlias = NDArray[np.uint8]

MOST_PIXELS = 200_000_000  # a 200-megapixel phone's photo; unpacked as RGB 0.6 GB
ENOUGH_PIXELS = 3_840_000  # 2,400 x 1,600: no picture is reduced below what the detector looks at
THUMBNAIL = 320  # pixels, long side
CROP_AROUND = 0.35  # of a face's width, on each side: hair and chin
CROP_LARGEST = 1024  # pixels
_LIBRARY_ERRORS = (
    *(OSError, ValueError, SyntaxError, EOFError, LookupError),
    *(TypeError, ArithmeticError, RuntimeError, struct.error),
)
_CUT = ("truncated", "premature end", "end of file", "not enough")  # in Pillow's and libheif's words


# EXIF's orientation: whether rows and columns are exchanged, then which way they run
_TURNS = {
    2: (False, 1, -1),
    3: (False, -1, -1),
    4: (False, -1, 1),
    5: (True, 1, 1),
    6: (True, 1, -1),
    7: (True, -1, -1),
    8: (True, -1, 1),
}


def upright(pixels: Pixels, orientation: int) -> Pixels:
    """Return a view of (rows, columns, …) pixels as EXIF's orientation 1..8 wants them shown; others count as 1."""
    exchanged, down, right = _TURNS.get(orientation, (False, 1, 1))
    view = pixels.swapaxes(0, 1) if exchanged else pixels
    return view[::down, ::right]


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """`width` and `height` are the photo's own, upright; `pixels` are (rows, columns, 3) uint8 RGB, contiguous, not yet
    turned, and smaller by a whole factor where the photo is large."""

    pixels: Pixels
    orientation: int
    width: int
    height: int
    mime: str
    told: Told = NOTHING_TOLD

    @property
    def rgb(self) -> Pixels:
        """The reduced picture, upright: a view of (rows, columns, 3), mostly not contiguous."""
        return upright(self.pixels, self.orientation)


def decode(data: bytes, *, most_pixels: int = MOST_PIXELS, enough: int = ENOUGH_PIXELS) -> Picture:
    """Return the picture in `data`, reduced as far as `enough` pixels remain.

    `LookError` for `EMPTY`, `NOT_AN_IMAGE`, `CUT_SHORT`, `TOO_LARGE` (decided before unpacking) or `DAMAGED`.
    """
    if not data:
        raise LookError(Fault.EMPTY, "The file is empty: 0 bytes", COPY_AGAIN)
    form = sniff(data)
    if form is None:
        raise LookError(
            Fault.NOT_AN_IMAGE,
            f"This is not a photo that can be read, but {described(data)}",
            "Export it as JPEG, HEIC, PNG, WebP or TIFF",
        )
    if ends_early(data, form):  # some decoders, libjpeg among them, show such a picture without complaint
        raise _cut_short()
    if not checksums_hold(data, form):
        raise _damaged()
    try:
        if form is RAW:
            return _raw(data, most_pixels, enough)
        return _decode(data, form, most_pixels, enough)
    except LookError:
        raise
    except (MemoryError, Image.DecompressionBombError) as error:
        raise LookError(
            Fault.TOO_LARGE, "The picture needs more memory than a worker may use", "Export it in a smaller size"
        ) from error
    except _LIBRARY_ERRORS as error:
        words = str(error).lower()
        if any(cut in words for cut in _CUT):
            raise _cut_short() from error
        raise _damaged() from error


def _raw(data: bytes, most_pixels: int, enough: int) -> Picture:
    """The picture that the camera put into its raw file, held as the raw file says."""
    found = largest_preview(data)
    if found is None:
        raise LookError(
            Fault.NOT_AN_IMAGE,
            "This raw file has no picture inside it that could be looked at",
            "Export it as JPEG beside it: both are filed together",
        )
    preview = data[found.start : found.end]
    _register(RAW)
    told = raw_exif(data, preview)
    picture = _decode(preview, JPEG, most_pixels, enough)
    turned = (told.orientation >= 5) != (picture.orientation >= 5)
    width, height = (picture.height, picture.width) if turned else (picture.width, picture.height)
    return Picture(picture.pixels, told.orientation, width, height, RAW.mime, told)


def _cut_short() -> LookError:
    return LookError(Fault.CUT_SHORT, "The file ends before the picture does: only a part of it is here", COPY_AGAIN)


def _damaged() -> LookError:
    return LookError(Fault.DAMAGED, "The picture's data are damaged", COPY_AGAIN)


def _decode(data: bytes, form: Format, most_pixels: int, enough: int) -> Picture:
    _register(form)
    ImageFile.LOAD_TRUNCATED_IMAGES = False  # importing face_recognition sets it: half a picture without complaint
    with Image.open(BytesIO(data), formats=form.pillow) as image:
        width, height = image.size
        if width * height > most_pixels:
            raise LookError(
                Fault.TOO_LARGE,
                f"The picture is {width:,} x {height:,} pixels, {width * height / 1e6:,.0f} megapixels; "
                f"up to {most_pixels / 1e6:,.0f} are read",
                "Export it in a smaller size",
            )
        if form is JPEG:
            _refuse_many_scans(data, width * height)
        pixels = _jpeg_pixels(data, image, enough) if form is JPEG else _other_pixels(image, enough)
        told = _told(image)  # afterwards: some plugins turn the picture themselves, and say so only then
    if told.orientation >= 5:
        width, height = height, width
    return Picture(pixels, told.orientation, width, height, form.mime, told)


def _refuse_many_scans(data: bytes, pixels: int) -> None:
    scans = too_many_scans(data, pixels)
    if scans is not None:
        raise LookError(
            Fault.COSTLY, f"The picture is drawn {scans:,} times over; a photo's is some ten times", EXPORT_ANEW
        )


@cache
def _register(form: Format) -> None:
    """Load the plugin of a format when its first photo comes; take Pillow's own size limit away in favour of ours."""
    Image.MAX_IMAGE_PIXELS = None
    import_module(form.plugin)
    if form is HEIF:
        import_module("pillow_heif").options.DECODE_THREADS = 1  # the workers are as many as the cores
    if form is AVIF:
        avif: Any = import_module(form.plugin)
        avif.DEFAULT_MAX_THREADS = 1


def _told(image: Image.Image) -> Told:
    """Broken EXIF is no reason to lose a photo: it counts as none."""
    try:
        return told_by(image.getexif())
    except _LIBRARY_ERRORS:
        return NOTHING_TOLD


def _factor(width: int, height: int, enough: int) -> int:
    """The largest of 1, 2, 4, 8 by which a picture may be reduced and still have enough pixels."""
    return max(factor for factor in (1, 2, 4, 8) if factor == 1 or width * height >= enough * factor**2)


def _jpeg_pixels(data: bytes, image: Image.Image, enough: int) -> Pixels:
    factor = _factor(*image.size, enough)
    width, height = -(-image.width // factor), -(-image.height // factor)
    if image.mode in ("RGB", "L"):
        try:
            return decode_jpeg(data, width, height)
        except BrokenInside as error:
            raise _damaged() from error
        except ValueError:
            pass  # Pillow decides, and accepts what every viewer shows
    image.draft("RGB", (width, height))
    return np.asarray(_as_rgb(image))


def _other_pixels(image: Image.Image, enough: int) -> Pixels:
    """Reduce before and after the conversion: 200 megapixels with transparency take 0.8 GB so, and else 3."""
    return np.asarray(_reduced(_as_rgb(_reduced(image, enough)), enough))


def _reduced(image: Image.Image, enough: int) -> Image.Image:
    factor = _factor(*image.size, enough)
    return image.reduce(factor) if factor > 1 and image.mode in ("RGB", "RGBA", "L", "LA", "CMYK") else image


def _as_rgb(image: Image.Image) -> Image.Image:
    """Return the first frame as 8-bit RGB; what is transparent becomes white, as on paper."""
    if image.mode.startswith(("I", "F")):
        return Image.fromarray(_eight_bits(np.asarray(image))).convert("RGB")
    if image.has_transparency_data:
        layered = image.convert("RGBA")
        paper = Image.new("RGBA", layered.size, "white")
        return Image.alpha_composite(paper, layered).convert("RGB")
    image.load()
    return image if image.mode == "RGB" else image.convert("RGB")


def _eight_bits(values: NDArray[np.generic]) -> Pixels:
    """Scale 16-bit, 32-bit and floating grey to 0..255. Pillow's own conversion clips them to white."""
    numbers = np.nan_to_num(values.astype(np.float32), posinf=0.0, neginf=0.0)
    most = float(numbers.max(initial=0.0))
    if np.issubdtype(values.dtype, np.floating):
        scale = 255.0 / most if most > 0 else 1.0
    else:
        scale = 1 / 257 if most > 255 or values.dtype.itemsize == 2 else 1.0
    return np.clip(numbers * scale + 0.5, 0, 255).astype(np.uint8)


@dataclass(frozen=True, slots=True)
class Header:
    """What a picture's file says before its pixels: how large it is as it lies there, and what its numbers mean.

    That is an ICC profile, or that they are Adobe RGB, as cameras say without one. Of grey and printed ones it is left
    out: decoded they are RGB.
    """

    width: int = 0
    height: int = 0
    profile: bytes | None = None
    is_adobe: bool = False


def header_of(data: bytes) -> Header:
    """Of the picture that `decode` returns; of one that cannot be read nothing is said."""
    form = sniff(data)
    preview = largest_preview(data) if form is RAW else None
    if form is None or (form is RAW and preview is None):
        return Header()
    _register(form)
    seen = data if preview is None else data[preview.start : preview.end]
    try:
        with Image.open(BytesIO(seen), formats=form.pillow) as image:
            if image.mode not in ("RGB", "RGBA", "P"):
                return Header(*image.size)
            profile = image.info.get("icc_profile")
            return Header(*image.size, profile or None, not profile and says_adobe(image.getexif()))
    except _LIBRARY_ERRORS:
        return Header()


def thumbnail(picture: Picture, side: int = THUMBNAIL) -> bytes:
    """Return a small upright JPEG, its long side at most `side` pixels: some 10 kB, in 3 to 7 ms."""
    rgb = picture.rgb
    height, width = rgb.shape[:2]
    step = max(1, max(width, height) // (3 * side))  # 3 x 3 samples a pixel are smooth enough, and 7 times faster
    small = Image.fromarray(np.ascontiguousarray(rgb[::step, ::step]))
    zoom = side / max(width, height)
    if zoom < 1:
        small = small.resize((max(1, round(width * zoom)), max(1, round(height * zoom))), Image.Resampling.BOX)
    return encode_jpeg(np.ascontiguousarray(small), 80)


def likeness(picture: Picture) -> int:
    """64 bits that say where the picture gets brighter from left to right (dHash), signed, as SQLite keeps them.

    Of nearly the same pictures few differ (at most 10), of others about half.
    """
    rgb = picture.rgb
    step = max(1, max(rgb.shape[:2]) // 320)
    small = Image.fromarray(np.ascontiguousarray(rgb[::step, ::step])).convert("L")
    grey = np.asarray(small.resize((9, 8), Image.Resampling.BOX), np.int16)
    bits = np.packbits(grey[:, 1:] > grey[:, :-1]).tobytes()
    return int.from_bytes(bits, "big", signed=True)


def middle(picture: Picture, side: int = 768) -> Pixels:
    """The picture's middle, as it is."""
    rgb = picture.rgb
    top, left = (max(0, (size - side) // 2) for size in rgb.shape[:2])
    return np.ascontiguousarray(rgb[top : top + side, left : left + side])


def crop(data: bytes, box: Box, side: int) -> bytes:
    """Return a JPEG of `side` pixels around the face at `box` of the upright photo in `data`, for people to look at."""
    return crop_out(decode(data), box, side)


def crop_out(picture: Picture, box: Box, side: int) -> bytes:
    """The same out of a decoded picture."""
    side = max(16, min(side, CROP_LARGEST))
    rgb = picture.rgb
    scale = rgb.shape[1] / picture.width
    left, top, right, bottom = box
    half = max(right - left, bottom - top) * (0.5 + CROP_AROUND) * scale
    x, y = (left + right) / 2 * scale, (top + bottom) / 2 * scale
    half = min(half, rgb.shape[1] / 2, rgb.shape[0] / 2)
    x = min(max(x, half), rgb.shape[1] - half)
    y = min(max(y, half), rgb.shape[0] - half)
    width = max(1, int(2 * half))
    part = rgb[int(y - half) : int(y - half) + width, int(x - half) : int(x - half) + width]
    shown = Image.fromarray(part.copy()).resize((side, side), Image.Resampling.LANCZOS)
    out = BytesIO()
    shown.save(out, "JPEG", quality=85)
    return out.getvalue()
