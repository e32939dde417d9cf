"""A photo of a source that cannot be opened needs somebody as long as it lies there, and no longer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.venue.house import House, wait_for
from tests.venue.photographer import Photographer
from tests.venue.pictures import scene
from tests.venue.weddings import look, queued, wedding


def errors(house: House) -> list[dict[str, Any]]:
    return house.json("errors")["open"]


def safe(house: House) -> bool:
    return house.json("status")["safe_to_leave"]["safe"]


@pytest.mark.slow
@pytest.mark.parametrize("how", ["trashed", "deleted"])
def test_a_whole_one_under_another_id_mends_it(tmp_path: Path, house: House, anna: Photographer, how: str) -> None:
    """The whole one was filed and sent, and nothing was ever safe again: the broken one stayed an error for good."""
    root = anna.folder("Anna", share=True)
    whole = scene(tmp_path / "made.jpg", 1).read_bytes()
    broken = anna.put(whole[: len(whole) // 2], "DSC_1.jpg", root)
    anna.put(scene(tmp_path / "made.jpg", 2), "DSC_2.jpg", root)
    house.start()
    wedding(house, root)
    [told] = wait_for(lambda: errors(house), 20, "it is told")
    assert told["title"] == "Photo cut short"
    anna.put(whole, "DSC_1.jpg", root)
    anna.trash(broken) if how == "trashed" else anna.delete(broken)
    look(house)
    wait_for(lambda: not errors(house), 10, "it is healed")
    wait_for(lambda: safe(house), 30, "all is there")
    assert house.json("status")["photos"]["seen"] == 2
    house.assert_invariants(drive=False)
    assert told["detail"].startswith("DSC_1.jpg, from Anna of Wedding: The file ends")


@pytest.mark.slow
def test_an_empty_one_is_named_until_it_is_filled(tmp_path: Path, house: House, anna: Photographer) -> None:
    """It was passed over, and all was safe."""
    root = anna.folder("Anna", share=True)
    empty = anna.put(b"", "DSC_1.jpg", root)
    other = anna.put(b"", "DSC_3.jpg", root)
    anna.put(scene(tmp_path / "made.jpg", 2), "DSC_2.jpg", root)
    house.start()
    wedding(house, root)
    [told] = wait_for(lambda: errors(house), 20, "it is told")
    assert told["title"] == "Photo is empty" and "from Anna of Wedding" in told["detail"]
    words = "DSC_1.jpg, DSC_3.jpg, from Anna of Wedding: "
    wait_for(
        lambda: errors(house)[0]["detail"].startswith(words), 20, "both are named, as the photographer called them"
    )
    assert not safe(house)
    anna.replace(empty, scene(tmp_path / "made.jpg", 1))
    look(house)
    wait_for(lambda: house.json("status")["photos"]["verified"] == 2, 30, "it is fetched, filed and sent")
    assert [one["title"] for one in errors(house)] == ["Photo is empty"], "the other one is empty still"
    anna.replace(other, scene(tmp_path / "made.jpg", 3))
    look(house)
    wait_for(lambda: safe(house), 30, "all is there")
    assert (errors(house), house.json("status")["photos"]["seen"]) == ([], 3)
    house.assert_invariants(drive=False)


@pytest.mark.slow
def test_what_was_removed_before_it_was_fetched_is_named(tmp_path: Path, house: House, anna: Photographer) -> None:
    """Nobody could say what to ask for: "1 gone" was all."""
    root = anna.folder("Anna", share=True)
    anna.put(scene(tmp_path / "made.jpg", 1), "DSC_1.jpg", root)
    house.start()
    wedding(house, root)
    wait_for(lambda: safe(house), 30, "all is there")
    assert house.run("pause", "all").returncode == 0
    lost = [anna.put(scene(tmp_path / "made.jpg", 2 + number), f"DSC_{2 + number}.jpg", root) for number in range(7)]
    look(house)
    wait_for(lambda: queued(house) == 7, 20, "they are seen")
    for one in lost:
        anna.delete(one)
    assert house.run("resume", "all").returncode == 0
    look(house)
    wait_for(lambda: safe(house), 30, "none is waited for")
    told = [one["text"] for one in house.json("activity") if "before download" in one["text"]]
    assert sum(text.count("DSC_") + int(text.endswith("and 2 more")) * 2 for text in told) == 7
    assert all(text.startswith("Removed by the photographer before download: DSC_") for text in told)


@pytest.mark.settings(VENUESYNC_DRIVE__FOLDER_CHECK="2")
def test_a_destination_that_is_not_shared_any_more_is_told(tmp_path: Path, house: House, anna: Photographer) -> None:
    """It was found when a folder was needed in it, maybe never; and no event was named."""
    house.emulator.grant("drive")
    given = anna.folder("Given")
    permission = anna.share(given, "writer")
    house.start()
    assert house.run("events", "add", "Wedding", "--destination", given).returncode == 0
    photo = scene(tmp_path / "made.jpg", 1)
    (house.root / "Events/Wedding/Incoming/DSC_1.jpg").write_bytes(photo.read_bytes())
    wait_for(lambda: safe(house), 30, "it is there")
    anna.unshare(given, permission)
    [told] = wait_for(lambda: errors(house), 20, "it is told")
    assert told["title"] == "The folder that was chosen on Drive is gone"
    assert "Wedding" in told["detail"] and given in told["detail"]
    assert not safe(house)
    anna.share(given, "writer")
    assert house.run("retry", "--all").returncode == 0
    wait_for(lambda: safe(house), 30, "it is shared again")
