"""What undo and redo cannot do, and what they must not forget: lost bytes, guests found meanwhile, events that went."""

from __future__ import annotations

import asyncio

import pytest

from agent.errors import Cause, UsageError, VenueError
from tests.emulator.drive import Emulator
from tests.patience import within
from tests.venue.house import House
from tests.venue.running import Running
from tests.venue.test_people_both_ends import arrive, guests, of, people_in, same


async def refused(running: Running, verb: str) -> VenueError:
    with pytest.raises(VenueError) as caught:
        await getattr(running.service, verb)()
    assert caught.value.cause is Cause.CONFLICT
    return caught.value


async def test_undo_redo_and_their_list_walk_through_what_was_decided(running: Running, emulator: Emulator) -> None:
    service = running.service
    assert await service.decisions() == {"done": [], "undone": []}
    for verb in ("undo", "redo"):
        nothing = await refused(running, verb)
        assert (nothing.title, nothing.kind) == (f"Nothing to {verb}", "nothing")
    await service.enroll("Mia", [str(of("mia_lindqvist")[0])])
    await service.rename_person("Mia", "Mia Berg")
    listed = await service.decisions()
    assert [(one["verb"], one["what"], one["events"]) for one in listed["done"]] == [
        ("rename", "Mia renamed to Mia Berg", ["default"]),
        ("enroll", "Mia enrolled", ["default"]),
    ]
    assert await service.undo() == {"what": "Mia renamed to Mia Berg", "photos": 0, "left": 1}
    assert [one["what"] for one in (await service.decisions())["undone"]] == ["Mia renamed to Mia Berg"]
    assert [one["name"] for one in await service.people()] == ["Mia"]
    assert await service.redo() == {"what": "Mia renamed to Mia Berg", "photos": 0, "left": 0}
    assert await service.decisions() == listed
    await service.undo()
    await service.undo()
    assert [one["what"] for one in (await service.decisions())["undone"]] == ["Mia enrolled", "Mia renamed to Mia Berg"]
    await service.enroll("Ana", [str(of("anna_berg")[0])])
    assert (await service.decisions())["undone"] == [], "something new was decided"
    assert (await refused(running, "redo")).title == "Nothing to redo"
    texts = [entry["text"] for entry in await service.activity()]
    assert texts.count("Undone: Mia enrolled") == texts.count("Done again: Mia renamed to Mia Berg") == 1


async def test_what_changes_nothing_is_nothing_to_undo(running: Running, emulator: Emulator) -> None:
    service = running.service
    await arrive(running, of("mia_lindqvist")[0])
    (row,) = await service.photos()
    for _ in range(2):
        assert await service.withdraw([row["id"]]) == 1
    for _ in range(2):
        await service.enroll("Ana", [str(of("anna_berg")[0])])
    assert [one["verb"] for one in (await service.decisions())["done"]] == ["enroll", "withdraw"]


async def test_bytes_that_are_nowhere_are_not_promised(running: Running, emulator: Emulator) -> None:
    service = running.service
    await service.enroll("Mia", [str(of("mia_lindqvist")[0])])
    await arrive(running, *of("mia_lindqvist")[1:])
    before = await same(running, emulator, wanted=lambda now: people_in(now) == {"Mia": 2})
    rows = await service.photos()
    await service.withdraw([row["id"] for row in rows])
    await same(running, emulator, wanted=lambda now: not now)
    original = running.incoming / rows[0]["name"]
    data = original.read_bytes()
    original.unlink()
    lost = await refused(running, "undo")
    assert (lost.title, lost.kind) == ("That cannot be brought back", "lost")
    assert lost.detail == f"{rows[0]['name']}: no file here holds it any more"
    assert [one["verb"] for one in (await service.decisions())["done"]] == ["withdraw", "enroll"], "it is left as it is"
    assert await same(running, emulator) == []
    original.write_bytes(data[:-1])
    assert (await refused(running, "undo")).kind == "lost", "other bytes under its name"
    original.write_bytes(data)
    async with within(20):
        while True:
            try:
                await service.undo()
                break
            except VenueError as error:
                assert error.kind == "lost"
                await asyncio.sleep(0.1)
    assert await same(running, emulator, wanted=lambda now: people_in(now) == {"Mia": 2}) == before


async def test_a_guest_who_was_found_after_an_undo_is_that_person_by_a_redo(
    running: Running, emulator: Emulator
) -> None:
    service = running.service
    await service.enroll("Mia", [str(of("mia_lindqvist")[0])])
    await arrive(running, *of("mia_lindqvist"))
    before = await same(running, emulator, wanted=lambda now: people_in(now) == {"Mia": 3})
    await service.undo()
    (guest,) = await guests(running, 1)
    await same(running, emulator, wanted=lambda now: people_in(now) == {guest["name"]: 3})
    await service.redo()
    assert await same(running, emulator, wanted=lambda now: people_in(now) == {"Mia": 3}) == before
    assert [one["name"] for one in await service.people()] == ["Mia"]
    await service.undo()
    await same(running, emulator, wanted=lambda now: people_in(now) == {guest["name"]: 3})


async def test_a_no_to_somebody_counts_though_the_yes_was_said_of_one_who_was_merged_into_them(
    running: Running, emulator: Emulator
) -> None:
    service = running.service
    await service.enroll("Mia", [str(of("mia_lindqvist")[0])])
    await arrive(running, of("hassan_darwish")[0])
    (row,) = await service.photos()
    await service.enroll_face("Ana", f"photo:{row['id']}")
    await service.merge_people("Ana", "Mia")
    await same(running, emulator, wanted=lambda now: people_in(now) == {"Mia": 1})
    await service.not_this_person("Mia", [row["id"]])
    assert await same(running, emulator, wanted=lambda now: not people_in(now)) == [f"Unsorted/Unknown/{row['name']}"]


async def test_an_event_that_went_takes_its_decisions_along(running: Running, emulator: Emulator) -> None:
    service = running.service
    await service.add_event("Gala")
    await arrive(running, *of("mia_lindqvist")[:2])
    before = await same(running, emulator, wanted=lambda now: len(now) == 2)
    row = (await service.photos())[0]
    await service.move_photos([row["id"]], "Gala")
    await service.enroll("Ana", [str(of("anna_berg")[0])], "Gala")
    await service.rename_person("Ana", "Anna", "Gala")
    await service.undo()
    assert len((await service.decisions())["undone"]) == 1
    await service.remove_event("Gala")
    listed = await service.decisions()
    assert ([one["verb"] for one in listed["done"]], listed["undone"]) == (["move"], [])
    assert (await service.undo())["what"] == "1 photo moved to Gala"
    async with within(20):
        while len(await service.photos()) != 2:
            await asyncio.sleep(0.1)
    assert {path.rpartition("/")[2] for path in before} == {one["name"] for one in await service.photos()}
    with pytest.raises(UsageError, match="no such event"):
        await service.event("Gala")


def test_undo_and_redo_by_command(house: House) -> None:
    for verb in ("undo", "redo"):
        nothing = house.run(verb)
        assert (nothing.returncode, nothing.stdout, nothing.stderr) == (1, "", f"venuesync: Nothing to {verb}\n")
    assert house.run("enroll", "Mia", str(of("mia_lindqvist")[0])).returncode == 0
    assert house.run("undo").stdout == "Undone: Mia enrolled (no photo had to move, 0 more)\n"
    listed = house.run("undo", "--list").stdout.splitlines()
    assert [row.split()[0] for row in listed] == ["BY", "redo"]
    assert listed[1].endswith("default  Mia enrolled")
    assert house.run("redo").stdout == "Done again: Mia enrolled (no photo had to move, 0 more)\n"
    assert [one["what"] for one in house.json("undo", "--list")["done"]] == ["Mia enrolled"]
    assert (house.root / "People" / "Mia" / "Solo").is_dir()
