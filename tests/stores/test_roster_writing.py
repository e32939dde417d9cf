"""Writing the roster: whole or not at all, when the disk is full and when the plug is pulled."""

from __future__ import annotations

import errno
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from agent.roster import Roster
from agent.roster.book import Switches
from tests.making import add_references
from tests.stores.test_roster import TWO, enrolled, names


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "roster.json"


@pytest.mark.parametrize("call", ["write", "fsync", "replace", "open"])
def test_a_write_that_fails_changes_nothing_on_disk_or_in_memory(
    call: str, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    roster = Roster(path)
    (mia,) = enrolled(roster, "Mia")
    before, revision = path.read_bytes(), roster.revision

    def full(*_: Any, **__: Any) -> Any:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        if call == "replace":
            patch.setattr(Path, "replace", full)
        elif call == "write":
            patch.setattr(os, "fdopen", lambda fd, mode: FullFile(fd))
        else:
            patch.setattr(os, call, full)
        for change in (
            lambda: enrolled(roster, "Ana"),
            lambda: add_references(roster, mia.id, (TWO,)),
            lambda: roster.set_switches(Switches(all=True)),
        ):
            with pytest.raises(OSError, match="No space"):
                change()
    assert path.read_bytes() == before
    assert (roster.people(), roster.revision, roster.switches) == ([mia], revision, Switches())
    enrolled(roster, "Eva")
    assert names(path) == ["Mia", "Eva"]
    assert roster.revision == revision + 1


class FullFile:
    """A file on a disk without room for what is written to it."""

    def __init__(self, fd: int) -> None:
        self.fd = fd

    def __enter__(self) -> FullFile:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self.fd)

    def write(self, data: bytes) -> None:
        os.write(self.fd, data[:10])
        raise OSError(errno.ENOSPC, "No space left on device")


WRITE = """
import sys
from pathlib import Path
from agent.model import DEFAULT_EVENT
from agent.roster import Roster
from tests.making import add_person
roster = Roster(Path(sys.argv[1]))
while True:
    add_person(roster, str(len(roster.people())), DEFAULT_EVENT, "x", ())
    sys.stdout.write(f"{len(roster.people())}\\n")
    sys.stdout.flush()
"""


@pytest.mark.slow
def test_killed_while_it_is_written_it_is_whole_and_lost_nothing_that_was_answered(path: Path) -> None:
    last = 0
    for _ in range(8):
        writer = subprocess.Popen([sys.executable, "-c", WRITE, str(path)], stdout=subprocess.PIPE, text=True)
        assert writer.stdout is not None
        first = writer.stdout.readline()
        time.sleep(random.uniform(0, 0.06))
        writer.send_signal(signal.SIGKILL)
        lines = [first, *writer.stdout.read().splitlines(keepends=True)]
        writer.wait()
        last = max(int(line) for line in lines if line.endswith("\n"))
        roster = Roster(path)
        assert roster.damaged is None
        assert len(roster.people()) >= last
        assert roster.revision == len(roster.people()) + 1
        assert [person.name for person in roster.people()] == [str(number) for number in range(len(roster.people()))]
