"""Agents without the second that their imports take: forked from a process that has them behind it, and no more.

`Warm` is a `Popen` whose process is made that way. From there on it is what any other is: a process of its own, with
its arguments, environment, folder and files, that runs `main`, a child of whoever asked (`waitpid` has its exit code).
But that none of its parts looks anyway what there is to do: it is rung, or sleeps.
Its face workers come about in the same way: before it begins, it forks a process to fork them.
What a command is before that - the interpreter's start, its imports - is for the tests that have `processes_only`, for
those in terminals, for `make crash` and the demo. Linux alone can hand a child over; elsewhere, and
where the interpreter itself is to start otherwise, `can_be` is false.

Run with a socket's number as its argument, this file is the process that forks.
"""

from __future__ import annotations

import array
import atexit
import ctypes
import faulthandler
import gc
import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from io import TextIOWrapper
from pathlib import Path
from typing import Any, BinaryIO, ClassVar, TextIO, cast
from unittest import mock

from tests.venue import models

ROOT = Path(__file__).resolve().parents[2]
OURS = (
    "VENUESYNC_",
    "XDG_RUNTIME_DIR",
    "PYTEST_",
    "CRASH_CONTROL",
)  # what is read when an agent runs, not when Python starts
TOO_LATE = {"VENUESYNC_CLOCK_OFFSET", "VENUESYNC_STANDSTILL_AFTER"}  # read while modules are imported
IMPORTED = (
    "agent.app",
    "agent.api.app",
    "agent.api.bounds",
    "agent.api.connections",
    "agent.api.server",
    "agent.faces.detector",
    "agent.faces.worker",
    "agent.intake.watcher",
    "agent.log",
    "agent.settings.checked",
    "anyio._backends._asyncio",
    "cryptography.fernet",
    "encodings.idna",
    "google.oauth2.credentials",
    "googleapiclient.discovery",
    "googleapiclient.discovery_cache",
    "httpcore",
    "httpx",
    "pydantic.dataclasses",
    "pydantic.v1",
    "tui.cli",
    "tui.cli.headless",
    "typer._adapters",
    "typer._click.decorators",
    "uvicorn.lifespan.off",
    "uvicorn.protocols.http.auto",
    "uvicorn.protocols.http.h11_impl",
)
POPEN = subprocess.Popen
WORKER = "agent.faces.worker"
READY = b"ready"
NEVER = 3600.0  # seconds
LONGEST = 1 << 20  # bytes of a request
BECOME_SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER, prctl(2): orphans below become children of this process
DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG


def can_be(environ: Mapping[str, str]) -> bool:
    """Whether this environment asks nothing of the interpreter that it did not ask of this one."""
    if sys.platform != "linux" or TOO_LATE & environ.keys() or _paths(environ)[-1] != str(ROOT):
        return False
    others = [{key: one for key, one in env.items() if key != "PYTHONPATH"} for env in (environ, dict(os.environ))]
    here, there = ({key: one for key, one in env.items() if not key.startswith(OURS)} for env in others)
    return here == there


def _paths(environ: Mapping[str, str]) -> list[str]:
    return environ.get("PYTHONPATH", "").split(os.pathsep)


class Warm(subprocess.Popen[str]):
    """Takes what comes after the interpreter and `-m tui.cli`; `env` and `cwd` have to be given."""

    def _execute_child(self, args: list[str], *given: Any) -> None:
        self._fork("tui.cli", args, given)

    def _fork(self, module: str, args: list[str], given: tuple[Any, ...]) -> None:
        _executable, _before, _close, _pass, cwd, env, _info, _flags, _shell, *pipes = given[:15]
        here, _, _, there, _, errors = pipes  # -1: as this process has it
        files = [0 if here == -1 else here, 1 if there == -1 else there, 2 if errors == -1 else errors]
        try:
            self.pid = Forker.of_this_process().fork(module, args, dict(env), str(cwd or Path.cwd()), files)
            self._child_created = True
        finally:
            cast(Any, self)._close_pipe_fds(*pipes)


class WarmWorker(Warm):
    """In place of `Popen`: face workers are forked, and whatever else is begun as ever."""

    def _execute_child(self, args: list[str], *given: Any) -> None:
        if WORKER in args:
            self._fork(WORKER, args[args.index(WORKER) + 1 :], given)
        else:
            cast(Any, POPEN)._execute_child(self, args, *given)


class Forker:
    """Whoever asks the process that has all imports behind it, over `line`."""

    one: ClassVar[Forker | None] = None

    def __init__(self, line: socket.socket) -> None:
        self._one_asks = threading.Lock()
        self._line = line

    @classmethod
    def of_this_process(cls) -> Forker:
        """It ends with this one. The first time, this waits for its imports."""
        if cls.one is None:
            line, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            with theirs:
                subprocess.Popen(
                    [sys.executable, "-m", "tests.venue.warm", str(theirs.fileno())],
                    cwd=ROOT,
                    env={
                        **os.environ,
                        "PYTHONPATH": str(ROOT),
                        "OPENBLAS_NUM_THREADS": "1",
                    },  # a thread would not be forked
                    pass_fds=[theirs.fileno()],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                )
            if line.recv(100) != READY:
                raise AssertionError("the process that forks does not start")
            cls.one = cls(line)
        return cls.one

    def fork(self, module: str, arguments: list[str], environ: dict[str, str], folder: str, files: list[int]) -> int:
        """A new process's id; it is a child of this one."""
        asked = json.dumps([module, arguments, environ, folder]).encode()
        with self._one_asks:
            _prctl(BECOME_SUBREAPER, 1)
            try:
                socket.send_fds(self._line, [asked], files)
                answer = self._line.recv(100)
            finally:
                _prctl(BECOME_SUBREAPER, 0)
        if not answer:
            raise AssertionError("the process that forks has ended")
        return int(answer)


@contextmanager
def workers() -> Iterator[None]:
    """Meanwhile an agent in this very process has warm workers, too."""
    if sys.platform != "linux":
        yield
        return
    Forker.of_this_process()  # before there is anything that must not wait
    with mock.patch("subprocess.Popen", WarmWorker):
        yield


def _prctl(what: int, value: int) -> None:
    if ctypes.CDLL(None, use_errno=True).prctl(what, value, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")


def forked(line: socket.socket) -> str | None:
    """Fork what is asked for until nobody is there to ask. Answers, in such a process, which module it is to run."""
    while True:
        asked, ancillary, _, _ = line.recvmsg(LONGEST, socket.CMSG_SPACE(3 * array.array("i").itemsize))
        if not asked:
            return None
        files = array.array("i")
        for _, _, data in ancillary:
            files.frombytes(data)
        mine, theirs = os.pipe()
        between = os.fork()
        if between == 0:  # it ends at once, so that its child becomes one of whoever asked
            here = os.getpid()
            child = os.fork()
            if child == 0:
                os.close(mine)
                os.close(theirs)
                line.close()
                while os.getppid() == here:  # who wants to end with its parent means the other one
                    time.sleep(0.0005)
                module, arguments, environ, folder = json.loads(asked)
                become(arguments, environ, folder, files.tolist())
                return str(module)
            os.write(theirs, str(child).encode())
            os._exit(0)
        os.close(theirs)
        os.waitpid(between, 0)
        line.send(os.read(mine, 100))
        for one in (mine, *files):
            os.close(one)


def become(arguments: list[str], environ: dict[str, str], folder: str, files: list[int]) -> None:
    """All in which a new process of these differs from the one that it was forked from."""
    for target, one in enumerate(files):
        os.dup2(one, target)
    for one in files:
        os.close(one)
    sys.stdin, sys.stdout, sys.stderr = (
        anew(number, one) for number, one in enumerate((sys.stdin, sys.stdout, sys.stderr))
    )
    os.environ.clear()
    os.environ.update(environ)
    os.chdir(folder)
    sys.argv = ["venuesync", *arguments]
    sys.orig_argv = [sys.executable, "-m", "tui.cli", *arguments]
    random.seed()


def customize() -> None:
    """As the interpreter does where there is something to customize it before our own folder."""
    *before, _ = _paths(os.environ)
    if before:
        sys.path[:0] = before
        sys.modules.pop("sitecustomize", None)
        import_module("sitecustomize")


def fork_workers() -> str | None:
    """Have a process that forks this one's face workers. Answers as `forked` does, in a worker."""
    mine, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    parent = os.getpid()
    if os.fork() == 0:
        _prctl(DIE_WITH_PARENT, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(0)
        mine.close()
        nowhere = os.open(os.devnull, os.O_RDWR)
        for one in range(3):
            os.dup2(nowhere, one)
        module = forked(theirs)
        if module is None:
            os._exit(0)
        return module
    theirs.close()
    Forker.one = Forker(mine)
    cast(Any, subprocess).Popen = WarmWorker
    return None


def make_checks() -> None:
    """What pydantic makes when it is first asked for, in 15 ms of each agent: of arguments, of rows, of requests."""
    from agent.api.routes import known, repeated
    from agent.requests import events, people, status, troubles
    from agent.roster import storage, tables
    from tui.cli.commands import FILES, command

    kinds = [command().get_command(None, word) for word in FILES]
    for one in [command(), *kinds, *(below for kind in kinds for below in getattr(kind, "commands", {}).values())]:
        for parameter in one.params:
            parameter.get_runtime_param()
    for row in (tables.Workspace, tables.Entry, tables.Event, tables.Person):
        cast(Any, storage)._adapter(row)
    often = (status.GetStatus, events.ListEvents, people.ListPeople, people.EnrollPerson)
    for request in (*often, troubles.ListTroubles, troubles.ListHeld, troubles.ListActivity):
        repeated(request), known(request)


def load_models() -> None:
    """Once for all workers: each would load the same ones, and each agent asks which they are."""
    from agent.faces import worker
    from agent.faces.engine import DlibOnnx, FaceEngine
    from agent.faces.models import engine_id

    engine_id(DlibOnnx.name)
    load, loaded = worker.load_engine, DlibOnnx(models.made())

    def load_engine(name: str, cache: Path) -> FaceEngine:
        return loaded if name == loaded.name else load(name, cache)

    worker.load_engine = load_engine


def look_only_when_rung() -> None:
    """No part looks anyway, after a while: whoever should have rung shows by what is not done in time."""
    for name, module in sys.modules.items():
        if name.startswith("agent.") and hasattr(module, "LOOK_ANYWAY"):
            cast(Any, module).LOOK_ANYWAY = NEVER


def work() -> None:
    """As `python -m agent.faces.worker` does."""
    os.setsid()
    faulthandler.enable()
    warnings.simplefilter("ignore", UserWarning)
    from agent.faces.worker import main

    code = main(sys.argv[1:])
    sys.stderr.flush()
    os._exit(code)


def leave(end: SystemExit) -> None:
    """As the interpreter does, but objects are not taken apart: that copies what was shared till then, in 0.07 s."""
    cast(Any, threading)._shutdown()
    cast(Any, atexit)._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(cast(int, end.code))


def anew(number: int, was: TextIO) -> TextIO:
    """A standard stream as the interpreter makes it: what it leads to is another kind of file now."""
    unbuffered = bool(os.environ.get("PYTHONUNBUFFERED"))
    way, size = ("rb", -1) if number == 0 else ("wb", 0 if unbuffered else -1)
    raw: BinaryIO = open(number, way, buffering=size, closefd=False)  # noqa: SIM115 - it stays open
    return TextIOWrapper(
        raw,
        encoding=was.encoding,
        errors=was.errors,
        newline=None if number == 0 else "\n",
        line_buffering=number == 2 or os.isatty(number),
        write_through=unbuffered,
    )


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for module in IMPORTED:
        import_module(module)
    from tui.cli import main

    make_checks()
    load_models()
    look_only_when_rung()
    import_module("agent.ledger.sqlite.schema").new()
    gc.collect()
    gc.freeze()
    line = socket.socket(fileno=int(sys.argv[1]))
    line.send(READY)
    asked = forked(line)
    if asked == WORKER or (asked and fork_workers()):
        work()
    elif asked:
        customize()
        try:
            main()
        except SystemExit as end:
            leave(end)
