"""What the commands about photos ask of the agent, and what they say of its answer."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import cast, get_args

from agent.errors import UsageError
from agent.service_people import Company, PhotoRow
from tui.cli import say
from tui.cli.people import asked, clock, done


async def show_photos(
    chosen: Path | None, event: str | None, person: str | None, state: str | None, before: int | None, *, json: bool
) -> int:
    rows = await asked(chosen, lambda service: service.photos(event, person, state, before))
    heads = ["ID", "PHOTO", "STATE", "ARRIVED", "FACES", "FOLDERS"]
    say.rows(rows, cells, heads, nothing="No such photos", json=json)
    return 0


def cells(row: PhotoRow) -> list[str]:
    folders = ", ".join(row["folders"]) or "-"
    return [str(row["id"]), row["name"], row["state"], clock(row["arrived_at"]), str(row["faces"]), folders]


async def withdraw_photos(chosen: Path | None, ids: Sequence[int], *, json: bool) -> int:
    count = await done(chosen, lambda service: service.withdraw(ids))
    return tell(count, f"Withdrawn: {count}; undo brings them back", json=json)


async def move_photos(chosen: Path | None, ids: Sequence[int], event: str, *, json: bool) -> int:
    count = await done(chosen, lambda service: service.move_photos(ids, event))
    return tell(count, f"Moved to {event}: {count}", json=json)


async def set_company(chosen: Path | None, ids: Sequence[int], company: str, *, json: bool) -> int:
    if company not in get_args(Company):
        raise UsageError("Photos cannot be filed so", company, f"Give one of: {', '.join(get_args(Company))}")
    count = await done(chosen, lambda service: service.set_company(ids, cast(Company, company)))
    return tell(count, f"Filed as {company}: {count}", json=json)


def tell(count: int, text: str, *, json: bool) -> int:
    if json:
        say.value({"photos": count})
    else:
        say.line(text)
    return 0 if count else 1
