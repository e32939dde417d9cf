"""Whether it works, for whoever looks every few seconds: without a token, and without the framework that takes long."""

from __future__ import annotations

from typing import Literal

from typing_extensions import TypedDict

from agent.api.problems import Json
from agent.errors import VenueError
from agent.model import DiskState, DriveState, SafeCode, WatcherState
from agent.requests.ask import Agent
from agent.requests.status import GetStatus

PATH = "/health"
AT_WORK = frozenset({DriveState.ONLINE, DriveState.DISABLED, DriveState.THROTTLED})


class Health(TypedDict):
    status: Literal["healthy", "degraded", "unhealthy"]
    database: Literal["connected", "error"]
    watcher: str
    drive: str


async def health_of(agent: Agent) -> Json:
    try:
        document = await agent.ask(GetStatus())
    except VenueError:
        body: Health = {"status": "unhealthy", "database": "error", "watcher": "stopped", "drive": "unknown"}
        return Json(body, 503)
    watcher, drive = document["watcher"]["state"], document["drive"]["state"]
    if document["safe_to_leave"]["code"] == SafeCode.STORE_TROUBLE:  # it can be read, and nothing can be written down
        return Json(Health(status="unhealthy", database="error", watcher=watcher, drive=drive), 503)
    room = document["disk"]["state"] != DiskState.FULL
    word = "healthy" if room and watcher == WatcherState.RUNNING and drive in AT_WORK else "degraded"
    return Json({"status": word, "database": "connected", "watcher": watcher, "drive": drive})
