"""The tool that compares rules of names: its events are what they say, and what it counts is right."""

from __future__ import annotations

import numpy as np
import pytest

from tests.faces.galleries import RULES, Told, counted
from tests.faces.gallery_events import Event, Near, event, linked, world
from tests.faces.variants import VARIANTS, Looks


@pytest.fixture(scope="module")
def found() -> Looks:
    """Sixteen people and nine others, drawn: those of one person 0.3 apart, two people about 0.9."""
    chance = np.random.default_rng(2)

    def photos(count: int) -> np.ndarray:
        centre = chance.normal(0, 0.056, 128)
        return centre + chance.normal(0, 0.019, (count, len(VARIANTS), 128))

    return Looks({f"{at:02}": photos(2 + at % 6) for at in range(16)}, np.stack([photos(1)[0] for _ in range(9)]))


@pytest.mark.parametrize("half", [0, 1, 2])
def test_an_event_is_what_it_says_and_always_the_same(found: Looks, half: int) -> None:
    of, again = event(world(found, half), 3, 40, 3), event(world(found, half), 3, 40, 3)
    assert of.references.shape == (40, 3, 128)
    assert np.array_equal(of.faces, again.faces)
    assert sorted(np.concatenate(of.photos).tolist()) == list(range(len(of.faces))), "each photo once"
    assert all(len(set(of.truth[photo].tolist())) == len(photo) <= 5 for photo in of.photos), "nobody twice on any"
    assert 0 <= of.truth.max() < 16, "only real people come; those who are made up are on no photo"


def test_halves_share_nobody(found: Looks) -> None:
    one, other = (world(found, half) for half in (1, 2))
    assert len(one.people) == len(other.people) == 8
    assert len(one.others) + len(other.others) == 9
    assert not {rows.tobytes() for rows in one.people} & {rows.tobytes() for rows in other.people}


def test_every_rule_names_clear_faces_and_no_stranger(found: Looks) -> None:
    of = event(world(found, 0), 5, 60, 3)
    for name, rule in RULES.items():
        result = counted(rule(of), of, 0.0)
        assert result.wrong == 0, name
        assert result.right == result.placements > 0, name


def test_what_is_counted() -> None:
    of = Event(np.zeros((2, 1, 128)), np.zeros((4, 128)), np.array([0, 1, -1, 0]), [np.arange(4)])
    result = counted(Told(np.array([0, -1, 1, -1]), np.array([-1, 1, -1, 0]), 1), of, 0.5)
    assert (result.placements, result.right, result.wrong, result.told, result.questions) == (3, 1, 1, 3, 1)


def test_a_crowd_is_of_other_people() -> None:
    apart = np.array([[0.1, 0.2, 0.6, 0.8], [0.9, 0.9, 0.3, 0.5]])
    assert Near(apart, 2).but(np.array([0, 0, 1]), np.array([0, 1, 0])) == pytest.approx([0.7, 0.15, 0.4])


def test_groups_end_where_their_mean_is_too_far() -> None:
    where = np.array([0.0, 0.1, 0.2, 0.65, 2.0])
    labels = linked(np.abs(where[:, None] - where[None]), 0.52)
    assert len({int(one) for one in labels[:3]}) == 1
    assert len(set(labels.tolist())) == 3, "0.65 is near to the third, and too far from the three of them"
