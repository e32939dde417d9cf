"""Rows about people and faces, as the service shows them: guests and groups, questions, photos, a picture's faces."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from pathlib import Path

from agent.errors import UsageError
from agent.faces.rule import Rule
from agent.filing.tree import person_folders
from agent.ledger import browse, faces, photos, placements, reviews, strangers
from agent.ledger.numbers import row_number
from agent.model import Event, EventId, EventPhotoId, Person, PersonId, PhotoId, PhotoState
from agent.people.face_pictures import face_id, reference_id
from agent.people.find import Match
from agent.service_people import FoundPerson, PersonChange, PhotoRow, ReviewRow, UnknownRow

SHOWN = 8  # faces and photos of a group
PAGE = 200  # photos


def unknown_rows(db: sqlite3.Connection, event: EventId | None, guests: Sequence[Person]) -> list[UnknownRow]:
    """Guests and groups of faces that nobody has named, those in most photos first.

    A guest who was found just now is still shown as the group: her photos are planned as hers any moment.
    """
    found = [guest_row(db, guest) for guest in guests]
    groups = [cluster_row(db, row) for row in strangers.clusters(db, event)]
    rows = [*(row for row in found if row["faces"]), *groups]
    return sorted(rows, key=lambda row: (-row["photos"], row["name"] or "~", row["id"]))


def guest_row(db: sqlite3.Connection, guest: Person) -> UnknownRow:
    tally = strangers.tally_of_person(db, guest.event, guest.id)
    return {
        "id": guest.id,
        "name": guest.name,
        "event": guest.event,
        "faces": tally["faces"],
        "photos": tally["photos"],
        "last_seen_at": tally["last"],
        "face_ids": [face_id(one) for one in strangers.best_of_person(db, guest.event, guest.id, SHOWN)],
        "photo_ids": strangers.photos_of_person(db, guest.event, guest.id, SHOWN),
    }


def cluster_row(db: sqlite3.Connection, row: sqlite3.Row) -> UnknownRow:
    return {
        "id": cluster_id(row["id"]),
        "name": None,
        "event": row["event"],
        "faces": row["faces"],
        "photos": row["photos"],
        "last_seen_at": row["last"],
        "face_ids": [face_id(one) for one in strangers.best_of_cluster(db, row["id"], SHOWN)],
        "photo_ids": strangers.photos_of(db, row["id"], SHOWN),
    }


def cluster_id(number: int) -> str:
    return f"c{number}"


def cluster_number(id: str) -> int | None:
    """The number in a group's id; `None` for what is none."""
    return row_number(id[1:]) if id[:1] == "c" else None


def review_rows(
    db: sqlite3.Connection, event: EventId | None, people: Mapping[PersonId, Person], rules: Mapping[EventId, Rule]
) -> list[ReviewRow]:
    """Questions about people who are known still, newest photo first."""
    return [review_row(row, people, rules) for row in reviews.opened(db, event) if row["person"] in people]


def review_row(row: sqlite3.Row, people: Mapping[PersonId, Person], rules: Mapping[EventId, Rule]) -> ReviewRow:
    person, rule = people[PersonId(row["person"])], rules.get(EventId(row["event"]), Rule())
    rival = people.get(PersonId(row["rival"] or ""))
    return {
        "id": row["id"],
        "event": row["event"],
        "photo": row["event_photo"],
        "photo_name": row["name"],
        "person": person.id,
        "name": person.name,
        "distance": round(row["distance"], 4),
        "limits": (rule.tolerance, rule.review),
        "why": row["why"],
        "rival": None if rival is None else rival.name,
        "rival_distance": None if row["rival_distance"] is None else round(row["rival_distance"], 4),
        "face_id": face_id(row["face"]),
        "reference_id": None if row["reference"] is None else reference_id(person.id, row["reference"]),
        "seen_at": row["arrived_at"],
    }


def state_of(state: str | None) -> PhotoState | None:
    try:
        return None if state is None else PhotoState(state)
    except ValueError:
        known = ", ".join(one.value for one in PhotoState)
        raise UsageError("There is no such state", str(state), f"Choose one of: {known}") from None


def photo_rows(
    db: sqlite3.Connection,
    event: EventId | None,
    person: PersonId | None,
    state: PhotoState | None,
    before: int | None,
    limit: int,
    names: Mapping[str, str],
) -> list[PhotoRow]:
    limit, before = max(1, min(limit, PAGE)), before or browse.END
    if person is not None:
        rows = browse.photos_of_person(db, person, "", before, limit)
    else:
        rows = browse.photos(db, event, state, "", before, limit)
    shown = [photo_row(db, EventPhotoId(row["id"]), names) for row in rows]
    return [row for row in shown if state is None or row["state"] == state]


def photo_row(db: sqlite3.Connection, event_photo: EventPhotoId, names: Mapping[str, str]) -> PhotoRow:
    row = photos.by_id(db, event_photo)
    if row is None:
        raise LookupError(event_photo)
    taken = faces.assignments(db, EventId(row["event"]), PhotoId(row["photo"]))
    return {
        "id": row["id"],
        "event": row["event"],
        "name": row["name"],
        "state": row["state"],
        "kind": row["kind"],
        "taken_at": row["taken_at"],
        "arrived_at": row["arrived_at"],
        "faces": len(faces.of_photo(db, PhotoId(row["photo"]))),
        "people": [names.get(one["person"], one["person"]) for one in taken],
        "folders": [one["disk_path"] for one in placements.of_photo(db, event_photo) if one["wanted"]],
    }


def found_person(match: Match, root: Path, folder: str | None, link: str | None) -> FoundPerson:
    """`folder` is on disk, below the workspace."""
    person = match.person
    return {
        "box": match.box.edges,
        "person": None if person is None else person.id,
        "name": None if person is None else person.name,
        "event": None if person is None else person.event,
        "guest": person is not None and person.guest,
        "distance": match.distance,
        "sure": match.sure,
        "folder": None if folder is None else str(root / folder),
        "link": link,
        "why": match.why,
    }


def change_row(
    event: Event, person: Person, photos: int, root: Path, *, merged: bool = False, seconds: float
) -> PersonChange:
    has_folders = not person.ignored and person.merged_into is None
    specs = person_folders(event, person)[-2:] if has_folders else []
    return {
        "id": person.id,
        "name": person.name,
        "event": event.id,
        "photos": photos,
        "folders": [str(root / str(spec.disk_path)) for spec in specs],
        "merged": merged,
        "seconds": round(seconds, 3),
    }
