"""The ids that Drive gave us last, in a file beside the ledger: a ledger that is lost does not know what it sent.

Drive's lists may lag by minutes, and what they do not show would be sent once more. By its id a file is there at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import structlog

from agent.disk.atomic import write_whole
from agent.model import DriveId

log = structlog.get_logger(__name__)

KEPT = 2000  # ids of each account: at two files a second more than any list was seen to lag
NONE = "-"  # the account that all events use


class IdLog:
    """The file at `path`: `<account> <id>` in each line, the newest ones last."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def note(self, ids: Sequence[DriveId], account: str) -> None:
        """Keep these, synced, before any of them is used. Never raises: what is not written is not looked for."""
        of = account or NONE
        lines = self._lines()
        others = [one for one in lines if one[0] != of]
        own = [*(one for one in lines if one[0] == of), *((of, str(id)) for id in ids)]
        text = "".join(f"{whose} {id}\n" for whose, id in [*others, *own[-KEPT:]])
        try:
            write_whole(self.path, text.encode())
        except OSError as error:
            log.warning("id_log.not_written", error=error.strerror)

    def read(self, account: str) -> list[DriveId]:
        """Ids that were that account's."""
        return [DriveId(id) for whose, id in self._lines() if whose == (account or NONE)]

    def _lines(self) -> list[tuple[str, str]]:
        try:
            lines = self.path.read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError:
            return []
        return [(one[0], one[1]) for line in lines if len(one := line.split(" ")) == 2]
