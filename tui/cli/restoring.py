"""`restore`: the backups of people and ledger, and putting one back."""

from __future__ import annotations

import asyncio
from datetime import datetime
from pathlib import Path

from agent.errors import StoresInUse
from agent.model import LockRole
from agent.service_events import BackupRow
from tui.cli import say
from tui.cli.embed import backup_rows, existing, put_back, take_or_attach


async def show_backups(chosen: Path | None, *, json: bool) -> int:
    rows = await asyncio.to_thread(backup_rows, existing(chosen).workspace)
    heads = ["FILE", "MADE", "HOLDS", "SIZE"]
    say.rows(rows, cells, heads, nothing="There is no backup yet: the first ones are made within a day", json=json)
    return 0


def cells(row: BackupRow) -> list[str]:
    made = datetime.fromisoformat(row["made_at"]).astimezone()
    holds = ", ".join(f"{number:,} {what}" for what, number in row["holds"].items()) or "cannot be read"
    return [row["file"], f"{made:%Y-%m-%d %H:%M}", holds, f"{row['bytes'] / 1e6:,.1f} MB"]


async def restore(chosen: Path | None, file: Path, *, json: bool) -> int:
    """Exit 0 once it lies in its place. Raises `StoresInUse` beside a running agent."""
    found = existing(chosen)
    lock, remote = await take_or_attach(found.workspace, LockRole.COMMAND)
    if lock is None or remote is not None:
        pid = 0
        if remote is not None:
            pid = (await remote.status())["pid"]
            await remote.close()
        raise StoresInUse(str(file), pid)
    try:
        done = await asyncio.to_thread(put_back, found.workspace, file)
    finally:
        lock.release()
    if json:
        say.value(done)
        return 0
    what = "The ledger" if done["kind"] == "ledger" else "The list of people"
    say.line(f"{what} is as in {done['file']}")
    say.line(f"What was there is kept in {done['kept']}")
    say.message(AFTER_A_LEDGER if done["kind"] == "ledger" else AFTERWARDS)
    return 0


AFTER_A_LEDGER = (
    "The next start brings it up to date; what was still to be taken out then is named by: venuesync verify"
)
AFTERWARDS = "After the next start: check the people, then say yes: venuesync held approve --all"
