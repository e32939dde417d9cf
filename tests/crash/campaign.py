"""The agent killed again and again through an evening: nothing lost, nothing doubled, nothing touched that is not ours.

    python -m tests.crash.campaign --kills 200 --photos 500 [--seed N]

First each verb is said once and the moments that it goes through are written down: each durable step, each effect on
disk, each answer of Drive's. Then the agent is killed at the first occurrence of each of them, at later ones in the
course of other verbs, and at random times; it is started again, and the evening goes on. Every few kills everything
has to be as the verbs meant it, here and on Drive, while somebody asks all along whether it is safe. Now and then,
while nobody runs, a backup made in a night of this evening is put back: of the ledger, after which all is as it was
meant before, or of the people, after which all is as it was said then. The plan of the kills follows from the seed and
the moments there are.
"""

# ruff: noqa: T201 - a command

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from pathlib import Path

from tests.crash.deed import Deed
from tests.crash.deeds import VERBS
from tests.crash.evening import EMPTY, EMPTY_SOURCE, Evening
from tests.crash.hands import BACK, BOTH, DELETED, FOLDER, FOLDER_TRASHED, HANDS, TAKEN_OUT, TRASHED
from tests.crash.lives import Answer, Role, Told, Way
from tests.crash.reader import READER, TURNED
from tests.emulator.drive import Emulator
from tests.venue.last_words import left_behind

ALONE = " alone"  # behind a verb: as a command, without an agent
BRINGS = ("card", "drive", "late", "party", "broken", EMPTY, EMPTY_SOURCE, READER, TURNED, "shot", "raw", *HANDS)
COME = ("card", "drive", "late", "party", READER, "shot", "raw")
# What is done when, each once, so that each is possible: people are known before they are merged, say.
COURSE = (
    *("card", "broken", "enroll", "drive", "enroll", "enroll alone", "rename", "rename alone", "event", "event alone"),
    *("enroll late", "late", "card", "enroll face", "enroll face alone", "name", "name alone", "merge", "merge alone"),
    *("not", "not alone", "review", "review alone", "withdraw", "undo", "redo", "withdraw alone", "undo alone"),
    *("redo alone", "move", "move alone", "move", "file as", "file as alone", "interval", "pause", "pause alone"),
    *("ignore", "undo", "ignore alone", "dismiss", "restore", "dismiss alone", "restore alone", "stop", "start"),
)
# Events that come and go, with photos of their own and with others that were moved there.
EVENTS = (
    *("party", "move", "event", "party", "move", "move alone", "move", "switch", "drive", "switch alone", "set"),
    *("party", "set alone", "set", "set", "undo", "remove", "redo", "undo", "card", "event", "party", "remove alone"),
    *("undo alone", "event", "party", "move", "start"),
)
# Said of photos that lie nowhere but where they were filed.
EMPTIED = (
    EMPTY,
    "move",
    "undo",
    "redo",
    EMPTY,
    "move alone",
    "undo alone",
    "redo alone",
    "rename",
    "merge",
    "undo",
    "start",
)
# What is put back when: from a night before all that was said since, and from one in between.
PUT_BACK = (
    *("night", "enroll", "withdraw", "rename", "card", "ledger back alone", "withdraw", "move", "people back alone"),
    *("approve", "rename", "night", "card", "drive", "withdraw", "merge", "ledger back alone", "people back alone"),
    *("approve alone", "undo", "withdraw", "people back alone", "start"),
)
# Photos that wait for a yes.
REVIEWED = (
    *(
        "approve",
        "card",
        "enroll",
        "event",
        "party",
        "file as",
        "look first",
        "card",
        "drive",
        "undo",
        "redo",
        "approve photo",
    ),
    *("undo", "redo", "party", "reject", "undo", "approve event", "undo", "approve event alone", "move", "card"),
    *("look first alone", "undo", "undo", "card", "look first alone", "reject alone", "approve photo alone", "start"),
)
# What Drive has in photos' places, when, and under which name; cameras' clocks, and where messages go.
RULED = (
    *("card", "enroll", "event", "party", "exclude", "card", "exclude alone", "rule", "rule alone", "rule", "rule"),
    *("watermark", "rule", "card", "watermark alone", "metered", "card", "metered", "metered alone", "drive"),
    *("template", "card", "template alone", "party", "withdraw", "undo", "clock", "clock alone", "undo", "redo"),
    *("notify add", "notify add alone", "notify remove", "notify remove alone", "start"),
)
# Somebody whom nobody knows any more.
FORGOTTEN = (
    *("card", "card", "enroll", "enroll", "enroll", "event", "card", "move", "night", "forget", "card", "undo"),
    *("enroll", "event", "forget alone", "move", "move", EMPTY, "night", "enroll", "forget", "ledger back alone"),
    *("rename", "undo", "withdraw", "undo", "merge", "forget", "people back alone", "approve", "card", "start"),
)
# Events that go over another account.
ELSEWHERE = (
    *("card", "event", "party", "account", "party", "card", "move", "move", "account", "party", "enroll", "metered"),
    *("event", "party", "account alone", "rule", "party", "account", "set", "move alone", "account alone", "undo"),
    *("night", "account", "party", "ledger back alone", "account", "switch", "party", "remove", "start"),
)
# Somebody who is denied on so many photos that a guest is found there, and may be on later ones.
DENIED = (
    *("card", "enroll", "card", "enroll", "card", "not", "not", "not", "card", "undo", "redo", "rename", "undo"),
    *("undo alone", "redo alone", "card", "undo", "undo", "not alone", "not", "undo", "start"),
)
# Hands that take what is filed, here and on Drive.
HANDLED = (
    *("card", "enroll", "drive", "enroll", "card", TAKEN_OUT, "rename", BACK, DELETED, "retry", TRASHED, "resync"),
    *(FOLDER, "withdraw", FOLDER_TRASHED, "rename", BOTH, TAKEN_OUT, "undo", BACK, "event", "party", DELETED, "move"),
    *(TAKEN_OUT, "move", BACK, BOTH, "undo", TRASHED, "retry alone", "file as", "resync", FOLDER, "retry", "start"),
)
# A card that is taken out of its reader, and put in again.
TURNS = (
    *(READER, "enroll", READER, TURNED, "rename", TURNED, READER, "withdraw", TURNED, "undo", "card", TURNED),
    *("event", READER, "move", "party", TURNED, "undo", "move", TURNED, EMPTY, TURNED, "start", READER, TURNED),
)
# RAW and JPEG of a shot, of which what is said of one is said of both.
SHOTS = (
    *("shot", "enroll", "card", "raw", "enroll", "shot", "withdraw", "raw", "undo", "event", "shot", "move", "raw"),
    *("undo", "redo", "rename", "file as", "not", "undo", EMPTY, "move", "night", "move", "raw", "ledger back alone"),
    *(
        "withdraw",
        "undo",
        "template",
        "shot",
        "look first",
        "shot",
        "approve photo",
        "reject",
        "undo",
        "remove",
        "start",
    ),
)
# Photos that lie nowhere but here, and are taken out.
LAST = (
    *("drive", "card", "enroll", "shot", "drive", EMPTY_SOURCE, EMPTY, "withdraw", "night", "undo", "redo", "undo"),
    *("event", "party", "move", EMPTY, "withdraw", "withdraw alone", "undo", "people back alone", "approve"),
    *("withdraw", "ledger back alone", "undo", "undo", "withdraw", "ledger back alone", "redo", "undo alone"),
    *("remove", "start"),
)
COURSES = {
    "review": REVIEWED,
    "rules": RULED,
    "forget": FORGOTTEN,
    "accounts": ELSEWHERE,
    "denied": DENIED,
    "hands": HANDLED,
    "reader": TURNS,
    "shots": SHOTS,
    "last": LAST,
}
WHOLE = (
    COURSE
    + EVENTS
    + EMPTIED
    + PUT_BACK
    + REVIEWED
    + RULED
    + FORGOTTEN
    + ELSEWHERE
    + DENIED
    + HANDLED
    + TURNS
    + SHOTS
    + LAST
)
SHORT = (  # for a test's patience
    *("card", "enroll", "drive", "rename", "event", "switch", "event", "withdraw alone", "undo", "remove", "stop"),
    "start",
)
STARTS = ("start", "night")  # a life begins
OF_WHAT_WAS_FOUND = ("name", "ignore", "review")  # by numbers that may be others as long as anything is looked at
NAMED = 0.8  # share of kills at named moments
AT_RANDOM = 2.5  # seconds in which a kill at random comes
CHECKS = 10  # kills between two looks at everything
PACKS_UP = 0.5  # how often nothing needs anybody then
EMPTIES = 0.2  # how often cards are emptied before a kill
HANDLES = 0.2  # how often somebody takes something by hand before a kill
TURNS_IT = 0.1  # how often the card is taken out of its reader before a kill, or put in
AGAIN = 0.5  # how often what was not said for good is said again
WAYS = (Way.ASKED, Way.ASKED, Way.ASKED, Way.TYPED)


@dataclass(frozen=True, slots=True)
class Kill:
    """In the course of `act` at the `number`-th moment of this name, or, without a name, at any time."""

    act: str
    role: Role = Role.AGENT
    name: str = ""
    number: int = 1


class Campaign:
    """`kills` over `photos`; `course` is gone through first."""

    def __init__(self, evening: Evening, seed: int, kills: int, course: tuple[str, ...] = WHOLE) -> None:
        self.evening, self.lives = evening, evening.lives
        self.at: Counter[str] = Counter()
        self.missed = 0  # moments that did not come again
        self._seed, self._kills, self._course = seed, kills, course
        self._dice, self._packs = random.Random(f"{seed} kills"), random.Random(f"{seed} packs")
        self._hands = random.Random(f"{seed} hands")
        self._reached: dict[str, Counter[str]] = defaultdict(Counter)

    def run(self) -> None:
        """Raises `AssertionError` with what was amiss."""
        evening = self.evening
        print(f"seed {self._seed}: {self._kills} kills over {evening.most} photos", flush=True)
        self.lives.start()
        evening.open_source()
        with evening.witness:
            self._go_through()
            self._check()
            plan = self._plan()
            for number in range(1, self._kills + 1):
                self.lives.start()
                self._strike(*self._next(plan), number)
                if number % CHECKS == 0 or number == self._kills:
                    self._check(last=number == self._kills)
        assert not evening.witness.false, evening.witness.false

    # ---- the moments that there are

    def _go_through(self) -> None:
        for act in self._course:
            if act in STARTS:
                self.lives.stop()
            self.lives.moments()
            typed = self._act(act)
            self.lives.start()
            if act == "night":
                self.evening.until_morning()
            self.lives.until_rest()
            self._reached[act] += self.lives.moments()
            watched = any(one.startswith(Role.COMMAND) for one in self._reached[act])
            assert not typed or ALONE not in act or watched, f"{act}: unwatched"

    def _act(self, act: str) -> bool:
        """Do it, and note what came of it. Answers whether it was a verb, and could be said now."""
        evening, verb = self.evening, act.removesuffix(ALONE)
        deed = evening.deed_of_all(verb)
        if act == "stop" or verb != act:
            self.lives.stop()
        if deed is not None:
            told, before = evening.say(deed, Way.ALONE if verb != act else Way.ASKED)
            evening.settle(deed, told, before)
        elif act in BRINGS:
            evening.bring(act)
        elif act == "night":
            evening.let_night_pass()
        return deed is not None

    # ---- the plan

    def _plan(self) -> list[Kill]:
        """Each moment once, in the course of whatever; then more of them, in the course of others; then at random."""
        every = sorted(
            ((act, line) for act, lines in self._reached.items() for line in lines), key=lambda one: self._lot(*one)
        )
        first = list({line: (act, line) for act, line in reversed(every)}.values())
        named = sorted(first, key=lambda one: self._lot("order", *one)) + [one for one in every if one not in first]
        chosen = [self._kill(act, line, at < len(first)) for at, (act, line) in enumerate(named)]
        plan = chosen[: int(self._kills * NAMED)]
        acts = [act for act in self._reached if not act.endswith(ALONE) or act in PUT_BACK]
        plan += [Kill(self._dice.choice(acts)) for _ in range(self._kills - len(plan))]
        self._dice.shuffle(plan)
        return plan

    def _next(self, plan: list[Kill]) -> tuple[Kill, Deed | None]:
        """The next kill of those planned whose verb can be said now; where none can, in the course of one that can."""
        for at, kill in enumerate(plan):
            verb = kill.act.removesuffix(ALONE)
            if verb in OF_WHAT_WAS_FOUND:
                self.lives.until_rest()
            deed = self.evening.deed(verb)
            if deed is not None or verb not in VERBS:
                return plan.pop(at), deed
        verbs = [verb for verb in VERBS if verb not in OF_WHAT_WAS_FOUND and verb + ALONE not in PUT_BACK]
        self._dice.shuffle(verbs)
        verbs.sort(key=lambda verb: verb not in self._reached)  # those of the course first
        verb, deed = next((verb, deed) for verb in verbs if (deed := self.evening.deed(verb)) is not None)
        kill = plan.pop(0)
        return replace(kill, act=verb, number=1) if kill.role is Role.AGENT else Kill(verb), deed

    def _lot(self, *words: str) -> float:
        """A number that is another one for each, and does not hang on what else there is."""
        return random.Random(f"{self._seed} {words}").random()

    def _kill(self, act: str, line: str, first: bool) -> Kill:
        role, _, name = line.partition(" ")
        number = 1 if first else random.Random(f"{self._seed} {act} {line}").randint(1, self._reached[act][line])
        return Kill(act, Role(role), name, number)

    # ---- a kill

    def _strike(self, kill: Kill, deed: Deed | None, number: int) -> None:
        """One death; afterwards what was said in that life is known to be said for good, or not at all."""
        evening, lives = self.evening, self.lives
        act = kill.act.removesuffix(ALONE)
        deed = evening.of_all(deed, act)
        if kill.act in STARTS or (deed is not None and deed.alone):
            lives.kill()
        if kill.act == "night":
            evening.let_night_pass()
        self._meanwhile(number)
        deed = evening.of_all(deed, act)
        way = Way.ALONE if act != kill.act else self._dice.choice(WAYS)
        if way is Way.ALONE:
            lives.stop()
        if kill.name:
            lives.arm(kill.role, kill.name, kill.number)
        told, before = (Told(Answer.NONE), None) if deed is None else evening.say(deed, way)
        if act in BRINGS:
            evening.bring(act)
        elif act == "stop":
            lives.stop()
        elif act in STARTS or kill.role is Role.AGENT:
            lives.start()
        where = self._die(kill)
        self.at[where] += 1
        kept = deed is not None and before is not None and evening.settle(deed, told, before)
        verb = "" if deed is None else f" · {deed.verb} {way} {'kept' if kept else 'not said'}"
        print(f"{number:4} {kill.act:20} {where}{verb}", flush=True)
        if deed is not None and not kept and self._dice.random() < AGAIN and (deed.alone or lives.start()):
            evening.settle(deed, *evening.say(deed, Way.ALONE if deed.alone else Way.ASKED))
        assert not evening.found, "\n".join(evening.found)

    def _meanwhile(self, number: int) -> None:
        """Photos come, and people do this and that by hand."""
        evening = self.evening
        evening.bring(self._dice.choice(COME), (evening.most - evening.camera.taken) // (self._kills - number + 1))
        if self._dice.random() < EMPTIES:
            evening.bring(self._hands.choice((EMPTY, EMPTY, EMPTY_SOURCE)))
        if self._hands.random() < HANDLES:
            evening.bring(self._hands.choice(HANDS))
        if self._hands.random() < TURNS_IT:
            evening.bring(TURNED)

    def _die(self, kill: Kill) -> str:
        """Of what it was armed for, or at any time, or at the latest once all is done. Answers where."""
        lives = self.lives
        if not kill.name:
            lives.until(self._dice.uniform(0, AT_RANDOM))
        elif kill.role is Role.AGENT:
            lives.until_rest()
        lives.kill()
        where = lives.killed_at()
        lives.disarm()
        self.missed += where is None and kill.name != ""
        return where or (f"at rest, without {kill.name}" if kill.name else "at random")

    def _check(self, *, last: bool = False) -> None:
        """Sometimes, and in the end, nothing is left that needs somebody."""
        amiss = [*self.evening.check(), *self.evening.found]
        if not amiss and (last or self._packs.random() < PACKS_UP):
            amiss = self.evening.pack_up()
        amiss += self.evening.witness.false
        assert not amiss, "\n".join(amiss[:20])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--photos", type=int, default=500)
    parser.add_argument("--course", choices=[*COURSES], help="these verbs alone")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    given = parser.parse_args()
    began = time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix="venuesync-crash-"))
    with Emulator.start(latency_ms=10) as emulator:
        evening = Evening(folder, emulator, given.seed, given.photos)
        evening.house.processes_only = True  # each life as a user begins it
        campaign = Campaign(evening, given.seed, given.kills, COURSES.get(given.course, WHOLE))
        try:
            with left_behind(folder, emulator):
                campaign.run()
        finally:
            evening.close()
    for where, count in sorted(campaign.at.items()):
        print(f"{count:4} {where}")
    witness = evening.witness
    print("not safe, as told:", ", ".join(f"{code} {times}" for code, times in witness.not_yet.most_common()))
    print(
        f"seed {given.seed}: {sum(campaign.at.values())} kills at {len(campaign.at)} moments,"
        f" {evening.camera.taken} photos, {sum(evening.verbs.values())} verbs,"
        f" safe said {witness.safe} times of {witness.heard}, never wrongly; {time.monotonic() - began:.0f} s"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
