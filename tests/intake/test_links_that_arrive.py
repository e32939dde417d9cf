"""Links in incoming folders: followed within the folder and to the linker's own files, never to anybody else's.

Other users are needed for most of it: only the administrator can act as them.
"""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from agent.intake import reading
from agent.intake.reading import COPY, Photo, Skipped, StillChanging, Unreadable, Vanished, classify

from .venue import JPEG

NOBODY, ANYBODY = 65534, 65533
SECRET = JPEG + b"secret"
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only the administrator can give files to other users")


class Folders:
    def __init__(self, root: Path) -> None:
        self.incoming, self.outside = root / "Incoming", root / "outside"
        self.incoming.mkdir()
        self.outside.mkdir()

    def file(self, name: str, owner: int, mode: int = 0o600, data: bytes = SECRET) -> Path:
        path = self.outside / name
        path.write_bytes(data)
        path.chmod(mode)
        os.chown(path, owner, owner)
        return path

    def link(self, target: Path | str, owner: int, name: str = "link.jpg") -> Path:
        path = self.incoming / name
        path.parent.mkdir(exist_ok=True)
        path.symlink_to(target)
        os.lchown(path, owner, owner)
        return path

    def read(self, path: Path) -> object:
        return classify(path, self.incoming)


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    return Folders(tmp_path)


@as_root
@pytest.mark.parametrize(
    ("link", "target", "followed"),
    [
        (0, 0, True),
        (NOBODY, NOBODY, True),
        (0, NOBODY, False),  # the administrator's link, or ours, to somebody's file
        (NOBODY, 0, False),  # somebody lets us read what is ours alone
        (NOBODY, ANYBODY, False),
    ],
)
@pytest.mark.parametrize("mode", [0o600, 0o644])
def test_a_link_is_followed_to_a_file_of_whoever_made_it(
    link: int, target: int, followed: bool, mode: int, folders: Folders
) -> None:
    found = folders.read(folders.link(folders.file("a.jpg", target, mode), link))
    if followed:
        assert isinstance(found, Photo)
    else:
        assert isinstance(found, Unreadable)
        assert (found.reason, found.remedy) == ("it is a link to a file of somebody else", COPY)


@as_root
def test_an_administrators_link_to_a_file_of_ours_is_followed(
    folders: Folders, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading.os, "geteuid", lambda: NOBODY)
    assert isinstance(folders.read(folders.link(folders.file("a.jpg", NOBODY), 0)), Photo)


@as_root
def test_a_link_to_a_link_counts_as_its_first_maker(folders: Folders) -> None:
    folders.file("a.jpg", 0)
    between = folders.outside / "between.jpg"
    between.symlink_to("a.jpg")
    assert isinstance(folders.read(folders.link(between, NOBODY)), Unreadable)


@as_root
def test_within_the_folder_a_link_is_followed_whosever_it_is(folders: Folders) -> None:
    inner = folders.incoming / "card"
    inner.mkdir()
    (inner / "a.jpg").write_bytes(JPEG)
    os.chown(inner / "a.jpg", ANYBODY, ANYBODY)
    for number, target in enumerate(["card/a.jpg", str(inner / "a.jpg"), "../Incoming/card/a.jpg"]):
        found = folders.read(folders.link(target, NOBODY, f"link {number}.jpg"))
        assert isinstance(found, Photo)


def test_a_folder_on_the_way_that_is_a_link_holds_nothing(folders: Folders) -> None:
    (folders.outside / "a.jpg").write_bytes(SECRET)
    (folders.incoming / "card").symlink_to(folders.outside)
    with pytest.raises(Vanished):
        folders.read(folders.incoming / "card/a.jpg")


@pytest.mark.timeout(10)
def test_what_is_no_file_at_a_links_end_is_skipped(folders: Folders) -> None:
    os.mkfifo(folders.outside / "pipe")
    for number, target in enumerate([folders.outside / "pipe", folders.outside, "/dev/zero", "/dev/null"]):
        assert isinstance(folders.read(folders.link(target, os.geteuid(), f"{number}.jpg")), Skipped)


def test_an_incoming_folder_that_is_a_link_is_read(folders: Folders) -> None:
    (folders.outside / "a.jpg").write_bytes(JPEG)
    root = folders.incoming / "nas"
    root.symlink_to(folders.outside)
    assert isinstance(classify(root / "a.jpg", root), Photo)


# ---- exchanged while they are looked at


@contextmanager
def exchanging(first: Callable[[], None], second: Callable[[], None]) -> Iterator[None]:
    over = threading.Event()

    def exchange() -> None:
        while not over.is_set():
            first()
            second()

    thread = threading.Thread(target=exchange)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def verdict(folders: Folders, path: Path) -> object:
    try:
        return folders.read(path)
    except (StillChanging, Vanished) as error:
        return error


@pytest.mark.slow
@as_root
def test_a_link_exchanged_between_look_and_reading_never_gives_a_secret_away(folders: Folders) -> None:
    """At one moment somebody's link to her own photo, at the next one to what is not hers."""
    hers, secret = folders.file("hers.jpg", NOBODY, data=JPEG), folders.file("secret.jpg", 0)
    link, beside = folders.incoming / "a.jpg", folders.incoming / "beside"

    def put(target: Path) -> None:
        beside.symlink_to(target)
        os.lchown(beside, NOBODY, NOBODY)
        beside.replace(link)

    put(hers)
    with exchanging(lambda: put(hers), lambda: put(secret)):
        found = [verdict(folders, link) for _ in range(2000)]
    read = {one.content.sha256 for one in found if isinstance(one, Photo)}
    assert read == {hashlib.sha256(JPEG).hexdigest()}


def test_a_folder_exchanged_for_a_link_never_gives_a_secret_away(folders: Folders) -> None:
    (folders.outside / "a.jpg").write_bytes(SECRET)
    card, away, link = folders.incoming / "card", folders.incoming / "away", folders.incoming / "link"
    card.mkdir()
    (card / "a.jpg").write_bytes(JPEG)
    link.symlink_to(folders.outside)

    def to_link() -> None:
        card.rename(away)
        link.rename(card)

    def back() -> None:
        card.rename(link)
        away.rename(card)

    with exchanging(to_link, back):
        found = [verdict(folders, card / "a.jpg") for _ in range(2000)]
    read = {one.content.sha256 for one in found if isinstance(one, Photo)}
    assert read == {hashlib.sha256(JPEG).hexdigest()}
