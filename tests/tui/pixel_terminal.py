"""A terminal that draws sixels or iTerm2's inline images, by what they mean: which cell shows pixels, which text.

Each character that is written takes the pixels away from its cell, as in xterm, mlterm and foot.
"""

from __future__ import annotations

import base64
import io
import re
import time
from collections.abc import Callable

from PIL import Image

from tests.patience import latest
from tests.tui.pseudo_terminal import COLUMNS, ROWS, PseudoTerminal

PIECES = re.compile(
    rb"\x1bP([^\x1b]*)\x1b\\|\x1b\]1337;([^\x07]*)\x07|\x1b\]([^\x07\x1b]*)(?:\x07|\x1b\\)|\x1b\[([0-9;?<>=$]*)([a-zA-Z])"
    rb"|\x1b([78])|\x1b[()=>].?|([\r\n])|([^\x1b\r\n]+)",
    re.DOTALL,
)
SIXEL = re.compile(r"#(\d+)(?:;2;(\d+);(\d+);(\d+))?|!(\d+)([?-~])|([?-~])|([$-])")
TOLD = {
    "TMUX",
    "STY",
    "SSH_CONNECTION",
    "LC_TERMINAL",
    "TERM_PROGRAM",
    "KITTY_WINDOW_ID",
    "COLUMNS",
    "LINES",
}  # of another
ANSWERS = {b"\x1b[c": b"\x1b[?62;4;22c", b"\x1b[?1;1;0S": b"\x1b[?1;0;256S", b"\x1b[16t": b""}


def decoded(sixels: str) -> Image.Image:
    """The picture that they draw; what no colour draws is transparent."""
    wide, high = (int(one) for one in re.findall(r'"1;1;(\d+);(\d+)', sixels)[0])
    drawing = sixels.partition(f'"1;1;{wide};{high}')[2].removesuffix("\x1b\\")
    drawn = Image.new("RGBA", (wide, high))
    colours: dict[int, tuple[int, int, int, int]] = {}
    x = top = colour = 0
    for number, red, green, blue, count, many, one, move in SIXEL.findall(drawing):
        if number:
            colour = int(number)
            if red:
                colours[colour] = (*(round(int(share) * 255 / 100) for share in (red, green, blue)), 255)
        elif move:
            x, top = 0, top + 6 * (move == "-")
        else:
            bits, after = ord(many or one) - 63, x + int(count or 1)
            for row in (row for row in range(6) if bits >> row & 1):
                drawn.paste(colours[colour], (x, top + row, after, top + row + 1))
            x = after
    return drawn


class PixelTerminal(PseudoTerminal):
    """It answers what it is asked, unless `answers` says otherwise."""

    def __init__(
        self,
        command: list[str],
        environ: dict[str, str],
        cell: tuple[int, int] = (9, 19),
        answers: dict[bytes, bytes] = ANSWERS,
    ) -> None:
        super().__init__(command, environ, cell)
        self._cell = cell
        self._answers = answers
        self._left = b""
        self._at = self._kept = (0, 0)
        self.text = [[" "] * COLUMNS for _ in range(ROWS)]
        self.pixels: dict[tuple[int, int], tuple[int, int, int]] = {}  # column, row: about the colour
        self.asked: list[bytes] = []
        self.scrolled = 0
        self.drawn = 0  # bytes of pictures

    def _read(self, seconds: float) -> bytes:
        read = super()._read(seconds)
        self._left += read
        while found := PIECES.match(self._left):
            if found[8] and found.end() == len(self._left):
                whole = found[8].decode("utf-8", "ignore").encode()  # a letter of many bytes may be cut
                if whole != found[8]:
                    break
            self._take(found)
            self._left = self._left[found.end() :]
        return read

    def resize(self, columns: int, rows: int) -> None:
        super().resize(columns, rows)
        self.pixels = {at: seen for at, seen in self.pixels.items() if at[0] < columns and at[1] < rows}

    def _take(self, found: re.Match[bytes]) -> None:
        sixels, inline, _, numbers, letter, kept, move, text = found.groups()
        if sixels is not None:
            self.drawn += len(found[0])
            self._draw(decoded(sixels.decode()), None)
        elif inline is not None:
            self.drawn += len(found[0])
            how, _, data = inline.partition(b":")
            columns, rows = (int(re.findall(name + rb"=(\d+)", how)[0]) for name in (b"width", b"height"))
            self._draw(Image.open(io.BytesIO(base64.b64decode(data))), (columns, rows))
        elif letter is not None:
            self._control(found[0], numbers, letter)
        elif kept:
            self._kept, self._at = (self._at, self._at) if kept == b"7" else (self._kept, self._kept)
        elif move:
            self._at = (0, self._at[1]) if move == b"\r" else (0, min(ROWS - 1, self._at[1] + 1))
        elif text:
            for one in text.decode("utf-8", "replace"):
                self._put(one)

    def _control(self, whole: bytes, numbers: bytes, letter: bytes) -> None:
        if letter == b"H":
            row, column = (int(one or 1) for one in (numbers or b"1;1").split(b";"))
            self._at = column - 1, row - 1
        elif letter == b"h" and b"1049" in numbers:
            self.pixels.clear()
        for question, answer in self._answers.items():
            if whole == question:
                self.asked.append(question)
                if answer:
                    self.send(answer)

    def _put(self, one: str) -> None:
        column, row = self._at
        if column < COLUMNS:
            self.text[row][column] = one
            self.pixels.pop((column, row), None)
            self._at = column + 1, row

    def _draw(self, image: Image.Image, cells: tuple[int, int] | None) -> None:
        wide, high = self._cell
        columns, rows = cells or (-(-image.width // wide), -(-image.height // high))
        means = image.convert("RGB").resize((columns, rows), Image.Resampling.BOX)
        left, top = self._at
        self.scrolled += top + rows >= ROWS
        for x in range(columns):
            for y in range(rows):
                assert left + x < COLUMNS
                self.pixels[left + x, top + y] = means.getpixel((x, y))  # type: ignore[assignment]

    @property
    def rows(self) -> list[str]:
        return ["".join(row).rstrip() for row in self.text]

    @property
    def place(self) -> tuple[int, int, int, int] | None:
        """Left, top, right, bottom of the cells with pixels; all of them are filled."""
        if not self.pixels:
            return None
        columns, rows = ({one[at] for one in self.pixels} for at in (0, 1))
        box = min(columns), min(rows), max(columns) + 1, max(rows) + 1
        assert len(self.pixels) == (box[2] - box[0]) * (box[3] - box[1]), sorted(self.pixels)
        return box

    def wait(self, true: Callable[[], bool], seconds: float = 20.0) -> None:
        end = latest(seconds)
        while not true():
            assert time.monotonic() < end, "\n".join(self.rows)
            self._read(0.1)
