"""The scripted agent's people: rows that a test sets, and verbs that answer as a real agent would."""

from __future__ import annotations

from collections.abc import Sequence

from agent.errors import UsageError, VenueError
from agent.service_people import (
    Company,
    DecisionRow,
    Decisions,
    FoundPerson,
    LatestFace,
    PersonChange,
    PhotoRow,
    ReferencePreview,
    ReviewAnswer,
    ReviewRow,
    Undone,
    UnknownRow,
)
from tests.tui.scripted_asks import ScriptedAsks


class ScriptedPeople(ScriptedAsks):
    """`done`: what can be taken back, in words, the last one last."""

    unknown_rows: list[UnknownRow] = []  # noqa: RUF012 - a test replaces it
    review_rows: list[ReviewRow] = []  # noqa: RUF012
    photo_rows: list[PhotoRow] = []  # noqa: RUF012
    found: list[FoundPerson] = []  # noqa: RUF012
    pictures: dict[str, bytes] = {}  # noqa: RUF012
    previews: dict[str, ReferencePreview] = {}  # noqa: RUF012
    face_rows: list[LatestFace] = []  # noqa: RUF012
    done: list[str] = []  # noqa: RUF012
    taken_back: list[str] = []  # noqa: RUF012

    def _changed(self, id: str, name: str, *, merged: bool = False) -> PersonChange:
        self.done = [*self.done, f"{name} changed"]
        return {
            "id": id,
            "name": name,
            "event": "default",
            "photos": 3,
            "folders": [f"/venue/People/{name}/Solo", f"/venue/People/{name}/Group"],
            "merged": merged,
            "seconds": 0.2,
        }

    async def unknown(self, event: str | None = None) -> list[UnknownRow]:
        self._ask("unknown", event)
        return list(self.unknown_rows)

    async def name_unknown(self, id: str, name: str) -> PersonChange:
        self._ask("name_unknown", id, name)
        self._known(id)
        self.unknown_rows = [row for row in self.unknown_rows if row["id"] != id]
        return self._changed(id, name)

    async def ignore_unknown(self, id: str) -> PersonChange:
        self._ask("ignore_unknown", id)
        name = self._known(id)["name"] or ""
        self.unknown_rows = [row for row in self.unknown_rows if row["id"] != id]
        return self._changed(id, name)

    def _known(self, id: str) -> UnknownRow:
        for row in self.unknown_rows:
            if row["id"] == id:
                return row
        raise UsageError("There is no such guest or group", id, "See `venuesync unknown` for their ids")

    async def review(self, event: str | None = None) -> list[ReviewRow]:
        self._ask("review", event)
        return list(self.review_rows)

    async def answer_review(self, id: int, yes: bool) -> ReviewAnswer:
        self._ask("answer_review", id, yes)
        row = next((row for row in self.review_rows if row["id"] == id), None)
        if row is None:
            raise UsageError("There is no such question", str(id), "See `venuesync review` for those that are open")
        self.review_rows = [one for one in self.review_rows if one["id"] != id]
        self.done = [*self.done, f"{row['photo_name']} is of {row['name']}"]
        return {"id": id, "photo": row["photo"], "name": row["name"], "yes": yes, "photos": int(yes)}

    async def not_this_person(self, person: str, photos: Sequence[int], event: str | None = None) -> PersonChange:
        self._ask("not_this_person", person, tuple(photos), event)
        return self._changed(person, person)

    async def rename_person(self, person: str, name: str, event: str | None = None) -> PersonChange:
        self._ask("rename_person", person, name, event)
        return self._changed(person, name)

    async def merge_people(self, person: str, into: str, event: str | None = None) -> PersonChange:
        self._ask("merge_people", person, into, event)
        return self._changed(into, into, merged=True)

    async def link_person(self, person: str, on: bool, event: str | None = None) -> str | None:
        self._ask("link_person", person, on, event)
        status = self.document["status"]
        link = f"https://drive.google.com/drive/folders/{person}" if on else None
        people = [{**one, "link": link} if person in (one["id"], one["name"]) else one for one in status["people"]]
        self.say("status", {**status, "people": people})
        return link

    async def enroll_face(self, name: str, face: str, event: str | None = None) -> PersonChange:
        self._ask("enroll_face", name, face, event)
        return self._changed("p-new", name)

    async def latest_faces(self, event: str | None = None, limit: int = 48) -> list[LatestFace]:
        return list(self.face_rows)[:limit]

    async def preview_references(self, photos: Sequence[str]) -> list[ReferencePreview]:
        return [self.previews[path] for path in photos if path in self.previews]

    async def find_people(self, photo: str) -> list[FoundPerson]:
        self._ask("find_people", photo)
        return list(self.found)

    async def photos(
        self,
        event: str | None = None,
        person: str | None = None,
        state: str | None = None,
        before: int | None = None,
        limit: int = 200,
    ) -> list[PhotoRow]:
        self._ask("photos", event, person, state, before, limit)
        rows = [row for row in self.photo_rows if before is None or row["id"] < before]
        return rows[:limit]

    async def withdraw(self, ids: Sequence[int]) -> int:
        self._ask("withdraw", tuple(ids))
        self.done = [*self.done, f"{len(ids)} withdrawn"]
        return len(ids)

    async def move_photos(self, ids: Sequence[int], event: str) -> int:
        self._ask("move_photos", tuple(ids), event)
        self.done = [*self.done, f"{len(ids)} moved"]
        return len(ids)

    async def set_company(self, ids: Sequence[int], company: Company) -> int:
        self._ask("set_company", tuple(ids), company)
        return len(ids)

    async def undo(self) -> Undone:
        self._ask("undo")
        if not self.done:
            raise VenueError("Nothing to undo", kind="nothing")
        *self.done, last = self.done
        self.taken_back = [*self.taken_back, last]
        return {"what": last, "photos": 1, "left": len(self.done)}

    async def redo(self) -> Undone:
        self._ask("redo")
        if not self.taken_back:
            raise VenueError("Nothing to redo", kind="nothing")
        *self.taken_back, last = self.taken_back
        self.done = [*self.done, last]
        return {"what": last, "photos": 1, "left": len(self.taken_back)}

    async def decisions(self) -> Decisions:
        def rows(texts: list[str]) -> list[DecisionRow]:
            return [{"verb": "", "what": text, "at": "2026-11-20T22:14:07.123Z", "events": []} for text in texts]

        return {"done": rows(self.done[::-1]), "undone": rows(self.taken_back[::-1])}

    async def face_picture(self, id: str, side: int = 160) -> bytes | None:
        return self.pictures.get(id)
