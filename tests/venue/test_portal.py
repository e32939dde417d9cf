"""A portal in Google's place is named: it is asked for in the open, as an encrypted line only looks broken."""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path

import pytest

from tests.emulator.drive import Emulator
from tests.venue.disks import why_not
from tests.venue.hotel import WELCOME
from tests.venue.house import House, wait_for
from tests.venue.test_notify import Phone
from tests.venue.test_proxy import behind, sign_in

__all__ = ["behind"]
TITLE = "The Wi-Fi wants you to sign in"
NEEDS = [one for one in ("unshare", "ip", "mount") if shutil.which(one) is None]


@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() != 0 or bool(NEEDS) or bool(why_not()), reason="a network of its own needs root")
@pytest.mark.timeout(240)
def test_a_portal_is_named_by_doctor_and_by_the_status(
    behind: tuple[House, list[str], Phone], emulator: Emulator, tmp_path: Path
) -> None:
    house, _, _ = behind
    sign_in(house, emulator, tmp_path / "client.json")
    (house.root / ".env").unlink()  # it is no proxy's network
    house.wrapped = ["unshare", "-n", "-m", sys.executable, "-m", "tests.venue.hotel", str(tmp_path)]
    one = next(one for one in json.loads(house.run("doctor", "--json").stdout) if one["check"] == "line")
    assert one["state"] == "problem"
    assert TITLE in one["detail"] and WELCOME in one["detail"]
    assert "Open any web page" in one["remedy"]
    house.start()
    wait_for(lambda: TITLE in house.json("status")["drive"]["detail"], 30, "it is named")
    assert house.json("status")["drive"]["state"] == "offline"
