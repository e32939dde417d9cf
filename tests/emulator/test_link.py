"""The line in miniature: latency of answers and connections, one uplink for all."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.emulator.conftest import make, put
from tests.emulator.drive import Emulator


def timed(work: Callable[[], object]) -> float:
    """Seconds that `work` takes."""
    begun = time.monotonic()
    work()
    return time.monotonic() - begun


def test_each_answer_and_each_new_connection_costs_a_round_trip():
    with Emulator.start(latency_ms=120) as server, server.client() as api:
        assert timed(lambda: make(api, "id")) >= 0.24  # the connection, and the answer
        kept_alive = [timed(lambda: make(api, "id")) for _ in range(5)]
        assert 0.12 <= min(kept_alive) < 0.24
        assert min(timed(server.files) for _ in range(5)) < 0.12  # its own endpoints cost nothing


@pytest.mark.slow
def test_answers_wait_side_by_side():
    with Emulator.start(latency_ms=150) as server, server.client() as api:
        with ThreadPoolExecutor(20) as pool:
            took = [timed(lambda: list(pool.map(lambda n: make(api, "id", name=str(n)), range(20)))) for _ in range(3)]
        assert min(took) < 2.7  # one after another they would take 3.15


@pytest.mark.slow
def test_the_uplink_is_shared_by_all_bodies():
    with Emulator.start(uplink_mbps=40) as server, server.client() as api:
        took: dict[int, float] = {}
        for uploads in (1, 4):  # 2 MB in all, each time: 0.4 s at the least
            size = 2_000_000 // uploads
            with ThreadPoolExecutor(uploads) as pool:

                def together(pool: ThreadPoolExecutor = pool, size: int = size, uploads: int = uploads) -> None:
                    list(pool.map(lambda n: put(api, bytes([n]) * size), range(uploads)))

                took[uploads] = min(timed(together) for _ in range(3))  # the machine may have other things to do
        assert all(0.39 < one < 0.9 for one in took.values()), took


@pytest.mark.slow
def test_a_small_request_does_not_wait_for_a_large_one():
    with Emulator.start(uplink_mbps=10) as server, server.client() as api:
        make(api, "id")
        with ThreadPoolExecutor(1) as pool:
            large = pool.submit(put, api, b"x" * 3_000_000)  # 2.4 s
            time.sleep(0.2)
            make(api, "id")
            assert not large.done()
            large.result()
