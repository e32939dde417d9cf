"""`venuesync token`: an access token for the API over TCP."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from agent.api.tokens import Tokens
from agent.times import iso
from tui.cli import say
from tui.cli.embed import existing


async def make_token(chosen: Path | None, days: float | None, *, json: bool) -> int:
    """Print a new one. It cannot be shown again, nor taken back but by another `api.key`."""
    found = existing(chosen)
    token, ends = Tokens(found.workspace, found.settings.api).make(days)
    if json:
        say.value({"token": token, "expires_at": iso(ends)})
        return 0
    say.line(token)
    say.message(f"Good until {datetime.fromtimestamp(ends, UTC).astimezone():%Y-%m-%d %H:%M}")
    if not found.settings.api.listen:
        say.message("Nothing listens yet: set api.listen, and start the agent again")
    return 0
