"""Every row of the failure table, made to happen: its class, its words, and that nothing else stopped."""

import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from agent.drive.connection import DriveLane, Pauses
from agent.drive.errors import DriveError
from agent.drive.files import UploadMeta
from agent.drive.reasons import Scope
from agent.drive.sign_in.token import Current, Token, open_credentials
from agent.errors import Cause
from agent.model import DriveId, DriveState
from tests.drive.kit import Kit, Photo
from tests.emulator.drive import Emulator

Make = Callable[..., Photo]


@dataclass(frozen=True)
class Row:
    """A fault for uploads, and what it has to become. `state`: what Drive is for everybody afterwards."""

    fault: dict[str, Any]
    cause: Cause
    scope: Scope
    title: str
    state: DriveState = DriveState.ONLINE
    ambiguous: bool = False
    headers: dict[str, str] = field(default_factory=dict[str, str])


def refused(reason: str, status: int | None = None) -> dict[str, Any]:
    return {"reason": reason} | ({} if status is None else {"status": status})


SLOW = (Cause.TRANSIENT, Scope.NETWORK, "Google Drive is slow, retrying")
RATE = (Cause.RATE, Scope.RATE, "Google asked us to slow down", DriveState.THROTTLED)
FULL = (Cause.QUOTA, Scope.QUOTA, "Drive is full", DriveState.FULL)
FOLDER_FULL = (Cause.PERMANENT, Scope.DESTINATION, "This Drive folder holds the maximum number of items")
NO_RIGHT = (Cause.PERMANENT, Scope.DESTINATION, "No right to write into photo.jpg")
PROJECT = (Cause.QUOTA, Scope.PROJECT)

ROWS = {
    "reset after the commit": Row(
        {"drop": True, "after_commit": True},
        Cause.TRANSIENT,
        Scope.NETWORK,
        "The connection to Google Drive broke off",
        ambiguous=True,
    ),
    "500": Row(refused("internalError"), *SLOW, ambiguous=True),
    "502 html": Row(refused("html", 502), *SLOW, ambiguous=True),
    "503": Row(refused("backendError"), *SLOW, ambiguous=True),
    "503 empty": Row(refused("empty", 503), *SLOW, ambiguous=True),
    "504": Row(refused("backendError", 504), *SLOW, ambiguous=True),
    "503 after the commit": Row(refused("backendError") | {"after_commit": True}, *SLOW, ambiguous=True),
    "429": Row(refused("rateLimitExceeded", 429), *RATE),
    "403 rate": Row(refused("rateLimitExceeded"), *RATE),
    "403 user rate": Row(refused("userRateLimitExceeded"), *RATE),
    "403 sharing rate": Row(refused("sharingRateLimitExceeded"), *RATE),
    "daily limit": Row(refused("dailyLimitExceeded"), *PROJECT, "Project quota used up", DriveState.THROTTLED),
    "api off": Row(
        refused("accessNotConfigured"),
        *PROJECT,
        "Drive API is not enabled in the Cloud project",
        DriveState.THROTTLED,
    ),
    "full": Row(refused("storageQuotaExceeded"), *FULL),
    "quota": Row(refused("quotaExceeded"), *FULL),
    "shared drive": Row(refused("teamDriveFileLimitExceeded"), *FOLDER_FULL),
    "children": Row(refused("numChildrenInNonRootLimitExceeded"), *FOLDER_FULL),
    "items": Row(refused("activeItemCreationLimitExceeded"), *FOLDER_FULL),
    "depth": Row(refused("myDriveHierarchyDepthLimitExceeded"), *FOLDER_FULL),
    "401 twice": Row(
        refused("authError") | {"times": 2},
        Cause.TRANSIENT,
        Scope.NETWORK,
        "Google Drive refuses what Google just signed, retrying",
    ),
    "scopes": Row(
        refused("insufficientPermissions"),
        Cause.AUTH,
        Scope.AUTH,
        "Permission missing: tick Drive access",
        DriveState.NEEDS_LOGIN,
    ),
    "no right": Row(refused("insufficientFilePermissions"), *NO_RIGHT),
    "not the app's": Row(refused("appNotAuthorizedToFile"), *NO_RIGHT),
    "domain": Row(refused("domainPolicy"), *NO_RIGHT),
    "parent gone": Row(refused("notFound"), Cause.MISSING, Scope.DESTINATION, "Output folder was deleted"),
    "taken": Row(refused("fileIdInUse"), Cause.CONFLICT, Scope.ITEM, "Drive has a file under this id already"),
    "rejected": Row(refused("badRequest"), Cause.PERMANENT, Scope.ITEM, "Rejected by Google: Bad Request"),
    "portal": Row(
        {"status": 200, "body": "<!DOCTYPE html><title>Hotel</title>"},
        Cause.TRANSIENT,
        Scope.NETWORK,
        "The Wi-Fi wants you to sign in",
        DriveState.OFFLINE,
    ),
    "portal redirect": Row(
        {"status": 302, "headers": {"Location": "http://hotel.example/login"}},
        Cause.TRANSIENT,
        Scope.NETWORK,
        "The Wi-Fi wants you to sign in",
        DriveState.OFFLINE,
    ),
    "truncated answer": Row(
        {"truncate_to": 20},
        Cause.TRANSIENT,
        Scope.NETWORK,
        "The connection to Google Drive broke off",
        ambiguous=True,
    ),
    "wrong md5": Row({"wrong_md5": True}, Cause.INTEGRITY, Scope.ITEM, "File damaged in transfer"),
}


async def failing(call: Callable[[], Awaitable[object]]) -> DriveError:
    with pytest.raises(DriveError) as caught:
        await call()
    return caught.value


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS.keys())
async def test_a_row_of_the_table_happens_to_an_upload(kit: Kit, photo: Make, emulator: Emulator, row: Row) -> None:
    ours = photo(20_000)
    meta, other = [UploadMeta(id, "x.jpg", kit.folder) for id in await kit.ids(2)]
    lane = DriveLane(kit.client.probe, kit.token, kit.limiter, pauses=Pauses(first=60, longest=60))
    lane.succeeded()
    lane._troubles.clear()
    lane._publish()
    emulator.faults({"method": "files.create", **row.fault})
    error = await failing(lambda: kit.media.upload_multipart(ours.path, meta, ours.size, ours.md5))
    assert (error.cause, error.scope, error.title) == (row.cause, row.scope, row.title)
    assert error.ambiguous is row.ambiguous
    assert error.remedy
    waits = lane.report(error)
    assert waits is (row.cause in {Cause.TRANSIENT, Cause.RATE, Cause.QUOTA, Cause.AUTH})
    assert lane.status.state is row.state
    # Nothing else stopped: another photo goes through at once, or as soon as the pause is over.
    done = await kit.media.upload_multipart(ours.path, other, ours.size, ours.md5)
    assert done.md5 == ours.md5
    # And the same one is settled under its id, whatever had become of it.
    try:
        await kit.media.upload_multipart(ours.path, meta, ours.size, ours.md5)
    except DriveError as again:
        assert again.kind == "id_taken"
    assert (await kit.client.get(meta.id)).md5 == ours.md5
    assert sum(one["id"] == meta.id for one in emulator.files()) == 1


async def test_a_rows_words_are_whole_sentences_for_people(kit: Kit, emulator: Emulator) -> None:
    emulator.faults({"method": "files.get", "reason": "storageQuotaExceeded"})
    error = await failing(lambda: kit.client.get(DriveId("x")))
    assert str(error) == (
        "Drive is full: The user's Drive storage quota has been exceeded."
        " Free space on Drive, or get more; uploads continue by themselves"
    )


async def test_a_copy_that_drive_refuses_is_told_apart(kit: Kit, photo: Make, emulator: Emulator) -> None:
    ours = photo(1000)
    meta = await kit.meta()
    await kit.media.upload_multipart(ours.path, meta, ours.size, ours.md5)
    a, b, c, unknown = await kit.ids(4)
    emulator.faults({"method": "files.copy", "reason": "cannotCopyFile"})
    error = await failing(lambda: kit.client.copy(meta.id, a, "x.jpg", kit.folder))
    assert error.kind == "copy_refused"
    error = await failing(lambda: kit.client.copy(unknown, b, "x.jpg", kit.folder))
    assert (error.kind, error.scope) == ("not_found", Scope.ITEM)
    error = await failing(lambda: kit.client.copy(meta.id, c, "x.jpg", unknown))
    assert (error.kind, error.scope) == ("folder_not_found", Scope.DESTINATION)
    copied = await kit.client.copy(meta.id, a, "y.jpg", kit.folder, {"k": "v"}, 1e9, 1e9, "d")
    assert (copied.md5, copied.name, copied.tags, copied.created_at) == (ours.md5, "y.jpg", {"k": "v"}, 1e9)
    assert (await failing(lambda: kit.client.copy(meta.id, a, "y.jpg", kit.folder))).kind == "id_taken"


async def test_an_id_that_drive_never_gave_is_refused_as_such(kit: Kit, emulator: Emulator) -> None:
    error = await failing(lambda: kit.client.create_folder(DriveId("made-up-id"), "x", kit.folder))
    assert error.kind == "id_refused"


async def test_a_blocked_download_and_a_days_wait(kit: Kit, photo: Make, emulator: Emulator) -> None:
    ours = photo(1000)
    meta = await kit.meta()
    await kit.media.upload_multipart(ours.path, meta, ours.size, ours.md5)
    to = ours.path.with_suffix(".part")
    for reason, wait in (("cannotDownloadAbusiveFile", None), ("downloadQuotaExceeded", 86_400.0)):
        emulator.faults({"method": "*", "reason": reason})
        error = await failing(lambda: kit.media.download(meta.id, to, ours.size, ours.md5))
        assert (error.title, error.kind, error.retry_after) == ("Google blocked this file", "download_failed", wait)


async def test_retry_after_is_kept_by_the_next_call(kit: Kit, emulator: Emulator) -> None:
    emulator.faults({"method": "about.get", "reason": "rateLimitExceeded", "status": 429, "retry_after": 0.3})
    began = time.monotonic()  # Drive refuses later than this
    error = await failing(kit.client.about)
    assert error.retry_after == pytest.approx(0.3, abs=0.05)
    await kit.client.about()
    assert time.monotonic() - began >= 0.3
    assert kit.limiter.limit == 4


async def test_no_internet_is_not_ambiguous(photo: Make) -> None:
    from agent.drive.endpoint import Endpoint
    from agent.drive.http import Http
    from agent.drive.limiter import Limiter
    from agent.drive.transfers import MediaClient

    endpoint = Endpoint("http://127.0.0.1:9")
    token = Token(lambda: open_credentials(endpoint))
    token._current = Current("t", time.time() + 3600)
    media = MediaClient(Http(endpoint, token), Limiter())
    ours = photo(1000)
    meta = UploadMeta(DriveId("a"), "x.jpg", DriveId("b"))
    error = await failing(lambda: media.upload_multipart(ours.path, meta, ours.size, ours.md5))
    assert (error.title, error.ambiguous) == ("No internet", False)
    await media.close()


async def test_a_metadata_answer_that_is_no_json_is_a_broken_one(kit: Kit, emulator: Emulator) -> None:
    emulator.faults({"method": "files.create", "status": 200, "body": '{"id": "x'})
    (id,) = await kit.ids(1)
    error = await failing(lambda: kit.client.create_folder(id, "x", kit.folder))
    assert (error.scope, error.ambiguous) == (Scope.NETWORK, True)
    emulator.faults({"method": "about.get", "status": 200, "body": json.dumps([1, 2])})
    assert (await failing(kit.client.about)).scope is Scope.NETWORK
