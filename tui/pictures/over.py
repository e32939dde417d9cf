"""Pixels over the cells, where the terminal draws sixels or iTerm2's inline images: last of all, once.

They are no text: what is written over them removes them, so they are sent again exactly where something was, and they
go with whatever covers them. The terminal is asked once the first screen stands, and nothing waits for its answer.
"""

from __future__ import annotations

import base64
import fcntl
import io
import os
import struct
import sys
import termios
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeVar, cast

from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.geometry import Region, Size
from textual.screen import Screen
from textual.timer import Timer

from tui.feed import aside
from tui.pictures import pixels
from tui.pictures.kitty import Wanted, between
from tui.pictures.pixels import Framed
from tui.terminal.answers import CELL, COLOURS, WHAT_IT_IS, Answered, Told
from tui.terminal.pace import AtItsPace

if TYPE_CHECKING:
    from PIL.Image import Image

T = TypeVar("T")
SIXELS = 4  # among what a terminal says that it can
USUAL_CELL = (10, 20)
PIECE = 60_000  # pixels, 20 to 50 kB: between two of them there is room for text
MOST_PIXELS = 1_000_000
CALM = 0.1  # seconds: moving through a list paints a screen three times within 0.2 s
QUALITY = 85

Span = tuple[int, int, int]  # a row, the columns from and up to


@dataclass(frozen=True, slots=True)
class Way:
    """How this terminal draws pixels; a cell's size is in pixels."""

    name: Literal["sixel", "inline"]
    cell: tuple[int, int]
    colours: int = 256

    def drawn(self, image: Image, palette: Image | None, cells: Region) -> str:
        """What draws it into these cells of the screen, and leaves the cursor where it was."""
        if palette is None:
            sent = _inline(image, cells.width, cells.height)
        else:
            from tui.pictures import sixel

            sent = sixel.encoded(image, palette)
        return f"\x1b7\x1b[{cells.y + 1};{cells.x + 1}H{sent}\x1b8"


def _inline(image: Image, columns: int, rows: int) -> str:
    """https://iterm2.com/documentation-images.html"""
    made = io.BytesIO()
    image.save(made, "JPEG", quality=QUALITY)
    how = f"size={len(made.getvalue())};width={columns};height={rows};preserveAspectRatio=0;doNotMoveCursor=1"
    return f"\x1b]1337;File=inline=1;{how}:{base64.b64encode(made.getvalue()).decode()}\a"


def may_lie_over(wanted: Wanted, environ: Mapping[str, str] | None = None) -> bool:
    """Where half blocks are drawn: whether to ask for more. Over a line, and through what may be shown on another
    terminal tomorrow, only who has said so: a picture is 20 to 200 kB."""
    environ = os.environ if environ is None else environ
    return wanted == "pixels" or (wanted == "auto" and not between(environ))


def knows_inline(environ: Mapping[str, str] | None = None) -> bool:
    """Told by the environment; ssh hands `LC_TERMINAL` on, and tmux keeps it, which hands on no picture."""
    environ = os.environ if environ is None else environ
    if environ.get("TMUX") or environ.get("STY"):
        return False
    return environ.get("LC_TERMINAL") == "iTerm2" or environ.get("TERM_PROGRAM") in ("iTerm.app", "WezTerm")


def cell_size() -> tuple[int, int] | None:
    """In pixels, as the terminal has told the system."""
    with suppress(OSError, AttributeError, ValueError):
        sizes = fcntl.ioctl(sys.__stderr__.fileno(), termios.TIOCGWINSZ, b"\0" * 8)  # type: ignore[union-attr]
        rows, columns, wide, high = struct.unpack("HHHH", sizes)
        if rows and columns and wide >= columns and high >= rows:
            return wide // columns, high // rows
    return None


class Layer:
    """A picture's pixels and which of its cells miss them on the screen; cells are counted from its own corner."""

    def __init__(self, framed: pixels.Over, palette: Image | None, marked: int) -> None:
        self.size = Size(framed.columns, framed.rows)
        self._framed = framed
        self._palette = palette
        self._marked = marked
        self._missing: dict[int, tuple[int, int]] = {}  # row: columns from and up to
        self._rows = max(1, PIECE // (framed.image.width * framed.cell[1]))

    def uncover(self, place: Region, spans: list[Span]) -> bool:
        """These cells of the screen were painted while it lies there. Returns whether they are among its own."""
        own = [one for one in spans if place.y <= one[0] < place.bottom and one[1] < place.right and one[2] > place.x]
        for y, first, after in own:
            self._miss(y - place.y, max(0, first - place.x), min(place.right, after) - place.x)
        return bool(own)

    def mark(self, number: int) -> None:
        """The box of this number; 0: none."""
        for one in (self._marked, number):
            if one:
                column, row, text = pixels.label(self._framed, one, number)
                self._miss(row, column, column + max(len(text), len(str(one)) + 1))
        self._marked = number

    def _miss(self, row: int, first: int, after: int) -> None:
        known = self._missing.get(row, (first, after))
        self._missing[row] = min(first, known[0]), min(self.size.width, max(after, known[1]))

    def take(self, rows: int) -> Region | None:
        """Some of what is missing, of the first `rows`; it counts as there."""
        missing = sorted(row for row in self._missing if row < rows)
        if not missing:
            return None
        top, (first, after) = missing[0], self._missing[missing[0]]
        bottom = top
        while bottom - top < self._rows and bottom < rows and self._missing.get(bottom) == (first, after):
            del self._missing[bottom]
            bottom += 1
        return Region(first, top, after - first, bottom - top)

    def give_back(self, part: Region) -> None:
        """It was not sent."""
        for row in range(part.y, part.bottom):
            self._miss(row, part.x, part.right)

    def encoded(self, part: Region, place: Region, way: Way) -> str:
        """What draws a part of it. It blocks for some milliseconds."""
        image = pixels.part(self._framed, *part.corners, self._marked)
        return way.drawn(image, self._palette, part.translate(place.offset))


def layer_of(data: bytes, room: Size, way: Way, boxes: Sequence[Framed], marked: int) -> Layer | None:
    """Of the whole picture in so much room; None if it is none. It blocks for some milliseconds."""
    framed = pixels.over(data, room.width, room.height, way.cell, boxes, MOST_PIXELS, way.name == "inline")
    if framed is None:
        return None
    if way.name == "inline":
        return Layer(framed, None, marked)
    from tui.pictures import sixel

    return Layer(framed, sixel.palette(framed.image, way.colours, pixels.OF_LABELS if boxes else ()), marked)


class Lying(Protocol):
    """A picture whose pixels may lie over its cells."""

    @property
    def over(self) -> Layer | None: ...

    @property
    def place(self) -> Region | None:
        """Where that lies on the screen; None: it is covered, or out of sight."""
        ...

    @property
    def clear_rows(self) -> int:
        """How many rows of it may be sent, from its first on: nothing lies over them."""
        ...

    def turned(self) -> None:
        """The terminal can do otherwise than was known."""
        ...


class PixelsOver(AtItsPace[T]):
    """An application with pictures of which some lie over their cells."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.lying: set[Lying] = set()
        self._way: Way | None = None
        self._asked: Way | None = None  # what is known of it so far
        self._asked_more = self._laying = False
        self._calm: Timer | None = None  # something was painted just now

    @property
    def way(self) -> Way | None:
        """How pixels are drawn, with the size that cells have now; None: not at all, or not known yet."""
        return self._way and replace(self._way, cell=cell_size() or self._way.cell)

    def ask_terminal(self) -> None:
        """Called once, when the first screen stands. What it answers may come whenever it likes, or never."""
        if knows_inline():
            self._found(Way("inline", USUAL_CELL))
        else:
            self._asked = Way("sixel", (0, 0))
            self.send(WHAT_IT_IS)

    def on_answered(self, answer: Answered) -> None:
        asked = self._asked
        if asked is None:
            return
        if answer.told is Told.COLOURS and answer.numbers[1:2] == [0] and len(answer.numbers) > 2:
            self._asked = replace(asked, colours=answer.numbers[2])
        elif answer.told is Told.CELL:
            self._asked = replace(asked, cell=(answer.numbers[2], answer.numbers[1]))
        elif answer.told is Told.WHAT_IT_IS and SIXELS in answer.numbers[1:]:
            if not self._asked_more:  # the same once more: it comes behind both of the others, answered or not
                self._asked_more = True
                self.send(COLOURS + CELL + WHAT_IT_IS)
            elif cell := asked.cell if all(asked.cell) else cell_size():
                self._found(replace(asked, cell=cell))

    def _found(self, way: Way) -> None:
        self._way = way
        self.on_resize()

    def on_resize(self) -> None:
        """Also where only the cells have another size."""
        for picture in self.lying:
            picture.turned()

    # ---- sent again where something was painted

    def _display(self, screen: Screen[Any], renderable: Any) -> None:
        cast(Any, super())._display(screen, renderable)
        if self._way is not None and not self._batch_count and screen is self.screen:
            spans = list(painted(renderable))
            if any([layer.uncover(place, spans) for _, layer, place in self._in_sight()]):
                if self._calm is not None:
                    self._calm.stop()
                self._calm = self.set_timer(CALM, self._is_calm)

    def _is_calm(self) -> None:
        self._calm = None
        self.lay()

    def _in_sight(self) -> Iterator[tuple[Lying, Layer, Region]]:
        for picture in self.lying:
            layer, place = picture.over, picture.place
            if layer is not None and place is not None:
                yield picture, layer, place

    def lay(self) -> None:
        """Send what is missing, piece by piece, when nothing was painted there for a moment: text goes first."""
        if not self._laying:
            self._laying = True
            self.run_worker(self._lay, name="pixels", group="pixels", exit_on_error=False)

    async def _lay(self) -> None:
        try:
            while True:
                await self.line_free()
                way, piece = self.way, None if self._calm is not None else self._next_piece()
                if way is None or piece is None:
                    return
                picture, layer, place, part = piece
                sent = await aside(partial(layer.encoded, part, place, way))
                await self.line_free()
                if picture.over is layer and picture.place == place and part.bottom <= picture.clear_rows:
                    self.send(sent)
                else:
                    layer.give_back(part)
        finally:
            self._laying = False

    def _next_piece(self) -> tuple[Lying, Layer, Region, Region] | None:
        for picture, layer, place in self._in_sight():
            part = layer.take(picture.clear_rows)
            if part is not None:
                return picture, layer, place, part
        return None


def painted(update: Any) -> Iterator[Span]:
    """The cells that the toolkit writes."""
    if isinstance(update, LayoutUpdate):
        x, y, width, height = update.region
        yield from ((row, x, x + width) for row in range(y, y + height))
    elif isinstance(update, ChopsUpdate):
        for y, first, after in update.spans:
            for end, (x, strip) in zip(update.chop_ends[y], update.chops[y].items(), strict=False):
                if strip is not None and x < after and end > first:
                    yield y, x, min(end, after)
