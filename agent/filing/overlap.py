"""Folders that overlap are refused: what we file must never look like something that arrives."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from agent.errors import UsageError

OUTPUTS = ("People", "Unsorted", "Processed")


def refuse_overlaps(incoming: Sequence[Path], outputs: Sequence[Path]) -> None:
    """Raise `UsageError` naming the two, if an incoming folder lies in another, in an output, or around one."""
    resolved = [(folder, real_path(folder)) for folder in incoming]
    for number, (folder, real) in enumerate(resolved):
        for other, other_real in resolved[number + 1 :]:
            if within(real, other_real) or within(other_real, real):
                raise UsageError(
                    "Two incoming folders overlap", f"{folder} and {other}", "Watch only the outer one of them"
                )
        for output in outputs:
            real_output = real_path(output)
            if within(real, real_output) or within(real_output, real):
                raise UsageError(
                    "An incoming folder overlaps with one that venuesync files into",
                    f"{folder} and {output}",
                    "Choose another folder in incoming.folders",
                )


def real_path(folder: Path) -> Path:
    """Where it really lies; unlike `Path.resolve`, of links in a circle, too."""
    return Path(os.path.realpath(folder))


def within(inner: Path, outer: Path) -> bool:
    return inner == outer or outer in inner.parents
