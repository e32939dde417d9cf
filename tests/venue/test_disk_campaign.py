"""Disks that are full, refuse, vanish or are led elsewhere while the agent works, in short: each of them once.

`make disk` is the long form. `tests/disk/campaign.py` says how it is done.
"""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from tests.disk.campaign import run
from tests.venue.disks import needs_mounts

SHORT = ("card", "enroll", "rename", "stop", "start")
BLOWS = 6
PHOTOS = 20
SEED = int(os.environ.get("VENUESYNC_SEED", "0")) or random.randrange(10**6)


@needs_mounts()
@pytest.mark.timeout(600)
def test_one_calamity_after_the_other(tmp_path: Path) -> None:
    """Every photo lies once where it belongs, here and on Drive; what was refused was refused in words."""
    assert len(run(tmp_path, SEED, BLOWS, PHOTOS, SHORT).by) == BLOWS
