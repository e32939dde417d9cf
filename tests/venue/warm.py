"""Agents without the second that their imports take: forked from a process that has them behind it, and no more.

`Warm` is a `Popen` whose process is made that way. From there on it is what any other is: a process of its own, with
its arguments, environment, folder and files, that runs `main`, a child of whoever asked (`waitpid` has its exit code).
What a command is before that - the interpreter's start, its imports - is for the tests that have `processes_only`, for
those in terminals, for the crash campaign and the demo. Linux alone can hand a child over; elsewhere, and
where the interpreter itself is to start otherwise, `can_be` is false.

Run with a socket's number as its argument, this file is the process that forks.
"""

from __future__ import annotations

import array
import ctypes
import gc
import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from io import TextIOWrapper
from pathlib import Path
from typing import Any, BinaryIO, TextIO, cast

ROOT = Path(__file__).resolve().parents[2]
OURS = ("VENUESYNC_", "XDG_RUNTIME_DIR", "PYTEST_")  # what is read when an agent runs, not when Python starts
TOO_LATE = {"VENUESYNC_CLOCK_OFFSET", "VENUESYNC_STANDSTILL_AFTER"}  # read while modules are imported
IMPORTED = (
    "agent.agent",
    "agent.api.app",
    "agent.api.bounds",
    "agent.api.connections",
    "agent.log",
    "agent.settings.checked",
    "cryptography.fernet",
    "googleapiclient.discovery",
    "pydantic.v1",
    "tui.cli.front_door",
    "tui.cli.headless",
    "typer._adapters",
    "uvicorn.protocols.http.h11_impl",
)
LONGEST = 1 << 20  # bytes of a request
BECOME_SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER, prctl(2): orphans below become children of this process


def can_be(environ: Mapping[str, str]) -> bool:
    """Whether this environment asks nothing of the interpreter that it did not ask of this one."""
    if sys.platform != "linux" or TOO_LATE & environ.keys() or environ.get("PYTHONPATH") != str(ROOT):
        return False
    others = [{key: one for key, one in env.items() if key != "PYTHONPATH"} for env in (environ, dict(os.environ))]
    here, there = ({key: one for key, one in env.items() if not key.startswith(OURS)} for env in others)
    return here == there


class Warm(subprocess.Popen[str]):
    """Takes what comes after the interpreter and `-m tui.cli`; `env` and `cwd` have to be given."""

    def _execute_child(self, args: list[str], *given: Any) -> None:
        _executable, _before, _close, _pass, cwd, env, _info, _flags, _shell, *pipes = given[:15]
        here, _, _, there, _, errors = pipes  # -1: as this process has it
        files = [0 if here == -1 else here, 1 if there == -1 else there, 2 if errors == -1 else errors]
        try:
            self.pid = _forker().fork(args, dict(env), str(cwd), files)
            self._child_created = True
        finally:
            cast(Any, self)._close_pipe_fds(*pipes)


class Forker:
    """The process that has all imports behind it; it ends with this one."""

    def __init__(self) -> None:
        self._one_asks = threading.Lock()
        self._line, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
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

    def fork(self, arguments: list[str], environ: dict[str, str], folder: str, files: list[int]) -> int:
        """A new process's id; it is a child of this one."""
        asked = json.dumps([arguments, environ, folder]).encode()
        with self._one_asks:
            _prctl(1)
            try:
                socket.send_fds(self._line, [asked], files)
                answer = self._line.recv(100)
            finally:
                _prctl(0)
        if not answer:
            raise AssertionError(f"the process that forks has ended: {self._process.wait(10)}")
        return int(answer)


@cache
def _forker() -> Forker:
    return Forker()


def _prctl(on: int) -> None:
    if ctypes.CDLL(None, use_errno=True).prctl(BECOME_SUBREAPER, on, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")


def forked(line: socket.socket) -> bool:
    """Fork what is asked for until nobody is there to ask. True: this is such a process."""
    while True:
        asked, ancillary, _, _ = line.recvmsg(LONGEST, socket.CMSG_SPACE(3 * array.array("i").itemsize))
        if not asked:
            return False
        files = array.array("i")
        for _, _, data in ancillary:
            files.frombytes(data)
        mine, theirs = os.pipe()
        between = os.fork()
        if between == 0:  # it ends at once, so that its child becomes one of whoever asked
            child = os.fork()
            if child == 0:
                os.close(mine)
                os.close(theirs)
                line.close()
                arguments, environ, folder = json.loads(asked)
                become(arguments, environ, folder, files.tolist())
                return True
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
    random.seed()


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
    from tui.cli.commands import command

    command()
    gc.collect()
    gc.freeze()
    if forked(socket.socket(fileno=int(sys.argv[1]))):
        main()
