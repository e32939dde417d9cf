"""Photos called as the operator wants, as they are filed: here and on Drive alike, once, and found again by that."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from PIL import Image

from agent.building import rebuild
from agent.demo.guests import photos
from agent.requests.events import SetEvent
from agent.workspace import Workspace
from tests.crash.names import is_called
from tests.faces import raws
from tests.halting import Halt
from tests.patience import within
from tests.venue.evenings import CANON, moments, taken
from tests.venue.house import House, wait_for
from tests.venue.pictures import scene
from tests.venue.running import an_agent, arrive
from tests.venue.test_people_commands import of

pytestmark = pytest.mark.settings(VENUESYNC_PEOPLE__GUEST_AFTER="0")

SEEN = moments(1, 3)
NAMED = "SELECT COUNT(*) FROM event_photo WHERE given <> ''"


def names(house: House) -> set[str]:
    """Of all that is filed, which is the same here and on Drive."""
    assert house.on_disk().keys() == house.on_drive().keys()
    return {Path(one).name for one in house.on_disk()}


def lose_the_ledger(house: House) -> None:
    house.kill()
    for file in (house.root / ".venuesync").glob("ledger.sqlite*"):
        file.unlink()
    house.start()


@pytest.mark.slow
@pytest.mark.settings(VENUESYNC_FILING__NAME="{date}_{time}_{event}_{camera}_{number}_{original}")
def test_a_photo_has_its_name_everywhere_and_keeps_it(house: House, tmp_path: Path) -> None:
    for path in taken(CANON, SEEN, tmp_path / "card"):
        house.drop(path, path.name)
    house.start()
    assert house.until_done().returncode == 0
    first = names(house)
    times = [f"2026-05-04_{18 + int(at) // 3600}-{int(at) // 60 % 60:02}-{int(at) % 60:02}" for at, _ in SEEN]
    assert {one[:19] for one in first} == set(times)
    assert {one[19:44] for one in first} == {"_default_Canon EOS R6_000"}, first
    assert sorted(one[44] for one in first) == ["1", "2", "3"]
    assert {one[45:] for one in first} == {f"_EOSR6_{number:04}.jpg" for number in range(3)}
    assert sorted(path.name for path in house.incoming.rglob("*.jpg")) == [f"EOSR6_{n:04}.jpg" for n in range(3)]

    # who is enrolled later has it under the same name; a clock that is corrected, and a lost ledger, change none
    assert house.run("enroll", "Ana", *map(str, of("anna_berg"))).returncode == 0
    assert house.run("events", "clock", "default", "R6", "+1:00").returncode == 0
    assert house.until_done().returncode == 0
    assert any(one.startswith("People/Ana") for one in house.on_disk())
    assert names(house) == first
    files = house.on_disk()
    sent = house.emulator.requests()["methods"]["files.create"]
    lose_the_ledger(house)
    assert house.until_done().returncode == 0
    assert house.on_disk() == files
    assert names(house) == first
    assert house.emulator.requests()["methods"]["files.create"] == sent, "nothing is sent again"
    assert house.run("verify").returncode == 0

    # withdrawn and brought back, it has its name; with another template what comes is called by that
    number = str(house.json("photos")[0]["id"])
    assert house.run("photos", "withdraw", number).returncode == 0
    assert house.until_done().returncode == 0
    assert house.run("undo").returncode == 0
    assert house.until_done().returncode == 0
    assert names(house) == first
    assert house.run("events", "set", "default", "name_template", "{original}").returncode == 0
    house.drop(scene(tmp_path / "late.jpg", 7), "late.jpg")
    wait_for(lambda: house.json("status")["photos"]["verified"] == 4, 30, "the last one is there")
    assert names(house) == first | {"late.jpg"}
    house.assert_invariants()


@pytest.mark.slow
def test_what_lay_under_its_own_name_has_it_when_it_comes_back(house: House, tmp_path: Path) -> None:
    house.start()
    assert house.run("events", "add", "Party").returncode == 0
    for number, name in enumerate(("out.jpg", "moved.jpg")):
        house.drop(scene(tmp_path / name, number), name)
    wait_for(lambda: len(house.on_drive()) == 2, 30, "both are there")
    assert house.run("events", "set", "default", "name_template", "{event}_{original}").returncode == 0
    number = {one["name"]: str(one["id"]) for one in house.json("photos")}
    for words in (("withdraw", number["out.jpg"]), ("move", number["moved.jpg"], "--event", "Party")):
        assert house.run("photos", *words).returncode == 0
        wait_for(lambda: len(house.on_disk()) == 1, 30, "it lies there no more")
        assert house.run("undo").returncode == 0
        wait_for(lambda: len(house.on_disk()) == 2, 30, "it is back")
    assert house.until_done().returncode == 0
    assert names(house) == {"out.jpg", "moved.jpg"}
    house.assert_invariants()


@pytest.mark.slow
def test_of_one_second_each_has_another_and_raw_and_jpeg_have_one(house: House, tmp_path: Path) -> None:
    """They come in any order; killed amid it."""
    assert house.run("events", "set", "default", "name_template", "{date} {time}").returncode == 0
    card = tmp_path / "card"
    jpegs = list(taken(CANON, [(100.0, photo) for photo in photos()[:3]], card))
    for jpeg in jpegs:
        with Image.open(jpeg) as picture:
            said = str(picture.getexif().get_ifd(0x8769)[0x9003])
            (card / f"{jpeg.stem}.NEF").write_bytes(raws.nef(picture).replace(raws.TAKEN.encode(), said.encode()))
    house.start()
    for path in (card / "EOSR6_0000.NEF", *jpegs[:2]):
        house.drop(path, path.name)
    wait_for(lambda: len(house.on_disk()) >= 2, 30, "some are filed")
    house.kill()
    for path in (jpegs[2], card / "EOSR6_0002.NEF", card / "EOSR6_0001.NEF"):
        house.drop(path, path.name)
    house.start()
    assert house.until_done().returncode == 0
    stems = {Path(one).stem for one in names(house)}
    assert stems == {"2026-05-04 18-01-40", "2026-05-04 18-01-40 (2)", "2026-05-04 18-01-40 (3)"}
    by_stem = {stem: {Path(one).suffix for one in names(house) if Path(one).stem == stem} for stem in stems}
    assert set(map(frozenset, by_stem.values())) == {frozenset({".jpg", ".NEF"})}
    house.assert_invariants()


@pytest.mark.parametrize("value", ["{person}", "{event}", "../{number}", "{number!r}", "{", "{number}\x1b", "x" * 200])
def test_a_template_that_is_none_is_refused(house: House, value: str) -> None:
    refused = house.run("events", "set", "default", "name_template", value)
    assert refused.returncode == 2
    assert "name_template" in refused.stderr and repr(value) in refused.stderr and "{number}" in refused.stderr
    assert house.json("events", "show", "default")["settings"]["name_template"] is None


@pytest.mark.slow
def test_what_its_filed_file_alone_tells_is_its_own_name(house: House, tmp_path: Path) -> None:
    """Its card is empty and the ledger lost: nobody knows any more what the template made it of."""
    house.start()
    for event, template in (("Party", "{event} {original}"), ("Later", "{date} {original}")):
        assert house.run("events", "add", event).returncode == 0
        assert house.run("events", "set", event, "name_template", template).returncode == 0
    (path,) = taken(CANON, SEEN[:1], tmp_path / "card")
    card = house.drop(path, f"../Events/Party/Incoming/{path.name}")
    assert house.until_done().returncode == 0
    assert {Path(one).name for one in house.on_drive()} == {f"Party {path.name}"}
    card.unlink()
    lose_the_ledger(house)
    assert house.until_done().returncode == 0
    (photo,) = house.json("photos")
    assert house.run("photos", "move", str(photo["id"]), "--event", "Later").returncode == 0
    assert house.until_done().returncode == 0
    (name,) = {Path(one).name for one in house.on_drive()}
    assert name == f"2026-05-04 Party {path.name}"
    assert is_called(name, path.name, ["{date} {original}", "{event} {original}"])
    assert not is_called(name, path.name, ["{date} {original}"])


async def test_a_raw_that_comes_once_the_ledger_is_lost_is_called_as_its_jpeg_is_filed(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both had a new number until the JPEG's file was found: 0003.jpg lay beside 0001.NEF of the same shot."""
    filed = workspace.root / "Unsorted" / "No Faces"
    async with an_agent(workspace) as running:
        await running.service.ask(SetEvent(event="default", key="name_template", value="{number}"))
        for number in (1, 2, 3):
            await arrive(running, scene(tmp_path / f"DSC_{number}.jpg", number))
        await running.until(lambda now: now["uploads"]["verified"] == 3)
    for file in (workspace.root / ".venuesync").glob("ledger.sqlite*"):
        file.unlink()
    with Image.open(tmp_path / "DSC_3.jpg") as picture:
        (workspace.incoming / "DSC_3.NEF").write_bytes(raws.nef(picture))
    scan = Halt(monkeypatch, rebuild, "filed_files")
    async with an_agent(workspace) as running:
        async with within(40):
            while await running.agent._ledger.read(lambda db: db.value(NAMED)) < 4:
                await asyncio.sleep(0.05)
        scan.begin.set()
        scan.end.set()
        await running.until(lambda now: now["uploads"]["verified"] == 4 and now["photos"]["waiting"] == 0)
    assert sorted(one.name for one in filed.iterdir()) == ["0001.jpg", "0002.jpg", "0003.NEF", "0003.jpg"]
