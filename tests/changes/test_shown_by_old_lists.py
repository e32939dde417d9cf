"""Lists that lag show folders where they were: what is known of them since, by their own word, goes before that."""

from __future__ import annotations

import time
from pathlib import Path

from tests.changes.desk import FeedDesk
from tests.changes.truth import Truth
from tests.emulator.drive import Emulator
from tests.venue.photographer import Photographer


async def test_a_photo_is_in_no_event_whose_lists_showed_its_folder_once(emulator: Emulator, tmp_path: Path) -> None:
    """Cam1 lies in A by now. By old lists it is in Day, which went to B, and in Party, from which Day had gone, in C.

    Of the three it was told of C first that Cam1 is not there: a photo that came to it then was in C, and stayed there.
    """
    anna = Photographer(emulator)
    truth = Truth(emulator, time.time() + 1000)
    a, b, c = (anna.folder(name, share=True) for name in "ABC")
    party = anna.folder("Party", anna.folder("Private"))
    day = anna.folder("Day", party)
    cam = anna.folder("Cam1", day)
    desk = FeedDesk(tmp_path / "desk", emulator.url, steady=lambda: truth.now)
    events = [await desk.add_event(name, folder) for name, folder in zip("ABC", (a, b, c), strict=True)]
    await desk.make_own_folder()
    await desk.look()
    truth.wait(600)
    await desk.look()

    truth.lag(lists=60)
    for folder, into, seconds in ((cam, a, 1), (day, b, 58.5), (party, c, 1.2)):
        anna.move(folder, into)
        await desk.look()
        truth.wait(seconds)
    await desk.look()
    truth.wait(1)
    await desk.look()
    photo = anna.put(b"\xff\xd8\xff photo", "DSC.jpg", cam)
    await desk.look()

    truth.lag(lists=0)
    for _ in range(5):
        truth.wait(600)
        await desk.look()
    there = await desk.there()
    await desk.close()
    assert [[file for file, _ in there.get(event, ())] for event in events] == [[photo], [], []]
