"""Which rule names more people, and fewer wrongly, where many are enrolled: random events of real and made-up people.

make galleries      needs the labelled photos (VENUESYNC_FACES): HALF=1 or 2: with one half of the people alone

Nine real people are enrolled, and as many made-up ones as are missing to 12, 100, 300 or 600, with one reference each
or with three (`gallery_events.py`). Rules get constants on one half of the people and tell by the other what they are
worth. How poor a picture is counts for nothing but with --gated: then blurred, turned and dark faces are asked about at
most, as the product does. --apart: small faces (60 pixels and less), turned ones and all others told apart, too.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, fields, replace
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from agent.faces import rule
from agent.faces.quality import Quality, poor, useless
from agent.faces.rule import Facts, Rule, decide
from tests.conftest import BESIDE
from tests.faces.gallery_agent import Told, as_the_product_does
from tests.faces.gallery_events import Event, Flags, Ints, event, world
from tests.faces.variants import Floats, looks

FACES = Path(os.environ.get("VENUESYNC_FACES") or BESIDE)
PEOPLE = (12, 100, 300, 600)
REFERENCES = (1, 3)


# ---- rules

Scored = Callable[[Event], Floats]  # (faces, people)


def nearest(of: Event) -> Floats:
    return of.apart[:, :, 0]


def two(of: Event) -> Floats:
    """The mean of the two nearest references."""
    return of.apart[:, :, :2].mean(2)


def crowded(scored: Scored, of: Event) -> Floats:
    """Stricter where other people's references are near to the face, and to the person."""
    near = of.crowd / 4 + of.crowded[None] / 4
    return scored(of) + np.maximum(0.0, 0.33 - near)


def soft(of: Event) -> Floats:
    """Stricter the nearer the next person is."""
    apart = nearest(of)
    order = np.sort(apart, axis=1)
    following = np.where(apart == order[:, :1], order[:, 1:2], order[:, :1])
    return apart + 0.3 * np.maximum(0.0, 0.66 - following)


def with_group(scored: Scored, groups: Callable[[Event], Ints], alone: float, of: Event) -> Floats:
    """Half a face's own, half the mean of its group."""
    own, labels = scored(of), groups(of)
    found = own.copy()
    for label in np.unique(labels):
        members = np.flatnonzero(labels == label)
        mean = np.minimum(own[members], 1.0).mean(0)
        found[members] = (own[members] + mean) / 2 if len(members) > 1 else own[members] + alone
    return found


NO_MARGIN = Rule(margin=1e-9)


def doubted(of: Event) -> Floats:
    return rule.doubted(nearest(of))


def by_photo(
    scored: Scored,
    limits: Rule,
    of: Event,
    groups: Callable[[Event], Ints] | None = None,
) -> Told:
    """What is made of such distances, photo by photo; with groups one question for each and each person."""
    scores = scored(of)
    named, asked = np.full(len(scores), -1), np.full(len(scores), -1)
    for photo in of.photos:
        verdicts = decide(scores[photo], limits, facts_of([of.quality[at] for at in photo]))
        for at, verdict in zip(photo, verdicts, strict=True):
            named[at] = -1 if verdict.person is None else verdict.person
            asked[at] = -1 if verdict.ask is None else verdict.ask
    alone = np.arange(len(scores))
    return Told(named, asked, alone if groups is None else groups(of), np.zeros_like(alone))


def facts_of(photo: Sequence[Quality]) -> Facts:
    """How good the faces of a photo are."""
    reasons = {at: reason for at, one in enumerate(photo) if (reason := poor(one)) is not None}
    return Facts(reasons, frozenset(at for at, one in enumerate(photo) if useless(one) is not None))


def doubted_by_groups(of: Event) -> Told:
    """Half a face's own distances, half its group's mean, if groups were known."""
    scored = partial(with_group, doubted, lambda of: of.linked, 0.02)
    return by_photo(scored, Rule(0.51, 0.58, NO_MARGIN.margin), of, groups=lambda of: of.linked)


MEAN_CROWD = partial(crowded, two)


def by_groups(groups: Callable[[Event], Ints], alone: float) -> Callable[[Event], Told]:
    return partial(by_photo, partial(with_group, MEAN_CROWD, groups, alone), NO_MARGIN, groups=groups)


RULES: dict[str, Callable[[Event], Told]] = {
    "the product's": as_the_product_does,
    "each by itself": partial(by_photo, nearest, Rule()),
    "doubted": partial(by_photo, doubted, Rule()),
    "doubted, with groups": doubted_by_groups,
    "nearest": partial(by_photo, nearest, NO_MARGIN),
    "two nearest": partial(by_photo, two, NO_MARGIN),
    "soft margin": partial(by_photo, soft, NO_MARGIN),
    "nearest, crowd": partial(by_photo, partial(crowded, nearest), NO_MARGIN),
    "two nearest, crowd": partial(by_photo, MEAN_CROWD, NO_MARGIN),
    "these, with groups": by_groups(lambda of: of.linked, 0.02),
    "these, with whispers": by_groups(lambda of: of.whispered, 0.02),
}


# ---- measured


@dataclass(frozen=True)
class Counted:
    """Of one rule in one event, or in many."""

    faces: int = 0
    placements: int = 0
    right: int = 0
    wrong: int = 0
    questions: float = 0.0  # one about several faces is shared among them
    told: int = 0  # placements that are named or asked about
    back: int = 0  # names that were taken back as other photos came
    seconds: float = 0.0

    def __add__(self, other: Counted) -> Counted:
        return Counted(*(getattr(self, one.name) + getattr(other, one.name) for one in fields(self)))


def counted(told: Told, of: Event, among: Flags) -> Counted:
    """Of the event's faces that are marked."""
    known = (of.truth >= 0) & among
    right = told.named == of.truth
    return Counted(
        int(among.sum()),
        int(known.sum()),
        int((right & known).sum()),
        int(((told.named >= 0) & ~right & among).sum()),
        float(told.questions[among].sum()),
        int(((right | (told.asked == of.truth)) & known).sum()),
        int(told.back[among].sum()),
    )


PARTS: dict[str, Callable[[Event], Flags]] = {
    "": lambda of: np.ones(len(of.faces), np.bool_),
    "small": lambda of: of.small,
    "turned": lambda of: of.turned,
    "others": lambda of: ~of.small & ~of.turned,
}


def trial(
    half: int, seed: int, people: int, each: int, names: Sequence[str], gated: bool
) -> dict[tuple[str, str], Counted]:
    """One event by each rule, all of it and its parts; for a process of its own."""
    of = event(world(looks(FACES), half), seed, people, each)
    shown = of if gated else replace(of, quality=[Quality(100)] * len(of.faces))
    found: dict[tuple[str, str], Counted] = {}
    for name in names:
        began = time.process_time()
        told = RULES[name](shown)
        seconds = time.process_time() - began
        for part, among in PARTS.items():
            found[name, part] = replace(counted(told, of, among(of)), seconds=seconds)
    return found


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def columns(counts: Sequence[Counted]) -> str:
    """Of one rule in one kind of event, and from seed to seed the recall's least and most."""
    of = counts[0]
    for one in counts[1:]:
        of += one
    recalls = [one.right / one.placements for one in counts if one.placements]
    return (
        f"{of.right / (of.placements or 1):6.3f} {min(recalls, default=0):5.2f}-{max(recalls, default=0):4.2f}"
        f" {of.told / (of.placements or 1):6.3f}"
        f" {of.wrong:6} {of.back:5} {100 * of.questions / of.faces:7.1f} {of.placements:7} {of.faces:8}"
        f" {1e3 * of.seconds / len(counts):7.1f}"
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=30, help="of each kind")
    parser.add_argument("--seed", type=int, default=1, help="of the first")
    parser.add_argument("--half", type=int, default=0, choices=(0, 1, 2), help="of the people")
    parser.add_argument("--people", type=int, nargs="+", default=PEOPLE)
    parser.add_argument("--references", type=int, nargs="+", default=REFERENCES)
    parser.add_argument("--apart", action="store_true", help="tell small and turned faces apart, too")
    parser.add_argument("--gated", action="store_true", help="poor faces are asked about at most")
    parser.add_argument("--rules", nargs="+", default=list(RULES), choices=list(RULES), metavar="RULE")
    asked = parser.parse_args()
    if not (FACES / "labels.csv").is_file():
        say(f"no labelled photos of real people in {FACES} (set VENUESYNC_FACES)")
        return 0
    looks(FACES)  # once, before there are two who need it
    os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")  # theirs
    say(
        f"{asked.events} events of each kind from seed {asked.seed}, half {asked.half or 'both'}"
        f"{', gated' if asked.gated else ''}; ms: of processor time"
    )
    say(f"{'':24} recall (by event) or ask  wrong  back asked/100 places    faces ms/event")
    seeds = range(asked.seed, asked.seed + asked.events)
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        for people, each in [(people, each) for people in asked.people for each in asked.references]:
            kind = partial(trial, asked.half, people=people, each=each, names=asked.rules, gated=asked.gated)
            found = list(pool.map(kind, seeds, chunksize=5))
            say(f"{people} people, {each} reference{'s' if each > 1 else ''} each")
            for name in asked.rules:
                for part in PARTS if asked.apart else ("",):
                    say(f"  {f'  {part}' if part else name:22} {columns([one[name, part] for one in found])}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
