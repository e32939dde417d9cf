"""A page as a PDF, by a browser of this machine: it has fonts for names in any script, and breaks pages as asked."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

from agent.errors import UsageError
from agent.page import pdf_mark

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
    browser = next((found for one in BROWSERS if (found := shutil.which(one))), None)
    instead = f"Write {Path(name).stem}.html, open it in a browser, and print that"
    if browser is None:
        raise UsageError("There is no Chromium or Chrome here to make a PDF", name, instead)
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
