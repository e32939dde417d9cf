"""Photos made smaller: of every format an upright JPEG that says nothing but what its colours mean."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from io import BytesIO
from pathlib import Path

import numpy as np
import pillow_heif
import pytest
from PIL import Image, ImageCms, ImageOps

from agent.faces.exif import colour_exif, says_adobe
from agent.faces.rendition import render
from agent.faces.results import Area, Fault, LookError
from agent.faces.watermark import read_watermark
from agent.model import Rendition
from tests.faces import raws
from tests.faces.test_decoding_photos import BLUE, GREEN, GREY, RED, close, corners, quartered, saved

pillow_heif.register_heif_opener()

WIDE, HIGH = 1200, 800
SMALL = Rendition(300, 90)
PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def opened(data: bytes, rendition: Rendition = SMALL, watermark: str = "", blurred: Sequence[Area] = ()) -> Image.Image:
    made = Image.open(BytesIO(render(data, rendition, watermark, blurred)))
    assert made.format == "JPEG"
    return made


@pytest.mark.parametrize(
    ("form", "options"),
    [
        ("JPEG", {"quality": 95}),
        ("PNG", {}),
        ("WEBP", {"quality": 95}),
        ("TIFF", {"compression": "tiff_lzw"}),
        ("GIF", {}),
        ("BMP", {}),
        ("HEIF", {"quality": 95}),
        ("AVIF", {"quality": 90}),
    ],
)
def test_every_format_becomes_a_small_jpeg(form: str, options: dict[str, object]) -> None:
    made = opened(saved(quartered(WIDE, HIGH), form, **options))
    assert made.size == (300, 200)
    assert close(corners(np.asarray(made)), [RED, GREEN, BLUE, GREY])


@pytest.mark.parametrize("raw", [raws.cr2, raws.nef, raws.arw, raws.dng, raws.orf, raws.rw2, raws.raf, raws.cr3])
def test_raw_files_by_the_picture_inside(raw: Callable[..., bytes]) -> None:
    made = opened(raw(quartered(WIDE, HIGH), orientation=6))
    assert made.size == (200, 300)
    assert close(corners(np.asarray(made)), [BLUE, RED, GREY, GREEN])


@pytest.mark.parametrize("mode", ["L", "LA", "P", "CMYK", "RGBA", "1", "I;16"])
def test_every_kind_of_colour(mode: str) -> None:
    picture = quartered(WIDE, HIGH)
    kind = Image.fromarray(np.asarray(picture.convert("L")).astype(np.uint16) * 257) if mode == "I;16" else None
    made = opened(saved(kind or picture.convert(mode), "TIFF" if mode == "CMYK" else "PNG"))
    assert (made.size, made.mode) == ((300, 200), "RGB")


@pytest.mark.parametrize("orientation", range(1, 9))
def test_upright_and_without_a_word_about_itself(orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112], exif[0x010F], exif[0x8298] = orientation, "A phone", "By somebody"
    exif.get_ifd(0x8825)[1], exif.get_ifd(0x8825)[2] = "N", (52.0, 31.0, 12.0)
    data = saved(quartered(WIDE, HIGH), "JPEG", exif=exif, xmp=b"<x:xmpmeta>secret</x:xmpmeta>", comment=b"a secret")
    made = render(data, SMALL)
    assert max(Image.open(BytesIO(made)).size) == 300
    assert not Image.open(BytesIO(made)).getexif()
    assert not [word for word in (b"secret", b"A phone", b"somebody", b"Exif", b"http://ns.adobe.com") if word in made]
    whole = opened(data, Rendition(WIDE, 90))
    assert close(corners(np.asarray(whole)), corners(np.asarray(ImageOps.exif_transpose(Image.open(BytesIO(data))))))


def test_what_its_colours_mean_stays() -> None:
    """A profile of RGB, and the cameras' word for Adobe RGB; a printer's profile would be wrong by then."""
    assert opened(saved(quartered(), "JPEG", icc_profile=PROFILE)).info["icc_profile"] == PROFILE
    assert opened(saved(quartered(), "PNG", icc_profile=PROFILE)).info["icc_profile"] == PROFILE
    assert "icc_profile" not in opened(saved(quartered().convert("CMYK"), "JPEG", icc_profile=PROFILE)).info
    adobe = opened(saved(quartered(), "JPEG", exif=colour_exif()))
    assert says_adobe(adobe.getexif())
    assert not says_adobe(opened(saved(quartered(), "JPEG")).getexif())


@pytest.mark.parametrize(
    ("size", "becomes"),
    [((90, 60), (90, 60)), ((3000, 10), (300, 1)), ((1, 3000), (1, 300)), ((300, 300), (300, 300)), ((1, 1), (1, 1))],
)
def test_of_any_shape_and_never_larger(size: tuple[int, int], becomes: tuple[int, int]) -> None:
    assert opened(saved(Image.new("RGB", size, RED), "PNG")).size == becomes


def test_the_same_twice_and_better_by_quality() -> None:
    data = saved(quartered(WIDE, HIGH), "JPEG")
    assert render(data, SMALL) == render(data, SMALL)
    assert len(render(data, Rendition(300, 100))) > len(render(data, Rendition(300, 50)))


def test_a_name_says_it_all() -> None:
    for one in (SMALL, Rendition(2560, 85, "5f3a09c1")):
        assert Rendition.named(one.name) == one


@pytest.mark.parametrize("size", [(400, 200), (4, 4), (10, 3000)])
def test_a_watermark_stays_within_the_picture(tmp_path: Path, size: tuple[int, int]) -> None:
    path = tmp_path / "mark.png"
    Image.new("RGBA", size, (255, 255, 255, 255)).save(path)
    digest = read_watermark(path)[1]
    for shape in ((WIDE, HIGH), (20, 20), (2000, 3)):
        made = np.asarray(opened(saved(Image.new("RGB", shape), "PNG"), Rendition(300, 90, digest), str(path)))
        assert made.max() > 100, "it is there"
        assert made[0, 0].max() < 60 or min(shape) < 30, "and not everywhere"


@pytest.mark.slow
def test_a_watermark_that_is_not_as_it_was_set(tmp_path: Path) -> None:
    data, path = saved(quartered(), "JPEG"), tmp_path / "mark.png"
    for content in (b"", b"no picture", b"\x89PNG\r\n\x1a\n broken IEND\xaeB`\x82"):
        path.write_bytes(content)
        with pytest.raises(LookError) as refused:
            render(data, Rendition(300, 90, "00000000"), str(path))
        assert refused.value.fault is Fault.WATERMARK
    broken = read_watermark(path)[1]
    with pytest.raises(LookError) as refused:
        render(data, Rendition(300, 90, broken), str(path))
    assert refused.value.fault is Fault.WATERMARK
    Image.new("RGBA", (5000, 5000)).save(path)
    with pytest.raises(LookError, match="5,000 x 5,000 pixels"):
        render(data, Rendition(300, 90, read_watermark(path)[1]), str(path))


def test_a_blurred_face_is_a_few_colours_and_the_rest_is_the_photo(tmp_path: Path) -> None:
    """As large as it was, whatever it is turned by; nothing of the thumbnail that its camera put into it."""
    rng = np.random.default_rng(1)
    noise = rng.integers(0, 255, (HIGH // 8, WIDE // 8, 3), dtype=np.uint8)
    photo = Image.fromarray(noise).resize((WIDE, HIGH), Image.Resampling.BICUBIC)
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "Camera"
    data = saved(photo.transpose(Image.Transpose.ROTATE_90), "JPEG", quality=97, exif=exif, comment=b"thumbnail")
    made = opened(data, Rendition(0, 95, "", "1"), blurred=[(0.4, 0.4, 0.6, 0.6)])
    assert (made.size, dict(made.getexif()), "comment" in made.info) == ((WIDE, HIGH), {}, False)
    before, after = (np.asarray(one, dtype=np.int16) for one in (photo, made))
    wide, high = WIDE // 5, HIGH // 5
    inside = (slice(2 * high - high // 2, 3 * high + high // 3), slice(2 * wide - wide // 3, 3 * wide + wide // 3))
    assert np.abs(np.diff(after[inside], axis=1)).mean() < 0.1 * np.abs(np.diff(before[inside], axis=1)).mean()
    outside = np.ones((HIGH, WIDE), dtype=bool)
    outside[high:, wide : 4 * wide] = False
    assert np.abs(after - before)[outside].mean() < 4


def test_at_an_edge_or_of_one_pixel_a_face_is_blurred_as_far_as_it_goes() -> None:
    data = saved(quartered(WIDE, HIGH), "PNG")
    for area in ((-0.1, -0.1, 0.05, 0.05), (0.95, 0.95, 1.2, 1.2), (0.5, 0.5, 0.5, 0.5), (0.0, 0.0, 1.0, 1.0)):
        assert opened(data, Rendition(0, 95, "", "1"), blurred=[area]).size == (WIDE, HIGH)
    with pytest.raises(LookError, match="not known which faces"):
        render(data, Rendition(0, 95, "", "1"))
