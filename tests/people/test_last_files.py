"""What the night tidies up is never the last file of a photo, whatever is decided while it is at work."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from agent.disk.own_folders import OwnFolders
from agent.jobs.housekeeping import Cleanup
from agent.ledger import photos
from agent.model import PhotoId
from agent.requests.people import Redo, Undo
from agent.requests.photos import WithdrawPhotos
from agent.workspace import Workspace
from tests.making import encoding, look, take_in
from tests.people.test_restored_roster import UNKNOWN, agent_in, on_disk


async def test_what_is_withdrawn_again_meanwhile_keeps_the_file_that_was_kept(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with agent_in(workspace) as agent:
        ledger, original = agent._opened.ledger, workspace.incoming / "DSC_1.jpg"
        original.write_bytes(b"of nobody known")
        photo = await ledger.write(take_in, original)
        await ledger.write(lambda db: look(PhotoId(photo), db, [encoding(1)]))
    async with agent_in(workspace) as agent:
        ledger, read = agent._opened.ledger, agent._opened.ledger.read
        assert on_disk(workspace) == [UNKNOWN]
        original.unlink()
        await agent.service.ask(WithdrawPhotos(ids=[int(photo)]))
        await agent.file_now()
        await agent.service.ask(Undo())
        await agent.file_now()
        assert on_disk(workspace) == [UNKNOWN]

        async def slowly(ask: Callable[..., Any], *given: Any, **named: Any) -> Any:
            found = await read(ask, *given, **named)
            if ask is photos.filed_among:
                await agent.service.ask(Redo())
                await agent.file_now()
            return found

        monkeypatch.setattr(ledger, "read", slowly)
        await Cleanup(ledger, workspace, OwnFolders(workspace.root), days=7)()
        assert on_disk(workspace) == []
        await agent.service.ask(Undo())
        await agent.file_now()
        assert on_disk(workspace) == [UNKNOWN]
