"""One pace for all calls of an account: found by success, halved by Google's word, folders before bytes."""

import asyncio
import time

import pytest

from agent.drive import reasons
from agent.drive.errors import from_row
from agent.drive.limiter import CALM, SMALLEST, Bandwidth, Limiter, Priority
from tests.patience import within


async def hold(limiter: Limiter, priority: Priority, release: asyncio.Event, began: list[Priority]) -> None:
    async with limiter.slot(priority):
        began.append(priority)
        await release.wait()


async def test_at_most_eight_photos_at_once_at_first() -> None:
    limiter, release, began = Limiter(), asyncio.Event(), []
    tasks = [asyncio.create_task(hold(limiter, Priority.BYTES, release, began)) for _ in range(20)]
    await asyncio.sleep(0.01)
    assert (len(began), limiter.in_flight, limiter.waiting) == (8, 8, 12)
    release.set()
    await asyncio.gather(*tasks)
    assert limiter.in_flight == 0


async def test_a_folder_never_waits_for_a_photos_last_byte() -> None:
    limiter, release, began = Limiter(), asyncio.Event(), []
    tasks = [asyncio.create_task(hold(limiter, Priority.BYTES, release, began)) for _ in range(20)]
    await asyncio.sleep(0)
    tasks += [asyncio.create_task(hold(limiter, Priority.SMALL, release, began)) for _ in range(6)]
    await asyncio.sleep(0.01)
    assert began.count(Priority.SMALL) == 4  # half as many more than the limit
    release.set()
    await asyncio.gather(*tasks)


async def test_small_calls_that_wait_go_before_bytes_that_wait() -> None:
    limiter, release, began = Limiter(start=1), asyncio.Event(), []
    first = asyncio.create_task(hold(limiter, Priority.SMALL, asyncio.Event(), []))
    second = asyncio.create_task(hold(limiter, Priority.SMALL, release, []))
    await asyncio.sleep(0)
    done = asyncio.Event()
    done.set()
    tasks = [asyncio.create_task(hold(limiter, Priority.BYTES, done, began)) for _ in range(3)]
    await asyncio.sleep(0)
    tasks += [asyncio.create_task(hold(limiter, Priority.SMALL, done, began)) for _ in range(3)]
    await asyncio.sleep(0.01)
    assert began == []
    first.cancel()
    release.set()
    await asyncio.gather(*tasks, second)
    assert began == [Priority.SMALL] * 3 + [Priority.BYTES] * 3


async def test_it_grows_by_one_after_twenty_successes_up_to_its_maximum() -> None:
    limiter = Limiter(maximum=10)
    for _ in range(20):
        async with limiter.slot(Priority.SMALL):
            pass
    assert limiter.limit == 9
    for _ in range(200):
        async with limiter.slot(Priority.BYTES):
            pass
    assert limiter.limit == 10


async def test_a_burst_of_rate_answers_halves_it_once() -> None:
    limiter = Limiter()

    async def refused() -> None:
        async with limiter.slot(Priority.BYTES):
            await asyncio.sleep(0.01)
            raise from_row(reasons.RATE, retry_after=0.05)

    await asyncio.gather(*(refused() for _ in range(8)), return_exceptions=True)
    assert limiter.limit == 4
    await asyncio.gather(*(refused() for _ in range(4)), return_exceptions=True)
    assert limiter.limit == 2
    for _ in range(4):
        await asyncio.gather(refused(), return_exceptions=True)
    assert limiter.limit == 1


async def test_retry_after_is_kept_by_everybody() -> None:
    limiter = Limiter()
    began = time.monotonic()
    assert limiter.refused(0.2) == pytest.approx(0.2, abs=0.01)
    assert limiter.pause_left > 0

    async def one(priority: Priority) -> float:
        async with limiter.slot(priority):
            return time.monotonic() - began

    waits = await asyncio.gather(*(one(priority) for priority in (Priority.SMALL, Priority.BYTES) for _ in range(3)))
    assert min(waits) >= 0.19
    assert max(waits) < 2
    assert limiter.pause_left == 0


def test_no_pause_is_longer_than_half_an_hour() -> None:
    """Whoever answers in Drive's place may ask for a day, and nothing would be sent for it."""
    assert Limiter().refused(86_400.0) == pytest.approx(1800, abs=1)


async def test_pauses_grow_without_retry_after_and_begin_anew_after_a_success() -> None:
    now = [0.0]
    limiter = Limiter(clock=lambda: now[0])
    longest = 0.0
    for number in range(12):
        pause = limiter.refused(None)
        assert pause <= min(64.0, 2.0**number)
        longest = max(longest, pause)
        now[0] += pause + 0.01
    assert longest > 1
    limiter.succeeded(now[0])
    assert limiter.refused(None) <= 1.0


async def test_the_error_tells_how_long_the_pause_is() -> None:
    limiter = Limiter()
    error = from_row(reasons.RATE)
    with pytest.raises(type(error)):
        async with limiter.slot(Priority.SMALL):
            raise error
    assert error.retry_after is not None
    assert 0 <= error.retry_after <= 1


async def test_other_troubles_do_not_slow_anybody_down() -> None:
    limiter = Limiter()
    for row in (reasons.SLOW, reasons.NO_INTERNET, reasons.ID_TAKEN):
        with pytest.raises(Exception):  # noqa: B017
            async with limiter.slot(Priority.SMALL):
                raise from_row(row)
    assert (limiter.limit, limiter.in_flight, limiter.pause_left) == (8, 0, 0)


async def test_whoever_is_cancelled_while_waiting_leaves_no_gap() -> None:
    limiter, release, began = Limiter(start=1), asyncio.Event(), []
    holder = asyncio.create_task(hold(limiter, Priority.BYTES, release, []))
    await asyncio.sleep(0)
    tasks = [asyncio.create_task(hold(limiter, Priority.BYTES, release, began)) for _ in range(5)]
    await asyncio.sleep(0)
    for task in tasks[:3]:
        task.cancel()
    release.set()
    tasks[3].cancel()  # perhaps just admitted
    async with within(1):
        await asyncio.gather(holder, *tasks, return_exceptions=True)
    assert began == [Priority.BYTES]
    assert (limiter.in_flight, limiter.waiting) == (0, 0)


async def test_bandwidth_is_an_exact_average_for_all_together() -> None:
    limit = Bandwidth(8.0)  # 1 MB/s
    assert limit.piece == 100_000
    began = time.monotonic()

    async def take() -> None:
        for _ in range(5):
            await limit.take(20_000)

    await asyncio.gather(*(take() for _ in range(4)))
    assert 0.35 <= time.monotonic() - began <= 3.0  # 400 kB, of which nothing was saved up


async def test_bandwidth_without_a_limit_never_waits_and_a_slow_one_takes_small_pieces() -> None:
    free = Bandwidth()
    async with within(0.1):
        for _ in range(1000):
            await free.take(10**9)
    assert Bandwidth(0.1).piece == SMALLEST


async def test_lifting_the_limit_frees_who_waits() -> None:
    limit = Bandwidth(0.001)
    waiting = asyncio.create_task(limit.take(10**6))
    await asyncio.sleep(0.02)
    limit.set_limit(0)
    async with within(0.2):
        await waiting


async def test_more_go_where_the_line_wants_it_until_drive_asks_for_less() -> None:
    now = 1000.0
    limiter, release, began = Limiter(clock=lambda: now), asyncio.Event(), []
    tasks = [asyncio.create_task(hold(limiter, Priority.BYTES, release, began)) for _ in range(40)]
    await asyncio.sleep(0.01)
    assert limiter.widen(24)
    await asyncio.sleep(0.01)
    assert (len(began), limiter.limit) == (32, 32)
    limiter.refused(0.0)
    assert limiter.limit == 4
    assert not limiter.widen(24)
    assert limiter.limit == 4
    now += CALM
    assert limiter.widen(24)
    assert limiter.limit == 28
    assert limiter.widen(0)
    assert limiter.limit == 4
    release.set()
    await asyncio.gather(*tasks)


async def test_successes_do_not_take_back_what_the_line_wants() -> None:
    limiter = Limiter(maximum=10)
    limiter.widen(56)
    for _ in range(200):
        async with limiter.slot(Priority.SMALL):
            pass
    assert limiter.limit == 66
