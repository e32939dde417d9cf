"""A source that another account looks at from now on: what changed before is listed, whenever the plug is pulled."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.crash.lives import Lives
from tests.venue.browser import log_in
from tests.venue.house import House, wait_for
from tests.venue.photographer import Photographer
from tests.venue.pictures import scene
from tests.venue.plug import pulled_amid
from tests.venue.test_looked_at_again import SETTINGS, comes
from tests.venue.two_accounts import ANA, BEN
from tests.venue.weddings import event, look, look_signed_out, sent, wedding

pytestmark = pytest.mark.settings(**SETTINGS)


def shared(anna: Photographer, name: str) -> str:
    """A folder that both accounts see."""
    folder = anna.folder(name)
    for anna.venue in (ANA, BEN):
        anna.share(folder)
    return folder


def came_while_ben_looked_elsewhere(house: House, anna: Photographer, tmp_path: Path) -> None:
    """Ana looks at the wedding's source, until she is signed out; Ben's feed was read past what came there since."""
    hers, his = shared(anna, "Anna"), shared(anna, "Ben")
    wedding(house, hers)
    assert house.run("events", "add", "Party", "--account", BEN, "--source", his).returncode == 0
    wait_for(lambda: event(house, "Party", "UP_TO_DATE"), 20, "it is listed")
    wait_for(lambda: house.json("status")["safe_to_leave"]["code"] == "no_photo", 40, "all is known")
    for tokens in ("refresh_tokens", "access_tokens"):
        house.emulator.expire(tokens, ANA)
    look_signed_out(house)
    wait_for(lambda: house.json("status")["drive"]["state"] == "needs_login", 20, "she is signed out")
    anna.put(scene(tmp_path / "1.jpg", 1), "DSC_1.JPG", hers)
    anna.put(scene(tmp_path / "2.jpg", 2), "DSC_2.JPG", his)
    look(house, "Party")
    wait_for(lambda: len(sent(house, "Party")) == 1, 40, "his feed was read")
    with closing(sqlite3.connect(house.root / ".venuesync" / "ledger.sqlite")) as db, db:
        db.execute("DELETE FROM listing_again")  # ten minutes have passed since the folders were listed first


@pytest.mark.slow
def test_it_comes_though_the_plug_is_pulled_as_the_event_goes_to_another_account(
    lives: Lives, anna: Photographer, tmp_path: Path
) -> None:
    house = lives.house
    assert log_in(house, way="pasted", emulator_account=ANA).code == 0
    assert log_in(house, "--account", BEN, way="pasted").code == 0
    lives.start()
    came_while_ben_looked_elsewhere(house, anna, tmp_path)
    assert sent(house) == set()
    pulled_amid(lives, "events", "set", "Wedding", "account", BEN)
    comes(house)
