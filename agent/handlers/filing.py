"""What the disk did of what was decided: for a command, which leaves by that."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from agent.filing.router import Router
from agent.requests.control import FileNow, Filing

PATIENCE = 5.0  # seconds; a full batch may be under way


class FilingHandlers:
    def __init__(self, router: Router) -> None:
        self._router = router

    async def file_now(self, asked: FileNow) -> Filing:
        if asked.wait:
            with suppress(TimeoutError):
                async with asyncio.timeout(PATIENCE):
                    await self._router.tried()
        return {"refused": self._router.refused, "folders_refused": self._router.folders_refused}
