"""An evening with something on Errors: damaged photos, and what waits for a yes."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from monitor_pilot import Stage, screen
from prepared import Evening
from standing import at

from agent import steps
from agent.errors import VenueError
from agent.faces.results import COPY_AGAIN, Fault, LookError
from agent.ledger import held, troubles
from agent.ledger.sqlite.rows import Db
from agent.ledger.troubles import Subject
from agent.model import DEFAULT_EVENT, EventPhotoId
from agent.requests.ask import Command
from agent.requests.troubles import DismissTroubles

DAMAGED = ["DSC_4481.jpg", "DSC_4482.jpg", "DSC_4483.jpg"]
FACES = (1179, 1180, 1181)  # their numbers


def damage(db: Db) -> None:
    """Three photos cannot be decoded, and an outage of several folders is over."""
    error = LookError(Fault.DAMAGED, "The picture's data are damaged", COPY_AGAIN)
    for number, name in zip(FACES, DAMAGED, strict=True):
        photo = db.execute("SELECT photo FROM event_photo WHERE id = ?", (number,)).fetchone()["photo"]
        steps.fail(db, photo, name, error, at("22:05:00") + number - 1100)
    gone = VenueError("The share was away", "it does not answer", "Connect it again", kind="share")
    for n in range(14):
        troubles.passed(db, Subject(f"folder:/mnt/{n}", f"/mnt/{n}"), gone, at("21:19:00"), at("21:25:00"))


def hold(db: Db) -> None:
    photos = [EventPhotoId(n) for n in range(1, 121)]
    held.hold_back(db, DEFAULT_EVENT, "gone", "their source has lost them all", photos, at("22:00:00"))


def look_first(db: Db) -> None:
    """Three photos wait for a yes."""
    chosen = db.column("SELECT id FROM event_photo WHERE state = 'filed' AND event = ? LIMIT 3", (DEFAULT_EVENT,))
    db.executemany("UPDATE event_photo SET state = 'held' WHERE id = ?", [(one,) for one in chosen])


@asynccontextmanager
async def errors(size: tuple[int, int] = (80, 24), *, held: bool = False, dismissed: int = 0) -> AsyncGenerator[Stage]:
    async def happen(evening: Evening) -> None:
        await evening.write(damage)
        if held:
            await evening.write(hold)
        ids = await evening.read(lambda db: [row["id"] for row in troubles.opened(db) if row["subject"] in DAMAGED])
        if dismissed:
            await evening.app.service.ask(DismissTroubles(ids=ids[:dismissed]))

    async with screen("5", "Needs you", size=size, first=happen) as on:
        yield on


def asked(on: Stage, *verbs: type[Command[Any]]) -> list[Command[Any]]:
    return [one for one in on.line.asked if isinstance(one, verbs)]
