"""Raw files as cameras lay them out, with little in them: a preview, a thumbnail, and noise for raw data."""

from __future__ import annotations

import random
import struct
from io import BytesIO

from PIL import Image

ASCII, SHORT, LONG, UNDEFINED = 2, 3, 4, 7
TAKEN = "2026:11:20 21:14:03"
RAW_DATA = random.Random(4).randbytes(60_000).replace(b"\xff\xd8", b"\xff\x00")

Entry = tuple[int, int, "bytes | list[int]"]  # tag, type, values


def jpeg(picture: Image.Image, side: int | None = None) -> bytes:
    shown = picture if side is None else picture.resize((side, side * picture.height // picture.width))
    stream = BytesIO()
    shown.convert("RGB").save(stream, "JPEG", quality=92)
    return stream.getvalue()


class Tiff:
    """A TIFF structure, little-endian, grown piece by piece; `magic` stands where others have 42."""

    def __init__(self, magic: bytes = b"*\0", header: int = 8) -> None:
        self.data = bytearray(b"II" + magic + b"\0" * (header - 4))

    def put(self, blob: bytes) -> int:
        """Lay bytes down. Answers where."""
        at = len(self.data)
        self.data += blob + b"\0" * (len(blob) % 2)
        return at

    def directory(self, entries: list[Entry], following: int = 0) -> int:
        rows: list[bytes] = []
        for tag, kind, values in sorted(entries, key=lambda one: one[0]):
            size = {ASCII: 1, SHORT: 2, LONG: 4, UNDEFINED: 1}[kind]
            blob = values if isinstance(values, bytes) else b"".join(v.to_bytes(size, "little") for v in values)
            count = len(blob) // size
            inside = blob.ljust(4, b"\0") if len(blob) <= 4 else struct.pack("<I", self.put(blob))
            rows.append(struct.pack("<HHI", tag, kind, count) + inside)
        return self.put(struct.pack("<H", len(rows)) + b"".join(rows) + struct.pack("<I", following))

    def whole(self, first: int) -> bytes:
        self.data[4:8] = struct.pack("<I", first)
        return bytes(self.data)


def exif(tiff: Tiff) -> Entry:
    return (0x8769, LONG, [tiff.directory([(0x9003, ASCII, TAKEN.encode() + b"\0")])])


def strips(tiff: Tiff, blob: bytes) -> list[Entry]:
    return [(0x0111, LONG, [tiff.put(blob)]), (0x0117, LONG, [len(blob)])]


def inside(tiff: Tiff, blob: bytes) -> list[Entry]:
    return [(0x0201, LONG, [tiff.put(blob)]), (0x0202, LONG, [len(blob)])]


def cr2(picture: Image.Image, orientation: int = 1) -> bytes:
    """The large preview in the first directory, a thumbnail in the second, raw data last."""
    tiff = Tiff(header=16)
    tiff.data[8:12] = b"CR\2\0"
    raw = tiff.directory([(0x0103, SHORT, [6]), *strips(tiff, RAW_DATA)])
    small = tiff.directory(inside(tiff, jpeg(picture, 160)), raw)
    large = strips(tiff, jpeg(picture))
    return tiff.whole(tiff.directory([(0x0112, SHORT, [orientation]), exif(tiff), *large], small))


def nef(picture: Image.Image, orientation: int = 1) -> bytes:
    """A thumbnail without compression first; preview and raw data in directories below it."""
    tiff = Tiff()
    large = tiff.directory([(0x00FE, LONG, [1]), (0x0103, SHORT, [6]), *inside(tiff, jpeg(picture))])
    raw = tiff.directory([(0x00FE, LONG, [0]), *strips(tiff, RAW_DATA)])
    head: list[Entry] = [(0x00FE, LONG, [1]), (0x0112, SHORT, [orientation]), (0x014A, LONG, [large, raw])]
    return tiff.whole(tiff.directory([*head, exif(tiff), *strips(tiff, b"\x80" * 4800)]))


def arw(picture: Image.Image, orientation: int = 1) -> bytes:
    tiff = Tiff()
    raw = tiff.directory([(0x00FE, LONG, [0]), *strips(tiff, RAW_DATA)])
    small = tiff.directory([(0x00FE, LONG, [1]), *inside(tiff, jpeg(picture, 160))])
    head: list[Entry] = [(0x00FE, LONG, [1]), (0x0112, SHORT, [orientation]), (0x014A, LONG, [raw])]
    return tiff.whole(tiff.directory([*head, exif(tiff), *inside(tiff, jpeg(picture))], small))


def dng(picture: Image.Image, orientation: int = 1) -> bytes:
    tiff = Tiff()
    large = tiff.directory([(0x00FE, LONG, [1]), (0x0103, SHORT, [7]), *strips(tiff, jpeg(picture))])
    raw = tiff.directory([(0x00FE, LONG, [0]), *strips(tiff, RAW_DATA)])
    head: list[Entry] = [(0x0112, SHORT, [orientation]), (0xC612, UNDEFINED, b"\1\4\0\0")]
    head += [(0x014A, LONG, [raw, large])]
    return tiff.whole(tiff.directory([*head, exif(tiff), *strips(tiff, b"\x80" * 4800)]))


def orf(picture: Image.Image, orientation: int = 1) -> bytes:
    """The preview in the maker's own note, at an offset that only it knows."""
    tiff = Tiff(b"RO")
    note = tiff.put(b"OLYMPUS\0II\3\0" + b"\0" * 40 + jpeg(picture))
    head: list[Entry] = [(0x0112, SHORT, [orientation]), (0x927C, UNDEFINED, struct.pack("<I", note))]
    return tiff.whole(tiff.directory([*head, exif(tiff), *strips(tiff, RAW_DATA)]))


def rw2(picture: Image.Image, orientation: int = 1) -> bytes:
    """The preview is the value of an entry; where the strips are is not said as elsewhere."""
    tiff = Tiff(b"U\0", header=24)
    raw = tiff.put(RAW_DATA)
    head: list[Entry] = [(0x0111, LONG, [0xFFFFFFFF]), (0x0117, LONG, [99_999_999]), (0x0118, LONG, [raw])]
    return tiff.whole(
        tiff.directory([*head, (0x0112, SHORT, [orientation]), (0x002E, UNDEFINED, jpeg(picture)), exif(tiff)])
    )


def raf(picture: Image.Image, orientation: int = 1) -> bytes:
    """A header of Fujifilm's, a JPEG with EXIF of its own, raw data."""
    notes = Image.Exif()
    notes[0x0112] = orientation
    notes.get_ifd(0x8769)[0x9003] = TAKEN
    stream = BytesIO()
    picture.convert("RGB").save(stream, "JPEG", quality=92, exif=notes)
    large = stream.getvalue()
    header = bytearray(b"FUJIFILMCCD-RAW 0201FF119503".ljust(148, b"\0"))
    header[84:92] = struct.pack(">II", 148, len(large))
    header[100:108] = struct.pack(">II", 148 + len(large), len(RAW_DATA))
    return bytes(header) + large + RAW_DATA


def cr3(picture: Image.Image, orientation: int = 1) -> bytes:
    """Boxes: the camera's words in two of `moov`'s, a small preview in one of its own, the large one among the data."""
    words, times = Tiff(), Tiff()
    one = words.whole(words.directory([(0x0112, SHORT, [orientation])]))
    two = times.whole(times.directory([(0x9003, ASCII, TAKEN.encode() + b"\0")]))
    moov = box(b"moov", box(b"uuid", b"\x85" * 16 + box(b"CMT1", one) + box(b"CMT2", two)))
    small = box(b"uuid", b"\xea" * 16 + box(b"PRVW", b"\0" * 16 + jpeg(picture, 160)))
    return box(b"ftyp", b"crx \0\0\0\1crx isom") + moov + small + box(b"mdat", jpeg(picture) + RAW_DATA)


def box(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", 8 + len(content)) + name + content


MAKERS = {"cr2": cr2, "cr3": cr3, "nef": nef, "arw": arw, "dng": dng, "raf": raf, "orf": orf, "rw2": rw2}
