"""Who is drawn: eight guests with invented names, and one stranger whom nobody has enrolled.

Looks are chosen by hand so that a name fits its face; the bones come from the seed, picked from many so that dlib's
encoder tells all nine apart (tests/drawing/test_drawn_guests.py holds the margin).
"""

from dataclasses import dataclass
from typing import Literal

Rgb = tuple[float, float, float]
HairStyle = Literal["long", "waves", "bob", "bun", "curls", "short", "crop", "receding", "bald"]
Clothes = Literal["suit", "bow tie", "open collar", "low dress", "round dress", "boat dress", "sari", "jumper"]


@dataclass(frozen=True, slots=True)
class Look:
    """What does not change from photo to photo."""

    name: str
    seed: int
    woman: bool
    age: float  # 0: twenty, 1: seventy
    skin: Rgb
    hair: Rgb
    style: HairStyle
    iris: Rgb
    lips: Rgb
    wears: Clothes
    cloth: Rgb
    accent: Rgb  # tie, border, necklace
    beard: float = 0.0  # 0 to 1, how dense
    moustache: float = 0.0
    glasses: Literal["round", "square"] | None = None
    freckles: float = 0.0
    narrow_eyes: float = 0.0  # 0 to 1


LOOKS: tuple[Look, ...] = (
    Look(
        name="Mia Lindqvist",
        seed=316,
        woman=True,
        age=0.15,
        skin=(240, 203, 181),
        hair=(206, 160, 94),
        style="waves",
        iris=(84, 132, 170),
        lips=(205, 104, 108),
        wears="low dress",
        cloth=(206, 150, 176),
        accent=(240, 232, 220),
        freckles=0.35,
    ),
    Look(
        name="Jonas Lindqvist",
        seed=200,
        woman=False,
        age=0.3,
        skin=(240, 194, 168),
        hair=(160, 74, 32),
        style="short",
        iris=(92, 134, 104),
        lips=(190, 112, 100),
        wears="suit",
        cloth=(44, 62, 102),
        accent=(196, 120, 128),
        beard=0.85,
        moustache=0.8,
    ),
    Look(
        name="Anna Berg",
        seed=286,
        woman=True,
        age=1.0,
        skin=(238, 202, 184),
        hair=(206, 204, 204),
        style="bob",
        iris=(110, 132, 150),
        lips=(190, 96, 100),
        wears="round dress",
        cloth=(52, 118, 124),
        accent=(246, 240, 230),
        glasses="round",
    ),
    Look(
        name="Samuel Osei",
        seed=275,
        woman=False,
        age=0.35,
        skin=(112, 72, 50),
        hair=(30, 24, 22),
        style="crop",
        iris=(52, 34, 24),
        lips=(126, 70, 62),
        wears="bow tie",
        cloth=(70, 66, 76),
        accent=(150, 44, 60),
        moustache=0.7,
    ),
    Look(
        name="Priya Raman",
        seed=308,
        woman=True,
        age=0.2,
        skin=(176, 120, 82),
        hair=(38, 26, 24),
        style="long",
        iris=(58, 36, 24),
        lips=(168, 66, 78),
        wears="sari",
        cloth=(190, 44, 104),
        accent=(232, 184, 84),
    ),
    Look(
        name="Yuki Tanaka",
        seed=263,
        woman=True,
        age=0.05,
        skin=(242, 208, 180),
        hair=(36, 30, 34),
        style="bun",
        iris=(56, 38, 28),
        lips=(212, 94, 98),
        wears="boat dress",
        cloth=(122, 176, 156),
        accent=(236, 214, 150),
        narrow_eyes=0.7,
    ),
    Look(
        name="Hassan Darwish",
        seed=288,
        woman=False,
        age=0.75,
        skin=(208, 156, 116),
        hair=(66, 58, 56),
        style="receding",
        iris=(66, 44, 26),
        lips=(160, 92, 82),
        wears="open collar",
        cloth=(176, 148, 112),
        accent=(240, 238, 232),
        beard=0.3,
        moustache=1.0,
    ),
    Look(
        name="Beatriz Alves",
        seed=297,
        woman=True,
        age=0.5,
        skin=(222, 168, 130),
        hair=(74, 44, 30),
        style="curls",
        iris=(96, 66, 34),
        lips=(186, 40, 52),
        wears="low dress",
        cloth=(30, 112, 84),
        accent=(230, 196, 110),
    ),
)

STRANGER = Look(
    name="stranger",
    seed=284,
    woman=False,
    age=0.8,
    skin=(238, 190, 168),
    hair=(168, 162, 156),
    style="bald",
    iris=(100, 126, 150),
    lips=(186, 116, 106),
    wears="jumper",
    cloth=(116, 122, 110),
    accent=(90, 96, 88),
    glasses="square",
)

EVERYONE: dict[str, Look] = {look.name: look for look in (*LOOKS, STRANGER)}
