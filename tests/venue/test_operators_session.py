"""An operator's evening: enroll three, name five, merge two, deny four, undo six; disk and Drive exact after each."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from agent.requests.control import Verify
from agent.requests.faces import ListUnknown, NameUnknown
from agent.requests.people import DenyPerson, EnrollPerson, ListPeople, MergePeople, Undo
from agent.requests.photos import ListPhotos
from agent.requests.status import GetStatus
from tests.emulator.drive import Emulator
from tests.venue.both_ends import BothEnds, Filed
from tests.venue.running import Running

DEMO = Path(__file__).parents[2] / "agent" / "demo"
ENROLLED = {"Mia": "mia_lindqvist", "Jonas": "jonas_lindqvist", "Anna": "anna_berg"}
NAMED = {"Samuel": "samuel_osei", "Priya": "priya_raman", "Yuki": "yuki_tanaka", "Hassan": "hassan_darwish"}
NAMED |= {"Beatriz": "beatriz_alves"}

pytestmark = [pytest.mark.parametrize("running", ["near"], indirect=True), pytest.mark.timeout(400)]


class Evening(BothEnds):
    """With the agent's service, near or far."""

    def __init__(self, running: Running, emulator: Emulator) -> None:
        super().__init__(running.incoming.parent, emulator)
        self.service = running.service

    async def exact(self, wanted: Filed, what: str) -> None:
        await asyncio.to_thread(self.expect, wanted, what)

    async def settled(self, guests: int) -> Filed:
        """Both ends, once so many guests were found and everything is filed."""
        for _ in range(600):
            status = await self.service.ask(GetStatus())
            found = sum(row["name"] is not None for row in await self.service.ask(ListUnknown()))
            if status["safe_to_leave"]["safe"] and found == guests:
                assert await asyncio.to_thread(self.disk) == await asyncio.to_thread(self.drive)
                now = await asyncio.to_thread(self.disk)
                return {one["name"]: now.get(one["name"], set()) for one in await self.service.ask(ListPeople())}
            await asyncio.sleep(0.2)
        raise AssertionError((status["safe_to_leave"], await self.service.ask(ListUnknown())))


@pytest.mark.slow
async def test_disk_and_drive_are_exact_after_each_of_twenty_decisions(running: Running, emulator: Emulator) -> None:
    service, evening = running.service, Evening(running, emulator)
    for photo in (DEMO / "photos").glob("*.jpg"):
        (running.incoming / photo.name).write_bytes(photo.read_bytes())
    for name in NAMED.values():
        for photo in (DEMO / "references").glob(f"{name}_*.jpg"):
            (running.incoming / photo.name).write_bytes(photo.read_bytes())
    await running.until(lambda now: now["photos"]["seen"] == 41 and now["photos"]["waiting"] == 0, 90)

    for name, person in ENROLLED.items():
        await service.ask(
            EnrollPerson(name=name, photos=[str(one) for one in sorted((DEMO / "references").glob(f"{person}_*.jpg"))])
        )
    state = await evening.settled(guests=6)
    uploads = emulator.requests()["methods"].get("files.create", 0)
    assert set(ENROLLED) < set(state)
    history = [state]

    whose = {photo: name for name, person in NAMED.items() for photo in [f"{person}_1.jpg"]}
    guests = {whose[photo]: guest for guest, photos in state.items() for photo in photos if photo in whose}
    assert len(guests) == 5, "each of the five is a guest of her own"
    ids = {row["name"]: row["id"] for row in await service.ask(ListUnknown())}
    for name, guest in guests.items():
        assert (await service.ask(NameUnknown(id=ids[guest], name=name)))["name"] == name
        state = {name if known == guest else known: photos for known, photos in state.items()}
        await evening.exact(state, f"named {name}")
        history.append(state)

    for one, into in (("Samuel", "Hassan"), ("Yuki", "Mia")):
        await service.ask(MergePeople(person=one, into=into))
        state = {
            name: photos | (state[one] if name == into else set()) for name, photos in state.items() if name != one
        }
        await evening.exact(state, f"merged {one} into {into}")
        history.append(state)

    for name in ("Anna", "Jonas", "Priya", "Hassan"):
        photo = sorted(state[name])[0]
        number = next(row["id"] for row in (await service.ask(ListPhotos(person=name)))["rows"] if row["name"] == photo)
        await service.ask(DenyPerson(person=name, photos=[number]))
        state = {known: photos - ({photo} if known == name else set()) for known, photos in state.items()}
        await evening.exact(state, f"{name} is not on {photo}")
        history.append(state)

    for _ in range(6):
        history.pop()
        undone = await service.ask(Undo())
        await evening.exact(history[-1], f"undone: {undone['what']}")
    sent = emulator.requests()["methods"].get("files.create", 0) - uploads
    assert sent == 0, "every move was made by id, nothing was sent a second time"
    assert (await service.ask(Verify()))["differences"] == []
