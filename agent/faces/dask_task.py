"""What a Dask worker does for a venue: it looks at bytes, in face workers of its own, as many as it has threads.

Called on another machine, by name: venuesync is installed there, too. What strangers' files could do to a process is
kept from Dask's own as it is kept from the agent's: by plain subprocesses with limits, which end with their parent.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypedDict
from weakref import WeakKeyDictionary

from agent.faces.results import Depth, LookError, error_message, seen_message, to_line
from agent.faces.workers import FaceWorkers

TIME_LIMIT = 60.0  # seconds for one photo; whoever asked does not wait so long


class About(TypedDict):
    """A machine of the cluster: photos that it looks at at once, and the version of its engine."""

    at_once: int
    version: str


_POOLS: WeakKeyDictionary[Any, dict[str, FaceWorkers]] = WeakKeyDictionary()  # by Dask's worker and the engine


def _pool(dask_worker: Any, engine: str) -> FaceWorkers:
    known = _POOLS.setdefault(dask_worker, {})
    if engine not in known:
        own = Path(dask_worker.local_directory) / "venuesync"
        known[engine] = FaceWorkers(
            dask_worker.state.nthreads, engine, own / "models", own / "faces.log", time_limit=TIME_LIMIT
        )
    return known[engine]


async def about(engine: str, dask_worker: Any) -> About:
    """Get ready: the models are loaded before the first photo. Raises `LookError` where they cannot be."""
    pool = _pool(dask_worker, engine)
    await pool.warm()
    return {"at_once": dask_worker.state.nthreads, "version": pool.version or ""}


async def look_there(data: bytes, asked: Mapping[str, str], dask_worker: Any) -> bytes:
    """A face worker's answer to `asked` (`engine`, `sha256`, `depth`) for a photo's bytes: one line, as over its pipe.

    The bytes lie in a file of this user's for as long as they are looked at.
    """
    handle, name = await asyncio.to_thread(tempfile.mkstemp, ".photo", "look-", dask_worker.local_directory)
    path = Path(name)
    try:
        await asyncio.to_thread(_write, handle, data)
        seen = await _pool(dask_worker, asked["engine"]).look(path, asked["sha256"], Depth(asked["depth"]))
        return to_line({"ok": seen_message(seen)})
    except LookError as error:
        return to_line({"error": error_message(error)})
    finally:
        await asyncio.to_thread(path.unlink, missing_ok=True)


def _write(handle: int, data: bytes) -> None:
    with os.fdopen(handle, "wb") as file:
        file.write(data)
