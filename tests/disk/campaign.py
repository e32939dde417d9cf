"""Disks that are full, refuse, vanish or are led elsewhere, at every step of an evening: all is as the verbs meant it.

    python -m tests.disk.campaign --blows 100 --photos 200 [--seed N]

As in the campaign of kills (`tests/crash/campaign.py`) the moments are written down that the agent goes through. Then
it is stopped at each of them; a calamity comes over it while it stands still, it goes on into that, and after a while
the calamity passes. Photos have odd names, and half of all lives may watch few folders. In the end, and every few
blows, everything has to be as it was meant, here and on Drive, and nobody was told that it is safe when it was not.
"""

# ruff: noqa: T201 - a command

from __future__ import annotations

import argparse
import random
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from contextlib import nullcontext, suppress
from pathlib import Path

from tests.crash.campaign import ALONE, BRINGS, COURSE, Campaign, Kill
from tests.crash.deed import Deed
from tests.crash.evening import FIRST, Evening
from tests.crash.lives import QUIET, Answer, Role, Told, Way
from tests.crash.pictures import Taken
from tests.disk.calamities import (
    ORDINARY,
    Calamity,
    ClockStep,
    FullDisk,
    Link,
    NoGrowth,
    NoRight,
    ReadOnly,
    Share,
    VanishingShare,
    few_watches,
)
from tests.emulator.drive import Emulator
from tests.venue.disks import MB, Disk, why_not
from tests.venue.house import wait_for
from tests.venue.last_words import left_behind
from tests.venue.witness import Witness

COME = ("card", "drive", "late", "party")  # by odd names, and on the share: no shots, and no reader
LASTS = (0.5, 2.5)  # seconds from a calamity's coming to its passing
SWEEP = 10  # seconds; what comes to a share in the moment in which it vanishes is found by a sweep
NOTICED = 35.0  # seconds: a sweep on a busy machine, and half a minute from one look at the sources to the next
COMES = 2.0  # seconds in which it comes where it is for no moment
ODD = (
    "plain {}", "-rf {}",
    "[b]{}[@click=app.quit]", "two\nlines {}", "{} #?%&", "'{}' \"x\"", "  {} ", "\u202egpj {}", "é\u0301 {}",
    "名前 {}", "😀 {}", "con {}", "{} " + "a" * 200, "%2e%2e {}", "$(reboot) {}", "back\\slash {}",
)  # fmt: skip


class Weather(Evening):
    """An evening on a small disk, with a share beside it. `calm` is held while a calamity is on."""

    def __init__(self, folder: Path, emulator: Emulator, seed: int, photos: int, disk: Disk | None) -> None:
        super().__init__(folder, emulator, seed, photos)
        self.calm = threading.RLock()
        self.share = Share(folder, mounts=disk is not None)
        dice, root = random.Random(f"{seed} calamities"), self.house.root
        offset = folder / "offset"
        link = Link(root, folder / "elsewhere", dice)
        self.house.expected.keep(link.kept)
        self.calamities: list[Calamity] = [VanishingShare(self.share), link, ClockStep(offset, dice)]
        if disk is None:
            self.calamities.append(NoGrowth(self._pid))
        else:
            self.calamities += [FullDisk(disk), ReadOnly(root, dice)]
        if shutil.which("setpriv"):
            self.calamities.append(NoRight(root, dice))
            self.house.wrapped = ORDINARY
        self.house.environ |= {
            "VENUESYNC_INCOMING__FOLDERS": str(self.share.here),
            "VENUESYNC_INCOMING__SWEEP": str(SWEEP),
            "VENUESYNC_CLOCK_OFFSET": str(offset),
        }
        self.witness = Witness(root, emulator.url, self.house.expected, lambda: NOTICED)

    def _pid(self) -> int:
        assert self.house.agent is not None
        return self.house.agent.pid

    def _drop(self, taken: Taken, event: str = FIRST) -> None:
        """By odd names, and half of them on the share; a full card takes no photo."""
        odd = Taken(f"{ODD[self.camera.taken % len(ODD)].format(self.camera.taken)}.jpg", taken.data, taken.picture,
                    taken.broken)  # fmt: skip
        with self.calm:
            if event != FIRST or taken.broken or self.dice.random() < 0.5:
                super()._drop(odd, event)
                return
            self.meaning.arrive(odd, event)
            beside = self.share.here / f".{taken.name}"
            beside.write_bytes(odd.data)
            beside.rename(self.share.here / odd.name)
            self.house.expected.arrived(self.share.here / odd.name)


class Blow(threading.Thread):
    """Lets a calamity come over the agent once it stands where it was armed for, and pass again.

    `now`: it will not come there any more, so that it comes at once.
    """

    def __init__(self, weather: Weather, calamity: Calamity, lasts: float) -> None:
        super().__init__(name=calamity.name, daemon=True)
        self._weather, self._calamity, self._lasts = weather, calamity, lasts
        self.now = threading.Event()
        self.error: BaseException | None = None

    def run(self) -> None:
        try:
            self._strike()
        except BaseException as error:  # noqa: BLE001 - told to whoever waits for it
            self.error = error

    def _strike(self) -> None:
        lives = self._weather.lives
        while (pid := lives.met()) is None and not self.now.wait(0.01):
            pass
        lives.disarm()
        with self._weather.calm:
            try:
                self._calamity.comes()
                lives.go_on(pid)
                time.sleep(self._lasts)
            finally:
                self._calamity.passes()
                lives.go_on(lives.met())


class DiskCampaign(Campaign):
    """`kills` blows, of which each is another calamity than the last."""

    evening: Weather

    def __init__(self, evening: Weather, seed: int, blows: int, course: tuple[str, ...] = COURSE) -> None:
        super().__init__(evening, seed, blows, course)
        self.by: Counter[str] = Counter()
        self.refused = 0
        self._weather = evening
        self._few = few_watches()

    def _strike(self, kill: Kill, deed: Deed | None, number: int) -> None:
        weather, lives = self._weather, self.lives
        weather.bring(self._dice.choice(COME), (weather.most - weather.camera.taken) // (self._kills - number + 1))
        act = kill.act.removesuffix(ALONE)
        way = Way.ALONE if act != kill.act else self._dice.choice((Way.ASKED, Way.TYPED))
        if way is Way.ALONE:
            lives.stop()
        calamity = weather.calamities[number % len(weather.calamities)]
        if kill.name:
            lives.arm(kill.role, kill.name, kill.number, signal.SIGSTOP)
        blow = Blow(weather, calamity, self._dice.uniform(*LASTS))
        blow.start()
        told, before = (Told(Answer.NONE), None) if deed is None else weather.say(deed, way)
        if act in BRINGS:
            weather.bring(act)
        elif act in ("stop", "start") or kill.role is Role.AGENT:
            self._through_a_stop(act)
        if kill.name and kill.role is Role.AGENT:
            wait_for(lambda: not blow.is_alive() or lives.rests(), QUIET, "all is done")
        elif not kill.name:
            blow.join(self._dice.uniform(0, COMES))
        blow.now.set()
        blow.join()
        where = lives.killed_at() or "at any time"
        if blow.error is not None:
            raise blow.error
        self.by[calamity.name] += 1
        self.at[where] += 1
        kept = deed is not None and before is not None and self._settle(deed, told, before)
        verb = "" if deed is None else f" · {deed.verb} {way} {'kept' if kept else told.answer}"
        print(f"{number:4} {calamity.name:10} {kill.act:20} {where}{verb}", flush=True)
        self._start_again(number)
        lives.until_rest()
        assert not weather.found, "\n".join(weather.found)

    def _through_a_stop(self, act: str) -> None:
        """A start in the middle of a calamity may be refused: it is tried again afterwards."""
        if act == "stop":
            self.lives.stop()
        with suppress(AssertionError):
            self.lives.start()

    def _settle(self, deed: Deed, told: Told, before: object) -> bool:
        """What the disk refuses is said in words, and was not said for good."""
        if told.answer is Answer.REFUSED:
            self.refused += 1
            if told.text.startswith("500") or "Traceback" in told.text or "unexpected" in told.text:
                self._weather.found.append(f"{deed.words}: {told.text}")
            told = Told(Answer.NONE, told.text)
        return self._weather.settle(deed, told, before)  # type: ignore[arg-type]

    def _start_again(self, number: int) -> None:
        """Every fifth life begins anew, with few watches every other time."""
        if number % 5 == 0:
            self.lives.stop()
            self._weather.house.wrapped = [*(self._few if number % 10 else []), *self._ordinary()]
        self.lives.start()

    def _ordinary(self) -> list[str]:
        return ORDINARY if shutil.which("setpriv") else []


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--blows", type=int, default=100)
    parser.add_argument("--photos", type=int, default=200)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    given = parser.parse_args()
    if why_not():
        print(f"no disk is filled, none is read-only: {why_not()}")
    began = time.monotonic()
    print(f"seed {given.seed}: {given.blows} blows over {given.photos} photos", flush=True)
    folder = Path(tempfile.mkdtemp(prefix="venuesync-disk-"))
    campaign = run(folder, given.seed, given.blows, given.photos, COURSE, mounts=not why_not())
    told = ", ".join(f"{name} {count}" for name, count in campaign.by.items())
    witness = campaign.evening.witness
    print(
        f"seed {given.seed}: {told}; at {len(campaign.at)} moments, {campaign.refused} verbs refused in words,"
        f" safe said {witness.safe} times of {witness.heard}, never wrongly; {time.monotonic() - began:.0f} s"
    )
    shutil.rmtree(folder)
    return 0


def run(
    folder: Path,
    seed: int,
    blows: int,
    photos: int,
    course: tuple[str, ...],
    *,
    mounts: bool = True,
) -> DiskCampaign:
    """The whole of it, in an empty folder. Raises `AssertionError` with what was amiss; nothing stays mounted."""
    (folder / "venue").mkdir()
    small_disk = Disk(folder / "venue", 96 * MB) if mounts else nullcontext()
    with small_disk as disk, Emulator.start(latency_ms=10) as emulator:
        weather = Weather(folder, emulator, seed, photos, disk)
        try:
            campaign = DiskCampaign(weather, seed, blows, course)
            with left_behind(folder, emulator):
                campaign.run()
            log = (folder / "agent.log").read_text()
            assert "Traceback" not in log, log[-3000:]
            return campaign
        except BaseException:
            shutil.copytree(folder / "venue", folder / "as it was", symlinks=True)
            raise
        finally:
            weather.close()
            if mounts:
                weather.share.unmount()


if __name__ == "__main__":
    sys.exit(main())
