"""Photos and videos are told by their content, whatever they are called."""

from __future__ import annotations

import io
import struct

import pillow_heif
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from agent.intake.kinds import FileKind, kind_of, sniff


def ftyp(major: str, *compatible: str) -> bytes:
    brands = "".join([major, "\0\0\0\0", *compatible]).encode()
    return struct.pack(">I4s", len(brands) + 8, b"ftyp") + brands + b"\0\0\0\x08free"


def picture(form: str) -> bytes:
    pillow_heif.register_heif_opener()
    with io.BytesIO() as file:
        Image.new("RGB", (64, 48), "teal").save(file, form)
        return file.getvalue()


@pytest.mark.parametrize(
    ("form", "mime"),
    [
        ("JPEG", "image/jpeg"),
        ("PNG", "image/png"),
        ("WEBP", "image/webp"),
        ("GIF", "image/gif"),
        ("TIFF", "image/tiff"),
        ("BMP", "image/bmp"),
        ("HEIF", "image/heic"),
    ],
)
def test_what_programs_write_is_recognised_under_any_name(form: str, mime: str) -> None:
    data = picture(form)
    assert sniff(data) == FileKind(mime, "image")
    assert kind_of(data, "misnamed.txt") == FileKind(mime, "image")


@pytest.mark.parametrize(
    ("head", "mime"),
    [
        (b"II*\0\x10\0\0\0CR\x02\0", "image/x-canon-cr2"),
        (b"MM\0*\0\0\0\x08", "image/tiff"),
        (b"IIRO\x08\0\0\0", "image/x-olympus-orf"),
        (b"IIU\0\x18\0\0\0", "image/x-panasonic-rw2"),
        (b"FUJIFILMCCD-RAW 0201", "image/x-fuji-raf"),
        (ftyp("crx ", "crx ", "isom"), "image/x-canon-cr3"),
        (ftyp("heic", "mif1", "heic"), "image/heic"),
        (ftyp("mif1", "mif1", "heic", "MiHB"), "image/heic"),
        (ftyp("mif1", "avif", "miaf"), "image/avif"),
        (ftyp("mif1", "miaf"), "image/heif"),
        (ftyp("msf1", "hevc"), "image/heic-sequence"),
        (ftyp("avif", "mif1"), "image/avif"),
        (ftyp("isom", "iso2", "avc1", "mp41"), "video/mp4"),
        (ftyp("XAVC", "mp42"), "video/mp4"),
        (ftyp("qt  ", "qt  "), "video/quicktime"),
        (ftyp("3gp5", "isom"), "video/3gpp"),
        (ftyp("3g2a"), "video/3gpp2"),
        (b"\0\0\0\x08wide\0\0\0\0mdat", "video/quicktime"),
        (b"RIFF\0\0\0\0AVI LIST", "video/x-msvideo"),
        (b"\x1aE\xdf\xa3\x9fB\x86\x81\x01B\x82\x84webm", "video/webm"),
        (b"\x1aE\xdf\xa3\xa3B\x86\x81\x01B\x82\x88matroska", "video/x-matroska"),
        ((b"G" + bytes(187)) * 3, "video/mp2t"),
        ((bytes(4) + b"G" + bytes(187)) * 3, "video/mp2t"),
        (b"\0\0\x01\xba\x44", "video/mpeg"),
    ],
)
def test_raw_pictures_phones_and_cameras_videos_are_recognised(head: bytes, mime: str) -> None:
    found = sniff(head)
    assert found is not None
    assert (found.mime, found.kind) == (mime, mime.partition("/")[0])


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"hello, this is a text",
        b"BM is how this letter begins, and it goes on for a while",
        b"Gerda's list of guests" * 40,
        b"%PDF-1.7",
        b"PK\x03\x04",
        b"{}",
        ftyp("M4A ", "mp42"),
        b"RIFF\0\0\0\0WAVEfmt ",
        b"<?xml version='1.0'?><x:xmpmeta>",
    ],
)
def test_other_files_are_neither_photo_nor_video(head: bytes) -> None:
    assert sniff(head) is None
    assert kind_of(head, "something.xmp") is None


@pytest.mark.parametrize(
    ("name", "mime"),
    [
        ("a.NEF", "image/x-nikon-nef"),
        ("a.arw", "image/x-sony-arw"),
        ("a.dng", "image/x-adobe-dng"),
        ("a.tif", "image/tiff"),
    ],
)
def test_raw_pictures_in_a_tiff_are_told_apart_by_their_extension(name: str, mime: str) -> None:
    assert kind_of(b"II*\0\x08\0\0\0", name) == FileKind(mime, "image")


@pytest.mark.parametrize("name", ["a.jpg", "a.JPEG", "a.heic", "a.png", "a.cr3"])
@pytest.mark.parametrize("head", [b"", b"this is not a picture"])
def test_what_is_called_a_photo_is_one_until_the_decoder_says_otherwise(name: str, head: bytes) -> None:
    found = kind_of(head, name)
    assert found is not None
    assert found.kind == "image"


def test_content_goes_before_the_extension() -> None:
    assert kind_of(b"\xff\xd8\xff\xe1", "photo.png") == FileKind("image/jpeg", "image")
    assert kind_of(ftyp("isom"), "photo.jpg") == FileKind("video/mp4", "video")


@pytest.mark.parametrize("name", ["a.mp4", "C0001.MP4", "a.MOV", "a.mts", "a.avi"])
@pytest.mark.parametrize("head", [b"", bytes(4096)])
def test_what_is_called_a_video_is_one_until_somebody_says_otherwise(name: str, head: bytes) -> None:
    found = kind_of(head, name)
    assert found is not None
    assert found.kind == "video"


@given(st.binary(max_size=500), st.text(max_size=20))
def test_no_bytes_and_no_name_break_it(head: bytes, name: str) -> None:
    kind_of(head, name)
    kind_of(b"\0\0\0\xff" + b"ftyp" + head, name)
