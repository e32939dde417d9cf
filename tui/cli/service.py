"""`service`: the agent of this workspace, started with the machine and again when it fails: by systemd, or launchd."""

from __future__ import annotations

import asyncio
import shlex
from typing import Annotated, Any

import typer

from agent.disk.atomic import in_words, write_whole
from agent.errors import VenueError
from tui.cli import say
from tui.cli.commands import Chosen, Json, finish, group
from tui.cli.embed import Place, agent_file, connect, existing, unchecked_place
from tui.cli.managers import Manager, manager_of

app = group()
service_app = group()
app.add_typer(service_app, name="service")

System = Annotated[bool, typer.Option("--system", help="For the whole machine, by root; else for this user.")]
READ_BY_ALL = 0o644
NOT_RUNNING = 3


@service_app.callback(invoke_without_command=True, epilog="Example: venuesync service")
def service(context: typer.Context, system: System = False, json: Json = False) -> None:
    """The agent as a service of this machine (systemd, or launchd on macOS): install, uninstall, status."""
    if context.invoked_subcommand is None:
        tell_state(system, json=json)


# ---- install


@service_app.command(epilog="Example: venuesync service install")
def install(
    system: System = False,
    show: Annotated[bool, typer.Option("--print", help="Only show the unit.")] = False,
    json: Json = False,
) -> None:
    """Make the unit, have it start with the machine, and start it."""
    found = existing(Chosen.workspace)
    manager = manager_of(found, system)
    text = manager.file.text(found.settings)
    if show:
        say.answer({**about(manager), "text": text}, *text.splitlines(), json=json)
        return
    put(manager, text)
    finish(begin(found, manager, json=json))


def put(manager: Manager, text: str) -> None:
    """Write it, and have it known. Raises `VenueError`, and nothing is written where nobody starts services."""
    manager.look()
    file = manager.file
    if file.path.exists() and not file.is_ours:
        raise VenueError("A unit of that name is there already", str(file.path), "Move it away, and install again")
    with in_words(file.path):
        file.path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(file.path, text.encode())
        file.path.chmod(READ_BY_ALL)
    manager.take()


async def begin(found: Place, manager: Manager, *, json: bool) -> int:
    """Start it, beside no other agent. Exit 0."""
    from agent.service.unit import not_taken_along

    pid = await pid_of_another(found, manager)
    if pid is None:
        await asyncio.to_thread(manager.start)
    lines = [f"Installed and enabled: {manager.file.path}", "It runs" if pid is None else "It does not run yet"]
    say.answer({**about(manager), **state(manager)}, *lines, json=json)
    if pid is not None:
        start = shlex.join(manager.start_words)
        say.message(f"An agent runs here already, pid {pid}. End it, and then start this one: venuesync stop; {start}")
    if manager.unattended:
        say.message(f"So that it runs while nobody is signed in, run once: {manager.unattended}")
    if left := not_taken_along(found.workspace.root):
        say.message(f"A service knows nothing of {', '.join(left)}: write them to config.toml or .env")
    return 0


async def pid_of_another(found: Place, manager: Manager) -> int | None:
    """Of an agent that runs here and is not the service's own."""
    remote = await connect(found.workspace)
    if remote is None:
        return None
    await remote.close()
    pid = agent_file(found.workspace).get("pid")  # none: it has ended just now
    return None if pid is None or pid == manager.state()["pid"] else int(pid)


# ---- uninstall


@service_app.command(epilog="Example: venuesync service uninstall")
def uninstall(system: System = False, json: Json = False) -> None:
    """Stop it, and remove the unit; the workspace stays as it is."""
    manager = manager_of(unchecked_place(Chosen.workspace), system)
    path = manager.file.path
    if not path.exists():
        raise VenueError("No unit is installed for this workspace", str(path), "See `venuesync service status`")
    if not manager.file.is_ours:
        raise VenueError("That unit is not ours", str(path), "Remove it by hand, if it is to go")
    with in_words(path):
        manager.leave()
        path.unlink()
    manager.forget()
    say.answer(about(manager), f"Removed: {path}", json=json)


# ---- status


@service_app.command(epilog="Example: venuesync service status --json")
def status(system: System = False, json: Json = False) -> None:
    """Whether it is installed, enabled and running; exit 3 where it does not run."""
    tell_state(system, json=json)


def tell_state(system: bool, *, json: bool) -> None:
    manager = manager_of(unchecked_place(Chosen.workspace), system)
    now = state(manager)
    installed = f"{'Installed' if now['installed'] else 'Not installed'}: {manager.file.path}"
    enabled = "starts by itself" if now["enabled"] else "does not start by itself"
    runs = f"runs, pid {now['pid']}" if now["active"] else f"does not run ({now['state']})"
    lines = [f"It {enabled}, and {runs}", *([str(now["status"])] if now["status"] else [])]
    say.answer({**about(manager), **now}, installed, *(lines if now["installed"] else []), json=json)
    raise typer.Exit(0 if now["active"] else NOT_RUNNING)


def about(manager: Manager) -> dict[str, Any]:
    return {"unit": manager.file.name, "path": str(manager.file.path), "system": manager.file.system}


def state(manager: Manager) -> dict[str, Any]:
    """As whoever starts it has it; where nobody does, as the files say."""
    return {"installed": manager.file.path.exists(), **manager.state()}
