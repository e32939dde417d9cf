"""The audit log loses nothing of what is noted while somebody in it is forgotten."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from agent.jobs import audit
from agent.jobs.audit import Audit
from agent.model import PersonId


def test_what_is_noted_while_somebody_is_forgotten_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The lines are written anew then: one that came in between was lost."""
    log, write_whole = Audit(tmp_path), audit.write_whole
    log.note("enrolled", PersonId("p1"))
    noting = threading.Thread(target=log.note, args=("named", PersonId("p2")))

    def slowly(path: Path, data: bytes) -> None:
        noting.start()
        noting.join(0.5)  # it may be done before, or wait for this
        write_whole(path, data)

    monkeypatch.setattr(audit, "write_whole", slowly)
    log.forget(["p1"])
    noting.join()
    assert [(one.what, one.person) for one in log.lines()] == [("enrolled", "forgotten"), ("named", "p2")]
