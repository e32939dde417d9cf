"""Tells what kind of picture some bytes are, by their content: a file's name promises nothing.

Only formats named here are ever handed to Pillow, which reads some forty more, one of them by starting Ghostscript.
"""

from __future__ import annotations

from dataclasses import dataclass

from agent.faces.tiff_directories import is_raw


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

_STARTS = (
    (b"\xff\xd8\xff", JPEG),
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"GIF87a", GIF),
    (b"GIF89a", GIF),
    (b"II*\0", TIFF),
    (b"MM\0*", TIFF),
    (b"II+\0", TIFF),  # BigTIFF
    (b"MM\0+", TIFF),
    (b"FUJIFILMCCD-RAW", RAW),
    (b"IIRO", RAW),  # Olympus
    (b"IIRS", RAW),
    (b"MMOR", RAW),
    (b"IIU\0", RAW),  # Panasonic, Leica
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


def sniff(data: bytes) -> Format | None:
    """Return the format that the bytes begin as, or None for one that we do not read. A cut file counts as its kind."""
    for start, found in _STARTS:
        if data.startswith(start):
            return RAW if found is TIFF and is_raw(data) else found
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return WEBP
    if data[:2] == b"BM" and data[6:10] == b"\0\0\0\0":
        return BMP
    if data[4:8] == b"ftyp":
        return _box_format(data)
    return None


def _box_format(data: bytes) -> Format | None:
    """HEIF or AVIF, by the brands in the first box; None for videos and camera files in the same container."""
    size = int.from_bytes(data[:4], "big")
    if data[8:12] == b"crx ":  # Canon CR3
        return RAW
    brands = {data[at : at + 4] for at in (8, *range(16, min(size, 256), 4))}
    if brands & {b"avif", b"avis"}:
        return AVIF
    return HEIF if brands & _HEIF_BRANDS else None


def described(data: bytes) -> str:
    """Say in a few words what bytes seem to be that are no picture."""
    if data[4:8] == b"ftyp":
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
