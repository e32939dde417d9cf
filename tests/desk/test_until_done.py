"""When `--until-done` ends, and with which exit code."""

from __future__ import annotations

from typing import Any

import pytest

from tests.desk.documents import changed, document
from tui.done import verdict_on

__all__ = ["document"]


def code(document: dict[str, Any], **changes: Any) -> int | None:
    return verdict_on(changed(document, **changes)).code  # type: ignore[arg-type]


def reason(document: dict[str, Any], **changes: Any) -> str:
    return verdict_on(changed(document, **changes)).reason  # type: ignore[arg-type]


def test_all_filed_and_verified_is_0(document: dict[str, Any]) -> None:
    assert code(document) == 0
    assert reason(document) == "Safe to pack up: all 3 photos verified on Drive"


def test_no_photo_at_all_is_0_once_the_folders_were_swept(document: dict[str, Any]) -> None:
    none = changed(
        document, photos__seen=0, photos__filed=0, photos__unsorted=0, photos__verified=0, safe_to_leave__safe=False
    )
    assert code(none) == 0
    assert code(none, safe_to_leave__swept=False) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"queue__arriving": 1},
        {"photos__waiting": 1},
        {"uploads__queued": 1},
        {"uploads__active": 1},
        {"uploads__folders_left": 1},
        {"safe_to_leave__swept": False},
        {"safe_to_leave__safe": False},  # a file is still to be taken out of a folder, say
    ],
)
def test_what_will_pass_is_waited_for(changes: dict[str, Any], document: dict[str, Any]) -> None:
    assert code(document, **changes) is None


@pytest.mark.parametrize("state", ["offline", "full", "throttled"])
def test_an_outage_and_a_full_drive_are_waited_for(state: str, document: dict[str, Any]) -> None:
    assert code(document, drive__state=state, uploads__queued=2, photos__verified=1) is None


def test_a_missing_sign_in_is_4_when_something_has_to_be_sent(document: dict[str, Any]) -> None:
    assert code(document, drive__state="needs_login", uploads__queued=1) == 4
    assert "sign-in" in reason(document, drive__state="needs_login", uploads__queued=1)
    assert code(document, drive__state="needs_login") == 0


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"paused__all": True, "photos__waiting": 1}, "resume all"),
        ({"paused__all": True, "queue__arriving": 1}, "resume all"),
        ({"paused__all": True, "uploads__queued": 1}, "resume all"),
        ({"paused__uploads": True, "uploads__queued": 1}, "venuesync resume"),
        ({"held": 1}, "venuesync held"),
    ],
)
def test_paused_and_held_are_1_with_the_reason(changes: dict[str, Any], says: str, document: dict[str, Any]) -> None:
    assert code(document, **changes) == 1
    assert says in reason(document, **changes)


def test_paused_uploads_wait_until_all_is_filed(document: dict[str, Any]) -> None:
    assert code(document, paused__uploads=True, uploads__queued=1, photos__waiting=1) is None


@pytest.mark.parametrize("what", ["uploads", "all"])
def test_paused_with_nothing_left_to_do_is_done(what: str, document: dict[str, Any]) -> None:
    assert code(document, **{f"paused__{what}": True}) == 0


@pytest.mark.parametrize(
    ("changes", "number"),
    [({"photos__failed": 2}, 2), ({"uploads__failed": 3}, 3), ({"photos__failed": 1, "uploads__failed": 1}, 2)],
)
def test_defects_alone_make_it_5(changes: dict[str, Any], number: int, document: dict[str, Any]) -> None:
    not_safe = changed(document, safe_to_leave__safe=False)
    assert code(not_safe, **changes) == 5
    assert f"{number} failed" in reason(not_safe, **changes)
    assert code(not_safe, photos__waiting=1, **changes) is None, "the others first"
