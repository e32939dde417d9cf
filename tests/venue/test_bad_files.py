"""Files that are known to be bad: asked to look again, the agent says nothing twice and keeps since when it is so."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.venue.house import House, wait_for
from tests.venue.pictures import scene
from tests.venue.test_refusing_disk import ORDINARY, safe


@pytest.mark.skipif(shutil.which("setpriv") is None, reason="there is no setpriv here")
def test_bad_files_are_no_news_however_often_one_looks(tmp_path: Path, house: House) -> None:
    """Cut short, empty, no picture, not to be read: `sync`, `resync` and `retry` change neither word nor time."""
    house.wrapped = ORDINARY
    later = tmp_path / "clock"
    later.write_text("3600")  # by the agent's clock nothing changed within the last hour: nothing is still arriving
    house.environ["VENUESYNC_CLOCK_OFFSET"] = str(later)
    whole = scene(tmp_path / "a.jpg", 1).read_bytes()
    put(house, "cut.jpg", whole[:5000])
    put(house, "empty.jpg", b"")
    put(house, "no picture.jpg", b"\xff\xd8\xff\xe0" + b"x" * 3000)
    put(house, "locked.jpg", whole + b"locked").chmod(0)
    house.start()
    wait_for(lambda: len(told(house)) == 4, 60, "all four are told")
    before, lines = told(house), house.json("activity")
    for command in ("sync",), ("resync", "default"), ("retry", "--all"):
        done = house.run(*command)
        assert done.returncode == 0, done.stderr
        wait_for(lambda: house.json("status")["photos"]["failed"] == 3, 30, "looked at again")
        assert told(house) == before, command
    assert house.json("activity") == lines
    assert house.json("errors")["healed"] == []

    (house.incoming / "locked.jpg").chmod(0o644)
    put(house, "cut.jpg", whole + b"cut")
    assert house.run("errors", "dismiss", *ids(house, "photo_empty")).returncode == 0
    (house.incoming / "no picture.jpg").unlink()
    house.run("sync")
    wait_for(lambda: safe(house), 30, "what was mended is over")
    assert told(house) == {}
    assert {one["kind"] for one in house.json("errors")["healed"]} == {"photo_cut_short", "permission_denied"}


def put(house: House, name: str, data: bytes) -> Path:
    path = house.incoming / name
    path.write_bytes(data)
    return path


def ids(house: House, kind: str) -> list[str]:
    return [str(number) for one in house.json("errors")["open"] if one["kind"] == kind for number in one["ids"]]


def told(house: House) -> dict[str, Any]:
    """File -> since when it is in trouble, and by what title."""
    return {name: (one["title"], one["first_at"]) for one in house.json("errors")["open"] for name in one["subjects"]}


def test_a_tiff_of_the_large_kind_is_a_photo(house: House, tmp_path: Path) -> None:
    """Uncompressed, as programs that stitch or stack write them."""
    made = tmp_path / "made.tif"
    with Image.open(scene(tmp_path / "made.jpg", 1)) as picture:
        picture.save(made, big_tiff=True)
    assert made.read_bytes()[:4] == b"II+\0"
    house.drop(made, "panorama.tif")
    assert house.until_done().returncode == 0
    assert list(house.on_disk()) == list(house.on_drive()) == ["Unsorted/No Faces/panorama.tif"]
