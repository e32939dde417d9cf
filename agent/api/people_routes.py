"""The routes about people, faces and decisions."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import FastAPI, Query, Response

from agent.api.arguments import NoArguments
from agent.api.people_arguments import (
    CompanyArguments,
    EnrollFaceArguments,
    FindArguments,
    LinkArguments,
    MergeArguments,
    MoveArguments,
    NameUnknownArguments,
    NotPersonArguments,
    PreviewArguments,
    RenameArguments,
    ReviewArguments,
    UnknownArguments,
    WithdrawArguments,
)
from agent.errors import Cause, VenueError
from agent.service import AgentService


def add_people(app: FastAPI, service: AgentService) -> None:
    add_faces(app, service)
    add_decisions(app, service)
    add_links(app, service)
    add_photo_decisions(app, service)


def add_faces(app: FastAPI, service: AgentService) -> None:
    @app.get("/unknown")
    async def unknown(event: str | None = None) -> Any:
        return await service.unknown(event)

    @app.get("/review")
    async def review(event: str | None = None) -> Any:
        return await service.review(event)

    @app.get("/faces")
    async def latest_faces(event: str | None = None, limit: Annotated[int, Query(ge=1, le=200)] = 48) -> Any:
        return await service.latest_faces(event, limit)

    @app.get("/faces/{id}")
    async def face(id: str, side: Annotated[int, Query(ge=16, le=1024)] = 160) -> Response:
        picture = await service.face_picture(id, side)
        if picture is None:
            raise VenueError("There is no picture of that face", id, cause=Cause.MISSING)
        return Response(picture, media_type="image/jpeg")

    @app.post("/commands/people-find")
    async def find(given: FindArguments) -> Any:
        return await service.find_people(given.photo)

    @app.get("/photos")
    async def photos(
        event: str | None = None,
        person: str | None = None,
        state: str | None = None,
        before: int | None = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 200,
    ) -> Any:
        return await service.photos(event, person, state, before, limit)


def add_links(app: FastAPI, service: AgentService) -> None:
    @app.post("/commands/enroll-preview")
    async def preview(given: PreviewArguments) -> Any:
        return await service.preview_references(given.photos)

    @app.post("/commands/people-link")
    async def link(given: LinkArguments) -> Any:
        return await service.link_person(given.person, given.on, given.event)


def add_decisions(app: FastAPI, service: AgentService) -> None:
    @app.post("/commands/unknown-name")
    async def name_unknown(given: NameUnknownArguments) -> Any:
        return await service.name_unknown(given.id, given.name)

    @app.post("/commands/unknown-ignore")
    async def ignore_unknown(given: UnknownArguments) -> Any:
        return await service.ignore_unknown(given.id)

    @app.post("/commands/review-yes")
    async def review_yes(given: ReviewArguments) -> Any:
        return await service.answer_review(given.id, True)

    @app.post("/commands/review-no")
    async def review_no(given: ReviewArguments) -> Any:
        return await service.answer_review(given.id, False)

    @app.post("/commands/people-not")
    async def not_person(given: NotPersonArguments) -> Any:
        return await service.not_this_person(given.person, given.photos, given.event)

    @app.post("/commands/people-rename")
    async def rename(given: RenameArguments) -> Any:
        return await service.rename_person(given.person, given.name, given.event)

    @app.post("/commands/people-merge")
    async def merge(given: MergeArguments) -> Any:
        return await service.merge_people(given.person, given.into, given.event)

    @app.post("/commands/enroll-face")
    async def enroll_face(given: EnrollFaceArguments) -> Any:
        return await service.enroll_face(given.name, given.face, given.event)

    @app.post("/commands/undo")
    async def undo(_given: NoArguments) -> Any:
        return await service.undo()


def add_photo_decisions(app: FastAPI, service: AgentService) -> None:
    @app.post("/commands/photos-withdraw")
    async def withdraw(given: WithdrawArguments) -> Any:
        return await service.withdraw(given.ids)

    @app.post("/commands/photos-move")
    async def move(given: MoveArguments) -> Any:
        return await service.move_photos(given.ids, given.event)

    @app.post("/commands/photos-company")
    async def company(given: CompanyArguments) -> Any:
        return await service.set_company(given.ids, given.company)
