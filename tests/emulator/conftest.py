"""Emulators for tests: one that many share, and one to break.

A test that only adds files of its own takes `drive`; one that injects faults or expires tokens takes `emulator`; one
that kills takes `lasting`.
"""

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.emulator.drive import Emulator
from tests.patience import latest

FOLDER = "application/vnd.google-apps.folder"


@pytest.fixture(scope="session")
def drive() -> Iterator[Emulator]:
    """Shared by the session: nobody may count on what lies in it, or disturb it."""
    with Emulator.start() as server:
        yield server


@pytest.fixture(scope="session")
def _spare() -> Iterator[Emulator]:
    with Emulator.start() as server:
        yield server


@pytest.fixture
def emulator(_spare: Emulator) -> Iterator[Emulator]:
    """A test's own, in memory: empty, with nothing wrong yet. Its process outlives the test."""
    before = _spare.anew().stderr()
    yield _spare
    assert _spare.stderr() == before


@pytest.fixture
def lasting(tmp_path: Path) -> Iterator[Emulator]:
    """A test's own, with a data folder."""
    with Emulator.start(data=tmp_path / "drive") as server:
        yield server


@pytest.fixture
def api(drive: Emulator) -> Iterator[httpx.Client]:
    """Signed in to the shared one, as an app nobody else is."""
    with drive.client(client=uuid.uuid4().hex) as client:
        yield client


@pytest.fixture
def folder(api: httpx.Client) -> str:
    """A folder of the test's own on the shared emulator."""
    return make(api, name="room", mimeType=FOLDER)["id"]


def make(api: httpx.Client, fields: str = "*", **metadata: Any) -> dict[str, Any]:
    """Creates a file without content."""
    return ok(api.post("/drive/v3/files", params={"fields": fields, "supportsAllDrives": "true"}, json=metadata))


def put(api: httpx.Client, content: bytes, mime: str = "image/jpeg", **metadata: Any) -> dict[str, Any]:
    """Creates a file with content, by one multipart request."""
    files = multipart(metadata, content, mime)
    return ok(api.post("/upload/drive/v3/files", params={"uploadType": "multipart", "fields": "*"}, **files))


def multipart(metadata: dict[str, Any], content: bytes, mime: str = "image/jpeg") -> dict[str, Any]:
    """A multipart/related body and its header, for httpx."""
    import json

    boundary = "===edge==="
    body = (
        f"--{boundary}\r\nContent-Type: application/json; charset=UTF-8\r\n\r\n{json.dumps(metadata)}\r\n"
        f"--{boundary}\r\nContent-Type: {mime}\r\n\r\n".encode()
        + content
        + f"\r\n--{boundary}--\r\n".encode()
    )
    return {"content": body, "headers": {"Content-Type": f'multipart/related; boundary="{boundary}"'}}


def ok(answer: httpx.Response) -> dict[str, Any]:
    assert answer.is_success, f"{answer.status_code} {answer.text}"
    return answer.json() if answer.content else {}


def reason(answer: httpx.Response) -> tuple[int, str]:
    """Status and reason of a refusal, as a client tells them apart."""
    return answer.status_code, answer.json()["error"]["errors"][0]["reason"]


def listed(api: httpx.Client, q: str, **parameters: Any) -> list[str]:
    """Names found by a query, all pages, from `pageToken` on where one is given."""
    names: list[str] = []
    token = parameters.pop("pageToken", "")
    while True:
        page = ok(api.get("/drive/v3/files", params={"q": q, "pageSize": 1000, **parameters, "pageToken": token}))
        names += [file["name"] for file in page["files"]]
        token = page.get("nextPageToken", "")
        if not token:
            return names


def until(check: Callable[[], Any], patience: float = 5.0) -> Any:
    """What `check` gives once it is true."""
    import time

    end = latest(patience)
    while True:
        value = check()
        if value or time.monotonic() > end:
            assert value, "it never came"
            return value
        time.sleep(0.02)
