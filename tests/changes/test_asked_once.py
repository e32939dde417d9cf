"""A source of an event that is switched off is listed where somebody asks for it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tests.changes.desk import FeedDesk
from tests.emulator.drive import Emulator
from tests.venue.photographer import Photographer


async def test_one_of_which_drive_could_not_be_asked_before_is_listed_too(emulator: Emulator, tmp_path: Path) -> None:
    """Its name and drive are learned first; with that the wish was taken for fulfilled."""
    anna = Photographer(emulator)
    folder = anna.folder("Anna", share=True)
    photo = anna.put(b"\xff\xd8\xff photo", "DSC.jpg", folder)
    desk = FeedDesk(tmp_path / "desk", emulator.url)
    event = await desk.add_event("Wedding", folder)
    await desk.ledger.on_writer(desk.roster.change_event, event, lambda was: replace(was, enabled=False))
    await desk.feeds.ask([event], whole=True)
    await desk.look()
    assert {one for one, _ in (await desk.there()).get(event, set())} == {photo}
    await desk.close()
