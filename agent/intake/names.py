"""Names that are left alone: hidden files, half-written ones, and what systems leave in folders.

They are nobody's photos, or not yet; most turn into one by a rename, which is then seen. They are not even counted.
"""

from __future__ import annotations

import re

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
