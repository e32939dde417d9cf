"""Uploads under way, and what of a day's budget they and the next ones use.

A budget is for all accounts together (`MeteredLine`); here is one account's share in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from agent.drive.connection import DriveLane
from agent.ledger.drive_queue import DriveTask
from agent.model import HERE, DriveId, End, PlacementId
from agent.requests.snapshot import ActiveUpload
from agent.running.transfers import Meter, UnderWay
from agent.running.waiting import PutOff
from agent.uploads.metered import WHOLE, MeteredLine
from agent.uploads.send import Sender


@dataclass(slots=True)
class Active:
    """An upload under way."""

    task: DriveTask
    drive_id: DriveId
    meter: Meter
    copied: bool  # by Drive itself: no byte crosses the line
    sent: int = 0
    answered: bool = False  # Drive has; what remains is writing it down, and the line is free for another

    def shown(self) -> ActiveUpload:
        return {
            "placement": self.task.placement,
            "photo": self.task.name,
            "to": self.task.to,
            "sent": self.sent,
            "bytes": 0 if self.copied else self.task.bytes,
            "rate": self.meter.rate(),
        }


class Budget:
    """What fits into the day, and what was promised of it: what was taken from Drive has bytes to come in its place.

    `chosen`: bytes of what is about to begin.
    """

    def __init__(
        self,
        line: MeteredLine,
        sender: Sender,
        lane: DriveLane,
        under_way: UnderWay[PlacementId, Active],
        put_off: PutOff[PlacementId],
    ) -> None:
        self.chosen = 0
        self._line = line
        self._sender = sender
        self._lane = lane
        self._under_way = under_way
        self._put_off = put_off
        self._promised: dict[PlacementId, int] = {}
        line.shared_by(self._reserved)

    def promise(self, task: DriveTask) -> None:
        """It was taken from Drive."""
        self._promised[task.placement] = min(task.bytes, WHOLE)

    def begun(self, placement: PlacementId) -> None:
        """What it sends is under way, and promised no more."""
        self._promised.pop(placement, None)

    @property
    def is_awaited(self) -> bool:
        """Whether something was promised to what only rests."""
        return bool(self._promised.keys() & {*self._put_off.resting()})

    def _reserved(self, but: PlacementId | None = None) -> int:
        """Bytes of the day's budget that what is under way will use; a large photo is broken off where that ends."""
        ways = [one for one in self._under_way.active.values() if not one.copied and not one.answered]
        active = sum(max(0, one.task.bytes - one.sent) for one in ways if one.task.bytes <= WHOLE)
        mine = self._promised if self._lane.is_open(sending=True) else {}  # an account in trouble holds nobody else up
        return active + self.chosen + sum(size for placement, size in mine.items() if placement != but)

    def costs(self, task: DriveTask) -> int:
        """Bytes that it may send, as it is."""
        looks_first = bool(task.blurred) and task.drive is End.SENDING  # whether what lies there shows a face
        crosses = self.is_upload(task) and not self._sender.copies(task)
        return 0 if looks_first or not crosses or self._line.lowered(task) is not None else task.bytes

    def is_upload(self, task: DriveTask) -> bool:
        """Whether the photo's bytes may have to cross the line."""
        return task.creates and task.made_as != HERE and not self._sender.copies_ours(task)

    def fits(self, task: DriveTask, more: int = 0) -> bool:
        """Whether it may begin by the day's budget, with so many bytes beside it."""
        cost = self.costs(task)
        return not cost or self._line.fits(cost, self._line.promised(task.placement) + more)

    def affordable(self, tasks: list[DriveTask]) -> list[DriveTask]:
        """Those that fit into the day's budget together. What was promised may keep back whom it was promised to, where
        these are several, or be somebody's who does not come any more: then it is nobody's.
        """
        chosen, self.chosen = self._fitting(tasks)
        if not chosen and self._promised and not self.is_awaited and not self._under_way.active:
            self._promised.clear()
            chosen, self.chosen = self._fitting(tasks)
        return chosen

    def _fitting(self, tasks: Sequence[DriveTask]) -> tuple[list[DriveTask], int]:
        """And how many bytes they are."""
        chosen: list[DriveTask] = []
        more = 0
        for task in tasks:
            if self.fits(task, more):
                chosen.append(task)
                cost = self.costs(task)
                more += cost if cost <= WHOLE else 0
        return chosen, more
