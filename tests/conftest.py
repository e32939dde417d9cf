"""What the tests of every room share: a workspace, a ledger, the command, and no settings from outside."""

from __future__ import annotations

import fcntl
import gc
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from agent import clock
from agent.drive.sign_in.login import PORT
from agent.ledger import Ledger
from agent.settings.layers import ALIASES, NOT_KEYS, PREFIX
from agent.workspace import Workspace, find_workspace, prepare
from tests.emulator.drive import Emulator
from tests.venue import models

BESIDE = Path(__file__).resolve().parents[2] / "shared" / "faces"  # labelled photos of real people
Venuesync = Callable[..., subprocess.CompletedProcess[str]]

hypothesis.settings.register_profile("venuesync", deadline=None)  # how fast things are is for the benchmarks
hypothesis.settings.load_profile("venuesync")


def is_ours(name: str) -> bool:
    """Whether a variable would change what venuesync does; others of our prefix are the tests' own."""
    return name in ALIASES or name in NOT_KEYS or (name.startswith(PREFIX) and "__" in name)


signal.signal(signal.SIGHUP, signal.SIG_DFL)  # begun with nohup, agents of the tests would be deaf to it
gc.disable()  # while tests are collected nothing becomes garbage; looking for it took a quarter of that time


def pytest_configure() -> None:
    models.of_this_run()  # before there are others


def pytest_collection_finish() -> None:
    """What is there now stays: a look through all of it stopped a worker of eight for three seconds, amid a test."""
    gc.freeze()
    gc.set_threshold(700, 10, 1_000_000)  # the oldest are looked through between tests, as is said below
    gc.enable()


def pytest_runtest_logfinish() -> None:
    """A look through all that a screen's tests leave stood still amid a test, and took a fifth of their time."""
    if gc.get_count()[2] > ROUNDS:
        gc.collect()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """With a failure, what the venues of that test said last, before they are closed."""
    report = yield
    if report.failed and report.when == "call" and "tests.venue.house" in sys.modules:
        from tests.venue.last_words import last_words  # a room that only some tests load

        if said := last_words():
            report.sections.append(("What the venue said last", said))
    return report


ROUNDS = 100  # looks through the younger ones
WAITING = ("venue", "demo", "hostile")  # rooms whose tests wait for an agent most of the time
LONG = 120  # seconds: a test that may take more than that is begun first


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Side by side, tests that wait stand between tests that compute: so few cores are busy until the end."""
    if hasattr(config, "workerinput"):
        kinds: dict[bool, list[pytest.Item]] = {False: [], True: []}
        for item in items:
            kinds[item.path.parent.name in WAITING].append(item)
        place = {one: at / len(kind) for kind in kinds.values() for at, one in enumerate(kind)}
        items.sort(key=lambda item: -1.0 if _most_seconds(item) > LONG else place[item])


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> object:
    """What shares a venue or an engine goes to one worker, so that it is made once.

    By xdist's own interface: its `loadgroup` is without effect under pytest 9.2, which has another kind of node ids.
    """
    from xdist.scheduler import LoadScopeScheduling

    class OneVenueOneWorker(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = nodeid.partition("::")[0]
            return file if _shares(config.rootpath / file) else nodeid

    return OneVenueOneWorker(config, log)


@cache
def _shares(file: Path) -> bool:
    """Whether tests of that file share something that is made once for all of them."""
    return any('scope="module"' in one.read_text() for one in (file, file.with_name("conftest.py")) if one.exists())


def _most_seconds(item: pytest.Item) -> float:
    marker = item.get_closest_marker("timeout")
    return float(marker.args[0]) if marker is not None and marker.args else 0.0


@pytest.fixture(autouse=True)
def no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """A developer's own variables change no test."""
    for name in list(os.environ):
        if is_ours(name):
            monkeypatch.delenv(name)


@pytest.fixture(autouse=True)
def back_home() -> Iterator[None]:
    """From the zone of an event."""
    yield
    clock.be_in(clock.SYSTEM)


@pytest.fixture(scope="session")
def _spare() -> Iterator[Emulator]:
    with Emulator.start() as server:
        yield server


@pytest.fixture
def emulator(_spare: Emulator) -> Emulator:
    """A test's own Drive, in memory: empty, with nothing wrong yet. Its process outlives the test."""
    return _spare.anew()


@pytest.fixture(scope="session")
def faces() -> Path:
    """The folder of labelled photos of real people: never in the repository; without it such tests are skipped."""
    folder = Path(os.environ.get("VENUESYNC_FACES") or BESIDE)
    if not (folder / "labels.csv").is_file():
        pytest.skip(f"no labelled photos of real people in {folder} (set VENUESYNC_FACES)")
    return folder


@pytest.fixture
def runtime_dir() -> Iterator[Path]:
    """A folder for sockets, with a path short enough for them."""
    folder = Path(tempfile.mkdtemp(prefix="vs-"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """A new workspace below `tmp_path`, as `venuesync init` makes it."""
    made = find_workspace(tmp_path / "venue", {})
    prepare(made)
    return made


@contextmanager
def sign_in_alone() -> Iterator[None]:
    """The port that a sign-in listens on is one for the whole machine: tests that need it wait for each other."""
    with (Path(tempfile.gettempdir()) / f"venuesync-tests-{os.getuid()}.sign-in").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        try:
            socket.create_server(("127.0.0.1", PORT)).close()
        except OSError as error:
            pytest.fail(
                f"port {PORT}, where a sign-in comes back to, is taken by something outside these tests: {error}"
            )
        yield


@pytest.fixture
def sign_in_port() -> Iterator[None]:
    with sign_in_alone():
        yield


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    """An open, empty ledger."""
    made = Ledger(tmp_path / "ledger.sqlite")
    made.open()
    yield made
    made.close()


@pytest.fixture
def environment(runtime_dir: Path) -> dict[str, str]:
    """The environment of a command: nothing of ours in it, and sockets in a folder of the test's own."""
    kept = {name: value for name, value in os.environ.items() if not is_ours(name)}
    return {**kept, "XDG_RUNTIME_DIR": str(runtime_dir)}


@pytest.fixture
def venuesync(environment: dict[str, str], tmp_path: Path) -> Venuesync:
    """`venuesync("status", "--json", VENUESYNC_LOG__LEVEL="debug")`: run the command, wait for its end."""

    def run(
        *arguments: str | Path, cwd: Path = tmp_path, timeout: float = 60, **variables: str
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", "from tui.cli import main; main()", *map(str, arguments)],
            env={**environment, **variables},
            cwd=cwd,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )

    return run
