"""rclone with a remote `d:` that is the emulator.

It speaks TLS to Google's names only, so a small front (`tls_front`) ends the TLS with a certificate of its own.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from tests.emulator.drive import ROOT

FAST = ("--drive-pacer-min-sleep", "1ms", "--drive-chunk-size", "256k", "--drive-upload-cutoff", "1M")


class Rclone:
    """`inside`: a command that rclone is run by. Raises `AssertionError` with what it said, where it fails."""

    def __init__(self, folder: Path, proxy: str, authority: Path, inside: Sequence[str] = ()) -> None:
        self._config = folder / "rclone.conf"
        token = {"access_token": "x", "refresh_token": "emulator", "expiry": "2020-01-01T00:00:00Z"}
        self._config.write_text(
            "[d]\ntype = drive\nscope = drive\nclient_id = c\nclient_secret = s\n"
            f"token = {json.dumps(token | {'token_type': 'Bearer'})}\n"
        )
        self._proxy = proxy
        self._authority = authority
        self._inside = inside

    def __call__(self, *arguments: str, pace: Sequence[str] = FAST, seconds: float = 60) -> str:
        options = ["--config", str(self._config), "--ca-cert", str(self._authority), "--retries", "1"]
        environment = {name: value for name, value in os.environ.items() if "proxy" not in name.lower()}
        ran = subprocess.run(
            [*self._inside, "rclone", *options, *pace, *arguments],
            capture_output=True,
            timeout=seconds,
            cwd=ROOT,
            check=False,
            env=environment | {"HTTPS_PROXY": self._proxy},
        )
        assert ran.returncode == 0, ran.stderr.decode(errors="replace")
        return ran.stdout.decode(errors="replace")  # as it came: text mode would make a line's end of each "\r"
