"""`venuesync init`: a workspace, and what to do next."""

from __future__ import annotations

from pathlib import Path

from agent.workspace import find_workspace, prepare
from tui.cli import say


def make_workspace(folder: Path | None) -> None:
    """Make it where it is missing; what is there stays."""
    workspace = find_workspace(folder)
    there = (workspace.root / "config.toml").exists()
    prepare(workspace)
    say.line(f"{'Already a workspace' if there else 'Made a workspace'}: {workspace.root}")
    say.line(f"  photos arrive in   {workspace.incoming}")
    say.line(f"  settings are in    {workspace.root / 'config.toml'}")
    say.line(f"Next: venuesync --workspace {workspace.root}")
