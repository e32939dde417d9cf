"""Sources that are on a shared drive, or that somebody else's sign-in has to reach."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.emulator.drive import Emulator
from tests.venue.browser import log_in
from tests.venue.house import House, wait_for
from tests.venue.photographer import FOLDER, Photographer
from tests.venue.pictures import scene
from tests.venue.two_accounts import ANA, BEN, Two
from tests.venue.weddings import event, filed, look, look_signed_out, wedding

pytestmark = pytest.mark.settings(VENUESYNC_SYNC__INTERVAL="1")


def safe(house: House) -> dict[str, Any]:
    return house.json("status")["safe_to_leave"]


@pytest.mark.slow
def test_what_somebody_else_does_not_see_is_not_safe(house: House, emulator: Emulator, tmp_path: Path) -> None:
    """Another one signs in, long after they were listed: sources are looked at anew, from the beginning."""
    assert log_in(house, way="pasted", emulator_account=ANA).code == 0
    anna = Photographer(emulator)
    anna.venue = ANA
    folder = anna.folder("Anna", share=True)
    anna.put(scene(tmp_path / "1.jpg", 1), "DSC_1.jpg", folder)
    house.start()
    wedding(house, folder)
    wait_for(lambda: safe(house)["safe"], 30, "it is here")
    assert house.stop() == 0
    with closing(sqlite3.connect(house.root / ".venuesync" / "ledger.sqlite")) as ledger, ledger:
        ledger.execute("DELETE FROM listing_again")  # as after a quarter of an hour
    house.start()
    wait_for(lambda: safe(house)["safe"], 30, "it is here")
    assert log_in(house, way="pasted", emulator_account=BEN).code == 0
    wait_for(lambda: house.json("status")["drive"]["account"] == BEN, 20, "Ben is signed in")
    anna.put(scene(tmp_path / "2.jpg", 2), "DSC_2.jpg", folder)
    look(house)
    wait_for(lambda: safe(house)["code"] == "source_lost", 30, f"nobody shared it with Ben: {safe(house)}")
    assert BEN in house.json("errors")["open"][0]["remedy"]
    anna.venue = BEN
    anna.share(folder)
    look(house)
    wait_for(lambda: len(filed(house)) == 2 and safe(house)["safe"], 40, "shared with him, all of it is here")


def test_a_folder_of_a_shared_drive_is_read_without_being_its_member(
    house: House, anna: Photographer, emulator: Emulator, tmp_path: Path
) -> None:
    """Nor does one that is no member any more keep other events' photos away."""
    drive = anna.http.post("/drive/v3/drives", params={"requestId": "studio"}, json={"name": "Studio"}).json()["id"]
    made = {"name": "From the studio", "mimeType": FOLDER, "parents": [drive]}
    options = {"supportsAllDrives": "true"}
    folder = anna.http.post("/drive/v3/files", params=options, json=made).raise_for_status().json()["id"]
    body = {"type": "user", "role": "reader", "emailAddress": anna.venue}
    given = anna.http.post(f"/drive/v3/files/{folder}/permissions", params=options, json=body).raise_for_status().json()
    house.start()
    assert house.run("events", "add", "Wedding", "--source", folder).returncode == 0
    own = anna.folder("Own", share=True)
    assert house.run("events", "add", "Party", "--source", own).returncode == 0
    anna.put(scene(tmp_path / "1.jpg", 1), "DSC_1.jpg", own)
    look(house)
    wait_for(lambda: filed(house, "Party"), 30, "the other event goes on")
    wait_for(lambda: event(house, "Wedding", "UP_TO_DATE"), 30, f"it is listed: {event(house)}")
    upload = {"uploadType": "multipart", **options}
    photo = scene(tmp_path / "2.jpg", 2).read_bytes()
    head = f'--x\r\nContent-Type: application/json\r\n\r\n{{"name": "DSC_2.jpg", "parents": ["{folder}"]}}\r\n'
    content = head.encode() + b"--x\r\nContent-Type: image/jpeg\r\n\r\n" + photo + b"\r\n--x--"
    kind = {"Content-Type": "multipart/related; boundary=x"}
    anna.http.post("/upload/drive/v3/files", params=upload, content=content, headers=kind).raise_for_status()
    look(house)
    wait_for(lambda: filed(house), 30, "its photo is here")
    anna.http.delete(f"/drive/v3/files/{folder}/permissions/{given['id']}", params=options).raise_for_status()
    anna.put(scene(tmp_path / "3.jpg", 3), "DSC_3.jpg", own)
    look(house)
    wait_for(lambda: event(house, "Wedding", "ERROR"), 30, "not shared any more: that is said")
    wait_for(lambda: len(filed(house, "Party")) == 2, 30, "the other event goes on")


@pytest.mark.slow
def test_an_event_that_went_to_an_account_while_it_could_not_be_asked_is_listed_there(
    house: House, emulator: Emulator, tmp_path: Path
) -> None:
    """Nothing of it is filed yet; whoever was asked before saw a folder that this one does not."""
    two = Two(house, tmp_path)
    two.sign_in()
    anna, ben = Photographer(emulator), Photographer(emulator, "bens@photo.example")
    anna.venue, ben.venue = ANA, BEN
    house.start()
    folder = anna.folder("Anna", share=True)
    wedding(house, folder)
    assert house.run("events", "add", "Gala", "--account", BEN).returncode == 0
    assert house.run("events", "source", "Gala", "add", ben.folder("Bens", share=True)).returncode == 0
    wait_for(lambda: event(house, "Gala", "UP_TO_DATE"), 20, "his is listed")
    emulator.expire("refresh_tokens", BEN)
    emulator.expire("access_tokens", BEN)
    look_signed_out(house)
    wait_for(lambda: two.drive_of(BEN)["state"] == "needs_login", 30, "Ben has to sign in")
    assert house.run("events", "set", "Wedding", "account", BEN).returncode == 0
    assert log_in(house, "--account", BEN, way="pasted").code == 0
    wait_for(lambda: event(house, state="ERROR"), 30, f"nobody shared it with Ben: {event(house)}")
