"""`service`: the agent as a systemd unit of this workspace, started with the machine and again when it fails."""

from __future__ import annotations

import asyncio
import shlex
import subprocess
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated, Any

import typer

from agent.disk.atomic import in_words, write_whole
from agent.errors import VenueError
from tui.cli import say
from tui.cli.commands import Chosen, Json, finish, group
from tui.cli.embed import Place, agent_file, connect, existing, unchecked_place

if TYPE_CHECKING:
    from agent.unit import Unit

app = group()
service_app = group()
app.add_typer(service_app, name="service")

System = Annotated[bool, typer.Option("--system", help="For the whole machine, by root; else for this user.")]
READ_BY_ALL = 0o644
STARTS_IN, ANSWERS_IN = 330.0, 60.0  # seconds
NOT_RUNNING = 3


@service_app.callback(invoke_without_command=True, epilog="Example: venuesync service")
def service(context: typer.Context, system: System = False, json: Json = False) -> None:
    """The agent as a systemd unit of this workspace: install, uninstall, status."""
    if context.invoked_subcommand is None:
        tell_state(system, json=json)


def unit_of(place: Place, system: bool) -> Unit:
    from agent.unit import Unit

    return Unit(place.workspace, system)


# ---- install


@service_app.command(epilog="Example: venuesync service install")
def install(
    system: System = False,
    show: Annotated[bool, typer.Option("--print", help="Only show the unit.")] = False,
    json: Json = False,
) -> None:
    """Make the unit, have it start with the machine, and start it."""
    found = existing(Chosen.workspace)
    unit = unit_of(found, system)
    text = unit.text(found.settings)
    if show:
        say.answer({**about(unit), "text": text}, *text.splitlines(), json=json)
        return
    put(unit, text)
    finish(begin(found, unit, json=json))


def put(unit: Unit, text: str) -> None:
    """Write it, and have it known. Raises `VenueError`, and nothing is written where there is no systemd."""
    manager(unit, "show", "--property=Version")
    if unit.path.exists() and not unit.is_ours:
        raise VenueError("A unit of that name is there already", str(unit.path), "Move it away, and install again")
    with in_words(unit.path):
        unit.path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(unit.path, text.encode())
        unit.path.chmod(READ_BY_ALL)
    manager(unit, "daemon-reload")
    manager(unit, "enable", unit.name)


async def begin(found: Place, unit: Unit, *, json: bool) -> int:
    """Start it, beside no other agent. Exit 0."""
    from agent.unit import not_taken_along

    pid = await pid_of_another(found, unit)
    if pid is None:
        await asyncio.to_thread(manager, unit, "restart", unit.name, seconds=STARTS_IN)
    lines = [f"Installed and enabled: {unit.path}", "It runs" if pid is None else "It does not run yet"]
    say.answer({**about(unit), **state(unit)}, *lines, json=json)
    if pid is not None:
        start = shlex.join([*systemctl(unit), "start", unit.name])
        say.message(f"An agent runs here already, pid {pid}. End it, and then start this one: venuesync stop; {start}")
    if not unit.system:
        say.message("So that it runs while nobody is signed in, run once: loginctl enable-linger")
    if left := not_taken_along():
        say.message(f"A service knows nothing of {', '.join(left)}: write them to config.toml or .env")
    return 0


async def pid_of_another(found: Place, unit: Unit) -> int | None:
    """Of an agent that runs here and is not the unit's own."""
    remote = await connect(found.workspace)
    if remote is None:
        return None
    await remote.close()
    pid = int(agent_file(found.workspace)["pid"])
    return None if pid == state(unit)["pid"] else pid


# ---- uninstall


@service_app.command(epilog="Example: venuesync service uninstall")
def uninstall(system: System = False, json: Json = False) -> None:
    """Stop it, and remove the unit; the workspace stays as it is."""
    unit = unit_of(unchecked_place(Chosen.workspace), system)
    if not unit.path.exists():
        raise VenueError("No unit is installed for this workspace", str(unit.path), "See `venuesync service status`")
    if not unit.is_ours:
        raise VenueError("That unit is not ours", str(unit.path), "Remove it by hand, if it is to go")
    with suppress(NoManager):  # then it does not run either
        manager(unit, "disable", "--now", unit.name)
    with in_words(unit.path):
        (unit.path.parent / f"{unit.target}.wants" / unit.name).unlink(missing_ok=True)
        unit.path.unlink()
    with suppress(NoManager):
        manager(unit, "daemon-reload")
    say.answer(about(unit), f"Removed: {unit.path}", json=json)


# ---- status


@service_app.command(epilog="Example: venuesync service status --json")
def status(system: System = False, json: Json = False) -> None:
    """Whether it is installed, enabled and running; exit 3 where it does not run."""
    tell_state(system, json=json)


def tell_state(system: bool, *, json: bool) -> None:
    unit = unit_of(unchecked_place(Chosen.workspace), system)
    now = state(unit)
    installed = f"{'Installed' if now['installed'] else 'Not installed'}: {unit.path}"
    enabled = "starts by itself" if now["enabled"] else "does not start by itself"
    runs = f"runs, pid {now['pid']}" if now["active"] else f"does not run ({now['state']})"
    lines = [f"It {enabled}, and {runs}", *([str(now["status"])] if now["status"] else [])]
    say.answer({**about(unit), **now}, installed, *(lines if now["installed"] else []), json=json)
    raise typer.Exit(0 if now["active"] else NOT_RUNNING)


def about(unit: Unit) -> dict[str, Any]:
    return {"unit": unit.name, "path": str(unit.path), "system": unit.system}


def state(unit: Unit) -> dict[str, Any]:
    """As systemd has it; where there is none, as the files say."""
    wanted = ("ActiveState", "UnitFileState", "StatusText", "MainPID")
    try:
        shown = manager(unit, "show", unit.name, *(f"--property={one}" for one in wanted))
        known = {key: value for key, _, value in (line.partition("=") for line in shown.splitlines())}
    except NoManager:
        known = {"ActiveState": "no systemd runs here"}
    return {
        "installed": unit.path.exists(),
        "enabled": known.get("UnitFileState") == "enabled",
        "active": known["ActiveState"] in ("active", "reloading"),
        "state": known["ActiveState"],
        "status": known.get("StatusText", ""),
        "pid": int(known.get("MainPID") or 0) or None,
    }


# ---- systemd


class NoManager(VenueError):
    """There is no systemd that could be asked."""


def systemctl(unit: Unit) -> list[str]:
    return ["systemctl"] if unit.system else ["systemctl", "--user"]


def manager(unit: Unit, *arguments: str, seconds: float = ANSWERS_IN) -> str:
    """What systemctl says. Raises `NoManager` where nobody answers it, `VenueError` where it refuses."""
    command = [*systemctl(unit), "--no-pager", *arguments]
    by_hand = f"Start it by whatever starts programs here: {shlex.join(unit.command)}"
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=seconds, check=False)  # noqa: S603
    except FileNotFoundError:
        raise NoManager("There is no systemd here", "systemctl is not installed", by_hand) from None
    except subprocess.TimeoutExpired:
        raise VenueError("systemd does not answer", shlex.join(command), f"See: journalctl -u {unit.name}") from None
    if done.returncode == 0:
        return done.stdout
    why = " ".join(done.stderr.split())
    if any(sign in why for sign in ("connect to bus", "not been booted", "not set")):
        raise NoManager("No systemd can be reached here", why, by_hand)
    rights = "Run it with sudo, or without --system" if unit.system else f"See: journalctl --user -u {unit.name}"
    raise VenueError("systemd refuses", why, rights)
