"""A real agent over a prepared workspace, made once a session and copied for each test: what tests of screens ask.

Nothing stands in for an answer: the application is the product's, and so is what it reads. Its parts are not started,
but for the publisher and the watcher; `at_work` says what the others would be doing.
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import os
import shutil
import tempfile
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Collection, Coroutine, Generator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

from evening import make
from parts_at_work import at_work, lane_is
from standing import Clock, at, standing
from wedding import STATES

from agent.app import Application
from agent.building.drive_side import DriveSide
from agent.errors import NoAgent
from agent.handlers.status.stream import KEPT
from agent.ledger import Ledger
from agent.model import Mode
from agent.requests.ask import Agent, Command, Request
from agent.requests.snapshot import Change, Section
from agent.roster import Roster
from agent.settings import load_settings
from agent.uploads.budget import Active
from agent.workspace import Workspace, find_workspace

Answer = TypeVar("Answer")
STARTED = ("publisher", "watcher")
NOWHERE = {"VENUESYNC_DRIVE__ENDPOINT": "http://127.0.0.1:9"}  # whatever is asked of Drive leads there
PATIENCE = 300.0  # seconds that another process may take to make a workspace
LEFT = 3600.0  # seconds after which a test's folder was left by one that was killed
LINKED = {".jpg"}  # files that nobody writes to: the copy has the same ones


# ---- the line to the agent, and what may go wrong on it


class Line:
    """Passes everything on to a real agent, and remembers the commands; the faults are those of a line.

    `refuses`: requests that are answered by an error. `holds`: requests that wait for their gate first.
    `late`: those whose answer waits for it, and what they asked for is done already.
    """

    def __init__(self, agent: Agent) -> None:
        self.agent = agent
        self.asked: list[Command[Any]] = []
        self.queries: list[Request[Any]] = []
        self.refuses: dict[type[Request[Any]], Exception] = {}
        self.holds: dict[type[Request[Any]], asyncio.Event] = {}
        self.late: dict[type[Request[Any]], asyncio.Event] = {}
        self.readers = 0
        self._broken = asyncio.Event()

    async def ask(self, request: Request[Answer]) -> Answer:
        (self.asked if isinstance(request, Command) else self.queries).append(request)
        if self._broken.is_set():
            raise NoAgent("No agent runs here")
        gate = self.holds.get(type(request))
        if gate is not None:
            await gate.wait()
        error = self.refuses.get(type(request))
        if error is not None:
            raise error
        answer = await self.agent.ask(request)
        gate = self.late.get(type(request))
        if gate is not None:
            await gate.wait()
        return answer

    async def events(self, boot: str, since: int) -> AsyncGenerator[Change]:
        stream = self.agent.events(boot, since)
        self.readers += 1
        broken = asyncio.ensure_future(self._broken.wait())
        try:
            while True:
                following = asyncio.ensure_future(anext(stream))
                await asyncio.wait({following, broken}, return_when=asyncio.FIRST_COMPLETED)
                if broken.done():
                    following.cancel()
                    with contextlib.suppress(asyncio.CancelledError):
                        await following
                    raise NoAgent("The agent has gone")
                yield following.result()
        finally:
            self.readers -= 1
            broken.cancel()

    def break_off(self) -> None:
        """The agent cannot be reached any more."""
        self._broken.set()

    def mend(self, agent: Agent | None = None) -> None:
        """It can again; `agent`: another run of it."""
        self.agent = agent or self.agent
        self._broken = asyncio.Event()


# ---- workspaces: made once, copied for each test


TEMPLATES: list[Path] = []  # the one folder of all processes of a session, once somebody has said


def templates() -> Path:
    if not TEMPLATES:
        TEMPLATES.append(Path(tempfile.mkdtemp(prefix="evenings-")))
        atexit.register(shutil.rmtree, TEMPLATES[0], ignore_errors=True)
    return TEMPLATES[0]


def template(kind: str, fill: Callable[[Path], object]) -> Path:
    """The workspace of that kind, made by whoever asks first."""
    folder = templates() / kind
    if (folder / "made").exists():
        return folder / "venue"
    folder.parent.mkdir(exist_ok=True)
    try:
        folder.mkdir()
    except FileExistsError:
        end = time.monotonic() + PATIENCE
        while not (folder / "made").exists():
            assert time.monotonic() < end, f"nobody makes {folder}"
            time.sleep(0.05)
    else:
        try:
            fill(folder / "venue")
        except BaseException:
            shutil.rmtree(folder)
            raise
        (folder / "made").touch()
    return folder / "venue"


@contextlib.contextmanager
def place() -> Generator[Path]:
    """A folder of a test's own whose path is as long as every other one's: paths stand on screens."""
    for number in range(100):
        folder = Path("/tmp") / f"lena-{number:02}"
        with contextlib.suppress(OSError):
            if time.time() - folder.stat().st_mtime > LEFT:
                shutil.rmtree(folder, ignore_errors=True)
        with contextlib.suppress(FileExistsError):
            folder.mkdir()
            break
    else:
        raise RuntimeError("a hundred tests run at a time: none of /tmp/lena-* is free")
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def copy(source: str, target: str) -> str:
    if Path(source).suffix in LINKED or "cache" in Path(source).parts:
        os.link(source, target)
        return target
    return shutil.copy2(source, target)


# ---- the agent


class Evening:
    """A real agent in this process. `line` is what the monitor is given; `clock` moves both."""

    def __init__(self, app: Application, workspace: Workspace, clock: Clock) -> None:
        self.app, self.workspace, self.clock = app, workspace, clock
        self.ledger, self.roster, self.planner = app._opened.ledger, app._opened.roster, app._here.planner
        self.line = Line(app.service)

    async def read(self, question: Callable[..., Any], *given: Any) -> Any:
        return await self.ledger.read(question, *given)

    @property
    def uploads(self) -> list[Active]:
        """What is being sent."""
        assert isinstance(self.app._drive, DriveSide)
        return list(self.app._drive.queue.under_way.active.values())

    def upload(self, photo: str) -> Active:
        return next(one for one in self.uploads if one.task.name == photo)

    def drive_is(self, state: str, since: str) -> None:
        assert isinstance(self.app._drive, DriveSide)
        lane_is(self.app._drive.lane, self.clock, state, since)
        self.ring()

    def say(self, section: Section, data: Any) -> None:
        """A change goes out, whatever the stores say: for how a stream is followed."""
        self.app._publisher.ring.append(section, data)

    @property
    def seq(self) -> int:
        return self.app._publisher.ring.seq

    def lose_changes(self) -> None:
        """So much happens at once that readers have to ask for all of it again."""
        ring = self.app._publisher.ring
        for _ in range(KEPT + 1):
            ring.append("activity", [])

    def ring(self) -> None:
        """The publisher looks whether anything is new."""
        self.app._publisher.bell.ring()

    async def write(self, change: Callable[..., Any], *given: Any, **named: Any) -> Any:
        """Something happens: it stands in the ledger, and the publisher hears of it."""
        return await self.ledger.write(change, *given, **named)


@asynccontextmanager
async def opened(
    state: str = "live",
    *,
    before: Callable[[Workspace], object] = lambda _: None,
    started: Collection[str] = STARTED,
    drive: tuple[str, str] | None = None,
    environ: Mapping[str, str] = MappingProxyType({}),
    clock: Clock | None = None,
    kind: str = "",
    fill: Callable[[Path], object] | None = None,
    at_root: Path | None = None,
) -> AsyncIterator[Evening]:
    """The agent of that evening. `before`: what is otherwise in its files; `environ`: and in its settings.

    `kind`: another workspace of that evening, filled by `fill`; `at_root`: one that is there already.
    """
    source = at_root or await asyncio.to_thread(template, kind or state, fill or (lambda folder: make(folder, state)))
    clock = clock or Clock(at(STATES[state]["clock"]))
    with place() as folder, standing(clock):
        root = at_root or folder / "venue"
        if at_root is None:
            shutil.copytree(source, root, copy_function=copy)
        workspace = find_workspace(root, {})
        before(workspace)
        settings = load_settings(workspace.root, {**NOWHERE, **environ})
        async with Application(workspace, settings, Mode.MONITOR) as app:
            evening = Evening(app, workspace, clock)
            at_work(app, state, clock, drive)
            tasks = start(app, started)
            try:
                yield evening
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)


def start(app: Application, names: Collection[str]) -> list[asyncio.Task[None]]:
    tasks: list[asyncio.Task[None]] = []

    def spawn(name: str, run: Callable[[], Coroutine[Any, Any, None]]) -> None:
        if name in names:
            tasks.append(asyncio.create_task(run(), name=name))

    app.start(spawn)
    return tasks


@contextlib.contextmanager
def stores(workspace: Workspace) -> Generator[tuple[Ledger, Roster]]:
    """A workspace's stores, while no agent has them."""
    ledger = Ledger(workspace.ledger)
    ledger.open()
    try:
        yield ledger, Roster(workspace.roster)
    finally:
        ledger.close()
