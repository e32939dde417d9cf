"""What the scripted agent can be asked about that evening: photos, persons, faces, troubles."""

from __future__ import annotations

import io
from typing import Any

from monitor_scenes import at
from PIL import Image, ImageDraw
from scripted_service import ScriptedService

from agent.service import PhotoDetails
from agent.service_browse import ActivityEntry, PersonDetails, PhotoLine, ReferenceRow, TroubleRow
from agent.service_people import HeldRow, LatestFace, ReferenceVerdict, ReviewRow, UnknownRow

COMPANY = [["Mia Lindqvist", "Jonas Lindqvist"], ["Mia Lindqvist"], ["No Faces"], ["Mia Lindqvist", "Anna Berg"]]


def picture(shade: int = 200, size: tuple[int, int] = (160, 160)) -> bytes:
    """A JPEG with something in it, so that half blocks differ."""
    image = Image.new("RGB", size, (shade, 120, 60))
    ImageDraw.Draw(image).ellipse([size[0] // 4, size[1] // 4, size[0] * 3 // 4, size[1] * 3 // 4], fill=(240, 220, 90))
    made = io.BytesIO()
    image.save(made, "JPEG")
    return made.getvalue()


def photo_line(number: int, **other: Any) -> PhotoLine:
    then = at("22:13:00") - number
    line: PhotoLine = {
        "id": number, "event": "mia", "name": f"DSC_{4000 + number}.jpg", "state": "filed",
        "to": COMPANY[number % 4], "arrived_at": then, "filed_at": then + 1, "verified_at": then + 6,
        "distance": 0.31,
    }  # fmt: skip
    line.update(other)  # type: ignore[typeddict-item]
    return line


def photo_details(number: int, **other: Any) -> PhotoDetails:
    line = photo_line(number)
    placement = {"folder": "People/Mia Lindqvist/Group", "wanted": True, "disk": "there",
                 "path": f"/venue/People/Mia Lindqvist/Group/{line['name']}", "drive": "there",
                 "drive_id": f"file{number}"}  # fmt: skip
    made: dict[str, Any] = {
        "id": number, "event": "mia", "name": line["name"], "state": "filed", "mime": "image/jpeg",
        "bytes": 8_200_000, "width": 6000, "height": 4000, "taken_at": "2026-11-20T21:13:00",
        "arrived_at": line["arrived_at"], "filed_at": line["filed_at"], "verified_at": line["verified_at"],
        "people": [{"id": "p0", "name": "Mia Lindqvist", "distance": 0.31, "box": [1, 2, 3, 4]}], "faces": 2,
        "placements": [placement], "originals": [f"/home/lena/Venuesync/Incoming/{line['name']}"],
        "looked_at": line["arrived_at"] + 0.6,
    }  # fmt: skip
    return {**made, **other}  # type: ignore[return-value,typeddict-item]


def person_details(service: ScriptedService, number: int, **other: Any) -> PersonDetails:
    person = service.document["status"]["people"][number]
    made: dict[str, Any] = {
        "person": person, "references": [reference(1), reference(2, width=66), reference(3, learned=True)],
        "folder": f"/venue/People/{person['name']}", "drive_id": f"folder{number}", "enrolled_at": at("18:30:00"),
    }  # fmt: skip
    return {**made, **other}  # type: ignore[return-value,typeddict-item]


def reference(number: int, *, learned: bool = False, width: int = 142) -> ReferenceRow:
    return {"name": f"IMG_20{10 + number}.jpg", "sha256": f"{number:02}" * 32, "face_id": f"ref{number}",
            "learned": learned, "width": width}  # fmt: skip


def latest_face(number: int, verdict: str = "good", name: str | None = None) -> LatestFace:
    told: ReferenceVerdict = {"photo": f"DSC_{4000 + number}.jpg", "used": verdict == "good", "faces": 1,
                              "verdict": verdict}  # fmt: skip
    return {"face_id": f"face{number}", "photo": number, "name": name, "arrived_at": at("22:13:00") - number,
            "verdict": told}  # fmt: skip


def unknown(number: int, photos: int) -> UnknownRow:
    return {
        "id": f"g{number}", "name": f"Guest {number:02}", "event": "mia", "faces": photos, "photos": photos,
        "last_seen_at": at("22:11:00") - 60 * number, "face_ids": [f"face{number}"], "photo_ids": [number],
    }  # fmt: skip


def review(number: int, **other: Any) -> ReviewRow:
    made: dict[str, Any] = {
        "id": number, "event": "mia", "photo": number, "photo_name": f"DSC_{4460 + number}.jpg", "person": "p2",
        "name": "Anna Berg", "distance": 0.47, "limits": (0.42, 0.55), "why": "near miss", "rival": None,
        "rival_distance": None, "face_id": f"face{number}", "reference_id": "ref1", "seen_at": at("22:11:00"),
    }  # fmt: skip
    return {**made, **other}  # type: ignore[return-value,typeddict-item]


def held(count: int = 120) -> HeldRow:
    return {"id": "7", "what": f"{count} photos would be taken out of folders", "why": "their source has lost them all",
            "event": "Mia & Jonas", "count": count}  # fmt: skip


def trouble_row(number: int) -> TroubleRow:
    then = at("22:00:00") + number
    return {"id": number, "photo": number, "subject": f"DSC_{number}.jpg", "detail": f"DSC_{number}.jpg ends early",
            "remedy": "Copy it from the card again", "count": 1, "first_at": then, "last_at": then}  # fmt: skip


def happened(number: int, text: str = "", photo: int | None = None, then: float | None = None) -> ActivityEntry:
    return {"id": number, "at": at("22:00:00") + number if then is None else then, "kind": "verified", "event": "mia",
            "text": text or f"DSC_{number}.jpg is on Drive after 6 s: Mia Lindqvist", "photo": photo}  # fmt: skip


def well_known(service: ScriptedService, photos: int = 250) -> ScriptedService:
    """The agent knows photos, persons and faces."""
    service.photo_lines = [photo_line(number) for number in range(photos, 0, -1)]
    service.details = {number: photo_details(number) for number in range(1, photos + 1)}
    people = service.document["status"]["people"]
    service.persons = {person["id"]: person_details(service, n) for n, person in enumerate(people)}
    service.thumbnails = dict.fromkeys(range(1, photos + 1), picture())
    service.unknown_rows = [
        unknown(n, c) for n, c in zip((7, 11, 3, 14, 16, 2, 5), (23, 15, 10, 7, 5, 4, 3), strict=True)
    ]
    service.review_rows = [review(number) for number in (6, 5, 4)]
    service.pictures = {f"face{n}": picture(n * 11) for n in range(1, 20)} | {
        f"ref{n}": picture(60 + n * 30) for n in (1, 2, 3)
    }
    return service
