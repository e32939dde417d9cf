"""The monitor on the made-up evening in a real terminal: `python evening_monitor.py STATE FOLDER [storm]`.

`FOLDER` keeps prepared workspaces. `storm` changes queue, uploads and latest photos ten times a second, to count what
the terminal gets: more than an agent ever tells.
"""

from __future__ import annotations

import asyncio
import random
import signal
import sys
from pathlib import Path
from typing import Any

import structlog

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[2])]

import prepared  # noqa: E402
from prepared import Evening  # noqa: E402

from agent.clock import iso  # noqa: E402
from agent.requests.snapshot import GetSnapshot  # noqa: E402
from tui.app import Monitor  # noqa: E402


async def storm(evening: Evening) -> None:
    """Photos stream in and out: every section that can move does."""
    wave, start, loop = random.Random(1), evening.clock.now, asyncio.get_running_loop()
    began, number = loop.time(), 0
    known = await evening.app.service.ask(GetSnapshot())
    active = known["uploading"]["active"]
    while True:
        await asyncio.sleep(0.1)
        evening.clock.now = now = start + loop.time() - began
        steps = {name: {"count": wave.randint(0, 19), "oldest_at": iso(now - wave.random() * 30)} for name in STEPS}
        evening.say("queue", {**known["queue"], "steps": steps})
        for one in active:
            one["sent"] = (one["sent"] + wave.randint(0, 400_000)) % one["bytes"]
            one["rate"] = wave.random() * 4e6
        evening.say("uploading", {**known["uploading"], "active": [{**one} for one in active]})
        status = known["status"]
        uploads = {**status["uploads"], "bytes_per_second": wave.random() * 9e6, "eta_seconds": wave.random() * 90}
        counts = {name: step["count"] for name, step in steps.items()}
        evening.say("status", {**status, "queue": counts, "uploads": uploads})
        number += 1
        if number % 3 == 0:
            names = (f"DSC_{4468 + number - n}.jpg" for n in range(len(known["latest"])))
            evening.say("latest", [{**one, "photo": name} for one, name in zip(known["latest"], names, strict=True)])


STEPS = ("arriving", "faces", "filing", "uploading")


def quiet(*_: object) -> Any:
    raise structlog.DropEvent


async def main(state: str, folder: Path, how: str) -> None:
    structlog.configure(processors=[quiet])
    prepared.TEMPLATES.append(folder)
    loop = asyncio.get_running_loop()
    async with prepared.opened(state) as evening:
        app = Monitor(evening.line, clock=evening.clock)
        for sign in (signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(sign, app.leave)
        weather = asyncio.create_task(storm(evening)) if how == "storm" else None
        await app.run_async()
        if weather:
            weather.cancel()
    sys.stdout.write("the monitor has left\n")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2]), sys.argv[3] if len(sys.argv) > 3 else ""))
