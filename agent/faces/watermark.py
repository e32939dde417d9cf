"""A watermark's file: a PNG of the operator's, which stays where it lies."""

from __future__ import annotations

import hashlib
from pathlib import Path

from agent.disk.atomic import read_given

MOST = 4 << 20  # bytes
DIGITS = 8  # of its SHA-256
_START, _END = b"\x89PNG\r\n\x1a\n", b"IEND\xaeB`\x82"


def read_watermark(path: Path) -> tuple[bytes, str]:
    """Its bytes, and the first digits of their SHA-256. Raises `ValueError` saying what is wrong with it."""
    try:
        data = read_given(path, MOST)
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {(error.strerror or str(error)).lower()}") from error
    if not (data.startswith(_START) and data.endswith(_END)):
        raise ValueError(f"{path} is no whole PNG")
    return data, hashlib.sha256(data).hexdigest()[:DIGITS]
