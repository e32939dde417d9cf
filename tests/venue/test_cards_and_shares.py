"""Photos are filed on disks that can less: without hard links, without rights, with one name in whatever case."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.emulator.drive import Emulator
from tests.venue.disks import Card, Disk, Share, needs_card, needs_share
from tests.venue.house import House
from tests.venue.test_people_commands import DEMO, of, ok

TWO = DEMO / "photos" / "DSC_4412.jpg"  # Mia and Jonas


@pytest.fixture(
    params=[pytest.param(Card, marks=needs_card(), id="exFAT"), pytest.param(Share, marks=needs_share(), id="SMB")]
)
def elsewhere(request: pytest.FixtureRequest, tmp_path: Path, emulator: Emulator) -> Iterator[tuple[House, Disk]]:
    """A venue that files on a card or a share: People leads there."""
    with request.param(tmp_path / "card") as card:
        (card.path / "People").mkdir()
        house = House(tmp_path / "venue", emulator, VENUESYNC_FILING__MODE="640")
        (house.root / "People").rmdir() if (house.root / "People").exists() else None
        (house.root / "People").symlink_to(card.path / "People")
        yield house, card
        house.close()


def copies(house: House) -> list[Path]:
    return sorted(one for one in (house.root / "People").rglob("*.jpg") if one.is_file())


@pytest.mark.timeout(300)
def test_an_evening_there(elsewhere: tuple[House, Disk]) -> None:
    house, card = elsewhere
    ok(house, "enroll", "Mia", str(of("mia_lindqvist")[0]))
    ok(house, "enroll", "Jonas", str(of("jonas_lindqvist")[0]))
    for photo in [TWO, of("mia_lindqvist")[1]]:
        house.drop(photo, photo.name)
    assert house.until_done(120).returncode == 0
    filed = copies(house)
    names = [one.name for one in filed]
    assert len(set(names)) < len(names), "and one photo in two folders"
    house.assert_invariants()
    said = [one["text"] for one in house.json("activity") if "hard links" in one["text"]]
    assert [text.count("People/") for text in said] == ([] if card.links else [1])
    told = "; ".join(
        one["detail"] for one in json.loads(house.run("doctor", "--json").stdout) if one["check"] == "shares"
    )
    assert ("hard links" in told, "filing.mode" in told) == (not card.links, True)
    card.unmount()
    card.mount()  # every inode is another one
    ok(house, "people", "rename", "Mia", "MIA")
    assert [one.name for one in (house.root / "People").iterdir() if one.name.lower() == "mia"] == ["MIA"]
    ok(house, "people", "merge", "Jonas", "MIA")
    assert house.until_done(120).returncode == 0
    assert not (house.root / "People" / "Jonas").exists(), "what was ours there is known again, and gone"
    assert len([one["text"] for one in house.json("activity") if "hard links" in one["text"]]) == len(said)
    house.assert_invariants()
