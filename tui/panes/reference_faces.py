"""`ReferenceFaces`: the pictures that a person is known by, side by side; which were given and which were learned."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import Container, Horizontal

from agent.service_browse import ReferenceRow
from tui.draw import Row
from tui.fields import Told
from tui.fit import cut, fit
from tui.host import Host
from tui.panes.face_words import GAP, side_by_side
from tui.pictures.picture import Picture

MOST, CELL = 8, 14  # in sight, columns of each
SMALL = 80  # pixels of a face's width, below which a larger one is better


def caption(reference: ReferenceRow, width: int) -> Row:
    """`given  142 px`; a small face in capitals, as a larger one would be known better."""
    small = reference["width"] < SMALL
    word = "learned" if reference["learned"] else "given"
    told = "SMALL" if small else f"{reference['width']} px"
    return [(fit(word, width - len(told) - 1), "$ink"), (f" {told}", "bold $warn" if small else "$dim")]


class ReferenceFaces(Container):
    """Those that were given first; it takes no room while there are none, or where pictures are off."""

    def __init__(self, host: Host) -> None:
        super().__init__(id="reference-faces")
        self._host = host
        self._references: Sequence[ReferenceRow] = ()

    def compose(self) -> ComposeResult:
        with Horizontal(id="reference-pictures"):
            for _ in range(MOST):
                yield Picture(self._host.pictures, classes="reference")
        yield Told("reference-words")

    def on_mount(self) -> None:
        self.set_class(True, "-none")
        self.query_one(Told).tell(self._draw)

    def show(self, references: Sequence[ReferenceRow]) -> None:
        """These, as far as there is room for them."""
        self._references = sorted(references, key=lambda one: one["learned"])
        self.set_class(not references or self._host.pictures == "off", "-none")
        self.redraw()

    def redraw(self) -> None:
        if not self.size.area:  # not shown here: nothing is fetched for it
            return
        shown = self._references[: self._fit]
        for index, picture in enumerate(self.query(Picture)):
            picture.display = index < len(shown) and self._host.pictures != "off"
            if index < len(shown):
                self._host.show_face(picture, shown[index]["face_id"])
        self.query_one(Told).redraw()

    def on_resize(self) -> None:
        self.redraw()

    @property
    def _fit(self) -> int:
        return max(1, min(MOST, (self.size.width + GAP) // (CELL + GAP)))

    def _draw(self, width: int, _height: int) -> list[Row]:
        shown = self._references[: self._fit]
        row = side_by_side([caption(one, CELL) for one in shown], CELL)
        more = len(self._references) - len(shown)
        used = len(shown) * (CELL + GAP)
        if more and width - used > 8:
            row = [*row, (cut(f"  +{more} more", width - used), "$dim")]
        return [row]
