"""The lane's states with a server: entered by what it answers, left by themselves, nothing given up meanwhile."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from agent.drive.client import DriveClient
from agent.drive.connection import DriveLane, DriveStatus
from agent.drive.endpoint import Endpoint
from agent.drive.errors import DriveError
from agent.drive.files import UploadMeta
from agent.drive.http import Http
from agent.drive.limiter import Limiter
from agent.drive.sign_in.token import Token, open_credentials
from agent.model import DriveState
from tests.drive.kit import Kit, Photo
from tests.drive.scripted_drive import QUICK, until
from tests.emulator.drive import Emulator
from tests.patience import within


@asynccontextmanager
async def lane_of(kit: Kit, statuses: list[DriveStatus]) -> AsyncIterator[DriveLane]:
    lane = DriveLane(kit.client.probe, kit.token, kit.limiter, changed=statuses.append, pauses=QUICK)
    task = asyncio.create_task(lane.run())
    await asyncio.wait_for(lane.open(), 5)
    statuses.clear()
    try:
        yield lane
    finally:
        task.cancel()


async def insist(lane: DriveLane, call: Callable[[], object]) -> int:
    """What a sender does: wait at the gate, try, report, again. Answers the tries."""
    tries = 0
    while True:
        await lane.open(sending=True)
        tries += 1
        try:
            await call()  # type: ignore[misc]
        except DriveError as error:
            if error.kind == "id_taken":
                return tries
            assert lane.report(error), error
        else:
            lane.succeeded()
            return tries


def upload(kit: Kit, ours: Photo, meta: UploadMeta) -> Callable[[], object]:
    return lambda: kit.media.upload_multipart(ours.path, meta, ours.size, ours.md5)


async def test_eight_uploads_survive_an_outage(kit: Kit, photo: Callable[..., Photo], emulator: Emulator) -> None:
    ours = photo()
    statuses: list[DriveStatus] = []
    async with lane_of(kit, statuses) as lane:
        metas = [UploadMeta(id, "x.jpg", kit.folder) for id in await kit.ids(8)]
        emulator.outage(1.0)
        async with within(10):
            tries = await asyncio.gather(*(insist(lane, upload(kit, ours, meta)) for meta in metas))
        assert max(tries) <= 4
        assert DriveState.OFFLINE in [one.state for one in statuses]
        assert lane.status.state is DriveState.ONLINE
        there = {one["id"]: one["md5Checksum"] for one in emulator.files() if one["id"] in {m.id for m in metas}}
        assert there == {meta.id: ours.md5 for meta in metas}


async def test_a_full_server_and_space_again(kit: Kit, photo: Callable[..., Photo], emulator: Emulator) -> None:
    ours = photo()
    statuses: list[DriveStatus] = []
    async with lane_of(kit, statuses) as lane:
        used = (await kit.client.about()).used
        emulator.quota(used + 1000)
        (id, folder) = await kit.ids(2)
        waiting = asyncio.create_task(insist(lane, upload(kit, ours, UploadMeta(id, "x.jpg", kit.folder))))
        await until(lambda: lane.status.state is DriveState.FULL and " of " in lane.status.detail, 5)
        await lane.open()
        await kit.client.create_folder(folder, "still possible", kit.folder)
        emulator.quota(used + 10_000_000)
        async with within(5):
            await waiting
        assert lane.status.state is DriveState.ONLINE


async def test_a_rate_limited_server(kit: Kit, photo: Callable[..., Photo], emulator: Emulator) -> None:
    ours = photo()
    statuses: list[DriveStatus] = []
    async with lane_of(kit, statuses) as lane:
        (id,) = await kit.ids(1)
        emulator.faults(
            {"method": "files.create", "status": 429, "reason": "rateLimitExceeded", "retry_after": 0.4, "times": 2}
        )
        began = time.monotonic()
        assert await insist(lane, upload(kit, ours, UploadMeta(id, "x.jpg", kit.folder))) == 3
        assert time.monotonic() - began > 0.75
        assert [one.state for one in statuses][:1] == [DriveState.THROTTLED]


async def test_a_sign_in_that_the_server_ended_and_honours_again(kit: Kit, emulator: Emulator) -> None:
    statuses: list[DriveStatus] = []
    async with lane_of(kit, statuses) as lane:
        emulator.expire("refresh_tokens")
        emulator.expire("access_tokens")
        waiting = asyncio.create_task(insist(lane, kit.client.about))
        await until(lambda: lane.status.state is DriveState.NEEDS_LOGIN, 5)
        emulator.post("revive", {})
        async with within(5):
            await waiting
        assert lane.status.state is DriveState.ONLINE


async def test_nobody_signed_in_at_google_is_needs_login_without_a_request() -> None:
    endpoint = Endpoint("")
    token = Token(lambda: open_credentials(endpoint))
    http = Http(endpoint, token)
    client = DriveClient(http, Limiter())
    lane = DriveLane(client.probe, token, Limiter(), pauses=QUICK)
    task = asyncio.create_task(lane.run())
    await until(lambda: lane.status.state is DriveState.NEEDS_LOGIN, 5)
    assert lane.status.detail == "Sign in to Google. Run: venuesync login"
    task.cancel()
    await http.close()
