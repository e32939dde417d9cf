"""What every command shares: the workspace that was named before it, `--json`, and leaving with an exit code."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, Any

import typer

Json = Annotated[bool, typer.Option("--json", help="One JSON value on stdout.")]


class Chosen:
    """The workspace that was named before the command."""

    workspace: Path | None = None


def finish(work: Coroutine[Any, Any, int]) -> None:
    """Run a command's work and leave with its exit code."""
    raise typer.Exit(asyncio.run(work))
