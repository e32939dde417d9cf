"""What was answered before there was an agent is settled as it begins: each answer by itself."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from agent.requests.events import GetEvent
from agent.workspace import Workspace
from tests.venue.running import an_agent
from tui.cli.monitor import settle
from tui.first_run.welcome import FirstAnswers
from tui.widgets.notice import Note


async def test_a_name_that_is_none_keeps_no_folder_from_being_watched(workspace: Workspace, tmp_path: Path) -> None:
    """Photos that came there were nobody's, and only of the name it was said that it could not be."""
    card, said = tmp_path / "card", list[Note]()
    card.mkdir()
    app = cast(Any, SimpleNamespace(say=said.append, call_later=lambda call, *given: call(*given)))
    async with an_agent(workspace) as running:
        await settle(running.service, FirstAnswers(workspace.root, "default", str(card)), app)
        settings = (await running.service.ask(GetEvent(id="default")))["settings"]
    assert [one["path"] for one in settings["folders"]] == [str(card)]
    assert ["name has a wrong value" in str(one) for one in said] == [True]
