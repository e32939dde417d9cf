"""The commands: the front door. Each asks the agent, or does its work here where none runs."""

from __future__ import annotations

import sys


def main() -> None:
    """The `venuesync` command. Errors leave by their exit code and in words, never as a traceback."""
    from tui.cli.commands import run

    sys.exit(run(sys.argv[1:]))
