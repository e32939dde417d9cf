"""Block letters for the answer: read from two metres, made of half blocks that every terminal font has.

A letter is 4 x 6 pixels, one pixel apart; two rows of pixels are one row of cells.
"""

from __future__ import annotations

GLYPHS = {
    "0": ".##.#..##..##..##..#.##.",
    "1": "..#..##...#...#...#..###",
    "2": "###....#..#..#..#...####",
    "3": "###....#.##....#...####.",
    "4": "#..##..##..#####...#...#",
    "5": "#####...###....#...####.",
    "6": ".##.#...###.#..##..#.##.",
    "7": "####...#..#..#...#...#..",
    "8": ".##.#..#.##.#..##..#.##.",
    "9": ".##.#..##..#.###...#.##.",
    "S": ".####...#....##....####.",
    "A": ".##.#..##..######..##..#",
    "O": ".##.#..##..##..##..#.##.",
    "F": "#####...###.#...#...#...",
    "E": "#####...###.#...#...####",
    "P": "###.#..##..####.#...#...",
    "U": "#..##..##..##..##..#.##.",
    "D": "###.#..##..##..##..####.",
    "K": "#..##.#.##..##..#.#.#..#",
    "-": "........####............",
}
WIDTH, HEIGHT = 4, 6


def block_word(word: str, tall: bool = False) -> list[str]:
    """The word in block letters: 4 rows of half blocks, or 8 rows of full blocks twice as wide."""
    rows = [".".join(GLYPHS[letter][WIDTH * y : WIDTH * (y + 1)] for letter in word) for y in range(HEIGHT)]
    blank = "." * len(rows[0])
    pixels = [blank, *rows, blank]
    if tall:
        return ["".join("██" if pixel == "#" else "  " for pixel in row) for row in pixels]
    pairs = zip(pixels[::2], pixels[1::2], strict=True)
    return ["".join(" ▄▀█"[(a == "#") * 2 + (b == "#")] for a, b in zip(up, low, strict=True)) for up, low in pairs]
