"""Names every moment at which something of the agent's has just happened for good; ends or stops the process at a
chosen one.

Python loads it by itself where this folder is on PYTHONPATH: the product knows nothing of it, and is started as users
start it. A moment is a committed transaction (named by the functions whose changes it held), an effect on disk (named
by the functions that asked for it), or an answer of Drive's. Each is written to `moments` in the folder that
`CRASH_CONTROL` names; what stands in `armed` there (role, signal, number, name) says at which the process is killed,
as by a pulled plug, or stopped until somebody lets it go on. Times are counted from when the process first sees that it
is armed.
"""

from __future__ import annotations

import builtins
import ctypes
import functools
import io
import json
import os
import signal
import sqlite3
import sys
import threading
from collections.abc import Callable, Iterable
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any
from urllib.parse import parse_qs, urlsplit

HERE = Path(__file__).resolve().parents[3]
OURS = (f"{HERE}/agent/", f"{HERE}/tui/")
STORES = (f"{HERE}/agent/ledger/sqlite/store.py", f"{HERE}/agent/ledger/sqlite/writer.py")
CHAIN = 3  # functions that name an effect on disk, innermost first
COMMON = (
    "atomic.",
    "roster.storage.",
    "roster.book.",
    "ledger.store.",
)  # many go through these: whoever asked them tells more
ANY = "*"
EFFECTS = ("link", "symlink", "rename", "replace", "unlink", "remove", "rmdir", "mkdir", "chmod")
IDS_FROM = 15  # letters; a part of an address that is as long is an id
TOLD = ("trashed", "name", "parents", "mimeType", "role")  # what a body says that tells one call from another


class Moments:
    """What happened in this process, and where it is to end."""

    def __init__(self, control: Path, role: str) -> None:
        self._role = role
        self._armed = control / "armed"
        self._killed = control / "killed"
        self._out = os.open(control / "moments", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._lock = threading.Lock()
        self._seen: tuple[int, int] | None = None
        self._target, self._left, self._signal = "", 0, int(signal.SIGKILL)

    def reached(self, names: Iterable[str]) -> None:
        names = sorted(set(names))
        if not names:
            return
        with self._lock:
            os.write(self._out, "".join(f"{self._role} {name}\n" for name in names).encode())
            self._look()
            if self._left and (self._target == ANY or self._target in names):
                self._left -= 1
                if not self._left:
                    self._end(self._target if self._target != ANY else names[0])

    def _look(self) -> None:
        """Read what is armed, where that is news."""
        try:
            found = self._armed.stat()
        except FileNotFoundError:
            self._seen, self._left = None, 0
            return
        if self._seen == (found.st_mtime_ns, found.st_ino):
            return
        self._seen = (found.st_mtime_ns, found.st_ino)
        with OPEN(self._armed, encoding="utf-8") as file:
            role, sign, number, self._target = file.read().split("\n", 3)
        self._left, self._signal = int(number) if role == self._role else 0, int(sign)

    def _end(self, name: str) -> None:
        with OPEN(self._killed, "w", encoding="utf-8") as file:
            file.write(f"{os.getpid()} {self._role} {name}")
        os.kill(os.getpid(), self._signal)


OPEN = builtins.open


def watch(moments: Moments) -> None:
    """Put a watch on all that lasts."""
    for name in EFFECTS:
        setattr(os, name, effect(moments, name, getattr(os, name)))
    os.open = opening(moments, os.open)
    builtins.open = io.open = opening_by_mode(moments, OPEN)
    ctypes.CDLL.__getitem__ = renaming(moments, ctypes.CDLL.__getitem__)
    sqlite3.connect = connecting(moments, sqlite3.connect)
    if "httpx" in sys.modules:
        answers(moments, sys.modules["httpx"])
    else:
        sys.meta_path.insert(0, Afterwards({"httpx": lambda it: answers(moments, it)}))


# ---- disk


def callers(frame: FrameType | None) -> list[str]:
    """The product's own functions that asked for something, innermost first."""
    found: list[str] = []
    while frame is not None and len(found) < CHAIN:
        ours = frame.f_code.co_filename.startswith(OURS)
        if ours and (name := named(frame)) not in found and not (found and name.startswith(COMMON)):
            found.append(name)
        frame = frame.f_back
    return found


def named(frame: FrameType) -> str:
    """`filing.files._publish`; an intent with its verb, as each of them is a story of its own."""
    path = frame.f_code.co_filename.removeprefix(f"{HERE}/").removesuffix(".py").removeprefix("agent/")
    function = frame.f_code.co_qualname.replace(".<locals>", "")
    verb = frame.f_locals.get("verb") if frame.f_code.co_name == "intend" else None
    return f"{path.replace('/', '.')}.{function}" + (f"({verb})" if verb else "")


def effect(moments: Moments, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(call)
    def watched_call(*args: Any, **kwargs: Any) -> Any:
        answer = call(*args, **kwargs)
        told(moments, name, sys._getframe(1))
        return answer

    return watched_call


def told(moments: Moments, what: str, frame: FrameType | None) -> None:
    if asked := callers(frame):
        moments.reached([f"{what} {' < '.join(asked)}"])


def opening(moments: Moments, call: Callable[..., int]) -> Callable[..., int]:
    """A file that is there from now on, and empty."""

    @functools.wraps(call)
    def opened(path: Any, flags: int, *args: Any, **kwargs: Any) -> int:
        fd = call(path, flags, *args, **kwargs)
        if flags & os.O_CREAT:
            told(moments, "create", sys._getframe(1))
        return fd

    return opened


def opening_by_mode(moments: Moments, call: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(call)
    def opened(file: Any, mode: str = "r", *args: Any, **kwargs: Any) -> Any:
        made = call(file, mode, *args, **kwargs)
        if not isinstance(file, int) and {*"wx"} & {*mode}:
            told(moments, "create", sys._getframe(1))
        return made

    return opened


def renaming(moments: Moments, find: Callable[..., Any]) -> Callable[..., Any]:
    """The system's own renaming that replaces nothing, which Python does not know."""

    def found(library: Any, name: Any) -> Any:
        function = find(library, name)
        if name not in ("renameat2", "renamex_np"):
            return function

        def rename(*args: Any) -> Any:
            failed = function(*args)
            if not failed:
                told(moments, "rename", sys._getframe(1))
            return failed

        return rename

    return found


# ---- ledger


def connecting(moments: Moments, connect: Callable[..., Any]) -> Callable[..., Any]:
    """Of whatever kind a connection is to be."""
    kind = functools.cache(functools.partial(watched, moments))

    @functools.wraps(connect)
    def connected(*args: Any, factory: type[sqlite3.Connection] = sqlite3.Connection, **kwargs: Any) -> Any:
        return connect(*args, factory=kind(factory), **kwargs)

    return connected


def watched(moments: Moments, kind: type[sqlite3.Connection]) -> type[sqlite3.Connection]:
    """A connection that knows whose changes its transaction holds."""

    class Watched(kind):
        def execute(self, sql: str, *args: Any) -> sqlite3.Cursor:
            return self._run(super().execute, sql, *args)

        def executemany(self, sql: str, *args: Any) -> sqlite3.Cursor:
            return self._run(super().executemany, sql, *args)

        def _run(self, call: Callable[..., sqlite3.Cursor], sql: str, *args: Any) -> sqlite3.Cursor:
            before = self.total_changes
            cursor = call(sql, *args)
            held: set[str] = self.__dict__.setdefault("held", set())
            if self.total_changes != before:
                held.add(change_of(sys._getframe(2)))
            if sql.startswith("VACUUM"):
                moments.reached([f"vacuum {change_of(sys._getframe(2))}"])
            if held and not self.in_transaction:
                self.held = set[str]()
                moments.reached(f"commit {name}" for name in held)
            return cursor

    return Watched


def change_of(frame: FrameType | None) -> str:
    """The function that was handed to the writer."""
    last = "?"
    while frame is not None and frame.f_code.co_filename not in STORES:
        if frame.f_code.co_filename.startswith(OURS):
            last = named(frame)
        frame = frame.f_back
    return last if last != "?" or frame is None else named(frame)


# ---- Drive


class Afterwards:
    """Does something to a module once it is imported."""

    def __init__(self, then: dict[str, Callable[[ModuleType], None]]) -> None:
        self._then = then

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        then = self._then.pop(name, None)
        spec = None if then is None else PathFinder.find_spec(name, path, target)
        if then is None or spec is None or spec.loader is None:
            return None
        run = spec.loader.exec_module

        def exec_module(module: ModuleType) -> None:
            run(module)
            then(module)

        spec.loader.exec_module = exec_module
        return spec


def answers(moments: Moments, module: Any) -> None:
    """What Drive is asked: the moment at which all of it is sent, and that at which its answer has come."""
    send = module.AsyncClient.send

    async def sent(self: Any, request: Any, **kwargs: Any) -> Any:
        try:
            body = request.content if "/upload/" not in str(request.url) else None
        except module.RequestNotRead:  # a photo's bytes
            body = None
        about = call_of(request.method, str(request.url), body)
        trace = request.extensions.get("trace")

        async def noted(event: str, info: Any) -> None:
            if event == "http11.send_request_body.complete" and request.method != "GET":
                moments.reached([f"sent {about}"])
            if trace is not None:
                await trace(event, info)

        request.extensions = {**request.extensions, "trace": noted}
        answer = await send(self, request, **kwargs)
        moments.reached([f"answered {about}"])
        return answer

    module.AsyncClient.send = sent


def call_of(method: str, url: str, body: Any) -> str:
    """`PATCH files/{id}?addParents trashed`: what is asked for, without any id."""
    parts = urlsplit(url)
    path = "/".join("{id}" if len(one) >= IDS_FROM else one for one in parts.path.split("/") if one)
    keys = sorted(key for key in parse_qs(parts.query) if key in ("addParents", "uploadType", "upload_id"))
    try:
        said = json.loads(body) if body else {}
    except ValueError:
        said = {}
    words = [key for key in TOLD if isinstance(said, dict) and key in said]
    return (
        f"{method} {path.replace('drive/v3/', '')}"
        + (f"?{'&'.join(keys)}" if keys else "")
        + "".join(f" {one}" for one in words)
    )


if "tui.cli" in sys.orig_argv and os.environ.get("CRASH_CONTROL"):
    watch(Moments(Path(os.environ["CRASH_CONTROL"]), "agent" if "--no-ui" in sys.orig_argv else "command"))
