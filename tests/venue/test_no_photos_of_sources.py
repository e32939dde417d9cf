"""What lies at a source and is no photo is named as long as it lies there."""

from __future__ import annotations

import pytest

from tests.venue.house import House, wait_for
from tests.venue.photographer import Photographer
from tests.venue.weddings import look, wedding

pytestmark = pytest.mark.settings(VENUESYNC_SYNC__INTERVAL="1")


def test_note_goes_with_the_file_at_its_source(house: House, anna: Photographer) -> None:
    folder = anna.folder("From Anna", share=True)
    odd = anna.put(b"of no camera", "odd.xyz", folder, "video/x-odd")
    house.start()
    wedding(house, f"https://drive.google.com/drive/folders/{folder}?usp=sharing")
    look(house)
    wait_for(lambda: "odd.xyz" in told(house), 20, "told")
    anna.trash(odd)
    wait_for(lambda: "odd.xyz" not in told(house), 15, "not told any more")


def told(house: House) -> str:
    return house.json("status")["safe_to_leave"]["note"] or ""
