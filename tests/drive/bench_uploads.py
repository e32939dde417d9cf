"""How fast photos get to an emulator: `python -m tests.drive.bench_uploads [--count N] [--size BYTES] …`.

A tool, not a test: figures depend on what else the machine does, so it prints the load beside them.
"""

# ruff: noqa: T201 - its figures are what it is for

import argparse
import asyncio
import hashlib
import os
import statistics
import tempfile
import time
from pathlib import Path

from agent.drive.client import DriveClient
from agent.drive.endpoint import Endpoint
from agent.drive.files import UploadMeta
from agent.drive.http import Http
from agent.drive.limiter import Limiter
from agent.drive.sign_in.token import Token, open_credentials
from agent.drive.transfers import MediaClient
from agent.model import DriveId
from tests.drive.kit import Kit, Photo
from tests.emulator.drive import Emulator

ONE_BY_ONE = 20


def photo(folder: Path, size: int) -> Photo:
    data = os.urandom(size)
    path = folder / f"{size}.jpg"
    path.write_bytes(data)
    return Photo(path, size, hashlib.md5(data).hexdigest())


async def upload(kit: Kit, ours: Photo, id: DriveId) -> None:
    await kit.media.upload_multipart(ours.path, UploadMeta(id, "photo.jpg", kit.folder), ours.size, ours.md5)


async def all_at(kit: Kit, ours: Photo, count: int, at_once: int) -> None:
    left = await kit.ids(count)

    async def worker() -> None:
        while left:
            await upload(kit, ours, left.pop())

    cpu, began = time.process_time(), time.perf_counter()
    await asyncio.gather(*(worker() for _ in range(at_once)))
    took = time.perf_counter() - began
    print(
        f"{count} x {ours.size} bytes, {at_once} at a time: {took:.2f} s, client CPU {time.process_time() - cpu:.2f} s"
    )


async def one_by_one(kit: Kit, ours: Photo) -> None:
    photos: list[float] = []
    folders: list[float] = []
    for id in await kit.ids(ONE_BY_ONE):
        began = time.perf_counter()
        await upload(kit, ours, id)
        photos.append(time.perf_counter() - began)
    for id in await kit.ids(ONE_BY_ONE):
        began = time.perf_counter()
        await kit.client.create_folder(id, "folder", kit.folder)
        folders.append(time.perf_counter() - began)
    for name, times in ((f"one upload of {ours.size} bytes", photos), ("one folder", folders)):
        print(f"{name}, n={ONE_BY_ONE}: median {statistics.median(times):.3f} s, longest {max(times):.3f} s")


async def measure(url: str, given: argparse.Namespace, folder: Path) -> None:
    endpoint = Endpoint(url)
    token = Token(lambda: open_credentials(endpoint))
    limiter = Limiter(given.at_once, start=given.at_once)
    http = Http(endpoint, token)
    client, media = DriveClient(http, limiter), MediaClient(http, limiter)
    await http.warm(given.at_once + 2)
    (parent,) = await client.generate_ids(1)
    await client.create_folder(parent, "bench", None)
    kit = Kit(endpoint, token, limiter, http, client, media, parent)
    await all_at(kit, photo(folder, given.size), given.count, given.at_once)
    await one_by_one(kit, photo(folder, 4_000_000))
    await media.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--size", type=int, default=400_000, help="bytes")
    parser.add_argument("--at-once", type=int, default=8)
    parser.add_argument("--latency-ms", type=float, default=80)
    parser.add_argument("--uplink-mbps", type=float, default=400)
    given = parser.parse_args()
    load = os.getloadavg()[0]
    with (
        tempfile.TemporaryDirectory() as folder,
        Emulator.start(latency_ms=given.latency_ms, uplink_mbps=given.uplink_mbps) as emulator,
    ):
        asyncio.run(measure(emulator.url, given, Path(folder)))
        methods = emulator.requests()["methods"]
    print(f"requests {methods}, load before {load:.1f}, after {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")


if __name__ == "__main__":
    main()
