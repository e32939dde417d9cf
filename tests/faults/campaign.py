"""Every fault of the emulator's, one at a time and mixed, at every endpoint that an agent asks, the token's too.

    python -m tests.faults.campaign [--cases N] [--mixed N] [--seed N]

One agent goes through all of it: a photo comes on a card and one at a source, somebody is known by now, and the deed
that asks the endpoint is done while it fails. What passes by itself has to; for the rest the operator does what the
problem says (try again, look again). Then all is at rest, nothing has failed, and every few cases all invariants hold.
"""

# ruff: noqa: T201 - a command

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from tests.emulator.drive import Emulator
from tests.faults.evening import Evening
from tests.faults.troubles import ENDPOINTS, Case, every_case
from tests.venue.last_words import left_behind
from tests.venue.trouble import TRANSIENT, share

CHECKS = 10  # cases between two looks at everything
MIXED_FOR = 5.0  # seconds


class Campaign:
    """`met`: how many cases there were by endpoint, and how many of them were really asked."""

    def __init__(self, evening: Evening, seed: int) -> None:
        self.evening = evening
        self.dice = random.Random(f"{seed} faults")
        self.met: Counter[str] = Counter()
        self.struck: Counter[str] = Counter()
        self.took: list[float] = []

    def run(self, cases: list[Case], mixed: int) -> None:
        evening = self.evening
        for number, case in enumerate(cases, 1):
            began = time.monotonic()
            evening.bring()
            struck = self._one(case)
            self.took.append(time.monotonic() - began)
            self.met[case.method] += 1
            self.struck[case.method] += struck
            print(f"{number:4} {case.words:92} {'' if struck else 'not asked '}{self.took[-1]:5.1f} s", flush=True)
            if number % CHECKS == 0:
                evening.check()
        for number in range(mixed):
            self._mix()
            print(f"mixed {number + 1}", flush=True)
            evening.check()
        evening.check()

    def _one(self, case: Case) -> bool:
        """Whether the endpoint was asked while it failed."""
        evening = self.evening
        evening.drive.faults({"method": case.method, "times": 1 if "delay_ms" in case.rule else 2, **case.rule})
        evening.do(case.deed)
        struck = evening.until_struck()
        evening.settle(case.words)
        return struck

    def _mix(self) -> None:
        """A third of all requests in every way that passes by itself, and all that was ever done, in any order."""
        evening = self.evening
        evening.bring()
        evening.drive.faults(share(TRANSIENT, 0.33, self.dice.randrange(10**6)))
        deeds = sorted(set(ENDPOINTS.values()))
        end = time.monotonic() + MIXED_FOR
        while time.monotonic() < end:
            evening.do(self.dice.choice(deeds))
            time.sleep(0.3)
        evening.settle("mixed")


def chosen(seed: int, count: int | None) -> list[Case]:
    """So many of all cases, each endpoint in turn; `None`: every one."""
    dice = random.Random(f"{seed} cases")
    by_method = {method: [one for one in every_case() if one.method == method] for method in ENDPOINTS}
    for cases in by_method.values():
        dice.shuffle(cases)
    found: list[Case] = []
    while any(by_method.values()):
        found += [cases.pop() for cases in by_method.values() if cases]
    return found[:count]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int)
    parser.add_argument("--mixed", type=int, default=20)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    given = parser.parse_args()
    began = time.monotonic()
    cases = chosen(given.seed, given.cases)
    print(f"seed {given.seed}: {len(cases)} cases, {given.mixed} mixed", flush=True)
    folder = Path(tempfile.mkdtemp(prefix="venuesync-faults-"))
    with Emulator.start() as drive:
        evening = Evening(folder, drive)
        campaign = Campaign(evening, given.seed)
        try:
            evening.open()
            with left_behind(folder, drive), evening.witness:
                campaign.run(cases, given.mixed)
        finally:
            evening.house.close()
    for method, count in sorted(campaign.met.items()):
        print(f"{count:4} {method}, {campaign.struck[method]} of them asked")
    witness = evening.witness
    print(
        f"seed {given.seed}: {len(cases)} cases, {sum(campaign.struck.values())} of them met, {given.mixed} mixed,"
        f" {len(evening.house.expected.photos)} photos, {evening.helped} times somebody had to try again,"
        f" safe said {witness.safe} times of {witness.heard}, never wrongly; {time.monotonic() - began:.0f} s"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
