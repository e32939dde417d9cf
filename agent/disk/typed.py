"""Paths as somebody typed them: `~` is somebody's home, all else that is not absolute lies below the current folder."""

from __future__ import annotations

from pathlib import Path

from agent.errors import UsageError


def absolute(path: Path, start: Path | None = None) -> Path:
    """The path in full, below `start` (the current folder). Raises `UsageError` for a home or a folder that is none."""
    path = at_home(path)
    return path if path.is_absolute() else ((start or current_folder()) / path).absolute()


def at_home(path: Path) -> Path:
    """The same with `~` as what it stands for. Raises `UsageError`."""
    try:
        return path.expanduser()
    except RuntimeError:
        raise UsageError("There is no such home", str(path), "Write the whole path, or ~/ for your own home") from None


def current_folder() -> Path:
    """Where this is typed. Raises `UsageError` where it was removed meanwhile, or its disk was taken away."""
    try:
        return Path.cwd()
    except OSError as error:
        detail = error.strerror or str(error)
        raise UsageError("The current folder is not there any more", detail, "Change to another one: cd") from None
