"""A link in the place of a folder of ours at the moment at which that waits for its name."""

from __future__ import annotations

import random
import signal
import threading
import time
from pathlib import Path
from typing import Any

from tests.crash.lives import Lives, Role
from tests.disk.calamities import Link
from tests.venue.house import wait_for
from tests.venue.test_raw_and_jpeg import ANNA

STAGED = (
    "create filing.ownership.MadeLog._append < filing.ownership.MadeLog.note < filing.disk_work.DiskWork.stage_folders"
)


class First(random.Random):
    """Of the folders that are there the first: the hidden one, in which others wait for their names."""

    def choice(self, seq: Any) -> Any:
        return seq[0]


def test_it_is_named_and_without_it_all_is_filed(lives: Lives, tmp_path: Path) -> None:
    """The agent gives the name to what lies there, the link, and clears away the folder that was moved beside it."""
    house = lives.house
    link = Link(house.root, tmp_path / "elsewhere", First())
    lives.start()
    assert house.run("enroll", "Mia Lindqvist", str(ANNA.with_name("mia_lindqvist_1.jpg"))).returncode == 0
    house.drop(ANNA, "DSC_1.JPG")
    wait_for(lambda: house.on_drive() and house.json("status")["safe_to_leave"]["safe"], 40, "it is filed")
    lives.arm(Role.AGENT, STAGED, 1, signal.SIGSTOP)
    enrolling = threading.Thread(target=house.process, args=("enroll", "Anna Berg", str(ANNA)))
    enrolling.start()
    pid = wait_for(lives.met, 20, "the folders wait for their names")
    lives.disarm()
    link.comes()
    for _ in range(10):  # it may stop only now
        lives.go_on(pid)
        time.sleep(0.1)
    told = wait_for(lambda: house.json("errors")["open"], 20, "it is named")
    assert (told[0]["title"], told[0]["subjects"]) == ("A folder is a link", ["People/Anna Berg"])
    assert not house.json("status")["safe_to_leave"]["safe"]
    enrolling.join()
    link.passes()
    wait_for(lambda: house.json("status")["safe_to_leave"]["safe"], 40, "it goes on by itself")
    assert house.on_disk() == house.on_drive()
    wait_for(lambda: house.json("errors")["open"] == [], 20, "that it is a link is over")
    house.assert_invariants()
