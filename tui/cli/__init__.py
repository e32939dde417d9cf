"""The commands: the front door. Each asks the agent, or does its work here where none runs."""

from __future__ import annotations

import gc
import sys
from io import TextIOWrapper


def main() -> None:
    """The `venuesync` command. Errors leave by their exit code and in words, never as a traceback."""
    gc.disable()  # while modules are imported nothing becomes garbage; looking for it takes a tenth of that time
    from tui.cli.front_door import run

    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # a name that this terminal cannot show is no reason to stop
            stream.reconfigure(errors="backslashreplace")
    sys.exit(run(sys.argv[1:]))
