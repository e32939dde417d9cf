"""What is filed here and what lies on Drive, as paths below their roots; and guests, once there are any."""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from agent.requests.faces import ListUnknown
from tests.emulator.drive import Emulator
from tests.patience import within
from tests.venue.running import Running


def tree(running: Running) -> list[str]:
    """Every filed file below the workspace, whatever is moved meanwhile."""
    root = running.incoming.parent
    found = [
        Path(folder) / file
        for name in ("People", "Unsorted", "Events")
        for folder, _, files in os.walk(root / name)
        for file in files
        if not file.startswith(".")
    ]
    return sorted(str(path.relative_to(root)) for path in found)


def on_drive(emulator: Emulator) -> list[str]:
    """The same on Drive, below the event's folder; files of ours that are not trashed."""
    files = [one for one in emulator.files() if not one["trashed"] and one["mimeType"] == "image/jpeg"]
    return sorted(one["path"].removeprefix("venuesync/default/") for one in files)


async def same(running: Running, emulator: Emulator, *, wanted: Callable[[list[str]], bool] | None = None) -> list[str]:
    """Wait until disk and Drive hold the same, each folder of a person there too; answers what."""
    for _ in range(200):
        found = await asyncio.to_thread(tree, running)
        there = await asyncio.to_thread(on_drive, emulator)
        if found == there and (wanted is None or wanted(found)):
            return found
        await asyncio.sleep(0.1)
    raise AssertionError((found, there))


def people_in(paths: list[str]) -> Counter[str]:
    """Photos by the person's folder they lie in."""
    return Counter(path.split("/")[1] for path in paths if path.startswith("People/"))


def folders_of(emulator: Emulator) -> set[str]:
    """Persons' folders on Drive that are not trashed."""
    paths = [one["path"].split("/") for one in emulator.files() if not one["trashed"] and "folder" in one["mimeType"]]
    return {path[3] for path in paths if len(path) == 4 and path[2] == "People"}


async def guests(running: Running, count: int, *, named: bool = True) -> list[Any]:
    """Once there are so many; not `named`: groups that have no folders yet."""
    async with within(30):
        while (
            len(rows := [row for row in await running.service.ask(ListUnknown()) if bool(row["name"]) == named]) < count
        ):
            await asyncio.sleep(0.1)
    return rows
