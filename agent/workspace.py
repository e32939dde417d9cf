"""The workspace: one folder that holds everything of one operator, and who may work in it.

Knows where things lie and holds the lock; opens nothing else.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import json
import os
import stat
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from pwd import getpwuid
from typing import Any, cast

from agent.disk.atomic import in_words, write_new, write_whole
from agent.disk.mounts import NETWORK_FILE_SYSTEMS, file_system
from agent.disk.typed import absolute, current_folder
from agent.errors import UsageError, WorkspaceBusy
from agent.model import LockRole

STATE_FOLDER = ".venuesync"
CONFIG = "config.toml"
OF = "workspace"  # a file in `state`, if that lies elsewhere: the folder of which it is
STATE_NAME = "VENUESYNC_STATE_DIR"  # says where `state` lies, if not in the workspace
USUAL = Path("~/Venuesync")
SOCKET_FOLDER = "venuesync-socket-"
LONGEST_SOCKET = 100  # bytes of a socket's path: Linux takes 107, macOS 103
LONGEST_NAME = 255  # bytes
LONGEST_STATE = 480  # bytes of a path: SQLite opens no file whose path has more than 512
IGNORED = ".venuesync/\nIncoming/\nPeople/\nUnsorted/\nProcessed/\nEvents/\n.env\n"


@dataclass(frozen=True, slots=True)
class Workspace:
    """Where things lie. `state` is ours alone and on a local file system."""

    root: Path
    state: Path

    @property
    def incoming(self) -> Path:
        return self.root / "Incoming"

    @property
    def roster(self) -> Path:
        return self.state / "roster.json"

    @property
    def ledger(self) -> Path:
        return self.state / "ledger.sqlite"

    @property
    def references(self) -> Path:
        return self.state / "references"

    @property
    def backups(self) -> Path:
        return self.state / "backups"

    @property
    def downloads(self) -> Path:
        return self.state / "downloads"

    @property
    def thumbnails(self) -> Path:
        return self.state / "thumbnails"

    @property
    def renditions(self) -> Path:
        """What goes to Drive in photos' places, until it is there."""
        return self.state / "renditions"

    @property
    def cache(self) -> Path:
        return self.state / "cache"

    @property
    def logs(self) -> Path:
        return self.state / "logs"

    @property
    def sign_in(self) -> Path:
        return self.state / "sign-in"

    @property
    def agent_file(self) -> Path:
        return self.state / "agent.json"

    def folder_of(self, event_folder: str) -> Path:
        """An event's own folder: the workspace itself for the default event (`""`)."""
        return self.root / "Events" / event_folder if event_folder else self.root

    def socket(self, environ: Mapping[str, str] | None = None) -> Path:
        """The control socket's path: short enough for a UNIX socket wherever the workspace lies, in a folder of ours.

        Who has taken our place in the temporary folder cannot keep us from having a socket: it lies elsewhere then.
        """
        environ = os.environ if environ is None else environ
        name = f"venuesync-{hashlib.sha256(os.fsencode(self.state)).hexdigest()[:16]}.sock"
        runtime = environ.get("XDG_RUNTIME_DIR")
        fits = runtime and len(os.fsencode(runtime)) + 1 + len(name) <= LONGEST_SOCKET
        if runtime and fits and Path(runtime).is_dir() and os.access(runtime, os.W_OK):
            return Path(runtime) / name
        usual = Path(tempfile.gettempdir()) / f"venuesync-{os.getuid()}"
        if is_ours_alone(usual):
            return usual / name
        if len(os.fsencode(self.state)) + 1 + len(name) <= LONGEST_SOCKET:
            return self.state / name
        return Path(tempfile.mkdtemp(prefix=SOCKET_FOLDER)) / name


def is_ours_alone(folder: Path) -> bool:
    """Make a folder that nobody else may enter, or find it so."""
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        facts = folder.lstat()
        if not stat.S_ISDIR(facts.st_mode) or facts.st_uid != os.getuid():
            return False
        folder.chmod(0o700)
    except OSError:
        return False
    return True


def find_workspace(chosen: Path | None = None, environ: Mapping[str, str] | None = None) -> Workspace:
    """The workspace to use: the chosen one, else `VENUESYNC_WORKSPACE`, else here, else `~/Venuesync`.

    Raises `UsageError` if its state would lie on a network file system, where locks and SQLite are not to be trusted.
    """
    environ = os.environ if environ is None else environ
    if chosen is not None:
        root = chosen
    elif environ.get("VENUESYNC_WORKSPACE"):
        root = Path(environ["VENUESYNC_WORKSPACE"])
    else:
        here = current_folder()
        root = here if (here / CONFIG).is_file() else USUAL
    root = absolute(root)
    refuse_too_long(root)
    if root.exists() and not root.is_dir():
        raise UsageError("the workspace is no folder", str(root), "Choose a folder with --workspace")
    elsewhere = environ.get(STATE_NAME)
    state = absolute(Path(elsewhere)) if elsewhere else root / STATE_FOLDER
    refuse_too_long(state)
    if (size := size_of(str(state))) > LONGEST_STATE:
        raise UsageError(
            "The workspace's path is too long",
            f"{state} has {size} bytes, at most {LONGEST_STATE} can be",
            f"Choose another folder, or set {STATE_NAME} to one",
        )
    if os.path.lexists(state) and not state.is_dir():
        remedy = f"Let {STATE_NAME} be a folder" if elsewhere else f"Move it away, or set {STATE_NAME} to a folder"
        raise UsageError(f"{state} is no folder", "what venuesync knows lies in it", remedy)
    for folder in (root, state):
        if any("\ud800" <= letter <= "\udfff" for letter in str(folder)):
            raise UsageError("The folder's name is no text", ascii(str(folder)), "Rename it, or choose another one")
    kind = file_system(state)
    if kind in NETWORK_FILE_SYSTEMS:
        raise UsageError(
            f"{state} has to lie on a local file system",
            f"it lies on {kind}, where locks and databases break",
            f"Set {STATE_NAME} to a folder on this machine's own disk",
        )
    found = Workspace(root, state)
    refuse_anothers(found)
    refuse_another_users(found)
    return found


def refuse_another_users(workspace: Workspace) -> None:
    """Raises `UsageError` where this user may not look into it."""
    state = workspace.state
    if not os.access(state, os.F_OK) or os.access(state, os.R_OK | os.X_OK):
        return
    owner = state.stat().st_uid
    if owner == os.geteuid():
        raise UsageError("The workspace cannot be looked into", str(state), f"Let its owner do so: chmod 700 {state}")
    raise UsageError(
        "The workspace is another user's",
        f"{state} may be looked into by {user(owner)} alone",
        f"Run it as {user(owner)}, or choose another one with --workspace",
    )


def user(number: int) -> str:
    try:
        return getpwuid(number).pw_name
    except KeyError:  # of another machine, say
        return f"user {number}"


def refuse_anothers(workspace: Workspace) -> None:
    """One folder holds what is known of one workspace: two would take each other's people and photos for theirs.

    Raises `UsageError` where it holds another's; not where that has been moved here, and is no workspace any more.
    """
    state, told = workspace.state, workspace.state / OF
    owner = state.parent if state.name == STATE_FOLDER else None
    if owner is None or not (owner / CONFIG).is_file():
        with suppress(OSError, ValueError):
            owner = Path(told.read_text("utf-8"))
    if owner is None or owner == workspace.root or not (owner / CONFIG).is_file():
        return
    with suppress(OSError):
        if owner.samefile(workspace.root):
            return
    raise UsageError(
        "There lies what is known of another workspace",
        f"{state} is of {owner}",
        f"Set {STATE_NAME} to another folder for each workspace; of one that was moved, remove {told}",
    )


def size_of(name: str) -> int:
    """Bytes that it takes in a path, also where it is no text."""
    return len(name.encode(errors="surrogatepass"))


def refuse_too_long(folder: Path) -> None:
    """Raises `UsageError` for a name that no file system has."""
    for name in folder.parts:
        if (size := size_of(name)) > LONGEST_NAME:
            told = f"{name} has {size} bytes, at most {LONGEST_NAME} can be"
            raise UsageError("The folder's name is too long", told, "Choose a shorter one")


def prepare(workspace: Workspace) -> None:
    """Make the folders and the commented config.toml where they are missing; called twice, changes nothing more."""
    make_folder(workspace.root)
    if not workspace.incoming.is_symlink():  # to a share, say, that is not there just now
        make_folder(workspace.incoming)
    for folder in (
        workspace.state,
        workspace.references,
        workspace.thumbnails,
        workspace.cache,
        workspace.logs,
        workspace.sign_in,
    ):
        make_folder(folder, 0o700, "--workspace" if workspace.state.parent == workspace.root else STATE_NAME)
    if workspace.state.parent != workspace.root:
        with in_words(workspace.state):
            write_whole(workspace.state / OF, os.fsencode(workspace.root))
    if not (workspace.root / CONFIG).exists():
        from agent.settings.example import example_text

        write_once(workspace.root / CONFIG, example_text())
    write_once(workspace.root / ".gitignore", IGNORED)


def make_folder(folder: Path, mode: int = 0o777, chosen_by: str = "--workspace") -> None:
    """`chosen_by`: what says where it lies. Raises `UsageError`."""
    try:
        folder.mkdir(mode=mode, parents=True, exist_ok=True)
        if mode == 0o700 and folder.stat().st_mode & 0o777 != mode:
            folder.chmod(mode)
    except OSError as error:
        raise UsageError(
            f"{folder} cannot be made", error.strerror or str(error), f"Choose another place with {chosen_by}"
        ) from None


def write_once(path: Path, text: str) -> None:
    """Write a file that is not there yet; what is there stays as it is. Raises `VenueError`."""
    if not path.exists():
        with in_words(path):
            write_new(path, text.encode())


class WorkspaceLock:
    """The workspace's lock: held by the kernel for this process, gone with it however it ends."""

    def __init__(self, workspace: Workspace) -> None:
        self.path = workspace.state / "lock"
        self._fd: int | None = None

    def acquire(self, role: LockRole) -> bool:
        """Take the lock if it is free. Whoever asks next can read the role and pid from it."""
        try:
            fd = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            if error.errno != errno.EROFS:
                raise
            fd = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC)  # it can be held all the same
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(fd)
            return False
        with suppress(OSError):  # on a full disk, say: it is held all the same
            written = os.pwrite(fd, json.dumps({"role": role.value, "pid": os.getpid()}).encode(), 0)
            os.ftruncate(fd, written)
        self._fd = fd
        return True

    def is_free(self) -> bool:
        """Whether nobody holds it. It is shared for that moment alone: whoever wants it just then asks once more."""
        try:
            fd = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return True
        try:
            fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        finally:
            os.close(fd)
        return True

    def busy(self) -> WorkspaceBusy:
        """Who holds it, in words."""
        holder = self.holder()
        return WorkspaceBusy(
            "Another venuesync works in this workspace",
            f"{holder.get('role', 'a process')} with pid {holder.get('pid', 'unknown')}",
            "Wait for it, or end that process",
        )

    def holder(self) -> dict[str, Any]:
        """Role and pid of whoever took the lock last."""
        try:
            found = json.loads(self.path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return cast(dict[str, Any], found) if isinstance(found, dict) else {}

    def release(self) -> None:
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None
