"""What is kept of Drive's folders, for whoever chooses one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from agent.drive.client import DriveClient
from agent.drive.files import DriveFile
from agent.errors import UsageError
from agent.model import DriveId, Source, SourceId
from agent.sync import tree
from agent.sync.tree import FolderTree
from tests.changes.desk import FeedDesk
from tests.emulator.drive import Emulator
from tests.venue.photographer import Photographer


async def test_what_was_just_asked_for_is_not_what_goes_first(
    emulator: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where as much is kept as may be, a folder that is listed once more with news in it was answered with an error."""
    monkeypatch.setattr(tree, "MOST", 6)
    anna = Photographer(emulator)
    top, other = anna.folder("Top", share=True), anna.folder("Other", share=True)
    inside = [anna.folder(f"{number}", top) for number in range(3)]
    anna.folder("below", other)
    desk, now = FeedDesk(tmp_path / "desk", emulator.url), [0.0]
    shown = FolderTree(desk.client, lambda: now[0])
    for folder in (top, other):
        await shown.list_subfolders(folder)
    now[0] += 2 * tree.KEPT_FOR
    inside += [anna.folder(f"{number}", top) for number in range(3, 5)]
    found = await shown.list_subfolders(top)
    assert [one["id"] for one in found["folders"]] == inside
    await desk.close()


@pytest.mark.parametrize("called", ["My Drive", "Meine Ablage"])
async def test_my_drive_is_no_folder_of_a_path_in_any_language(
    emulator: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, called: str
) -> None:
    """How deep a folder of one's own lies is counted from there, as by opening one after the other."""
    get = DriveClient.get

    async def translated(client: DriveClient, id: DriveId) -> DriveFile:
        found = await get(client, id)
        return replace(found, name=called) if found.name == "My Drive" else found

    monkeypatch.setattr(DriveClient, "get", translated)
    desk, ours = FeedDesk(tmp_path / "desk", emulator.url), Photographer(emulator)
    ours.http = emulator.client()
    project = ours.folder("Project")
    area = ours.folder("Area", project)
    source = Source(SourceId("s"), DriveId(area), "")
    assert (await FolderTree(desk.client).resolve(source, 2)).name == "Area"
    with pytest.raises(UsageError, match="depth 2"):
        await FolderTree(desk.client).resolve(source, 3)
    await desk.close()
