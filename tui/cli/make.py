"""`venuesync init`: a workspace, and what to do next."""

from __future__ import annotations

from pathlib import Path

from tui.cli import say
from tui.cli.embed import new_workspace


def make_workspace(folder: Path | None, *, json: bool) -> None:
    """Make it where it is missing; what is there stays."""
    workspace, there = new_workspace(folder)
    if json:
        found = {"root": workspace.root, "incoming": workspace.incoming, "config": workspace.root / "config.toml"}
        say.value({**{key: str(path) for key, path in found.items()}, "new": not there})
        return
    say.line(f"{'Already a workspace' if there else 'Made a workspace'}: {workspace.root}")
    say.line(f"  photos arrive in   {workspace.incoming}")
    say.line(f"  settings are in    {workspace.root / 'config.toml'}")
    say.line(f"Next: venuesync --workspace {workspace.root}")
