"""`Picture`: a photo or face at the size that its place has; `Album`: each is fetched only once."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol, cast

from rich.cells import cell_len
from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from textual._compositor import Compositor
from textual.binding import Binding
from textual.geometry import Offset, Region, Size
from textual.strip import Strip
from textual.widget import Widget

from agent.errors import VenueError
from agent.requests.ask import Agent, Request
from agent.requests.faces import GetFacePicture
from agent.requests.photos import GetThumbnail
from tui.draw import ascii_only
from tui.feed import aside
from tui.pictures import kitty, pixels
from tui.pictures.kitty import PictureKind
from tui.pictures.over import Layer, PixelsOver, Way, layer_of
from tui.pictures.pixels import INK, MARKED, MARKED_INK, OUTLINE, Framed, Grid
from tui.widgets.rows import Rows

KEPT = 200  # pictures, some 10 kB each
NUMBER = Style(color=Color.from_rgb(*INK), bgcolor=Color.from_rgb(*OUTLINE), bold=True)
NUMBER_MARKED = Style(color=Color.from_rgb(*MARKED_INK), bgcolor=Color.from_rgb(*MARKED), bold=True)
PLAIN = Style(reverse=True, bold=True)


@dataclass(frozen=True, slots=True)
class Looked:
    """What is looked at in full: what it is called, and its bytes; without any, why."""

    name: str
    data: bytes | None
    why: str = "There is no picture of it"


class Pictured(Protocol):
    """A list whose marked entry can be looked at."""

    async def pictured(self, album: Album) -> Looked | None: ...

    def action_mark(self, rows: int, /) -> None: ...


class Looks:
    """Mixed into whoever has `LOOK` among its keys."""

    def action_look(self) -> None:
        cast(Any, self).app.pages.look(self)


LOOK = Binding("space", "look", "Look", id="look", tooltip="The marked one's picture over the whole screen", show=False)


class Album:
    """One per monitor: walking back and forth through a list asks the agent for each picture only once.

    A picture that could not be fetched is asked for again the next time.
    """

    def __init__(self, agent: Agent) -> None:
        self._agent = agent
        self._kept: OrderedDict[str, bytes | None] = OrderedDict()

    async def thumbnail(self, id: int) -> bytes | None:
        """A photo's small picture."""
        return await self._get(f"photo {id}", GetThumbnail(id=id))

    async def looked(self, name: str, photo: int | None) -> Looked:
        """What is about a photo, or about none."""
        return (
            Looked(name, None, "It is about no photo") if photo is None else Looked(name, await self.thumbnail(photo))
        )

    async def face(self, id: str) -> bytes | None:
        return await self._get(f"face {id}", GetFacePicture(id=id))

    def let_go(self) -> None:
        """Of all that were fetched, or are being: somebody on them may not be to be seen any more."""
        self._kept = OrderedDict()

    def has_thumbnail(self, id: int) -> bool:
        """Whether it comes at once."""
        return f"photo {id}" in self._kept

    def show_face(self, picture: Picture, face: str | None) -> None:
        """Put a face into this picture, or none. Until it is here the frame is empty: what was in it is another one."""
        if face is None or f"face {face}" not in self._kept:
            picture.show(None)

        async def show() -> None:
            if face is not None:
                picture.show(await self.face(face))

        picture.run_worker(show, group="face", exclusive=True, exit_on_error=False)

    async def _get(self, name: str, request: Request[bytes | None]) -> bytes | None:
        kept = self._kept
        if name in kept:
            kept.move_to_end(name)
            return kept[name]
        try:
            data = await self._agent.ask(request)
        except VenueError:
            return None
        if data is not None:
            kept[name] = data
            while len(kept) > KEPT:
                kept.popitem(last=False)
        return data


class Picture(Widget):
    """Shows what `show` was given last; nothing until then. A click is the parent's.

    Boxes are numbered from 1; of these one may be marked, which costs the line no other picture. `large`: its pixels
    lie over its cells where nothing better is known; half blocks stand in for them beneath a dialog.
    """

    def __init__(
        self, kind: PictureKind, id: str | None = None, classes: str | None = None, *, large: bool = False
    ) -> None:
        super().__init__(id=id, classes=f"picture {classes or ''}")
        self._kind: PictureKind = kind
        self._data: bytes | None = None
        self._boxes: tuple[Framed, ...] = ()
        self._marked = 0
        self._large = large and kind == "blocks"
        self._made_for: tuple[object, ...] = ()
        self._over: Layer | None = None
        self._lay = False  # instead of half blocks, as it was painted last
        self._strips: list[Strip] = []
        self._number = 0
        if kind == "off":
            self.display = False

    def show(self, data: bytes | None, boxes: Sequence[Framed] = ()) -> None:
        """The picture's bytes; None: none."""
        self._data, self._boxes = data, tuple(boxes)
        self._make()
        if self._over is not None:
            self._app.lay()

    @property
    def shows(self) -> bool:
        """Whether there is a picture on the screen."""
        return bool(self._strips)

    # ---- pixels that lie over it

    @property
    def over(self) -> Layer | None:
        return self._over

    @property
    def place(self) -> Region | None:
        over, seen = self._over, self._seen
        if over is None or seen is None or not seen[1].contains_region(seen[0]):
            return None
        return Region.from_offset(seen[0].offset + self._corner(over.size), over.size)

    @property
    def clear_rows(self) -> int:
        place = self.place
        if place is None or self._made_for != self._wanted:  # another is on its way
            return 0
        bottom = self.screen.size.height - 1  # a terminal scrolls below sixels in its last row
        for widget, (region, clip) in self._compositor.visible_widgets.items():  # the topmost first
            if widget is self:
                break
            shown = region.intersection(clip)
            if shown.overlaps(place):
                bottom = min(bottom, shown.y)
        return max(0, min(place.height, bottom - place.y))

    @property
    def _compositor(self) -> Compositor:
        return self.screen._compositor  # pyright: ignore[reportPrivateUsage]

    @property
    def _seen(self) -> tuple[Region, Region] | None:
        """Where it is and what may be seen of it; None: another screen lies over it."""
        if not self.is_attached or self._app.screen is not self.screen:
            return None
        return self._compositor.visible_widgets.get(self)

    def _corner(self, size: Size) -> Offset:
        return Offset((self.size.width - size.width) // 2, (self.size.height - size.height) // 2)

    @property
    def _app(self) -> PixelsOver[Any]:
        return cast(Any, self).app

    def turned(self) -> None:
        self._make()

    def on_mount(self) -> None:
        if self._large:
            self._app.lying.add(self)

    def mark(self, number: int) -> None:
        """The box of this number; 0: none."""
        if number != self._marked:
            self._marked = number
            if self._over is not None:
                self._over.mark(number)
                self._app.lay()
            if not self._lay:
                self.refresh()

    def on_resize(self) -> None:
        self._make()

    def on_unmount(self) -> None:
        self._forget()
        if self._large:
            self._app.lying.discard(self)

    @property
    def _wanted(self) -> tuple[object, ...]:
        return self._data, self.size, self._boxes, self._way

    @property
    def _way(self) -> Way | None:
        return self._app.way if self._large else None

    def _make(self) -> None:
        if self._kind == "off" or not self.size.area or self._made_for == self._wanted:
            return
        if self._data is None:
            self._strips, self._over, self._made_for = [], None, self._wanted
            self._forget()
            self.refresh()
            return
        self.run_worker(
            partial(self._decode, self._data, self.size, self._boxes, self._wanted),
            group="picture",
            exclusive=True,
            exit_on_error=False,
        )

    async def _decode(self, data: bytes, size: Size, boxes: tuple[Framed, ...], wanted: tuple[object, ...]) -> None:
        kind, way, pixels_over = self._kind, self._way, None
        if kind == "pixels":
            sent = await aside(lambda: pixels.png(data, size.width, min(size.height, kitty.MOST_ROWS), boxes))
            await self._app.line_free()
            strips = [] if sent is None else self._placeholders(*sent)
        else:
            made = await aside(lambda: pixels.grid(data, size.width, size.height, boxes))
            strips = [] if made is None else drawn(made, kind, size.width)
        if way is not None:
            pixels_over = await aside(partial(layer_of, data, self._room(size), way, boxes, self._marked))
        if wanted == self._wanted:
            self._strips, self._over, self._made_for = strips, pixels_over, wanted
            if pixels_over is not None:
                pixels_over.mark(self._marked)
            self.refresh()

    def _room(self, size: Size) -> Size:
        """For pixels, which are not to reach the last row of the screen."""
        below = max(0, self.region.y + size.height + 1 - self.screen.size.height)
        return Size(size.width, size.height - 2 * below)

    def _placeholders(self, png: str, columns: int, rows: int) -> list[Strip]:
        self._forget()
        self._number = kitty.next_number()
        self._write(kitty.sending(self._number, png, columns, rows))
        return [self._placeholder(row, columns) for row in range(rows)]

    def _placeholder(self, row: int, columns: int, first: int = 0) -> Strip:
        style = Style(color=Color.from_rgb(*kitty.colour(self._number)))
        return Strip([Segment(kitty.row_text(row, columns, first), style)], columns - first)

    def _forget(self) -> None:
        """Free what the terminal keeps of it."""
        if self._number:
            self._write(kitty.removing(self._number))
            self._number = 0

    def _write(self, text: str) -> None:
        self._app.send(text)

    def render_lines(self, crop: Region) -> list[Strip]:
        """What was painted is kept, but not from before a dialog came or went."""
        lies = self._over is not None and self._seen is not None
        if lies != self._lay:
            self._lay = lies
            self._styles_cache.clear()
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        ground = self.visual_style.rich_style
        if self._lay:
            return Strip.blank(self.size.width, ground)
        first = (self.size.height - len(self._strips)) // 2
        if not 0 <= y - first < len(self._strips):
            return Strip.blank(self.size.width, ground)
        strip = self._numbered(y - first)
        left = (self.size.width - strip.cell_length) // 2
        if not left:
            return strip.adjust_cell_length(self.size.width, ground)
        return Strip([Segment(" " * left, ground), *strip], left + strip.cell_length).adjust_cell_length(
            self.size.width, ground
        )

    def _numbered(self, row: int) -> Strip:
        """A row of the picture, with the numbers whose boxes begin in it."""
        strip = self._strips[row]
        for number, box in enumerate(self._boxes, 1):
            column, at = pixels.number_at(box, strip.cell_length, len(self._strips))
            if at != row:
                continue
            marked = number == self._marked
            text = f">{number}" if marked else str(number)
            left = max(0, min(column, strip.cell_length - len(text)))
            style = PLAIN if self._kind == "shades" else NUMBER_MARKED if marked else NUMBER
            after = left + len(text)
            if self._kind != "pixels":
                strip = Strip.join([strip.crop(0, left), Strip([Segment(text, style)]), strip.crop(after)])
            elif marked and left > 0 and after < min(kitty.MOST_ROWS, strip.cell_length):  # the others are painted
                before = self._placeholder(row, left)
                strip = Strip.join(
                    [before, Strip([Segment(text, style)]), self._placeholder(row, strip.cell_length, after)]
                )
        return strip


def drawn(grid: Grid, kind: PictureKind, width: int) -> list[Strip]:
    """Half blocks in colour, or one of five shades a cell; never wider than `width`."""
    shown = range(min(grid.width, width))
    if kind == "shades":
        lines = ["".join(grid.shade(x, y) for x in shown) for y in range(grid.height)]
        return [Strip([Segment(line if Rows.utf8 else ascii_only(line))], cell_len(line)) for line in lines]
    if not Rows.utf8:
        return [Strip([Segment(" ", _ground(grid.rows[2 * y][x])) for x in shown]) for y in range(grid.height)]
    return [
        Strip(
            [
                Segment(
                    "▀",
                    Style(color=Color.from_rgb(*grid.rows[2 * y][x]), bgcolor=Color.from_rgb(*grid.rows[2 * y + 1][x])),
                )
                for x in shown
            ],
            len(shown),
        )
        for y in range(grid.height)
    ]


def _ground(pixel: tuple[int, int, int]) -> Style:
    return Style(bgcolor=Color.from_rgb(*pixel))
