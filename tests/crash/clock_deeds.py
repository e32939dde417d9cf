"""Cameras' clocks, said by hand: a decision like others; and what follows from it, here and on Drive."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from tests.crash.deed import Deed, Party, pushed
from tests.crash.meaning import Said
from tests.crash.stores import ask

TIMES = {"+0:12": 720.0, "-1:00": -3600.0, "0": 0.0, "+0:00:30": 30.0, "auto": None}
CAMERAS = "SELECT camera, photos FROM camera_clock WHERE event = ? ORDER BY camera"
BY_HAND = "SELECT event, camera, ahead FROM camera_clock WHERE told_by = 'hand'"
PLACED = (
    "SELECT p.drive_id, ep.name, ep.taken, ph.taken_at, COALESCE(c.ahead, 0) AS ahead FROM placement p"
    " JOIN event_photo ep ON ep.id = p.event_photo JOIN photo ph ON ph.id = ep.photo"
    " JOIN photo_clock v ON v.id = ep.id LEFT JOIN camera_clock c ON c.event = v.event AND c.camera = v.camera"
    " WHERE p.wanted AND ep.taken <> '' AND ph.taken_at IS NOT NULL"  # nobody looked into the other file of a shot
)
UNTOLD = "SELECT id FROM placement WHERE wanted AND retime AND drive = 'there'"
NEAR = 1.0  # seconds
FEW = 3  # photos of a camera, of which the last may be taken out of an event before its clock is set


def set_clock(party: Party) -> Deed | None:
    event = party.dice.choice(list(party.events))
    id, name = party.events[event], party.names[event]
    cameras = {row["camera"]: row["photos"] for row in ask(party.root, CAMERAS, id)}
    # Of one whose last photo may be gone by then, no name that would mean another: that of its folder alone.
    sure = [one for one, photos in cameras.items() if photos >= FEW or sum(one in other for other in cameras) == 1]
    if not sure:
        return None
    camera = party.dice.choice(sure)
    busy = "There is no such camera" if cameras[camera] < FEW else ""
    now = party.meaning.said.clocks.get((event, camera))
    word = party.dice.choice([word for word, ahead in TIMES.items() if ahead != now])
    ahead = TIMES[word]

    def means(said: Said) -> None:
        said.clocks.pop((event, camera), None)
        if ahead is not None:
            said.clocks[event, camera] = ahead

    body = {"event": name, "camera": camera, "ahead": word}
    words = ["events", "clock", name, camera, word]
    return Deed("clock", words, "events-clock", body, pushed("clock"), means, busy=busy)


def all_told(root: Path) -> bool:
    """Drive knows of each time that was corrected: it is told of them slowly, once nothing else is to be done."""
    return not ask(root, UNTOLD)


def clocks_amiss(root: Path, events: dict[str, str], said: Said, files: list[dict[str, Any]]) -> Iterator[str]:
    """Each clock is as it was said last, each photo's time by it, and that of its files on Drive."""
    names = {id: name for name, id in events.items()}
    by_hand = {
        (names[row["event"]], row["camera"]): row["ahead"] for row in ask(root, BY_HAND) if row["event"] in names
    }
    known = {(name, row["camera"]) for name, id in events.items() for row in ask(root, CAMERAS, id)}
    for one in known:
        if by_hand.get(one) != said.clocks.get(one):
            yield f"{one}: its clock counts as {by_hand.get(one)} ahead, said was {said.clocks.get(one)}"
    there = {one["id"]: one for one in files if not one["trashed"]}
    for row in ask(root, PLACED):
        taken = datetime.fromisoformat(row["taken"])
        wrote = datetime.fromisoformat(row["taken_at"])
        wrote = wrote.astimezone().replace(tzinfo=None) if wrote.tzinfo else wrote
        if abs((wrote - taken).total_seconds() - row["ahead"]) > NEAR:
            yield f"{row['name']}: of {taken}, though its camera wrote {wrote} and is {row['ahead']} s ahead"
        if (file := there.get(row["drive_id"])) is not None:
            off = datetime.fromisoformat(file["modifiedTime"]) - taken.astimezone()
            if abs(off.total_seconds()) > NEAR:
                yield f"{file['path']}: is of {file['modifiedTime']} on Drive, was taken at {row['taken']}"
