"""Any history of a photographer's Drive, looked at in any pieces, ends as a first look at the final state would.

Stateful, by hypothesis: what is done on Drive is real calls to the emulator by somebody else; its lists lag by up to
five minutes and its feed by up to ten seconds, on a clock that the test puts; photos are replaced and deleted while
they are fetched, looks are broken off at any call, the agent dies between any two, and Drive forgets its page tokens.
After every step: what a source holds is here, or named as missing, or it is not said that all of it is here; and
nothing is gone that is there.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, multiple, rule

from agent.model import SourceCheck
from tests.changes.desk import FeedDesk
from tests.changes.truth import Truth
from tests.emulator.drive import Emulator
from tests.venue.photographer import Photographer, Refused

EXAMPLES = int(os.environ.get("VENUESYNC_HISTORIES", "12"))
SHRINKS = "VENUESYNC_HISTORIES" not in os.environ or "VENUESYNC_SHRINK" in os.environ
STEPS = 40
NUMBERS = itertools.count()
pytestmark = pytest.mark.timeout(240 + 6 * EXAMPLES)  # they take a fifth of that on a quiet machine
EVENTS = {"A": ("a",), "B": ("b", "shared"), "C": ("shared",), "D": ("chosen",)}
ROOTS = ("a", "b", "shared", "chosen", "inside")
MEMORY = Path("/dev/shm")  # many small ledgers, none of which has to outlive the machine
server: list[Emulator] = []


@pytest.fixture(scope="module", autouse=True)
def emulator() -> Iterator[Emulator]:
    with Emulator.start() as running:
        server.append(running)
        yield running
        server.clear()


class Histories(RuleBasedStateMachine):
    """Four events over four folders: one shared by two of them, one of which a subfolder alone is chosen. More come."""

    folders = Bundle("folders")
    files = Bundle("files")

    def __init__(self) -> None:
        super().__init__()
        server[0].post("reset", {})
        self.runner = asyncio.Runner()
        self.kept = tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None)
        self.anna = Photographer(server[0], f"anna{next(NUMBERS)}@photo.example")
        self.truth = Truth(server[0], time.time() + 1000)
        self.roots: dict[str, str] = {}
        self.sources: dict[str, list[str]] = {}
        self.late: list[str] = []
        self.looked = False  # since the last check: nothing that a photographer does makes us know less
        self.desks = itertools.count()
        self.contents = itertools.count()

    def _new_desk(self, *, marks: bool) -> FeedDesk:
        folder = Path(self.kept.name) / str(next(self.desks))
        return FeedDesk(folder, server[0].url, self.gone, marks=marks, steady=lambda: self.truth.now)

    async def _events(self, desk: FeedDesk) -> None:
        for event, roots in EVENTS.items():
            only = (self.roots["inside"],) if event == "D" else ()
            await desk.add_event(event, *(self.roots[one] for one in roots), only=only)
        for number, folder in enumerate(self.late):
            await desk.add_event(f"E{number}", folder)

    @initialize(target=folders, gone=st.sampled_from(["keep", "remove"]), marks=st.booleans())
    def begin(self, gone: str, marks: bool) -> Any:
        self.gone = gone
        for name in ("a", "b", "shared", "chosen"):
            self.roots[name] = self.anna.folder(name, share=True)
        self.roots["inside"] = self.anna.folder("inside", self.roots["chosen"])
        self.roots["aside"] = self.anna.folder("aside")
        self.runner.run(self._begin(marks))
        return multiple(*self.roots.values())

    async def _begin(self, marks: bool) -> None:
        self.desk = self._new_desk(marks=marks)
        await self._events(self.desk)
        await self.desk.make_own_folder()

    # ---- what a photographer does

    def _content(self) -> bytes:
        return b"\xff\xd8\xff" + f"photo {next(self.contents)} of {self.anna.account}".encode()

    def _put(self, content: bytes, parent: str) -> str:
        return self.truth.touch(self.anna.put(content, "DSC.jpg", parent))

    @rule(target=files, parent=folders)
    def put(self, parent: str) -> Any:
        return multiple() if self.truth.is_gone(parent) else self._put(self._content(), parent)

    @rule(target=files, parent=folders, copied=files)
    def put_twice(self, parent: str, copied: str) -> Any:
        """The same bytes in a second place."""
        if self.truth.is_gone(parent, copied):
            return multiple()
        return self._put(self.anna.http.get(f"/drive/v3/files/{copied}", params={"alt": "media"}).content, parent)

    @rule(target=folders, parent=folders)
    def make_folder(self, parent: str) -> Any:
        return multiple() if self.truth.is_gone(parent) else self.truth.touch(self.anna.folder("more", parent))

    @rule(target=files, parent=folders, depth=st.integers(1, 3))
    def make_and_fill_folders(self, parent: str, depth: int) -> Any:
        """One in the other, and a photo in each, at once."""
        if self.truth.is_gone(parent):
            return multiple()
        made: list[str] = []
        for _ in range(depth):
            parent = self.truth.touch(self.anna.folder("Cam1", parent))
            made.append(self._put(self._content(), parent))
        return multiple(*made)

    @rule(target=folders, parent=folders, inside=st.booleans())
    def fill_a_private_folder_and_move_it(self, parent: str, inside: bool) -> Any:
        """Nobody is told of what lies in it: it comes with its folder."""
        if self.truth.is_gone(parent):
            return multiple()
        folder = self.truth.touch(self.anna.folder("brought"))
        self._put(self._content(), self.truth.touch(self.anna.folder("below", folder)) if inside else folder)
        self.anna.move(self.truth.touch(folder), parent)
        return folder

    @rule(file=files)
    def replace(self, file: str) -> None:
        if not self.truth.is_gone(file):
            self.anna.replace(self.truth.touch(file), self._content())

    @rule(item=st.one_of(files, folders), name=st.sampled_from(["x.jpg", "Cam1", "y.txt"]))
    def rename(self, item: str, name: str) -> None:
        if not self.truth.is_gone(item):
            self.anna.rename(self.truth.touch(item), name)

    @rule(item=files)
    def describe(self, item: str) -> None:
        if not self.truth.is_gone(item):
            self.anna.describe(self.truth.touch(item), "seen")

    @rule(item=st.one_of(files, folders), to=folders)
    def move(self, item: str, to: str) -> None:
        """Drive itself refuses circles; a source's own folder may move, too."""
        if self.truth.is_gone(item, to) or item == to:
            return
        parents = self.anna.http.get(f"/drive/v3/files/{item}", params={"fields": "parents"}).json().get("parents", [])
        self.anna.http.patch(
            f"/drive/v3/files/{self.truth.touch(item)}",
            params={"addParents": to, "removeParents": ",".join(parents)},
            json={},
        )

    @rule(item=st.one_of(files, folders))
    def trash(self, item: str) -> None:
        if not self.truth.is_gone(item):
            self.anna.trash(self.truth.touch(item))

    @rule(item=st.one_of(files, folders))
    def restore(self, item: str) -> None:
        if not self.truth.is_gone(item):
            self.anna.trash(self.truth.touch(item), back=True)

    @rule(item=files)
    def delete(self, item: str) -> None:
        if not self.truth.is_gone(item):
            self.truth.deleted.add(item)
            self.anna.delete(item)

    @rule(root=st.sampled_from(["a", "b", "shared", "chosen"]))
    def unshare_or_share(self, root: str) -> None:
        self._share(self.roots[root], anew=not self.anna.permissions(self.roots[root]))

    def _share(self, folder: str, *, anew: bool) -> None:
        """What comes with the folder above cannot be taken back here."""
        if anew:
            self.anna.share(folder)
        else:
            with suppress(Refused):
                for one in self.anna.permissions(folder):
                    self.anna.unshare(folder, one)
        self.truth.touch(folder)

    # ---- what Drive and the clock do

    @rule(seconds=st.sampled_from([0.5, 2, 6, 20, 70, 200, 500]))
    def wait(self, seconds: float) -> None:
        self.truth.wait(seconds)

    @rule(seconds=st.sampled_from([0, 1, 10, 60, 300]))
    def lists_lag(self, seconds: float) -> None:
        self.truth.lag(lists=seconds)

    @rule(seconds=st.sampled_from([0, 1, 10]))
    def feed_lags(self, seconds: float) -> None:
        self.truth.lag(feed=seconds)

    @rule()
    def drive_forgets_its_tokens(self) -> None:
        server[0].expire("page_tokens")

    # ---- what happens to us

    @rule(rounds=st.integers(1, 3), slowly=st.booleans())
    def look(self, rounds: int, slowly: bool) -> None:
        self._look(self.desk.look(rounds, slowly=slowly))
        self.truth.looked(self.desk)

    def _look(self, looking: Any) -> None:
        """Nothing is gone by it that is there."""
        before = self.runner.run(self.desk.gone())
        self.truth.wait(0.05)
        self.runner.run(looking)
        self.looked = True
        news = self.runner.run(self.desk.gone()) - before
        held = self.truth.holdings(self.runner.run(self.desk.sources()))
        wrong = [(source, file) for source, file in news if file in held.get(source, {})]
        assert not wrong, f"gone, and still there: {wrong}"

    @rule(folder=folders)
    def add_an_event(self, folder: str) -> None:
        if len(self.late) < 2 and folder not in self.late:
            self.late.append(folder)
            self.runner.run(self.desk.add_event(f"E{len(self.late) - 1}", folder))

    @rule(calls=st.integers(0, 12))
    def die_while_looking(self, calls: int) -> None:
        self._look(self._die(calls))

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

    # ---- what has to be so

    @invariant()
    def what_is_missing_is_named_or_it_is_not_safe(self) -> None:
        if not self.looked:
            return
        self.looked = False
        checks = self.runner.run(self.desk.standings())
        if any(one.check is not SourceCheck.CHECKED for one in checks):
            return
        there = self.runner.run(self.desk.known())
        for source, files in self.truth.holdings(self.runner.run(self.desk.sources())).items():
            for file, md5 in files.items():
                if self.truth.was_told(file):
                    assert there.get((source, file)) == md5, f"{file} of {source} is missing, and nobody says so"

    def teardown(self) -> None:
        try:
            if self.roots:
                self.runner.run(self._compare())
                self.runner.run(self.desk.close())
        finally:
            self.runner.close()
            self.kept.cleanup()

    def _up_from(self, folder: str) -> list[str]:
        """That folder, and those above it below My Drive."""
        found = [folder]
        while True:
            asked = self.anna.http.get(f"/drive/v3/files/{found[-1]}", params={"fields": "parents"})
            above = asked.json().get("parents", [])
            if not above or not self.anna.http.get(f"/drive/v3/files/{above[0]}", params={"fields": "parents"}).json():
                return found
            found.append(above[0])

    async def _compare(self) -> None:
        """A source that is in the trash at the end, also with a folder above it, or not shared, would be lost, and keep
        what it had.
        """
        for root in (*ROOTS, *self.late):
            for folder in reversed(self._up_from(self.roots.get(root, root))):
                self.anna.trash(self.truth.touch(folder), back=True)
        for root in ("a", "b", "shared", "chosen"):
            if not self.anna.permissions(self.roots[root]):
                self._share(self.roots[root], anew=True)
        self.truth.lag(lists=0, feed=0)
        for seconds in (5, 20, 200, 600, 1, 5, 20, 200, 600):  # what these bring is listed again, too
            self.truth.wait(seconds)
            await self.desk.look(1)
        fresh = self._new_desk(marks=False)
        await self._events(fresh)
        await fresh.look(4)
        assert await self.desk.there() == await fresh.there()
        photos, wanted = await self.desk.photos(), await fresh.photos()
        if self.gone == "remove":
            assert photos == wanted
        else:
            assert all(wanted[event] <= photos[event] for event in wanted)
        reachable = self.truth.reachable(await self.desk.folders())
        sure = {one.source: one.check for one in await self.desk.standings() if one.source in reachable}
        assert set(sure.values()) <= {SourceCheck.CHECKED}, f"it is never said that all is here: {sure}"
        await fresh.close()


TestHistories = Histories.TestCase
TestHistories.settings = settings(
    max_examples=EXAMPLES,
    stateful_step_count=STEPS,
    suppress_health_check=list(HealthCheck),
    derandomize="VENUESYNC_HISTORIES" not in os.environ,
    report_multiple_bugs=False,
    phases=(Phase.generate, Phase.shrink) if SHRINKS else (Phase.generate,),
)
