"""What was fetched and cannot be read here again is named as missing, and taken in once it can be."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent import pipeline
from agent.intake.reading import Photo, Skipped, Unreadable, classify
from agent.requests.control import Retry
from agent.requests.events import AddEvent
from agent.requests.status import GetStatus
from agent.requests.troubles import ListTroubles
from tests.making import files_below
from tests.venue.photographer import Photographer
from tests.venue.pictures import scene
from tests.venue.running import Running


@pytest.mark.parametrize("running", ["near"], indirect=True)
async def test_a_fetched_photo_that_the_disk_does_not_give_back_fails_by_name(
    running: Running, anna: Photographer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(path: Path, root: Path | None = None) -> Photo | Skipped | Unreadable:
        return classify(path, root) if root is not None else Unreadable(None, "Input/output error")

    monkeypatch.setattr(pipeline, "classify", broken)
    root = anna.folder("Anna", share=True)
    anna.put(scene(tmp_path / "1.jpg", 1), "DSC_1.jpg", root)
    await running.service.ask(AddEvent(name="Wedding", sources=[root]))
    await running.until(lambda now: now["downloads"]["failed"] == 1)
    (trouble,) = (await running.service.ask(ListTroubles()))["open"]
    assert trouble["detail"] == "DSC_1.jpg: Input/output error"
    assert not (await running.service.ask(GetStatus()))["safe_to_leave"]["safe"]
    assert [*files_below(running.incoming.parent / ".venuesync/downloads")] == []  # nobody would know of it
    monkeypatch.undo()
    await running.service.ask(Retry(ids=[], all=True))
    await running.until(lambda now: now["safe_to_leave"]["safe"])
    assert (await running.service.ask(ListTroubles()))["open"] == []
