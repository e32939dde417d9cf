"""Contents: the bytes of files, found by their SHA-256.

Equal bytes are kept once. A large content is written aside and renamed into place before the row that names it commits,
so that a crash leaves at most a file nobody names, which the next start removes. Small ones lie in the database.
"""

import hashlib
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from agent.emulator.store.database import Database
from agent.emulator.store.ids import token

SMALL = 16 * 1024  # bytes; above it a file is cheaper than a row
_FOLDERS = ("incoming", "sessions", "contents")
_TEMPORARY = "venuesync-emulator-"


@dataclass(frozen=True, slots=True)
class Digest:
    """What is known of some bytes once all of them have passed."""

    size: int
    md5: str
    sha1: str
    sha256: str


class Hasher:
    """The three checksums Drive gives, over bytes as they come."""

    def __init__(self) -> None:
        self.size = 0
        self._hashes = (hashlib.md5(usedforsecurity=False), hashlib.sha1(usedforsecurity=False), hashlib.sha256())

    def update(self, data: bytes) -> None:
        self.size += len(data)
        for each in self._hashes:
            each.update(data)

    def digest(self) -> Digest:
        md5, sha1, sha256 = (each.hexdigest() for each in self._hashes)
        return Digest(self.size, md5, sha1, sha256)


class Incoming:
    """Bytes on their way in: in memory while small, in a file of their own beyond that."""

    def __init__(self, contents: "Contents") -> None:
        self._contents = contents
        self._hasher = Hasher()
        self._held = bytearray()
        self._path: Path | None = None
        self._file = -1

    @property
    def size(self) -> int:
        return self._hasher.size

    def write(self, data: bytes) -> None:
        self._hasher.update(data)
        if self._file < 0 and len(self._held) + len(data) <= SMALL:
            self._held += data
            return
        if self._file < 0:
            self._path = self._contents.aside()
            self._file = os.open(self._path, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600)
            _write_all(self._file, self._held)
            self._held.clear()
        _write_all(self._file, data)

    def finish(self) -> "Arrived":
        self._close()
        return Arrived(self._hasher.digest(), bytes(self._held) if self._path is None else None, self._path)

    def discard(self) -> None:
        self._close()
        if self._path:
            self._path.unlink(missing_ok=True)

    def _close(self) -> None:
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


@dataclass(frozen=True, slots=True)
class Arrived:
    """A whole content, not yet anybody's: kept by `Contents.keep`, or discarded."""

    digest: Digest
    held: bytes | None
    path: Path | None

    def discard(self) -> None:
        if self.path:
            self.path.unlink(missing_ok=True)


class Contents:
    """The folder of contents; `root` None makes a temporary one that goes with the process."""

    def __init__(self, database: Database, root: Path | None) -> None:
        self._database = database
        self._temporary = root is None
        self._root = root
        self._made: set[str] = set()
        if root is None:
            _sweep_temporary()
        else:
            self._sweep(root)

    def aside(self) -> Path:
        """A path for bytes that are not whole yet."""
        return self._folder("incoming") / token("", 12)

    def session_path(self, session: str) -> Path:
        return self._folder("sessions") / session

    def keep(self, arrived: Arrived) -> None:
        """Makes the content findable; inside the transaction that names it."""
        sha256 = arrived.digest.sha256
        if arrived.path is not None:
            arrived.path.replace(self._place(sha256))
        elif arrived.held:
            self._database.execute("INSERT OR IGNORE INTO blobs VALUES (?, ?)", (sha256, arrived.held))

    def read(self, sha256: str, size: int) -> bytes | Path:
        """The content: its bytes where small, else the file that holds them."""
        if size == 0:
            return b""
        held = self._database.value("SELECT bytes FROM blobs WHERE sha256 = ?", (sha256,))
        return held if held is not None else self._place(sha256)

    def release(self, sha256: str) -> None:
        """Forgets a content that no item names any more, after the commit."""
        if self._database.value("SELECT 1 FROM items WHERE sha256 = ? LIMIT 1", (sha256,)) is None:
            self._database.execute("DELETE FROM blobs WHERE sha256 = ?", (sha256,))
            self._database.after_commit(lambda: self._unlink(sha256))

    def wipe(self) -> None:
        """Removes every file."""
        if self._root is not None:
            for name in _FOLDERS:
                shutil.rmtree(self._root / name, ignore_errors=True)
        self._made.clear()

    def close(self) -> None:
        if self._temporary and self._root is not None:
            shutil.rmtree(self._root, ignore_errors=True)

    def _unlink(self, sha256: str) -> None:
        if self._root is not None:
            self._place(sha256).unlink(missing_ok=True)

    def _place(self, sha256: str) -> Path:
        return self._folder(f"contents/{sha256[:2]}") / sha256

    def _folder(self, name: str) -> Path:
        if self._root is None:
            self._root = Path(tempfile.mkdtemp(prefix=f"{_TEMPORARY}{os.getpid()}-"))
        folder = self._root / name
        if name not in self._made:
            folder.mkdir(parents=True, exist_ok=True)
            self._made.add(name)
        return folder

    def _sweep(self, root: Path) -> None:
        """Removes what a crash left: bytes that were on their way, contents that nobody names."""
        shutil.rmtree(root / "incoming", ignore_errors=True)
        named = {row[0] for row in self._database.execute("SELECT DISTINCT sha256 FROM items WHERE sha256 IS NOT NULL")}
        for path in root.glob("contents/*/*"):
            if path.name not in named:
                path.unlink()


def _write_all(file: int, data: bytes | bytearray) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(file, view) :]


def _sweep_temporary() -> None:
    """Removes the folders of emulators that were killed."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_TEMPORARY}*"):
        owner = folder.name.removeprefix(_TEMPORARY).partition("-")[0]
        if owner.isdigit() and not _alive(int(owner)):
            shutil.rmtree(folder, ignore_errors=True)


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
