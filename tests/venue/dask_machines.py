"""Other machines that look at photos, as processes here: a Dask scheduler and its workers, with or without TLS."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DASK = [sys.executable, "-m", "dask"]
QUIET = ["--no-dashboard"]


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


class Machines:
    """`tls`: a folder with ca.pem, cert.pem and key.pem; "": none. `address` is the scheduler's."""

    def __init__(self, folder: Path, tls: Path | None = None) -> None:
        self._folder, self._port = folder, free_port()
        self.address = f"{'tcp' if tls is None else 'tls'}://127.0.0.1:{self._port}"
        names = {"--tls-ca-file": "ca.pem", "--tls-cert": "cert.pem", "--tls-key": "key.pem"}
        self._proofs = [] if tls is None else [word for key, name in names.items() for word in (key, str(tls / name))]
        self.scheduler: subprocess.Popen[bytes] | None = None
        self.workers: list[subprocess.Popen[bytes]] = []

    def start(self, workers: int = 2) -> None:
        self.scheduler = self._begin("scheduler", "--host", self.address.rpartition(":")[0], "--port", str(self._port))
        for _ in range(workers):
            self.another()

    def another(self, core: int | None = None, code: Path = ROOT) -> None:
        """One more worker, which looks at one photo at a time."""
        before = [] if core is None else ["taskset", "-c", str(core)]
        scratch = ["--local-directory", str(self._folder / "scratch")]
        own = [self.address, "--nthreads", "1", "--no-nanny", *scratch]
        self.workers.append(self._begin("worker", *own, before=before, code=code))

    def _begin(self, *words: str, before: list[str] | None = None, code: Path = ROOT) -> subprocess.Popen[bytes]:
        self._folder.mkdir(exist_ok=True)
        with (self._folder / f"{words[0]}.log").open("ab") as log:
            command = [*(before or []), *DASK, *words, *QUIET, *self._proofs]
            environ = {**os.environ, "PYTHONPATH": str(code)}
            return subprocess.Popen(command, stdout=log, stderr=log, cwd=self._folder, env=environ)

    def signal(self, which: subprocess.Popen[bytes], how: signal.Signals) -> None:
        which.send_signal(how)
        if how is signal.SIGKILL:
            which.wait(10)

    def close(self) -> None:
        for one in [*self.workers, *filter(None, [self.scheduler])]:
            one.kill()
            one.wait(10)


@contextmanager
def machines(folder: Path, tls: Path | None = None) -> Iterator[Machines]:
    made = Machines(folder, tls)
    try:
        yield made
    finally:
        made.close()
