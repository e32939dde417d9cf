"""What is decided while somebody's export is packed, which takes minutes, holds for what was packed before, too."""

from __future__ import annotations

import asyncio
import zipfile
from pathlib import Path

import pytest

from agent.errors import VenueError
from agent.people import export
from agent.requests.people import (
    DenyPerson,
    EnrollPerson,
    ExportPerson,
    ForgetPerson,
    ListPeople,
    MergePeople,
    PersonExport,
)
from agent.requests.photos import ListPhotos, WithdrawPhotos
from agent.workspace import Workspace
from tests.halting import Halt
from tests.patience import PATIENCE
from tests.venue.running import Running, an_agent, arrive, of
from tests.venue.test_forget import TOGETHER


async def packed(running: Running, halt: Halt, file: Path) -> asyncio.Task[PersonExport]:
    """An export that has everything in it but its page."""
    exporting = asyncio.create_task(running.service.ask(ExportPerson(person="Mia", file=str(file))))
    assert await asyncio.to_thread(halt.reached.wait, PATIENCE * 20)
    return exporting


def let(halt: Halt) -> None:
    halt.begin.set()
    halt.end.set()


async def hers(running: Running) -> list[int]:
    """The numbers of her photos, of which two lie in her folder."""
    reference, *photos = of("mia_lindqvist")
    await running.service.ask(EnrollPerson(name="Mia", photos=[str(reference)]))
    await arrive(running, *photos)
    await running.until(lambda now: now["people"][0]["solo"] == 2)
    return sorted(int(row["id"]) for row in (await running.service.ask(ListPhotos(person="Mia")))["rows"])


@pytest.mark.parametrize("how", ["withdrawn", "denied"])
async def test_what_is_not_theirs_any_more_is_in_no_export_though_it_was_packed(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    """It was given to them with all others: what somebody had just withdrawn, or said to be somebody else's."""
    async with an_agent(workspace) as running:
        first, second = await hers(running)
        halt = Halt(monkeypatch, export, "index")
        exporting = await packed(running, halt, tmp_path / "mia.zip")
        if how == "withdrawn":
            await running.service.ask(WithdrawPhotos(ids=[first]))
        else:
            await running.service.ask(DenyPerson(person="Mia", photos=[first]))
        let(halt)
        made = await exporting
        (left,) = [row for row in (await running.service.ask(ListPhotos(person="Mia")))["rows"] if row["id"] == second]
    files = [one for one in zipfile.ZipFile(tmp_path / "mia.zip").namelist() if one.startswith("Photos/")]
    assert files == [f"Photos/Solo/{left['name']}"]
    assert (made["photos"], made["references"], made["missing"]) == (1, 1, [])


async def test_whoever_is_blurred_meanwhile_is_seen_in_no_export_of_others(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The photo that shows both was in it as it had been, and the small picture of it, too."""
    async with an_agent(workspace) as running:
        for name, guest in (("Mia", "mia_lindqvist"), ("Jonas", "jonas_lindqvist")):
            await running.service.ask(EnrollPerson(name=name, photos=[str(of(guest)[0])]))
        await arrive(running, TOGETHER)
        await running.until(lambda now: [one["group"] for one in now["people"]] == [1, 1])
        halt = Halt(monkeypatch, export, "index")
        exporting = await packed(running, halt, tmp_path / "mia.zip")
        await running.service.ask(ForgetPerson(person="Jonas", blur=True))
        let(halt)
        made = await exporting
        filed = (workspace.root / "People" / "Mia" / "Group" / TOGETHER.name).read_bytes()
    assert filed != TOGETHER.read_bytes()
    archive = zipfile.ZipFile(tmp_path / "mia.zip")
    assert archive.read(f"Photos/Group/{TOGETHER.name}") == filed
    assert not [one for one in archive.namelist() if one.startswith("Small/")]
    assert (made["photos"], made["missing"]) == (1, [])


async def test_of_whoever_becomes_one_with_somebody_while_they_are_packed_there_is_no_export(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is theirs then, and of whoever they are now it would be a part."""
    async with an_agent(workspace) as running:
        await hers(running)
        await running.service.ask(EnrollPerson(name="Anna", photos=[str(of("anna_berg")[0])]))
        halt = Halt(monkeypatch, export, "index")
        exporting = await packed(running, halt, tmp_path / "mia.zip")
        await running.service.ask(MergePeople(person="Mia", into="Anna"))
        let(halt)
        with pytest.raises(VenueError, match="one with somebody else by now"):
            await exporting
        assert [one["name"] for one in await running.service.ask(ListPeople())] == ["Anna"]
    assert not (tmp_path / "mia.zip").exists()
