"""The systemd unit of a workspace's agent: its name and its text. One workspace, one unit.

What is ours alone may be written, and the folders for temporary files, which commands and agent have to see alike; all
else is read only. `RuntimeDirectory` gives a system's unit a place for its socket.
"""

from __future__ import annotations

import hashlib
import os
import pwd
import re
import sys
from dataclasses import dataclass
from pathlib import Path

from agent.doctor.stores import Intent, intent
from agent.errors import UsageError
from agent.filing.plan import TOPMOST
from agent.intake.folders import incoming_folders
from agent.settings import Settings
from agent.settings.environment import KEY_NAME, VARIABLES
from agent.settings.layers import ALIASES, PREFIX, dotenv_file
from agent.workspace import STATE_FOLDER, Workspace

MADE = "# Made by `venuesync service install`; `venuesync service uninstall` removes it. Workspace: "
WATCHDOG = 120  # seconds
TEMPORARY = (Path("/tmp"), Path("/var/tmp"))  # noqa: S108 - an export into a unit's own would be found by nobody
HARDENED = """\
NoNewPrivileges=yes
ProtectSystem=strict
LockPersonality=yes
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallErrorNumber=EPERM
"""
HARDENED_BY_ROOT = """\
CapabilityBoundingSet=
DevicePolicy=closed
PrivateDevices=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectProc=invisible
RemoveIPC=yes
"""  # a user's own service manager may not do these


@dataclass(frozen=True, slots=True)
class Unit:
    """`system`: for the whole machine, else for this user."""

    workspace: Workspace
    system: bool

    @property
    def name(self) -> str:
        """Of the folder's name and a mark of its whole path: `venuesync-Mia-Tom-3f2a9c41.service`."""
        root = self.workspace.root
        word = re.sub(r"[^A-Za-z0-9]+", "-", root.name).strip("-")[:40] or "workspace"
        return f"venuesync-{word}-{hashlib.sha256(os.fsencode(root)).hexdigest()[:8]}.service"

    @property
    def path(self) -> Path:
        if self.system:
            return Path("/etc/systemd/system") / self.name
        config = os.environ.get("XDG_CONFIG_HOME") or "~/.config"
        return Path(config).expanduser() / "systemd" / "user" / self.name

    @property
    def target(self) -> str:
        """With which it starts."""
        return "multi-user.target" if self.system else "default.target"

    @property
    def is_ours(self) -> bool:
        """Whether what lies at its path was made by us. Raises `OSError` where nothing does."""
        return self.path.read_text(encoding="utf-8", errors="replace").startswith(MADE)

    def text(self, settings: Settings) -> str:
        parts = [
            f"{MADE}{visible(str(self.workspace.root))}\n",
            "[Unit]",
            f"Description=venuesync at {visible(str(self.workspace.root)).replace('%', '%%')}",
            *self._after(),
            "StartLimitIntervalSec=0\n",  # never given up: nobody may be there to start it again
            "[Service]",
            "Type=notify",
            "NotifyAccess=main",
            f"ExecStart={' '.join(argument(one) for one in self.command)}",
            "ExecReload=/bin/kill -HUP $MAINPID",
            "Restart=on-failure",
            "RestartSec=5",
            "RestartPreventExitStatus=2",  # wrong usage or settings: somebody has to put them right
            f"WatchdogSec={WATCHDOG}",
            "TimeoutStartSec=300",
            "TimeoutStopSec=20",
            "KillMode=mixed\n",  # the agent ends its own face workers
            *self._identity(),
            *self._reach(settings),
            HARDENED + (HARDENED_BY_ROOT if self.system else ""),
            "[Install]",
            f"WantedBy={self.target}\n",
        ]
        return "\n".join(parts)

    @property
    def command(self) -> list[str]:
        """This very venuesync, whatever the PATH says later."""
        own = Path(sys.executable).with_name("venuesync")
        start = [str(own)] if os.access(own, os.X_OK) else [sys.executable, "-P", "-m", "tui.cli"]
        return [*start, "--workspace", str(self.workspace.root), "--no-ui"]

    def _after(self) -> list[str]:
        if not self.system:
            return []
        mounts = " ".join(setting(str(one)) for one in (self.workspace.root, self.workspace.state))
        return ["Wants=network-online.target", "After=network-online.target", f"RequiresMountsFor={mounts}"]

    def _identity(self) -> list[str]:
        found: list[str] = []
        if self.workspace.state != self.workspace.root / STATE_FOLDER:
            found.append(f"Environment={setting(f'VENUESYNC_STATE_DIR={self.workspace.state}')}")
        if self.system:
            runtime = self.name.removesuffix(".service")
            found += [
                f"User={owner(self.workspace.state)}",
                f"RuntimeDirectory={runtime}",
                "RuntimeDirectoryMode=0700",
                f"Environment=XDG_RUNTIME_DIR=%t/{runtime}",
            ]
        return found

    def _reach(self, settings: Settings) -> list[str]:
        """What it may write: everything else is there to be read."""
        return [f"ReadWritePaths={setting(f'-{one}')}" for one in (*self._written(settings), *TEMPORARY)]

    def _written(self, settings: Settings) -> list[Path]:
        """The workspace, wherever its folders lie; folders out of which originals are moved; where its socket lies."""
        workspace = self.workspace
        known = intent(workspace) or Intent()
        tops = [workspace.folder_of(event.folder) / name for event in known.events for name in TOPMOST]
        links = [one.resolve() for one in tops if one.is_symlink()]
        moved = incoming_folders(workspace, settings, known.events) if settings.incoming.after == "move" else []
        runtime = "" if self.system else os.environ.get("XDG_RUNTIME_DIR", "")
        wanted = [workspace.state, *links, *(one.path for one in moved), *([Path(runtime)] if runtime else [])]
        return [workspace.root, *(one for one in dict.fromkeys(wanted) if workspace.root not in one.parents)]


def owner(folder: Path) -> str:
    """Whose the workspace is. Raises `UsageError` where nobody is known by that number."""
    number = folder.stat().st_uid
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        raise UsageError("The workspace is nobody's", f"no user has the number {number}", "Change its owner") from None


def not_taken_along(workspace: Path) -> list[str]:
    """What this shell's environment says and no service gets: settings, also by their predecessors' names, the key of
    what is kept encrypted, and how the network is left. Nothing that `.env` says as well. Raises `UsageError`.
    """
    known = dotenv_file(workspace / ".env")
    network = {name.upper(): value for name, value in known.items() if name.upper() in VARIABLES}  # read in any case
    return sorted(
        name
        for name, value in os.environ.items()
        if is_read(name, value) and value not in (known.get(name), network.get(name.upper()))
    )


def is_read(name: str, value: str) -> bool:
    """Whether an agent reads this variable as more than where things lie, which its unit says."""
    if name.startswith(PREFIX):
        return "__" in name
    return bool(value) and (name in ALIASES or name == KEY_NAME or name.upper() in VARIABLES)


# ---- systemd's grammar (systemd.syntax(7), systemd.unit(5)): quotes, C's escapes, % for its own words


def setting(text: str) -> str:
    r"""One word of a setting: `"a \"b\" 5%% c"`."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    return '"' + "".join(one if one.isprintable() else as_bytes(one) for one in escaped) + '"'


def argument(text: str) -> str:
    """The same in a command, where `$` would begin a variable."""
    return setting(text).replace("$", "$$")


def as_bytes(char: str) -> str:
    return "".join(f"\\x{one:02x}" for one in char.encode())


def visible(text: str) -> str:
    """For a line that people read."""
    return "".join(one if one.isprintable() else "?" for one in text)
