"""What lies in `Enroll/` is found, whatever is wrong with one of the folders in it."""

from __future__ import annotations

import errno
import os
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from agent.disk.own_folders import Identity, OwnFolders
from agent.people.enroll_folder import dropped_in


def test_a_folder_that_cannot_be_entered_keeps_no_other_from_being_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("Anna", "Ben"):
        (tmp_path / "Enroll" / name).mkdir(parents=True)
        (tmp_path / "Enroll" / name / "1.jpg").write_bytes(b"a picture")
    own = OwnFolders(tmp_path)
    opened = own.opened

    def refused(path: str, made: dict[str, Identity] | None = None) -> AbstractContextManager[int]:
        if path == "Enroll/Anna":
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)
        return opened(path, made)

    monkeypatch.setattr(own, "opened", refused)
    assert [one.name for one in dropped_in(own, "Enroll")] == ["Ben"]
