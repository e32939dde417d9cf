"""Whose faces these are: the nearest reference within the tolerance, nobody twice, the same answer every time."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.faces.match import Match, distances, match

ORIGIN = np.zeros(128, np.float32)


def at(*offsets: float) -> np.ndarray:
    """A point whose first coordinates are these."""
    point = ORIGIN.copy()
    point[: len(offsets)] = offsets
    return point


def test_the_nearest_of_several_references_counts() -> None:
    references = np.stack([at(0.9), at(0.2), at(0, 0.4)])
    (found,) = match(ORIGIN[None], references, ["ana", "ana", "ben"], 0.5)
    assert found == Match("ana", 1, pytest.approx(0.2), pytest.approx(0.4))


def test_the_tolerance_is_included_and_beyond_it_is_nobody() -> None:
    references = at(0.5)[None]
    assert match(ORIGIN[None], references, ["ana"], 0.5) == [Match("ana", 0, 0.5, None)]
    assert match(ORIGIN[None], references, ["ana"], 0.49) == [None]


def test_two_faces_are_never_the_same_person() -> None:
    faces = np.stack([at(0.3), at(0.1)])
    assert match(faces, ORIGIN[None], ["ana"], 0.5) == [None, Match("ana", 0, pytest.approx(0.1), None)]


def test_a_face_whose_person_is_taken_may_be_another_and_its_runner_up_tells() -> None:
    references = np.stack([at(0.0), at(0.6)])
    first, second = match(np.stack([at(0.05), at(0.25)]), references, ["ana", "ben"], 0.5)
    assert first == Match("ana", 0, pytest.approx(0.05), pytest.approx(0.55))
    assert second == Match("ben", 1, pytest.approx(0.35), pytest.approx(0.25))


def test_without_faces_or_references() -> None:
    none = np.empty((0, 128), np.float32)
    assert match(none, ORIGIN[None], ["ana"], 0.5) == []
    assert match(ORIGIN[None], none, [], 0.5) == [None]
    with pytest.raises(ValueError, match="1 references, but 0 owners"):
        match(ORIGIN[None], ORIGIN[None], [], 0.5)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(0, 6), st.integers(1, 25), st.integers(1, 6), st.floats(0.1, 2))
def test_laws(seed: int, faces: int, references: int, people: int, tolerance: float) -> None:
    rng = np.random.default_rng(seed)
    encodings = rng.normal(0, 0.06, (faces, 128)).astype(np.float32)
    known = rng.normal(0, 0.06, (references, 128)).astype(np.float32)
    owners = [f"person {rng.integers(people)}" for _ in range(references)]
    found = match(encodings, known, owners, tolerance)
    apart = np.linalg.norm(encodings[:, None].astype(float) - known[None], axis=2)
    assert distances(encodings, known) == pytest.approx(apart, abs=1e-7)
    named = [each.owner for each in found if each]
    assert len(named) == len(set(named))
    for face, each in enumerate(found):
        free = [one for one in set(owners) if one not in named]
        if each is None:
            assert all(apart[face, at] > tolerance for at, owner in enumerate(owners) if owner in free)
            continue
        assert owners[each.reference] == each.owner
        assert each.distance <= tolerance
        assert each.distance == pytest.approx(apart[face, each.reference])
        assert each.distance <= min(apart[face, at] for at, owner in enumerate(owners) if owner == each.owner) + 1e-9
        others = [apart[face, at] for at, owner in enumerate(owners) if owner != each.owner]
        assert each.runner_up == (pytest.approx(min(others)) if others else None)
