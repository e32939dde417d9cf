"""The routes about people, faces and decisions."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI, Response

from agent.api.description import PICTURE, answers
from agent.api.parameters import Before, Id, NoArguments, PerPage, Side
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
from agent.errors import NotThere
from agent.model import PhotoState
from agent.service import AgentService
from agent.service_people import (
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


def add_people(app: FastAPI, service: AgentService) -> None:
    add_faces(app, service)
    add_decisions(app, service)
    add_links(app, service)
    add_photo_decisions(app, service)
    add_undo(app, service)


def add_faces(app: FastAPI, service: AgentService) -> None:
    @app.get("/unknown", responses=answers(list[UnknownRow]))
    async def unknown(event: Id | None = None) -> Any:
        return await service.unknown(event)

    @app.get("/review", responses=answers(list[ReviewRow]))
    async def review(event: Id | None = None) -> Any:
        return await service.review(event)

    @app.get("/faces", responses=answers(list[LatestFace]))
    async def latest_faces(event: Id | None = None, limit: PerPage = 48) -> Any:
        return await service.latest_faces(event, limit)

    @app.get("/faces/{id}", response_class=Response, responses=PICTURE)
    async def face(id: Id, side: Side = 160) -> Response:
        picture = await service.face_picture(id, side)
        if picture is None:
            raise NotThere("There is no picture of that face", id)
        return Response(picture, media_type="image/jpeg")

    @app.post("/commands/people-find", responses=answers(list[FoundPerson]))
    async def find(given: FindArguments) -> Any:
        return await service.find_people(given.photo)

    @app.get("/photos", responses=answers(list[PhotoRow]))
    async def photos(
        event: Id | None = None,
        person: Id | None = None,
        state: PhotoState | None = None,
        before: Before = None,
        limit: PerPage = 200,
    ) -> Any:
        return await service.photos(event, person, state, before, limit)


def add_links(app: FastAPI, service: AgentService) -> None:
    @app.post("/commands/enroll-preview", responses=answers(list[ReferencePreview]))
    async def preview(given: PreviewArguments) -> Any:
        return await service.preview_references(given.photos)

    @app.post("/commands/people-link", responses=answers(str | None))
    async def link(given: LinkArguments) -> Any:
        return await service.link_person(given.person, given.on, given.event)


def add_decisions(app: FastAPI, service: AgentService) -> None:
    @app.post("/commands/unknown-name", responses=answers(PersonChange))
    async def name_unknown(given: NameUnknownArguments) -> Any:
        return await service.name_unknown(given.id, given.name)

    @app.post("/commands/unknown-ignore", responses=answers(PersonChange))
    async def ignore_unknown(given: UnknownArguments) -> Any:
        return await service.ignore_unknown(given.id)

    @app.post("/commands/review-yes", responses=answers(ReviewAnswer))
    async def review_yes(given: ReviewArguments) -> Any:
        return await service.answer_review(given.id, True)

    @app.post("/commands/review-no", responses=answers(ReviewAnswer))
    async def review_no(given: ReviewArguments) -> Any:
        return await service.answer_review(given.id, False)

    @app.post("/commands/people-not", responses=answers(PersonChange))
    async def not_person(given: NotPersonArguments) -> Any:
        return await service.not_this_person(given.person, given.photos, given.event)

    @app.post("/commands/people-rename", responses=answers(PersonChange))
    async def rename(given: RenameArguments) -> Any:
        return await service.rename_person(given.person, given.name, given.event)

    @app.post("/commands/people-merge", responses=answers(PersonChange))
    async def merge(given: MergeArguments) -> Any:
        return await service.merge_people(given.person, given.into, given.event)

    @app.post("/commands/enroll-face", responses=answers(PersonChange))
    async def enroll_face(given: EnrollFaceArguments) -> Any:
        return await service.enroll_face(given.name, given.face, given.event)


def add_undo(app: FastAPI, service: AgentService) -> None:
    @app.post("/commands/undo", responses=answers(Undone))
    async def undo(_given: NoArguments) -> Any:
        return await service.undo()

    @app.post("/commands/redo", responses=answers(Undone))
    async def redo(_given: NoArguments) -> Any:
        return await service.redo()

    @app.get("/undo", responses=answers(Decisions))
    async def decisions() -> Any:
        return await service.decisions()


def add_photo_decisions(app: FastAPI, service: AgentService) -> None:
    @app.post("/commands/photos-withdraw", responses=answers(int))
    async def withdraw(given: WithdrawArguments) -> Any:
        return await service.withdraw(given.ids)

    @app.post("/commands/photos-move", responses=answers(int))
    async def move(given: MoveArguments) -> Any:
        return await service.move_photos(given.ids, given.event)

    @app.post("/commands/photos-company", responses=answers(int))
    async def company(given: CompanyArguments) -> Any:
        return await service.set_company(given.ids, given.company)
