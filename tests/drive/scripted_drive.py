"""A lane whose Drive answers what a test says, with pauses that a test can wait for."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from agent.drive import reasons
from agent.drive.connection import DriveLane, DriveStatus, Pauses
from agent.drive.errors import DriveError, from_row
from agent.drive.files import About
from agent.drive.limiter import Limiter
from agent.drive.sign_in.token import Credentials, Token
from agent.model import DriveState
from tests.patience import within

GB = 1024**3
QUICK = Pauses(
    first=0.02,
    longest=0.1,
    slow=0.1,
    full=0.1,
    full_first=0.1,
    project=0.2,
    sign_in=0.1,
    watch=60,
    nearly_full=0.1,
    strikes=3,
)
WELL = About("ana@example.com", 5 * GB, 15 * GB)

OFFLINE = from_row(reasons.NO_INTERNET, "refused")
RESET = from_row(reasons.BROKEN_OFF, "reset", ambiguous=True)
PORTAL = from_row(reasons.PORTAL)
SLOW = from_row(reasons.SLOW, "Backend Error", status=503, ambiguous=True)
FULL = from_row(reasons.FULL, "storage", status=403)
REVOKED = from_row(reasons.SIGN_IN, "invalid_grant")
PROJECT = from_row(reasons.PROJECT_QUOTA, "Daily Limit Exceeded", status=403)


@dataclass
class Drive:
    """A Drive that answers as a test wants, and counts who asks."""

    answer: About | DriveError = WELL
    delay: float = 0.0
    probes: int = 0
    at_once: int = 0
    most_at_once: int = 0
    statuses: list[DriveStatus] = field(default_factory=list)

    async def probe(self) -> About:
        self.probes += 1
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            await asyncio.sleep(self.delay)
        finally:
            self.at_once -= 1
        if isinstance(self.answer, DriveError):
            raise self.answer
        return self.answer

    @property
    def states(self) -> list[DriveState]:
        told = [status.state for status in self.statuses]
        return [state for number, state in enumerate(told) if not number or told[number - 1] is not state]


@asynccontextmanager
async def running(
    drive: Drive,
    *,
    online: bool = True,
    pauses: Pauses = QUICK,
    load: Callable[[], Credentials | None] = lambda: Credentials("r", "c", "s", "http://127.0.0.1:9/token"),
    limiter: Limiter | None = None,
) -> AsyncIterator[DriveLane]:
    token = Token(load)
    token.reload()
    lane = DriveLane(drive.probe, token, limiter or Limiter(), changed=drive.statuses.append, pauses=pauses)
    task = asyncio.create_task(lane.run())
    try:
        if online:
            async with within(1):
                await lane.open(sending=True)
            drive.statuses.clear()
        yield lane
    finally:
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


async def until(holds: Callable[[], bool], seconds: float = 2.0) -> None:
    async with within(seconds):
        while not holds():
            await asyncio.sleep(0.005)
