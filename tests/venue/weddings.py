"""Events whose photos come from folders on Drive: made, looked at, and what lies where."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import Any

from tests.making import files_below
from tests.venue.house import House, wait_for
from tests.venue.invariants import ledger_of
from tests.venue.photographer import Photographer


def wedding(house: House, *folders: str, name: str = "Wedding") -> dict[str, Any]:
    """An event with these sources, listed."""
    given = [part for folder in folders for part in ("--source", folder)]
    added = house.run("events", "add", name, *given)
    assert added.returncode == 0, added.stderr
    return wait_for(lambda: event(house, name, "UP_TO_DATE"), 20, "it is listed")


def of_annas_folder(house: House, anna: Photographer) -> str:
    """An event whose photos come from a folder of hers, which is empty yet; the folder."""
    folder = anna.folder("Anna", share=True)
    house.start()
    wedding(house, folder)
    return folder


def queued(house: House) -> int:
    """Photos that are still to be fetched."""
    return int(house.json("status")["downloads"]["queued"])


def event(house: House, name: str = "Wedding", state: str = "") -> dict[str, Any] | None:
    found = next(one for one in house.json("events") if one["name"] == name)
    return found if not state or found["sync_status"] == state else None


def look(house: House, *names: str) -> None:
    assert house.run("sync", *names).returncode == 0


def read_to_its_end(house: House) -> bool:
    """Whether the account's feed was: what changed there so far is told."""
    with house.emulator.client() as drive, closing(sqlite3.connect(ledger_of(house.root))) as ledger:
        newest = drive.get("/drive/v3/changes/startPageToken").raise_for_status().json()["startPageToken"]
        return ledger.execute("SELECT token FROM feed WHERE key = ''").fetchone() == (newest,)


def look_signed_out(house: House) -> None:
    """A look that meets a sign-in that has ended, unless a poll has met it just before: then that is said."""
    assert house.run("sync").returncode in (0, 4)


def filed(house: House, name: str = "Wedding") -> set[str]:
    """Paths of an event's filed files, below its folder."""
    top = house.root / "Events" / name
    return {f"{output}/{path}" for output in ("People", "Unsorted") for path in files_below(top / output)}


def sent(house: House, name: str = "Wedding") -> set[str]:
    top = f"venuesync/{name}/"
    return {
        one["path"].removeprefix(top)
        for one in house.emulator.files()
        if one["path"].startswith(top) and one.get("md5Checksum") and not one["trashed"]
    }
