"""What a file is, by its first bytes and its name: photo, video, neither, or nobody's business.

Extensions lie (renamed exports, cards of many cameras); the decoder and Drive need the truth. Names that are left alone
are hidden files, half-written ones, and what systems leave in folders: nobody's photos, or not yet; most turn into one
by a rename, which is then seen. They are not even counted.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

VIDEO: Final = "video"
HEAD_BYTES = 4096  # enough for every mark below; MPEG streams repeat theirs after 188 or 192 bytes
# Raw pictures that look like a TIFF to their first bytes: only their extension says whose they are.
_TIFF_RAW = {
    "3fr": "x-hasselblad-3fr",
    "arw": "x-sony-arw",
    "cr2": "x-canon-cr2",
    "dcr": "x-kodak-dcr",
    "dng": "x-adobe-dng",
    "erf": "x-epson-erf",
    "fff": "x-hasselblad-fff",
    "iiq": "x-phaseone-iiq",
    "kdc": "x-kodak-kdc",
    "mef": "x-mamiya-mef",
    "nef": "x-nikon-nef",
    "nrw": "x-nikon-nrw",
    "pef": "x-pentax-pef",
    "rwl": "x-leica-rwl",
    "sr2": "x-sony-sr2",
    "srf": "x-sony-srf",
    "srw": "x-samsung-srw",
}
# Small copies that cameras lay beside their videos (a JPEG and an MP4 by content): not what somebody photographed.
COMPANIONS = {"thm", "lrv"}
_GENERAL_BRANDS = {b"mif1", b"msf1"}  # `some picture`: which one stands among the compatible brands
_SOUND_BRANDS = {b"M4A ", b"M4B ", b"M4P ", b"F4A ", b"F4B "}
# Whatever begins with a dot is hidden on purpose: rsync's `.DSC_1.jpg.Xy12Ab`, lftp's and ProFTPD's `.in.DSC_1.jpg.`,
# Pure-FTPd's `.pureftpd-upload…`, AppleDouble's `._DSC_1.jpg`, `.DS_Store`, `.Trashes`, QNAP's `.@__thumb`.
_HIDDEN = "."
_HALF_WRITTEN_ENDINGS = (
    "~",  # an editor's copy of what was there before
    ".part",  # Firefox, curl --remove-on-error, KDE's copies
    ".partial",  # rclone, Windows Explorer's transfers
    ".filepart",  # WinSCP
    ".tmp",  # everybody; Syncthing's `~syncthing~DSC_1.jpg.tmp` on Windows
    ".temp",
    ".crdownload",  # Chrome
    ".opdownload",  # Opera
    ".download",  # Safari
    ".upload",  # camera apps and web uploaders
    ".uploading",
    ".incomplete",
    ".inprogress",
    ".aria2",
    ".!ut",  # BitTorrent clients; whole events are shared so
    ".!qb",
    ".!sync",  # Resilio Sync
    ".swp",  # vim
)
_HALF_WRITTEN = re.compile(
    r"~\$"  # Office's lock beside an open file
    r"|~syncthing~"
    r"|.*\.sb-[0-9a-f]{8}-\w{6}$",  # macOS's safe save: `DSC_1.jpg.sb-1a2b3c4d-Xy12Ab`
    re.IGNORECASE,
)
_OF_THE_SYSTEM = {
    "$recycle.bin",
    "#recycle",  # Synology's bin
    "#snapshot",
    "@eadir",  # Synology's thumbnails: JPEGs beside every photo
    "@recycle",  # QNAP
    "@recently-snapshot",
    "__macosx",  # what unpacking a Mac's archive leaves
    "desktop.ini",
    "ehthumbs.db",
    "icon\r",  # a Mac folder's own picture
    "lost+found",  # readable by root alone: it would make every card look unreadable
    "recycler",
    "system volume information",
    "thumbs.db",
}


@dataclass(frozen=True, slots=True)
class FileKind:
    mime: str
    kind: Literal["image", "video"]


def _image(mime: str) -> FileKind:
    return FileKind(f"image/{mime}", "image")


def _video(mime: str) -> FileKind:
    return FileKind(f"video/{mime}", VIDEO)


_TIFF = _image("tiff")


# What a person takes for a photo or a video by its name, and so must hear of if it is none.
PHOTO_EXTENSIONS = {extension: _image(subtype) for extension, subtype in _TIFF_RAW.items()} | {
    "avif": _image("avif"),
    "bmp": _image("bmp"),
    "cr3": _image("x-canon-cr3"),
    "gif": _image("gif"),
    "heic": _image("heic"),
    "heif": _image("heif"),
    "hif": _image("heif"),
    "jpe": _image("jpeg"),
    "jpeg": _image("jpeg"),
    "jpg": _image("jpeg"),
    "jxl": _image("jxl"),
    "orf": _image("x-olympus-orf"),
    "png": _image("png"),
    "raf": _image("x-fuji-raf"),
    "rw2": _image("x-panasonic-rw2"),
    "tif": _TIFF,
    "tiff": _TIFF,
    "webp": _image("webp"),
}
_VIDEO_EXTENSIONS = {
    "3gp": _video("3gpp"),
    "avi": _video("x-msvideo"),
    "m2ts": _video("mp2t"),
    "m4v": _video("mp4"),
    "mkv": _video("x-matroska"),
    "mov": _video("quicktime"),
    "mp4": _video("mp4"),
    "mpg": _video("mpeg"),
    "mts": _video("mp2t"),
    "ts": _video("mp2t"),
    "webm": _video("webm"),
}


_MARKS = [
    (re.compile(pattern, re.DOTALL), kind)
    for pattern, kind in (
        (rb"\xff\xd8\xff", _image("jpeg")),
        (rb"\x89PNG\r\n\x1a\n", _image("png")),
        (rb"GIF8[79]a", _image("gif")),
        (rb"RIFF....WEBP", _image("webp")),
        (rb"RIFF....AVI ", _video("x-msvideo")),
        (rb"II\*\x00....CR\x02", _image("x-canon-cr2")),
        (rb"II\*\x00|MM\x00\*|II\+\x00|MM\x00\+", _TIFF),
        (rb"IIR[OS]|MMOR", _image("x-olympus-orf")),
        (rb"IIU\x00", _image("x-panasonic-rw2")),
        (rb"FUJIFILMCCD-RAW ", _image("x-fuji-raf")),
        (rb"\x00MRM", _image("x-minolta-mrw")),
        (rb"FOVb", _image("x-sigma-x3f")),
        # two letters alone are in too many texts: the reserved bytes and the length of the header that follows, too
        (rb"BM.{4}\x00{4}.{4}[\x0c\x28\x34\x38\x40\x6c\x7c]\x00{3}", _image("bmp")),
        (rb"\x00{3}\x0cjP {2}", _image("jp2")),
        (rb"\x00{3}\x0cJXL |\xff\x0a", _image("jxl")),
        (rb"\x1aE\xdf\xa3.{0,64}webm", _video("webm")),
        (rb"\x1aE\xdf\xa3", _video("x-matroska")),
        (rb"\x47.{187}\x47|.{4}\x47.{191}\x47", _video("mp2t")),
        (rb"\x00\x00\x01[\xb3\xba]", _video("mpeg")),
        (rb"....(?:moov|mdat|wide|pnot)", _video("quicktime")),
        (rb"\x06\x0e\x2b\x34\x02\x05\x01\x01", _video("mxf")),
        (rb"\x30\x26\xb2\x75\x8e\x66\xcf\x11", _video("x-ms-wmv")),
        (rb"FLV\x01", _video("x-flv")),
    )
]

# The brands of ISO media files that are pictures. Sequences (a burst, an animation) are pictures, too.
_PICTURE_BRANDS = {
    b"avif": _image("avif"),
    b"avis": _image("avif"),
    b"crx ": _image("x-canon-cr3"),
    b"heic": _image("heic"),
    b"heim": _image("heic"),
    b"heis": _image("heic"),
    b"heix": _image("heic"),
    b"hevc": _image("heic-sequence"),
    b"hevm": _image("heic-sequence"),
    b"hevs": _image("heic-sequence"),
    b"hevx": _image("heic-sequence"),
    b"mif1": _image("heif"),
    b"msf1": _image("heif-sequence"),
}


def sniff(head: bytes) -> FileKind | None:
    """What a file with these first bytes is; `None`: neither photo nor video. `HEAD_BYTES` of them tell all we know."""
    if head[4:8] == b"ftyp":
        return _iso_media(head)
    return next((kind for mark, kind in _MARKS if mark.match(head)), None)


def kind_of(head: bytes, name: str) -> FileKind | None:
    """What the file is to a person: by content, and by its extension where content cannot tell.

    A photo's or video's extension over other content (or over nothing at all: one that has not arrived) is one still,
    so that the decoder says what is wrong with it instead of nobody.
    """
    extension = name.rpartition(".")[2].lower()
    found = sniff(head)
    if found is _TIFF and extension in _TIFF_RAW:
        return _image(_TIFF_RAW[extension])
    return found or PHOTO_EXTENSIONS.get(extension) or _VIDEO_EXTENSIONS.get(extension)


def holds_video(path: Path) -> bool:
    """Whether the file there is a video by its content, whatever it is called. Blocks."""
    try:
        with path.open("rb") as file:
            found = sniff(file.read(HEAD_BYTES))
    except OSError:
        return True  # nobody can say: it is looked at again
    return found is not None and found.kind == VIDEO


def _iso_media(head: bytes) -> FileKind | None:
    major = head[8:12]
    end = min(int.from_bytes(head[:4], "big"), len(head))
    compatible = [head[at : at + 4] for at in range(16, end - 3, 4)]
    if major in _GENERAL_BRANDS:
        exact = (brand for brand in compatible if brand in _PICTURE_BRANDS and brand not in _GENERAL_BRANDS)
        return _PICTURE_BRANDS[next(exact, major)]
    if major in _PICTURE_BRANDS:
        return _PICTURE_BRANDS[major]
    if major in _SOUND_BRANDS:
        return None
    if major == b"qt  ":
        return _video("quicktime")
    if major[:3] in (b"3gp", b"3gr", b"3gs"):
        return _video("3gpp")
    return _video("3gpp2") if major[:3] == b"3g2" else _video("mp4")


def named_like_picture(name: str) -> bool:
    """Whether a name promises a photo or a video, where nothing of the content is known yet."""
    extension = name.rpartition(".")[2].lower()
    return extension in PHOTO_EXTENSIONS or extension in _VIDEO_EXTENSIONS


def left_alone(name: str) -> bool:
    """Whether a file or folder of this name is none of our business, with all that lies below it."""
    small = name.lower()
    return (
        name.startswith(_HIDDEN)
        or small.endswith(_HALF_WRITTEN_ENDINGS)
        or small in _OF_THE_SYSTEM
        or _HALF_WRITTEN.match(name) is not None
    )


def left_alone_below(path: str, root: str) -> bool:
    """Whether `path` or a folder between it and `root` is left alone. The root's own name does not matter."""
    return any(left_alone(part) for part in path[len(root) :].split("/") if part)
