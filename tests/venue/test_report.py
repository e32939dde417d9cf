"""The night on one page: its figures are those that `status`, `people` and `photos` tell, and its verdict is theirs."""

from __future__ import annotations

import json
import os
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.hostile.names import TRIES, TURNED, unprintable
from tests.venue.house import House, wait_for
from tests.venue.photographer import Photographer
from tests.venue.pictures import FACES, scene, variant
from tests.venue.test_people_commands import DEMO, of
from tests.venue.well_formed import Page
from tui.report import plots
from tui.report.page import figures


def page_of(house: House, *arguments: str, name: str = "report.html") -> Page:
    done = house.run("report", *arguments)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1].strip() == str(house.root / name)
    return Page((house.root / name).read_bytes())


def agrees(house: House, report: Any, event: str | None = None) -> None:
    """Whatever is told elsewhere, too, is the same there."""
    status = house.json("status")
    photos = house.json("photos", *(["--event", event] if event else []))
    if event is None:
        assert report["photos"] == status["photos"]
        assert report["people"] == house.json("people")
        assert report["errors"] == house.json("errors")["open"]
    moment = {"checked_at": ""}
    assert {**report["safe_to_leave"], **moment} == {**status["safe_to_leave"], **moment}
    seen = report["photos"]["seen"]
    assert sum(row["photos"] for row in report["hours"]) == sum(row["photos"] for row in report["cameras"]) == seen
    assert seen == len(photos)
    assert report["bytes"] == sum(row["bytes"] for row in photos)
    assert {row["camera"]: row["photos"] for row in report["cameras"]} == Counter(row["camera"] for row in photos)
    hours = Counter(row["taken_at"][:13] for row in photos if row["taken_at"])
    assert hours.items() <= {row["hour"]: row["photos"] for row in report["hours"]}.items()
    pairs: Counter[frozenset[str]] = Counter()
    for row in photos:
        pairs.update(frozenset({a, b}) for a in row["people"] for b in row["people"] if a < b)
    assert {frozenset(row["names"]): row["photos"] for row in report["together"]} == pairs
    assert {row["id"] for row in report["moments"]} <= {row["id"] for row in photos}


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_the_night_on_one_page(house: House, anna: Photographer, tmp_path: Path) -> None:
    for person in ("mia_lindqvist", "jonas_lindqvist"):
        assert house.run("enroll", person.split("_")[0].title(), str(of(person)[0])).returncode == 0
    shared = anna.folder("Shared", share=True)
    camera = anna.folder("Camera 1", shared)
    for name in ("DSC_4404.jpg", "DSC_4407.jpg"):
        house.drop(DEMO / "photos" / name, name)
    for name in ("DSC_4412.jpg", "DSC_4401.jpg"):
        anna.put(DEMO / "photos" / name, name, camera)
    broken = tmp_path / "broken.jpg"
    broken.write_bytes((DEMO / "photos" / "DSC_4404.jpg").read_bytes()[:9000])
    os.utime(broken, (time.time() - 3600,) * 2)
    broken.rename(house.incoming / "broken.jpg")
    house.start()
    assert house.run("events", "source", "add", "default", shared).returncode == 0
    wait_for(lambda: house.json("status")["photos"]["verified"] == 4, 80, "all are on Drive")
    wait_for(lambda: house.json("status")["safe_to_leave"]["outlook"] == "failed", 60, "only the broken one is left")

    report = house.json("report")
    agrees(house, report)
    assert [row["names"] for row in report["together"]] == [["Jonas", "Mia"]]
    assert len(report["moments"]) == 4
    page = page_of(house)
    told = house.run("status").stdout.splitlines()[0]
    for words in (told, "Mia", "Cam1", "folders here", "Photo cut short", "broken.jpg", "Copy it from the card again"):
        assert words in page.shown
    assert [one[:22] for one in page.points_at] == ["data:image/jpeg;base64"] * 4, "nothing is loaded from elsewhere"
    assert page.tags.isdisjoint({"script", "link", "iframe"})
    assert "svg" in page.tags
    couple = page_of(house, "--for", "couple", name="report-couple.html")
    for words in ("broken", "cut short", "Drive", "verified", "failed", "errors", "Cam1"):
        assert words not in couple.shown
    assert "Jonas" in couple.shown

    assert house.stop() == 0
    alone = house.json("report")
    agrees(house, alone)
    assert not alone["safe_to_leave"]["safe"]
    same = ("photos", "people", "hours", "cameras", "together", "moments", "errors", "bytes")
    assert {key: alone[key] for key in same} == {key: report[key] for key in same}
    assert "no agent runs here" in page_of(house).shown


@pytest.mark.slow
def test_of_several_events_one_or_all(house: House, tmp_path: Path) -> None:
    card = tmp_path / "card"
    card.mkdir()
    assert house.run("events", "add", "Gala", "--folder", str(card)).returncode == 0
    assert house.run("enroll", "Ana", str(FACES / "one_guest.jpg"), "--event", "Gala").returncode == 0
    house.drop(scene(tmp_path / "made.jpg", 1), "one.jpg")
    scene(card / "two.jpg", 2)
    variant(FACES / "one_guest.jpg", card / "three.jpg", 3)
    (card / "notes.txt").write_text("no photo")
    assert house.until_done().returncode == 0
    every, gala, rest = house.json("report"), *(house.json("report", "--event", one) for one in ("Gala", "default"))
    agrees(house, every)
    agrees(house, gala, "Gala")
    agrees(house, rest, "default")
    assert [one["photos"]["seen"] for one in (every, gala, rest)] == [3, 2, 1]
    for key in ("seen", "filed", "unsorted", "verified", "skipped"):
        assert every["photos"][key] == gala["photos"][key] + rest["photos"][key]
    assert [row["name"] for row in gala["people"]] == ["Ana"]
    assert rest["people"] == []
    assert "Gala" in page_of(house, "--event", "Gala", name="report-Gala.html").shown


def test_nothing_of_anybody_elses_is_replaced_and_no_photo_is_a_report_too(house: House, tmp_path: Path) -> None:
    page = page_of(house)
    assert "venue" in page.shown
    assert "svg" not in page.tags
    page_of(house), page_of(house, "--for", "couple", name="report-couple.html")
    theirs = tmp_path / "theirs.html"
    theirs.write_text("<p>venuesync report of somebody")
    for file, words in (
        (theirs, "something else"),
        (tmp_path, "something else"),
        (tmp_path / "no" / "a.html", "no such"),
    ):
        done = house.run("report", str(file))
        assert (done.returncode, words in done.stderr) == (2, True), done.stderr
    assert theirs.read_text() == "<p>venuesync report of somebody"
    assert house.run("report", "--for", "guests").returncode == 2
    assert house.run("report", "--event", "Nowhere").returncode == 2
    done = house.run("report", str(tmp_path / "own.html"), "--json")
    assert json.loads(done.stdout)["photos"]["seen"] == 0
    assert Page((tmp_path / "own.html").read_bytes()).shown
    assert {one.name for one in house.root.glob("*.html")} == {"report.html", "report-couple.html"}
    assert not list(house.root.glob(".venuesync-*")), "nothing is left beside them"


@pytest.mark.slow
def test_names_from_outside_are_text(house: House, tmp_path: Path) -> None:
    """Of people, events, photos and what fails of them."""
    assert house.run("enroll", TRIES[6], str(of("mia_lindqvist")[0])).returncode == 0
    assert house.run("enroll", TRIES[0], str(of("jonas_lindqvist")[0])).returncode == 0
    assert house.run("events", "add", TRIES[1]).returncode == 0
    house.drop(DEMO / "photos" / "DSC_4412.jpg", f"DSC{TRIES[6].replace('/', '-')}.jpg")
    broken = tmp_path / "broken.jpg"
    broken.write_bytes((DEMO / "photos" / "DSC_4404.jpg").read_bytes()[:9000])
    os.utime(broken, (time.time() - 3600,) * 2)
    broken.rename(house.incoming / f"DSC{TRIES[0].replace('/', '-')}.jpg")
    assert house.until_done().returncode == 5
    for arguments, name in (((), "report.html"), (("--for", "couple"), "report-couple.html")):
        page = page_of(house, *arguments, name=name)
        assert "script" not in page.tags
        assert "<script>alert(1)</script>" in page.shown, "as it is called"
        assert not unprintable(page.shown)
        assert not TURNED.search(page.shown)
    made = tmp_path / "event.html"
    assert house.run("report", "--event", TRIES[1], str(made)).returncode == 0
    assert not unprintable(Page(made.read_bytes()).shown)


def test_ten_who_stood_with_many_and_never_together_keep_no_report_from_being_written() -> None:
    """Teachers, each with every pupil of theirs alone: `max() arg is an empty sequence`."""
    pairs = [
        ((f"t{teacher}", f"p{teacher} {pupil}"), (f"Teacher {teacher}", f"Pupil {teacher} {pupil}"), 1)
        for teacher in range(plots.PEOPLE)
        for pupil in range(20)
    ]
    drawn = plots.matrix("Photos that two are on together", pairs)
    assert "Teacher 0 and Pupil 0 0: 1" in drawn
    assert plots.matrix("Photos that two are on together", []) == ""


# ---- which hours are shown


def test_what_stays_only_here_is_not_told_as_verified_on_drive() -> None:
    photos = dict.fromkeys(("unsorted", "waiting", "failed", "held", "dismissed"), 0) | {"seen": 3, "filed": 3}
    report: Any = {"photos": {**photos, "verified": 2}, "only_here": 1, "drive": "online"}
    told = list(figures({**report, "people": [], "bytes": 0}))
    assert ("2", "verified on Drive") in told
    assert ("1", "only here") in told


def test_a_camera_whose_clock_is_wrong_hides_no_night() -> None:
    night = {f"2026-11-21T{hour:02}": 30 for hour in (14, 15, 16, 20, 23)}
    shown = plots.times({"2011-01-01T00": 20, **night, "2026-11-22T01": 5, "1970-13-45T77": 2})
    assert (shown.unit, shown.others) == ("hour", 22)
    assert [bar.photos for bar in shown.bars] == [30, 30, 30, 0, 0, 0, 30, 0, 0, 30, 0, 5]
    days = plots.times({f"2026-{month:02}-{day:02}T12": 3 for month in (5, 6) for day in range(1, 31, 2)})
    assert days.unit == "day"
    assert sum(bar.photos for bar in days.bars) + days.others == 90
    assert len(days.bars) <= plots.BARS
    assert plots.times({}).bars == []
