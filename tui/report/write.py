"""A report's page as a file, which replaces only an older one of the same workspace; pages as PDFs."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

from agent.disk.atomic import written
from agent.disk.typed import absolute
from agent.errors import UsageError
from agent.page import is_made_by, pdf_mark, report_maker
from agent.requests.ask import Agent
from agent.requests.photos import GetThumbnail
from agent.requests.report import Report
from tui.report.page import Audience, report_page


async def write_report(agent: Agent, figures: Report, file: Path | None, audience: Audience) -> Path:
    """As HTML, or as a PDF by its name. Returns where it lies; without `file`, in the workspace.

    Raises `UsageError` where something else lies there, or no PDF can be made.
    """
    pictures = {one["id"]: await agent.ask(GetThumbnail(id=one["id"])) for one in figures["moments"]}
    called = figures["file"] if audience == "photographer" else f"{figures['file']}-{audience}"
    path = Path(figures["workspace"]) / f"{called}.html" if file is None else absolute(file)
    maker = report_maker(figures["workspace_id"])
    made = report_page(figures, pictures, audience)
    if path.suffix.lower() == ".pdf":
        made = await asyncio.to_thread(pdf, made, path.name, maker)
    with written(path, lambda there: is_made_by(there, maker)) as new:
        new.write(made)
    return path


# ---- as a PDF, by a browser of this machine: it has fonts for names in any script, and breaks pages as asked


BROWSERS = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
SECONDS = 60


def pdf(page: bytes, name: str, maker: str) -> bytes:
    """Nothing is loaded from elsewhere meanwhile. Raises `UsageError` where no browser can; `name` is the file's.

    `maker`: by which it is known again as ours.
    """
    browser, instead = browser_for(name)
    with TemporaryDirectory() as folder:
        source, made = Path(folder, "page.html"), Path(folder, "page.pdf")
        source.write_bytes(page)
        rootless = ["--no-sandbox"] if os.geteuid() == 0 else []  # it refuses root otherwise; the page has no script
        command = [
            browser,
            "--headless",
            *rootless,
            "--disable-gpu",
            "--no-pdf-header-footer",
            f"--user-data-dir={folder}/profile",
            f"--print-to-pdf={made}",
            source.as_uri(),
        ]
        try:
            subprocess.run(command, check=True, capture_output=True, timeout=SECONDS)  # noqa: S603 - ours
            return made.read_bytes() + pdf_mark(maker)
        except (OSError, subprocess.SubprocessError) as error:
            raise UsageError("The browser did not make a PDF", f"{Path(browser).name}: {error}", instead) from None


def browser_for(name: str) -> tuple[str, str]:
    """Where it is, and what to do without it. Raises `UsageError` where there is none."""
    browser = next((found for one in BROWSERS if (found := shutil.which(one))), None)
    instead = f"Write {Path(name).stem}.html, open it in a browser, and print that"
    if browser is None:
        raise UsageError("There is no Chromium or Chrome here to make a PDF", name, instead)
    return browser, instead
