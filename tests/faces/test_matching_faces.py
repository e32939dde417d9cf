"""Who a photo's faces are: by themselves, by asking, or not at all; nobody twice, the same answer every time."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.faces import gallery
from agent.faces.gallery import Gallery
from agent.faces.rule import (
    ANOTHER_FACE,
    AS_NEAR,
    CROWD,
    DOUBT,
    MANY,
    NEAR_MISS,
    ROOM,
    SPARSE,
    Facts,
    Rule,
    Verdict,
    decide,
    distances,
    doubted,
    others,
    room,
    together,
)

RULE = Rule()
NONE = Facts()
FAR = 0.9


def verdicts(*apart: list[float], facts: Facts = NONE) -> list[Verdict]:
    return decide(np.array(apart), RULE, facts)


def people(*apart: list[float], facts: Facts = NONE) -> list[int | None]:
    return [one.person for one in verdicts(*apart, facts=facts)]


def asked(*apart: list[float], facts: Facts = NONE) -> list[tuple[int | None, str]]:
    return [(one.ask, one.why) for one in verdicts(*apart, facts=facts)]


def test_the_nearest_of_several_references_counts() -> None:
    points = np.zeros((4, 128), np.float32)
    points[1, 0], points[2, 0], points[3, 1] = 0.9, 0.2, 0.4
    apart, which = Gallery(points[1:], [0, 0, 1]).apart(points[:1], np.arange(3))
    assert apart[0].tolist() == [pytest.approx(0.2), pytest.approx(0.4), np.inf], "nobody is near without references"
    assert which[0].tolist()[:2] == [1, 2]


def test_filed_by_itself_up_to_the_tolerance_asked_up_to_the_review_then_nobody() -> None:
    assert verdicts([0.5]) == [Verdict(0, distance=0.5)]
    assert verdicts([0.501]) == [Verdict(ask=0, distance=0.501, why=NEAR_MISS)]
    assert verdicts([0.6]) == [Verdict(ask=0, distance=0.6, why=NEAR_MISS)]
    assert verdicts([0.601]) == [Verdict()]


def test_two_faces_of_one_photo_are_never_the_same_person() -> None:
    assert people([0.3, FAR], [0.2, FAR]) == [None, 0]


def test_the_second_face_that_looks_like_her_is_somebody_else_only_if_that_is_clear() -> None:
    assert people([0.30, FAR], [0.40, 0.42]) == [0, 1], "sisters: one is taken, so it is the other"
    assert asked([0.30, FAR], [0.35, 0.45]) == [(None, ""), (1, ANOTHER_FACE)], "it looks more like who is taken"


def test_between_two_people_somebody_is_asked_and_neither_gets_the_photo() -> None:
    (one,) = verdicts([0.42, 0.45])
    assert (one.person, one.ask, one.why, one.rival, one.rival_distance) == (None, 0, AS_NEAR, 1, 0.45)
    assert people([0.42, 0.48]) == [0], "clearly the first"


def test_a_guest_takes_no_face_that_is_somebody_s() -> None:
    guest = Facts(guests={1})
    assert people([0.45, 0.1], facts=guest) == [0]
    assert people([0.42, 0.45], facts=guest) == [0], "nobody is asked who of the two it is"
    assert people([0.3, 0.2], [0.2, 0.35], facts=guest) == [1, 0], (
        "the other face is the guest's: nobody is there twice"
    )
    assert people([0.55, 0.3], facts=guest) == [1]
    assert people([0.45, 0.1], facts=Facts(guests={1}, no={(0, 0)})) == [1]
    assert people([0.45, 0.1], facts=Facts(guests={1}, yes={0: 1})) == [1]


def test_a_face_too_poor_is_asked_about_and_a_useless_one_is_not() -> None:
    facts = Facts(poor={0: "the face is blurred"})
    assert asked([0.3, FAR], facts=facts) == [(0, "the face is blurred")]
    assert verdicts([0.3], facts=Facts(useless={0})) == [Verdict()]


def test_what_was_decided_goes_before_all_distances() -> None:
    assert people([0.2, 0.9], facts=Facts(yes={0: 1})) == [1]
    assert people([0.2, FAR], [0.4, FAR], facts=Facts(yes={1: 0})) == [None, 0]
    assert verdicts([0.2], facts=Facts(no={(0, 0)})) == [Verdict()]
    assert people([0.2, 0.45], facts=Facts(no={(0, 0)})) == [1]
    assert people([np.inf, np.inf], facts=Facts(yes={0: 1})) == [1], "a face without encoding, too"


def test_each_person_is_asked_about_once_a_photo() -> None:
    assert [ask for ask, _ in asked([0.55, FAR], [0.52, FAR])] == [None, 0]


def test_without_faces_or_people() -> None:
    assert decide(np.empty((0, 3)), RULE, NONE) == []
    assert decide(np.empty((2, 0)), RULE, NONE) == [Verdict(), Verdict()]
    assert people([np.inf, np.inf]) == [None]


@settings(max_examples=150)
@given(st.integers(0, 2**32 - 1), st.integers(0, 6), st.integers(1, 6))
def test_laws(seed: int, faces: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    apart = rng.uniform(0.1, 1.0, (faces, count))
    decided = {0: int(rng.integers(count))} if faces and rng.integers(2) else {}
    denied = {(int(rng.integers(faces)), int(rng.integers(count)))} if faces and not decided else set()
    facts = Facts(
        poor={face: "poor" for face in range(faces) if rng.random() < 0.2},
        useless={face for face in range(faces) if rng.random() < 0.1} - set(decided),
        yes=decided,
        no=denied,
    )
    found = decide(apart, RULE, facts)
    assert found == decide(apart, RULE, facts)
    named = [one.person for one in found if one.person is not None]
    assert len(named) == len(set(named)), "nobody twice"
    questions = [one.ask for one in found if one.ask is not None]
    assert len(questions) == len(set(questions))
    assert not set(named) & set(questions), "nobody is asked about who was found on the photo"
    for face, one in enumerate(found):
        if face in decided:
            assert one.person == decided[face]
        elif one.person is not None:
            assert face not in facts.poor
            assert face not in facts.useless
            assert (face, one.person) not in denied
            assert apart[face, one.person] == one.distance <= RULE.tolerance
        elif one.ask is not None:
            assert apart[face, one.ask] == one.distance <= RULE.review


def test_distances_are_exact() -> None:
    rng = np.random.default_rng(3)
    one, other = rng.normal(0, 0.06, (5, 128)).astype(np.float32), rng.normal(0, 0.06, (9, 128)).astype(np.float32)
    apart = np.linalg.norm(one[:, None].astype(float) - other[None], axis=2)
    assert distances(one, other) == pytest.approx(apart, abs=1e-7)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 5), st.integers(0, 40), st.integers(1, 9))
def test_everybodys_nearest_is_that_of_plain_sums(seed: int, faces: int, references: int, people: int) -> None:
    rng = np.random.default_rng(seed)
    looks = rng.normal(0, 0.045, (references, 128)).astype(np.float32)
    owners = rng.integers(people, size=references).tolist()
    some = rng.normal(0, 0.045, (faces, 128)).astype(np.float32)
    apart, which = Gallery(looks, owners).apart(some, np.arange(people))
    assert apart.shape == which.shape == (faces, people)
    for face, person in np.ndindex(faces, people):
        theirs = [at for at in range(references) if owners[at] == person]
        if not theirs:
            assert apart[face, person] == np.inf
            continue
        every = distances(some[face : face + 1], looks[theirs])[0]
        assert apart[face, person] == pytest.approx(every.min(), abs=1e-7)
        assert which[face, person] == theirs[int(every.argmin())]


@pytest.mark.parametrize("few", [100, 1_000_000])
@pytest.mark.parametrize("spread", [0.01, 0.045, 0.07])
def test_nobody_who_matters_is_overlooked_however_many_there_are(
    few: int, spread: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All who are within the limit, and the eleven nearest, also where faces are compared by some directions first."""
    monkeypatch.setattr(gallery, "FEW", few)
    rng = np.random.default_rng(5)
    scale = np.exp(-np.arange(128) / 24) + 0.2
    owners = np.sort(rng.integers(600, size=2000))
    looks = (0.1 + rng.normal(0, spread, (2000, 128)) * scale).astype(np.float32)
    there = Gallery(looks, owners.tolist())
    for face in [*(looks[:40] + rng.normal(0, spread / 3, (40, 128))), *rng.normal(0, spread, (5, 128)), looks[0]]:
        found = there.near(face[None].astype(np.float32), 0.6)
        apart, _ = there.apart(face[None], np.arange(600))
        nearest = np.argsort(apart[0])[: MANY + 1]
        assert found.tolist() == sorted(set(found.tolist()))
        assert set(np.flatnonzero(apart[0] <= 0.6)) | set(nearest.tolist()) <= set(found.tolist())
    few_people = Gallery(looks[:9], list(range(9)))
    assert few_people.near(looks[:1], 0.1).tolist() == list(range(9)), "fewer than a crowd are all near"


def test_a_crowd_of_others_as_near_counts_against_whoever_is_nearest() -> None:
    alone = np.array([[0.48, *[0.9] * 10]])
    assert doubted(alone).tolist() == alone.tolist()
    crowd = doubted(np.array([[0.48, *[0.55] * 10]]))
    assert crowd[0, 0] == pytest.approx(0.48 + DOUBT * (CROWD - 0.55))
    assert doubted(np.array([[0.48, *[0.55] * 9]])).min() == 0.48, "ten others are a crowd, fewer are not"
    gone = doubted(np.array([[0.48, np.inf, *[0.55] * 9, np.inf]]))
    assert np.isfinite(gone[0, 0]) and gone[0, 1] == np.inf, "somebody without references is near to nobody"


def test_judged_together_a_face_has_more_room_where_one_picture_is_known() -> None:
    facts = Facts(supported={0}, support=[0.02, 0.0])
    assert people([0.515, FAR], facts=facts) == [0]
    assert people([FAR, 0.515], facts=facts) == [None], "of several references the nearest is nearer to strangers, too"
    assert people([0.515, FAR], facts=Facts(support=[0.02, 0.0])) == [None]
    assert together(np.array([[0.4, 0.9]]), np.array([[0.55, np.inf]]))[0] == pytest.approx([0.5, 2.9 / 3])


def test_a_group_has_more_room_where_everybody_else_is_far() -> None:
    far = [SPARSE, SPARSE + 1.5 * ROOM, SPARSE + 9 * ROOM]
    assert [room(others(np.array([[0.48, *[one] * 10]])))[0, 0] for one in far] == pytest.approx([0.0, ROOM / 2, ROOM])
    assert room(others(np.array([[0.48, *[FAR] * 9]]))).max() == 0.0, (
        "ten others say how far everybody is, fewer do not"
    )
