"""`venuesync events …`: what can be typed about events."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tui.cli.chosen import Chosen, Json, finish

events_app = typer.Typer(help="Events: their folders, sources on Drive, settings.", rich_markup_mode=None)

Name = Annotated[str, typer.Argument(metavar="E", help="An event's name or id")]
What = Annotated[str, typer.Argument(metavar="add|remove|enable|disable")]


@events_app.callback(invoke_without_command=True)
def events(context: typer.Context, json: Json = False) -> None:
    """All events, and how they stand."""
    if context.invoked_subcommand is None:
        from tui.cli.events import show_events

        finish(show_events(Chosen.workspace, json=json))


@events_app.command("add")
def add(
    name: Annotated[str, typer.Argument(metavar="NAME")],
    source: Annotated[
        list[str] | None, typer.Option("--source", help="A folder on Drive.", metavar="DRIVE_URL_OR_ID")
    ] = None,
    destination: Annotated[
        str | None, typer.Option("--destination", help="Folder on Drive to file into.", metavar="DRIVE_URL_OR_ID")
    ] = None,
    folder: Annotated[list[Path] | None, typer.Option("--folder", help="An incoming folder.", metavar="DIR")] = None,
    ends: Annotated[
        str | None, typer.Option("--ends", help="Its last day: one more full sync, then off.", metavar="DATE")
    ] = None,
    json: Json = False,
) -> None:
    """A new event; its first sync starts by itself."""
    from tui.cli.events import add_event

    folders = [str(one.expanduser().absolute()) for one in folder or []]
    finish(add_event(Chosen.workspace, name, source or [], destination, folders, ends, json=json))


@events_app.command("show")
def show(event: Name, json: Json = False) -> None:
    """Everything about an event: settings, sources, cameras, last syncs, jobs."""
    from tui.cli.events import show_event

    finish(show_event(Chosen.workspace, event, json=json))


@events_app.command("remove")
def remove(event: Name, json: Json = False) -> None:
    """Forget it and its people; every file stays, here and on Drive."""
    from tui.cli.events import remove_event

    finish(remove_event(Chosen.workspace, event, json=json))


@events_app.command("enable")
def enable(event: Name, json: Json = False) -> None:
    """Look at its sources again."""
    from tui.cli.events import set_event

    finish(set_event(Chosen.workspace, event, "enabled", "true", json=json))


@events_app.command("disable")
def disable(event: Name, json: Json = False) -> None:
    """Leave its sources alone until it is enabled or synced by hand."""
    from tui.cli.events import set_event

    finish(set_event(Chosen.workspace, event, "enabled", "false", json=json))


@events_app.command("interval")
def interval(
    event: Name,
    minutes: Annotated[str, typer.Argument(metavar="MIN", help="0.5 to 60, or fast, normal, slow, hourly")],
    json: Json = False,
) -> None:
    """The longest wait between two looks at its sources."""
    from tui.cli.events import set_event

    finish(set_event(Chosen.workspace, event, "interval", minutes, json=json))


@events_app.command("set")
def set_value(
    event: Name,
    key: Annotated[
        str,
        typer.Argument(metavar="KEY", help="name, interval, tolerance, destination, gone, send, folder_depth, ends"),
    ],
    value: Annotated[str, typer.Argument(metavar="VALUE", help='"": as the workspace has it')],
    json: Json = False,
) -> None:
    """Set one key of an event."""
    from tui.cli.events import set_event

    finish(set_event(Chosen.workspace, event, key, value, json=json))


@events_app.command("source")
def source(
    what: What,
    event: Name,
    which: Annotated[str, typer.Argument(metavar="X", help="Address or id of a folder; else a source's id or name")],
    only: Annotated[
        list[str] | None, typer.Option("--only", help="Only this subfolder, by id; again for more.", metavar="ID")
    ] = None,
    json: Json = False,
) -> None:
    """Add, remove, enable or disable a source on Drive."""
    from tui.cli.events import change_source

    finish(change_source(Chosen.workspace, what, event, which, only or [], json=json))


def limit(
    up: Annotated[float | None, typer.Option("--up", min=0, max=100_000, help="Mbit/s; 0: no limit")] = None,
    down: Annotated[float | None, typer.Option("--down", min=0, max=100_000, help="Mbit/s; 0: no limit")] = None,
    off: Annotated[bool, typer.Option("--off", help="As the settings have it again.")] = False,
    json: Json = False,
) -> None:
    """Use so much of the line from now on, until the agent ends; without options: how much that is."""
    from tui.cli.events import limit_line

    finish(limit_line(Chosen.workspace, up, down, off=off, json=json))


@events_app.command("folder")
def folder(what: What, event: Name, which: Annotated[Path, typer.Argument(metavar="DIR")], json: Json = False) -> None:
    """Add, remove, enable or disable an incoming folder."""
    from tui.cli.events import change_folder

    finish(change_folder(Chosen.workspace, what, event, str(which.expanduser().absolute()), json=json))
