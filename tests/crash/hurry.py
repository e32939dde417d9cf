"""An operator in a hurry: verbs said one upon the other while photos come, the same one twice and thrice, nobody dies.

    python -m tests.crash.hurry --verbs 400 --photos 200 [--seed N]

What was said last has to be what there is, however little of what was said before it was done by then. All is
compared and repaired meanwhile, which is to mend nothing that is only on its way. Every few verbs everything has to be
as it was meant, here and on Drive, while somebody asks all along whether it is safe.
"""

# ruff: noqa: T201 - a command

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import threading
import time
from pathlib import Path

from tests.crash.campaign import COME, OF_WHAT_WAS_FOUND
from tests.crash.deeds import VERBS
from tests.crash.evening import EMPTY, Evening
from tests.crash.lives import Way
from tests.emulator.drive import Emulator
from tests.venue.last_words import left_behind

WHILE_NOBODY_RUNS = ("ledger back", "people back")
SAID = [verb for verb in VERBS if verb not in (*WHILE_NOBODY_RUNS, *OF_WHAT_WAS_FOUND)]
AGAIN = 0.4  # how often the verb before is said once more: on and off, there and back
ARRIVES = 0.4  # how often photos come before a verb
EMPTIES = 0.03  # how often cards are emptied
REPAIRS = 0.1  # how often all is compared and repaired while verbs are said
PAUSES = (0.0, 0.0, 0.05, 0.2, 0.5, 1.0)  # seconds between two verbs
CHECKS = 25  # verbs between two looks at everything


class Hurry:
    """`verbs` over at most `photos`; `run` raises `AssertionError` with what was amiss, and what was said before it."""

    def __init__(self, evening: Evening, seed: int, verbs: int) -> None:
        self.evening = evening
        self.said: list[str] = []  # since everything was compared
        self._seed, self._verbs = seed, verbs
        self._dice = random.Random(f"{seed} hurry")
        self._last = ""
        self._repairs = random.Random(f"{seed} repairs")
        self._repairing: threading.Thread | None = None

    def run(self) -> None:
        evening = self.evening
        evening.lives.start()
        evening.open_source()
        with evening.witness:
            for number in range(1, self._verbs + 1):
                self._arrive()
                self._repair()
                self._say()
                time.sleep(self._dice.choice(PAUSES))
                if number % CHECKS == 0 or number == self._verbs:
                    self._check(number)

    def _arrive(self) -> None:
        if self._dice.random() < ARRIVES:
            self.evening.bring(self._dice.choice(COME), self._dice.randint(1, 3))
        if self._dice.random() < EMPTIES:
            self.evening.bring(EMPTY)

    def _repair(self) -> None:
        """Beside all else; one at a time."""
        if self._repairs.random() < REPAIRS and (self._repairing is None or not self._repairing.is_alive()):
            self._repairing = threading.Thread(target=self.evening.lives.repair)
            self._repairing.start()
            self.said.append("verify --repair, begun")

    def _say(self) -> None:
        verbs = self._dice.sample(SAID, len(SAID))
        if self._last and self._dice.random() < AGAIN:
            verbs.insert(0, self._last)
        for verb in verbs:
            deed = self.evening.deed_of_all(verb)
            if deed is not None:
                self._last = verb
                kept = self.evening.settle(deed, *self.evening.say(deed, Way.ASKED))
                self.said.append(" ".join(deed.words) + ("" if kept else " (not said)"))
                return

    def _check(self, number: int) -> None:
        evening = self.evening
        if self._repairing is not None:
            self._repairing.join()
        amiss = [*evening.check(), *evening.found, *evening.witness.false]
        assert not amiss, "\n".join([*amiss[:20], "after", *self.said])
        print(f"{number:4} verbs, {evening.camera.taken} photos: all as it was meant", flush=True)
        self.said.clear()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--verbs", type=int, default=400)
    parser.add_argument("--photos", type=int, default=300)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    given = parser.parse_args()
    began = time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix="venuesync-hurry-"))
    print(f"seed {given.seed}: {given.verbs} verbs over {given.photos} photos", flush=True)
    with Emulator.start(latency_ms=40) as emulator:
        evening = Evening(folder, emulator, given.seed, given.photos)
        try:
            with left_behind(folder, emulator):
                Hurry(evening, given.seed, given.verbs).run()
        finally:
            evening.close()
    print(
        f"seed {given.seed}: {sum(evening.verbs.values())} verbs of {len(evening.verbs)} kinds,"
        f" {evening.camera.taken} photos, safe said {evening.witness.safe} times of {evening.witness.heard},"
        f" never wrongly; {time.monotonic() - began:.0f} s"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
