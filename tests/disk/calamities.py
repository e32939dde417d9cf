"""What disks do to an agent: they are full, refuse, vanish, are led elsewhere, and their clock is set.

Each comes over one house and passes again. None needs more rights than `unshare -rm` gives; where nothing may be
mounted at all, `NoGrowth` and a share that is moved away come instead.
"""

from __future__ import annotations

import random
import resource
import shutil
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from tests.venue.disks import Disk, run

OUTPUTS = ("People", "Unsorted", "All Photos")
FOLDERS = ("People/*/*", "Unsorted/*")
HOURS = 2 * 3600.0  # seconds


class Calamity(ABC):
    """`comes` is called while the agent stands still; `passes` undoes it, also where it never came."""

    name: str

    @abstractmethod
    def comes(self) -> None: ...

    @abstractmethod
    def passes(self) -> None: ...


class FullDisk(Calamity):
    """Not a byte is left."""

    name = "full disk"

    def __init__(self, disk: Disk) -> None:
        self._disk = disk

    def comes(self) -> None:
        self._disk.fill()

    def passes(self) -> None:
        self._disk.free()


class NoGrowth(Calamity):
    """The system lets the agent make no file longer, as a quota that is used up does. `agent` answers its pid."""

    name = "no growth"

    def __init__(self, agent: Callable[[], int]) -> None:
        self._agent = agent

    def comes(self) -> None:
        self._limit(0)

    def passes(self) -> None:
        self._limit(resource.RLIM_INFINITY)

    def _limit(self, bytes: int) -> None:
        with suppress(ProcessLookupError):
            resource.prlimit(self._agent(), resource.RLIMIT_FSIZE, (bytes, resource.RLIM_INFINITY))


class ReadOnly(Calamity):
    """A folder of filed photos is mounted for reading alone."""

    name = "read-only"

    def __init__(self, root: Path, dice: random.Random) -> None:
        self._root, self._dice = root, dice
        self._over: Path | None = None

    def comes(self) -> None:
        there = [self._root / one for one in OUTPUTS if (self._root / one).is_dir()]
        if there:
            self._over = self._dice.choice(there)
            run("mount", "--bind", str(self._over), str(self._over))
            run("mount", "-o", "remount,bind,ro", str(self._over))

    def passes(self) -> None:
        if self._over is not None:
            run("umount", "-l", str(self._over))
            self._over = None


class NoRight(Calamity):
    """Somebody takes away the right to write to a folder of ours, or to read one where photos arrive."""

    name = "no right"

    def __init__(self, root: Path, dice: random.Random) -> None:
        self._root, self._dice = root, dice
        self._before: dict[Path, int] = {}

    def comes(self) -> None:
        folders = [self._root / one for one in (*OUTPUTS, "Incoming", ".venuesync")]
        chosen = self._dice.choice([one for one in folders if one.is_dir()])
        self._before[chosen] = chosen.stat().st_mode & 0o7777
        chosen.chmod(0 if chosen.name == "Incoming" else 0o500)

    def passes(self) -> None:
        for folder, mode in self._before.items():
            folder.chmod(mode)
        self._before.clear()


class Share:
    """A folder of another machine: `here` is where it is mounted. Without `mounts` it is moved here and away."""

    def __init__(self, folder: Path, *, mounts: bool) -> None:
        self.here, self._there, self._mounts = folder / "share", folder / "other machine", mounts
        for one in (self.here, self._there):
            one.mkdir()
        self.mount()

    def mount(self) -> None:
        if self._mounts:
            run("mount", "--bind", str(self._there), str(self.here))
        else:
            self.here.rmdir()
            self._there.rename(self.here)

    def unmount(self) -> None:
        if self._mounts:
            run("umount", "-l", str(self.here))
        else:
            self.here.rename(self._there)
            self.here.mkdir()


class VanishingShare(Calamity):
    """An empty folder is left where photos arrived."""

    name = "share gone"

    def __init__(self, share: Share) -> None:
        self._share = share
        self._gone = False

    def comes(self) -> None:
        self._share.unmount()
        self._gone = True

    def passes(self) -> None:
        if self._gone:
            self._share.mount()
            self._gone = False


class Link(Calamity):
    """A folder of ours is moved aside, and a link to a folder of somebody's own stands in its place."""

    name = "link"

    def __init__(self, root: Path, elsewhere: Path, dice: random.Random) -> None:
        self._root, self._elsewhere, self._dice = root, elsewhere, dice
        self._moved: Path | None = None
        elsewhere.mkdir()
        (elsewhere / "mine.txt").write_text("mine")

    @property
    def kept(self) -> Path:
        return self._elsewhere / "mine.txt"

    def comes(self) -> None:
        there = [one for pattern in FOLDERS for one in self._root.glob(pattern) if one.is_dir()]
        if there:
            self._moved = self._dice.choice(sorted(there))
            self._moved.rename(beside(self._moved))
            self._moved.symlink_to(self._elsewhere)

    def passes(self) -> None:
        if self._moved is None:
            return
        for link in self._links():  # its person may have got another name meanwhile, and their folder with it
            link.unlink()
            if beside(link).exists():
                beside(link).rename(link)
        if beside(self._moved).exists():
            beside(self._moved).rename(self._moved)
        self._moved = None
        strange = [one.name for one in self._elsewhere.iterdir() if one != self.kept]
        assert not strange, f"put through a link: {strange}"

    def _links(self) -> list[Path]:
        below = [one for pattern in (*FOLDERS, "People/*") for one in self._root.glob(pattern)]  # put where it belonged
        return [one for one in below if one.is_symlink() and one.readlink() == self._elsewhere]


def beside(folder: Path) -> Path:
    return folder.with_name(f"{folder.name} moved")


class ClockStep(Calamity):
    """The machine's clock is set by two hours, this way or that, and stays so."""

    name = "clock"

    def __init__(self, file: Path, dice: random.Random) -> None:
        self._file, self._dice = file, dice
        self._set(0.0)

    def comes(self) -> None:
        now = float(self._file.read_text())
        self._set(now + self._dice.choice((-HOURS, HOURS)))

    def passes(self) -> None:
        """It goes from there, right or wrong."""

    def _set(self, seconds: float) -> None:
        beside = self._file.with_name("offset.new")
        beside.write_text(str(seconds))
        beside.replace(self._file)


# ---- what holds for a whole life

ORDINARY = ["setpriv", "--bounding-set", "-dac_override,-dac_read_search"]  # root may write everywhere otherwise
FEW = 8  # folders whose changes the system tells us
FEW_WATCHES = ["unshare", "-U", "-r", "sh", "-c", f'echo {FEW} > /proc/sys/user/max_inotify_watches; exec "$@"', "sh"]


def few_watches() -> list[str]:
    """What an agent is started by that may watch a few folders only; nothing where that cannot be had here."""
    tried = [] if shutil.which("unshare") is None else [*FEW_WATCHES, "true"]
    with suppress(AssertionError):
        if tried:
            run(*tried)
            return FEW_WATCHES
    return []
