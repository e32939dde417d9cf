"""What is kept of Drive's folders, for whoever chooses one."""

from __future__ import annotations

from pathlib import Path

import pytest

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
