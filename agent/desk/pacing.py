"""How fast Drive may be asked right now, in figures for the status document."""

from __future__ import annotations

from dataclasses import dataclass

from agent.drive.bandwidth import Bandwidth
from agent.drive.pacing import Limiter
from agent.service_status import PaceStatus

NO_PACE = PaceStatus(in_flight=0, at_once=0, waiting=0, pause_seconds=0.0, up_mbps=0.0, down_mbps=0.0)


@dataclass(frozen=True, slots=True)
class Pacing:
    """The one limiter of an account, and the limits of the line."""

    limiter: Limiter
    up: Bandwidth
    down: Bandwidth

    def status(self) -> PaceStatus:
        return {
            "in_flight": self.limiter.in_flight,
            "at_once": self.limiter.limit,
            "waiting": self.limiter.waiting,
            "pause_seconds": round(self.limiter.pause_left, 1),
            "up_mbps": self.up.mbps,
            "down_mbps": self.down.mbps,
        }
