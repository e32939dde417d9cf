"""Who starts services on this machine, asked by its own command: systemd by `systemctl`, on macOS launchd."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeAlias

from agent.errors import VenueError

if TYPE_CHECKING:
    from agent.service.launchd import PropertyList
    from agent.service.unit import Unit
    from tui.cli.embed import Place

STARTS_IN, ANSWERS_IN = 330.0, 60.0  # seconds
BY_HAND = "Start it by whatever starts programs here: "


class NoManager(VenueError):
    """There is none that could be asked."""


def manager_of(found: Place, system: bool) -> Manager:
    from agent.service.unit import Unit

    unit = Unit(found.workspace, system)
    if sys.platform != "darwin":
        return Systemd(unit)
    from agent.service.launchd import PropertyList

    return Launchd(PropertyList(unit))


class Systemd:
    """By `systemctl`, of one workspace's service. Methods raise `NoManager` where nobody answers, `VenueError` where it
    is refused.
    """

    def __init__(self, unit: Unit) -> None:
        self.file = unit
        self._words = ["systemctl"] if unit.system else ["systemctl", "--user"]

    @property
    def start_words(self) -> list[str]:
        """What somebody types to start it."""
        return [*self._words, "start", self.file.name]

    @property
    def unattended(self) -> str:
        """What else to do so that it runs while nobody is signed in; none, where it does."""
        return "" if self.file.system else "loginctl enable-linger"

    def look(self) -> None:
        """Whether it answers."""
        self._ask("show", "--property=Version")

    def take(self) -> None:
        """The file is there: it starts with the machine, or the session, from now on."""
        self._ask("daemon-reload")
        self._ask("enable", self.file.name)

    def start(self) -> None:
        self._ask("restart", self.file.name, seconds=STARTS_IN)

    def leave(self) -> None:
        """Stop it, and start it no more."""
        with suppress(NoManager):  # then it does not run either
            self._ask("disable", "--now", self.file.name)
        (self.file.path.parent / f"{self.file.target}.wants" / self.file.name).unlink(missing_ok=True)

    def forget(self) -> None:
        """The file is gone."""
        with suppress(NoManager):
            self._ask("daemon-reload")

    def state(self) -> dict[str, Any]:
        """`enabled`, `active`, `state` in its own word, `status` as the agent told it, `pid`."""
        wanted = ("ActiveState", "UnitFileState", "StatusText", "MainPID")
        try:
            shown = self._ask("show", self.file.name, *(f"--property={one}" for one in wanted))
            known = {key: value for key, _, value in (line.partition("=") for line in shown.splitlines())}
        except NoManager:
            known = {"ActiveState": "no systemd runs here"}
        return {
            "enabled": known.get("UnitFileState") == "enabled",
            "active": known["ActiveState"] in ("active", "reloading"),
            "state": known["ActiveState"],
            "status": known.get("StatusText", ""),
            "pid": int(known.get("MainPID") or 0) or None,
        }

    def _ask(self, *arguments: str, seconds: float = ANSWERS_IN) -> str:
        command = [*self._words, "--no-pager", *arguments]
        by_hand = f"{BY_HAND}{shlex.join(self.file.command)}"
        log = f"See: journalctl {'' if self.file.system else '--user '}-u {self.file.name}"
        done = asked(command, "systemd", by_hand, log, seconds)
        if done.returncode == 0:
            return done.stdout
        why = " ".join(done.stderr.split())
        if any(sign in why for sign in ("connect to bus", "not been booted", "not set")):
            raise NoManager("No systemd can be reached here", why, by_hand)
        raise VenueError("systemd refuses", why, "Run it with sudo, or without --system" if self.file.system else log)


class Launchd:
    """The same by `launchctl`. Tried on no Mac by those who wrote it."""

    def __init__(self, file: PropertyList) -> None:
        self.file = file
        self._domain = "system" if file.system else f"gui/{os.getuid()}"
        self._target = f"{self._domain}/{file.name}"

    @property
    def start_words(self) -> list[str]:
        return ["launchctl", "bootstrap", self._domain, str(self.file.path)]

    @property
    def unattended(self) -> str:
        return ""

    def look(self) -> None:
        self._ask("print-disabled", self._domain)

    def take(self) -> None:
        self._ask("enable", self._target)

    def start(self) -> None:
        with suppress(VenueError):  # it was not there
            self._ask("bootout", self._target)
        self._ask("bootstrap", self._domain, str(self.file.path))

    def leave(self) -> None:
        with suppress(VenueError):  # it does not run
            self._ask("bootout", self._target)

    def forget(self) -> None:
        """It looks at the folder when the next session begins."""

    def state(self) -> dict[str, Any]:
        try:
            lines = [line.partition(" = ") for line in self._ask("print", self._target).splitlines()]
            known = {key.strip(): value for key, _, value in lines if key.startswith("\t") and key[1:2] != "\t"}
        except VenueError:
            known = {"state": "not loaded"}
        pid = known.get("pid", "")
        return {
            "enabled": self.file.path.exists(),
            "active": known.get("state") == "running",
            "state": known.get("state", "unknown"),
            "status": "",
            "pid": int(pid) if pid.isdecimal() else None,
        }

    def _ask(self, *arguments: str) -> str:
        by_hand = f"{BY_HAND}{shlex.join(self.file.command)}"
        done = asked(["launchctl", *arguments], "launchd", by_hand, "See: Console", ANSWERS_IN)
        if done.returncode == 0:
            return done.stdout
        why = " ".join(done.stderr.split()) or f"launchctl {arguments[0]} ended with {done.returncode}"
        raise VenueError("launchd refuses", why, "Run it with sudo, or without --system")


Manager: TypeAlias = Systemd | Launchd


def asked(command: Sequence[str], who: str, by_hand: str, log: str, seconds: float) -> subprocess.CompletedProcess[str]:
    """Its answer. Raises `NoManager` where there is no such command, `VenueError` where none comes in time."""
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=seconds, check=False)  # noqa: S603
    except FileNotFoundError:
        raise NoManager(f"There is no {who} here", f"{command[0]} is not installed", by_hand) from None
    except subprocess.TimeoutExpired:
        raise VenueError(f"{who} does not answer", shlex.join(command), log) from None
