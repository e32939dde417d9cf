"""`emulator`, `demo`: trying it out, without Google and without a wedding."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tui.cli.chosen import finish


def add_trying_commands(app: typer.Typer) -> None:
    for command in (emulator, demo):
        app.command()(command)


def emulator(
    port: Annotated[int, typer.Option("--port", help="0: any free one", min=0, max=65535)] = 0,
    data: Annotated[Path | None, typer.Option("--data", help="Keep everything here; else in memory.")] = None,
    latency_ms: Annotated[float, typer.Option("--latency-ms", min=0, help="Added to each answer.")] = 0,
    uplink_mbps: Annotated[float, typer.Option("--uplink-mbps", min=0, help="Speed of the line; 0: no limit.")] = 0,
) -> None:
    """A Google Drive v3 server on this machine, for trying out and for tests."""
    from tui.cli.embed import serve_emulator

    raise typer.Exit(serve_emulator(port, data, latency_ms, uplink_mbps))


def demo(
    no_ui: Annotated[bool, typer.Option("--no-ui", help="Without a screen.")] = False,
    seconds: Annotated[float | None, typer.Option("--seconds", min=1, help="How long; 60 without a screen.")] = None,
) -> None:
    """A whole venue in a temporary folder: emulator, agent, a photographer dropping photos."""
    from tui.cli.demo import demonstrate
    from tui.cli.streams import not_a_terminal

    finish(demonstrate(screen=not no_ui and not_a_terminal() is None, seconds=seconds))
