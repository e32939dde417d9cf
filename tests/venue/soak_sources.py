"""A soak of the way from Drive: photographers change their folders in every way while both sides fail and are killed.

Drive's lists and its feed lag all the while. At the end the agent has exactly what a fresh one makes of the last state,
and says that it is safe to pack up.
"""

from __future__ import annotations

import hashlib
import random
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from tests.emulator.drive import Emulator
from tests.venue.house import House, wait_for
from tests.venue.memory import Lives
from tests.venue.photographer import Photographer
from tests.venue.pictures import scene, variant
from tests.venue.trouble import TRANSIENT, share

SETTLE = 300.0  # seconds until all is as it should be, when all is well again
LAST_LIFE = 0.7  # of the time: from then on the agent is not killed, so that its memory can be judged
Trees = dict[str, Counter[tuple[str, str]]]


@dataclass
class Folders:
    """What photographers have: a folder for each event, more below them, and one that belongs to no event."""

    emulator: Emulator
    anna: Photographer
    dice: random.Random
    made: Path
    pictures: list[Path]
    roots: list[str] = field(default_factory=list[str])
    below: list[str] = field(default_factory=list[str])
    files: list[str] = field(default_factory=list[str])
    trashed: list[str] = field(default_factory=list[str])
    number: int = 0
    met: Counter[str] = field(default_factory=Counter[str])

    def open(self, events: int) -> None:
        self.roots = [self.anna.folder(f"Event {number}", share=True) for number in range(events)]
        self.below = [*self.roots, self.anna.folder("Private")]

    def photo(self) -> Path:
        """One that nobody has seen."""
        self.number += 1
        return variant(self.dice.choice(self.pictures), self.made, self.number)

    def act(self) -> None:
        """One thing that a photographer does; under faults it may fail, or be done and seem to have failed."""
        kinds: list[tuple[float, Callable[[], object]]] = [
            (12, self.put),
            (1, self.make_folder),
            (2, self.replace),
            (2, self.rename),
            (4, self.move),
            (2, self.trash),
            (2, self.restore),
            (1, self.delete),
            (1, self.move_folder),
            (1, self.put_again),
            (1, self.unshare_and_share),
        ]
        kind = self.dice.choices([one for _, one in kinds], [weight for weight, _ in kinds])[0]
        try:
            kind()
            self.met[kind.__name__] += 1
        except (IndexError, ValueError):
            pass  # there is none yet
        except httpx.HTTPError:
            pass
        except AssertionError as refused:
            if " 401 " in str(refused):  # the photographer signs in again
                with suppress(httpx.HTTPError):
                    self.anna = Photographer(self.emulator, self.anna.account)

    def put(self) -> None:
        name = f"DSC_{self.dice.randrange(500):04}.jpg"
        self.files.append(self.anna.put(self.photo(), name, self.dice.choice(self.below)))

    def put_again(self) -> None:
        """Bytes that are there already, under another name."""
        file = self.dice.choice(self.files)
        content = self.anna.http.get(f"/drive/v3/files/{file}", params={"alt": "media"}).raise_for_status().content
        self.files.append(self.anna.put(content, "again.jpg", self.dice.choice(self.below)))

    def make_folder(self) -> None:
        self.below.append(self.anna.folder(f"Cam{self.dice.randrange(9)}", self.dice.choice(self.below)))

    def replace(self) -> None:
        self.anna.replace(self.dice.choice(self.files), self.photo())

    def rename(self) -> None:
        self.anna.rename(self.dice.choice([*self.files, *self.below[len(self.roots) :]]), f"{self.number}.jpg")

    def move(self) -> None:
        self.anna.move(self.dice.choice(self.files), self.dice.choice(self.below))

    def move_folder(self) -> None:
        self.anna.move(self.dice.choice(self.below[len(self.roots) + 1 :]), self.dice.choice(self.below))

    def trash(self) -> None:
        one = self.dice.choice([*self.files, *self.below[len(self.roots) + 1 :]])
        self.anna.trash(one)
        self.trashed.append(one)

    def restore(self) -> None:
        self.anna.trash(self.trashed.pop(self.dice.randrange(len(self.trashed))), back=True)

    def delete(self) -> None:
        self.anna.delete(self.files.pop(self.dice.randrange(len(self.files))))

    def unshare_and_share(self) -> None:
        """For a moment a source cannot be reached."""
        root = self.dice.choice(self.roots)
        permissions = self.anna.permissions(root)
        for one in permissions:
            self.anna.unshare(root, one)
        self.share_all()

    def share_all(self) -> None:
        """Every source can be reached."""
        for root in self.roots:
            for _ in range(20):
                with suppress(AssertionError, httpx.HTTPError):
                    if not self.anna.permissions(root):
                        self.anna.share(root)
                    break


def soak(folder: Path, seconds: float, seed: int, size: float | None = None) -> dict[str, Any]:
    """An hour: 50 events and 2,000 files, 50 kills; shorter ones in proportion, down to five events. `size` 1: all."""
    dice = random.Random(seed)
    long = min(1.0, seconds / 3600) if size is None else size
    events, files, kills, expiries = int(5 + 45 * long), int(90 + 1910 * long), int(3 + 47 * long), int(1 + 4 * long)
    pictures = [scene(folder / f"scene-{number}.jpg", number, (160, 120)) for number in range(12)]
    with Emulator.start(folder / "drive") as emulator:
        photographers = Folders(emulator, Photographer(emulator), dice, folder / "made.jpg", pictures)
        photographers.open(events)
        settings = {
            "VENUESYNC_SYNC__GONE": "remove",
            "VENUESYNC_FACES__WORKERS": "1",
            "VENUESYNC_SYNC__INTERVAL": "0.5",
        }
        house, lives = House(folder / "venue", emulator, **settings), Lives("the agent")
        house.processes_only = True  # forked from a process of the tests, an agent weighs what that one does, too
        try:
            lag(emulator, dice)
            house.start()
            make_events(house, photographers.roots)
            met = storm(house, photographers, lives, seconds, files, kills, expiries)
            all_well(emulator, photographers)
            calm_at = time.monotonic()
            fresh = House(folder / "fresh", emulator, **settings, VENUESYNC_DRIVE__SEND="false")
            fresh.environ["XDG_RUNTIME_DIR"] = str(folder)
            settle(house)
            settled = time.monotonic() - calm_at
            try:
                fresh.start()
                make_events(fresh, photographers.roots)
                settle(fresh, sending=False)
                compare(house, fresh)
            finally:
                fresh.close()
            assert house.stop(30) == 0
        finally:
            house.close()
    lives.assert_flat()
    return {
        "events": events,
        "photos": photographers.number,
        "done": dict(photographers.met),
        "troubles": dict(met),
        "settled_seconds": round(settled, 1),
        "agent": lives.told(),
    }


def make_events(house: House, roots: list[str]) -> None:
    api = house.api()
    for number, root in enumerate(roots):
        made = api.post("/events", json={"name": f"Event {number}", "googleDriveUrl": root})
        assert made.status_code == 201, made.text


def storm(
    house: House, folders: Folders, lives: Lives, seconds: float, files: int, kills: int, expiries: int
) -> Counter[str]:
    """Act until the time is up, or all files were made and every trouble was met."""
    dice, met = folders.dice, Counter[str]()
    began = time.monotonic()
    troubles = plan(dice, seconds, kills, expiries)
    pause = seconds / (files * 2.4)
    while (now := time.monotonic() - began) < seconds and (folders.number < files or troubles):
        folders.act()
        while troubles and troubles[0][0] <= now:
            _, trouble = troubles.pop(0)
            met[trouble] += 1
            strike(house, trouble, dice)
        if house.agent is not None:
            assert house.agent.poll() is None, "the agent has ended"
            lives.look(house.agent.pid)
        time.sleep(pause)
    return met


def plan(dice: random.Random, seconds: float, kills: int, expiries: int) -> list[tuple[float, str]]:
    """What goes wrong when, in order; every kill comes before the last life begins."""
    always = ["tokens expired", "outage", "access tokens"] * expiries + ["faults", "calm"] * kills
    times = [(dice.uniform(0, seconds * LAST_LIFE), "killed") for _ in range(kills)]
    return sorted(times + [(dice.uniform(0, seconds * 0.95), one) for one in always])


def strike(house: House, trouble: str, dice: random.Random) -> None:
    emulator = house.emulator
    if trouble == "killed":
        house.kill()
        house.start()
    elif trouble == "faults":
        emulator.clear_faults()
        emulator.faults(share(TRANSIENT, 0.1, dice.randrange(10**6)))
    elif trouble == "calm":
        emulator.clear_faults()
        lag(emulator, dice)
    elif trouble == "outage":
        emulator.outage(dice.uniform(0.2, 3))
    elif trouble == "tokens expired":
        emulator.expire("page_tokens")
    elif trouble == "access tokens":
        emulator.expire("access_tokens")


def lag(emulator: Emulator, dice: random.Random) -> None:
    """Others met five minutes; what matters is that it is longer than whatever was done meanwhile."""
    emulator.lag(list_ms=dice.choice([500, 2_000, 10_000, 60_000]), changes_ms=dice.choice([0, 500, 2_000]))


def all_well(emulator: Emulator, folders: Folders) -> None:
    emulator.clear_faults()
    emulator.outage(0)
    emulator.lag()
    for root in folders.roots:  # the access token of the photographer may be an old one
        folders.anna = Photographer(emulator, folders.anna.account)
        folders.anna.trash(root, back=True)
    folders.share_all()


def settle(house: House, *, sending: bool = True) -> None:
    """Look, fetch, file and send until nothing is left; say yes to whatever is held."""
    api = house.api()

    def quiet() -> bool:
        status = api.get("/status").json()
        if status["held"]:
            api.post("/commands/held-approve", json={"all": True}).raise_for_status()
        if any(one["sync_status"] != "UP_TO_DATE" for one in status["events"] if one["sources"]):
            api.post("/commands/sync", json={}).raise_for_status()
            time.sleep(0.5)
            return False
        downloads, uploads = status["downloads"], status["uploads"]
        left = downloads["queued"] + downloads["active"] + status["photos"]["waiting"] + status["held"]
        if sending:
            left += uploads["queued"] + uploads["active"] + uploads["removals"] + uploads["folders_left"]
        safe = not sending or status["safe_to_leave"]["safe"]
        return left == 0 and status["downloads"]["failed"] == 0 and safe

    for _ in range(2):  # a look after the last change, and what it brought
        time.sleep(1)
        api.post("/commands/sync", json={}).raise_for_status()
        wait_for(quiet, SETTLE, f"all is quiet: {house.json('errors')['open'][:3]}")


def compare(house: House, fresh: House) -> None:
    """Folder by folder the same photos, and Drive has what the disk has."""
    ours, theirs = tree(house), tree(fresh)
    for name in sorted(ours.keys() | theirs.keys()):
        more = ours.get(name, Counter()) - theirs.get(name, Counter())
        less = theirs.get(name, Counter()) - ours.get(name, Counter())
        assert not more and not less, f"{name}: too much {dict(more)}, missing {dict(less)}"
    top = "venuesync/"
    on_drive = Counter(
        (one["path"].removeprefix(top), one["md5Checksum"])
        for one in house.emulator.files()
        if one["path"].startswith(top) and one.get("md5Checksum") and not one["trashed"]
    )
    on_disk = Counter((str(path.relative_to(house.root / "Events")), md5) for path, md5 in hashed(house))
    assert on_drive == on_disk, f"Drive {on_drive - on_disk}, disk {on_disk - on_drive}"


def tree(house: House) -> Trees:
    """For each event, (folder, MD5) of what is filed; names are kept from the first time a photo was seen."""
    found: Trees = {}
    for path, md5 in hashed(house):
        event, _, below = str(path.relative_to(house.root / "Events")).partition("/")
        found.setdefault(event, Counter())[(below.rpartition("/")[0], md5)] += 1
    return found


def hashed(house: House) -> list[tuple[Path, str]]:
    """Every filed file of every event."""
    return [
        (path, hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest())
        for output in ("People", "Unsorted")
        for path in (house.root / "Events").glob(f"*/{output}/**/*")
        if path.is_file()
    ]
