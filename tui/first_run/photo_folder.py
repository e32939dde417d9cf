"""A folder that photos are to arrive in: it is there, or somebody has said that it is to be made."""

from __future__ import annotations

from pathlib import Path

from agent.errors import UsageError


class PhotoFolder:
    """Typed once more as it is, one that is missing is made."""

    def __init__(self) -> None:
        self._missing = ""

    def place(self, typed: str) -> str:
        """Its whole path. Raises `UsageError` while there is none. Blocks."""
        try:
            path = Path(typed).expanduser().absolute()
            if typed == self._missing:
                path.mkdir(parents=True, exist_ok=True)
            if path.is_dir():
                return str(path)
        except (OSError, RuntimeError) as error:  # `~nobody` is the second
            why = error.strerror if isinstance(error, OSError) else ""
            raise UsageError(f"{typed} cannot be made", why or str(error), "Type another folder") from None
        if path.exists():
            raise UsageError("That is no folder", str(path), "Type a folder")
        self._missing = typed
        raise UsageError("That folder is not there", str(path), "Press enter to make it, or type another")
