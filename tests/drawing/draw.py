"""`python -m tests.drawing.draw`: draw the demo's pictures, portraits and labels anew.

Takes about two minutes; what it writes is shipped, so only a change to the drawing needs it.
"""

import argparse
import io
import json
import sys
from pathlib import Path

from PIL import ExifTags, Image

from agent.demo import guests
from agent.demo.guests import LABELS, PHOTOS, REFERENCES, REFERENCES_EACH, Label, reference_name
from tests.drawing.album import DAY, OFFSET, SHOTS, Camera, Shot
from tests.drawing.cast import LOOKS
from tests.drawing.scenes import PORTRAIT, draw_portrait, draw_shot

QUALITY = 75
UPRIGHT = 6  # EXIF: turn a quarter clockwise to view
PHONE = Camera("Apple", "iPhone 15", PORTRAIT)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.drawing.draw", description=__doc__)
    parser.add_argument(
        "--out", type=Path, default=Path(guests.__file__).parent, help="folder to write into (the demo's own)"
    )
    out: Path = parser.parse_args(arguments).out
    total = draw_references(out / REFERENCES) + draw_photos(out / PHOTOS)
    (out / LABELS).write_text(json.dumps([label(shot) for shot in SHOTS], indent=1) + "\n", encoding="utf-8")
    sys.stdout.write(f"{len(SHOTS)} photos and {len(LOOKS) * REFERENCES_EACH} portraits in {out}: {total:,} bytes\n")
    return 0


def draw_photos(folder: Path) -> int:
    """Bytes written."""
    folder.mkdir(parents=True, exist_ok=True)
    return sum((folder / shot.file).write_bytes(photo(shot)) for shot in SHOTS)


def draw_references(folder: Path) -> int:
    """Bytes written."""
    folder.mkdir(parents=True, exist_ok=True)
    total = 0
    for look in LOOKS:
        for number in range(REFERENCES_EACH):
            day = f"2026-05-{10 + number:02d}"
            picture = jpeg(draw_portrait(look, number), exif(PHONE, day, "12:00:00", 1))
            total += (folder / reference_name(look.name, number + 1)).write_bytes(picture)
    return total


def photo(shot: Shot) -> bytes:
    """The finished JPEG; a camera held upright stores it lying down and says so."""
    picture = draw_shot(shot)
    if shot.upright:
        picture = picture.transpose(Image.Transpose.ROTATE_90)
    return jpeg(picture, exif(shot.camera, DAY, shot.clock, UPRIGHT if shot.upright else 1))


def jpeg(picture: Image.Image, tags: Image.Exif) -> bytes:
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=QUALITY, optimize=True, progressive=True, exif=tags)
    return file.getvalue()


def exif(camera: Camera, day: str, clock: str, orientation: int) -> Image.Exif:
    """Who took it, when, and which way up."""
    tags = Image.Exif()
    tags[ExifTags.Base.Make] = camera.make
    tags[ExifTags.Base.Model] = camera.model
    tags[ExifTags.Base.Orientation] = orientation
    taken = tags.get_ifd(ExifTags.IFD.Exif)
    taken[ExifTags.Base.DateTimeOriginal] = f"{day.replace('-', ':')} {clock}"
    taken[ExifTags.Base.OffsetTimeOriginal] = OFFSET
    return tags


def label(shot: Shot) -> Label:
    return Label(
        file=shot.file,
        people=list(shot.people),
        folder=shot.folder,
        camera=shot.camera.model,
        taken_at=f"{DAY}T{shot.clock}{OFFSET}",
    )


if __name__ == "__main__":
    sys.exit(main())
