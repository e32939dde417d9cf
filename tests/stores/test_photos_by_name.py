"""Photos whose names hold some words: the same ones by the index of three letters as by going through all of them."""

from __future__ import annotations

from itertools import product

import pytest

from agent.ledger import Ledger, photo_pages
from agent.ledger.photo_pages import ORDERS, Which
from agent.ledger.sqlite.rows import Db
from agent.model import PhotoState
from tests.making import photo_row

NAMES = (
    *(f"DSC_{number}.JPG" for number in range(995, 1010)),
    "Élodie & Zoë.jpg",
    "élodie.heic",
    "50% off_3.jpg",
    'so "called".jpg',
    "a\\b'c*.jpg",
    "ÅNGSTRÖM.arw",
    "Straße 7.png",
    "🌸🌸🌸.jpg",
    "x",
    "two  spaces AND OR NOT.jpg",
    "مريم.jpg",
    "한국어.jpg",
    "e\u0301.jpg",
)
WORDS = (
    *("dsc_1", "DSC 100", "jpg", "JPG dsc", "99", "9", "zzz", "dsc_2", "Élo", "élo", "ÉLODIE", "% o", "50% off", "_3."),
    *(
        '"called"',
        '"',
        "\\b'c",
        "c*.",
        "ö",
        "ngström",
        "ÅNG",
        "ße 7",
        "🌸🌸🌸",
        "🌸🌸🌸🌸",
        "x",
        "AND OR",
        "spaces two",
    ),
    *("مريم", "한국어", "e\u0301.j", "two spaces not.jpg", "  ", ""),
)


@pytest.mark.parametrize("order", ORDERS)
def test_whoever_is_called_so_is_found(ledger: Ledger, monkeypatch: pytest.MonkeyPatch, order: str) -> None:
    def found(db: Db, words: str, few: int) -> tuple[list[int], int, list[int]]:
        monkeypatch.setattr(photo_pages, "FEW", few)
        which = Which(state=None if order == "newest" and few >= 0 else PhotoState.WAITING, words=words)
        first = [row["id"] for row in photo_pages.page(db, which, None, 3, order=order)]
        after = photo_pages.page(db, which, first[-1], 100, order=order) if first else []
        return first, photo_pages.count(db, which), [row["id"] for row in after]

    def compare(db: Db) -> None:
        made = {name: photo_row(db, name) for name in NAMES}
        db.execute("UPDATE event_photo SET name = 'dsc_2_renamed.jpg' WHERE id = ?", (made["DSC_1000.JPG"],))
        db.execute("DELETE FROM event_photo WHERE id = ?", (made["DSC_1001.JPG"],))
        for words, few in product(WORDS, (0, 3, 1000)):
            assert found(db, words, few) == found(db, words, -1), (words, few)
        assert [row["name"] for row in photo_pages.page(db, Which(words="dsc_2"), None, 9)] == ["dsc_2_renamed.jpg"]

    ledger.submit(compare).result()


def test_a_name_that_is_nowhere_costs_the_same_at_any_number_of_photos(ledger: Ledger) -> None:
    def ask(db: Db, more: int) -> int:
        for number in range(more):
            photo_row(db, f"DSC_{more}_{number:04}.jpg")
        asked = [0]
        db.set_progress_handler(lambda: asked.append(1), 1)
        for order in ORDERS:
            assert not photo_pages.page(db, Which(words="dsc_x99"), None, 50, order=order)
        db.set_progress_handler(None, 0)
        return len(asked)

    assert ledger.submit(ask, 500).result() <= 1.5 * ledger.submit(ask, 50).result()
