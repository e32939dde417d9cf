"""Fidelity by clients in other languages: Node.js, and rclone itself where it is installed.

How rclone gets there: `tests/emulator/rclone.py`.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.emulator.drive import Emulator
from tests.emulator.rclone import Rclone
from tests.emulator.tls_front import tls_front

CHUNK = 256 * 1024


@pytest.mark.skipif(shutil.which("node") is None, reason="Node.js is not installed")
def test_a_client_in_javascript_with_rclones_habits(drive: Emulator):
    script = Path(__file__).with_name("rclone_like.mjs")
    ran = subprocess.run(["node", str(script), drive.url], capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout) == {
        "location": "https://www.googleapis.com",
        "steps": [[308, f"bytes=0-{CHUNK - 1}"], [308, f"bytes=0-{2 * CHUNK - 1}"], [200, None]],
        "name": "r.jpg",
        "modified": "2024-05-01T10:00:00.123Z",
        "md5": True,
        "listed": True,
        "permission": "anyoneWithLink",
        "range": True,
        "contentRange": f"bytes 100-199/{2 * CHUNK + 12345}",
        "links": True,
    }


@pytest.fixture
def rclone(emulator: Emulator, tmp_path: Path) -> Iterator[Rclone]:
    if shutil.which("rclone") is None:
        pytest.skip("rclone is not installed")
    with tls_front(emulator.port, tmp_path) as (proxy, authority):
        yield Rclone(tmp_path, proxy, authority)


def test_rclone_copies_checks_moves_and_cleans_up(emulator: Emulator, rclone: Rclone, tmp_path: Path):
    source = tmp_path / "source"
    (source / "sub dir").mkdir(parents=True)
    (source / "photo.jpg").write_bytes(os.urandom(100_000))
    (source / "large.bin").write_bytes(os.urandom(5 * CHUNK + 99))
    (source / "sub dir" / "it's \\ é.txt").write_bytes(b"x")
    (source / "empty").write_bytes(b"")
    rclone("copy", str(source), "d:backup")
    rclone("check", str(source), "d:backup")  # by MD5
    sent = {f"backup/{path.relative_to(source)}" for path in source.rglob("*") if path.is_file()}
    assert {file["path"] for file in emulator.files() if file["size"] is not None} == sent
    part = (source / "large.bin").read_bytes()[1000:1010].decode(errors="replace")
    assert rclone("cat", "d:backup/large.bin", "--offset", "1000", "--count", "10") == part
    rclone("moveto", "d:backup/photo.jpg", "d:backup/sub dir/moved.jpg")
    rclone("copyto", "d:backup/large.bin", "d:backup/copy.bin")  # server-side
    there = {"copy.bin", "empty", "large.bin", "sub dir/", "sub dir/it's \\ é.txt", "sub dir/moved.jpg"}
    assert set(rclone("lsf", "-R", "d:backup").splitlines()) == there
    rclone("deletefile", "d:backup/copy.bin")
    assert "copy.bin" in rclone("lsf", "d:backup", "--drive-trashed-only")
    rclone("cleanup", "d:")
    rclone("purge", "d:backup")
    assert rclone("lsf", "d:") == ""
    assert "15 GiB" in rclone("about", "d:")
    assert emulator.requests()["methods"]["upload.put"] >= 6
