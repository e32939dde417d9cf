"""An emulator as a test holds it: a process of its own, and the words to trouble it.

Others' tests use it, too: `Emulator.start()` gives a server on a free port, ready to answer.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Self

import httpx

from agent.drive.sign_in.token import OPEN_CLIENT

ROOT = Path(__file__).resolve().parents[2]
LOGIN = ("drive.file", "drive.readonly")
_PATIENCE = 20.0  # seconds for the process to listen


class Emulator:
    """A running emulator. As a context manager it is stopped at the end."""

    def __init__(self, arguments: list[str]) -> None:
        self._arguments = arguments
        self._control = httpx.Client(trust_env=False, verify=False, timeout=30)
        self.url = ""
        self.pid = 0
        self._begin(0)

    @classmethod
    def start(cls, data: Path | None = None, latency_ms: float = 0, uplink_mbps: float = 0) -> Self:
        """A new server; `data` is the folder that survives, or None.

        What it gives an agent that nobody signed in is what `login` would ask for, and no more (`grant`).
        """
        arguments = ["--latency-ms", str(latency_ms), "--uplink-mbps", str(uplink_mbps)]
        arguments += ["--grant", f"{OPEN_CLIENT}={','.join(LOGIN)}"]
        return cls([*arguments, *(["--data", str(data)] if data is not None else [])])

    def _begin(self, port: int) -> None:
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the process
        self._process = subprocess.Popen(
            [sys.executable, "-m", "agent.emulator", "--port", str(port), *self._arguments],
            stdout=subprocess.PIPE,
            stderr=self._errors,
            cwd=ROOT,
            text=True,
        )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"the emulator did not start: {self.stderr()}")
        ready = json.loads(line)
        self.url, self.pid = ready["url"], ready["pid"]

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    def stderr(self) -> str:
        """What it complained about so far: nothing, in a good run."""
        self._errors.seek(0)
        return self._errors.read().decode()

    # ---- its own endpoints
    def get(self, path: str) -> Any:
        return self._control.get(f"{self.url}/_emulator/{path}").raise_for_status().json()

    def post(self, path: str, body: Any) -> Any:
        answer = self._control.post(f"{self.url}/_emulator/{path}", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def files(self) -> list[dict[str, Any]]:
        return self.get("files")

    def requests(self) -> dict[str, Any]:
        return self.get("requests")

    def forget_requests(self) -> None:
        self._control.delete(f"{self.url}/_emulator/requests").raise_for_status()

    def faults(self, rules: list[dict[str, Any]] | dict[str, Any]) -> None:
        self.post("faults", rules)

    def clear_faults(self) -> None:
        self._control.delete(f"{self.url}/_emulator/faults").raise_for_status()

    def outage(self, seconds: float) -> None:
        self.post("outage", {"seconds": seconds})

    def expire(self, what: str, account: str | None = None) -> None:
        self.post("expire", {"what": what} | ({"account": account} if account else {}))

    def quota(self, limit: int | None, account: str | None = None) -> None:
        self.post("quota", {"limit": limit} | ({"account": account} if account else {}))

    def lag(self, list_ms: float = 0, changes_ms: float = 0) -> None:
        self.post("lag", {"list_ms": list_ms, "changes_ms": changes_ms})

    def clock(self, at: float | None) -> None:
        """Let the clock by which lists and feed lag, and answers are dated, stand there; `None`: run."""
        self.post("clock", {"at": at})

    def limits(self, **limits: Any) -> None:
        self.post("limits", limits)

    def grant(self, *scopes: str) -> None:
        """What agents that nobody signed in may do from now on: `drive`, for a destination of somebody else."""
        self.post("grant", {"client": OPEN_CLIENT, "scopes": list(scopes)})

    # ---- tokens without ceremony
    def token(self, client: str = "test", account: str = "", scope: str = "") -> str:
        """An access token by the refresh token `emulator`; `account` for another person, `scope` for less than all."""
        form = {
            "grant_type": "refresh_token",
            "refresh_token": f"emulator:{account}" if account else "emulator",
            "client_id": client,
            "client_secret": "secret",
            "scope": scope,
        }
        return self._control.post(f"{self.url}/token", data=form).raise_for_status().json()["access_token"]

    def client(self, client: str = "test", account: str = "", scope: str = "") -> httpx.Client:
        """An HTTP client signed in to this server."""
        headers = {"Authorization": f"Bearer {self.token(client, account, scope)}"}
        return httpx.Client(base_url=self.url, headers=headers, trust_env=False, verify=False, timeout=30)

    # ---- its life
    def stop(self) -> int:
        """Ends it as a person would; the exit code."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
        return self._ended()

    def kill(self) -> None:
        """kill -9."""
        if self._process.poll() is None:
            os.kill(self.pid, signal.SIGKILL)
        self._ended()

    def restart(self) -> None:
        """Starts it again at the same address, after it was stopped or killed; stops it first where it runs."""
        if self._process.poll() is None:
            self.stop()
        self._begin(self.port)

    def anew(self) -> Self:
        """It runs, empty, with nothing wrong: as a new one, without its start."""
        if self._process.poll() is not None:
            self.restart()
        self.post("reset", {})
        return self

    def _ended(self) -> int:
        code = self._process.wait(timeout=_PATIENCE)
        if self._process.stdout is not None:
            self._process.stdout.close()
        return code

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self._control.close()
