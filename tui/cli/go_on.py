"""Going on without the terminal: an agent in a session of its own, which no hang-up reaches."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys

from tui.cli import say
from tui.cli.embed import Place, agent_file

PATIENCE = 30.0  # seconds for the new agent to answer
LOG = "headless.log"


async def go_on_headless(found: Place) -> int:
    """Start `venuesync --no-ui` and say its pid once it listens; exit 1 if it ended instead, naming its log."""
    process = await asyncio.to_thread(start, found)
    end = asyncio.get_running_loop().time() + PATIENCE
    while process.poll() is None and asyncio.get_running_loop().time() < end:
        about = agent_file(found.workspace)
        if about.get("pid") == process.pid:
            say.line(f"The agent goes on without a screen, pid {process.pid}. `venuesync` shows it again")
            return 0
        await asyncio.sleep(0.05)
    if process.poll() is None:
        say.message(f"The agent has been started, pid {process.pid}, and does not answer yet: see `venuesync status`")
        return 0
    say.message(f"venuesync: The agent could not go on: see {found.workspace.logs / LOG}")
    return 1


def start(found: Place) -> subprocess.Popen[bytes]:
    """In a new session, with nothing of this terminal; `-P`: no module is taken from the folder it runs in."""
    command = [sys.executable, "-P", "-m", "tui.cli", "--workspace", str(found.workspace.root), "--no-ui"]
    own = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
    with os.fdopen(os.open(found.workspace.logs / LOG, own, 0o600), "ab") as log:
        return subprocess.Popen(  # noqa: S603 - ourselves, on this very interpreter
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=log,
            cwd=found.workspace.root,
            start_new_session=True,
        )
