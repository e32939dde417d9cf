"""Pictures: their measures, the camera's notes, and thumbnails.

Looked at only when somebody asks: an upload does not wait for a picture to be opened.
"""

import asyncio
import io
import json
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any

from agent.emulator.store.contents import Contents
from agent.emulator.store.database import Database
from agent.emulator.store.item import Item, loads

_HEIF = {"image/heic", "image/heif"}
_KINDS = _HEIF | {"image/jpeg", "image/png", "image/gif", "image/webp", "image/bmp", "image/tiff", "image/x-ms-bmp"}
_MAX_SIDE = 1600  # pixels: what Google's own links give at most
_CLOCKWISE = {3: 2, 6: 1, 8: 3}  # EXIF orientation: quarter turns
_EXIF_BLOCK = 0x8769
_GPS_BLOCK = 0x8825


class Pictures:
    def __init__(self, database: Database, contents: Contents) -> None:
        self._database = database
        self._contents = contents

    def media(self, item: Item) -> dict[str, Any]:
        """`imageMediaMetadata` of an item; empty where it is no picture that can be read."""
        if item.media is not None:
            return loads(item.media)
        if item.mime not in _KINDS or not item.size or item.sha256 is None:
            return {}
        found = _look(self._contents.read(item.sha256, item.size))
        self._database.execute("UPDATE items SET media = ? WHERE id = ?", (json.dumps(found), item.id))
        return found

    async def thumbnail(self, item: Item, side: int) -> bytes | None:
        """A JPEG whose longer side has `side` pixels, upright; None where there is no picture."""
        if item.mime not in _KINDS or not item.size or item.sha256 is None:
            return None
        content = self._contents.read(item.sha256, item.size)
        return await asyncio.to_thread(_shrink, content, min(side, _MAX_SIDE))


@lru_cache(maxsize=1)
def _pillow() -> Any:
    """Pillow, with iPhones' HEIF where its plug-in is installed."""
    from PIL import Image

    with suppress(ImportError):
        import pillow_heif

        plug_in: Any = pillow_heif
        plug_in.register_heif_opener()
    return Image


def _open(content: bytes | Path) -> Any:
    return _pillow().open(io.BytesIO(content) if isinstance(content, bytes) else content)


def _look(content: bytes | Path) -> dict[str, Any]:
    try:
        with _open(content) as picture:
            exif = picture.getexif()
            inner = exif.get_ifd(_EXIF_BLOCK)
            found: dict[str, Any] = {
                "width": picture.width,
                "height": picture.height,
                "rotation": _CLOCKWISE.get(exif.get(0x0112, 1), 0),
                "cameraMake": _text(exif.get(0x010F)),
                "cameraModel": _text(exif.get(0x0110)),
                "time": _text(inner.get(0x9003) or exif.get(0x0132)),
                "isoSpeed": _whole(inner.get(0x8827)),
                "exposureTime": _number(inner.get(0x829A)),
                "aperture": _number(inner.get(0x829D)),
                "focalLength": _number(inner.get(0x920A)),
                "lens": _text(inner.get(0xA434)),
                "location": _location(exif.get_ifd(_GPS_BLOCK)),
            }
    # Pillow raises nearly anything on a broken file; whatever it is, there is no picture then.
    except Exception:  # noqa: BLE001
        return {}
    return {key: value for key, value in found.items() if value is not None}


@lru_cache(maxsize=64)
def _shrink(content: bytes | Path, side: int) -> bytes | None:
    from PIL import ImageOps

    try:
        with _open(content) as picture:
            picture.draft("RGB", (side, side))
            small: Any = ImageOps.exif_transpose(picture).convert("RGB")
            small.thumbnail((side, side))
            out = io.BytesIO()
            small.save(out, "JPEG", quality=80)
    except Exception:  # noqa: BLE001 - as above
        return None
    return out.getvalue()


def _text(value: Any) -> str | None:
    return str(value).strip("\0 ") or None if value is not None else None


def _whole(value: Any) -> int | None:
    number = _number(value)
    return None if number is None else int(number)


def _number(value: Any) -> float | None:
    if isinstance(value, tuple):
        value = value[0] if value else None  # pyright: ignore[reportUnknownVariableType]
    try:
        return None if value is None else round(float(value), 6)  # pyright: ignore[reportUnknownArgumentType]
    except (TypeError, ValueError, ZeroDivisionError):
        return None


def _location(block: Any) -> dict[str, float] | None:
    try:
        latitude = _degrees(block[2]) * (-1 if block.get(1) == "S" else 1)
        longitude = _degrees(block[4]) * (-1 if block.get(3) == "W" else 1)
    except (KeyError, TypeError, ValueError, ZeroDivisionError, IndexError):
        return None
    return {"latitude": latitude, "longitude": longitude}


def _degrees(parts: Any) -> float:
    return round(float(parts[0]) + float(parts[1]) / 60 + float(parts[2]) / 3600, 6)
