"""When `--until-done` ends, with which exit code and words: the verdict's, and nobody else's."""

from __future__ import annotations

from typing import Any

import pytest

from agent.model import Outlook
from tests.desk.documents import changed, document
from tui.verdict import CODES, Ending, ending_of

__all__ = ["document"]


def ending(document: dict[str, Any], **changes: Any) -> Ending:
    return ending_of(changed(document, **changes))  # type: ignore[arg-type]


CARD_AWAY = {"watcher__state": "degraded", "watcher__detail": "/mnt/card is missing"}


def test_every_outlook_has_its_code() -> None:
    assert set(CODES) == set(Outlook)


@pytest.mark.parametrize(
    ("changes", "code", "says"),
    [
        ({}, 0, "Safe to pack up: all 3 photos verified on Drive"),
        ({"photos__dismissed": 2}, 0, "Safe to pack up: 3 photos verified, 2 set aside"),
        ({"photos__seen": 0, "photos__verified": 0}, 0, "Done: no photo has arrived"),
        ({"queue__uploading": 2}, None, "2 photos on their way to Drive"),
        ({"queue__uploading": 2, "drive__state": "offline"}, None, "Drive is offline, 2 photos wait here"),
        ({"queue__uploading": 2, "drive__state": "full"}, None, "Drive is full, 2 photos wait here"),
        (
            {"queue__uploading": 1, "drive__state": "needs_login"},
            4,
            "Not done: Drive needs sign-in, 1 photo waits here. Sign in: venuesync login",
        ),
        (
            {"queue__faces": 1, "paused__all": True},
            1,
            "Not done: everything is paused, 1 photo waits here. Go on: venuesync resume all",
        ),
        (
            {"queue__uploading": 1, "paused__uploads": True},
            1,
            "Not done: uploads are paused, 1 photo waits here. Go on: venuesync resume",
        ),
        ({"held": 1}, 1, "Not done: 1 held: say yes or no. See: venuesync held"),
        (
            {"queue__uploading": 1, "drive__sending": False},
            1,
            "Not done: sending is off, 1 photo waits here. Set drive.send, or the event's send, to true",
        ),
        ({**CARD_AWAY}, None, "/mnt/card is missing"),
        (
            {**CARD_AWAY, "held": 1},
            1,
            "Not done: /mnt/card is missing; 1 held: see venuesync held. Connect its card or share again",
        ),
        (
            {**CARD_AWAY, "photos__held": 2},
            1,
            "Not done: /mnt/card is missing; 2 held: say yes or no. Connect its card or share again",
        ),
        (
            {**CARD_AWAY, "queue__faces": 1, "paused__all": True},
            1,
            "Not done: everything is paused, 1 photo waits here. Go on: venuesync resume all",
        ),
        (
            {**CARD_AWAY, "queue__uploading": 1, "drive__state": "needs_login"},
            4,
            "Not done: Drive needs sign-in, 1 photo waits here. Sign in: venuesync login",
        ),
        ({"photos__failed": 2}, 5, "Done, but 2 failed: see venuesync errors"),
        ({"photos__failed": 1, "uploads__failed": 1}, 5, "Done, but 2 failed: see venuesync errors"),
    ],
)
def test_each_ending(changes: dict[str, Any], code: int | None, says: str, document: dict[str, Any]) -> None:
    assert ending(document, **changes) == Ending(code, says)
