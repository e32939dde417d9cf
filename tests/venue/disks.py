"""Disks that a test may fill, take away and make read-only: small tmpfs mounts, gone at the end whatever happened.

Needs to be root, or to run inside `unshare -rm` (as `make disk` does where it is not root); else the tests are skipped.
"""

from __future__ import annotations

import errno
import os
import shutil
import socket
import subprocess
import tempfile
import time
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Self

import pytest

from tests.patience import latest

MB = 1 << 20


@cache
def why_not() -> str:
    """Why nothing can be mounted here; empty where it can be."""
    if shutil.which("mount") is None:
        return "there is no mount command here"
    with TemporaryDirectory(prefix="venuesync-mount-") as folder:
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder], capture_output=True, text=True, check=False
        )
        if done.returncode == 0:
            subprocess.run(["umount", folder], check=True)
    return done.stderr.strip() and f"mounting is not allowed here: {done.stderr.strip()}; run it by `unshare -rm`"


def needs_mounts() -> pytest.MarkDecorator:
    return pytest.mark.skipif(bool(why_not()), reason=why_not())


class Disk:
    """A tmpfs of `size` bytes at `path`."""

    links = True  # whether a file may have two names

    def __init__(self, path: Path, size: int = 48 * MB) -> None:
        self.path = path
        self.size = size
        path.mkdir(parents=True, exist_ok=True)
        self.mount()

    def mount(self) -> None:
        run("mount", "-t", "tmpfs", "-o", f"size={self.size}", "tmpfs", str(self.path))

    def enlarge(self, size: int) -> None:
        """As somebody does who makes room."""
        run("mount", "-o", f"remount,size={size}", str(self.path))

    def unmount(self) -> None:
        """As a share that vanishes does: what was open stays open, an empty folder is left."""
        run("umount", "-l", str(self.path))

    def fill(self) -> None:
        """To the last byte, as a card that is copied does."""
        with (self.path / "filler").open("ab", buffering=0) as file:
            for block in (MB, 4096, 1):
                try:
                    while True:
                        file.write(b"x" * block)
                except OSError as error:
                    assert error.errno == errno.ENOSPC, error

    def free(self) -> None:
        """Room again."""
        (self.path / "filler").unlink(missing_ok=True)

    @property
    def free_bytes(self) -> int:
        return shutil.disk_usage(self.path).free

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if os.path.ismount(self.path):
            self.unmount()


class FailingDisk(Disk):
    """An ext4 file system in a file, which can give up as a disk with errors does: from then on it is read-only."""

    def __init__(self, path: Path, size: int = 48 * MB) -> None:
        self.image = path.with_name(f"{path.name}.image")
        with self.image.open("wb") as file:
            file.truncate(size)
        run("mkfs.ext4", "-q", str(self.image))
        super().__init__(path, size)

    def mount(self) -> None:
        run("mount", "-o", "loop", str(self.image), str(self.path))

    def give_up(self) -> None:
        run("mount", "-o", "remount,abort", str(self.path))

    def mend(self) -> None:
        """Taken out, checked, put back: what had it open has to open it anew."""
        self.unmount()
        subprocess.run(["e2fsck", "-p", "-f", str(self.image)], capture_output=True, check=False)
        self.mount()


class Card(Disk):
    """An exFAT file system in a file: no hard links, no rights, one name in whatever case, inodes of the moment."""

    links = False

    def __init__(self, path: Path, size: int = 64 * MB) -> None:
        self.image = path.with_name(f"{path.name}.image")
        with self.image.open("wb") as file:
            file.truncate(size)
        run("mkfs.exfat", str(self.image))
        self._loop = ""
        super().__init__(path, size)

    def mount(self) -> None:
        """By the kernel, or by a program where the kernel cannot."""
        if "exfat" in Path("/proc/filesystems").read_text().split():
            run("mount", "-t", "exfat", "-o", "loop", str(self.image), str(self.path))
            return
        self._loop = run("losetup", "-f", "--show", str(self.image)).strip()
        run("mount.exfat-fuse", self._loop, str(self.path))

    def unmount(self) -> None:
        run("umount", str(self.path))
        if self._loop:
            run("losetup", "-d", self._loop)


class Share(Disk):
    """A folder of this machine that a Samba of its own shares by SMB: what a NAS is to a venue."""

    def __init__(self, path: Path, size: int = 64 * MB) -> None:
        self.shared = path.with_name(f"{path.name}.shared")
        self.shared.mkdir(parents=True)
        self._own = Path(tempfile.mkdtemp(prefix="venuesync-samba-"))  # its sockets want a short path
        with socket.create_server(("127.0.0.1", 0)) as free:
            self._port = free.getsockname()[1]
        folders = "".join(f"{one} = {self._own}\n" for one in SAMBAS_OWN)
        (self._own / "smb.conf").write_text(
            f"[global]\n{folders}smb ports = {self._port}\ninterfaces = 127.0.0.1\nbind interfaces only = yes\n"
            "map to guest = Bad User\nserver min protocol = SMB2\nload printers = no\ndisable spoolss = yes\n"
            f"[share]\npath = {self.shared}\nguest ok = yes\nread only = no\nforce user = root\n"
        )
        self._server = subprocess.Popen(
            ["smbd", "--foreground", "--no-process-group", f"--configfile={self._own / 'smb.conf'}"],
            stdin=subprocess.PIPE,  # where it ends, so does the server
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # it ends with all of its group
        )
        super().__init__(path, size)

    def mount(self) -> None:
        end = latest(20)
        while True:
            try:
                run("mount", "-t", "cifs", "//127.0.0.1/share", str(self.path), "-o", f"guest,port={self._port}")
            except AssertionError:  # it does not listen yet
                if time.monotonic() > end:
                    raise
                time.sleep(0.2)
            else:
                return

    def unmount(self) -> None:
        run("umount", str(self.path))

    def __exit__(self, *error: object) -> None:
        super().__exit__(*error)
        self._server.terminate()
        self._server.wait()
        shutil.rmtree(self._own, ignore_errors=True)


SAMBAS_OWN = ("private dir", "lock directory", "state directory", "cache directory", "pid directory", "ncalrpc dir")


@cache
def why_no_share() -> str:
    """Why nothing can be shared and mounted by SMB here; empty where it can."""
    if why_not() or shutil.which("smbd") is None or shutil.which("mount.cifs") is None:
        return why_not() or "there is no Samba (smbd, mount.cifs) here"
    known = (
        "cifs" in Path("/proc/filesystems").read_text()
        or not subprocess.run(["modprobe", "cifs"], check=False).returncode
    )
    return "" if known else "this kernel knows no SMB"


def needs_share() -> pytest.MarkDecorator:
    return pytest.mark.skipif(bool(why_no_share()), reason=why_no_share())


@cache
def why_no_card() -> str:
    """Why no exFAT can be had here; empty where it can."""
    if why_not() or shutil.which("mkfs.exfat") is None:
        return why_not() or "there is no mkfs.exfat here"
    with TemporaryDirectory(prefix="venuesync-card-") as folder:
        try:
            with Card(Path(folder) / "card", 8 * MB):
                return ""
        except (AssertionError, OSError) as error:
            return f"exFAT is not to be had here: {error}"


def needs_card() -> pytest.MarkDecorator:
    return pytest.mark.skipif(bool(why_no_card()), reason=why_no_card())


@cache
def why_no_loop() -> str:
    """Why no disk that fails can be had here; empty where it can."""
    if why_not() or shutil.which("mkfs.ext4") is None:
        return why_not() or "there is no mkfs.ext4 here"
    with TemporaryDirectory(prefix="venuesync-loop-") as folder:
        try:
            with FailingDisk(Path(folder) / "disk", 4 * MB):
                return ""
        except AssertionError as error:
            return f"no loop device is to be had here: {error}"


def needs_loop() -> pytest.MarkDecorator:
    return pytest.mark.skipif(bool(why_no_loop()), reason=why_no_loop())


def run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout
