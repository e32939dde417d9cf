"""The commands: a command line in, an exit code out, and every error in words.

`venuesync` alone, with or without a workspace, is what is typed most and waited for most: it does not wait until all
other commands are known.
"""

from __future__ import annotations

import signal
import sys

if "--no-ui" in sys.argv and signal.getsignal(signal.SIGHUP) is signal.SIG_DFL:
    signal.signal(signal.SIGHUP, lambda _number, _frame: None)  # a line that breaks before the agent's own handlers
if by_default := signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # ctrl+c while modules are imported: nothing is begun, nothing said

import asyncio
import gc
import os
import tempfile
import traceback
from io import TextIOWrapper
from pathlib import Path
from typing import Any, cast

from agent.disk.atomic import disk_trouble
from agent.errors import UsageError, VenueError
from tui.cli import say

if by_default:
    signal.signal(signal.SIGINT, signal.default_int_handler)

COMPLETION = "_VENUESYNC_COMPLETE"  # a shell asks what could be typed


def main() -> None:
    """The `venuesync` command. Errors leave by their exit code and in words, never as a traceback."""
    open_closed_streams()
    gc.disable()  # while modules are imported nothing becomes garbage; looking for it takes a tenth of that time
    modules = cast(dict[str, Any], sys.modules)
    modules["httpx._main"] = None  # httpx's own command brings click, pygments and rich: half of its import
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # else a file of each installed package is read
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # a name that this terminal cannot show is no reason to stop
            stream.reconfigure(errors="backslashreplace")
    code = run(sys.argv[1:])
    gc.freeze()  # nor is it looked for at the end, in all that goes anyway: a fifth of a short command's time
    sys.exit(code)


def open_closed_streams() -> None:
    """One that was closed (`<&-`) leads nowhere from now on. What is opened next would have its number, and be written
    into by whoever means stdout or stderr.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            stream = open(os.devnull, mode, encoding="utf-8")  # noqa: PTH123, SIM115 - for as long as this process is
            os.set_inheritable(stream.fileno(), True)
            setattr(sys, name, stream)


def run(arguments: list[str]) -> int:
    """Run a command line. Returns the exit code; says in words what went wrong, also that its answer was lost."""
    return say.unwritten(ran(arguments))


def ran(arguments: list[str]) -> int:
    try:
        if opens_the_monitor(arguments):
            return open_monitor(Path(arguments[1]) if arguments else None)
        from tui.cli.commands import typed

        return typed(arguments)
    except VenueError as error:
        say.error(error)
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    except OSError as error:
        say.error(disk_trouble(error))
        return 1
    except Exception as error:  # noqa: BLE001 - the front door: a person gets words, the log the rest
        return unexpected(error)


def opens_the_monitor(arguments: list[str]) -> bool:
    """Whether nothing but the monitor is wanted; whatever else was typed is for the commands to read."""
    if COMPLETION in os.environ:
        return False
    return not arguments or (
        len(arguments) == 2 and arguments[0] == "--workspace" and arguments[1][:1] not in ("", "-")
    )


def open_monitor(chosen: Path | None) -> int:
    """The monitor on this terminal. Raises `UsageError` where there is none."""
    if (stream := not_a_terminal()) is not None:
        raise UsageError("There is no terminal to show the monitor on", f"{stream} is none", "Use --no-ui")
    if draws_nothing():
        from tui.cli.headless import plain

        return asyncio.run(plain(chosen))
    from tui.cli.monitor import first_or_not

    gc.freeze()  # what has been imported stays: never looked at again
    gc.enable()
    return asyncio.run(first_or_not(chosen))


def draws_nothing() -> bool:
    """A terminal that knows no codes: an editor's shell, a log."""
    return os.environ.get("TERM") == "dumb"


def not_a_terminal() -> str | None:
    """The first of the three streams that is no terminal, as `stderr`.

    The monitor takes keys from one, prints to one and draws on the third: where one goes elsewhere, nothing of it could
    be seen or typed.
    """
    streams = {"stdout": sys.stdout, "stdin": sys.stdin, "stderr": sys.stderr}
    return next((name for name, stream in streams.items() if not stream.isatty()), None)


def unexpected(error: Exception) -> int:
    """Something that should not have happened: said in one line, kept whole for whoever mends it."""
    say.message(f"venuesync: Something unexpected happened: {type(error).__name__}: {error}")
    told = "".join(traceback.format_exception(error))
    try:  # under a name that nobody can know beforehand, for this user's eyes alone
        fd, report = tempfile.mkstemp(prefix="venuesync-error-", suffix=".txt")
        with os.fdopen(fd, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(told)
    except OSError:
        say.message("Nothing is lost. Please report it")
        return 1
    say.message(f"Nothing is lost. Please report it with {report}")
    return 1
