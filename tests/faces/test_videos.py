"""Who is in a video: pooled over its frames, each at a place of its own, and cut out of the frame that it is in."""

from __future__ import annotations

import errno
import io
import os
import random
import struct
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from agent.faces import worker
from agent.faces.container import ends_early
from agent.faces.decode import crop_out, decode
from agent.faces.engine import DlibOnnx
from agent.faces.results import Depth, Fault, LookError
from agent.faces.rule import distances
from agent.faces.strip import frame_of, in_frame, on_poster, poster_frames
from agent.faces.video import Watched, opened, watch
from tests.faces.films import film

SIZE = (960, 540)


def watched(engine: DlibOnnx, path: Path) -> Watched:
    with path.open("rb") as file:
        return watch(engine, file, Depth.WHOLE)


def refused(path: Path) -> LookError:
    with path.open("rb") as file, pytest.raises(LookError) as caught, opened(file) as video:
        assert video.frame(0) is not None, "there is a frame"
    return caught.value


@pytest.mark.slow
def test_whoever_is_in_several_frames_counts_once(
    engine: DlibOnnx, one_guest: Path, two_guests: Path, tmp_path: Path
) -> None:
    """The one of the first part is in the second, too; nobody is in the rest."""
    path = film(tmp_path / "a.mp4", [(None, 3), (one_guest, 6), (None, 4), (two_guests, 6)], SIZE)
    seen = watched(engine, path)
    assert (seen.width, seen.height) == SIZE
    assert len(seen.faces) == 2
    assert len({frame_of(face.box, seen.width) for face in seen.faces}) == 1  # both are in one frame, so it is theirs
    known = engine.look(decode(two_guests.read_bytes()))
    apart = distances(np.stack([one.encoding for one in seen.faces]), np.stack([one.encoding for one in known]))
    assert sorted(apart.argmin(axis=1)) == [0, 1]
    assert (apart.min(axis=1) < 0.3).all()


@pytest.mark.slow
@pytest.mark.parametrize("keyframes", [1, 10, 1000])
def test_a_face_is_cut_out_of_the_frame_that_it_is_in(
    engine: DlibOnnx, one_guest: Path, tmp_path: Path, keyframes: int
) -> None:
    """However rarely a frame stands by itself: a video of one part and one of another is asked for by the box alone."""
    path = film(tmp_path / "a.mov", [(None, 4), (one_guest, 4), (None, 4)], SIZE, keyframes=keyframes)
    [face] = watched(engine, path).faces
    with path.open("rb") as file, opened(file) as video:
        picture = video.frame(frame_of(face.box, SIZE[0]))
        assert picture is not None
        cut = crop_out(picture, in_frame(face.box, SIZE[0]), 160)
    [again] = engine.look(decode(cut))
    assert float(np.linalg.norm(again.encoding - face.encoding)) < 0.4


@pytest.mark.slow
def test_the_poster_has_the_frames_that_somebody_is_in_and_their_faces_where_it_is_said(
    engine: DlibOnnx, one_guest: Path, two_guests: Path, tmp_path: Path
) -> None:
    with Image.open(two_guests) as both:
        right = tmp_path / "right.png"
        both.crop((450, 0, 900, 500)).save(right)
    seen = watched(engine, film(tmp_path / "a.mp4", [(one_guest, 4), (None, 4), (right, 4)], SIZE))
    boxes = [face.box for face in seen.faces]
    frames = poster_frames(boxes, seen.width)
    assert len(boxes) == len(frames) == 2
    with Image.open(BytesIO(seen.poster)) as poster:
        assert max(poster.size) == 320
        large = poster.resize(SIZE, Image.Resampling.LANCZOS)
    for face in seen.faces:
        box = on_poster(face.box, frames, *SIZE)
        near = large.crop((box[0] - 60, box[1] - 60, box[2] + 60, box[3] + 60)).resize((480, 480))
        assert len(engine.look(decode(_png(near)))) == 1


def _png(picture: Image.Image) -> bytes:
    data = BytesIO()
    picture.save(data, "PNG")
    return data.getvalue()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("matrix", "turned"),
    [((0, 1, 0, -1, 0, 0), Image.Transpose.ROTATE_90), ((-1, 0, 0, 0, -1, 0), Image.Transpose.ROTATE_180)],
)
def test_a_phone_held_upright_or_upside_down(
    engine: DlibOnnx, one_guest: Path, tmp_path: Path, matrix: tuple[int, ...], turned: Image.Transpose
) -> None:
    """Its frames lie as the sensor saw them; how they are to be shown stands in the track's header."""
    lying = tmp_path / "lying.png"
    with Image.open(one_guest) as upright:
        upright.transpose(turned).save(lying)
    path = film(tmp_path / "a.mov", [(lying, 4)], SIZE)
    identity = struct.pack(">9i", 1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30)
    data = path.read_bytes()
    at = data.index(identity, data.index(b"tkhd"))
    a, b, u, c, d, v = matrix
    turn = struct.pack(">9i", a << 16, b << 16, u, c << 16, d << 16, v, 0, 0, 1 << 30)
    path.write_bytes(data[:at] + turn + data[at + len(identity) :])
    seen = watched(engine, path)
    assert len(seen.faces) == 1
    assert (seen.width < seen.height) == (a == 0)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("2026-05-04T18:15:30Z", "2026-05-04T18:15:30+00:00"),
        ("1904-01-01T00:00:00Z", None),  # a camera whose clock was never set
        ("9999-12-31T23:59:59Z", None),
    ],
)
def test_when_it_was_taken(engine: DlibOnnx, tmp_path: Path, said: str, told: str | None) -> None:
    taken = watched(engine, film(tmp_path / "a.mp4", [(None, 1)], (320, 240), said=said)).taken
    assert (taken and taken.text) == told


AT = "2026-05-04T18:15:30"
CANON = {"make": "Canon", "model": "Canon EOS R6"}
NIKON = {"make": "NIKON CORPORATION", "model": "NIKON Z 6"}
APPLE = {"com.apple.quicktime.make": "Apple", "com.apple.quicktime.model": "iPhone 15 Pro"}
GOOGLE = {"com.android.manufacturer": "Google", "com.android.model": "Pixel 8", "com.android.version": "15"}


@pytest.mark.parametrize(
    ("name", "tags", "device", "taken"),
    [
        ("a.mov", CANON, "Canon EOS R6", f"{AT}+00:00"),
        ("a.mov", NIKON, "NIKON Z 6", AT),  # what its clock showed
        ("a.mp4", GOOGLE, "Google Pixel 8", f"{AT}+00:00"),
        ("a.mp4", {"com.android.version": "15"}, "", f"{AT}+00:00"),
        ("a.mov", APPLE, "Apple iPhone 15 Pro", f"{AT}+00:00"),
        (
            "a.mov",
            {**APPLE, "com.apple.quicktime.creationdate": "2026-05-04T20:15:28+0200"},
            "Apple iPhone 15 Pro",
            "2026-05-04T20:15:28+02:00",
        ),
        ("a.mov", {"make": "Canon", "com.apple.quicktime.model": "\x1b[2J #1"}, "[2J 1", AT),
    ],
)
def test_a_camera_that_says_which_it_is_and_whose_time_it_writes(
    engine: DlibOnnx, tmp_path: Path, name: str, tags: dict[str, str], device: str, taken: str
) -> None:
    """PyAV shows what cameras write: QuickTime's keys, Android's, and the user data of a MOV."""
    seen = watched(engine, film(tmp_path / name, [(None, 0.2)], (320, 240), said=f"{AT}Z", tags=tags))
    assert (seen.device, seen.taken and seen.taken.text) == (device, taken)


def test_what_cannot_be_read_is_an_error_and_never_anything_else(one_guest: Path, tmp_path: Path) -> None:
    whole = film(tmp_path / "a.mp4", [(one_guest, 2)], SIZE).read_bytes()
    without = whole.replace(b"moov", b"junk", 1)
    for number, data in enumerate([b"", b"\0\0\0\x18ftypmp42", whole[:30], without, b"#EXTM3U\nfile:///etc/passwd\n"]):
        path = tmp_path / f"{number}.mp4"
        path.write_bytes(data)
        assert refused(path).fault is Fault.DAMAGED


@pytest.mark.slow
@pytest.mark.parametrize("tables_first", [False, True])
def test_a_part_of_a_video_is_told_from_all_of_it(
    engine: DlibOnnx, one_guest: Path, tmp_path: Path, *, tables_first: bool
) -> None:
    """Also where it plays so far; whatever a camera writes behind it is no part of it."""
    path = film(tmp_path / "a.mp4", [(one_guest, 4)], SIZE, tables_first=tables_first)
    whole = path.read_bytes()
    for length in [len(whole) - 1, len(whole) * 9 // 10, len(whole) // 2, 400]:
        path.write_bytes(whole[:length])
        with pytest.raises(LookError) as caught:
            watched(engine, path)
        assert caught.value.fault is Fault.CUT_SHORT
    for behind in [b"", b"\0" * 20, b"\x7f\xff\xff\xffjunk of a camera", b"ab", b"\0\0\0\x10free12345678"]:
        path.write_bytes(whole + behind)
        assert len(watched(engine, path).faces) == 1


@pytest.mark.slow
@pytest.mark.parametrize("ending", ["avi", "mts", "m2ts", "mkv"])
def test_a_part_of_a_camcorders_video_is_told_from_all_of_it(tmp_path: Path, ending: str) -> None:
    """Nobody plays it here, and it says all the same how long it is."""
    whole = film(tmp_path / f"a.{ending}", [(None, 4)], (320, 180)).read_bytes()
    assert not ends_early(io.BytesIO(whole))
    for length in [len(whole) - 9, len(whole) - 77, len(whole) // 2 // 192 * 192 + 100]:
        assert ends_early(io.BytesIO(whole[:length]))
    for behind in [b"\0" * 20, b"junk of a camera", b"\7"]:
        assert not ends_early(io.BytesIO(whole + behind))


@pytest.mark.parametrize(
    "data",
    [
        b"RIFF\xff\xff\xff\xffAVI LIST",
        b"RIFF\0\0\0\0AVI LIST",
        b"RIFF",
        b"\x1aE\xdf\xa3",
        b"\x1aE\xdf\xa3\x80\x18S\x80g\xff1234",
        b"\x1aE\xdf\xa3\x80\x18S\x80g\x01" + b"\xff" * 9,
        b"\x1aE\xdf\xa3\0\0\0\0",
    ],
)
def test_what_does_not_say_how_long_it_is_may_be_whole(data: bytes) -> None:
    """As what a camera was writing when it lost its power."""
    assert not ends_early(io.BytesIO(data))


def test_the_size_of_a_large_box_is_in_eight_bytes() -> None:
    large = b"\0\0\0\x01mdat" + (5 << 30).to_bytes(8, "big")
    assert ends_early(io.BytesIO(large + b"of five gigabytes"))
    assert not ends_early(io.BytesIO(b"\0\0\0\x01mdat" + (20).to_bytes(8, "big") + b"1234"))
    assert not ends_early(io.BytesIO(b"\0\0\0\0mdat of a camera that lost its power"))


@pytest.mark.slow
def test_damage_anywhere_is_an_error_or_a_video_and_never_anything_else(engine: DlibOnnx, tmp_path: Path) -> None:
    """Every second time in the tables, where it is said how it is encoded and where each frame lies."""
    whole = film(tmp_path / "a.mp4", [(None, 2)], (320, 240)).read_bytes()
    dice, errors = random.Random(7), 0
    for _ in range(120):
        data = bytearray(whole)
        for _ in range(dice.choice((1, 3, 20, 200))):
            begin = dice.choice((0, max(0, len(data) - 3000)))
            data[dice.randrange(begin, len(data))] = dice.randrange(256)
        path = tmp_path / "damaged.mp4"
        path.write_bytes(data)
        try:
            watched(engine, path)
        except LookError as error:
            assert error.fault in (Fault.DAMAGED, Fault.CUT_SHORT)  # the latter where a box says another length
            errors += 1
    assert errors > 10


class DyingCard(io.BufferedReader):
    """Gives one error, when it is read for that time; and counts."""

    fails_at, times = -1, 0

    def read(self, size: int | None = -1, /) -> bytes:
        DyingCard.times += 1
        if self.times == self.fails_at:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return super().read(size)


@pytest.mark.slow
def test_what_the_disk_refuses_now_is_no_defect_of_a_video_that_is_too_large_to_be_hashed(
    engine: DlibOnnx, one_guest: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was filed as a video of nobody known, for good; or with those alone who were seen before the error."""
    path = film(tmp_path / "a.mp4", [(None, 6), (one_guest, 6)], SIZE)
    monkeypatch.setattr(worker, "HASHED", 0)
    monkeypatch.setattr(worker, "is_film_at", lambda _: True)
    monkeypatch.setattr(worker, "open_given", lambda path: DyingCard(io.FileIO(path)))
    monkeypatch.setattr(DyingCard, "times", 0)
    assert len(worker.look(engine, path, None).faces) == 1
    for time in range(1, DyingCard.times + 1):
        monkeypatch.setattr(DyingCard, "times", 0)
        monkeypatch.setattr(DyingCard, "fails_at", time)
        with pytest.raises(LookError) as caught:
            worker.look(engine, path, None)
        assert (caught.value.fault, caught.value.photos_own) == (Fault.UNREADABLE, False)


def test_a_video_that_goes_as_it_is_opened_is_missing(
    engine: DlibOnnx, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "is_film_at", lambda _: True)
    with pytest.raises(LookError) as caught:
        worker.look(engine, tmp_path / "gone.mp4", None)
    assert caught.value.fault is Fault.MISSING
