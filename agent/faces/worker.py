"""A face worker's process: `python -m agent.faces.worker --engine dlib-onnx --cache DIR`.

It reads requests as lines on standard input and answers each with a line on standard output, one photo at a time, its
models loaded once. A plain process and no `multiprocessing`: that imports the main module again, and fails inside a
running Textual app. When standard input closes, the agent has gone, and the process ends at once, mid-photo or not.
"""

from __future__ import annotations

import _thread
import argparse
import contextlib
import ctypes
import hashlib
import os
import queue
import random
import signal
import stat
import sys
import threading
import time
import traceback
from collections.abc import Generator, Mapping, Sequence
from pathlib import Path
from typing import Any

from agent.disk.atomic import PICTURE, open_given, read_given
from agent.faces.container import HEAD, is_played_elsewhere
from agent.faces.decode import ENOUGH_PIXELS, MOST_PIXELS, Picture, crop, crop_out, decode, likeness, middle, thumbnail
from agent.faces.detector import CLOSE_PIXELS
from agent.faces.engine import FaceEngine, load_engine
from agent.faces.formats import is_film
from agent.faces.quality import sharpness
from agent.faces.results import (
    EXPORT_ANEW,
    Area,
    Depth,
    Fault,
    FoundFace,
    LookError,
    Seen,
    error_message,
    from_line,
    seen_message,
    to_line,
    to_text,
)
from agent.faces.strip import frame_of, in_frame
from agent.model import Rendition

# Seconds of the processor that one photo may take: ten times what the slowest takes here, for slower machines. An
# iPhone's 12 megapixels (2 MB) are decoded in 1.3 here, a JPEG of 200 in 3; a crowd is looked at closely in 4.
READING, LOOKING = 30, 60
DECODING, DECODING_EACH, DECODING_MOST = 20, 4, 120  # and for each MB that there is
FILM = 120
HASHED = 256 << 20  # bytes of a video
NICE = 5  # of nice(2): by 10 a photo takes three times as long beside another program that has all cores
DOES_NOT_START = 3  # exit code, after the reason was announced
_PR_SET_PDEATHSIG = 1
_PR_SET_NO_NEW_PRIVS = 38
_FILES = 64  # descriptors
_MORE_TASKS = 256  # that this user may start besides: libde265 needs a thread, and a system counts all of a user's
_WRITTEN = 32 << 20  # bytes of any one file: the log is all that is written


def read_photo(path: Path) -> bytes:
    """Return a file's bytes; `LookError` for `MISSING`, `UNREADABLE` or `TOO_LARGE`."""
    with told_apart():
        facts = path.stat()
        if not stat.S_ISREG(facts.st_mode):  # opening a pipe would wait for ever
            raise LookError(Fault.UNREADABLE, "This is a folder or a device and no file", "Put a photo there")
        if facts.st_size > PICTURE:
            raise LookError(
                Fault.TOO_LARGE, f"The file has {facts.st_size / 1e9:.1f} GB; up to 1 are read", EXPORT_ANEW
            )
        return read_given(path, PICTURE)


@contextlib.contextmanager
def told_apart() -> Generator[None]:
    """What the system says of a file, as `LookError` for `MISSING` or `UNREADABLE`: no defect of what is in it."""
    try:
        yield
    except FileNotFoundError as error:
        raise LookError(Fault.MISSING, "There is no such file", "Put it back, or forget about it") from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise LookError(
            Fault.UNREADABLE,
            f"The file cannot be read: {str(reason).lower()}",
            "See that this user may read it, and that the disk or share it lies on is there",
        ) from error


def read_same(path: Path, sha256: str | None) -> tuple[bytes, str]:
    """The bytes and their SHA-256; `LookError` as above, and for `CHANGED` where another one was asked for."""
    data = read_photo(path)
    found = hashlib.sha256(data).hexdigest()
    if sha256 is not None and found != sha256:
        raise LookError(
            Fault.CHANGED,
            "The file is another one than when it was taken in",
            "Nothing to do: it is taken in again",
            found_sha256=found,
        )
    return data, found


def decoding(data: bytes) -> int:
    """Seconds that decoding may take: a large photo is work, a small file that is work is none."""
    return min(DECODING_MOST, DECODING + DECODING_EACH * (len(data) >> 20))


def watch_film(engine: FaceEngine, path: Path, sha256: str | None, depth: Depth) -> Seen:
    """Look at a video. It is read where frames are, and hashed only as far as that is quick: it may have gigabytes."""
    from agent.faces.video import watch  # most workers never see one

    start = time.perf_counter()
    allow_seconds(FILM)
    with told_apart(), open_given(path) as file:
        if os.fstat(file.fileno()).st_size <= HASHED:
            sha256 = read_same(path, sha256)[1]
        seen = watch(engine, file, depth)
    ms = {"total": (time.perf_counter() - start) * 1e3}
    taken = seen.taken
    when = (taken.text, taken.epoch) if taken else (None, None)
    size = seen.width, seen.height
    return Seen(sha256 or "", *size, "video", *when, seen.faces, seen.poster, ms, device=seen.device)


def sharpness_of(picture: Picture, people: Sequence[FoundFace]) -> float:
    """Of the largest face; without one -1 to 0, so that of a burst those with a face go before."""
    if people:
        return max(people, key=lambda one: one.box[2] - one.box[0]).sharpness
    return -1 / (1 + sharpness(middle(picture)))


def is_film_at(path: Path) -> bool:
    try:
        with open_given(path) as file:
            head = file.read(HEAD)
            return is_film(head) or is_played_elsewhere(head)
    except OSError:
        return False  # whoever reads it says why


def look(
    engine: FaceEngine, path: Path, sha256: str | None, depth: Depth = Depth.WHOLE, *, most_pixels: int = MOST_PIXELS
) -> Seen:
    """Read, hash, decode and look at one photo, all from the same bytes; `LookError` for every fault of the photo."""
    if is_film_at(path):
        return watch_film(engine, path, sha256, depth)
    start = time.perf_counter()
    allow_seconds(READING)
    data, found = read_same(path, sha256)
    read = time.perf_counter()
    allow_seconds(decoding(data))
    picture = decode(data, most_pixels=most_pixels, enough=CLOSE_PIXELS if depth is Depth.CLOSE else ENOUGH_PIXELS)
    decoded = time.perf_counter()
    allow_seconds(LOOKING)
    faces = depth is not Depth.NONE
    people = tuple(engine.look(picture, depth)) if faces else ()
    looked = time.perf_counter()
    small = thumbnail(picture)
    done = time.perf_counter()
    ms = {"read": read - start, "decode": decoded - read, "thumbnail": done - looked, "total": done - start}
    return Seen(
        sha256=found,
        width=picture.width,
        height=picture.height,
        mime=picture.mime,
        taken_at=picture.told.taken.text if picture.told.taken else None,
        taken_epoch=picture.told.taken.epoch if picture.told.taken else None,
        faces=people,
        thumbnail=small,
        ms={**{stage: took * 1e3 for stage, took in ms.items()}, **(engine.took if faces else {})},
        whole=not (faces and engine.stopped),
        likeness=likeness(picture),
        sharpness=sharpness_of(picture, people),
        device=picture.told.device,
        gps_at=picture.told.gps_at,
    )


def cut_out(path: Path, request: Mapping[str, Any]) -> bytes:
    """A face's picture out of a photo; `LookError` for every fault of the photo."""
    if is_film_at(path):
        return cut_out_of_film(path, request)
    allow_seconds(READING)
    data, _ = read_same(path, request["sha256"])
    allow_seconds(decoding(data))
    left, top, right, bottom = request["cut"]
    return crop(data, (left, top, right, bottom), request["side"])


def cut_out_of_film(path: Path, request: Mapping[str, Any]) -> bytes:
    """A face's picture out of the frame that it is in."""
    from agent.faces.video import opened, unreadable

    allow_seconds(FILM)
    with told_apart(), open_given(path) as file, opened(file) as film:
        first = film.frame(0)
        number = 0 if first is None else frame_of(request["cut"], first.width)
        picture = film.frame(number)
        if picture is None:
            raise unreadable("that frame is not there")
        return crop_out(picture, in_frame(request["cut"], picture.width), request["side"])


def made_smaller(path: Path, request: Mapping[str, Any], most_pixels: int) -> bytes:
    """A photo as the JPEG that was asked for; `LookError` for every fault of the photo."""
    from agent.faces.rendition import render  # most venues never ask

    allow_seconds(READING)
    data, _ = read_same(path, request["sha256"])
    allow_seconds(decoding(data) + LOOKING)
    blurred: list[Area] = [(left, top, right, bottom) for left, top, right, bottom in request["blurred"]]
    wanted = Rendition.named(request["rendition"])
    return render(data, wanted, request["watermark"], blurred, most_pixels=most_pixels)


def answer(engine: FaceEngine, request: Mapping[str, Any], most_pixels: int) -> dict[str, Any]:
    """Answer one request; never raises. What is no `LookError` is a fault of ours, and its trace goes to the log."""
    try:
        path = Path(request["path"])
        if "cut" in request:
            return {"id": request["id"], "ok": to_text(cut_out(path, request))}
        if "rendition" in request:
            return {"id": request["id"], "ok": to_text(made_smaller(path, request, most_pixels))}
        seen = look(engine, path, request["sha256"], Depth(request["depth"]), most_pixels=most_pixels)
        return {"id": request["id"], "ok": seen_message(seen)}
    except LookError as error:
        if not can_start_threads():  # not the photo's doing: a fresh worker has a fresh limit
            os._exit(1)
        fault = error
    except MemoryError:
        fault = LookError(Fault.TOO_LARGE, "The picture needs more memory than a worker may use", EXPORT_ANEW)
    except Exception as error:  # noqa: BLE001 - the boundary around one photo's work
        traceback.print_exc()
        fault = LookError(Fault.DAMAGED, f"Looking at the picture failed ({type(error).__name__})", EXPORT_ANEW)
    return {"id": request["id"], "error": error_message(fault)}


# ---- the process, tied to its parent, and bounded in what it may take: it decodes strangers' files
#
# Every tie here is a second one: the reader of standard input ends the process on any system, the death signal also
# while a library holds Python's lock.


def end_with_parent() -> None:
    """On Linux, have the kernel kill this process when the thread that started it ends."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def limit_memory(most: int) -> None:
    """Let no allocation pass `most` bytes of address space; where a system has no such limit, go without.

    RLIMIT_AS and not RLIMIT_DATA: a worker's libraries map 0.45 GB in all, so that 3 GB leave room for 200 megapixels.
    """
    if sys.platform == "win32":
        return
    import resource

    _soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    try:
        resource.setrlimit(resource.RLIMIT_AS, (most, hard))
    except (ValueError, OSError):  # macOS; or the hard limit is lower, which serves as well
        return


def confine() -> None:
    """From now on: no more rights than there are, few further processes and files, no large file, no core dump.

    To be called when everything is loaded. What a system does not know, or does not let us limit, is left out: root may
    start processes all the same.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    if sys.platform == "win32":
        return
    import resource

    for kind, most in (
        (resource.RLIMIT_CORE, 0),  # it would hold faces
        (resource.RLIMIT_NOFILE, _FILES),
        (resource.RLIMIT_FSIZE, _WRITTEN),
    ):
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(kind, (most, most))
    before = resource.getrlimit(resource.RLIMIT_NPROC)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NPROC, (_tasks_of_user() + _MORE_TASKS, before[1]))
    if not can_start_threads():  # in a container, where others' processes are counted and not seen
        resource.setrlimit(resource.RLIMIT_NPROC, before)


def _tasks_of_user() -> int:
    """Processes and threads that this user runs, as Linux counts them; 0 where that is not told."""
    found = 0
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if process.stat().st_uid == os.getuid():
                found += sum(1 for _ in (process / "task").iterdir())
    return found


def can_start_threads() -> bool:
    """Whether the limit has been reached meanwhile, by whatever else this user has started."""
    try:
        _thread.start_new_thread(int, ())
    except RuntimeError:
        return False
    return True


def allow_seconds(seconds: int) -> None:
    """Let this process use so much more of the processor; after that the kernel ends it (SIGXCPU)."""
    if sys.platform == "win32":
        return
    import resource

    used = resource.getrusage(resource.RUSAGE_SELF)
    _soft, hard = resource.getrlimit(resource.RLIMIT_CPU)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime) + 1 + seconds, hard))


def step_back() -> None:
    """Give way to the agent and the screen; costs nothing on a core that is free.

    Linux shares a core among sessions before it looks at their processes (sched(7), *autogroup*), and this is a session
    of its own: so that steps back, too.
    """
    if hasattr(os, "nice"):
        os.nice(NICE)
    with contextlib.suppress(OSError):
        session = os.open("/proc/self/autogroup", os.O_WRONLY)  # while it may be opened
        threading.Thread(target=_step_back_with_session, args=(session,), daemon=True).start()


def _step_back_with_session(session: int) -> None:
    """Of one session in a tenth of a second the system hears it, whoever's they are; of all others it says: again."""
    with contextlib.suppress(OSError):
        for _ in range(100):
            with contextlib.suppress(BlockingIOError):
                os.write(session, str(NICE).encode())
                break
            time.sleep(random.uniform(0.1, 0.3))
    os.close(session)


def private_output() -> int:
    """Keep standard output for ourselves: return its descriptor, and point 1 at 2, whatever a C library may print."""
    own = os.dup(1)
    os.dup2(2, 1)
    return own


def give_memory_back() -> None:
    """Return freed memory to the system, where the C library keeps it (glibc): 36 MB after loading the models."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


def _requests() -> queue.SimpleQueue[bytes]:
    """Read standard input in a thread of its own, which ends the process when there is no more to come."""
    lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()

    def read() -> None:
        for line in sys.stdin.buffer:
            lines.put(line)
        os._exit(0)  # not sys.exit: that would wait for the photo in hand

    threading.Thread(target=read, name="requests", daemon=True).start()
    return lines


def _next(requests: queue.SimpleQueue[bytes]) -> bytes:
    """Wait for the next request; after a second without one, do so in as little memory as possible."""
    try:
        return requests.get(timeout=1.0)
    except queue.Empty:
        give_memory_back()
        return requests.get()


def _write(descriptor: int, message: Mapping[str, Any]) -> None:
    line = memoryview(to_line(message))
    try:
        while line:
            line = line[os.write(descriptor, line) :]
    except BrokenPipeError:
        os._exit(0)


def _arguments(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="agent.faces.worker")
    parser.add_argument("--engine", required=True)
    parser.add_argument("--cache", required=True, type=Path)
    parser.add_argument("--memory", type=int, default=3 << 30, help="bytes of address space")
    parser.add_argument("--most-pixels", type=int, default=MOST_PIXELS)
    return parser.parse_args(words)


def main(words: Sequence[str] | None = None) -> int:
    end_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the agent's to understand
    output = private_output()
    asked = _arguments(words)
    requests = _requests()
    limit_memory(asked.memory)
    step_back()
    try:
        engine = load_engine(asked.engine, asked.cache)
    except LookError as error:
        _write(output, {"ready": False, "error": error_message(error)})
        return DOES_NOT_START
    confine()
    _write(output, {"ready": True, "engine": engine.name, "version": engine.version, "dimensions": engine.dimensions})
    while True:
        _write(output, answer(engine, from_line(_next(requests)), asked.most_pixels))


if __name__ == "__main__":
    code = main()
    sys.stderr.flush()
    os._exit(code)  # an ordinary exit fails over the thread that still waits for standard input
