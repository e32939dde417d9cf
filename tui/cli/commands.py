"""Every command with its arguments. The work is elsewhere; here stands what can be typed."""

from __future__ import annotations

import os
import sys
import tempfile
import traceback
from pathlib import Path
from typing import Annotated

import typer
from typer.exceptions import TyperException

from agent import __version__
from agent.errors import UsageError, VenueError
from tui.cli import say
from tui.cli.chosen import Chosen, Json, finish
from tui.cli.event_commands import events_app, limit
from tui.cli.people_commands import add_people_commands

app = typer.Typer(
    name="venuesync",
    help="Event photos to the people in them: found, filed by face, verified on Google Drive.",
    no_args_is_help=False,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
errors_app = typer.Typer(help="What went wrong, why, and what to do.", rich_markup_mode=None)
held_app = typer.Typer(help="What waits for a yes.", rich_markup_mode=None)
app.add_typer(errors_app, name="errors")
app.add_typer(held_app, name="held")
app.add_typer(events_app, name="events")
app.command("limit")(limit)
add_people_commands(app)

LaneName = Annotated[str, typer.Argument(help="uploads, or all", metavar="[uploads|all]")]
Events = Annotated[list[str] | None, typer.Argument(help="Events by name; none: all", metavar="[EVENT]...")]


def run(arguments: list[str]) -> int:
    """Run a command line. Answers the exit code; says in words what went wrong."""
    try:
        code = app(arguments, standalone_mode=False, prog_name="venuesync")
    except VenueError as error:
        say.error(error)
        return error.exit_code
    except typer.Exit as done:
        return int(done.exit_code)
    except (typer.Abort, KeyboardInterrupt):
        return 130
    except (TyperException, OSError) as error:
        return refused(error)
    except Exception as error:  # noqa: BLE001 - the front door: a person gets words, the log the rest
        return unexpected(error)
    return int(code or 0)


def unexpected(error: Exception) -> int:
    """Something that should not have happened: said in one line, kept whole for whoever mends it."""
    report = Path(tempfile.gettempdir()) / f"venuesync-error-{os.getpid()}.txt"
    report.write_text("".join(traceback.format_exception(error)), encoding="utf-8")
    say.message(f"venuesync: Something unexpected happened: {type(error).__name__}: {error}")
    say.message(f"Nothing is lost. Please report it with {report}")
    return 1


def refused(error: TyperException | OSError) -> int:
    """A wrong command line, or a file that the system refuses."""
    if isinstance(error, OSError):
        say.message(f"venuesync: {error.strerror or error}: {error.filename or ''}")
        return 1
    say.message(f"venuesync: {error.format_message()}. See: venuesync --help")
    return 2


# ---- the agent itself


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
    from tui.cli.embed import place

    found = place(workspace)
    if no_ui:
        from tui.cli.headless import headless

        finish(headless(found, until_done=until_done, timeout=timeout))
    if not sys.stdout.isatty():
        raise UsageError("There is no terminal to show the monitor on", "stdout is none", "Use --no-ui")
    from tui.cli.monitor import first_or_not

    finish(first_or_not(found))


@app.command()
def init(
    folder: Annotated[Path | None, typer.Argument(metavar="[DIR]", help="The workspace's folder.")] = None,
) -> None:
    """Make a workspace with a commented config.toml."""
    from tui.cli.make import make_workspace

    make_workspace(folder or Chosen.workspace)


# ---- what goes on


@app.command()
def status(
    json: Json = False,
    watch: Annotated[bool, typer.Option("--watch", help="Go on printing as it changes.")] = False,
    check: Annotated[bool, typer.Option("--check", help="One line; exit 0 well, 1 trouble, 3 none runs.")] = False,
) -> None:
    """How everything is: the queue, the people, Drive, and whether it is safe to leave."""
    from tui.cli.asking import show_status

    finish(show_status(Chosen.workspace, json=json, watch=watch, check=check))


@app.command()
def uploads(
    json: Json = False,
    state: Annotated[
        str | None, typer.Option("--state", help="queued, active, verified or failed", metavar="S")
    ] = None,
) -> None:
    """The queue's rows: photo, folder, state, attempts, next try, error."""
    from tui.cli.asking import show_uploads

    finish(show_uploads(Chosen.workspace, json=json, state=state))


@app.command()
def activity(
    json: Json = False, follow: Annotated[bool, typer.Option("-f", "--follow", help="Go on as it happens.")] = False
) -> None:
    """What happened."""
    from tui.cli.asking import show_activity

    finish(show_activity(Chosen.workspace, json=json, follow=follow))


@errors_app.callback(invoke_without_command=True)
def errors(context: typer.Context, json: Json = False) -> None:
    """What went wrong, why, and what to do."""
    if context.invoked_subcommand is None:
        from tui.cli.asking import show_errors

        finish(show_errors(Chosen.workspace, json=json))


@errors_app.command("dismiss")
def dismiss(ids: Annotated[list[int], typer.Argument(help="Numbers, as `errors` shows them", metavar="ID...")]) -> None:
    """Set errors aside: they no longer count against packing up."""
    from tui.cli.doing import dismiss_errors

    finish(dismiss_errors(Chosen.workspace, ids))


@held_app.callback(invoke_without_command=True)
def held(context: typer.Context, json: Json = False) -> None:
    """What waits for a yes."""
    if context.invoked_subcommand is None:
        from tui.cli.asking import show_held

        finish(show_held(Chosen.workspace, json=json))


@held_app.command("approve")
def approve(
    ids: Annotated[list[str] | None, typer.Argument(metavar="[ID]...")] = None,
    everything: Annotated[bool, typer.Option("--all", help="All that is held.")] = False,
) -> None:
    """Say yes."""
    from tui.cli.doing import decide_held

    finish(decide_held(Chosen.workspace, ids or [], everything=everything, yes=True))


@held_app.command("reject")
def reject(
    ids: Annotated[list[str] | None, typer.Argument(metavar="[ID]...")] = None,
    everything: Annotated[bool, typer.Option("--all", help="All that is held.")] = False,
) -> None:
    """Say no: what would be taken away stays."""
    from tui.cli.doing import decide_held

    finish(decide_held(Chosen.workspace, ids or [], everything=everything, yes=False))


@app.command()
def verify(
    repair: Annotated[bool, typer.Option("--repair", help="Mend the differences.")] = False, json: Json = False
) -> None:
    """Compare disk, ledger and Drive; exit 1 while differences remain."""
    from tui.cli.comparing import compare

    finish(compare(Chosen.workspace, repair=repair, json=json))


# ---- verbs


@app.command()
def pause(what: LaneName = "uploads") -> None:
    """Stop sending, or everything; kept across restarts."""
    from tui.cli.doing import switch

    finish(switch(Chosen.workspace, what, off=True))


@app.command()
def resume(what: LaneName = "uploads") -> None:
    """Go on."""
    from tui.cli.doing import switch

    finish(switch(Chosen.workspace, what, off=False))


@app.command()
def sync(events: Events = None) -> None:
    """Look for new photos now."""
    from tui.cli.doing import look_now

    finish(look_now(Chosen.workspace, events or [], again=False))


@app.command()
def resync(events: Events = None) -> None:
    """List everything again and repair."""
    from tui.cli.doing import look_now

    finish(look_now(Chosen.workspace, events or [], again=True))


@app.command()
def retry(
    ids: Annotated[list[int] | None, typer.Argument(metavar="[ID]...", help="Numbers of photos")] = None,
    everything: Annotated[bool, typer.Option("--all", help="All that failed.")] = False,
    json: Json = False,
) -> None:
    """Try failed photos again, and put back what was removed by hand."""
    from tui.cli.doing import try_again

    finish(try_again(Chosen.workspace, ids or [], everything=everything, json=json))


@app.command()
def enroll(
    name: Annotated[str | None, typer.Argument(metavar="NAME")] = None,
    photos: Annotated[
        list[str] | None,
        typer.Argument(metavar="PHOTO...", help="Photos with exactly one clear face; or photo:NUMBER of one here"),
    ] = None,
    source: Annotated[
        Path | None,
        typer.Option("--from", help="Many: a folder of folders called as the people, or a CSV file: name, photo."),
    ] = None,
    event: Annotated[str | None, typer.Option("--event", help="The event; else the first one.", metavar="E")] = None,
    json: Json = False,
) -> None:
    """Add reference photos of a person; earlier photos are matched again."""
    if source is not None and name is None:
        from tui.cli.enrolling import enroll_many

        finish(enroll_many(Chosen.workspace, source, event, json=json))
    if name is None or not photos or source is not None:
        raise UsageError(
            "A name and a photo are needed",
            "or --from alone",
            "Write: venuesync enroll NAME PHOTO…, or: venuesync enroll --from FOLDER",
        )
    if all(one.startswith(("photo:", "face:")) for one in photos):
        from tui.cli.enrolling import enroll_faces

        finish(enroll_faces(Chosen.workspace, name, photos, event, json=json))
    from tui.cli.doing import enroll_person

    finish(enroll_person(Chosen.workspace, name, [Path(one) for one in photos], event, json=json))


@app.command()
def login(
    client: Annotated[
        Path | None,
        typer.Option("--client", help="Your own OAuth client, as Google's console gives it.", metavar="FILE.json"),
    ] = None,
    level: Annotated[
        str,
        typer.Option(
            "--level", help="identity, upload (our own files), full (and reading shared folders), manage (all)"
        ),
    ] = "full",
    account: Annotated[
        str | None, typer.Option("--account", help="The address to sign in with.", metavar="NAME")
    ] = None,
    port: Annotated[int | None, typer.Option("--port", help="Where the browser comes back to: 8765.", min=1)] = None,
    keyring: Annotated[bool, typer.Option("--keyring", help="Keep the key in the system's keyring.")] = False,
) -> None:
    """Sign in to Google; fit for a machine reached by SSH."""
    from tui.cli.sign_in import log_in

    finish(log_in(Chosen.workspace, client=client, level=level, account=account, port=port, keyring=keyring))


@app.command()
def token(
    days: Annotated[
        float | None, typer.Option("--days", help="How long it is good for; else api.token_days.", min=0.001, max=3650)
    ] = None,
    json: Json = False,
) -> None:
    """Make an access token for the API over TCP (api.listen)."""
    from tui.cli.token import make_token

    finish(make_token(Chosen.workspace, days, json=json))


@app.command()
def logout() -> None:
    """Sign out: end it at Google and delete it here."""
    from tui.cli.sign_in import log_out

    finish(log_out(Chosen.workspace))


# ---- trying it out


@app.command()
def emulator(
    port: Annotated[int, typer.Option("--port", help="0: any free one", min=0, max=65535)] = 0,
    data: Annotated[Path | None, typer.Option("--data", help="Keep everything here; else in memory.")] = None,
    latency_ms: Annotated[float, typer.Option("--latency-ms", min=0, help="Added to each answer.")] = 0,
    uplink_mbps: Annotated[float, typer.Option("--uplink-mbps", min=0, help="Speed of the line; 0: no limit.")] = 0,
) -> None:
    """A Google Drive v3 server on this machine, for trying out and for tests."""
    from tui.cli.embed import serve_emulator

    raise typer.Exit(serve_emulator(port, data, latency_ms, uplink_mbps))


@app.command()
def demo(
    no_ui: Annotated[bool, typer.Option("--no-ui", help="Without a screen.")] = False,
    seconds: Annotated[float | None, typer.Option("--seconds", min=1, help="How long; 60 without a screen.")] = None,
) -> None:
    """A whole venue in a temporary folder: emulator, agent, a photographer dropping photos."""
    from tui.cli.demo import demonstrate

    finish(demonstrate(screen=not no_ui and sys.stdout.isatty(), seconds=seconds))
