"""Any history of a photographer's Drive, looked at in any pieces, ends as a first look at the final state would.

Stateful, by hypothesis: what is done on Drive is real calls to the emulator by somebody else; looks are broken off at
any call, the agent dies between any two, and Drive forgets its page tokens.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, multiple, rule

from tests.changes.desk import FeedDesk
from tests.emulator.drive import Emulator
from tests.venue.photographer import Photographer

EXAMPLES = int(os.environ.get("VENUESYNC_HISTORIES", "12"))
STEPS = 40
NUMBERS = itertools.count()
pytestmark = pytest.mark.timeout(120 + 4 * EXAMPLES)
EVENTS = {"A": ("a",), "B": ("b", "shared"), "C": ("shared",), "D": ("chosen",)}
server: list[Emulator] = []


@pytest.fixture(scope="module", autouse=True)
def emulator() -> Iterator[Emulator]:
    with Emulator.start() as running:
        server.append(running)
        yield running
        server.clear()


class Histories(RuleBasedStateMachine):
    """Four events over four folders: one shared by two of them, one of which a subfolder alone is chosen."""

    folders = Bundle("folders")
    files = Bundle("files")

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.kept = tempfile.TemporaryDirectory()
        self.anna = Photographer(server[0], f"anna{next(NUMBERS)}@photo.example")
        self.gone: set[str] = set()
        self.roots: dict[str, str] = {}
        self.desks = itertools.count()
        self.contents = itertools.count()
        self.runner.run(self._open())

    async def _open(self) -> None:
        self.desk = self._new_desk()

    def _new_desk(self) -> FeedDesk:
        return FeedDesk(Path(self.kept.name) / str(next(self.desks)), server[0].url)

    async def _events(self, desk: FeedDesk) -> None:
        for event, roots in EVENTS.items():
            only = (self.roots["inside"],) if event == "D" else ()
            await desk.add_event(event, *(self.roots[one] for one in roots), only=only)

    @initialize(target=folders)
    def begin(self) -> Any:
        for name in ("a", "b", "shared", "chosen"):
            self.roots[name] = self.anna.folder(name, share=True)
        self.roots["inside"] = self.anna.folder("inside", self.roots["chosen"])
        self.roots["aside"] = self.anna.folder("aside")
        self.runner.run(self._events(self.desk))
        return multiple(*self.roots.values())

    # ---- what a photographer does

    def _content(self) -> bytes:
        return b"\xff\xd8\xff" + f"photo {next(self.contents)} of {self.anna.account}".encode()

    @rule(target=files, parent=folders)
    def put(self, parent: str) -> Any:
        if parent in self.gone:
            return multiple()
        return self.anna.put(self._content(), "DSC.jpg", parent)

    @rule(target=files, parent=folders, copied=files)
    def put_twice(self, parent: str, copied: str) -> Any:
        """The same bytes in a second place."""
        if {parent, copied} & self.gone:
            return multiple()
        content = self.anna.http.get(f"/drive/v3/files/{copied}", params={"alt": "media"}).content
        return self.anna.put(content, "copy.jpg", parent)

    @rule(target=folders, parent=folders)
    def make_folder(self, parent: str) -> Any:
        return multiple() if parent in self.gone else self.anna.folder("more", parent)

    @rule(file=files)
    def replace(self, file: str) -> None:
        if file not in self.gone:
            self.anna.replace(file, self._content())

    @rule(item=st.one_of(files, folders), name=st.sampled_from(["x.jpg", "Cam1", "y.txt"]))
    def rename(self, item: str, name: str) -> None:
        if item not in self.gone:
            self.anna.rename(item, name)

    @rule(item=files)
    def describe(self, item: str) -> None:
        if item not in self.gone:
            self.anna.describe(item, "seen")

    @rule(item=st.one_of(files, folders), to=folders)
    def move(self, item: str, to: str) -> None:
        """Drive itself refuses circles; a source's own folder may move, too."""
        if {item, to} & self.gone or item == to:
            return
        parents = self.anna.http.get(f"/drive/v3/files/{item}", params={"fields": "parents"}).json().get("parents", [])
        self.anna.http.patch(
            f"/drive/v3/files/{item}", params={"addParents": to, "removeParents": ",".join(parents)}, json={}
        )

    @rule(item=st.one_of(files, folders))
    def trash(self, item: str) -> None:
        if item not in self.gone:
            self.anna.trash(item)

    @rule(item=st.one_of(files, folders))
    def restore(self, item: str) -> None:
        if item not in self.gone:
            self.anna.trash(item, back=True)

    @rule(item=files)
    def delete(self, item: str) -> None:
        if item not in self.gone:
            self.gone.add(item)
            self.anna.delete(item)

    # ---- what happens to us

    @rule()
    def look(self) -> None:
        self.runner.run(self.desk.look(1))

    @rule(calls=st.integers(0, 12))
    def die_while_looking(self, calls: int) -> None:
        self.runner.run(self._die(calls))

    async def _die(self, calls: int) -> None:
        client: Any = self.desk.client
        real, left = client._call, [calls]

        async def mortal(*args: Any, **more: Any) -> Any:
            if not left[0]:
                raise asyncio.CancelledError
            left[0] -= 1
            return await real(*args, **more)

        client._call = mortal
        looking = asyncio.ensure_future(self.desk.look(1))
        await asyncio.wait([looking])
        if not looking.cancelled() and (wrong := looking.exception()) is not None:
            raise wrong
        await self.desk.reopen()

    @rule()
    def drive_forgets_its_tokens(self) -> None:
        server[0].expire("page_tokens")

    # ---- what has to be so

    def teardown(self) -> None:
        if self.roots:
            self.runner.run(self._compare())
        self.runner.run(self.desk.close())
        self.runner.close()
        self.kept.cleanup()

    async def _compare(self) -> None:
        for root in EVENTS_ROOTS:  # a source that is in the trash at the end is lost, and keeps what it had
            if self.roots[root] not in self.gone:
                self.anna.trash(self.roots[root], back=True)
        await self.desk.look(4)
        fresh = self._new_desk()
        await self._events(fresh)
        await fresh.look(4)
        assert await self.desk.there() == await fresh.there()
        assert await self.desk.photos() == await fresh.photos()
        await fresh.close()


EVENTS_ROOTS = ("a", "b", "shared", "chosen", "inside")

TestHistories = Histories.TestCase
TestHistories.settings = settings(
    max_examples=EXAMPLES,
    stateful_step_count=STEPS,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    derandomize="VENUESYNC_HISTORIES" not in os.environ,
)
