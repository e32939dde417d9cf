"""Finding and choosing photos: newest first, by a part of the name, by path and pattern."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest
from monitor_scenes import incoming

from tui.screens import enroll_photos as photo_search
from tui.screens.enroll_photos import Choice, Found


def names(found: list[Found]) -> list[str]:
    return [photo.name for photo in found]


def test_the_newest_come_first_from_any_depth(tmp_path: Path) -> None:
    folder = incoming(tmp_path)
    (folder / "notes.txt").write_text("")
    (folder / ".hidden.jpg").write_bytes(b"")
    found = photo_search.newest([str(folder)], limit=3)
    assert names(found) == ["IMG_2011.jpg", "IMG_2012.jpg", "IMG_2013.jpg"]
    assert found[0].where == "Incoming/Lena"


def test_a_folder_that_has_gone_offers_nothing(tmp_path: Path) -> None:
    assert photo_search.newest([str(tmp_path / "gone")]) == []
    assert photo_search.by_path("gone/", str(tmp_path)) == []


def test_a_search_ends_in_time(tmp_path: Path) -> None:
    assert photo_search.newest([str(incoming(tmp_path))], seconds=0.0) == []


def test_a_path_offers_folders_then_photos_and_completes(tmp_path: Path) -> None:
    folder = incoming(tmp_path)
    (folder / "Last.jpg").write_bytes(b"")
    offers = photo_search.by_path("l", str(folder))
    assert [(offer.name, offer.folder) for offer in offers] == [("Lena", True), ("Last.jpg", False)]
    assert photo_search.completed("./L", photo_search.by_path("./Le", str(folder))) == "./Lena/"
    inside = photo_search.by_path("Lena/img", str(folder))
    assert photo_search.completed("Lena/img", inside) == "Lena/IMG_20"
    assert photo_search.completed("Lena/zzz", []) == "Lena/zzz"


def test_a_blank_behind_a_path_as_phones_type_it_is_none_of_it(tmp_path: Path) -> None:
    folder = incoming(tmp_path)
    inside = photo_search.by_path("Lena/img ", str(folder))
    assert names(inside) == names(photo_search.by_path("Lena/img", str(folder)))
    assert names(photo_search.by_path(f"{folder}/Lena/img ", "/")) == names(inside)
    assert photo_search.completed("Lena/img ", inside) == "Lena/IMG_20"


def test_a_pattern_means_photos_only_and_brackets_are_literal(tmp_path: Path) -> None:
    folder = incoming(tmp_path)
    (folder / "a [1].jpg").write_bytes(b"")
    (folder / "a.txt").write_text("")
    assert names(photo_search.by_path("a*", str(folder))) == ["a [1].jpg"]
    assert names(photo_search.by_path(f"{folder}/Lena/IMG_201?.jpg", "/")) == [
        f"IMG_20{n}.jpg" for n in range(11, 20, 2)
    ]
    assert names(photo_search.by_path("a [1*", str(folder))) == ["a [1].jpg"]


def photos(count: int) -> list[Found]:
    return [Found(f"/in/{n}.jpg", f"{n}.jpg", "in", 0.0) for n in range(count)]


def test_the_mark_stays_inside_and_pages_stand_still() -> None:
    choice = Choice().offer(photos(10)).move(-3)
    assert choice.mark == 0
    assert choice.move(99).mark == 9
    assert list(choice.move(3).window(4)) == [0, 1, 2, 3]
    assert list(choice.move(4).window(4)) == [4, 5, 6, 7]
    assert list(choice.move(9).window(4)) == [8, 9]


def test_a_photo_is_taken_once_and_put_back() -> None:
    choice = Choice().offer(photos(3)).toggle(1).toggle(2)
    assert choice.paths == ["/in/1.jpg", "/in/2.jpg"]
    assert choice.take(photos(3)).paths == ["/in/1.jpg", "/in/2.jpg", "/in/0.jpg"]
    assert choice.toggle(1).paths == ["/in/2.jpg"]
    assert choice.toggle(99) is choice


def test_folders_are_never_taken() -> None:
    folder = Found("/in/Lena", "Lena", "in", 0.0, folder=True)
    assert Choice().offer([folder]).toggle(0).paths == []


def test_what_is_taken_stays_when_other_photos_are_offered() -> None:
    choice = Choice().offer(photos(3)).toggle(0)
    assert choice.offer([]).paths == ["/in/0.jpg"]
    assert choice.offer([]).marked is None


def test_files_that_are_dropped_on_the_terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Quoted, escaped, as an address, several; as a shell wants it typed; what is only typed is what it was."""
    monkeypatch.setenv("HOME", str(tmp_path))
    one, two = tmp_path / "Mia's [b] 1.jpg", tmp_path / "two.jpg"
    for photo in (one, two):
        photo.write_bytes(b"x")
    said = (shlex.quote(str(one)), str(one).replace(" ", "\\ ").replace("'", "\\'") + " ", one.as_uri(), f'"{one}"')
    said += ("~/Mia\\'s\\ [b]\\ 1.jpg", '"~/Mia\'s [b] 1.jpg" ')
    for text in said:
        assert names(photo_search.by_path(text, "/")) == [one.name], text
        assert not photo_search.is_pattern(text)
    for text in (f"{one.as_uri()} {two}", f"{shlex.quote(str(one))} '{two}'"):
        assert photo_search.is_pattern(text)
        assert names(photo_search.by_path(text, "/")) == [one.name, two.name]
    assert not any(
        map(
            photo_search.dropped,
            (str(one), str(two), "Mia and Tom", "a 'b", "", "file", "Lena/x", "~/two.jpg", "~/a b.jpg"),
        )
    )
