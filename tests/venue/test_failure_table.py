"""The failure table as a venue sees it: each refusal of Drive, what is told of it, and that nothing else stopped.

What single requests make of each row is in tests/drive/test_drive_failures_injected.py; the states that stop everybody
are in test_drive_states.py, full folders in test_folders_on_drive.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.emulator.drive import Emulator
from tests.venue.house import House, wait_for
from tests.venue.pictures import FACES, scene, variant

BY_ITSELF: dict[str, list[dict[str, Any]]] = {
    "reset before the work": [{"drop": True}],
    "reset after the work": [{"drop": True, "after_commit": True}],
    "reset in the middle": [{"drop": True, "after_bytes": 5_000}],
    "500": [{"reason": "internalError"}],
    "502 html": [{"status": 502, "reason": "html"}],
    "503": [{"reason": "backendError"}],
    "503 after the work": [{"reason": "backendError", "after_commit": True}],
    "503 empty": [{"status": 503, "reason": "empty"}],
    "504": [{"status": 504, "reason": "backendError"}],
    "408": [{"status": 408, "reason": "empty"}],
    "truncated answer": [{"truncate_to": 20}],
    "429": [{"status": 429, "reason": "rateLimitExceeded", "retry_after": 0.5}],
    "403 rate": [{"reason": "rateLimitExceeded"}],
    "403 user rate": [{"reason": "userRateLimitExceeded"}],
    "403 sharing rate": [{"reason": "sharingRateLimitExceeded"}],
    "401 once": [{"reason": "authError"}],
    "portal": [{"status": 200, "body": "<!DOCTYPE html><title>Hotel</title>"}],
    "portal redirect": [{"status": 302, "headers": {"Location": "http://hotel.example/login"}}],
    "parent not found, wrongly": [{"reason": "notFound"}],
    "id taken, wrongly": [{"reason": "fileIdInUse"}],
    "id refused": [{"status": 400, "reason": "invalid", "message": "The provided file ID is not usable."}],
    "wrong md5": [{"wrong_md5": True}],
    "a byte damaged on the way": [{"corrupt": True, "after_bytes": 9_000}],
}
# What a person has to do something about: its title, and whether it is told of the folder or of the photo.
TOLD: dict[str, tuple[list[dict[str, Any]], str, str]] = {
    "rejected": ([{"reason": "badRequest", "times": 3}], "Rejected by Google: Bad Request", "DSC_"),
    "no right": (
        [{"reason": "insufficientFilePermissions"}],
        "No right to write into Unsorted/No Faces",
        "Unsorted/No Faces",
    ),
    "not the app's": ([{"reason": "appNotAuthorizedToFile"}], "No right to write into Unsorted/No Faces", "No Faces"),
    "domain": ([{"reason": "domainPolicy"}], "No right to write into Unsorted/No Faces", "No Faces"),
}
PROJECT = {
    "dailyLimitExceeded": "Project quota used up",
    "accessNotConfigured": "Drive API is not enabled in the Cloud project",
}

PROJECT_REMEDY = {
    "dailyLimitExceeded": "Raise the Drive API's quota in the Cloud project",
    "accessNotConfigured": "Enable the Google Drive API in the Cloud project's console",
}


class Running:
    """A house whose agent runs for all rows; photos without faces, and of one guest."""

    def __init__(self, house: House, folder: Path) -> None:
        self.house = house
        self._made = folder / "made.jpg"
        self.photos = 0

    def photo(self) -> None:
        self.photos += 1
        self.house.drop(scene(self._made, self.photos), f"DSC_{self.photos:04}.jpg")

    def guests_photo(self) -> None:
        self.photos += 1
        self.house.drop(variant(FACES / "one_guest.jpg", self._made, self.photos), f"ANA_{self.photos:04}.jpg")

    def verified(self, less: int = 0, seconds: float = 40) -> None:
        wanted = self.photos - less
        wait_for(lambda: self.house.json("status")["photos"]["verified"] == wanted, seconds, f"{wanted} verified")

    @property
    def open(self) -> list[dict[str, Any]]:
        return self.house.json("errors")["open"]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("table")
    with Emulator.start() as emulator:
        house = House(folder / "venue", emulator, VENUESYNC_DRIVE__RETRY_DELAY="0.2")
        assert house.run("enroll", "Ana", str(FACES / "one_guest.jpg")).returncode == 0
        house.start()
        one = Running(house, folder)
        one.photo()
        one.guests_photo()
        one.verified()
        yield one
        assert house.stop() == 0


@pytest.fixture(autouse=True)
def afterwards(running: Running) -> Iterator[None]:
    """Whatever it was, all is on Drive once, and no trouble is open."""
    yield
    running.house.emulator.clear_faults()
    running.verified()
    wait_for(lambda: not running.open, 30, "no trouble is open")
    running.house.assert_same_tree(running.photos)


@pytest.mark.slow
@pytest.mark.parametrize("faults", BY_ITSELF.values(), ids=BY_ITSELF)
def test_it_passes_by_itself(running: Running, faults: list[dict[str, Any]]) -> None:
    running.house.emulator.faults([{"method": "files.create", **fault} for fault in faults])
    running.photo()
    running.guests_photo()
    running.verified()
    assert running.house.json("status")["uploads"]["failed"] == 0


@pytest.mark.slow
def test_what_may_lie_in_the_trash_is_not_taken_for_verified(running: Running) -> None:
    """Drive trashes a withdrawn photo and never says so; then the withdrawal is undone."""
    house = running.house
    running.photo()
    running.verified()
    name = f"DSC_{running.photos:04}.jpg"
    house.emulator.faults({"method": "files.update", "drop": True, "after_commit": True, "times": None})
    with house.api() as api:
        (photo,) = api.get("/photos", params={"q": name}).raise_for_status().json()["rows"]
        api.post("/commands/photos-withdraw", json={"ids": [photo["id"]]}).raise_for_status()
        wait_for(lambda: [one for one in house.emulator.files() if one["trashed"]], 20, "it lies in the trash")
        api.post("/commands/undo", json={}).raise_for_status()
    house.emulator.clear_faults()


@pytest.mark.slow
@pytest.mark.parametrize("reason", ["insufficientFilePermissions", "badRequest"])
def test_what_drive_does_not_give_back_is_told_and_tried_again(running: Running, reason: str) -> None:
    """It was asked for fifty times a second, for good; or three times, and nobody could have it tried again."""
    house = running.house
    running.photo()
    running.verified()
    name = f"DSC_{running.photos:04}.jpg"
    (file,) = [one["id"] for one in house.emulator.files() if one["path"].endswith(name)]
    house.emulator.faults({"method": "files.update", "file_id": file, "reason": reason, "times": None})
    house.emulator.forget_requests()
    with house.api() as api:
        (photo,) = api.get("/photos", params={"q": name}).raise_for_status().json()["rows"]
        api.post("/commands/photos-withdraw", json={"ids": [photo["id"]]}).raise_for_status()
    (told,) = wait_for(lambda: running.open, 30, "it is told")
    assert f"{name} is to go from Unsorted/No Faces, and lies there" in told["detail"]
    for new, old in (("Anne", "Ana"), ("Ana", "Anne")):  # decided besides
        assert house.run("people", "rename", old, new).returncode == 0
    assert running.open
    assert house.emulator.requests()["methods"]["files.update"] < 10
    house.emulator.clear_faults()
    assert house.run("retry", "--all").returncode == 0
    wait_for(lambda: not [path for path in house.on_drive() if path.endswith(name)], 20, "it goes")
    wait_for(lambda: not running.open, 10, "and nothing is told of it any more")
    for _ in range(3):
        assert house.run("undo").returncode == 0


@pytest.mark.parametrize(("faults", "title", "of"), TOLD.values(), ids=TOLD)
def test_it_is_told_and_the_others_go_on(running: Running, faults: list[dict[str, Any]], title: str, of: str) -> None:
    running.house.emulator.faults([{"method": "files.create", **fault} for fault in faults])
    running.photo()
    (told,) = wait_for(lambda: running.open, 30, "it is told")
    assert told["title"] == title
    assert of in told["detail"]
    assert told["remedy"]
    running.guests_photo()
    running.verified(less=1)
    assert running.house.json("status")["drive"]["state"] == "online"
    assert running.house.run("retry", "--all").returncode == 0


@pytest.mark.slow
@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ({"status": 400, "reason": "empty"}, "Google answered HTTP 400 and gave no reason"),
        ({"status": 400, "body": '{"error": {"errors": "x"}}'}, "Google answered HTTP 400 and gave no reason"),
        ({"status": 400, "reason": "badRequest"}, "Google answered HTTP 400 (badRequest): Bad Request"),
    ],
    ids=["empty", "odd", "whole"],
)
def test_a_refused_upload_says_what_drive_answered(running: Running, fault: dict[str, Any], said: str) -> None:
    """Of an empty answer it said the folder twice, and no why."""
    running.house.emulator.faults({"method": "files.create", "times": 3, **fault})
    running.photo()
    wait_for(lambda: running.open, 30, "it is told")
    (told,) = running.open
    assert told["detail"] == f"DSC_{running.photos:04}.jpg for Unsorted/No Faces: {said}"
    assert "venuesync retry --all" in told["remedy"]
    assert running.house.run("retry", "--all").returncode == 0


@pytest.mark.slow
def test_what_was_set_aside_with_a_folder_goes_once_the_folder_takes_another(running: Running) -> None:
    """The error was gone by that, and the photo stayed where it was, with no word of what to do."""
    running.house.emulator.faults({"method": "files.create", "reason": "insufficientFilePermissions"})
    running.photo()
    wait_for(lambda: running.open, 30, "it is told")
    running.photo()
    running.verified()


@pytest.mark.slow
@pytest.mark.parametrize(("reason", "words"), PROJECT.items(), ids=PROJECT)
def test_the_projects_own_limits_hold_everything_until_they_are_lifted(
    running: Running, reason: str, words: str
) -> None:
    running.house.emulator.faults({"method": "*", "reason": reason, "times": None})
    running.photo()
    wait_for(lambda: running.house.json("status")["drive"]["state"] == "throttled", 20, "it is seen")
    assert words in running.house.json("status")["drive"]["detail"]
    assert running.house.json("status")["photos"]["failed"] == 0
    waits = f"{words}, 1 photo waits here"
    wait_for(lambda: running.house.json("status")["safe_to_leave"]["reason"] == waits, 20, "that it stands still")
    told = running.house.run("status").stdout.splitlines()
    assert told[0] == f"Not yet: {waits}"
    assert PROJECT_REMEDY[reason] in told[2] and "Drive is asked again in 30 min" in told[3]
    running.house.emulator.clear_faults()
    running.house.run("retry", "--all")  # otherwise it looks by itself, every half hour
