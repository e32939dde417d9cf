"""Two Google accounts in one workspace, each with an event."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.venue.browser import log_in
from tests.venue.house import House, wait_for
from tests.venue.pictures import padded, scene
from tests.venue.test_renditions import LARGE

ANA, BEN = "ana@example.com", "ben@example.com"
GALA = "Events/Gala/Incoming"


class Two:
    """Photos that arrive in an event of Ana's, which is the default one, and in one of Ben's."""

    def __init__(self, house: House, folder: Path) -> None:
        self.house = house
        self.emulator = house.emulator
        self._made = folder / "made.jpg"
        self._number = 0
        self.gala = ""

    def sign_in(self) -> None:
        assert log_in(self.house, way="pasted", emulator_account=ANA).code == 0
        assert log_in(self.house, "--account", BEN, way="pasted").code == 0

    def photo(self, event: str = "", size: int = 0) -> str:
        """One more, of so many bytes, if any are said; its name."""
        self._number += 1
        name = f"DSC_{self._number:04}.jpg"
        made = scene(self._made, self._number, LARGE) if size else scene(self._made, self._number)
        padded(made, size, self._number)
        target = self.house.root / "Events" / event / "Incoming" / name if event else self.house.incoming / name
        target.parent.mkdir(parents=True, exist_ok=True)
        beside = self.house.root / f".arriving-{name}"
        beside.write_bytes(made.read_bytes())
        beside.replace(target)
        self.house.expected.arrived(target, self.gala if event else "default")
        return name

    @property
    def status(self) -> dict[str, Any]:
        return self.house.json("status")

    def drive_of(self, account: str) -> dict[str, Any]:
        (found,) = [one for one in self.status["drive"]["accounts"] if one["account"] == account]
        return found

    def there(self, owner: str) -> list[str]:
        """Paths of photos of ours on that account's Drive, each as often as it is there."""
        files = [one for one in self.emulator.files() if one.get("md5Checksum") and not one["trashed"]]
        return sorted(one["path"] for one in files if one["owner"] == owner and one["path"].startswith("venuesync/"))

    def sizes(self, owner: str) -> list[bool]:
        """Of each photo on that account's Drive, whether it is the original, of more than a megabyte."""
        files = [one for one in self.emulator.files() if one.get("md5Checksum") and not one["trashed"]]
        return [int(one["size"]) > 1_000_000 for one in files if one["owner"] == owner]

    def verified(self, number: int, seconds: float = 30) -> None:
        wait_for(lambda: self.status["photos"]["verified"] == number, seconds, f"{number} verified: {self.status}")

    def safe(self) -> None:
        wait_for(lambda: self.status["safe_to_leave"]["safe"], 30, f"safe: {self.status['safe_to_leave']}")


def of(event: str, *names: str) -> list[str]:
    return [f"venuesync/{event}/Unsorted/No Faces/{name}" for name in names]
