"""Which faces of a photo it is about: the rule behind Solo and Group.

In 14 real group photos the smallest member's face was 0.54 to 1.0 as wide as the largest one's, so half the width is
the border; the detector's boxes come in steps of 1.3. Not tried on true passers-by.
"""

from __future__ import annotations

from collections.abc import Sequence

from agent.faces.seen import Box

SHARE = 0.5  # of the largest face's width


def prominent(boxes: Sequence[Box], share: float = SHARE) -> list[bool]:
    """Tell for each box (left, top, right, bottom) whether it is at least `share` times as wide as the widest."""
    widths = [right - left for left, _top, right, _bottom in boxes]
    least = share * max(widths, default=0)
    return [width >= least for width in widths]
