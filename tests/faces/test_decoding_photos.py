"""Every format comes out upright, in 8-bit RGB, at the size that looking at faces needs."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import numpy as np
import pillow_heif
import pytest
from PIL import Image

from agent.faces.decode import ENOUGH_PIXELS, decode, thumbnail

pillow_heif.register_heif_opener()

WIDTH, HEIGHT = 96, 64
RED, GREEN, BLUE, GREY = (200, 30, 30), (30, 180, 30), (30, 30, 200), (120, 120, 120)


def quartered(width: int = WIDTH, height: int = HEIGHT) -> Image.Image:
    """Red, green on top; blue, grey below."""
    image = Image.new("RGB", (width, height), RED)
    image.paste(GREEN, (width // 2, 0, width, height // 2))
    image.paste(BLUE, (0, height // 2, width // 2, height))
    image.paste(GREY, (width // 2, height // 2, width, height))
    return image


def saved(image: Image.Image, form: str, **options: object) -> bytes:
    stream = BytesIO()
    image.save(stream, form, **options)
    return stream.getvalue()


def corners(rgb: np.ndarray) -> list[tuple[int, ...]]:
    rows, columns = rgb.shape[:2]
    places = [(rows // 4, columns // 4), (rows // 4, 3 * columns // 4)]
    places += [(3 * rows // 4, columns // 4), (3 * rows // 4, 3 * columns // 4)]
    return [tuple(int(value) for value in rgb[place]) for place in places]


def close(found: list[tuple[int, ...]], wanted: list[tuple[int, ...]]) -> bool:
    return bool(np.abs(np.array(found) - np.array(wanted)).max() <= 12)


@pytest.mark.parametrize(
    ("form", "options", "mime"),
    [
        ("JPEG", {"quality": 95, "subsampling": 0}, "image/jpeg"),
        ("JPEG", {"quality": 95, "subsampling": 0, "progressive": True}, "image/jpeg"),
        ("MPO", {"quality": 95, "subsampling": 0, "save_all": True}, "image/jpeg"),
        ("PNG", {}, "image/png"),
        ("WEBP", {"quality": 95}, "image/webp"),
        ("WEBP", {"lossless": True}, "image/webp"),
        ("TIFF", {}, "image/tiff"),
        ("TIFF", {"compression": "tiff_lzw"}, "image/tiff"),
        ("GIF", {}, "image/gif"),
        ("BMP", {}, "image/bmp"),
        ("HEIF", {"quality": 95}, "image/heic"),
        ("AVIF", {"quality": 90}, "image/avif"),
    ],
)
def test_formats(form: str, options: dict[str, object], mime: str) -> None:
    picture = decode(saved(quartered(), form, **options))
    assert (picture.width, picture.height, picture.mime) == (WIDTH, HEIGHT, mime)
    assert picture.pixels.shape == (HEIGHT, WIDTH, 3)
    assert picture.pixels.dtype == np.uint8
    assert picture.pixels.flags.c_contiguous
    assert close(corners(picture.rgb), [RED, GREEN, BLUE, GREY])


def as_16_bit(image: Image.Image) -> Image.Image:
    return Image.fromarray(np.asarray(image.convert("L")).astype(np.uint16) * 257)


def as_float(image: Image.Image) -> Image.Image:
    return Image.fromarray(np.asarray(image.convert("L")).astype(np.float32) / 255)


def as_palette(image: Image.Image) -> Image.Image:
    return image.quantize(16)


@pytest.mark.parametrize(
    ("make", "form"),
    [
        (as_16_bit, "PNG"),
        (as_16_bit, "TIFF"),
        (as_float, "TIFF"),
        (as_palette, "PNG"),
        (as_palette, "GIF"),
        (lambda image: image.convert("L"), "JPEG"),
        (lambda image: image.convert("L"), "PNG"),
        (lambda image: image.convert("CMYK"), "JPEG"),
        (lambda image: image.convert("CMYK"), "TIFF"),
        (lambda image: image.convert("RGBA"), "PNG"),
        (lambda image: image.convert("LA"), "PNG"),
        (lambda image: image.convert("1"), "PNG"),
    ],
)
def test_modes_keep_their_brightness(make: Callable[[Image.Image], Image.Image], form: str) -> None:
    original = np.asarray(quartered().convert("L")).astype(float)
    found = decode(saved(make(quartered()), form)).rgb.mean(axis=2)
    if form == "TIFF" and found.max() == 255:  # floating grey is spread to white
        original *= 255 / original.max()
    assert abs(found.mean() - original.mean()) < 20


def test_what_is_transparent_becomes_white() -> None:
    image = quartered().convert("RGBA")
    image.putalpha(0)
    assert decode(saved(image, "PNG")).rgb.min() == 255


def test_of_an_animation_the_first_frame() -> None:
    frames = [quartered(), Image.new("RGB", (WIDTH, HEIGHT), "black")]
    for form in ("GIF", "WEBP"):
        data = saved(frames[0], form, save_all=True, append_images=frames[1:], duration=100)
        assert close(corners(decode(data).rgb)[:3], [RED, GREEN, BLUE])


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "TIFF", "HEIF", "AVIF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_shown_upright_whatever_the_camera_held(form: str, orientation: int) -> None:
    turns = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    stored = quartered().transpose(turns[orientation]) if orientation > 1 else quartered()
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {"quality": 95} if form in ("JPEG", "WEBP", "HEIF", "AVIF") else {}
    picture = decode(saved(stored, form, exif=exif.tobytes(), **options))
    assert (picture.width, picture.height) == (WIDTH, HEIGHT)
    assert picture.rgb.shape == (HEIGHT, WIDTH, 3)
    assert close(corners(picture.rgb), [RED, GREEN, BLUE, GREY])


@pytest.mark.parametrize("form", ["JPEG", "PNG", "CMYK"])
@pytest.mark.parametrize(("width", "height", "factor"), [(2400, 1600, 1), (4900, 3300, 2), (9700, 1590, 2), (1, 7, 1)])
def test_reduced_by_whole_factors_and_never_below_what_is_looked_at(
    form: str, width: int, height: int, factor: int
) -> None:
    image = quartered(width, height)
    data = saved(image.convert("CMYK"), "JPEG") if form == "CMYK" else saved(image, form)
    picture = decode(data)
    assert (picture.width, picture.height) == (width, height)
    assert picture.pixels.shape == (-(-height // factor), -(-width // factor), 3)
    assert factor == 1 or picture.pixels.shape[0] * picture.pixels.shape[1] >= ENOUGH_PIXELS


def test_thumbnails_are_small_upright_jpegs() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    data = saved(quartered(4000, 3000), "JPEG", exif=exif)
    small = Image.open(BytesIO(thumbnail(decode(data))))
    assert (small.format, small.size) == ("JPEG", (240, 320))
    assert close(corners(np.asarray(small)), [BLUE, RED, GREY, GREEN])
    assert len(thumbnail(decode(data))) < 20_000


def test_thumbnails_enlarge_nothing(one_guest: Path) -> None:
    assert Image.open(BytesIO(thumbnail(decode(saved(quartered(), "PNG"))))).size == (WIDTH, HEIGHT)
    assert Image.open(BytesIO(thumbnail(decode(saved(quartered(1, 5000), "PNG"))))).size == (1, 320)
    assert Image.open(BytesIO(thumbnail(decode(one_guest.read_bytes())))).size == (320, 320)
