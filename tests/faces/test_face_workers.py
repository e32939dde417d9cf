"""Looking at photos in worker processes: what is asked is answered, and a worker takes at most its photo along."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from agent.faces.results import Depth, Fault, LookError, Seen
from agent.faces.workers import FaceWorkers
from tests.patience import latest


@pytest.fixture
async def workers(cache: Path, tmp_path: Path) -> AsyncIterator[FaceWorkers]:
    async with FaceWorkers(1, "dlib-onnx", cache, tmp_path / "workers.log", time_limit=20) as one:
        await one.warm()
        yield one


async def until(true: Callable[[], bool], seconds: float = 10) -> None:
    end = latest(seconds)
    while not true():
        assert time.monotonic() < end, "waited too long"
        await asyncio.sleep(0.01)


async def kill_all_but(spared: int, workers: FaceWorkers, end: asyncio.Task[Seen]) -> None:
    while not end.done():
        for pid in set(workers.pids) - {spared}:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        await asyncio.sleep(0.01)


async def fault(look: Awaitable[object]) -> LookError:
    with pytest.raises(LookError) as caught:
        await look
    return caught.value


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return Path(f"/proc/{pid}/stat").read_text().split()[2] == "Z" if Path("/proc").is_dir() else False


@pytest.mark.slow
async def test_a_photo_is_seen(workers: FaceWorkers, two_guests: Path) -> None:
    data = two_guests.read_bytes()
    digest = hashlib.sha256(data).hexdigest()
    seen = await workers.look(two_guests, digest)
    assert (seen.sha256, seen.width, seen.height, seen.mime) == (digest, 900, 500, "image/jpeg")
    assert (seen.taken_at, seen.taken_epoch) == (None, None)
    assert [face.encoding.shape for face in seen.faces] == [(128,), (128,)]
    assert seen.faces[0].encoding.dtype == np.float32
    assert np.linalg.norm(seen.faces[0].encoding - seen.faces[1].encoding) > 0.6
    assert Image.open(BytesIO(seen.thumbnail)).size == (320, 178)
    assert set(seen.ms) == {"read", "decode", "detect", "encode", "thumbnail", "total"}
    assert workers.version is not None
    assert workers.version.startswith("1-")


@pytest.mark.slow
async def test_without_faces_only_the_pictures_own_facts(workers: FaceWorkers, two_guests: Path) -> None:
    seen = await workers.look(two_guests, depth=Depth.NONE)
    assert seen.faces == ()
    assert seen.thumbnail
    assert "detect" not in seen.ms


@pytest.mark.slow
async def test_a_fresh_worker_knows_every_format(workers: FaceWorkers, one_guest: Path, tmp_path: Path) -> None:
    """In a process where nothing else has loaded Pillow's plugins."""
    import pillow_heif

    pillow_heif.register_heif_opener()
    image = Image.open(one_guest).resize((200, 200))
    for form, ending in (
        *(("JPEG", "jpg"), ("MPO", "jpg"), ("PNG", "png"), ("WEBP", "webp"), ("TIFF", "tif"), ("GIF", "gif")),
        *(("BMP", "bmp"), ("HEIF", "heic"), ("AVIF", "avif")),
    ):
        photo = tmp_path / f"{form}.{ending}"
        image.save(photo, form)
        assert len((await workers.look(photo)).faces) == 1, form


@pytest.mark.slow
async def test_every_fault_is_told_and_the_worker_lives_on(
    workers: FaceWorkers, two_guests: Path, tmp_path: Path
) -> None:
    (pid,) = workers.pids
    cut = tmp_path / "cut.jpg"
    cut.write_bytes(two_guests.read_bytes()[:20_000])
    assert (await fault(workers.look(cut))).fault is Fault.CUT_SHORT
    assert (await fault(workers.look(tmp_path / "none.jpg"))).fault is Fault.MISSING
    assert (await fault(workers.look(tmp_path))).fault is Fault.UNREADABLE
    changed = await fault(workers.look(two_guests, "0" * 64))
    assert changed.fault is Fault.CHANGED
    assert changed.found_sha256 == hashlib.sha256(two_guests.read_bytes()).hexdigest()
    assert not changed.photos_own
    assert len((await workers.look(two_guests)).faces) == 2
    assert workers.pids == [pid]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
async def test_a_pipe_is_no_photo_to_wait_for(workers: FaceWorkers, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")
    assert (await fault(workers.look(tmp_path / "pipe.jpg"))).fault is Fault.UNREADABLE


@pytest.mark.slow
async def test_any_name_a_system_allows(workers: FaceWorkers, one_guest: Path, tmp_path: Path) -> None:
    for name in ("Ana [/b] Silva\n2.jpg", "עברית.jpg", os.fsdecode(b"caf\xe9.jpg")):
        photo = tmp_path / name
        try:
            photo.write_bytes(one_guest.read_bytes())
        except OSError:
            continue  # this system does not allow it
        assert len((await workers.look(photo)).faces) == 1


@pytest.mark.slow
async def test_a_picture_beyond_the_memory_limit_fails_alone(cache: Path, tmp_path: Path, one_guest: Path) -> None:
    large = tmp_path / "large.png"
    Image.new("P", (11_000, 10_000)).save(large, compress_level=1)
    async with FaceWorkers(1, "dlib-onnx", cache, tmp_path / "log", memory_limit=700 << 20) as workers:
        assert (await fault(workers.look(large))).fault is Fault.TOO_LARGE
        (pid,) = workers.pids
        assert len((await workers.look(one_guest)).faces) == 1
        assert workers.pids == [pid]


async def test_the_limit_of_pixels_is_handed_on(cache: Path, tmp_path: Path, one_guest: Path) -> None:
    async with FaceWorkers(1, "dlib-onnx", cache, tmp_path / "log", most_pixels=249_999) as workers:
        error = await fault(workers.look(one_guest))
        assert error.fault is Fault.TOO_LARGE
        assert "500 x 500" in error.detail


@pytest.mark.slow
async def test_several_at_once_each_with_its_own_answer(
    cache: Path, tmp_path: Path, one_guest: Path, two_guests: Path
) -> None:
    async with FaceWorkers(2, "dlib-onnx", cache, tmp_path / "log") as workers:
        assert workers.pids == []  # started when needed
        asked = [one_guest, two_guests] * 4
        looks = [asyncio.create_task(workers.look(photo)) for photo in asked]
        await until(lambda: workers.busy == 2)
        assert workers.waiting == 6
        seen = await asyncio.gather(*looks)
        assert [len(each.faces) for each in seen] == [1, 2] * 4
        assert (workers.busy, workers.waiting, len(workers.pids)) == (0, 0, 2)


@pytest.mark.slow
async def test_first_come_first_served(workers: FaceWorkers, one_guest: Path) -> None:
    order: list[int] = []

    async def look(number: int) -> None:
        await workers.look(one_guest, depth=Depth.NONE)
        order.append(number)
        if number < 3:
            await asyncio.gather(look(number + 10))

    await asyncio.gather(*(look(number) for number in range(6)))
    assert order == [0, 1, 2, 3, 4, 5, 10, 11, 12]


@pytest.mark.slow
async def test_a_running_worker_is_asked_before_another_is_started(
    cache: Path, tmp_path: Path, one_guest: Path
) -> None:
    async with FaceWorkers(3, "dlib-onnx", cache, tmp_path / "log") as workers:
        for _ in range(3):
            await workers.look(one_guest)
        assert len(workers.pids) == 1


@pytest.mark.slow
async def test_killed_in_the_middle_the_photo_is_looked_at_by_the_next(workers: FaceWorkers, one_guest: Path) -> None:
    (pid,) = workers.pids
    os.kill(pid, signal.SIGSTOP)  # holds the photo in its hand
    look = asyncio.create_task(workers.look(one_guest))
    await asyncio.sleep(0.2)
    os.kill(pid, signal.SIGKILL)
    assert len((await look).faces) == 1
    assert workers.pids != [pid]
    assert gone(pid)


@pytest.mark.slow
async def test_the_second_death_is_the_photos_and_others_go_on(
    cache: Path, tmp_path: Path, one_guest: Path, two_guests: Path
) -> None:
    deadly = tmp_path / "deadly.jpg"
    deadly.symlink_to(two_guests)
    async with FaceWorkers(2, "dlib-onnx", cache, tmp_path / "log") as workers:
        await workers.warm()
        fated, other = workers.pids
        os.kill(fated, signal.SIGSTOP)
        os.kill(other, signal.SIGSTOP)
        first = asyncio.create_task(workers.look(deadly))
        await until(lambda: workers.busy == 1)
        os.kill(other, signal.SIGCONT)
        os.kill(fated, signal.SIGKILL)
        killing = asyncio.create_task(kill_all_but(other, workers, first))  # each before it can look
        while not first.done():
            seen = await workers.look(one_guest)  # by the other one
            assert len(seen.faces) == 1
        await killing
        error = await fault(first)
        assert error.fault is Fault.WORKER_DIED
        assert "signal 9" in error.detail
        assert error.photos_own
        assert other in workers.pids
        assert len((await workers.look(one_guest)).faces) == 1


@pytest.mark.slow
async def test_past_its_time_a_worker_is_killed_and_the_photo_tried_again(
    cache: Path, tmp_path: Path, one_guest: Path
) -> None:
    async with FaceWorkers(1, "dlib-onnx", cache, tmp_path / "log", time_limit=2) as workers:
        await workers.warm()
        (pid,) = workers.pids
        os.kill(pid, signal.SIGSTOP)
        assert len((await workers.look(one_guest)).faces) == 1
        assert gone(pid)


@pytest.mark.slow
async def test_past_its_time_twice_is_said_so(cache: Path, tmp_path: Path, one_guest: Path) -> None:
    async with FaceWorkers(1, "dlib-onnx", cache, tmp_path / "log", time_limit=0.001) as workers:
        error = await fault(workers.look(one_guest))
        assert error.fault is Fault.WORKER_DIED
        assert "took longer than 0.001 seconds" in error.detail


@pytest.mark.slow
async def test_a_look_given_up_disturbs_no_other(workers: FaceWorkers, one_guest: Path, two_guests: Path) -> None:
    (pid,) = workers.pids
    given_up = asyncio.create_task(workers.look(two_guests))
    waiting = asyncio.create_task(workers.look(two_guests))
    await until(lambda: workers.busy == 1 and workers.waiting == 1)
    given_up.cancel()
    waiting.cancel()
    assert len((await workers.look(one_guest)).faces) == 1
    assert workers.pids == [pid]
    assert given_up.cancelled()
    assert waiting.cancelled()
    assert (workers.busy, workers.waiting) == (0, 0)


@pytest.mark.slow
async def test_closing_ends_everything_within_two_seconds(cache: Path, tmp_path: Path, one_guest: Path) -> None:
    workers = FaceWorkers(2, "dlib-onnx", cache, tmp_path / "log")
    await workers.warm()
    pids = workers.pids
    os.kill(pids[0], signal.SIGSTOP)
    looks = [asyncio.create_task(workers.look(one_guest)) for _ in range(6)]
    await until(lambda: workers.busy == 2)
    end = latest(2)
    await workers.close()
    assert time.monotonic() < end
    assert all(gone(pid) for pid in pids)
    results = await asyncio.gather(*looks, return_exceptions=True)
    kinds = {result.fault for result in results if isinstance(result, LookError)}
    assert kinds == {Fault.CLOSED}
    assert (await fault(workers.look(one_guest))).fault is Fault.CLOSED
    assert (await fault(workers.warm())).fault is Fault.CLOSED


async def test_closing_while_workers_start_leaves_none(cache: Path, tmp_path: Path, one_guest: Path) -> None:
    workers = FaceWorkers(2, "dlib-onnx", cache, tmp_path / "log")
    warming = asyncio.create_task(workers.warm())
    await asyncio.sleep(0.15)
    look = asyncio.create_task(workers.look(one_guest))
    await asyncio.sleep(0)
    await workers.close()
    for task in (warming, look):
        assert (await fault(task)).fault is Fault.CLOSED
    assert workers.pids == []


async def test_an_engine_that_lacks_something_says_what_and_waits_longer_each_time(
    cache: Path, tmp_path: Path, one_guest: Path
) -> None:
    async with FaceWorkers(1, "no-such-engine", cache, tmp_path / "log") as workers:
        start = time.monotonic()
        for _ in range(2):
            error = await fault(workers.look(one_guest))
            assert error.fault is Fault.ENGINE
            assert "no-such-engine" in error.detail
            assert "dlib-onnx" in error.remedy
            assert not error.photos_own
        assert time.monotonic() - start > 0.5
        assert workers.pids == []


async def test_a_worker_that_ends_without_a_word_is_reported_with_its_log(
    cache: Path, tmp_path: Path, one_guest: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agent.faces.workers._FIRST_PAUSE", 0.05)
    async with FaceWorkers(1, "dlib-onnx", cache, tmp_path / "log", start_limit=0.01) as workers:
        error = await fault(workers.look(one_guest))
        assert error.fault is Fault.ENGINE
        assert "does not start: it took longer than 0.01 seconds" in error.detail
        assert str(tmp_path / "log") in error.remedy


@pytest.mark.slow
async def test_inside_a_running_textual_app(cache: Path, tmp_path: Path, two_guests: Path) -> None:
    from textual.app import App

    class Screen(App[None]):
        found = 0

        async def on_mount(self) -> None:
            async with FaceWorkers(1, "dlib-onnx", cache, tmp_path / "log") as workers:
                self.found = len((await workers.look(two_guests)).faces)
            self.exit()

    app = Screen()
    async with app.run_test() as pilot:
        await until(lambda: app.found > 0)
        await pilot.pause()
    assert app.found == 2
