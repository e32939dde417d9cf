"""Random events of real and made-up people, for rules of names to be held against each other (`galleries.py`).

Nine real people are enrolled, and as many made-up ones as are missing, with so many references each; on the photos are
these nine, the other real people, faces from group photos and 60 strangers who are made up, too, each photo once, two
of five as it is or a little worse, three of five much worse (`variants.py`), one to five of them together. Made up: a
centre drawn with the real people's covariance, about it somebody's photos as they differ from each other, turned round
along the axes of such differences.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from agent.faces.cluster import grouped
from agent.faces.quality import TURNED, Quality
from agent.faces.rule import distances
from tests.faces.variants import HEAVY, LIGHT, VARIANTS, Floats, Looks, Portraits, quality_of

ENROLLED = 9 / 16  # of the real people
STRANGERS = 60
DONOR = 4  # photos of somebody real, to lend them to somebody made up
ROUND, LESS = 0.3, 0.94  # of the covariance: two of these people are as near to each other as two real ones
FAR = 0.7  # from where on nobody looks closer
CROWD = 10  # references

SMALL = 60  # pixels of a face's width, and what is less
SQUEEZED = list(VARIANTS).index("turned")

Ints = NDArray[np.int_]
Flags = NDArray[np.bool_]
Picked = tuple[Ints, Ints]  # photos, and each one's variant


@dataclass(frozen=True, slots=True)
class Faces:
    """`rows`: (n, 128); `seen`: (n, 5), see `quality_of`; `variants`: places in `VARIANTS`."""

    rows: Floats
    seen: Floats
    variants: Ints

    @classmethod
    def of(cls, portraits: Portraits, picked: Picked) -> Faces:
        return cls(portraits.rows[picked], portraits.seen[picked], picked[1])


# ---- people who are made up


@dataclass(frozen=True)
class World:
    """One half of the people, or all. `spread`, `axes`: of everybody."""

    people: list[Portraits]
    others: Portraits
    middle: Floats
    spread: Floats
    axes: Floats

    @cached_property
    def donors(self) -> list[Portraits]:
        """How the photos of people with enough of them differ from their middle, along the axes."""
        enough = [one for one in self.people if len(one) >= DONOR]
        return [Portraits((one.rows - one.rows[:, 0].mean(0)) @ self.axes, one.seen) for one in enough]

    def somebody(self, chance: np.random.Generator, pick: Callable[[int], Picked]) -> Faces:
        """The photos of a person who does not exist that `pick` takes of so many."""
        sizes = np.array([len(one) for one in self.donors])
        faces = Faces.of(donor := self.donors[int(chance.choice(len(sizes), p=sizes / sizes.sum()))], pick(len(donor)))
        turned = faces.rows * chance.choice((-1, 1), 128) @ self.axes.T
        return replace(faces, rows=self.middle + self.spread @ chance.standard_normal(128) + turned)


def world(found: Looks, half: int) -> World:
    """`half`: 1, 2, or 0 for all. The longest are dealt out in turn, so that halves are alike."""
    every = list(found.people.values())
    centres = np.stack([one.rows[:, 0].mean(0) for one in every] + [rows[0] for rows in found.others.rows])
    covariance = np.cov(centres.T)
    covariance = LESS * ((1 - ROUND) * covariance + ROUND * np.trace(covariance) / 128 * np.eye(128))
    enough = [one.rows for one in every if len(one) >= DONOR]
    within = np.vstack([(rows - rows[:, 0].mean(0)).reshape(-1, 128) for rows in enough])
    order = sorted(found.people, key=lambda name: (-len(found.people[name]), name))
    mine = [at for at in range(len(order)) if not half or (at + 1) // 2 % 2 == half - 1]
    others = slice(half - 1, None, 2) if half else slice(None)
    return World(
        [found.people[order[at]] for at in mine],
        Portraits(found.others.rows[others], found.others.seen[others]),
        centres.mean(0),
        np.linalg.cholesky(covariance + 1e-12 * np.eye(128)),
        np.linalg.eigh(np.cov(within.T))[1],
    )


# ---- an event


@dataclass(frozen=True)
class Event:
    """`references`: (people, each, 128); `truth`: of each face, the place of who it is, below zero for strangers.

    `quality`: of each face.
    """

    references: Floats
    faces: Floats
    truth: Ints
    photos: list[Ints]
    quality: list[Quality]
    variants: Ints

    @cached_property
    def turned(self) -> Flags:
        return (self.variants == SQUEEZED) | np.array([abs(one.yaw) > TURNED for one in self.quality])

    @cached_property
    def small(self) -> Flags:
        return np.array([one.width <= SMALL for one in self.quality]) & ~self.turned

    @cached_property
    def every(self) -> Floats:
        """(faces, people * each)"""
        return distances(self.faces, self.references.reshape(-1, 128))

    @cached_property
    def apart(self) -> Floats:
        """(faces, people, each), the nearest reference first."""
        return np.sort(self.every.reshape(len(self.faces), *self.references.shape[:2]), axis=2)

    @cached_property
    def pairs(self) -> tuple[Ints, Ints]:
        """Faces and people who come into question."""
        return np.nonzero(self.apart[:, :, 0] < FAR)

    @cached_property
    def crowd(self) -> Floats:
        """(faces, people): the mean of the ten nearest references of others; of pairs that count, else infinite."""
        found = np.full(self.apart.shape[:2], np.inf)
        found[self.pairs] = Near(self.every, self.references.shape[1]).but(*self.pairs)
        return found

    @cached_property
    def crowded(self) -> Floats:
        """(people,): the same of their references, in the mean."""
        people, each, _ = self.references.shape
        rows = self.references.reshape(-1, 128)
        owners = np.repeat(np.arange(people), each)
        return Near(distances(rows, rows), each).but(np.arange(len(rows)), owners).reshape(people, each).mean(1)

    @cached_property
    def between(self) -> Floats:
        """(faces, faces): two of one photo are nine apart."""
        apart = distances(self.faces, self.faces)
        for photo in self.photos:
            apart[np.ix_(photo, photo)] = 9.0
        return apart

    @cached_property
    def linked(self) -> Ints:
        return linked(self.between, 0.52)

    @cached_property
    def whispered(self) -> Ints:
        where = np.empty(len(self.faces), np.int_)
        for number, photo in enumerate(self.photos):
            where[photo] = number
        return np.array(grouped(self.faces, where.tolist(), [None] * len(where), 0.45))


class Near:
    """The nearest references of each row of distances (rows, people * each)."""

    def __init__(self, apart: Floats, each: int) -> None:
        count = min(CROWD + each, apart.shape[1])
        which = np.argpartition(apart, count - 1, axis=1)[:, :count]
        self._owners, self._apart = which // each, np.take_along_axis(apart, which, axis=1)

    def but(self, rows: Ints, people: Ints) -> Floats:
        """The mean of the ten nearest that are not this person's, for each of these rows."""
        values = np.where(self._owners[rows] == people[:, None], np.inf, self._apart[rows])
        values.sort(axis=1)
        there = np.isfinite(values[:, :CROWD])
        return np.where(there, values[:, :CROWD], 0.0).sum(1) / np.maximum(1, there.sum(1))


def linked(apart: Floats, limit: float) -> Ints:
    """Groups by average linkage: the two that are nearest become one while they are within the limit."""
    apart = apart.copy()
    np.fill_diagonal(apart, np.inf)
    labels, sizes = np.arange(len(apart)), np.ones(len(apart))
    least, which = apart.min(1), apart.argmin(1)
    while len(least) and least[one := int(least.argmin())] <= limit:
        other = int(which[one])
        row = (sizes[one] * apart[one] + sizes[other] * apart[other]) / (sizes[one] + sizes[other])
        row[[one, other]] = np.inf
        apart[one] = apart[:, one] = row
        apart[other] = apart[:, other] = np.inf
        sizes[one] += sizes[other]
        labels[labels == other] = one
        stale = np.flatnonzero((which == one) | (which == other))
        stale = np.union1d(stale, [one, other])
        least[stale], which[stale] = apart[stale].min(1), apart[stale].argmin(1)
    return labels


def event(of: World, seed: int, people: int, each: int) -> Event:
    chance = np.random.default_rng((seed, people, each))
    order = chance.permutation(len(of.people))
    known = [at for at in order if len(of.people[at]) > each][: round(ENROLLED * len(order))]
    references: list[Floats] = []
    faces: list[Faces] = []
    truth: list[int] = []
    for place, at in enumerate(known):
        mixed = chance.permutation(len(of.people[at]))
        references.append(of.people[at].rows[mixed[:each], 0])
        faces.append(Faces.of(of.people[at], worse(mixed[each:], chance)))
        truth += [place] * len(faces[-1].rows)
    while len(references) < people:
        references.append(of.somebody(chance, lambda count: as_is(chance.permutation(count)[:each])).rows)
    nobody = [Faces.of(of.people[at], worse(np.arange(len(of.people[at])), chance)) for at in order if at not in known]
    nobody += [Faces.of(of.others, worse(np.array([at]), chance)) for at in range(len(of.others))]
    nobody += [of.somebody(chance, lambda count: worse(np.arange(count), chance)) for _ in range(STRANGERS)]
    for number, one in enumerate(nobody):
        faces.append(one)
        truth += [-1 - number] * len(one.rows)
    return Event(
        np.stack(references),
        np.vstack([one.rows for one in faces]),
        np.array(truth),
        together(np.array(truth), chance),
        [quality_of(seen) for one in faces for seen in one.seen],
        np.concatenate([one.variants for one in faces]),
    )


def as_is(photos: Ints) -> Picked:
    return photos, np.zeros(len(photos), np.int_)


def worse(photos: Ints, chance: np.random.Generator) -> Picked:
    """Each of these photos as a variant."""
    light = chance.random(len(photos)) < 0.4
    which = np.where(
        light,
        chance.integers(len(LIGHT), size=len(photos)),
        len(LIGHT) + chance.integers(len(HEAVY), size=len(photos)),
    )
    return photos, which


def together(truth: Ints, chance: np.random.Generator) -> list[Ints]:
    """Photos of one to five, nobody twice on any."""
    left: list[int] = chance.permutation(len(truth)).tolist()
    photos: list[Ints] = []
    while left:
        photo: list[int] = []
        for at in left[: int(chance.integers(1, 6))]:
            if all(truth[at] != truth[one] for one in photo):
                photo.append(at)
        left = [at for at in left if at not in photo]
        photos.append(np.array(photo))
    return photos
