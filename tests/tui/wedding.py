"""The made-up wedding: who comes, what their photos show and when they come, and how far each drawn state has got."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass
from typing import Any

PEOPLE = [  # name, solo, group, on Drive, last seen
    ("Mia Lindqvist", 148, 312, 457, "22:14:01"), ("Jonas Lindqvist", 131, 298, 426, "22:14:01"),
    ("Anna Berg", 42, 118, 158, "22:13:58"), ("Fredrik Åkesson", 37, 96, 133, "22:13:52"),
    ("Ingrid Holm", 21, 88, 109, "22:13:47"), ("Guest 07", 4, 19, 22, "22:13:31"),
    ("Samuel Osei", 33, 71, 104, "22:13:20"), ("Priya Raman", 29, 64, 93, "22:13:12"),
    ("Alexandra Constantinescu-Whitfield", 18, 60, 78, "22:12:58"), ("Tom Becker", 16, 57, 73, "22:12:40"),
    ("Linnea Berg", 24, 47, 71, "22:12:31"), ("Hassan Darwish", 15, 52, 67, "22:12:22"),
    ("Guest 11", 3, 12, 15, "22:12:05"), ("Clara Novak", 12, 49, 61, "22:11:50"),
    ("Oskar Holm", 11, 44, 55, "22:11:41"), ("Yuki Tanaka", 14, 39, 53, "22:11:17"),
    ("Greta Sund", 9, 41, 50, "22:10:59"), ("Marcus Hale", 10, 37, 47, "22:10:33"),
    ("Beatriz Alves", 8, 36, 44, "22:10:02"), ("Elsa Holm", 13, 29, 42, "22:09:48"),
    ("Nils Åkesson", 6, 33, 39, "22:09:15"), ("Amara Diallo", 7, 30, 37, "22:08:51"),
    ("Peter Lindqvist", 5, 31, 36, "22:08:20"), ("Sofia Berg", 6, 27, 33, "22:07:44"),
    ("Guest 03", 2, 8, 10, "22:07:12"), ("Dominik Weiss", 4, 26, 30, "22:06:38"),
    ("Hanna Ek", 5, 23, 28, "22:05:57"), ("Luca Moretti", 3, 24, 27, "22:05:01"),
    ("Wilma Ek", 4, 20, 24, "22:03:46"), ("Viktor Sund", 2, 19, 21, "22:02:30"),
    ("Farah Nazari", 3, 16, 19, "22:00:12"), ("Karin Dahl", 1, 17, 18, "21:58:09"),
    ("Guest 16", 0, 5, 5, "21:55:20"), ("Rosa Keller", 1, 12, 13, "21:51:02"),
    ("Guest 14", 1, 6, 7, "21:46:37"), ("Ivan Petrov", 1, 5, 5, "21:40:11"),
]  # fmt: skip
LATEST = 60  # photos at the end that follow the drawing one by one
WHO = [
    ["Mia Lindqvist", "Jonas Lindqvist", "Anna Berg", "Tom Becker"], ["Anna Berg"], ["Fredrik Åkesson"],
    ["Mia Lindqvist"], ["Ingrid Holm", "Oskar Holm", "Elsa Holm", "Nils Åkesson", "Hanna Ek", "Wilma Ek"],
    ["Samuel Osei"], ["Jonas Lindqvist", "Tom Becker"], ["Guest 07"], ["Priya Raman", "Yuki Tanaka"], ["No Faces"],
    ["Linnea Berg"], ["Mia Lindqvist", "Clara Novak", "Guest 07"],
]  # fmt: skip
TOOK = [6, 5, 7, 6, 9, 6, 5, 6, 12, 4, 6, 7]
PER_MINUTE = [
    4,
    6,
    9,
    12,
    15,
    11,
    8,
    5,
    3,
    2,
    4,
    7,
    10,
    14,
    17,
    20,
    16,
    13,
    9,
    6,
    8,
    11,
    15,
    19,
    22,
    18,
    14,
    16,
    19,
    18,
]
ENDING = [18, 19, 15, 16, 12, 14, 11, 13, 9, 11, 8, 6, 7, 5, 3, 4, 2, 2, 1, 1, 0, 1] + [0] * 8
ACTIVE = [  # photo, folder, percent, MB/s
    ("DSC_4471.jpg", "Mia Lindqvist/Group", 62, 1.4), ("DSC_4473.jpg", "Jonas Lindqvist/Group", 41, 1.1),
    ("DSC_4472.jpg", "Anna Berg/Solo", 88, 0.9), ("IMG_20261120_221355_HDR.jpg", "Anna Berg/Group", 7, 0.8),
]  # fmt: skip
WAITING = [
    ("DSC_4474.jpg", "Jonas Lindqvist/Solo"), ("DSC_4475.jpg", "Mia Lindqvist/Group"),
    ("DSC_4476.jpg", "Mia Lindqvist/Solo"), ("DSC_4477.jpg", "Jonas Lindqvist/Group"),
    ("DSC_4478.jpg", "Guest 07/Group"),
]  # fmt: skip
EVENTS = [  # name, state, on, photos, last sync (seconds ago), cameras; the first one has all others' photos
    ("Mia & Jonas", "SYNCING", True, 0, 4, 3), ("Ceremony stream stills", "UP_TO_DATE", True, 84, 44, 1),
    ("Photo booth", "SYNC_REQUIRED", True, 60, 560, 2), ("Lindqvist family lunch", "ERROR", True, 36, 7300, 1),
    ("Rehearsal dinner", "UP_TO_DATE", False, 0, None, 1), ("Morning-after brunch", "NEVER_SYNCED", True, 0, None, 0),
]  # fmt: skip
STATES: dict[str, dict[str, Any]] = {
    "live": {"clock": "22:14:07", "queue": (1, 3, 1, 9), "deep": 12, "done": 1166, "all": 1182, "stuck": 2,
             "eta": 38.0, "up": 4.2, "down": 0.3, "newest": "22:14:01", "errors": ("cut", "refused")},
    "small": {"clock": "22:14:07", "queue": (1, 3, 1, 9), "deep": 12, "done": 136, "all": 152, "stuck": 2,
              "eta": 38.0, "up": 4.2, "down": 0.3, "newest": "22:14:01", "errors": ("cut", "refused")},
    "working": {"clock": "20:36:52", "queue": (2, 4, 1, 6), "deep": 12, "done": 518, "all": 531, "stuck": 0,
                "eta": 23.0, "up": 5.1, "down": 0.4, "newest": "20:36:49", "errors": ()},
    "offline": {"clock": "21:31:40", "queue": (1, 3, 1, 117), "deep": 0, "done": 747, "all": 870, "stuck": 1,
                "eta": None, "up": 0.0, "down": 0.0, "newest": "21:25:33", "errors": ("lost", "cut"),
                "drive": ("offline", "21:25:38"), "next_try": 18},
    "signin": {"clock": "22:06:15", "queue": (1, 2, 0, 74), "deep": 0, "done": 1080, "all": 1158, "stuck": 1,
               "eta": None, "up": 0.0, "down": 0.0, "newest": "22:02:08", "errors": ("signin", "cut"),
               "drive": ("needs_login", "22:02:10")},
    "paused": {"clock": "22:14:07", "queue": (1, 3, 1, 209), "deep": 0, "done": 966, "all": 1182, "stuck": 2,
               "eta": None, "up": 0.0, "down": 0.3, "newest": "21:52:20", "errors": ("cut", "refused"),
               "paused": "21:52:00"},
    "safe": {"clock": "23:41:22", "queue": (0, 0, 0, 0), "deep": 12, "done": 1204, "all": 1204, "stuck": 0,
             "eta": None, "up": 0.0, "down": 0.0, "newest": "23:38:12", "errors": (), "safe": True},
    "empty": {"clock": "20:36:52", "queue": (0, 0, 0, 0), "deep": 0, "done": 0, "all": 0, "stuck": 0,
              "eta": None, "up": 0.0, "down": 0.0, "newest": "20:36:52", "errors": ()},
}  # fmt: skip


@dataclass(frozen=True)
class Shot:
    """What a photo shows. `alone`: nobody else, in focus or not, stands beside its person."""

    who: tuple[str, ...] = ()
    event: int = 0
    alone: bool = True
    took: float = 6.0  # seconds from its arrival until it is verified


UPLOADS = [  # what is being sent, then what waits for it, the next one first
    *(Shot((to.rpartition("/")[0],), alone=to.endswith("Solo")) for _, to, _, _ in ACTIVE),
    *(Shot((to.rpartition("/")[0],), alone=to.endswith("Solo")) for _, to in WAITING),
]
REFUSED = Shot(("Ivan Petrov",), alone=False)


def shots() -> list[Shot]:
    """All that are verified when the evening is live, the oldest first: everybody's counts are those of `PEOPLE`."""
    newest = [pattern(n) for n in range(LATEST)]
    solo = Counter({name: count for name, count, *_ in PEOPLE})
    group = Counter({name: count for name, _, count, *_ in PEOPLE})
    for shot in (*newest, *UPLOADS, REFUSED):
        for name in shot.who:
            (solo if len(shot.who) == 1 and shot.alone else group)[name] -= 1
    others = [Shot(event=n) for n, event in enumerate(EVENTS) for _ in range(event[3])]
    portraits = [Shot((name,)) for name, count in solo.items() for _ in range(count)]
    groups = [Shot(who, alone=False) for who in together(group, max(group.values()))]
    empty = STATES["live"]["done"] - len(newest) - len(others) - len(portraits) - len(groups)
    mixed = [*portraits, *groups, *[Shot()] * empty]
    random.Random(1).shuffle(mixed)
    return [*others, *mixed, *newest[::-1]]


def pattern(number: int) -> Shot:
    """The newest photos but so many."""
    who = tuple(name for name in WHO[number % 12] if name != "No Faces")
    return Shot(who, alone=len(who) < 2, took=float(TOOK[number % 12]))


def together(counts: Counter[str], photos: int) -> list[tuple[str, ...]]:
    """So many group photos, in which everybody is as often as is counted."""
    made: list[list[str]] = [[] for _ in range(photos)]
    for who, (name, count) in enumerate(counts.items()):
        for n in range(count):
            made[(n * photos // count + 7 * who) % photos].append(name)
    return [tuple(who) for who in made]


def moments(now: float, newest: float, count: int, ending: bool) -> list[float]:
    """When so many photos were verified, the oldest first: the last half hour by minutes, before it evenly."""
    found = [newest] if newest >= now // 60 * 60 else []
    for back, number in enumerate(reversed(ENDING if ending else PER_MINUTE), 1):
        start = (now // 60 - back) * 60
        found += [start + 60 * (number - n - 0.5) / number for n in range(number)]
    found = [one for one in found if one <= newest][:count]
    if found and found[0] < newest:
        found[0] = newest
    rest, last, first = count - len(found), now // 60 * 60 - 1860, now // 60 * 60 - 1860 - 3.3 * 3600
    found += [last - (last - first) * n / max(1, rest) for n in range(rest)]
    return found[::-1]
