"""Drive's lists lag minutes behind what is there: nothing that a source holds is lost by that, or taken away here."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.venue.house import House, wait_for
from tests.venue.photographer import Photographer
from tests.venue.pictures import scene, variant
from tests.venue.weddings import event, filed, of_annas_folder, read_to_its_end, sent, wedding

pytestmark = pytest.mark.settings(VENUESYNC_SYNC__INTERVAL="0.5", VENUESYNC_SYNC__GONE="remove")
HOUR = 3600_000.0  # milliseconds


class Pictures:
    """New ones, as many as are asked for."""

    def __init__(self, folder: Path) -> None:
        self._first = scene(folder / "first.jpg", 1, (160, 120))
        self._made = folder / "made.jpg"
        self._number = 0

    def __call__(self) -> bytes:
        self._number += 1
        return variant(self._first, self._made, self._number).read_bytes()


def look(house: House) -> None:
    with house.api() as api:
        api.post("/commands/sync", json={}).raise_for_status()


@pytest.fixture
def picture(tmp_path: Path) -> Pictures:
    return Pictures(tmp_path)


@pytest.mark.slow
def test_photos_in_folders_that_no_list_shows_yet_all_arrive(
    house: House, anna: Photographer, picture: Pictures
) -> None:
    """Folders made and filled at once, one in another, and photos moved there; the feed alone tells of them."""
    root = anna.folder("Anna", share=True)
    known = anna.put(picture(), "known.jpg", root)
    house.start()
    wedding(house, root)
    wait_for(lambda: len(sent(house)) == 1, 20, "the first is on Drive")
    house.emulator.lag(list_ms=HOUR)
    folders = [anna.folder(f"Cam{number}", root) for number in range(3)]
    for number, folder in enumerate(folders):
        for photo in range(3):
            anna.put(picture(), f"{number}-{photo}.jpg", folder)
        anna.put(picture(), f"{number}-below.jpg", anna.folder("Below", folder))
        look(house)
    anna.move(known, folders[-1])
    look(house)
    wait_for(lambda: len(sent(house)) == 13, 20, "all are filed and sent")
    assert "Unsorted/No Faces/known.jpg" in filed(house), "what was moved into a new folder is not gone"
    safe = house.json("status")["safe_to_leave"]
    assert not safe["safe"], "no list was new enough to say what else lies there"
    house.emulator.lag()
    wait_for(lambda: house.json("status")["safe_to_leave"]["safe"], 40, "the lists show all of it")


@pytest.mark.slow
@pytest.mark.parametrize("told", ["before it was a source", "to another one", "as one"])
def test_a_source_added_while_lists_lag_is_told_whole_later(
    house: House, anna: Photographer, picture: Pictures, told: str
) -> None:
    """What lay there before, what comes into folders that the first listing missed, and what was private and moves in;
    until then it is never safe, through a restart, too. The feed that runs already may have told of it to nobody.
    """
    as_one = told == "as one"
    root, private = anna.folder("Anna", share=True), anna.folder("Private")
    house.drop(scene(house.root.parent / "own.jpg", 2), "own.jpg")
    house.start()
    wait_for(lambda: len(sent(house, "default")) == 1, 20, "something of ours is on Drive")
    if told == "to another one":
        wedding(house, anna.folder("Other", share=True), name="Other")
    house.emulator.lag(list_ms=HOUR, changes_ms=HOUR if as_one else 0)
    before = anna.folder("Before", root)
    anna.put(picture(), "before.jpg", before)
    anna.put(picture(), "private.jpg", private)
    look(house)
    wait_for(lambda: as_one or read_to_its_end(house), 20, "nobody wanted to know of it")
    wedding(house, root)
    house.emulator.lag(list_ms=HOUR)
    anna.put(picture(), "after.jpg", before)
    look(house)
    known = {f"Unsorted/No Faces/{name}.jpg" for name in (("before", "after") if as_one else ("after",))}
    wait_for(lambda: filed(house) == known, 20, "the folder is known by what came into it")
    anna.move(private, root)
    look(house)
    assert not house.json("status")["safe_to_leave"]["safe"]
    house.kill()
    house.start()
    wait_for(lambda: event(house, state="UP_TO_DATE"), 20, "it was looked at again")
    assert not house.json("status")["safe_to_leave"]["safe"]
    assert filed(house) == known
    house.emulator.lag()
    wait_for(lambda: len(sent(house)) == 3, 40, "listed again, all of it is here")
    wait_for(lambda: house.json("status")["safe_to_leave"]["safe"], 40, "and that is said")


def test_a_resync_while_lists_lag_takes_nothing_away(house: House, anna: Photographer, picture: Pictures) -> None:
    """Not the photos that no list shows, nor their folder, nor what is put there later."""
    root = of_annas_folder(house, anna)
    house.emulator.lag(list_ms=HOUR)
    folder = anna.folder("Cam1", root)
    for number in range(5):
        anna.put(picture(), f"{number}.jpg", folder)
    look(house)
    wait_for(lambda: len(sent(house)) == 5, 20, "all are filed and sent")
    assert house.run("resync", "Wedding").returncode == 0
    house.emulator.expire("page_tokens")
    look(house)
    wait_for(lambda: any("listed again" in one["text"] for one in house.json("activity")), 20, "all is listed anew")
    wait_for(lambda: event(house, state="UP_TO_DATE"), 20, "twice")
    anna.put(picture(), "later.jpg", folder)
    look(house)
    wait_for(lambda: len(sent(house)) == 6, 20, "what comes later is known by its folder")
    assert not house.json("status")["safe_to_leave"]["safe"]
    assert house.json("held") == []
