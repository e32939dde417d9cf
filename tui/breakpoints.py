"""From how many columns and rows on another layout holds: a screen has the class of its size (`-w80`, `-h24`)."""

from __future__ import annotations

WIDTHS = [(0, "-w0"), (40, "-w40"), (80, "-w80"), (120, "-w120"), (200, "-w200")]
HEIGHTS = [(0, "-h0"), (15, "-h15"), (18, "-h18"), (24, "-h24"), (36, "-h36"), (50, "-h50")]
