"""How soon disk and Drive follow when somebody changes their mind about many photos at once.

make bench-changes      1,000 photos of one person: renamed, merged into another, withdrawn, moved, and each taken back

Each verb is said to a whole agent by its socket. `answer` is when the command has answered, `disk` when every file lies
where it should and nothing else does, `drive` (VENUESYNC_DRIVE=1) the same there. `VENUESYNC_PHOTOS=100`,
`VENUESYNC_ROUNDS=1`: other numbers (three rounds). The last line is all of it as JSON.
"""

# ruff: noqa: T201 - its figures are what it is for

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from agent.client import Remote
from agent.demo.guests import GUESTS
from agent.requests.events import AddEvent
from agent.requests.people import DenyPerson, EnrollPerson, MergePeople, RenamePerson, Undo
from agent.requests.photos import ListPhotos, MovePhotos, WithdrawPhotos
from agent.requests.status import GetStatus
from tests.emulator.drive import Emulator
from tests.venue.house import House
from tests.venue.pictures import variant
from tests.venue.processor import seconds_of_cpu

PHOTOS = int(os.environ.get("VENUESYNC_PHOTOS", "1000"))
ROUNDS = int(os.environ.get("VENUESYNC_ROUNDS", "3"))
WITH_DRIVE = os.environ.get("VENUESYNC_DRIVE") == "1"
PATIENCE = 600.0  # seconds
Places = dict[str, int]  # folder -> files in it


def on_disk(root: Path) -> Places:
    """How many files lie in each folder below People and Unsorted; folders without any file count as nothing."""
    found: Places = Counter()
    for top in ("People", "Unsorted", "Events/Gala/People", "Events/Gala/Unsorted"):
        for folder, _, files in os.walk(root / top):
            if files:
                found[str(Path(folder).relative_to(root))] = len(files)
    return found


def on_drive(emulator: Emulator) -> Places:
    """The same on Drive, by the same names."""
    found: Places = Counter()
    for one in emulator.files():
        if one.get("md5Checksum") and not one["trashed"]:
            event, _, path = one["path"].removeprefix("venuesync/").partition("/")
            found[str(Path(path if event == "default" else f"Events/{event}/{path}").parent)] += 1
    return found


async def until(look: Callable[[], Places], wanted: Places, every: float) -> None:
    async with asyncio.timeout(PATIENCE):
        while (await asyncio.to_thread(look)) != wanted:
            await asyncio.sleep(every)


class Changes:
    """One venue, and what each verb took."""

    def __init__(self, house: House, service: Remote) -> None:
        self.house = house
        self.service = service
        self.took: dict[str, list[dict[str, float]]] = {}

    async def measure(self, what: str, verb: Callable[[], Awaitable[Any]], wanted: Places) -> None:
        assert self.house.agent is not None
        pid, began = self.house.agent.pid, time.monotonic()
        cpu = seconds_of_cpu(pid)

        async def timed(waiting: Awaitable[Any]) -> float:
            await waiting
            return time.monotonic() - began

        ends = [timed(verb()), timed(until(lambda: on_disk(self.house.root), wanted, 0.01))]
        if WITH_DRIVE:
            ends.append(timed(until(lambda: on_drive(self.house.emulator), wanted, 0.2)))
        took = dict(zip(("answer", "disk", "drive"), await asyncio.gather(*ends), strict=False))
        took["cpu"] = seconds_of_cpu(pid) - cpu
        self.took.setdefault(what, []).append(took)
        shown = ", ".join(f"{name} {seconds:.2f} s" for name, seconds in took.items())
        print(f"{what:16} n={PHOTOS} photos: {shown}; load {os.getloadavg()[0]:.2f}", flush=True)
        await asyncio.sleep(1.5)  # what is told and shown afterwards is not the next one's


async def all_filed(service: Remote) -> None:
    async with asyncio.timeout(PATIENCE):
        while True:
            now = await service.ask(GetStatus())
            sent = not WITH_DRIVE or now["uploads"]["verified"] == PHOTOS
            if now["photos"]["filed"] == PHOTOS and sent:
                return
            await asyncio.sleep(0.5)


async def measure_all(house: House, service: Remote) -> dict[str, list[dict[str, float]]]:
    mia, hassan = (next(one for one in GUESTS if one.name.startswith(name)) for name in ("Mia", "Hassan"))
    for name, guest in (("Mia", mia), ("Hassan", hassan)):
        await service.ask(EnrollPerson(name=name, photos=[str(guest.reference_files()[0])]))
    sources = hassan.reference_files()[1:]
    for number in range(PHOTOS):
        variant(sources[number % len(sources)], house.root / f".beside-{number}", number)
        (house.root / f".beside-{number}").rename(house.incoming / f"DSC_{number:05}.jpg")
    began = time.monotonic()
    await all_filed(service)
    print(f"{PHOTOS} photos filed in {time.monotonic() - began:.0f} s", flush=True)
    await service.ask(AddEvent(name="Gala"))
    await asyncio.sleep(3)
    ids: list[int] = []
    while page := (await service.ask(ListPhotos(before=ids[-1] if ids else None, limit=200)))["rows"]:
        ids += [row["id"] for row in page]
    assert len(ids) == PHOTOS
    done = Changes(house, service)
    before = {"People/Hassan/Solo": PHOTOS}
    for _ in range(ROUNDS):
        await done.measure(
            "rename", lambda: service.ask(RenamePerson(person="Hassan", name="H.")), {"People/H/Solo": PHOTOS}
        )
        await done.measure("undo rename", lambda: service.ask(Undo()), before)
        await done.measure(
            "merge", lambda: service.ask(MergePeople(person="Hassan", into="Mia")), {"People/Mia/Solo": PHOTOS}
        )
        await done.measure("undo merge", lambda: service.ask(Undo()), before)
        unknown = {"Unsorted/Unknown": PHOTOS}
        await done.measure("not this person", lambda: service.ask(DenyPerson(person="Hassan", photos=ids)), unknown)
        await done.measure("undo not", lambda: service.ask(Undo()), before)
        await done.measure("withdraw", lambda: service.ask(WithdrawPhotos(ids=ids)), {})
        await done.measure("undo withdraw", lambda: service.ask(Undo()), before)
        gala = {"Events/Gala/Unsorted/Unknown": PHOTOS}
        await done.measure("move", lambda: service.ask(MovePhotos(ids=ids, event="Gala")), gala)
        await done.measure("undo move", lambda: service.ask(Undo()), before)
    return done.took


async def main() -> None:
    with tempfile.TemporaryDirectory() as folder, Emulator.start() as emulator:
        given = {"VENUESYNC_FACES__WORKERS": "2", "VENUESYNC_PEOPLE__GUEST_AFTER": "0"}
        if not WITH_DRIVE:
            given["VENUESYNC_DRIVE__ENABLED"] = "false"
        house = House(Path(folder) / "venue", emulator, **given)
        print(f"load {os.getloadavg()[0]:.2f}, {os.cpu_count()} cores", flush=True)
        house.start()
        service = Remote(Path(json.loads((house.root / ".venuesync/agent.json").read_text())["socket"]))
        try:
            took = await measure_all(house, service)
        finally:
            await service.close()
            house.stop()
        for what, rounds in took.items():
            worst = {name: max(one[name] for one in rounds) for name in rounds[0]}
            print(f"{what:16} worst of {len(rounds)}: {', '.join(f'{k} {v:.2f} s' for k, v in worst.items())}")
        print(json.dumps({"photos": PHOTOS, "load": os.getloadavg()[0], "took": took}))


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
