"""May I pack up? Every reason why not, one by one; and the sentence when nothing is left."""

from __future__ import annotations

from typing import Any

import pytest

from agent.desk.safe import Closing, verdict
from tests.desk.documents import changed, document

__all__ = ["document"]

DONE = Closing(settling=0, swept=True, removals=0, skipped=())


def ask(document: dict[str, Any], closing: Closing = DONE) -> tuple[bool, str]:
    return verdict(document, closing)  # type: ignore[arg-type]


def test_safe_when_nothing_is_left(document: dict[str, Any]) -> None:
    assert ask(document) == (True, "all 3 photos verified on Drive")


def test_where_drive_is_off_filed_is_enough(document: dict[str, Any]) -> None:
    off = changed(document, drive__state="disabled", photos__verified=0, uploads__verified=0)
    assert ask(off) == (True, "all 3 photos filed, Drive is off")
    waiting = changed(off, uploads__queued=4)
    assert ask(waiting)[0], "what would belong on Drive is nobody's business then"


def test_one_photo_is_one(document: dict[str, Any]) -> None:
    one = changed(document, photos__seen=1, photos__filed=1, photos__unsorted=0, photos__verified=1)
    assert ask(one) == (True, "all 1 photo verified on Drive")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"mode": "stopped"}, "no agent runs here"),
        ({"watcher__state": "stopped"}, "the folders are not watched"),
        ({"watcher__state": "degraded", "watcher__detail": "/mnt/card is missing"}, "/mnt/card is missing"),
        ({"queue__arriving": 1}, "1 file is still arriving"),
        ({"queue__arriving": 1234}, "1,234 files are still arriving"),
        ({"photos__seen": 0, "photos__filed": 0, "photos__unsorted": 0, "photos__verified": 0}, "no photo has arrived"),
        ({"photos__seen": 4, "photos__waiting": 1}, "1 photo not filed yet"),
        (
            {"photos__seen": 5, "photos__waiting": 2, "paused__all": True},
            "everything is paused, 2 photos not filed yet",
        ),
        ({"photos__seen": 4, "photos__failed": 1}, "1 photo needs you: see errors"),
        ({"photos__seen": 5, "photos__failed": 2}, "2 photos need you: see errors"),
        ({"held": 1}, "1 held: say yes or no"),
        ({"photos__seen": 4, "photos__held": 1}, "1 held: say yes or no"),
        ({"photos__verified": 2, "uploads__queued": 1}, "1 photo not on Drive yet"),
        ({"photos__verified": 2, "uploads__active": 1}, "1 photo not on Drive yet"),
        ({"photos__verified": 1}, "2 photos not on Drive yet"),
        ({"photos__verified": 2, "uploads__failed": 1}, "1 photo not on Drive yet, 1 failed"),
        (
            {"photos__verified": 0, "uploads__queued": 4, "drive__state": "needs_login"},
            "Drive needs sign-in, 3 photos not on Drive yet",
        ),
        (
            {"photos__verified": 0, "uploads__queued": 4, "drive__state": "offline"},
            "Drive is offline, 3 photos not on Drive yet",
        ),
        (
            {"photos__verified": 0, "uploads__queued": 4, "drive__state": "full"},
            "Drive is full, 3 photos not on Drive yet",
        ),
        (
            {"photos__verified": 0, "uploads__queued": 4, "paused__uploads": True},
            "uploads are paused, 3 photos not on Drive yet",
        ),
        ({"uploads__folders_left": 2}, "2 folders still to be made on Drive"),
    ],
)
def test_every_reason_not_to_leave(changes: dict[str, Any], reason: str, document: dict[str, Any]) -> None:
    assert ask(changed(document, **changes)) == (False, reason)


@pytest.mark.parametrize(
    ("closing", "reason"),
    [
        (Closing(2, True, 0, ()), "2 files are still arriving"),
        (Closing(0, False, 0, ()), "the folders are being checked once more"),
        (Closing(0, True, 1, ()), "1 file still to be taken out of folders"),
        (Closing(0, True, 0, (), "the ledger is being rebuilt"), "the ledger is being rebuilt"),
    ],
)
def test_what_the_document_does_not_hold_counts_too(closing: Closing, reason: str, document: dict[str, Any]) -> None:
    assert ask(document, closing) == (False, reason)


@pytest.mark.parametrize("state", ["offline", "full", "needs_login", "throttled"])
def test_an_outage_after_all_is_verified_is_no_reason(state: str, document: dict[str, Any]) -> None:
    assert ask(changed(document, drive__state=state))[0]


def test_a_photo_set_aside_counts_no_more(document: dict[str, Any]) -> None:
    assert ask(changed(document, photos__seen=4, photos__dismissed=1))[0]


def test_files_that_are_no_photos_are_named(document: dict[str, Any]) -> None:
    one = ask(changed(document, photos__skipped=1), Closing(0, True, 0, ("notes.txt",)))
    assert one == (True, "all 3 photos verified on Drive; 1 file is no photo and stays where it is: notes.txt")
    many = ask(changed(document, photos__skipped=5), Closing(0, True, 0, ("a.txt", "b.txt", "c.txt")))
    assert many[1].endswith("5 files are no photos and stay where they are: a.txt, b.txt, c.txt, …")
