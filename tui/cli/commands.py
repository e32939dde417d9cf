"""All that can be typed: `venuesync` itself, which file each command stands in, and what all commands share.

A command line imports the file of its own command alone, and with it the requests that it makes; `--help` imports all.
"""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Coroutine
from functools import cache
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, TypeVar, cast

import typer
from typer.core import TyperGroup
from typer.exceptions import TyperException

from agent.errors import UsageError
from agent.requests.ask import Request
from tui.cli import say
from tui.cli.embed import Place, Refused, existing, place, reach, running

SECTIONS = {  # under which heading `--help` shows a command, and the file that it stands in
    "How it stands": {
        "status": "status",
        "activity": "status",
        "errors": "status",
        "held": "status",
        "report": "report",
    },
    "People and photos": {
        "enroll": "enroll",
        "people": "people",
        "unknown": "photos",
        "review": "photos",
        "photos": "photos",
        "uploads": "photos",
        "undo": "people",
        "redo": "people",
        "guests": "guests",
    },
    "Events, and what moves": {
        "events": "events",
        "sync": "control",
        "resync": "control",
        "retry": "control",
        "pause": "control",
        "resume": "control",
        "limit": "control",
        "metered": "control",
    },
    "Workspace and agent": {
        "init": "workspace",
        "verify": "workspace",
        "restore": "workspace",
        "doctor": "doctor",
        "service": "service",
        "stop": "control",
        "login": "sign_in",
        "logout": "sign_in",
        "accounts": "sign_in",
        "token": "sign_in",
        "notify": "report",
    },
    "Trying it out": {"demo": "demo", "emulator": "demo"},
}
FILES = {word: file for words in SECTIONS.values() for word, file in words.items()}

Answer = TypeVar("Answer")
Result = TypeVar("Result")
Json = Annotated[bool, typer.Option("--json", help="One JSON value on stdout.")]
InEvent = Annotated[str | None, typer.Option("--event", help="The event; else the first one.", metavar="E")]
YEAR = 31_536_000  # seconds
SHORT = 1.0  # seconds; a command that takes longer may make garbage enough to be looked for


class Group(TyperGroup):
    """Words below one word. An option before the word below is refused: dropped, as `photos --event E approve --all`
    would have it, all would be done to what was not meant.
    """

    PASSED_ON = frozenset[str]()  # which options hold for the words below, too

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        found: Any = super().resolve_command(ctx, args)
        for one in () if ctx.resilient_parsing or "--help" in args else self.get_params(ctx):
            if one.name not in self.PASSED_ON and typed_itself(ctx, one.name):
                known = any(set(one.opts) & set(other.opts) for other in found[1].params)
                raise UsageError(
                    f"{one.opts[0]} stands before {args[0]}",
                    "it would not be heard",
                    f"Write it behind {args[0]}" if known else f"{args[0]} takes none: leave it out",
                )
        return found


def typed_itself(context: Any, name: str | None) -> bool:
    """Whether a value comes from the command line, and is no default."""
    source = context.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"


def group(**given: Any) -> typer.Typer:
    """Commands that belong together; help is plain text."""
    given.setdefault("cls", Group)
    given.setdefault("add_completion", False)
    return typer.Typer(rich_markup_mode=None, **given)


class Commands(Group):
    """All commands; each is imported when it is typed."""

    PASSED_ON = frozenset({"workspace", "host", "socket", "version"})

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in self.commands:  # for a word that is none all of them: one may have been meant
            for file in [FILES[cmd_name]] if cmd_name in FILES else dict.fromkeys(FILES.values()):
                self.commands.update(commands_in(file))
        return super().get_command(ctx, cmd_name)

    def list_commands(self, ctx: Any) -> list[str]:
        return list(FILES)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        width = formatter.width - 6 - max(map(len, FILES))
        for heading, words in SECTIONS.items():
            with formatter.section(heading):
                formatter.write_dl([(word, self.get_command(ctx, word).get_short_help_str(width)) for word in words])


def commands_in(file: str) -> dict[str, Any]:
    found = cast(Any, typer.main.get_command(import_module(f"tui.cli.{file}").app))
    return getattr(found, "commands", None) or {found.name: found}  # one alone is no group


app = group(
    name="venuesync",
    cls=Commands,
    invoke_without_command=True,
    no_args_is_help=False,
    add_completion=True,
    pretty_exceptions_enable=False,
)


@cache
def command() -> Any:
    """The whole, put together once."""
    return typer.main.get_command(app)


def typed(arguments: list[str]) -> int:
    """Run a command line. Returns the exit code; raises `VenueError` and `OSError` as the command did."""
    Refused.by_disk = False
    refuse_no_folder(arguments)
    try:
        code = int(command()(arguments, standalone_mode=False, prog_name="venuesync") or 0)
    except typer.Exit as left:
        code = int(left.exit_code)
    except typer.Abort:
        return 130
    except TyperException as error:
        told = f"{error.format_message().rstrip('.')}{given(error)}"
        say.message(f"venuesync: {told}{'' if told.endswith('?') else '.'} {help_of(error)}")
        return 2
    if Refused.by_disk:
        say.message(
            "Not all of it is done: the disk refuses some, which waits until it does not. See: venuesync errors"
        )
    return code or (5 if Refused.by_disk else 0)


def refuse_no_folder(arguments: list[str]) -> None:
    """A variable that is not set would mean the current folder, and a workspace be made there. Raises `UsageError`."""
    if {("--workspace", ""), ("init", "")}.intersection(pairwise(arguments)) or "--workspace=" in arguments:
        raise UsageError("That names no folder", "'' was given for the workspace", "Give its path; . is this folder")


def help_of(error: TyperException) -> str:
    """Where to read on; a name that was typed without quotes is several words."""
    context = getattr(error, "ctx", None)
    quoted = "A name of several words stands in quotes. " if "unexpected extra" in error.format_message() else ""
    return f"{quoted}See: {context.command_path if context else 'venuesync'} --help"


def given(error: TyperException) -> str:
    """What was refused, where the message does not say so, and from where to where it may go."""
    from pydantic_core import ValidationError

    if not isinstance(error.__cause__, ValidationError):
        return ""
    value = error.__cause__.errors()[0]["input"]
    option = getattr(error, "param", None)
    low, high = getattr(option, "min", None), getattr(option, "max", None)
    range = "" if low is None or high is None else f"; accepted: {low:,} to {high:,}"
    said = repr(value) in error.format_message()
    return f"{'' if said else f': {value!r} was given'}{range}"


# ---- what commands share


class Chosen:
    """The workspace that was named before the command."""

    workspace: Path | None = None


def done(work: Coroutine[Any, Any, Result]) -> Result:
    """Run a command's work to its end."""

    async def watched() -> Result:
        asyncio.get_running_loop().call_later(SHORT, gc.enable)
        return await work

    return asyncio.run(watched())


def finish(work: Coroutine[Any, Any, int]) -> None:
    """The same, and leave with its exit code."""
    raise typer.Exit(done(work))


def ask(request: Request[Answer], found: Place | None = None) -> Answer:
    """Ask the agent that runs, or the stores where none does. Raises `UsageError` where there is no workspace."""

    async def asked() -> Answer:
        async with reach(found or existing(Chosen.workspace)) as reached:
            return await reached.agent.ask(request)

    return done(asked())


def ask_running(request: Request[Answer]) -> Answer:
    """Ask the agent that runs. Raises `NoAgent` where none does."""

    async def asked() -> Answer:
        async with running(existing(Chosen.workspace)) as agent:
            return await agent.ask(request)

    return done(asked())


def ask_and_file(*requests: Request[Answer], new: bool = False) -> list[Answer]:
    """Ask one after the other, and do what follows from it on disk where no agent runs that would see to it.

    `new`: the workspace is made where it is missing.
    """

    async def asked() -> list[Answer]:
        async with reach((place if new else existing)(Chosen.workspace)) as reached:
            answers = [await reached.agent.ask(request) for request in requests]
            await reached.file_now()
            return answers

    return done(asked())


# ---- the command without a word


@app.callback(epilog="Example: venuesync --workspace ~/Weddings/Mia-Tom")
def main(
    context: typer.Context,
    workspace: Annotated[
        Path | None, typer.Option("--workspace", help="The workspace's folder.", metavar="DIR")
    ] = None,
    host: Annotated[
        str | None, typer.Option("--host", help="By ssh, the agent there: ssh://user@host/workspace.", metavar="URL")
    ] = None,
    socket: Annotated[
        Path | None, typer.Option("--socket", help="The agent whose socket was forwarded to here.", metavar="FILE")
    ] = None,
    no_ui: Annotated[bool, typer.Option("--no-ui", help="Run the agent without a screen.")] = False,
    until_done: Annotated[
        bool, typer.Option("--until-done", help="With --no-ui: end when all is filed and verified.")
    ] = False,
    timeout: Annotated[
        float | None,
        typer.Option(
            "--timeout", min=0, max=YEAR, help="With --until-done: give up after so many seconds.", metavar="S"
        ),
    ] = None,
    version: Annotated[
        bool, typer.Option("--version", help="Print the version, its commit, and those of the libraries.")
    ] = False,
) -> None:
    """Event photos to the people in them: found, filed by face, verified on Google Drive.

    Without a command it opens the monitor; it embeds the agent, or attaches to the one that runs."""
    Chosen.workspace = workspace
    if version:
        from tui.cli.version import version_lines

        for one in version_lines():
            say.line(one)
        raise typer.Exit(0)
    if host is not None or socket is not None:
        from tui.cli.far import WORKS, far_agent

        word = "--workspace" if workspace else "--no-ui" if no_ui else context.invoked_subcommand
        if word is not None and word not in WORKS:
            raise UsageError(
                "That cannot be asked of another machine", word, "Run it there, without --host or --socket"
            )
        context.with_resource(far_agent(socket, host))
    if context.invoked_subcommand is not None:
        return
    if (until_done or timeout is not None) and not no_ui:
        typed = "--until-done is" if timeout is None else "--until-done and --timeout are"
        raise UsageError(f"{typed} for --no-ui", "no screen is shown then", "Add --no-ui")
    if timeout is not None and not until_done:
        raise UsageError("--timeout is for --until-done", f"{timeout:g} was given", "Add --until-done")
    if no_ui:
        from tui.cli.headless import headless

        finish(headless(place(workspace), until_done=until_done, timeout=timeout))
    from tui.cli import open_monitor

    raise typer.Exit(open_monitor(workspace))
