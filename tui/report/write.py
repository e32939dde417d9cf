"""A report's page as a file, which replaces only an older one of the same workspace."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from agent.disk.atomic import open_given, written
from agent.page import text
from agent.requests.ask import Agent
from agent.requests.photos import GetThumbnail
from agent.requests.report import Report
from tui.report.page import Audience, maker, report_page

HEAD = 1000  # bytes of a page in which its maker stands


async def write_report(agent: Agent, figures: Report, file: Path | None, audience: Audience) -> Path:
    """Returns where it lies; without `file`, in the workspace. Raises `UsageError` where something else lies there."""
    pictures = {one["id"]: await agent.ask(GetThumbnail(id=one["id"])) for one in figures["moments"]}
    called = figures["file"] if audience == "photographer" else f"{figures['file']}-{audience}"
    path = Path(figures["workspace"]) / f"{called}.html" if file is None else file.expanduser().absolute()
    with written(path, lambda there: is_made_by(there, maker(figures))) as new:
        new.write(report_page(figures, pictures, audience))
    return path


def is_made_by(path: Path, who: str) -> bool:
    """Whether a page says so of itself, or a PDF that was made of one by its title."""
    with suppress(OSError), open_given(path) as file:
        head = file.read(HEAD)
        return f'content="{text(who)}"'.encode() in head or f"/Title ({who})".encode() in head
    return False
