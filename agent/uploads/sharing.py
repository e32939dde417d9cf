"""Links: whether anybody who has a folder's address may read it. Only what a person asks for, folder by folder."""

from __future__ import annotations

import asyncio

from agent.drive.client import DriveClient
from agent.drive.errors import DriveError
from agent.drive.lane import DriveLane
from agent.errors import Cause, VenueError
from agent.model import DriveId, DriveState


class Sharing:
    """Every method raises `VenueError` where Drive cannot be asked now: nothing is put off, as a person waits."""

    def __init__(self, client: DriveClient, lane: DriveLane) -> None:
        self.alone = asyncio.Lock()  # for as long as Drive and the list of people are made to say the same
        self._client = client
        self._lane = lane

    async def open(self, folder: DriveId) -> None:
        """Anyone with the link may read; twice is once."""
        self._ready()
        try:
            await self._client.share_by_link(folder)
        except DriveError as error:
            self._lane.report(error)
            raise

    async def close(self, folder: DriveId) -> None:
        """Only who could read it before; what is gone already is no error."""
        self._ready()
        try:
            await self._client.unshare_by_link(folder)
        except DriveError as error:
            self._lane.report(error)
            raise

    def _ready(self) -> None:
        status = self._lane.status
        if not self._lane.is_open():
            raise VenueError(
                "Drive cannot be reached now",
                status.detail,
                "Try again when it is back",
                cause=Cause.AUTH if status.state is DriveState.NEEDS_LOGIN else Cause.TRANSIENT,
            )
