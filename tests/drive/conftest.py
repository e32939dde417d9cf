"""What the tests of Drive's room share: one emulator for all of them, and a signed-in set of clients for each."""

import hashlib
import os
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import httpx
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from agent.drive.client import DriveClient
from agent.drive.endpoint import Endpoint
from agent.drive.http import Http
from agent.drive.limiter import Limiter
from agent.drive.sign_in.kept import SignIn
from agent.drive.sign_in.token import Token, open_credentials
from agent.drive.transfers import MediaClient
from agent.workspace import Workspace
from tests.drive.kit import Kit, Photo
from tests.emulator.drive import Emulator


@pytest.fixture(scope="session")
def server() -> Iterator[Emulator]:
    with Emulator.start() as running:
        yield running


@pytest.fixture
def emulator(server: Emulator) -> Iterator[Emulator]:
    """The shared emulator, without what a test before troubled it with."""
    server.forget_requests()
    yield server
    server.clear_faults()
    server.outage(0)
    server.quota(15 * 1024**3)
    server.post("revive", {})


@pytest.fixture
async def kit(emulator: Emulator) -> AsyncIterator[Kit]:
    endpoint = Endpoint(emulator.url)
    token = Token(lambda: open_credentials(endpoint))
    limiter = Limiter()
    http = Http(endpoint, token)
    client = DriveClient(http, limiter)
    media = MediaClient(http, limiter, progress_timeout=5)
    folder = (await client.generate_ids(1))[0]
    await client.create_folder(folder, "Event", None)
    emulator.forget_requests()
    yield Kit(endpoint, token, limiter, http, client, media, folder)
    await media.close()


@pytest.fixture
def photo(tmp_path: Path) -> Callable[..., Photo]:
    """Makes a file of random bytes."""

    def make(size: int = 300_000, name: str = "photo.jpg") -> Photo:
        data = os.urandom(size)
        path = tmp_path / name
        path.write_bytes(data)
        return Photo(path, size, hashlib.md5(data).hexdigest())

    return make


@pytest.fixture(autouse=True)
def no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of this machine."""
    monkeypatch.delenv("ENCRYPTION_KEY", raising=False)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path / "venue", tmp_path / "venue" / ".venuesync")


@pytest.fixture
def sign_in(workspace: Workspace, emulator: Emulator) -> SignIn:
    return SignIn(workspace, Endpoint(emulator.url))


@pytest.fixture
def browser() -> Iterator[httpx.Client]:
    with httpx.Client(trust_env=False, timeout=60, verify=False, follow_redirects=False) as one:
        yield one
