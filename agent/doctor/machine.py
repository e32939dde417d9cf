"""This machine: Python and what photos are examined with, the processor, the disk with its speed, what it may watch."""

from __future__ import annotations

import asyncio
import os
import platform
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

from agent import __version__
from agent.disk.atomic import free_bytes
from agent.doctor.findings import Finding, ok, problem, warning
from agent.drive.files import size
from agent.errors import VenueError
from agent.faces.dask_cluster import MEANWHILE, DaskCluster, another_engine
from agent.faces.models import engine_id
from agent.filing.router import LOW_BELOW
from agent.jobs.awake import refusal, ways
from agent.ledger.counts import plural

NAME = re.compile(r"[A-Za-z0-9._-]+")
EXAMINES = "dlib, onnxruntime, numpy, simplejpeg, PIL, pillow_heif, av"  # what a face worker loads
LOADED_IN = 3.5  # seconds
FAST = {"avx2", "asimd"}  # what makes the encoder's arithmetic fast on Intel and AMD, and on ARM
SAMPLE = 4 << 20  # bytes written to the disk and gone again
SLOW = 5 << 20  # bytes a second, synced: below that the disk is what photos wait for
ASKED_IN = 1.0  # seconds
SYSTEMD = Path("/run/systemd/system")  # is there where it started the machine (sd_booted(3)), and puts it to sleep
SAME = "Install the version of venuesync there that is here"
INSTALL = "Install it again: make setup, or pip install --force-reinstall venuesync"


def python() -> Iterator[Finding]:
    """The newest Python that is not good enough is 3.10: pip would not install for it."""
    running = f"Python {platform.python_version()}, venuesync {__version__}, {platform.system()} {platform.release()}"
    missing = [name for name in _required() if not _installed(name)]
    if missing:
        yield problem("python", f"{running}: {', '.join(missing)} not installed", INSTALL)
    else:
        yield ok("python", running)


def _required() -> list[str]:
    """The libraries of every installation, without the extras; none where it runs from its sources alone."""
    try:
        wanted = requires("venuesync") or []
    except PackageNotFoundError:
        return []
    return [found[0] for one in wanted if "extra ==" not in one and (found := NAME.match(one))]


def _installed(name: str) -> bool:
    try:
        version(name)
    except PackageNotFoundError:
        return False
    return True


def libraries() -> Iterator[Finding]:
    """Loaded in a process of their own: one that this processor cannot run ends by a signal."""
    command = [sys.executable, "-P", "-c", f"import {EXAMINES}"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=LOADED_IN, check=False)  # noqa: S603
    except subprocess.TimeoutExpired:
        detail = f"{EXAMINES} were not loaded within {LOADED_IN:g} s"
        yield warning("libraries", detail, "See what keeps the machine busy: each photo would take long, too")
        return
    if done.returncode == 0:
        yield ok("libraries", f"{EXAMINES} can be loaded")
    elif done.returncode < 0:
        detail = f"loading {EXAMINES} ended by signal {-done.returncode}: this processor cannot run one of them"
        yield problem("libraries", detail, "Use another machine, or builds of these libraries for this processor")
    else:
        yield problem("libraries", (done.stderr.strip().splitlines() or [""])[-1], INSTALL)


def processor(workers: int | None) -> Iterator[Finding]:
    """`workers`: how many processes are to examine photos."""
    cores, flags = os.cpu_count() or 1, _flags()
    what = f"{platform.machine()}, {cores} cores"
    if workers is not None and workers > 2 * cores:
        remedy = f"Set faces.workers to {cores}, or leave it out"
        yield warning("processor", f"{what} for {workers} processes that examine photos", remedy)
    elif flags and not flags & FAST:
        yield warning(
            "processor",
            f"{what}, without {' or '.join(sorted(FAST))}: photos take several times as long",
            "Use another machine for large events",
        )
    else:
        yield ok("processor", f"{what}{''.join(f', {one}' for one in sorted(flags & FAST))}")


def _flags() -> set[str]:
    """What the processor can do, by Linux's names; empty where the system does not tell."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return set()
    return {word for line in lines if line.startswith(("flags", "Features")) for word in line.partition(":")[2].split()}


def cluster(executor: str, certificates: Path, engine: str) -> Iterator[Finding]:
    """Other machines that look at photos: whether they can be asked, and how many photos at once."""
    there = DaskCluster(executor, certificates, engine, lambda: None)
    try:
        machines = asyncio.run(there.machines())
    except VenueError as error:
        yield problem("cluster", error.detail, error.remedy)
        return
    own = engine_id(engine).rpartition(" ")[2]
    at_once = [number for _, number, engine_there in machines if engine_there == own]
    if at_once:
        photos = f"{sum(at_once)} at once, on {plural(len(at_once), 'machine')}"
        yield ok("cluster", f"photos travel to {executor}: {photos}")
    for address, _, engine_there in machines:
        if engine_there != own:
            yield warning("cluster", f"{address}: {another_engine(engine_there, own)}", SAME)
    if not machines:
        yield warning("cluster", f"{executor}: no machine is ready", f"Start a Dask worker: {MEANWHILE}")


def disk(folder: Path, keep_free: int) -> Iterator[Finding]:
    """Room and speed where everything is filed. The speed is that of a file without a name, which nobody ever sees."""
    free = free_bytes(folder)
    room = f"{size(free)} free at {folder}"
    if free <= max(keep_free, SAMPLE):
        remedy = f"Make room: filing waits below {size(keep_free)} (disk.keep_free)"
        yield problem("disk", room, remedy)
        return
    pace = SAMPLE / max(_seconds_to_write(folder), 1e-6)
    told = f"{room}, {size(int(pace))}/s written and synced"
    if free < LOW_BELOW:
        yield warning("disk", told, f"Make room: filing waits below {size(keep_free)} (disk.keep_free)")
    elif pace < SLOW:
        yield warning("disk", told, "Use a faster disk, or see what else writes to it")
    else:
        yield ok("disk", told)


def _seconds_to_write(folder: Path) -> float:
    with tempfile.TemporaryFile(dir=folder) as file:
        began = time.monotonic()
        file.write(os.urandom(SAMPLE))
        file.flush()
        os.fsync(file.fileno())
        return time.monotonic() - began


def sleep(stay_awake: bool) -> Iterator[Finding]:
    """Whether this machine can be held awake while photos wait."""
    if not stay_awake:
        yield ok("sleep", "this machine may sleep while photos wait (power.stay_awake = false)")
        return
    refused = "neither systemd-inhibit nor caffeinate is here"
    for way in ways():
        refused = refusal(way, ASKED_IN) or ""
        if not refused:
            yield ok("sleep", f"held off by {' '.join(way[:2])} while photos wait; closing the lid is not")
            return
    told = f"this machine cannot be held awake while photos wait: {refused}"
    if SYSTEMD.exists() or sys.platform == "darwin":
        yield warning("sleep", told, "Have it never sleep by its settings, or stay beside it until all is safe")
    else:
        yield ok("sleep", told)


# ---- what the system tells of changes in folders

LIMITS = {  # the system's, and those of this user's own name space, which may be lower
    "watches": ("/proc/sys/fs/inotify/max_user_watches", "/proc/sys/user/max_inotify_watches"),
    "instances": ("/proc/sys/fs/inotify/max_user_instances", "/proc/sys/user/max_inotify_instances"),
}
FEW_INSTANCES = 8  # an agent takes a handful, and shares them with everything else of this user
COUNTED = 200_000  # folders; there are no more watches than that on most machines


def watches(folders: list[Path]) -> Iterator[Finding]:
    """Whether all folders below these can be watched, so that a photo is seen at once."""
    allowed, instances = _limit("watches"), _limit("instances")
    if allowed is None:
        yield ok("watches", "this system sets no limit to the folders that it watches")
        return
    there = sum(_folders_below(str(folder)) for folder in folders)
    told = f"{plural(there, 'folder')} to watch, {allowed:,} allowed"
    late = "so photos in the others are found within seconds, not at once"
    if there > allowed:
        wanted = max(1_048_576, 2 * there)
        yield problem("watches", f"{told}, {late}", f"Run: sudo sysctl fs.inotify.max_user_watches={wanted}")
    elif instances is not None and instances < FEW_INSTANCES:
        detail = f"{told}, by {instances} watchers at most for all programs of this user"
        yield problem("watches", detail, "Run: sudo sysctl fs.inotify.max_user_instances=1024")
    elif 2 * there > allowed:
        remedy = f"Run: sudo sysctl fs.inotify.max_user_watches={max(1_048_576, 4 * there)}"
        yield warning("watches", f"{told}, and other programs watch folders, too", remedy)
    else:
        yield ok("watches", told)


def _limit(what: str) -> int | None:
    found: list[int] = []
    for path in LIMITS[what]:
        try:
            found.append(int(Path(path).read_text()))
        except (OSError, ValueError):
            continue
    return min(found, default=None)


def _folders_below(root: str) -> int:
    """Itself with them; links lead elsewhere, and are not followed."""
    found, pending = 0, [root]
    while pending and found < COUNTED:
        try:
            with os.scandir(pending.pop()) as entries:
                pending += [one.path for one in entries if one.is_dir(follow_symlinks=False)]
                found += 1
        except OSError:
            continue
    return found
