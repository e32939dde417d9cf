"""The night on one page: `report`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, cast, get_args

import typer

from agent.errors import UsageError
from agent.requests.notify import SendReport
from agent.requests.report import GetReport
from tui.cli import say
from tui.cli.commands import Chosen, Json, finish, group
from tui.cli.embed import existing, reach
from tui.cli.notify import tell_sent
from tui.report.page import Audience
from tui.report.write import write_report
from tui.verdict import note, told

app = group()


@app.command(epilog="Example: venuesync report --for couple")
def report(
    file: Annotated[
        Path | None, typer.Argument(metavar="FILE", help=".html, or .pdf; else report.html in the workspace")
    ] = None,
    audience: Annotated[
        str, typer.Option("--for", help="photographer, or couple: without failures.", metavar="WHOM")
    ] = "photographer",
    event: Annotated[str | None, typer.Option("--event", help="The event; else all of them.", metavar="E")] = None,
    send: Annotated[bool, typer.Option("--send", help="Send it to every address of `notify`.")] = False,
    json: Json = False,
) -> None:
    """The night on one page: photos, people, cameras, hours, failures, what is verified. --json: its figures alone."""
    if audience not in get_args(Audience):
        known = ", ".join(get_args(Audience))
        raise UsageError("There is no such report", f"--for {audience!r} was given", f"Give one of: {known}")
    finish(make_report(file, cast(Audience, audience), event, send=send, json=json))


async def make_report(file: Path | None, audience: Audience, event: str | None, *, send: bool, json: bool) -> int:
    """With `json` a page is written only where its file was named, or it is to be sent."""
    async with reach(existing(Chosen.workspace)) as reached:
        figures = await reached.agent.ask(GetReport(event=event))
        if json:
            say.value(figures)
        if json and file is None and not send:
            return 0
        path = await write_report(reached.agent, figures, file, audience)
        if not json:
            say.line(told(figures) + note(figures))
            say.line(f"  {path}")
        results = await reached.agent.ask(SendReport(file=str(path))) if send else []
    return tell_sent(results, say.message if json else say.line)
