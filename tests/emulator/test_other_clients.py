"""Fidelity by clients in other languages: Node.js, and rclone itself where it is installed.

rclone speaks TLS to Google's names only, so a small front ends the TLS with a certificate of its own.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.emulator.drive import ROOT, Emulator
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


class Rclone:
    """rclone with a remote `d:` that is the emulator."""

    def __init__(self, folder: Path, proxy: str, authority: Path) -> None:
        self._config = folder / "rclone.conf"
        token = {"access_token": "x", "refresh_token": "emulator", "expiry": "2020-01-01T00:00:00Z"}
        self._config.write_text(
            "[d]\ntype = drive\nscope = drive\nclient_id = c\nclient_secret = s\n"
            f"token = {json.dumps(token | {'token_type': 'Bearer'})}\n"
        )
        self._proxy = proxy
        self._authority = authority

    def __call__(self, *arguments: str) -> str:
        options = ["--config", str(self._config), "--ca-cert", str(self._authority), "--retries", "1"]
        pace = ["--drive-pacer-min-sleep", "1ms", "--drive-chunk-size", "256k", "--drive-upload-cutoff", "1M"]
        environment = {name: value for name, value in os.environ.items() if "proxy" not in name.lower()}
        ran = subprocess.run(
            ["rclone", *options, *pace, *arguments],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=60,
            cwd=ROOT,
            check=False,
            env=environment | {"HTTPS_PROXY": self._proxy},
        )
        assert ran.returncode == 0, ran.stderr
        return ran.stdout


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
