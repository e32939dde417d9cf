"""What is no photo, or not yet, or not ours: left alone, or skipped with a reason."""

from __future__ import annotations

import os
import socket

import pytest

from agent.intake.kinds import left_alone, left_alone_below
from agent.intake.reading import Photo, Skipped

from .venue import JPEG, OpenVenue


@pytest.mark.parametrize(
    "name",
    [
        *(".DS_Store", "._DSC_1.jpg", ".DSC_1.jpg.Xy12Ab", ".in.DSC_1.jpg.", ".pureftpd-upload.5f.15.4a2", ".Trashes"),
        *("DSC_1.jpg.part", "DSC_1.jpg.PARTIAL", "DSC_1.jpg.filepart", "DSC_1.tmp", "DSC_1.jpg.crdownload"),
        *("DSC_1.jpg.download", "DSC_1.jpg~", "~$album.docx", "~syncthing~DSC_1.jpg.tmp", "DSC_1.jpg.!ut"),
        *("DSC_1.jpg.sb-1a2b3c4d-Xy12Ab", "Thumbs.db", "desktop.ini", "@eaDir", "#recycle", "lost+found"),
        *("System Volume Information", "$RECYCLE.BIN", "__MACOSX"),
    ],
)
def test_hidden_half_written_and_system_files_are_left_alone(name: str) -> None:
    assert left_alone(name)
    assert left_alone_below(f"/home/.me/Incoming/card/{name}/DSC_1.jpg", "/home/.me/Incoming")


@pytest.mark.parametrize(
    "name",
    ["DSC_1.jpg", "a.b.c.jpg", "part.jpg", "tmp", "~sunset.jpg", "party.jpg", "#1.jpg", "@home", "a.sb-1.jpg"],
)
def test_what_a_photographer_may_call_a_photo_is_not(name: str) -> None:
    assert not left_alone(name)
    assert not left_alone_below(f"/home/.me/Incoming/{name}", "/home/.me/Incoming")


@pytest.mark.parametrize("told", [True, False])
async def test_hidden_and_temporary_files_are_not_even_counted(open_venue: OpenVenue, told: bool) -> None:
    async with open_venue(**({} if told else {"observer": None, "sweep_seconds": 0.1})) as venue:
        for folder in (".hidden", "@eaDir", "deep/.thumbnails"):
            (venue.incoming / folder).mkdir(parents=True)
            (venue.incoming / folder / "a.jpg").write_bytes(JPEG)
        for name in (".a.jpg", "a.jpg.part", "Thumbs.db", "a.jpg~"):
            (venue.incoming / name).write_bytes(JPEG)
        (venue.incoming / "deep" / "real.jpg").write_bytes(JPEG)
        await venue.until_arrived("Incoming/deep/real.jpg")
        await venue.quiet()
        assert venue.arrived == ["Incoming/deep/real.jpg"]


async def test_a_file_that_is_no_photo_is_skipped_with_a_reason(open_venue: OpenVenue) -> None:
    async with open_venue() as venue:
        venue.drop("notes.txt", b"the bride's aunt sits at table 4")
        await venue.until_arrived("Incoming/notes.txt")
        seen = venue.seen["Incoming/notes.txt"]
        assert isinstance(seen, Skipped)
        assert seen.reason == "neither photo nor video"


@pytest.mark.parametrize("told", [True, False])
async def test_a_pipe_a_socket_and_links_to_folders_hold_nobody_up(
    open_venue: OpenVenue, monkeypatch: pytest.MonkeyPatch, told: bool
) -> None:
    async with open_venue(**({} if told else {"observer": None, "sweep_seconds": 0.1})) as venue:
        elsewhere = venue.outside / "elsewhere"
        elsewhere.mkdir()
        (elsewhere / "not ours.jpg").write_bytes(JPEG)
        os.mkfifo(venue.incoming / "pipe.jpg")
        (venue.incoming / "link to folder").symlink_to(elsewhere)
        (venue.incoming / "link to nowhere.jpg").symlink_to(venue.outside / "nowhere.jpg")
        (venue.incoming / "link to device.jpg").symlink_to("/dev/zero")
        (venue.incoming / "loop").symlink_to(venue.incoming)
        with socket.socket(socket.AF_UNIX) as server:
            monkeypatch.chdir(venue.incoming)  # a socket's path may have 107 bytes
            server.bind("socket.jpg")
            venue.drop("real.jpg")
            await venue.until_arrived("Incoming/real.jpg")
            await venue.quiet()
        assert venue.arrived == ["Incoming/real.jpg"]


async def test_a_link_to_a_photo_is_that_photo(open_venue: OpenVenue) -> None:
    async with open_venue() as venue:
        original = venue.outside / "original.jpg"
        original.write_bytes(JPEG)
        (venue.incoming / "link.jpg").symlink_to(original)
        await venue.until_arrived("Incoming/link.jpg")
        assert isinstance(venue.seen["Incoming/link.jpg"], Photo)
        original.unlink()
        await venue.watcher.sweep_now()
        await venue.until(lambda: venue.gone == ["Incoming/link.jpg"])


async def test_an_incoming_folder_that_is_itself_a_link_is_watched(open_venue: OpenVenue) -> None:
    async with open_venue() as venue:
        real = venue.outside / "disk"
        real.mkdir()
        link = venue.root / "card"
        link.symlink_to(real)
        venue.watcher.add(venue.folder(link))
        await venue.until(lambda: venue.watcher.report().whole_sweep_since(0))
        (real / "a.jpg").write_bytes(JPEG)
        await venue.until_arrived("card/a.jpg", seconds=2)
