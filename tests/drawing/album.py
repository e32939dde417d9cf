"""The day's pictures in the order they were taken: who stands where, in what place, by which camera.

The list is the truth; labels.json is written from it. Each seed settles a picture's poses,
lights and backdrop, and was kept because dlib finds every face in it and nothing else.
"""

from dataclasses import dataclass
from typing import Literal

DAY = "2026-06-20"
OFFSET = "+02:00"
MIA, JONAS, ANNA, SAMUEL = "Mia Lindqvist", "Jonas Lindqvist", "Anna Berg", "Samuel Osei"
PRIYA, YUKI, HASSAN, BEATRIZ = "Priya Raman", "Yuki Tanaka", "Hassan Darwish", "Beatriz Alves"
STRANGER = "stranger"


@dataclass(frozen=True, slots=True)
class Camera:
    """What EXIF says of a camera, and how its pictures are sized."""

    make: str
    model: str
    size: tuple[int, int]


NIKON = Camera("NIKON CORPORATION", "NIKON Z 8", (1920, 1280))
CANON = Camera("Canon", "Canon EOS R5", (1800, 1200))
IPHONE = Camera("Apple", "iPhone 17", (1600, 1200))


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture."""

    file: str
    camera: Camera
    clock: str
    place: str
    people: tuple[str, ...]  # left to right
    seed: int
    framing: Literal["close", "bust", "wide"] = "bust"
    upright: bool = False  # held upright: wider than high in the file, turned by EXIF
    foreground: Literal["table", "flowers", "cake"] | None = None

    @property
    def folder(self) -> Literal["solo", "group", "none"]:
        if not self.people:
            return "none"
        return "solo" if len(self.people) == 1 else "group"


SHOTS: tuple[Shot, ...] = (
    Shot("DSC_4401.jpg", NIKON, "14:52:08", "marquee", (), 1, foreground="flowers"),
    Shot("DSC_4404.jpg", NIKON, "15:06:41", "terrace", (MIA,), 2),
    Shot("DSC_4407.jpg", NIKON, "15:08:15", "terrace", (JONAS,), 3, "close"),
    Shot("DSC_4412.jpg", NIKON, "15:14:30", "terrace", (JONAS, MIA), 4),
    Shot("IMG_2041.jpg", IPHONE, "15:21:02", "terrace", (ANNA, BEATRIZ), 5),
    Shot("DSC_4419.jpg", NIKON, "15:33:47", "terrace", (ANNA, HASSAN, MIA, JONAS, PRIYA, SAMUEL), 6, "wide"),
    Shot("3Q4A0117.jpg", CANON, "16:02:19", "hall", (SAMUEL,), 7, "close"),
    Shot("3Q4A0121.jpg", CANON, "16:05:52", "hall", (PRIYA,), 8),
    Shot("IMG_2046.jpg", IPHONE, "16:10:33", "hall", (YUKI,), 709, upright=True),
    Shot("3Q4A0126.jpg", CANON, "16:18:09", "hall", (STRANGER,), 410),
    Shot("3Q4A0133.jpg", CANON, "17:24:58", "marquee", (HASSAN,), 11),
    Shot("3Q4A0135.jpg", CANON, "17:27:31", "marquee", (BEATRIZ, HASSAN), 12, foreground="table"),
    Shot("DSC_4436.jpg", NIKON, "17:40:12", "marquee", (ANNA,), 113, "close"),
    Shot("DSC_4441.jpg", NIKON, "17:52:26", "marquee", (SAMUEL, PRIYA, YUKI), 14, foreground="table"),
    Shot("3Q4A0142.jpg", CANON, "18:30:44", "marquee", (), 15, foreground="cake"),
    Shot("DSC_4450.jpg", NIKON, "18:34:05", "marquee", (MIA, JONAS, ANNA), 16),
    Shot("DSC_4456.jpg", NIKON, "20:11:37", "garden", (SAMUEL, STRANGER), 117),
    Shot("IMG_2058.jpg", IPHONE, "20:19:54", "garden", (BEATRIZ,), 18, "close"),
    Shot("DSC_4463.jpg", NIKON, "20:41:20", "garden", (YUKI, PRIYA, MIA), 19),
    Shot("DSC_4468.jpg", NIKON, "20:58:03", "garden", (HASSAN, JONAS, STRANGER, SAMUEL), 220, "wide"),
    Shot(
        "3Q4A0158.jpg", CANON, "21:12:49", "garden", (PRIYA, ANNA, BEATRIZ, YUKI, MIA), 321, "wide", foreground="table"
    ),
    Shot("DSC_4477.jpg", NIKON, "21:36:15", "garden", (), 122, foreground="table"),
    Shot("3Q4A0166.jpg", CANON, "22:20:36", "dance floor", (JONAS, SAMUEL), 23),
    Shot("IMG_2073.jpg", IPHONE, "22:31:11", "dance floor", (YUKI, BEATRIZ), 324, upright=True),
    Shot("3Q4A0171.jpg", CANON, "22:47:28", "dance floor", (MIA,), 25),
    Shot("3Q4A0179.jpg", CANON, "23:05:40", "dance floor", (PRIYA, HASSAN, YUKI), 26),
)
