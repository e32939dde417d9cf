"""What differs between a row that stands and its successor, and rows in as few pieces as they can be.

Every piece of another style costs some forty bytes on the line, and over SSH from a venue the line is thin.
"""

from __future__ import annotations

from itertools import takewhile

from rich.cells import cell_len

from tui.draw import Row


def merged(row: Row) -> Row:
    """The same row with neighbours of one style as one part; blanks go with what stands before them."""
    made: Row = []
    for text, style in row:
        if not text:
            continue
        if made and (style == made[-1][1] or (text.isspace() and not _filled(style) and not _filled(made[-1][1]))):
            made[-1] = (made[-1][0] + text, made[-1][1])
        elif made and made[-1][0].isspace() and not _filled(style) and not _filled(made[-1][1]):
            made[-1] = (made[-1][0] + text, style)
        else:
            made.append((text, style))
    return made


def _filled(style: str) -> bool:
    """Whether a blank in this style can be seen."""
    return " on " in style or "reverse" in style or "underline" in style


def changed_cells(before: Row, after: Row, width: int) -> tuple[int, int] | None:
    """From where to where (in cells, the end outside) two rows differ; `None` if they do not."""
    if before == after:
        return None
    old, new = _characters(before, width), _characters(after, width)
    same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(old, new, strict=False)))
    tail = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(reversed(old), reversed(new), strict=False)))
    start = cell_len("".join(character for character, _ in new[:same]))
    end = width - cell_len("".join(character for character, _ in new[len(new) - tail :]))
    return (start, end) if start < end else (0, width)


def _characters(row: Row, width: int) -> list[tuple[str, str]]:
    characters = [(character, style) for text, style in row for character in text]
    missing = width - cell_len("".join(character for character, _ in characters))
    return characters + [(" ", "")] * missing
