"""Changes of which no answer came: Drive may make one late, after another change that was asked for since.

Given up at the client, a request may stand in Drive's queue, or in this machine's until the line is back. Sent again it
does no harm, as each means the same the second time. One that means something else waits until the first has either
come or never will.
"""

from __future__ import annotations

from collections.abc import Generator, Hashable
from contextlib import contextmanager

from agent import clock
from agent.drive.errors import DriveError
from agent.model import DriveId

LATE = 30.0  # seconds after which a change without an answer is made no more: as long as we wait for any answer


class LostAnswers:
    """By a file's or folder's id: what was asked for (its aim), and when no answer to it came."""

    def __init__(self) -> None:
        self._lost: dict[DriveId, tuple[Hashable, float]] = {}

    @contextmanager
    def noting(self, drive_id: DriveId, aim: Hashable, *, creates: bool = False) -> Generator[None]:
        """Asks for a change within this. What `creates` is not made a second time once it is there."""
        try:
            yield
        except DriveError as error:
            if error.ambiguous:
                self._lost[drive_id] = aim, clock.steady()
            raise
        if creates:
            self._lost.pop(drive_id, None)

    def wait(self, drive_id: DriveId, aim: Hashable) -> float:
        """Seconds until this may be asked for: 0, unless an answer to something else was lost."""
        now = clock.steady()
        self._lost = {one: lost for one, lost in self._lost.items() if now - lost[1] < LATE}
        asked, at = self._lost.get(drive_id, (aim, now))
        return 0.0 if asked == aim else at + LATE - now
