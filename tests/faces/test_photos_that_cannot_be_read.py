"""Whatever is wrong with a file: an error that says what it is and what to do, quickly and in little memory."""

from __future__ import annotations

import random
import struct
import time
import zlib
from io import BytesIO
from pathlib import Path

import pillow_heif
import pytest
from PIL import Image, ImageFile

from agent.faces.decode import decode
from agent.faces.results import Fault, LookError

pillow_heif.register_heif_opener()


def fault(data: bytes, **options: int) -> LookError:
    with pytest.raises(LookError) as caught:
        decode(data, **options)
    assert caught.value.detail
    assert caught.value.remedy
    return caught.value


@pytest.fixture(scope="module")
def formats(one_guest: Path) -> dict[str, bytes]:
    """The same drawn guest in every format."""
    image = Image.open(one_guest).resize((200, 200))
    made = {}
    for name, options in {
        "JPEG": {},
        "progressive": {"progressive": True},
        "MPO": {"save_all": True},
        "PNG": {},
        "WEBP": {},
        "TIFF": {},
        "tiff_lzw": {"compression": "tiff_lzw"},
        "GIF": {},
        "BMP": {},
        "HEIF": {},
        "AVIF": {},
    }.items():
        stream = BytesIO()
        image.save(stream, {"progressive": "JPEG", "tiff_lzw": "TIFF"}.get(name, name), **options)
        made[name] = stream.getvalue()
    return made


FORMATS = ["JPEG", "progressive", "MPO", "PNG", "WEBP", "TIFF", "tiff_lzw", "GIF", "BMP", "HEIF", "AVIF"]


@pytest.mark.slow
@pytest.mark.parametrize("form", FORMATS)
def test_a_cut_file_is_called_cut_wherever_it_was_cut(formats: dict[str, bytes], form: str) -> None:
    whole = formats[form]
    decode(whole)
    for share in (0.02, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99):
        at = max(40, int(len(whole) * share))
        assert fault(whole[:at]).fault is Fault.CUT_SHORT, f"cut at {at} of {len(whole)}"
    assert fault(whole[:-1]).fault is Fault.CUT_SHORT
    assert "Copy it" in fault(whole[:-1]).remedy


@pytest.mark.parametrize("form", FORMATS)
def test_damage_is_an_error_or_a_picture_and_never_anything_else(formats: dict[str, bytes], form: str) -> None:
    chance = random.Random(form)
    kinds = set()
    for _ in range(40):
        data = bytearray(formats[form])
        for _ in range(chance.choice((1, 3, 30))):
            data[chance.randrange(len(data))] = chance.randrange(256)
        try:
            decode(bytes(data))
        except LookError as error:
            kinds.add(error.fault)
    assert kinds <= {Fault.DAMAGED, Fault.CUT_SHORT, Fault.TOO_LARGE, Fault.NOT_AN_IMAGE}


def test_damage_is_called_damage(formats: dict[str, bytes]) -> None:
    png = bytearray(formats["PNG"])
    png[len(png) // 2] ^= 0xFF
    assert fault(bytes(png)).fault is Fault.DAMAGED
    jpeg = bytearray(formats["JPEG"])
    jpeg[jpeg.find(b"\xff\xc0") + 1] = 0xCE  # a coding that nobody reads
    assert fault(bytes(jpeg)).fault is Fault.DAMAGED


@pytest.mark.parametrize("form", FORMATS)
def test_nobody_else_in_the_process_can_switch_that_off(
    formats: dict[str, bytes], form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the package face_recognition does when it is imported."""
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)
    assert fault(formats[form][: len(formats[form]) // 2]).fault is Fault.CUT_SHORT
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)
    test_damage_is_called_damage(formats)


@pytest.mark.parametrize("form", ["JPEG", "progressive"])
def test_a_hole_in_a_jpeg_is_damage_though_pillow_shows_it(formats: dict[str, bytes], form: str) -> None:
    holed = bytearray(formats[form])
    at = len(holed) // 2
    holed[at : at + 400] = bytes(400)
    Image.open(BytesIO(bytes(holed))).load()  # half a picture, without complaint
    assert fault(bytes(holed)).fault is Fault.DAMAGED


def test_a_few_stray_bytes_before_a_jpegs_end_are_some_cameras_way(formats: dict[str, bytes]) -> None:
    assert decode(formats["JPEG"][:-2] + b"\0\1\2\xff\xd9").width == 200


def test_trailing_bytes_harm_nothing(formats: dict[str, bytes]) -> None:
    for form in ("JPEG", "PNG", "WEBP", "TIFF", "GIF", "BMP"):
        assert decode(formats[form] + bytes(50)).width == 200


def test_a_phones_photo_without_its_further_pictures_is_a_photo(one_guest: Path) -> None:
    """Programs that edit photos drop brightness maps and second views, and leave the list of them behind."""
    image = Image.open(one_guest)
    stream = BytesIO()
    image.save(stream, "MPO", save_all=True, append_images=[image.resize((300, 300))])
    whole = stream.getvalue()
    second = whole.rfind(b"\xff\xd8\xff")
    for data in (whole, whole[:second]):
        assert (decode(data).width, decode(data).mime) == (500, "image/jpeg")
    assert fault(whole[: second - 1]).fault is Fault.CUT_SHORT


def test_an_empty_file() -> None:
    error = fault(b"")
    assert error.fault is Fault.EMPTY
    assert "0 bytes" in error.detail


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"Shopping list: milk, bread\n" * 40, "text"),
        (b"%PDF-1.7 ...", "PDF"),
        (b"PK\x03\x04" + bytes(30), "ZIP"),
        (b"\0\0\0\x18ftypisom" + bytes(30), "video"),
        (b"\0\0\0\x18ftypcrx " + bytes(30), "raw"),
        (b"II*\0\x10\0\0\0CR\2\0" + bytes(30), "raw"),
        (b"FUJIFILMCCD-RAW 0201", "raw"),
        (bytes(range(256)), "no kind of file"),
        ("Straße".encode()[:5], "text"),  # cut within a letter
    ],
)
def test_what_is_no_photo_is_named(data: bytes, words: str) -> None:
    error = fault(data)
    assert error.fault is Fault.NOT_AN_IMAGE
    assert words in error.detail


def test_a_raw_file_in_a_tiffs_clothes_is_not_taken_for_its_thumbnail() -> None:
    stream = BytesIO()
    Image.new("RGB", (160, 120)).save(stream, "TIFF", tiffinfo={0x00FE: 1})
    assert fault(stream.getvalue()).fault is Fault.NOT_AN_IMAGE


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png_of(width: int, height: int) -> bytes:
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(bytes(1 << 20))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def test_bombs_are_refused_by_their_header(formats: dict[str, bytes]) -> None:
    jpeg = bytearray(formats["JPEG"])
    at = jpeg.find(b"\xff\xc0")
    jpeg[at + 5 : at + 9] = struct.pack(">HH", 65500, 65500)
    gif = bytearray(formats["GIF"])
    gif[6:10] = struct.pack("<HH", 65535, 65535)
    start = time.process_time()
    for bomb in (png_of(30_000, 30_000), png_of(2**31 - 1, 2**31 - 1), bytes(jpeg), bytes(gif)):
        error = fault(bomb)
        assert error.fault is Fault.TOO_LARGE
        assert "megapixels" in error.detail
    assert time.process_time() - start < 0.5


def test_the_limit_is_the_callers(formats: dict[str, bytes]) -> None:
    assert decode(formats["JPEG"], most_pixels=40_000).width == 200
    error = fault(formats["JPEG"], most_pixels=39_999)
    assert error.fault is Fault.TOO_LARGE
    assert "200 x 200" in error.detail


def test_broken_exif_is_no_reason_to_lose_a_photo(one_guest: Path) -> None:
    image = Image.open(one_guest)
    for exif in (b"Exif\0\0II*\0\xff\xff\xff\x7f", b"Exif\0\0garbage", b"Exif\0\0MM\0*\0\0\0\x08\xff\xff" + bytes(40)):
        stream = BytesIO()
        image.save(stream, "JPEG", exif=exif)
        picture = decode(stream.getvalue())
        assert (picture.width, picture.orientation, picture.told.taken) == (500, 1, None)
