"""What kind of picture some bytes are, by their content, and whether they are whole: a file's name promises nothing.

Only formats named here are ever handed to Pillow, which reads some forty more, one of them by starting Ghostscript.
"Only part of it has arrived" and "it is damaged" ask for different things of a photographer, and libraries report both
in the same words; some decoders even show half a picture, or a garbled one, without complaint. So lengths and checksums
are looked at that the files' own containers state.
"""

from __future__ import annotations

import io
import os
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from agent.faces.exif import DNG_VERSION, INNER_JPEG, RAW_DATA, SMALLER, STRIPS, TILES, directories, is_tiff
from agent.faces.jpeg import SCAN, segments


@dataclass(frozen=True, slots=True)
class Format:
    """A format that we read: Pillow's names for it, its media type, and the module that brings Pillow the names."""

    pillow: tuple[str, ...]
    mime: str
    plugin: str


JPEG = Format(
    ("JPEG", "MPO"), "image/jpeg", "PIL.MpoImagePlugin"
)  # an MPO file is a JPEG with further pictures behind it
PNG = Format(("PNG",), "image/png", "PIL.PngImagePlugin")
WEBP = Format(("WEBP",), "image/webp", "PIL.WebPImagePlugin")
TIFF = Format(("TIFF",), "image/tiff", "PIL.TiffImagePlugin")
GIF = Format(("GIF",), "image/gif", "PIL.GifImagePlugin")
HEIF = Format(("HEIF",), "image/heic", "pillow_heif.HeifImagePlugin")
AVIF = Format(("AVIF",), "image/avif", "PIL.AvifImagePlugin")
BMP = Format(("BMP",), "image/bmp", "PIL.BmpImagePlugin")
RAW = Format(("JPEG", "MPO"), "image/x-raw", "PIL.MpoImagePlugin")  # a camera's raw file: the JPEG inside it is read

_FUJI, _PANASONIC = b"FUJIFILMCCD-RAW", b"IIU\0"
_STARTS = (
    (b"\xff\xd8\xff", JPEG),
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"GIF87a", GIF),
    (b"GIF89a", GIF),
    (b"II*\0", TIFF),
    (b"MM\0*", TIFF),
    (b"II+\0", TIFF),
    (b"MM\0+", TIFF),
    (_FUJI, RAW),
    (b"IIRO", RAW),  # Olympus
    (b"IIRS", RAW),
    (b"MMOR", RAW),
    (_PANASONIC, RAW),  # and Leica
)
_HEIF_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
_OTHERS = (  # what people drop into a photo folder by mistake, in words
    (b"%PDF", "a PDF document"),
    (b"PK\x03\x04", "a ZIP archive or an office document"),
    (b"Rar!", "a RAR archive"),
    (b"8BPS", "a Photoshop document"),
    (b"<svg", "an SVG drawing"),
    (b"<", "a web page or other markup"),
    (b"\x1aE\xdf\xa3", "a video"),
    (b"ID3", "a sound file"),
)


_FILM_BOXES = {b"moov", b"mdat", b"wide", b"pnot", b"free", b"skip"}  # of QuickTime, before there were kinds
_BIG_TIFF = {b"II+\0", b"MM\0+"}


def sniff(data: bytes) -> Format | None:
    """Return the format that the bytes begin as, or None for one that we do not read. A cut file counts as its kind."""
    for start, found in _STARTS:
        if data.startswith(start):
            return RAW if found is TIFF and _is_raw(data) else found
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return WEBP
    if data[:2] == b"BM" and data[6:10] == b"\0\0\0\0":
        return BMP
    return _box_format(data) if _has_boxes(data) else None


def is_film(head: bytes) -> bool:
    """Whether a file that begins so is a video as FFmpeg's reader for MP4 and MOV takes it."""
    return head[4:8] in _FILM_BOXES or (_has_boxes(head) and sniff(head) is None)


def _has_boxes(data: bytes) -> bool:
    return data[4:8] == b"ftyp"


def _box_format(data: bytes) -> Format | None:
    """HEIF or AVIF, by the brands in the first box; None for videos and camera files in the same container."""
    size = int.from_bytes(data[:4], "big")
    if data[8:12] == b"crx ":  # Canon CR3
        return RAW
    brands = {data[at : at + 4] for at in (8, *range(16, min(size, 256), 4))}
    if brands & {b"avif", b"avis"}:
        return AVIF
    return HEIF if brands & _HEIF_BRANDS else None


def _is_raw(data: bytes) -> bool:
    """Whether a TIFF structure is a camera's raw file: what else would be shown of it is a thumbnail."""
    if data[:4] in _BIG_TIFF:
        return False
    if data[8:10] == b"CR" or not is_tiff(data):
        return True
    first = next(directories(data), None)
    if first is None:
        return False
    smaller = first.values.get(SMALLER)
    return DNG_VERSION in first.values or bool(smaller and smaller[0] & 1)


def described(data: bytes) -> str:
    """Say in a few words what bytes seem to be that are no picture."""
    if _has_boxes(data):
        return "a video or a sound file"
    for start, words in _OTHERS:
        if data[:512].lstrip()[: len(start)] == start:
            return words
    return "text" if _is_text(data[:512]) else "no kind of file that is known here"


def _is_text(head: bytes) -> bool:
    try:
        text = head.decode()
    except UnicodeDecodeError as error:
        text = head[: error.start].decode() if error.start > len(head) - 4 else ""
    return bool(text) and all(char.isprintable() or char.isspace() for char in text)


# ---- is it whole?


def ends_early(data: bytes, form: Format) -> bool:
    """Whether `data`, of the given format, lacks its end. False where the container does not tell."""
    return _TESTS[form](data)


def checksums_hold(data: bytes, form: Format) -> bool:
    """Whether the checksums inside agree, where there are any: PNG's, which Pillow does not look at for pixels."""
    at = 8
    while form is PNG and data[at + 4 : at + 8] != b"IEND":
        end = at + 8 + int.from_bytes(data[at : at + 4], "big")
        if zlib.crc32(memoryview(data)[at + 4 : end]) != int.from_bytes(data[end : end + 4], "big"):
            return False
        at = end + 4
    return True


def _jpeg(data: bytes) -> bool:
    """Walks the segments up to the picture's data; behind these an end marker has to follow somewhere."""
    end = 2
    for segment in segments(data):
        end = segment.end
        if segment.marker == SCAN:
            return data.rfind(b"\xff\xd9") < end
    return end + 4 > len(data) or data[end] == 0xFF  # else damaged rather than cut


def _png(data: bytes) -> bool:
    at = 8
    while at + 12 <= len(data):
        if data[at + 4 : at + 8] == b"IEND":
            return False
        at += 12 + int.from_bytes(data[at : at + 4], "big")
    return True


def _webp(data: bytes) -> bool:
    return 8 + int.from_bytes(data[4:8], "little") > len(data)


def boxes(file: BinaryIO) -> Iterator[tuple[bytes, int]]:
    """Of HEIF, AVIF, CR3 and videos: each box's kind, one after the other, and where it ends, behind the file, too.

    A box says its size in 4 bytes or, behind a 1, in 8; 0 is all that is left (ISO 14496-12). None is told behind such
    a one, nor from one on that is damaged.
    """
    end, at = file.seek(0, os.SEEK_END), 0
    while at < end:
        file.seek(at)
        head = file.read(16)
        size = int.from_bytes(head[:4], "big")
        if size == 1:
            size = int.from_bytes(head[8:16], "big")
        if size < 8:
            return
        at += size
        yield head[4:8], at


def _boxes(data: bytes) -> bool:
    return any(end > len(data) for _, end in boxes(io.BytesIO(data)))


def _gif(data: bytes) -> bool:
    at = 13 + _gif_colours(data[10:11])
    while at < len(data):
        if data[at] == 0x3B:
            return False
        if data[at] == 0x2C:  # a frame: its place, its own colours, a code size, blocks
            at += 11 + _gif_colours(data[at + 9 : at + 10])
        elif data[at] == 0x21:  # an extension: its label, blocks
            at += 2
        else:
            return False  # damaged rather than cut
        while data[at : at + 1] not in (b"", b"\0"):
            at += 1 + data[at]
        at += 1
    return True


def _gif_colours(flags: bytes) -> int:
    """Bytes of the colour table that these flags announce."""
    return 3 << (flags[0] & 7) + 1 if flags and flags[0] & 0x80 else 0


def _bmp(data: bytes) -> bool:
    return int.from_bytes(data[2:6], "little") > len(data)


def _tiff(data: bytes) -> bool:
    """Looks whether the first directory, and every strip or tile it lists, lies inside the file."""
    if not is_tiff(data):
        return False  # BigTIFF: Pillow's word has to do
    first = next(directories(data), None)  # none: some programs write last where it is
    return first is None or first.ends_after(len(data), STRIPS, TILES)


def _raw(data: bytes) -> bool:
    """As far as the container tells: the picture may be there, and the rest not."""
    if _has_boxes(data):
        return _boxes(data)
    size = len(data)
    if data.startswith(_FUJI):
        offset, length = (int.from_bytes(data[at : at + 4], "big") for at in (100, 104))
        return offset + length > size
    if data.startswith(_PANASONIC):  # counts otherwise, and says where the raw data begin
        return any(one.cut or max(one.values.get(RAW_DATA) or [0]) >= size for one in directories(data))
    return any(one.cut or one.ends_after(size, STRIPS, TILES, INNER_JPEG) for one in directories(data))


_TESTS: dict[Format, Callable[[bytes], bool]] = {
    JPEG: _jpeg,
    PNG: _png,
    WEBP: _webp,
    HEIF: _boxes,
    AVIF: _boxes,
    GIF: _gif,
    BMP: _bmp,
    TIFF: _tiff,
    RAW: _raw,
}
