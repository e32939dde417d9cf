"""A source whose folder somebody moves to another drive, as managers do it in Drive's own pages: its new one tells."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.crash.lives import Lives, Role
from tests.emulator.drive import Emulator
from tests.venue.house import House, wait_for
from tests.venue.photographer import FOLDER
from tests.venue.pictures import scene
from tests.venue.plug import WRITTEN
from tests.venue.test_looked_at_again import SETTINGS, safe
from tests.venue.weddings import look, sent, wedding

pytestmark = pytest.mark.settings(**SETTINGS)

ALL = {"supportsAllDrives": "true"}


class Studio:
    """Signed in as the venue itself, which manages drives that it shares with others."""

    def __init__(self, emulator: Emulator) -> None:
        emulator.limits(move_folders=True)
        self._http = emulator.client("their browser")

    def drive(self, name: str) -> str:
        """A new shared one; `root`: its own Drive."""
        if name == "root":
            return name
        return str(self._call("POST", "/drive/v3/drives", params={"requestId": name}, json={"name": name})["id"])

    def folder(self, name: str, parent: str) -> str:
        made = {"name": name, "mimeType": FOLDER, "parents": [parent]}
        return str(self._call("POST", "/drive/v3/files", params=ALL, json=made)["id"])

    def put(self, photo: Path, folder: str) -> None:
        options = {"uploadType": "media", **ALL}
        kind = {"Content-Type": "image/jpeg"}
        made = self._call("POST", "/upload/drive/v3/files", params=options, content=photo.read_bytes(), headers=kind)
        self.move(made["id"], folder, photo.name)

    def move(self, file: str, to: str, name: str = "") -> None:
        body = {"name": name} if name else {}
        self._call("PATCH", f"/drive/v3/files/{file}", params={"addParents": to, **ALL}, json=body)

    def _call(self, method: str, path: str, **options: Any) -> dict[str, Any]:
        answer: httpx.Response = self._http.request(method, path, **options)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json()


def ten_minutes_pass(house: House) -> None:
    """What a list of that moment may not have shown was listed again."""
    with closing(sqlite3.connect(house.root / ".venuesync" / "ledger.sqlite", timeout=20)) as db, db:
        db.execute("DELETE FROM listing_again")


def comes(house: House, studio: Studio, photo: Path, folder: str) -> None:
    """A photo that is put there now is told of."""
    before = len(sent(house))
    studio.put(photo, folder)
    look(house)
    wait_for(lambda: safe(house), 40, "it is safe")
    assert len(sent(house)) == before + 1


@pytest.mark.slow
@pytest.mark.parametrize(
    ("lies", "goes", "above"),
    [("Studio", "Archive", False), ("Studio", "Archive", True), ("Studio", "root", False), ("root", "Archive", False)],
)
def test_what_comes_after_it_was_moved_to_another_drive_is_told_of(
    house: House, emulator: Emulator, tmp_path: Path, lies: str, goes: str, *, above: bool
) -> None:
    studio = Studio(emulator)
    top = studio.folder("Weddings", studio.drive(lies))
    folder = studio.folder("Mia and Tom", top)
    house.start()
    wedding(house, folder)
    comes(house, studio, scene(tmp_path / "1.jpg", 1), folder)
    studio.move(top if above else folder, studio.drive(goes))
    look(house)
    wait_for(lambda: safe(house), 40, "it is known where it lies")
    ten_minutes_pass(house)
    comes(house, studio, scene(tmp_path / "2.jpg", 2), folder)
    ten_minutes_pass(house)
    comes(house, studio, scene(tmp_path / "3.jpg", 3), folder)


@pytest.mark.slow
def test_it_comes_though_the_plug_is_pulled_as_it_is_learned_where_it_lies(
    lives: Lives, emulator: Emulator, tmp_path: Path
) -> None:
    house, studio = lives.house, Studio(emulator)
    folder = studio.folder("Mia and Tom", studio.drive("Studio"))
    lives.start()
    wedding(house, folder)
    comes(house, studio, scene(tmp_path / "1.jpg", 1), folder)
    ten_minutes_pass(house)
    studio.move(folder, studio.drive("Archive"))
    studio.put(scene(tmp_path / "2.jpg", 2), folder)
    lives.arm(Role.AGENT, WRITTEN, 1)
    house.run("sync")
    assert house.agent is not None
    house.agent.wait(10)
    assert lives.killed_at()
    lives.start()
    wait_for(lambda: safe(house), 40, "it is safe")
    assert len(sent(house)) == 2
    ten_minutes_pass(house)
    comes(house, studio, scene(tmp_path / "3.jpg", 3), folder)
