"""The audit log: what was done with people's faces, when and by whom, without faces and without names.

`.venuesync/audit.jsonl`, a line each, only added to. People stand there by their ids; of whoever is forgotten not even
that stays, but that it was done.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from agent import clock
from agent.disk.atomic import write_whole
from agent.model import PersonId

By = Literal["operator", "guest", "night"]
GONE = "forgotten"  # in place of an id
PRIVATE = 0o600


@dataclass(frozen=True, slots=True)
class Line:
    """`at`: seconds UTC; `what`: as `enrolled`; `person`: an id, "" where it is nobody's."""

    at: float
    what: str
    person: str = ""
    by: By = "operator"


class Audit:
    """Every method blocks for a moment."""

    def __init__(self, state: Path) -> None:
        self._file = state / "audit.jsonl"
        self._writing = threading.Lock()  # what is noted while lines are written anew would be lost
        self._gone: set[str] = set()  # by id; of what ends after they were forgotten there is a line still to come

    def note(self, what: str, person: PersonId | str = "", by: By = "operator") -> None:
        """One more line, on the disk when this returns. Raises `OSError`."""
        with self._writing:
            whose = GONE if person in self._gone else person
            line = json.dumps(asdict(Line(clock.wall(), what, whose, by))).encode() + b"\n"
            fd = os.open(self._file, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, PRIVATE)
            try:
                os.write(fd, line)
                os.fsync(fd)
            finally:
                os.close(fd)

    def lines(self) -> list[Line]:
        """The oldest first; what was cut short by a pulled plug is passed over."""
        return list(self._read())

    def forget(self, ids: Collection[str]) -> None:
        """These people are nobody any more. Raises `OSError`."""
        with self._writing:
            self._gone |= {*ids}
            known = self.lines()
            kept = [Line(one.at, one.what, GONE if one.person in ids else one.person, one.by) for one in known]
            if kept != known:
                write_whole(self._file, b"".join(json.dumps(asdict(one)).encode() + b"\n" for one in kept))

    def _read(self) -> Iterator[Line]:
        try:
            data = self._file.read_bytes()
        except FileNotFoundError:
            return
        for one in data.splitlines():
            with suppress(ValueError, TypeError):
                yield Line(**json.loads(one))
