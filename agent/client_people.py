"""People, faces and decisions over the socket: `PeopleService` at its far end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast
from urllib.parse import quote

import httpx

from agent.client_line import SocketLine, lost
from agent.service_people import (
    Company,
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


class RemotePeople(SocketLine):
    """Asks the running agent."""

    async def unknown(self, event: str | None = None) -> list[UnknownRow]:
        return cast(list[UnknownRow], await self._get("/unknown", event=event))

    async def name_unknown(self, id: str, name: str) -> PersonChange:
        return cast(PersonChange, await self._command("unknown-name", id=id, name=name))

    async def ignore_unknown(self, id: str) -> PersonChange:
        return cast(PersonChange, await self._command("unknown-ignore", id=id))

    async def review(self, event: str | None = None) -> list[ReviewRow]:
        return cast(list[ReviewRow], await self._get("/review", event=event))

    async def answer_review(self, id: int, yes: bool) -> ReviewAnswer:
        return cast(ReviewAnswer, await self._command("review-yes" if yes else "review-no", id=id))

    async def not_this_person(self, person: str, photos: Sequence[int], event: str | None = None) -> PersonChange:
        answer = await self._command("people-not", person=person, photos=list(photos), event=event)
        return cast(PersonChange, answer)

    async def rename_person(self, person: str, name: str, event: str | None = None) -> PersonChange:
        return cast(PersonChange, await self._command("people-rename", person=person, name=name, event=event))

    async def merge_people(self, person: str, into: str, event: str | None = None) -> PersonChange:
        return cast(PersonChange, await self._command("people-merge", person=person, into=into, event=event))

    async def link_person(self, person: str, on: bool, event: str | None = None) -> str | None:
        return cast(str | None, await self._command("people-link", person=person, on=on, event=event))

    async def enroll_face(self, name: str, face: str, event: str | None = None) -> PersonChange:
        return cast(PersonChange, await self._command("enroll-face", name=name, face=face, event=event))

    async def latest_faces(self, event: str | None = None, limit: int = 48) -> list[LatestFace]:
        return cast(list[LatestFace], await self._get("/faces", event=event, limit=limit))

    async def preview_references(self, photos: Sequence[str]) -> list[ReferencePreview]:
        return cast(list[ReferencePreview], await self._command("enroll-preview", photos=list(photos)))

    async def find_people(self, photo: str) -> list[FoundPerson]:
        return cast(list[FoundPerson], await self._command("people-find", photo=photo))

    async def photos(
        self,
        event: str | None = None,
        person: str | None = None,
        state: str | None = None,
        before: int | None = None,
        limit: int = 200,
    ) -> list[PhotoRow]:
        rows = await self._get("/photos", event=event, person=person, state=state, before=before, limit=limit)
        return cast(list[PhotoRow], rows)

    async def withdraw(self, ids: Sequence[int]) -> int:
        return cast(int, await self._command("photos-withdraw", ids=list(ids)))

    async def move_photos(self, ids: Sequence[int], event: str) -> int:
        return cast(int, await self._command("photos-move", ids=list(ids), event=event))

    async def set_company(self, ids: Sequence[int], company: Company) -> int:
        return cast(int, await self._command("photos-company", ids=list(ids), company=company))

    async def undo(self) -> Undone:
        return cast(Undone, await self._command("undo"))

    async def redo(self) -> Undone:
        return cast(Undone, await self._command("redo"))

    async def decisions(self) -> Decisions:
        return cast(Decisions, await self._get("/undo"))

    async def face_picture(self, id: str, side: int = 160) -> bytes | None:
        try:
            answer = await self._http.get(f"/faces/{quote(id, safe='')}", params={"side": side})
        except httpx.TransportError as error:
            raise lost(error) from error
        return answer.content if answer.is_success else None
