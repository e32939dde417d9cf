"""Pictures that nobody's camera makes: small files that cost much, and files that lie about themselves."""

from __future__ import annotations

import re
from io import BytesIO

from PIL import Image

_AFTER_SCAN = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]", re.DOTALL)


def drawn_over(image: Image.Image, times: int) -> bytes:
    """A progressive JPEG whose last scan stands so many times more in it."""
    made = BytesIO()
    image.save(made, "JPEG", progressive=True, quality=60)
    data = made.getvalue()
    start = data.rindex(b"\xff\xda")
    end = _AFTER_SCAN.search(data, start + 2)
    assert end is not None
    scan = data[start : end.start()]
    return data[: end.start()] + scan * times + data[end.start() :]
