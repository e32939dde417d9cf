"""Every command with its arguments, and `venuesync` itself. The work is elsewhere; here stands what can be typed."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic_core import ValidationError
from typer.exceptions import TyperException

from agent import __version__
from agent.errors import UsageError
from tui.cli import say
from tui.cli.asking_commands import add_asking_commands
from tui.cli.chosen import Chosen, Json, finish
from tui.cli.doing_commands import add_doing_commands
from tui.cli.event_commands import events_app, limit
from tui.cli.people_commands import add_people_commands
from tui.cli.sign_in_commands import add_sign_in_commands
from tui.cli.trying_commands import add_trying_commands

app = typer.Typer(
    name="venuesync",
    help="Event photos to the people in them: found, filed by face, verified on Google Drive.",
    no_args_is_help=False,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@cache
def command() -> Any:
    """All commands, put together once."""
    return typer.main.get_command(app)


def typed(arguments: list[str]) -> int:
    """Run a command line. Answers the exit code; raises `VenueError` and `OSError` as the command did."""
    try:
        code = command()(arguments, standalone_mode=False, prog_name="venuesync")
    except typer.Exit as done:
        return int(done.exit_code)
    except typer.Abort:
        return 130
    except TyperException as error:
        say.message(f"venuesync: {error.format_message().rstrip('.')}{given(error)}. See: venuesync --help")
        return 2
    return int(code or 0)


def given(error: TyperException) -> str:
    """What was refused, where the message does not say so."""
    values = [one["input"] for one in error.__cause__.errors()] if isinstance(error.__cause__, ValidationError) else []
    return "".join(f": {value!r} was given" for value in values[:1] if str(value) not in error.format_message())


@app.callback(invoke_without_command=True)
def main(
    context: typer.Context,
    workspace: Annotated[
        Path | None, typer.Option("--workspace", help="The workspace's folder.", metavar="DIR")
    ] = None,
    no_ui: Annotated[bool, typer.Option("--no-ui", help="Run the agent without a screen.")] = False,
    until_done: Annotated[
        bool, typer.Option("--until-done", help="With --no-ui: end when all is filed and verified.")
    ] = False,
    timeout: Annotated[
        float | None, typer.Option("--timeout", help="With --until-done: give up after so many seconds.", metavar="S")
    ] = None,
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    """Open the monitor; embed the agent, or attach to the one that runs."""
    Chosen.workspace = workspace
    if version:
        say.line(f"venuesync {__version__}")
        raise typer.Exit(0)
    if context.invoked_subcommand is not None:
        return
    if (until_done or timeout is not None) and not no_ui:
        raise UsageError("--until-done is for --no-ui", "no screen is shown then", "Add --no-ui")
    if timeout is not None and not until_done:
        raise UsageError("--timeout is for --until-done", f"{timeout:g} was given", "Add --until-done")
    if no_ui:
        from tui.cli.embed import place
        from tui.cli.headless import headless

        finish(headless(place(workspace), until_done=until_done, timeout=timeout))
    from tui.cli.front_door import open_monitor

    raise typer.Exit(open_monitor(workspace))


@app.command()
def init(
    folder: Annotated[Path | None, typer.Argument(metavar="[DIR]", help="The workspace's folder.")] = None,
    json: Json = False,
) -> None:
    """Make a workspace with a commented config.toml."""
    from tui.cli.make import make_workspace

    make_workspace(folder or Chosen.workspace, json=json)


add_asking_commands(app)
add_doing_commands(app)
add_people_commands(app)
app.add_typer(events_app, name="events")
app.command("limit")(limit)
add_sign_in_commands(app)
add_trying_commands(app)
