"""A phone's photo and the film beside it under its name: what is decided of the photo is so of both."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pillow_heif
import pytest
from PIL import Image

from agent.requests.events import AddEvent, SetEvent
from agent.requests.people import DenyPerson, EnrollPerson, Undo
from agent.requests.photos import ApprovePhotos, FilePhotosAs, ListPhotos, MovePhotos, WithdrawPhotos
from tests.emulator.drive import Emulator
from tests.faces.films import film
from tests.halting import HaltAnswer
from tests.patience import within
from tests.venue.house import House, wait_for
from tests.venue.running import Running, arrive, of
from tests.venue.trees import tree

pytestmark = pytest.mark.slow
BOTH = ("IMG_0001.HEIC", "IMG_0001.MOV")


def live(folder: Path, picture: Path, number: int = 1, taken: str = "", filmed: str = "") -> tuple[Path, Path]:
    """`taken`, `filmed`: a day and an hour in Europe's summer, in the words of either."""
    pillow_heif.register_heif_opener()
    still = folder / f"IMG_{number:04}.HEIC"
    exif = Image.Exif()
    exif.get_ifd(0x8769).update({0x9003: taken, 0x9011: "+02:00"} if taken else {})
    with Image.open(picture) as image:
        image.convert("RGB").save(still, "HEIF", exif=exif)
    tags = {"com.apple.quicktime.creationdate": f"{filmed}+0200"} if filmed else None
    return still, film(folder / f"IMG_{number:04}.MOV", [(picture, 1.5)], tags=tags)


def there(emulator: Emulator) -> list[str]:
    rows = [one for one in emulator.files() if not one["trashed"] and "folder" not in one["mimeType"]]
    return sorted(one["path"].removeprefix("venuesync/default/").replace("venuesync/", "Events/") for one in rows)


async def lie(running: Running, emulator: Emulator, wanted: Callable[[list[str]], bool]) -> None:
    async with within(40):
        while not (wanted(await asyncio.to_thread(tree, running)) and wanted(await asyncio.to_thread(there, emulator))):
            await asyncio.sleep(0.1)


def all_in(folder: str, *names: str) -> Callable[[list[str]], bool]:
    return lambda found: [one for one in found if "/Incoming/" not in one] == [f"{folder}/{one}" for one in names]


async def number_of(running: Running, name: str) -> int:
    return next(one["id"] for one in (await running.service.ask(ListPhotos()))["rows"] if one["name"] == name)


async def states_of(running: Running) -> list[str]:
    """Those that are withdrawn, and all others."""
    found = [await running.service.ask(ListPhotos(state=state)) for state in ("withdrawn", None)]
    return [row["state"] for one in found for row in one["rows"]]


@pytest.mark.parametrize("running", ["near"], indirect=True)
async def test_a_withdrawn_photo_takes_its_film_along_and_back(
    running: Running, emulator: Emulator, tmp_path: Path
) -> None:
    """The film stayed in the person's folder, here and on Drive."""
    service = running.service
    await service.ask(EnrollPerson(name="Mia", photos=[str(of("mia_lindqvist")[0])]))
    await arrive(running, *live(tmp_path, of("mia_lindqvist")[1]))
    solo = all_in("People/Mia/Solo", *BOTH)
    await lie(running, emulator, solo)
    assert await service.ask(WithdrawPhotos(ids=[await number_of(running, BOTH[0])])) == 1
    await lie(running, emulator, lambda found: not found)
    assert (await service.ask(Undo()))["what"] == "1 photo withdrawn, with 1 video"
    await lie(running, emulator, solo)
    assert await service.ask(WithdrawPhotos(ids=[await number_of(running, BOTH[1])])) == 1, "the film by itself"
    await lie(running, emulator, all_in("People/Mia/Solo", BOTH[0]))


@pytest.mark.parametrize("running", ["near"], indirect=True)
async def test_who_is_not_on_a_photo_is_not_in_its_film(running: Running, emulator: Emulator, tmp_path: Path) -> None:
    service = running.service
    await service.ask(EnrollPerson(name="Mia", photos=[str(of("mia_lindqvist")[0])]))
    await arrive(running, *live(tmp_path, of("mia_lindqvist")[1]))
    await lie(running, emulator, all_in("People/Mia/Solo", *BOTH))
    await service.ask(DenyPerson(person="Mia", photos=[await number_of(running, BOTH[0])]))
    await lie(running, emulator, lambda found: len(found) == 2 and not any("Mia" in one for one in found))


@pytest.mark.parametrize("running", ["near"], indirect=True)
async def test_a_moved_photo_takes_its_film_along_and_both_are_withdrawn_there(
    running: Running, emulator: Emulator, tmp_path: Path
) -> None:
    service = running.service
    await service.ask(AddEvent(name="Gala"))
    await arrive(running, *live(tmp_path, of("mia_lindqvist")[1]))
    await lie(running, emulator, lambda found: len(found) == 2)
    assert await service.ask(MovePhotos(ids=[await number_of(running, BOTH[0])], event="Gala")) == 1
    await lie(running, emulator, lambda found: len(found) == 2 and all(one.startswith("Events/Gala/") for one in found))
    (still,) = [one for one in (await service.ask(ListPhotos(event="Gala")))["rows"] if one["name"] == BOTH[0]]
    assert await service.ask(WithdrawPhotos(ids=[still["id"]])) == 1
    await lie(running, emulator, lambda found: not found)


@pytest.mark.parametrize("running", ["near"], indirect=True)
async def test_a_photo_that_is_approved_takes_its_film_along_and_another_ones_waits(
    running: Running, emulator: Emulator, tmp_path: Path
) -> None:
    service = running.service
    await service.ask(SetEvent(event="default", key="review", value="true"))
    await arrive(running, *live(tmp_path, of("mia_lindqvist")[1]), *live(tmp_path, of("anna_berg")[1], 2))
    assert await service.ask(ApprovePhotos(ids=[await number_of(running, BOTH[0])])) == 1
    await lie(running, emulator, lambda found: sorted(Path(one).name for one in found) == [*BOTH])


@pytest.mark.parametrize("running", ["near"], indirect=True)
async def test_a_film_that_is_looked_at_while_somebody_is_said_not_to_be_on_its_photo_is_not_theirs_either(
    running: Running, emulator: Emulator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Films wait for all photos, and take longer: it came into their folder, here and on Drive, by that look."""
    service = running.service
    await service.ask(EnrollPerson(name="Mia", photos=[str(of("mia_lindqvist")[0])]))
    still, moving = live(tmp_path, of("mia_lindqvist")[1])
    await arrive(running, still)
    await lie(running, emulator, all_in("People/Mia/Solo", BOTH[0]))
    halt = HaltAnswer(monkeypatch, running.agent._here.pipeline._workers, "look")
    (running.incoming / moving.name).write_bytes(moving.read_bytes())
    async with within(60):
        await halt.done.wait()
    await service.ask(DenyPerson(person="Mia", photos=[await number_of(running, BOTH[0])]))
    halt.end.set()
    await lie(running, emulator, lambda found: sum("/Incoming/" not in one for one in found) == 2)
    await lie(running, emulator, lambda found: not any("Mia" in one for one in found))
    await service.ask(Undo())
    await lie(running, emulator, all_in("People/Mia/Solo", *BOTH))


@pytest.mark.parametrize("running", ["near"], indirect=True)
async def test_a_film_that_comes_once_its_photo_is_withdrawn_is_so_with_it_and_back_with_it(
    running: Running, emulator: Emulator, tmp_path: Path
) -> None:
    """It was being copied still, and came into the person's folder, here and on Drive."""
    service = running.service
    await service.ask(EnrollPerson(name="Mia", photos=[str(of("mia_lindqvist")[0])]))
    still, moving = live(tmp_path, of("mia_lindqvist")[1])
    await arrive(running, still)
    await lie(running, emulator, all_in("People/Mia/Solo", BOTH[0]))
    assert await service.ask(WithdrawPhotos(ids=[await number_of(running, BOTH[0])])) == 1
    await lie(running, emulator, lambda found: not found)
    (running.incoming / moving.name).write_bytes(moving.read_bytes())
    async with within(40):
        while len(states := await states_of(running)) < 2 or "waiting" in states:
            await asyncio.sleep(0.1)
    assert states == ["withdrawn", "withdrawn"], "nor had it come into a folder"
    await service.ask(Undo())
    await lie(running, emulator, all_in("People/Mia/Solo", *BOTH))


@pytest.mark.parametrize("running", ["near"], indirect=True)
async def test_a_film_that_comes_once_its_photo_is_moved_goes_to_the_same_event_and_back_with_it(
    running: Running, emulator: Emulator, tmp_path: Path
) -> None:
    """It was being copied still, and lay in the event that its photo had left, here and on Drive."""
    service = running.service
    await service.ask(AddEvent(name="Gala"))
    still, moving = live(tmp_path, of("mia_lindqvist")[1])
    await arrive(running, still)
    assert await service.ask(MovePhotos(ids=[await number_of(running, BOTH[0])], event="Gala")) == 1
    await lie(running, emulator, lambda found: len(found) == 1 and all(one.startswith("Events/Gala/") for one in found))
    (running.incoming / moving.name).write_bytes(moving.read_bytes())
    await lie(running, emulator, lambda found: len(found) == 2)
    await lie(running, emulator, lambda found: all(one.startswith("Events/Gala/") for one in found))
    await service.ask(Undo())
    await lie(running, emulator, lambda found: len(found) == 2 and not any("Gala" in one for one in found))


@pytest.mark.parametrize("running", ["near"], indirect=True)
async def test_a_film_that_comes_once_its_photo_is_approved_has_that_yes_until_it_is_taken_back(
    running: Running, emulator: Emulator, tmp_path: Path
) -> None:
    """It was being copied still: somebody was asked about it once more."""
    service = running.service
    await service.ask(SetEvent(event="default", key="review", value="true"))
    still, moving = live(tmp_path, of("mia_lindqvist")[1])
    await arrive(running, still)
    assert await service.ask(ApprovePhotos(ids=[await number_of(running, BOTH[0])])) == 1
    await lie(running, emulator, lambda found: [Path(one).name for one in found] == [BOTH[0]])
    (running.incoming / moving.name).write_bytes(moving.read_bytes())
    await lie(running, emulator, lambda found: sorted(Path(one).name for one in found) == [*BOTH])
    await service.ask(Undo())
    await lie(running, emulator, lambda found: not found)
    assert await running.until(lambda now: now["photos"]["held"] == 2)


@pytest.mark.parametrize("running", ["near"], indirect=True)
async def test_a_film_that_comes_once_its_photo_is_filed_as_a_group_lies_there_until_that_is_taken_back(
    running: Running, emulator: Emulator, tmp_path: Path
) -> None:
    """It was being copied still, and lay among the portraits."""
    service = running.service
    await service.ask(EnrollPerson(name="Mia", photos=[str(of("mia_lindqvist")[0])]))
    still, moving = live(tmp_path, of("mia_lindqvist")[1])
    await arrive(running, still)
    assert await service.ask(FilePhotosAs(ids=[await number_of(running, BOTH[0])], company="group")) == 1
    await lie(running, emulator, all_in("People/Mia/Group", BOTH[0]))
    (running.incoming / moving.name).write_bytes(moving.read_bytes())
    await lie(running, emulator, all_in("People/Mia/Group", *BOTH))
    await service.ask(Undo())
    await lie(running, emulator, all_in("People/Mia/Solo", *BOTH))


@pytest.mark.parametrize("running", ["near"], indirect=True)
@pytest.mark.parametrize(("filmed", "left"), [("2026-05-04T18:15:31", []), ("2026-05-04T21:40:02", [BOTH[1]])])
async def test_a_film_of_another_moment_that_is_called_as_a_photo_is_not_the_photos(
    running: Running, emulator: Emulator, tmp_path: Path, filmed: str, left: list[str]
) -> None:
    """Of two phones, or of one that began to count anew: it was withdrawn with a photo of hours before."""
    both = live(tmp_path, of("mia_lindqvist")[1], taken="2026:05:04 18:15:30", filmed=filmed)
    await arrive(running, *both)
    await lie(running, emulator, lambda found: len(found) == 2)
    assert await running.service.ask(WithdrawPhotos(ids=[await number_of(running, BOTH[0])])) == 1
    await lie(running, emulator, lambda found: [Path(one).name for one in found] == left)


@pytest.mark.parametrize("running", ["near"], indirect=True)
async def test_a_film_of_another_moment_stays_though_it_was_not_looked_at_as_the_photo_was_withdrawn(
    running: Running, emulator: Emulator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    still, moving = live(tmp_path, of("mia_lindqvist")[1], taken="2026:05:04 18:15:30", filmed="2026-05-04T21:40:02")
    await arrive(running, still)
    halt = HaltAnswer(monkeypatch, running.agent._here.pipeline._workers, "look")
    (running.incoming / moving.name).write_bytes(moving.read_bytes())
    async with within(60):
        await halt.done.wait()
    assert await running.service.ask(WithdrawPhotos(ids=[await number_of(running, BOTH[0])])) == 1
    halt.end.set()
    await lie(running, emulator, lambda found: [Path(one).name for one in found] == [BOTH[1]])


@pytest.mark.settings(VENUESYNC_DRIVE__ENABLED="false", VENUESYNC_INCOMING__AFTER="move")
def test_a_film_that_comes_once_its_photo_was_put_away_and_withdrawn_is_so_with_it(
    tmp_path: Path, house: House
) -> None:
    """The photo lay in Processed by then, and the film was filed."""
    still, moving = live(tmp_path, of("mia_lindqvist")[1])
    house.start()
    house.drop(still, f"100APPLE/{BOTH[0]}")
    wait_for((house.root / "Processed/100APPLE" / BOTH[0]).exists, 20, "it is put away")
    [photo] = house.json("photos")
    assert house.run("photos", "withdraw", str(photo["id"])).returncode == 0
    house.drop(moving, f"100APPLE/{BOTH[1]}")
    wait_for(lambda: len(house.json("photos", "--state", "withdrawn")) == 2, 20, "both are withdrawn")
    assert not house.on_disk()
