"""`pause`, `resume`, `sync`, `resync`, `retry`, `enroll`, `stop`: what can be done about photos, and the agent."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from agent.errors import UsageError
from tui.cli.chosen import Chosen, Json, finish

LaneName = Annotated[str, typer.Argument(help="uploads, or all", metavar="[uploads|all]")]
Events = Annotated[list[str] | None, typer.Argument(help="Events by name; none: all", metavar="[EVENT]...")]


def add_doing_commands(app: typer.Typer) -> None:
    for command in (pause, resume, sync, resync, retry, enroll, stop, restore):
        app.command()(command)


def pause(what: LaneName = "uploads", json: Json = False) -> None:
    """Stop sending, or everything; kept across restarts."""
    from tui.cli.doing import switch

    finish(switch(Chosen.workspace, what, off=True, json=json))


def resume(what: LaneName = "uploads", json: Json = False) -> None:
    """Go on."""
    from tui.cli.doing import switch

    finish(switch(Chosen.workspace, what, off=False, json=json))


def stop(
    when_sent: Annotated[bool, typer.Option("--finish", help="Not before all is sent.")] = False, json: Json = False
) -> None:
    """End the agent that runs here, in a monitor or without one, within ten seconds."""
    from tui.cli.stopping import stop_agent

    finish(stop_agent(Chosen.workspace, finish=when_sent, json=json))


def restore(
    file: Annotated[Path | None, typer.Argument(metavar="[FILE]", help="A backup's name, or a path")] = None,
    json: Json = False,
) -> None:
    """Show the backups of people and ledger, or put one back; what is there now is kept beside it."""
    from tui.cli import restoring

    if file is None:
        finish(restoring.show_backups(Chosen.workspace, json=json))
    else:
        finish(restoring.restore(Chosen.workspace, file, json=json))


def sync(events: Events = None, json: Json = False) -> None:
    """Look for new photos now."""
    from tui.cli.doing import look_now

    finish(look_now(Chosen.workspace, events or [], again=False, json=json))


def resync(events: Events = None, json: Json = False) -> None:
    """List everything again and repair."""
    from tui.cli.doing import look_now

    finish(look_now(Chosen.workspace, events or [], again=True, json=json))


def retry(
    ids: Annotated[list[int] | None, typer.Argument(metavar="[ID]...", help="Numbers of photos")] = None,
    everything: Annotated[bool, typer.Option("--all", help="All that failed.")] = False,
    json: Json = False,
) -> None:
    """Try failed photos again, and put back what was removed by hand."""
    from tui.cli.doing import try_again

    finish(try_again(Chosen.workspace, ids or [], everything=everything, json=json))


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
