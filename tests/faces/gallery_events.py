"""Random events of real and made-up people, for rules of names to be held against each other (`galleries.py`).

Nine real people are enrolled, and as many made-up ones as are missing, with so many references each; on the photos are
these nine, the other real people, faces from group photos and 60 strangers who are made up, too, each photo once, two
of five as it is or a little worse, three of five much worse (`variants.py`), one to five of them together. Made up: a
centre drawn with the real people's covariance, about it somebody's photos as they differ from each other, turned round
along the axes of such differences.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from agent.faces.cluster import grouped
from agent.faces.rule import distances
from tests.faces.variants import HEAVY, LIGHT, Floats, Looks

ENROLLED = 9 / 16  # of the real people
STRANGERS = 60
DONOR = 4  # photos of somebody real, to lend them to somebody made up
ROUND, LESS = 0.3, 0.94  # of the covariance: two of these people are as near to each other as two real ones
FAR = 0.7  # from where on nobody looks closer
CROWD = 10  # references

Ints = NDArray[np.int_]


# ---- people who are made up


@dataclass(frozen=True)
class World:
    """One half of the people, or all. `people`: (photos, variants, 128) each; `spread`, `axes`: of everybody."""

    people: list[Floats]
    others: Floats
    middle: Floats
    spread: Floats
    axes: Floats

    @cached_property
    def donors(self) -> list[Floats]:
        """How the photos of people with enough of them differ from their middle, along the axes."""
        return [(rows - rows[:, 0].mean(0)) @ self.axes for rows in self.people if len(rows) >= DONOR]

    def somebody(self, chance: np.random.Generator, pick: Callable[[Floats], Floats]) -> Floats:
        """(n, 128): the photos of a person who does not exist that `pick` takes of (photos, variants, 128)."""
        sizes = np.array([len(rows) for rows in self.donors])
        rows = pick(self.donors[int(chance.choice(len(sizes), p=sizes / sizes.sum()))])
        turned = rows * chance.choice((-1, 1), 128) @ self.axes.T
        return self.middle + self.spread @ chance.standard_normal(128) + turned


def world(found: Looks, half: int) -> World:
    """`half`: 1, 2, or 0 for all. The longest are dealt out in turn, so that halves are alike."""
    every = list(found.people.values())
    centres = np.stack([rows[:, 0].mean(0) for rows in every] + [rows[0] for rows in found.others])
    covariance = np.cov(centres.T)
    covariance = LESS * ((1 - ROUND) * covariance + ROUND * np.trace(covariance) / 128 * np.eye(128))
    within = np.vstack([(rows - rows[:, 0].mean(0)).reshape(-1, 128) for rows in every if len(rows) >= DONOR])
    order = sorted(found.people, key=lambda name: (-len(found.people[name]), name))
    mine = [at for at in range(len(order)) if not half or (at + 1) // 2 % 2 == half - 1]
    return World(
        [found.people[order[at]] for at in mine],
        found.others[half - 1 :: 2] if half else found.others,
        centres.mean(0),
        np.linalg.cholesky(covariance + 1e-12 * np.eye(128)),
        np.linalg.eigh(np.cov(within.T))[1],
    )


# ---- an event


@dataclass(frozen=True)
class Event:
    """`references`: (people, each, 128); `truth`: of each face, the place of who it is, below zero for strangers."""

    references: Floats
    faces: Floats
    truth: Ints
    photos: list[Ints]

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
    references, faces, truth = [], [], []
    for place, at in enumerate(known):
        mixed = chance.permutation(len(of.people[at]))
        references.append(of.people[at][mixed[:each], 0])
        faces.append(worse(of.people[at][mixed[each:]], chance))
        truth += [place] * len(faces[-1])
    while len(references) < people:
        references.append(of.somebody(chance, lambda rows: rows[chance.permutation(len(rows))[:each], 0]))
    nobody = [worse(of.people[at], chance) for at in order if at not in known]
    nobody += [worse(rows[None], chance) for rows in of.others]
    nobody += [of.somebody(chance, lambda rows: worse(rows, chance)) for _ in range(STRANGERS)]
    for number, rows in enumerate(nobody):
        faces.append(rows)
        truth += [-1 - number] * len(rows)
    return Event(np.stack(references), np.vstack(faces), np.array(truth), together(np.array(truth), chance))


def worse(rows: Floats, chance: np.random.Generator) -> Floats:
    """(photos, variants, 128) -> (photos, 128)"""
    light = chance.random(len(rows)) < 0.4
    which = np.where(
        light, chance.integers(len(LIGHT), size=len(rows)), len(LIGHT) + chance.integers(len(HEAVY), size=len(rows))
    )
    return rows[np.arange(len(rows)), which]


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
