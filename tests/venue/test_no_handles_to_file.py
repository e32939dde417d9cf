"""A process that has no handle left while it files: told as what it is, and over once it has some again."""

from __future__ import annotations

import errno
import os

import pytest

from agent.filing import disk_work, files
from agent.requests.troubles import ListTroubles
from tests.venue.running import Running, of


@pytest.mark.parametrize("running", ["near"], indirect=True)
@pytest.mark.parametrize("at", ["_new", "open_regular"])
async def test_it_is_no_fault_of_the_disk(running: Running, monkeypatch: pytest.MonkeyPatch, at: str) -> None:
    """Its check was asked for: *The disk gave an error*."""

    def refuse(*_: object) -> None:
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    with monkeypatch.context() as patched:
        patched.setattr(files if at == "_new" else disk_work, at, refuse)
        (running.incoming / "one.jpg").write_bytes(of("mia_lindqvist")[0].read_bytes())
        await running.until(lambda now: now["errors"])
        [told] = (await running.service.ask(ListTroubles()))["open"]
        assert told["title"] == "Too many files are open"
    await running.until(lambda now: not now["errors"] and now["photos"]["unsorted"] == 1)
