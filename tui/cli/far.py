"""An agent of another machine: at the end of a socket that somebody has forwarded, or by the system's own `ssh`.

ssh is run once, as whoever typed it would: its settings, keys and questions are the user's. What it runs there says
where the agent listens, and then waits for its input to end; so ssh ends with this process, however that ends.
"""

from __future__ import annotations

import asyncio
import json
import re
import shlex
import subprocess
import tempfile
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast
from urllib.parse import unquote, urlsplit

from agent.errors import NoAgent, UsageError, VenueError
from tui.cli.embed import Far, line_to

WORKS = {  # all that is asked of the agent alone; the others also look at folders and processes of their own machine
    *("status", "activity", "errors", "held", "people", "unknown", "review", "photos", "uploads", "undo", "redo"),
    *("events", "sync", "resync", "retry", "pause", "resume", "limit", "metered", "verify", "notify"),
}
EXAMPLE = "ssh://anna@venue.example/srv/weddings"
HOST = re.compile(r"\w[\w.-]*|\w*:[\w:.]*(%\w+)?", re.ASCII)  # a name, or an address of IPv6
USER = re.compile(r"\w[\w.@+-]*", re.ASCII)
MARK = "venuesync: "
NONE, SHUT, ENDED = "none", "shut", "ended"
ASKS = (  # in one line: a csh takes no other
    "W=${1:-${VENUESYNC_WORKSPACE:-$HOME/Venuesync}};"
    ' case $W in "~"/*) W=$HOME/${W#"~/"};; esac;'
    " S=${VENUESYNC_STATE_DIR:-$W/.venuesync};"
    ' if [ -r "$S/agent.json" ]; then A=$(cat "$S/agent.json");'
    f' elif [ -x "$S" ]; then A={ENDED}; elif [ -d "$S" ]; then A={SHUT}; else A={NONE}; fi;'
    f' echo "{MARK}$A"; exec cat >/dev/null'
)
OPTIONS = (  # nothing of this machine goes there but what is typed; a line that is lost ends it
    *("-T", "-x", "-a", "-o", "ControlPersist=no", "-o", "RemoteCommand=none", "-o", "ConnectTimeout=20"),
    *("-o", "ServerAliveInterval=10", "-o", "ServerAliveCountMax=3"),
)
LETS_NOBODY_IN = ("Permission denied", "Too many authentication failures", "Host key verification failed")
FORWARDED_IN = 30.0  # seconds
ENDS_IN = 5.0  # seconds


@dataclass(frozen=True, slots=True)
class Host:
    """Where an agent runs: nothing in it can be taken for an option of ssh's, or for a word of a shell's."""

    name: str
    user: str = ""
    port: int | None = None
    workspace: str = ""  # as it is called there; else the usual one

    @property
    def words(self) -> list[str]:
        """What says to ssh where to go; the name stands last."""
        user = ["-l", self.user] if self.user else []
        return [*user, *(["-p", str(self.port)] if self.port else []), "--", self.name]


def host_of(text: str) -> Host:
    """`ssh://[user@]host[:port][/workspace]`; `/~/DIR` lies in the user's home there. Raises `UsageError`."""
    try:
        parts = urlsplit(text)
        name, user, port, path = parts.hostname or "", parts.username or "", parts.port, unquote(parts.path)
    except ValueError:
        raise no_host(text) from None
    more = parts.password is not None or parts.query or parts.fragment or not path.isprintable()
    if parts.scheme != "ssh" or more or port == 0 or not HOST.fullmatch(name) or (user and not USER.fullmatch(user)):
        raise no_host(text)
    home = path.startswith("/~/")
    return Host(name, user, port, "" if path == "/" else path.removeprefix("/") if home else path)


def no_host(text: str) -> UsageError:
    return UsageError("--host is no address of a machine", f"{text!r} was given", f"Give one such as {EXAMPLE}")


@contextmanager
def far_agent(socket: Path | None, host: str | None) -> Generator[None]:
    """Meanwhile all is asked of that agent. Raises `NoAgent`, `AgentSilent`, or `VenueError` where ssh fails."""
    if socket is not None and host is not None:
        raise UsageError("--host and --socket were both given", "one agent is asked", "Give one of them")
    if host is not None:
        with forwarded(host_of(host)) as line:
            yield from asked_at(line, host, "Start it there: venuesync service install, or venuesync --no-ui")
    elif socket is not None:
        yield from asked_at(socket, str(socket), "Forward the socket that stands in .venuesync/agent.json there")


def asked_at(line: Path, where: str, remedy: str) -> Generator[None]:
    try:
        asyncio.run(ping(line))
    except NoAgent as error:
        raise NoAgent("No agent answers there", f"{where}: {error.detail}", remedy) from error
    Far.socket = line
    try:
        yield
    finally:
        Far.socket = None


async def ping(line: Path) -> None:
    agent = line_to(line)
    try:
        await agent.ping()
    finally:
        await agent.close()


# ---- ssh


@contextmanager
def forwarded(host: Host) -> Generator[Path]:
    """A socket of ours alone that leads to the agent there."""
    with tempfile.TemporaryDirectory(prefix="venuesync-ssh-", ignore_cleanup_errors=True) as folder:
        control, line, said = (Path(folder) / name for name in ("control", "agent", "said"))
        words = ["ssh", "-M", "-S", str(control), *OPTIONS, *host.words, asking(host)]
        with said.open("wb") as errors, running(words, errors) as ssh:
            there = heard(ssh, host, said)
            lead = ["ssh", "-S", str(control), "-O", "forward", "-L", f"{line}:{there}", *host.words]
            try:
                done = subprocess.run(  # noqa: S603 - each word is checked
                    lead, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=FORWARDED_IN, check=False
                )
            except subprocess.TimeoutExpired:
                raise failed(host, f"the socket was not forwarded within {FORWARDED_IN:g} s") from None
            if done.returncode:
                raise failed(host, done.stderr)
            yield line


@contextmanager
def running(words: list[str], errors: Any) -> Generator[subprocess.Popen[str]]:
    """ssh, until it is not needed any more; its questions go to the terminal itself."""
    try:
        ssh = subprocess.Popen(  # noqa: S603 - each word is checked
            words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True, errors="replace"
        )
    except FileNotFoundError:
        raise UsageError("--host needs ssh", "there is none on this machine", "Install OpenSSH's client") from None
    try:
        yield ssh
    finally:
        ssh.terminate()
        try:
            ssh.communicate(timeout=ENDS_IN)
        except subprocess.TimeoutExpired:
            ssh.kill()
            ssh.wait()


def asking(host: Host) -> str:
    return f"exec sh -c {shlex.quote(ASKS)} sh {shlex.quote(host.workspace)}"


def heard(ssh: subprocess.Popen[str], host: Host, said: Path) -> str:
    """Where the agent there listens; what a shell prints before that is passed over."""
    for text in ssh.stdout or ():
        if text.startswith(MARK):
            return socket_of(text.removeprefix(MARK).strip(), host)
    ssh.wait()
    raise failed(host, said.read_text(errors="replace"))


def socket_of(answer: str, host: Host) -> str:
    workspace = f"{host.workspace or '~/Venuesync'} on {host.name}"
    if answer == NONE:
        raise VenueError("There is no workspace there", workspace, f"Name its folder: --host {EXAMPLE}")
    if answer == SHUT:
        raise VenueError("The workspace there is another user's", workspace, f"Name its owner: --host {EXAMPLE}")
    with suppress(ValueError):
        about = json.loads(answer)
        if isinstance(about, dict) and (path := str(cast(dict[str, Any], about).get("socket"))).startswith("/"):
            return path
    raise NoAgent("No agent runs there", workspace, "Start it there: venuesync service install, or venuesync --no-ui")


def failed(host: Host, said: str) -> VenueError:
    """In ssh's own last words."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    detail = f"{host.name}: {lines[-1] if lines else 'ssh ended without a word'}"
    remedy = f"Try it: {shlex.join(['ssh', *host.words])}"
    if any(one in said for one in LETS_NOBODY_IN):
        return VenueError("The machine lets nobody in", detail, remedy)
    return VenueError("The machine is not reached", detail, remedy)
