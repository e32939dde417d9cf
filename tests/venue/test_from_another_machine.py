"""The monitor and the commands on an agent of another machine: by a forwarded socket, and by the system's own ssh."""

from __future__ import annotations

import asyncio
import getpass
import json
import os
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from agent.errors import UsageError
from tests.venue import here
from tests.venue.house import VENUESYNC, House, wait_for
from tests.venue.running import REFERENCES
from tests.venue.test_monitor_in_tmux import Terminal
from tui.cli.embed import unchecked_place
from tui.cli.far import WORKS, Host, host_of
from tui.cli.managers import manager_of
from tui.cli.service import pid_of_another

SSHD = shutil.which("sshd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")


# ---- a forwarded socket


@contextmanager
def forwarded(at: Path, to: str, answered: Callable[[bytes], object] = lambda _: None) -> Iterator[Path]:
    """What `ssh -L` does: whoever connects to `at` is led to `to`. `answered`: as a piece of an answer passes."""
    loop = asyncio.new_event_loop()

    async def lead(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        further, back = await asyncio.open_unix_connection(to)
        await asyncio.gather(carry(reader, back), carry(further, writer, answered))

    async def carry(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter, passes: Callable[[bytes], object] = bytes
    ) -> None:
        while data := await reader.read(65_536):
            passes(data)
            writer.write(data)
            await writer.drain()
        writer.close()

    threading.Thread(target=loop.run_forever, daemon=True).start()
    server = asyncio.run_coroutine_threadsafe(asyncio.start_unix_server(lead, at), loop).result(5)
    try:
        yield at
    finally:
        loop.call_soon_threadsafe(server.close)
        loop.call_soon_threadsafe(loop.stop)


def about(house: House) -> dict[str, str]:
    return json.loads((house.root / ".venuesync" / "agent.json").read_text())


def elsewhere(house: House, tmp_path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A command on a machine that knows nothing of this workspace."""
    home = tmp_path / "elsewhere"
    home.mkdir(exist_ok=True)
    return here.typed(arguments, {**house.environ, "HOME": str(home)}, home)


def test_commands_and_monitor_over_a_forwarded_socket(house: House, tmp_path: Path) -> None:
    agent = house.start()
    with forwarded(tmp_path / "x.sock", about(house)["socket"]) as line:
        said = elsewhere(house, tmp_path, "--socket", str(line), "status", "--json")
        assert said.returncode == 0, said.stderr
        assert (json.loads(said.stdout)["pid"], json.loads(said.stdout)["workspace"]) == (agent.pid, str(house.root))
        assert elsewhere(house, tmp_path, "--socket", str(line), "pause").returncode == 0
        assert house.json("status")["paused"]["uploads"]
        assert not list((tmp_path / "elsewhere").iterdir()), "nothing is made here"
        if shutil.which("tmux"):
            terminal = Terminal(f"far{time.monotonic_ns()}", house, instead=["--socket", str(line)])
            try:
                terminal.shows("PAUSED")
                terminal.keys("p")
                wait_for(lambda: not house.json("status")["paused"]["uploads"], 20, "a key reaches the agent there")
                terminal.keys("q")
                left = terminal.shows("left with 0")
                assert f"The agent goes on, pid {agent.pid}" in left
            finally:
                terminal.close()
    assert agent.poll() is None


def test_a_socket_that_leads_nowhere_is_said(house: House, tmp_path: Path) -> None:
    nobody = elsewhere(house, tmp_path, "--socket", str(tmp_path / "x.sock"), "status")
    assert (nobody.returncode, nobody.stdout) == (3, "")
    assert nobody.stderr.startswith(f"venuesync: No agent answers there: {tmp_path}/x.sock: ")
    house.environ["PATH"] = str(tmp_path)
    none = elsewhere(house, tmp_path, "--host", "ssh://venue", "status")
    assert (none.returncode, none.stdout) == (2, "")
    assert none.stderr.startswith("venuesync: --host needs ssh: there is none on this machine. Install ")
    both = elsewhere(house, tmp_path, "--socket", "x", "--host", "ssh://a", "status")
    assert both.returncode == 2 and "both given" in both.stderr


@pytest.mark.parametrize("words", [["stop"], ["doctor"], ["restore"], ["service", "install"], ["--no-ui"]])
def test_what_looks_at_its_own_machine_is_refused(house: House, tmp_path: Path, words: list[str]) -> None:
    said = elsewhere(house, tmp_path, "--host", "ssh://nowhere.invalid", *words)
    assert said.returncode == 2
    assert f"That cannot be asked of another machine: {words[0]}. Run it there" in said.stderr
    assert words[0] not in WORKS


@pytest.mark.slow
def test_a_path_of_this_machine_is_not_told_to_the_agent_of_another(house: House, tmp_path: Path) -> None:
    """The folder in which it was typed was looked for there: an export lay in it, of which nobody had been told."""
    assert house.run("enroll", "Mia", str(REFERENCES / "mia_lindqvist_1.jpg")).returncode == 0
    house.start()
    mine = str(tmp_path / "there.zip")
    with forwarded(tmp_path / "x.sock", about(house)["socket"]) as line:
        for words in (
            ("people", "export", "Mia", "mia.zip"),
            ("people", "find", "mia.jpg"),
            ("events", "folder", "add", "default", "card"),
            ("events", "add", "Gala", "--folder", "card"),
        ):
            said = elsewhere(house, tmp_path, "--socket", str(line), *words)
            assert (said.returncode, said.stdout, "a path of this machine" in said.stderr) == (2, "", True), words
        assert elsewhere(house, tmp_path, "--socket", str(line), "people", "export", "Mia", mine).returncode == 0
    assert not list((tmp_path / "elsewhere").iterdir())


async def test_an_agent_that_ends_while_a_service_is_installed_is_none(house: House, tmp_path: Path) -> None:
    await asyncio.to_thread(house.start)
    file = house.root / ".venuesync" / "agent.json"
    there = about(house)
    with forwarded(tmp_path / "x.sock", there["socket"], answered=lambda _: file.unlink(missing_ok=True)) as line:
        file.write_text(json.dumps({**there, "socket": str(line)}))
        found = unchecked_place(house.root)
        assert await pid_of_another(found, manager_of(found, False)) is None
    assert not file.exists()


@pytest.mark.slow
def test_an_agent_that_answers_late_is_no_one_to_be_killed(house: House, tmp_path: Path) -> None:
    """Amid a burst each answer takes half a second: seven of them were "does not answer: kill -9" to the doctor."""
    house.start()
    file, there = house.root / ".venuesync" / "agent.json", about(house)

    def late(piece: bytes) -> None:
        if piece.startswith(b"HTTP/"):
            time.sleep(0.55)

    with forwarded(tmp_path / "x.sock", there["socket"], answered=late) as line:
        file.write_text(json.dumps({**there, "socket": str(line)}))
        done = house.run("doctor", "--json")
        file.write_text(json.dumps(there))
    (found,) = [one for one in json.loads(done.stdout) if one["check"] == "agent"]
    assert (found["state"], "answers within" in found["detail"]) == ("warning", True), found


# ---- addresses


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("ssh://venue", Host("venue")),
        ("ssh://anna@venue.example:2222/srv/A%20B", Host("venue.example", "anna", 2222, "/srv/A B")),
        ("ssh://venue/~/Weddings", Host("venue", workspace="~/Weddings")),
        ("ssh://[fe80::1%25eth0]/", Host("fe80::1%25eth0")),
    ],
)
def test_an_address_names_a_machine_and_a_folder(text: str, host: Host) -> None:
    assert host_of(text) == host


@pytest.mark.parametrize(
    "text",
    [
        "",
        "venue",
        "http://venue",
        "ssh://",
        "ssh://-oProxyCommand=touch%20x",
        "ssh://-oProxyCommand=x/y",
        "ssh://-l@venue",
        "ssh://a@-F",
        "ssh://a:secret@venue",
        "ssh://venue:0",
        "ssh://venue:-1",
        "ssh://venue:70000",
        "ssh://venue:ssh",
        "ssh://ve nue",
        "ssh://venue;id",
        "ssh://$(id)",
        "ssh://a`id`@venue",
        "ssh://venue/a%0Ab",
        "ssh://venue/a%00b",
        "ssh://venue?x",
        "ssh://venue/#x",
        "ssh://[::1",
    ],
)
def test_nothing_else_comes_near_ssh(text: str) -> None:
    with pytest.raises(UsageError, match="no address of a machine"):
        host_of(text)


# ---- a real ssh


@pytest.fixture
def venue_by_ssh(house: House, tmp_path: Path) -> Iterator[str]:
    """An sshd of this test's own, for this user alone; the address of the machine, without a workspace."""
    if SSHD is None or shutil.which("ssh") is None:
        pytest.skip("there is no sshd or no ssh on this machine")
    folder, home = tmp_path / "ssh", tmp_path / "bin"
    folder.mkdir(mode=0o700)
    home.mkdir()
    for name in ("host", "user"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / name], check=True)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    (folder / "allowed").write_text((folder / "user.pub").read_text())
    (folder / "known").write_text(f"[127.0.0.1]:{port} {(folder / 'host.pub').read_text()}")
    settings = {
        "ListenAddress": f"127.0.0.1:{port}",
        "HostKey": folder / "host",
        "AuthorizedKeysFile": folder / "allowed",
        "PidFile": folder / "pid",
        "StrictModes": "no",
        "UsePAM": "no",
        "PasswordAuthentication": "no",
        "PermitRootLogin": "yes",
    }
    (folder / "sshd_config").write_text("".join(f"{key} {value}\n" for key, value in settings.items()))
    (folder / "config").write_text(
        f"IdentityFile {folder / 'user'}\nIdentitiesOnly yes\nUserKnownHostsFile {folder / 'known'}\nBatchMode yes\n"
    )
    own = home / "ssh"  # as ~/.ssh/config of a user would say it
    own.write_text(f'#!/bin/sh\nexec {shutil.which("ssh")} -F {folder / "config"} "$@"\n')
    own.chmod(0o755)
    house.environ["PATH"] = f"{home}:{house.environ['PATH']}"
    log = folder / "log"
    server = subprocess.Popen([SSHD, "-D", "-e", "-f", folder / "sshd_config"], stderr=log.open("wb"))
    try:
        wait_for(lambda: server.poll() is not None or "listening" in log.read_text(), 10, "sshd listens")
        if server.poll() is not None:
            pytest.skip(f"sshd cannot be run here: {log.read_text().strip()}")
        yield f"ssh://{getpass.getuser()}@127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(10)


def clients(folder: Path) -> list[str]:
    """The ssh that this test's commands have left running."""
    listed = subprocess.run(["ps", "-axwwo", "stat=,command="], capture_output=True, text=True, check=True).stdout
    return [row for row in listed.splitlines() if f"-F {folder / 'ssh' / 'config'}" in row and row[0] != "Z"]


def test_by_ssh(house: House, tmp_path: Path, venue_by_ssh: str) -> None:
    agent = house.start()
    address = venue_by_ssh + str(house.root)
    said = elsewhere(house, tmp_path, "--host", address, "status", "--json")
    assert said.returncode == 0, said.stderr
    assert json.loads(said.stdout)["pid"] == agent.pid
    assert not clients(tmp_path)

    terminal = Terminal(f"ssh{time.monotonic_ns()}", house, instead=["--host", address])
    try:
        terminal.shows("[1 Venue]")
        terminal.keys("p")
        wait_for(lambda: house.json("status")["paused"]["uploads"], 20, "a key reaches the agent there")
        assert clients(tmp_path)
        terminal.keys("q")
        terminal.shows("left with 0")
    finally:
        terminal.close()
    wait_for(lambda: not clients(tmp_path), 10, "ssh has ended with the monitor")

    killed = subprocess.Popen(
        [*VENUESYNC, "--host", address, "activity", "-f"], env=house.environ, stdout=subprocess.PIPE
    )
    assert killed.stdout is not None and killed.stdout.readline()
    assert clients(tmp_path)
    killed.kill()
    killed.communicate()
    wait_for(lambda: not clients(tmp_path), 10, "nor does one that was killed leave it behind")

    assert house.stop() == 0
    none = elsewhere(house, tmp_path, "--host", address, "status")
    assert (none.returncode, none.stdout) == (3, "")
    assert f"No agent runs there: {house.root} on 127.0.0.1. Start it there: " in none.stderr
    missing = elsewhere(house, tmp_path, "--host", f"{venue_by_ssh}/no/such;touch%20x'y", "status")
    assert missing.returncode == 1
    assert "There is no workspace there: /no/such;touch x'y on 127.0.0.1. " in missing.stderr
    assert not clients(tmp_path)


def test_an_ssh_that_does_not_come_through_is_said(house: House, tmp_path: Path, venue_by_ssh: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    unreached = elsewhere(house, tmp_path, "--host", f"ssh://127.0.0.1:{port}/srv", "status")
    assert (unreached.returncode, unreached.stdout) == (1, "")
    assert "The machine is not reached: 127.0.0.1: ssh: connect to host 127.0.0.1" in unreached.stderr
    assert f"Connection refused. Try it: ssh -p {port} -- 127.0.0.1" in unreached.stderr
    (tmp_path / "ssh" / "allowed").write_text("")
    refused = elsewhere(house, tmp_path, "--host", f"{venue_by_ssh}/srv", "status")
    assert "The machine lets nobody in: 127.0.0.1: " in refused.stderr and "Permission denied" in refused.stderr
    (tmp_path / "ssh" / "known").write_text("")
    strange = elsewhere(house, tmp_path, "--host", f"{venue_by_ssh}/srv", "status")
    assert "The machine lets nobody in: 127.0.0.1: Host key verification failed" in strange.stderr
