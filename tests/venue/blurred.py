"""Whether somebody is to be seen in what is filed and sent of a photo."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from tests.venue.house import House
from tests.venue.manifest import md5 as md5_of
from tests.venue.test_forget import TOGETHER, ledger, sha256
from tests.venue.test_people_commands import of, ok

GIVEN, JONAS = of("mia_lindqvist")[0], of("jonas_lindqvist")[0]
Box = tuple[int, int, int, int]
Pixels = NDArray[np.int16]
HIS = "People/Jonas/Group/IMG_2.jpg"


def evening(house: House) -> None:
    """She is known, is on a photo with Jonas and on two alone."""
    ok(house, "enroll", "Mia", str(GIVEN))
    ok(house, "enroll", "Jonas", str(JONAS))
    for number, photo in enumerate([*of("mia_lindqvist")[1:], TOGETHER]):
        house.drop(photo, f"IMG_{number}.jpg")
    assert house.until_done().returncode == 0
    assert {"People/Mia/Solo/IMG_0.jpg", "People/Mia/Group/IMG_2.jpg", HIS} <= {*house.on_disk()}


def boxes(house: House, name: str, photo: Path = TOGETHER) -> list[Box]:
    """Of her, or him, on that photo; to be asked before they are forgotten."""
    (id,) = [row["id"] for row in house.json("people") if row["name"] == name]
    rows = ledger(
        house,
        "SELECT box_left, box_top, box_right, box_bottom FROM face f JOIN assignment a ON a.face = f.id"
        " JOIN photo ph ON ph.id = f.photo WHERE a.person = ? AND ph.sha256 = ?",
        id,
        sha256(photo),
    )
    return [(row[0], row[1], row[2], row[3]) for row in rows]


def pixels(data: bytes) -> Pixels:
    return np.asarray(ImageOps.exif_transpose(Image.open(BytesIO(data))).convert("RGB"), dtype=np.int16)


def on_drive(house: House) -> dict[str, bytes]:
    """What lies there, by its path, as bytes."""
    with house.emulator.client() as drive:
        return {
            one["path"].removeprefix("venuesync/default/"): drive.get(
                f"/drive/v3/files/{one['id']}", params={"alt": "media"}
            ).content
            for one in house.emulator.files()
            if one.get("md5Checksum") and not one["trashed"]
        }


def around(box: Box, by: float) -> tuple[slice, slice]:
    wide, high = box[2] - box[0], box[3] - box[1]
    return (
        slice(max(0, int(box[1] - by * high)), int(box[3] + by * high)),
        slice(max(0, int(box[0] - by * wide)), int(box[2] + by * wide)),
    )


def detail(picture: Pixels, box: Box) -> float:
    """How much there is to be seen in it: the mean difference of neighbouring pixels."""
    return float(np.abs(np.diff(picture[around(box, 0.0)], axis=1)).mean())


def is_blurred(data: bytes, original: Path, faces: Sequence[Box], others: Sequence[Box] = ()) -> None:
    """The faces are beyond recognition, hair and chin with them; the rest is the photo but for JPEG's losses."""
    made, was = pixels(data), pixels(original.read_bytes())
    assert made.shape == was.shape
    rest = np.ones(made.shape[:2], dtype=bool)
    for box in faces:
        assert detail(made, box) < 0.25 * detail(was, box)
        few = Image.fromarray(made[around(box, 0.2)].astype(np.uint8)).resize((6, 6), Image.Resampling.BOX)
        again = np.asarray(few.resize(made[around(box, 0.2)].shape[1::-1], Image.Resampling.BICUBIC), dtype=np.int16)
        assert np.abs(again - made[around(box, 0.2)]).mean() < 6, "36 colours say all that there is"
        rest[around(box, 0.8)] = False
    assert np.abs(made - was)[rest].mean() < 2
    assert np.percentile(np.abs(made - was)[rest], 99) < 12
    for box in others:
        assert detail(made, box) > 0.9 * detail(was, box)
    image = Image.open(BytesIO(data))
    assert (image.format, dict(image.getexif())) == ("JPEG", {})
    assert not {"exif", "xmp", "comment", "mp", "photoshop"} & {*image.info}


def nowhere(house: House, photo: Path) -> None:
    """The photo itself lies in no folder of ours, nor on Drive, in whose trash neither."""
    md5 = md5_of(photo.read_bytes())
    assert md5 not in house.on_disk().values()
    assert not [one["path"] for one in house.emulator.files() if one.get("md5Checksum") == md5]


def forget(house: House, name: str = "Mia", *more: str) -> dict[str, Any]:
    done = house.json("people", "forget", name, "--yes", *more)
    assert (done["waits"], done["searched"]["found"]) == ("", [])
    return done


def lose_ledger(house: House) -> None:
    for store in (house.root / ".venuesync").glob("ledger*"):
        store.unlink()
