"""A file that its writer has open is not whole, however long nothing comes; and one that hangs is told by name."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
import time
from functools import partial
from pathlib import Path

import pytest

from agent.intake import settle
from agent.workspace import Workspace
from tests.venue.house import House, wait_for
from tests.venue.pictures import scene
from tests.venue.running import Running, an_agent

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells who has a file open"),
    pytest.mark.settings(VENUESYNC_DRIVE__ENABLED="false"),
]


@pytest.fixture
def halves(tmp_path: Path) -> tuple[bytes, bytes]:
    """Of a photo with something behind its picture, as a phone's moving ones: its first half opens as a whole one."""
    return scene(tmp_path / "made.jpg", 1).read_bytes(), b"what it showed when it moved" * 3000


async def stays_arriving(running: Running, seconds: float) -> None:
    """Nothing of it counts, in no moment of these seconds."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        now = await running.until(lambda now: now)
        assert not now["safe_to_leave"]["safe"]
        assert now["photos"]["seen"] == 0, now["photos"]
        await asyncio.sleep(0.1)


async def is_one_photo(running: Running) -> None:
    now = await running.until(lambda now: now["safe_to_leave"]["safe"] and now, 30)
    assert now["photos"]["seen"] == now["photos"]["unsorted"] == 1


async def test_a_pause_of_the_writer_does_not_make_half_a_file_whole(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, halves: tuple[bytes, bytes]
) -> None:
    """It counted as whole ten seconds after its last byte, was safe, and a second photo once the rest came."""
    monkeypatch.setenv("VENUESYNC_DRIVE__ENABLED", "false")
    monkeypatch.setattr(settle, "Settler", partial(settle.Settler, open_quiet=0.5))
    async with an_agent(workspace) as running:
        with (running.incoming / "slow.jpg").open("wb", buffering=0) as file:
            file.write(halves[0])
            await running.until(lambda now: now["queue"]["arriving"] == 1)
            await stays_arriving(running, 3)
            file.write(halves[1])
        await is_one_photo(running)


async def test_what_was_open_before_the_agent_came_is_waited_for_too(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, halves: tuple[bytes, bytes]
) -> None:
    """And is named when nothing has come for a while, with what to do."""
    monkeypatch.setenv("VENUESYNC_DRIVE__ENABLED", "false")
    monkeypatch.setattr(settle, "STILL_OPEN", 4.0)
    with (workspace.incoming / "slow.jpg").open("wb", buffering=0) as file:
        file.write(halves[0])
        await asyncio.sleep(settle.LONG_UNCHANGED + 0.2)
        async with an_agent(workspace) as running:
            await running.until(lambda now: now["queue"]["arriving"] == 1)
            await stays_arriving(running, 2)
            told = await running.until(
                lambda now: now["safe_to_leave"]["code"] == "still_open" and now["safe_to_leave"]
            )
            assert told["reason"].startswith("slow.jpg is not whole: its writer has it open, and nothing has come for ")
            assert told["remedy"] == "Look at the copy; if it hangs, end it and copy the file again"
            file.write(halves[1])
            await running.until(lambda now: now["safe_to_leave"]["code"] == "arriving")
            file.close()
            await is_one_photo(running)


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("setpriv") is None or os.geteuid() != 0, reason="needs two users")
def test_another_users_file_is_whole_when_that_one_closes_it(house: House, halves: tuple[bytes, bytes]) -> None:
    """As an FTP server's, for whose files the system does not say who has them open: but it told of the writing."""
    house.wrapped = ["setpriv", "--bounding-set", "-lease"]
    house.start()
    with (house.incoming / "slow.jpg").open("wb", buffering=0) as file:
        os.fchown(file.fileno(), 65534, 65534)
        file.write(halves[0])
        wait_for(lambda: house.json("status")["queue"]["arriving"] == 1, 20, "it is seen")
        end = time.monotonic() + settle.OPEN_QUIET + 4
        while time.monotonic() < end:
            assert house.json("status")["photos"]["seen"] == 0
            time.sleep(0.3)
        file.write(halves[1])
    wait_for(lambda: house.json("status")["safe_to_leave"]["safe"], 30, "it is filed")
    assert house.json("status")["photos"]["seen"] == 1
