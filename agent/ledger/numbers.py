"""Numbers of rows, as they stand in texts from outside: `12`, or the end of `photo:12`."""

from __future__ import annotations

LARGEST = 2**63 - 1  # SQLite counts no further


def row_number(text: str) -> int | None:
    """The number; `None` for what is none, or can be no row's."""
    if not text.isascii() or not text.isdigit() or len(text) > len(str(LARGEST)):
        return None
    number = int(text)
    return number if number <= LARGEST else None
