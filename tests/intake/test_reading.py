"""One read of a file says what it is, and only for the bytes that were there."""

from __future__ import annotations

import errno
import hashlib
import os
from pathlib import Path
from typing import Any

import pytest

from agent.intake import reading
from agent.intake.reading import BLOCK, Photo, Skipped, StillChanging, Unreadable, Vanished, classify
from agent.ledger.sightings import FileFacts

from .venue import JPEG


def facts(path: Path) -> FileFacts:
    status = path.stat()
    return FileFacts(status.st_size, status.st_mtime_ns, status.st_ino)


@pytest.mark.parametrize("size", [len(JPEG), BLOCK, 3 * BLOCK + 17])
def test_hashes_type_and_facts_come_from_one_read(tmp_path: Path, size: int) -> None:
    path = tmp_path / "a.jpg"
    data = (JPEG * (size // len(JPEG) + 1))[:size]
    path.write_bytes(data)
    found = classify(path)
    assert isinstance(found, Photo)
    content, seen = found.content, found.facts
    assert content.sha256 == hashlib.sha256(data).hexdigest()
    assert content.md5 == hashlib.md5(data).hexdigest()
    assert (content.bytes, content.mime, content.kind) == (size, "image/jpeg", "image")
    assert seen == facts(path)


@pytest.mark.parametrize(("name", "mime"), [("a.jpg", "image/jpeg"), ("a.HEIC", "image/heic"), ("a.png", "image/png")])
def test_an_empty_photo_is_a_photo_that_has_not_arrived(tmp_path: Path, name: str, mime: str) -> None:
    (tmp_path / name).touch()
    found = classify(tmp_path / name)
    assert isinstance(found, Photo)
    assert (found.content.bytes, found.content.mime, found.content.kind) == (0, mime, "image")


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("notes.txt", b"table 4", "neither photo nor video"),
        ("empty.txt", b"", "empty"),
        ("DSC_1.xmp", b"<x:xmpmeta/>", "neither photo nor video"),
        ("MVI_1.THM", JPEG, "a camera's preview of a video"),
    ],
)
def test_a_file_that_is_no_photo_is_skipped_with_a_reason(tmp_path: Path, name: str, data: bytes, reason: str) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    assert classify(path) == Skipped(facts(path), reason)


def test_of_a_large_file_that_is_no_photo_one_block_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "backup.zip"
    with path.open("wb") as file:
        file.write(b"PK\x03\x04")
        file.truncate(1 << 36)
    blocks = 0
    read = os.read

    def counted(fd: int, size: int) -> bytes:
        nonlocal blocks
        blocks += 1
        return read(fd, size)

    monkeypatch.setattr(reading.os, "read", counted)
    assert isinstance(classify(path), Skipped)
    assert blocks == 1


def test_a_text_called_a_photo_is_left_to_the_decoder(tmp_path: Path) -> None:
    path = tmp_path / "not_an_image.jpg"
    path.write_bytes(b"this is a text")
    assert isinstance(classify(path), Photo)


def test_a_file_that_changes_while_it_is_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(JPEG)
    read = os.read

    def meanwhile(fd: int, size: int) -> bytes:
        data = read(fd, size)
        if not data:
            with path.open("ab") as file:
                file.write(b"more")
        return data

    monkeypatch.setattr(reading.os, "read", meanwhile)
    with pytest.raises(StillChanging):
        classify(path)


def test_a_file_that_is_gone_is_no_verdict(tmp_path: Path) -> None:
    with pytest.raises(Vanished):
        classify(tmp_path / "gone.jpg")
    with pytest.raises(Vanished):
        classify(tmp_path / "gone" / "deep.jpg")


def test_a_file_that_may_not_be_read_is_named_with_the_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(JPEG)

    def refused(*args: Any) -> int:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(reading.os, "open", refused)
    assert classify(path) == Unreadable(facts(path), "Permission denied")


def test_a_broken_disk_is_a_reason_and_a_lease_is_a_wait(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(JPEG)
    number = errno.EIO

    def fails(fd: int, size: int) -> bytes:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(reading.os, "read", fails)
    assert classify(path) == Unreadable(facts(path), os.strerror(errno.EIO))
    number = errno.EAGAIN
    with pytest.raises(StillChanging):
        classify(path)


@pytest.mark.timeout(5)
def test_a_pipe_and_a_device_do_not_block(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")
    (tmp_path / "zero.jpg").symlink_to("/dev/zero")
    for name in ("pipe.jpg", "zero.jpg"):
        found = classify(tmp_path / name)
        assert isinstance(found, Skipped)
        assert found.reason == "not a regular file"


def test_a_link_is_followed_to_a_photo_and_a_loop_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(JPEG)
    (tmp_path / "link.jpg").symlink_to("a.jpg")
    (tmp_path / "loop.jpg").symlink_to("loop.jpg")
    assert classify(tmp_path / "link.jpg") == classify(tmp_path / "a.jpg")
    assert isinstance(classify(tmp_path / "loop.jpg"), Unreadable)
