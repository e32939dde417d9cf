"""A report's page as a file, which replaces only an older one of the same workspace."""

from __future__ import annotations

import asyncio
from pathlib import Path

from agent.disk.atomic import written
from agent.page import is_made_by, report_maker
from agent.requests.ask import Agent
from agent.requests.photos import GetThumbnail
from agent.requests.report import Report
from tui.report.page import Audience, report_page
from tui.report.printed import pdf


async def write_report(agent: Agent, figures: Report, file: Path | None, audience: Audience) -> Path:
    """As HTML, or as a PDF by its name. Returns where it lies; without `file`, in the workspace.

    Raises `UsageError` where something else lies there, or no PDF can be made.
    """
    pictures = {one["id"]: await agent.ask(GetThumbnail(id=one["id"])) for one in figures["moments"]}
    called = figures["file"] if audience == "photographer" else f"{figures['file']}-{audience}"
    path = Path(figures["workspace"]) / f"{called}.html" if file is None else file.expanduser().absolute()
    maker = report_maker(figures["workspace_id"])
    made = report_page(figures, pictures, audience)
    if path.suffix.lower() == ".pdf":
        made = await asyncio.to_thread(pdf, made, path.name, maker)
    with written(path, lambda there: is_made_by(there, maker)) as new:
        new.write(made)
    return path
