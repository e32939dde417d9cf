"""The line in miniature: latency of answers and connections, one uplink for all."""

import time
from concurrent.futures import ThreadPoolExecutor

from tests.emulator.conftest import make, put
from tests.emulator.drive import Emulator


def test_each_answer_and_each_new_connection_costs_a_round_trip():
    with Emulator.start(latency_ms=120) as server, server.client() as api:
        begun = time.monotonic()
        make(api, "id")
        assert 0.24 <= time.monotonic() - begun < 0.5  # the connection, and the answer
        begun = time.monotonic()
        make(api, "id")
        assert 0.12 <= time.monotonic() - begun < 0.24
        begun = time.monotonic()
        server.files()
        assert time.monotonic() - begun < 0.11  # its own endpoints cost nothing


def test_answers_wait_side_by_side():
    with Emulator.start(latency_ms=150) as server, server.client() as api:
        with ThreadPoolExecutor(10) as pool:
            begun = time.monotonic()
            list(pool.map(lambda n: make(api, "id", name=str(n)), range(10)))
        assert time.monotonic() - begun < 0.8


def test_the_uplink_is_shared_by_all_bodies():
    with Emulator.start(uplink_mbps=40) as server, server.client() as api:
        for uploads in (1, 4):  # 2 MB in all, each time: 0.4 s
            size = 2_000_000 // uploads
            with ThreadPoolExecutor(uploads) as pool:
                begun = time.monotonic()
                list(pool.map(lambda n, size=size: put(api, bytes([n]) * size), range(uploads)))
                took = time.monotonic() - begun
            assert 0.39 < took < 0.7, (uploads, took)


def test_a_small_request_does_not_wait_for_a_large_one():
    with Emulator.start(uplink_mbps=20) as server, server.client() as api:
        make(api, "id")
        with ThreadPoolExecutor(1) as pool:
            large = pool.submit(put, api, b"x" * 3_000_000)  # 1.2 s
            time.sleep(0.2)
            begun = time.monotonic()
            make(api, "id")
            assert time.monotonic() - begun < 0.3
            assert not large.done()
            large.result()
