"""The tool that compares rules of names: its events are what they say, and what it counts is right."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from agent.faces.quality import Quality
from tests.faces.galleries import PARTS, RULES, Told, counted
from tests.faces.gallery_events import SQUEEZED, Event, Near, event, linked, world
from tests.faces.variants import DETAIL, VARIANTS, Looks, Portraits


@pytest.fixture(scope="module")
def found() -> Looks:
    """Sixteen people and nine others, drawn: those of one person 0.3 apart, two people about 0.9."""
    chance = np.random.default_rng(2)

    def photos(count: int) -> Portraits:
        centre = chance.normal(0, 0.056, 128)
        rows = centre + chance.normal(0, 0.019, (count, len(VARIANTS), 128))
        seen = [(DETAIL.get(name, 150), 100.0, 0.0, 128.0, 50.0) for name in VARIANTS]
        return Portraits(rows, np.array([seen] * count))

    people = {f"{at:02}": photos(2 + at % 6) for at in range(16)}
    others = [photos(1) for _ in range(9)]
    return Looks(people, Portraits(*(np.concatenate([getattr(one, of) for one in others]) for of in ("rows", "seen"))))


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
    assert not {every.rows.tobytes() for every in one.people} & {every.rows.tobytes() for every in other.people}


@pytest.mark.slow
def test_every_rule_names_clear_faces_and_no_stranger(found: Looks) -> None:
    of = event(world(found, 0), 5, 60, 3)
    for name, rule in RULES.items():
        result = counted(rule(of), of, PARTS[""](of))
        assert result.wrong == 0, name
        assert result.right == result.placements > 0, name


def four(widths: list[int]) -> Event:
    """Two of one person, another one's, and a stranger's, which is squeezed."""
    variants = np.array([0, 0, SQUEEZED, 0])
    quality = [Quality(width) for width in widths]
    return Event(np.zeros((2, 1, 128)), np.zeros((4, 128)), np.array([0, 1, -1, 0]), [np.arange(4)], quality, variants)


def test_what_is_counted() -> None:
    of = four([150, 42, 150, 60])
    told = Told(np.array([0, -1, 1, -1]), np.array([-1, 1, -1, 0]), np.arange(4), np.zeros(4, np.int_))
    result = counted(told, of, PARTS[""](of))
    assert (result.placements, result.right, result.wrong, result.told, result.questions) == (3, 1, 1, 3, 2)
    small, turned, others = (counted(told, of, PARTS[part](of)) for part in ("small", "turned", "others"))
    assert (small.placements, small.right, small.told, small.questions) == (2, 0, 2, 2)
    assert (turned.faces, turned.placements, turned.wrong) == (1, 0, 1)
    assert small + turned + others == result


def test_a_question_about_many_faces_is_shared_among_them() -> None:
    asked = np.array([1, 1, 1, 2, -1, -1])
    shares = Told(np.full(6, -1), asked, np.array([7, 7, 8, 7, 7, 7]), np.zeros(6, np.int_)).questions
    assert shares.tolist() == [0.5, 0.5, 1, 1, 0, 0]


@pytest.mark.slow
def test_poor_faces_are_asked_about_at_most(found: Looks) -> None:
    of = event(world(found, 0), 5, 60, 3)
    blurred = replace(of, quality=[Quality(150, sharpness=2.0)] * len(of.faces))
    for name in ("the product's", "each by itself"):
        told = RULES[name](blurred)
        known = of.truth >= 0
        assert (told.named == -1).all(), name
        assert (told.asked[known] == of.truth[known]).any(), name


def test_a_crowd_is_of_other_people() -> None:
    apart = np.array([[0.1, 0.2, 0.6, 0.8], [0.9, 0.9, 0.3, 0.5]])
    assert Near(apart, 2).but(np.array([0, 0, 1]), np.array([0, 1, 0])) == pytest.approx([0.7, 0.15, 0.4])


def test_groups_end_where_their_mean_is_too_far() -> None:
    where = np.array([0.0, 0.1, 0.2, 0.65, 2.0])
    labels = linked(np.abs(where[:, None] - where[None]), 0.52)
    assert len({int(one) for one in labels[:3]}) == 1
    assert len(set(labels.tolist())) == 3, "0.65 is near to the third, and too far from the three of them"
