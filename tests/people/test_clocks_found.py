"""How cameras' clocks are found: whole zones, wrong dates, too little in common; and that what was found stays."""

from __future__ import annotations

import random
from collections import defaultdict

import pytest

from agent.ledger import Ledger, clocks, faces, photos
from agent.ledger.clocks import Clock
from agent.ledger.faces import Looked
from agent.ledger.sqlite.rows import Db
from agent.model import DEFAULT_EVENT, PhotoId
from agent.people.clocks import Camera, as_known, read_cameras
from agent.people.simultaneous import apart
from tests.making import photo_row, rows

HOUR = 3600.0
Evening = list[tuple[float, set[str]]]


def walk(draw: random.Random, hours: float = 4, guests: int = 40) -> Evening:
    """A photographer among guests, some of whom are everywhere: a photo every half minute, twice of the same people."""
    weights = [draw.paretovariate(1.2) for _ in range(guests)]
    at, lately, seen = 0.0, list[set[str]](), Evening()
    while at < hours * HOUR:
        at += draw.uniform(15, 60)
        people = {f"g{one}" for one in draw.choices(range(guests), weights, k=draw.choice([1, 1, 2, 2, 3, 5]))}
        if lately and draw.random() < 0.5:
            people = draw.choice(lately[-5:])
        lately.append(people)
        seen.append((at, people))
    return seen


def beside(draw: random.Random, other: Evening, share: float, part: float = 1.0) -> Evening:
    """A second one, who was at so many of the first one's moments, too; `part` of all that they took."""
    mine: Evening = []
    for at, people in walk(draw):
        where = at, people
        if draw.random() < share:
            then, them = draw.choice(other)
            where = then + draw.uniform(-20, 20), {one for one in sorted(them) if draw.random() < 0.8} or them
        if draw.random() < part:
            mine.append(where)
    return mine


def camera(name: str, seen: Evening, ahead: float = 0.0, *, zoned: bool = False, gps: float | None = None) -> Camera:
    photos = 1000 if name == "A" else len(seen)  # the others are compared to it
    one = Camera(name, photos, photos if zoned else 0, [] if gps is None else [gps] * 5, defaultdict(list))
    for at, people in seen:
        for who in people:
            one.seen[who].append(1e9 + at + ahead)
    return one


def known(cameras: list[Camera], before: list[Clock] | None = None, **by_hand: float) -> dict[str, Clock]:
    found = as_known(cameras, {one.camera: one for one in before or []}, by_hand)
    return {one.camera: one for one in found}


@pytest.mark.parametrize("hours", [*range(-14, 0), *range(1, 15), -9.5, 5.75, 12 * 24, -25 * 365 * 24])
def test_whole_zones_and_wrong_dates_are_found(hours: float) -> None:
    draw = random.Random(int(hours * 4))
    first = walk(draw)
    found = known([camera("A", first), camera("B", beside(draw, first, 0.3, 0.4), hours * HOUR)])["B"]
    assert (found.ahead, found.told_by) == (hours * HOUR, "people")


@pytest.mark.parametrize("ahead", [720, -754, 61, 4 * HOUR + 755])
def test_minutes_are_found(ahead: float) -> None:
    draw = random.Random(7)
    first = walk(draw)
    assert known([camera("A", first), camera("B", beside(draw, first, 0.3), ahead)])["B"].ahead == pytest.approx(
        ahead, abs=10
    )


def test_a_clock_that_is_nearly_right_is_left_alone() -> None:
    draw = random.Random(8)
    first = walk(draw)
    assert known([camera("A", first), camera("B", beside(draw, first, 0.3), 31)])["B"].ahead == 0


@pytest.mark.slow
def test_two_who_were_never_at_one_place_say_nothing() -> None:
    """Also few photos: of 300 such pairs, at most one is believed."""
    draw = random.Random(9)
    believed = 0
    for number in range(300):
        found = apart(
            camera("A", walk(draw)).seen, camera("B", beside(draw, walk(draw), 0, (0.03, 0.1, 0.3)[number % 3])).seen
        )
        believed += found is not None and found.is_sure
    assert believed <= 1


def test_what_was_found_stays_as_photos_come() -> None:
    """From when it is known on it moves by nothing, though each photo says something a little different."""
    draw = random.Random(10)
    first = walk(draw)
    second = beside(draw, first, 0.3)
    before: list[Clock] = []
    seen: list[float] = []
    for minute in range(10, 240, 10):
        cameras = [
            camera("A", [one for one in first if one[0] < minute * 60]),
            camera("B", [one for one in second if one[0] < minute * 60], 754),
        ]
        before = as_known(cameras, {one.camera: one for one in before}, {})
        here = next(one for one in before if one.camera == "B")
        seen += [here.ahead] if here.told_by == "people" else []
    assert len(seen) > 10
    assert len(set(seen)) == 1


def test_what_was_found_wrong_is_given_up_for_what_is_clearly_better() -> None:
    draw = random.Random(11)
    first = walk(draw)
    cameras = [camera("A", first), camera("B", beside(draw, first, 0.3), HOUR)]
    wrong = [
        Clock("A", 9, 0, "reference", 0.0, beside=0.0, is_base=True),
        Clock("B", 9, 500, "people", 500, beside=500),
    ]
    assert known(cameras, wrong)["B"].ahead == HOUR


def test_what_was_found_stays_where_nothing_is_sure_any_more() -> None:
    """Somebody withdrew the photos that told it."""
    draw = random.Random(12)
    first = walk(draw)
    second = beside(draw, first, 0.3)
    before = as_known([camera("A", first), camera("B", second, 720)], {}, {})
    left = known([camera("A", first), camera("B", second[:3], 720)], before)["B"]
    assert (left.ahead, left.told_by) == (pytest.approx(720, abs=10), "people")


def test_another_camera_with_a_few_more_photos_changes_nothing() -> None:
    draw = random.Random(13)
    first = walk(draw)
    second = beside(draw, first, 0.4)
    cameras = [camera("A", first), camera("B", second, 720)]
    cameras[0].photos, cameras[1].photos = 100, 80
    before = as_known(cameras, {}, {})
    cameras[1].photos = 124
    after = known(cameras, before)
    assert after["A"].told_by == "reference"
    assert after["A"].ahead == 0


def evening(draw: random.Random) -> tuple[Evening, Evening, Evening]:
    first = walk(draw)
    return first, beside(draw, first, 0.4), beside(draw, first, 0.4, 0.3)


@pytest.mark.slow
def test_a_whole_zone_is_one_though_it_was_found_beside_a_clock_that_is_minutes_off() -> None:
    """With few photos, in any order: seconds too many were kept when another became the one to compare to."""
    for seed in range(100):
        draw = random.Random(seed)
        first = [(60.0 * at, {f"g{at % 6}"}) for at in draw.sample(range(180), 20)]
        arrived: list[tuple[str, float, tuple[float, set[str]]]] = []
        for name, count, ahead in ("R", 20, 0.0), ("M", 13, 720.0), ("Z", 12, 9 * HOUR):
            arrived += [(name, ahead, (at + draw.uniform(-12, 12), who)) for at, who in draw.sample(first, count)]
        draw.shuffle(arrived)
        before: list[Clock] = []
        for until in (*sorted(draw.sample(range(5, 45), 3)), 45, 45):
            cards: dict[str, tuple[float, Evening]] = {}
            for name, ahead, photo in arrived[:until]:
                cards.setdefault(name, (ahead, []))[1].append(photo)
            before = [*known([camera(name, seen, ahead) for name, (ahead, seen) in cards.items()], before).values()]
        zone = {one.camera: one for one in before}["Z"]
        assert zone.told_by != "people" or zone.ahead == 9 * HOUR, seed


def test_an_operators_word_takes_along_whoever_is_compared_to_it() -> None:
    first, second, third = evening(random.Random(14))
    cameras = [camera("A", first), camera("B", second, 720), camera("C", third, -HOUR)]
    found = known(cameras, B=0.0)
    assert (found["B"].told_by, found["B"].ahead) == ("hand", 0)
    assert found["A"].ahead == pytest.approx(-720, abs=10)
    assert found["C"].ahead == pytest.approx(-HOUR - 720, abs=10)


def test_satellites_go_before_most_photos_and_a_phone_is_right() -> None:
    first, second, third = evening(random.Random(15))
    cameras = [camera("A", first, 300), camera("B", second), camera("C", third, 900, gps=900)]
    found = known(cameras)
    assert (found["C"].ahead, found["C"].told_by) == (900, "gps")
    assert found["A"].ahead == pytest.approx(300, abs=10)
    phone = known([camera("A", first, 300), camera("Apple iPhone 15", third, zoned=True)])
    assert phone["Apple iPhone 15"].told_by == "phone"
    assert phone["A"].ahead == pytest.approx(300, abs=10)


def test_a_camera_that_says_its_zone_settles_hours_and_not_minutes() -> None:
    """Its owner set its clock by hand, as any other."""
    first, second, _ = evening(random.Random(16))
    found = known([camera("A", first, 9 * HOUR), camera("B", second, 720, zoned=True)])
    assert found["A"].ahead == 9 * HOUR
    assert found["B"].ahead == pytest.approx(720, abs=10)


def test_one_tells_another_though_it_met_the_third_alone() -> None:
    """The third camera came when the first had left."""
    draw = random.Random(17)
    first, later = walk(draw), walk(draw)
    second = beside(draw, first, 0.4) + [(at + 5 * HOUR, who) for at, who in beside(draw, later, 0.4)]
    third = [(at + 5 * HOUR, who) for at, who in later]
    cameras = [
        camera("A", first),
        camera("B", second[: len(first)] + second[-len(later) :], 720),
        camera("C", third, HOUR),
    ]
    found = known(cameras)
    assert found["B"].ahead == pytest.approx(720, abs=10)
    assert found["C"].ahead == HOUR


@pytest.mark.parametrize(("device", "name"), [("Canon EOS R5", "Canon EOS R5, Ana"), ("", "Ana")])
def test_a_photos_camera_is_known_from_its_look_on_though_its_time_is_before(
    ledger: Ledger, device: str, name: str
) -> None:
    """By its folder alone it would be another camera: a clock that was said for that one would not be this one's."""

    def known_to(db: Db) -> list[str]:
        earlier = {one for one, count in clocks.photos_of_cameras(db, DEFAULT_EVENT).items() if count}
        found = [one.name for one in read_cameras(db, DEFAULT_EVENT)[1]]
        assert earlier == set(found)
        return found

    def from_drive(db: Db) -> PhotoId:
        id = photo_row(db)
        photo = PhotoId(db.execute("SELECT photo FROM event_photo WHERE id = ?", (id,)).fetchone()[0])
        photos.note_camera(db, DEFAULT_EVENT, photo, "Ana")
        photos.note_time(db, photo, "2026-11-21T22:00:00")
        clocks.record(db, DEFAULT_EVENT, [Clock(name, 0, 720.0, "hand")])
        return photo

    def look(db: Db, photo: PhotoId) -> None:
        faces.record_look(db, photo, Looked(900, 600, None, "x", [], device=device), 5.0)

    def times() -> list[str]:
        return [row["taken"] for row in rows(ledger, "SELECT taken FROM event_photo")]

    photo = ledger.submit(from_drive).result()
    assert ledger.submit(known_to).result() == []
    assert times() == ["2026-11-21T22:00:00.000"]
    ledger.submit(look, photo).result()
    assert ledger.submit(known_to).result() == [name]
    assert times() == ["2026-11-21T21:48:00.000"]
