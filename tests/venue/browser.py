"""Signing in as a person does: `venuesync login` in a terminal, its address opened in a browser elsewhere."""

from __future__ import annotations

import re
import socket
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import httpx

from tests.venue.house import House

# how the browser's answer comes back: a forwarded port, its address bar by hand, or the port where nobody could type
Way = Literal["port", "pasted", "nobody"]


@dataclass(frozen=True)
class Login:
    code: int
    said: str


def log_in(
    house: House,
    *arguments: str,
    way: Way = "port",
    pasted_before: Sequence[str] = (),
    patience: float = 30,
    **consent: str,
) -> Login:
    """Run `login`, open the address that it prints, answer Google's page with `consent`, and bring the answer back."""
    stdin = subprocess.DEVNULL if way == "nobody" else subprocess.PIPE
    running = house.begun(["login", "--port", str(free_port()), *arguments], stderr=subprocess.STDOUT, stdin=stdin)
    assert running.stdout is not None
    said = ""
    try:
        address = ""
        for line in running.stdout:
            said += line
            found = re.search(r"https?://\S+auth\S*", line)
            address = found[0] if found else address
            if "paste its whole address" in line:
                break
        if pasted_before:
            paste(running, *pasted_before)
        if address:
            bring_back(address, running if way == "pasted" else None, consent)
        rest, _ = running.communicate(timeout=patience)
    finally:
        running.kill()
    return Login(running.returncode, said + rest)


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def bring_back(address: str, terminal: subprocess.Popen[str] | None, consent: dict[str, str]) -> None:
    """The browser: Google's page is confirmed; where it leads is opened, or pasted into the terminal."""
    with httpx.Client(trust_env=False, timeout=60, follow_redirects=False) as browser:
        assert browser.get(address).status_code == 200
        back = browser.post(address, data={"emulator_confirm": "1", **consent}).headers["location"]
        if terminal is None:
            browser.get(back)
            return
    paste(terminal, back)


def paste(terminal: subprocess.Popen[str], *lines: str) -> None:
    assert terminal.stdin is not None
    terminal.stdin.write("".join(f"{line}\n" for line in lines))
    terminal.stdin.flush()
