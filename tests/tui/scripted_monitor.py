"""The monitor on a scripted agent in a real terminal: `python scripted_monitor.py STATE [storm|signal]`.

`storm` changes queue, uploads and latest photos ten times a second, to count what the terminal gets.
"""

from __future__ import annotations

import asyncio
import random
import signal
import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[2])]

from monitor_scenes import clock_of, latest, scene  # noqa: E402
from scripted_service import ScriptedService  # noqa: E402

from tui.app import Monitor  # noqa: E402


async def storm(service: ScriptedService, start: float, clock: list[float]) -> None:
    """Photos stream in and out: every section that can move does."""
    wave = random.Random(1)
    number = 0
    while True:
        await asyncio.sleep(0.1)
        now = start + clock[0]
        queue = service.document["queue"]
        steps = {name: {"count": wave.randint(0, 19), "oldest_at": now - wave.random() * 30} for name in queue["steps"]}
        service.say("queue", {**queue, "steps": steps})
        active = [
            {
                **upload,
                "sent": (upload["sent"] + wave.randint(0, 400_000)) % upload["bytes"],
                "rate": wave.random() * 4e6,
            }
            for upload in service.document["uploading"]["active"]
        ]
        service.say("uploading", {**service.document["uploading"], "active": active})
        status = service.document["status"]
        counts = {name: step["count"] for name, step in steps.items()}
        uploads = {**status["uploads"], "bytes_per_second": wave.random() * 9e6, "eta_seconds": wave.random() * 90}
        service.say("status", {**status, "queue": counts, "uploads": uploads})
        number += 1
        if number % 3 == 0:
            service.say(
                "latest", [{**photo, "photo": f"DSC_{4468 + number - n}.jpg"} for n, photo in enumerate(latest(now))]
            )


async def main(state: str, how: str) -> None:
    start = clock_of(state)
    service = ScriptedService(scene(state))
    loop = asyncio.get_running_loop()
    clock, began = [0.0], loop.time()

    def now() -> float:
        clock[0] = loop.time() - began if how else 0.0
        return start + clock[0]

    app = Monitor(service, clock=now)
    for sign in (signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(sign, app.leave)
    weather = asyncio.create_task(storm(service, start, clock)) if how == "storm" else None
    await app.run_async()
    if weather:
        weather.cancel()
    sys.stdout.write("the monitor has left\n")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else ""))
