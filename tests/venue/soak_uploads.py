"""A soak of the way to Drive: photos and guests come while both sides are killed and Drive fails in all its ways."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.emulator.drive import Emulator
from tests.venue.house import House, wait_for
from tests.venue.memory import Lives
from tests.venue.pictures import FACES, scene, variant
from tests.venue.trouble import TRANSIENT, share

GB = 10**9
EVERY = 0.7  # seconds between photos
TROUBLE_EVERY = (1.0, 8.0)  # seconds between troubles, for a soak of an hour
LAST_LIFE = 0.5  # of the time: from then on the agent is not restarted, so that its memory can be judged
GUESTS = 40  # at most; enrolled in the first half
SETTLE = 240.0  # seconds that the last photos may take when all is well again


@dataclass
class Storm:
    """What goes wrong, one at a time or on top of each other."""

    house: House
    emulator: Emulator
    dice: random.Random
    met: Counter[str] = field(default_factory=Counter[str])
    in_force: str = ""

    def next(self, *, restarts: bool) -> None:
        kinds: list[tuple[float, Callable[[], None]]] = [
            (6, self.faults),
            (3, self.calm),
            (2, self.outage),
            (2, self.full),
            (4, self.space),
            (1, self.tokens),
            (1, self.lists_lag),
            (1, self.server_killed),
            (1, self.server_restarted),
        ]
        if restarts:
            kinds += [(1, self.agent_killed), (1, self.agent_restarted)]
        weights = [weight for weight, _ in kinds]
        kind = self.dice.choices([one for _, one in kinds], weights)[0]
        self.met[kind.__name__] += 1
        kind()

    def faults(self) -> None:
        """A fifth of all requests, in every way that passes by itself."""
        self.emulator.clear_faults()
        self.emulator.faults(share(TRANSIENT, 0.2, self.dice.randrange(10**6)))

    def calm(self) -> None:
        self.emulator.clear_faults()
        self.emulator.lag()

    def outage(self) -> None:
        self.emulator.outage(self.dice.uniform(0.5, 6))

    def full(self) -> None:
        """Hardly more than there is already."""
        used = sum(int(one.get("size") or 0) for one in self.emulator.files())
        self.emulator.quota(used + self.dice.randrange(200_000))

    def space(self) -> None:
        self.emulator.quota(15 * GB)

    def tokens(self) -> None:
        self.emulator.expire("access_tokens")

    def lists_lag(self) -> None:
        self.emulator.lag(list_ms=self.dice.choice([500, 3000]))

    def server_killed(self) -> None:
        self.emulator.kill()
        self.emulator.restart()

    def server_restarted(self) -> None:
        self.emulator.restart()

    def agent_killed(self) -> None:
        self.house.kill()
        self.house.start()

    def agent_restarted(self) -> None:
        self.house.stop(60)
        self.house.start()

    def over(self) -> None:
        """All is well again, but for what happened."""
        self.calm()
        self.emulator.outage(0)
        self.space()


def soak(folder: Path, seconds: float, seed: int) -> dict[str, Any]:
    """Photos all the while; at the end the same tree on both sides, no error open, memory flat."""
    dice = random.Random(seed)
    sources = [scene(folder / f"scene-{number}.jpg", number, (320, 240)) for number in range(6)]
    sources.append(FACES / "one_guest.jpg")
    with Emulator.start(folder / "drive") as emulator:
        house = House(folder / "venue", emulator, VENUESYNC_FACES__WORKERS="1")
        house.processes_only = True  # forked from a process of the tests, an agent weighs what that one does, too
        storm, ours, theirs = Storm(house, emulator, dice), Lives("the agent"), Lives("the emulator")
        most_guests = min(GUESTS, int(seconds / 6))
        pace = min(1.0, seconds / 120)  # a short soak has its troubles sooner
        try:
            house.start()
            photos, guests, began = 0, 0, time.monotonic()
            photo_due = trouble_due = look_due = began
            while (now := time.monotonic()) < began + seconds:
                if now >= photo_due:
                    photos += 1
                    made = variant(dice.choice(sources), folder / "made.jpg", photos)
                    house.drop(made, f"{dice.choice(['', 'card/', 'b/c/'])}DSC_{photos:05}.jpg")
                    photo_due += EVERY
                if now >= trouble_due:
                    storm.next(restarts=now < began + seconds * LAST_LIFE)
                    trouble_due = time.monotonic() + dice.uniform(*TROUBLE_EVERY) * pace
                if guests < most_guests * min(1.0, (now - began) / seconds * 2):
                    guests += 1
                    enrolled = house.run("enroll", f"Visitor {guests}", str(FACES / "one_guest.jpg"))
                    assert enrolled.returncode == 0, enrolled.stderr
                if now >= look_due and house.agent is not None:
                    assert house.agent.poll() is None, "the agent has ended"
                    ours.look(house.agent.pid)
                    theirs.look(emulator.pid)
                    look_due = now + 2.0
                time.sleep(0.05)
            storm.over()
            calm_at = time.monotonic()
            done = house.until_done(SETTLE)
            settled = time.monotonic() - calm_at
            assert done.returncode == 0, done.stdout + done.stderr
            house.assert_same_tree(photos)
            wait_for(lambda: house.json("errors")["open"] == [], 60, house.json("errors")["open"])
            assert house.json("status")["photos"]["verified"] == photos
            assert house.stop(30) == 0
            assert not emulator.stderr(), emulator.stderr()
        finally:
            house.close()
    ours.assert_flat()
    theirs.assert_flat()
    return {
        "photos": photos,
        "guests": guests,
        "settled_seconds": round(settled, 1),
        "troubles": dict(storm.met),
        "agent": ours.told(),
        "emulator": theirs.told(),
    }
