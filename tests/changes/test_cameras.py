"""Cameras by their folders' names, times by the files'."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.ledger import downloads
from agent.sync.sources import camera_of, time_in_name
from tests.changes.desk import FeedDesk
from tests.emulator.drive import Emulator
from tests.venue.photographer import Photographer


@pytest.mark.parametrize("folder", ["Cam1", "cam_01", "Camera1", "Camera 1", "CAM-001", "Cloud_Cam1", " Cam 1 "])
def test_all_spellings_of_a_camera_are_one(folder: str) -> None:
    assert camera_of(folder) == "Cam1"


@pytest.mark.parametrize(("folder", "camera"), [("Camera2", "Cam2"), ("Cam_012", "Cam12")])
def test_each_number_is_a_camera(folder: str, camera: str) -> None:
    assert camera_of(folder) == camera


@pytest.mark.parametrize("folder", ["Anna", "Camilla", "Cam", "Camera roll 2", "Cam1 backup", "[red]x[/]"])
def test_any_other_name_is_the_photographers(folder: str) -> None:
    assert camera_of(folder) == folder


@pytest.mark.parametrize(
    ("name", "time"),
    [
        ("video_20260504_181530.mp4", "2026-05-04T18:15:30"),
        ("cam1_20260504_181530.mov", "2026-05-04T18:15:30"),
        ("recording_2026-05-04T18-15-30.mp4", "2026-05-04T18:15:30"),
        ("2026-05-04 18:15:30.jpg", "2026-05-04T18:15:30"),
        ("IMG_20260504181530.jpg", "2026-05-04T18:15:30"),
        ("video_20261399_181530.mp4", None),
        ("DSC_0001.jpg", None),
        ("123456789012345678901234.jpg", None),
    ],
)
def test_times_in_names(name: str, time: str | None) -> None:
    assert time_in_name(name) == time


async def test_a_photo_that_lies_in_two_sources_is_one_of_its_camera(tmp_path: Path, emulator: Emulator) -> None:
    """One source was moved into the other's folder: its photos counted twice."""
    desk, anna = FeedDesk(tmp_path / "desk", emulator.url), Photographer(emulator)
    outer, inner = anna.folder("Anna", share=True), anna.folder("Cam2", share=True)
    for number in range(3):
        anna.put(f"photo {number}".encode(), f"DSC_{number}.jpg", inner)
    event = await desk.add_event("Wedding", outer, inner)
    await desk.look()
    anna.move(inner, outer)
    await desk.look()
    (row,) = await desk.ledger.read(downloads.cameras, event)
    assert (row["camera"], row["files"], row["bytes"]) == ("Cam2", 3, 3 * len("photo 1"))
    await desk.close()
