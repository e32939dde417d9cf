"""The property list by which macOS starts a workspace's agent: what `unit.py` is for systemd (launchd.plist(5)).

launchd neither hears that the agent is ready nor that it lives, and starts it again after any failure. It was never run
here: what stands in it is read back by a test.
"""

from __future__ import annotations

import plistlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent.errors import UsageError
from agent.service.unit import Unit, owner
from agent.settings import Settings
from agent.workspace import STATE_FOLDER

AGENTS, DAEMONS = Path("~/Library/LaunchAgents"), Path("/Library/LaunchDaemons")
ENDS_IN = 20  # seconds until it is killed
PAUSE = 10  # seconds between two starts; launchd takes no less
LOG = "service.log"


@dataclass(frozen=True, slots=True)
class PropertyList:
    """`system`: a daemon of the whole machine, else an agent of this user's sessions. One workspace, one list."""

    unit: Unit

    @property
    def system(self) -> bool:
        return self.unit.system

    @property
    def name(self) -> str:
        return f"venuesync.{self.unit.name.removeprefix('venuesync-').removesuffix('.service')}"

    @property
    def path(self) -> Path:
        return (DAEMONS if self.system else AGENTS.expanduser()) / f"{self.name}.plist"

    @property
    def command(self) -> list[str]:
        return self.unit.command

    @property
    def is_ours(self) -> bool:
        """Whether what lies at its path starts this agent. Raises `OSError` where nothing does."""
        try:
            known = plistlib.loads(self.path.read_bytes())
            return known["Label"] == self.name and known["ProgramArguments"][-3:] == self.command[-3:]
        except (plistlib.InvalidFileException, ValueError, LookupError, TypeError):
            return False

    def text(self, _settings: Settings) -> str:
        """Raises `UsageError` for a folder's name that no property list can hold."""
        workspace = self.unit.workspace
        apart = workspace.state != workspace.root / STATE_FOLDER
        document: dict[str, Any] = {
            "Label": self.name,
            "ProgramArguments": self.command,
            "WorkingDirectory": str(workspace.root),
            "RunAtLoad": True,
            "KeepAlive": {"SuccessfulExit": False},
            "ThrottleInterval": PAUSE,
            "ExitTimeOut": ENDS_IN,
            "StandardErrorPath": str(workspace.logs / LOG),
            **({"EnvironmentVariables": {"VENUESYNC_STATE_DIR": str(workspace.state)}} if apart else {}),
            **({"UserName": owner(workspace.state)} if self.system else {}),
        }
        try:
            return plistlib.dumps(document, sort_keys=False).decode()
        except ValueError as error:
            raise UsageError(
                "The folder's name stands in no property list", f"{workspace.root!s}: {error}", "Rename it"
            ) from None
