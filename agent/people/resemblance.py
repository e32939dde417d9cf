"""Whom new reference pictures look like: guests who are the same person, and what somebody should be warned of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from agent.faces.match import Encodings, distances
from agent.faces.rule import Apart, nearest
from agent.ledger.faces import Encoding
from agent.model import PersonId
from agent.people.known import KnownFaces


@dataclass(frozen=True, slots=True)
class Resemblance:
    """`guests`: the same person, nearest first; `warnings`: one for each picture, empty where all is well."""

    guests: list[PersonId]
    warnings: list[str]


def guests_like(known: KnownFaces, encodings: Sequence[Encoding]) -> list[PersonId]:
    """Guests who are the same person as these faces, nearest first."""
    if not encodings or not known.people:
        return []
    apart, _ = nearest(np.stack(encodings), known.references, known.owners, len(known.people))
    near = apart.min(axis=0)
    order = [int(at) for at in np.argsort(near)]
    return [known.people[at].id for at in order if known.people[at].guest and near[at] <= known.rule.tolerance]


def resemble(name: str, known: KnownFaces, pictures: Sequence[Encoding | None]) -> Resemblance:
    """Compare the pictures of somebody called `name` with everybody in the event, and with each other."""
    encodings = np.stack([np.asarray(one, dtype=np.float32) for one in pictures if one is not None])
    apart, _ = nearest(encodings, known.references, known.owners, len(known.people))
    near = {
        place: float(apart[:, place].min())
        for place, person in enumerate(known.people)
        if person.name != name and apart[:, place].min() <= known.rule.tolerance
    }
    guests = sorted((at for at in near if known.people[at].guest), key=lambda at: near[at])
    own = [at for at, owner in enumerate(known.owners) if known.people[owner].name == name]
    return Resemblance(
        [known.people[at].id for at in guests],
        [_warning(at, encodings, apart, known, own) for at in range(len(encodings))],
    )


def _warning(at: int, encodings: Encodings, apart: Apart, known: KnownFaces, own: Sequence[int]) -> str:
    """Of one picture: that it looks like somebody else, or unlike the others of the same person."""
    for place in np.argsort(apart[at]):
        person = known.people[int(place)]
        if apart[at, place] > known.rule.tolerance:
            break
        hers = own and int(place) == known.owners[own[0]]
        if not hers and not person.guest and not person.ignored:
            return f"looks like {person.name}, too ({apart[at, place]:.2f}): compare the two"
    others = np.vstack([np.delete(encodings, at, axis=0), known.references[list(own)]])
    if len(others) and distances(encodings[at : at + 1], others).min() > known.rule.review:
        return "unlike the other pictures: check that it is the same person"
    return ""
