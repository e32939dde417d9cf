"""The guests' page: a selfie finds the photos of whoever is on it. Beside the API, and with none of its rights."""

from __future__ import annotations

import shutil
from pathlib import Path

SELFIES = "selfies"  # folder in the workspace's state; what lies there at a start nobody waits for any more


def clear_selfies(state: Path) -> None:
    """Nothing is left of who was here before the start, whether or not there is a page now."""
    shutil.rmtree(state / SELFIES, ignore_errors=True)
