"""A place that a photo's file belongs in, and what somebody may have put there before."""

from __future__ import annotations

import hashlib
import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

from agent.disk.atomic import open_regular
from agent.filing import files
from agent.filing.files import Spot
from agent.ledger.placements import Made
from tests.making import files_below

DATA = os.urandom(3_000_000)
SHA = hashlib.sha256(DATA).hexdigest()
OTHER = b"somebody's own"


class Place:
    """A source with the bytes, and the place that they belong in; its folder is open."""

    def __init__(self, root: Path) -> None:
        self.folder = root / "Solo"
        self.folder.mkdir()
        self.source = root / "DSC_1.jpg"
        self.source.write_bytes(DATA)
        os.utime(self.source, ns=(1, 1_600_000_000_123_456_789))
        self.target = self.folder / "DSC_1.jpg"
        self.temporary = self.folder / ".venuesync-1.part"
        self.open = os.open(self.folder, os.O_RDONLY)

    def spot(self, path: Path) -> Spot:
        return Spot(self.open, path.name)

    def ready(self) -> Made:
        """Whole, under its temporary name."""
        with open_regular(self.source) as file:
            return files.copy(file, self.spot(self.temporary), SHA)

    def publish(self, made: Made, target: Path | None = None) -> Made:
        """Under its name; what lets nobody have it lets go of the temporary one."""
        try:
            files.publish(self.spot(self.temporary), self.spot(target or self.target), made)
        except files.NameTaken:
            files.remove(self.spot(self.temporary))
            raise
        return made

    def copy(self) -> Made:
        return self.publish(self.ready())

    def link(self, made: Made, target: Path) -> Made | None:
        """A further name."""
        linked = files.link(self.spot(self.target), self.spot(self.temporary), made)
        return None if linked is None else self.publish(linked, target)

    def take_away(self, made: Made | None, **how: bool) -> bool:
        aside = self.spot(self.folder / ".venuesync-1.gone")
        return files.take_away(self.spot(self.target), aside, made, SHA, **how)

    @property
    def there(self) -> list[str]:
        return list(files_below(self.folder))


def refused(code: int) -> Callable[..., Any]:
    def call(*_: Any, **__: Any) -> Any:
        raise OSError(code, os.strerror(code))

    return call


def leave_a_file(target: Path) -> None:
    target.write_bytes(OTHER)


def leave_a_file_of_the_same_size(target: Path) -> None:
    target.write_bytes(OTHER.ljust(len(DATA)))


def leave_an_empty_file(target: Path) -> None:
    target.touch()


def leave_a_folder(target: Path) -> None:
    target.mkdir()


def leave_a_pipe(target: Path) -> None:
    os.mkfifo(target)


def leave_a_socket(target: Path) -> None:
    with socket.socket(socket.AF_UNIX) as one:
        before = Path.cwd()
        os.chdir(target.parent)  # a short path
        try:
            one.bind(target.name)
        finally:
            os.chdir(before)


def leave_a_link_to_the_original(target: Path) -> None:
    target.symlink_to(target.parent.parent / "DSC_1.jpg")


def leave_a_link_to_nowhere(target: Path) -> None:
    target.symlink_to(target.parent.parent / "nowhere")


SOMEBODYS = [
    leave_a_file,
    leave_a_file_of_the_same_size,
    leave_an_empty_file,
    leave_a_folder,
    leave_a_pipe,
    leave_a_socket,
    leave_a_link_to_the_original,
    leave_a_link_to_nowhere,
]
